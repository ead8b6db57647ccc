using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Autograd.Kernels;

static partial class VectorMath512
{
    /// <summary>Error function, as −expm1(−g(x)) with the smooth g = −ln erfc: relative accuracy as x → 0 without a branch.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static Vector512<float> Erf(Vector512<float> x)
    {
        // g(a)/a on 0..4, weighted with the influence that g has on erf; 2/√π in two parts, so that g(a) is rounded nearly once.
        Vector512<float> a = AtMost(4f, Vector512.Abs(x)), p = Fma(V(-9.30224905e-6f), a, 0.000118129472f);
        p = Fma(p, a, -0.000634861353f);
        p = Fma(p, a, 0.00167127629f);
        p = Fma(p, a, -0.00016525219f);
        p = Fma(p, a, -0.0191500522f);
        p = Fma(p, a, 0.102776885f);
        p = Fma(p, a, 0.636619508f);
        p = Fma(p, a, -5.86353828e-8f);
        return Vector512.CopySign(Expm1OfMinus(Fma(a, V(1.12837923f), a * p)), x);
    }

    /// <inheritdoc cref="Erf(Vector512{float})"/>
    [MethodImpl(Jit.Loop)]
    internal static Vector512<double> Erf(Vector512<double> x)
    {
        Vector512<double> a = Vector512.Abs(x), small = Vector512.LessThan(a, V(0.75));
        Vector512<double> y = Vector512.ConditionalSelect(small, ErfOfUnit(a), V(1d) - ErfcOfPositive(a));
        return Vector512.CopySign(y, x);
    }

    /// <summary>1 − erf x, to full relative accuracy in the right tail, through the subnormal numbers.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static Vector512<float> Erfc(Vector512<float> x) =>
        Vector512.Narrow(ErfcOfFloats(Vector512.WidenLower(x)), ErfcOfFloats(Vector512.WidenUpper(x)));

    // ErfcOfPositive with fewer terms, from 0 on: the relative error is 2⁻³².
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static Vector512<double> ErfcOfFloats(Vector512<double> x)
    {
        Vector512<double> a = AtMost(10.3, Vector512.Abs(x)), c = a + V(4d), d = Fma(a, V(2d), 1d), inverse = V(1d) / (c * d);
        Vector512<double> t = (a - V(4d)) * d * inverse, s = t * t;
        Vector512<double> p = Fma(V(8.339031383736286e-05), s, -0.0008355460869371432), odd = Fma(V(-0.00036245004250510295), s, 0.005085421730378722);
        p = Fma(p, s, -0.016147743268614557);
        odd = Fma(odd, s, 0.037165421546097);
        p = Fma(p, s, -0.06634014357013285);
        odd = Fma(odd, s, 0.09373202851203412);
        p = Fma(p, s, -0.10103827032917682);
        odd = Fma(odd, s, 0.06809712995753289);
        p = Fma(p, s, 0.015379627920849728);
        odd = Fma(odd, s, -0.13962111816496248);
        p = Fma(odd, t, Fma(p, s, 1.2329951187523729));
        // a² of a float is exact.
        Vector512<double> tail = p * c * inverse * Exp2ForFloat(a * a * V(-Log2ED));
        return Vector512.ConditionalSelect(Vector512.LessThan(x, Vector512<double>.Zero), V(2d) - tail, tail);
    }

    /// <inheritdoc cref="Erfc(Vector512{float})"/>
    [MethodImpl(Jit.Loop)]
    internal static Vector512<double> Erfc(Vector512<double> x)
    {
        Vector512<double> a = Vector512.Abs(x), tail = ErfcOfPositive(a);
        Vector512<double> y = Vector512.ConditionalSelect(Vector512.LessThan(x, Vector512<double>.Zero), V(2d) - tail, tail);
        return Vector512.ConditionalSelect(Vector512.LessThan(Vector512.Abs(x + V(0.14)), V(0.61)), V(1d) - ErfOfUnit(x), y);
    }

    // erf x for |x| ≤ 1, as 2x/√π + x³·P(x²); relative error of it 1.3e-17.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static Vector512<double> ErfOfUnit(Vector512<double> x)
    {
        Vector512<double> s = x * x, p = Fma(V(-7.796023982385392e-10), s, 1.3720527499715062e-08);
        p = Fma(p, s, -1.620870780444795e-07);
        p = Fma(p, s, 1.6447473794473792e-06);
        p = Fma(p, s, -1.4924743018429964e-05);
        p = Fma(p, s, 0.00012055295374046671);
        p = Fma(p, s, -0.000854832599820025);
        p = Fma(p, s, 0.005223977607812106);
        p = Fma(p, s, -0.026866170643365186);
        p = Fma(p, s, 0.11283791670946283);
        p = Fma(p, s, -0.376126389031836);
        Vector512<double> lead = Product(x, V(1.1283791670955126), out Vector512<double> low);
        return lead + Fma(x * s, p, Fma(x, V(1.533545961316588e-17), low));
    }

    /// <summary>erfc x = e^(−x²)·P(t)/(1 + 2x) for x ≥ 0.2, with t = (x − 4)/(x + 4); relative error of P 4e-18.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static Vector512<double> ErfcOfPositive(Vector512<double> x)
    {
        x = AtMost(28d, x);
        Vector512<double> t = (x - V(4d)) / (x + V(4d));
        Vector512<double> p = Fma(V(-3.3571886036438293e-10), t, -1.0988104333190552e-08);
        p = Fma(p, t, -1.1106296010026271e-08);
        p = Fma(p, t, 1.0725737590099362e-07);
        p = Fma(p, t, 6.538029922891194e-08);
        p = Fma(p, t, -8.246418322187867e-07);
        p = Fma(p, t, 3.0095754450462766e-07);
        p = Fma(p, t, 5.710178277125487e-06);
        p = Fma(p, t, -1.1225489349829953e-05);
        p = Fma(p, t, -2.4399675677096736e-05);
        p = Fma(p, t, 0.0001506227638152148);
        p = Fma(p, t, -0.00019925651759775267);
        p = Fma(p, t, -0.0007577735110285606);
        p = Fma(p, t, 0.005031969941118098);
        p = Fma(p, t, -0.016197734029116246);
        p = Fma(p, t, 0.03716751554180326);
        p = Fma(p, t, -0.06633036581439838);
        p = Fma(p, t, 0.0937328349980824);
        p = Fma(p, t, -0.10103906603621844);
        p = Fma(p, t, 0.06809705425470003);
        p = Fma(p, t, 0.015379652102618411);
        p = Fma(p, t, -0.13962111684056258);
        Vector512<double> product = p * t, c = V(1.2329951186255526), a = c + product, d = Fma(x, V(2d), 1d);
        Vector512<double> w = QuotientOf(a, (c - a) + product, d, Fma(x, V(2d), V(1d) - d), out Vector512<double> low);
        return ExpOfMinusSquare(x, w, low);
    }

    // (w + wLow)·e^(−x²), with the rounding errors of x² and of 1 + r taken along.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static Vector512<double> ExpOfMinusSquare(Vector512<double> x, Vector512<double> w, Vector512<double> wLow)
    {
        Vector512<double> square = x * x, error = Fma(x, x, -square);
        Vector512<double> n = Fma(square, V(-Log2ED), RoundD) - V(RoundD);
        Vector512<double> high = Fma(n, V(-Ln2HighD), -square), sum = Fma(n, V(-Ln2LowD), high), r = sum - error;
        Vector512<double> low = Fma(n, V(-Ln2LowD), high - sum) + ((sum - r) - error);
        Vector512<double> e = OrderedSum(V(1d), r, out Vector512<double> rest);
        rest += Fma(r * r, ExpTail(r), low);
        return Scale(Fma(e, w, Fma(rest, w, e * wLow)), n);
    }
}
