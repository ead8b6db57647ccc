using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace Autograd.Kernels;

/// <summary>Numbers at equal distances, each computed in double precision by itself.</summary>
static class StepKernels
{
    /// <summary>x[i] = from + scale·(k + i·direction) / divisor; Int64 takes what is before the point.</summary>
    [MethodImpl(Jit.Loop)]
    public static void Write<T>(Span<T> x, double from, double scale, double divisor, double k, double direction) where T : unmanaged, INumber<T>
    {
        int i = 0, width = Vector512<T>.Count, half = Vector512<double>.Count;
        if (typeof(T) == typeof(float))
        {
            for (Span<float> y = MemoryMarshal.Cast<T, float>(x); i + width <= y.Length; i += width) Vector512.Narrow(At(i), At(i + half)).CopyTo(y[i..]);
        }
        else if (typeof(T) == typeof(double))
        {
            for (Span<double> y = MemoryMarshal.Cast<T, double>(x); i + width <= y.Length; i += width) At(i).CopyTo(y[i..]);
        }
        for (; i < x.Length; i++) x[i] = T.CreateTruncating(from + (scale * (k + (i * direction)) / divisor));

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        Vector512<double> At(int i)
        {
            Vector512<double> steps = Vector512.Create(k) + ((Vector512.Create((double)i) + Vector512<double>.Indices) * Vector512.Create(direction)), part = Vector512.Create(scale) * steps;
            return Vector512.Create(from) + (divisor == 1 ? part : part / Vector512.Create(divisor));
        }
    }
}
