using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Autograd;

/// <summary>Transposes of square blocks of numbers: 16 × 16 of 4 bytes or 8 × 8 of 8, the lines of a cache that both sides are made of, and parts of them.</summary>
static unsafe class LaneTranspose
{
    const int Line = 64;

    /// <summary>How many numbers wide and high a block is.</summary>
    public static int Side<T>() where T : unmanaged => Line / sizeof(T);

    /// <summary>How many numbers wide and high the parts are that half a line's registers transpose; 0 where they do not.</summary>
    public static int Part<T>() where T : unmanaged => !Avx.IsSupported ? 0 : sizeof(T) == sizeof(float) ? 8 : sizeof(T) == sizeof(double) ? 4 : 0;

    /// <summary>
    /// target[j·targetStep + i] = source[i·sourceStep + j] for a whole square block; all rows of both must be readable and writable.
    /// </summary>
    /// <remarks>
    /// Whole lines at once where registers hold them: if the rows are a power of two apart, few of them fit into a cache together, and a line that is read or written by halves has
    /// left it in between.
    /// </remarks>
    public static void Square<T>(T* source, nint sourceStep, T* target, nint targetStep) where T : unmanaged
    {
        int side = Side<T>(), part = Part<T>();
        if (Avx512F.IsSupported && sizeof(T) == sizeof(float)) Square16((float*)source, sourceStep, (float*)target, targetStep);
        else if (Avx512F.IsSupported && sizeof(T) == sizeof(double)) Square8((double*)source, sourceStep, (double*)target, targetStep);
        else if (part == 0) Plain(source, sourceStep, side, side, target, targetStep);
        else
        {
            for (int i = 0; i < side; i += part)
            {
                for (int j = 0; j < side; j += part) SquarePart(source + (i * sourceStep) + j, sourceStep, target + (j * targetStep) + i, targetStep);
            }
        }
    }

    /// <summary>The same within a block of the size of <see cref="Part"/>.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void SquarePart<T>(T* source, nint sourceStep, T* target, nint targetStep) where T : unmanaged
    {
        if (sizeof(T) == sizeof(float)) Quarter((float*)source, sourceStep, (float*)target, targetStep);
        else Doubles((double*)source, sourceStep, (double*)target, targetStep);
    }

    /// <summary>target[j·targetStep + i] = source[i·sourceStep + j] for i below rows and j below columns.</summary>
    [MethodImpl(Jit.Loop)]
    public static void Plain<T>(T* source, nint sourceStep, int rows, int columns, T* target, nint targetStep) where T : unmanaged
    {
        for (int i = 0; i < rows; i++)
        {
            for (int j = 0; j < columns; j++)
                target[j * targetStep + i] = source[i * sourceStep + j];
        }
    }

    // Pairs of rows, then pairs of pairs within each 128-bit quarter; then the quarters are transposed as a 4 × 4 matrix.
    [MethodImpl(Jit.Loop)]
    static void Square16(float* s, nint step, float* t, nint targetStep)
    {
        Quad(s, step, out Vector512<float> a0, out Vector512<float> a1, out Vector512<float> a2, out Vector512<float> a3);
        Quad(s + 4 * step, step, out Vector512<float> b0, out Vector512<float> b1, out Vector512<float> b2, out Vector512<float> b3);
        Quad(s + 8 * step, step, out Vector512<float> c0, out Vector512<float> c1, out Vector512<float> c2, out Vector512<float> c3);
        Quad(s + 12 * step, step, out Vector512<float> d0, out Vector512<float> d1, out Vector512<float> d2, out Vector512<float> d3);
        Quarters(a0, b0, c0, d0, t, 4 * targetStep);
        Quarters(a1, b1, c1, d1, t + targetStep, 4 * targetStep);
        Quarters(a2, b2, c2, d2, t + 2 * targetStep, 4 * targetStep);
        Quarters(a3, b3, c3, d3, t + 3 * targetStep, 4 * targetStep);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static void Quad(float* s, nint step, out Vector512<float> r0, out Vector512<float> r1, out Vector512<float> r2, out Vector512<float> r3)
    {
        Vector512<float> x0 = Vector512.Load(s), x1 = Vector512.Load(s + step);
        Vector512<float> x2 = Vector512.Load(s + 2 * step), x3 = Vector512.Load(s + 3 * step);
        Vector512<double> low01 = Avx512F.UnpackLow(x0, x1).AsDouble(), low23 = Avx512F.UnpackLow(x2, x3).AsDouble();
        Vector512<double> high01 = Avx512F.UnpackHigh(x0, x1).AsDouble(), high23 = Avx512F.UnpackHigh(x2, x3).AsDouble();
        r0 = Avx512F.UnpackLow(low01, low23).AsSingle();
        r1 = Avx512F.UnpackHigh(low01, low23).AsSingle();
        r2 = Avx512F.UnpackLow(high01, high23).AsSingle();
        r3 = Avx512F.UnpackHigh(high01, high23).AsSingle();
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static void Quarters(Vector512<float> a, Vector512<float> b, Vector512<float> c, Vector512<float> d, float* t, nint step)
    {
        Vector512<float> ab02 = Avx512F.Shuffle4x128(a, b, 0b10_00_10_00), ab13 = Avx512F.Shuffle4x128(a, b, 0b11_01_11_01);
        Vector512<float> cd02 = Avx512F.Shuffle4x128(c, d, 0b10_00_10_00), cd13 = Avx512F.Shuffle4x128(c, d, 0b11_01_11_01);
        Avx512F.Shuffle4x128(ab02, cd02, 0b10_00_10_00).Store(t);
        Avx512F.Shuffle4x128(ab13, cd13, 0b10_00_10_00).Store(t + step);
        Avx512F.Shuffle4x128(ab02, cd02, 0b11_01_11_01).Store(t + 2 * step);
        Avx512F.Shuffle4x128(ab13, cd13, 0b11_01_11_01).Store(t + 3 * step);
    }

    [MethodImpl(Jit.Loop)]
    static void Square8(double* s, nint step, double* t, nint targetStep)
    {
        Pair(s, step, out Vector512<double> a0, out Vector512<double> a1);
        Pair(s + 2 * step, step, out Vector512<double> b0, out Vector512<double> b1);
        Pair(s + 4 * step, step, out Vector512<double> c0, out Vector512<double> c1);
        Pair(s + 6 * step, step, out Vector512<double> d0, out Vector512<double> d1);
        Quarters(a0.AsSingle(), b0.AsSingle(), c0.AsSingle(), d0.AsSingle(), (float*)t, 4 * targetStep);
        Quarters(a1.AsSingle(), b1.AsSingle(), c1.AsSingle(), d1.AsSingle(), (float*)(t + targetStep), 4 * targetStep);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static void Pair(double* s, nint step, out Vector512<double> r0, out Vector512<double> r1)
    {
        Vector512<double> x0 = Vector512.Load(s), x1 = Vector512.Load(s + step);
        r0 = Avx512F.UnpackLow(x0, x1);
        r1 = Avx512F.UnpackHigh(x0, x1);
    }

    // 8 × 8 in 256-bit registers: pairs of rows, pairs of pairs within each half; then the halves change places.
    [MethodImpl(Jit.Loop)]
    static void Quarter(float* s, nint step, float* t, nint targetStep)
    {
        Quad(s, step, out Vector256<float> a0, out Vector256<float> a1, out Vector256<float> a2, out Vector256<float> a3);
        Quad(s + 4 * step, step, out Vector256<float> b0, out Vector256<float> b1, out Vector256<float> b2, out Vector256<float> b3);
        Halves(a0, b0, t, 4 * targetStep);
        Halves(a1, b1, t + targetStep, 4 * targetStep);
        Halves(a2, b2, t + 2 * targetStep, 4 * targetStep);
        Halves(a3, b3, t + 3 * targetStep, 4 * targetStep);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static void Quad(float* s, nint step, out Vector256<float> r0, out Vector256<float> r1, out Vector256<float> r2, out Vector256<float> r3)
    {
        Vector256<float> x0 = Vector256.Load(s), x1 = Vector256.Load(s + step), x2 = Vector256.Load(s + 2 * step), x3 = Vector256.Load(s + 3 * step);
        Vector256<double> low01 = Avx.UnpackLow(x0, x1).AsDouble(), low23 = Avx.UnpackLow(x2, x3).AsDouble();
        Vector256<double> high01 = Avx.UnpackHigh(x0, x1).AsDouble(), high23 = Avx.UnpackHigh(x2, x3).AsDouble();
        r0 = Avx.UnpackLow(low01, low23).AsSingle();
        r1 = Avx.UnpackHigh(low01, low23).AsSingle();
        r2 = Avx.UnpackLow(high01, high23).AsSingle();
        r3 = Avx.UnpackHigh(high01, high23).AsSingle();
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static void Halves(Vector256<float> a, Vector256<float> b, float* t, nint step)
    {
        Avx.Permute2x128(a, b, 0x20).Store(t);
        Avx.Permute2x128(a, b, 0x31).Store(t + step);
    }

    /// <summary>4 × 4: rows i and i + 2 meet in one register as they are read, so that one round of exchanges within its halves is left.</summary>
    [MethodImpl(Jit.Loop)]
    static void Doubles(double* s, nint step, double* t, nint targetStep)
    {
        for (int i = 0; i < 4; i += 2, s += 2, t += 2 * targetStep)
        {
            Vector256<double> r0 = Vector256.Create(Vector128.Load(s), Vector128.Load(s + (2 * step)));
            Vector256<double> r1 = Vector256.Create(Vector128.Load(s + step), Vector128.Load(s + (3 * step)));
            Avx.UnpackLow(r0, r1).Store(t);
            Avx.UnpackHigh(r0, r1).Store(t + targetStep);
        }
    }
}
