using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Autograd.Kernels;

/// <summary>The last, partly filled vector of an array that may move: by references, pinned for the moment of the access.</summary>
static unsafe class Part
{
    /// <summary>Elements i … n − 1, then zeros.</summary>
    public static Vector512<E> Load<E>(ref E source, nuint i, nuint n) where E : unmanaged
    {
        fixed (E* first = &Unsafe.Add(ref source, i)) return Tail.Load(first, n - i, Vector512<E>.Zero);
    }

    /// <summary>Writes the first n − i elements.</summary>
    public static void Store<E>(Vector512<E> value, ref E target, nuint i, nuint n) where E : unmanaged
    {
        fixed (E* first = &Unsafe.Add(ref target, i)) Tail.Store(value, first, n - i);
    }
}
