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
    const int ChunkElements = 1 << 14, ShortRow = 1024;

    /// <summary>Rows whose backward runs side by side.</summary>
    const int Together = 4;

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

    /// <summary>dx = scale·(g − mean g − x̂·mean(g·x̂)) with g = dy·weight and x̂ = (x − mean)·scale, dw = Σ dy·x̂ and db = Σ dy over the periods.</summary>
    /// <remarks>
    /// One walk: a few rows lie in the first-level cache between their sums and dx, and share the loads and stores of dw and db. Groups of periods are fixed by the
    /// shape, each with sums of its own.
    /// </remarks>
    /// <param name="dy">The upstream gradient.</param>
    /// <param name="x">Rows one after the other.</param>
    /// <param name="weight">Factors of one period, or empty.</param>
    /// <param name="n">Length of a row.</param>
    /// <param name="period">Rows after which the parameters repeat.</param>
    /// <param name="center">Whether the mean was subtracted.</param>
    /// <param name="mean">One number a row.</param>
    /// <param name="scale">One number a row.</param>
    /// <param name="dx">The gradient of x, or empty.</param>
    /// <param name="fresh">Whether dx is overwritten; else it is added to.</param>
    /// <param name="dw">The gradient of the factors over one period, or empty.</param>
    /// <param name="freshW">Whether dw is overwritten.</param>
    /// <param name="db">The gradient of the offsets over one period, or empty.</param>
    /// <param name="freshB">Whether db is overwritten.</param>
    public static void Backward<T>(
        ReadOnlySpan<T> dy, ReadOnlySpan<T> x, ReadOnlySpan<T> weight, int n, int period, bool center, ReadOnlySpan<T> mean, ReadOnlySpan<T> scale,
        Span<T> dx, bool fresh, Span<T> dw, bool freshW, Span<T> db, bool freshB) where T : unmanaged, IFloatingPointIeee754<T>
    {
        int width = n * period, periods = mean.Length / period, each = Math.Max(Together, ChunkElements / width / Together * Together), groups = (periods + each - 1) / each;
        // One part more than there are groups: what a gradient holds already.
        nint parts = ((nint)groups + 1) * width;
        T* partials = dw.IsEmpty && db.IsEmpty ? null : _partials.Get<T>(2 * parts);
        fixed (T* pdy = dy, px = x, pw = weight, pm = mean, ps = scale, pdx = dx, pdw = dw, pdb = db)
        {
            BackwardGroup<T> body = new(pdy, px, weight.IsEmpty ? null : pw, n, period, periods, each, center, pm, ps, dx.IsEmpty ? null : pdx, fresh, partials, partials + parts);
            if (groups == 1) body.Run(0);
            else Parallelism.Run(groups, body);
            if (!dw.IsEmpty) Fold(partials, groups, width, pdw, freshW);
            if (!db.IsEmpty) Fold(partials + parts, groups, width, pdb, freshB);
        }
    }

    /// <summary>Adds up the parts of the groups, behind which there is room for one more.</summary>
    static void Fold<T>(T* partials, int groups, int width, T* sum, bool fresh) where T : unmanaged, IFloatingPointIeee754<T>
    {
        if (!fresh) new ReadOnlySpan<T>(sum, width).CopyTo(new Span<T>(partials + ((nint)groups * width), width));
        FoldPlanes.Run<T, Adding<T>, Plain<T>>(partials, 1, fresh ? groups : groups + 1, width, sum);
    }

    static void Split<TBody>(TBody body, int rows, int n) where TBody : struct, IRows
    {
        int each = Math.Max(1, ChunkElements / n), chunks = (rows + each - 1) / each;
        RowsChunk<TBody> chunk = new(body, rows, each);
        if (chunks == 1) chunk.Run(0);
        else Parallelism.Run(chunks, chunk);
    }

    interface IRows
    {
        void Run(int row);
    }

    readonly struct RowsChunk<TBody>(TBody body, int rows, int each) : IParallelWork where TBody : struct, IRows
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
        [MethodImpl(Jit.Loop)]
        public void Run(int row)
        {
            nuint width = (nuint)Vector512<T>.Count, count = (nuint)n, i;
            T* px = x + ((nint)row * n), py = y + ((nint)row * n);
            T length = T.CreateTruncating(n);
            T middle = center ? Total(new MapRun<T, Plain<T>>(px)) / length : T.Zero;
            T square = Total(new SquareRun<T>(px, Vector512.Create(middle))) / length;
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

        /// <summary>The sum over a row: a short one without the calls that a tree of blocks takes.</summary>
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        T Total<TRun>(TRun run) where TRun : struct, IRun<T>
        {
            if (n > ShortRow) return FoldRuns.Total<T, Adding<T>, TRun>(run, n);
            nuint width = (nuint)Vector512<T>.Count, count = (nuint)n, i = 0;
            Vector512<T> sum = default, other = default;
            for (; i + (2 * width) <= count; i += 2 * width)
            {
                sum += run.At(i);
                other += run.At(i + width);
            }
            if (i + width <= count)
            {
                sum += run.At(i);
                i += width;
            }
            if (i < count) other += run.Part(i, count - i, default);
            return LaneFold.Across<T, Adding<T>>(sum + other);
        }
    }

    /// <summary>Squares of deviations.</summary>
    internal readonly struct SquareRun<T>(T* x, Vector512<T> mean) : IRun<T> where T : unmanaged
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

    /// <summary>What a row's elements are computed with.</summary>
    readonly struct RowTerms<T>(T* dy, T* x, T* dx, Vector512<T> mean, Vector512<T> scale, Vector512<T> sum, Vector512<T> dot) where T : unmanaged
    {
        /// <summary>Writes dx and adds to the sums of the parameters, at one vector of the row.</summary>
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public void Step<TWhole>(nuint i, nuint left, T* weight, bool fresh, ref Vector512<T> dw, ref Vector512<T> db) where TWhole : struct, IFlag
        {
            Vector512<T> d = Load<TWhole>(dy + i, left, default), unit = (Load<TWhole>(x + i, left, mean) - mean) * scale;
            dw += d * unit;
            db += d;
            if (dx is null) return;
            Vector512<T> g = weight is null ? d : d * Load<TWhole>(weight + i, left, default), part = scale * (g - sum - (unit * dot));
            if (!fresh) part += Load<TWhole>(dx + i, left, default);
            if (TWhole.Value) part.Store(dx + i);
            else Tail.Store(part, dx + i, left);
        }

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static Vector512<T> Load<TWhole>(T* p, nuint left, Vector512<T> fill) where TWhole : struct, IFlag => TWhole.Value ? Vector512.Load(p) : Tail.Load(p, left, fill);
    }

    readonly struct BackwardGroup<T>(
        T* dy, T* x, T* weight, int n, int period, int periods, int each, bool center, T* mean, T* scale, T* dx, bool fresh, T* dw, T* db) : IParallelWork
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        public void Run(int group)
        {
            int end = Math.Min(periods, (group + 1) * each);
            for (int phase = 0; phase < period; phase++)
            {
                nint at = ((nint)group * n * period) + ((nint)phase * n);
                T* pw = weight is null ? null : weight + ((nint)phase * n), pdw = dw is null ? null : dw + at, pdb = db + at;
                for (int p = group * each; p < end; p += Together)
                {
                    if (dw is not null && p == group * each)
                    {
                        new Span<T>(pdw, n).Clear();
                        new Span<T>(pdb, n).Clear();
                    }
                    if (p + Together <= end) Rows(((nint)p * period) + phase, pw, pdw, pdb);
                    else
                    {
                        for (int q = p; q < end; q++) Row(((nint)q * period) + phase, pw, pdw, pdb);
                    }
                }
            }
        }

        [MethodImpl(Jit.Loop)]
        void Rows(nint row, T* pw, T* pdw, T* pdb)
        {
            nuint width = (nuint)Vector512<T>.Count, count = (nuint)n, i = 0;
            RowTerms<T> a = Terms(row, pw), b = Terms(row + period, pw), c = Terms(row + (2 * period), pw), d = Terms(row + (3 * period), pw);
            for (; i + width <= count; i += width) Step<Yes>(i, width, pw, pdw, pdb, in a, in b, in c, in d);
            if (i < count) Step<No>(i, count - i, pw, pdw, pdb, in a, in b, in c, in d);
        }

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        void Step<TWhole>(nuint i, nuint left, T* pw, T* pdw, T* pdb, in RowTerms<T> a, in RowTerms<T> b, in RowTerms<T> c, in RowTerms<T> d) where TWhole : struct, IFlag
        {
            Vector512<T> sumW = pdw is null ? default : RowTerms<T>.Load<TWhole>(pdw + i, left, default), sumB = pdw is null ? default : RowTerms<T>.Load<TWhole>(pdb + i, left, default);
            a.Step<TWhole>(i, left, pw, fresh, ref sumW, ref sumB);
            b.Step<TWhole>(i, left, pw, fresh, ref sumW, ref sumB);
            c.Step<TWhole>(i, left, pw, fresh, ref sumW, ref sumB);
            d.Step<TWhole>(i, left, pw, fresh, ref sumW, ref sumB);
            Put<TWhole>(sumW, sumB, i, left, pdw, pdb);
        }

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        static void Put<TWhole>(Vector512<T> sumW, Vector512<T> sumB, nuint i, nuint left, T* pdw, T* pdb) where TWhole : struct, IFlag
        {
            if (pdw is null) return;
            Tail.StoreUpTo(sumW, pdw + i, left);
            Tail.StoreUpTo(sumB, pdb + i, left);
        }

        [MethodImpl(Jit.Loop)]
        void Row(nint row, T* pw, T* pdw, T* pdb)
        {
            nuint width = (nuint)Vector512<T>.Count, count = (nuint)n;
            RowTerms<T> terms = Terms(row, pw);
            for (nuint i = 0; i < count; i += width)
            {
                nuint left = Math.Min(width, count - i);
                Vector512<T> sumW = pdw is null ? default : Tail.LoadUpTo(pdw + i, left, default), sumB = pdw is null ? default : Tail.LoadUpTo(pdb + i, left, default);
                terms.Step<No>(i, left, pw, fresh, ref sumW, ref sumB);
                Put<No>(sumW, sumB, i, left, pdw, pdb);
            }
        }

        /// <summary>The means of g and of g·x̂, the first pass over a row.</summary>
        [MethodImpl(Jit.Loop)]
        RowTerms<T> Terms(nint row, T* pw)
        {
            nuint width = (nuint)Vector512<T>.Count, count = (nuint)n, i = 0;
            T* pdy = dy + (row * n), px = x + (row * n);
            Vector512<T> m = Vector512.Create(mean[row]), s = Vector512.Create(scale[row]), sum = default, dot = default;
            if (dx is null) return new(pdy, px, null, m, s, default, default);
            for (; i + width <= count; i += width)
            {
                Vector512<T> g = Vector512.Load(pdy + i);
                if (pw is not null) g *= Vector512.Load(pw + i);
                sum += g;
                dot += g * ((Vector512.Load(px + i) - m) * s);
            }
            if (i < count)
            {
                nuint left = count - i;
                Vector512<T> g = Tail.Load(pdy + i, left, default);
                if (pw is not null) g *= Tail.Load(pw + i, left, default);
                sum += g;
                dot += g * ((Tail.Load(px + i, left, m) - m) * s);
            }
            T length = T.CreateTruncating(n);
            Vector512<T> sums = Vector512.Create(center ? LaneFold.Across<T, Adding<T>>(sum) / length : T.Zero);
            return new(pdy, px, dx + (row * n), m, s, sums, Vector512.Create(LaneFold.Across<T, Adding<T>>(dot) / length));
        }
    }
}
