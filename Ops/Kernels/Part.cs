using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Autograd.Kernels;

/// <summary>The last, partly filled vector of an array that may move: by references, where <see cref="Tail"/> needs pinned memory.</summary>
static class Part
{
    /// <summary>Elements i … n − 1, then zeros.</summary>
    public static Vector512<E> Load<E>(ref E source, nuint i, nuint n) where E : unmanaged
    {
        if (n - i == 1) return Vector512.CreateScalar(Unsafe.Add(ref source, i));
        Vector512<E> part = default;
        ref E target = ref Unsafe.As<Vector512<E>, E>(ref part);
        for (nuint k = 0; k < n - i; k++) Unsafe.Add(ref target, k) = Unsafe.Add(ref source, i + k);
        return part;
    }

    /// <summary>Writes the first n − i elements.</summary>
    public static void Store<E>(Vector512<E> value, ref E target, nuint i, nuint n) where E : unmanaged
    {
        ref E first = ref Unsafe.As<Vector512<E>, E>(ref value);
        for (nuint k = 0; k < n - i; k++) Unsafe.Add(ref target, i + k) = Unsafe.Add(ref first, k);
    }
}
