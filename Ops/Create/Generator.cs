using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
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

    /// <summary>Words of a block; numbers of a vector; numbers whose bits are drawn before they are computed.</summary>
    const int BlockSize = 4, Lanes = 8, Drawn = 128;

    /// <summary>What a fraction of 53 bits is a multiple of.</summary>
    const double Unit = 1.0 / (1L << 53);

    /// <summary>The bits of a fraction of 2⁶⁴ that has 53, an eighth of it, and π/2 where a quarter of it is a whole.</summary>
    const ulong Kept = ~0x7FFul, Eighth = 1ul << 61;

    const float QuarterTurn = (float)(Math.PI / 2 / ulong.MaxValue);

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
    public double NextDouble() => (NextLong() >> 11) * Unit;

    /// <summary>Uniform in [0, 1), a multiple of 2⁻²⁴.</summary>
    public float NextSingle() => (NextBits() >> 8) * (1f / (1 << 24));

    /// <summary>The next numbers of <see cref="NextSingle"/>, many at once: the same numbers in the same order.</summary>
    /// <param name="numbers">Where they go.</param>
    [MethodImpl(Jit.Loop)]
    public void NextSingles(Span<float> numbers)
    {
        NextWords(MemoryMarshal.Cast<float, uint>(numbers));
        int i = 0;
        // At most 24 bits: signed and unsigned are the same.
        for (; i <= numbers.Length - Vector512<float>.Count; i += Vector512<float>.Count)
            (Vector512.ConvertToSingle(Vector512.Create<float>(numbers[i..]).AsInt32() >>> 8) * (1f / (1 << 24))).CopyTo(numbers[i..]);
        for (; i < numbers.Length; i++) numbers[i] = (BitConverter.SingleToUInt32Bits(numbers[i]) >> 8) * (1f / (1 << 24));
    }

    /// <summary>The next numbers of <see cref="NextDouble"/>, many at once: the same numbers in the same order.</summary>
    [MethodImpl(Jit.Loop)]
    internal void NextDoubles(Span<double> numbers)
    {
        NextWords(MemoryMarshal.Cast<double, uint>(numbers));
        int i = 0;
        // Of the two words of a number, the first is the upper half.
        for (; i <= numbers.Length - Vector512<double>.Count; i += Vector512<double>.Count)
        {
            Vector512<ulong> words = Vector512.Create<double>(numbers[i..]).AsUInt64();
            Fraction((words << 32) | (words >>> 32)).CopyTo(numbers[i..]);
        }
        for (; i < numbers.Length; i++) numbers[i] = (BitOperations.RotateLeft(BitConverter.DoubleToUInt64Bits(numbers[i]), 32) >> 11) * Unit;
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
    public double NextNormal() => Normal(Vector512.Create(NextLong()), Vector512.Create(NextLong())).ToScalar();

    /// <summary>The next numbers of <see cref="NextNormal"/>, many at once: the same numbers in the same order.</summary>
    [SkipLocalsInit]
    [MethodImpl(Jit.Loop)]
    internal void NextNormals(Span<double> numbers)
    {
        Span<ulong> first = stackalloc ulong[Drawn], second = stackalloc ulong[Drawn];
        for (; !numbers.IsEmpty; numbers = numbers[Math.Min(Drawn, numbers.Length)..])
        {
            int count = Math.Min(Drawn, numbers.Length), i = 0;
            NextPairs(first[..count], second[..count]);
            for (; i <= count - Vector512<double>.Count; i += Vector512<double>.Count)
                Normal(Vector512.Create<ulong>(first[i..]), Vector512.Create<ulong>(second[i..])).CopyTo(numbers[i..]);
            for (; i < count; i++) numbers[i] = Normal(Vector512.Create(first[i]), Vector512.Create(second[i])).ToScalar();
        }
    }

    /// <summary>The next numbers of <see cref="NextNormal"/> to the accuracy of floats, many at once.</summary>
    /// <remarks>What is rounded to float are the fraction u, 1 − u, and the distance of the other fraction of a turn from the nearest quarter.</remarks>
    [SkipLocalsInit]
    [MethodImpl(Jit.Loop)]
    internal void NextNormals(Span<float> numbers)
    {
        Span<ulong> first = stackalloc ulong[Drawn], second = stackalloc ulong[Drawn];
        Span<float> u = stackalloc float[Drawn], rest = stackalloc float[Drawn], angle = stackalloc float[Drawn];
        Span<int> quarter = stackalloc int[Drawn];
        for (; !numbers.IsEmpty; numbers = numbers[Math.Min(Drawn, numbers.Length)..])
        {
            int count = Math.Min(Drawn, numbers.Length), i = 0;
            NextPairs(first[..count], second[..count]);
            for (; Avx512DQ.IsSupported && i <= count - Vector512<float>.Count; i += Vector512<float>.Count)
            {
                Vector512<double> u0 = Fraction(Vector512.Create<ulong>(first[i..])), u1 = Fraction(Vector512.Create<ulong>(first[(i + Lanes)..]));
                Vector512.Narrow(u0, u1).CopyTo(u[i..]);
                Vector512.Narrow(Vector512<double>.One - u0, Vector512<double>.One - u1).CopyTo(rest[i..]);
                Vector512<ulong> v0 = Vector512.Create<ulong>(second[i..]) & Vector512.Create(Kept), v1 = Vector512.Create<ulong>(second[(i + Lanes)..]) & Vector512.Create(Kept);
                (Vector512.Narrow(Vector512.ConvertToDouble((v0 << 2).AsInt64()), Vector512.ConvertToDouble((v1 << 2).AsInt64())) * Vector512.Create(QuarterTurn)).CopyTo(angle[i..]);
                Vector512.Narrow((v0 + Vector512.Create(Eighth)) >>> 62, (v1 + Vector512.Create(Eighth)) >>> 62).AsInt32().CopyTo(quarter[i..]);
            }
            for (; i < count; i++)
            {
                double fraction = (first[i] >> 11) * Unit;
                ulong turn = second[i] & Kept;
                (u[i], rest[i], angle[i], quarter[i]) = ((float)fraction, (float)(1 - fraction), (float)(double)(long)(turn << 2) * QuarterTurn, (int)((turn + Eighth) >> 62));
            }
            for (i = 0; i < count; i += Vector512<float>.Count)
            {
                Vector512<float> y = VectorMath.Normal(Vector512.Create<float>(u[i..]), Vector512.Create<float>(rest[i..]), Vector512.Create<float>(angle[i..]), Vector512.Create<int>(quarter[i..]));
                if (i <= count - Vector512<float>.Count) y.CopyTo(numbers[i..]);
                else
                    for (int k = i; k < count; k++) numbers[k] = y[k - i];
            }
        }
    }

    /// <summary>64 random bits.</summary>
    ulong NextLong() => ((ulong)NextBits() << 32) | NextBits();

    /// <summary>The next numbers of <see cref="NextBits"/>, many at once.</summary>
    [MethodImpl(Jit.Loop)]
    void NextWords(Span<uint> words)
    {
        while (!words.IsEmpty)
        {
            if (PhiloxLanes.AreSupported && words.Length >= PhiloxLanes.Words && IsAtBlocks)
            {
                PhiloxLanes.Draw(_seed, _position / BlockSize, out PhiloxLanes low, out PhiloxLanes high);
                low.CopyTo(words);
                high.CopyTo(words[(PhiloxLanes.Words / 2)..]);
                _position += PhiloxLanes.Words;
                words = words[PhiloxLanes.Words..];
                continue;
            }
            words[0] = NextBits();
            words = words[1..];
        }
    }

    /// <summary>Pairs of the next numbers of <see cref="NextLong"/>.</summary>
    [SkipLocalsInit]
    [MethodImpl(Jit.Loop)]
    void NextPairs(Span<ulong> first, Span<ulong> second)
    {
        int i = 0;
        for (; PhiloxLanes.AreSupported && i <= first.Length - (PhiloxLanes.Words / BlockSize) && IsAtBlocks; i += PhiloxLanes.Words / BlockSize)
        {
            PhiloxLanes.Draw(_seed, _position / BlockSize, out PhiloxLanes low, out PhiloxLanes high);
            low.First.CopyTo(first[i..]);
            high.First.CopyTo(first[(i + Lanes)..]);
            low.Second.CopyTo(second[i..]);
            high.Second.CopyTo(second[(i + Lanes)..]);
            _position += PhiloxLanes.Words;
        }
        Span<uint> words = stackalloc uint[BlockSize * Drawn];
        words = words[..(BlockSize * (first.Length - i))];
        NextWords(words);
        for (; !words.IsEmpty; words = words[BlockSize..], i++)
            (first[i], second[i]) = (((ulong)words[0] << 32) | words[1], ((ulong)words[2] << 32) | words[3]);
    }

    /// <summary>Whether whole blocks come next, as many as are drawn at once.</summary>
    bool IsAtBlocks
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => _position % BlockSize == 0 && _position <= ulong.MaxValue - PhiloxLanes.Words;
    }

    /// <summary>By functions that are the same on every machine.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static Vector512<double> Normal(Vector512<ulong> u, Vector512<ulong> v) =>
        Vector512.Sqrt(-2.0 * VectorMath.Log(Vector512<double>.One - Fraction(u))) * VectorMath.Cos(2 * Math.PI * Fraction(v));

    /// <summary>As <see cref="NextDouble"/> makes it of two words.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static Vector512<double> Fraction(Vector512<ulong> bits) => Vector512.ConvertToDouble(bits >>> 11) * Unit;

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
}
