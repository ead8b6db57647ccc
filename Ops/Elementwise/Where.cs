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
        Tensor m = mask.ExpandView(all).Dense(), x = a.ExpandView(all).Dense(), z = b.ExpandView(all).Dense();
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

    static void Choose<E>(Tensor mask, Tensor a, Tensor b, Tensor y) where E : unmanaged
    {
        ReadOnlySpan<bool> m = mask.AsSpan<bool>();
        ReadOnlySpan<E> sa = a.AsSpan<E>(), sb = b.AsSpan<E>();
        Span<E> sy = y.AsWritableSpan<E>();
        for (int i = 0; i < sy.Length; i++) sy[i] = m[i] ? sa[i] : sb[i];
    }

    static Tensor Mask(Shape shape) => Tensor.From(Enumerable.Range(0, shape.ElementCount).Select(i => i % 3 != 1).ToArray(), shape);
}
