using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Autograd.Kernels;

/// <summary>Blocks of Philox4x32-10, one a lane of 64 bits: a vector for each of the four words, of which only the lower halves count until the last round is done.</summary>
readonly struct PhiloxLanes(Vector512<ulong> c0, Vector512<ulong> c1, Vector512<ulong> c2, Vector512<ulong> c3)
{
    /// <summary>How many words one call of <see cref="Draw"/> makes: two structures of eight blocks.</summary>
    public const int Words = 64;

    const int Rounds = 10;

    readonly Vector512<ulong> _c0 = c0, _c1 = c1, _c2 = c2, _c3 = c3;

    public static bool AreSupported => Avx2.IsSupported;

    /// <summary>The first two words of each block, the first of them in front.</summary>
    public Vector512<ulong> First
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => (_c0 << 32) | (_c1 & Vector512.Create((ulong)uint.MaxValue));
    }

    /// <summary>The last two words of each block, the third in front.</summary>
    public Vector512<ulong> Second
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => (_c2 << 32) | (_c3 & Vector512.Create((ulong)uint.MaxValue));
    }

    /// <summary>The blocks that begin with the one of this number. Two structures are computed side by side, since each round waits for the one before.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Draw(ulong seed, ulong number, out PhiloxLanes low, out PhiloxLanes high)
    {
        Vector512<ulong> numbers = Vector512.Create(number) + Vector512<ulong>.Indices, more = numbers + Vector512.Create((ulong)Vector512<ulong>.Count);
        PhiloxLanes a = new(numbers, numbers >>> 32, default, default), b = new(more, more >>> 32, default, default);
        Vector512<ulong> k0 = Vector512.Create(seed), k1 = k0 >>> 32;
        for (int round = 0; round < Rounds; round++)
        {
            a = a.Next(k0, k1);
            b = b.Next(k0, k1);
            k0 += Vector512.Create(0x9E3779B9ul);
            k1 += Vector512.Create(0xBB67AE85ul);
        }
        (low, high) = (a, b);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    PhiloxLanes Next(Vector512<ulong> k0, Vector512<ulong> k1)
    {
        Vector512<ulong> p0 = Product(_c0, 0xD2511F53), p1 = Product(_c2, 0xCD9E8D57);
        return new((p1 >>> 32) ^ _c1 ^ k0, p1, (p0 >>> 32) ^ _c3 ^ k1, p0);
    }

    /// <summary>The products of the lower halves.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static Vector512<ulong> Product(Vector512<ulong> x, uint factor)
    {
        if (Avx512F.IsSupported) return Avx512F.Multiply(x.AsUInt32(), Vector512.Create((ulong)factor).AsUInt32());
        Vector256<uint> half = Vector256.Create((ulong)factor).AsUInt32();
        return Vector512.Create(Avx2.Multiply(x.GetLower().AsUInt32(), half), Avx2.Multiply(x.GetUpper().AsUInt32(), half));
    }

    /// <summary>The words of one block after the other.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void CopyTo(Span<uint> words)
    {
        Vector512<ulong> low = Vector512.Create((ulong)uint.MaxValue), first = (_c0 & low) | (_c1 << 32), second = (_c2 & low) | (_c3 << 32);
        if (Avx512F.IsSupported)
        {
            Avx512F.PermuteVar8x64x2(first, Vector512.Create(0ul, 8, 1, 9, 2, 10, 3, 11), second).AsUInt32().CopyTo(words);
            Avx512F.PermuteVar8x64x2(first, Vector512.Create(4ul, 12, 5, 13, 6, 14, 7, 15), second).AsUInt32().CopyTo(words[(Words / 4)..]);
            return;
        }
        CopyTo(first.GetLower(), second.GetLower(), words);
        CopyTo(first.GetUpper(), second.GetUpper(), words[(Words / 4)..]);
    }

    /// <summary>Four blocks, of which the first and the last two words are given.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static void CopyTo(Vector256<ulong> first, Vector256<ulong> second, Span<uint> words)
    {
        Vector256<ulong> even = Avx2.UnpackLow(first, second), odd = Avx2.UnpackHigh(first, second);
        Avx2.Permute2x128(even, odd, 0x20).AsUInt32().CopyTo(words);
        Avx2.Permute2x128(even, odd, 0x31).AsUInt32().CopyTo(words[(Words / 8)..]);
    }
}
