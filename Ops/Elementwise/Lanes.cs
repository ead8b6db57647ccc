using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using Autograd.Kernels;

namespace Autograd;

/// <summary>
/// The reading that computes: 16 floats or 8 doubles at a time. The width is the same on every machine (narrower hardware
/// runs it in pieces), so results are too.
/// </summary>
readonly struct Lanes<E>(Vector512<E> value) : IReal<Lanes<E>> where E : unmanaged
{
    public readonly Vector512<E> Value = value;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static implicit operator Lanes<E>(double value)
    {
        if (typeof(E) == typeof(float)) return new(Vector512.Create((float)value).As<float, E>());
        return new(Vector512.Create(value).As<double, E>());
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes<E> operator +(Lanes<E> a, Lanes<E> b) => new(a.Value + b.Value);
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes<E> operator -(Lanes<E> a, Lanes<E> b) => new(a.Value - b.Value);
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes<E> operator *(Lanes<E> a, Lanes<E> b) => new(a.Value * b.Value);
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes<E> operator /(Lanes<E> a, Lanes<E> b) => new(a.Value / b.Value);
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes<E> operator -(Lanes<E> a) => new(-a.Value);
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes<E> operator <(Lanes<E> a, Lanes<E> b) => new(Vector512.LessThan(a.Value, b.Value));
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes<E> operator >(Lanes<E> a, Lanes<E> b) => new(Vector512.GreaterThan(a.Value, b.Value));
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes<E> operator <=(Lanes<E> a, Lanes<E> b) => new(Vector512.LessThanOrEqual(a.Value, b.Value));
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes<E> operator >=(Lanes<E> a, Lanes<E> b) => new(Vector512.GreaterThanOrEqual(a.Value, b.Value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes<E> Select(Lanes<E> condition, Lanes<E> a, Lanes<E> b) =>
        new(Vector512.ConditionalSelect(condition.Value, a.Value, b.Value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes<E> Equal(Lanes<E> a, Lanes<E> b) => new(Vector512.Equals(a.Value, b.Value));
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes<E> Abs(Lanes<E> x) => new(Vector512.Abs(x.Value));
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes<E> Sqrt(Lanes<E> x) => new(Vector512.Sqrt(x.Value));
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes<E> Exp(Lanes<E> x) => new(VectorMath.Exp(x.Value));
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes<E> Log(Lanes<E> x) => new(VectorMath.Log(x.Value));
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes<E> Pow(Lanes<E> a, Lanes<E> b) => new(VectorMath.Pow(a.Value, b.Value));
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes<E> Tanh(Lanes<E> x) => new(VectorMath.Tanh(x.Value));
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes<E> Sigmoid(Lanes<E> x) => new(VectorMath.Sigmoid(x.Value));
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes<E> Expm1(Lanes<E> x) => new(VectorMath.Expm1(x.Value));
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes<E> Exp2(Lanes<E> x) => new(VectorMath.Exp2(x.Value));
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes<E> Log1p(Lanes<E> x) => new(VectorMath.Log1p(x.Value));
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes<E> Log2(Lanes<E> x) => new(VectorMath.Log2(x.Value));
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes<E> Log10(Lanes<E> x) => new(VectorMath.Log10(x.Value));
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes<E> Softplus(Lanes<E> x) => new(VectorMath.Softplus(x.Value));
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes<E> Sin(Lanes<E> x) => new(VectorMath.Sin(x.Value));
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes<E> Cos(Lanes<E> x) => new(VectorMath.Cos(x.Value));
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes<E> Tan(Lanes<E> x) => new(VectorMath.Tan(x.Value));
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes<E> Sinh(Lanes<E> x) => new(VectorMath.Sinh(x.Value));
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes<E> Cosh(Lanes<E> x) => new(VectorMath.Cosh(x.Value));
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes<E> Asin(Lanes<E> x) => new(VectorMath.Asin(x.Value));
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes<E> Acos(Lanes<E> x) => new(VectorMath.Acos(x.Value));
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes<E> Atan(Lanes<E> x) => new(VectorMath.Atan(x.Value));
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes<E> Asinh(Lanes<E> x) => new(VectorMath.Asinh(x.Value));
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes<E> Acosh(Lanes<E> x) => new(VectorMath.Acosh(x.Value));
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes<E> Atanh(Lanes<E> x) => new(VectorMath.Atanh(x.Value));
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes<E> Erf(Lanes<E> x) => new(VectorMath.Erf(x.Value));
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes<E> NormalCdf(Lanes<E> x) => new(VectorMath.NormalCdf(x.Value));
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes<E> GeluSlope(Lanes<E> x) => new(VectorMath.GeluSlope(x.Value));
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes<E> Erfc(Lanes<E> x) => new(VectorMath.Erfc(x.Value));
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes<E> Floor(Lanes<E> x) => new(Rounding.Floor(x.Value));
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes<E> Ceiling(Lanes<E> x) => new(Rounding.Ceiling(x.Value));
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes<E> Round(Lanes<E> x) => new(Rounding.Round(x.Value));
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes<E> Truncate(Lanes<E> x) => new(Rounding.Truncate(x.Value));
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes<E> Atan2(Lanes<E> a, Lanes<E> b) => new(VectorMath.Atan2(a.Value, b.Value));
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes<E> Atan2Slope(Lanes<E> a, Lanes<E> b) => Atan2Op.Slope(a, b);
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes<E> Hypot(Lanes<E> a, Lanes<E> b) => new(VectorMath.Hypot(a.Value, b.Value));
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes<E> Fmod(Lanes<E> a, Lanes<E> b) => new(VectorMath.Fmod(a.Value, b.Value));

    /// <summary>
    /// dy·d, and 0 where dy is exactly 0 even if the local derivative d is infinite or NaN: what does not count upstream
    /// must not spoil a gradient, as in Where(x &gt; 0, Sqrt(x), 0) at 0.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<E> Chain(Vector512<E> dy, Lanes<E> d) =>
        Vector512.ConditionalSelect(~Vector512.Equals(dy, Vector512<E>.Zero), dy * d.Value, Vector512<E>.Zero);
}
