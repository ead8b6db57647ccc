using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Autograd.Kernels;

/// <summary>Operations on one vector of the fixed virtual width (16 floats or 8 doubles) that the generic API lacks.</summary>
static unsafe class Lanes
{
    /// <summary>a·b + c with one rounding.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<T> Fma<T>(Vector512<T> a, Vector512<T> b, Vector512<T> c) where T : unmanaged
        => typeof(T) == typeof(float)
            ? Vector512.FusedMultiplyAdd(a.AsSingle(), b.AsSingle(), c.AsSingle()).As<float, T>()
            : Vector512.FusedMultiplyAdd(a.AsDouble(), b.AsDouble(), c.AsDouble()).As<double, T>();

    /// <summary>All bits set in the first <paramref name="count"/> lanes, count in 0 … lanes.</summary>
    public static Vector512<T> FirstMask<T>(int count) where T : unmanaged
        => typeof(T) == typeof(float)
            ? Vector512.LessThan(Vector512<int>.Indices, Vector512.Create(count)).As<int, T>()
            : Vector512.LessThan(Vector512<long>.Indices, Vector512.Create((long)count)).As<long, T>();

    /// <summary>Writes the first <paramref name="count"/> lanes; nothing else is touched.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void StoreFirst<T>(T* target, Vector512<T> value, int count) where T : unmanaged
    {
        if (count >= Vector512<T>.Count)
            value.Store(target);
        else if (Avx512F.IsSupported && typeof(T) == typeof(float))
            Avx512F.MaskStore((float*)target, FirstMask<float>(count), value.AsSingle());
        else if (Avx512F.IsSupported && typeof(T) == typeof(double))
            Avx512F.MaskStore((double*)target, FirstMask<double>(count), value.AsDouble());
        else
        {
            for (int i = 0; i < count; i++)
                target[i] = value[i];
        }
    }

    /// <summary>Reads the first <paramref name="count"/> lanes, the others are 0; nothing else is touched.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<T> LoadFirst<T>(T* source, int count) where T : unmanaged
    {
        if (count >= Vector512<T>.Count)
            return Vector512.Load(source);
        if (Avx512F.IsSupported && typeof(T) == typeof(float))
            return Avx512F.MaskLoad((float*)source, FirstMask<float>(count), Vector512<float>.Zero).As<float, T>();
        if (Avx512F.IsSupported && typeof(T) == typeof(double))
            return Avx512F.MaskLoad((double*)source, FirstMask<double>(count), Vector512<double>.Zero).As<double, T>();
        T* lanes = stackalloc T[Vector512<T>.Count];
        for (int i = 0; i < Vector512<T>.Count; i++)
            lanes[i] = i < count ? source[i] : default;
        return Vector512.Load(lanes);
    }

    /// <summary>Sum of all lanes by halving: lane i + lane i + w/2 first.</summary>
    public static T Sum<T>(Vector512<T> v) where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        Vector256<T> a = v.GetLower() + v.GetUpper();
        Vector128<T> b = a.GetLower() + a.GetUpper();
        Vector64<T> c = b.GetLower() + b.GetUpper();
        T sum = c[0];
        for (int i = 1; i < Vector64<T>.Count; i++)
            sum += c[i];
        return sum;
    }
}
