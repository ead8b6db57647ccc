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
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Multiply<T>(
        int m, int n, int k, ReadOnlySpan<T> a, (int Down, int Across) stepA, ReadOnlySpan<T> b, (int Down, int Across) stepB, Span<T> c, bool accumulate, ReadOnlySpan<T> row = default)
        where T : unmanaged, IBinaryFloatingPointIeee754<T> =>
        Multiply(
            m, n, k, ref MemoryMarshal.GetReference(a), stepA, ref MemoryMarshal.GetReference(b), stepB, ref MemoryMarshal.GetReference(c), accumulate,
            ref row.IsEmpty ? ref Unsafe.NullRef<T>() : ref MemoryMarshal.GetReference(row));

    /// <summary>The same of bare memory; there may be no row.</summary>
    [MethodImpl(Jit.Loop)]
    public static void Multiply<T>(
        int m, int n, int k, ref T a, (int Down, int Across) stepA, ref T b, (int Down, int Across) stepB, ref T c, bool accumulate, ref T row)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        nint acrossA = stepA.Across, downB = stepB.Down;
        for (int i = 0; i < m; i++, a = ref Unsafe.Add(ref a, stepA.Down))
        {
            ref T column = ref b;
            for (int j = 0; j < n; j++, column = ref Unsafe.Add(ref column, stepB.Across), c = ref Unsafe.Add(ref c, 1))
            {
                ref T pair = ref column;
                T sum = T.FusedMultiplyAdd(a, pair, T.Zero);
                nint at = acrossA;
                for (int p = 1; p < k; p++, at += acrossA)
                {
                    pair = ref Unsafe.Add(ref pair, downB);
                    sum = T.FusedMultiplyAdd(Unsafe.Add(ref a, at), pair, sum);
                }
                c = accumulate ? sum + c : Unsafe.IsNullRef(ref row) ? sum : sum + Unsafe.Add(ref row, j);
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
