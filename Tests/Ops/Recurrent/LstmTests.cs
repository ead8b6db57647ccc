using Autograd.Tests.Support;

namespace Autograd.Tests.Ops;

[NonParallelizable]
public sealed class LstmTests
{
    // Sizes that fill no vector, strip or chunk, and such that do; steps of one, several blocks of steps, and enough work for several threads.
    static readonly (int Times, int Count, int Hidden)[] Sizes = [(1, 1, 1), (3, 2, 5), (5, 19, 21), (4, 33, 40), (7, 16, 32), (2, 70, 65), (40, 9, 36), (30, 33, 70)];

    [Test]
    public void Lstm_EqualsItsFormula([ValueSource(nameof(Sizes))] (int, int, int) sizes, [Values] bool reversed)
    {
        Tensor[] x = Inputs(sizes, DType.Float64);
        Tensor y = Over(x, reversed), expected = Formula(x, reversed);
        Close.To(y, expected, 1e-13);
        Tensor seed = Tensor.Uniform(y.Shape, new Generator(3), -1, 1, y.DType);
        Tensor?[] gradients = Tape.Gradients(y, x, seed), wanted = Tape.Gradients(expected, x, seed);
        for (int i = 0; i < x.Length; i++) Close.To(gradients[i]!, wanted[i]!, 1e-12, $"input {i}");
    }

    [Test]
    public void Lstm_GivesTheSameBits_ForAnyNumberOfThreads([ValueSource(nameof(Sizes))] (int, int, int) sizes)
    {
        int threads = Parallelism.Threads;
        try
        {
            float[][] one = Run(1);
            foreach (int several in (int[])[2, 3, 8]) Assert.That(Run(several), Is.EqualTo(one), $"{several} threads");
        }
        finally
        {
            Parallelism.Threads = threads;
        }

        float[][] Run(int threads)
        {
            Parallelism.Threads = threads;
            Tensor[] x = Inputs(sizes, DType.Float32);
            Tensor y = Over(x, reversed: false);
            Tensor?[] gradients = Tape.Gradients(y, x, Tensor.Uniform(y.Shape, new Generator(3), -1, 1));
            return [y.ToArray<float>(), .. gradients.Select(gradient => gradient!.ToArray<float>())];
        }
    }

    static Tensor[] Inputs((int Times, int Count, int Hidden) sizes, DType dtype)
    {
        Generator random = new(8);
        (int times, int count, int hidden) = sizes;
        int inputs = (hidden / 2) + 1;
        Shape[] shapes = [[times, count, inputs], [4 * hidden, inputs], [4 * hidden, hidden], [count, hidden], [count, hidden], [4 * hidden]];
        return [.. shapes.Select(shape => Leaf(Tensor.Uniform(shape, random, -1, 1, dtype)))];
    }

    static Tensor Leaf(Tensor x)
    {
        x.RequiresGrad = true;
        return x;
    }

    static Tensor Over(Tensor[] x, bool reversed) => LstmOp.Over(x[0], x[1], x[2], x[3], x[4], x[5], reversed);

    static Tensor Formula(Tensor[] x, bool reversed)
    {
        (Tensor gates, Tensor weight, Tensor h, Tensor c) = (x[0].Linear(x[1], x[5]), x[2], x[3], x[4]);
        Tensor[] states = new Tensor[gates.Shape[0] + 1];
        for (int s = 0; s + 1 < states.Length; s++)
        {
            int time = reversed ? states.Length - 2 - s : s;
            Tensor[] z = (gates.Select(0, time) + h.MatMul(weight.T)).Chunk(4, -1);
            c = (z[1].Sigmoid() * c) + (z[0].Sigmoid() * z[2].Tanh());
            states[time] = h = z[3].Sigmoid() * c.Tanh();
        }
        states[^1] = c;
        return Tensor.Stack(states);
    }
}
