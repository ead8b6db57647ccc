using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Autograd.Kernels;

/// <summary>Rows picked by index along one axis, and sums collected by index. Every index but those that Outside looks at has been checked.</summary>
static class IndexKernels
{
    const int ChunkBytes = 1 << 17, Short = 512;

    /// <summary>Elements of a sum that are worth a chunk, and columns that a thread has to itself at the least.</summary>
    const int ChunkElements = 1 << 15, ChunkColumns = 16;

    /// <summary>How long runs of neighbours must be on average, to be worth more than the indices one by one.</summary>
    const int LeastRun = 8;

    [ThreadStatic] static Scratch _runs;

    /// <summary>Indices as runs of neighbours.</summary>
    readonly unsafe struct Runs(int* first, int* lengths, int count)
    {
        public int Count => count;

        public int First(int i) => first[i];

        public int Length(int i) => lengths[i];

        /// <summary>The runs of these indices, or none where they are short.</summary>
        [MethodImpl(Jit.Loop)]
        public static Runs Of(long* index, int indices)
        {
            int most = indices / LeastRun, runs = 0;
            if (most == 0) return default;
            int* first = _runs.Get<int>(2 * most), lengths = first + most;
            for (int i = 0; i < indices;)
            {
                int start = i++;
                while (i < indices && index[i] == index[i - 1] + 1) i++;
                if (runs == most) return default;
                (first[runs], lengths[runs++]) = ((int)index[start], i - start);
            }
            return new(first, lengths, runs);
        }
    }

    /// <summary>The position of the first index that is not in [0, size), or −1.</summary>
    [MethodImpl(Jit.Loop)]
    public static int Outside(ReadOnlySpan<long> index, long size)
    {
        int i = 0;
        Vector512<ulong> limit = Vector512.Create((ulong)size);
        for (; i + Vector512<long>.Count <= index.Length; i += Vector512<long>.Count)
        {
            if (Vector512.GreaterThanOrEqualAny(Vector512.Create(index[i..]).AsUInt64(), limit)) break;
        }
        for (; i < index.Length; i++)
        {
            if ((ulong)index[i] >= (ulong)size) return i;
        }
        return -1;
    }

    /// <summary>y[o, j, …] = x[o, index[j], …]; x is [outer, size, run] with runs in bytes.</summary>
    public static unsafe void Select(ReadOnlySpan<byte> x, int outer, int size, int run, ReadOnlySpan<long> index, Span<byte> y)
    {
        if (run == 0) return;
        fixed (byte* px = x, py = y)
        fixed (long* pi = index)
        {
            long bytes = (long)index.Length * run;
            int each = Math.Max(1, ChunkBytes / run), blocks = (index.Length + each - 1) / each, planes = (int)Math.Max(1, ChunkBytes / Math.Max(bytes, 1));
            Runs runs = blocks == 1 ? Runs.Of(pi, index.Length) : default;
            Parallelism.Run((outer + planes - 1) / planes * blocks, new SelectChunk(px, outer, size, run, pi, index.Length, runs, each, blocks, planes, py));
        }
    }

    /// <summary>Some rows of a plane, or all rows of some planes.</summary>
    readonly unsafe struct SelectChunk(byte* x, int outer, int size, int run, long* index, int count, Runs runs, int each, int blocks, int planes, byte* y) : IParallelWork
    {
        [MethodImpl(Jit.Loop)]
        public void Run(int chunk)
        {
            int first = chunk / blocks * planes, end = Math.Min(outer, first + planes), start = chunk % blocks * each, rows = Math.Min(count - start, each);
            for (int o = first; o < end; o++)
            {
                byte* plane = x + ((nint)o * size * run), to = y + ((((nint)o * count) + start) * run);
                if (runs.Count > 0) Neighbours(plane, run, runs, to);
                else if (run == sizeof(uint)) Elements((uint*)plane, index + start, rows, (uint*)to);
                else if (run == sizeof(ulong)) Elements((ulong*)plane, index + start, rows, (ulong*)to);
                else Rows(plane, index + start, rows, to);
            }
        }

        [MethodImpl(Jit.Loop)]
        static void Elements<T>(T* plane, long* index, int count, T* to) where T : unmanaged
        {
            int j = 0;
            for (; j + 4 <= count; j += 4)
            {
                T a = plane[index[j]], b = plane[index[j + 1]], c = plane[index[j + 2]], d = plane[index[j + 3]];
                to[j] = a;
                to[j + 1] = b;
                to[j + 2] = c;
                to[j + 3] = d;
            }
            for (; j < count; j++) to[j] = plane[index[j]];
        }

        [MethodImpl(Jit.Loop)]
        static void Neighbours(byte* plane, int run, Runs runs, byte* to)
        {
            for (int i = 0; i < runs.Count; i++)
            {
                byte* from = plane + ((nint)runs.First(i) * run);
                int bytes = runs.Length(i) * run;
                if (bytes == sizeof(uint)) *(uint*)to = *(uint*)from;
                else if (bytes == sizeof(ulong)) *(ulong*)to = *(ulong*)from;
                else if (run % sizeof(uint) == 0 && bytes <= Short) VectorOps.Copy((uint*)from, (uint*)to, bytes / sizeof(uint));
                else new ReadOnlySpan<byte>(from, bytes).CopyTo(new Span<byte>(to, bytes));
                to += bytes;
            }
        }

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        void Rows(byte* plane, long* rows, int count, byte* to)
        {
            for (int j = 0; j < count; j++, to += run)
            {
                byte* from = plane + ((nint)rows[j] * run);
                if (run % sizeof(uint) == 0 && run <= Short) VectorOps.Copy((uint*)from, (uint*)to, run / sizeof(uint));
                else new ReadOnlySpan<byte>(from, run).CopyTo(new Span<byte>(to, run));
            }
        }
    }

    /// <summary>y[o, index[j], …] += x[o, j, …] in the order of j, leaving out where index[j] = skip; y is [outer, size, inner].</summary>
    /// <remarks>Threads share the planes, or the columns of one: all of them go through the indices in order.</remarks>
    public static unsafe void Sum<T>(ReadOnlySpan<T> x, int outer, int size, int inner, ReadOnlySpan<long> index, long skip, Span<T> y) where T : unmanaged, INumber<T>
    {
        if (x.IsEmpty) return;
        fixed (T* px = x, py = y)
        fixed (long* pi = index)
        {
            int lines = (inner + ChunkColumns - 1) / ChunkColumns, parts = outer > 1 || x.Length < ChunkElements ? 1 : Math.Min(lines, Parallelism.Threads);
            int columns = parts == 1 ? inner : (lines + parts - 1) / parts * ChunkColumns, planes = Math.Max(1, (int)((long)ChunkElements * outer / x.Length));
            Runs runs = skip < 0 && columns == inner ? Runs.Of(pi, index.Length) : default;
            SumChunk<T> chunk = new(px, outer, size, inner, pi, index.Length, runs, skip, columns, planes, py);
            int chunks = parts > 1 ? (inner + columns - 1) / columns : (outer + planes - 1) / planes;
            if (chunks == 1) chunk.Run(0);
            else Parallelism.Run(chunks, chunk);
        }
    }

    readonly unsafe struct SumChunk<T>(T* x, int outer, int size, int inner, long* index, int count, Runs runs, long skip, int columns, int planes, T* y) : IParallelWork where T : unmanaged, INumber<T>
    {
        [MethodImpl(Jit.Loop)]
        public void Run(int chunk)
        {
            int first = columns < inner ? 0 : chunk * planes, end = columns < inner ? 1 : Math.Min(outer, first + planes);
            int column = columns < inner ? chunk * columns : 0, width = Math.Min(columns, inner - column);
            for (int o = first; o < end; o++)
            {
                T* from = x + ((nint)o * count * inner) + column, to = y + ((nint)o * size * inner) + column;
                if (runs.Count > 0) AddNeighbours(from, inner, runs, to);
                else if (inner == 1) AddElements(from, to);
                else AddRows(from, to, width);
            }
        }

        [MethodImpl(Jit.Loop)]
        static void AddNeighbours(T* from, int inner, Runs runs, T* to)
        {
            for (int i = 0; i < runs.Count; i++)
            {
                T* target = to + ((nint)runs.First(i) * inner);
                int elements = runs.Length(i) * inner;
                if (elements > 2) Add(from, target, elements);
                else
                    for (int j = 0; j < elements; j++) target[j] += from[j];
                from += elements;
            }
        }

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        void AddElements(T* from, T* to)
        {
            for (nint j = 0; j < count; j++)
            {
                if (index[j] != skip) to[index[j]] += from[j];
            }
        }

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        void AddRows(T* from, T* to, int width)
        {
            for (nint j = 0; j < count; j++, from += inner)
            {
                if (index[j] != skip) Add(from, to + ((nint)index[j] * inner), width);
            }
        }

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        static void Add(T* from, T* target, int count)
        {
            int i = 0;
            for (; i + Vector512<T>.Count <= count; i += Vector512<T>.Count) (Vector512.Load(target + i) + Vector512.Load(from + i)).Store(target + i);
            if (i == count) return;
            nuint left = (nuint)(count - i);
            Tail.Store(Tail.Load(target + i, left, default) + Tail.Load(from + i, left, default), target + i, left);
        }
    }
}
