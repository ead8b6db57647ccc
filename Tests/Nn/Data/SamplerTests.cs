using Autograd.Nn.Data;

namespace Autograd.Tests.Nn.Data;

public sealed class SamplerTests
{
    static Dataset Numbered(int count) => new(Tensor.Zeros([count, 1]), Tensor.Arange(count, DType.Int64));

    static int[] Draw(Sampler sampler, int examples)
    {
        int[] order = new int[sampler.Count];
        sampler.Draw(order, examples);
        return order;
    }

    [Test]
    public void Weighted_with_replacement_draws_in_proportion()
    {
        const int Draws = 40_000;
        double[] weights = [1, 0, 3, 4];
        int[] counts = [.. Enumerable.Range(0, 4).Select(i => Draw(Sampler.Weighted(weights, Draws, new(1)), 4).Count(drawn => drawn == i))];
        for (int i = 0; i < 4; i++)
        {
            // Five standard deviations of a binomial.
            double p = weights[i] / 8;
            Assert.That(counts[i], Is.EqualTo(Draws * p).Within(5 * Math.Sqrt(Draws * p * (1 - p))));
        }
    }

    [Test]
    public void Weighted_without_replacement_draws_each_once_and_the_heavy_first()
    {
        const int Epochs = 20_000;
        Sampler sampler = Sampler.Weighted([1, 2, 0, 5], 3, new(1), replacement: false);
        int[] first = new int[4];
        for (int epoch = 0; epoch < Epochs; epoch++)
        {
            int[] order = Draw(sampler, 4);
            Assert.That(order.Order(), Is.EqualTo(new[] { 0, 1, 3 }));
            first[order[0]]++;
        }
        for (int i = 0; i < 4; i++)
        {
            double p = new[] { 1, 2, 0, 5 }[i] / 8.0;
            Assert.That(first[i], Is.EqualTo(Epochs * p).Within(5 * Math.Sqrt(Epochs * p * (1 - p))));
        }
    }

    [Test]
    public void Weighted_survives_great_weights() =>
        Assert.That(Draw(Sampler.Weighted([1e308, 1e308, 1e-308], 50, new(1)), 3), Is.All.AnyOf(0, 1));

    [Test]
    public void Weighted_batches_have_as_many_examples_as_are_drawn()
    {
        Batches batches = Batches.Of(Numbered(4), 3, sampler: Sampler.Weighted([1, 0, 0, 1], 10, new(1)));
        List<long> drawn = [];
        foreach (Batch batch in batches) drawn.AddRange(batch.Labels.ToArray<long>());
        Assert.That((batches.Count, drawn.Count), Is.EqualTo((4, 10)));
        Assert.That(drawn, Is.All.AnyOf(0L, 3L));
    }

    [Test]
    public void ByLength_covers_every_example_once_and_pads_less()
    {
        Generator random = new(1);
        int[] lengths = [.. Enumerable.Range(0, 103).Select(_ => 1 + random.NextInt(50))];
        int[] order = Draw(Sampler.ByLength(lengths, run: 40, size: 8, new(2)), 103);
        Assert.That(order.Order(), Is.EqualTo(Enumerable.Range(0, 103)));
        int[] shuffled = [.. Enumerable.Range(0, 103)];
        new Generator(2).Shuffle(shuffled.AsSpan());
        Assert.That(Padded(order), Is.LessThan(0.5 * Padded(shuffled)));
        Assert.That(Draw(Sampler.ByLength(lengths, 40, 8, new(2)), 103), Is.EqualTo(order));

        int Padded(int[] drawn) => drawn.Chunk(8).Sum(batch => (batch.Length * batch.Max(i => lengths[i])) - batch.Sum(i => lengths[i]));
    }

    [Test]
    public void Sampler_of_your_own_is_drawn_anew_each_epoch()
    {
        Sampler sampler = new(2, new Generator(1), (order, random) =>
        {
            order[0] = random.NextInt(100);
            order[1] = 99 - order[0];
        });
        Batches batches = Batches.Of(Numbered(100), 2, sampler: sampler);
        List<long> seen = [];
        for (int epoch = 0; epoch < 5; epoch++)
        {
            foreach (Batch batch in batches)
            {
                Assert.That(batch.Labels.ToArray<long>().Sum(), Is.EqualTo(99));
                seen.Add((long)batch.Labels[0]);
            }
        }
        Assert.That(seen.Distinct().Count(), Is.GreaterThan(1));
    }
}
