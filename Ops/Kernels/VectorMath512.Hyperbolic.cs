using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Autograd.Kernels;

static partial class VectorMath512
{
    const float Ln2F = 0.693147182f, HugeF = 1L << 60;
    const double HugeD = 1e150;

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
        Vector512<float> p = ExpOfRest(a, out Vector512<float> n), half = Scale(p, n - V(1f));
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

    // a = n·ln 2 + r, u = 4⁻ⁿ: eᵃ ± e⁻ᵃ = 2ⁿ·((1 ± u)·cosh r + (1 ∓ u)·sinh r), where the even and the odd part of eʳ serve both exponentials and at n = 0
    // one of them is left alone, so that the sine keeps its accuracy as x → 0. Both functions for a in 0..711.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static Vector512<double> SinhOrCosh(Vector512<double> a, Vector512<double> sign)
    {
        Vector512<double> n = Fma(a, V(Log2ED), RoundD) - V(RoundD), r = Reduce(a, n, out Vector512<double> low), s = r * r;
        Vector512<double> sinh = Fma(V(2.510933400500098e-08), s, 2.755724342127469e-06), cosh = Fma(V(2.092176489246094e-09), s, 2.755725182648578e-07);
        sinh = Fma(sinh, s, 0.00019841269886838493);
        cosh = Fma(cosh, s, 2.480158734920025e-05);
        sinh = Fma(sinh, s, 0.008333333333321381);
        cosh = Fma(cosh, s, 0.0013888888888873283);
        sinh = Fma(sinh, s, 0.16666666666666677);
        cosh = Fma(cosh, s, 0.041666666666666685);
        // sinh r = r + sinh, cosh r = 1 + cosh.
        sinh = Fma(r * s, sinh, low);
        cosh = Fma(Fma(cosh, s, 0.5), s, r * low);
        Vector512<double> one = V(1d), u = Scale(one, AtLeast(-1000d, n * V(-2d))) ^ sign, even = one + u, odd = one - u;
        Vector512<double> lead = Fma(odd, r, even), rest = Fma(odd, r, even - lead) + (u - (even - one));
        return Scale(lead + Fma(even, cosh, Fma(odd, sinh, rest)), n - one);
    }

    /// <inheritdoc cref="Sinh(Vector512{float})"/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static Vector512<double> Sinh(Vector512<double> x) => Vector512.CopySign(SinhOrCosh(AtMost(711d, Vector512.Abs(x)), V(-0d)), x);

    /// <inheritdoc cref="Cosh(Vector512{float})"/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static Vector512<double> Cosh(Vector512<double> x) => SinhOrCosh(AtMost(711d, Vector512.Abs(x)), Vector512<double>.Zero);

    /// <summary>Inverse hyperbolic sine, sign(x)·log1p(a + (√(a² + 1) − 1)), a = |x|; log1p a + ln 2 where a² overflows.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static Vector512<double> Asinh(Vector512<double> x)
    {
        Vector512<double> a = Vector512.Abs(x), huge = Vector512.GreaterThan(a, V(HugeD)), square = Product(a, a, out Vector512<double> error);
        Vector512<double> sum = Sum(square, V(1d), out Vector512<double> low), root = Sqrt(sum, low + error, out Vector512<double> rootLow);
        Vector512<double> z = Sum(a, root - V(1d), out low);
        Vector512<double> y = Log1p(Vector512.ConditionalSelect(huge, a, z), Vector512.AndNot(low + rootLow, huge), huge & V(1d));
        return Vector512.CopySign(Vector512.ConditionalSelect(Vector512.Equals(a, V(double.PositiveInfinity)), a, y), x);
    }

    /// <summary>Inverse hyperbolic cosine, log1p(x − 1 + √(x² − 1)); NaN for x &lt; 1, log1p x + ln 2 where x² overflows.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static Vector512<double> Acosh(Vector512<double> x)
    {
        Vector512<double> huge = Vector512.GreaterThan(x, V(HugeD)), square = Product(x, x, out Vector512<double> error);
        Vector512<double> sum = OrderedSum(square, V(-1d), out Vector512<double> low);
        sum = OrderedSum(sum, low + error, out low);
        Vector512<double> root = Sqrt(sum, low, out Vector512<double> rootLow), z = Sum(x - V(1d), root, out low);
        Vector512<double> y = Log1p(Vector512.ConditionalSelect(huge, x, z), Vector512.AndNot(low + rootLow, huge), huge & V(1d));
        y = Vector512.ConditionalSelect(Vector512.Equals(x, V(double.PositiveInfinity)), x, y);
        return Vector512.ConditionalSelect(Vector512.LessThan(x, V(1d)), V(double.NaN), y);
    }

    /// <inheritdoc cref="Atanh(Vector512{float})"/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static Vector512<double> Atanh(Vector512<double> x)
    {
        Vector512<double> a = Vector512.Abs(x), rest = OrderedSum(V(1d), -a, out Vector512<double> restLow);
        Vector512<double> z = QuotientOf(a + a, Vector512<double>.Zero, rest, restLow, out Vector512<double> low);
        Vector512<double> y = V(0.5) * Log1p(z, low, Vector512<double>.Zero);
        y = Vector512.ConditionalSelect(Vector512.Equals(a, V(1d)), V(double.PositiveInfinity), y);
        y = Vector512.ConditionalSelect(Vector512.GreaterThan(a, V(1d)), V(double.NaN), y);
        return Vector512.CopySign(y, x);
    }
}
