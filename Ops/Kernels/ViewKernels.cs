using System.Numerics;
using System.Numerics.Tensors;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace Autograd.Kernels;

/// <summary>
/// Writes dense elements to the places that a strided arrangement names: the opposite of reading a view. Places are visited in
/// row-major order of the arrangement, so a place that is named several times collects its sum in a fixed order.
/// </summary>
static class ViewKernels
{
    const int ChunkElements = 1 << 15;

    /// <summary>y[places] = x and <paramref name="value"/> elsewhere, for views that name no place twice.</summary>
    public static unsafe void Place<T>(ReadOnlySpan<T> x, ReadOnlySpan<int> sizes, ReadOnlySpan<int> strides, int offset, Span<T> y, T value = default) where T : unmanaged
    {
        int* size = stackalloc int[sizes.Length + 1], step = stackalloc int[sizes.Length + 1];
        int rank = Collapse(sizes, strides, new(size, sizes.Length + 1), new(step, sizes.Length + 1));
        if (x.IsEmpty || sizeof(T) < sizeof(int) || !Ascends(size, step, rank))
        {
            y.Fill(value);
            Visit<T, CopyRun<T>>(x, sizes, strides, offset, y);
            return;
        }
        int last = offset;
        for (int axis = 0; axis < rank; axis++) last += (size[axis] - 1) * step[axis];
        CheckEnds(2, y.Length, offset, last - offset);
        int rows = x.Length / size[rank - 1], each = Math.Max(1, ChunkElements / Math.Max(size[rank - 1], rank > 1 ? step[rank - 2] : 1)), chunks = (rows + each - 1) / each;
        fixed (T* px = x, py = y)
        {
            PlaceChunk<T> chunk = new(px, size, step, rank, offset, py, y.Length, rows, each, value);
            if (chunks == 1) chunk.Run(0);
            else Parallelism.Run(chunks, chunk);
        }
    }

    /// <summary>Whether runs are dense and come one after the other.</summary>
    static unsafe bool Ascends(int* size, int* step, int rank)
    {
        if (step[rank - 1] != 1) return false;
        for (int i = rank - 2, reach = size[rank - 1]; i >= 0; reach = size[i] * step[i], i--)
        {
            if (step[i] < reach) return false;
        }
        return true;
    }

    /// <summary>Runs in order, each with the gap before it: what is copied to is not filled first.</summary>
    readonly unsafe struct PlaceChunk<T>(T* x, int* size, int* step, int rank, int offset, T* y, int count, int rows, int each, T value) : IParallelWork where T : unmanaged
    {
        public void Run(int chunk)
        {
            int* index = stackalloc int[rank];
            int row = chunk * each, end = Math.Min(rows, row + each), run = size[rank - 1];
            nint filled = row == 0 ? 0 : Start(row - 1, index) + run, at = Start(row, index);
            Vector512<T> fill = Vector512.Create(value), mask = Tail.Mask<T>((nuint)Math.Min(run, Vector512<T>.Count));
            // Short runs are written with what follows them in one vector, as long as the next runs of this chunk write over it.
            int whole = run <= Vector512<T>.Count ? end - Vector512<T>.Count : 0;
            for (T* source = x + ((nint)row * run); row < end; row++, source += run)
            {
                Fill(y + filled, at - filled, fill);
                if (row < whole) Vector512.ConditionalSelect(mask, Vector512.Load(source), fill).Store(y + at);
                else VectorOps.Copy(source, y + at, run);
                filled = at + (row < whole ? Vector512<T>.Count : run);
                for (int i = rank - 2; i >= 0; i--)
                {
                    at += step[i];
                    if (++index[i] < size[i]) break;
                    at -= (nint)step[i] * size[i];
                    index[i] = 0;
                }
            }
            if (end == rows) Fill(y + filled, count - filled, fill);
        }

        nint Start(int row, int* index)
        {
            nint at = offset;
            for (int i = rank - 2; i >= 0; row /= size[i--])
            {
                index[i] = row % size[i];
                at += (nint)index[i] * step[i];
            }
            return at;
        }

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        static void Fill(T* target, nint count, Vector512<T> value)
        {
            nint i = 0, width = Vector512<T>.Count;
            for (; i + width <= count; i += width) value.Store(target + i);
            if (i < count) Tail.Store(value, target + i, (nuint)(count - i));
        }
    }

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
        [MethodImpl(Jit.Loop)]
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
        [MethodImpl(Jit.Loop)]
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
