using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Autograd.Kernels;

// Functions of double taken from System.Math, lane by lane: accurate to about one unit in the last place, not fast.
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
    readonly struct SinLane : ILane { public static double Of(double x) => Math.Sin(x); }
    readonly struct CosLane : ILane { public static double Of(double x) => Math.Cos(x); }
    readonly struct TanLane : ILane { public static double Of(double x) => Math.Tan(x); }
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
    internal static Vector512<double> Sin(Vector512<double> x) => EachLane<SinLane>(x);

    /// <inheritdoc cref="Cos(Vector512{float})"/>
    internal static Vector512<double> Cos(Vector512<double> x) => EachLane<CosLane>(x);

    /// <inheritdoc cref="Tan(Vector512{float})"/>
    internal static Vector512<double> Tan(Vector512<double> x) => EachLane<TanLane>(x);

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

    /// <summary>The remainder of x / y with the sign of x, exact in both types: a float's remainder is a float.</summary>
    internal static Vector512<T> Fmod<T>(Vector512<T> x, Vector512<T> y) where T : unmanaged
    {
        if (typeof(T) == typeof(double)) return EachLane<FmodLane>(x.As<T, double>(), y.As<T, double>()).As<double, T>();
        (Vector512<double> low, Vector512<double> high) = Vector512.Widen(x.As<T, float>());
        (Vector512<double> yLow, Vector512<double> yHigh) = Vector512.Widen(y.As<T, float>());
        return Vector512.Narrow(EachLane<FmodLane>(low, yLow), EachLane<FmodLane>(high, yHigh)).As<float, T>();
    }
}
