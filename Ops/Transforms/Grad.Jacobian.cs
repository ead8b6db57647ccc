namespace Autograd;

/// <summary>In which order a Jacobian is computed.</summary>
public enum JacobianMode
{
    /// <summary>Forward where f has more outputs than inputs, else reverse; f is called once to know.</summary>
    Auto,

    /// <summary>By columns: one forward-mode call of f for each element of the input.</summary>
    Forward,

    /// <summary>By rows: one call of f, and one backward for every 64 elements of the result.</summary>
    Reverse,
}

public static partial class Grad
{
    /// <summary>Rows of a Jacobian that one backward computes: enough to fill its kernels, few enough for memory.</summary>
    const int RowsAtOnce = 64;

    /// <summary>All partial derivatives, J[i…, j…] = ∂f(x)[i…] / ∂x[j…].</summary>
    /// <param name="f">The function; its result may have any shape.</param>
    /// <param name="x">Where.</param>
    /// <param name="mode">By rows, by columns, or whichever are fewer; the result is the same up to rounding.</param>
    /// <returns>Shape [y…, x…]: the sizes of the result, then those of x; zeros where f does not depend on x.</returns>
    /// <exception cref="DTypeException">x or the result is not floating-point.</exception>
    public static Tensor Jacobian(Func<Tensor, Tensor> f, Tensor x, JacobianMode mode = JacobianMode.Auto) => Jacobian(t => f(t[0]), [x], mode)[0];

    /// <summary>All partial derivatives of a function of several tensors, one Jacobian an input.</summary>
    /// <inheritdoc cref="Jacobian(Func{Tensor, Tensor}, Tensor, JacobianMode)"/>
    public static Tensor[] Jacobian(Func<Tensor[], Tensor> f, Tensor[] x, JacobianMode mode = JacobianMode.Auto)
    {
        if (mode == JacobianMode.Forward) return Columns(f, x);
        Application application = new("Grad.Jacobian", f, x);
        bool tall = application.Result.Count > x.Sum(t => (long)t.Count);
        return mode == JacobianMode.Auto && tall ? Columns(f, x) : Rows(application, x);
    }

    /// <summary>All second partial derivatives of a scalar function, H[i…, j…] = ∂²f / ∂x[i…]∂x[j…]: reverse over forward, one column a time.</summary>
    /// <param name="f">The function; its result has a single element.</param>
    /// <param name="x">Where.</param>
    /// <returns>Shape [x…, x…].</returns>
    /// <exception cref="ShapeException">The result has not one element.</exception>
    /// <exception cref="DTypeException">x or the result is not floating-point.</exception>
    public static Tensor Hessian(Func<Tensor, Tensor> f, Tensor x) => Hessian(t => f(t[0]), [x])[0][0];

    /// <summary>The blocks of the Hessian of a function of several tensors.</summary>
    /// <returns>[i][j] holds ∂²f / ∂xᵢ∂xⱼ, of shape [xᵢ…, xⱼ…].</returns>
    /// <inheritdoc cref="Hessian(Func{Tensor, Tensor}, Tensor)"/>
    public static Tensor[][] Hessian(Func<Tensor[], Tensor> f, Tensor[] x)
    {
        CheckInputs("Grad.Hessian", x);
        Tensor[][] blocks = [.. x.Select(_ => new Tensor[x.Length])];
        for (int j = 0; j < x.Length; j++)
        {
            Tensor[][] columns = new Tensor[x[j].Count][];
            for (int e = 0; e < columns.Length; e++) columns[e] = HessianVectorProduct("Grad.Hessian", f, x, OneHot(x, j, e));
            for (int i = 0; i < x.Length; i++) blocks[i][j] = JoinColumns([.. columns.Select(c => c[i])], x[i], x[j]);
        }
        return blocks;
    }

    /// <summary>H·v without the Hessian H: the gradient of the directional derivative along v, reverse over forward, at a small multiple of the cost of f.</summary>
    /// <param name="f">The function; its result has a single element.</param>
    /// <param name="x">Where.</param>
    /// <param name="v">The direction, of x's shape.</param>
    /// <returns>A tensor of x's shape. Source: Pearlmutter, "Fast exact multiplication by the Hessian", 1994.</returns>
    /// <exception cref="ShapeException">f's result has not one element, or v has not x's shape.</exception>
    /// <exception cref="DTypeException">x or the result is not floating-point, or v's element type is not x's.</exception>
    public static Tensor HessianVectorProduct(Func<Tensor, Tensor> f, Tensor x, Tensor v) => HessianVectorProduct(t => f(t[0]), [x], [v])[0];

    /// <summary>The same for several inputs, each with its direction; one product an input.</summary>
    /// <exception cref="ShapeException">f's result has not one element, there is not one direction an input, or one has not its input's shape.</exception>
    /// <inheritdoc cref="HessianVectorProduct(Func{Tensor, Tensor}, Tensor, Tensor)"/>
    public static Tensor[] HessianVectorProduct(Func<Tensor[], Tensor> f, Tensor[] x, Tensor[] v)
    {
        if (x.Length != v.Length) throw Throw.TangentCount("Grad.HessianVectorProduct", v.Length, x.Length);
        return HessianVectorProduct("Grad.HessianVectorProduct", f, x, v);
    }

    // ∇(∇f·v), with v constant: compared with the derivative of ∇f along v, ∇f itself need not be computed.
    static Tensor[] HessianVectorProduct(string op, Func<Tensor[], Tensor> f, Tensor[] x, Tensor?[] v) =>
        Differentiate(op, t => Push(op, f, t, v).Tangent, x, allowUnused: true).Gradients;

    static Tensor[] Rows(Application f, Tensor[] x)
    {
        Tensor y = f.Result;
        List<Tensor>[] parts = [.. x.Select(_ => new List<Tensor>())];
        bool lasts = f.CreatesGraph(null) || DualMode.IsActive || BatchLevel.IsActive;
        for (int start = 0; start < y.Count && x.Length > 0; start += RowsAtOnce)
        {
            using TapeScope scope = lasts ? default : Tape.Scope();
            int count = Math.Min(RowsAtOnce, y.Count - start);
            Tensor?[] dx = PullRows(y, f.Inputs, UnitRows(y, start, count), f.CreatesGraph(null));
            for (int i = 0; i < dx.Length; i++)
            {
                Tensor part = dx[i] ?? Tensor.Zeros([count, .. x[i].Shape.Sizes], x[i].DType);
                parts[i].Add(lasts ? part : part.Keep());
            }
        }
        return f.Close([.. x.Select((t, i) => JoinRows(parts[i], y, t))]);
    }

    static Tensor JoinRows(List<Tensor> parts, Tensor y, Tensor x)
    {
        Shape shape = [.. y.Shape.Sizes, .. x.Shape.Sizes];
        return parts.Count == 0 ? Tensor.Zeros(shape, x.DType) : (parts.Count == 1 ? parts[0] : Tensor.Concat([.. parts])).Reshape(shape.Sizes);
    }

    /// <summary>[count, y…], where row k is 1 at element start + k alone.</summary>
    static Tensor UnitRows(Tensor y, int start, int count)
    {
        Tensor rows = Tensor.Zeros([count, .. y.Shape.Sizes], y.DType);
        for (int k = 0; k < count; k++) SetOne(rows, (k * y.Count) + start + k);
        return rows;
    }

    static Tensor[] Columns(Func<Tensor[], Tensor> f, Tensor[] x)
    {
        CheckInputs("Grad.Jacobian", x);
        Tensor[][] columns = [.. x.Select(t => new Tensor[t.Count])];
        Tensor? y = null;
        for (int i = 0; i < x.Length; i++)
        {
            for (int e = 0; e < columns[i].Length; e++) (y, columns[i][e]) = Push("Grad.Jacobian", f, x, OneHot(x, i, e));
        }
        y ??= f(x);
        return [.. x.Select((t, i) => JoinColumns(columns[i], y, t))];
    }

    static Tensor JoinColumns(Tensor[] columns, Tensor y, Tensor x)
    {
        Shape shape = [.. y.Shape.Sizes, .. x.Shape.Sizes];
        return columns.Length == 0 ? Tensor.Zeros(shape, y.DType) : Tensor.Stack(columns, y.Rank).Reshape(shape.Sizes);
    }

    static Tensor?[] OneHot(Tensor[] x, int input, int element)
    {
        Tensor?[] tangents = new Tensor?[x.Length];
        tangents[input] = OneHot(x[input], element);
        return tangents;
    }

    static Tensor OneHot(Tensor like, int element)
    {
        Tensor unit = Tensor.ZerosLike(like);
        SetOne(unit, element);
        return unit;
    }

    static void SetOne(Tensor x, int element)
    {
        if (x.DType == DType.Float32) x.AsWritableSpan<float>()[element] = 1;
        else x.AsWritableSpan<double>()[element] = 1;
    }

    static void CheckInputs(string op, Tensor[] x)
    {
        foreach (Tensor input in x)
        {
            if (!input.DType.IsFloating()) throw Throw.NeedsFloating(op, input.DType);
        }
    }
}
