using Autograd.Kernels;

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
            int bad = IndexKernels.Outside(values, size);
            return bad < 0 ? values : throw Throw.IndexRange(op, values[bad], axis, shape);
        }
    }
}
