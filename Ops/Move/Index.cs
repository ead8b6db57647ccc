namespace Autograd;

/// <summary>Tensors of indices: checked before they are used, read as spans.</summary>
static class Index
{
    extension(Tensor index)
    {
        /// <summary>The indices of a dense Int64 tensor, all of them in [0, size).</summary>
        /// <exception cref="DTypeException">The tensor is not Int64.</exception>
        /// <exception cref="ShapeException">An index is out of range.</exception>
        public ReadOnlySpan<long> Checked(string op, int axis, Shape shape)
        {
            if (index.DType != DType.Int64) throw Throw.IndexType(op, index.DType);
            ReadOnlySpan<long> values = index.AsSpan<long>();
            long size = shape.Rank == 0 ? 1 : shape.Sizes[axis];
            foreach (long value in values)
            {
                if ((ulong)value >= (ulong)size) throw Throw.IndexRange(op, value, axis, shape);
            }
            return values;
        }
    }
}
