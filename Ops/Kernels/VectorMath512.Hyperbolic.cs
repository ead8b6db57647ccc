using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Autograd.Kernels;

static partial class VectorMath512
{
    const float Ln2F = 0.693147182f, HugeF = 1L << 60;

    /// <summary>Hyperbolic sine; keeps −0, ±∞ from |x| ≈ 89.4 on.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static Vector512<float> Sinh(Vector512<float> x)
    {
        Vector512<float> a = Vector512.Abs(x), c = AtMost(89.7f, a);
        // h = (eᵃ − 1)/2, from its half: infinite only where sinh is. sinh a = h + h/(2h + 1).
        Vector512<float> t = Fma(c, V(Log2EF), RoundF + 125f), n = t - V(RoundF + 125f);
        Vector512<float> r = Fma(n, V(-Ln2LowF), Fma(n, V(-Ln2HighF), c));
        Vector512<float> p = Fma(r * r, ExpTail(r), r), s = (t.AsInt32() << 23).AsSingle();
        Vector512<float> q = Fma(s, p, s - V(0.25f)), h = q + q, y = h + AtMost(1e30f, h) / Fma(h, V(2f), 1f);
        return Vector512.CopySign(Vector512.ConditionalSelect(Vector512.LessThan(a, V(1e-4f)), a, y), x);
    }

    /// <summary>Hyperbolic cosine; ∞ from |x| ≈ 89.4 on.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static Vector512<float> Cosh(Vector512<float> x)
    {
        Vector512<float> a = AtMost(90f, Vector512.Abs(x));
        Vector512<float> n = Fma(a, V(Log2EF), RoundF) - V(RoundF);
        Vector512<float> r = Fma(n, V(-Ln2LowF), Fma(n, V(-Ln2HighF), a));
        Vector512<float> half = Scale(Fma(Fma(ExpTail(r), r, 1f), r, 1f), n - V(1f));
        return half + V(0.25f) / half;
    }

    /// <summary>Inverse hyperbolic sine, sign(x)·log1p(a + a²/(1 + √(1 + a²))), a = |x|; ln a + ln 2 where a² overflows.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static Vector512<float> Asinh(Vector512<float> x)
    {
        Vector512<float> a = Vector512.Abs(x), s = a * a, huge = Vector512.GreaterThan(a, V(HugeF));
        Vector512<float> z = a + s / (V(1f) + Vector512.Sqrt(Fma(a, a, 1f)));
        return Vector512.CopySign(Log1p(Vector512.ConditionalSelect(huge, a, z)) + (huge & V(Ln2F)), x);
    }

    /// <summary>Inverse hyperbolic cosine, log1p(t + √(t² + 2t)), t = x − 1; NaN for x &lt; 1.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static Vector512<float> Acosh(Vector512<float> x)
    {
        Vector512<float> t = x - V(1f), huge = Vector512.GreaterThan(x, V(HugeF));
        Vector512<float> z = t + Vector512.Sqrt(Fma(t, t, t + t));
        Vector512<float> y = Log1p(Vector512.ConditionalSelect(huge, x, z)) + (huge & V(Ln2F));
        return Vector512.ConditionalSelect(Vector512.LessThan(x, V(1f)), V(float.NaN), y);
    }

    /// <summary>Inverse hyperbolic tangent, log1p(2a/(1 − a))/2, a = |x|; ±∞ at ±1, NaN beyond; keeps −0.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static Vector512<float> Atanh(Vector512<float> x)
    {
        Vector512<float> a = Vector512.Abs(x), y = V(0.5f) * Log1p((a + a) / (V(1f) - a));
        return Vector512.CopySign(y, x);
    }
}
