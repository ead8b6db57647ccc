using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Autograd;

/// <summary>Transposes of square blocks of 16 × 16 numbers of 4 bytes, or 8 × 8 of 8: the lines of a cache that both sides are made of.</summary>
static unsafe class BlockTranspose
{
    const int Line = 64;

    /// <summary>How many numbers wide and high a block is.</summary>
    public static int Side<T>() where T : unmanaged => Line / sizeof(T);

    /// <summary>How many numbers wide and high the blocks are that registers transpose; 0 where they do not.</summary>
    public static int Part<T>() where T : unmanaged => !Avx.IsSupported ? 0 : sizeof(T) == sizeof(float) ? 8 : sizeof(T) == sizeof(double) ? 4 : 0;

    /// <summary>target[i·targetStep + j] = source[j·sourceStep + i] within a block.</summary>
    public static void Square<T>(T* source, nint sourceStep, T* target, nint targetStep) where T : unmanaged
    {
        int side = Side<T>(), part = Part<T>();
        if (part == 0)
        {
            for (int i = 0; i < side; i++)
            {
                for (int j = 0; j < side; j++) target[(i * targetStep) + j] = source[(j * sourceStep) + i];
            }
            return;
        }
        for (int i = 0; i < side; i += part)
        {
            for (int j = 0; j < side; j += part) SquarePart(source + (j * sourceStep) + i, sourceStep, target + (i * targetStep) + j, targetStep);
        }
    }

    /// <summary>The same within a block of the size of <see cref="Part"/>.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void SquarePart<T>(T* source, nint sourceStep, T* target, nint targetStep) where T : unmanaged
    {
        if (sizeof(T) == sizeof(float)) Floats((float*)source, sourceStep, (float*)target, targetStep);
        else Doubles((double*)source, sourceStep, (double*)target, targetStep);
    }

    /// <summary>8 × 8: rows i and i + 4 meet in one register as they are read, so that two rounds of exchanges within its halves are left.</summary>
    [MethodImpl(Jit.Loop)]
    static void Floats(float* s, nint step, float* t, nint targetStep)
    {
        Half(s, step, t, targetStep);
        Half(s + 4, step, t + (4 * targetStep), targetStep);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static void Half(float* s, nint step, float* t, nint targetStep)
    {
        Vector256<float> r0 = Pair(s, 4 * step), r1 = Pair(s + step, 4 * step), r2 = Pair(s + (2 * step), 4 * step), r3 = Pair(s + (3 * step), 4 * step);
        Vector256<double> low01 = Avx.UnpackLow(r0, r1).AsDouble(), low23 = Avx.UnpackLow(r2, r3).AsDouble();
        Vector256<double> high01 = Avx.UnpackHigh(r0, r1).AsDouble(), high23 = Avx.UnpackHigh(r2, r3).AsDouble();
        Avx.UnpackLow(low01, low23).AsSingle().Store(t);
        Avx.UnpackHigh(low01, low23).AsSingle().Store(t + targetStep);
        Avx.UnpackLow(high01, high23).AsSingle().Store(t + (2 * targetStep));
        Avx.UnpackHigh(high01, high23).AsSingle().Store(t + (3 * targetStep));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static Vector256<float> Pair(float* s, nint step) => Vector256.Create(Vector128.Load(s), Vector128.Load(s + step));

    /// <summary>4 × 4: the same with rows i and i + 2.</summary>
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
