using System.Runtime.InteropServices;

namespace Autograd;

/// <summary>Memory as kernels that move elements of any type see it, and shapes with an axis changed.</summary>
static class Memory
{
    extension(Tensor x)
    {
        /// <summary>A dense copy of floating-point numbers, to be worked on in place, in memory that is recycled with the surrounding scope.</summary>
        public Tensor ScopedCopy()
        {
            Tensor y = Tensor.Empty(x.Shape, x.DType);
            if (x.DType == DType.Float32) x.CopyTo(y.AsWritableSpan<float>());
            else x.CopyTo(y.AsWritableSpan<double>());
            return y;
        }

        /// <summary>The bytes of a dense tensor.</summary>
        public ReadOnlySpan<byte> AsBytes() => x.DType switch
        {
            DType.Float32 => MemoryMarshal.AsBytes(x.AsSpan<float>()),
            DType.Float64 => MemoryMarshal.AsBytes(x.AsSpan<double>()),
            DType.Int64 => MemoryMarshal.AsBytes(x.AsSpan<long>()),
            _ => MemoryMarshal.AsBytes(x.AsSpan<bool>()),
        };

        /// <summary>The bytes from a view's first element to its last.</summary>
        public ReadOnlySpan<byte> AsReachedBytes() => x.DType switch
        {
            DType.Float32 => MemoryMarshal.AsBytes(x.AsReachedSpan<float>()),
            DType.Float64 => MemoryMarshal.AsBytes(x.AsReachedSpan<double>()),
            DType.Int64 => MemoryMarshal.AsBytes(x.AsReachedSpan<long>()),
            _ => MemoryMarshal.AsBytes(x.AsReachedSpan<bool>()),
        };

        /// <summary>The bytes of a dense tensor, to be written.</summary>
        public Span<byte> AsWritableBytes() => x.DType switch
        {
            DType.Float32 => MemoryMarshal.AsBytes(x.AsWritableSpan<float>()),
            DType.Float64 => MemoryMarshal.AsBytes(x.AsWritableSpan<double>()),
            DType.Int64 => MemoryMarshal.AsBytes(x.AsWritableSpan<long>()),
            _ => MemoryMarshal.AsBytes(x.AsWritableSpan<bool>()),
        };
    }

    extension(Shape shape)
    {
        /// <summary>An axis that may count from the end; a scalar counts as a vector of one element.</summary>
        public int AxisOrScalar(int axis, string op) => shape.Rank == 0 && axis is 0 or -1 ? 0 : shape.Axis(axis, op);

        /// <summary>The elements before, along and within one axis: x lies in memory as [outer, size, inner].</summary>
        public (int Outer, int Size, int Inner) Around(int axis)
        {
            int outer = 1, inner = 1;
            for (int i = 0; i < axis; i++) outer *= shape.Sizes[i];
            for (int i = axis + 1; i < shape.Rank; i++) inner *= shape.Sizes[i];
            return (outer, shape.Rank == 0 ? 1 : shape.Sizes[axis], inner);
        }

        /// <summary>The sizes without one axis.</summary>
        public Shape Without(int axis)
        {
            Span<int> sizes = stackalloc int[shape.Rank - 1];
            shape.Sizes[..axis].CopyTo(sizes);
            shape.Sizes[(axis + 1)..].CopyTo(sizes[axis..]);
            return Shape.Create(sizes);
        }

        /// <summary>The sizes with one axis more, before <paramref name="axis"/>.</summary>
        public Shape Insert(int axis, int size)
        {
            Span<int> sizes = stackalloc int[shape.Rank + 1];
            shape.Sizes[..axis].CopyTo(sizes);
            sizes[axis] = size;
            shape.Sizes[axis..].CopyTo(sizes[(axis + 1)..]);
            return Shape.Create(sizes);
        }
    }
}
