using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Autograd.Kernels;

/// <summary>
/// Softmax along the middle axis of [outer, n, inner]: rows of a dense array when inner is 1, else vectors of columns. The
/// greatest element is subtracted first, so nothing overflows.
/// </summary>
static unsafe class SoftmaxKernels
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
            nint ahead = Ahead<T>(dx.Length, n);
            Columns columns = Columns.Of<T>(n, inner, arrays: 2);
            if (log) Split(new BackwardPart<T, Yes>(pdy, py, pdx, n, columns, fresh, ahead), dx.Length / n / inner, n, columns);
            else Split(new BackwardPart<T, No>(pdy, py, pdx, n, columns, fresh, ahead), dx.Length / n / inner, n, columns);
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
        else WorkerPool.For(chunks, chunk);
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

    readonly struct PartChunk<TBody>(TBody body, int parts, int each, Columns columns) : IChunk where TBody : struct, IPart
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

    readonly struct ForwardPart<T, TLog>(T* x, T* y, int n, Columns columns, nint ahead) : IPart where T : unmanaged, IFloatingPointIeee754<T> where TLog : struct, IFlag
    {
        public void Run(int outer, int column, bool panel)
        {
            nint start = ((nint)outer * n * columns.Inner) + column;
            if (columns.Inner == 1) Row(x + start, y + start, (nuint)n, ahead);
            else if (panel) Panel(x + start, y + start, n, columns.Inner);
            else Vector(outer, column);
        }

        /// <summary>
        /// A row: the greatest, the exponentials with their sum, and what it divides, the last two in the first-level cache. The exponentials are bound by arithmetic,
        /// the search by memory: so the next row is fetched meanwhile.
        /// </summary>
        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        static void Row(T* x, T* y, nuint n, nint ahead)
        {
            nuint width = (nuint)Vector512<T>.Count, left = n % width, whole = n - left, i;
            Vector512<T> least = Vector512.Create(T.NegativeInfinity), top = least, other = least, sum = default, last = default;
            for (i = 0; i + width < whole; i += 2 * width)
            {
                top = Vector512.MaxNative(top, Vector512.Load(x + i));
                other = Vector512.MaxNative(other, Vector512.Load(x + i + width));
            }
            if (i < whole) top = Vector512.MaxNative(top, Vector512.Load(x + i));
            if (left != 0) other = Vector512.MaxNative(other, Tail.Load(x + whole, left, least));
            Vector512<T> max = Vector512.Create(LaneFold.Across<T, NativeGreatest<T>>(Vector512.MaxNative(top, other)));
            for (i = 0; i < whole; i += width)
            {
                if (Sse.IsSupported)
                {
                    Sse.Prefetch0(x + ahead + i);
                    Sse.Prefetch0(y + ahead + i);
                }
                Vector512<T> e = VectorMath.Exp(Vector512.Load(x + i) - max);
                if (!TLog.Value) e.Store(y + i);
                sum += e;
            }
            if (left != 0) sum += last = VectorMath.Exp(Tail.Load(x + i, left, least) - max);
            sum = Vector512.Create(LaneFold.Across<T, Adding<T>>(sum));
            Vector512<T> scale = Scale(sum);
            for (i = 0; i < whole; i += width) Last(Vector512.Load((TLog.Value ? x : y) + i), max, scale).Store(y + i);
            if (left != 0) Tail.Store(Last(TLog.Value ? Tail.Load(x + i, left, default) : last, max, scale), y + i, left);
        }

        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        static void Panel(T* x, T* y, int n, nint inner)
        {
            nint width = Vector512<T>.Count, step = PanelVectors * width;
            T* pack = _panel.Get<T>(n * step), end = pack + (n * step), p;
            Top(x, n, inner, pack, out Vector512<T> m0, out Vector512<T> m1, out Vector512<T> m2, out Vector512<T> m3);
            Vector512<T> s0 = default, s1 = default, s2 = default, s3 = default;
            for (p = pack; p < end; p += step)
            {
                s0 += Exp(p, m0);
                s1 += Exp(p + width, m1);
                s2 += Exp(p + (2 * width), m2);
                s3 += Exp(p + (3 * width), m3);
            }
            (s0, s1, s2, s3) = (Scale(s0), Scale(s1), Scale(s2), Scale(s3));
            for (p = pack; p < end; p += step, y += inner)
            {
                Last(Vector512.Load(p), m0, s0).Store(y);
                Last(Vector512.Load(p + width), m1, s1).Store(y + width);
                Last(Vector512.Load(p + (2 * width)), m2, s2).Store(y + (2 * width));
                Last(Vector512.Load(p + (3 * width)), m3, s3).Store(y + (3 * width));
            }
        }

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        static Vector512<T> Exp(T* p, Vector512<T> max)
        {
            Vector512<T> e = VectorMath.Exp(Vector512.Load(p) - max);
            if (!TLog.Value) e.Store(p);
            return e;
        }

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        static Vector512<T> Scale(Vector512<T> sum) => TLog.Value ? VectorMath.Log(sum) : Vector512<T>.One / sum;

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        static Vector512<T> Last(Vector512<T> v, Vector512<T> max, Vector512<T> scale) => TLog.Value ? v - max - scale : v * scale;

        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        void Vector(int outer, int column)
        {
            Walk walk = new(outer, column, n, columns.Inner, Vector512<T>.Count);
            T* px = x + walk.Start, py = y + walk.Start;
            (Vector512<T> max, Vector512<T> least) = Maximum(px, walk, row: false);
            Vector512<T> sum = Vector512<T>.Zero;
            for (nuint i = 0; i < walk.Whole; i += walk.Step)
            {
                Vector512<T> e = VectorMath.Exp(Tail.LoadUpTo(px + i, walk.Lanes, least) - max);
                if (!TLog.Value) Tail.StoreUpTo(e, py + i, walk.Lanes);
                sum += e;
            }
            Vector512<T> scale = Scale(sum);
            for (nuint i = 0; i < walk.Whole; i += walk.Step) Tail.StoreUpTo(Last(Tail.LoadUpTo((TLog.Value ? px : py) + i, walk.Lanes, default), max, scale), py + i, walk.Lanes);
        }
    }

    readonly struct BackwardPart<T, TLog>(T* dy, T* y, T* dx, int n, Columns columns, bool fresh, nint ahead) : IPart where T : unmanaged, IFloatingPointIeee754<T> where TLog : struct, IFlag
    {
        public void Run(int outer, int column, bool panel)
        {
            nint start = ((nint)outer * n * columns.Inner) + column;
            if (panel) Panel(dy + start, y + start, dx + start, n, columns.Inner, fresh);
            else if (columns.Inner > 1) Vector(outer, column);
            else if (fresh) Row<Yes>(dy + start, y + start, dx + start, (nuint)n, ahead);
            else Row<No>(dy + start, y + start, dx + start, (nuint)n, ahead);
        }

        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        static void Row<TFresh>(T* dy, T* y, T* dx, nuint n, nint ahead) where TFresh : struct, IFlag
        {
            nuint width = (nuint)Vector512<T>.Count, left = n % width, whole = n - left, i;
            Vector512<T> sum = default, other = default;
            for (i = 0; i + width < whole; i += 2 * width)
            {
                sum = Sum(Vector512.Load(dy + i), TLog.Value ? default : Vector512.Load(y + i), sum);
                other = Sum(Vector512.Load(dy + i + width), TLog.Value ? default : Vector512.Load(y + i + width), other);
            }
            if (i < whole) sum = Sum(Vector512.Load(dy + i), TLog.Value ? default : Vector512.Load(y + i), sum);
            if (left != 0) other = Sum(Tail.Load(dy + whole, left, default), TLog.Value ? default : Tail.Load(y + whole, left, default), other);
            sum = Vector512.Create(LaneFold.Across<T, Adding<T>>(sum + other));
            for (i = 0; i < whole; i += width)
            {
                if (Sse.IsSupported)
                {
                    Sse.Prefetch0(dy + ahead + i);
                    Sse.Prefetch0(y + ahead + i);
                    Sse.Prefetch0(dx + ahead + i);
                }
                Vector512<T> part = Part(Vector512.Load(dy + i), Vector512.Load(y + i), sum);
                (TFresh.Value ? part : Vector512.Load(dx + i) + part).Store(dx + i);
            }
            if (left == 0) return;
            Vector512<T> rest = Part(Tail.Load(dy + i, left, default), Tail.Load(y + i, left, default), sum);
            Tail.Store(TFresh.Value ? rest : Tail.Load(dx + i, left, default) + rest, dx + i, left);
        }

        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        static void Panel(T* dy, T* y, T* dx, int n, nint inner, bool fresh)
        {
            nint width = Vector512<T>.Count, step = PanelVectors * width;
            T* pack = _panel.Get<T>(2 * n * step), packed = pack + (n * step), end = packed, p;
            Vector512<T> s0 = default, s1 = default, s2 = default, s3 = default;
            for (p = pack; p < end; p += step, packed += step, dy += inner, y += inner)
            {
                s0 = Pack(dy, y, p, packed, s0);
                s1 = Pack(dy + width, y + width, p + width, packed + width, s1);
                s2 = Pack(dy + (2 * width), y + (2 * width), p + (2 * width), packed + (2 * width), s2);
                s3 = Pack(dy + (3 * width), y + (3 * width), p + (3 * width), packed + (3 * width), s3);
            }
            for (p = pack, packed = end; p < end; p += step, packed += step, dx += inner)
            {
                Put(p, packed, s0, dx, fresh);
                Put(p + width, packed + width, s1, dx + width, fresh);
                Put(p + (2 * width), packed + (2 * width), s2, dx + (2 * width), fresh);
                Put(p + (3 * width), packed + (3 * width), s3, dx + (3 * width), fresh);
            }
        }

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        static Vector512<T> Pack(T* dy, T* y, T* pack, T* packed, Vector512<T> sum)
        {
            Vector512<T> d = Vector512.Load(dy), v = Vector512.Load(y);
            d.Store(pack);
            v.Store(packed);
            return Sum(d, v, sum);
        }

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        static void Put(T* d, T* v, Vector512<T> sum, T* dx, bool fresh)
        {
            Vector512<T> part = Part(Vector512.Load(d), Vector512.Load(v), sum);
            (fresh ? part : Vector512.Load(dx) + part).Store(dx);
        }

        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        void Vector(int outer, int column)
        {
            Walk walk = new(outer, column, n, columns.Inner, Vector512<T>.Count);
            T* pdy = dy + walk.Start, py = y + walk.Start, pdx = dx + walk.Start;
            Vector512<T> sum = Vector512<T>.Zero;
            for (nuint i = 0; i < walk.Whole; i += walk.Step) sum = Sum(Tail.LoadUpTo(pdy + i, walk.Lanes, default), TLog.Value ? default : Tail.LoadUpTo(py + i, walk.Lanes, default), sum);
            for (nuint i = 0; i < walk.Whole; i += walk.Step)
            {
                Vector512<T> part = Part(Tail.LoadUpTo(pdy + i, walk.Lanes, default), Tail.LoadUpTo(py + i, walk.Lanes, default), sum);
                Tail.StoreUpTo(fresh ? part : Tail.LoadUpTo(pdx + i, walk.Lanes, default) + part, pdx + i, walk.Lanes);
            }
        }

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        static Vector512<T> Sum(Vector512<T> d, Vector512<T> v, Vector512<T> sum) => TLog.Value ? sum + d : FusedMultiplyAdd(d, v, sum);

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        static Vector512<T> Part(Vector512<T> d, Vector512<T> v, Vector512<T> sum) => TLog.Value ? FusedMultiplyAdd(-VectorMath.Exp(v), sum, d) : v * (d - sum);
    }

    readonly struct LogSumPart<T>(T* x, T* max, T* sums, int n, Columns columns) : IPart where T : unmanaged, IFloatingPointIeee754<T>
    {
        public void Run(int outer, int column, bool panel)
        {
            nint to = ((nint)outer * columns.Inner) + column;
            if (panel) Panel(x + ((nint)outer * n * columns.Inner) + column, n, columns.Inner, max + to, sums + to);
            else Vector(outer, column, columns.Inner, max + to, sums + to);
        }

        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        static void Panel(T* x, int n, nint inner, T* max, T* sums)
        {
            nint width = Vector512<T>.Count, step = PanelVectors * width;
            T* pack = _panel.Get<T>(n * step), end = pack + (n * step);
            Top(x, n, inner, pack, out Vector512<T> m0, out Vector512<T> m1, out Vector512<T> m2, out Vector512<T> m3);
            (m0, m1, m2, m3) = (Finite(m0), Finite(m1), Finite(m2), Finite(m3));
            Vector512<T> s0 = default, s1 = default, s2 = default, s3 = default;
            for (T* p = pack; p < end; p += step)
            {
                s0 += VectorMath.Exp(Vector512.Load(p) - m0);
                s1 += VectorMath.Exp(Vector512.Load(p + width) - m1);
                s2 += VectorMath.Exp(Vector512.Load(p + (2 * width)) - m2);
                s3 += VectorMath.Exp(Vector512.Load(p + (3 * width)) - m3);
            }
            m0.Store(max);
            m1.Store(max + width);
            m2.Store(max + (2 * width));
            m3.Store(max + (3 * width));
            s0.Store(sums);
            s1.Store(sums + width);
            s2.Store(sums + (2 * width));
            s3.Store(sums + (3 * width));
        }

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        static Vector512<T> Finite(Vector512<T> top) => Vector512.ConditionalSelect(Vector512.LessThan(Vector512.Abs(top), Vector512.Create(T.PositiveInfinity)), top, Vector512<T>.Zero);

        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        void Vector(int outer, int column, int inner, T* max, T* sums)
        {
            Walk walk = new(outer, column, n, inner, Vector512<T>.Count);
            T* px = x + walk.Start;
            (Vector512<T> top, Vector512<T> least) = Maximum(px, walk, inner == 1);
            top = Finite(top);
            Vector512<T> sum = Vector512<T>.Zero;
            nuint i = 0;
            for (; i < walk.Whole; i += walk.Step) sum += VectorMath.Exp(Tail.LoadUpTo(px + i, walk.Lanes, least) - top);
            if (walk.Left != 0) sum += VectorMath.Exp(Tail.Load(px + i, walk.Left, least) - top);
            if (inner == 1)
            {
                *max = top[0];
                *sums = LaneFold.Across<T, Adding<T>>(sum);
                return;
            }
            Tail.Store(top, max, walk.Lanes);
            Tail.Store(sum, sums, walk.Lanes);
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

    readonly struct ShortForward<T, TLog>(T* x, T* y, int n, int rows) : IPart where T : unmanaged, IFloatingPointIeee754<T> where TLog : struct, IFlag
    {
        public void Run(int group, int column, bool panel)
        {
            int width = Vector512<T>.Count, size = width * Rounded<T>(n), first = group * width;
            T* scratch = _panel.Get<T>(3 * size);
            Gather(x + ((nint)first * n), n, rows - first, scratch);
            new ForwardPart<T, TLog>(scratch, scratch + size, n, new(width, width, 0), 0).Run(0, 0, false);
            Scatter(scratch + size, n, rows - first, y + ((nint)first * n));
        }
    }

    readonly struct ShortLogSum<T>(T* x, T* max, T* sums, int n, int rows) : IPart where T : unmanaged, IFloatingPointIeee754<T>
    {
        public void Run(int group, int column, bool panel)
        {
            int width = Vector512<T>.Count, size = width * Rounded<T>(n), first = group * width;
            T* scratch = _panel.Get<T>((2 * size) + (2 * width)), statistics = scratch + (2 * size);
            Gather(x + ((nint)first * n), n, rows - first, scratch);
            new LogSumPart<T>(scratch, statistics, statistics + width, n, new(width, width, 0)).Run(0, 0, false);
            VectorOps.Copy(statistics, max + first, Math.Min(width, rows - first));
            VectorOps.Copy(statistics + width, sums + first, Math.Min(width, rows - first));
        }
    }

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

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static Vector512<T> FusedMultiplyAdd<T>(Vector512<T> a, Vector512<T> b, Vector512<T> c) where T : unmanaged => typeof(T) == typeof(float)
        ? Vector512.FusedMultiplyAdd(a.AsSingle(), b.AsSingle(), c.AsSingle()).As<float, T>()
        : Vector512.FusedMultiplyAdd(a.AsDouble(), b.AsDouble(), c.AsDouble()).As<double, T>();
}
