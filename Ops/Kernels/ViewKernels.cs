using System.Numerics;
using System.Numerics.Tensors;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Autograd.Kernels;

/// <summary>
/// Writes dense elements to the places that a strided arrangement names: the opposite of reading a view. Places are visited in
/// row-major order of the arrangement, so a place that is named several times collects its sum in a fixed order.
/// </summary>
static class ViewKernels
{
    /// <summary>y[places] = x, for elements of <paramref name="width"/> bytes; strides and offset count elements.</summary>
    public static void Copy(ReadOnlySpan<byte> x, ReadOnlySpan<int> sizes, ReadOnlySpan<int> strides, int offset, Span<byte> y, int width)
    {
        switch (width)
        {
            case sizeof(uint): Copy<uint>(x, sizes, strides, offset, y); break;
            case sizeof(ulong): Copy<ulong>(x, sizes, strides, offset, y); break;
            default: Copy<byte>(x, sizes, strides, offset, y); break;
        }
    }

    static void Copy<T>(ReadOnlySpan<byte> x, ReadOnlySpan<int> sizes, ReadOnlySpan<int> strides, int offset, Span<byte> y) where T : unmanaged =>
        Visit<T, CopyRun<T>>(MemoryMarshal.Cast<byte, T>(x), sizes, strides, offset, MemoryMarshal.Cast<byte, T>(y));

    /// <summary>y[places] += x.</summary>
    public static void Add<T>(ReadOnlySpan<T> x, ReadOnlySpan<int> sizes, ReadOnlySpan<int> strides, int offset, Span<T> y)
        where T : unmanaged, INumber<T> => Visit<T, AddRun<T>>(x, sizes, strides, offset, y);

    static void Visit<T, TRun>(ReadOnlySpan<T> x, ReadOnlySpan<int> sizes, ReadOnlySpan<int> strides, int offset, Span<T> y)
        where T : unmanaged where TRun : struct, IRun<T>
    {
        if (x.IsEmpty) return;
        Span<int> size = stackalloc int[sizes.Length + 1], step = stackalloc int[sizes.Length + 1];
        int rank = Collapse(sizes, strides, size, step), inner = rank - 1;
        Span<int> index = stackalloc int[rank];
        index.Clear();
        int run = size[inner], stride = step[inner];
        for (int start = 0; start < x.Length; start += run)
        {
            TRun.Run(x.Slice(start, run), y, offset, stride);
            for (int axis = inner - 1; axis >= 0; axis--)
            {
                offset += step[axis];
                if (++index[axis] < size[axis]) break;
                offset -= step[axis] * size[axis];
                index[axis] = 0;
            }
        }
    }

    /// <summary>Drops axes of size 1 and joins neighbours that are evenly spaced with respect to each other.</summary>
    static int Collapse(ReadOnlySpan<int> sizes, ReadOnlySpan<int> strides, Span<int> size, Span<int> step)
    {
        int rank = 0;
        for (int i = 0; i < sizes.Length; i++)
        {
            if (sizes[i] == 1) continue;
            if (rank > 0 && step[rank - 1] == sizes[i] * strides[i])
            {
                size[rank - 1] *= sizes[i];
                step[rank - 1] = strides[i];
                continue;
            }
            (size[rank], step[rank]) = (sizes[i], strides[i]);
            rank++;
        }
        if (rank == 0) (size[rank], step[rank++]) = (1, 1);
        return rank;
    }

    interface IRun<T>
    {
        static abstract void Run(ReadOnlySpan<T> x, Span<T> y, int offset, int stride);
    }

    readonly struct CopyRun<T> : IRun<T> where T : unmanaged
    {
        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        public static void Run(ReadOnlySpan<T> x, Span<T> y, int offset, int stride)
        {
            if (stride == 1)
            {
                x.CopyTo(y[offset..]);
                return;
            }
            CheckEnds(x.Length, y.Length, offset, stride);
            ref T source = ref MemoryMarshal.GetReference(x), target = ref Unsafe.Add(ref MemoryMarshal.GetReference(y), offset);
            for (int i = 0; i < x.Length; i++) Unsafe.Add(ref target, (nint)i * stride) = Unsafe.Add(ref source, i);
        }
    }

    readonly struct AddRun<T> : IRun<T> where T : unmanaged, INumber<T>
    {
        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        public static void Run(ReadOnlySpan<T> x, Span<T> y, int offset, int stride)
        {
            if (stride == 1)
            {
                Span<T> target = y.Slice(offset, x.Length);
                TensorPrimitives.Add(target, x, target);
                return;
            }
            CheckEnds(x.Length, y.Length, offset, stride);
            ref T source = ref MemoryMarshal.GetReference(x), first = ref Unsafe.Add(ref MemoryMarshal.GetReference(y), offset);
            for (int i = 0; i < x.Length; i++) Unsafe.Add(ref first, (nint)i * stride) += Unsafe.Add(ref source, i);
        }
    }

    /// <summary>The first and the last place of a run lie within the target; so do those between.</summary>
    static void CheckEnds(int count, int length, int offset, int stride)
    {
        long last = offset + ((long)(count - 1) * stride);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual((uint)offset, (uint)length, nameof(offset));
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual((ulong)last, (ulong)length, nameof(stride));
    }
}
