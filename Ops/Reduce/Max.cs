namespace Autograd;

public static partial class TensorOps
{
    extension(Tensor x)
    {
        /// <summary>The greatest elements along one axis and their positions (Int64). The first among equals, or the first NaN, gets the whole gradient.</summary>
        /// <param name="axis">The axis; a negative one counts from the end.</param>
        /// <param name="keepAxis">Keeps the axis, with size 1, instead of dropping it.</param>
        /// <exception cref="ShapeException">There is no such axis, or nothing along it.</exception>
        /// <exception cref="DTypeException">The element type is Bool.</exception>
        public (Tensor Values, Tensor Indices) Max(int axis, bool keepAxis = false) => ChooseOp.Apply(x, axis, keepAxis, true);

        /// <summary>The least elements along one axis and their positions (Int64). The first among equals, or the first NaN, gets the whole gradient.</summary>
        /// <inheritdoc cref="Max(Tensor, int, bool)"/>
        public (Tensor Values, Tensor Indices) Min(int axis, bool keepAxis = false) => ChooseOp.Apply(x, axis, keepAxis, false);

        /// <summary>The elements of [outer, n, inner] at positions [outer, inner] of the middle axis: the adjoint of PutAlong.</summary>
        internal Tensor PickAlong(Tensor positions, Shape shape, AxisSplit split) => new PickAlongOp(shape, split).Apply(x, positions);

        /// <summary>Zeros in <paramref name="shape"/>, and the elements at their positions along an axis: the adjoint of PickAlong.</summary>
        internal Tensor PutAlong(Tensor positions, Shape shape, AxisSplit split) => new PutAlongOp(shape, split).Apply(x, positions);
    }
}

// y = x at the place of the extreme   ⇒   dx = dy there, 0 elsewhere
sealed class ChooseOp(int axis, bool keepAxis, bool greatest) : Op, ISampled
{
    Tensor? _positions;

    public override string Name => greatest ? "Max" : "Min";

    public static IEnumerable<Sample> Samples =>
    [
        Sample.Of([2, 3], x => x.Max(0).Values), Sample.Of([2, 3, 2], x => x.Max(1, true).Values),
        Sample.Of([2, 3], x => x.Min(-1).Values), Sample.Of([2, 3, 2], x => x.Min(-3, true).Values),
    ];

    public static (Tensor Values, Tensor Indices) Apply(Tensor x, int axis, bool keepAxis, bool greatest)
    {
        ChooseOp op = new(AxisSet.Resolve(axis, x, greatest ? "Max" : "Min"), keepAxis, greatest);
        return (op.Apply(x), op._positions!);
    }

    protected override Saved Saves(ReadOnlySpan<Tensor> inputs) => Saved.Nothing;

    protected override Tensor Forward(ReadOnlySpan<Tensor> inputs)
    {
        Tensor x = inputs[0], y = Tensor.Empty(AxisSet.Of(axis, x.Shape, Name).Reduce(x.Shape, keepAxis), x.DType);
        _positions = ArgOp.Along(x, axis, keepAxis, greatest, Name, y);
        return y;
    }

    protected override Tensor Vjp(int input, Tensor dy, Recorded values) => dy.PutAlong(_positions!, values.Shape(0), AxisSplit.Of(values.Shape(0), axis));

    protected override void Backward(Tensor dy, Recorded values, Gradients gradients) =>
        PutAlongOp.AddTo(gradients, dy, _positions!, AxisSplit.Of(values.Shape(0), axis));

    protected override Tensor? Jvp(ReadOnlySpan<Tensor> inputs, ReadOnlySpan<Tensor?> tangents, Tensor y) =>
        tangents[0]!.PickAlong(_positions!, y.Shape, AxisSplit.Of(inputs[0].Shape, axis));

    protected override Tensor? Batch(BatchedInputs inputs)
    {
        ChooseOp each = new(axis + 1, keepAxis, greatest);
        Shape shape = [inputs.Count, .. AxisSet.Of(axis, inputs.Shape(0), Name).Reduce(inputs.Shape(0), keepAxis).Sizes];
        Tensor y = each.Apply(inputs.Vectors());
        _positions = inputs.Level.Wrap(each._positions!.Reshape(shape.Sizes));
        return y.Reshape(shape.Sizes);
    }
}

// y[k] = x[positions[k]]   ⇒   dx[positions[k]] = dy[k]
sealed class PickAlongOp(Shape shape, AxisSplit split) : Op, ISampled
{
    public static IEnumerable<Sample> Samples => [Sample.Of([2, 3], x => x.PickAlong(Tensor.From([2L, 0]), [2], AxisSplit.Of([2, 3], 1)))];

    protected override Saved Saves(ReadOnlySpan<Tensor> inputs) => Saved.B;

    protected override Tensor Forward(ReadOnlySpan<Tensor> inputs)
    {
        Tensor x = inputs[0].Dense(), positions = inputs[1].Dense(), y = Tensor.Empty(shape, x.DType);
        if (x.DType == DType.Float32) Kernels.PickKernels.Pick(x.AsSpan<float>(), positions.AsSpan<long>(), split.Size, split.Inner, y.AsWritableSpan<float>());
        else Kernels.PickKernels.Pick(x.AsSpan<double>(), positions.AsSpan<long>(), split.Size, split.Inner, y.AsWritableSpan<double>());
        return y;
    }

    protected override Tensor Vjp(int input, Tensor dy, Recorded values) => dy.PutAlong(values.B, values.Shape(0), split);

    protected override void Backward(Tensor dy, Recorded values, Gradients gradients) => PutAlongOp.AddTo(gradients, dy, values.B, split);

    protected override Tensor? Jvp(ReadOnlySpan<Tensor> inputs, ReadOnlySpan<Tensor?> tangents, Tensor y) => tangents[0]!.PickAlong(inputs[1], shape, split);

    protected override Tensor? Batch(BatchedInputs inputs) =>
        new PickAlongOp([inputs.Count, .. shape.Sizes], split with { Outer = inputs.Count * split.Outer }).Apply(inputs.Full());
}

// y[positions[k]] = x[k]   ⇒   dx[k] = dy[positions[k]]
sealed class PutAlongOp(Shape shape, AxisSplit split) : Op, ISampled
{
    public static IEnumerable<Sample> Samples => [Sample.Of([2], x => x.PutAlong(Tensor.From([2L, 0]), [2, 3], AxisSplit.Of([2, 3], 1)))];

    protected override Saved Saves(ReadOnlySpan<Tensor> inputs) => Saved.B;

    protected override Tensor Forward(ReadOnlySpan<Tensor> inputs)
    {
        Tensor y = Tensor.Empty(shape, inputs[0].DType);
        AddTo(y, inputs[0].Dense(), inputs[1].Dense(), split, fresh: true);
        return y;
    }

    /// <summary>Adds dy at its positions to the gradient of the first input.</summary>
    public static void AddTo(Gradients gradients, Tensor dy, Tensor positions, AxisSplit split)
    {
        if (gradients.Needs(0)) AddTo(gradients.Buffer(0, out bool fresh), dy.Dense(), positions.Dense(), split, fresh);
    }

    static void AddTo(Tensor y, Tensor x, Tensor positions, AxisSplit split, bool fresh)
    {
        if (fresh) y.Fill(0);
        if (x.DType == DType.Float32) Kernels.PickKernels.Place(x.AsSpan<float>(), positions.AsSpan<long>(), split.Size, split.Inner, y.AsWritableSpan<float>());
        else Kernels.PickKernels.Place(x.AsSpan<double>(), positions.AsSpan<long>(), split.Size, split.Inner, y.AsWritableSpan<double>());
    }

    protected override Tensor Vjp(int input, Tensor dy, Recorded values) => dy.PickAlong(values.B, values.Shape(0), split);

    protected override Tensor? Jvp(ReadOnlySpan<Tensor> inputs, ReadOnlySpan<Tensor?> tangents, Tensor y) => tangents[0]!.PutAlong(inputs[1], shape, split);

    protected override Tensor? Batch(BatchedInputs inputs) =>
        new PutAlongOp([inputs.Count, .. shape.Sizes], split with { Outer = inputs.Count * split.Outer }).Apply(inputs.Full());
}
