namespace Autograd;

public static partial class TensorOps
{
    extension(Tensor x)
    {
        /// <summary>Undoes the shape of a reduction: repeats every element over the reduced axes. A view; the adjoint of Sum.</summary>
        /// <param name="shape">The shape before the reduction.</param>
        /// <param name="axes">The axes that were reduced, kept with size 1 or dropped.</param>
        internal Tensor Spread(Shape shape, AxisSet axes) => x.Shape == shape && axes.Meet(shape) == 1 ? x : new SpreadOp(shape, axes).Apply(x);

        internal Tensor SpreadView(Shape shape, AxisSet axes)
        {
            bool kept = x.Rank == shape.Rank;
            Span<int> strides = stackalloc int[shape.Rank];
            for (int i = 0, k = 0; i < strides.Length; i++)
            {
                bool reduced = axes.Contains(i);
                strides[i] = reduced ? 0 : x.Strides[k];
                if (kept || !reduced) k++;
            }
            return x.View(shape, strides);
        }
    }
}

// y repeats x over the reduced axes   ⇒   dx = Σ dy over them
sealed class SpreadOp(Shape shape, AxisSet axes) : Op, ISampled
{
    public static IEnumerable<Sample> Samples =>
    [
        Sample.Of([3], x => x.Spread([3, 2], new(2))), Sample.Of([1, 3, 1], x => x.Spread([4, 3, 2], new(5))), Sample.Of([], x => x.Spread([2, 2], AxisSet.All)),
    ];

    protected override Saved Saves(ReadOnlySpan<Tensor> inputs) => Saved.Nothing;

    protected override Tensor Forward(ReadOnlySpan<Tensor> inputs) => inputs[0].SpreadView(shape, axes);

    protected override Tensor? Batch(BatchedInputs inputs) => new SpreadOp([inputs.Count, .. shape.Sizes], axes.OfBatch(shape.Rank)).Apply(inputs[0]);

    protected override Tensor Vjp(int input, Tensor dy, Recorded values) => dy.SumOver(axes, values.Shape(0).Rank == shape.Rank);

    protected override Tensor? Jvp(ReadOnlySpan<Tensor> inputs, ReadOnlySpan<Tensor?> tangents, Tensor y) => tangents[0]!.Spread(shape, axes);
}
