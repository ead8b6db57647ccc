using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using static Autograd.Kernels.RecurrentKernels;

namespace Autograd.Kernels;

/// <summary>The steps of a plain recurrent layer, forward and backward.</summary>
static unsafe class RnnKernels
{
    [ThreadStatic] static Scratch _weight;

    /// <summary>All steps forward.</summary>
    /// <param name="relu">Whether the rectifier takes the place of tanh.</param>
    /// <param name="z">The input's part of the sums, [time, n, hidden].</param>
    /// <param name="weight">[hidden, hidden].</param>
    /// <param name="h">First states [n, hidden].</param>
    /// <param name="hidden">The size of a state.</param>
    /// <param name="reversed">Whether the last time comes first.</param>
    /// <param name="y">The states, [time, n, hidden].</param>
    public static void Forward<T>(bool relu, ReadOnlySpan<T> z, ReadOnlySpan<T> weight, ReadOnlySpan<T> h, int hidden, bool reversed, Span<T> y)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        fixed (T* pz = z, pw = weight, ph = h, py = y)
        {
            RecurrentSteps<T> layer = new(y.Length / h.Length, h.Length / hidden, hidden, reversed);
            PackedFactor<T> factor = Factor(pw, hidden, hidden, transposed: true, layer.Count, ref _weight);
            layer.Split(1, layer.Times, new ForwardRows<T>(layer, factor, relu, pz, ph, py));
        }
    }

    /// <summary>All steps backward.</summary>
    /// <param name="relu">Whether it was the rectifier.</param>
    /// <param name="dy">The gradient of the states, [time, n, hidden].</param>
    /// <param name="weight">[hidden, hidden].</param>
    /// <param name="y">The states.</param>
    /// <param name="hidden">The size of a state.</param>
    /// <param name="reversed">Whether the last time came first.</param>
    /// <param name="dz">The gradient of the sums, [time, n, hidden].</param>
    /// <param name="dh">The gradient of the first states.</param>
    public static void Backward<T>(bool relu, ReadOnlySpan<T> dy, ReadOnlySpan<T> weight, ReadOnlySpan<T> y, int hidden, bool reversed, Span<T> dz, Span<T> dh)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        dh.Clear();
        fixed (T* pdy = dy, pw = weight, py = y, pdz = dz, pdh = dh)
        {
            RecurrentSteps<T> layer = new(y.Length / dh.Length, dh.Length / hidden, hidden, reversed);
            PackedFactor<T> factor = Factor(pw, hidden, hidden, transposed: false, layer.Count, ref _weight);
            layer.Split(1, layer.Times, new BackwardRows<T>(layer, factor, relu, pdy, py, pdz, pdh));
        }
    }

    readonly struct ForwardRows<T>(RecurrentSteps<T> layer, PackedFactor<T> weight, bool relu, T* z, T* h, T* y) : ISequences
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        public void Run(int start, int count)
        {
            for (int s = 0; s < layer.Times; s++)
            {
                nint at = layer.Row(layer.Time(s), start);
                weight.Multiply(layer.Before(h, y, s, start), count, y + at);
                // The rows of a chunk lie one after the other.
                if (relu) Bend<Yes>(z + at, y + at, (nuint)count * (nuint)layer.Hidden);
                else Bend<No>(z + at, y + at, (nuint)count * (nuint)layer.Hidden);
            }
        }

        [MethodImpl(Jit.Loop)]
        static void Bend<TRelu>(T* z, T* y, nuint n) where TRelu : struct, IFlag
        {
            nuint width = (nuint)Vector512<T>.Count, k = 0;
            for (; k + width <= n; k += width) Bend<TRelu>(Vector512.Load(z + k) + Vector512.Load(y + k)).Store(y + k);
            if (k < n) Tail.Store(Bend<TRelu>(Tail.Load(z + k, n - k, default) + Tail.Load(y + k, n - k, default)), y + k, n - k);
        }

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        static Vector512<T> Bend<TRelu>(Vector512<T> x) where TRelu : struct, IFlag => TRelu.Value
            ? Vector512.ConditionalSelect(Vector512.LessThanOrEqual(x, Vector512<T>.Zero), Vector512<T>.Zero, x)
            : VectorMath.Tanh(x);
    }

    readonly struct BackwardRows<T>(RecurrentSteps<T> layer, PackedFactor<T> weight, bool relu, T* dy, T* y, T* dz, T* dh) : ISequences
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        public void Run(int start, int count)
        {
            nint first = (nint)start * layer.Hidden;
            for (int s = layer.Times - 1; s >= 0; s--)
            {
                nint at = layer.Row(layer.Time(s), start);
                if (relu) Step<Yes>(y + at, dy + at, dh + first, dz + at, (nuint)count * (nuint)layer.Hidden);
                else Step<No>(y + at, dy + at, dh + first, dz + at, (nuint)count * (nuint)layer.Hidden);
                weight.Multiply(dz + at, count, dh + first);
            }
        }

        [MethodImpl(Jit.Loop)]
        static void Step<TRelu>(T* y, T* dy, T* dh, T* dz, nuint n) where TRelu : struct, IFlag
        {
            nuint width = (nuint)Vector512<T>.Count, k = 0;
            for (; k + width <= n; k += width) Slope<TRelu>(Vector512.Load(y + k), Vector512.Load(dh + k) + Vector512.Load(dy + k)).Store(dz + k);
            if (k == n) return;
            Vector512<T> up = Tail.Load(dh + k, n - k, default) + Tail.Load(dy + k, n - k, default);
            Tail.Store(Slope<TRelu>(Tail.Load(y + k, n - k, default), up), dz + k, n - k);
        }

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        static Vector512<T> Slope<TRelu>(Vector512<T> y, Vector512<T> up) where TRelu : struct, IFlag => TRelu.Value
            ? Vector512.ConditionalSelect(Vector512.LessThanOrEqual(y, Vector512<T>.Zero), Vector512<T>.Zero, up)
            : up * (Vector512<T>.One - (y * y));
    }
}
