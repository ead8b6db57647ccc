using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Autograd.Kernels;

/// <summary>
/// Normalisation of groups of channels, rows [channels, inner] in memory, to mean 0 and mean square 1, with a factor and an offset a channel; forward and backward.
/// </summary>
/// <remarks>
/// Bound by reading: a row is read three times forward, its gradient and it twice backward, from a cache but for the first time. The parameters and their gradients are a number a
/// channel, so a channel's sums Σ dy and Σ dy·(x − mean) give both those and, times the factors, what the row needs. Rows are shared by the threads.
/// </remarks>
static unsafe class GroupNormKernels
{
    const int ChunkElements = 1 << 14;

    [ThreadStatic] static Scratch _sums;

    /// <summary>y = (x − mean)·scale·weight + bias; keeps the mean and the scale 1/√(variance + epsilon) of each row.</summary>
    /// <param name="x">Rows [channels, inner] one after the other.</param>
    /// <param name="weight">One a channel; they repeat after some rows.</param>
    /// <param name="bias">As many, or empty.</param>
    /// <param name="channels">Channels of a row.</param>
    /// <param name="inner">Neighbours of one channel.</param>
    /// <param name="epsilon">Added to the variance.</param>
    /// <param name="mean">One number a row.</param>
    /// <param name="scale">One number a row.</param>
    /// <param name="y">The result.</param>
    public static void Forward<T>(
        ReadOnlySpan<T> x, ReadOnlySpan<T> weight, ReadOnlySpan<T> bias, int channels, int inner, double epsilon, Span<T> mean, Span<T> scale, Span<T> y)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        fixed (T* px = x, pw = weight, pb = bias, pm = mean, ps = scale, py = y)
        {
            Layout layout = new(mean.Length, channels, inner, weight.Length);
            Split(layout, new ForwardRow<T>(layout, px, pw, bias.IsEmpty ? null : pb, T.CreateTruncating(epsilon), pm, ps, py));
        }
    }

    /// <summary>dx = scale·(g − mean g − x̂·mean(g·x̂)) with g = dy·weight and x̂ = (x − mean)·scale, dw = Σ dy·x̂ and db = Σ dy of each channel.</summary>
    /// <param name="dy">The upstream gradient.</param>
    /// <param name="x">Rows [channels, inner] one after the other.</param>
    /// <param name="weight">One a channel; they repeat after some rows.</param>
    /// <param name="channels">Channels of a row.</param>
    /// <param name="inner">Neighbours of one channel.</param>
    /// <param name="mean">One number a row.</param>
    /// <param name="scale">One number a row.</param>
    /// <param name="dx">The gradient of x, or empty.</param>
    /// <param name="fresh">Whether dx is overwritten; else it is added to.</param>
    /// <param name="dw">The gradient of the factors, or empty.</param>
    /// <param name="freshW">Whether dw is overwritten.</param>
    /// <param name="db">The gradient of the offsets, or empty.</param>
    /// <param name="freshB">Whether db is overwritten.</param>
    public static void Backward<T>(
        ReadOnlySpan<T> dy, ReadOnlySpan<T> x, ReadOnlySpan<T> weight, int channels, int inner, ReadOnlySpan<T> mean, ReadOnlySpan<T> scale,
        Span<T> dx, bool fresh, Span<T> dw, bool freshW, Span<T> db, bool freshB) where T : unmanaged, IFloatingPointIeee754<T>
    {
        Layout layout = new(mean.Length, channels, inner, weight.Length);
        int count = layout.Rows * channels;
        // The sums of all channels of all rows, and room for what the gradients hold already.
        T* sums = _sums.Get<T>(2 * (nint)(count + weight.Length)), dots = sums + count + weight.Length;
        fixed (T* pdy = dy, px = x, pw = weight, pm = mean, ps = scale, pdx = dx, pdw = dw, pdb = db)
        {
            Split(layout, new BackwardRow<T>(layout, pdy, px, pw, pm, ps, dx.IsEmpty ? null : pdx, fresh, sums, dots));
            if (!dw.IsEmpty) Fold(dots, count, weight.Length, pdw, freshW);
            if (!db.IsEmpty) Fold(sums, count, weight.Length, pdb, freshB);
        }
    }

    /// <summary>Adds up the rows' numbers for each parameter.</summary>
    static void Fold<T>(T* parts, int count, int width, T* sum, bool fresh) where T : unmanaged, IFloatingPointIeee754<T>
    {
        if (!fresh) new ReadOnlySpan<T>(sum, width).CopyTo(new Span<T>(parts + count, width));
        FoldPlanes.Run<T, Adding<T>, Plain<T>>(parts, 1, (count / width) + (fresh ? 0 : 1), width, sum);
    }

    static void Split<TBody>(Layout layout, TBody body) where TBody : struct, IRow
    {
        int each = Math.Max(1, ChunkElements / layout.Length), chunks = (layout.Rows + each - 1) / each;
        RowsChunk<TBody> chunk = new(body, layout.Rows, each);
        if (chunks == 1) chunk.Run(0);
        else Parallelism.Run(chunks, chunk);
    }

    interface IRow
    {
        void Run(int row);
    }

    readonly struct RowsChunk<TBody>(TBody body, int rows, int each) : IParallelWork where TBody : struct, IRow
    {
        public void Run(int chunk)
        {
            int end = Math.Min(rows, (chunk + 1) * each);
            for (int i = chunk * each; i < end; i++) body.Run(i);
        }
    }

    /// <summary>Rows of channels of neighbours, and the number of parameters.</summary>
    readonly struct Layout(int rows, int channels, int inner, int parameters)
    {
        public readonly int Rows = rows, Channels = channels, Inner = inner;

        public int Length => Channels * Inner;

        /// <summary>The first parameter of a row.</summary>
        public int First(int row) => (int)((long)row * Channels % parameters);
    }

    readonly struct ForwardRow<T>(Layout layout, T* x, T* weight, T* bias, T epsilon, T* mean, T* scale, T* y) : IRow where T : unmanaged, IFloatingPointIeee754<T>
    {
        public void Run(int row)
        {
            T* px = x + ((nint)row * layout.Length), py = y + ((nint)row * layout.Length);
            T length = T.CreateTruncating(layout.Length);
            T middle = FoldRuns.Total<T, Adding<T>, MapRun<T, Plain<T>>>(new(px), layout.Length) / length;
            T square = FoldRuns.Total<T, Adding<T>, RowNormKernels.SquareRun<T>>(new(px, Vector512.Create(middle)), layout.Length) / length;
            T factor = T.One / T.Sqrt(square + epsilon);
            (mean[row], scale[row]) = (middle, factor);
            int first = layout.First(row);
            for (int c = 0; c < layout.Channels; c++, px += layout.Inner, py += layout.Inner)
                Transform(px, py, Vector512.Create(middle), Vector512.Create(factor * weight[first + c]), bias is null ? default : Vector512.Create(bias[first + c]));
        }

        [MethodImpl(Jit.Loop)]
        void Transform(T* from, T* to, Vector512<T> m, Vector512<T> f, Vector512<T> b)
        {
            nuint width = (nuint)Vector512<T>.Count, n = (nuint)layout.Inner, i = 0;
            for (; i + width <= n; i += width) (((Vector512.Load(from + i) - m) * f) + b).Store(to + i);
            if (i < n) Tail.Store(((Tail.Load(from + i, n - i, default) - m) * f) + b, to + i, n - i);
        }
    }

    readonly struct BackwardRow<T>(Layout layout, T* dy, T* x, T* weight, T* mean, T* scale, T* dx, bool fresh, T* sums, T* dots) : IRow
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        public void Run(int row)
        {
            nint start = (nint)row * layout.Length, channel = (nint)row * layout.Channels;
            int first = layout.First(row);
            T m = mean[row], s = scale[row], sum = T.Zero, dot = T.Zero, length = T.CreateTruncating(layout.Length);
            for (int c = 0; c < layout.Channels; c++)
            {
                Sums(dy + start + ((nint)c * layout.Inner), x + start + ((nint)c * layout.Inner), Vector512.Create(m), out T channelSum, out T channelDot);
                channelDot *= s;
                (sums[channel + c], dots[channel + c]) = (channelSum, channelDot);
                sum += weight[first + c] * channelSum;
                dot += weight[first + c] * channelDot;
            }
            if (dx is null) return;
            Vector512<T> a = Vector512.Create(s * sum / length), d = Vector512.Create(s * s * dot / length);
            for (int c = 0; c < layout.Channels; c++)
            {
                Vector512<T> f = Vector512.Create(s * weight[first + c]);
                if (fresh) Slopes<Yes>(start + ((nint)c * layout.Inner), Vector512.Create(m), f, a, d);
                else Slopes<No>(start + ((nint)c * layout.Inner), Vector512.Create(m), f, a, d);
            }
        }

        /// <summary>Σ dy and Σ dy·(x − m) of one channel.</summary>
        [MethodImpl(Jit.Loop)]
        void Sums(T* upstream, T* from, Vector512<T> m, out T sum, out T dot)
        {
            nuint width = (nuint)Vector512<T>.Count, n = (nuint)layout.Inner, i = 0;
            Vector512<T> s0 = default, s1 = default, d0 = default, d1 = default, d2 = default, d3 = default;
            for (; i + (4 * width) <= n; i += 4 * width)
            {
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
                Vector512<T> g = Tail.LoadUpTo(upstream + i, left, default);
                s0 += g;
                d0 += g * (Tail.LoadUpTo(from + i, left, m) - m);
            }
            sum = LaneFold.Across<T, Adding<T>>(s0 + s1);
            dot = LaneFold.Across<T, Adding<T>>(d0 + d1 + (d2 + d3));
        }

        /// <summary>dx (+)= f·dy − a − (x − m)·d.</summary>
        [MethodImpl(Jit.Loop)]
        void Slopes<TFresh>(nint start, Vector512<T> m, Vector512<T> f, Vector512<T> a, Vector512<T> d) where TFresh : struct, IFlag
        {
            T* from = x + start, upstream = dy + start, to = dx + start;
            nuint width = (nuint)Vector512<T>.Count, n = (nuint)layout.Inner, i = 0;
            for (; i + width <= n; i += width)
            {
                Vector512<T> slope = (f * Vector512.Load(upstream + i)) - a - ((Vector512.Load(from + i) - m) * d);
                (TFresh.Value ? slope : Vector512.Load(to + i) + slope).Store(to + i);
            }
            if (i == n) return;
            Vector512<T> last = (f * Tail.Load(upstream + i, n - i, default)) - a - ((Tail.Load(from + i, n - i, m) - m) * d);
            Tail.Store(TFresh.Value ? last : Tail.Load(to + i, n - i, default) + last, to + i, n - i);
        }
    }
}
