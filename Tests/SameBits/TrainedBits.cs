using System.Globalization;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using System.Security.Cryptography;
using Autograd.Nn;

namespace Autograd.Tests.SameBits;

/// <summary>The program that the tests of this folder start with other settings of the runtime: trains three nets and prints hashes of their parameters, and those of gradients through linear systems and through rows of all lengths.</summary>
static class TrainedBits
{
    const int Steps = 20;

    /// <summary>One line for the width of vectors, then one for each net and each number of threads.</summary>
    /// <param name="arguments">The samples in a batch, then numbers of threads.</param>
    static void Main(string[] arguments)
    {
        int samples = Number(arguments[0]);
        Console.WriteLine($"{(Vector512.IsHardwareAccelerated ? 512 : Vector256.IsHardwareAccelerated ? 256 : 128)}");
        foreach (string threads in arguments[1..])
        {
            Parallelism.Threads = Number(threads);
            Console.WriteLine($"LeNet-5 {LeNet5(samples)}");
            Console.WriteLine($"recurrent {Recurrent(samples)}");
            Console.WriteLine($"Transformer {Transformer(samples)}");
            Console.WriteLine($"systems {Systems(samples)}");
            Console.WriteLine($"rows {Rows(samples)}");
        }
    }

    static int Number(string text) => int.Parse(text, CultureInfo.InvariantCulture);

    static string LeNet5(int samples)
    {
        Generator random = new(1998);
        Sequential model = new(
            new Conv2d(1, 6, 5, padding: 2, generator: random), new Tanh(), new AvgPool2d(2),
            new Conv2d(6, 16, 5, generator: random), new Tanh(), new AvgPool2d(2), new Flatten(),
            new Linear(400, 120, generator: random), new Tanh(), new Linear(120, 84, generator: random), new Tanh(), new Linear(84, 10, generator: random));
        return Train(model, new Sgd(model.Parameters, 0.1, momentum: 0.9), Tensor.Normal([samples, 1, 28, 28], random));
    }

    static string Recurrent(int samples)
    {
        Generator random = new(1997);
        Sequential model = new(
            new Lstm(32, 67, generator: random), new Gru(67, 35, bidirectional: true, generator: random), new Rnn(70, 21, generator: random),
            new Lambda(x => x.Select(0, -1)), new Linear(21, 7, generator: random));
        return Train(model, new Adam(model.Parameters, 0.01), Tensor.Normal([9, samples, 32], random));
    }

    static string Transformer(int samples)
    {
        Generator random = new(2017);
        Sequential model = new(
            new TransformerEncoderLayer(24, heads: 3, feedForward: 40, dropout: 0.1, activation: x => x.Gelu(), generator: random),
            new BatchNorm1d(11), new Flatten(), new Linear(11 * 24, 5, generator: random));
        return Train(model, new AdamW(model.Parameters, 0.01), Tensor.Normal([samples, 11, 24], random));
    }

    static string Systems(int samples)
    {
        Generator random = new(1948);
        Tensor large = Tensor.Normal([12 * samples, 12 * samples], random), small = Tensor.Normal([samples, 35, 35], random), smallest = Tensor.Normal([7 * samples, 4, 4], random);
        using IncrementalHash hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        foreach (Tensor a in (Tensor[])[large, small, smallest])
        {
            int n = a.Shape[-1];
            a.RequiresGrad = true;
            Tensor definite = a.MatMul(a.T) + Tensor.Eye(n), x = a.Solve(Tensor.Normal([.. a.Shape.Sizes[..^1], n + 3], random)), l = definite.Cholesky();
            Tensor[] results = [x, a.Solve(x.Slice(-1, 0, 2)), l, l.SolveTriangular(x, upper: false), a.Inverse(), a.Determinant(), a.SignLogDeterminant().LogMagnitude];
            foreach (Tensor y in results)
            {
                hash.AppendData(MemoryMarshal.AsBytes(y.ToArray<float>().AsSpan()));
                y.Square().Sum().Backward(retainGraph: true);
            }
            hash.AppendData(MemoryMarshal.AsBytes(a.Grad!.AsSpan<float>()));
        }
        return Convert.ToHexString(hash.GetHashAndReset());
    }

    static string Rows(int samples)
    {
        Generator random = new(1805);
        using IncrementalHash hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        foreach (int n in (int[])[1, 2, 3, 4, 5, 7, 10, 15, 17, 33, 50])
        {
            Tensor a = Tensor.Normal([20 * samples, n], random), row = Tensor.Normal([n], random), column = Tensor.Normal([20 * samples, 1], random), image = Tensor.Normal([samples, 9, n], random);
            Tensor[] leaves = [a, row, column, image];
            foreach (Tensor leaf in leaves) leaf.RequiresGrad = true;
            Tensor b = (a * row) - column;
            Tensor[] results = [b.Sum(1), b.Prod(1), b.AMax(1), b.Remainder(column), b.Erfc(), b.RepeatInterleave(3, 1), image.InterpolateBilinear(20, (2 * n) + 1), image.InterpolateBilinear(5, 40)];
            foreach (Tensor y in results)
            {
                hash.AppendData(MemoryMarshal.AsBytes(y.ToArray<float>().AsSpan()));
                y.Backward(Tensor.Uniform(y.Shape, random), retainGraph: true);
            }
            foreach (Tensor leaf in leaves) hash.AppendData(MemoryMarshal.AsBytes(leaf.Grad!.ToArray<float>().AsSpan()));
        }
        return Convert.ToHexString(hash.GetHashAndReset());
    }

    static string Train(Module model, Optimizer optimizer, Tensor x)
    {
        Tensor? labels = null;
        for (int step = 0; step < Steps; step++)
        {
            using TapeScope scope = Tape.Scope();
            Tensor scores = model.Forward(x);
            labels ??= Tensor.From([.. Enumerable.Range(0, scores.Shape[0]).Select(i => (long)i % scores.Shape[1])]);
            Tensor loss = Loss.CrossEntropy(scores, labels);
            optimizer.ZeroGrad();
            loss.Backward();
            optimizer.Step();
        }
        using IncrementalHash hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        foreach (Tensor p in model.Parameters) hash.AppendData(MemoryMarshal.AsBytes(p.AsSpan<float>()));
        return Convert.ToHexString(hash.GetHashAndReset());
    }
}
