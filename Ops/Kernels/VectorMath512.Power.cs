using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Autograd.Kernels;

static partial class VectorMath512
{
    // 2⁶⁰⁰ and 2⁻⁶⁰⁰.
    const double Up = 4.149515568880993e180, Down = 2.409919865102884e-181;

    /// <summary>xʸ with the special values of IEEE 754's pow: NaN for x &lt; 0 and y no integer, x⁰ = 1ʸ = 1. Computed in double.</summary>
    /// <remarks>Called, not inlined: a loop with several copies of it would have more variables than the compiler keeps in registers.</remarks>
    [MethodImpl(Jit.Loop)]
    internal static Vector512<float> Pow(Vector512<float> x, Vector512<float> y)
    {
        Vector512<float> a = Vector512.Abs(x), f = Split(a, out Vector512<float> k);
        Vector512<float> z = Vector512.Narrow(
            PowOfParts(Vector512.WidenLower(f), Vector512.WidenLower(k), Vector512.WidenLower(y)),
            PowOfParts(Vector512.WidenUpper(f), Vector512.WidenUpper(k), Vector512.WidenUpper(y)));
        Vector512<float> zero = Vector512<float>.Zero, infinity = V(float.PositiveInfinity);
        Vector512<float> ordinary = Vector512.LessThan(zero, x) & Vector512.LessThan(Vector512.Max(a, Vector512.Abs(y)), infinity);
        return Vector512.EqualsAll(ordinary.AsInt32(), Vector512<int>.AllBitsSet) ? z : PowEnds(x, y, z);
    }

    // z where x is positive and both are finite, and else what is special; the same bits in lanes that are not.
    [MethodImpl(MethodImplOptions.NoInlining)]
    static Vector512<float> PowEnds(Vector512<float> x, Vector512<float> y, Vector512<float> z)
    {
        Vector512<float> zero = Vector512<float>.Zero, one = V(1f), infinity = V(float.PositiveInfinity), a = Vector512.Abs(x);
        // Powers of 0 and of ∞ are 0 or ∞.
        Vector512<float> isZero = Vector512.Equals(a, zero), isInfinite = Vector512.Equals(a, infinity);
        Vector512<float> end = Vector512.AndNot(infinity, Vector512.Equals(isZero.AsInt32(), Vector512.LessThan(zero, y).AsInt32()).AsSingle());
        z = Vector512.ConditionalSelect(isZero | isInfinite, end, z);
        z = Vector512.ConditionalSelect(Vector512.Equals(x, x) & Vector512.Equals(y, y), z, V(float.NaN));

        Vector512<float> half = V(0.5f) * y;
        Vector512<float> integer = Vector512.Equals(Vector512.Floor(y), y), even = Vector512.Equals(Vector512.Floor(half), half);
        Vector512<float> negative = Vector512.AndNot(Vector512.LessThan(x, zero), isInfinite);
        z = Vector512.ConditionalSelect(Vector512.AndNot(negative, integer), V(float.NaN), z);
        z ^= Vector512.AndNot(x & integer, even) & V(-0f);

        // One to any power, and −1 to an infinite one.
        Vector512<float> unit = Vector512.Equals(x, one) | (Vector512.Equals(a, one) & Vector512.Equals(Vector512.Abs(y), infinity));
        return Vector512.ConditionalSelect(unit | Vector512.Equals(y, zero), one, z);
    }

    // 2^(y·log₂ a) for a = 2ᵏ·(1 + f): log₂ a = k + f·p(f), with a relative error of p below 2⁻³⁵.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static Vector512<double> PowOfParts(Vector512<double> f, Vector512<double> k, Vector512<double> y)
    {
        // Two chains, of even and of odd powers: one would be the longest wait of the whole function.
        Vector512<double> g = f * f;
        Vector512<double> p = Fma(V(0.07553790398013412), g, 0.14495052999815844), odd = Fma(V(-0.1414478821058739), g, -0.14349039375280995);
        p = Fma(p, g, 0.15878356832510718);
        odd = Fma(odd, g, -0.1802710257711494);
        p = Fma(p, g, 0.20617283226751987);
        odd = Fma(odd, g, -0.24045433696411997);
        p = Fma(p, g, 0.28853739437873954);
        odd = Fma(odd, g, -0.3606736553159396);
        p = Fma(p, g, 0.4808983601762459);
        odd = Fma(odd, g, -0.7213475209631551);
        p = Fma(odd, f, Fma(p, g, 1.4426950408708794));
        // Beyond these every power is a float's infinity, or its zero.
        return Exp2ForFloat(AtMost(130d, AtLeast(-160d, y * Fma(p, f, k))));
    }

    // 2ᵗ for |t| below 1000, as exact as a float needs: relative error 2⁻³⁴.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static Vector512<double> Exp2ForFloat(Vector512<double> t)
    {
        Vector512<double> shifted = t + V(RoundD), r = t - (shifted - V(RoundD)), s = r * r;
        Vector512<double> q = Fma(V(0.00015469729214118296), s, 0.009618025613318034), odd = Fma(V(1.5303700711365693e-05), s, 0.0013333478473685416);
        q = Fma(q, s, 0.24022651213498092);
        odd = Fma(odd, s, 0.055504109063258665);
        q = Fma(Fma(odd, s, 0.6931471805568324), r, Fma(q, s, 1d));
        return (q.AsInt64() + (shifted.AsInt64() << 52)).AsDouble();
    }

    /// <summary>√(x² + y²) without overflow or underflow on the way; ∞ if either is infinite. Computed in double.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static Vector512<float> Hypot(Vector512<float> x, Vector512<float> y)
    {
        Vector512<float> z = Vector512.Narrow(
            HypotOfFloats(Vector512.WidenLower(x), Vector512.WidenLower(y)),
            HypotOfFloats(Vector512.WidenUpper(x), Vector512.WidenUpper(y)));
        Vector512<float> infinity = V(float.PositiveInfinity);
        Vector512<float> infinite = Vector512.Equals(Vector512.Abs(x), infinity) | Vector512.Equals(Vector512.Abs(y), infinity);
        return Vector512.ConditionalSelect(infinite, infinity, z);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static Vector512<double> HypotOfFloats(Vector512<double> x, Vector512<double> y) => Vector512.Sqrt(Fma(x, x, y * y));

    /// <inheritdoc cref="Pow(Vector512{float}, Vector512{float})"/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static Vector512<double> Pow(Vector512<double> x, Vector512<double> y)
    {
        Vector512<double> zero = Vector512<double>.Zero, a = Vector512.Abs(x), log = Log2Pair(a, out Vector512<double> logLow);
        // No power changes by this, and no product is infinite.
        Vector512<double> c = AtMost(1e20, AtLeast(-1e20, y)), t = Product(c, log, out Vector512<double> low);
        low = Fma(c, logLow, low) & Vector512.LessThan(Vector512.Abs(t), V(1100d));
        Vector512<double> z = Exp2(AtMost(1100d, AtLeast(-1100d, t)), low);
        Vector512<double> ordinary = Vector512.LessThan(zero, x) & Vector512.LessThan(Vector512.Max(a, Vector512.Abs(y)), V(double.PositiveInfinity));
        return Vector512.EqualsAll(ordinary.AsInt64(), Vector512<long>.AllBitsSet) ? z : PowEnds(x, y, z);
    }

    /// <summary>log₂ x and what its rounding took away, together to 2⁻⁶⁸ of it: with x = 2ᵏ·(1 + f) and s = f/(2 + f), k + s·(c₀ + c₁·s² + s⁴·P(s²)).</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static Vector512<double> Log2Pair(Vector512<double> x, out Vector512<double> low)
    {
        Vector512<double> f = Split(x, out Vector512<double> k), d = OrderedSum(V(2d), f, out Vector512<double> dLow);
        Vector512<double> s = QuotientOf(f, Vector512<double>.Zero, d, dLow, out Vector512<double> sLow), z = Product(s, s, out Vector512<double> zLow);
        zLow = Fma(s + s, sLow, zLow);
        Vector512<double> w = z * z, p = Fma(V(0.16845109088990426), w, 0.2219522699563348), odd = Fma(V(0.17282122611887968), w, 0.19240134053760732);
        p = Fma(p, w, 0.3205988979127567);
        odd = Fma(odd, w, 0.2623081986626282);
        p = Fma(p, w, 0.5770780163555851);
        odd = Fma(odd, w, 0.4121985831113458);
        p = Fma(odd, z, p);
        Vector512<double> q = OrderedSum(V(0.9617966939259756), z * p, out Vector512<double> qLow);
        qLow += V(5.0577616648125907e-17);
        q = Product(z, q, out Vector512<double> product, qLow, zLow);
        q = OrderedSum(V(2.8853900817779268), q, out qLow);
        qLow += product + V(4.0710547481862066e-17);
        q = Product(s, q, out product, qLow, sLow);
        Vector512<double> sum = OrderedSum(k, q, out low);
        return OrderedSum(sum, low + product, out low);
    }

    // (a + aLow)·(b + bLow).
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static Vector512<double> Product(Vector512<double> a, Vector512<double> b, out Vector512<double> low, Vector512<double> bLow, Vector512<double> aLow)
    {
        Vector512<double> product = Product(a, b, out low);
        low = Fma(a, bLow, Fma(aLow, b, low));
        return product;
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    static Vector512<double> PowEnds(Vector512<double> x, Vector512<double> y, Vector512<double> z)
    {
        Vector512<double> zero = Vector512<double>.Zero, one = V(1d), infinity = V(double.PositiveInfinity), a = Vector512.Abs(x);
        Vector512<double> isZero = Vector512.Equals(a, zero), isInfinite = Vector512.Equals(a, infinity);
        Vector512<double> end = Vector512.AndNot(infinity, Vector512.Equals(isZero.AsInt64(), Vector512.LessThan(zero, y).AsInt64()).AsDouble());
        z = Vector512.ConditionalSelect(isZero | isInfinite, end, z);
        z = Vector512.ConditionalSelect(Vector512.Equals(x, x) & Vector512.Equals(y, y), z, V(double.NaN));

        Vector512<double> half = V(0.5) * y;
        Vector512<double> integer = Vector512.Equals(Vector512.Floor(y), y), even = Vector512.Equals(Vector512.Floor(half), half);
        Vector512<double> negative = Vector512.AndNot(Vector512.LessThan(x, zero), isInfinite);
        z = Vector512.ConditionalSelect(Vector512.AndNot(negative, integer), V(double.NaN), z);
        z ^= Vector512.AndNot(x & integer, even) & V(-0d);

        Vector512<double> unit = Vector512.Equals(x, one) | (Vector512.Equals(a, one) & Vector512.Equals(Vector512.Abs(y), infinity));
        return Vector512.ConditionalSelect(unit | Vector512.Equals(y, zero), one, z);
    }

    /// <inheritdoc cref="Hypot(Vector512{float}, Vector512{float})"/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static Vector512<double> Hypot(Vector512<double> x, Vector512<double> y)
    {
        Vector512<double> ax = Vector512.Abs(x), ay = Vector512.Abs(y), infinity = V(double.PositiveInfinity);
        Vector512<double> infinite = Vector512.Equals(ax, infinity) | Vector512.Equals(ay, infinity), large = Vector512.Max(ax, ay);
        // By a power of two, where squares or their errors would leave the range.
        Vector512<double> big = Vector512.GreaterThan(large, V(1e140)), tiny = Vector512.LessThan(large, V(1e-140)), one = V(1d);
        Vector512<double> scale = Vector512.ConditionalSelect(big, V(Down), Vector512.ConditionalSelect(tiny, V(Up), one));
        ax *= scale;
        ay *= scale;
        Vector512<double> p = Product(ax, ax, out Vector512<double> pLow), q = Product(ay, ay, out Vector512<double> qLow);
        Vector512<double> sum = Sum(p, q, out Vector512<double> low), root = Sqrt(sum, low + (pLow + qLow), out low);
        Vector512<double> z = (root + low) * Vector512.ConditionalSelect(big, V(Up), Vector512.ConditionalSelect(tiny, V(Down), one));
        return Vector512.ConditionalSelect(infinite, infinity, z);
    }
}
