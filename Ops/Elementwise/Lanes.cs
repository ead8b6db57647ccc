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

    public static Lanes<E> operator +(Lanes<E> a, Lanes<E> b) => new(a.Value + b.Value);
    public static Lanes<E> operator -(Lanes<E> a, Lanes<E> b) => new(a.Value - b.Value);
    public static Lanes<E> operator *(Lanes<E> a, Lanes<E> b) => new(a.Value * b.Value);
    public static Lanes<E> operator /(Lanes<E> a, Lanes<E> b) => new(a.Value / b.Value);
    public static Lanes<E> operator -(Lanes<E> a) => new(-a.Value);
    public static Lanes<E> operator <(Lanes<E> a, Lanes<E> b) => new(Vector512.LessThan(a.Value, b.Value));
    public static Lanes<E> operator >(Lanes<E> a, Lanes<E> b) => new(Vector512.GreaterThan(a.Value, b.Value));
    public static Lanes<E> operator <=(Lanes<E> a, Lanes<E> b) => new(Vector512.LessThanOrEqual(a.Value, b.Value));
    public static Lanes<E> operator >=(Lanes<E> a, Lanes<E> b) => new(Vector512.GreaterThanOrEqual(a.Value, b.Value));

    public static Lanes<E> Select(Lanes<E> condition, Lanes<E> a, Lanes<E> b) =>
        new(Vector512.ConditionalSelect(condition.Value, a.Value, b.Value));

    public static Lanes<E> Equal(Lanes<E> a, Lanes<E> b) => new(Vector512.Equals(a.Value, b.Value));
    public static Lanes<E> Abs(Lanes<E> x) => new(Vector512.Abs(x.Value));
    public static Lanes<E> Sqrt(Lanes<E> x) => new(Vector512.Sqrt(x.Value));
    public static Lanes<E> Exp(Lanes<E> x) => new(VectorMath.Exp(x.Value));
    public static Lanes<E> Log(Lanes<E> x) => new(VectorMath.Log(x.Value));
    public static Lanes<E> Pow(Lanes<E> a, Lanes<E> b) => new(VectorMath.Pow(a.Value, b.Value));
    public static Lanes<E> Tanh(Lanes<E> x) => new(VectorMath.Tanh(x.Value));
    public static Lanes<E> Sigmoid(Lanes<E> x) => new(VectorMath.Sigmoid(x.Value));

    /// <summary>
    /// dy·d, and 0 where dy is exactly 0 even if the local derivative d is infinite or NaN: what does not count upstream
    /// must not spoil a gradient, as in Where(x &gt; 0, Sqrt(x), 0) at 0.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<E> Chain(Vector512<E> dy, Lanes<E> d) => Vector512.AndNot(dy * d.Value, Vector512.Equals(dy, Vector512<E>.Zero));
}
