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

    /// <summary>An array and its result of this size fill a last-level cache of 32 MB.</summary>
    const int CachedBytes = 1 << 24;

    /// <summary>y = softmax x, or its logarithm.</summary>
    public static void Forward<T>(bool log, ReadOnlySpan<T> x, int n, int inner, Span<T> y) where T : unmanaged, IFloatingPointIeee754<T>
    {
        if (y.IsEmpty) return;
        fixed (T* px = x, py = y)
        {
            nint ahead = Ahead<T>(y.Length, n);
            if (log) Split(new ForwardPart<T, Yes>(px, py, n, inner, ahead), y.Length / n / inner, n, inner, Vector512<T>.Count);
            else Split(new ForwardPart<T, No>(px, py, n, inner, ahead), y.Length / n / inner, n, inner, Vector512<T>.Count);
        }
    }

    /// <summary>dx = y·(dy − Σ dy·y), or dy − eʸ·Σ dy for the logarithm; added unless fresh.</summary>
    public static void Backward<T>(bool log, ReadOnlySpan<T> dy, ReadOnlySpan<T> y, int n, int inner, Span<T> dx, bool fresh) where T : unmanaged, IFloatingPointIeee754<T>
    {
        if (dx.IsEmpty) return;
        fixed (T* pdy = dy, py = y, pdx = dx)
        {
            nint ahead = Ahead<T>(dx.Length, n);
            if (log) Split(new BackwardPart<T, Yes>(pdy, py, pdx, n, inner, fresh, ahead), dx.Length / n / inner, n, inner, Vector512<T>.Count);
            else Split(new BackwardPart<T, No>(pdy, py, pdx, n, inner, fresh, ahead), dx.Length / n / inner, n, inner, Vector512<T>.Count);
        }
    }

    /// <summary>The maximum along the axis (0 where it is infinite) and ln Σ e^(x − maximum), for each of outer·inner places.</summary>
    public static void LogSum<T>(ReadOnlySpan<T> x, int n, int inner, Span<T> max, Span<T> logSum) where T : unmanaged, IFloatingPointIeee754<T>
    {
        if (max.IsEmpty) return;
        fixed (T* px = x, pm = max, ps = logSum)
        {
            Split(new LogSumPart<T>(px, pm, ps, n, inner), max.Length / inner, n, inner, Vector512<T>.Count);
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
    public static void Split<TBody>(TBody body, int outer, int n, int inner, int width) where TBody : struct, IPart
    {
        int blocks = inner == 1 ? 1 : (inner + width - 1) / width, parts = outer * blocks;
        int each = (int)Math.Max(1, ChunkElements / ((long)n * Math.Min(inner, width) + 1)), chunks = (parts + each - 1) / each;
        PartChunk<TBody> chunk = new(body, parts, each, blocks);
        if (chunks == 1) chunk.Run(0);
        else WorkerPool.For(chunks, chunk);
    }

    /// <summary>The work on one row or one vector of columns.</summary>
    public interface IPart
    {
        void Run(int outer, int block);
    }

    readonly struct PartChunk<TBody>(TBody body, int parts, int each, int blocks) : IChunk where TBody : struct, IPart
    {
        public void Run(int chunk)
        {
            int end = Math.Min(parts, (chunk + 1) * each);
            for (int i = chunk * each; i < end; i++) body.Run(i / blocks, i % blocks);
        }
    }

    /// <summary>Steps along the axis: whole vectors of a row, or one vector of columns row after row.</summary>
    internal readonly ref struct Walk
    {
        public readonly nint Start;
        public readonly nuint Count, Whole, Step, Left, Lanes;

        /// <summary>Whole steps of Step elements, each Lanes wide, then Left elements of a row that fill no vector.</summary>
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public Walk(int outer, int block, int n, int inner, int width)
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
            Start = ((nint)outer * n * inner) + (block * width);
            Lanes = (nuint)Math.Min(width, inner - (block * width));
            Step = (nuint)inner;
            Whole = Count = (nuint)n * Step;
            Left = 0;
        }
    }

    readonly struct ForwardPart<T, TLog>(T* x, T* y, int n, int inner, nint ahead) : IPart where T : unmanaged, IFloatingPointIeee754<T> where TLog : struct, IFlag
    {
        public void Run(int outer, int block)
        {
            if (inner == 1) Row(x + ((nint)outer * n), y + ((nint)outer * n), (nuint)n, ahead);
            else Columns(outer, block);
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
                if (Sse.IsSupported) Sse.Prefetch0(x + ahead + i);
                Vector512<T> e = VectorMath.Exp(Vector512.Load(x + i) - max);
                if (!TLog.Value) e.Store(y + i);
                sum += e;
            }
            if (left != 0) sum += last = VectorMath.Exp(Tail.Load(x + i, left, least) - max);
            sum = Vector512.Create(LaneFold.Across<T, Adding<T>>(sum));
            Vector512<T> scale = TLog.Value ? VectorMath.Log(sum) : Vector512<T>.One / sum;
            for (i = 0; i < whole; i += width) (TLog.Value ? Vector512.Load(x + i) - max - scale : Vector512.Load(y + i) * scale).Store(y + i);
            if (left != 0) Tail.Store(TLog.Value ? Tail.Load(x + i, left, default) - max - scale : last * scale, y + i, left);
        }

        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        void Columns(int outer, int block)
        {
            Walk walk = new(outer, block, n, inner, Vector512<T>.Count);
            T* px = x + walk.Start, py = y + walk.Start;
            (Vector512<T> max, Vector512<T> least) = Maximum(px, walk, row: false);
            Vector512<T> sum = Vector512<T>.Zero;
            for (nuint i = 0; i < walk.Whole; i += walk.Step)
            {
                Vector512<T> e = VectorMath.Exp(Tail.LoadUpTo(px + i, walk.Lanes, least) - max);
                if (!TLog.Value) Tail.StoreUpTo(e, py + i, walk.Lanes);
                sum += e;
            }
            Vector512<T> scale = TLog.Value ? VectorMath.Log(sum) : Vector512<T>.One / sum;
            for (nuint i = 0; i < walk.Whole; i += walk.Step)
            {
                Vector512<T> v = Tail.LoadUpTo((TLog.Value ? px : py) + i, walk.Lanes, default);
                Tail.StoreUpTo(TLog.Value ? v - max - scale : v * scale, py + i, walk.Lanes);
            }
        }
    }

    readonly struct BackwardPart<T, TLog>(T* dy, T* y, T* dx, int n, int inner, bool fresh, nint ahead) : IPart where T : unmanaged, IFloatingPointIeee754<T> where TLog : struct, IFlag
    {
        public void Run(int outer, int block)
        {
            nint row = (nint)outer * n;
            if (inner > 1) Columns(outer, block);
            else if (fresh) Row<Yes>(dy + row, y + row, dx + row, (nuint)n, ahead);
            else Row<No>(dy + row, y + row, dx + row, (nuint)n, ahead);
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
                }
                Vector512<T> part = Part(Vector512.Load(dy + i), Vector512.Load(y + i), sum);
                (TFresh.Value ? part : Vector512.Load(dx + i) + part).Store(dx + i);
            }
            if (left == 0) return;
            Vector512<T> rest = Part(Tail.Load(dy + i, left, default), Tail.Load(y + i, left, default), sum);
            Tail.Store(TFresh.Value ? rest : Tail.Load(dx + i, left, default) + rest, dx + i, left);
        }

        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        void Columns(int outer, int block)
        {
            Walk walk = new(outer, block, n, inner, Vector512<T>.Count);
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

    readonly struct LogSumPart<T>(T* x, T* max, T* sums, int n, int inner) : IPart where T : unmanaged, IFloatingPointIeee754<T>
    {
        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        public void Run(int outer, int block)
        {
            Walk walk = new(outer, block, n, inner, Vector512<T>.Count);
            T* px = x + walk.Start;
            (Vector512<T> top, Vector512<T> least) = Maximum(px, walk, inner == 1);
            top = Vector512.ConditionalSelect(Vector512.LessThan(Vector512.Abs(top), -least), top, Vector512<T>.Zero);
            Vector512<T> sum = Vector512<T>.Zero;
            nuint i = 0;
            for (; i < walk.Whole; i += walk.Step) sum += VectorMath.Exp(Tail.LoadUpTo(px + i, walk.Lanes, least) - top);
            if (walk.Left != 0) sum += VectorMath.Exp(Tail.Load(px + i, walk.Left, least) - top);
            if (inner == 1)
            {
                max[outer] = top[0];
                sums[outer] = LaneFold.Across<T, Adding<T>>(sum);
                return;
            }
            nint to = ((nint)outer * inner) + (block * Vector512<T>.Count);
            Tail.Store(top, max + to, walk.Lanes);
            Tail.Store(sum, sums + to, walk.Lanes);
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
