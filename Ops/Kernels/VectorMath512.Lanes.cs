using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Autograd.Kernels;

// What is computed lane by lane: functions of arguments that are too large for the formulas, from System.Math, and remainders of very large quotients.
static partial class VectorMath512
{
    interface ILane
    {
        static abstract double Of(double x);
    }

    interface ILane2
    {
        static abstract double Of(double x, double y);
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    static Vector512<double> EachLane<TLane>(Vector512<double> x) where TLane : ILane
    {
        ref double lane = ref Unsafe.As<Vector512<double>, double>(ref x);
        for (int i = 0; i < Vector512<double>.Count; i++)
            Unsafe.Add(ref lane, i) = TLane.Of(Unsafe.Add(ref lane, i));
        return x;
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    static Vector512<double> EachLane<TLane>(Vector512<double> x, Vector512<double> y) where TLane : ILane2
    {
        ref double a = ref Unsafe.As<Vector512<double>, double>(ref x), b = ref Unsafe.As<Vector512<double>, double>(ref y);
        for (int i = 0; i < Vector512<double>.Count; i++)
            Unsafe.Add(ref a, i) = TLane.Of(Unsafe.Add(ref a, i), Unsafe.Add(ref b, i));
        return x;
    }

    readonly struct FmodLane : ILane2 { public static double Of(double x, double y) => x % y; }

    /// <summary>The remainder of x / y with the sign of x, exact: x − n·y is a number of the type for a whole n next to x / y.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static Vector512<float> Fmod(Vector512<float> x, Vector512<float> y)
    {
        Vector512<float> a = Vector512.Abs(x), b = Vector512.Abs(y), n = Vector512.Floor(a / b), r = Fma(-n, b, a);
        // Where the quotient was rounded up to a whole number, n is one too large.
        r += Vector512.LessThan(r, Vector512<float>.Zero) & b;
        Vector512<float> near = Vector512.LessThan(n, V(8388608f)) & Vector512.LessThan(b, V(float.PositiveInfinity));
        return Vector512.EqualsAll(near.AsInt32(), Vector512<int>.AllBitsSet) ? Vector512.CopySign(r, x) : FarLanes(x, y);
    }

    /// <inheritdoc cref="Fmod(Vector512{float}, Vector512{float})"/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static Vector512<double> Fmod(Vector512<double> x, Vector512<double> y)
    {
        Vector512<double> a = Vector512.Abs(x), b = Vector512.Abs(y), n = Vector512.Floor(a / b), r = Fma(-n, b, a);
        r += Vector512.LessThan(r, Vector512<double>.Zero) & b;
        Vector512<double> near = Vector512.LessThan(n, V(4503599627370496d)) & Vector512.LessThan(b, V(double.PositiveInfinity));
        return Vector512.EqualsAll(near.AsInt64(), Vector512<long>.AllBitsSet) ? Vector512.CopySign(r, x) : EachLane<FmodLane>(x, y);
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    static Vector512<float> FarLanes(Vector512<float> x, Vector512<float> y) => Vector512.Narrow(
        EachLane<FmodLane>(Vector512.WidenLower(x), Vector512.WidenLower(y)), EachLane<FmodLane>(Vector512.WidenUpper(x), Vector512.WidenUpper(y)));
}
