using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Autograd.Kernels;

/// <summary>The last vectors of an array that may move, of which the very last may be partly filled: by references, pinned for the moment of the access.</summary>
static unsafe class Part
{
    /// <summary>Elements from i on, as many as there are before n, then zeros.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<E> Load<E>(ref E source, nuint i, nuint n) where E : unmanaged
    {
        fixed (E* first = &Unsafe.Add(ref source, i)) return Tail.LoadUpTo(first, Count<E>(i, n), Vector512<E>.Zero);
    }

    /// <summary>Writes the elements before n.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Store<E>(Vector512<E> value, ref E target, nuint i, nuint n) where E : unmanaged
    {
        fixed (E* first = &Unsafe.Add(ref target, i)) Tail.StoreUpTo(value, first, Count<E>(i, n));
    }

    static nuint Count<E>(nuint i, nuint n) where E : unmanaged => Math.Min(n - i, (nuint)Vector512<E>.Count);
}
