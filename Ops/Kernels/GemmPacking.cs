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

    /// <summary>
    /// Copies <paramref name="rows"/> rows of at most <paramref name="width"/> elements into rows of exactly that
    /// width, filled up with zeros; <paramref name="width"/> is a multiple of two 128-bit vectors.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void CopyStrip<T>(int rows, int columns, T* source, nint sourceStride, T* target, int width)
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
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void TransposeStrip<T>(int rows, int columns, T* source, nint sourceStride, T* target, int width)
        where T : unmanaged
    {
        int edge = Vector128<T>.Count, j = 0;
        for (; j <= rows - edge; j += edge)
        {
            T* s = source + j * sourceStride;
            T* t = target + j;
            int p = 0;
            for (; p <= columns - edge; p += edge, s += edge, t += edge * width)
                TransposeSquare(s, sourceStride, t, width);
            for (; p < columns; p++, s++, t += width)
            {
                for (int i = 0; i < edge; i++)
                    t[i] = s[i * sourceStride];
            }
        }
        for (; j < width; j++)
        {
            T* s = source + j * sourceStride;
            T* t = target + j;
            for (int p = 0; p < columns; p++, t += width)
                *t = j < rows ? s[p] : default;
        }
    }

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
    static Vector128<T> Low<T>(Vector128<T> a, Vector128<T> b) where T : unmanaged
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
    static Vector128<T> High<T>(Vector128<T> a, Vector128<T> b) where T : unmanaged
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
