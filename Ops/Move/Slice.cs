namespace Autograd;

public static partial class TensorOps
{
    extension(Tensor x)
    {
        /// <summary>Every <paramref name="step"/>-th element along one axis, from start to before stop, as a view.</summary>
        /// <param name="axis">The axis.</param>
        /// <param name="start">First index; null for the first (for a negative step, the last). Negative counts from the end; beyond an end means the end.</param>
        /// <param name="stop">The index to stop before; null for beyond the last (for a negative step, before the first).</param>
        /// <param name="step">Not 0; negative runs backwards.</param>
        /// <exception cref="ShapeException">There is no such axis, or step is 0.</exception>
        public Tensor Slice(int axis, int? start, int? stop, int step = 1)
        {
            Throw.IfNull("Slice", x);
            int a = x.Shape.Axis(axis, "Slice"), size = x.Shape.Sizes[a];
            if (step == 0) throw Throw.SliceStep(axis);
            // Backwards, the end before the first element is −1: counting from the end has been resolved by then.
            int low = step > 0 ? 0 : -1, high = step > 0 ? size : size - 1;
            int first = start is { } s ? Bound(s, size, low, high) : step > 0 ? low : high;
            int last = stop is { } t ? Bound(t, size, low, high) : step > 0 ? high : low;
            long distance = step > 0 ? (long)last - first : (long)first - last, stride = Math.Abs((long)step);
            int count = distance <= 0 ? 0 : (int)((distance + stride - 1) / stride);
            return count == size && step == 1 ? x : new SliceOp(a, count > 0 ? first : 0, count, count > 1 ? step : 1).Apply(x);
        }

        /// <summary>The elements of a range along one axis, as a view: <c>x.Slice(0, ..3)</c>, <c>x.Slice(-1, 1..^1)</c>; what lies beyond the ends is left out.</summary>
        /// <param name="axis">The axis.</param>
        /// <param name="range">From where to where.</param>
        /// <exception cref="ShapeException">There is no such axis.</exception>
        public Tensor Slice(int axis, Range range)
        {
            Throw.IfNull("Slice", x);
            int size = x.Shape.Sizes[x.Shape.Axis(axis, "Slice")];
            return x.Slice(axis, Math.Max(range.Start.GetOffset(size), 0), Math.Max(range.End.GetOffset(size), 0));
        }
    }

    static int Bound(int index, int size, int low, int high) => Math.Clamp(index < 0 ? index + size : index, low, high);
}

sealed class SliceOp(int axis, int start, int count, int step) : ViewOp, ISampled
{
    public static IEnumerable<Sample> Samples =>
    [
        Sample.Of([5], x => x.Slice(0, 1, -1)), Sample.Of([3, 5], x => x.Slice(1, null, null, 2)), Sample.Of([3, 5], x => x.Slice(-1, 4, 0, -2)),
        Sample.Of([3, 4], x => x.Slice(0, null, null, -1)), Sample.Of([4, 2], x => x.Slice(0, 3, 1)), Sample.Of([2, 3, 2], x => x.Slice(1, 2, null)), Sample.Of([2, 5], x => x.Slice(-1, 1..^1)),
    ];

    public override ViewOp OfBatch => new SliceOp(axis + 1, start, count, step);

    protected override Arrangement Arrange(Shape shape, ReadOnlySpan<int> strides)
    {
        int[] result = strides.ToArray();
        result[axis] *= step;
        return new(shape.With(axis, count), result, start * strides[axis]);
    }
}
