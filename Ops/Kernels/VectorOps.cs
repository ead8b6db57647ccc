using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Autograd.Kernels;

/// <summary>Operations on one vector of the fixed virtual width (16 floats or 8 doubles) that the generic API lacks.</summary>
static unsafe class VectorOps
{
    /// <summary>a·b + c with one rounding.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<T> Fma<T>(Vector512<T> a, Vector512<T> b, Vector512<T> c) where T : unmanaged
        => typeof(T) == typeof(float)
            ? Vector512.FusedMultiplyAdd(a.AsSingle(), b.AsSingle(), c.AsSingle()).As<float, T>()
            : Vector512.FusedMultiplyAdd(a.AsDouble(), b.AsDouble(), c.AsDouble()).As<double, T>();

    /// <summary>Copies <paramref name="count"/> elements of four bytes and more each; nothing else is touched. Quicker than a span for short rows.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Copy<T>(T* source, T* target, int count) where T : unmanaged
    {
        if (count < Vector512<T>.Count)
        {
            CopyFew((byte*)source, (byte*)target, count * sizeof(T));
            return;
        }
        // The last one overlaps the one before.
        int last = count - Vector512<T>.Count;
        for (int i = 0; i < last; i += Vector512<T>.Count) Vector512.Load(source + i).Store(target + i);
        Vector512.Load(source + last).Store(target + last);
    }

    /// <summary>Fewer bytes than a vector has, a multiple of four, by two that overlap.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static void CopyFew(byte* source, byte* target, int bytes)
    {
        if (bytes >= Vector256<byte>.Count)
        {
            Vector256<byte> first = Vector256.Load(source), last = Vector256.Load(source + bytes - Vector256<byte>.Count);
            first.Store(target);
            last.Store(target + bytes - Vector256<byte>.Count);
        }
        else if (bytes >= Vector128<byte>.Count)
        {
            Vector128<byte> first = Vector128.Load(source), last = Vector128.Load(source + bytes - Vector128<byte>.Count);
            first.Store(target);
            last.Store(target + bytes - Vector128<byte>.Count);
        }
        else if (bytes >= sizeof(ulong))
        {
            ulong first = Unsafe.ReadUnaligned<ulong>(source), last = Unsafe.ReadUnaligned<ulong>(source + bytes - sizeof(ulong));
            Unsafe.WriteUnaligned(target, first);
            Unsafe.WriteUnaligned(target + bytes - sizeof(ulong), last);
        }
        else if (bytes > 0) Unsafe.WriteUnaligned(target, Unsafe.ReadUnaligned<uint>(source));
    }

    /// <summary>All bits set in the first <paramref name="count"/> lanes, count in 0 … lanes.</summary>
    public static Vector512<T> FirstMask<T>(int count) where T : unmanaged => Tail.Mask<T>((nuint)count);

    /// <summary>All bits set in the lanes from <paramref name="first"/> to <paramref name="end"/> − 1, as far as there are such.</summary>
    public static Vector512<T> Lanes<T>(int first, int end) where T : unmanaged
    {
        int begin = Math.Clamp(first, 0, Vector512<T>.Count);
        return Vector512.AndNot(FirstMask<T>(Math.Clamp(end, begin, Vector512<T>.Count)), FirstMask<T>(begin));
    }

    /// <summary>Writes the first <paramref name="count"/> lanes; nothing else is touched.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void StoreFirst<T>(T* target, Vector512<T> value, int count) where T : unmanaged
    {
        if (count >= Vector512<T>.Count) value.Store(target);
        else Tail.Store(value, target, (nuint)count);
    }

    /// <summary>Whole vectors lie in one register, and some lanes of them can be stored.</summary>
    public static bool HasMaskedStores => Vector512.IsHardwareAccelerated && Avx512F.IsSupported;

    /// <summary>Reads the first <paramref name="count"/> lanes, the others are 0; nothing else is touched.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<T> LoadFirst<T>(T* source, int count) where T : unmanaged
    {
        return count >= Vector512<T>.Count ? Vector512.Load(source) : Tail.Load(source, (nuint)Math.Max(count, 0), Vector512<T>.Zero);
    }

    /// <summary>Lanes 0, 2, 4 … of the pair.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<T> Even<T>(Vector512<T> low, Vector512<T> high) where T : unmanaged
    {
        if (Avx512F.IsSupported && typeof(T) == typeof(float))
            return Avx512F.PermuteVar16x32x2(low.AsSingle(), 2 * Vector512<int>.Indices, high.AsSingle()).As<float, T>();
        if (Avx512F.IsSupported && typeof(T) == typeof(double))
            return Avx512F.PermuteVar8x64x2(low.AsDouble(), 2 * Vector512<long>.Indices, high.AsDouble()).As<double, T>();
        return Vector512.Create(Even(low.GetLower(), low.GetUpper()), Even(high.GetLower(), high.GetUpper()));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<T> Even<T>(Vector256<T> low, Vector256<T> high) where T : unmanaged
    {
        if (Avx2.IsSupported && typeof(T) == typeof(float))
            return InOrder(Avx.Shuffle(low.AsSingle(), high.AsSingle(), 0b10_00_10_00).As<float, T>());
        if (Avx2.IsSupported && typeof(T) == typeof(double))
            return InOrder(Avx.UnpackLow(low.AsDouble(), high.AsDouble()).As<double, T>());
        return Vector256.Create(Even(low.GetLower(), low.GetUpper()), Even(high.GetLower(), high.GetUpper()));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static Vector128<T> Even<T>(Vector128<T> low, Vector128<T> high) where T : unmanaged => typeof(T) == typeof(float)
        ? Vector128.Create(
            Vector128.Shuffle(low.AsInt32(), Vector128.Create(0, 2, 0, 2)).GetLower(), Vector128.Shuffle(high.AsInt32(), Vector128.Create(0, 2, 0, 2)).GetLower()).As<int, T>()
        : Vector128.Create(low.GetLower(), high.GetLower());

    /// <summary>Lanes 1, 3, 5 … of the pair.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<T> Odd<T>(Vector512<T> low, Vector512<T> high) where T : unmanaged
    {
        if (Avx512F.IsSupported && typeof(T) == typeof(float))
            return Avx512F.PermuteVar16x32x2(low.AsSingle(), 2 * Vector512<int>.Indices + Vector512<int>.One, high.AsSingle()).As<float, T>();
        if (Avx512F.IsSupported && typeof(T) == typeof(double))
            return Avx512F.PermuteVar8x64x2(low.AsDouble(), 2 * Vector512<long>.Indices + Vector512<long>.One, high.AsDouble()).As<double, T>();
        return Vector512.Create(Odd(low.GetLower(), low.GetUpper()), Odd(high.GetLower(), high.GetUpper()));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<T> Odd<T>(Vector256<T> low, Vector256<T> high) where T : unmanaged
    {
        if (Avx2.IsSupported && typeof(T) == typeof(float))
            return InOrder(Avx.Shuffle(low.AsSingle(), high.AsSingle(), 0b11_01_11_01).As<float, T>());
        if (Avx2.IsSupported && typeof(T) == typeof(double))
            return InOrder(Avx.UnpackHigh(low.AsDouble(), high.AsDouble()).As<double, T>());
        return Vector256.Create(Odd(low.GetLower(), low.GetUpper()), Odd(high.GetLower(), high.GetUpper()));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static Vector128<T> Odd<T>(Vector128<T> low, Vector128<T> high) where T : unmanaged => typeof(T) == typeof(float)
        ? Vector128.Create(
            Vector128.Shuffle(low.AsInt32(), Vector128.Create(1, 3, 1, 3)).GetLower(), Vector128.Shuffle(high.AsInt32(), Vector128.Create(1, 3, 1, 3)).GetLower()).As<int, T>()
        : Vector128.Create(low.GetUpper(), high.GetUpper());

    /// <summary>The lower halves of two vectors: lane 0 of each, lane 1 of each ….</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<T> TurnsLow<T>(Vector512<T> even, Vector512<T> odd) where T : unmanaged
    {
        if (Avx512F.IsSupported && typeof(T) == typeof(float))
            return Avx512F.PermuteVar16x32x2(even.AsSingle(), (Vector512<int>.Indices >>> 1) | ((Vector512<int>.Indices & Vector512<int>.One) << 4), odd.AsSingle()).As<float, T>();
        if (Avx512F.IsSupported && typeof(T) == typeof(double))
            return Avx512F.PermuteVar8x64x2(even.AsDouble(), (Vector512<long>.Indices >>> 1) | ((Vector512<long>.Indices & Vector512<long>.One) << 3), odd.AsDouble()).As<double, T>();
        return Vector512.Create(TurnsLow(even.GetLower(), odd.GetLower()), TurnsHigh(even.GetLower(), odd.GetLower()));
    }

    /// <summary>The same of the upper halves.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<T> TurnsHigh<T>(Vector512<T> even, Vector512<T> odd) where T : unmanaged
    {
        if (Avx512F.IsSupported && typeof(T) == typeof(float))
            return Avx512F.PermuteVar16x32x2(even.AsSingle(), (Vector512<int>.Indices >>> 1) | ((Vector512<int>.Indices & Vector512<int>.One) << 4) | Vector512.Create(8), odd.AsSingle()).As<float, T>();
        if (Avx512F.IsSupported && typeof(T) == typeof(double))
            return Avx512F.PermuteVar8x64x2(even.AsDouble(), (Vector512<long>.Indices >>> 1) | ((Vector512<long>.Indices & Vector512<long>.One) << 3) | Vector512.Create(4L), odd.AsDouble()).As<double, T>();
        return Vector512.Create(TurnsLow(even.GetUpper(), odd.GetUpper()), TurnsHigh(even.GetUpper(), odd.GetUpper()));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<T> TurnsLow<T>(Vector256<T> even, Vector256<T> odd) where T : unmanaged =>
        Vector256.Create(TurnsLow(even.GetLower(), odd.GetLower()), TurnsHigh(even.GetLower(), odd.GetLower()));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<T> TurnsHigh<T>(Vector256<T> even, Vector256<T> odd) where T : unmanaged =>
        Vector256.Create(TurnsLow(even.GetUpper(), odd.GetUpper()), TurnsHigh(even.GetUpper(), odd.GetUpper()));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static Vector128<T> TurnsLow<T>(Vector128<T> even, Vector128<T> odd) where T : unmanaged => sizeof(T) == sizeof(int)
        ? Vector128.ConditionalSelect(
            Vector128.Create(-1, 0, -1, 0), Vector128.Shuffle(even.AsInt32(), Vector128.Create(0, 0, 1, 1)), Vector128.Shuffle(odd.AsInt32(), Vector128.Create(0, 0, 1, 1))).As<int, T>()
        : Vector128.Create(even.GetLower(), odd.GetLower());

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static Vector128<T> TurnsHigh<T>(Vector128<T> even, Vector128<T> odd) where T : unmanaged => sizeof(T) == sizeof(int)
        ? Vector128.ConditionalSelect(
            Vector128.Create(-1, 0, -1, 0), Vector128.Shuffle(even.AsInt32(), Vector128.Create(2, 2, 3, 3)), Vector128.Shuffle(odd.AsInt32(), Vector128.Create(2, 2, 3, 3))).As<int, T>()
        : Vector128.Create(even.GetUpper(), odd.GetUpper());

    /// <summary>The quarters 0, 2, 1, 3: AVX2 picks within halves.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static Vector256<T> InOrder<T>(Vector256<T> v) where T : unmanaged => Avx2.Permute4x64(v.AsInt64(), 0b11_01_10_00).As<long, T>();

    /// <summary>All bits set in lanes 0, 2, 4 ….</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<T> EvenLanes<T>() where T : unmanaged =>
        sizeof(T) == sizeof(float) ? Vector512.Create(0xFFFFFFFFul).As<ulong, T>() : Vector512.Create(-1L, 0, -1, 0, -1, 0, -1, 0).As<long, T>();

    /// <summary>Each lane of the lower half twice: 0, 0, 1, 1, 2 …</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<T> DoubleLower<T>(Vector512<T> v) where T : unmanaged
    {
        if (!Vector512.IsHardwareAccelerated) return Twice(v.GetLower());
        return typeof(T) == typeof(float)
            ? Vector512.Shuffle(v.AsInt32(), Vector512<int>.Indices >>> 1).As<int, T>()
            : Vector512.Shuffle(v.AsInt64(), Vector512<long>.Indices >>> 1).As<long, T>();
    }

    /// <summary>Each lane of the upper half twice.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<T> DoubleUpper<T>(Vector512<T> v) where T : unmanaged
    {
        if (!Vector512.IsHardwareAccelerated) return Twice(v.GetUpper());
        return typeof(T) == typeof(float)
            ? Vector512.Shuffle(v.AsInt32(), (Vector512<int>.Indices >>> 1) + Vector512.Create(8)).As<int, T>()
            : Vector512.Shuffle(v.AsInt64(), (Vector512<long>.Indices >>> 1) + Vector512.Create(4L)).As<long, T>();
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static Vector512<T> Twice<T>(Vector256<T> v) where T : unmanaged => Vector512.Create(Twice(v.GetLower()), Twice(v.GetUpper()));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static Vector256<T> Twice<T>(Vector128<T> v) where T : unmanaged => typeof(T) == typeof(float)
        ? Vector256.Create(Vector128.Shuffle(v.AsInt32(), Vector128.Create(0, 0, 1, 1)), Vector128.Shuffle(v.AsInt32(), Vector128.Create(2, 2, 3, 3))).As<int, T>()
        : Vector256.Create(Vector128.Shuffle(v.AsInt64(), Vector128.Create(0L, 0)), Vector128.Shuffle(v.AsInt64(), Vector128.Create(1L, 1))).As<long, T>();

    /// <summary>Writes, or adds, the first <paramref name="count"/> lanes to every second element of the target.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void StoreEven<T>(T* target, Vector512<T> value, int count, bool add)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        int lanes = Vector512<T>.Count;
        count = Math.Min(count, lanes);
        if (Avx512F.IsSupported)
        {
            StoreEvenHalf(target, DoubleLower(value), Math.Min(count, lanes / 2), add);
            if (count > lanes / 2)
                StoreEvenHalf(target + lanes, DoubleUpper(value), count - lanes / 2, add);
            return;
        }
        for (int i = 0; i < count; i++)
            target[2 * i] = add ? target[2 * i] + value[i] : value[i];
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static void StoreEvenHalf<T>(T* target, Vector512<T> value, int count, bool add) where T : unmanaged
    {
        if (typeof(T) == typeof(float))
        {
            Vector512<float> mask = FirstMask<float>(2 * count) & Vector512.Create(0xFFFFFFFFul).AsSingle();
            if (add)
                value = (value.AsSingle() + Avx512F.MaskLoad((float*)target, mask, Vector512<float>.Zero)).As<float, T>();
            Avx512F.MaskStore((float*)target, mask, value.AsSingle());
        }
        else
        {
            Vector512<double> mask = FirstMask<double>(2 * count) & Vector512.Create(-1L, 0, -1, 0, -1, 0, -1, 0).AsDouble();
            if (add)
                value = (value.AsDouble() + Avx512F.MaskLoad((double*)target, mask, Vector512<double>.Zero)).As<double, T>();
            Avx512F.MaskStore((double*)target, mask, value.AsDouble());
        }
    }

    /// <summary>The lanes of a mask from memory, the others 0; nothing else is touched. Needs AVX-512.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<T> LoadLanes<T>(T* source, Vector512<T> mask) where T : unmanaged => sizeof(T) == sizeof(float)
        ? Avx512F.MaskLoad((float*)source, mask.AsSingle(), Vector512<float>.Zero).As<float, T>()
        : Avx512F.MaskLoad((double*)source, mask.AsDouble(), Vector512<double>.Zero).As<double, T>();

    /// <summary>Writes the lanes of a mask. Needs AVX-512.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void StoreLanes<T>(T* target, Vector512<T> mask, Vector512<T> value) where T : unmanaged
    {
        if (sizeof(T) == sizeof(float)) Avx512F.MaskStore((float*)target, mask.AsSingle(), value.AsSingle());
        else Avx512F.MaskStore((double*)target, mask.AsDouble(), value.AsDouble());
    }

    /// <summary>Integers of the lane width first + i·step, as bits.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<T> Integers<T>(int first, int step) where T : unmanaged
        => typeof(T) == typeof(float)
            ? (Vector512.Create(first) + Vector512<int>.Indices * step).As<int, T>()
            : (Vector512.Create((long)first) + Vector512<long>.Indices * step).As<long, T>();

    /// <summary>Lane-wise sum of integers of the lane width.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<T> AddIntegers<T>(Vector512<T> a, int b) where T : unmanaged
        => typeof(T) == typeof(float)
            ? (a.AsInt32() + Vector512.Create(b)).As<int, T>()
            : (a.AsInt64() + Vector512.Create((long)b)).As<long, T>();

    /// <summary>Reads 32-bit integers, one per lane; always a whole vector.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<T> LoadIntegers<T>(int* source) where T : unmanaged
        => typeof(T) == typeof(float)
            ? Vector512.Load(source).As<int, T>()
            : Vector512.Create(Vector256.WidenLower(Vector256.Load(source)), Vector256.WidenUpper(Vector256.Load(source))).As<long, T>();

    /// <summary>Reads 32-bit integers, one per lane: the first <paramref name="count"/>, the other lanes are 0; nothing else is touched.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<T> LoadFirstIntegers<T>(int* source, int count) where T : unmanaged
    {
        if (count >= Vector512<T>.Count) return LoadIntegers<T>(source);
        Vector512<int> integers = LoadFirst((float*)source, count).AsInt32();
        return typeof(T) == typeof(float) ? integers.As<int, T>() : Vector512.WidenLower(integers).As<long, T>();
    }

    /// <summary>The lanes of v where the integers of the lane width in a and b are equal, 0 elsewhere.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<T> WhereEqual<T>(Vector512<T> a, Vector512<T> b, Vector512<T> v) where T : unmanaged
        => typeof(T) == typeof(float)
            ? Vector512.ConditionalSelect(Vector512.Equals(a.AsInt32(), b.AsInt32()).As<int, T>(), v, Vector512<T>.Zero)
            : Vector512.ConditionalSelect(Vector512.Equals(a.AsInt64(), b.AsInt64()).As<long, T>(), v, Vector512<T>.Zero);

    /// <summary>Writes the first <paramref name="count"/> lanes as 32-bit integers.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void StoreIntegers<T>(int* target, Vector512<T> value, int count) where T : unmanaged
    {
        if (typeof(T) == typeof(float))
            StoreFirst((float*)target, value.AsSingle(), count);
        else if (count >= Vector512<T>.Count)
            Vector256.Narrow(value.AsInt64().GetLower(), value.AsInt64().GetUpper()).Store(target);
        else
        {
            for (int i = 0; i < count; i++)
                target[i] = (int)value.AsInt64()[i];
        }
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
