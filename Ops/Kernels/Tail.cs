using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Autograd.Kernels;

/// <summary>Vectors of which only the first elements exist in memory: masked loads and stores for pinned arrays of 4- and 8-byte numbers.</summary>
static unsafe class Tail
{
    /// <summary>All bits set in the first <paramref name="count"/> lanes.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<T> Mask<T>(nuint count) where T : unmanaged => sizeof(T) == sizeof(uint)
        ? Vector512.LessThan(Vector512<uint>.Indices, Vector512.Create((uint)count)).As<uint, T>()
        : Vector512.LessThan(Vector512<ulong>.Indices, Vector512.Create((ulong)count)).As<ulong, T>();

    /// <summary>The first elements from memory, the other lanes from <paramref name="fill"/>.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<T> Load<T>(T* source, nuint count, Vector512<T> fill) where T : unmanaged
    {
        if (Avx512F.IsSupported)
        {
            return sizeof(T) == sizeof(float)
                ? Avx512F.MaskLoad((float*)source, Mask<T>(count).AsSingle(), fill.AsSingle()).As<float, T>()
                : Avx512F.MaskLoad((double*)source, Mask<T>(count).AsDouble(), fill.AsDouble()).As<double, T>();
        }
        if (Avx2.IsSupported)
        {
            nuint half = (nuint)Vector256<T>.Count;
            return Vector512.Create(LoadHalf(source, count, fill.GetLower()), count > half ? LoadHalf(source + half, count - half, fill.GetUpper()) : fill.GetUpper());
        }
        nuint k = 0;
        if (count >= (nuint)Vector256<T>.Count)
        {
            fill = fill.WithLower(Vector256.Load(source));
            k = (nuint)Vector256<T>.Count;
        }
        for (; k < count; k++) ((T*)&fill)[k] = source[k];
        return fill;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static Vector256<T> LoadHalf<T>(T* source, nuint count, Vector256<T> fill) where T : unmanaged
    {
        if (sizeof(T) == sizeof(float))
        {
            Vector256<float> mask = Vector256.LessThan(Vector256<int>.Indices, Vector256.Create((int)count)).AsSingle();
            return Vector256.ConditionalSelect(mask, Avx.MaskLoad((float*)source, mask), fill.AsSingle()).As<float, T>();
        }
        Vector256<double> wide = Vector256.LessThan(Vector256<long>.Indices, Vector256.Create((long)count)).AsDouble();
        return Vector256.ConditionalSelect(wide, Avx.MaskLoad((double*)source, wide), fill.AsDouble()).As<double, T>();
    }

    /// <summary>Writes the first elements.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Store<T>(Vector512<T> value, T* target, nuint count) where T : unmanaged
    {
        if (Avx512F.IsSupported)
        {
            if (sizeof(T) == sizeof(float)) Avx512F.MaskStore((float*)target, Mask<T>(count).AsSingle(), value.AsSingle());
            else Avx512F.MaskStore((double*)target, Mask<T>(count).AsDouble(), value.AsDouble());
            return;
        }
        nuint k = 0;
        if (count >= (nuint)Vector256<T>.Count)
        {
            value.GetLower().Store(target);
            k = (nuint)Vector256<T>.Count;
        }
        for (; k < count; k++) target[k] = ((T*)&value)[k];
    }

    /// <summary>A whole vector, or its first elements where there are fewer.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<T> LoadUpTo<T>(T* source, nuint count, Vector512<T> fill) where T : unmanaged =>
        count == (nuint)Vector512<T>.Count ? Vector512.Load(source) : Load(source, count, fill);

    /// <summary>Writes a whole vector, or its first elements where there are fewer.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void StoreUpTo<T>(Vector512<T> value, T* target, nuint count) where T : unmanaged
    {
        if (count == (nuint)Vector512<T>.Count) value.Store(target);
        else Store(value, target, count);
    }
}
