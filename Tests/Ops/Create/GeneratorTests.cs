namespace Autograd.Tests.Ops.Create;

[Parallelizable(ParallelScope.All)]
public sealed class GeneratorTests
{
    // Known answers of the paper's library, Random123, file kat_vectors: counter, key, result.
    static readonly uint[][] KnownAnswers =
    [
        [0, 0, 0, 0, 0, 0, 0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8],
        [~0u, ~0u, ~0u, ~0u, ~0u, ~0u, 0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd],
        [0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344, 0xa4093822, 0x299f31d0, 0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1],
    ];

    /// <summary>Philox4x32-10 in the words of the paper: ten rounds of two multiplications, the key raised before each but the first.</summary>
    static uint[] Philox(uint[] counter, uint k0, uint k1)
    {
        uint[] c = [.. counter];
        for (int round = 0; round < 10; round++)
        {
            if (round > 0) (k0, k1) = (k0 + 0x9E3779B9, k1 + 0xBB67AE85);
            ulong p = 0xD2511F53ul * c[0], q = 0xCD9E8D57ul * c[2];
            c = [(uint)(q >> 32) ^ c[1] ^ k0, (uint)q, (uint)(p >> 32) ^ c[3] ^ k1, (uint)p];
        }
        return c;
    }

    [Test]
    public void Reference_GivesTheKnownAnswers([Range(0, 2)] int row)
    {
        uint[] answer = KnownAnswers[row];
        Assert.That(Philox(answer[..4], answer[4], answer[5]), Is.EqualTo(answer[6..]));
    }

    [TestCase(0ul)]
    [TestCase(0x0123456789abcdeful)]
    [TestCase(ulong.MaxValue)]
    public void Bits_AreThoseOfTheReference_AtAnyPosition(ulong seed)
    {
        foreach (ulong position in (ulong[])[0, 1, 7, (1ul << 34) - 3, 1ul << 34, ulong.MaxValue - 8])
        {
            Generator generator = new(seed, position);
            for (ulong i = 0; i < 6; i++)
            {
                ulong block = (position + i) / 4;
                uint[] expected = Philox([(uint)block, (uint)(block >> 32), 0, 0], (uint)seed, (uint)(seed >> 32));
                Assert.That(generator.NextBits(), Is.EqualTo(expected[(position + i) % 4]), $"position {position} + {i}");
            }
        }
    }

    [Test]
    public void Bits_OfSeedZero_AreTheKnownAnswer()
    {
        Generator generator = new(0);
        Assert.That((uint[])[generator.NextBits(), generator.NextBits(), generator.NextBits(), generator.NextBits()], Is.EqualTo(KnownAnswers[0][6..]));
    }

    // Lengths around the number of blocks that are computed at once, positions within a block and at the end of all positions.
    [Test]
    public void UniformDoubles_AreThoseOfNextDouble([Values(0, 1, 7, 8, 33, 64, 300, 1000)] int count, [Values(0ul, 3ul, (1ul << 34) - 6)] ulong position)
    {
        Generator many = new(7), each = new(7);
        many.State = each.State = each.State with { Position = position };
        double[] numbers = Tensor.Uniform([count], many, -1, 3, DType.Float64).ToArray<double>();
        foreach (double x in numbers) Assert.That(x, Is.EqualTo(-1 + (4 * each.NextDouble())));
        Assert.That(many.State, Is.EqualTo(each.State));
    }

    [Test]
    public void NextSingles_AreThoseOfNextSingle([Values(0, 1, 5, 31, 32, 33, 64, 100, 1000)] int count, [Values(0ul, 3ul, (1ul << 34) - 6, ulong.MaxValue - 40)] ulong position)
    {
        Generator many = new(77, position), single = new(77, position);
        float[] numbers = new float[count];
        many.NextSingles(numbers);
        Assert.That(numbers, Is.EqualTo(Enumerable.Range(0, count).Select(_ => single.NextSingle())));
        Assert.That(many.Position, Is.EqualTo(single.Position));
        Assert.That(many.NextBits(), Is.EqualTo(single.NextBits()));
    }

    [Test]
    public void Position_RestoresTheSequence()
    {
        Generator first = new(9);
        for (int i = 0; i < 11; i++) first.NextDouble();
        first.NextBits();
        Generator second = new(first.Seed, first.Position);
        for (int i = 0; i < 20; i++) Assert.That(second.NextNormal(), Is.EqualTo(first.NextNormal()));
    }

    [Test]
    public void Default_IsOneForEachThread_AndRepeats()
    {
        uint Draw()
        {
            uint bits = 0;
            Thread thread = new(() => bits = Generator.Default.NextBits());
            thread.Start();
            thread.Join();
            return bits;
        }
        Assert.That(Draw(), Is.EqualTo(new Generator(Generator.DefaultSeed).NextBits()));
        uint again = Draw();
        Assert.That(again, Is.EqualTo(Draw()));
    }

    [Test]
    public void Uniforms_LieBelowOne_OnTheirGrid()
    {
        Generator generator = new(4);
        double sum = 0;
        for (int i = 0; i < 200_000; i++)
        {
            double x = generator.NextDouble();
            float s = generator.NextSingle();
            if (x is < 0 or >= 1 || s is < 0 or >= 1) Assert.Fail($"{x} or {s} lies outside [0, 1)");
            if (x * (1L << 53) % 1 != 0 || s * (1 << 24) % 1 != 0) Assert.Fail($"{x} or {s} is no multiple of the unit");
            sum += x;
        }
        // Five standard errors of a mean of 200,000: 5·√(1/12)/√200000.
        Assert.That(sum / 200_000, Is.EqualTo(0.5).Within(0.0033));
    }

    [TestCase(1)]
    [TestCase(3)]
    [TestCase(7)]
    [TestCase(10)]
    public void NextInt_IsUniform(int bound)
    {
        const int Draws = 100_000;
        Generator generator = new(12);
        int[] counts = new int[bound];
        for (int i = 0; i < Draws; i++) counts[generator.NextInt(bound)]++;
        double expected = (double)Draws / bound;
        double chi = counts.Sum(n => (n - expected) * (n - expected) / expected);
        // χ² with bound − 1 degrees of freedom has mean bound − 1 and variance 2(bound − 1): five deviations.
        Assert.That(chi, Is.LessThanOrEqualTo(bound - 1 + (5 * Math.Sqrt(2 * (bound - 1)))));
    }

    // A plain modulo would give the lower half of this range a third more often.
    [Test]
    public void NextInt_OfALargeBound_IsWithoutBias()
    {
        const int Bound = 3 << 29, Draws = 100_000;
        Generator generator = new(13);
        int low = 0;
        for (int i = 0; i < Draws; i++) low += generator.NextInt(Bound) < Bound / 2 ? 1 : 0;
        Assert.That((double)low / Draws, Is.EqualTo(0.5).Within(0.008));
    }

    [TestCase(0)]
    [TestCase(-1)]
    public void NextInt_WithoutValues_IsAnError(int bound) => Assert.That(() => new Generator(1).NextInt(bound), Throws.TypeOf<ArgumentOutOfRangeException>());

    [Test]
    public void NextInt_OfTheLargestBound_StaysBelow()
    {
        Generator generator = new(1);
        for (int i = 0; i < 1000; i++) Assert.That(generator.NextInt(int.MaxValue), Is.InRange(0, int.MaxValue - 1));
    }

    [Test]
    public void Normal_HasTheMomentsOfTheNormalDistribution()
    {
        const int Draws = 400_000;
        Generator generator = new(6);
        double m1 = 0, m2 = 0, m3 = 0, m4 = 0;
        for (int i = 0; i < Draws; i++)
        {
            double x = generator.NextNormal();
            if (!double.IsFinite(x)) Assert.Fail("not finite");
            (m1, m2, m3, m4) = (m1 + x, m2 + (x * x), m3 + (x * x * x), m4 + (x * x * x * x));
        }
        // Five standard errors: the variances of x, x², x³, x⁴ are 1, 2, 15, 96.
        double unit = 5 / Math.Sqrt(Draws);
        Assert.That(m1 / Draws, Is.EqualTo(0).Within(unit));
        Assert.That(m2 / Draws, Is.EqualTo(1).Within(unit * Math.Sqrt(2)));
        Assert.That(m3 / Draws, Is.EqualTo(0).Within(unit * Math.Sqrt(15)));
        Assert.That(m4 / Draws, Is.EqualTo(3).Within(unit * Math.Sqrt(96)));
    }

    [Test]
    public void Shuffle_IsAPermutation_EachEquallyLikely()
    {
        Generator generator = new(2);
        Dictionary<string, int> seen = [];
        for (int i = 0; i < 24_000; i++)
        {
            int[] items = [0, 1, 2, 3];
            generator.Shuffle<int>(items);
            string key = string.Concat(items);
            seen[key] = seen.GetValueOrDefault(key) + 1;
        }
        Assert.That(seen, Has.Count.EqualTo(24));
        Assert.That(seen.Values, Is.All.EqualTo(1000).Within(160));
    }

    [Test]
    public void Normal_from_any_position_is_NextNormal_in_order([Values(0, 1, 4, 7)] int position, [Values(1, 7, 8, 300, 1000)] int count)
    {
        Generator all = new(3, (ulong)position), each = new(3, (ulong)position);
        double[] expected = [.. Enumerable.Range(0, count).Select(_ => 1 + (2 * each.NextNormal()))];
        Assert.That(Tensor.Normal([count], all, mean: 1, std: 2, dtype: DType.Float64).ToArray<double>(), Is.EqualTo(expected));
        Assert.That(all.Position, Is.EqualTo(each.Position));
        Assert.That(all.NextBits(), Is.EqualTo(each.NextBits()));
    }

    [Test]
    public void Normal_floats_are_NextNormal_to_their_accuracy([Values(0, 1, 4, 7)] int position, [Values(1, 7, 16, 17, 300, 100_000)] int count)
    {
        Generator all = new(11, (ulong)position), each = new(11, (ulong)position);
        float[] drawn = Tensor.Normal([count], all).ToArray<float>();
        foreach (float x in drawn)
        {
            double exact = each.NextNormal();
            if (Math.Abs(x - exact) > 3e-7 * Math.Max(Math.Abs(exact), 1)) Assert.Fail($"{x} for {exact}");
        }
        Assert.That(all.Position, Is.EqualTo(each.Position));
        Assert.That(Tensor.Normal([count], new Generator(11, (ulong)position), mean: 2, std: 3).ToArray<float>(), Is.EqualTo(drawn.Select(x => (float)(2 + (3 * (double)x)))));
    }

    [Test]
    public void Uniform_from_any_position_is_NextSingle_in_order([Values(0, 1, 6)] int position, [Values(1, 31, 300)] int count)
    {
        Generator all = new(3, (ulong)position), each = new(3, (ulong)position);
        float[] expected = [.. Enumerable.Range(0, count).Select(_ => (float)(-1.5 + (2.25 * each.NextSingle())))];
        Assert.That(Tensor.Uniform([count], all, -1.5, 0.75).ToArray<float>(), Is.EqualTo(expected));
        Assert.That(all.Position, Is.EqualTo(each.Position));
    }
}
