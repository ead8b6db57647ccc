using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Autograd.Kernels;

// x = n·ln 2 + r with |r| ≤ ln 2 / 2; eˣ = 2ⁿ·(1 + r + r²·q(r)).
static partial class VectorMath512
{
    /// <summary>(eʳ − 1 − r) / r² on |r| ≤ 0.3466; relative error of the eʳ − 1 made from it 1.4e-8.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static Vector512<float> ExpTail(Vector512<float> r)
    {
        Vector512<float> q = Fma(V(0.00138360029f), r, 0.00836711377f);
        q = Fma(q, r, 0.0416677557f);
        q = Fma(q, r, 0.16666539f);
        return Fma(q, r, 0.49999997f);
    }

    /// <inheritdoc cref="ExpTail(Vector512{float})"/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static Vector512<double> ExpTail(Vector512<double> r)
    {
        // Even and odd powers apart: one chain would be the longest wait of functions in which much comes before it.
        Vector512<double> s = r * r, q = Fma(V(2.5108851253547394e-08), s, 2.755724500786211e-06), odd = Fma(V(2.0942471446028407e-09), s, 2.7557260587154544e-07);
        q = Fma(q, s, 0.00019841269885343413);
        odd = Fma(odd, s, 2.4801587302155007e-05);
        q = Fma(q, s, 0.008333333333321737);
        odd = Fma(odd, s, 0.0013888888888882662);
        q = Fma(q, s, 0.16666666666666677);
        odd = Fma(odd, s, 0.04166666666666669);
        return Fma(Fma(odd, r, q), r, 0.5);
    }

    /// <summary>e^(x − n·ln 2) with the whole n that brings it closest to 1.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static Vector512<float> ExpOfRest(Vector512<float> x, out Vector512<float> n)
    {
        n = Fma(x, V(Log2EF), RoundF) - V(RoundF);
        Vector512<float> r = Fma(n, V(-Ln2LowF), Fma(n, V(-Ln2HighF), x));
        return Fma(Fma(ExpTail(r), r, 1f), r, 1f);
    }

    const float ShiftedRound = (RoundF / 8) + 64f;

    /// <summary>eˣ for x already within the range where 2ⁿ can be scaled.</summary>
    /// <remarks>
    /// x = n·ln 2 + r for a multiple n of 1/8, so that |r| ≤ ln 2 / 16 and two coefficients do for (eʳ − 1 − r) / r²; the eighths of n are looked up in a
    /// register, the whole part is scaled by. <see cref="ExpOfRest"/> has three coefficients more, and is within 1 ulp.
    /// </remarks>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static Vector512<float> ExpClamped(Vector512<float> x)
    {
        Vector512<float> t = Fma(x, V(Log2EF), RoundF / 8), n = t - V(RoundF / 8);
        Vector512<float> r = Fma(n, V(-Ln2LowF), Fma(n, V(-Ln2HighF), x));
        Vector512<float> power = Lookup.In8(t.AsInt32(), TableVector512.Create(
            1f, 1.0905077f, 1.1892071f, 1.2968396f, 1.4142135f, 1.5422108f, 1.6817929f, 1.8340081f,
            1f, 1.0905077f, 1.1892071f, 1.2968396f, 1.4142135f, 1.5422108f, 1.6817929f, 1.8340081f));
        Vector512<float> q = Fma(Fma(V(0.16668f), r, 0.50006486f), r, 1f);
        return Scale(Fma(power * r, q, power), Avx512F.IsSupported ? n : Vector512.Floor(n));
    }

    /// <inheritdoc cref="ExpClamped(Vector512{float})"/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static Vector512<double> ExpClamped(Vector512<double> x)
    {
        Vector512<double> n = Fma(x, V(Log2ED), RoundD) - V(RoundD);
        Vector512<double> r = Fma(n, V(-Ln2LowD), Fma(n, V(-Ln2HighD), x));
        return Scale(Fma(Fma(ExpTail(r), r, 1d), r, 1d), n);
    }

    /// <summary>eˣ for x ≤ 88, where the greatest element was subtracted: in float with fewer terms than <see cref="Exp(Vector512{float})"/>, within 1.2 ulp.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static Vector512<float> ExpLow(Vector512<float> x) => ExpClamped(AtLeast(-104f, x));

    /// <inheritdoc cref="ExpLow(Vector512{float})"/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static Vector512<double> ExpLow(Vector512<double> x) => ExpClamped(AtLeast(-746d, x));

    /// <summary>What <see cref="ExpShifted(Vector512{float}, Vector512{float}, Vector512{float})"/> needs for arguments up to <paramref name="greatest"/>, |greatest| ≤ 2¹³.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static Vector512<float> ShiftBelow(Vector512<float> greatest, out Vector512<float> least)
    {
        least = greatest - V(104f);
        return V(ShiftedRound) - (Fma(greatest, V(Log2EF), RoundF / 8) - V(RoundF / 8));
    }

    /// <inheritdoc cref="ShiftBelow(Vector512{float}, out Vector512{float})"/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static Vector512<double> ShiftBelow(Vector512<double> greatest, out Vector512<double> least)
    {
        least = greatest - V(746d);
        return greatest;
    }

    /// <summary>eˣ times a factor that the greatest argument decides: 2⁶⁴⁻ᴺ in float, where it is within 1.2 ulp, e^−greatest in double.</summary>
    /// <remarks>
    /// In float nothing is subtracted from x before its n·ln 2. N is log₂ e^greatest, rounded to a multiple of 1/8 as n is; it is part of the number whose
    /// sum with x·log₂ e is rounded to n, and so the last bits of that sum count the eighths of n − N + 64. They are added to the exponent of 2^(k/8), which
    /// is looked up, its bits less k·2²⁰; 2⁶⁴ keeps the result a normal number.
    /// </remarks>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static Vector512<float> ExpShifted(Vector512<float> x, Vector512<float> least, Vector512<float> shift)
    {
        x = Vector512.MaxNative(least, x);
        Vector512<float> t = Fma(x, V(Log2EF), shift), n = t - shift;
        Vector512<float> r = Fma(n, V(-Ln2LowF), Fma(n, V(-Ln2HighF), x));
        Vector512<float> power = Lookup.In8(t.AsInt32(), TableVector512.Create(
            1f, 0.9827539f, 0.96960354f, 0.9609198f, 0.95710677f, 0.9586054f, 0.9658964f, 0.97950405f,
            1f, 0.9827539f, 0.96960354f, 0.9609198f, 0.95710677f, 0.9586054f, 0.9658964f, 0.97950405f));
        power = (power.AsInt32() + (t.AsInt32() << 20)).AsSingle();
        return Fma(power * r, Fma(Fma(V(0.16668f), r, 0.50006486f), r, 1f), power);
    }

    /// <inheritdoc cref="ExpShifted(Vector512{float}, Vector512{float}, Vector512{float})"/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static Vector512<double> ExpShifted(Vector512<double> x, Vector512<double> least, Vector512<double> shift) => ExpClamped(Vector512.MaxNative(least, x) - shift);

    /// <summary>eˣ. Overflows to ∞ and underflows through the subnormal numbers to 0 where it should.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static Vector512<float> Exp(Vector512<float> x) => Scale(ExpOfRest(AtMost(89f, AtLeast(-104f, x)), out Vector512<float> n), n);

    /// <inheritdoc cref="Exp(Vector512{float})"/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static Vector512<double> Exp(Vector512<double> x) => ExpClamped(AtMost(710d, AtLeast(-746d, x)));

    /// <summary>2ˣ; exact for integers.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static Vector512<float> Exp2(Vector512<float> x)
    {
        x = AtMost(129f, AtLeast(-151f, x));
        Vector512<float> n = (x + V(RoundF)) - V(RoundF), r = x - n;
        Vector512<float> q = Fma(V(0.000133326233f), r, 0.0013387932f);
        q = Fma(q, r, 0.00962544512f);
        q = Fma(q, r, 0.0555036627f);
        q = Fma(q, r, 0.240225941f);
        q = Fma(q, r, 0.693147182f);
        return Scale(Fma(q, r, 1f), n);
    }

    /// <inheritdoc cref="Exp2(Vector512{float})"/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static Vector512<double> Exp2(Vector512<double> x) => Exp2(AtMost(1025d, AtLeast(-1076d, x)), Vector512<double>.Zero);

    // 2^(x + low), x within the range where 2ⁿ can be scaled.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static Vector512<double> Exp2(Vector512<double> x, Vector512<double> low)
    {
        Vector512<double> n = (x + V(RoundD)) - V(RoundD), f = OrderedSum(x - n, low, out low);
        // r = f·ln 2 in two parts.
        Vector512<double> r = Product(f, V(0.6931471805599453), out Vector512<double> rLow);
        low = Fma(low, V(0.6931471805599453), Fma(f, V(2.3190468138462996e-17), rLow));
        Vector512<double> lead = OrderedSum(V(1d), r, out Vector512<double> rest);
        return Scale(lead + Fma(r * r, ExpTail(r), low + rest), n);
    }

    /// <summary>eˣ − 1 with full relative accuracy as x → 0; keeps −0.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static Vector512<float> Expm1(Vector512<float> x)
    {
        Vector512<float> c = AtMost(89f, AtLeast(-30f, x));
        // The shifter carries the exponent bias of 2ⁿ⁻¹: half the result never overflows before its last doubling.
        Vector512<float> t = Fma(c, V(Log2EF), RoundF + 126f), n = t - V(RoundF + 126f);
        Vector512<float> r = Fma(n, V(-Ln2LowF), Fma(n, V(-Ln2HighF), c));
        Vector512<float> p = Fma(r * r, ExpTail(r), r), s = (t.AsInt32() << 23).AsSingle();
        Vector512<float> half = Fma(s, p, s - V(0.5f));
        return Vector512.ConditionalSelect(Vector512.LessThan(Vector512.Abs(x), V(1e-8f)), x, half + half);
    }

    /// <inheritdoc cref="Expm1(Vector512{float})"/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static Vector512<double> Expm1(Vector512<double> x)
    {
        Vector512<double> c = AtMost(710d, AtLeast(-50d, x));
        Vector512<double> t = Fma(c, V(Log2ED), RoundD + 1022), n = t - V(RoundD + 1022);
        Vector512<double> r = Reduce(c, n, out Vector512<double> error), s = (t.AsInt64() << 52).AsDouble();
        Vector512<double> less = OrderedSum(s, V(-0.5), out Vector512<double> low), half = Fma(s, r, less), rest = Fma(s, r, less - half) + low;
        half += Fma(s, Fma(r * r, ExpTail(r), error), rest);
        return Vector512.ConditionalSelect(Vector512.LessThan(Vector512.Abs(x), V(1e-17)), x, half + half);
    }

    /// <summary>r = x − n·ln 2, and what its rounding took away.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static Vector512<double> Reduce(Vector512<double> x, Vector512<double> n, out Vector512<double> error)
    {
        Vector512<double> high = Fma(n, V(-Ln2HighD), x), r = Fma(n, V(-Ln2LowD), high);
        error = Fma(n, V(-Ln2LowD), high - r);
        return r;
    }

    /// <summary>e⁻ˣ − 1 for x in 0..80: one power of two fewer to guard than <see cref="Expm1(Vector512{float})"/>.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static Vector512<float> Expm1OfMinus(Vector512<float> x)
    {
        Vector512<float> t = Fma(x, V(-Log2EF), RoundF + 127f), n = t - V(RoundF + 127f);
        Vector512<float> r = Fma(n, V(-Ln2LowF), Fma(n, V(-Ln2HighF), -x));
        Vector512<float> p = Fma(r * r, ExpTail(r), r), s = (t.AsInt32() << 23).AsSingle();
        return Fma(s, p, s - V(1f));
    }

    /// <summary>e⁻ˣ − 1 for x in 0..80, and what its rounding took away.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static Vector512<double> Expm1OfMinus(Vector512<double> x, out Vector512<double> rest)
    {
        Vector512<double> t = Fma(x, V(-Log2ED), RoundD + 1023), n = t - V(RoundD + 1023), r = Reduce(-x, n, out Vector512<double> error);
        Vector512<double> s = (t.AsInt64() << 52).AsDouble(), less = OrderedSum(V(-1d), s, out Vector512<double> low), lead = Fma(s, r, less);
        return OrderedSum(lead, Fma(s, Fma(r * r, ExpTail(r), error), Fma(s, r, less - lead) + low), out rest);
    }
}
