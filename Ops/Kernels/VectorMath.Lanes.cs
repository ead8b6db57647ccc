using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Autograd.Kernels;

// Functions of double taken from System.Math, lane by lane: accurate to about one unit in the last place, not fast.
static partial class VectorMath
{
    interface ILane
    {
        static abstract double Of(double x);
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    static Vector512<double> EachLane<TLane>(Vector512<double> x) where TLane : ILane
    {
        Vector512<double> y = x;
        ref double lane = ref Unsafe.As<Vector512<double>, double>(ref y);
        for (int i = 0; i < Vector512<double>.Count; i++)
            Unsafe.Add(ref lane, i) = TLane.Of(Unsafe.Add(ref lane, i));
        return y;
    }

    readonly struct Log2Lane : ILane { public static double Of(double x) => Math.Log2(x); }
    readonly struct Log10Lane : ILane { public static double Of(double x) => Math.Log10(x); }
}
