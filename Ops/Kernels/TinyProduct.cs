using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Autograd.Kernels;

/// <summary>
/// Products so small that the choice of a kernel would take longer than the work. The sums run in the order of Note [Order of sums], so
/// the bits are those of the large kernels.
/// </summary>
static class TinyProduct
{
    /// <summary>The most multiplications for which this is faster.</summary>
    public const int MaxWork = 64;

    /// <summary>c (+)= a·b (+ row), where c is [m, n], row-major, k is at least 1, and a row that is not empty is added to each of its rows; steps of a and b are the distances between neighbours of a column and of a row.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Multiply<T>(
        int m, int n, int k, ReadOnlySpan<T> a, (int Down, int Across) stepA, ReadOnlySpan<T> b, (int Down, int Across) stepB, Span<T> c, bool accumulate, ReadOnlySpan<T> row = default)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        ref T pa = ref MemoryMarshal.GetReference(a), pb = ref MemoryMarshal.GetReference(b), pc = ref MemoryMarshal.GetReference(c);
        nint acrossA = stepA.Across, downB = stepB.Down;
        for (int i = 0; i < m; i++, pa = ref Unsafe.Add(ref pa, stepA.Down))
        {
            ref T column = ref pb;
            for (int j = 0; j < n; j++, column = ref Unsafe.Add(ref column, stepB.Across), pc = ref Unsafe.Add(ref pc, 1))
            {
                ref T pair = ref column;
                T sum = T.FusedMultiplyAdd(pa, pair, T.Zero);
                nint at = acrossA;
                for (int p = 1; p < k; p++, at += acrossA)
                {
                    pair = ref Unsafe.Add(ref pair, downB);
                    sum = T.FusedMultiplyAdd(Unsafe.Add(ref pa, at), pair, sum);
                }
                pc = accumulate ? sum + pc : row.IsEmpty ? sum : sum + row[j];
            }
        }
    }

    /// <summary>c (+)= the sums of the columns of a, which is [m, n], row-major.</summary>
    public static void Sum<T>(int m, int n, ReadOnlySpan<T> a, Span<T> c, bool accumulate) where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        for (int j = 0; j < n; j++)
        {
            T sum = T.Zero;
            for (int i = 0; i < m; i++) sum += a[(i * n) + j];
            c[j] = accumulate ? sum + c[j] : sum;
        }
    }
}
