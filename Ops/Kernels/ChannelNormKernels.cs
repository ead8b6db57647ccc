using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Autograd.Kernels;

/// <summary>
/// Normalisation of the channels of [outer, channels, inner]: statistics over outer and inner. The work is cut by channels: one at a time where inner
/// is above 1, a vector of them where it is 1. A channel is read several times in a row, while it is in the cache. Sums are blocked, so long ones stay accurate.
/// </summary>
static unsafe class ChannelNormKernels
{
    const int RowBlock = 64;

    /// <summary>y = (x − mean)·scale·weight + bias; keeps the mean, the biased variance and the scale 1/√(variance + epsilon) of each channel.</summary>
    /// <param name="x">[outer, channels, inner].</param>
    /// <param name="inner">Elements between two channels.</param>
    /// <param name="weight">One a channel, or empty.</param>
    /// <param name="bias">One a channel, or empty.</param>
    /// <param name="epsilon">Added to the variance.</param>
    /// <param name="mean">One a channel.</param>
    /// <param name="variance">One a channel.</param>
    /// <param name="scale">One a channel.</param>
    /// <param name="y">The result.</param>
    public static void Forward<T>(
        ReadOnlySpan<T> x, int inner, ReadOnlySpan<T> weight, ReadOnlySpan<T> bias, double epsilon, Span<T> mean, Span<T> variance, Span<T> scale, Span<T> y)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        Layout layout = new(x.Length, mean.Length, inner, Vector512<T>.Count);
        fixed (T* px = x, pw = weight, pb = bias, pm = mean, pv = variance, ps = scale, py = y)
        {
            Split(layout, new ForwardPart<T>(layout, px, weight.IsEmpty ? null : pw, bias.IsEmpty ? null : pb, T.CreateTruncating(epsilon), pm, pv, ps, py));
        }
    }

    /// <summary>sums = Σ dy and dots = Σ dy·x̂ of each channel, where x̂ = (x − mean)·scale; dx = scale·weight·(dy − sums/count − x̂·dots/count).</summary>
    /// <param name="dy">The upstream gradient.</param>
    /// <param name="x">[outer, channels, inner].</param>
    /// <param name="inner">Elements between two channels.</param>
    /// <param name="weight">One a channel, or empty.</param>
    /// <param name="mean">One a channel.</param>
    /// <param name="scale">One a channel.</param>
    /// <param name="sums">One a channel.</param>
    /// <param name="dots">One a channel.</param>
    /// <param name="dx">The gradient of x, or empty if it is not wanted.</param>
    /// <param name="fresh">Whether dx is overwritten.</param>
    public static void Backward<T>(
        ReadOnlySpan<T> dy, ReadOnlySpan<T> x, int inner, ReadOnlySpan<T> weight, ReadOnlySpan<T> mean, ReadOnlySpan<T> scale,
        Span<T> sums, Span<T> dots, Span<T> dx, bool fresh) where T : unmanaged, IFloatingPointIeee754<T>
    {
        Layout layout = new(x.Length, mean.Length, inner, Vector512<T>.Count);
        fixed (T* pdy = dy, px = x, pw = weight, pm = mean, ps = scale, pa = sums, pd = dots, pdx = dx)
        {
            Split(layout, new BackwardPart<T>(layout, pdy, px, weight.IsEmpty ? null : pw, pm, ps, pa, pd, dx.IsEmpty ? null : pdx, fresh));
        }
    }

    /// <summary>Asks for four vectors of the channel's next run, which begins in another page, where the processor does not look ahead.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static void Ahead<T>(T* next) where T : unmanaged
    {
        if (!Sse.IsSupported) return;
        for (int i = 0; i < 4; i++) Sse.Prefetch1(next + (i * Vector512<T>.Count));
    }

    static void Split<TBody>(Layout layout, TBody body) where TBody : struct, IChunk
    {
        if (layout.Elements >= 1 << 14)
        {
            WorkerPool.For(layout.Parts, body);
            return;
        }
        for (int i = 0; i < layout.Parts; i++) body.Run(i);
    }

    /// <summary>The sizes of [outer, channels, inner].</summary>
    readonly struct Layout(int elements, int channels, int inner, int width)
    {
        public readonly int Elements = elements, Inner = inner, Channels = channels, Outer = channels * inner == 0 ? 0 : elements / (channels * inner);

        public int Parts => Inner > 1 ? Channels : (Channels + width - 1) / width;

        /// <summary>Values of one channel.</summary>
        public double Count => (double)Outer * Inner;
    }

    /// <summary>Where a part's elements lie: runs of Length from First on, Stride apart; a run is read in vectors.</summary>
    readonly ref struct Place
    {
        public readonly nint First, Stride;
        public readonly nuint Length;
        public readonly int Channel;
        readonly bool _single;

        public Place(int part, Layout layout, int width)
        {
            _single = layout.Inner > 1;
            Stride = (nint)layout.Channels * layout.Inner;
            Channel = _single ? part : part * width;
            First = (nint)Channel * layout.Inner;
            Length = _single ? (nuint)layout.Inner : (nuint)Math.Min(width, layout.Channels - Channel);
        }

        /// <summary>A channel's number in every lane, or those of a vector of channels.</summary>
        public Vector512<T> Number<T>(T* values) where T : unmanaged =>
            _single ? Vector512.Create(values[Channel]) : Tail.Load(values + Channel, Length, default);

        /// <summary>The opposite of <see cref="Number"/>.</summary>
        public void Put<T>(Vector512<T> numbers, T* values) where T : unmanaged
        {
            if (_single) values[Channel] = numbers[0];
            else Tail.Store(numbers, values + Channel, Length);
        }

        /// <summary>The sums of the channels from those of the lanes.</summary>
        public Vector512<T> Total<T>(Vector512<T> sums) where T : unmanaged, INumber<T> => _single ? Vector512.Create(LaneFold.Across<T, Adding<T>>(sums)) : sums;

        /// <summary>Whether the sums of the lanes are added up after run o.</summary>
        public bool Ends(int o) => _single || (o + 1) % RowBlock == 0;
    }

    readonly struct ForwardPart<T>(Layout layout, T* x, T* weight, T* bias, T epsilon, T* mean, T* variance, T* scale, T* y) : IChunk
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        public void Run(int part)
        {
            Place place = new(part, layout, Vector512<T>.Count);
            Vector512<T> count = Vector512.Create(T.CreateTruncating(layout.Count));
            Vector512<T> m = place.Total(Sum<No>(place, default)) / count, v = place.Total(Sum<Yes>(place, m)) / count;
            Vector512<T> s = Vector512<T>.One / Vector512.Sqrt(v + Vector512.Create(epsilon));
            place.Put(m, mean);
            place.Put(v, variance);
            place.Put(s, scale);
            Transform(place, m, weight is null ? s : s * place.Number(weight), bias is null ? default : place.Number(bias));
        }

        /// <summary>Σ (x − middle), or of the squares.</summary>
        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        Vector512<T> Sum<TSquare>(Place place, Vector512<T> middle) where TSquare : struct, IFlag
        {
            nuint width = (nuint)Vector512<T>.Count, n = place.Length;
            Vector512<T> total = default, s0 = default, s1 = default, s2 = default, s3 = default;
            for (int o = 0; o < layout.Outer; o++)
            {
                T* run = x + place.First + (o * place.Stride);
                nuint i = 0;
                for (; i + (4 * width) <= n; i += 4 * width)
                {
                    if (!TSquare.Value) Ahead(run + place.Stride + i);
                    s0 += Term<TSquare>(Vector512.Load(run + i) - middle);
                    s1 += Term<TSquare>(Vector512.Load(run + i + width) - middle);
                    s2 += Term<TSquare>(Vector512.Load(run + i + (2 * width)) - middle);
                    s3 += Term<TSquare>(Vector512.Load(run + i + (3 * width)) - middle);
                }
                for (; i + width <= n; i += width) s0 += Term<TSquare>(Vector512.Load(run + i) - middle);
                if (i < n) s1 += Term<TSquare>(Tail.Load(run + i, n - i, middle) - middle);
                if (!place.Ends(o)) continue;
                total += s0 + s1 + (s2 + s3);
                s0 = s1 = s2 = s3 = default;
            }
            return total + (s0 + s1);
        }

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        static Vector512<T> Term<TSquare>(Vector512<T> d) where TSquare : struct, IFlag => TSquare.Value ? d * d : d;

        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        void Transform(Place place, Vector512<T> m, Vector512<T> f, Vector512<T> b)
        {
            nuint width = (nuint)Vector512<T>.Count, n = place.Length;
            for (int o = 0; o < layout.Outer; o++)
            {
                nint start = place.First + (o * place.Stride);
                T* from = x + start, to = y + start;
                nuint i = 0;
                for (; i + width <= n; i += width) (((Vector512.Load(from + i) - m) * f) + b).Store(to + i);
                if (i < n) Tail.Store(((Tail.Load(from + i, n - i, default) - m) * f) + b, to + i, n - i);
            }
        }
    }

    readonly struct BackwardPart<T>(Layout layout, T* dy, T* x, T* weight, T* mean, T* scale, T* sums, T* dots, T* dx, bool fresh) : IChunk
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        public void Run(int part)
        {
            Place place = new(part, layout, Vector512<T>.Count);
            Vector512<T> count = Vector512.Create(T.CreateTruncating(layout.Count));
            Vector512<T> m = place.Number(mean), s = place.Number(scale);
            Sums(place, m, out Vector512<T> sum, out Vector512<T> dot);
            (sum, dot) = (place.Total(sum), place.Total(dot) * s);
            place.Put(sum, sums);
            place.Put(dot, dots);
            if (dx is null) return;
            Vector512<T> factor = weight is null ? s : place.Number(weight) * s;
            if (fresh) Slopes<Yes>(place, m, factor, sum / count, dot * s / count);
            else Slopes<No>(place, m, factor, sum / count, dot * s / count);
        }

        /// <summary>Σ dy and Σ dy·(x − m).</summary>
        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        void Sums(Place place, Vector512<T> m, out Vector512<T> sum, out Vector512<T> dot)
        {
            nuint width = (nuint)Vector512<T>.Count, n = place.Length;
            Vector512<T> allSums = default, allDots = default, s0 = default, s1 = default, d0 = default, d1 = default, d2 = default, d3 = default;
            for (int o = 0; o < layout.Outer; o++)
            {
                nint start = place.First + (o * place.Stride);
                T* from = x + start, upstream = dy + start;
                nuint i = 0;
                for (; i + (4 * width) <= n; i += 4 * width)
                {
                    Ahead(from + place.Stride + i);
                    Ahead(upstream + place.Stride + i);
                    Vector512<T> g0 = Vector512.Load(upstream + i), g1 = Vector512.Load(upstream + i + width);
                    Vector512<T> g2 = Vector512.Load(upstream + i + (2 * width)), g3 = Vector512.Load(upstream + i + (3 * width));
                    s0 += g0 + g1;
                    s1 += g2 + g3;
                    d0 += g0 * (Vector512.Load(from + i) - m);
                    d1 += g1 * (Vector512.Load(from + i + width) - m);
                    d2 += g2 * (Vector512.Load(from + i + (2 * width)) - m);
                    d3 += g3 * (Vector512.Load(from + i + (3 * width)) - m);
                }
                for (; i < n; i += width)
                {
                    nuint left = Math.Min(width, n - i);
                    Vector512<T> g = Tail.Load(upstream + i, left, default);
                    s0 += g;
                    d0 += g * (Tail.Load(from + i, left, m) - m);
                }
                if (!place.Ends(o)) continue;
                allSums += s0 + s1;
                allDots += d0 + d1 + (d2 + d3);
                s0 = s1 = d0 = d1 = d2 = d3 = default;
            }
            (sum, dot) = (allSums + s0, allDots + d0);
        }

        /// <summary>dx (+)= f·(dy − a − (x − m)·d).</summary>
        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        void Slopes<TFresh>(Place place, Vector512<T> m, Vector512<T> f, Vector512<T> a, Vector512<T> d) where TFresh : struct, IFlag
        {
            nuint width = (nuint)Vector512<T>.Count, n = place.Length;
            for (int o = 0; o < layout.Outer; o++)
            {
                nint start = place.First + (o * place.Stride);
                T* from = x + start, upstream = dy + start, to = dx + start;
                nuint i = 0;
                for (; i + width <= n; i += width)
                {
                    Vector512<T> slope = f * (Vector512.Load(upstream + i) - a - ((Vector512.Load(from + i) - m) * d));
                    (TFresh.Value ? slope : Vector512.Load(to + i) + slope).Store(to + i);
                }
                if (i == n) continue;
                Vector512<T> last = f * (Tail.Load(upstream + i, n - i, default) - a - ((Tail.Load(from + i, n - i, m) - m) * d));
                Tail.Store(TFresh.Value ? last : Tail.Load(to + i, n - i, default) + last, to + i, n - i);
            }
        }
    }
}
