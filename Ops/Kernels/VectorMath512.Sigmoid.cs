using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Autograd.Kernels;

static partial class VectorMath512
{
    /// <summary>The bits of 2^(k/32) / C, less k·2¹⁸: what k adds to the exponent of a power of two when it is shifted there as a whole.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static Vector512<float> PowerOfTwo(Vector512<int> k) => Lookup.In32(
        k,
        TableVector512.Create(
            1.0168895f, 1.0079064f, 0.9997055f, 0.9957069f, 0.9919629f, 0.9884791f, 0.9852611f, 0.98231477f,
            0.9796461f, 0.9772611f, 0.9751661f, 0.9733673f, 0.97187126f, 0.9706846f, 0.9698141f, 0.9692667f),
        TableVector512.Create(
            0.96904945f, 0.96916956f, 0.9696345f, 0.9704517f, 0.97162896f, 0.97317415f, 0.97509533f, 0.9774007f,
            0.9800987f, 0.9831979f, 0.98670715f, 0.9906354f, 0.9949918f, 0.99978566f, 1.0100534f, 1.0214492f));

    /// <summary>C: of the numbers next below 0.99 the one whose 32 entries of the table are rounded least, by 2.8e-8 of them at most.</summary>
    const float PowerScale = 0.98339105f;

    /// <summary>tanh(k/4).</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static Vector512<float> QuarterOfTanh(Vector512<int> k) => Lookup.In32(
        k,
        TableVector512.Create(
            0f, 0.24491866f, 0.46211717f, 0.63514894f, 0.7615942f, 0.84828365f, 0.90514827f, 0.94137555f,
            0.9640276f, 0.9780261f, 0.9866143f, 0.99185973f, 0.9950548f, 0.99699765f, 0.9981779f, 0.99889445f),
        TableVector512.Create(
            0.9993293f, 0.99959314f, 0.99975324f, 0.99985033f, 0.9999092f, 0.9999449f, 0.9999666f, 0.99997973f,
            0.9999877f, 0.99999255f, 0.99999547f, 0.99999726f, 0.99999833f, 0.999999f, 0.9999994f, 0.99999964f));

    /// <summary>1 / (1 + e⁻ˣ), to full relative accuracy in the left tail too: σ(x) → eˣ as x → −∞.</summary>
    /// <remarks>
    /// e⁻ˣ = 2ⁿ·e⁻ʸ for a multiple n of 1/32, so that |y| ≤ ln 2 / 64 and four terms do for e⁻ʸ. The table's factor 1/C makes C·e⁻ʸ of them, which is below 1
    /// and so rounded by half as much. Both sides of the fraction are kept 2³² smaller, or 2ⁿ would overflow.
    /// </remarks>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static Vector512<float> Sigmoid(Vector512<float> x)
    {
        const float round = RoundF / 32 - 32f, above = 1f / (1L << 32);
        x = AtMost(40f, AtLeast(-104f, x));
        Vector512<float> t = Fma(x, V(-Log2EF), round), n = t - V(round);
        Vector512<float> z = Fma(n, V(Ln2HighF), x), y = Fma(n, V(Ln2LowF), z);
        Vector512<float> power = (PowerOfTwo(t.AsInt32()).AsInt32() + (t.AsInt32() << 18)).AsSingle();
        // The last bits of y show in its first power alone.
        Vector512<float> rest = Fma(Fma(Fma(V(PowerScale / -6), z, PowerScale / 2), z, -PowerScale), y, PowerScale);
        return V(above) / Fma(power, rest, above);
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
        Vector512<float> a = Magnitude(9.1f, x);
        Vector512<int> k = Vector512.Min((a + V(round)).AsInt32(), V(round + 7.75f).AsInt32());
        Vector512<float> b = a - (k.AsSingle() - V(round)), z = b * b, p = QuarterOfTanh(k);
        Vector512<float> q = Fma(b * z, Fma(V(0.13216782f), z, -0.3333277f), b);
        return ((p + q) / Fma(p, q, 1f)) | SignOf(x);
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
