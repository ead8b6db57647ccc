using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Autograd.Kernels;

/// <summary>Elementary functions of whole vectors, for use inside elementwise loops.</summary>
/// <remarks>
/// Every function is free of branches on single lanes, so that a lane's value depends on nothing but its argument; every
/// rounding is that of an explicit IEEE 754 operation, so that all hardware gives the same bits; the exception is what is
/// taken from System.Math (sines of 2²² and more, in float of 2³⁰ and more), which is the same on one operating system. Minimax coefficients are
/// our own (Remez exchange in 50 digits, low orders rounded first, the rest fitted again); the reductions are the usual
/// ones (J.-M. Muller, Elementary Functions, 3rd ed., 2016; fdlibm). Bench's UlpReport prints the errors and the speed.
/// </remarks>
static partial class VectorMath512
{
    // Adding 1.5·2²³ (1.5·2⁵²) rounds a small number to an integer, which the low bits of the sum then hold.
    const float RoundF = 12582912f;
    const double RoundD = 6755399441055744d;

    const float Log2EF = 1.44269504f, Ln2HighF = 0.693147182f, Ln2LowF = -1.9046543e-9f;

    // Ln2HighD has 41 bits: k·Ln2HighD is exact for every exponent k.
    const double Log2ED = 1.4426950408889634, Ln2HighD = 0.693147180559663, Ln2LowD = 2.8235290563031577e-13;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static Vector512<float> V(float c) => Vector512.Create(c);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static Vector512<double> V(double c) => Vector512.Create(c);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static Vector512<float> Fma(Vector512<float> a, Vector512<float> b, Vector512<float> c) => Vector512.FusedMultiplyAdd(a, b, c);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static Vector512<double> Fma(Vector512<double> a, Vector512<double> b, Vector512<double> c) => Vector512.FusedMultiplyAdd(a, b, c);

    // One step of Horner's rule, with a constant.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static Vector512<float> Fma(Vector512<float> a, Vector512<float> b, float c) => Vector512.FusedMultiplyAdd(a, b, Vector512.Create(c));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static Vector512<double> Fma(Vector512<double> a, Vector512<double> b, double c) => Vector512.FusedMultiplyAdd(a, b, Vector512.Create(c));

    // Smaller (larger) of c and x; NaN stays NaN: the native forms return their second operand where one is NaN.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static Vector512<float> AtMost(float c, Vector512<float> x) => Vector512.MinNative(Vector512.Create(c), x);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static Vector512<float> AtLeast(float c, Vector512<float> x) => Vector512.MaxNative(Vector512.Create(c), x);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static Vector512<double> AtMost(double c, Vector512<double> x) => Vector512.MinNative(Vector512.Create(c), x);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static Vector512<double> AtLeast(double c, Vector512<double> x) => Vector512.MaxNative(Vector512.Create(c), x);

    // The smaller of limit and |x|, and the sign of x as −0 or 0, to be put back with |. One instruction each, where there is AVX-512, instead of two: the one
    // that clamps drops NaN, which the sign then keeps; without, it is the other way round.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static Vector512<float> Magnitude(float limit, Vector512<float> x) =>
        Avx512DQ.IsSupported ? Avx512DQ.Range(x, V(limit), 0b1010) : AtMost(limit, Vector512.Abs(x));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static Vector512<float> SignOf(Vector512<float> x)
    {
        // The table's digits, from the last on: the two kinds of NaN stay, so does ±0; 1 becomes 0, −∞ −0, ∞ 0, all other negative numbers −0, positive ones 0.
        const uint table = 0x87878122;
        return Avx512DQ.IsSupported ? Avx512F.Fixup(x, x, Vector512.Create(table).AsInt32(), 0) : x & V(-0f);
    }

    // y with the sign bit of x also set: gives the odd functions their −0.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static Vector512<float> OrSign(Vector512<float> y, Vector512<float> x) => y | (x & Vector512.Create(-0f));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static Vector512<double> OrSign(Vector512<double> y, Vector512<double> x) => y | (x & Vector512.Create(-0d));

    /// <summary>p·2ⁿ, rounded once, for integral n in −252..254 and p in 0.5..2; AVX-512 alone rounds any n down first; overflows and underflows as it should.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static Vector512<float> Scale(Vector512<float> p, Vector512<float> n)
    {
        if (Avx512F.IsSupported) return Avx512F.Scale(p, n);
        // Two normal powers of two; the first product is exact.
        Vector512<int> k = Vector512.ConvertToInt32Native(n), half = k >> 1, bias = Vector512.Create(127);
        return p * ((half + bias) << 23).AsSingle() * ((k - half + bias) << 23).AsSingle();
    }

    /// <summary>p·2ⁿ, rounded once, for integral n in −2044..2046 and p in 0.5..2; overflows and underflows as it should.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static Vector512<double> Scale(Vector512<double> p, Vector512<double> n)
    {
        if (Avx512F.IsSupported) return Avx512F.Scale(p, n);
        Vector512<long> k = (n + V(RoundD)).AsInt64() - Vector512.Create(RoundD).AsInt64();
        // 64-bit arithmetic shifts are slow before AVX-512: an offset makes the halving a logical one.
        Vector512<long> half = ((k + Vector512.Create(4096L)) >>> 1) - Vector512.Create(2048L), bias = Vector512.Create(1023L);
        return p * ((half + bias) << 52).AsDouble() * ((k - half + bias) << 52).AsDouble();
    }

    /// <summary>A function of float evaluated in double precision: its two halves widened, and narrowed again.</summary>
    interface IDoubleFunction
    {
        static abstract Vector512<double> Of(Vector512<double> x);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static Vector512<float> Widened<TFunction>(Vector512<float> x) where TFunction : IDoubleFunction =>
        Vector512.Narrow(TFunction.Of(Vector512.WidenLower(x)), TFunction.Of(Vector512.WidenUpper(x)));
}
