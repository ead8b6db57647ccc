using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Autograd.Kernels;

/// <summary>The steps of a layer of long short-term memory, forward and backward.</summary>
/// <remarks>
/// A chunk takes some of the sequences through all steps, so threads meet once a pass and not at every step; a sequence's numbers do not depend on the
/// chunk that it is in.
/// </remarks>
static unsafe class LstmKernels
{
    /// <summary>Sequences below which the matrix is read too often for its use.</summary>
    const int FewestSequences = 8;

    /// <summary>Work below which one thread does all, in floating-point operations.</summary>
    const double ParallelWork = 0.5e6;

    [ThreadStatic] static Scratch _weight;

    /// <summary>All steps forward.</summary>
    /// <param name="z">The input's part of the gates, [time, n, 4·hidden].</param>
    /// <param name="weight">[4·hidden, hidden].</param>
    /// <param name="h">First states [n, hidden].</param>
    /// <param name="c">First memories [n, hidden].</param>
    /// <param name="hidden">The size of a state.</param>
    /// <param name="reversed">Whether the last time comes first.</param>
    /// <param name="gates">The gates after their functions, [time, n, 4·hidden].</param>
    /// <param name="memories">[time, n, hidden].</param>
    /// <param name="y">The states, then the last memories: [time + 1, n, hidden].</param>
    public static void Forward<T>(
        ReadOnlySpan<T> z, ReadOnlySpan<T> weight, ReadOnlySpan<T> h, ReadOnlySpan<T> c, int hidden, bool reversed, Span<T> gates, Span<T> memories, Span<T> y)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        fixed (T* pz = z, pw = weight, ph = h, pc = c, pg = gates, pm = memories, py = y)
        {
            Layer<T> layer = new(memories.Length / h.Length, h.Length / hidden, hidden, reversed);
            PackedFactor<T> factor = new(pw, hidden, 4 * hidden, hidden, transposed: true, _weight.Get<T>(PackedFactor<T>.Size(hidden, 4 * hidden)));
            Split(layer, new ForwardRows<T>(layer, factor, pz, ph, pc, pg, pm, py));
        }
    }

    /// <summary>All steps backward.</summary>
    /// <param name="dy">The gradient of states and last memories, [time + 1, n, hidden].</param>
    /// <param name="weight">[4·hidden, hidden].</param>
    /// <param name="c">First memories [n, hidden].</param>
    /// <param name="hidden">The size of a state.</param>
    /// <param name="reversed">Whether the last time came first.</param>
    /// <param name="gates">As Forward left them.</param>
    /// <param name="memories">As Forward left them.</param>
    /// <param name="dz">The gradient of the gates before their functions, [time, n, 4·hidden].</param>
    /// <param name="dh">The gradient of the first states.</param>
    /// <param name="dc">The gradient of the first memories.</param>
    public static void Backward<T>(
        ReadOnlySpan<T> dy, ReadOnlySpan<T> weight, ReadOnlySpan<T> c, int hidden, bool reversed, ReadOnlySpan<T> gates, ReadOnlySpan<T> memories,
        Span<T> dz, Span<T> dh, Span<T> dc)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        dh.Clear();
        dy[memories.Length..].CopyTo(dc);
        fixed (T* pdy = dy, pw = weight, pc = c, pg = gates, pm = memories, pdz = dz, pdh = dh, pdc = dc)
        {
            Layer<T> layer = new(memories.Length / c.Length, c.Length / hidden, hidden, reversed);
            PackedFactor<T> factor = new(pw, 4 * hidden, hidden, hidden, transposed: false, _weight.Get<T>(PackedFactor<T>.Size(4 * hidden, hidden)));
            Split(layer, new BackwardRows<T>(layer, factor, pdy, pc, pg, pm, pdz, pdh, pdc));
        }
    }

    /// <summary>dw (+)= Σ dzᵀ·h: one product for the first step, one for all others.</summary>
    public static void Weight<T>(ReadOnlySpan<T> dz, ReadOnlySpan<T> y, ReadOnlySpan<T> h, int hidden, bool reversed, Span<T> dw, bool fresh)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        int n = h.Length / hidden, gates = 4 * hidden, plane = n * gates, rows = (dz.Length / gates) - n;
        ReadOnlySpan<T> first = reversed ? dz[^plane..] : dz[..plane], others = reversed ? dz[..^plane] : dz[plane..];
        Gemm.Multiply(gates, hidden, n, T.One, first, gates, true, h, hidden, false, fresh ? T.Zero : T.One, dw, hidden);
        if (rows > 0) Gemm.Multiply(gates, hidden, rows, T.One, others, gates, true, reversed ? y[h.Length..] : y, hidden, false, T.One, dw, hidden);
    }

    static void Split<T, TBody>(Layer<T> layer, TBody body) where T : unmanaged where TBody : struct, IRows
    {
        double work = 8.0 * layer.Times * layer.Count * layer.Hidden * layer.Hidden;
        int chunks = work < ParallelWork ? 1 : Math.Clamp(layer.Count / FewestSequences, 1, WorkerPool.Threads);
        RowsChunk<TBody> chunk = new(body, layer.Count, chunks);
        if (chunks == 1) chunk.Run(0);
        else WorkerPool.For(chunks, chunk);
    }

    interface IRows
    {
        void Run(int start, int count);
    }

    readonly struct RowsChunk<TBody>(TBody body, int rows, int chunks) : IChunk where TBody : struct, IRows
    {
        public void Run(int chunk)
        {
            int start = (int)((long)rows * chunk / chunks);
            body.Run(start, (int)((long)rows * (chunk + 1) / chunks) - start);
        }
    }

    readonly struct Layer<T>(int times, int count, int hidden, bool reversed) where T : unmanaged
    {
        public readonly int Times = times, Count = count, Hidden = hidden;

        /// <summary>The time of step s.</summary>
        public int Time(int step) => reversed ? Times - 1 - step : step;

        /// <summary>Where a sequence's row begins in [time, n, hidden].</summary>
        public nint Row(int time, int row) => (((nint)time * Count) + row) * Hidden;

        /// <summary>Where the rows before step s begin: in the first ones, or in those of the step before.</summary>
        public T* Before(T* first, T* all, int step, int row) => step == 0 ? first + ((nint)row * Hidden) : all + Row(Time(step - 1), row);
    }

    readonly struct ForwardRows<T>(Layer<T> layer, PackedFactor<T> weight, T* z, T* h, T* c, T* gates, T* memories, T* y) : IRows
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        public void Run(int start, int count)
        {
            int hidden = layer.Hidden;
            for (int s = 0; s < layer.Times; s++)
            {
                nint at = layer.Row(layer.Time(s), start);
                weight.Multiply(layer.Before(h, y, s, start), count, gates + (4 * at));
                T* memory = layer.Before(c, memories, s, start);
                for (int i = 0; i < count; i++, at += hidden, memory += hidden)
                {
                    Gates(z + (4 * at), gates + (4 * at), (nuint)hidden);
                    Next(gates + (4 * at), memory, memories + at, y + at, (nuint)hidden);
                }
            }
            nint bytes = (nint)count * hidden * sizeof(T);
            Buffer.MemoryCopy(layer.Before(c, memories, layer.Times, start), y + layer.Row(layer.Times, start), bytes, bytes);
        }

        /// <summary>The gates of one sequence: their functions of the sums of both parts.</summary>
        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        static void Gates(T* z, T* gates, nuint n)
        {
            nuint width = (nuint)Vector512<T>.Count;
            for (nuint part = 0; part < 4; part++, z += n, gates += n)
            {
                if (part == 2)
                {
                    for (nuint i = 0; i < n; i += width)
                    {
                        nuint lanes = Math.Min(width, n - i);
                        Store(VectorMath.Tanh(Load(z + i, lanes) + Load(gates + i, lanes)), gates + i, lanes);
                    }
                    continue;
                }
                for (nuint i = 0; i < n; i += width)
                {
                    nuint lanes = Math.Min(width, n - i);
                    Store(VectorMath.Sigmoid(Load(z + i, lanes) + Load(gates + i, lanes)), gates + i, lanes);
                }
            }
        }

        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        static void Next(T* gates, T* c, T* next, T* h, nuint n)
        {
            nuint width = (nuint)Vector512<T>.Count;
            for (nuint i = 0; i < n; i += width)
            {
                nuint lanes = Math.Min(width, n - i);
                Vector512<T> memory = (Load(gates + n + i, lanes) * Load(c + i, lanes)) + (Load(gates + i, lanes) * Load(gates + (2 * n) + i, lanes));
                Store(memory, next + i, lanes);
                Store(Load(gates + (3 * n) + i, lanes) * VectorMath.Tanh(memory), h + i, lanes);
            }
        }
    }

    readonly struct BackwardRows<T>(Layer<T> layer, PackedFactor<T> weight, T* dy, T* c, T* gates, T* memories, T* dz, T* dh, T* dc) : IRows
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        public void Run(int start, int count)
        {
            int hidden = layer.Hidden;
            nint first = (nint)start * hidden;
            for (int s = layer.Times - 1; s >= 0; s--)
            {
                nint at = layer.Row(layer.Time(s), start);
                T* before = layer.Before(c, memories, s, start);
                for (nint i = 0; i < count; i++)
                {
                    nint row = i * hidden;
                    Step(gates + (4 * (at + row)), before + row, memories + at + row, dy + at + row, dh + first + row, dc + first + row, dz + (4 * (at + row)), (nuint)hidden);
                }
                weight.Multiply(dz + (4 * at), count, dh + first);
            }
        }

        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        static void Step(T* gates, T* before, T* after, T* dy, T* dh, T* dc, T* dz, nuint n)
        {
            nuint width = (nuint)Vector512<T>.Count;
            Vector512<T> one = Vector512<T>.One;
            for (nuint k = 0; k < n; k += width)
            {
                nuint lanes = Math.Min(width, n - k);
                Vector512<T> i = Load(gates + k, lanes), f = Load(gates + n + k, lanes), g = Load(gates + (2 * n) + k, lanes), o = Load(gates + (3 * n) + k, lanes);
                Vector512<T> up = Load(dh + k, lanes) + Load(dy + k, lanes), bent = VectorMath.Tanh(Load(after + k, lanes));
                Vector512<T> memory = Load(dc + k, lanes) + (up * o * (one - (bent * bent)));
                Store(memory * g * i * (one - i), dz + k, lanes);
                Store(memory * Load(before + k, lanes) * f * (one - f), dz + n + k, lanes);
                Store(memory * i * (one - (g * g)), dz + (2 * n) + k, lanes);
                Store(up * bent * o * (one - o), dz + (3 * n) + k, lanes);
                Store(memory * f, dc + k, lanes);
            }
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static Vector512<T> Load<T>(T* p, nuint lanes) where T : unmanaged =>
        lanes == (nuint)Vector512<T>.Count ? Vector512.Load(p) : Tail.Load(p, lanes, default);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static void Store<T>(Vector512<T> value, T* p, nuint lanes) where T : unmanaged
    {
        if (lanes == (nuint)Vector512<T>.Count) value.Store(p);
        else Tail.Store(value, p, lanes);
    }
}
