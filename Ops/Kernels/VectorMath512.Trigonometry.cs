using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Autograd.Kernels;

// |x| = n·π/2 + r with |r| ≤ π/4; n mod 4 tells which of ±sin r, ±cos r is meant.
static partial class VectorMath512
{
    // From the first on, subtracting n·π/2 takes double precision; from the second on, more digits of π than two doubles hold.
    const float FarAngle = 1 << 16, LargeAngle = 1 << 30;

    // π/2 as the sum of three floats.
    const float HalfPi1 = 1.57079637f, HalfPi2 = -4.37113883e-08f, HalfPi3 = -1.71512451e-15f;

    // π/2 as the sum of three doubles, the second of 31 bits: its products with n are exact up to the far angle of double.
    const double HalfPi1D = 1.5707963267948966, HalfPi2D = 6.12323399409214e-17, HalfPi3D = 1.6446256936324258e-26, FarAngleD = 1 << 22;

    interface IPeriodic : ILane
    {
        /// <summary>The function of x, from the r and n of |x|.</summary>
        static abstract Vector512<float> OfReduced(Vector512<float> x, Vector512<float> r, Vector512<int> n);

        /// <summary>The function of x, from the r + low and n of |x|.</summary>
        static abstract Vector512<double> OfReduced(Vector512<double> x, Vector512<double> r, Vector512<double> low, Vector512<long> n);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static Vector512<float> Periodic<TFunction>(Vector512<float> x) where TFunction : IPeriodic
    {
        Vector512<float> a = Vector512.Abs(x), y = TFunction.OfReduced(x, ReduceNear(a, out Vector512<int> n), n);
        return Vector512.GreaterThanOrEqualAny(a, V(FarAngle)) ? FarLanes<TFunction>(x, y) : y;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static Vector512<double> Periodic<TFunction>(Vector512<double> x) where TFunction : IPeriodic
    {
        Vector512<double> a = Vector512.Abs(x), y = TFunction.OfReduced(x, Reduce(a, out Vector512<double> low, out Vector512<long> n), low, n);
        Vector512<double> far = Vector512.GreaterThanOrEqual(a, V(FarAngleD));
        return Vector512.EqualsAll(far.AsInt64(), Vector512<long>.Zero) ? y : Vector512.ConditionalSelect(far, EachLane<TFunction>(x), y);
    }

    /// <summary>r, what its rounding took away, and n of |x| below 2²².</summary>
    /// <remarks>The first difference is exact. The second is where it cancels most, having few bits; elsewhere its error is found as that of a sum.</remarks>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static Vector512<double> Reduce(Vector512<double> x, out Vector512<double> low, out Vector512<long> n)
    {
        Vector512<double> shifted = Fma(x, V(0.6366197723675814), RoundD), k = shifted - V(RoundD);
        n = shifted.AsInt64();
        Vector512<double> high = Fma(k, V(-HalfPi1D), x), r = Fma(k, V(-HalfPi2D), high);
        low = Fma(k, V(-HalfPi3D), Fma(k, V(-HalfPi2D), high - r));
        return r;
    }

    /// <summary>r and n of |x| below <see cref="FarAngle"/>: the first difference is exact, a multiple of 2⁻²⁴ below 1, and the others are rounded once.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static Vector512<float> ReduceNear(Vector512<float> x, out Vector512<int> n)
    {
        Vector512<float> shifted = Fma(x, V(0.636619747f), RoundF), k = shifted - V(RoundF);
        n = shifted.AsInt32();
        return Fma(k, V(-HalfPi3), Fma(k, V(-HalfPi2), Fma(k, V(-HalfPi1), x)));
    }

    // y, with the lanes where |x| is far computed in double precision, and those where it is large by System.Math.
    [MethodImpl(MethodImplOptions.NoInlining)]
    static Vector512<float> FarLanes<TFunction>(Vector512<float> x, Vector512<float> y) where TFunction : IPeriodic
    {
        Vector512<float> a = Vector512.Abs(x), far = TFunction.OfReduced(x, Reduce(a, out Vector512<int> n), n);
        y = Vector512.ConditionalSelect(Vector512.GreaterThanOrEqual(a, V(FarAngle)), far, y);
        ref float from = ref Unsafe.As<Vector512<float>, float>(ref x), to = ref Unsafe.As<Vector512<float>, float>(ref y);
        for (int i = 0; i < Vector512<float>.Count; i++)
            if (Math.Abs(Unsafe.Add(ref from, i)) >= LargeAngle) Unsafe.Add(ref to, i) = (float)TFunction.Of(Unsafe.Add(ref from, i));
        return y;
    }

    /// <summary>r, rounded once from double precision, and n of |x| below <see cref="LargeAngle"/>.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static Vector512<float> Reduce(Vector512<float> x, out Vector512<int> n)
    {
        Vector512<double> low = Reduce(Vector512.WidenLower(x), out Vector512<long> lowN);
        Vector512<double> high = Reduce(Vector512.WidenUpper(x), out Vector512<long> highN);
        n = Vector512.Narrow(lowN, highN);
        return Vector512.Narrow(low, high);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static Vector512<double> Reduce(Vector512<double> x, out Vector512<long> n)
    {
        Vector512<double> shifted = Fma(x, V(0.6366197723675814), RoundD), k = shifted - V(RoundD);
        n = shifted.AsInt64();
        return Fma(k, V(-6.123233995736766e-17), Fma(k, V(-1.5707963267948966), x));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static Vector512<float> SinReduced(Vector512<float> r, Vector512<float> s)
    {
        Vector512<float> p = Fma(Fma(V(-0.000195182831f), s, 0.00833218917f), s, -0.166666552f);
        return Fma(r * s, p, r);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static Vector512<float> CosReduced(Vector512<float> s)
    {
        Vector512<float> p = Fma(Fma(V(2.44323273e-5f), s, -0.00138873095f), s, 0.0416666456f);
        return Fma(Fma(p, s, -0.5f), s, 1f);
    }

    // sin(r + n·π/2): odd n take the cosine, the second bit of n the sign.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static Vector512<float> SinOfQuadrant(Vector512<float> r, Vector512<int> n)
    {
        Vector512<float> s = r * r;
        Vector512<float> even = Vector512.Equals(n & Vector512<int>.One, Vector512<int>.Zero).AsSingle();
        Vector512<float> y = Vector512.ConditionalSelect(even, SinReduced(r, s), CosReduced(s));
        return y ^ ((n & Vector512.Create(2)) << 30).AsSingle();
    }

    // sin(r + low) − r, s = r².
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static Vector512<double> SinRest(Vector512<double> r, Vector512<double> low, Vector512<double> s)
    {
        Vector512<double> p = Fma(V(1.589543275764348e-10), s, -2.5050734383160868e-08);
        p = Fma(p, s, 2.7557313538492186e-06);
        p = Fma(p, s, -0.00019841269829358503);
        p = Fma(p, s, 0.00833333333332184);
        p = Fma(p, s, -0.1666666666666663);
        return Fma(r * s, p, Fma(low * s, V(-0.5), low));
    }

    // cos(r + low) = a double of at least ½ + rest, s = r².
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static Vector512<double> CosLead(Vector512<double> r, Vector512<double> low, Vector512<double> s, out Vector512<double> rest)
    {
        Vector512<double> p = Fma(V(-1.1359934400037268e-11), s, 2.0875729284316148e-09);
        p = Fma(p, s, -2.755731440104839e-07);
        p = Fma(p, s, 2.4801587289671567e-05);
        p = Fma(p, s, -0.0013888888888874474);
        p = Fma(p, s, 0.0416666666666666);
        Vector512<double> lead = Fma(s, V(-0.5), 1d);
        rest = Fma(s * s, p, Fma(-r, low, Fma(s, V(-0.5), V(1d) - lead)));
        return lead;
    }

    // sin(r + low + n·π/2).
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static Vector512<double> SinOfQuadrant(Vector512<double> r, Vector512<double> low, Vector512<long> n)
    {
        Vector512<double> s = r * r, even = Vector512.Equals(n & Vector512<long>.One, Vector512<long>.Zero).AsDouble();
        Vector512<double> cos = CosLead(r, low, s, out Vector512<double> rest), sin = SinRest(r, low, s);
        Vector512<double> y = Vector512.ConditionalSelect(even, r, cos) + Vector512.ConditionalSelect(even, sin, rest);
        return y ^ ((n & Vector512.Create(2L)) << 62).AsDouble();
    }

    readonly struct Sine : IPeriodic
    {
        public static double Of(double x) => Math.Sin(x);

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static Vector512<double> OfReduced(Vector512<double> x, Vector512<double> r, Vector512<double> low, Vector512<long> n) =>
            SinOfQuadrant(r, low, n) ^ (x & V(-0d));

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static Vector512<float> OfReduced(Vector512<float> x, Vector512<float> r, Vector512<int> n) => SinOfQuadrant(r, n) ^ (x & V(-0f));
    }

    readonly struct Cosine : IPeriodic
    {
        public static double Of(double x) => Math.Cos(x);

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static Vector512<double> OfReduced(Vector512<double> x, Vector512<double> r, Vector512<double> low, Vector512<long> n) =>
            SinOfQuadrant(r, low, n + Vector512<long>.One);

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static Vector512<float> OfReduced(Vector512<float> x, Vector512<float> r, Vector512<int> n) => SinOfQuadrant(r, n + Vector512<int>.One);
    }

    readonly struct Tangent : IPeriodic
    {
        public static double Of(double x) => Math.Tan(x);

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static Vector512<double> OfReduced(Vector512<double> x, Vector512<double> r, Vector512<double> low, Vector512<long> n)
        {
            Vector512<double> s = r * r, even = Vector512.Equals(n & Vector512<long>.One, Vector512<long>.Zero).AsDouble();
            Vector512<double> sin = OrderedSum(r, SinRest(r, low, s), out Vector512<double> sinLow);
            Vector512<double> cos = OrderedSum(CosLead(r, low, s, out Vector512<double> rest), rest, out Vector512<double> cosLow);
            Vector512<double> y = Quotient(
                Vector512.ConditionalSelect(even, sin, -cos), Vector512.ConditionalSelect(even, sinLow, -cosLow),
                Vector512.ConditionalSelect(even, cos, sin), Vector512.ConditionalSelect(even, cosLow, sinLow));
            return y ^ (x & V(-0d));
        }

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static Vector512<float> OfReduced(Vector512<float> x, Vector512<float> r, Vector512<int> n)
        {
            Vector512<float> s = r * r, even = Vector512.Equals(n & Vector512<int>.One, Vector512<int>.Zero).AsSingle(), sin = SinReduced(r, s), cos = CosReduced(s);
            return Vector512.ConditionalSelect(even, sin, -cos) / Vector512.ConditionalSelect(even, cos, sin) ^ (x & V(-0f));
        }
    }

    /// <summary>sin x, x in radians; NaN at ±∞. Lanes of 2³⁰ and more are computed one by one.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static Vector512<float> Sin(Vector512<float> x) => Periodic<Sine>(x);

    /// <summary>sin x, x in radians; NaN at ±∞. Lanes of 2²² and more are computed one by one.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static Vector512<double> Sin(Vector512<double> x) => Periodic<Sine>(x);

    /// <summary>cos x, x in radians; NaN at ±∞. Lanes of 2³⁰ and more are computed one by one.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static Vector512<float> Cos(Vector512<float> x) => Periodic<Cosine>(x);

    /// <summary>cos x, x in radians; NaN at ±∞. Lanes of 2²² and more are computed one by one.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static Vector512<double> Cos(Vector512<double> x) => Periodic<Cosine>(x);

    /// <summary>tan x, x in radians; NaN at ±∞. Lanes of 2³⁰ and more are computed one by one.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static Vector512<float> Tan(Vector512<float> x) => Periodic<Tangent>(x);

    /// <summary>tan x, x in radians; NaN at ±∞. Lanes of 2²² and more are computed one by one.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static Vector512<double> Tan(Vector512<double> x) => Periodic<Tangent>(x);
}
