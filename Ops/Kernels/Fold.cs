using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Autograd.Kernels;

/// <summary>An associative way to join numbers, with its neutral element.</summary>
interface IFold<T> where T : unmanaged
{
    static abstract T Neutral { get; }

    static abstract T Join(T a, T b);

    static abstract Vector512<T> Join(Vector512<T> a, Vector512<T> b);
}

readonly struct Adding<T> : IFold<T> where T : unmanaged, INumber<T>
{
    public static T Neutral => T.Zero;
    public static T Join(T a, T b) => a + b;
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<T> Join(Vector512<T> a, Vector512<T> b) => a + b;
}

readonly struct Multiplying<T> : IFold<T> where T : unmanaged, INumber<T>
{
    public static T Neutral => T.One;
    public static T Join(T a, T b) => a * b;
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<T> Join(Vector512<T> a, Vector512<T> b) => a * b;
}

/// <summary>The maximum; NaN wins.</summary>
readonly struct Greatest<T> : IFold<T> where T : unmanaged, INumber<T>
{
    public static T Neutral => T.CreateSaturating(double.NegativeInfinity);
    public static T Join(T a, T b) => T.Max(a, b);
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<T> Join(Vector512<T> a, Vector512<T> b) => Vector512.Max(a, b);
}

/// <summary>The maximum by the hardware's instruction: faster, but NaN may be lost.</summary>
readonly struct NativeGreatest<T> : IFold<T> where T : unmanaged, INumber<T>
{
    public static T Neutral => T.CreateSaturating(double.NegativeInfinity);
    public static T Join(T a, T b) => a > b ? a : b;
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<T> Join(Vector512<T> a, Vector512<T> b) => Vector512.MaxNative(a, b);
}

/// <summary>The minimum; NaN wins.</summary>
readonly struct Least<T> : IFold<T> where T : unmanaged, INumber<T>
{
    public static T Neutral => T.CreateSaturating(double.PositiveInfinity);
    public static T Join(T a, T b) => T.Min(a, b);
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<T> Join(Vector512<T> a, Vector512<T> b) => Vector512.Min(a, b);
}

/// <summary>A function of every number before it is folded.</summary>
interface IMap<T> where T : unmanaged
{
    static abstract Vector512<T> Of(Vector512<T> x);
}

readonly struct Plain<T> : IMap<T> where T : unmanaged
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<T> Of(Vector512<T> x) => x;
}

readonly struct Squares<T> : IMap<T> where T : unmanaged
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<T> Of(Vector512<T> x) => x * x;
}

readonly struct Magnitudes<T> : IMap<T> where T : unmanaged
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<T> Of(Vector512<T> x) => Vector512.Abs(x);
}

/// <summary>Joining the lanes of a vector.</summary>
static class LaneFold
{
    /// <summary>Halves joined to halves, down to one number.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static T Across<T, TFold>(Vector512<T> v) where T : unmanaged where TFold : IFold<T>
    {
        v = TFold.Join(v, v.GetUpper().ToVector512Unsafe());
        v = TFold.Join(v, v.GetLower().GetUpper().ToVector256Unsafe().ToVector512Unsafe());
        Vector128<T> w = v.GetLower().GetLower();
        return Vector128<T>.Count == 2 ? TFold.Join(w[0], w[1]) : TFold.Join(TFold.Join(w[0], w[2]), TFold.Join(w[1], w[3]));
    }
}
