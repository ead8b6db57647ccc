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

    /// <summary>c (+)= a·b (+ row), where c is [m, n], row-major, and a row that is not empty is added to each of its rows; steps of a and b are the distances between neighbours of a column and of a row.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Multiply<T>(
        int m, int n, int k, ReadOnlySpan<T> a, (int Down, int Across) stepA, ReadOnlySpan<T> b, (int Down, int Across) stepB, Span<T> c, bool accumulate, ReadOnlySpan<T> row = default)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        ref T pa = ref MemoryMarshal.GetReference(a), pb = ref MemoryMarshal.GetReference(b), pc = ref MemoryMarshal.GetReference(c);
        for (int i = 0; i < m; i++)
        {
            for (int j = 0; j < n; j++)
            {
                T sum = T.Zero;
                for (int p = 0; p < k; p++)
                {
                    sum = T.FusedMultiplyAdd(
                        Unsafe.Add(ref pa, (i * stepA.Down) + (p * stepA.Across)), Unsafe.Add(ref pb, (p * stepB.Down) + (j * stepB.Across)), sum);
                }
                ref T target = ref Unsafe.Add(ref pc, (i * n) + j);
                target = accumulate ? sum + target : row.IsEmpty ? sum : sum + row[j];
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
