using Autograd.Kernels;

namespace Autograd;

public static partial class TensorOps
{
    extension(Tensor)
    {
        /// <summary>a where the mask is true, else b, elementwise; all three are broadcast together.</summary>
        /// <param name="mask">A Bool tensor.</param>
        /// <param name="a">Taken where the mask is true.</param>
        /// <param name="b">Taken where it is false.</param>
        /// <remarks>The branch not taken gets a gradient of exactly 0, and a gradient of 0 stays 0 through an infinite derivative.</remarks>
        /// <exception cref="ShapeException">The shapes do not broadcast.</exception>
        /// <exception cref="DTypeException">The mask is not Bool, or a and b differ in type.</exception>
        public static Tensor Where(Tensor mask, Tensor a, Tensor b)
        {
            Throw.IfNull("Where", mask);
            Throw.IfNull("Where", a);
            Throw.IfNull("Where", b);
            if (mask.DType != DType.Bool) throw Throw.MaskType("Where", mask.DType);
            return WhereOp.Instance.Apply(mask, a, b);
        }

        /// <inheritdoc cref="Where(Tensor, Tensor, Tensor)"/>
        public static Tensor Where(Tensor mask, Tensor a, double b)
        {
            Throw.IfNull("Where", a);
            return Tensor.Where(mask, a, Like(a, b));
        }

        /// <inheritdoc cref="Where(Tensor, Tensor, Tensor)"/>
        public static Tensor Where(Tensor mask, double a, Tensor b)
        {
            Throw.IfNull("Where", b);
            return Tensor.Where(mask, Like(b, a), b);
        }
    }
}

// y = m ? a : b   ⇒   da = m ? dy : 0,  db = m ? 0 : dy
sealed class WhereOp : Op, ISampled
{
    public static readonly WhereOp Instance = new();

    public static IEnumerable<Sample> Samples =>
    [
        Sample.Of([2, 3], [2, 3], (a, b) => Tensor.Where(Mask([2, 3]), a, b)),
        Sample.Of([3], [2, 1], (a, b) => Tensor.Where(Mask([2, 3]), a, b)),
        Sample.Of([2, 1], [], (a, b) => Tensor.Where(Mask([3]), a, b)),
        Sample.Of([2, 3], x => Tensor.Where(Mask([2, 3]), x, 0.5)),
    ];

    protected override Saved Saves(ReadOnlySpan<Tensor> inputs) => Saved.A;

    protected override Tensor Forward(ReadOnlySpan<Tensor> inputs)
    {
        Tensor mask = inputs[0], a = inputs[1], b = inputs[2];
        if (a.DType != b.DType) throw Throw.DifferentTypes("Where", a.DType, b.DType);
        if (!Shape.TryBroadcast(a.Shape, b.Shape, out Shape shape)) throw Throw.Broadcast("Where", a.Shape, b.Shape);
        if (!Shape.TryBroadcast(mask.Shape, shape, out Shape all)) throw Throw.Broadcast("Where", mask.Shape, shape);
        Tensor y = Tensor.Empty(all, a.DType);
        Tensor m = mask.ExpandView(all).Dense(), x = Spread(a, all), z = Spread(b, all);
        switch (a.DType)
        {
            case DType.Float32: Choose<float>(m, x, z, y); break;
            case DType.Float64: Choose<double>(m, x, z, y); break;
            case DType.Int64: Choose<long>(m, x, z, y); break;
            default: Choose<bool>(m, x, z, y); break;
        }
        return y;
    }

    protected override Tensor Vjp(int input, Tensor dy, Recorded values)
    {
        Tensor zero = Tensor.Scalar(0, dy.DType);
        return (input == 1 ? Tensor.Where(values.A, dy, zero) : Tensor.Where(values.A, zero, dy)).SumTo(values.Shape(input));
    }

    protected override Tensor? Jvp(ReadOnlySpan<Tensor> inputs, ReadOnlySpan<Tensor?> tangents, Tensor y)
    {
        Tensor zero = Tensor.Scalar(0, y.DType);
        return Tensor.Where(inputs[0], tangents[1] ?? zero, tangents[2] ?? zero).Expand(y.Shape);
    }

    protected override Tensor? Batch(BatchedInputs inputs) => Apply(inputs.Broadcast(Name));

    protected override void Backward(Tensor dy, Recorded values, Gradients gradients)
    {
        if (dy.DType == DType.Float32) Backward<float>(dy.Dense(), values, gradients);
        else Backward<double>(dy.Dense(), values, gradients);
    }

    static void Backward<E>(Tensor dy, Recorded values, Gradients gradients) where E : unmanaged
    {
        Tensor? da = Target(1, dy, values, gradients, out bool freshA), db = Target(2, dy, values, gradients, out bool freshB);
        ChoiceKernels.Part(
            values.A.ExpandView(dy.Shape).Dense().AsSpan<bool>(), dy.AsSpan<E>(),
            da is null ? [] : da.AsWritableSpan<E>(), freshA, db is null ? [] : db.AsWritableSpan<E>(), freshB);
        if (da is not null && values.Shape(1) != dy.Shape) gradients.Add(1, da.SumTo(values.Shape(1)));
        if (db is not null && values.Shape(2) != dy.Shape) gradients.Add(2, db.SumTo(values.Shape(2)));
    }

    /// <summary>Where the gradient of an input is written, before it is summed over repeated axes; null if none is wanted.</summary>
    static Tensor? Target(int input, Tensor dy, Recorded values, Gradients gradients, out bool fresh)
    {
        fresh = true;
        if (!gradients.Needs(input)) return null;
        return values.Shape(input) == dy.Shape ? gradients.Buffer(input, out fresh) : Tensor.Empty(dy.Shape, dy.DType);
    }

    /// <summary>Dense memory of a whole shape, or the only element.</summary>
    static Tensor Spread(Tensor x, Shape shape) => x.Count == 1 ? x : x.ExpandView(shape).Dense();

    static void Choose<E>(Tensor mask, Tensor a, Tensor b, Tensor y) where E : unmanaged =>
        ChoiceKernels.Choose(mask.AsSpan<bool>(), a.AsSpan<E>(), b.AsSpan<E>(), y.AsWritableSpan<E>());

    static Tensor Mask(Shape shape) => Tensor.From(Enumerable.Range(0, shape.ElementCount).Select(i => i % 3 != 1).ToArray(), shape);
}
