using Autograd.Kernels;

namespace Autograd.Tests.Ops.Kernels;

[Parallelizable(ParallelScope.All)]
public sealed class TinyProductTests
{
    [Test]
    public void Multiply_HasTheBitsOfTheLargeKernels_InEveryArrangement([Values] bool transA, [Values] bool transB, [Values] bool accumulate)
    {
        Generator random = new(5);
        for (int round = 0; round < 200; round++)
        {
            int m = 1 + random.NextInt(5), n = 1 + random.NextInt(5), k = 1 + random.NextInt(7);
            float[] a = Numbers(random, m * k), b = Numbers(random, k * n), tiny = Numbers(random, m * n), large = [.. tiny];
            TinyProduct.Multiply<float>(m, n, k, a, transA ? (1, m) : (k, 1), b, transB ? (1, k) : (n, 1), tiny, accumulate);
            Gemm.Multiply<float>(m, n, k, 1, a, transA ? m : k, transA, b, transB ? k : n, transB, accumulate ? 1 : 0, large, n);
            Assert.That(tiny, Is.EqualTo(large).AsCollection, $"[{m}, {k}]·[{k}, {n}]");
        }
    }

    [Test]
    public void Multiply_AddsARowToEachRow_AndNoSumIsMinusZero([Values] bool accumulate)
    {
        Generator random = new(7);
        for (int k = 1; k <= 6; k++)
        {
            float[] a = Numbers(random, 3 * k), b = Numbers(random, k * 2), row = Numbers(random, 2), product = new float[6], sum = new float[6];
            a.AsSpan(0, k).Fill(-0f);
            TinyProduct.Multiply<float>(3, 2, k, a, (k, 1), b, (2, 1), product, accumulate);
            Assert.That(product.Select(float.IsNegative).Take(2), Is.All.False);
            TinyProduct.Multiply<float>(3, 2, k, a, (k, 1), b, (2, 1), sum, accumulate: false, row);
            Assert.That(sum, Is.EqualTo(product.Select((x, i) => x + row[i % 2])).AsCollection);
        }
    }

    [Test]
    public void Sum_AddsRowsInTheirOrder([Values] bool accumulate)
    {
        Generator random = new(6);
        float[] a = Numbers(random, 5 * 3), sums = Numbers(random, 3), expected = [.. sums];
        for (int j = 0; j < 3; j++)
        {
            float sum = 0;
            for (int i = 0; i < 5; i++) sum += a[(3 * i) + j];
            expected[j] = accumulate ? sum + expected[j] : sum;
        }
        TinyProduct.Sum<float>(5, 3, a, sums, accumulate);
        Assert.That(sums, Is.EqualTo(expected).AsCollection);
    }

    static float[] Numbers(Generator random, int count) => Tensor.Normal([count], random).ToArray<float>();
}
