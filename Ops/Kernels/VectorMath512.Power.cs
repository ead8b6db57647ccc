using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Autograd.Kernels;

static partial class VectorMath512
{
    /// <summary>xʸ with the special values of IEEE 754's pow: NaN for x &lt; 0 and y no integer, x⁰ = 1ʸ = 1. Computed in double.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static Vector512<float> Pow(Vector512<float> x, Vector512<float> y) => Vector512.Narrow(
        PowOfFloats(Vector512.WidenLower(x), Vector512.WidenLower(y)),
        PowOfFloats(Vector512.WidenUpper(x), Vector512.WidenUpper(y)));

    // e^(y·ln|x|): the error of y·ln|x| is far below float's precision.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static Vector512<double> PowOfFloats(Vector512<double> x, Vector512<double> y)
    {
        Vector512<double> one = V(1d), infinity = V(double.PositiveInfinity), a = Vector512.Abs(x);
        // Widened floats are never subnormal, so Log's scaling of those is left out.
        Vector512<long> offset = Vector512.Create(SqrtHalfBitsD), b = a.AsInt64() - offset;
        Vector512<double> f = ((b & Vector512.Create(0xFFFFFFFFFFFFF)) + offset).AsDouble() - one;
        Vector512<double> log = LogReduced(f, Exponent(b));
        log = Vector512.ConditionalSelect(Vector512.LessThan(a, infinity), log, a);
        log = Vector512.ConditionalSelect(Vector512.Equals(a, Vector512<double>.Zero), -infinity, log);
        Vector512<double> z = Exp(y * log);

        Vector512<double> half = V(0.5) * y;
        Vector512<double> integer = Vector512.Equals(Vector512.Floor(y), y), even = Vector512.Equals(Vector512.Floor(half), half);
        Vector512<double> negative = Vector512.LessThan(x, Vector512<double>.Zero) & Vector512.LessThan(a, infinity);
        z = Vector512.ConditionalSelect(Vector512.AndNot(negative, integer), V(double.NaN), z);
        z ^= Vector512.AndNot(x & integer, even) & V(-0d);

        // One to any power, and −1 to an infinite one.
        Vector512<double> unit = Vector512.Equals(x, one) | (Vector512.Equals(a, one) & Vector512.Equals(Vector512.Abs(y), infinity));
        return Vector512.ConditionalSelect(unit | Vector512.Equals(y, Vector512<double>.Zero), one, z);
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
}
