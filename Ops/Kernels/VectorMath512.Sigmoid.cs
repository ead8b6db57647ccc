using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Autograd.Kernels;

static partial class VectorMath512
{
    /// <summary>2^(k/32).</summary>
    static ReadOnlySpan<float> PowersOfTwo =>
    [
        1f, 1.0218972f, 1.0442737f, 1.0671405f, 1.0905077f, 1.1143868f, 1.1387886f, 1.1637249f,
        1.1892071f, 1.2152474f, 1.2418578f, 1.269051f, 1.2968396f, 1.3252367f, 1.3542556f, 1.38391f,
        1.4142135f, 1.4451808f, 1.4768262f, 1.5091645f, 1.5422108f, 1.5759809f, 1.6104903f, 1.6457555f,
        1.6817929f, 1.7186193f, 1.7562522f, 1.7947091f, 1.8340081f, 1.8741677f, 1.9152066f, 1.9571441f,
    ];

    /// <summary>tanh(k/4).</summary>
    static ReadOnlySpan<float> Tangents =>
    [
        0f, 0.24491866f, 0.46211717f, 0.63514894f, 0.7615942f, 0.84828365f, 0.90514827f, 0.94137555f,
        0.9640276f, 0.9780261f, 0.9866143f, 0.99185973f, 0.9950548f, 0.99699765f, 0.9981779f, 0.99889445f,
        0.9993293f, 0.99959314f, 0.99975324f, 0.99985033f, 0.9999092f, 0.9999449f, 0.9999666f, 0.99997973f,
        0.9999877f, 0.99999255f, 0.99999547f, 0.99999726f, 0.99999833f, 0.999999f, 0.9999994f, 0.99999964f,
    ];

    /// <summary>1 / (1 + e⁻ˣ), to full relative accuracy in the left tail too: σ(x) → eˣ as x → −∞.</summary>
    /// <remarks>
    /// e⁻ˣ = s·e⁻ʸ, where s = 2ⁿ for a multiple n of 1/32 is looked up, so that |y| ≤ ln 2 / 64 and (K − y) / (K + y) does for e⁻ʸ, within 2.7e-8 for the
    /// K next to 2 that spreads the error: σ = (K + y) / ((K + y) + s·(K − y)). Above and below are kept 2³² smaller, or s would overflow.
    /// </remarks>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static Vector512<float> Sigmoid(Vector512<float> x)
    {
        const float round = RoundF / 32;
        x = AtMost(40f, AtLeast(-104f, x));
        Vector512<float> t = Fma(x, V(-Log2EF), round - 32f), n = t - V(round - 32f);
        Vector512<float> y = Fma(n, V(Ln2LowF), Fma(n, V(Ln2HighF), x)), k = V(2.0000145f);
        Vector512<int> bits = t.AsInt32(), whole = (bits << 18) & Vector512.Create(-1 << 23);
        Vector512<float> s = (Table32.At(PowersOfTwo, bits).AsInt32() + whole).AsSingle();
        Vector512<float> above = ((k + y).AsInt32() - Vector512.Create(32 << 23)).AsSingle();
        return above / Fma(s, k - y, above);
    }

    /// <inheritdoc cref="Sigmoid(Vector512{float})"/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static Vector512<double> Sigmoid(Vector512<double> x)
    {
        Vector512<double> e = ExpClamped(AtLeast(-746d, -Vector512.Abs(x))), one = V(1d);
        Vector512<double> a = Vector512.ConditionalSelect(Vector512.LessThan(x, Vector512<double>.Zero), e, one);
        Vector512<double> b = one + e;
        return Quotient(a, Vector512<double>.Zero, b, e - (b - one));
    }

    /// <summary>Hyperbolic tangent: relative accuracy as x → 0, ±1 for large |x|, −0 kept.</summary>
    /// <remarks>
    /// |x| = k/4 + b, and tanh |x| = (p + q) / (1 + p·q) for p = tanh(k/4), looked up, and q = tanh b, of which three terms do for |b| ≤ 1/8 (within
    /// 7.8e-9 of it). Beyond the last k, 31, where p is 1 − 3.7e-7, b grows to 1.35: less and less of q is left in the sum, and none when q is 1.
    /// </remarks>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static Vector512<float> Tanh(Vector512<float> x)
    {
        const float round = RoundF / 4;
        Vector512<float> a = AtMost(9.1f, Vector512.Abs(x));
        Vector512<int> k = Vector512.Min((a + V(round)).AsInt32(), V(round + 7.75f).AsInt32());
        Vector512<float> b = a - (k.AsSingle() - V(round)), z = b * b, p = Table32.At(Tangents, k);
        Vector512<float> q = Fma(b * z, Fma(V(0.13216782f), z, -0.3333277f), b);
        return Vector512.CopySign((p + q) / Fma(p, q, 1f), x);
    }

    /// <inheritdoc cref="Tanh(Vector512{float})"/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static Vector512<double> Tanh(Vector512<double> x)
    {
        Vector512<double> a = AtMost(20d, Vector512.Abs(x)), t = Expm1OfMinus(a + a, out Vector512<double> low);
        Vector512<double> b = OrderedSum(V(2d), t, out Vector512<double> bLow);
        return Vector512.CopySign(Quotient(t, low, b, bLow + low), x);
    }

    /// <summary>ln(1 + eˣ) = max(x, 0) + log1p(e^−|x|), which neither overflows nor loses its left tail.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static Vector512<float> Softplus(Vector512<float> x)
    {
        Vector512<float> p = ExpOfRest(AtLeast(-104f, -Vector512.Abs(x)), out Vector512<float> n);
        return AtLeast(0f, x) + Log1pOfUnit(Scale(p, n));
    }

    /// <inheritdoc cref="Softplus(Vector512{float})"/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static Vector512<double> Softplus(Vector512<double> x)
    {
        Vector512<double> e = ExpClamped(AtLeast(-746d, -Vector512.Abs(x)));
        return AtLeast(0d, x) + Log1pOfUnit(e);
    }
}
