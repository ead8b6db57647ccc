namespace Autograd;

/// <summary>
/// An op from delegates, as differentiable as a built-in one; check it with <see cref="GradCheck"/>. For attributes, for saving
/// less than all inputs and the result, or for a derivative by a kernel, derive from <see cref="Op"/>.
/// </summary>
public static class CustomOp
{
    /// <summary>An op with one input.</summary>
    /// <param name="name">Its name in errors, listings and reports.</param>
    /// <param name="forward">y from x; not recorded, so it may compute with spans and kernels.</param>
    /// <param name="vjp">dx from x, y and dy, where dy has y's shape and dx must have x's; written with recorded ops, it has derivatives of every order.</param>
    /// <param name="jvp">ẏ from x, ẋ and y, written with recorded ops; when left out, vjp is transposed, which costs two backward passes of it.</param>
    /// <returns>The op, to be applied like a function.</returns>
    public static Func<Tensor, Tensor> Create(
        string name, Func<Tensor, Tensor> forward, Func<Tensor, Tensor, Tensor, Tensor> vjp, Func<Tensor, Tensor, Tensor, Tensor>? jvp = null)
    {
        Check(name, forward, vjp);
        DelegateOp op = new(
            name, x => forward(x[0]), (x, y, dy) => [vjp(x[0], y, dy)], jvp is null ? null : (x, tangents, y) => jvp(x[0], tangents[0]!, y));
        return x => op.Apply(x);
    }

    /// <summary>An op with two inputs; vjp gives the gradients of both, null where one is zero.</summary>
    /// <inheritdoc cref="Create(string, Func{Tensor, Tensor}, Func{Tensor, Tensor, Tensor, Tensor}, Func{Tensor, Tensor, Tensor, Tensor}?)"/>
    public static Func<Tensor, Tensor, Tensor> Create(
        string name, Func<Tensor, Tensor, Tensor> forward, Func<Tensor, Tensor, Tensor, Tensor, (Tensor? A, Tensor? B)> vjp)
    {
        Check(name, forward, vjp);
        DelegateOp op = new(name, x => forward(x[0], x[1]), Both, null);
        return (a, b) => op.Apply(a, b);

        Tensor?[] Both(Tensor[] x, Tensor y, Tensor dy)
        {
            (Tensor? da, Tensor? db) = vjp(x[0], x[1], y, dy);
            return [da, db];
        }
    }

    /// <summary>An op with any number of inputs.</summary>
    /// <param name="name">Its name in errors, listings and reports.</param>
    /// <param name="forward">y from the inputs; not recorded, so it may compute with spans and kernels.</param>
    /// <param name="vjp">One gradient an input from the inputs, y and dy, null where it is zero; written with recorded ops.</param>
    /// <param name="jvp">ẏ from the inputs, their tangents (null where zero) and y, null where zero; vjp is transposed when left out.</param>
    /// <returns>The op, to be applied like a function.</returns>
    public static Func<Tensor[], Tensor> Create(
        string name, Func<Tensor[], Tensor> forward, Func<Tensor[], Tensor, Tensor, Tensor?[]> vjp, Func<Tensor[], Tensor?[], Tensor, Tensor?>? jvp = null)
    {
        Check(name, forward, vjp);
        DelegateOp op = new(name, forward, vjp, jvp);
        return x => op.Apply(x);
    }

    static void Check(string name, Delegate forward, Delegate vjp)
    {
        Throw.IfNull("CustomOp", name);
        Throw.IfNull("CustomOp", forward);
        Throw.IfNull("CustomOp", vjp);
    }
}

// y = the user's forward(x)   ⇒   dx = the user's vjp(x, y, dy)
sealed class DelegateOp(
    string name, Func<Tensor[], Tensor> forward, Func<Tensor[], Tensor, Tensor, Tensor?[]> vjp, Func<Tensor[], Tensor?[], Tensor, Tensor?>? jvp) : Op, ISampled
{
    public static IEnumerable<Sample> Samples =>
    [
        Sample.Of(x => CustomOp.Create("Cube", t => t * t * t, (t, _, dy) => dy * t * t * 3)(x)),
        Sample.Of(x => CustomOp.Create("Tanh", t => t.Tanh(), (_, y, dy) => dy * (1 - (y * y)), (_, dx, y) => dx * (1 - (y * y)))(x)),
        Sample.Of([2, 3], [2, 3], (a, b) => CustomOp.Create("Product", (p, q) => p * q, (p, q, _, dy) => (dy * q, dy * p))(a, b)),
    ];

    public override string Name => name;

    protected override Tensor Forward(ReadOnlySpan<Tensor> inputs) => forward(inputs.ToArray());

    protected override Tensor? Vjp(int input, Tensor dy, Recorded values) => All(dy, values)[input];

    protected override void Backward(Tensor dy, Recorded values, Gradients gradients)
    {
        Tensor?[] dx = All(dy, values);
        for (int i = 0; i < dx.Length; i++)
        {
            if (gradients.Needs(i) && dx[i] is { } part) gradients.Add(i, part);
        }
    }

    protected override Tensor? Jvp(ReadOnlySpan<Tensor> inputs, ReadOnlySpan<Tensor?> tangents, Tensor y) =>
        jvp is not null ? jvp(inputs.ToArray(), tangents.ToArray(), y) : Transposed(inputs.ToArray(), tangents.ToArray(), y);

    /// <summary>ẏ = ∂⟨vjp(u), ẋ⟩/∂u, at any u: vjp is linear in u. Source: Townsend, "A new trick for calculating Jacobian vector products", 2017.</summary>
    Tensor? Transposed(Tensor[] x, Tensor?[] tangents, Tensor y)
    {
        int[] moving = [.. Enumerable.Range(0, x.Length).Where(i => tangents[i] is not null)];
        return Grad.Of(LinearForm, allowUnused: true)(Tensor.ZerosLike(y));

        Tensor LinearForm(Tensor u)
        {
            Tensor?[] dx = Check(vjp(x, y, u), x.Length);
            Tensor sum = Tensor.Scalar(0, y.DType);
            foreach (int i in moving)
            {
                if (dx[i] is { } part) sum += (part * tangents[i]!).Sum().Cast(y.DType);
            }
            return sum;
        }
    }

    Tensor?[] All(Tensor dy, Recorded values)
    {
        Tensor[] x = new Tensor[values.Count];
        for (int i = 0; i < x.Length; i++) x[i] = values.Input(i);
        return Check(vjp(x, values.Y, dy), x.Length);
    }

    Tensor?[] Check(Tensor?[] gradients, int inputs) =>
        gradients.Length == inputs ? gradients : throw Throw.GradientCount(name, gradients.Length, inputs);
}
