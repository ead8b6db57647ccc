namespace Autograd.Tests.Ops.Elementwise;

/// <summary>Ops on masks, and remainders, against plain loops: whole vectors, tails, chunks of several threads, operands that stand still.</summary>
[Parallelizable(ParallelScope.All)]
public sealed class ChoiceTests
{
    static readonly int[] Counts = [1, 7, 8, 15, 16, 17, 63, 64, 70_001];

    [Test]
    public void Where_ChoosesAndHandsOnItsGradient([ValueSource(nameof(Counts))] int count, [Values] bool isDouble)
    {
        DType dtype = isDouble ? DType.Float64 : DType.Float32;
        Generator random = new(3);
        Tensor a = Leaf([count], random, dtype), b = Leaf([count], random, dtype), one = Leaf([], random, dtype), dy = Tensor.Normal([count], random, dtype: dtype);
        bool[] mask = [.. Enumerable.Range(0, count).Select(_ => random.NextDouble() < 0.4)];
        double[] da = Numbers(a), db = Numbers(b), d = Numbers(dy);
        double single = Numbers(one)[0];

        Tensor y = Tensor.Where(Tensor.From(mask), a, b), z = Tensor.Where(Tensor.From(mask), one, b);
        Assert.That(Numbers(y), Is.EqualTo(mask.Select((m, i) => m ? da[i] : db[i])));
        Assert.That(Numbers(z), Is.EqualTo(mask.Select((m, i) => m ? single : db[i])));

        y.Backward(dy);
        Assert.That(Numbers(a.Grad!), Is.EqualTo(mask.Select((m, i) => m ? d[i] : 0)));
        Assert.That(Numbers(b.Grad!), Is.EqualTo(mask.Select((m, i) => m ? 0 : d[i])));
        z.Backward(dy);
        Assert.That(Numbers(b.Grad!), Is.EqualTo(mask.Select((m, i) => m ? 0 : 2 * d[i])), "added to the gradient that was there");
        Assert.That(Numbers(one.Grad!)[0], Is.EqualTo(mask.Select((m, i) => m ? d[i] : 0).Sum()).Within(isDouble ? 1e-10 : 0.02));
    }

    [Test]
    public void Where_OfOtherTypes_Chooses([ValueSource(nameof(Counts))] int count)
    {
        bool[] mask = [.. Enumerable.Range(0, count).Select(i => i % 3 == 1)];
        long[] a = [.. Enumerable.Range(0, count).Select(i => (long)i)], b = [.. a.Select(i => -i - 1)];
        Assert.That(Tensor.Where(Tensor.From(mask), Tensor.From(a), Tensor.From(b)).ToArray<long>(), Is.EqualTo(a.Zip(b).Select((p, i) => mask[i] ? p.First : p.Second)));
        Assert.That(Tensor.Where(Tensor.From(mask), Tensor.From(mask), Tensor.From([false])).ToArray<bool>(), Is.EqualTo(mask));
    }

    [Test]
    public void Comparisons_AreThoseOfNumbers([ValueSource(nameof(Counts))] int count)
    {
        double[] special = [0, -0.0, 1, -1, double.NaN, double.PositiveInfinity, double.NegativeInfinity];
        double[] a = [.. Enumerable.Range(0, count).Select(i => special[i % 7])], b = [.. Enumerable.Range(0, count).Select(i => special[i / 7 % 7])];
        foreach (DType dtype in (DType[])[DType.Float32, DType.Float64])
        {
            Tensor x = Tensor.From(a).Cast(dtype), z = Tensor.From(b).Cast(dtype), two = Tensor.From(b[..1]).Cast(dtype);
            Check(x < z, (p, q) => p < q, b);
            Check(x <= z, (p, q) => p <= q, b);
            Check(x > z, (p, q) => p > q, b);
            Check(x >= z, (p, q) => p >= q, b);
            Check(x.Equal(z), (p, q) => p == q, b);
            Check(x.NotEqual(z), (p, q) => p != q, b);
            Check(x >= two, (p, q) => p >= q, [.. Enumerable.Repeat(b[0], count)]);
        }
        void Check(Tensor y, Func<double, double, bool> holds, double[] with) => Assert.That(y.ToArray<bool>(), Is.EqualTo(a.Zip(with, holds)));
    }

    [Test]
    public void Fmod_IsExact([Values] bool isDouble)
    {
        Generator random = new(7);
        double[] special = [0, -0.0, 1, -3, 1e-40, 1e30, -1e30, double.NaN, double.PositiveInfinity, double.NegativeInfinity];
        double[] a = [.. special.SelectMany(p => special.Select(_ => p)), .. Many(), .. Enumerable.Range(1, 500).Select(i => 3.0 * i)];
        double[] b = [.. special.SelectMany(_ => special), .. Many(), .. Enumerable.Range(1, 500).Select(i => 3.0)];
        Tensor x = Tensor.From(a), z = Tensor.From(b);
        if (isDouble) Assert.That(x.Fmod(z).ToArray<double>(), Is.EqualTo(a.Zip(b, (p, q) => p % q)));
        else Assert.That(x.Cast(DType.Float32).Fmod(z.Cast(DType.Float32)).ToArray<float>(), Is.EqualTo(a.Zip(b, (p, q) => (float)p % (float)q)));
        double[] Many() => [.. Enumerable.Range(0, 5000).Select(_ => (random.NextDouble() - 0.5) * Math.Pow(10, 12 * random.NextDouble()))];
    }

    [TestCase(new[] { 4, 16, 7, 7 }, new[] { 16, 1, 1 })]
    [TestCase(new[] { 5000, 10 }, new[] { 10 })]
    [TestCase(new[] { 5000, 10 }, new[] { 5000, 1 })]
    [TestCase(new[] { 11, 1, 300, 33 }, new[] { 1, 23, 1, 33 })]
    [TestCase(new[] { 3, 1, 5, 1, 700 }, new[] { 1, 4, 1, 6, 1 })]
    public void ShortRuns_OfBroadcastOperands_AreThoseOfExpandedOnes(int[] a, int[] b)
    {
        Generator random = new(9);
        Tensor x = Leaf(Shape.Create(a), random, DType.Float64), z = Leaf(Shape.Create(b), random, DType.Float64);
        Tensor y = x / z, p = x.Detach().Expand(y.Shape).Clone(), q = z.Detach().Expand(y.Shape).Clone(), dy = Tensor.Normal(y.Shape, random, dtype: DType.Float64);
        p.RequiresGrad = q.RequiresGrad = true;
        Tensor flat = p / q;
        Assert.That(Numbers(y), Is.EqualTo(Numbers(flat)));
        y.Backward(dy);
        flat.Backward(dy);
        Assert.That(Numbers(x.Grad!), Is.EqualTo(Numbers(p.Grad!.SumTo(x.Shape))).Within(1e-9));
        Assert.That(Numbers(z.Grad!), Is.EqualTo(Numbers(q.Grad!.SumTo(z.Shape))).Within(1e-9).Percent);
    }

    static double[] Numbers(Tensor x) => x.Cast(DType.Float64).ToArray<double>();

    static Tensor Leaf(Shape shape, Generator random, DType dtype)
    {
        Tensor x = Tensor.Normal(shape, random, dtype: dtype);
        x.RequiresGrad = true;
        return x;
    }
}
