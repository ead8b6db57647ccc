using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Autograd.Kernels;

// Functions of double taken from System.Math, lane by lane: accurate to about one unit in the last place, not fast. So are remainders of very large quotients.
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

    readonly struct Log2Lane : ILane { public static double Of(double x) => Math.Log2(x); }
    readonly struct Log10Lane : ILane { public static double Of(double x) => Math.Log10(x); }
    readonly struct SinhLane : ILane { public static double Of(double x) => Math.Sinh(x); }
    readonly struct CoshLane : ILane { public static double Of(double x) => Math.Cosh(x); }
    readonly struct AsinLane : ILane { public static double Of(double x) => Math.Asin(x); }
    readonly struct AcosLane : ILane { public static double Of(double x) => Math.Acos(x); }
    readonly struct AtanLane : ILane { public static double Of(double x) => Math.Atan(x); }
    readonly struct AsinhLane : ILane { public static double Of(double x) => Math.Asinh(x); }
    readonly struct AcoshLane : ILane { public static double Of(double x) => Math.Acosh(x); }
    readonly struct AtanhLane : ILane { public static double Of(double x) => Math.Atanh(x); }
    readonly struct PowLane : ILane2 { public static double Of(double x, double y) => Math.Pow(x, y); }
    readonly struct Atan2Lane : ILane2 { public static double Of(double x, double y) => Math.Atan2(x, y); }
    readonly struct FmodLane : ILane2 { public static double Of(double x, double y) => x % y; }
    readonly struct HypotLane : ILane2 { public static double Of(double x, double y) => double.Hypot(x, y); }

    /// <inheritdoc cref="Sin(Vector512{float})"/>
    internal static Vector512<double> Sin(Vector512<double> x) => EachLane<Sine>(x);

    /// <inheritdoc cref="Cos(Vector512{float})"/>
    internal static Vector512<double> Cos(Vector512<double> x) => EachLane<Cosine>(x);

    /// <inheritdoc cref="Tan(Vector512{float})"/>
    internal static Vector512<double> Tan(Vector512<double> x) => EachLane<Tangent>(x);

    /// <inheritdoc cref="Sinh(Vector512{float})"/>
    internal static Vector512<double> Sinh(Vector512<double> x) => EachLane<SinhLane>(x);

    /// <inheritdoc cref="Cosh(Vector512{float})"/>
    internal static Vector512<double> Cosh(Vector512<double> x) => EachLane<CoshLane>(x);

    /// <inheritdoc cref="Asin(Vector512{float})"/>
    internal static Vector512<double> Asin(Vector512<double> x) => EachLane<AsinLane>(x);

    /// <inheritdoc cref="Acos(Vector512{float})"/>
    internal static Vector512<double> Acos(Vector512<double> x) => EachLane<AcosLane>(x);

    /// <inheritdoc cref="Atan(Vector512{float})"/>
    internal static Vector512<double> Atan(Vector512<double> x) => EachLane<AtanLane>(x);

    /// <inheritdoc cref="Asinh(Vector512{float})"/>
    internal static Vector512<double> Asinh(Vector512<double> x) => EachLane<AsinhLane>(x);

    /// <inheritdoc cref="Acosh(Vector512{float})"/>
    internal static Vector512<double> Acosh(Vector512<double> x) => EachLane<AcoshLane>(x);

    /// <inheritdoc cref="Atanh(Vector512{float})"/>
    internal static Vector512<double> Atanh(Vector512<double> x) => EachLane<AtanhLane>(x);

    /// <inheritdoc cref="Pow(Vector512{float}, Vector512{float})"/>
    internal static Vector512<double> Pow(Vector512<double> x, Vector512<double> y) => EachLane<PowLane>(x, y);

    /// <inheritdoc cref="Atan2(Vector512{float}, Vector512{float})"/>
    internal static Vector512<double> Atan2(Vector512<double> y, Vector512<double> x) => EachLane<Atan2Lane>(y, x);

    /// <inheritdoc cref="Hypot(Vector512{float}, Vector512{float})"/>
    internal static Vector512<double> Hypot(Vector512<double> x, Vector512<double> y) => EachLane<HypotLane>(x, y);

    /// <summary>The remainder of x / y with the sign of x, exact: x − n·y is a number of the type for a whole n next to x / y.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    internal static Vector512<float> Fmod(Vector512<float> x, Vector512<float> y)
    {
        Vector512<float> a = Vector512.Abs(x), b = Vector512.Abs(y), n = Vector512.Floor(a / b), r = Fma(-n, b, a);
        // Where the quotient was rounded up to a whole number, n is one too large.
        r += Vector512.LessThan(r, Vector512<float>.Zero) & b;
        Vector512<float> near = Vector512.LessThan(n, V(8388608f)) & Vector512.LessThan(b, V(float.PositiveInfinity));
        return Vector512.EqualsAll(near.AsInt32(), Vector512<int>.AllBitsSet) ? Vector512.CopySign(r, x) : FarLanes(x, y);
    }

    /// <inheritdoc cref="Fmod(Vector512{float}, Vector512{float})"/>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
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
