using System.Numerics;
using System.Runtime.CompilerServices;

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
    public static unsafe void Multiply<T>(
        int m, int n, int k, ReadOnlySpan<T> a, (int Down, int Across) stepA, ReadOnlySpan<T> b, (int Down, int Across) stepB, Span<T> c, bool accumulate, ReadOnlySpan<T> row = default)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        fixed (T* pa = a, pb = b, pc = c, pr = row) Multiply(m, n, k, pa, stepA, pb, stepB, pc, accumulate, pr);
    }

    /// <summary>The same of bare memory.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static unsafe void Multiply<T>(int m, int n, int k, T* a, (int Down, int Across) stepA, T* b, (int Down, int Across) stepB, T* c, bool accumulate, T* row = null)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        nint acrossA = stepA.Across, downB = stepB.Down;
        for (int i = 0; i < m; i++, a += stepA.Down)
        {
            T* column = b;
            for (int j = 0; j < n; j++, column += stepB.Across, c++)
            {
                T* pair = column;
                T sum = T.FusedMultiplyAdd(*a, *pair, T.Zero);
                nint at = acrossA;
                for (int p = 1; p < k; p++, at += acrossA)
                {
                    pair += downB;
                    sum = T.FusedMultiplyAdd(a[at], *pair, sum);
                }
                *c = accumulate ? sum + *c : row is null ? sum : sum + row[j];
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
