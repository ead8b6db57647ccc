using Autograd.Nn;
using Autograd.Nn.Data;

namespace Autograd.Examples.History;

/// <summary>Who of nine men said /ae/? Sequences of 7 to 29 frames, read by recurrent nets.</summary>
static class VowelHistory
{
    public static readonly Experiment Experiment = new(
        "vowels", "Japanese Vowels, 9 speakers: 94.1 % of 370 utterances are known by the method of 1999, and as many by recurrent nets", Report);

    const int Starts = 5, Speakers = 9, Coefficients = 12, Hidden = 48, Epochs = 80, Size = 27;

    /// <summary>The nets that are compared, each with its name.</summary>
    public static readonly (string Name, Func<Generator, RecurrentLayer> Build)[] Kinds =
    [
        ("plain, tanh", random => new Rnn(Coefficients, Hidden, batchFirst: true, generator: random)),
        ("GRU", random => new Gru(Coefficients, Hidden, batchFirst: true, generator: random)),
        ("LSTM", random => new Lstm(Coefficients, Hidden, batchFirst: true, generator: random)),
    ];

    /// <summary>Utterances [frames, 12], brought to mean 0 and variance 1 as in training.</summary>
    public static (Dataset Train, Dataset Test) Load()
    {
        string folder = DataFolder.Find("japanese-vowels", "ae.train.csv.gz and ae.test.csv.gz of UCI's Japanese Vowels, with the columns utterance, speaker, frame, lpc1 … lpc12");
        CsvOptions options = new() { HasHeader = true, Ignore = ["frame"], Label = "speaker", Classes = Speakers };
        CsvTable train = Csv.Read(Path.Combine(folder, "ae.train.csv.gz"), options), test = Csv.Read(Path.Combine(folder, "ae.test.csv.gz"), options);
        Tensor frames = Frames(train), mean = frames.Mean(0), deviation = frames.Std([0]);
        return (Utterances(train, mean, deviation), Utterances(test, mean, deviation));
    }

    /// <summary>The part of the test's utterances that are known after training with Adam.</summary>
    /// <param name="kind">Which net.</param>
    /// <param name="average">Whether the speaker is told from the mean of all states rather than from the last.</param>
    /// <param name="train">What to learn from.</param>
    /// <param name="test">What to be tested on.</param>
    /// <param name="seed">Where the random numbers start.</param>
    public static double Train(int kind, bool average, Dataset train, Dataset test, ulong seed)
    {
        Generator random = new(seed);
        Speaker model = new(Kinds[kind].Build(random), average, random);
        Adam adam = new(model.Parameters, learningRate: 0.003);
        Batches batches = Batches.Of(train, Size, random);
        Trainer trainer = new(model, adam, (scores, speakers) => Loss.CrossEntropy(scores, speakers))
        {
            Forward = batch => model.Forward((batch.Inputs, batch.Lengths!)),
            Metrics = [new Accuracy()],
            StepScheduler = new Scheduler(adam, Schedule.Polynomial(Epochs * batches.Count)),
        };
        trainer.Fit(batches, Epochs);
        return trainer.Evaluate(Batches.Of(test, Size)).Metrics["accuracy"];
    }

    // The first column is the number of the utterance.
    static Tensor Frames(CsvTable table) => table.ToDataset().Inputs.Slice(1, 1, null);

    static Dataset Utterances(CsvTable table, Tensor mean, Tensor deviation)
    {
        Tensor frames = (Frames(table) - mean) / deviation;
        int[][] rows = [.. Enumerable.Range(0, table.Rows).GroupBy(row => table[row, 0]).Select(rows => rows.ToArray())];
        return Dataset.OfSequences([.. rows.Select(run => frames.Slice(0, run[0], run[^1] + 1))], Tensor.From([.. rows.Select(run => (long)table.Labels[run[0]])]));
    }

    static void Report(HistoryPage page)
    {
        (Dataset train, Dataset test) = Load();
        page.Table(
            $"{train.Count} utterances to learn from, {Epochs} epochs: the part of {test.Count} others whose speaker is known, {Starts} starts", "net", "the speaker is told from", "median", "smallest", "largest");
        foreach (bool average in (bool[])[false, true])
        {
            for (int kind = 0; kind < Kinds.Length; kind++)
            {
                double[] right = Restarts.Run(Starts, seed => Train(kind, average, train, test, seed));
                page.Row(Kinds[kind].Name, average ? "the mean of all states" : "the last state", $"{Quartiles.Of(right).Median:0.000}", $"{right.Min():0.000}", $"{right.Max():0.000}");
            }
        }
    }

    /// <summary>A recurrent net, and a linear layer on its last state or on the mean of its states; utterances [n, frames, 12] with their lengths.</summary>
    sealed class Speaker(RecurrentLayer net, bool average, Generator random) : Module<(Tensor Frames, Tensor Lengths), Tensor>
    {
        readonly RecurrentLayer _net = net;
        readonly Linear _speakers = new(net.Hidden, Speakers, generator: random);

        protected override Tensor Compute((Tensor Frames, Tensor Lengths) x)
        {
            Tensor lengths = x.Lengths.Cast(DType.Float32).Unsqueeze(1);
            Tensor states = _net.Forward(x.Frames), places = Tensor.Arange(states.Shape[1]);
            // What each state counts: 1/length for those before the end, or 1 for that of the last frame.
            Tensor weights = average ? (places < lengths).Cast(DType.Float32) / lengths : places.Equal(lengths - 1).Cast(DType.Float32);
            return _speakers.Forward((states * weights.Unsqueeze(2)).Sum(1));
        }
    }
}
