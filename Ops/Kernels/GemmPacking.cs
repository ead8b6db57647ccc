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

    /// <summary>Copies <paramref name="rows"/> rows of a few elements into rows that follow one another.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void CopyNarrow<S, V, T>(int rows, int columns, T* source, nint sourceStride, T* target)
        where S : struct, ILanes<V, T>
        where T : unmanaged
    {
        for (int j = 0; j < columns; j += S.Count)
        {
            int count = Math.Min(S.Count, columns - j);
            V mask = S.Mask(count);
            for (int i = 0; i < rows; i++)
                S.StorePart(target + (i * columns) + j, S.LoadExact(source + (i * sourceStride) + j, mask, count), mask, count);
        }
    }

    /// <summary>
    /// Copies a strip of op(B), <paramref name="depth"/> rows of <paramref name="columns"/> elements. Columns up to
    /// <paramref name="width"/> hold anything: they reach only lanes that are not stored.
    /// </summary>
    public static void PackStrip<T>(int depth, int columns, T* b, nint ldb, bool transposed, T* target, int width)
        where T : unmanaged
    {
        if (transposed)
            TransposeStrip(columns, depth, b, ldb, target, width);
        else
            CopyStrip(depth, columns, b, ldb, target, width);
    }

    /// <summary>
    /// Copies <paramref name="rows"/> rows of <paramref name="columns"/> ≤ <paramref name="width"/> elements into rows
    /// of that width, the rest of which stays as it is.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    static void CopyStrip<T>(int rows, int columns, T* source, nint sourceStride, T* target, int width)
        where T : unmanaged
    {
        if (columns == width && width % Vector512<T>.Count == 0)
        {
            for (int i = 0; i < rows; i++, source += sourceStride, target += width)
            {
                PrefetchRows(source + 8 * sourceStride, Vector512<T>.Count, 2);
                for (int j = 0; j < width; j += Vector512<T>.Count)
                    Vector512.Load(source + j).Store(target + j);
            }
            return;
        }
        for (int i = 0; i < rows; i++, source += sourceStride, target += width)
        {
            for (int j = 0; j < columns; j++)
                target[j] = source[j];
        }
    }

    /// <summary>
    /// target[p, j] = source[j, p] for <paramref name="rows"/> rows j and <paramref name="columns"/> columns p of the
    /// source; the rest of the target's rows of <paramref name="width"/> elements stays as it is.
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
        int edge = Vector128<T>.Count, j = 0, vectorColumns = columns - columns % edge;
        for (; j <= rows - 2 * edge; j += 2 * edge)
        {
            PrefetchRows(source + j * sourceStride + 128 / sizeof(T), sourceStride, 2 * edge);
            for (int p = 0; p < vectorColumns; p += edge)
                TransposeSquares(source + j * sourceStride + p, sourceStride, target + p * width + j, width);
        }
        for (int i = 0; i < j; i++)
        {
            for (int p = vectorColumns; p < columns; p++)
                target[p * width + i] = source[i * sourceStride + p];
        }
        for (; j < rows; j++)
        {
            for (int p = 0; p < columns; p++)
                target[p * width + j] = source[j * sourceStride + p];
        }
    }

    /// <summary>Asks for one line of each row; hardware does not foresee steps across pages.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void PrefetchRows<T>(T* p, nint stride, int rows) where T : unmanaged
    {
        for (int i = 0; i < rows && Sse.IsSupported; i++, p += stride)
            Sse.Prefetch0(p);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static void TransposeSquares<T>(T* source, nint sourceStride, T* target, nint targetStride) where T : unmanaged
    {
        LoadTransposed(source, sourceStride, out Vector256<T> c0, out Vector256<T> c1, out Vector256<T> c2, out Vector256<T> c3);
        c0.Store(target);
        c1.Store(target + targetStride);
        if (typeof(T) == typeof(double))
            return;
        c2.Store(target + 2 * targetStride);
        c3.Store(target + 3 * targetStride);
    }

    /// <summary>
    /// Loads the first columns of 8 rows of floats (4 columns), or of 4 rows of doubles (2 columns: the first two).
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void LoadTransposed<T>(
        T* s, nint stride, out Vector256<T> c0, out Vector256<T> c1, out Vector256<T> c2, out Vector256<T> c3)
        where T : unmanaged
    {
        nint half = Vector128<T>.Count * stride;
        Vector256<T> r0 = Halves(s, half), r1 = Halves(s + stride, half);
        if (typeof(T) == typeof(double))
        {
            c0 = c2 = Low(r0, r1);
            c1 = c3 = High(r0, r1);
            return;
        }
        Vector256<T> r2 = Halves(s + 2 * stride, half), r3 = Halves(s + 3 * stride, half);
        Vector256<T> a = Low(r0, r2), b = High(r0, r2), c = Low(r1, r3), d = High(r1, r3);
        (c0, c1, c2, c3) = (Low(a, c), High(a, c), Low(b, d), High(b, d));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static Vector256<T> Halves<T>(T* p, nint distance) where T : unmanaged =>
        Vector256.Create(Vector128.Load(p), Vector128.Load(p + distance));

    /// <summary>The lower elements of each 128-bit half of both vectors in turn.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static Vector256<T> Low<T>(Vector256<T> a, Vector256<T> b) where T : unmanaged
    {
        if (!Avx.IsSupported)
            return Vector256.Create(Low(a.GetLower(), b.GetLower()), Low(a.GetUpper(), b.GetUpper()));
        return typeof(T) == typeof(float)
            ? Avx.UnpackLow(a.AsSingle(), b.AsSingle()).As<float, T>()
            : Avx.UnpackLow(a.AsDouble(), b.AsDouble()).As<double, T>();
    }

    /// <summary>The upper elements of each 128-bit half of both vectors in turn.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static Vector256<T> High<T>(Vector256<T> a, Vector256<T> b) where T : unmanaged
    {
        if (!Avx.IsSupported)
            return Vector256.Create(High(a.GetLower(), b.GetLower()), High(a.GetUpper(), b.GetUpper()));
        return typeof(T) == typeof(float)
            ? Avx.UnpackHigh(a.AsSingle(), b.AsSingle()).As<float, T>()
            : Avx.UnpackHigh(a.AsDouble(), b.AsDouble()).As<double, T>();
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static Vector128<T> Low<T>(Vector128<T> a, Vector128<T> b) where T : unmanaged
    {
        if (typeof(T) == typeof(double))
            return Vector128.Create(a.GetLower(), b.GetLower());
        return AdvSimd.Arm64.IsSupported
            ? AdvSimd.Arm64.ZipLow(a.AsSingle(), b.AsSingle()).As<float, T>()
            : Zip(a, b, 0).As<float, T>();
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static Vector128<T> High<T>(Vector128<T> a, Vector128<T> b) where T : unmanaged
    {
        if (typeof(T) == typeof(double))
            return Vector128.Create(a.GetUpper(), b.GetUpper());
        return AdvSimd.Arm64.IsSupported
            ? AdvSimd.Arm64.ZipHigh(a.AsSingle(), b.AsSingle()).As<float, T>()
            : Zip(a, b, 2).As<float, T>();
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static Vector128<float> Zip<T>(Vector128<T> a, Vector128<T> b, int first)
    {
        Vector128<float> x = a.AsSingle(), y = b.AsSingle();
        if (Sse.IsSupported)
            return first == 0 ? Sse.UnpackLow(x, y) : Sse.UnpackHigh(x, y);
        return Vector128.Create(x.GetElement(first), y.GetElement(first), x.GetElement(first + 1), y.GetElement(first + 1));
    }
}
