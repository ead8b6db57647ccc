using Autograd.Kernels;

namespace Autograd;

public static partial class TensorOps
{
    extension(Tensor x)
    {
        /// <summary>The elements along an axis in order, and the Int64 indices that they had; equal ones keep their order.</summary>
        /// <param name="axis">The axis.</param>
        /// <param name="descending">The greatest first.</param>
        /// <remarks>NaN counts as greater than every number. The gradient goes back to where each element came from.</remarks>
        /// <exception cref="ShapeException">There is no such axis.</exception>
        /// <exception cref="DTypeException">The element type is Bool.</exception>
        public (Tensor Values, Tensor Indices) Sort(int axis = -1, bool descending = false)
        {
            Throw.IfNull("Sort", x);
            Tensor order = x.Order(axis, descending, "Sort");
            return (x.Gather(axis, order), order);
        }

        /// <summary>The Int64 indices that put the elements along an axis in order; equal ones keep theirs.</summary>
        /// <inheritdoc cref="Sort(Tensor, int, bool)"/>
        public Tensor ArgSort(int axis = -1, bool descending = false) => x.Order(axis, descending, "ArgSort");

        Tensor Order(int axis, bool descending, string op)
        {
            Throw.IfNull(op, x);
            return new ArgSortOp(x.Shape.AxisOrScalar(axis, op), descending, null, op).Apply(x);
        }

        /// <summary>The k greatest elements along an axis, the greatest first, and the Int64 indices that they had; of equal ones the first.</summary>
        /// <param name="k">In [0, size of the axis].</param>
        /// <param name="axis">The axis.</param>
        /// <param name="largest">False for the smallest elements, the smallest first.</param>
        /// <remarks>NaN counts as greater than every number. The gradient goes back to where each element came from.</remarks>
        /// <exception cref="ShapeException">There is no such axis, or k is out of range.</exception>
        /// <exception cref="DTypeException">The element type is Bool.</exception>
        public (Tensor Values, Tensor Indices) TopK(int k, int axis = -1, bool largest = true)
        {
            Throw.IfNull("TopK", x);
            int a = x.Shape.AxisOrScalar(axis, "TopK"), size = x.Rank == 0 ? 1 : x.Shape.Sizes[a];
            if ((uint)k > (uint)size) throw Throw.TopKCount(k, a, x.Shape);
            if (x.Rank == 0 && k == 0) return x.Reshape(1).TopK(0);
            Tensor order = new ArgSortOp(a, largest, k, "TopK").Apply(x);
            return (x.Gather(a, order), order);
        }
    }
}

/// <summary>Indices in the order of the elements: nothing is differentiated and nothing recorded.</summary>
sealed class ArgSortOp(int axis, bool descending, int? count, string name) : Op, ISampled
{
    public static IEnumerable<Sample> Samples =>
    [
        Sample.Of([5], x => x.Sort().Values), Sample.Of([2, 4, 2], x => x.Sort(1, descending: true).Values), Sample.Of([3, 4], x => x.TopK(2).Values),
        Sample.Of([9, 2], x => x.TopK(1, 0, largest: false).Values), Sample.Of([2, 0], x => x.Sort().Values),
    ];

    public override string Name => name;

    protected override Saved Saves(ReadOnlySpan<Tensor> inputs) => Saved.Nothing;

    protected override Tensor Forward(ReadOnlySpan<Tensor> inputs)
    {
        Tensor x = inputs[0].Dense();
        if (x.DType == DType.Bool) throw Throw.NoArithmetic(name, x.DType);
        (_, int size, int inner) = x.Shape.Around(axis);
        // Lanes are read as often as it takes to put them in order, so those that do not lie together are brought together first.
        if (inner > 1) return new ArgSortOp(x.Rank - 1, descending, count, name).Apply(x.MoveAxis(axis, -1)).MoveAxis(-1, axis).Dense();
        int k = count ?? size;
        Tensor order = Tensor.Empty(x.Shape.With(axis, k), DType.Int64);
        Span<long> target = order.AsWritableSpan<long>();
        switch (x.DType)
        {
            case DType.Float32: SortKernels.Order(x.AsSpan<float>(), size, descending, k, target); break;
            case DType.Float64: SortKernels.Order(x.AsSpan<double>(), size, descending, k, target); break;
            default: SortKernels.Order(x.AsSpan<long>(), size, descending, k, target); break;
        }
        return order;
    }

    protected override Tensor? Batch(BatchedInputs inputs)
    {
        Tensor order = new ArgSortOp(axis + 1, descending, count, name).Apply(inputs.Vectors());
        return inputs.Shape(0).Rank == 0 ? order.Reshape(inputs.Count) : order;
    }

    protected override Tensor? Vjp(int input, Tensor dy, Recorded values) => null;

    protected override Tensor? Jvp(ReadOnlySpan<Tensor> inputs, ReadOnlySpan<Tensor?> tangents, Tensor y) => null;
}
