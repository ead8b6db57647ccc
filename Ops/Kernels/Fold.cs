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
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static Vector512<T> Wide<T>(Vector128<T> v) => v.ToVector256Unsafe().ToVector512Unsafe();

    /// <summary>Halves joined to halves, down to one number.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static T Across<T, TFold>(Vector512<T> v) where T : unmanaged where TFold : IFold<T>
    {
        v = TFold.Join(v, v.GetUpper().ToVector512Unsafe());
        v = TFold.Join(v, v.GetLower().GetUpper().ToVector256Unsafe().ToVector512Unsafe());
        // Whole vectors to the end: a comparison of two numbers would be a branch that nothing foretells.
        v = TFold.Join(v, Wide(Vector128.Shuffle(v.GetLower().GetLower().AsInt64(), Vector128.Create(1L, 0)).As<long, T>()));
        if (Vector128<T>.Count > 2) v = TFold.Join(v, Wide(Vector128.Shuffle(v.GetLower().GetLower().AsInt32(), Vector128.Create(1, 0, 3, 2)).As<int, T>()));
        return v.ToScalar();
    }
}
