using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Autograd.Kernels;

// The same functions for code that is generic in T = float or double; the test on T is settled when the code is compiled.
static partial class VectorMath512
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static bool IsFloat<T>() where T : unmanaged => typeof(T) == typeof(float);

    /// <inheritdoc cref="Exp(Vector512{float})"/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static Vector512<T> Exp<T>(Vector512<T> x) where T : unmanaged =>
        IsFloat<T>() ? Exp(x.As<T, float>()).As<float, T>() : Exp(x.As<T, double>()).As<double, T>();

    /// <inheritdoc cref="ShiftBelow(Vector512{float}, out Vector512{float})"/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static Vector512<T> ShiftBelow<T>(Vector512<T> greatest, out Vector512<T> least) where T : unmanaged
    {
        if (IsFloat<T>())
        {
            Vector512<float> shift = ShiftBelow(greatest.As<T, float>(), out Vector512<float> from);
            least = from.As<float, T>();
            return shift.As<float, T>();
        }
        Vector512<double> whole = ShiftBelow(greatest.As<T, double>(), out Vector512<double> low);
        least = low.As<double, T>();
        return whole.As<double, T>();
    }

    /// <inheritdoc cref="ExpShifted(Vector512{float}, Vector512{float}, Vector512{float})"/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static Vector512<T> ExpShifted<T>(Vector512<T> x, Vector512<T> least, Vector512<T> shift) where T : unmanaged => IsFloat<T>()
        ? ExpShifted(x.As<T, float>(), least.As<T, float>(), shift.As<T, float>()).As<float, T>()
        : ExpShifted(x.As<T, double>(), least.As<T, double>(), shift.As<T, double>()).As<double, T>();

    /// <inheritdoc cref="ExpLow(Vector512{float})"/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static Vector512<T> ExpLow<T>(Vector512<T> x) where T : unmanaged =>
        IsFloat<T>() ? ExpLow(x.As<T, float>()).As<float, T>() : ExpLow(x.As<T, double>()).As<double, T>();

    /// <inheritdoc cref="Exp2(Vector512{float})"/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static Vector512<T> Exp2<T>(Vector512<T> x) where T : unmanaged =>
        IsFloat<T>() ? Exp2(x.As<T, float>()).As<float, T>() : Exp2(x.As<T, double>()).As<double, T>();

    /// <inheritdoc cref="Expm1(Vector512{float})"/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static Vector512<T> Expm1<T>(Vector512<T> x) where T : unmanaged =>
        IsFloat<T>() ? Expm1(x.As<T, float>()).As<float, T>() : Expm1(x.As<T, double>()).As<double, T>();

    /// <inheritdoc cref="Log(Vector512{float})"/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static Vector512<T> Log<T>(Vector512<T> x) where T : unmanaged =>
        IsFloat<T>() ? Log(x.As<T, float>()).As<float, T>() : Log(x.As<T, double>()).As<double, T>();

    /// <inheritdoc cref="Log2(Vector512{float})"/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static Vector512<T> Log2<T>(Vector512<T> x) where T : unmanaged =>
        IsFloat<T>() ? Log2(x.As<T, float>()).As<float, T>() : Log2(x.As<T, double>()).As<double, T>();

    /// <inheritdoc cref="Log10(Vector512{float})"/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static Vector512<T> Log10<T>(Vector512<T> x) where T : unmanaged =>
        IsFloat<T>() ? Log10(x.As<T, float>()).As<float, T>() : Log10(x.As<T, double>()).As<double, T>();

    /// <inheritdoc cref="Log1p(Vector512{float})"/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static Vector512<T> Log1p<T>(Vector512<T> x) where T : unmanaged =>
        IsFloat<T>() ? Log1p(x.As<T, float>()).As<float, T>() : Log1p(x.As<T, double>()).As<double, T>();

    /// <inheritdoc cref="Sigmoid(Vector512{float})"/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static Vector512<T> Sigmoid<T>(Vector512<T> x) where T : unmanaged =>
        IsFloat<T>() ? Sigmoid(x.As<T, float>()).As<float, T>() : Sigmoid(x.As<T, double>()).As<double, T>();

    /// <inheritdoc cref="Tanh(Vector512{float})"/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static Vector512<T> Tanh<T>(Vector512<T> x) where T : unmanaged =>
        IsFloat<T>() ? Tanh(x.As<T, float>()).As<float, T>() : Tanh(x.As<T, double>()).As<double, T>();

    /// <inheritdoc cref="Softplus(Vector512{float})"/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static Vector512<T> Softplus<T>(Vector512<T> x) where T : unmanaged =>
        IsFloat<T>() ? Softplus(x.As<T, float>()).As<float, T>() : Softplus(x.As<T, double>()).As<double, T>();

    /// <inheritdoc cref="Erf(Vector512{float})"/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static Vector512<T> Erf<T>(Vector512<T> x) where T : unmanaged =>
        IsFloat<T>() ? Erf(x.As<T, float>()).As<float, T>() : Erf(x.As<T, double>()).As<double, T>();

    /// <inheritdoc cref="NormalCdf(Vector512{float})"/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static Vector512<T> NormalCdf<T>(Vector512<T> x) where T : unmanaged =>
        IsFloat<T>() ? NormalCdf(x.As<T, float>()).As<float, T>() : NormalCdf(x.As<T, double>()).As<double, T>();

    /// <inheritdoc cref="GeluSlope(Vector512{float})"/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static Vector512<T> GeluSlope<T>(Vector512<T> x) where T : unmanaged =>
        IsFloat<T>() ? GeluSlope(x.As<T, float>()).As<float, T>() : GeluSlope(x.As<T, double>()).As<double, T>();

    /// <inheritdoc cref="Erfc(Vector512{float})"/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static Vector512<T> Erfc<T>(Vector512<T> x) where T : unmanaged =>
        IsFloat<T>() ? Erfc(x.As<T, float>()).As<float, T>() : Erfc(x.As<T, double>()).As<double, T>();

    /// <inheritdoc cref="Sin(Vector512{float})"/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static Vector512<T> Sin<T>(Vector512<T> x) where T : unmanaged =>
        IsFloat<T>() ? Sin(x.As<T, float>()).As<float, T>() : Sin(x.As<T, double>()).As<double, T>();

    /// <inheritdoc cref="Cos(Vector512{float})"/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static Vector512<T> Cos<T>(Vector512<T> x) where T : unmanaged =>
        IsFloat<T>() ? Cos(x.As<T, float>()).As<float, T>() : Cos(x.As<T, double>()).As<double, T>();

    /// <inheritdoc cref="Tan(Vector512{float})"/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static Vector512<T> Tan<T>(Vector512<T> x) where T : unmanaged =>
        IsFloat<T>() ? Tan(x.As<T, float>()).As<float, T>() : Tan(x.As<T, double>()).As<double, T>();

    /// <inheritdoc cref="Sinh(Vector512{float})"/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static Vector512<T> Sinh<T>(Vector512<T> x) where T : unmanaged =>
        IsFloat<T>() ? Sinh(x.As<T, float>()).As<float, T>() : Sinh(x.As<T, double>()).As<double, T>();

    /// <inheritdoc cref="Cosh(Vector512{float})"/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static Vector512<T> Cosh<T>(Vector512<T> x) where T : unmanaged =>
        IsFloat<T>() ? Cosh(x.As<T, float>()).As<float, T>() : Cosh(x.As<T, double>()).As<double, T>();

    /// <inheritdoc cref="Asin(Vector512{float})"/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static Vector512<T> Asin<T>(Vector512<T> x) where T : unmanaged =>
        IsFloat<T>() ? Asin(x.As<T, float>()).As<float, T>() : Asin(x.As<T, double>()).As<double, T>();

    /// <inheritdoc cref="Acos(Vector512{float})"/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static Vector512<T> Acos<T>(Vector512<T> x) where T : unmanaged =>
        IsFloat<T>() ? Acos(x.As<T, float>()).As<float, T>() : Acos(x.As<T, double>()).As<double, T>();

    /// <inheritdoc cref="Atan(Vector512{float})"/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static Vector512<T> Atan<T>(Vector512<T> x) where T : unmanaged =>
        IsFloat<T>() ? Atan(x.As<T, float>()).As<float, T>() : Atan(x.As<T, double>()).As<double, T>();

    /// <inheritdoc cref="Asinh(Vector512{float})"/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static Vector512<T> Asinh<T>(Vector512<T> x) where T : unmanaged =>
        IsFloat<T>() ? Asinh(x.As<T, float>()).As<float, T>() : Asinh(x.As<T, double>()).As<double, T>();

    /// <inheritdoc cref="Acosh(Vector512{float})"/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static Vector512<T> Acosh<T>(Vector512<T> x) where T : unmanaged =>
        IsFloat<T>() ? Acosh(x.As<T, float>()).As<float, T>() : Acosh(x.As<T, double>()).As<double, T>();

    /// <inheritdoc cref="Atanh(Vector512{float})"/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static Vector512<T> Atanh<T>(Vector512<T> x) where T : unmanaged =>
        IsFloat<T>() ? Atanh(x.As<T, float>()).As<float, T>() : Atanh(x.As<T, double>()).As<double, T>();

    /// <inheritdoc cref="Pow(Vector512{float}, Vector512{float})"/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static Vector512<T> Pow<T>(Vector512<T> x, Vector512<T> y) where T : unmanaged => IsFloat<T>()
        ? Pow(x.As<T, float>(), y.As<T, float>()).As<float, T>()
        : Pow(x.As<T, double>(), y.As<T, double>()).As<double, T>();

    /// <inheritdoc cref="Atan2(Vector512{float}, Vector512{float})"/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static Vector512<T> Atan2<T>(Vector512<T> y, Vector512<T> x) where T : unmanaged => IsFloat<T>()
        ? Atan2(y.As<T, float>(), x.As<T, float>()).As<float, T>()
        : Atan2(y.As<T, double>(), x.As<T, double>()).As<double, T>();

    /// <inheritdoc cref="Hypot(Vector512{float}, Vector512{float})"/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static Vector512<T> Hypot<T>(Vector512<T> x, Vector512<T> y) where T : unmanaged => IsFloat<T>()
        ? Hypot(x.As<T, float>(), y.As<T, float>()).As<float, T>()
        : Hypot(x.As<T, double>(), y.As<T, double>()).As<double, T>();

    /// <inheritdoc cref="Fmod(Vector512{float}, Vector512{float})"/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static Vector512<T> Fmod<T>(Vector512<T> x, Vector512<T> y) where T : unmanaged => IsFloat<T>()
        ? Fmod(x.As<T, float>(), y.As<T, float>()).As<float, T>()
        : Fmod(x.As<T, double>(), y.As<T, double>()).As<double, T>();
}
