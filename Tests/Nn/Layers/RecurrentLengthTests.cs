using Autograd.Nn;

namespace Autograd.Tests.Nn.Layers;

/// <summary>A padded batch with lengths gives what each sequence gives alone, forward and backward.</summary>
public sealed class RecurrentLengthTests
{
    const int Times = 6, Inputs = 3, Hidden = 4;

    static readonly long[] Lengths = [4, 6, 1, 3];

    static readonly (string Name, Func<bool, bool, RecurrentLayer> Make)[] Nets =
    [
        ("Rnn", (both, first) => new Rnn(Inputs, Hidden, 2, bidirectional: both, batchFirst: first, generator: new(1), dtype: DType.Float64)),
        ("Rnn relu", (both, first) => new Rnn(Inputs, Hidden, 2, bidirectional: both, batchFirst: first, relu: true, generator: new(1), dtype: DType.Float64)),
        ("Gru", (both, first) => new Gru(Inputs, Hidden, 2, bidirectional: both, batchFirst: first, generator: new(1), dtype: DType.Float64)),
        ("Lstm", (both, first) => new Lstm(Inputs, Hidden, 2, bidirectional: both, batchFirst: first, generator: new(1), dtype: DType.Float64)),
    ];

    static IEnumerable<TestCaseData> Cases() =>
        from net in Nets from both in new[] { false, true } from first in new[] { false, true } from states in new[] { false, true }
        select new TestCaseData(net.Make, both, first, states).SetArgDisplayNames(net.Name, both ? "both ways" : "one way", first ? "batch first" : "time first", states ? "states" : "no states");

    static (Tensor Output, Tensor H, Tensor? C) Run(RecurrentLayer net, Tensor x, Tensor? h0, Tensor? c0, Tensor? lengths)
    {
        switch (net)
        {
            case Lstm lstm:
                return lstm.Forward(x, h0, c0, lengths);
            case Gru gru:
                (Tensor y, Tensor h) = gru.Forward(x, h0, lengths);
                return (y, h, null);
            default:
                (Tensor output, Tensor last) = ((Rnn)net).Forward(x, h0, lengths);
                return (output, last, null);
        }
    }

    static double[] Values(Tensor tensor) => tensor.Detach().ToArray<double>();

    [TestCaseSource(nameof(Cases))]
    public void Lengths_give_what_each_sequence_gives_alone(Func<bool, bool, RecurrentLayer> make, bool both, bool first, bool states)
    {
        RecurrentLayer net = make(both, first);
        Generator random = new(2);
        int rows = both ? 4 : 2, count = Lengths.Length, width = both ? 2 * Hidden : Hidden, batch = first ? 0 : 1, time = 1 - batch;
        Tensor x = Tensor.Normal(first ? [count, Times, Inputs] : [Times, count, Inputs], random, dtype: DType.Float64);
        // What lies behind the end must not matter, whatever it is.
        for (int i = 0; i < x.Count; i++)
        {
            int row = i / Inputs, step = first ? row % Times : row / count, sequence = first ? row / Times : row % count;
            if (step >= Lengths[sequence]) x.AsWritableSpan<double>()[i] = double.NaN;
        }
        Tensor? h0 = states ? Tensor.Normal([rows, count, Hidden], random, dtype: DType.Float64) : null, c0 = states ? Tensor.Normal([rows, count, Hidden], random, dtype: DType.Float64) : null;
        Tensor dy = Tensor.Normal([count, Times, width], random, dtype: DType.Float64), dh = Tensor.Normal([rows, count, Hidden], random, dtype: DType.Float64);
        x.RequiresGrad = true;

        (Tensor y, Tensor h, Tensor? c) = Run(net, x, h0, c0, Tensor.From(Lengths));
        (first ? y : y.Transpose(0, 1)).Backward(dy, retainGraph: true);
        h.Backward(dh);
        double[] dx = Values(x.Grad!);
        double[][] dw = [.. net.Parameters.Select(parameter => Values(parameter.Grad!))];
        net.ZeroGrad();

        double[] dxAlone = new double[dx.Length];
        for (int i = 0; i < count; i++)
        {
            int length = (int)Lengths[i];
            Tensor alone = x.Detach().Slice(batch, i, i + 1).Slice(time, 0, length).Clone();
            alone.RequiresGrad = true;
            (Tensor ys, Tensor hs, Tensor? cs) = Run(net, alone, h0?.Slice(1, i, i + 1), c0?.Slice(1, i, i + 1), null);
            Tensor steps = first ? ys.Select(0, 0) : ys.Select(1, 0), mine = y.Select(batch, i);
            Assert.That(Values(mine.Slice(0, 0, length)), Is.EqualTo(Values(steps)).Within(1e-14));
            Assert.That(Values(mine.Slice(0, length, Times)), Is.All.Zero);
            Assert.That(Values(h.Select(1, i)), Is.EqualTo(Values(hs.Select(1, 0))).Within(1e-14));
            if (c is not null) Assert.That(Values(c.Select(1, i)), Is.EqualTo(Values(cs!.Select(1, 0))).Within(1e-14));
            steps.Backward(dy.Select(0, i).Slice(0, 0, length), retainGraph: true);
            hs.Backward(dh.Slice(1, i, i + 1));
            double[] part = Values(alone.Grad!);
            for (int t = 0; t < length; t++)
            {
                for (int k = 0; k < Inputs; k++) dxAlone[((first ? (i * Times) + t : (t * count) + i) * Inputs) + k] = part[(t * Inputs) + k];
            }
        }
        Assert.That(dx, Is.EqualTo(dxAlone).Within(1e-13));
        for (int i = 0; i < dw.Length; i++) Assert.That(dw[i], Is.EqualTo(Values(net.Parameters[i].Grad!)).Within(1e-12));
    }

    [Test]
    public void Lengths_pass_gradient_checks()
    {
        Gru net = new(2, 2, bidirectional: true, generator: new(1), dtype: DType.Float64);
        Tensor lengths = Tensor.From([2L, 3]);
        GradCheck.That(x => net.Forward(x, null, lengths).Output, Tensor.Normal([3, 2, 2], new Generator(3), dtype: DType.Float64));
    }

    [Test]
    public void Lengths_with_dropout_between_layers_reach_all_of_them()
    {
        Lstm net = new(2, 3, 2, dropout: 0.5, generator: new(1));
        Tensor y = net.Forward(Tensor.Ones([4, 2, 2]), null, null, Tensor.From([2L, 4])).Output;
        Assert.That(y.Select(1, 0).Slice(0, 2, 4).Detach().ToArray<float>(), Is.All.Zero);
    }

    [Test]
    public void Bad_lengths_are_errors()
    {
        Gru net = new(2, 3);
        Tensor x = Tensor.Ones([4, 2, 2]);
        Assert.That(() => net.Forward(x, null, Tensor.From([4L])), Throws.TypeOf<ShapeException>().With.Message.EqualTo("Gru: lengths must be Int64 [2], one for each sequence, but they are Int64 [1]. Give 2 numbers, or leave them out if all sequences are equally long."));
        Assert.That(() => net.Forward(x, null, Tensor.Ones([2])), Throws.TypeOf<ShapeException>().With.Message.EqualTo("Gru: lengths must be Int64 [2], one for each sequence, but they are Float32 [2]. Cast them: lengths.Cast(DType.Int64)."));
        Assert.That(() => net.Forward(x, null, Tensor.From([4L, 0])), Throws.TypeOf<ShapeException>().With.Message.EqualTo("Gru: lengths must be in [1, 4], but that of sequence 1 is 0. Leave out empty sequences."));
        Assert.That(() => net.Forward(x, null, Tensor.From([5L, 1])), Throws.TypeOf<ShapeException>().With.Message.EqualTo("Gru: lengths must be in [1, 4], but that of sequence 0 is 5. Count its times without padding: the input has 4."));
    }
}
