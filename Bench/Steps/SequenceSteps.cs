using Autograd.Nn;

namespace Autograd.Bench.Steps;

/// <summary>Recurrent nets and attention.</summary>
static class SequenceSteps
{
    const int Inputs = 64, Hidden = 128, Time = 64, Batch = 32;
    const int Size = 128, Heads = 4, Length = 64, Sequences = 16, FeedForward = 512;

    public static IReadOnlyList<StepCase> All { get; } =
    [
        new("lstm_module", () => Lstm((lstm, x) => lstm.Forward(x).Select(0, -1))),
        new("lstm_cell", () => Lstm(Cells)),
        new("lstm_ops", () => Lstm(PlainOps)),
        new("transformer_block", () => Transformer(
            random => new TransformerEncoderLayer(Size, Heads, FeedForward, dropout: 0, activation: x => x.Gelu(), normFirst: true, generator: random))),
        new("transformer_block_ops", () => Transformer(random => new PlainBlock(random))),
    ];

    /// <summary>Sequences whose last state is classified.</summary>
    static StepWork Lstm(Func<Lstm, Tensor, Tensor> lastState)
    {
        Generator random = new(1986);
        Lstm lstm = new(Inputs, Hidden, generator: random);
        Linear head = new(Hidden, 10, generator: random);
        Sgd sgd = new([.. lstm.Parameters, .. head.Parameters], 0.01);
        Tensor x = Tensor.Normal([Time, Batch, Inputs], random), labels = Training.Labels(Batch, random);
        // The first product has no input gradient.
        double flops = (2.0 * Batch * Time * 4 * Hidden * ((2 * (Inputs + Hidden)) + Hidden)) + (6.0 * Batch * Hidden * 10);
        return new(Training.Step(new Classifier(lstm, head, lastState), sgd, x, logits => Loss.CrossEntropy(logits, labels)), flops);
    }

    sealed class Classifier(Lstm lstm, Linear head, Func<Lstm, Tensor, Tensor> lastState) : Module
    {
        readonly Lstm _lstm = lstm;
        readonly Linear _head = head;

        protected override Tensor Compute(Tensor x) => _head.Forward(lastState(_lstm, x));
    }

    static Tensor Cells(Lstm lstm, Tensor x)
    {
        Tensor h = Tensor.Zeros([Batch, Hidden]), c = Tensor.Zeros([Batch, Hidden]);
        RecurrentWeights weights = lstm.WeightsOf(0);
        foreach (Tensor now in x.Unbind()) (h, c) = Recurrent.LstmCell(now, h, c, weights);
        return h;
    }

    static Tensor PlainOps(Lstm lstm, Tensor x)
    {
        Tensor h = Tensor.Zeros([Batch, Hidden]), c = Tensor.Zeros([Batch, Hidden]);
        RecurrentWeights weights = lstm.WeightsOf(0);
        foreach (Tensor now in x.Linear(weights.Input, weights.InputBias).Unbind())
        {
            Tensor[] gates = (now + h.Linear(weights.Hidden, weights.HiddenBias)).Chunk(4, 1);
            c = gates[1].Sigmoid() * c + gates[0].Sigmoid() * gates[2].Tanh();
            h = gates[3].Sigmoid() * c.Tanh();
        }
        return h;
    }

    static StepWork Transformer(Func<Generator, Module> make)
    {
        Generator random = new(1986);
        Module model = make(random);
        Tensor x = Tensor.Normal([Sequences, Length, Size], random), target = Tensor.Normal([Sequences, Length, Size], random);
        double rows = Sequences * Length;
        double flops = 3 * ((2 * rows * Size * 4 * Size) + (4 * rows * Length * Size) + (4 * rows * Size * FeedForward));
        return new(Training.Step(model, new Adam(model.Parameters, 1e-3), x, y => Loss.Mse(y, target)), flops);
    }

    /// <summary>The same block, attention written with plain ops.</summary>
    sealed class PlainBlock(Generator random) : Module
    {
        readonly LayerNorm _norm1 = new(Size), _norm2 = new(Size);
        readonly Linear _project = new(Size, 3 * Size, generator: random), _out = new(Size, Size, generator: random);
        readonly Linear _up = new(Size, FeedForward, generator: random), _down = new(FeedForward, Size, generator: random);

        protected override Tensor Compute(Tensor x)
        {
            Tensor[] heads = _project.Forward(_norm1.Forward(x)).Reshape(Sequences, Length, 3, Heads, Size / Heads).Permute(2, 0, 3, 1, 4).Unbind();
            Tensor weights = (heads[0].MatMul(heads[1].Transpose(-2, -1)) * Math.Pow(Size / Heads, -0.5)).Softmax(-1);
            x += _out.Forward(weights.MatMul(heads[2]).Transpose(1, 2).Reshape(Sequences, Length, Size));
            return x + _down.Forward(_up.Forward(_norm2.Forward(x)).Gelu());
        }
    }
}
