using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using static Autograd.Kernels.RecurrentKernels;

namespace Autograd.Kernels;

/// <summary>The steps of a layer of gated recurrent units, forward and backward.</summary>
static unsafe class GruKernels
{
    [ThreadStatic] static Scratch _weight;

    /// <summary>All steps forward.</summary>
    /// <param name="z">The input's part of the gates, [time, n, 3·hidden].</param>
    /// <param name="weight">[3·hidden, hidden].</param>
    /// <param name="h">First states [n, hidden].</param>
    /// <param name="bias">What is added to the state's part of the gates, [3·hidden].</param>
    /// <param name="hidden">The size of a state.</param>
    /// <param name="reversed">Whether the last time comes first.</param>
    /// <param name="kept">Reset, update and new gate after their functions, then the state's part of the new gate: [time, n, 4·hidden].</param>
    /// <param name="y">The states, [time, n, hidden].</param>
    public static void Forward<T>(
        ReadOnlySpan<T> z, ReadOnlySpan<T> weight, ReadOnlySpan<T> h, ReadOnlySpan<T> bias, int hidden, bool reversed, Span<T> kept, Span<T> y)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        fixed (T* pz = z, pw = weight, ph = h, pb = bias, pk = kept, py = y)
        {
            RecurrentSteps<T> layer = new(y.Length / h.Length, h.Length / hidden, hidden, reversed);
            PackedFactor<T> factor = Factor(pw, hidden, 3 * hidden, transposed: true, layer.Count, ref _weight);
            layer.Split(3, layer.Times, new ForwardRows<T>(layer, factor, pz, ph, pb, pk, py));
        }
    }

    /// <summary>All steps backward.</summary>
    /// <param name="dy">The gradient of the states, [time, n, hidden].</param>
    /// <param name="weight">[3·hidden, hidden].</param>
    /// <param name="y">The states, [time, n, hidden].</param>
    /// <param name="h">First states [n, hidden].</param>
    /// <param name="hidden">The size of a state.</param>
    /// <param name="reversed">Whether the last time came first.</param>
    /// <param name="kept">As Forward left it.</param>
    /// <param name="dz">The gradient of the input's part of the gates, [time, n, 3·hidden].</param>
    /// <param name="ds">The gradient of the state's part, likewise.</param>
    /// <param name="dh">The gradient of the first states.</param>
    public static void Backward<T>(
        ReadOnlySpan<T> dy, ReadOnlySpan<T> weight, ReadOnlySpan<T> y, ReadOnlySpan<T> h, int hidden, bool reversed, ReadOnlySpan<T> kept,
        Span<T> dz, Span<T> ds, Span<T> dh)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        dh.Clear();
        fixed (T* pdy = dy, pw = weight, py = y, ph = h, pk = kept, pdz = dz, pds = ds, pdh = dh)
        {
            RecurrentSteps<T> layer = new(y.Length / h.Length, h.Length / hidden, hidden, reversed);
            PackedFactor<T> factor = Factor(pw, 3 * hidden, hidden, transposed: false, layer.Count, ref _weight);
            layer.Split(3, layer.Times, new BackwardRows<T>(layer, factor, pdy, py, ph, pk, pdz, pds, pdh));
        }
    }

    readonly struct ForwardRows<T>(RecurrentSteps<T> layer, PackedFactor<T> weight, T* z, T* h, T* bias, T* kept, T* y) : ISequences
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        public void Run(int start, int count)
        {
            int hidden = layer.Hidden;
            for (int s = 0; s < layer.Times; s++)
            {
                nint at = layer.Row(layer.Time(s), start);
                T* before = layer.Before(h, y, s, start);
                weight.Multiply(before, hidden, count, 3 * hidden, T.One, kept + (4 * at), 4 * hidden);
                for (int i = 0; i < count; i++, at += hidden, before += hidden) Step(z + (3 * at), bias, before, kept + (4 * at), y + at, (nuint)hidden);
            }
        }

        [MethodImpl(Jit.Loop)]
        static void Step(T* z, T* bias, T* before, T* kept, T* y, nuint n)
        {
            nuint width = (nuint)Vector512<T>.Count, k = 0;
            for (; k + width <= n; k += width) Step<Yes>(z + k, bias + k, before + k, kept + k, y + k, n, width);
            if (k < n) Step<No>(z + k, bias + k, before + k, kept + k, y + k, n, n - k);
        }

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        static void Step<TWhole>(T* z, T* bias, T* before, T* kept, T* y, nuint n, nuint lanes) where TWhole : struct, IFlag
        {
            Vector512<T> reset = VectorMath.Sigmoid(Load<T, TWhole>(z, lanes) + (Load<T, TWhole>(kept, lanes) + Load<T, TWhole>(bias, lanes)));
            Vector512<T> update = VectorMath.Sigmoid(Load<T, TWhole>(z + n, lanes) + (Load<T, TWhole>(kept + n, lanes) + Load<T, TWhole>(bias + n, lanes)));
            Vector512<T> memory = Load<T, TWhole>(kept + (2 * n), lanes) + Load<T, TWhole>(bias + (2 * n), lanes);
            Vector512<T> candidate = VectorMath.Tanh(Load<T, TWhole>(z + (2 * n), lanes) + (reset * memory));
            Store<T, TWhole>(reset, kept, lanes);
            Store<T, TWhole>(update, kept + n, lanes);
            Store<T, TWhole>(candidate, kept + (2 * n), lanes);
            Store<T, TWhole>(memory, kept + (3 * n), lanes);
            Store<T, TWhole>(candidate + (update * (Load<T, TWhole>(before, lanes) - candidate)), y, lanes);
        }
    }

    readonly struct BackwardRows<T>(RecurrentSteps<T> layer, PackedFactor<T> weight, T* dy, T* y, T* h, T* kept, T* dz, T* ds, T* dh) : ISequences
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        public void Run(int start, int count)
        {
            int hidden = layer.Hidden;
            nint first = (nint)start * hidden;
            for (int s = layer.Times - 1; s >= 0; s--)
            {
                nint at = layer.Row(layer.Time(s), start);
                T* before = layer.Before(h, y, s, start);
                for (nint row = 0; row < (nint)count * hidden; row += hidden)
                    Step(kept + (4 * (at + row)), before + row, dy + at + row, dz + (3 * (at + row)), ds + (3 * (at + row)), dh + first + row, (nuint)hidden);
                weight.Multiply(ds + (3 * at), 3 * hidden, count, hidden, T.One, dh + first, hidden, adds: true);
            }
        }

        [MethodImpl(Jit.Loop)]
        static void Step(T* kept, T* before, T* dy, T* dz, T* ds, T* dh, nuint n)
        {
            nuint width = (nuint)Vector512<T>.Count, k = 0;
            for (; k + width <= n; k += width) Step<Yes>(kept + k, before + k, dy + k, dz + k, ds + k, dh + k, n, width);
            if (k < n) Step<No>(kept + k, before + k, dy + k, dz + k, ds + k, dh + k, n, n - k);
        }

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        static void Step<TWhole>(T* kept, T* before, T* dy, T* dz, T* ds, T* dh, nuint n, nuint lanes) where TWhole : struct, IFlag
        {
            Vector512<T> one = Vector512<T>.One, reset = Load<T, TWhole>(kept, lanes), update = Load<T, TWhole>(kept + n, lanes);
            Vector512<T> candidate = Load<T, TWhole>(kept + (2 * n), lanes), up = Load<T, TWhole>(dh, lanes) + Load<T, TWhole>(dy, lanes);
            Vector512<T> inner = up * (one - update) * (one - (candidate * candidate));
            Vector512<T> toReset = inner * Load<T, TWhole>(kept + (3 * n), lanes) * reset * (one - reset);
            Vector512<T> toUpdate = up * (Load<T, TWhole>(before, lanes) - candidate) * update * (one - update);
            Store<T, TWhole>(toReset, dz, lanes);
            Store<T, TWhole>(toUpdate, dz + n, lanes);
            Store<T, TWhole>(inner, dz + (2 * n), lanes);
            Store<T, TWhole>(toReset, ds, lanes);
            Store<T, TWhole>(toUpdate, ds + n, lanes);
            Store<T, TWhole>(inner * reset, ds + (2 * n), lanes);
            Store<T, TWhole>(up * update, dh, lanes);
        }
    }
}
