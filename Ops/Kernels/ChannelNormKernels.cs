using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Autograd.Kernels;

/// <summary>
/// Normalisation of the channels of [outer, channels, inner]: statistics over outer and inner. The work is cut by channels:
/// one at a time where inner is above 1, a vector of them where it is 1. Sums are blocked, so long ones stay accurate.
/// </summary>
static unsafe class ChannelNormKernels
{
    const int RowBlock = 64;

    /// <summary>The mean and the biased variance of every channel.</summary>
    public static void Statistics<T>(ReadOnlySpan<T> x, int outer, int channels, int inner, Span<T> mean, Span<T> variance) where T : unmanaged, IFloatingPointIeee754<T>
    {
        fixed (T* px = x, pm = mean, pv = variance)
        {
            Split(new StatisticsPart<T>(px, outer, channels, inner, pm, pv), outer, channels, inner, Vector512<T>.Count);
        }
    }

    /// <summary>y = (x − mean)·factor + offset, with one number of each a channel.</summary>
    public static void Transform<T>(ReadOnlySpan<T> x, int outer, int channels, int inner, ReadOnlySpan<T> mean, ReadOnlySpan<T> factor, ReadOnlySpan<T> offset, Span<T> y)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        fixed (T* px = x, pm = mean, pf = factor, po = offset, py = y)
        {
            Split(new TransformPart<T>(px, outer, channels, inner, pm, pf, po, py), outer, channels, inner, Vector512<T>.Count);
        }
    }

    /// <summary>Σ dy and Σ dy·(x − mean)·scale of every channel.</summary>
    public static void Sums<T>(
        ReadOnlySpan<T> dy, ReadOnlySpan<T> x, int outer, int channels, int inner, ReadOnlySpan<T> mean, ReadOnlySpan<T> scale, Span<T> sums, Span<T> dots)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        fixed (T* pdy = dy, px = x, pm = mean, ps = scale, pa = sums, pd = dots)
        {
            Split(new SumsPart<T>(pdy, px, outer, channels, inner, pm, ps, pa, pd), outer, channels, inner, Vector512<T>.Count);
        }
    }

    /// <summary>dx = factor·(dy − sums/count − (x − mean)·scale·dots/count); added unless fresh.</summary>
    public static void Backward<T>(
        ReadOnlySpan<T> dy, ReadOnlySpan<T> x, int outer, int channels, int inner, ReadOnlySpan<T> mean, ReadOnlySpan<T> scale, ReadOnlySpan<T> factor,
        ReadOnlySpan<T> sums, ReadOnlySpan<T> dots, Span<T> dx, bool fresh) where T : unmanaged, IFloatingPointIeee754<T>
    {
        fixed (T* pdy = dy, px = x, pm = mean, ps = scale, pf = factor, pa = sums, pd = dots, pdx = dx)
        {
            Split(new BackwardPart<T>(pdy, px, outer, channels, inner, pm, ps, pf, pa, pd, pdx, fresh), outer, channels, inner, Vector512<T>.Count);
        }
    }

    static void Split<TBody>(TBody body, int outer, int channels, int inner, int width) where TBody : struct, IChunk
    {
        int parts = inner > 1 ? channels : (channels + width - 1) / width;
        if ((long)outer * channels * inner < 1 << 14)
        {
            for (int i = 0; i < parts; i++) body.Run(i);
        }
        else WorkerPool.For(parts, body);
    }

    /// <summary>Where a part's elements lie: runs of Length from First on, Stride apart; a run is read in vectors.</summary>
    readonly ref struct Place
    {
        public readonly nint First, Stride;
        public readonly nuint Length;
        public readonly int Channel;

        public Place(int part, int channels, int inner, int width)
        {
            Stride = (nint)channels * inner;
            Channel = inner > 1 ? part : part * width;
            First = (nint)Channel * inner;
            Length = inner > 1 ? (nuint)inner : (nuint)Math.Min(width, channels - Channel);
        }
    }

    /// <summary>A channel's number in every lane, or those of a vector of channels.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static Vector512<T> Number<T>(T* values, Place place, int inner) where T : unmanaged =>
        inner > 1 ? Vector512.Create(values[place.Channel]) : Tail.Load(values + place.Channel, place.Length, default);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static void Put<T>(Vector512<T> sum, T* values, Place place, int inner) where T : unmanaged, INumber<T>
    {
        if (inner > 1) values[place.Channel] = LaneFold.Across<T, Adding<T>>(sum);
        else Tail.Store(sum, values + place.Channel, place.Length);
    }

    readonly struct StatisticsPart<T>(T* x, int outer, int channels, int inner, T* mean, T* variance) : IChunk where T : unmanaged, IFloatingPointIeee754<T>
    {
        public void Run(int part)
        {
            Place place = new(part, channels, inner, Vector512<T>.Count);
            T count = T.CreateTruncating((double)outer * inner);
            Put(Sum(place, default, square: false) / Vector512.Create(count), mean, place, inner);
            Put(Sum(place, Number(mean, place, inner), square: true) / Vector512.Create(count), variance, place, inner);
        }

        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        Vector512<T> Sum(Place place, Vector512<T> middle, bool square)
        {
            nuint width = (nuint)Vector512<T>.Count;
            Vector512<T> total = default, sum = default;
            for (int o = 0; o < outer; o++)
            {
                T* run = x + place.First + (o * place.Stride);
                for (nuint i = 0; i < place.Length; i += width)
                {
                    Vector512<T> v = Tail.Load(run + i, Math.Min(width, place.Length - i), middle) - middle;
                    sum += square ? v * v : v;
                }
                if (inner == 1 && (o + 1) % RowBlock != 0) continue;
                total += sum;
                sum = default;
            }
            return total + sum;
        }
    }

    readonly struct TransformPart<T>(T* x, int outer, int channels, int inner, T* mean, T* factor, T* offset, T* y) : IChunk where T : unmanaged, IFloatingPointIeee754<T>
    {
        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        public void Run(int part)
        {
            Place place = new(part, channels, inner, Vector512<T>.Count);
            nuint width = (nuint)Vector512<T>.Count;
            Vector512<T> m = Number(mean, place, inner), f = Number(factor, place, inner), b = Number(offset, place, inner);
            for (int o = 0; o < outer; o++)
            {
                nint start = place.First + (o * place.Stride);
                for (nuint i = 0; i < place.Length; i += width)
                {
                    nuint left = Math.Min(width, place.Length - i);
                    Tail.Store(((Tail.Load(x + start + i, left, default) - m) * f) + b, y + start + i, left);
                }
            }
        }
    }

    readonly struct SumsPart<T>(T* dy, T* x, int outer, int channels, int inner, T* mean, T* scale, T* sums, T* dots) : IChunk where T : unmanaged, IFloatingPointIeee754<T>
    {
        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        public void Run(int part)
        {
            Place place = new(part, channels, inner, Vector512<T>.Count);
            nuint width = (nuint)Vector512<T>.Count;
            Vector512<T> m = Number(mean, place, inner), s = Number(scale, place, inner), allSums = default, allDots = default, sum = default, dot = default;
            for (int o = 0; o < outer; o++)
            {
                nint start = place.First + (o * place.Stride);
                for (nuint i = 0; i < place.Length; i += width)
                {
                    nuint left = Math.Min(width, place.Length - i);
                    Vector512<T> g = Tail.Load(dy + start + i, left, default);
                    sum += g;
                    dot += g * (Tail.Load(x + start + i, left, m) - m);
                }
                if (inner == 1 && (o + 1) % RowBlock != 0) continue;
                (allSums, allDots) = (allSums + sum, allDots + dot);
                (sum, dot) = (default, default);
            }
            Put(allSums + sum, sums, place, inner);
            Put((allDots + dot) * s, dots, place, inner);
        }
    }

    readonly struct BackwardPart<T>(
        T* dy, T* x, int outer, int channels, int inner, T* mean, T* scale, T* factor, T* sums, T* dots, T* dx, bool fresh) : IChunk
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        public void Run(int part)
        {
            Place place = new(part, channels, inner, Vector512<T>.Count);
            nuint width = (nuint)Vector512<T>.Count;
            Vector512<T> count = Vector512.Create(T.CreateTruncating((double)outer * inner));
            Vector512<T> m = Number(mean, place, inner), f = Number(factor, place, inner), a = Number(sums, place, inner) / count;
            Vector512<T> d = Number(dots, place, inner) * Number(scale, place, inner) / count;
            for (int o = 0; o < outer; o++)
            {
                nint start = place.First + (o * place.Stride);
                for (nuint i = 0; i < place.Length; i += width)
                {
                    nuint left = Math.Min(width, place.Length - i);
                    Vector512<T> slope = f * (Tail.Load(dy + start + i, left, default) - a - ((Tail.Load(x + start + i, left, m) - m) * d));
                    Tail.Store(fresh ? slope : Tail.Load(dx + start + i, left, default) + slope, dx + start + i, left);
                }
            }
        }
    }
}
