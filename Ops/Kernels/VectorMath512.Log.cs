using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Autograd.Kernels;

// x = 2ᵏ·(1 + f) with √½ ≤ 1 + f < √2; ln x = k·ln 2 + ln(1 + f).
static partial class VectorMath512
{
    const int SqrtHalfBitsF = 0x3F3504F3;
    const long SqrtHalfBitsD = 0x3FE6A09E667F3BCD;

    /// <summary>k·ln 2 + ln(1 + f).</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static Vector512<float> LogReduced(Vector512<float> f, Vector512<float> k)
    {
        Vector512<float> p = Fma(V(-0.0764311627f), f, 0.127669767f);
        p = Fma(p, f, -0.131595209f);
        p = Fma(p, f, 0.142009497f);
        p = Fma(p, f, -0.166233346f);
        p = Fma(p, f, 0.200012609f);
        p = Fma(p, f, -0.250008225f);
        p = Fma(p, f, 0.333333313f);
        p = Fma(p, f, -0.5f);
        return Fma(k, V(Ln2HighF), f + Fma(f * f, p, k * V(Ln2LowF)));
    }

    /// <summary>k·ln 2 + ln(1 + f).</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static Vector512<double> LogReduced(Vector512<double> f, Vector512<double> k)
    {
        Vector512<double> half = V(0.5) * f * f;
        return Fma(k, V(Ln2HighD), f - (half - LogRest(f, half, k * V(Ln2LowD))));
    }

    /// <summary>ln(1 + f) − f + f²/2 + error = s·(f²/2 + s²·R(s²)) + error, with s = f/(2 + f) (fdlibm's form) and half = f²/2.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static Vector512<double> LogRest(Vector512<double> f, Vector512<double> half, Vector512<double> error)
    {
        Vector512<double> s = f / (V(2d) + f), z = s * s, p = Fma(V(0.14795626623561778), z, 0.1531408549916407);
        p = Fma(p, z, 0.1818356282641682);
        p = Fma(p, z, 0.2222219860550146);
        p = Fma(p, z, 0.28571428742024463);
        p = Fma(p, z, 0.3999999999941665);
        p = Fma(p, z, 0.6666666666666734);
        return Fma(s, Fma(z, p, half), error);
    }

    /// <summary>ln(1 + f) as a rounded value and what is left.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static Vector512<double> LogLead(Vector512<double> f, out Vector512<double> rest)
    {
        Vector512<double> half = V(0.5) * f * f, lead = OrderedSum(f, -half, out Vector512<double> error);
        rest = error + LogRest(f, half, Fma(V(-0.5) * f, f, half));
        return lead;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static Vector512<float> Split(Vector512<float> x, out Vector512<float> k)
    {
        Vector512<float> tiny = Vector512.LessThan(x, V(1.17549435e-38f));
        x = Vector512.ConditionalSelect(tiny, x * V(8388608f), x);
        Vector512<int> offset = Vector512.Create(SqrtHalfBitsF), b = x.AsInt32() - offset;
        k = Vector512.ConvertToSingle(b >> 23) - (tiny & V(23f));
        return ((b & Vector512.Create(0x7FFFFF)) + offset).AsSingle() - V(1f);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static Vector512<double> Split(Vector512<double> x, out Vector512<double> k)
    {
        Vector512<double> tiny = Vector512.LessThan(x, V(2.2250738585072014e-308));
        x = Vector512.ConditionalSelect(tiny, x * V(4503599627370496d), x);
        Vector512<long> offset = Vector512.Create(SqrtHalfBitsD), b = x.AsInt64() - offset;
        k = Exponent(b) - (tiny & V(52d));
        return ((b & Vector512.Create(0xFFFFFFFFFFFFF)) + offset).AsDouble() - V(1d);
    }

    // The signed exponent field of b as a number, without 64-bit arithmetic shifts or conversions.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static Vector512<double> Exponent(Vector512<long> b) =>
        (((b + Vector512.Create(1024L << 52)) >>> 52) + Vector512.Create(RoundD).AsInt64()).AsDouble() - V(RoundD + 1024);

    // The logarithm y with its values at and beyond the ends: ±0 → −∞, negative → NaN, ∞ and NaN → themselves.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static Vector512<float> LogEnds(Vector512<float> x, Vector512<float> y)
    {
        y = Vector512.ConditionalSelect(Vector512.LessThan(x, V(float.PositiveInfinity)), y, x);
        y = Vector512.ConditionalSelect(Vector512.Equals(x, Vector512<float>.Zero), V(float.NegativeInfinity), y);
        return Vector512.ConditionalSelect(Vector512.LessThan(x, Vector512<float>.Zero), V(float.NaN), y);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static Vector512<double> LogEnds(Vector512<double> x, Vector512<double> y)
    {
        y = Vector512.ConditionalSelect(Vector512.LessThan(x, V(double.PositiveInfinity)), y, x);
        y = Vector512.ConditionalSelect(Vector512.Equals(x, Vector512<double>.Zero), V(double.NegativeInfinity), y);
        return Vector512.ConditionalSelect(Vector512.LessThan(x, Vector512<double>.Zero), V(double.NaN), y);
    }

    /// <summary>Natural logarithm; −∞ at ±0, NaN for x &lt; 0.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static Vector512<float> Log(Vector512<float> x) => LogEnds(x, LogReduced(Split(x, out Vector512<float> k), k));

    /// <inheritdoc cref="Log(Vector512{float})"/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static Vector512<double> Log(Vector512<double> x) => LogEnds(x, LogReduced(Split(x, out Vector512<double> k), k));

    /// <summary>Logarithm to base 2; exact for powers of two.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static Vector512<float> Log2(Vector512<float> x)
    {
        Vector512<float> f = Split(x, out Vector512<float> k);
        return LogEnds(x, Fma(LogReduced(f, Vector512<float>.Zero), V(Log2EF), k));
    }

    /// <inheritdoc cref="Log2(Vector512{float})"/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static Vector512<double> Log2(Vector512<double> x)
    {
        Vector512<double> lead = LogLead(Split(x, out Vector512<double> k), out Vector512<double> rest), y = Product(lead, V(Log2ED), out Vector512<double> low);
        Vector512<double> sum = OrderedSum(k, y, out Vector512<double> error);
        return LogEnds(x, sum + (error + Fma(lead, V(2.0355273740931033e-17), Fma(rest, V(Log2ED), low))));
    }

    /// <summary>Logarithm to base 10.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static Vector512<float> Log10(Vector512<float> x)
    {
        Vector512<float> f = Split(x, out Vector512<float> k);
        Vector512<float> y = Fma(LogReduced(f, Vector512<float>.Zero), V(0.434294482f), k * V(-1.43209889e-8f));
        return LogEnds(x, Fma(k, V(0.30103001f), y));
    }

    /// <inheritdoc cref="Log10(Vector512{float})"/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static Vector512<double> Log10(Vector512<double> x)
    {
        // The high part of log₁₀ 2 has 41 bits, as that of ln 2.
        const double log10E = 0.4342944819032518, log10ELow = 1.098319650216765e-17, log10Of2High = 0.30102999566383914, log10Of2Low = 1.42050232272661e-13;
        Vector512<double> lead = LogLead(Split(x, out Vector512<double> k), out Vector512<double> rest), y = Product(lead, V(log10E), out Vector512<double> low);
        Vector512<double> sum = OrderedSum(k * V(log10Of2High), y, out Vector512<double> error);
        return LogEnds(x, sum + (error + Fma(k, V(log10Of2Low), Fma(lead, V(log10ELow), Fma(rest, V(log10E), low)))));
    }

    /// <summary>ln(1 + x) with full relative accuracy as x → 0; −∞ at −1, NaN below; keeps −0.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static Vector512<float> Log1p(Vector512<float> x)
    {
        Vector512<float> u = x + V(1f);
        Vector512<int> k = (u.AsInt32() - Vector512.Create(SqrtHalfBitsF)) >> 23;
        // s = 2⁻ᵏ; x·s + (s − 1) is rounded once, and exact where k = 0. 2⁻¹²⁸ is subnormal, hence the two steps.
        Vector512<float> s = ((Vector512.Create(129) - k) << 23).AsSingle() * V(0.25f);
        Vector512<float> y = LogReduced(Fma(x, s, s - V(1f)), Vector512.ConvertToSingle(k));
        return Log1pEnds(x, OrSign(y, x));
    }

    /// <inheritdoc cref="Log1p(Vector512{float})"/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static Vector512<double> Log1p(Vector512<double> x) =>
        Log1pEnds(x, OrSign(Log1p(x, Vector512<double>.Zero, Vector512<double>.Zero), x));

    /// <summary>ln(1 + x + low) + m·ln 2 for finite x &gt; −1.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static Vector512<double> Log1p(Vector512<double> x, Vector512<double> low, Vector512<double> m)
    {
        Vector512<double> k = Exponent((x + V(1d)).AsInt64() - Vector512.Create(SqrtHalfBitsD));
        Vector512<double> s = ((V(RoundD + 1025) - k).AsInt64() << 52).AsDouble() * V(0.25);
        // Where the sum is not ordered it is exact.
        Vector512<double> f = OrderedSum(s - V(1d), x * s, out Vector512<double> error), lead = LogLead(f, out Vector512<double> rest);
        // The slope 1/(1 + f), as well as the low part needs it.
        rest = Fma(Fma(low, s, error), Fma(f, f - V(1d), 1d), rest);
        k += m;
        Vector512<double> sum = OrderedSum(k * V(Ln2HighD), lead, out error);
        return sum + (error + Fma(k, V(Ln2LowD), rest));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static Vector512<float> Log1pEnds(Vector512<float> x, Vector512<float> y)
    {
        y = Vector512.ConditionalSelect(Vector512.LessThan(x, V(float.PositiveInfinity)), y, x);
        y = Vector512.ConditionalSelect(Vector512.Equals(x, V(-1f)), V(float.NegativeInfinity), y);
        return Vector512.ConditionalSelect(Vector512.LessThan(x, V(-1f)), V(float.NaN), y);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static Vector512<double> Log1pEnds(Vector512<double> x, Vector512<double> y)
    {
        y = Vector512.ConditionalSelect(Vector512.LessThan(x, V(double.PositiveInfinity)), y, x);
        y = Vector512.ConditionalSelect(Vector512.Equals(x, V(-1d)), V(double.NegativeInfinity), y);
        return Vector512.ConditionalSelect(Vector512.LessThan(x, V(-1d)), V(double.NaN), y);
    }

    // ln(1 + e) for e in 0..1 (or NaN): 1 + e needs no more than k = 0 or 1, and no ends.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static Vector512<float> Log1pOfUnit(Vector512<float> e)
    {
        Vector512<float> high = Vector512.GreaterThan(e, V(0.41421354f));
        Vector512<float> f = Vector512.ConditionalSelect(high, Fma(e, V(0.5f), -0.5f), e);
        return LogReduced(f, high & V(1f));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static Vector512<double> Log1pOfUnit(Vector512<double> e)
    {
        Vector512<double> high = Vector512.GreaterThan(e, V(0.41421356237309503));
        Vector512<double> f = Vector512.ConditionalSelect(high, Fma(e, V(0.5), -0.5), e);
        return LogReduced(f, high & V(1d));
    }
}
