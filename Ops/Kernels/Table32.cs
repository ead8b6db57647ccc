using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Autograd.Kernels;

/// <summary>Tables of 32 numbers of four bytes, looked up lane by lane within registers.</summary>
static class Table32
{
    /// <summary>For each lane of <paramref name="k"/> the number of <paramref name="table"/> that its last five bits count.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<T> At<T>(ReadOnlySpan<T> table, Vector512<int> k) where T : unmanaged
    {
        ref T first = ref MemoryMarshal.GetReference(table);
        return Avx512F.IsSupported
            ? Avx512F.PermuteVar16x32x2(Vector512.LoadUnsafe(ref first).AsInt32(), k, Vector512.LoadUnsafe(ref first, 16).AsInt32()).As<int, T>()
            : Vector512.Create(At(table, k.GetLower()), At(table, k.GetUpper()));
    }

    /// <inheritdoc cref="At{T}(ReadOnlySpan{T}, Vector512{int})"/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<T> At<T>(ReadOnlySpan<T> table, Vector256<int> k) where T : unmanaged
    {
        ref T first = ref MemoryMarshal.GetReference(table);
        if (Avx2.IsSupported)
        {
            // The last three bits choose within each quarter of the table, the two before them, as signs, between the quarters.
            Vector256<float> fourth = (k << 28).AsSingle(), fifth = (k << 27).AsSingle();
            Vector256<float> low = Avx.BlendVariable(Quarter(ref first, 0, k), Quarter(ref first, 1, k), fourth);
            Vector256<float> high = Avx.BlendVariable(Quarter(ref first, 2, k), Quarter(ref first, 3, k), fourth);
            return Avx.BlendVariable(low, high, fifth).As<float, T>();
        }
        Vector256<T> found = default;
        for (int i = 0; i < Vector256<T>.Count; i++) found = found.WithElement(i, Unsafe.Add(ref first, k.GetElement(i) & 31));
        return found;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static Vector256<float> Quarter<T>(ref T first, nuint quarter, Vector256<int> k) where T : unmanaged =>
        Avx2.PermuteVar8x32(Vector256.LoadUnsafe(ref first, 8 * quarter).AsSingle(), k);
}
