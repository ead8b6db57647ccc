namespace Autograd.Tests;

/// <summary>Softmax by its definition, in shapes that take each of its ways: short rows, long rows, panels and vectors of columns.</summary>
[Parallelizable(ParallelScope.All)]
public class SoftmaxTests
{
    [Test]
    public void Softmax_InAnyShape_IsItsDefinition([Values(1, 2, 15, 16, 17, 40)] int outer, [Values(1, 3, 16, 17, 32, 33, 200)] int n, [Values(1, 7, 16, 64, 81)] int inner)
    {
        Tensor x = Tensor.Normal([outer, n, inner], new Generator(7)) * 10;
        float[] values = x.ToArray<float>(), y = x.Softmax(1).ToArray<float>(), logs = x.LogSoftmax(1).ToArray<float>(), sums = x.LogSumExp(1).ToArray<float>();
        for (int o = 0; o < outer; o++)
        {
            for (int i = 0; i < inner; i++)
            {
                double max = double.NegativeInfinity, sum = 0;
                for (int k = 0; k < n; k++) max = Math.Max(max, values[At(o, k, i)]);
                for (int k = 0; k < n; k++) sum += Math.Exp(values[At(o, k, i)] - max);
                Assert.That(sums[(o * inner) + i], Is.EqualTo(Math.Log(sum) + max).Within(1e-5));
                for (int k = 0; k < n; k++)
                {
                    double log = values[At(o, k, i)] - max - Math.Log(sum), exact = Math.Exp(log);
                    // The difference to the greatest is rounded, and that error becomes relative; so is every step of the sum.
                    if (Math.Abs(y[At(o, k, i)] - exact) > ((5e-7 + (5e-9 * n) + (7e-8 * -log)) * exact) + 3e-38) Assert.Fail($"softmax {y[At(o, k, i)]}, not {exact}");
                    if (Math.Abs(logs[At(o, k, i)] - log) > 1e-6 * Math.Max(10, Math.Abs(log))) Assert.Fail($"its logarithm {logs[At(o, k, i)]}, not {log}");
                }
            }
        }

        int At(int o, int k, int i) => (((o * n) + k) * inner) + i;
    }

    // The greatest element is subtracted in one of two ways, and either keeps every other element's distance to it.
    [Test]
    public void Softmax_OfAnyGreatestElement_IsItsDefinition(
        [Values(0, 0.04f, 8191.5f, -8191.5f, 8192.5f, -8192.5f, 1e5f, -1e6f, 1e30f, -1e30f)] float greatest, [Values(33, 48, 100)] int n)
    {
        float[] noise = Tensor.Normal([n], new Generator(11)).ToArray<float>(), row = noise.Select(v => greatest - MathF.Abs(10 * v)).ToArray();
        (row[1], row[n - 1]) = (greatest, greatest - 90);
        double[] exact = row.Select(v => Math.Exp((double)v - row.Max())).ToArray();
        double sum = exact.Sum();
        float[] y = Tensor.From(row).Softmax(0).ToArray<float>();
        for (int i = 0; i < n; i++) Assert.That((double)y[i], Is.EqualTo(exact[i] / sum).Within((6e-7 * exact[i] / sum) + 1e-44), $"at {i}");
    }

    [Test]
    public void Softmax_OfInfinityAndNaN_IsNaN([Values(float.PositiveInfinity, float.NaN)] float value, [Values(2, 40, 48)] int n)
    {
        float[] row = new float[n];
        row[n - 1] = value;
        Assert.That(Tensor.From(row).Softmax(0).ToArray<float>(), Is.All.NaN);
        Assert.That(Tensor.From(row.Select(_ => float.NegativeInfinity).ToArray()).Softmax(0).ToArray<float>(), Is.All.NaN);
    }

    // A mask of −∞ leaves exactly nothing.
    [Test]
    public void Softmax_OfMinusInfinity_IsExactlyZero([Values(3, 100)] int n)
    {
        float[] row = Enumerable.Repeat(float.NegativeInfinity, n).ToArray();
        (row[0], row[2]) = (1, 1);
        float[] y = Tensor.From(row).Softmax(0).ToArray<float>();
        Assert.That(y, Is.EqualTo(row.Select(x => x == 1 ? 0.5f : 0f)));
    }
}
