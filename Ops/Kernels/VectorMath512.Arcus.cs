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
}
