global using TableVector512 = System.Runtime.Intrinsics.Vector512;

using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Autograd.Kernels;

/// <summary>Tables of 8, 16 or 32 numbers, looked up lane by lane within registers: for each lane of k the number that its last three to five bits count.</summary>
/// <remarks>
/// Note [Tables in registers]. Tables are arguments, TableVector512.Create of literals: only of a constant that stands where it is used does the compiler
/// keep a copy in a register throughout a loop. What is read from memory might change within the loop, and a constant that was a variable in between is
/// read from memory again in every turn. Such reads cost more than themselves, for they wait for earlier stores of the loop whose addresses have the
/// same last 12 bits. Formulas of half the width (Note [Half the width]) have <see cref="TableVector256"/>.
/// </remarks>
static class Lookup
{
    /// <summary>One of 8 numbers, by the last three bits, of a table that has them twice.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<float> In8(Vector512<int> k, Vector512<float> table) => In16(k, table);

    /// <inheritdoc cref="In8(Vector512{int}, Vector512{float})"/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<float> In8(Vector256<int> k, TableVector256 table)
    {
        if (Avx2.IsSupported) return Avx2.PermuteVar8x32(table.Low, k);
        // Where lanes cannot be looked up, they are chosen bit by bit.
        Vector256<float> first = ((k << 31) >> 31).AsSingle(), second = ((k << 30) >> 31).AsSingle(), third = ((k << 29) >> 31).AsSingle(), from = table.Low;
        Vector256<float> a = Choose(first, from[1], from[0]), b = Choose(first, from[3], from[2]), c = Choose(first, from[5], from[4]), d = Choose(first, from[7], from[6]);
        return Vector256.ConditionalSelect(third, Vector256.ConditionalSelect(second, d, c), Vector256.ConditionalSelect(second, b, a));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static Vector256<float> Choose(Vector256<float> mask, float a, float b) => Vector256.ConditionalSelect(mask, Vector256.Create(a), Vector256.Create(b));

    /// <summary>One of 16 numbers.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<float> In16(Vector512<int> k, Vector512<float> table) => Avx512F.PermuteVar16x32(table, k);

    /// <inheritdoc cref="In16(Vector512{int}, Vector512{float})"/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<float> In16(Vector256<int> k, TableVector256 table)
    {
        // The last three bits choose within each half, the one before them, as a sign, between the halves.
        if (Avx2.IsSupported) return Avx.BlendVariable(Avx2.PermuteVar8x32(table.Low, k), Avx2.PermuteVar8x32(table.High, k), (k << 28).AsSingle());
        Vector256<float> found = default;
        for (int i = 0; i < 8; i++) found = found.WithElement(i, ((k[i] & 8) == 0 ? table.Low : table.High)[k[i] & 7]);
        return found;
    }

    /// <summary>One of 32 numbers, those of <paramref name="low"/> and then those of <paramref name="high"/>.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<float> In32(Vector512<int> k, Vector512<float> low, Vector512<float> high) => Avx512F.PermuteVar16x32x2(low, k, high);

    /// <inheritdoc cref="In32(Vector512{int}, Vector512{float}, Vector512{float})"/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<float> In32(Vector256<int> k, TableVector256 low, TableVector256 high) => Avx2.IsSupported
        ? Avx.BlendVariable(In16(k, low), In16(k, high), (k << 27).AsSingle())
        : Vector256.ConditionalSelect(((k << 27) >> 31).AsSingle(), In16(k, high), In16(k, low));
}

/// <summary>A table of 16 numbers in two vectors.</summary>
readonly struct TableVector256
{
    public readonly Vector256<float> Low, High;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    TableVector256(Vector256<float> low, Vector256<float> high) => (Low, High) = (low, high);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TableVector256 Create(
        float e0, float e1, float e2, float e3, float e4, float e5, float e6, float e7,
        float e8, float e9, float e10, float e11, float e12, float e13, float e14, float e15) =>
        new(Vector256.Create(e0, e1, e2, e3, e4, e5, e6, e7), Vector256.Create(e8, e9, e10, e11, e12, e13, e14, e15));
}
