namespace Autograd;

/// <summary>In which order a Jacobian is computed.</summary>
public enum JacobianMode
{
    /// <summary>Forward where f has more outputs than inputs, else reverse; f is called once to know.</summary>
    Auto,

    /// <summary>By columns: one forward-mode call of f for every 64 elements of the input.</summary>
    Forward,

    /// <summary>By rows: one call of f, and one backward for every 64 elements of the result.</summary>
    Reverse,
}

public static partial class Grad
{
    /// <summary>Rows of a Jacobian that one backward computes, or columns that one forward pass does: enough to fill the kernels, few enough for memory.</summary>
    const int AtOnce = 64;

    /// <summary>All partial derivatives, J[i…, j…] = ∂f(x)[i…] / ∂x[j…].</summary>
    /// <param name="f">The function; its result may have any shape.</param>
    /// <param name="x">Where.</param>
    /// <param name="mode">By rows, by columns, or whichever are fewer; the result is the same up to rounding.</param>
    /// <returns>Shape [y…, x…]: the sizes of the result, then those of x; zeros where f does not depend on x.</returns>
    /// <exception cref="DTypeException">x or the result is not floating-point.</exception>
    public static Tensor Jacobian(Func<Tensor, Tensor> f, Tensor x, JacobianMode mode = JacobianMode.Auto) =>
        Jacobian(Singles.Function("Grad.Jacobian", f), Singles.Input("Grad.Jacobian", x), mode)[0];

    /// <summary>All partial derivatives of a function of several tensors, one Jacobian an input.</summary>
    /// <inheritdoc cref="Jacobian(Func{Tensor, Tensor}, Tensor, JacobianMode)"/>
    public static Tensor[] Jacobian(Func<Tensor[], Tensor> f, Tensor[] x, JacobianMode mode = JacobianMode.Auto)
    {
        Throw.IfNull("Grad.Jacobian", f);
        Throw.IfNullIn("Grad.Jacobian", x);
        if (mode == JacobianMode.Forward) return ByColumns();
        Application application = new("Grad.Jacobian", f, x);
        bool tall = application.Result.Count > x.Sum(t => (long)t.Count);
        return mode == JacobianMode.Auto && tall ? ByColumns() : Rows(application, x);

        Tensor[] ByColumns() => Columns("Grad.Jacobian", t => [f(t)], x)[0];
    }

    /// <summary>All second partial derivatives of a scalar function, H[i…, j…] = ∂²f / ∂x[i…]∂x[j…]: forward over reverse, 64 columns at a time.</summary>
    /// <param name="f">The function; its result has a single element.</param>
    /// <param name="x">Where.</param>
    /// <returns>Shape [x…, x…].</returns>
    /// <exception cref="ShapeException">The result has not one element.</exception>
    /// <exception cref="DTypeException">x or the result is not floating-point.</exception>
    public static Tensor Hessian(Func<Tensor, Tensor> f, Tensor x) => Hessian(Singles.Function("Grad.Hessian", f), Singles.Input("Grad.Hessian", x))[0][0];

    /// <summary>The blocks of the Hessian of a function of several tensors.</summary>
    /// <returns>[i][j] holds ∂²f / ∂xᵢ∂xⱼ, of shape [xᵢ…, xⱼ…].</returns>
    /// <inheritdoc cref="Hessian(Func{Tensor, Tensor}, Tensor)"/>
    public static Tensor[][] Hessian(Func<Tensor[], Tensor> f, Tensor[] x)
    {
        Throw.IfNull("Grad.Hessian", f);
        Throw.IfNullIn("Grad.Hessian", x);
        return Columns("Grad.Hessian", t => Differentiate("Grad.Hessian", f, t, allowUnused: true).Gradients, x);
    }

    /// <summary>H·v without the Hessian H: the gradient of the directional derivative along v, reverse over forward, at a small multiple of the cost of f.</summary>
    /// <param name="f">The function; its result has a single element.</param>
    /// <param name="x">Where.</param>
    /// <param name="v">The direction, of x's shape.</param>
    /// <returns>A tensor of x's shape. Source: Pearlmutter, "Fast exact multiplication by the Hessian", 1994.</returns>
    /// <exception cref="ShapeException">f's result has not one element, or v has not x's shape.</exception>
    /// <exception cref="DTypeException">x or the result is not floating-point, or v's element type is not x's.</exception>
    public static Tensor HessianVectorProduct(Func<Tensor, Tensor> f, Tensor x, Tensor v)
    {
        const string Op = "Grad.HessianVectorProduct";
        return HessianVectorProduct(Singles.Function(Op, f), Singles.Input(Op, x), Singles.Input(Op, v))[0];
    }

    /// <summary>The same for several inputs, each with its direction; one product an input.</summary>
    /// <exception cref="ShapeException">f's result has not one element, there is not one direction an input, or one has not its input's shape.</exception>
    /// <inheritdoc cref="HessianVectorProduct(Func{Tensor, Tensor}, Tensor, Tensor)"/>
    public static Tensor[] HessianVectorProduct(Func<Tensor[], Tensor> f, Tensor[] x, Tensor[] v)
    {
        Throw.IfNull("Grad.HessianVectorProduct", f);
        Throw.IfNullIn("Grad.HessianVectorProduct", x);
        Throw.IfNullIn("Grad.HessianVectorProduct", v);
        if (x.Length != v.Length) throw Throw.TangentCount("Grad.HessianVectorProduct", v.Length, x.Length);
        // ∇(∇f·v), with v constant: compared with the derivative of ∇f along v, ∇f itself need not be computed.
        return Differentiate("Grad.HessianVectorProduct", t => Push("Grad.HessianVectorProduct", f, t, v).Tangent, x, allowUnused: true).Gradients;
    }

    static Tensor[] Rows(Application f, Tensor[] x)
    {
        Tensor y = f.Result;
        if (x.Length == 0 || f.CreatesGraph(null) || DualMode.IsActive || BatchLevel.IsActive) return f.Close(RecordedRows(f, x));
        Tensor[] jacobians = [.. x.Select(t => Tensor.Empty([.. y.Shape.Sizes, .. t.Shape.Sizes], t.DType))];
        for (int start = 0; start < y.Count; start += AtOnce)
        {
            using TapeScope scope = Tape.Scope();
            int count = Math.Min(AtOnce, y.Count - start);
            Tensor?[] dx = PullRows(y, f.Inputs, UnitRows(y, start, count), createGraph: false);
            for (int i = 0; i < dx.Length; i++)
            {
                if (x[i].DType == DType.Float32) Put<float>(dx[i], jacobians[i], start * x[i].Count, count * x[i].Count);
                else Put<double>(dx[i], jacobians[i], start * x[i].Count, count * x[i].Count);
            }
        }
        return f.Close(jacobians);
    }

    /// <summary>Writes some rows of a Jacobian: zeros where there are none.</summary>
    static void Put<T>(Tensor? rows, Tensor jacobian, int start, int count) where T : unmanaged
    {
        Span<T> target = jacobian.AsWritableSpan<T>().Slice(start, count);
        if (rows is null) target.Clear();
        else rows.CopyTo(target);
    }

    /// <summary>The same where the rows have a history, or values on other levels.</summary>
    static Tensor[] RecordedRows(Application f, Tensor[] x)
    {
        Tensor y = f.Result;
        List<Tensor>[] parts = [.. x.Select(_ => new List<Tensor>())];
        for (int start = 0; start < y.Count && x.Length > 0; start += AtOnce)
        {
            int count = Math.Min(AtOnce, y.Count - start);
            Tensor?[] dx = PullRows(y, f.Inputs, UnitRows(y, start, count), f.CreatesGraph(null));
            for (int i = 0; i < dx.Length; i++) parts[i].Add(dx[i] ?? Tensor.Zeros([count, .. x[i].Shape.Sizes], x[i].DType));
        }
        return [.. x.Select((t, i) => JoinRows(parts[i], y, t))];
    }

    static Tensor JoinRows(List<Tensor> parts, Tensor y, Tensor x)
    {
        Shape shape = [.. y.Shape.Sizes, .. x.Shape.Sizes];
        return parts.Count == 0 ? Tensor.Zeros(shape, x.DType) : (parts.Count == 1 ? parts[0] : Tensor.Concat([.. parts])).Reshape(shape.Sizes);
    }

    /// <summary>[count, y…], where row k is 1 at element start + k alone.</summary>
    static Tensor UnitRows(Tensor y, int start, int count)
    {
        Tensor rows = Tensor.Empty([count, .. y.Shape.Sizes], y.DType); // the scope's memory, which Zeros would not take
        if (y.DType == DType.Float32) rows.AsWritableSpan<float>().Clear();
        else rows.AsWritableSpan<double>().Clear();
        for (int k = 0; k < count; k++) SetOne(rows, (k * y.Count) + start + k);
        return rows;
    }

    /// <summary>By forward mode, [i][j]: ∂yᵢ / ∂xⱼ, of shape [yᵢ…, xⱼ…].</summary>
    static Tensor[][] Columns(string op, Func<Tensor[], Tensor[]> f, Tensor[] x)
    {
        CheckInputs(op, x);
        Tensor[]? y = null;
        List<Tensor[]>[] parts = [.. x.Select(_ => new List<Tensor[]>())];
        for (int j = 0; j < x.Length; j++)
        {
            for (int start = 0; start < x[j].Count; start += AtOnce)
            {
                Tensor units = UnitRows(x[j], start, Math.Min(AtOnce, x[j].Count - start));
                (y, Tensor[] columns) = BatchLevel.IsActive ? PushOneByOne(op, f, x, j, units) : PushRows(op, f, x, j, units);
                parts[j].Add(columns);
            }
        }
        y ??= f(x);
        return [.. y.Select((yi, i) => (Tensor[])[.. x.Select((xj, j) => JoinColumns([.. parts[j].Select(columns => columns[i])], yi, xj))])];
    }

    /// <summary>f(x) and its derivatives along each of the rows [rows, xⱼ…], as [rows, y…]: one call for all of them.</summary>
    static (Tensor[] Y, Tensor[] Tangents) PushRows(string op, Func<Tensor[], Tensor[]> f, Tensor[] x, int j, Tensor rows)
    {
        using SampleLevel batch = new(rows.Shape[0], hasOnlyTangents: true);
        using DualLevel level = DualMode.Enter();
        Tensor[] moving = [.. x];
        moving[j] = level.WithEach(x[j], batch.Wrap(rows));
        Tensor[] y = f(moving);
        CheckResult(op, y[0]);
        return (y, [.. TangentsOf(level, y).Select(batch.ValueOf)]);
    }

    static (Tensor[] Y, Tensor[] Tangents) PushOneByOne(string op, Func<Tensor[], Tensor[]> f, Tensor[] x, int j, Tensor rows)
    {
        Tensor[] y = [];
        List<Tensor[]> tangents = [];
        foreach (Tensor row in rows.Unbind())
        {
            using DualLevel level = DualMode.Enter();
            Tensor[] moving = [.. x];
            moving[j] = level.With(x[j], row);
            y = f(moving);
            CheckResult(op, y[0]);
            tangents.Add(TangentsOf(level, y));
        }
        return (y, [.. y.Select((_, i) => Tensor.Stack([.. tangents.Select(t => t[i])]))]);
    }

    static Tensor JoinColumns(Tensor[] parts, Tensor y, Tensor x)
    {
        Shape shape = [.. y.Shape.Sizes, .. x.Shape.Sizes];
        return parts.Length == 0 ? Tensor.Zeros(shape, y.DType) : (parts.Length == 1 ? parts[0] : Tensor.Concat(parts)).Reshape(x.Count, y.Count).T.Reshape(shape.Sizes);
    }

    static void SetOne(Tensor x, int element)
    {
        if (x.DType == DType.Float32) x.AsWritableSpan<float>()[element] = 1;
        else x.AsWritableSpan<double>()[element] = 1;
    }

    static void CheckResult(string op, Tensor? y)
    {
        if (y is null) throw Throw.NoResult(op);
        if (!y.DType.IsFloating()) throw Throw.ResultNotFloating(op, y.DType);
    }

    static void CheckInputs(string op, Tensor[] x)
    {
        foreach (Tensor input in x)
        {
            if (!input.DType.IsFloating()) throw Throw.NeedsFloating(op, input.DType);
        }
    }
}
