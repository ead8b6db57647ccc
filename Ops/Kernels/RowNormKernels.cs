using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Autograd.Kernels;

/// <summary>
/// Normalisation of dense rows to mean 0 and mean square 1 (or to mean square 1 alone), with a factor and an offset an element
/// that repeat after a period of rows; forward and backward.
/// </summary>
static unsafe class RowNormKernels
{
    const int ChunkElements = 1 << 14;

    [ThreadStatic] static Scratch _partials;

    /// <summary>y = (x − mean)·scale·weight + bias; keeps the mean and the scale 1/√(variance + epsilon) of each row.</summary>
    /// <param name="x">Rows one after the other.</param>
    /// <param name="weight">Factors of one period, or empty.</param>
    /// <param name="bias">Offsets of one period, or empty.</param>
    /// <param name="n">Length of a row.</param>
    /// <param name="center">Whether the mean is subtracted; else it is taken as 0.</param>
    /// <param name="epsilon">Added to the variance.</param>
    /// <param name="mean">One number a row.</param>
    /// <param name="scale">One number a row.</param>
    /// <param name="y">The result.</param>
    public static void Forward<T>(
        ReadOnlySpan<T> x, ReadOnlySpan<T> weight, ReadOnlySpan<T> bias, int n, bool center, double epsilon, Span<T> mean, Span<T> scale, Span<T> y)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        int rows = mean.Length, period = Math.Max(weight.Length, bias.Length) / n;
        fixed (T* px = x, pw = weight, pb = bias, pm = mean, ps = scale, py = y)
        {
            Split(new ForwardRows<T>(px, weight.IsEmpty ? null : pw, bias.IsEmpty ? null : pb, n, period, center, T.CreateTruncating(epsilon), pm, ps, py), rows, n);
        }
    }

    /// <summary>dx = scale·(g − mean g − x̂·mean(g·x̂)) with g = dy·weight and x̂ = (x − mean)·scale; added unless fresh.</summary>
    /// <param name="dy">The upstream gradient.</param>
    /// <param name="x">Rows one after the other.</param>
    /// <param name="weight">Factors of one period, or empty.</param>
    /// <param name="n">Length of a row.</param>
    /// <param name="center">Whether the mean was subtracted.</param>
    /// <param name="mean">One number a row.</param>
    /// <param name="scale">One number a row.</param>
    /// <param name="dx">The result.</param>
    /// <param name="fresh">Whether dx is overwritten.</param>
    public static void Backward<T>(
        ReadOnlySpan<T> dy, ReadOnlySpan<T> x, ReadOnlySpan<T> weight, int n, bool center, ReadOnlySpan<T> mean, ReadOnlySpan<T> scale, Span<T> dx, bool fresh)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        fixed (T* pdy = dy, px = x, pw = weight, pm = mean, ps = scale, pdx = dx)
        {
            Split(new BackwardRows<T>(pdy, px, weight.IsEmpty ? null : pw, n, weight.Length / n, center, pm, ps, pdx, fresh), mean.Length, n);
        }
    }

    /// <summary>dw = Σ dy·x̂ and db = Σ dy over the periods: fixed groups of periods first, then the groups.</summary>
    public static void Affine<T>(ReadOnlySpan<T> dy, ReadOnlySpan<T> x, int n, int period, ReadOnlySpan<T> mean, ReadOnlySpan<T> scale, Span<T> dw, Span<T> db)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        int width = n * period, periods = mean.Length / period;
        if (periods == 0)
        {
            dw.Clear();
            db.Clear();
            return;
        }
        int each = Math.Max(8, ChunkElements / width), groups = (periods + each - 1) / each;
        T* partials = _partials.Get<T>(2 * (nint)groups * width);
        fixed (T* pdy = dy, px = x, pm = mean, ps = scale, pw = dw, pb = db)
        {
            AffineGroup<T> body = new(pdy, px, n, period, periods, each, groups, pm, ps, partials);
            if (groups == 1) body.Run(0);
            else WorkerPool.For(groups, body);
            FoldPlanes.Run<T, Adding<T>, Plain<T>>(partials, 1, groups, width, pw);
            FoldPlanes.Run<T, Adding<T>, Plain<T>>(partials + ((nint)groups * width), 1, groups, width, pb);
        }
    }

    static void Split<TBody>(TBody body, int rows, int n) where TBody : struct, IRows
    {
        int each = Math.Max(1, ChunkElements / n), chunks = (rows + each - 1) / each;
        RowsChunk<TBody> chunk = new(body, rows, each);
        if (chunks == 1) chunk.Run(0);
        else WorkerPool.For(chunks, chunk);
    }

    interface IRows
    {
        void Run(int row);
    }

    readonly struct RowsChunk<TBody>(TBody body, int rows, int each) : IChunk where TBody : struct, IRows
    {
        public void Run(int chunk)
        {
            int end = Math.Min(rows, (chunk + 1) * each);
            for (int i = chunk * each; i < end; i++) body.Run(i);
        }
    }

    readonly struct ForwardRows<T>(T* x, T* weight, T* bias, int n, int period, bool center, T epsilon, T* mean, T* scale, T* y) : IRows
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        public void Run(int row)
        {
            nuint width = (nuint)Vector512<T>.Count, count = (nuint)n, i;
            T* px = x + ((nint)row * n), py = y + ((nint)row * n);
            T length = T.CreateTruncating(n);
            T middle = center ? FoldRuns.Total<T, Adding<T>, MapRun<T, Plain<T>>>(new(px), n) / length : T.Zero;
            T square = FoldRuns.Total<T, Adding<T>, SquareRun<T>>(new(px, Vector512.Create(middle)), n) / length;
            T factor = T.One / T.Sqrt(square + epsilon);
            (mean[row], scale[row]) = (middle, factor);
            nint phase = period == 0 ? 0 : (nint)(row % period) * n;
            T* pw = weight is null ? null : weight + phase, pb = bias is null ? null : bias + phase;
            Vector512<T> m = Vector512.Create(middle), s = Vector512.Create(factor);
            for (i = 0; i + width <= count; i += width)
            {
                Vector512<T> v = (Vector512.Load(px + i) - m) * s;
                if (pw is not null) v *= Vector512.Load(pw + i);
                if (pb is not null) v += Vector512.Load(pb + i);
                v.Store(py + i);
            }
            if (i == count) return;
            Vector512<T> last = (Tail.Load(px + i, count - i, default) - m) * s;
            if (pw is not null) last *= Tail.Load(pw + i, count - i, default);
            if (pb is not null) last += Tail.Load(pb + i, count - i, default);
            Tail.Store(last, py + i, count - i);
        }
    }

    /// <summary>Squares of deviations.</summary>
    readonly struct SquareRun<T>(T* x, Vector512<T> mean) : IRun<T> where T : unmanaged
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public Vector512<T> At(nuint i)
        {
            Vector512<T> d = Vector512.Load(x + i) - mean;
            return d * d;
        }

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public Vector512<T> Part(nuint i, nuint count, Vector512<T> neutral)
        {
            Vector512<T> d = Tail.Load(x + i, count, mean) - mean;
            return Vector512.ConditionalSelect(Tail.Mask<T>(count), d * d, neutral);
        }
    }

    readonly struct BackwardRows<T>(T* dy, T* x, T* weight, int n, int period, bool center, T* mean, T* scale, T* dx, bool fresh) : IRows
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        public void Run(int row)
        {
            nuint width = (nuint)Vector512<T>.Count, count = (nuint)n, i;
            T* pdy = dy + ((nint)row * n), px = x + ((nint)row * n), pdx = dx + ((nint)row * n), pw = weight is null ? null : weight + ((nint)(row % period) * n);
            Vector512<T> m = Vector512.Create(mean[row]), s = Vector512.Create(scale[row]), sum = default, dot = default;
            for (i = 0; i < count; i += width)
            {
                nuint left = Math.Min(width, count - i);
                Vector512<T> g = Gradient(pdy + i, pw is null ? null : pw + i, left);
                sum += g;
                dot += g * ((Tail.Load(px + i, left, m) - m) * s);
            }
            T length = T.CreateTruncating(n);
            Vector512<T> sums = Vector512.Create(center ? LaneFold.Across<T, Adding<T>>(sum) / length : T.Zero);
            Vector512<T> dots = Vector512.Create(LaneFold.Across<T, Adding<T>>(dot) / length);
            for (i = 0; i < count; i += width)
            {
                nuint left = Math.Min(width, count - i);
                Vector512<T> g = Gradient(pdy + i, pw is null ? null : pw + i, left), unit = (Tail.Load(px + i, left, m) - m) * s;
                Vector512<T> part = s * (g - sums - (unit * dots));
                Tail.Store(fresh ? part : Tail.Load(pdx + i, left, default) + part, pdx + i, left);
            }
        }

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        static Vector512<T> Gradient(T* pdy, T* pw, nuint left)
        {
            Vector512<T> g = Tail.Load(pdy, left, default);
            return pw is null ? g : g * Tail.Load(pw, left, default);
        }
    }

    readonly struct AffineGroup<T>(T* dy, T* x, int n, int period, int periods, int each, int groups, T* mean, T* scale, T* partials) : IChunk
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        public void Run(int group)
        {
            nuint width = (nuint)Vector512<T>.Count, count = (nuint)n;
            T* dw = partials + ((nint)group * n * period), db = dw + ((nint)groups * n * period);
            int end = Math.Min(periods, (group + 1) * each);
            for (int phase = 0; phase < period; phase++)
            {
                for (nuint i = 0; i < count; i += width)
                {
                    nuint left = Math.Min(width, count - i);
                    Vector512<T> sum = default, dot = default;
                    for (int p = group * each; p < end; p++)
                    {
                        nint row = ((nint)p * period) + phase;
                        Vector512<T> g = Tail.Load(dy + (row * n) + (nint)i, left, default), m = Vector512.Create(mean[row]);
                        sum += g;
                        dot += g * ((Tail.Load(x + (row * n) + (nint)i, left, m) - m) * Vector512.Create(scale[row]));
                    }
                    Tail.Store(dot, dw + ((nint)phase * n) + (nint)i, left);
                    Tail.Store(sum, db + ((nint)phase * n) + (nint)i, left);
                }
            }
        }
    }
}
