using System.Numerics;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using Autograd.Kernels;
using Autograd.Tests.Support;

namespace Autograd.Tests;

/// <summary>The matrix product against sums in double precision, written out.</summary>
[NonParallelizable]
public class GemmTests : ThreadsFixture
{
    static readonly int[] Sizes = [1, 2, 3, 4, 5, 7, 8, 13, 14, 15, 16, 17, 29, 31, 32, 33, 47, 64, 65, 100];

    [Test]
    public void Multiply_random_shapes_agree_with_the_sum_float() => RandomShapes<float>(600, 1e-7 * 1.2);

    [Test]
    public void Multiply_random_shapes_agree_with_the_sum_double() => RandomShapes<double>(600, 2.3e-16);

    static void RandomShapes<T>(int count, double epsilon) where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        var random = new Random(17);
        for (int i = 0; i < count; i++)
        {
            int m = Sizes[random.Next(Sizes.Length)], n = Sizes[random.Next(Sizes.Length)];
            int k = i % 10 == 0 ? 500 + random.Next(600) : Sizes[random.Next(Sizes.Length)];
            double[] factors = [0, 1, -1, 0.5];
            var p = new Product<T>(random, 1, m, n, k, random.Next(2) == 1, random.Next(2) == 1, random.Next(2) * 3,
                factors[random.Next(1, 4)], factors[random.Next(4)]);
            p.Run();
            p.Check(epsilon);
        }
    }

    [TestCase(300, 1100, 600, false, false)]
    [TestCase(700, 96, 1030, true, false)]
    [TestCase(345, 801, 513, false, true)]
    [TestCase(50, 2100, 260, true, true)]
    [TestCase(1, 2300, 700, false, false)]
    [TestCase(1, 300, 1500, false, true)]
    [TestCase(2300, 1, 700, false, false)]
    [TestCase(400, 1, 1500, true, false)]
    [TestCase(130, 850, 1100, true, true)]
    [TestCase(1500, 40, 1100, false, true)]
    [TestCase(140, 160, 1536, false, true)]
    [TestCase(1, 300, 2048, false, true)]
    [TestCase(3, 310, 1024, false, true)]
    [TestCase(8, 150, 512, false, true)]
    [TestCase(7, 150, 1030, true, true)]
    [TestCase(12, 333, 700, false, true)]
    [TestCase(300, 2, 1024, false, false)]
    [TestCase(301, 10, 900, false, true)]
    [TestCase(301, 20, 777, false, false)]
    [TestCase(270, 10, 1000, true, false)]
    [TestCase(270, 11, 600, true, true)]
    [TestCase(16, 333, 1000, false, true)]
    [TestCase(700, 3, 1500, false, true)]
    [TestCase(900, 13, 640, false, true)]
    [TestCase(700, 301, 1, false, false)]
    [TestCase(300, 707, 1, true, true)]
    public void Multiply_large_shapes_agree_with_the_sum(int m, int n, int k, bool transA, bool transB)
    {
        foreach (int threads in new[] { 1, 3, 7 })
        {
            Parallelism.Threads = threads;
            var single = new Product<float>(new Random(3), 1, m, n, k, transA, transB, 0, 1, 1);
            single.Run();
            single.Check(1.2e-7);
            var twice = new Product<double>(new Random(4), 1, m, n, k, transA, transB, 5, 0.75, 0);
            twice.Run();
            twice.Check(2.3e-16);
        }
    }

    [Test]
    public void Multiply_gives_the_same_bits_for_any_number_of_threads()
    {
        (int M, int N, int K)[] shapes = [(256, 256, 256), (64, 128, 784), (1000, 70, 1100), (40, 2100, 600), (90, 90, 90), (130, 850, 1100), (140, 160, 1536), (9, 700, 1030), (700, 5, 700)];
        foreach ((int m, int n, int k) in shapes)
        {
            for (int flags = 0; flags < 4; flags++)
            {
                var expected = new Product<float>(new Random(5), 1, m, n, k, flags % 2 == 1, flags > 1, 0, 1.5, 0.5);
                Parallelism.Threads = 1;
                expected.Run();
                foreach (int threads in new[] { 2, 4, 7 })
                {
                    var actual = new Product<float>(new Random(5), 1, m, n, k, flags % 2 == 1, flags > 1, 0, 1.5, 0.5);
                    Parallelism.Threads = threads;
                    actual.Run();
                    Assert.That(actual.Bits, Is.EqualTo(expected.Bits), $"{m}x{k}x{n}, {threads} threads");
                }
            }
        }
    }

    [Test]
    public void Multiply_with_a_row_gives_the_bits_of_adding_to_repeated_rows()
    {
        (int Batch, int M, int N, int K)[] shapes =
            [(1, 1, 5, 3), (1, 7, 1, 9), (1, 300, 1, 600), (1, 1, 300, 600), (1, 20, 33, 0), (1, 20, 33, 17), (3, 20, 33, 17), (1, 200, 90, 1100), (2, 150, 850, 70), (1, 3, 40, 100), (1, 50, 9, 600)];
        foreach ((int batch, int m, int n, int k) in shapes)
        {
            var random = new Random(8);
            float[] a = Values<float>(random, batch * m * k), b = Values<float>(random, batch * k * n), row = Values<float>(random, n);
            float[] expected = new float[batch * m * n], actual = new float[expected.Length];
            for (int i = 0; i < expected.Length; i++) expected[i] = row[i % n];
            Array.Fill(actual, float.NaN); // what C held must not be read
            foreach (bool transB in new[] { false, true })
            {
                float[] sum = (float[])expected.Clone();
                Gemm.MultiplyBatched<float>(batch, m, n, k, 1, a, m * k, k, false, b, k * n, transB ? k : n, transB, 1, sum, m * n, n);
                Gemm.MultiplyBatched<float>(batch, m, n, k, 1, a, m * k, k, false, b, k * n, transB ? k : n, transB, 0, actual, m * n, n, row);
                Assert.That(actual, Is.EqualTo(sum), $"{batch} of {m}x{k}x{n}");
            }
        }
    }

    [Test]
    public void Multiply_element_has_the_same_bits_in_a_product_of_matrices_of_any_size()
    {
        const int k = 700;
        var random = new Random(6);
        float[] a = Values<float>(random, 50 * k), b = Values<float>(random, k * 75);
        float[] whole = new float[50 * 75];
        Gemm.Multiply<float>(50, 75, k, 1, a, k, false, b, 75, false, 0, whole, 75);
        for (int trial = 0; trial < 60; trial++)
        {
            int m = trial < 10 ? 2 : random.Next(2, 50), n = trial is >= 5 and < 20 ? 2 : random.Next(2, 75);
            int i0 = random.Next(50 - m), j0 = random.Next(75 - n);
            float[] part = new float[m * n], turned = new float[m * n];
            Gemm.Multiply<float>(m, n, k, 1, a.AsSpan(i0 * k), k, false, b.AsSpan(j0), 75, false, 0, part, n);
            Gemm.Multiply<float>(n, m, k, 1, b.AsSpan(j0), 75, true, a.AsSpan(i0 * k), k, true, 0, turned, m);
            for (int i = 0; i < m; i++)
            {
                for (int j = 0; j < n; j++)
                {
                    float expected = whole[(i0 + i) * 75 + j0 + j];
                    Assert.That(part[i * n + j], Is.EqualTo(expected), $"{m}x{n} at {i}, {j}");
                    Assert.That(turned[j * m + i], Is.EqualTo(expected), $"{m}x{n} at {i}, {j}, transposed");
                }
            }
        }
    }

    [Test]
    public void Multiply_of_a_vector_and_long_rows_adds_up_lanes_wherever_the_row_lies_and_on_whichever_side([Values(64, 65, 100, 700)] int k)
    {
        var random = new Random(7);
        float[] a = Values<float>(random, 30 * (k + 5)), x = Values<float>(random, k), apart = new float[3 * k];
        for (int p = 0; p < k; p++) apart[3 * p] = x[p];
        foreach (int count in new[] { 2, 3, 7, 8, 9, 15, 30 })
        {
            float[] column = new float[count], row = new float[count], strided = new float[count];
            Gemm.Multiply<float>(count, 1, k, 1, a, k + 5, false, x, 1, false, 0, column, 1);
            Gemm.Multiply<float>(1, count, k, 1, x, k, false, a, k + 5, true, 0, row, count);
            Gemm.Multiply<float>(count, 1, k, 1, a, k + 5, false, apart, 3, false, 0, strided, 1);
            float[] expected = [.. Enumerable.Range(0, count).Select(j => Lanes(a.AsSpan(j * (k + 5), k), x))];
            Assert.That(column, Is.EqualTo(expected));
            Assert.That(row, Is.EqualTo(expected));
            Assert.That(strided, Is.EqualTo(expected));
        }
    }

    [Test]
    public void Multiply_of_a_few_long_rows_by_many_adds_up_lanes_on_whichever_side([Values(32, 45, 200, 600, 1030)] int k, [Values(4, 5, 31, 150)] int many)
    {
        var random = new Random(9);
        float[] a = Values<float>(random, 16 * (k + 3)), b = Values<float>(random, many * (k + 5));
        foreach (int few in new[] { 2, 3, 4, 5, 6, 7, 8, 11, 16 }.Where(few => k >= (few <= 4 ? 32 : few <= 6 ? 192 : few <= 8 ? 384 : 512)))
        {
            float[] across = new float[few * many], down = new float[few * many], added = new float[few * many];
            Array.Fill(added, 3f);
            Gemm.Multiply<float>(few, many, k, 1, a, k + 3, false, b, k + 5, true, 0, across, many);
            Gemm.Multiply<float>(many, few, k, 1, b, k + 5, false, a, k + 3, true, 0, down, few);
            Gemm.Multiply<float>(many, few, k, 0.7f, b, k + 5, false, a, k + 3, true, -1.5f, added, few);
            for (int i = 0; i < few; i++)
            {
                for (int j = 0; j < many; j++)
                {
                    float expected = Lanes(a.AsSpan(i * (k + 3), k), b.AsSpan(j * (k + 5), k));
                    Assert.That(across[(i * many) + j], Is.EqualTo(expected), $"{few} at {i}, {j}");
                    Assert.That(down[(j * few) + i], Is.EqualTo(expected), $"{few} at {j}, {i}");
                    Assert.That(added[(j * few) + i], Is.EqualTo(float.FusedMultiplyAdd(0.7f, expected, -1.5f * 3)), $"{few} at {j}, {i}, added");
                }
            }
        }
    }

    /// <summary>The order of Note [Order of sums], written out.</summary>
    static float Lanes(ReadOnlySpan<float> a, ReadOnlySpan<float> x)
    {
        float[] lanes = new float[16];
        for (int p = 0; p < a.Length; p++) lanes[p % 16] = float.FusedMultiplyAdd(a[p], x[p], lanes[p % 16]);
        for (int half = 8; half > 0; half /= 2)
        {
            for (int i = 0; i < half; i++) lanes[i] += lanes[i + half];
        }
        return lanes[0];
    }

    /// <remarks>
    /// The value was computed once with AVX-512. To see that narrower vectors agree, run this test with
    /// DOTNET_EnableAVX512=0, with DOTNET_EnableAVX2=0 and with DOTNET_EnableHWIntrinsic=0.
    /// </remarks>
    [Test]
    public void Multiply_has_the_same_bits_with_vectors_of_any_width()
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        foreach ((int m, int n, int k) in new[] { (1, 77, 600), (77, 1, 600), (3, 1, 90), (1, 1, 1000), (1, 20, 40), (13, 10, 20), (64, 45, 1100), (130, 300, 300), (5, 2100, 9), (3, 70, 45), (40, 9, 1030), (16, 30, 520), (6, 9, 200) })
        {
            for (int flags = 0; flags < 4; flags++)
            {
                var random = new Counter();
                var single = new Product<float>(random, 1, m, n, k, flags % 2 == 1, flags > 1, 1, 1.5, flags - 1);
                single.Run();
                hash.AppendData(Convert.FromHexString(single.Bits));
                var twice = new Product<double>(random, 1, m, n, k, flags % 2 == 1, flags > 1, 1, 1.5, flags - 1);
                twice.Run();
                hash.AppendData(Convert.FromHexString(twice.Bits));
            }
        }
        Assert.That(Convert.ToHexString(hash.GetHashAndReset()), Is.EqualTo("A03471859F8E6CAD85BCD267BA9E6F3DFEAEA765B18518104B3DC90E216FA9EA"));
    }

    [Test]
    public void Multiply_does_not_read_C_where_beta_is_zero()
    {
        foreach (int n in new[] { 1, 5, 32, 40 })
        {
            float[] c = Enumerable.Repeat(float.NaN, 20 * n).ToArray();
            float[] ones = Enumerable.Repeat(1f, 20 * 40).ToArray();
            Gemm.Multiply<float>(20, n, 3, 1, ones, 3, false, ones, n, false, 0, c, n);
            Assert.That(c, Is.All.EqualTo(3f));
        }
    }

    [Test]
    public void Multiply_without_terms_scales_C()
    {
        double[] c = [1, 2, 3, 4, double.NaN, 6];
        Gemm.Multiply<double>(2, 2, 0, 1, [], 0, false, [], 2, false, 0.5, c, 3);
        Assert.That(c, Is.EqualTo(new[] { 0.5, 1, 3, 2, double.NaN, 6 }));
        Gemm.Multiply<double>(2, 2, 0, 1, [], 0, false, [], 2, false, 0, c, 3);
        Assert.That(c, Is.EqualTo(new[] { 0.0, 0, 3, 0, 0, 6 }));
    }

    [TestCase(0, 3)]
    [TestCase(3, 0)]
    public void Multiply_of_an_empty_result_does_nothing(int m, int n) =>
        Assert.That(() => Gemm.Multiply<float>(m, n, 4, 1, new float[12], 4, false, new float[12], 3, false, 0, [], 3), Throws.Nothing);

    [Test]
    public void Multiply_lets_NaN_and_infinity_through()
    {
        float[] zero = new float[64 * 64], b = new float[64 * 64], c = new float[64 * 64];
        b[5 * 64 + 7] = float.PositiveInfinity;
        b[9 * 64 + 40] = float.NaN;
        Gemm.Multiply<float>(64, 64, 64, 1, zero, 64, false, b, 64, false, 0, c, 64);
        for (int i = 0; i < c.Length; i++)
            Assert.That(float.IsNaN(c[i]), Is.EqualTo(i % 64 is 7 or 40), $"element {i}");
    }

    [Test]
    public void Multiply_refuses_spans_that_are_too_short()
    {
        Assert.That(() => Gemm.Multiply<float>(4, 4, 4, 1, new float[15], 4, false, new float[16], 4, false, 0, new float[16], 4),
            Throws.ArgumentException.With.Message.StartsWith("Gemm: 1 matrices [4, 4] with row stride 4, 0 apart, do not fit 15 elements."));
        Assert.That(() => Gemm.Multiply<float>(4, 4, 4, 1, new float[16], 3, false, new float[16], 4, false, 0, new float[16], 4), Throws.ArgumentException);
        Assert.That(() => Gemm.Multiply<float>(4, 4, 4, 1, new float[16], 4, false, new float[16], 4, false, 0, new float[15], 4), Throws.ArgumentException);
    }

    [Test]
    public void Multiply_leaves_the_gaps_between_rows_alone()
    {
        float[] c = Enumerable.Repeat(-1f, 20 * 50).ToArray(), ones = Enumerable.Repeat(1f, 2000).ToArray();
        Gemm.Multiply<float>(20, 43, 4, 1, ones, 4, false, ones, 43, false, 0, c, 50);
        for (int i = 0; i < c.Length; i++)
            Assert.That(c[i], Is.EqualTo(i % 50 < 43 ? 4f : -1f));
    }

    [Test]
    public void MultiplyBatched_agrees_with_the_sum()
    {
        var random = new Random(8);
        foreach (int threads in new[] { 1, 2, 4 })
        {
            Parallelism.Threads = threads;
            foreach ((int batch, int m, int n, int k) in new[] { (1, 3, 4, 5), (7, 3, 4, 5), (64, 40, 33, 50), (3, 150, 160, 170), (40, 1, 64, 64), (40, 64, 1, 70), (900, 3, 2, 4), (900, 1, 1, 19), (900, 5, 1, 3) })
            {
                for (int flags = 0; flags < 16; flags++)
                {
                    var p = new Product<float>(random, batch, m, n, k, (flags & 1) != 0, (flags & 2) != 0, flags % 3, 1, flags % 2)
                    {
                        RepeatA = (flags & 4) != 0, RepeatB = (flags & 8) != 0,
                    };
                    p.Run();
                    p.Check(1.2e-7);
                }
            }
        }
    }

    [Test]
    public void MultiplyBatched_refuses_results_that_overlap() =>
        Assert.That(() => Gemm.MultiplyBatched<float>(2, 1, 1, 1, 1, new float[2], 1, 1, false, new float[2], 1, 1, false, 0, new float[2], 0, 1),
            Throws.InstanceOf<ArgumentOutOfRangeException>());

    static T[] Values<T>(Random random, int count) where T : INumber<T>
    {
        var values = new T[count];
        for (int i = 0; i < count; i++)
            values[i] = T.CreateTruncating(random.NextDouble() * 2 - 1);
        return values;
    }

    /// <summary>The same numbers on every platform and version: a multiplicative congruential generator.</summary>
    sealed class Counter : Random
    {
        uint _state = 1;

        public override double NextDouble() => (_state = _state * 1664525 + 1013904223) / 4294967296.0;
    }

    /// <summary>A product with its operands, what it should be, and what it is.</summary>
    sealed class Product<T>(Random random, int batch, int m, int n, int k, bool transA, bool transB, int gap, double alpha, double beta)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        readonly int _lda = (transA ? m : k) + gap, _ldb = (transB ? k : n) + gap, _ldc = n + gap;
        readonly T[] _a = Values<T>(random, batch * ((transA ? k : m) * ((transA ? m : k) + gap)));
        readonly T[] _b = Values<T>(random, batch * ((transB ? n : k) * ((transB ? k : n) + gap)));
        readonly T[] _before = Values<T>(random, batch * m * (n + gap));
        T[] _c = [];

        public bool RepeatA { get; init; }

        public bool RepeatB { get; init; }

        int StrideA => RepeatA ? 0 : _a.Length / batch;

        int StrideB => RepeatB ? 0 : _b.Length / batch;

        public string Bits => Convert.ToHexString(SHA256.HashData(MemoryMarshal.AsBytes(_c.AsSpan())));

        public void Run()
        {
            _c = (T[])_before.Clone();
            if (batch == 1)
                Gemm.Multiply<T>(m, n, k, T.CreateChecked(alpha), _a, _lda, transA, _b, _ldb, transB, T.CreateChecked(beta), _c, _ldc);
            else
                Gemm.MultiplyBatched<T>(batch, m, n, k, T.CreateChecked(alpha), _a, StrideA, _lda, transA, _b, StrideB, _ldb, transB, T.CreateChecked(beta), _c, _c.Length / batch, _ldc);
        }

        /// <summary>|error| ≤ (k + 3)·ε·(|alpha|·Σ|a·b| + |beta·c|): Higham 2002, section 3.5.</summary>
        public void Check(double epsilon)
        {
            for (int q = 0; q < batch; q++)
            {
                double[] a = Rows(_a.AsSpan(q * StrideA), m, transA, _lda), b = Rows(_b.AsSpan(q * StrideB), n, !transB, _ldb);
                for (int i = 0; i < m; i++)
                {
                    for (int j = 0; j < n; j++)
                        CheckElement(a.AsSpan(i * k, k), b.AsSpan(j * k, k), q * (_c.Length / batch) + i * _ldc + j, i, j, epsilon);
                }
            }
        }

        /// <summary>The rows of op(A), or the columns of op(B), one after the other.</summary>
        double[] Rows(ReadOnlySpan<T> matrix, int count, bool transposed, int stride)
        {
            var rows = new double[count * k];
            for (int i = 0; i < rows.Length; i++)
                rows[i] = double.CreateChecked(matrix[transposed ? i % k * stride + i / k : i / k * stride + i % k]);
            return rows;
        }

        void CheckElement(ReadOnlySpan<double> a, ReadOnlySpan<double> b, int at, int i, int j, double epsilon)
        {
            double sum = 0, size = 0;
            for (int p = 0; p < a.Length && p < b.Length; p++)
            {
                double term = a[p] * b[p];
                sum += term;
                size += Math.Abs(term);
            }
            double old = double.CreateChecked(_before[at]), expected = alpha * sum + (beta == 0 ? 0 : beta * old);
            double bound = (k + 3) * epsilon * (Math.Abs(alpha) * size + Math.Abs(beta * old));
            double error = Math.Abs(double.CreateChecked(_c[at]) - expected);
            if (!(error <= bound))
                Assert.Fail($"{m}x{k}x{n} {transA} {transB} gap {gap} alpha {alpha} beta {beta}: [{i}, {j}] is {_c[at]}, not {expected}");
        }
    }
}
