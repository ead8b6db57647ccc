using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Autograd.Kernels;

static partial class VectorMath512
{
    // π/2 and π, each as the sum of two floats.
    const float HalfPiHigh = 1.57079637f, HalfPiLow = -4.371139e-8f, PiHigh = 3.14159274f, PiLow = -8.742278e-8f;

    // c − y for a constant c of two floats.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static Vector512<float> From(float high, float low, Vector512<float> y) => V(high) + (V(low) - y);

    // asin t for t in 0..0.5, or for t = √z: t + t·z·A(z), z = t².
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static Vector512<float> AsinReduced(Vector512<float> t, Vector512<float> z)
    {
        Vector512<float> p = Fma(V(0.0376960896f), z, 0.0143154887f);
        p = Fma(p, z, 0.0318389349f);
        p = Fma(p, z, 0.0445133857f);
        p = Fma(p, z, 0.0750052184f);
        p = Fma(p, z, 0.166666597f);
        return Fma(t, z * p, t);
    }

    // asin a for a ≤ 0.5; asin √((1 − a)/2), which is half the distance of asin a from π/2, above.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static Vector512<float> AsinFolded(Vector512<float> a, Vector512<float> high)
    {
        Vector512<float> z = Vector512.ConditionalSelect(high, Fma(a, V(-0.5f), 0.5f), a * a);
        return AsinReduced(Vector512.ConditionalSelect(high, Vector512.Sqrt(z), a), z);
    }

    /// <summary>Arcsine in −π/2..π/2; NaN for |x| &gt; 1; keeps −0.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static Vector512<float> Asin(Vector512<float> x)
    {
        Vector512<float> a = Vector512.Abs(x), high = Vector512.GreaterThan(a, V(0.5f)), p = AsinFolded(a, high);
        return Vector512.CopySign(Vector512.ConditionalSelect(high, From(HalfPiHigh, HalfPiLow, p + p), p), x);
    }

    /// <summary>Arccosine in 0..π; NaN for |x| &gt; 1; full relative accuracy as x → 1.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static Vector512<float> Acos(Vector512<float> x)
    {
        Vector512<float> a = Vector512.Abs(x), high = Vector512.GreaterThan(a, V(0.5f)), p = AsinFolded(a, high);
        Vector512<float> end = Vector512.ConditionalSelect(Vector512.LessThan(x, Vector512<float>.Zero), From(PiHigh, PiLow, p + p), p + p);
        return Vector512.ConditionalSelect(high, end, From(HalfPiHigh, HalfPiLow, Vector512.CopySign(p, x)));
    }

    // atan t for |t| ≤ 1.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static Vector512<float> AtanReduced(Vector512<float> t)
    {
        Vector512<float> s = t * t, p = Fma(V(-0.00178216747f), s, 0.010866343f);
        p = Fma(p, s, -0.031093616f);
        p = Fma(p, s, 0.0578789115f);
        p = Fma(p, s, -0.0839920864f);
        p = Fma(p, s, 0.109508611f);
        p = Fma(p, s, -0.142640144f);
        p = Fma(p, s, 0.199985296f);
        p = Fma(p, s, -0.333332986f);
        return Fma(t * s, p, t);
    }

    /// <summary>Arctangent in −π/2..π/2; keeps −0.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static Vector512<float> Atan(Vector512<float> x)
    {
        Vector512<float> a = Vector512.Abs(x), high = Vector512.GreaterThan(a, V(1f));
        Vector512<float> p = AtanReduced(Vector512.ConditionalSelect(high, V(1f) / a, a));
        return Vector512.CopySign(Vector512.ConditionalSelect(high, From(HalfPiHigh, HalfPiLow, p), p), x);
    }

    /// <summary>The angle of the point (x, y) in −π..π, with the signs of zeros and the infinities of IEEE 754's atan2.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static Vector512<float> Atan2(Vector512<float> y, Vector512<float> x)
    {
        Vector512<float> ax = Vector512.Abs(x), ay = Vector512.Abs(y), steep = Vector512.GreaterThan(ay, ax);
        Vector512<float> small = Vector512.ConditionalSelect(steep, ax, ay), large = Vector512.ConditionalSelect(steep, ay, ax);
        // Both zero: 0; both infinite: 45°.
        Vector512<float> t = small / Vector512.ConditionalSelect(Vector512.Equals(large, Vector512<float>.Zero), V(1f), large);
        t = Vector512.ConditionalSelect(Vector512.Equals(small, V(float.PositiveInfinity)), V(1f), t);
        Vector512<float> p = AtanReduced(t);
        p = Vector512.ConditionalSelect(steep, From(HalfPiHigh, HalfPiLow, p), p);
        Vector512<float> left = Vector512.LessThan(x.AsInt32(), Vector512<int>.Zero).AsSingle();
        p = Vector512.CopySign(Vector512.ConditionalSelect(left, From(PiHigh, PiLow, p), p), y);
        return Vector512.ConditionalSelect(Vector512.Equals(x, x) & Vector512.Equals(y, y), p, x + y);
    }

    // π/4, π/2 and π, each as the sum of two doubles.
    const double QuarterPiHigh = 0.7853981633974483, QuarterPiLow = 3.061616997868383e-17;
    const double HalfPiHighD = 1.5707963267948966, HalfPiLowD = 6.123233995736766e-17, PiHighD = 3.141592653589793, PiLowD = 1.2246467991473532e-16;

    // c − (y + low) for a constant c of two doubles that is 0 or no less than y.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static Vector512<double> From(Vector512<double> high, Vector512<double> low, Vector512<double> y, Vector512<double> yLow)
    {
        Vector512<double> lead = OrderedSum(high, -y, out Vector512<double> rest);
        return lead + (rest + (low - yLow));
    }

    // asin t − t for t in 0..½, z = t².
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static Vector512<double> AsinRest(Vector512<double> t, Vector512<double> z)
    {
        // Even and odd powers apart: one chain would be the longest wait of the whole function.
        Vector512<double> w = z * z, p = Fma(V(0.03269638617199388), w, 0.02178446900797852), odd = Fma(V(-0.021107723752964776), w, 0.003674646943967899);
        p = Fma(p, w, 0.010788691092251699);
        odd = Fma(odd, w, 0.01139740133443048);
        p = Fma(p, w, 0.01398100584087394);
        odd = Fma(odd, w, 0.0173515965106095);
        p = Fma(p, w, 0.0223722158525679);
        odd = Fma(odd, w, 0.030381942677058876);
        p = Fma(p, w, 0.044642857175251675);
        odd = Fma(odd, w, 0.0749999999997013);
        p = Fma(p, w, 0.16666666666666763);
        return t * z * Fma(odd, z, p);
    }

    // asin t = t + rest where t = a ≤ ½ (high is false), or t = √((1 − a)/2).
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static Vector512<double> AsinFolded(Vector512<double> a, Vector512<double> high, out Vector512<double> rest)
    {
        Vector512<double> z = Vector512.ConditionalSelect(high, Fma(a, V(-0.5), 0.5), a * a);
        Vector512<double> root = Sqrt(z, Vector512<double>.Zero, out Vector512<double> low), t = Vector512.ConditionalSelect(high, root, a);
        rest = AsinRest(t, z) + (high & low);
        return t;
    }

    /// <inheritdoc cref="Asin(Vector512{float})"/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static Vector512<double> Asin(Vector512<double> x)
    {
        Vector512<double> a = Vector512.Abs(x), high = Vector512.GreaterThan(a, V(0.5)), t = AsinFolded(a, high, out Vector512<double> rest);
        Vector512<double> y = From(high & V(HalfPiHighD), high & V(HalfPiLowD),
            Vector512.ConditionalSelect(high, t + t, -t), Vector512.ConditionalSelect(high, rest + rest, -rest));
        return Vector512.CopySign(y, x);
    }

    /// <inheritdoc cref="Acos(Vector512{float})"/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static Vector512<double> Acos(Vector512<double> x)
    {
        Vector512<double> a = Vector512.Abs(x), high = Vector512.GreaterThan(a, V(0.5)), t = AsinFolded(a, high, out Vector512<double> rest);
        Vector512<double> negative = Vector512.LessThan(x, Vector512<double>.Zero), sign = (x ^ high) & V(-0d);
        Vector512<double> baseHigh = Vector512.ConditionalSelect(high, negative & V(PiHighD), V(HalfPiHighD));
        Vector512<double> baseLow = Vector512.ConditionalSelect(high, negative & V(PiLowD), V(HalfPiLowD));
        return From(baseHigh, baseLow, Vector512.ConditionalSelect(high, t + t, t) ^ sign, Vector512.ConditionalSelect(high, rest + rest, rest) ^ sign);
    }

    // atan(t + low) − t for |t| ≤ ½.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static Vector512<double> AtanRest(Vector512<double> t, Vector512<double> low)
    {
        Vector512<double> s = t * t, w = s * s, p = Fma(V(-0.027458689364497996), w, -0.05122605897076682), odd = Fma(V(0.010132487254352646), w, 0.04188079776941792);
        p = Fma(p, w, -0.06663833659270016);
        odd = Fma(odd, w, 0.058584437153888835);
        p = Fma(p, w, -0.0909089641436046);
        odd = Fma(odd, w, 0.07692076353337393);
        p = Fma(p, w, -0.14285714276575767);
        odd = Fma(odd, w, 0.11111110667066523);
        p = Fma(p, w, -0.33333333333332993);
        odd = Fma(odd, w, 0.1999999999990555);
        return Fma(t * s, Fma(odd, s, p), Fma(-s, low, low));
    }

    /// <summary>The angle of the point (x, y), y ≥ 0 and x > 0, or where left is set of (−x, y).</summary>
    /// <remarks>From its quotient up to ½, from the negative of the inverse from 2 on, and between them from (y − x)/(y + x), whose angle is π/4 less.</remarks>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static Vector512<double> Angle(Vector512<double> y, Vector512<double> x, Vector512<double> left)
    {
        Vector512<double> flat = Vector512.LessThanOrEqual(y + y, x), steep = Vector512.GreaterThan(y, x + x), middle = Vector512.AndNot(~flat, steep);
        Vector512<double> sum = OrderedSum(Vector512.MaxNative(x, y), Vector512.MinNative(x, y), out Vector512<double> error);
        Vector512<double> numerator = Vector512.ConditionalSelect(flat, y, Vector512.ConditionalSelect(steep, -x, y - x));
        Vector512<double> denominator = Vector512.ConditionalSelect(middle, sum, Vector512.ConditionalSelect(flat, x, y));
        Vector512<double> t = QuotientOf(numerator, Vector512<double>.Zero, denominator, middle & error, out Vector512<double> low), rest = AtanRest(t, low);
        // n·π/4 with an n of 0..4, less or more.
        Vector512<double> n = Vector512.ConditionalSelect(steep, V(2d), middle & V(1d)), sign = Vector512.AndNot(V(-0d), left);
        n = Vector512.ConditionalSelect(left, V(4d) - n, n);
        Vector512<double> turn = Product(n, V(QuarterPiHigh), out Vector512<double> turnLow);
        return From(turn, Fma(n, V(QuarterPiLow), turnLow), t ^ sign, rest ^ sign);
    }

    /// <inheritdoc cref="Atan(Vector512{float})"/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static Vector512<double> Atan(Vector512<double> x) =>
        Vector512.CopySign(Angle(AtMost(1e300, Vector512.Abs(x)), V(1d), Vector512<double>.Zero), x);

    /// <inheritdoc cref="Atan2(Vector512{float}, Vector512{float})"/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static Vector512<double> Atan2(Vector512<double> y, Vector512<double> x)
    {
        Vector512<double> ax = Vector512.Abs(x), ay = Vector512.Abs(y), one = V(1d), large = Vector512.Max(ax, ay);
        // By a power of two, where a sum or an inverse would leave the range.
        Vector512<double> scale = Vector512.ConditionalSelect(Vector512.GreaterThan(large, V(1e300)), V(Down), one);
        scale = Vector512.ConditionalSelect(Vector512.LessThan(large, V(1e-250)), V(Up), scale);
        ax *= scale;
        ay *= scale;
        // Both zero: 0; both infinite: 45°.
        ax = Vector512.ConditionalSelect(Vector512.Equals(large, Vector512<double>.Zero), one, ax);
        Vector512<double> infinity = V(double.PositiveInfinity), infinite = Vector512.Equals(large, infinity);
        ax = Vector512.ConditionalSelect(infinite, Vector512.Equals(ax, infinity) & one, ax);
        ay = Vector512.ConditionalSelect(infinite, Vector512.Equals(ay, infinity) & one, ay);
        Vector512<double> p = Vector512.CopySign(Angle(ay, ax, Vector512.LessThan(x.AsInt64(), Vector512<long>.Zero).AsDouble()), y);
        return Vector512.ConditionalSelect(Vector512.Equals(x, x) & Vector512.Equals(y, y), p, x + y);
    }
}
