using Autograd.Tests.Support;

namespace Autograd.Tests.Ops;

/// <summary>Views with long rows are read where they are, by elementwise ops: the same bits as of dense copies.</summary>
[NonParallelizable]
public sealed class ViewOperandTests : ThreadsFixture
{
    static readonly Func<Tensor, Tensor>[] Views =
    [
        x => x.Slice(1, 1, 5), x => x.Slice(2, 0, 40), x => x.Slice(2, 3, 20), x => x.Permute(1, 0, 2), x => x.Slice(0, 1, 600, 2), x => x.Slice(1, 0, 1).Expand([600, 6, 80]),
        x => x.Select(1, 2), x => x.Flip(0), x => x.Slice(2, 0, 7), x => x.Transpose(1, 2), x => x.Permute(2, 1, 0),
    ];

    static readonly Func<Tensor, Tensor>[] Functions = [a => a.Gelu(), a => a.Exp(), a => a.Relu(), a => a * 1.5, a => a + 2, a => a.Silu()];

    static readonly Func<Tensor, Tensor, Tensor>[] Pairs = [(a, b) => a * b, (a, b) => a / b, (a, b) => a - b, (a, b) => a.Maximum(b), (a, b) => b * a * a];

    [Test]
    public void Formulas_of_views_have_the_bits_of_those_of_copies([Values(1, 2)] int threads, [Values(DType.Float32, DType.Float64)] DType dtype)
    {
        Parallelism.Threads = threads;
        Generator random = new(9);
        foreach (Func<Tensor, Tensor> view in Views)
        {
            Tensor x = Leaf(random, dtype, 600, 6, 80), z = Leaf(random, dtype, 600, 6, 80);
            Tensor dy = Tensor.Normal(view(x).Shape, random, dtype: dtype);
            foreach (Func<Tensor, Tensor> f in Functions) Compare(() => f(view(x)), () => f(Copy(view(x))), dy, x);
            foreach (Func<Tensor, Tensor, Tensor> f in Pairs)
            {
                Compare(() => f(view(x), view(z)), () => f(Copy(view(x)), Copy(view(z))), dy, x, z);
                Compare(() => f(view(x), Copy(view(z))), () => f(Copy(view(x)), Copy(view(z))), dy, x, z);
            }
        }
    }

    [Test]
    public void Formulas_of_views_that_are_broadcast_have_the_bits_of_those_of_copies([Values(1, 2)] int threads)
    {
        Parallelism.Threads = threads;
        Generator random = new(10);
        Tensor x = Leaf(random, DType.Float32, 500, 3, 64), rows = Leaf(random, DType.Float32, 5, 64), columns = Leaf(random, DType.Float32, 500, 1, 9);
        foreach (Func<Tensor, Tensor, Tensor> f in Pairs)
        {
            Tensor dy = Tensor.Normal([500, 3, 32], random);
            Compare(() => f(x.Slice(2, 32, 64), rows.Slice(0, 1, 4).Slice(1, 0, 32)), () => f(Copy(x.Slice(2, 32, 64)), Copy(rows.Slice(0, 1, 4).Slice(1, 0, 32))), dy, x, rows);
            Compare(() => f(x.Slice(2, 32, 64), columns.Slice(2, 4, 5)), () => f(Copy(x.Slice(2, 32, 64)), Copy(columns.Slice(2, 4, 5))), dy, x, columns);
        }
    }

    static Tensor Leaf(Generator random, DType dtype, params int[] sizes)
    {
        Tensor x = Tensor.Uniform([.. sizes], random, 0.5, 2, dtype: dtype);
        x.RequiresGrad = true;
        return x;
    }

    /// <summary>The same numbers, dense; recorded.</summary>
    static Tensor Copy(Tensor x) => Tensor.Concat([x]);

    static void Compare(Func<Tensor> view, Func<Tensor> copy, Tensor dy, params Tensor[] leaves)
    {
        double[][] expected = Run(copy, dy, leaves), actual = Run(view, dy, leaves);
        for (int i = 0; i < expected.Length; i++) Assert.That(actual[i].AsSpan().SequenceEqual(expected[i]), i == 0 ? "result" : $"gradient {i}");
    }

    static double[][] Run(Func<Tensor> f, Tensor dy, Tensor[] leaves)
    {
        foreach (Tensor leaf in leaves) leaf.ZeroGrad();
        Tensor y = f();
        y.Backward(dy);
        return [.. leaves.Select(leaf => leaf.Grad!).Prepend(y).Select(t => t.Detach().Cast(DType.Float64).ToArray<double>())];
    }
}
