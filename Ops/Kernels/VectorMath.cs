using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Autograd.Kernels;

/// <summary>Elementary functions of whole vectors of the virtual width, float or double, computed at the width that the processor has.</summary>
/// <remarks>
/// Note [Half the width]. Without 512-bit registers every operation on a Vector512 is a method that the compiler has to inline; the formulas
/// have so many of them that its budget ends half-way, and what is left over are calls. So the formulas of
/// <see cref="VectorMath512"/> are compiled a second time as VectorMath256, which the build makes from the same text (Ops.csproj). Lanes know nothing of
/// each other, so both give the same bits.
/// </remarks>
static class VectorMath
{
    /// <inheritdoc cref="VectorMath512.Exp(Vector512{float})"/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<T> Exp<T>(Vector512<T> x) where T : unmanaged => Vector512.IsHardwareAccelerated
        ? VectorMath512.Exp(x) : Vector512.Create(VectorMath256.Exp(x.GetLower()), VectorMath256.Exp(x.GetUpper()));

    /// <inheritdoc cref="VectorMath512.ShiftBelow(Vector512{float}, out Vector512{float})"/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<T> ShiftBelow<T>(Vector512<T> greatest, out Vector512<T> least) where T : unmanaged
    {
        if (Vector512.IsHardwareAccelerated) return VectorMath512.ShiftBelow(greatest, out least);
        Vector256<T> lower = VectorMath256.ShiftBelow(greatest.GetLower(), out Vector256<T> low), upper = VectorMath256.ShiftBelow(greatest.GetUpper(), out Vector256<T> high);
        least = Vector512.Create(low, high);
        return Vector512.Create(lower, upper);
    }

    /// <inheritdoc cref="VectorMath512.ExpShifted(Vector512{float}, Vector512{float}, Vector512{float})"/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<T> ExpShifted<T>(Vector512<T> x, Vector512<T> least, Vector512<T> shift) where T : unmanaged => Vector512.IsHardwareAccelerated
        ? VectorMath512.ExpShifted(x, least, shift)
        : Vector512.Create(
            VectorMath256.ExpShifted(x.GetLower(), least.GetLower(), shift.GetLower()), VectorMath256.ExpShifted(x.GetUpper(), least.GetUpper(), shift.GetUpper()));

    /// <inheritdoc cref="VectorMath512.ExpLow(Vector512{float})"/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<T> ExpLow<T>(Vector512<T> x) where T : unmanaged => Vector512.IsHardwareAccelerated
        ? VectorMath512.ExpLow(x) : Vector512.Create(VectorMath256.ExpLow(x.GetLower()), VectorMath256.ExpLow(x.GetUpper()));

    /// <inheritdoc cref="VectorMath512.Exp2(Vector512{float})"/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<T> Exp2<T>(Vector512<T> x) where T : unmanaged => Vector512.IsHardwareAccelerated
        ? VectorMath512.Exp2(x) : Vector512.Create(VectorMath256.Exp2(x.GetLower()), VectorMath256.Exp2(x.GetUpper()));

    /// <inheritdoc cref="VectorMath512.Expm1(Vector512{float})"/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<T> Expm1<T>(Vector512<T> x) where T : unmanaged => Vector512.IsHardwareAccelerated
        ? VectorMath512.Expm1(x) : Vector512.Create(VectorMath256.Expm1(x.GetLower()), VectorMath256.Expm1(x.GetUpper()));

    /// <inheritdoc cref="VectorMath512.Log(Vector512{float})"/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<T> Log<T>(Vector512<T> x) where T : unmanaged => Vector512.IsHardwareAccelerated
        ? VectorMath512.Log(x) : Vector512.Create(VectorMath256.Log(x.GetLower()), VectorMath256.Log(x.GetUpper()));

    /// <inheritdoc cref="VectorMath512.Log2(Vector512{float})"/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<T> Log2<T>(Vector512<T> x) where T : unmanaged => Vector512.IsHardwareAccelerated
        ? VectorMath512.Log2(x) : Vector512.Create(VectorMath256.Log2(x.GetLower()), VectorMath256.Log2(x.GetUpper()));

    /// <inheritdoc cref="VectorMath512.Log10(Vector512{float})"/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<T> Log10<T>(Vector512<T> x) where T : unmanaged => Vector512.IsHardwareAccelerated
        ? VectorMath512.Log10(x) : Vector512.Create(VectorMath256.Log10(x.GetLower()), VectorMath256.Log10(x.GetUpper()));

    /// <inheritdoc cref="VectorMath512.Log1p(Vector512{float})"/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<T> Log1p<T>(Vector512<T> x) where T : unmanaged => Vector512.IsHardwareAccelerated
        ? VectorMath512.Log1p(x) : Vector512.Create(VectorMath256.Log1p(x.GetLower()), VectorMath256.Log1p(x.GetUpper()));

    /// <inheritdoc cref="VectorMath512.Sigmoid(Vector512{float})"/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<T> Sigmoid<T>(Vector512<T> x) where T : unmanaged => Vector512.IsHardwareAccelerated
        ? VectorMath512.Sigmoid(x) : Vector512.Create(VectorMath256.Sigmoid(x.GetLower()), VectorMath256.Sigmoid(x.GetUpper()));

    /// <inheritdoc cref="VectorMath512.Tanh(Vector512{float})"/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<T> Tanh<T>(Vector512<T> x) where T : unmanaged => Vector512.IsHardwareAccelerated
        ? VectorMath512.Tanh(x) : Vector512.Create(VectorMath256.Tanh(x.GetLower()), VectorMath256.Tanh(x.GetUpper()));

    /// <inheritdoc cref="VectorMath512.Softplus(Vector512{float})"/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<T> Softplus<T>(Vector512<T> x) where T : unmanaged => Vector512.IsHardwareAccelerated
        ? VectorMath512.Softplus(x) : Vector512.Create(VectorMath256.Softplus(x.GetLower()), VectorMath256.Softplus(x.GetUpper()));

    /// <inheritdoc cref="VectorMath512.Erf(Vector512{float})"/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<T> Erf<T>(Vector512<T> x) where T : unmanaged => Vector512.IsHardwareAccelerated
        ? VectorMath512.Erf(x) : Vector512.Create(VectorMath256.Erf(x.GetLower()), VectorMath256.Erf(x.GetUpper()));

    /// <inheritdoc cref="VectorMath512.Normal(Vector512{float}, Vector512{float}, Vector512{float}, Vector512{int})"/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<float> Normal(Vector512<float> u, Vector512<float> rest, Vector512<float> angle, Vector512<int> quarter) => Vector512.IsHardwareAccelerated
        ? VectorMath512.Normal(u, rest, angle, quarter)
        : Vector512.Create(
            VectorMath256.Normal(u.GetLower(), rest.GetLower(), angle.GetLower(), quarter.GetLower()),
            VectorMath256.Normal(u.GetUpper(), rest.GetUpper(), angle.GetUpper(), quarter.GetUpper()));

    /// <inheritdoc cref="VectorMath512.NormalCdf(Vector512{float})"/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<T> NormalCdf<T>(Vector512<T> x) where T : unmanaged => Vector512.IsHardwareAccelerated
        ? VectorMath512.NormalCdf(x) : Vector512.Create(VectorMath256.NormalCdf(x.GetLower()), VectorMath256.NormalCdf(x.GetUpper()));

    /// <inheritdoc cref="VectorMath512.GeluSlope(Vector512{float})"/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<T> GeluSlope<T>(Vector512<T> x) where T : unmanaged => Vector512.IsHardwareAccelerated
        ? VectorMath512.GeluSlope(x) : Vector512.Create(VectorMath256.GeluSlope(x.GetLower()), VectorMath256.GeluSlope(x.GetUpper()));

    /// <inheritdoc cref="VectorMath512.Erfc(Vector512{float})"/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<T> Erfc<T>(Vector512<T> x) where T : unmanaged => Vector512.IsHardwareAccelerated
        ? VectorMath512.Erfc(x) : Vector512.Create(VectorMath256.Erfc(x.GetLower()), VectorMath256.Erfc(x.GetUpper()));

    /// <inheritdoc cref="VectorMath512.Sin(Vector512{float})"/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<T> Sin<T>(Vector512<T> x) where T : unmanaged => Vector512.IsHardwareAccelerated
        ? VectorMath512.Sin(x) : Vector512.Create(VectorMath256.Sin(x.GetLower()), VectorMath256.Sin(x.GetUpper()));

    /// <inheritdoc cref="VectorMath512.Cos(Vector512{float})"/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<T> Cos<T>(Vector512<T> x) where T : unmanaged => Vector512.IsHardwareAccelerated
        ? VectorMath512.Cos(x) : Vector512.Create(VectorMath256.Cos(x.GetLower()), VectorMath256.Cos(x.GetUpper()));

    /// <inheritdoc cref="VectorMath512.Tan(Vector512{float})"/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<T> Tan<T>(Vector512<T> x) where T : unmanaged => Vector512.IsHardwareAccelerated
        ? VectorMath512.Tan(x) : Vector512.Create(VectorMath256.Tan(x.GetLower()), VectorMath256.Tan(x.GetUpper()));

    /// <inheritdoc cref="VectorMath512.Sinh(Vector512{float})"/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<T> Sinh<T>(Vector512<T> x) where T : unmanaged => Vector512.IsHardwareAccelerated
        ? VectorMath512.Sinh(x) : Vector512.Create(VectorMath256.Sinh(x.GetLower()), VectorMath256.Sinh(x.GetUpper()));

    /// <inheritdoc cref="VectorMath512.Cosh(Vector512{float})"/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<T> Cosh<T>(Vector512<T> x) where T : unmanaged => Vector512.IsHardwareAccelerated
        ? VectorMath512.Cosh(x) : Vector512.Create(VectorMath256.Cosh(x.GetLower()), VectorMath256.Cosh(x.GetUpper()));

    /// <inheritdoc cref="VectorMath512.Asin(Vector512{float})"/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<T> Asin<T>(Vector512<T> x) where T : unmanaged => Vector512.IsHardwareAccelerated
        ? VectorMath512.Asin(x) : Vector512.Create(VectorMath256.Asin(x.GetLower()), VectorMath256.Asin(x.GetUpper()));

    /// <inheritdoc cref="VectorMath512.Acos(Vector512{float})"/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<T> Acos<T>(Vector512<T> x) where T : unmanaged => Vector512.IsHardwareAccelerated
        ? VectorMath512.Acos(x) : Vector512.Create(VectorMath256.Acos(x.GetLower()), VectorMath256.Acos(x.GetUpper()));

    /// <inheritdoc cref="VectorMath512.Atan(Vector512{float})"/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<T> Atan<T>(Vector512<T> x) where T : unmanaged => Vector512.IsHardwareAccelerated
        ? VectorMath512.Atan(x) : Vector512.Create(VectorMath256.Atan(x.GetLower()), VectorMath256.Atan(x.GetUpper()));

    /// <inheritdoc cref="VectorMath512.Asinh(Vector512{float})"/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<T> Asinh<T>(Vector512<T> x) where T : unmanaged => Vector512.IsHardwareAccelerated
        ? VectorMath512.Asinh(x) : Vector512.Create(VectorMath256.Asinh(x.GetLower()), VectorMath256.Asinh(x.GetUpper()));

    /// <inheritdoc cref="VectorMath512.Acosh(Vector512{float})"/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<T> Acosh<T>(Vector512<T> x) where T : unmanaged => Vector512.IsHardwareAccelerated
        ? VectorMath512.Acosh(x) : Vector512.Create(VectorMath256.Acosh(x.GetLower()), VectorMath256.Acosh(x.GetUpper()));

    /// <inheritdoc cref="VectorMath512.Atanh(Vector512{float})"/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<T> Atanh<T>(Vector512<T> x) where T : unmanaged => Vector512.IsHardwareAccelerated
        ? VectorMath512.Atanh(x) : Vector512.Create(VectorMath256.Atanh(x.GetLower()), VectorMath256.Atanh(x.GetUpper()));

    /// <inheritdoc cref="VectorMath512.Pow(Vector512{float}, Vector512{float})"/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<T> Pow<T>(Vector512<T> x, Vector512<T> y) where T : unmanaged => Vector512.IsHardwareAccelerated
        ? VectorMath512.Pow(x, y) : Vector512.Create(VectorMath256.Pow(x.GetLower(), y.GetLower()), VectorMath256.Pow(x.GetUpper(), y.GetUpper()));

    /// <inheritdoc cref="VectorMath512.Atan2(Vector512{float}, Vector512{float})"/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<T> Atan2<T>(Vector512<T> y, Vector512<T> x) where T : unmanaged => Vector512.IsHardwareAccelerated
        ? VectorMath512.Atan2(y, x) : Vector512.Create(VectorMath256.Atan2(y.GetLower(), x.GetLower()), VectorMath256.Atan2(y.GetUpper(), x.GetUpper()));

    /// <inheritdoc cref="VectorMath512.Hypot(Vector512{float}, Vector512{float})"/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<T> Hypot<T>(Vector512<T> x, Vector512<T> y) where T : unmanaged => Vector512.IsHardwareAccelerated
        ? VectorMath512.Hypot(x, y) : Vector512.Create(VectorMath256.Hypot(x.GetLower(), y.GetLower()), VectorMath256.Hypot(x.GetUpper(), y.GetUpper()));

    /// <inheritdoc cref="VectorMath512.Fmod(Vector512{float}, Vector512{float})"/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<T> Fmod<T>(Vector512<T> x, Vector512<T> y) where T : unmanaged => Vector512.IsHardwareAccelerated
        ? VectorMath512.Fmod(x, y) : Vector512.Create(VectorMath256.Fmod(x.GetLower(), y.GetLower()), VectorMath256.Fmod(x.GetUpper(), y.GetUpper()));
}
