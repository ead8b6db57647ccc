using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Autograd.Kernels;

/// <summary>
/// Softmax along the middle axis of [outer, n, inner]: rows of a dense array when inner is 1, else vectors of columns. The
/// greatest element is subtracted first, so nothing overflows.
/// </summary>
static unsafe partial class SoftmaxKernels
{
    const int ChunkElements = 1 << 13;

    /// <summary>Vectors of columns that are worked on side by side, and how much of a second-level cache their copy may fill.</summary>
    const int PanelVectors = 4, PanelBytes = 1 << 19;

    /// <summary>Rows up to this length are worked on as columns, a vector of rows at once: what lies across a vector costs more there than a transpose.</summary>
    const int ShortRow = 32;

    /// <summary>An array and its result of this size fill a last-level cache of 32 MB.</summary>
    const int CachedBytes = 1 << 24;

    [ThreadStatic] static Scratch _panel;

    /// <summary>y = softmax x, or its logarithm.</summary>
    public static void Forward<T>(bool log, ReadOnlySpan<T> x, int n, int inner, Span<T> y) where T : unmanaged, IFloatingPointIeee754<T>
    {
        if (y.IsEmpty) return;
        fixed (T* px = x, py = y)
        {
            if (inner == 1 && n <= ShortRow)
            {
                if (log) Split(new ShortForward<T, Yes>(px, py, n, y.Length / n), (y.Length / n + Vector512<T>.Count - 1) / Vector512<T>.Count, n * Vector512<T>.Count, new(1, 1, 0));
                else Split(new ShortForward<T, No>(px, py, n, y.Length / n), (y.Length / n + Vector512<T>.Count - 1) / Vector512<T>.Count, n * Vector512<T>.Count, new(1, 1, 0));
                return;
            }
            nint ahead = Ahead<T>(y.Length, n);
            Columns columns = Columns.Of<T>(n, inner, arrays: 1);
            if (log) Split(new ForwardPart<T, Yes>(px, py, n, columns, ahead), y.Length / n / inner, n, columns);
            else Split(new ForwardPart<T, No>(px, py, n, columns, ahead), y.Length / n / inner, n, columns);
        }
    }

    /// <summary>dx = y·(dy − Σ dy·y), or dy − eʸ·Σ dy for the logarithm; added unless fresh.</summary>
    public static void Backward<T>(bool log, ReadOnlySpan<T> dy, ReadOnlySpan<T> y, int n, int inner, Span<T> dx, bool fresh) where T : unmanaged, IFloatingPointIeee754<T>
    {
        if (dx.IsEmpty) return;
        fixed (T* pdy = dy, py = y, pdx = dx)
        {
            Columns columns = Columns.Of<T>(n, inner, arrays: 2);
            if (log) Split(new BackwardPart<T, Yes>(pdy, py, pdx, n, columns, fresh), dx.Length / n / inner, n, columns);
            else Split(new BackwardPart<T, No>(pdy, py, pdx, n, columns, fresh), dx.Length / n / inner, n, columns);
        }
    }

    /// <summary>The maximum along the axis (0 where it is infinite) and ln Σ e^(x − maximum), for each of outer·inner places.</summary>
    public static void LogSum<T>(ReadOnlySpan<T> x, int n, int inner, Span<T> max, Span<T> logSum) where T : unmanaged, IFloatingPointIeee754<T>
    {
        if (max.IsEmpty) return;
        fixed (T* px = x, pm = max, ps = logSum)
        {
            Columns columns = Columns.Of<T>(n, inner, arrays: 1);
            if (inner == 1 && n <= ShortRow) Split(new ShortLogSum<T>(px, pm, ps, n, max.Length), (max.Length + Vector512<T>.Count - 1) / Vector512<T>.Count, n * Vector512<T>.Count, columns);
            else Split(new LogSumPart<T>(px, pm, ps, n, columns), max.Length / inner, n, columns);
            nuint width = (nuint)Vector512<T>.Count, count = (nuint)max.Length;
            for (nuint i = 0; i < count; i += width)
            {
                nuint left = Math.Min(count - i, width);
                Tail.Store(VectorMath.Log(Tail.Load(ps + i, left, Vector512<T>.One)), ps + i, left);
            }
        }
    }

    /// <summary>How far ahead to fetch: a row where the caches hold the array; one that comes from memory comes in time only if it is asked for in one order.</summary>
    static nint Ahead<T>(int count, int n) where T : unmanaged => (long)count * sizeof(T) < CachedBytes ? n : 0;

    /// <summary>Runs a body over rows, or over vectors of columns; chunks are fixed by the shape.</summary>
    public static void Split<TBody>(TBody body, int outer, int n, Columns columns) where TBody : struct, IPart
    {
        int parts = outer * columns.Blocks, each = (int)Math.Max(1, ChunkElements / ((long)n * columns.Lanes + 1)), chunks = (parts + each - 1) / each;
        PartChunk<TBody> chunk = new(body, parts, each, columns);
        if (chunks == 1) chunk.Run(0);
        else Parallelism.Run(chunks, chunk);
    }

    /// <summary>The work on one row or one vector of columns.</summary>
    public interface IPart
    {
        /// <param name="outer">The index before the axis.</param>
        /// <param name="column">The first column.</param>
        /// <param name="panel">Whether there are several vectors of columns.</param>
        void Run(int outer, int column, bool panel);
    }

    /// <summary>
    /// How the columns are cut: panels of several vectors first, then single vectors. A panel is copied row after row to memory that stays in the second-level cache,
    /// since lines that are a power of two apart push each other out of every cache between the passes over them.
    /// </summary>
    internal readonly record struct Columns(int Inner, int Width, int Panels)
    {
        public static Columns Of<T>(int n, int inner, int arrays) where T : unmanaged
        {
            int width = Vector512<T>.Count, lanes = width * PanelVectors;
            return new(inner, width, (long)arrays * n * lanes * sizeof(T) <= PanelBytes ? inner / lanes : 0);
        }

        public int Lanes => Inner == 1 ? 1 : Panels > 0 ? Width * PanelVectors : Math.Min(Inner, Width);

        public int Blocks => Inner == 1 ? 1 : Panels + ((Inner - (Panels * PanelVectors * Width) + Width - 1) / Width);

        public int Start(int block) => Width * ((PanelVectors * Math.Min(block, Panels)) + Math.Max(block - Panels, 0));
    }

    readonly struct PartChunk<TBody>(TBody body, int parts, int each, Columns columns) : IParallelWork where TBody : struct, IPart
    {
        public void Run(int chunk)
        {
            int end = Math.Min(parts, (chunk + 1) * each);
            if (columns.Inner == 1)
            {
                for (int i = chunk * each; i < end; i++) body.Run(i, 0, false);
                return;
            }
            int blocks = columns.Blocks;
            for (int i = chunk * each; i < end; i++)
            {
                int block = i % blocks;
                body.Run(i / blocks, columns.Start(block), block < columns.Panels);
            }
        }
    }

    /// <summary>Steps along the axis: whole vectors of a row, or one vector of columns row after row.</summary>
    internal readonly ref struct Walk
    {
        public readonly nint Start;
        public readonly nuint Count, Whole, Step, Left, Lanes;

        /// <summary>Whole steps of Step elements, each Lanes wide, then Left elements of a row that fill no vector.</summary>
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public Walk(int outer, int column, int n, int inner, int width)
        {
            if (inner == 1)
            {
                Start = (nint)outer * n;
                Lanes = Step = (nuint)width;
                Count = (nuint)n;
                Left = Count % Step;
                Whole = Count - Left;
                return;
            }
            Start = ((nint)outer * n * inner) + column;
            Lanes = (nuint)Math.Min(width, inner - column);
            Step = (nuint)inner;
            Whole = Count = (nuint)n * Step;
            Left = 0;
        }
    }

    /// <summary>A vector of short rows, or as many as there are, as columns: lane i of vector j is element j of row i.</summary>
    /// <remarks>The lanes of rows that do not exist hold what was there before: nothing comes of it.</remarks>
    static void Gather<T>(T* rows, int n, int count, T* columns) where T : unmanaged
    {
        int width = Vector512<T>.Count, rounded = Rounded<T>(n);
        // The last rows are copied first: a block of the transpose reads beyond the end of a row.
        if ((long)count * n < ((width - 1L) * n) + rounded)
        {
            T* copy = columns + (width * rounded);
            for (int i = 0; i < Math.Min(count, width); i++) VectorOps.Copy(rows + ((nint)i * n), copy + ((nint)i * rounded), n);
            rows = copy;
            n = rounded;
        }
        for (int j = 0; j < rounded; j += width) LaneTranspose.Square(rows + j, n, columns + ((nint)j * width), width);
    }

    /// <summary>Columns back to at most <paramref name="count"/> rows.</summary>
    static void Scatter<T>(T* columns, int n, int count, T* rows) where T : unmanaged
    {
        int width = Vector512<T>.Count, step = Rounded<T>(n);
        T* whole = columns + ((nint)width * step);
        for (int j = 0; j < n; j += width) LaneTranspose.Square(columns + ((nint)j * width), width, whole + j, step);
        for (int i = 0; i < Math.Min(count, width); i++) VectorOps.Copy(whole + ((nint)i * step), rows + ((nint)i * n), n);
    }

    static int Rounded<T>(int n) where T : unmanaged => (n + Vector512<T>.Count - 1) / Vector512<T>.Count * Vector512<T>.Count;

    /// <summary>The maxima of a panel's columns, which is copied.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static void Top<T>(T* x, int n, nint inner, T* pack, out Vector512<T> m0, out Vector512<T> m1, out Vector512<T> m2, out Vector512<T> m3)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        nint width = Vector512<T>.Count;
        m0 = m1 = m2 = m3 = Vector512.Create(T.NegativeInfinity);
        for (; n > 0; n--, x += inner, pack += PanelVectors * width)
        {
            Vector512<T> v0 = Vector512.Load(x), v1 = Vector512.Load(x + width), v2 = Vector512.Load(x + (2 * width)), v3 = Vector512.Load(x + (3 * width));
            v0.Store(pack);
            v1.Store(pack + width);
            v2.Store(pack + (2 * width));
            v3.Store(pack + (3 * width));
            (m0, m1, m2, m3) = (Vector512.MaxNative(m0, v0), Vector512.MaxNative(m1, v1), Vector512.MaxNative(m2, v2), Vector512.MaxNative(m3, v3));
        }
    }

    /// <summary>The maximum in every lane, and −∞. A NaN may be passed over here: it makes the sum of exponentials NaN.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static (Vector512<T> Max, Vector512<T> Least) Maximum<T>(T* x, Walk walk, bool row) where T : unmanaged, IFloatingPointIeee754<T>
    {
        Vector512<T> least = Vector512.Create(T.NegativeInfinity), max = least, other = least;
        nuint i = 0;
        for (; i + walk.Step < walk.Whole; i += 2 * walk.Step)
        {
            max = Vector512.MaxNative(max, Tail.LoadUpTo(x + i, walk.Lanes, least));
            other = Vector512.MaxNative(other, Tail.LoadUpTo(x + i + walk.Step, walk.Lanes, least));
        }
        if (i < walk.Whole) max = Vector512.MaxNative(max, Tail.LoadUpTo(x + i, walk.Lanes, least));
        if (walk.Left != 0) other = Vector512.MaxNative(other, Tail.Load(x + walk.Whole, walk.Left, least));
        max = Vector512.MaxNative(max, other);
        return (row ? Vector512.Create(LaneFold.Across<T, NativeGreatest<T>>(max)) : max, least);
    }
}
