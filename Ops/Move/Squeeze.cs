namespace Autograd;

public static partial class TensorOps
{
    extension(Tensor x)
    {
        /// <summary>Drops all axes of size 1, without copying.</summary>
        public Tensor Squeeze()
        {
            Throw.IfNull("Squeeze", x);
            Span<int> sizes = stackalloc int[x.Rank];
            int rank = 0;
            foreach (int size in x.Shape.Sizes)
            {
                if (size != 1) sizes[rank++] = size;
            }
            return x.Reshape(sizes[..rank]);
        }

        /// <summary>Drops one axis if its size is 1, without copying; else returns the tensor as it is.</summary>
        /// <exception cref="ShapeException">There is no such axis.</exception>
        public Tensor Squeeze(int axis)
        {
            Throw.IfNull("Squeeze", x);
            int a = x.Shape.AxisOrScalar(axis, "Squeeze");
            return x.Rank == 0 || x.Shape.Sizes[a] != 1 ? x : x.Reshape(x.Shape.Without(a).Sizes);
        }

        /// <summary>Adds an axis of size 1, without copying.</summary>
        /// <param name="axis">Its position in the result, in [−rank − 1, rank].</param>
        /// <exception cref="ShapeException">There is no such position.</exception>
        public Tensor Unsqueeze(int axis)
        {
            Throw.IfNull("Unsqueeze", x);
            return x.Reshape(x.Shape.Insert(NewAxis(x.Shape, axis, "Unsqueeze"), 1).Sizes);
        }
    }

    /// <summary>The position of an axis that is to be added to a shape.</summary>
    static int NewAxis(Shape shape, int axis, string op)
    {
        int position = axis < 0 ? axis + shape.Rank + 1 : axis;
        return (uint)position <= (uint)shape.Rank ? position : throw Throw.NewAxis(op, axis, shape);
    }
}

/// <summary>Calls for the laws; the op is <see cref="ReshapeOp"/>.</summary>
readonly struct SqueezeSamples : ISampled
{
    public static IEnumerable<Sample> Samples =>
    [
        Sample.Of([1, 3, 1], x => x.Squeeze()), Sample.Of([2, 1, 3], x => x.Squeeze(-2)), Sample.Of([2, 3], x => x.Unsqueeze(-1)), Sample.Of([], x => x.Unsqueeze(0)),
    ];
}
