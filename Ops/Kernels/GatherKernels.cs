using System.Numerics;
using System.Runtime.CompilerServices;

namespace Autograd.Kernels;

/// <summary>Elements picked by an index of their own along one axis, and what goes back to where they were. Forward, indices are checked where they are read, a chunk at a time; then the result is worth nothing.</summary>
/// <remarks>
/// Bound by memory: an index is twice as long as a float. The tensor that is picked from, or written to, is called the whole, the other one, of the index's sizes, the
/// picked. Threads share an axis other than the index's: nothing that one of them picks or writes is another's, so sums keep their order, row-major in the picked.
/// </remarks>
static unsafe class GatherKernels
{
    /// <summary>Elements that are worth a chunk.</summary>
    const int ChunkElements = 1 << 14;

    const int MostChunks = 1 << 12;

    /// <summary>Elements of a cache line, at least: two threads should not write to one.</summary>
    const int Line = 16;

    [ThreadStatic] static Scratch _writers;

    /// <summary>y[…, j, …] = x[…, index[…, j, …], …] along an axis; elements of <paramref name="width"/> bytes. False where an index is none of the axis.</summary>
    public static bool Gather(ReadOnlySpan<byte> x, ReadOnlySpan<int> sizes, int axis, ReadOnlySpan<long> index, ReadOnlySpan<int> indexSizes, Span<byte> y, int width)
    {
        fixed (byte* px = x, py = y)
        {
            return width switch
            {
                sizeof(uint) => Visit(new GatherRun<uint>((uint*)px, (uint*)py), sizes, axis, index, indexSizes),
                sizeof(ulong) => Visit(new GatherRun<ulong>((ulong*)px, (ulong*)py), sizes, axis, index, indexSizes),
                _ => Visit(new GatherRun<byte>(px, py), sizes, axis, index, indexSizes),
            };
        }
    }

    /// <summary>y[…, index[…, j, …], …] = x[…, j, …] in row-major order of x, so the last of several wins. False where an index is none of the axis.</summary>
    public static bool Scatter(ReadOnlySpan<byte> x, ReadOnlySpan<int> sizes, int axis, ReadOnlySpan<long> index, ReadOnlySpan<int> indexSizes, Span<byte> y, int width)
    {
        fixed (byte* px = x, py = y)
        {
            return width switch
            {
                sizeof(uint) => Visit(new SetRun<uint>((uint*)py, (uint*)px), sizes, axis, index, indexSizes),
                sizeof(ulong) => Visit(new SetRun<ulong>((ulong*)py, (ulong*)px), sizes, axis, index, indexSizes),
                _ => Visit(new SetRun<byte>(py, px), sizes, axis, index, indexSizes),
            };
        }
    }

    /// <summary>y[…, index[…, j, …], …] += x[…, j, …] in row-major order of x. False where an index is none of the axis.</summary>
    public static bool ScatterSum<T>(ReadOnlySpan<T> x, ReadOnlySpan<int> sizes, int axis, ReadOnlySpan<long> index, ReadOnlySpan<int> indexSizes, Span<T> y)
        where T : unmanaged, INumber<T>
    {
        fixed (T* px = x, py = y) return Visit(new AddRun<T>(py, px), sizes, axis, index, indexSizes);
    }

    /// <summary>The gradient of what <see cref="Scatter"/> wrote over: dx[…, index[…, j, …], …] = 0.</summary>
    public static void Clear<T>(ReadOnlySpan<int> sizes, int axis, ReadOnlySpan<long> index, ReadOnlySpan<int> indexSizes, Span<T> dx) where T : unmanaged
    {
        fixed (T* px = dx) Visit(new ClearRun<T>(px), sizes, axis, index, indexSizes);
    }

    /// <summary>
    /// The gradient of what <see cref="Scatter"/> wrote: ds[…, j, …] = dy[…, index[…, j, …], …] where the element stayed, and 0 where another one was written over it.
    /// </summary>
    public static void ScatterBack<T>(ReadOnlySpan<T> dy, ReadOnlySpan<int> sizes, int axis, ReadOnlySpan<long> index, ReadOnlySpan<int> indexSizes, Span<T> ds)
        where T : unmanaged, IBinaryInteger<T>
    {
        int reach = sizes[axis], inner = 1;
        for (int i = axis + 1; i < sizes.Length; i++) (reach, inner) = (reach * sizes[i], inner * indexSizes[i]);
        fixed (T* py = dy, ps = ds)
        {
            if (inner == 1 && indexSizes[axis] > 1)
            {
                Visit(new StayedLineRun<T>(py, reach, ps), sizes, axis, index, indexSizes);
                return;
            }
            // The number of the last element that goes to a place; those of places that no element goes to are never read.
            int* writers = _writers.Get<int>(dy.Length);
            Visit(new NumberRun(writers), sizes, axis, index, indexSizes);
            Visit(new StayedRun<T>(py, writers, ps), sizes, axis, index, indexSizes);
        }
    }

    static bool Visit<TRun>(TRun run, ReadOnlySpan<int> sizes, int axis, ReadOnlySpan<long> index, ReadOnlySpan<int> indexSizes) where TRun : struct, IRun
    {
        if (index.IsEmpty) return true;
        int rank = sizes.Length, limit = sizes[axis], outside = 0;
        int* axes = stackalloc int[3 * rank];
        for (int i = rank - 1, step = 1, count = 1; i >= 0; step *= sizes[i], count *= indexSizes[i--])
            (axes[i], axes[rank + i], axes[(2 * rank) + i]) = (indexSizes[i], step, count);
        nint scale = axes[rank + axis];
        axes[rank + axis] = 0;
        // Axes that come after the index's are cut once for each thread: every part is spread over all of memory.
        int shared = Shared(axes, 2 * rank, rank, TRun.WritesPicked ? -1 : axis);
        int most = shared < axis ? MostChunks : Threads;
        int each = shared < 0 ? indexSizes[0] : (int)Math.Clamp((long)ChunkElements * axes[shared] / index.Length, (axes[shared] + most - 1) / most, axes[shared]);
        shared = Math.Max(shared, 0);
        // What is no chunk of the index by itself is checked before.
        if (shared > 0 && IndexKernels.Outside(index, limit) >= 0) return false;
        int chunks = (axes[shared] + each - 1) / each;
        fixed (long* pi = index)
        {
            Chunk<TRun> chunk = new(run, rank, axes, scale, pi, shared, each, shared > 0 ? -1 : limit, &outside);
            if (chunks == 1) chunk.Run(0);
            else Parallelism.Run(chunks, chunk);
        }
        return outside == 0;
    }

    /// <summary>The outermost axis that gives every thread lines of its own, or −1; the elements of one axis are nobody's to share.</summary>
    static int Shared(int* axes, int counts, int rank, int axis)
    {
        for (int i = 0; i < rank; i++)
        {
            if (i != axis && axes[i] >= Threads && (long)axes[i] * axes[counts + i] >= Line * Threads) return i;
        }
        return -1;
    }

    static int Threads => Parallelism.IsSerial ? 1 : Parallelism.Threads;

    /// <summary>Some positions along the shared axis. There are, for every axis, the picked's size, then its steps in the whole, then in the picked.</summary>
    readonly struct Chunk<TRun>(TRun run, int rank, int* axes, nint scale, long* index, int shared, int each, int limit, int* outside) : IParallelWork where TRun : struct, IRun
    {
        [MethodImpl(Jit.Loop)]
        public void Run(int chunk)
        {
            int* size = stackalloc int[rank + 1], at = stackalloc int[rank + 1];
            int* steps = axes + rank, counts = steps + rank;
            for (int i = 0; i < rank; i++) (size[i], at[i]) = (axes[i], 0);
            int first = chunk * each;
            size[shared] = Math.Min(each, axes[shared] - first);
            nint place = (nint)first * steps[shared], p = (nint)first * counts[shared];
            if (limit >= 0 && IndexKernels.Outside(new(index + p, size[shared] * counts[shared]), limit) >= 0)
            {
                *outside = 1;
                return;
            }
            // Runs go along the innermost axis along which there are several elements, and rows of them along the next one.
            int last = rank - 1;
            while (last > 0 && axes[last] == 1) last--;
            int rows = last > 0 ? size[last - 1] : 1;
            nint rowStep = last > 0 ? steps[last - 1] : 0, rowCount = last > 0 ? counts[last - 1] : 0;
            while (true)
            {
                nint start = place, from = p;
                for (int row = 0; row < rows; row++, start += rowStep, from += rowCount) run.Run(start, steps[last], scale, index, from, size[last]);
                int i = last - 2;
                for (; i >= 0; i--)
                {
                    place += steps[i];
                    p += counts[i];
                    if (++at[i] < size[i]) break;
                    place -= (nint)steps[i] * size[i];
                    p -= (nint)counts[i] * size[i];
                    at[i] = 0;
                }
                if (i < 0) return;
            }
        }
    }

    interface IRun
    {
        /// <summary>Element p + j of the picked belongs to place + j·stride + index[p + j]·scale of the whole.</summary>
        void Run(nint place, nint stride, nint scale, long* index, nint p, int count);

        /// <summary>Whether nothing is written but elements of the picked, so that threads may share the index's axis too.</summary>
        static abstract bool WritesPicked { get; }
    }

    readonly struct GatherRun<T>(T* whole, T* picked) : IRun where T : unmanaged
    {
        public static bool WritesPicked => true;

        [MethodImpl(Jit.Loop)]
        public void Run(nint place, nint stride, nint scale, long* index, nint p, int count)
        {
            T* from = whole + place, to = picked + p;
            index += p;
            int j = 0;
            for (; j + 4 <= count; j += 4, from += 4 * stride)
            {
                T a = from[(nint)index[j] * scale], b = from[stride + ((nint)index[j + 1] * scale)];
                T c = from[(2 * stride) + ((nint)index[j + 2] * scale)], d = from[(3 * stride) + ((nint)index[j + 3] * scale)];
                to[j] = a;
                to[j + 1] = b;
                to[j + 2] = c;
                to[j + 3] = d;
            }
            for (; j < count; j++, from += stride) to[j] = from[(nint)index[j] * scale];
        }
    }

    readonly struct SetRun<T>(T* whole, T* picked) : IRun where T : unmanaged
    {
        public static bool WritesPicked => false;

        [MethodImpl(Jit.Loop)]
        public void Run(nint place, nint stride, nint scale, long* index, nint p, int count)
        {
            T* to = whole + place, from = picked + p;
            long* at = index + p;
            nint j = 0;
            for (; stride == 0 && j + 4 <= count; j += 4)
            {
                to[(nint)at[j] * scale] = from[j];
                to[(nint)at[j + 1] * scale] = from[j + 1];
                to[(nint)at[j + 2] * scale] = from[j + 2];
                to[(nint)at[j + 3] * scale] = from[j + 3];
            }
            to += j * stride;
            for (; j < count; j++, to += stride) to[(nint)at[j] * scale] = from[j];
        }
    }

    readonly struct AddRun<T>(T* whole, T* picked) : IRun where T : unmanaged, INumber<T>
    {
        public static bool WritesPicked => false;

        [MethodImpl(Jit.Loop)]
        public void Run(nint place, nint stride, nint scale, long* index, nint p, int count)
        {
            T* to = whole + place, from = picked + p;
            long* at = index + p;
            nint j = 0;
            for (; stride == 0 && j + 4 <= count; j += 4)
            {
                to[(nint)at[j] * scale] += from[j];
                to[(nint)at[j + 1] * scale] += from[j + 1];
                to[(nint)at[j + 2] * scale] += from[j + 2];
                to[(nint)at[j + 3] * scale] += from[j + 3];
            }
            to += j * stride;
            for (; j < count; j++, to += stride) to[(nint)at[j] * scale] += from[j];
        }
    }

    readonly struct ClearRun<T>(T* whole) : IRun where T : unmanaged
    {
        public static bool WritesPicked => false;

        [MethodImpl(Jit.Loop)]
        public void Run(nint place, nint stride, nint scale, long* index, nint p, int count)
        {
            T* to = whole + place;
            long* at = index + p;
            for (nint j = 0; j < count; j++, to += stride) to[(nint)at[j] * scale] = default;
        }
    }

    readonly struct NumberRun(int* whole) : IRun
    {
        public static bool WritesPicked => false;

        [MethodImpl(Jit.Loop)]
        public void Run(nint place, nint stride, nint scale, long* index, nint p, int count)
        {
            int* to = whole + place;
            long* at = index + p;
            for (nint j = 0; j < count; j++, to += stride) to[(nint)at[j] * scale] = (int)(p + j);
        }
    }

    readonly struct StayedRun<T>(T* whole, int* writers, T* picked) : IRun where T : unmanaged, IBinaryInteger<T>
    {
        public static bool WritesPicked => true;

        [MethodImpl(Jit.Loop)]
        public void Run(nint place, nint stride, nint scale, long* index, nint p, int count)
        {
            T* from = whole + place, to = picked + p;
            int* writer = writers + place;
            long* at = index + p;
            for (nint j = 0; j < count; j++, from += stride, writer += stride)
            {
                nint step = (nint)at[j] * scale;
                to[j] = from[step] & IfEqual<T>(writer[step], (int)(p + j));
            }
        }
    }

    /// <summary>All bits where two numbers, neither of them negative, are equal, else none: a branch would be mispredicted too often.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static T IfEqual<T>(int a, int b) where T : unmanaged, IBinaryInteger<T> => T.CreateTruncating(((a ^ b) - 1L) >> 63);

    /// <summary>The same where a run is all that goes to a line: the numbers stay in the first-level cache.</summary>
    readonly struct StayedLineRun<T>(T* whole, int reach, T* picked) : IRun where T : unmanaged, IBinaryInteger<T>
    {
        public static bool WritesPicked => false; // For half a line does not know who writes last.

        [MethodImpl(Jit.Loop)]
        public void Run(nint place, nint stride, nint scale, long* index, nint p, int count)
        {
            T* from = whole + place, to = picked + p;
            int* writers = _writers.Get<int>(reach);
            long* at = index + p;
            for (int j = 0; j < count; j++) writers[(nint)at[j] * scale] = j;
            for (int j = 0; j < count; j++)
            {
                nint step = (nint)at[j] * scale;
                to[j] = from[step] & IfEqual<T>(writers[step], j);
            }
        }
    }
}
