using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Autograd.Kernels;

/// <summary>Running sums, products and linear recurrences along the middle axis of [outer, size, inner], forwards or backwards.</summary>
/// <remarks>Each lane is summed in order, in double precision for floating-point numbers, so a value depends on its own lane alone.</remarks>
static unsafe class ScanKernels
{
    const int FewLanes = 8, Together = 4, ChunkElements = 1 << 15;

    /// <summary>The most lanes of a plane that is walked through once for each vector of them: the lines in between stay in the first-level cache.</summary>
    const int MostStrips = 32;

    /// <summary>Elements of a plane of which the next is fetched meanwhile.</summary>
    const int MostAhead = 1 << 12;

    [ThreadStatic] static Scratch _lanes;

    /// <summary>y[i] = x[i] + y[i ∓ 1].</summary>
    public static void Sum<T, TWide>(ReadOnlySpan<T> x, int size, int inner, bool reverse, Span<T> y)
        where T : unmanaged, INumber<T> where TWide : unmanaged, INumber<TWide> => Scan<T, TWide, SumStep<TWide>>(x, x, size, inner, reverse, y);

    /// <summary>y[i] = x[i]·y[i ∓ 1].</summary>
    public static void Product<T, TWide>(ReadOnlySpan<T> x, int size, int inner, bool reverse, Span<T> y)
        where T : unmanaged, INumber<T> where TWide : unmanaged, INumber<TWide> => Scan<T, TWide, ProductStep<TWide>>(x, x, size, inner, reverse, y);

    /// <summary>y[i] = b[i] + a[i]·y[i ∓ 1]; the first y is the first b.</summary>
    public static void Linear<T, TWide>(ReadOnlySpan<T> a, ReadOnlySpan<T> b, int size, int inner, bool reverse, Span<T> y)
        where T : unmanaged, INumber<T> where TWide : unmanaged, INumber<TWide> => Scan<T, TWide, LinearStep<TWide>>(a, b, size, inner, reverse, y);

    /// <summary>dx[j] = y[j − 1]·s[j] with s[j] = dy[j] + x[j + 1]·s[j + 1], for lanes of [outer, size]; y[−1] counts as 1. Added unless fresh.</summary>
    public static void ProductSlope<T>(ReadOnlySpan<T> x, ReadOnlySpan<T> y, ReadOnlySpan<T> dy, int size, Span<T> dx, bool fresh) where T : unmanaged, INumber<T>
    {
        if (dx.IsEmpty) return;
        fixed (T* px = x, py = y, pdy = dy, pdx = dx)
        {
            int lanes = dx.Length / size, each = Math.Max(Together, ChunkElements / size / Together * Together);
            Parallelism.Run((lanes + each - 1) / each, new SlopeChunk<T>(px, py, pdy, pdx, size, lanes, each, fresh));
        }
    }

    static void Scan<T, TWide, TStep>(ReadOnlySpan<T> a, ReadOnlySpan<T> b, int size, int inner, bool reverse, Span<T> y)
        where T : unmanaged, INumber<T> where TWide : unmanaged, INumber<TWide> where TStep : struct, IStep<TWide>
    {
        if (y.IsEmpty) return;
        fixed (T* pa = a, pb = b, py = y)
        {
            int planes = y.Length / (size * inner), each = Math.Max(Together, ChunkElements / (size * inner) / Together * Together), chunks = (planes + each - 1) / each;
            Chunk<T, TWide, TStep> chunk = new(pa, pb, size, inner, reverse, py, planes, each);
            if (chunks == 1) chunk.Run(0);
            else Parallelism.Run(chunks, chunk);
        }
    }

    readonly struct Chunk<T, TWide, TStep>(T* a, T* b, int size, int inner, bool reverse, T* y, int planes, int each) : IParallelWork
        where T : unmanaged, INumber<T> where TWide : unmanaged, INumber<TWide> where TStep : struct, IStep<TWide>
    {
        public void Run(int chunk)
        {
            int plane = chunk * each, end = Math.Min(planes, plane + each);
            nint length = (nint)size * inner, step = reverse ? -inner : inner;
            while (plane < end)
            {
                nint first = (plane * length) + (reverse ? length - inner : 0);
                if (typeof(TWide) == typeof(double) && inner is >= FewLanes and <= MostStrips) Strips(first, step);
                else if (inner >= FewLanes) Rows(first, step);
                else if (inner == 1 && plane + Together <= end)
                {
                    Lanes(first, length, step);
                    plane += Together;
                    continue;
                }
                else
                {
                    for (int k = 0; k < inner; k++) Lane(first + k, step);
                }
                plane++;
            }
        }

        [MethodImpl(Jit.Loop)]
        void Lane(nint at, nint step)
        {
            y[at] = b[at];
            TWide value = TWide.CreateTruncating(b[at]);
            for (int i = 1; i < size; i++)
            {
                at += step;
                value = TStep.Next(value, TWide.CreateTruncating(a[at]), TWide.CreateTruncating(b[at]));
                y[at] = T.CreateTruncating(value);
            }
        }

        /// <summary>Short rows: vectors of lanes, one after the other, each with its running values in a register.</summary>
        void Strips(nint at, nint step)
        {
            int k = 0, width = Vector512<double>.Count;
            for (; k <= inner - width; k += width) Strip(at + k, step);
            for (; k < inner; k++) Lane(at + k, step);
        }

        [MethodImpl(Jit.Loop)]
        void Strip(nint at, nint step)
        {
            T* p = a + at, q = b + at, target = y + at;
            Vector512<double> value = Single(q);
            Narrow(value, target);
            for (int i = 1; i < size; i++)
            {
                p += step;
                q += step;
                target += step;
                Vector512<double> next = Single(p);
                value = TStep.Next(value, next, typeof(TStep) == typeof(LinearStep<TWide>) ? Single(q) : next);
                Narrow(value, target);
            }
        }

        /// <summary>Several lanes at once, since each step of a lane waits for the one before.</summary>
        [MethodImpl(Jit.Loop)]
        void Lanes(nint at, nint next, nint step)
        {
            nint at1 = at + next, at2 = at1 + next, at3 = at2 + next;
            TWide v0 = TWide.CreateTruncating(b[at]), v1 = TWide.CreateTruncating(b[at1]), v2 = TWide.CreateTruncating(b[at2]), v3 = TWide.CreateTruncating(b[at3]);
            (y[at], y[at1], y[at2], y[at3]) = (b[at], b[at1], b[at2], b[at3]);
            for (int i = 1; i < size; i++)
            {
                at += step;
                at1 += step;
                at2 += step;
                at3 += step;
                v0 = TStep.Next(v0, TWide.CreateTruncating(a[at]), TWide.CreateTruncating(b[at]));
                v1 = TStep.Next(v1, TWide.CreateTruncating(a[at1]), TWide.CreateTruncating(b[at1]));
                v2 = TStep.Next(v2, TWide.CreateTruncating(a[at2]), TWide.CreateTruncating(b[at2]));
                v3 = TStep.Next(v3, TWide.CreateTruncating(a[at3]), TWide.CreateTruncating(b[at3]));
                y[at] = T.CreateTruncating(v0);
                y[at1] = T.CreateTruncating(v1);
                y[at2] = T.CreateTruncating(v2);
                y[at3] = T.CreateTruncating(v3);
            }
        }

        /// <summary>The elements of a row that fill vectors, two at a time, each lane rounded as elsewhere; returns their number.</summary>
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        int Vectors(T* p, T* q, T* target, TWide* lanes)
        {
            int k = 0, width = Vector512<double>.Count;
            if (typeof(TWide) != typeof(double)) return k;
            double* values = (double*)lanes;
            // Backwards through planes of a few rows, the next of which lies the other way: nothing that hardware foresees.
            nint length = (nint)size * inner, ahead = reverse && length <= MostAhead ? length : 0;
            for (; k <= inner - (2 * width); k += 2 * width)
            {
                if (Sse.IsSupported)
                {
                    Sse.Prefetch0(p + k + ahead);
                    Sse.Prefetch0(target + k + ahead);
                }
                (Vector512<double> a0, Vector512<double> a1) = Wide(p + k);
                (Vector512<double> b0, Vector512<double> b1) = typeof(TStep) == typeof(LinearStep<TWide>) ? Wide(q + k) : (a0, a1);
                Vector512<double> y0 = TStep.Next(Vector512.Load(values + k), a0, b0), y1 = TStep.Next(Vector512.Load(values + k + width), a1, b1);
                y0.Store(values + k);
                y1.Store(values + k + width);
                Narrow(y0, y1, target + k);
            }
            return k;
        }

        /// <summary>Long rows: scanned beside each other, with the running values in a row of their own.</summary>
        [MethodImpl(Jit.Loop)]
        void Rows(nint row, nint step)
        {
            TWide* lanes = _lanes.Get<TWide>(inner);
            for (int k = 0; k < inner; k++)
            {
                y[row + k] = b[row + k];
                lanes[k] = TWide.CreateTruncating(b[row + k]);
            }
            for (int i = 1; i < size; i++)
            {
                row += step;
                T* p = a + row, q = b + row, target = y + row;
                for (int k = Vectors(p, q, target, lanes); k < inner; k++)
                {
                    lanes[k] = TStep.Next(lanes[k], TWide.CreateTruncating(p[k]), TWide.CreateTruncating(q[k]));
                    target[k] = T.CreateTruncating(lanes[k]);
                }
            }
        }
    }

    /// <summary>A vector of the virtual width in double precision: the lower and the upper half of floats.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static (Vector512<double> Low, Vector512<double> High) Wide<T>(T* x) where T : unmanaged => typeof(T) == typeof(float)
        ? Vector512.Widen(Vector512.Load((float*)x)) : (Vector512.Load((double*)x), Vector512.Load((double*)x + Vector512<double>.Count));

    /// <summary>One vector in double precision.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static Vector512<double> Single<T>(T* x) where T : unmanaged
    {
        if (typeof(T) != typeof(float)) return Vector512.Load((double*)x);
        if (Avx512F.IsSupported) return Avx512F.ConvertToVector512Double(Vector256.Load((float*)x));
        (Vector256<double> low, Vector256<double> high) = Vector256.Widen(Vector256.Load((float*)x));
        return Vector512.Create(low, high);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static void Narrow<T>(Vector512<double> x, T* y) where T : unmanaged
    {
        if (typeof(T) != typeof(float)) x.Store((double*)y);
        else if (Avx512F.IsSupported) Avx512F.ConvertToVector256Single(x).Store((float*)y);
        else Vector256.Narrow(x.GetLower(), x.GetUpper()).Store((float*)y);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static void Narrow<T>(Vector512<double> low, Vector512<double> high, T* y) where T : unmanaged
    {
        if (typeof(T) == typeof(float))
        {
            Vector512.Narrow(low, high).Store((float*)y);
            return;
        }
        low.Store((double*)y);
        high.Store((double*)y + Vector512<double>.Count);
    }

    readonly struct SlopeChunk<T>(T* x, T* y, T* dy, T* dx, int size, int lanes, int each, bool fresh) : IParallelWork where T : unmanaged, INumber<T>
    {
        public void Run(int chunk)
        {
            int lane = chunk * each, end = Math.Min(lanes, lane + each);
            for (; lane + 2 <= end; lane += 2) Pair((nint)lane * size, (nint)size);
            if (lane < end) Pair((nint)lane * size, 0);
        }

        /// <summary>Two lanes at once, or one twice.</summary>
        [MethodImpl(Jit.Loop)]
        void Pair(nint start, nint next)
        {
            double s0 = 0, s1 = 0, x0 = 0, x1 = 0;
            for (nint j = start + size - 1; j >= start; j--)
            {
                s0 = double.CreateTruncating(dy[j]) + (x0 * s0);
                s1 = double.CreateTruncating(dy[j + next]) + (x1 * s1);
                x0 = double.CreateTruncating(x[j]);
                x1 = double.CreateTruncating(x[j + next]);
                T d0 = T.CreateTruncating(s0), d1 = T.CreateTruncating(s1);
                if (j > start) (d0, d1) = (d0 * y[j - 1], d1 * y[j + next - 1]);
                (d0, d1) = fresh ? (d0, d1) : (dx[j] + d0, dx[j + next] + d1);
                dx[j] = d0;
                dx[j + next] = d1;
            }
        }
    }

    interface IStep<T>
    {
        static abstract T Next(T y, T a, T b);

        static abstract Vector512<double> Next(Vector512<double> y, Vector512<double> a, Vector512<double> b);
    }

    readonly struct SumStep<T> : IStep<T> where T : INumber<T>
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static T Next(T y, T a, T b) => y + a;

        public static Vector512<double> Next(Vector512<double> y, Vector512<double> a, Vector512<double> b) => y + a;
    }

    readonly struct ProductStep<T> : IStep<T> where T : INumber<T>
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static T Next(T y, T a, T b) => y * a;

        public static Vector512<double> Next(Vector512<double> y, Vector512<double> a, Vector512<double> b) => y * a;
    }

    readonly struct LinearStep<T> : IStep<T> where T : INumber<T>
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static T Next(T y, T a, T b) => (y * a) + b;

        public static Vector512<double> Next(Vector512<double> y, Vector512<double> a, Vector512<double> b) => (y * a) + b;
    }
}
