using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.Arm;
using System.Runtime.Intrinsics.X86;

namespace Autograd.Kernels;

/// <summary>The vector operations that matrix product and convolution are written in, for one register width.</summary>
/// <remarks>
/// A product's elements are summed one by one in each lane, so the width changes no result; see Note [Order of sums].
/// </remarks>
unsafe interface ILanes<V, T> where T : unmanaged
{
    /// <summary>Elements in a vector.</summary>
    static abstract int Count { get; }

    /// <summary>Rows of a tile of two vectors whose accumulators fit in the register file.</summary>
    static abstract int MaxRows { get; }

    /// <summary>Whether <see cref="LoadPart"/> leaves masked elements of memory untouched.</summary>
    static abstract bool HasMasks { get; }

    static abstract V Load(T* p);

    static abstract void Store(T* p, V v);

    static abstract V Broadcast(T value);

    /// <summary>a·b + c, rounded once.</summary>
    static abstract V Fma(V a, V b, V c);

    static abstract V Multiply(V a, V b);

    static abstract V Add(V a, V b);

    /// <summary>The bits that both have.</summary>
    static abstract V And(V a, V b);

    /// <summary>The mask of the first <paramref name="count"/> lanes.</summary>
    static abstract V Mask(int count);

    /// <summary>Loads the lanes of the mask. Without <see cref="HasMasks"/> the whole vector must be readable.</summary>
    static abstract V LoadPart(T* p, V mask);

    /// <summary>Stores the first <paramref name="count"/> lanes, which are those of the mask.</summary>
    static abstract void StorePart(T* p, V v, V mask, int count);

    /// <summary>Loads the first <paramref name="count"/> lanes, which are those of the mask, and touches no more.</summary>
    static abstract V LoadExact(T* p, V mask, int count);
}

/// <summary>512-bit vectors with AVX-512 masks.</summary>
unsafe partial struct Lanes512<T> : ILanes<Vector512<T>, T> where T : unmanaged
{
    public static int Count => Vector512<T>.Count;

    public static int MaxRows => 14;

    public static bool HasMasks => true;

    public static Vector512<T> Load(T* p) => Vector512.Load(p);

    public static void Store(T* p, Vector512<T> v) => v.Store(p);

    public static Vector512<T> Broadcast(T value) => Vector512.Create(value);

    public static Vector512<T> Multiply(Vector512<T> a, Vector512<T> b) => a * b;

    public static Vector512<T> Add(Vector512<T> a, Vector512<T> b) => a + b;

    public static Vector512<T> And(Vector512<T> a, Vector512<T> b) => a & b;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<T> Fma(Vector512<T> a, Vector512<T> b, Vector512<T> c) => typeof(T) == typeof(float)
        ? Vector512.FusedMultiplyAdd(a.AsSingle(), b.AsSingle(), c.AsSingle()).As<float, T>()
        : Vector512.FusedMultiplyAdd(a.AsDouble(), b.AsDouble(), c.AsDouble()).As<double, T>();

    public static Vector512<T> Mask(int count) => typeof(T) == typeof(float)
        ? Vector512.LessThan(Vector512<int>.Indices, Vector512.Create(count)).As<int, T>()
        : Vector512.LessThan(Vector512<long>.Indices, Vector512.Create((long)count)).As<long, T>();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<T> LoadPart(T* p, Vector512<T> mask) => typeof(T) == typeof(float)
        ? Avx512F.MaskLoad((float*)p, mask.AsSingle(), Vector512<float>.Zero).As<float, T>()
        : Avx512F.MaskLoad((double*)p, mask.AsDouble(), Vector512<double>.Zero).As<double, T>();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void StorePart(T* p, Vector512<T> v, Vector512<T> mask, int count)
    {
        if (typeof(T) == typeof(float))
            Avx512F.MaskStore((float*)p, mask.AsSingle(), v.AsSingle());
        else
            Avx512F.MaskStore((double*)p, mask.AsDouble(), v.AsDouble());
    }

    public static Vector512<T> LoadExact(T* p, Vector512<T> mask, int count) => LoadPart(p, mask);
}

/// <summary>256-bit vectors with AVX masks.</summary>
unsafe partial struct Lanes256<T> : ILanes<Vector256<T>, T> where T : unmanaged
{
    public static int Count => Vector256<T>.Count;

    public static int MaxRows => 6;

    public static bool HasMasks => true;

    public static Vector256<T> Load(T* p) => Vector256.Load(p);

    public static void Store(T* p, Vector256<T> v) => v.Store(p);

    public static Vector256<T> Broadcast(T value) => Vector256.Create(value);

    public static Vector256<T> Multiply(Vector256<T> a, Vector256<T> b) => a * b;

    public static Vector256<T> Add(Vector256<T> a, Vector256<T> b) => a + b;

    public static Vector256<T> And(Vector256<T> a, Vector256<T> b) => a & b;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<T> Fma(Vector256<T> a, Vector256<T> b, Vector256<T> c) => typeof(T) == typeof(float)
        ? Vector256.FusedMultiplyAdd(a.AsSingle(), b.AsSingle(), c.AsSingle()).As<float, T>()
        : Vector256.FusedMultiplyAdd(a.AsDouble(), b.AsDouble(), c.AsDouble()).As<double, T>();

    public static Vector256<T> Mask(int count) => typeof(T) == typeof(float)
        ? Vector256.LessThan(Vector256<int>.Indices, Vector256.Create(count)).As<int, T>()
        : Vector256.LessThan(Vector256<long>.Indices, Vector256.Create((long)count)).As<long, T>();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<T> LoadPart(T* p, Vector256<T> mask) => typeof(T) == typeof(float)
        ? Avx.MaskLoad((float*)p, mask.AsSingle()).As<float, T>()
        : Avx.MaskLoad((double*)p, mask.AsDouble()).As<double, T>();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void StorePart(T* p, Vector256<T> v, Vector256<T> mask, int count)
    {
        if (typeof(T) == typeof(float))
            Avx.MaskStore((float*)p, mask.AsSingle(), v.AsSingle());
        else
            Avx.MaskStore((double*)p, mask.AsDouble(), v.AsDouble());
    }

    public static Vector256<T> LoadExact(T* p, Vector256<T> mask, int count) => LoadPart(p, mask);
}

/// <summary>128-bit vectors of any processor; masked accesses go element by element.</summary>
unsafe partial struct Lanes128<T> : ILanes<Vector128<T>, T> where T : unmanaged
{
    public static int Count => Vector128<T>.Count;

    public static int MaxRows => AdvSimd.IsSupported ? 12 : 6; // 32 registers there, 16 on x86

    public static bool HasMasks => false;

    public static Vector128<T> Load(T* p) => Vector128.Load(p);

    public static void Store(T* p, Vector128<T> v) => v.Store(p);

    public static Vector128<T> Broadcast(T value) => Vector128.Create(value);

    public static Vector128<T> Multiply(Vector128<T> a, Vector128<T> b) => a * b;

    public static Vector128<T> Add(Vector128<T> a, Vector128<T> b) => a + b;

    public static Vector128<T> And(Vector128<T> a, Vector128<T> b) => a & b;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<T> Fma(Vector128<T> a, Vector128<T> b, Vector128<T> c) => typeof(T) == typeof(float)
        ? Vector128.FusedMultiplyAdd(a.AsSingle(), b.AsSingle(), c.AsSingle()).As<float, T>()
        : Vector128.FusedMultiplyAdd(a.AsDouble(), b.AsDouble(), c.AsDouble()).As<double, T>();

    public static Vector128<T> Mask(int count) => default;

    public static Vector128<T> LoadPart(T* p, Vector128<T> mask) => Vector128.Load(p);

    public static void StorePart(T* p, Vector128<T> v, Vector128<T> mask, int count)
    {
        for (int i = 0; i < count; i++)
            p[i] = v.GetElement(i);
    }

    public static Vector128<T> LoadExact(T* p, Vector128<T> mask, int count)
    {
        Vector128<T> v = default;
        for (int i = 0; i < count; i++)
            v = v.WithElement(i, p[i]);
        return v;
    }
}
