using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;
using Autograd.Kernels;

namespace Autograd;

/// <summary>
/// A counter-based source of random numbers: the n-th number depends on seed and n alone, on every machine.
/// Source: Philox4x32-10, Salmon et al., "Parallel random numbers: as easy as 1, 2, 3", 2011.
/// </summary>
public sealed class Generator
{
    /// <summary>The seed of <see cref="Default"/>.</summary>
    public const ulong DefaultSeed = 20_240_229;

    const int BlockSize = 4;

    /// <summary>Blocks that are computed at once, one a lane.</summary>
    const int Lanes = 8;

    readonly uint[] _block = new uint[BlockSize];
    ulong _seed, _position, _blockNumber = ulong.MaxValue;

    /// <summary>Starts the sequence of a seed.</summary>
    /// <param name="seed">Any number; equal seeds give equal sequences.</param>
    /// <param name="position">Where in the sequence to start, as <see cref="Position"/> told it.</param>
    public Generator(ulong seed, ulong position = 0)
    {
        _seed = seed;
        _position = position;
    }

    /// <summary>This thread's generator for layers made without one; seeded with <see cref="DefaultSeed"/>, so programs repeat.</summary>
    public static Generator Default => _default ??= new Generator(DefaultSeed);

    [ThreadStatic] static Generator? _default;

    /// <summary>The seed.</summary>
    public ulong Seed => _seed;

    /// <summary>How many 32-bit numbers have been drawn; with the seed, the whole state.</summary>
    public ulong Position
    {
        get => _position;
        internal set => _position = value;
    }

    /// <summary>Seed and position, the whole state; setting it puts this generator where another one was.</summary>
    public (ulong Seed, ulong Position) State
    {
        get => (_seed, _position);
        set => (_seed, _position, _blockNumber) = (value.Seed, value.Position, ulong.MaxValue);
    }

    /// <summary>32 random bits.</summary>
    public uint NextBits()
    {
        ulong number = _position / BlockSize;
        if (number != _blockNumber) Fill(number);
        return _block[_position++ % BlockSize];
    }

    /// <summary>Uniform in [0, 1), a multiple of 2⁻⁵³.</summary>
    public double NextDouble()
    {
        ulong high = NextBits(), low = NextBits();
        return ((high << 21) ^ (low >> 11)) * (1.0 / (1L << 53));
    }

    /// <summary>Uniform in [0, 1), a multiple of 2⁻²⁴.</summary>
    public float NextSingle() => (NextBits() >> 8) * (1f / (1 << 24));

    /// <summary>The next numbers of <see cref="NextSingle"/>, many at once: the same numbers in the same order.</summary>
    /// <param name="numbers">Where they go.</param>
    [MethodImpl(Jit.Loop)]
    public void NextSingles(Span<float> numbers)
    {
        while (!numbers.IsEmpty)
        {
            if (Avx512F.IsSupported && numbers.Length >= BlockSize * Lanes && _position % BlockSize == 0 && _position <= ulong.MaxValue - (BlockSize * Lanes))
            {
                (Vector512<uint> low, Vector512<uint> high) = Blocks(_position / BlockSize);
                // At most 24 bits: signed and unsigned are the same.
                (Vector512.ConvertToSingle((low >>> 8).AsInt32()) * (1f / (1 << 24))).CopyTo(numbers);
                (Vector512.ConvertToSingle((high >>> 8).AsInt32()) * (1f / (1 << 24))).CopyTo(numbers[Vector512<float>.Count..]);
                _position += BlockSize * Lanes;
                numbers = numbers[(BlockSize * Lanes)..];
                continue;
            }
            numbers[0] = NextSingle();
            numbers = numbers[1..];
        }
    }

    /// <summary>Uniform in {0, …, bound − 1}, without bias.</summary>
    /// <exception cref="ArgumentOutOfRangeException">bound is less than 1.</exception>
    public int NextInt(int bound)
    {
        if (bound < 1) throw Throw.NoBound(bound);
        // Lemire, "Fast random integer generation in an interval", 2019.
        ulong product = (ulong)NextBits() * (uint)bound;
        uint threshold = (uint)-bound % (uint)bound;
        while ((uint)product < threshold) product = (ulong)NextBits() * (uint)bound;
        return (int)(product >> 32);
    }

    /// <summary>Standard normal. Source: Box and Muller, 1958; the second number of the pair is not used, so that the state stays a position.</summary>
    public double NextNormal() => Normal(Vector512.Create(NextDouble()), Vector512.Create(NextDouble())).ToScalar();

    /// <summary>The next numbers of <see cref="NextNormal"/>, many at once: the same numbers in the same order.</summary>
    internal void NextNormals(Span<double> numbers)
    {
        const int Most = 256;
        Span<double> other = stackalloc double[Most];
        for (; !numbers.IsEmpty; numbers = numbers[other.Length..])
        {
            other = other[..Math.Min(other.Length, numbers.Length)];
            Span<double> first = numbers[..other.Length];
            NextPairs(first, other);
            Normal(first, other);
        }
    }

    /// <summary>Pairs of the numbers of <see cref="NextDouble"/>, each of the four words of a block where it is the turn of its first one.</summary>
    [MethodImpl(Jit.Loop)]
    void NextPairs(Span<double> u, Span<double> v)
    {
        int i = 0;
        while (i < u.Length)
        {
            if (Avx512DQ.IsSupported && i <= u.Length - Lanes && _position % BlockSize == 0 && _position <= ulong.MaxValue - (BlockSize * Lanes))
            {
                (Vector512<ulong> c0, Vector512<ulong> c1, Vector512<ulong> c2, Vector512<ulong> c3) = Words(_position / BlockSize);
                Fraction(c0, c1).CopyTo(u[i..]);
                Fraction(c2, c3).CopyTo(v[i..]);
                _position += BlockSize * Lanes;
                i += Lanes;
                continue;
            }
            (u[i], v[i]) = (NextDouble(), NextDouble());
            i++;
        }
    }

    /// <summary>Replaces u.</summary>
    [MethodImpl(Jit.Loop)]
    static void Normal(Span<double> u, ReadOnlySpan<double> v)
    {
        int i = 0;
        for (; i <= u.Length - Lanes; i += Lanes) Normal(Vector512.Create<double>(u[i..]), Vector512.Create(v[i..])).CopyTo(u[i..]);
        for (; i < u.Length; i++) u[i] = Normal(Vector512.Create(u[i]), Vector512.Create(v[i])).ToScalar();
    }

    /// <summary>By functions that are the same on every machine.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static Vector512<double> Normal(Vector512<double> u, Vector512<double> v) =>
        Vector512.Sqrt(-2.0 * VectorMath.Log(Vector512<double>.One - u)) * VectorMath.Cos(2 * Math.PI * v);

    /// <summary>As <see cref="NextDouble"/> makes it of two words.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static Vector512<double> Fraction(Vector512<ulong> high, Vector512<ulong> low) => Vector512.ConvertToDouble((high << 21) ^ (low >>> 11)) * (1.0 / (1L << 53));

    /// <summary>Puts the items into a random order, each equally likely (Fisher and Yates).</summary>
    public void Shuffle<T>(Span<T> items)
    {
        for (int i = items.Length - 1; i > 0; i--)
        {
            int j = NextInt(i + 1);
            (items[i], items[j]) = (items[j], items[i]);
        }
    }

    void Fill(ulong number)
    {
        uint c0 = (uint)number, c1 = (uint)(number >> 32), c2 = 0, c3 = 0;
        uint k0 = (uint)_seed, k1 = (uint)(_seed >> 32);
        for (int round = 0; round < 10; round++, k0 += 0x9E3779B9, k1 += 0xBB67AE85)
        {
            ulong p0 = (ulong)c0 * 0xD2511F53, p1 = (ulong)c2 * 0xCD9E8D57;
            (c0, c1, c2, c3) = ((uint)(p1 >> 32) ^ c1 ^ k0, (uint)p1, (uint)(p0 >> 32) ^ c3 ^ k1, (uint)p0);
        }
        (_block[0], _block[1], _block[2], _block[3]) = (c0, c1, c2, c3);
        _blockNumber = number;
    }

    /// <summary>As many blocks as there are lanes, one after the other, beginning with the one of this number.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    (Vector512<uint> Low, Vector512<uint> High) Blocks(ulong number)
    {
        (Vector512<ulong> c0, Vector512<ulong> c1, Vector512<ulong> c2, Vector512<ulong> c3) = Words(number);
        Vector512<ulong> first = c0 | (c1 << 32), second = c2 | (c3 << 32);
        return (Avx512F.PermuteVar8x64x2(first, Vector512.Create(0ul, 8, 1, 9, 2, 10, 3, 11), second).AsUInt32(),
            Avx512F.PermuteVar8x64x2(first, Vector512.Create(4ul, 12, 5, 13, 6, 14, 7, 15), second).AsUInt32());
    }

    /// <summary>The words of these blocks, each with a lane of 64 bits.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    (Vector512<ulong> First, Vector512<ulong> Second, Vector512<ulong> Third, Vector512<ulong> Fourth) Words(ulong number)
    {
        Vector512<ulong> numbers = Vector512.Create(number) + Vector512<ulong>.Indices, low = Vector512.Create((ulong)uint.MaxValue);
        Vector512<ulong> c0 = numbers & low, c1 = numbers >> 32, c2 = default, c3 = default;
        uint k0 = (uint)_seed, k1 = (uint)(_seed >> 32);
        for (int round = 0; round < 10; round++, k0 += 0x9E3779B9, k1 += 0xBB67AE85)
        {
            Vector512<ulong> p0 = Avx512F.Multiply(c0.AsUInt32(), Vector512.Create(0xD2511F53ul).AsUInt32());
            Vector512<ulong> p1 = Avx512F.Multiply(c2.AsUInt32(), Vector512.Create(0xCD9E8D57ul).AsUInt32());
            (c0, c1, c2, c3) = ((p1 >> 32) ^ c1 ^ Vector512.Create((ulong)k0), p1 & low, (p0 >> 32) ^ c3 ^ Vector512.Create((ulong)k1), p0 & low);
        }
        return (c0, c1, c2, c3);
    }
}
