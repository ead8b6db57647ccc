using Autograd.Nn;

namespace Autograd.Examples.History;

/// <summary>Recurrent nets that have to remember for many steps: what is left of the gradient, and the adding problem.</summary>
static class LagHistory
{
    public static readonly Experiment Experiment = new(
        "lags", "errors of recurrent nets vanish over long lags, but not in an LSTM: it learns the adding problem of 100 steps in 74,000 sequences", Report);

    const int Seeds = 11, Starts = 3, Hidden = 24, Size = 8, Recent = 250, Most = 5000, TestCount = 2560;
    const double Tolerance = 0.04, Learned = 0.98;

    /// <summary>The nets that are compared, each with its name.</summary>
    public static readonly (string Name, Func<Generator, DType, RecurrentLayer> Build)[] Kinds =
    [
        ("plain, tanh", (random, type) => new Rnn(2, Hidden, generator: random, dtype: type)),
        ("GRU", (random, type) => new Gru(2, Hidden, generator: random, dtype: type)),
        ("LSTM", (random, type) => new Lstm(2, Hidden, generator: random, dtype: type)),
        ("LSTM, keeping at first", (random, type) => KeepingLstm(random, type)),
    ];

    /// <summary>What a training came to.</summary>
    /// <param name="Sequences">How many sequences it took until 98 % of the last 2,000 answers were right, or null where that never was.</param>
    /// <param name="Right">The part of 2,560 other sequences that the net then answers rightly.</param>
    public readonly record struct Outcome(int? Sequences, double Right);

    /// <summary>
    /// Sequences of two numbers a step: a value in [−1, 1), and 1 where the value is marked. The answer is ½ + (sum of the two marked values)/4.
    /// One of the first 10 is marked, and one other in the first half; the length is up to a tenth more than asked for.
    /// Source: Hochreiter and Schmidhuber, "Long short-term memory", 1997, section 5.4; there the first and last step are marked by −1.
    /// </summary>
    public static (Tensor Inputs, Tensor Answers) Sequences(int length, int count, Generator random)
    {
        length += random.NextInt((length / 10) + 1);
        float[,,] inputs = new float[length, count, 2];
        float[,] answers = new float[count, 1];
        for (int i = 0; i < count; i++)
        {
            for (int t = 0; t < length; t++) inputs[t, i, 0] = (2 * random.NextSingle()) - 1;
            int first = random.NextInt(10), second = random.NextInt((length / 2) - 1);
            if (second >= first) second++;
            inputs[first, i, 1] = inputs[second, i, 1] = 1;
            answers[i, 0] = 0.5f + ((inputs[first, i, 0] + inputs[second, i, 0]) / 4);
        }
        return (Tensor.From(inputs), Tensor.From(answers));
    }

    /// <summary>Trains with Adam until the answers are right, at most for a number of steps.</summary>
    public static Outcome Train(int kind, int length, int steps, ulong seed)
    {
        Generator random = new(seed);
        LastState model = new(Kinds[kind].Build(random, DType.Float32), random);
        Adam adam = new(model.Parameters, learningRate: 0.01);
        Queue<double> recent = [];
        int? sequences = null;
        for (int step = 1; step <= steps && sequences is null; step++)
        {
            using TapeScope scope = Tape.Scope();
            (Tensor inputs, Tensor answers) = Sequences(length, Size, random);
            Tensor y = model.Forward(inputs);
            adam.ZeroGrad();
            Loss.Mse(y, answers).Backward();
            ClipGradients.ByNorm(model.Parameters, limit: 1);
            adam.Step();

            recent.Enqueue(Right(y, answers));
            if (recent.Count > Recent) recent.Dequeue();
            if (recent.Count == Recent && recent.Average() >= Learned) sequences = step * Size;
        }
        using RecordingSwitch noGrad = Tape.NoGrad();
        (Tensor others, Tensor sums) = Sequences(length, TestCount, random);
        return new(sequences, Right(model.Forward(others), sums));
    }

    /// <summary>‖∂E/∂x‖ of the input at each lag before the end, from 0, at the start of training.</summary>
    public static double[] Norms(int kind, int longest, ulong seed)
    {
        Generator random = new(seed);
        LastState model = new(Kinds[kind].Build(random, DType.Float64), random, DType.Float64);
        Tensor x = Tensor.Normal([longest + 1, 8, 2], random, dtype: DType.Float64);
        x.RequiresGrad = true;
        Tensor gradient = Tape.Gradients(model.Forward(x).Sum(), [x])[0]!;
        return gradient.Norm([1, 2]).Flip(0).ToArray<double>();
    }

    static double Right(Tensor y, Tensor answers) => ((y - answers).Abs() < Tolerance).Cast(DType.Float32).Mean().Item();

    // The memories of 1997 had no forget gates and kept themselves; here σ(5) = 0.993 of a memory stays. Input gates that start closed, as they did there
    // for this task, keep what is not marked from drifting into it.
    static Lstm KeepingLstm(Generator random, DType type)
    {
        Lstm lstm = new(2, Hidden, generator: random, dtype: type);
        using RecordingSwitch noGrad = Tape.NoGrad();
        lstm.WeightsOf(0).InputBias!.Slice(0, 0, Hidden).Fill(-3);
        lstm.WeightsOf(0).InputBias!.Slice(0, Hidden, 2 * Hidden).Fill(5);
        return lstm;
    }

    static void Report(HistoryPage page)
    {
        int[] lags = [1, 5, 10, 25, 50, 100, 200];
        page.Table($"‖∂E/∂x‖ at a lag / ‖∂E/∂x‖ at lag 0, before training, median of {Seeds} starts", ["lag", .. lags.Select(lag => $"{lag}")]);
        for (int kind = 0; kind < Kinds.Length; kind++)
        {
            double[][] norms = Restarts.Run(Seeds, seed => Norms(kind, lags[^1], seed));
            page.Row([Kinds[kind].Name, .. lags.Select(lag => Small(Quartiles.Of(norms.Select(norm => norm[lag] / norm[0])).Median))]);
        }

        page.Table(
            $"The adding problem, at most {Most * Size:N0} sequences", "length", "net", "starts that learned", "sequences until then, median", "smallest and largest", $"right on {TestCount:N0} others, median");
        foreach (int length in (int[])[50, 100, 200])
        {
            for (int kind = 0; kind < Kinds.Length; kind++)
            {
                Outcome[] runs = Restarts.Run(Starts, seed => Train(kind, length, Most, seed));
                double[] sequences = [.. runs.Select(run => run.Sequences).OfType<int>().Select(count => (double)count)];
                page.Row(
                    $"{length}", Kinds[kind].Name, $"{sequences.Length} of {Starts}", sequences.Length == 0 ? "" : $"{Quartiles.Of(sequences).Median:N0}",
                    sequences.Length == 0 ? "" : $"{sequences.Min():N0} to {sequences.Max():N0}", $"{100 * Quartiles.Of(runs.Select(run => run.Right)).Median:0.0} %");
            }
        }
    }

    static string Small(double value) => value >= 0.01 ? $"{value:0.00}" : $"{value:0.0e0}";

    /// <summary>A recurrent net with one linear unit on its last state.</summary>
    sealed class LastState(RecurrentLayer net, Generator random, DType type = DType.Float32) : Module
    {
        readonly RecurrentLayer _net = net;
        readonly Linear _answer = new(net.Hidden, 1, generator: random, dtype: type);

        protected override Tensor Compute(Tensor x) => _answer.Forward(_net.Forward(x).Select(0, -1));
    }
}
