using Autograd.Nn;
using Autograd.Nn.Data;

namespace Autograd.Examples.History;

/// <summary>Who of nine men said /ae/? Sequences of 7 to 29 frames, read by recurrent nets.</summary>
static class VowelHistory
{
    public static readonly Experiment Experiment = new(
        "vowels", "Japanese Vowels, 9 speakers: 94.1 % of 370 utterances are known by the method of 1999, and as many by recurrent nets", Report);

    const int Starts = 5, Speakers = 9, Coefficients = 12, Longest = 29, Hidden = 48, Epochs = 80, Size = 27;

    /// <summary>The nets that are compared, each with its name.</summary>
    public static readonly (string Name, Func<Generator, RecurrentLayer> Build)[] Kinds =
    [
        ("plain, tanh", random => new Rnn(Coefficients, Hidden, batchFirst: true, generator: random)),
        ("GRU", random => new Gru(Coefficients, Hidden, batchFirst: true, generator: random)),
        ("LSTM", random => new Lstm(Coefficients, Hidden, batchFirst: true, generator: random)),
    ];

    /// <summary>Utterances [n, 29, 13]: twelve coefficients a frame, brought to mean 0 and variance 1 as in training, and 1/length, 0 behind the end.</summary>
    public static (Dataset Train, Dataset Test) Load()
    {
        string folder = DataFolder.Find("japanese-vowels", "ae.train.csv.gz and ae.test.csv.gz of UCI's Japanese Vowels, with the columns utterance, speaker, frame, lpc1 … lpc12");
        CsvOptions options = new() { HasHeader = true, Ignore = ["frame"], Label = "speaker", Classes = Speakers };
        CsvTable train = Csv.Read(Path.Combine(folder, "ae.train.csv.gz"), options), test = Csv.Read(Path.Combine(folder, "ae.test.csv.gz"), options);
        Tensor frames = train.ToDataset().Inputs.Slice(1, 1, null);
        Tensor mean = frames.Mean(0), deviation = frames.Std([0]);
        return (Padded(train, mean, deviation), Padded(test, mean, deviation));
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
        for (int epoch = 0; epoch < Epochs; epoch++)
        {
            adam.LearningRate = 0.003 * (Epochs - epoch) / Epochs;
            Classifier.Epoch(model, adam, batches);
        }
        return Classifier.Measure(model, test).Accuracy;
    }

    static Dataset Padded(CsvTable table, Tensor mean, Tensor deviation)
    {
        int[][] utterances = [.. Enumerable.Range(0, table.Rows).GroupBy(row => table[row, 0]).Select(rows => rows.ToArray())];
        Tensor frames = (table.ToDataset().Inputs.Slice(1, 1, null) - mean) / deviation;
        float[,,] padded = new float[utterances.Length, Longest, Coefficients + 1];
        long[] speakers = new long[utterances.Length];
        for (int i = 0; i < utterances.Length; i++)
        {
            int[] rows = utterances[i];
            speakers[i] = table.Labels[rows[0]];
            for (int t = 0; t < rows.Length; t++)
            {
                for (int k = 0; k < Coefficients; k++) padded[i, t, k] = (float)frames[rows[t], k];
                padded[i, t, Coefficients] = 1f / rows.Length;
            }
        }
        return new(Tensor.From(padded), Tensor.From(speakers));
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

    /// <summary>A recurrent net, and a linear layer on its last state or on the mean of its states.</summary>
    sealed class Speaker(RecurrentLayer net, bool average, Generator random) : Module
    {
        readonly RecurrentLayer _net = net;
        readonly Linear _speakers = new(net.Hidden, Speakers, generator: random);

        public override Tensor Forward(Tensor x)
        {
            Tensor states = _net.Forward(x.Slice(2, 0, Coefficients)), shares = x.Slice(2, Coefficients, null);
            // A frame is the last if the next, which the padding begins with, has no share.
            Tensor weights = average ? shares : (shares > 0).Cast(DType.Float32) - (shares.Slice(1, 1, null).Pad([0, 0, 0, 1]) > 0).Cast(DType.Float32);
            return _speakers.Forward((states * weights).Sum(1));
        }
    }
}
