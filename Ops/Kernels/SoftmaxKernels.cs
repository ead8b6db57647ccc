using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Autograd.Kernels;

/// <summary>
/// Softmax along the middle axis of [outer, n, inner]: rows of a dense array when inner is 1, else vectors of columns. The
/// greatest element is subtracted first, so nothing overflows.
/// </summary>
static unsafe class SoftmaxKernels
{
    const int ChunkElements = 1 << 13;

    /// <summary>y = softmax x, or its logarithm.</summary>
    public static void Forward<T>(bool log, ReadOnlySpan<T> x, int n, int inner, Span<T> y) where T : unmanaged, IFloatingPointIeee754<T>
    {
        if (y.IsEmpty) return;
        fixed (T* px = x, py = y)
        {
            if (log) Split(new ForwardPart<T, Yes>(px, py, n, inner), y.Length / n / inner, n, inner, Vector512<T>.Count);
            else Split(new ForwardPart<T, No>(px, py, n, inner), y.Length / n / inner, n, inner, Vector512<T>.Count);
        }
    }

    /// <summary>dx = y·(dy − Σ dy·y), or dy − eʸ·Σ dy for the logarithm; added unless fresh.</summary>
    public static void Backward<T>(bool log, ReadOnlySpan<T> dy, ReadOnlySpan<T> y, int n, int inner, Span<T> dx, bool fresh) where T : unmanaged, IFloatingPointIeee754<T>
    {
        if (dx.IsEmpty) return;
        fixed (T* pdy = dy, py = y, pdx = dx)
        {
            if (log) Split(new BackwardPart<T, Yes>(pdy, py, pdx, n, inner, fresh), dx.Length / n / inner, n, inner, Vector512<T>.Count);
            else Split(new BackwardPart<T, No>(pdy, py, pdx, n, inner, fresh), dx.Length / n / inner, n, inner, Vector512<T>.Count);
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

    readonly struct ForwardPart<T, TLog>(T* x, T* y, int n, int inner) : IPart where T : unmanaged, IFloatingPointIeee754<T> where TLog : struct, IFlag
    {
        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        public void Run(int outer, int block)
        {
            Walk walk = new(outer, block, n, inner, Vector512<T>.Count);
            T* px = x + walk.Start, py = y + walk.Start;
            (Vector512<T> max, Vector512<T> least) = Maximum(px, walk, inner == 1);
            Vector512<T> sum = Vector512<T>.Zero;
            nuint i = 0;
            for (; i < walk.Whole; i += walk.Step)
            {
                Vector512<T> e = VectorMath.Exp(Load(px + i, walk.Lanes, least) - max);
                if (!TLog.Value) Store(e, py + i, walk.Lanes);
                sum += e;
            }
            Vector512<T> last = Vector512<T>.Zero;
            if (walk.Left != 0) sum += last = VectorMath.Exp(Tail.Load(px + i, walk.Left, least) - max);
            if (inner == 1) sum = Vector512.Create(LaneFold.Across<T, Adding<T>>(sum));
            Finish(px, py, walk, max, sum, last);
        }

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        static void Finish(T* px, T* py, Walk walk, Vector512<T> max, Vector512<T> sum, Vector512<T> last)
        {
            Vector512<T> scale = TLog.Value ? VectorMath.Log(sum) : Vector512<T>.One / sum;
            nuint i = 0;
            for (; i < walk.Whole; i += walk.Step)
            {
                Vector512<T> v = Load((TLog.Value ? px : py) + i, walk.Lanes, default);
                Store(TLog.Value ? v - max - scale : v * scale, py + i, walk.Lanes);
            }
            if (walk.Left == 0) return;
            Tail.Store(TLog.Value ? Tail.Load(px + i, walk.Left, default) - max - scale : last * scale, py + i, walk.Left);
        }
    }

    readonly struct BackwardPart<T, TLog>(T* dy, T* y, T* dx, int n, int inner, bool fresh) : IPart where T : unmanaged, IFloatingPointIeee754<T> where TLog : struct, IFlag
    {
        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        public void Run(int outer, int block)
        {
            Walk walk = new(outer, block, n, inner, Vector512<T>.Count);
            T* pdy = dy + walk.Start, py = y + walk.Start, pdx = dx + walk.Start;
            Vector512<T> sum = Vector512<T>.Zero;
            nuint i = 0;
            for (; i < walk.Whole; i += walk.Step)
            {
                Vector512<T> d = Load(pdy + i, walk.Lanes, default);
                sum = TLog.Value ? sum + d : FusedMultiplyAdd(d, Load(py + i, walk.Lanes, default), sum);
            }
            if (walk.Left != 0)
            {
                Vector512<T> d = Tail.Load(pdy + i, walk.Left, default);
                sum = TLog.Value ? sum + d : FusedMultiplyAdd(d, Tail.Load(py + i, walk.Left, default), sum);
            }
            if (inner == 1) sum = Vector512.Create(LaneFold.Across<T, Adding<T>>(sum));
            for (i = 0; i < walk.Whole; i += walk.Step)
            {
                Vector512<T> part = Part(Load(pdy + i, walk.Lanes, default), Load(py + i, walk.Lanes, default), sum);
                Store(fresh ? part : Load(pdx + i, walk.Lanes, default) + part, pdx + i, walk.Lanes);
            }
            if (walk.Left == 0) return;
            Vector512<T> rest = Part(Tail.Load(pdy + i, walk.Left, default), Tail.Load(py + i, walk.Left, default), sum);
            Tail.Store(fresh ? rest : Tail.Load(pdx + i, walk.Left, default) + rest, pdx + i, walk.Left);
        }

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
            for (; i < walk.Whole; i += walk.Step) sum += VectorMath.Exp(Load(px + i, walk.Lanes, least) - top);
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
            max = Vector512.MaxNative(max, Load(x + i, walk.Lanes, least));
            other = Vector512.MaxNative(other, Load(x + i + walk.Step, walk.Lanes, least));
        }
        if (i < walk.Whole) max = Vector512.MaxNative(max, Load(x + i, walk.Lanes, least));
        if (walk.Left != 0) other = Vector512.MaxNative(other, Tail.Load(x + walk.Whole, walk.Left, least));
        max = Vector512.MaxNative(max, other);
        return (row ? Vector512.Create(LaneFold.Across<T, NativeGreatest<T>>(max)) : max, least);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static Vector512<T> Load<T>(T* p, nuint lanes, Vector512<T> fill) where T : unmanaged =>
        lanes == (nuint)Vector512<T>.Count ? Vector512.Load(p) : Tail.Load(p, lanes, fill);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static void Store<T>(Vector512<T> value, T* p, nuint lanes) where T : unmanaged
    {
        if (lanes == (nuint)Vector512<T>.Count) value.Store(p);
        else Tail.Store(value, p, lanes);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static Vector512<T> FusedMultiplyAdd<T>(Vector512<T> a, Vector512<T> b, Vector512<T> c) where T : unmanaged => typeof(T) == typeof(float)
        ? Vector512.FusedMultiplyAdd(a.AsSingle(), b.AsSingle(), c.AsSingle()).As<float, T>()
        : Vector512.FusedMultiplyAdd(a.AsDouble(), b.AsDouble(), c.AsDouble()).As<double, T>();
}
