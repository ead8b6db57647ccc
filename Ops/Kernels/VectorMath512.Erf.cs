using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Autograd.Kernels;

static partial class VectorMath512
{
    /// <summary>Error function: relative accuracy as x → 0, ±1 for large |x|, −0 kept.</summary>
    /// <remarks>
    /// |x| = k/4 + b, and erf |x| is the polynomial of b whose coefficients are looked up. Its linear term is added last, unrounded: where k is 0 it is nearly
    /// all of the sum. The last polynomial reaches 1 at its end, 3.87499, for all that lies beyond.
    /// </remarks>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static Vector512<float> Erf(Vector512<float> x)
    {
        const float round = RoundF / 4;
        Vector512<float> a = Magnitude(3.87499f, x), t = a + V(round);
        Vector512<float> b = Avx512DQ.IsSupported ? Avx512DQ.Reduce(a, 2 << 4) : a - (t - V(round)), square = b * b; // b is exact either way.
        Vector512<int> k = t.AsInt32();
        Vector512<float> sign = SignOf(x);
        Vector512<float> odd = Lookup.In16(k, TableVector512.Create(
            0.117998675f, 0.081211224f, 0.008839503f, -0.05228097f, -0.06896769f, -0.04706714f, -0.014983385f, 0.006484121f,
            0.013008703f, 0.0106416205f, 0.006130535f, 0.002773464f, 0.0010271971f, 0.00031846948f, 8.3722065e-5f, 1.8819204e-5f));
        odd = Fma(odd, square, Lookup.In16(k, TableVector512.Create(
            -0.37595737f, -0.30919883f, -0.14649196f, 0.026776528f, 0.13836978f, 0.16753475f, 0.13875282f, 0.09015807f,
            0.048223455f, 0.021724654f, 0.008350004f, 0.0027602508f, 0.0007890177f, 0.00019577306f, 4.2282867e-5f, 7.966108e-6f)));
        Vector512<float> even = Lookup.In16(k, TableVector512.Create(
            -0.0016855575f, 0.12607801f, 0.18208623f, 0.15035315f, 0.06910796f, -0.005538167f, -0.043958712f, -0.047709662f,
            -0.03414505f, -0.018902713f, -0.00905699f, -0.0031727448f, -0.0013597811f, -0.00014497474f, 0.0002955073f, -8.612123e-5f));
        even = Fma(even, square, Lookup.In16(k, TableVector512.Create(
            -6.099162e-6f, -0.2649988f, -0.43938786f, -0.48220038f, -0.41510454f, -0.29565674f, -0.17840175f, -0.09236103f,
            -0.041339673f, -0.016074672f, -0.0054381173f, -0.0016144613f, -0.0004118365f, -9.771471e-5f, -2.6017318e-5f, -1.8998837e-6f)));
        Vector512<float> rest = Fma(Fma(odd, b, even), square, Lookup.In16(k, TableVector512.Create(
            0f, 0.2763264f, 0.5204999f, 0.71115565f, 0.8427008f, 0.92290014f, 0.96610516f, 0.9866717f,
            0.9953223f, 0.9985373f, 0.999593f, 0.9998994f, 0.9999779f, 0.9999957f, 0.9999993f, 0.9999999f)));
        return Fma(Lookup.In16(k, TableVector512.Create(
            1.1283792f, 1.0600142f, 0.8787827f, 0.6429311f, 0.4151075f, 0.23652112f, 0.11893029f, 0.052774996f,
            0.020666985f, 0.007142319f, 0.0021782843f, 0.0005862775f, 0.00013925321f, 2.9189097e-5f, 5.3994518e-6f, 1.25e-6f)), b, rest) | sign;
    }

    /// <inheritdoc cref="Erf(Vector512{float})"/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
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
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
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
