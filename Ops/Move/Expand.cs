namespace Autograd;

public static partial class TensorOps
{
    extension(Tensor x)
    {
        /// <summary>Repeats axes of size 1, and adds axes in front, without copying: a view of the given shape.</summary>
        /// <param name="shape">The wanted sizes; the tensor's own shape must broadcast to it.</param>
        /// <exception cref="ShapeException">The shape does not broadcast to the wanted one.</exception>
        public Tensor Expand(Shape shape)
        {
            Throw.IfNull("Expand", x);
            Throw.IfNull("Expand", shape);
            return x.Shape == shape ? x : new ExpandOp(shape).Apply(x);
        }

        /// <summary>The view of <see cref="Expand"/>, unrecorded.</summary>
        internal Tensor ExpandView(Shape shape)
        {
            if (x.Shape == shape) return x;
            if (!Shape.TryBroadcast(x.Shape, shape, out Shape all) || all != shape) throw Throw.Expand(x.Shape, shape);
            int[] strides = new int[shape.Rank];
            for (int i = 1; i <= x.Rank; i++) strides[^i] = x.Shape[-i] == 1 ? 0 : x.Strides[^i];
            return x.View(shape, strides);
        }
    }
}

// y repeats x   ⇒   dx = dy summed over what was repeated
sealed class ExpandOp(Shape shape) : Op, ISampled
{
    public static IEnumerable<Sample> Samples =>
    [
        Sample.Of([3], x => x.Expand([2, 3])), Sample.Of([2, 1], x => x.Expand([2, 3])), Sample.Of([], x => x.Expand([2, 2])),
        Sample.Of([1, 3, 1], x => x.Expand([4, 2, 3, 2])),
    ];

    protected override Saved Saves(ReadOnlySpan<Tensor> inputs) => Saved.Nothing;

    protected override Tensor Forward(ReadOnlySpan<Tensor> inputs) => inputs[0].ExpandView(shape);

    protected override Tensor? Batch(BatchedInputs inputs) => Shape.TryBroadcast(inputs.Shape(0), shape, out Shape all) && all == shape
        ? inputs.Aligned(0, shape.Rank).Expand([inputs.Count, .. shape.Sizes])
        : throw Throw.Expand(inputs.Shape(0), shape);

    protected override Tensor Vjp(int input, Tensor dy, Recorded values) => dy.SumTo(values.Shape(0));

    protected override Tensor? Jvp(ReadOnlySpan<Tensor> inputs, ReadOnlySpan<Tensor?> tangents, Tensor y) => tangents[0]!.Expand(shape);
}
