using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Autograd.Kernels;

// The normal distribution function Φ with density φ, and the slope of x·Φ(x). Both minus ½ are odd, so x times a quotient of polynomials in x²; the division runs
// beside the multiply-adds, of which there are half as many as through an exponential. Absolute accuracy is what x·Φ(x) and its slope need.
static partial class VectorMath512
{
    /// <summary>Φ(x); absolute error in float below 2e-7, 0 and 1 beyond ±5.5.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static Vector512<float> NormalCdf(Vector512<float> x)
    {
        Vector512<float> a = AtMost(5.53125f, AtLeast(-5.53125f, x)), s = a * a;
        Vector512<float> p = Fma(V(2.2751233488e-8f), s, 6.35163612448e-6f);
        p = Fma(p, s, 0.000168784237144f);
        p = Fma(p, s, 0.00467700864522f);
        p = Fma(p, s, 0.0338487970756f);
        p = Fma(p, s, 0.398942235022f);
        Vector512<float> q = Fma(V(1.19752252445e-6f), s, 7.36331450958e-5f);
        q = Fma(q, s, 0.00188421237751f);
        q = Fma(q, s, 0.0286436258494f);
        q = Fma(q, s, 0.251512274809f);
        q = Fma(q, s, 1f);
        return V(0.5f) + ((a * p) / q);
    }

    /// <inheritdoc cref="NormalCdf(Vector512{float})"/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static Vector512<double> NormalCdf(Vector512<double> x) => V(0.5) * (V(1d) + Erf(x * V(0.7071067811865476)));

    /// <summary>Φ(x) + x·φ(x); absolute error in float below 2.5e-7, 0 and 1 beyond ±6.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static Vector512<float> GeluSlope(Vector512<float> x)
    {
        Vector512<float> a = AtMost(6f, AtLeast(-6f, x)), s = a * a;
        Vector512<float> p = Fma(V(1.70377234582e-8f), s, 9.21744153411e-7f);
        p = Fma(p, s, 3.40920229488e-5f);
        p = Fma(p, s, 0.000202457132741f);
        p = Fma(p, s, 0.0138579175671f);
        p = Fma(p, s, -0.0223861076907f);
        p = Fma(p, s, 0.797884531472f);
        Vector512<float> q = Fma(V(1.3143216335e-9f), s, 3.38730903889e-7f);
        q = Fma(q, s, 1.03043106115e-5f);
        q = Fma(q, s, 0.000245253151901f);
        q = Fma(q, s, 0.00397073882055f);
        q = Fma(q, s, 0.0441281053991f);
        q = Fma(q, s, 0.305276139287f);
        q = Fma(q, s, 1f);
        return V(0.5f) + ((a * p) / q);
    }

    /// <inheritdoc cref="GeluSlope(Vector512{float})"/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static Vector512<double> GeluSlope(Vector512<double> x) =>
        NormalCdf(x) + (x * (V(0.3989422804014327) * Exp(V(-0.5) * (x * x))));

    /// <summary>√(−2·ln(1 − u))·cos(angle + quarter·π/2), a normally distributed number for u and angle drawn at random.</summary>
    /// <param name="u">In [0, 1).</param>
    /// <param name="rest">1 − u, rounded once: the logarithm takes whichever has the more digits.</param>
    /// <param name="angle">In [−π/4, π/4].</param>
    /// <param name="quarter">In 0..4.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static Vector512<float> Normal(Vector512<float> u, Vector512<float> rest, Vector512<float> angle, Vector512<int> quarter)
    {
        Vector512<int> offset = Vector512.Create(SqrtHalfBitsF), b = rest.AsInt32() - offset;
        Vector512<float> k = Vector512.ConvertToSingle(b >> 23), f = ((b & Vector512.Create(0x7FFFFF)) + offset).AsSingle() - V(1f);
        f = Vector512.ConditionalSelect(Vector512.Equals(k, Vector512<float>.Zero), -u, f);
        return Vector512.Sqrt(V(-2f) * LogReduced(f, k)) * SinOfQuadrant(angle, quarter + Vector512<int>.One);
    }
}
