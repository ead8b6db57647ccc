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
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Multiply<T>(
        int m, int n, int k, ref T a, (int Down, int Across) stepA, ref T b, (int Down, int Across) stepB, ref T c, bool accumulate, ref T row)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        T nothing = T.Zero;
        bool hasRow = !Unsafe.IsNullRef(ref row);
        Factors<T> factors = new()
        {
            A = ref a,
            B = ref b,
            C = ref c,
            DownA = stepA.Down,
            AcrossA = stepA.Across,
            DownB = stepB.Down,
            AcrossB = stepB.Across,
            Added = ref accumulate ? ref c : ref hasRow ? ref row : ref nothing,
            AcrossAdded = accumulate || hasRow ? 1 : 0,
            BackAdded = hasRow && !accumulate ? -n : 0,
        };
        Multiply(in factors, m, n, k);
    }

    /// <summary>What is multiplied, and what is added to the product, with the steps through it: 0 for a single zero, which changes no sum, since none is −0.</summary>
    ref struct Factors<T>
    {
        public ref T A, B, C, Added;
        public nint DownA, AcrossA, DownB, AcrossB, AcrossAdded, BackAdded;
    }

    static void Multiply<T>(in Factors<T> f, int m, int n, int k) where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        switch (k)
        {
            case 1: Multiply<T, One>(in f, m, n, k); break;
            case 2: Multiply<T, Two>(in f, m, n, k); break;
            case 3: Multiply<T, Three>(in f, m, n, k); break;
            case 4: Multiply<T, Four>(in f, m, n, k); break;
            default: Multiply<T, Many>(in f, m, n, k); break;
        }
    }

    [MethodImpl(Jit.Loop)]
    static void Multiply<T, TTerms>(in Factors<T> f, int m, int n, int k) where T : unmanaged, IBinaryFloatingPointIeee754<T> where TTerms : ITerms
    {
        ref T a = ref f.A, c = ref f.C, added = ref f.Added;
        nint acrossA = f.AcrossA, downB = f.DownB, acrossB = f.AcrossB, acrossAdded = f.AcrossAdded;
        for (; m > 0; m--, a = ref Unsafe.Add(ref a, f.DownA), added = ref Unsafe.Add(ref added, f.BackAdded))
        {
            ref T b = ref f.B;
            T a0 = a, a1 = TTerms.Count > 1 ? Unsafe.Add(ref a, acrossA) : T.Zero;
            T a2 = TTerms.Count > 2 ? Unsafe.Add(ref a, 2 * acrossA) : T.Zero, a3 = TTerms.Count > 3 ? Unsafe.Add(ref a, 3 * acrossA) : T.Zero;
            for (int j = n; j > 0; j--)
            {
                T sum = T.FusedMultiplyAdd(b, a0, T.Zero);
                if (TTerms.Count > 1) sum = T.FusedMultiplyAdd(Unsafe.Add(ref b, downB), a1, sum);
                if (TTerms.Count > 2) sum = T.FusedMultiplyAdd(Unsafe.Add(ref b, 2 * downB), a2, sum);
                if (TTerms.Count > 3) sum = T.FusedMultiplyAdd(Unsafe.Add(ref b, 3 * downB), a3, sum);
                if (TTerms.Count == 0)
                {
                    ref T left = ref a, right = ref b;
                    for (int p = k; p > 1; p--)
                    {
                        left = ref Unsafe.Add(ref left, acrossA);
                        right = ref Unsafe.Add(ref right, downB);
                        sum = T.FusedMultiplyAdd(left, right, sum);
                    }
                }
                c = sum + added;
                added = ref Unsafe.Add(ref added, acrossAdded);
                b = ref Unsafe.Add(ref b, acrossB);
                c = ref Unsafe.Add(ref c, 1);
            }
        }
    }

    /// <summary>How many products a sum has, known to the compiler; 0 for more.</summary>
    interface ITerms
    {
        static abstract int Count { get; }
    }

    readonly struct Many : ITerms
    {
        public static int Count => 0;
    }

    readonly struct One : ITerms
    {
        public static int Count => 1;
    }

    readonly struct Two : ITerms
    {
        public static int Count => 2;
    }

    readonly struct Three : ITerms
    {
        public static int Count => 3;
    }

    readonly struct Four : ITerms
    {
        public static int Count => 4;
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
