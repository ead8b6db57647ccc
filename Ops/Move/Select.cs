namespace Autograd;

public static partial class TensorOps
{
    extension(Tensor x)
    {
        /// <summary>The elements at one index of an axis, which is dropped, as a view.</summary>
        /// <param name="axis">The axis.</param>
        /// <param name="index">In [−size, size); negative counts from the end.</param>
        /// <exception cref="ShapeException">There is no such axis or index.</exception>
        public Tensor Select(int axis, int index)
        {
            Throw.IfNull("Select", x);
            int a = x.Shape.Axis(axis, "Select"), size = x.Shape.Sizes[a], position = index < 0 ? index + size : index;
            return (uint)position < (uint)size ? new SelectOp(a, position).Apply(x) : throw Throw.NoSuchIndex("Select", index, a, x.Shape);
        }

        /// <summary>The tensor taken apart along one axis, which is dropped: a view for each index.</summary>
        /// <exception cref="ShapeException">There is no such axis.</exception>
        public Tensor[] Unbind(int axis = 0)
        {
            Throw.IfNull("Unbind", x);
            int a = x.Shape.Axis(axis, "Unbind");
            Tensor[] parts = new Tensor[x.Shape.Sizes[a]];
            for (int i = 0; i < parts.Length; i++) parts[i] = x.Select(a, i);
            return parts;
        }
    }
}

sealed class SelectOp(int axis, int index) : ViewOp, ISampled
{
    public static IEnumerable<Sample> Samples =>
    [
        Sample.Of([3], x => x.Select(0, 1)), Sample.Of([3, 4], x => x.Select(1, -1)), Sample.Of([2, 3, 2], x => x.Select(1, 2)), Sample.Of([0, 3], x => x.Select(1, 0)),
        Sample.Of([3, 2], x => x.Unbind()[2]),
    ];

    public override ViewOp OfBatch => new SelectOp(axis + 1, index);

    protected override Arrangement Arrange(Shape shape, ReadOnlySpan<int> strides)
    {
        int[] result = new int[shape.Rank - 1];
        strides[..axis].CopyTo(result);
        strides[(axis + 1)..].CopyTo(result.AsSpan(axis));
        return new(shape.Without(axis), result, index * strides[axis]);
    }
}
