using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Autograd.Kernels;

/// <summary>How vectors of pixels, of one plane or of two, come from memory and go back; a mask M says which of their lanes are there. See Note [Planes].</summary>
unsafe interface IPlaneLanes<V, M, T> where T : unmanaged
{
    /// <summary>Whether the upper half of a vector belongs to another plane.</summary>
    static abstract bool IsPair { get; }

    /// <summary>The mask of the lanes from <paramref name="first"/> to <paramref name="end"/> − 1 of a plane, of which some may not be there.</summary>
    static abstract M Lanes(int first, int end);

    /// <summary>The same of all lanes of a vector.</summary>
    static abstract V AllLanes(int first, int end);

    /// <summary>The lanes of the mask from memory, zeros in the others.</summary>
    static abstract V Get(T* p, nint other, M mask);

    /// <summary>The same of neighbouring pixels only.</summary>
    static abstract V GetAll(T* p, V mask);

    /// <summary>Writes the lanes of the mask and touches no others.</summary>
    static abstract void Put(T* p, nint other, V v, M mask);

    /// <summary>The same number in all lanes of a plane.</summary>
    static abstract V Broadcast(T* p, nint other);

    /// <summary>Lanes 0, 2, 4 … of two vectors.</summary>
    static abstract V Even(V low, V high);

    /// <summary>Lanes 1, 3, 5 … of two vectors.</summary>
    static abstract V Odd(V low, V high);

    /// <summary>Writes neighbouring pixels only.</summary>
    static abstract void PutAll(T* p, V v, V mask);

    /// <summary>The lower halves of two vectors, the lanes of the first before those of the second in turn.</summary>
    static abstract V TurnsLow(V even, V odd);

    /// <summary>The same of the upper halves.</summary>
    static abstract V TurnsHigh(V even, V odd);
}

/// <summary>512 bits of a plane.</summary>
unsafe struct OnePlane512<T> : IPlaneLanes<Vector512<T>, Vector512<T>, T> where T : unmanaged
{
    public static bool IsPair => false;

    public static Vector512<T> Lanes(int first, int end) => Vector512.AndNot(Lanes512<T>.Mask(end), Lanes512<T>.Mask(first));

    public static Vector512<T> AllLanes(int first, int end) => Lanes(first, end);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<T> Get(T* p, nint other, Vector512<T> mask) => Lanes512<T>.LoadPart(p, mask);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<T> GetAll(T* p, Vector512<T> mask) => Lanes512<T>.LoadPart(p, mask);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Put(T* p, nint other, Vector512<T> v, Vector512<T> mask) => Lanes512<T>.StorePart(p, v, mask, 0);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<T> Broadcast(T* p, nint other) => Vector512.Create(*p);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<T> Even(Vector512<T> low, Vector512<T> high) => VectorOps.Even(low, high);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<T> Odd(Vector512<T> low, Vector512<T> high) => VectorOps.Odd(low, high);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void PutAll(T* p, Vector512<T> v, Vector512<T> mask) => Lanes512<T>.StorePart(p, v, mask, 0);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<T> TurnsLow(Vector512<T> even, Vector512<T> odd) => VectorOps.TurnsLow(even, odd);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<T> TurnsHigh(Vector512<T> even, Vector512<T> odd) => VectorOps.TurnsHigh(even, odd);
}

/// <summary>256 bits of a plane and as many of another.</summary>
unsafe struct TwoPlanes512<T> : IPlaneLanes<Vector512<T>, Vector256<T>, T> where T : unmanaged
{
    public static bool IsPair => true;

    public static Vector256<T> Lanes(int first, int end) => OnePlane256<T>.Lanes(first, end);

    public static Vector512<T> AllLanes(int first, int end) => OnePlane512<T>.Lanes(first, end);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<T> Get(T* p, nint other, Vector256<T> mask) => OnePlane256<T>.Get(p, 0, mask).ToVector512Unsafe().WithUpper(OnePlane256<T>.Get(p + other, 0, mask));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<T> GetAll(T* p, Vector512<T> mask) => Lanes512<T>.LoadPart(p, mask);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Put(T* p, nint other, Vector512<T> v, Vector256<T> mask)
    {
        OnePlane256<T>.Put(p, 0, v.GetLower(), mask);
        OnePlane256<T>.Put(p + other, 0, v.GetUpper(), mask);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<T> Broadcast(T* p, nint other) => Vector256.Create(*p).ToVector512Unsafe().WithUpper(Vector256.Create(p[other]));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<T> Even(Vector512<T> low, Vector512<T> high) => VectorOps.Even(low, high);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<T> Odd(Vector512<T> low, Vector512<T> high) => VectorOps.Odd(low, high);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void PutAll(T* p, Vector512<T> v, Vector512<T> mask) => Lanes512<T>.StorePart(p, v, mask, 0);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<T> TurnsLow(Vector512<T> even, Vector512<T> odd) => VectorOps.TurnsLow(even, odd);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<T> TurnsHigh(Vector512<T> even, Vector512<T> odd) => VectorOps.TurnsHigh(even, odd);
}

/// <summary>256 bits of a plane.</summary>
unsafe struct OnePlane256<T> : IPlaneLanes<Vector256<T>, Vector256<T>, T> where T : unmanaged
{
    public static bool IsPair => false;

    public static Vector256<T> Lanes(int first, int end) => Vector256.AndNot(Lanes256<T>.Mask(end), Lanes256<T>.Mask(first));

    public static Vector256<T> AllLanes(int first, int end) => Lanes(first, end);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<T> Get(T* p, nint other, Vector256<T> mask)
    {
        if (Avx512F.VL.IsSupported)
        {
            return typeof(T) == typeof(float)
                ? Avx512F.VL.MaskLoad((float*)p, mask.AsSingle(), Vector256<float>.Zero).As<float, T>()
                : Avx512F.VL.MaskLoad((double*)p, mask.AsDouble(), Vector256<double>.Zero).As<double, T>();
        }
        if (Avx.IsSupported) return Lanes256<T>.LoadPart(p, mask);
        Vector256<T> v = default;
        for (int i = 0; i < Vector256<T>.Count; i++)
        {
            if (IsSet(mask, i)) v = v.WithElement(i, p[i]);
        }
        return v;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<T> GetAll(T* p, Vector256<T> mask) => Get(p, 0, mask);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Put(T* p, nint other, Vector256<T> v, Vector256<T> mask)
    {
        if (Avx512F.VL.IsSupported)
        {
            if (typeof(T) == typeof(float)) Avx512F.VL.MaskStore((float*)p, mask.AsSingle(), v.AsSingle());
            else Avx512F.VL.MaskStore((double*)p, mask.AsDouble(), v.AsDouble());
            return;
        }
        if (Avx.IsSupported)
        {
            Lanes256<T>.StorePart(p, v, mask, 0);
            return;
        }
        for (int i = 0; i < Vector256<T>.Count; i++)
        {
            if (IsSet(mask, i)) p[i] = v.GetElement(i);
        }
    }

    static bool IsSet(Vector256<T> mask, int lane) => mask.AsByte().GetElement(lane * sizeof(T)) != 0;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<T> Broadcast(T* p, nint other) => Vector256.Create(*p);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<T> Even(Vector256<T> low, Vector256<T> high) => VectorOps.Even(low, high);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<T> Odd(Vector256<T> low, Vector256<T> high) => VectorOps.Odd(low, high);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void PutAll(T* p, Vector256<T> v, Vector256<T> mask) => Put(p, 0, v, mask);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<T> TurnsLow(Vector256<T> even, Vector256<T> odd) => VectorOps.TurnsLow(even, odd);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<T> TurnsHigh(Vector256<T> even, Vector256<T> odd) => VectorOps.TurnsHigh(even, odd);
}
