using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using static Autograd.Kernels.RecurrentKernels;

namespace Autograd.Kernels;

/// <summary>The steps of a layer of long short-term memory, forward and backward.</summary>
static unsafe class LstmKernels
{
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
            RecurrentSteps<T> layer = new(memories.Length / h.Length, h.Length / hidden, hidden, reversed);
            PackedFactor<T> factor = new(pw, hidden, 4 * hidden, hidden, transposed: true, _weight.Get<T>(PackedFactor<T>.Size(hidden, 4 * hidden)));
            layer.Split(4, new ForwardRows<T>(layer, factor, pz, ph, pc, pg, pm, py));
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
            RecurrentSteps<T> layer = new(memories.Length / c.Length, c.Length / hidden, hidden, reversed);
            PackedFactor<T> factor = new(pw, 4 * hidden, hidden, hidden, transposed: false, _weight.Get<T>(PackedFactor<T>.Size(4 * hidden, hidden)));
            layer.Split(4, new BackwardRows<T>(layer, factor, pdy, pc, pg, pm, pdz, pdh, pdc));
        }
    }

    readonly struct ForwardRows<T>(RecurrentSteps<T> layer, PackedFactor<T> weight, T* z, T* h, T* c, T* gates, T* memories, T* y) : ISequences
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
            nuint width = (nuint)Vector512<T>.Count, i;
            for (nuint part = 0; part < 4; part++, z += n, gates += n)
            {
                if (part == 2)
                {
                    for (i = 0; i + width <= n; i += width) VectorMath.Tanh(Vector512.Load(z + i) + Vector512.Load(gates + i)).Store(gates + i);
                    if (i < n) Store<T, No>(VectorMath.Tanh(Load<T, No>(z + i, n - i) + Load<T, No>(gates + i, n - i)), gates + i, n - i);
                    continue;
                }
                for (i = 0; i + width <= n; i += width) VectorMath.Sigmoid(Vector512.Load(z + i) + Vector512.Load(gates + i)).Store(gates + i);
                if (i < n) Store<T, No>(VectorMath.Sigmoid(Load<T, No>(z + i, n - i) + Load<T, No>(gates + i, n - i)), gates + i, n - i);
            }
        }

        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        static void Next(T* gates, T* c, T* next, T* h, nuint n)
        {
            nuint width = (nuint)Vector512<T>.Count, i = 0;
            for (; i + width <= n; i += width) Next<Yes>(gates + i, c + i, next + i, h + i, n, width);
            if (i < n) Next<No>(gates + i, c + i, next + i, h + i, n, n - i);
        }

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        static void Next<TWhole>(T* gates, T* c, T* next, T* h, nuint n, nuint lanes) where TWhole : struct, IFlag
        {
            Vector512<T> memory = (Load<T, TWhole>(gates + n, lanes) * Load<T, TWhole>(c, lanes)) + (Load<T, TWhole>(gates, lanes) * Load<T, TWhole>(gates + (2 * n), lanes));
            Store<T, TWhole>(memory, next, lanes);
            Store<T, TWhole>(Load<T, TWhole>(gates + (3 * n), lanes) * VectorMath.Tanh(memory), h, lanes);
        }
    }

    readonly struct BackwardRows<T>(RecurrentSteps<T> layer, PackedFactor<T> weight, T* dy, T* c, T* gates, T* memories, T* dz, T* dh, T* dc) : ISequences
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
            nuint width = (nuint)Vector512<T>.Count, k = 0;
            for (; k + width <= n; k += width) Step<Yes>(gates + k, before + k, after + k, dy + k, dh + k, dc + k, dz + k, n, width);
            if (k < n) Step<No>(gates + k, before + k, after + k, dy + k, dh + k, dc + k, dz + k, n, n - k);
        }

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        static void Step<TWhole>(T* gates, T* before, T* after, T* dy, T* dh, T* dc, T* dz, nuint n, nuint lanes) where TWhole : struct, IFlag
        {
            Vector512<T> one = Vector512<T>.One, i = Load<T, TWhole>(gates, lanes), f = Load<T, TWhole>(gates + n, lanes);
            Vector512<T> g = Load<T, TWhole>(gates + (2 * n), lanes), o = Load<T, TWhole>(gates + (3 * n), lanes);
            Vector512<T> up = Load<T, TWhole>(dh, lanes) + Load<T, TWhole>(dy, lanes), bent = VectorMath.Tanh(Load<T, TWhole>(after, lanes));
            Vector512<T> memory = Load<T, TWhole>(dc, lanes) + (up * o * (one - (bent * bent)));
            Store<T, TWhole>(memory * g * i * (one - i), dz, lanes);
            Store<T, TWhole>(memory * Load<T, TWhole>(before, lanes) * f * (one - f), dz + n, lanes);
            Store<T, TWhole>(memory * i * (one - (g * g)), dz + (2 * n), lanes);
            Store<T, TWhole>(up * bent * o * (one - o), dz + (3 * n), lanes);
            Store<T, TWhole>(memory * f, dc, lanes);
        }
    }
}
