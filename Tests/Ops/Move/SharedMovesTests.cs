using Autograd.Tests.Support;

namespace Autograd.Tests.Ops.Move;

/// <summary>Moves so large that threads share them, against the same written out element by element.</summary>
[NonParallelizable]
public sealed class SharedMovesTests : ThreadsFixture
{
    static readonly int[][] Shapes = [[70000], [300, 257], [3, 40, 700], [5000, 3, 7], [2, 50000], [40000, 2], [64, 1, 1024]];

    [Test]
    public void Gather_ScatterAdd_and_Scatter_agree_with_loops_for_any_number_of_threads([Values(1, 2, 5)] int threads, [ValueSource(nameof(Shapes))] int[] sizes)
    {
        Parallelism.Threads = threads;
        Generator random = new(3);
        for (int axis = 0; axis < sizes.Length; axis++)
        {
            Tensor x = Leaf(random, sizes), source = Leaf(random, sizes), weights = Tensor.Normal([.. sizes], random);
            int size = sizes[axis], inner = sizes[(axis + 1)..].Aggregate(1, (a, b) => a * b);
            // Small indices, so that many meet.
            long[] index = [.. Enumerable.Range(0, x.Count).Select(_ => (long)random.NextInt(Math.Min(size, 9)))];
            Tensor picks = Tensor.From(index).Reshape([.. sizes]);
            int Place(int p) => p + (((int)index[p] - (p / inner % size)) * inner);
            float[] a = x.ToArray<float>(), s = source.ToArray<float>(), w = weights.ToArray<float>();
            float[] gathered = [.. a.Select((_, p) => a[Place(p)])], sums = [.. a], sumsOfWeights = new float[a.Length], written = [.. a], cleared = [.. w];
            int[] writers = new int[a.Length];
            for (int p = 0; p < a.Length; p++)
            {
                sums[Place(p)] += s[p];
                sumsOfWeights[Place(p)] += w[p];
                (written[Place(p)], cleared[Place(p)], writers[Place(p)]) = (s[p], 0, p);
            }
            Expect(x.Gather(axis, picks), weights, gathered, (x, sumsOfWeights));
            Expect(x.ScatterAdd(axis, picks, source), weights, sums, (x, w), (source, [.. w.Select((_, p) => w[Place(p)])]));
            Expect(x.Scatter(axis, picks, source), weights, written, (x, cleared), (source, [.. w.Select((_, p) => writers[Place(p)] == p ? w[Place(p)] : 0)]));
            // A second part of the same gradients is added to the first.
            Expect(x.Scatter(axis, picks, source) + x + source, weights, [.. written.Select((v, p) => v + a[p] + s[p])],
                (x, [.. cleared.Select((v, p) => v + w[p])]), (source, [.. w.Select((v, p) => v + (writers[Place(p)] == p ? w[Place(p)] : 0))]));
        }
    }

    [Test]
    public void IndexSelect_of_one_long_row_is_that_row() =>
        Assert.That(Tensor.Arange(0, 3 * 500_000).Reshape(3, 500_000).IndexSelect(0, Tensor.From([2L])).ToArray<float>(), Is.EqualTo(Enumerable.Range(1_000_000, 500_000).Select(i => (float)i)));

    [Test]
    public void IndexSelect_agrees_with_loops_for_any_number_of_threads([Values(1, 2, 5)] int threads, [ValueSource(nameof(Shapes))] int[] sizes)
    {
        Parallelism.Threads = threads;
        Generator random = new(4);
        for (int axis = 0; axis < sizes.Length; axis++)
        {
            Tensor x = Leaf(random, sizes);
            int size = sizes[axis], inner = sizes[(axis + 1)..].Aggregate(1, (a, b) => a * b), count = size + 3;
            long[] index = [.. Enumerable.Range(0, count).Select(_ => (long)random.NextInt(size))];
            Tensor y = x.IndexSelect(axis, Tensor.From(index)), weights = Tensor.Normal(y.Shape, random);
            float[] a = x.ToArray<float>(), w = weights.ToArray<float>(), picked = new float[y.Count], sums = new float[a.Length];
            for (int p = 0; p < picked.Length; p++)
            {
                int place = (((p / (inner * count) * size) + (int)index[p / inner % count]) * inner) + (p % inner);
                picked[p] = a[place];
                sums[place] += w[p];
            }
            Expect(y, weights, picked, (x, sums));
        }
    }

    [Test]
    public void Roll_of_rows_by_any_shift_agrees_with_loops([Values(1, 3, 16, 100, 1023, -1, -5)] int shift, [Values(1, 2)] int threads)
    {
        Parallelism.Threads = threads;
        Generator random = new(5);
        foreach (int n in new[] { 1024, 1000, 4096, 131 })
        {
            Tensor x = Leaf(random, [150, n]), weights = Tensor.Normal([150, n], random);
            float[] a = x.ToArray<float>(), w = weights.ToArray<float>();
            int Place(int p, int by) => p - (p % n) + (((p % n) + n - (by % n) + n) % n);
            Expect(x.Roll(shift, 1), weights, [.. a.Select((_, p) => a[Place(p, shift)])], (x, [.. w.Select((_, p) => w[Place(p, -shift)])]));
        }
    }

    static Tensor Leaf(Generator random, int[] sizes)
    {
        Tensor x = Tensor.Normal([.. sizes], random);
        x.RequiresGrad = true;
        return x;
    }

    static void Expect(Tensor y, Tensor weights, float[] values, params (Tensor X, float[] Gradient)[] gradients)
    {
        AreEqual(y, values);
        foreach ((Tensor x, _) in gradients) x.ZeroGrad();
        y.Backward(weights);
        foreach ((Tensor x, float[] gradient) in gradients) AreEqual(x.Grad!, gradient);
    }

    /// <summary>NUnit compares arrays of this length in seconds.</summary>
    static void AreEqual(Tensor actual, float[] expected)
    {
        float[] values = actual.ToArray<float>();
        int length = values.AsSpan().CommonPrefixLength(expected);
        Assert.That(length, Is.EqualTo(expected.Length), () => $"{values[length]} at {length}, expected {expected[length]}");
    }
}
