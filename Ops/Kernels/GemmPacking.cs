using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.Arm;
using System.Runtime.Intrinsics.X86;

namespace Autograd.Kernels;

/// <summary>Copies of parts of A and B in the order in which the tiles read them.</summary>
static unsafe class GemmPacking
{
    /// <summary>Copies <paramref name="rows"/> rows of <paramref name="columns"/> elements.</summary>
    public static void Copy<T>(int rows, int columns, T* source, nint sourceStride, T* target, nint targetStride)
        where T : unmanaged
    {
        for (int i = 0; i < rows; i++, source += sourceStride, target += targetStride)
            new ReadOnlySpan<T>(source, columns).CopyTo(new Span<T>(target, columns));
    }

    /// <summary>Copies a strip of op(B), <paramref name="depth"/> rows of <paramref name="columns"/> elements, padded.</summary>
    public static void PackStrip<T>(int depth, int columns, T* b, nint ldb, bool transposed, T* target, int width)
        where T : unmanaged
    {
        if (transposed)
            TransposeStrip(columns, depth, b, ldb, target, width);
        else
            CopyStrip(depth, columns, b, ldb, target, width);
    }

    /// <summary>
    /// Copies <paramref name="rows"/> rows of at most <paramref name="width"/> elements into rows of exactly that
    /// width, filled up with zeros; <paramref name="width"/> is a multiple of two 128-bit vectors.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    static void CopyStrip<T>(int rows, int columns, T* source, nint sourceStride, T* target, int width)
        where T : unmanaged
    {
        if (columns == width && width % Vector512<T>.Count == 0)
        {
            for (int i = 0; i < rows; i++, source += sourceStride, target += width)
            {
                for (int j = 0; j < width; j += Vector512<T>.Count)
                    Vector512.Load(source + j).Store(target + j);
            }
            return;
        }
        for (int i = 0; i < rows; i++, source += sourceStride, target += width)
        {
            for (int j = 0; j < width; j++)
                target[j] = j < columns ? source[j] : default;
        }
    }

    /// <summary>
    /// target[p, j] = source[j, p] for <paramref name="rows"/> rows j and <paramref name="columns"/> columns p of the
    /// source; target rows have <paramref name="width"/> elements, zero beyond <paramref name="rows"/>.
    /// </summary>
    static void TransposeStrip<T>(int rows, int columns, T* source, nint sourceStride, T* target, int width)
        where T : unmanaged
    {
        int block = 64 / sizeof(T); // one cache line of each source row at a time
        for (int p = 0; p < columns; p += block, source += block, target += block * width)
            TransposeBlock(rows, Math.Min(block, columns - p), source, sourceStride, target, width);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    static void TransposeBlock<T>(int rows, int columns, T* source, nint sourceStride, T* target, int width)
        where T : unmanaged
    {
        int edge = Vector128<T>.Count, wide = 2 * edge, j = 0;
        int vectorColumns = columns - columns % edge;
        for (; j <= rows - wide && Avx.IsSupported; j += wide)
        {
            for (int p = 0; p < vectorColumns; p += edge)
                TransposePair(source + j * sourceStride + p, sourceStride, target + p * width + j, width);
        }
        for (; j <= rows - edge; j += edge)
        {
            for (int p = 0; p < vectorColumns; p += edge)
                TransposeSquare(source + j * sourceStride + p, sourceStride, target + p * width + j, width);
        }
        for (int i = 0; i < j; i++)
        {
            for (int p = vectorColumns; p < columns; p++)
                target[p * width + i] = source[i * sourceStride + p];
        }
        for (; j < width; j++)
        {
            for (int p = 0; p < columns; p++)
                target[p * width + j] = j < rows ? source[j * sourceStride + p] : default;
        }
    }

    /// <summary>Transposes two squares that lie below one another, each in one half of 256-bit vectors.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static void TransposePair<T>(T* s, nint stride, T* t, nint targetStride) where T : unmanaged
    {
        int edge = Vector128<T>.Count;
        Vector256<T> r0 = Halves(s, edge * stride), r1 = Halves(s + stride, edge * stride);
        if (typeof(T) == typeof(double))
        {
            Avx.UnpackLow(r0.AsDouble(), r1.AsDouble()).Store((double*)t);
            Avx.UnpackHigh(r0.AsDouble(), r1.AsDouble()).Store((double*)(t + targetStride));
            return;
        }
        Vector256<float> f0 = r0.AsSingle(), f1 = r1.AsSingle();
        Vector256<float> f2 = Halves(s + 2 * stride, edge * stride).AsSingle(), f3 = Halves(s + 3 * stride, edge * stride).AsSingle();
        Vector256<float> a = Avx.UnpackLow(f0, f2), b = Avx.UnpackHigh(f0, f2);
        Vector256<float> c = Avx.UnpackLow(f1, f3), d = Avx.UnpackHigh(f1, f3);
        Avx.UnpackLow(a, c).Store((float*)t);
        Avx.UnpackHigh(a, c).Store((float*)(t + targetStride));
        Avx.UnpackLow(b, d).Store((float*)(t + 2 * targetStride));
        Avx.UnpackHigh(b, d).Store((float*)(t + 3 * targetStride));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static Vector256<T> Halves<T>(T* p, nint distance) where T : unmanaged =>
        Vector256.Create(Vector128.Load(p), Vector128.Load(p + distance));

    /// <summary>Transposes the square with edges of one 128-bit vector.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static void TransposeSquare<T>(T* s, nint sourceStride, T* t, nint targetStride) where T : unmanaged
    {
        Vector128<T> r0 = Vector128.Load(s), r1 = Vector128.Load(s + sourceStride);
        if (typeof(T) == typeof(double))
        {
            Low(r0, r1).Store(t);
            High(r0, r1).Store(t + targetStride);
            return;
        }
        Vector128<T> r2 = Vector128.Load(s + 2 * sourceStride), r3 = Vector128.Load(s + 3 * sourceStride);
        Vector128<T> a = Low(r0, r2), b = High(r0, r2), c = Low(r1, r3), d = High(r1, r3);
        Low(a, c).Store(t);
        High(a, c).Store(t + targetStride);
        Low(b, d).Store(t + 2 * targetStride);
        High(b, d).Store(t + 3 * targetStride);
    }

    /// <summary>The lower halves of both vectors, element by element in turn.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<T> Low<T>(Vector128<T> a, Vector128<T> b) where T : unmanaged
    {
        if (typeof(T) == typeof(float))
        {
            if (Sse.IsSupported)
                return Sse.UnpackLow(a.AsSingle(), b.AsSingle()).As<float, T>();
            if (AdvSimd.Arm64.IsSupported)
                return AdvSimd.Arm64.ZipLow(a.AsSingle(), b.AsSingle()).As<float, T>();
            return Zip(a, b, 0).As<float, T>();
        }
        return Vector128.Create(a.GetLower(), b.GetLower());
    }

    /// <summary>The upper halves of both vectors, element by element in turn.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<T> High<T>(Vector128<T> a, Vector128<T> b) where T : unmanaged
    {
        if (typeof(T) == typeof(float))
        {
            if (Sse.IsSupported)
                return Sse.UnpackHigh(a.AsSingle(), b.AsSingle()).As<float, T>();
            if (AdvSimd.Arm64.IsSupported)
                return AdvSimd.Arm64.ZipHigh(a.AsSingle(), b.AsSingle()).As<float, T>();
            return Zip(a, b, 2).As<float, T>();
        }
        return Vector128.Create(a.GetUpper(), b.GetUpper());
    }

    static Vector128<float> Zip<T>(Vector128<T> a, Vector128<T> b, int first) => Vector128.Create(
        a.AsSingle().GetElement(first), b.AsSingle().GetElement(first),
        a.AsSingle().GetElement(first + 1), b.AsSingle().GetElement(first + 1));
}
