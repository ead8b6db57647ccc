using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Autograd.Kernels;

/// <summary>
/// Normalisation of the channels of [outer, channels, inner]: statistics over outer and inner. The work is cut by channels: one at a time where inner
/// is above 1, some vectors of them where it is 1. A channel is read several times in a row, while it is in the cache. Sums are blocked, so long ones stay accurate.
/// A rectifier and a pooling that follow need no pass of their own: what they do to the gradient is computed again from x, which is read anyway.
/// </summary>
static unsafe partial class ChannelNormKernels
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
    /// <param name="relu">Whether y is rectified.</param>
    /// <param name="windows">The pooling of y by windows of 2 × 2, if it is pooled.</param>
    /// <param name="y">The result, rectified and pooled as told.</param>
    /// <param name="indices">Positions in the plane, where it is pooled.</param>
    public static void Forward<T>(
        ReadOnlySpan<T> x, int inner, ReadOnlySpan<T> weight, ReadOnlySpan<T> bias, double epsilon, Span<T> mean, Span<T> variance, Span<T> scale,
        bool relu, Pool2dGeometry? windows, Span<T> y, Span<int> indices) where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        Layout layout = new(x.Length, mean.Length, inner, Vector512<T>.Count);
        fixed (T* px = x, pw = weight, pb = bias, pm = mean, pv = variance, ps = scale, py = y)
        fixed (int* pi = indices)
        {
            PoolKernels.Halving<T> pool = windows is { } g ? new(g, relu, py, pi) : default;
            PoolKernels.Halving<T>* pooling = windows is null ? null : &pool;
            Split(layout, new ForwardPart<T>(layout, px, weight.IsEmpty ? null : pw, bias.IsEmpty ? null : pb, T.CreateTruncating(epsilon), pm, pv, ps, py, relu, pooling));
        }
    }

    /// <summary>sums = Σ dy and dots = Σ dy·x̂ of each channel, where x̂ = (x − mean)·scale; dx = scale·weight·(dy − sums/count − x̂·dots/count).</summary>
    /// <param name="dy">The upstream gradient, of the rectified and pooled result where it is such; here and above, dy is 0 where that drops a number.</param>
    /// <param name="x">[outer, channels, inner].</param>
    /// <param name="inner">Elements between two channels.</param>
    /// <param name="weight">One a channel, or empty.</param>
    /// <param name="bias">One a channel, or empty; only needed where the result is rectified.</param>
    /// <param name="mean">One a channel.</param>
    /// <param name="scale">One a channel.</param>
    /// <param name="relu">Whether the result is rectified.</param>
    /// <param name="windows">Its pooling, if it is pooled.</param>
    /// <param name="indices">Positions in the plane, where it is pooled.</param>
    /// <param name="sums">One a channel.</param>
    /// <param name="dots">One a channel.</param>
    /// <param name="dx">The gradient of x, or empty if it is not wanted.</param>
    /// <param name="fresh">Whether dx is overwritten.</param>
    public static void Backward<T>(
        ReadOnlySpan<T> dy, ReadOnlySpan<T> x, int inner, ReadOnlySpan<T> weight, ReadOnlySpan<T> bias, ReadOnlySpan<T> mean, ReadOnlySpan<T> scale,
        bool relu, Pool2dGeometry? windows, ReadOnlySpan<int> indices, Span<T> sums, Span<T> dots, Span<T> dx, bool fresh) where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        Layout layout = new(x.Length, mean.Length, inner, Vector512<T>.Count);
        fixed (T* pdy = dy, px = x, pw = weight, pb = bias, pm = mean, ps = scale, pa = sums, pd = dots, pdx = dx)
        fixed (int* pi = indices)
        {
            PoolKernels.Halving<T> pool = windows is { } g ? new(g, relu, pdy, pi) : default;
            PoolKernels.Halving<T>* pooling = windows is null ? null : &pool;
            BackwardPart<T> part = new(layout, pdy, px, weight.IsEmpty ? null : pw, bias.IsEmpty ? null : pb, pm, ps, pa, pd, dx.IsEmpty ? null : pdx, fresh, pooling);
            if (relu && windows is null) Split(layout, new RectifiedBackward<T>(part));
            else Split(layout, part);
        }
    }

    /// <summary>Asks for four vectors of the channel's next run, which begins in another page, where the processor does not look ahead.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static void Ahead<T>(T* next) where T : unmanaged
    {
        if (!Sse.IsSupported) return;
        for (int i = 0; i < 4; i++) Sse.Prefetch1(next + (i * Vector512<T>.Count));
    }

    static void Split<TBody>(Layout layout, TBody body) where TBody : struct, IParallelWork
    {
        if (layout.Elements >= 1 << 14)
        {
            Parallelism.Run(layout.Parts, body);
            return;
        }
        for (int i = 0; i < layout.Parts; i++) body.Run(i);
    }

    /// <summary>The sizes of [outer, channels, inner].</summary>
    readonly struct Layout(int elements, int channels, int inner, int width)
    {
        public readonly int Elements = elements, Inner = inner, Channels = channels, Outer = channels * inner == 0 ? 0 : elements / (channels * inner);

        /// <summary>Panels of several vectors of channels, which come first; none where threads would go without one.</summary>
        public readonly int Panels = inner > 1 || channels / (PanelVectors * width) < Parallelism.Threads ? 0 : channels / (PanelVectors * width);

        public int Parts => Inner > 1 ? Channels : Panels + ((Channels + width - 1) / width) - (Panels * PanelVectors);

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
            Channel = _single ? part : (part + (layout.Panels * (PanelVectors - 1))) * width;
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

    readonly partial struct ForwardPart<T>(
        Layout layout, T* x, T* weight, T* bias, T epsilon, T* mean, T* variance, T* scale, T* y, bool relu, PoolKernels.Halving<T>* pool) : IParallelWork
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        public void Run(int part)
        {
            if (part < layout.Panels)
            {
                RunPanel(part * PanelVectors * Vector512<T>.Count);
                return;
            }
            Place place = new(part, layout, Vector512<T>.Count);
            Vector512<T> count = Vector512.Create(T.CreateTruncating(layout.Count));
            Vector512<T> m = place.Total(Sum<No>(place, default)) / count, v = place.Total(Sum<Yes>(place, m)) / count;
            Vector512<T> s = Vector512<T>.One / Vector512.Sqrt(v + Vector512.Create(epsilon));
            place.Put(m, mean);
            place.Put(v, variance);
            place.Put(s, scale);
            Vector512<T> f = weight is null ? s : s * place.Number(weight), b = bias is null ? default : place.Number(bias);
            // What is pooled is rectified there.
            if (pool is not null) Pool(place, m, f, b);
            else if (relu) Transform<Yes>(place, 0, layout.Outer, y + place.First, m, f, b);
            else Transform<No>(place, 0, layout.Outer, y + place.First, m, f, b);
        }

        /// <summary>Σ (x − middle), or of the squares.</summary>
        [MethodImpl(Jit.Loop)]
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

        void Pool(Place place, Vector512<T> m, Vector512<T> f, Vector512<T> b)
        {
            T* plane = ConvScratch.Rent<T>(ScratchSlot.Image, layout.Inner);
            for (int o = 0; o < layout.Outer; o++)
            {
                Transform<No>(place, o, o + 1, plane, m, f, b);
                pool->Choose(plane, (o * layout.Channels) + place.Channel);
            }
        }

        /// <summary>Some runs, the first of them to <paramref name="to"/>.</summary>
        [MethodImpl(Jit.Loop)]
        void Transform<TRelu>(Place place, int first, int end, T* to, Vector512<T> m, Vector512<T> f, Vector512<T> b) where TRelu : struct, IFlag
        {
            nuint width = (nuint)Vector512<T>.Count, n = place.Length;
            T* from = x + place.First + (first * place.Stride);
            for (int o = first; o < end; o++, from += place.Stride, to += place.Stride)
            {
                nuint i = 0;
                for (; i + width <= n; i += width) End<TRelu>(((Vector512.Load(from + i) - m) * f) + b).Store(to + i);
                if (i < n) Tail.Store(End<TRelu>(((Tail.Load(from + i, n - i, default) - m) * f) + b), to + i, n - i);
            }
        }

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        static Vector512<T> End<TRelu>(Vector512<T> v) where TRelu : struct, IFlag => TRelu.Value ? Where(v, v) : v;
    }

    /// <summary>The lanes of v that a rectifier of y passes on, 0 in the others: it passes NaN.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static Vector512<T> Where<T>(Vector512<T> y, Vector512<T> v) where T : unmanaged =>
        Vector512.ConditionalSelect(Vector512.LessThanOrEqual(y, Vector512<T>.Zero), Vector512<T>.Zero, v);

    /// <summary>A <see cref="BackwardPart{T}"/> of a rectified result.</summary>
    readonly struct RectifiedBackward<T>(BackwardPart<T> part) : IParallelWork where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        public void Run(int chunk) => part.Run<Yes>(chunk);
    }

    readonly partial struct BackwardPart<T>(
        Layout layout, T* dy, T* x, T* weight, T* bias, T* mean, T* scale, T* sums, T* dots, T* dx, bool fresh, PoolKernels.Halving<T>* pool) : IParallelWork
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        public void Run(int part) => Run<No>(part);

        public void Run<TRelu>(int part) where TRelu : struct, IFlag
        {
            if (part < layout.Panels)
            {
                for (int v = 0; v < PanelVectors; v += 2) RunPair<TRelu>(((part * PanelVectors) + v) * Vector512<T>.Count);
                return;
            }
            Place place = new(part, layout, Vector512<T>.Count);
            Vector512<T> count = Vector512.Create(T.CreateTruncating(layout.Count));
            Vector512<T> m = place.Number(mean), s = place.Number(scale), f = weight is null ? s : place.Number(weight) * s, b = bias is null ? default : place.Number(bias);
            Sums<TRelu>(place, m, f, b, out Vector512<T> sum, out Vector512<T> dot);
            (sum, dot) = (place.Total(sum), place.Total(dot) * s);
            place.Put(sum, sums);
            place.Put(dot, dots);
            if (dx is null) return;
            if (fresh) Slopes<TRelu, Yes>(place, m, f, b, sum / count, dot * s / count);
            else Slopes<TRelu, No>(place, m, f, b, sum / count, dot * s / count);
        }

        // The loops are methods of their own: a call among them would keep every vector in memory.
        void Sums<TRelu>(Place place, Vector512<T> m, Vector512<T> f, Vector512<T> b, out Vector512<T> sum, out Vector512<T> dot) where TRelu : struct, IFlag
        {
            if (pool is null)
            {
                SumRuns<TRelu>(place, 0, layout.Outer, dy + place.First, m, f, b, out sum, out dot);
                return;
            }
            T* plane = ConvScratch.Rent<T>(ScratchSlot.Image, layout.Inner);
            (sum, dot) = (default, default);
            for (int o = 0; o < layout.Outer; o++)
            {
                pool->Spread((o * layout.Channels) + place.Channel, plane);
                SumRuns<TRelu>(place, o, o + 1, plane, m, f, b, out Vector512<T> runSum, out Vector512<T> runDot);
                (sum, dot) = (sum + runSum, dot + runDot);
            }
        }

        void Slopes<TRelu, TFresh>(Place place, Vector512<T> m, Vector512<T> f, Vector512<T> b, Vector512<T> a, Vector512<T> d) where TRelu : struct, IFlag where TFresh : struct, IFlag
        {
            if (pool is null)
            {
                RunSlopes<TRelu, TFresh>(place, 0, layout.Outer, dy + place.First, m, f, b, a, d);
                return;
            }
            T* plane = ConvScratch.Rent<T>(ScratchSlot.Image, layout.Inner);
            for (int o = 0; o < layout.Outer; o++)
            {
                pool->Spread((o * layout.Channels) + place.Channel, plane);
                RunSlopes<TRelu, TFresh>(place, o, o + 1, plane, m, f, b, a, d);
            }
        }

        /// <summary>g, or what a rectifier of (x − m)·f + b leaves of it.</summary>
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        static Vector512<T> Kept<TRelu>(Vector512<T> g, Vector512<T> deviation, Vector512<T> f, Vector512<T> b) where TRelu : struct, IFlag =>
            TRelu.Value ? Where((deviation * f) + b, g) : g;

        /// <summary>Σ dy and Σ dy·(x − m) of some runs, whose dy begins at <paramref name="upstream"/>.</summary>
        [MethodImpl(Jit.Loop)]
        void SumRuns<TRelu>(Place place, int first, int end, T* upstream, Vector512<T> m, Vector512<T> f, Vector512<T> b, out Vector512<T> sum, out Vector512<T> dot)
            where TRelu : struct, IFlag
        {
            nuint width = (nuint)Vector512<T>.Count, n = place.Length;
            T* from = x + place.First + (first * place.Stride);
            Vector512<T> allSums = default, allDots = default, s0 = default, s1 = default, d0 = default, d1 = default, d2 = default, d3 = default;
            for (int o = first; o < end; o++, from += place.Stride, upstream += place.Stride)
            {
                nuint i = 0;
                for (; i + (4 * width) <= n; i += 4 * width)
                {
                    Ahead(from + place.Stride + i);
                    Ahead(upstream + place.Stride + i);
                    Vector512<T> x0 = Vector512.Load(from + i) - m, x1 = Vector512.Load(from + i + width) - m;
                    Vector512<T> x2 = Vector512.Load(from + i + (2 * width)) - m, x3 = Vector512.Load(from + i + (3 * width)) - m;
                    Vector512<T> g0 = Kept<TRelu>(Vector512.Load(upstream + i), x0, f, b), g1 = Kept<TRelu>(Vector512.Load(upstream + i + width), x1, f, b);
                    Vector512<T> g2 = Kept<TRelu>(Vector512.Load(upstream + i + (2 * width)), x2, f, b), g3 = Kept<TRelu>(Vector512.Load(upstream + i + (3 * width)), x3, f, b);
                    s0 += g0 + g1;
                    s1 += g2 + g3;
                    d0 += g0 * x0;
                    d1 += g1 * x1;
                    d2 += g2 * x2;
                    d3 += g3 * x3;
                }
                for (; i < n; i += width)
                {
                    nuint left = Math.Min(width, n - i);
                    Vector512<T> deviation = Tail.Load(from + i, left, m) - m, g = Kept<TRelu>(Tail.Load(upstream + i, left, default), deviation, f, b);
                    s0 += g;
                    d0 += g * deviation;
                }
                if (!place.Ends(o)) continue;
                allSums += s0 + s1;
                allDots += d0 + d1 + (d2 + d3);
                s0 = s1 = d0 = d1 = d2 = d3 = default;
            }
            (sum, dot) = (allSums + s0, allDots + d0);
        }

        /// <summary>dx (+)= f·(dy − a − (x − m)·d) in some runs.</summary>
        [MethodImpl(Jit.Loop)]
        void RunSlopes<TRelu, TFresh>(
            Place place, int first, int end, T* upstream, Vector512<T> m, Vector512<T> f, Vector512<T> b, Vector512<T> a, Vector512<T> d)
            where TRelu : struct, IFlag where TFresh : struct, IFlag
        {
            nuint width = (nuint)Vector512<T>.Count, n = place.Length;
            nint start = place.First + (first * place.Stride);
            T* from = x + start, to = dx + start;
            for (int o = first; o < end; o++, from += place.Stride, upstream += place.Stride, to += place.Stride)
            {
                nuint i = 0;
                for (; i + width <= n; i += width)
                {
                    Vector512<T> deviation = Vector512.Load(from + i) - m;
                    Vector512<T> slope = f * (Kept<TRelu>(Vector512.Load(upstream + i), deviation, f, b) - a - (deviation * d));
                    (TFresh.Value ? slope : Vector512.Load(to + i) + slope).Store(to + i);
                }
                if (i == n) continue;
                Vector512<T> rest = Tail.Load(from + i, n - i, m) - m;
                Vector512<T> last = f * (Kept<TRelu>(Tail.Load(upstream + i, n - i, default), rest, f, b) - a - (rest * d));
                Tail.Store(TFresh.Value ? last : Tail.Load(to + i, n - i, default) + last, to + i, n - i);
            }
        }
    }
}
