using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.Arm;
using System.Runtime.Intrinsics.X86;

namespace Autograd.Kernels;

/// <summary>What elimination needs beside the operations of products.</summary>
unsafe interface ISolvingLanes<V, T> : ILanes<V, T> where T : unmanaged
{
    /// <summary>c − a·b, rounded once.</summary>
    static abstract V Less(V c, V a, V b);

    static abstract V Divide(V a, V b);

    /// <summary>The bits of a where those of the mask are set, else those of b.</summary>
    static abstract V Choose(V mask, V a, V b);
}

unsafe partial struct Lanes512<T> : ISolvingLanes<Vector512<T>, T>
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<T> Less(Vector512<T> c, Vector512<T> a, Vector512<T> b) => typeof(T) == typeof(float)
        ? Avx512F.FusedMultiplyAddNegated(a.AsSingle(), b.AsSingle(), c.AsSingle()).As<float, T>()
        : Avx512F.FusedMultiplyAddNegated(a.AsDouble(), b.AsDouble(), c.AsDouble()).As<double, T>();

    public static Vector512<T> Divide(Vector512<T> a, Vector512<T> b) => a / b;

    public static Vector512<T> Choose(Vector512<T> mask, Vector512<T> a, Vector512<T> b) => Vector512.ConditionalSelect(mask, a, b);
}

unsafe partial struct Lanes256<T> : ISolvingLanes<Vector256<T>, T>
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<T> Less(Vector256<T> c, Vector256<T> a, Vector256<T> b) => typeof(T) == typeof(float)
        ? System.Runtime.Intrinsics.X86.Fma.MultiplyAddNegated(a.AsSingle(), b.AsSingle(), c.AsSingle()).As<float, T>()
        : System.Runtime.Intrinsics.X86.Fma.MultiplyAddNegated(a.AsDouble(), b.AsDouble(), c.AsDouble()).As<double, T>();

    public static Vector256<T> Divide(Vector256<T> a, Vector256<T> b) => a / b;

    public static Vector256<T> Choose(Vector256<T> mask, Vector256<T> a, Vector256<T> b) => Vector256.ConditionalSelect(mask, a, b);
}

unsafe partial struct Lanes128<T> : ISolvingLanes<Vector128<T>, T>
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<T> Less(Vector128<T> c, Vector128<T> a, Vector128<T> b) =>
        !AdvSimd.Arm64.IsSupported ? Fma(-a, b, c)
        : typeof(T) == typeof(float)
            ? AdvSimd.FusedMultiplySubtract(c.AsSingle(), a.AsSingle(), b.AsSingle()).As<float, T>()
            : AdvSimd.Arm64.FusedMultiplySubtract(c.AsDouble(), a.AsDouble(), b.AsDouble()).As<double, T>();

    public static Vector128<T> Divide(Vector128<T> a, Vector128<T> b) => a / b;

    public static Vector128<T> Choose(Vector128<T> mask, Vector128<T> a, Vector128<T> b) => Vector128.ConditionalSelect(mask, a, b);
}
