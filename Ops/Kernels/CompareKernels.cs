using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Autograd.Kernels;

/// <summary>A comparison of numbers and of vectors of them; none holds for NaN but that which denies equality.</summary>
interface IComparison
{
    static abstract bool Holds<E>(E a, E b) where E : unmanaged, System.Numerics.IComparisonOperators<E, E, bool>;

    static abstract Vector512<E> Holds<E>(Vector512<E> a, Vector512<E> b) where E : unmanaged;
}

readonly struct IsLess : IComparison
{
    public static bool Holds<E>(E a, E b) where E : unmanaged, System.Numerics.IComparisonOperators<E, E, bool> => a < b;

    public static Vector512<E> Holds<E>(Vector512<E> a, Vector512<E> b) where E : unmanaged => Vector512.LessThan(a, b);
}

readonly struct IsLessOrEqual : IComparison
{
    public static bool Holds<E>(E a, E b) where E : unmanaged, System.Numerics.IComparisonOperators<E, E, bool> => a <= b;

    public static Vector512<E> Holds<E>(Vector512<E> a, Vector512<E> b) where E : unmanaged => Vector512.LessThanOrEqual(a, b);
}

readonly struct IsEqual : IComparison
{
    public static bool Holds<E>(E a, E b) where E : unmanaged, System.Numerics.IComparisonOperators<E, E, bool> => a == b;

    public static Vector512<E> Holds<E>(Vector512<E> a, Vector512<E> b) where E : unmanaged => Vector512.Equals(a, b);
}

readonly struct IsDifferent : IComparison
{
    public static bool Holds<E>(E a, E b) where E : unmanaged, System.Numerics.IComparisonOperators<E, E, bool> => a != b;

    public static Vector512<E> Holds<E>(Vector512<E> a, Vector512<E> b) where E : unmanaged => ~Vector512.Equals(a, b);
}

/// <summary>Rows of masks, one byte an element, from rows of operands that advance by one or stand still.</summary>
static unsafe class CompareKernels
{
    [MethodImpl(Jit.Loop)]
    public static void Row<TComparison, E>(E* a, bool movesA, E* b, bool movesB, bool* y, int count)
        where TComparison : struct, IComparison where E : unmanaged, System.Numerics.IComparisonOperators<E, E, bool>
    {
        Vector512<E> a0 = Vector512.Create(*a), b0 = Vector512.Create(*b);
        int i = 0;
        for (; i + Vector512<E>.Count <= count; i += Vector512<E>.Count)
        {
            Store(TComparison.Holds(movesA ? Vector512.Load(a + i) : a0, movesB ? Vector512.Load(b + i) : b0), (byte*)y + i);
        }
        for (; i < count; i++) y[i] = TComparison.Holds(a[movesA ? i : 0], b[movesB ? i : 0]);
    }

    /// <summary>Writes 1 for each lane of set bits, 0 for the others.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static void Store<E>(Vector512<E> lanes, byte* y) where E : unmanaged
    {
        Vector256<int> four = sizeof(E) == sizeof(int) ? default : Vector256.Narrow(lanes.AsInt64().GetLower(), lanes.AsInt64().GetUpper());
        Vector256<short> two = sizeof(E) == sizeof(int)
            ? Vector256.Narrow(lanes.AsInt32().GetLower(), lanes.AsInt32().GetUpper())
            : Vector128.Narrow(four.GetLower(), four.GetUpper()).ToVector256Unsafe();
        Vector128<byte> one = Vector128.Narrow(two.GetLower(), two.GetUpper()).AsByte() & Vector128<byte>.One;
        if (sizeof(E) == sizeof(int)) one.Store(y);
        else *(ulong*)y = one.AsUInt64().ToScalar();
    }
}
