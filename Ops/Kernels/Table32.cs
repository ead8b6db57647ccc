using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Autograd.Kernels;

/// <summary>Tables of 32 numbers, looked up lane by lane within registers.</summary>
static class Table32
{
    /// <summary>For each lane of <paramref name="k"/> the number of <paramref name="table"/> that its last five bits count.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<float> At(ReadOnlySpan<float> table, Vector512<int> k)
    {
        ref float first = ref MemoryMarshal.GetReference(table);
        return Avx512F.IsSupported
            ? Avx512F.PermuteVar16x32x2(Vector512.LoadUnsafe(ref first), k, Vector512.LoadUnsafe(ref first, 16))
            : Vector512.Create(At(table, k.GetLower()), At(table, k.GetUpper()));
    }

    /// <inheritdoc cref="At(ReadOnlySpan{float}, Vector512{int})"/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<float> At(ReadOnlySpan<float> table, Vector256<int> k)
    {
        ref float first = ref MemoryMarshal.GetReference(table);
        if (Avx2.IsSupported)
        {
            // Of four quarters of eight the last three bits choose within each, and the two before them, as signs, between these.
            Vector256<float> low = Avx.BlendVariable(Quarter(ref first, 0, k), Quarter(ref first, 1, k), (k << 28).AsSingle()),
                high = Avx.BlendVariable(Quarter(ref first, 2, k), Quarter(ref first, 3, k), (k << 28).AsSingle());
            return Avx.BlendVariable(low, high, (k << 27).AsSingle());
        }
        Vector256<float> found = default;
        for (int i = 0; i < Vector256<float>.Count; i++) found = found.WithElement(i, Unsafe.Add(ref first, k.GetElement(i) & 31));
        return found;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static Vector256<float> Quarter(ref float first, nuint quarter, Vector256<int> k) => Avx2.PermuteVar8x32(Vector256.LoadUnsafe(ref first, 8 * quarter), k);
}
