namespace Autograd.Tests.Ops;

/// <summary>Rows that fill no whole number of vectors are written by vectors that overlap: every length gives what each element by itself does, and nothing beyond the rows is touched.</summary>
[Parallelizable(ParallelScope.All)]
public sealed class ShortRowTests
{
    static readonly int[] Lengths = [1, 2, 3, 7, 8, 9, 10, 15, 16, 17, 31, 33, 50];

    [Test]
    public void RowsAndColumns_AreBroadcast_AsElementsAre([ValueSource(nameof(Lengths))] int n, [Values(2, 3, 20, 67)] int rows, [Values] bool single, [Values] bool summed)
    {
        Generator random = new(seed: 3);
        DType dtype = single ? DType.Float32 : DType.Float64;
        Tensor a = Tensor.Normal([2, rows, n], random, dtype: dtype), row = Tensor.Normal([2, 1, n], random, dtype: dtype), column = Tensor.Normal([2, rows, 1], random, dtype: dtype);
        foreach (Tensor b in (Tensor[])[row, column])
        {
            Tensor whole = b.Expand([2, rows, n]).Clone(), dy = Tensor.Normal([2, rows, n], random, dtype: dtype);
            foreach (Func<Tensor, Tensor, Tensor> of in (Func<Tensor, Tensor, Tensor>[])[(x, y) => x * y, (x, y) => y - x, (x, y) => x.Atan2(y)])
            {
                Assert.That(Numbers(of(a, b)), Is.EqualTo(Numbers(of(a, whole))));
                Assert.That(Numbers(Gradient(of, a, b, dy, summed)), Is.EqualTo(Numbers(Gradient(of, a, whole, dy, summed))));
            }
        }
    }

    [Test]
    public void PartsOfRows_AreRead_WhereTheyAre([ValueSource(nameof(Lengths))] int n)
    {
        Generator random = new(seed: 4);
        Tensor a = Tensor.Normal([30, n + 16], random), column = Tensor.Normal([30, 1], random), part = a.Slice(1, 5, 5 + n);
        Assert.That((part * column).ToArray<float>(), Is.EqualTo((part.Clone() * column.Expand([30, n]).Clone()).ToArray<float>()));
    }

    [Test]
    public void ManyShortRuns_AreFolded_AsEachByItself([Values(2, 3, 4, 5, 6, 9)] int n, [Values(63, 64, 100, 20_000)] int runs)
    {
        Generator random = new(seed: 5);
        float[] numbers = Tensor.Normal([runs * n], random).ToArray<float>();
        (numbers[n], numbers[^1]) = (float.NaN, -0f);
        Tensor x = Tensor.From(numbers, [runs, n]);
        foreach (Func<Tensor, Tensor> of in (Func<Tensor, Tensor>[])[t => t.Sum(1), t => t.Prod(1), t => t.AMax(1), t => t.AMin(1), t => t.Norm([1]), t => t.Mean(1)])
        {
            float[] all = of(x).ToArray<float>();
            foreach (int i in (int[])[0, 1, 2, 17, 48, runs - 2, runs - 1]) Assert.That(all[i], Is.EqualTo((float)of(x.Slice(0, i, i + 1)).Item()), $"run {i}");
        }
    }

    static Tensor Gradient(Func<Tensor, Tensor, Tensor> of, Tensor a, Tensor b, Tensor dy, bool summed)
    {
        Tensor x = a.Clone();
        x.RequiresGrad = true;
        // A second part of the gradient is added to the first.
        Tensor y = summed ? of(x, b) + of(x, b) : of(x, b);
        y.Backward(dy);
        return x.Grad!;
    }

    static double[] Numbers(Tensor x) => x.DType == DType.Float64 ? x.ToArray<double>() : Array.ConvertAll(x.ToArray<float>(), v => (double)v);
}
