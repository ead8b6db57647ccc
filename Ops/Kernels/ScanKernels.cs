using System.Numerics;
using System.Runtime.CompilerServices;

namespace Autograd.Kernels;

/// <summary>Running sums, products and linear recurrences along the middle axis of [outer, size, inner], forwards or backwards.</summary>
/// <remarks>Each lane is summed in order, in double precision for floating-point numbers, so a value depends on its own lane alone.</remarks>
static class ScanKernels
{
    const int FewLanes = 8;

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

    static unsafe void Scan<T, TWide, TStep>(ReadOnlySpan<T> a, ReadOnlySpan<T> b, int size, int inner, bool reverse, Span<T> y)
        where T : unmanaged, INumber<T> where TWide : unmanaged, INumber<TWide> where TStep : struct, IStep<TWide>
    {
        if (y.IsEmpty) return;
        int plane = size * inner, step = reverse ? -inner : inner;
        // A long row is scanned beside its neighbours, with the running values in a row of their own.
        Span<TWide> lanes = inner < FewLanes ? default : new Span<TWide>(_lanes.Get<TWide>(inner), inner);
        for (int start = 0; start < y.Length; start += plane)
        {
            int first = reverse ? start + plane - inner : start;
            if (inner >= FewLanes) ScanRows<T, TWide, TStep>(a, b, first, step, size, lanes, y);
            else
            {
                for (int k = 0; k < inner; k++) ScanLane<T, TWide, TStep>(a, b, first + k, step, size, y);
            }
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    static void ScanLane<T, TWide, TStep>(ReadOnlySpan<T> a, ReadOnlySpan<T> b, int at, int step, int size, Span<T> y)
        where T : unmanaged, INumber<T> where TWide : unmanaged, INumber<TWide> where TStep : struct, IStep<TWide>
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

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    static void ScanRows<T, TWide, TStep>(ReadOnlySpan<T> a, ReadOnlySpan<T> b, int row, int step, int size, Span<TWide> lanes, Span<T> y)
        where T : unmanaged, INumber<T> where TWide : unmanaged, INumber<TWide> where TStep : struct, IStep<TWide>
    {
        b.Slice(row, lanes.Length).CopyTo(y[row..]);
        for (int k = 0; k < lanes.Length; k++) lanes[k] = TWide.CreateTruncating(b[row + k]);
        for (int i = 1; i < size; i++)
        {
            row += step;
            ReadOnlySpan<T> p = a.Slice(row, lanes.Length), q = b.Slice(row, lanes.Length);
            Span<T> target = y.Slice(row, lanes.Length);
            for (int k = 0; k < lanes.Length; k++)
            {
                lanes[k] = TStep.Next(lanes[k], TWide.CreateTruncating(p[k]), TWide.CreateTruncating(q[k]));
                target[k] = T.CreateTruncating(lanes[k]);
            }
        }
    }

    interface IStep<T>
    {
        static abstract T Next(T y, T a, T b);
    }

    readonly struct SumStep<T> : IStep<T> where T : INumber<T>
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static T Next(T y, T a, T b) => y + a;
    }

    readonly struct ProductStep<T> : IStep<T> where T : INumber<T>
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static T Next(T y, T a, T b) => y * a;
    }

    readonly struct LinearStep<T> : IStep<T> where T : INumber<T>
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static T Next(T y, T a, T b) => (y * a) + b;
    }
}
