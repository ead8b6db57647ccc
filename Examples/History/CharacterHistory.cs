using Autograd.Nn;
using Autograd.Nn.Data;

namespace Autograd.Examples.History;

/// <summary>A Transformer and an LSTM of equal size learn to write like Shakespeare, letter by letter.</summary>
static class CharacterHistory
{
    public static readonly Experiment Experiment = new(
        "characters", "Transformers, which are trained by the same chain rule, predict text better than recurrent nets", Report);

    public const int Context = 64;
    const int Starts = 3, Steps = 2000, Every = 250, Size = 16, Warmup = 100, Letters = 400;
    const double HeldOut = 0.1;

    /// <summary>The nets that are compared, each with its name and learning rate; that of the Transformer was the better one of 0.003 and 0.01.</summary>
    public static readonly (string Name, double Rate, Func<int, Generator, Module> Build)[] Kinds =
    [
        ("LSTM", 0.01, (letters, random) => new LetterLstm(letters, size: 64, hidden: 128, random)),
        ("Transformer", 0.01, (letters, random) => new LetterTransformer(letters, size: 64, layers: 2, random)),
    ];

    /// <summary>A text as numbers, cut into what is learned from and what is held out.</summary>
    public sealed record Text(Vocabulary Letters, long[] Train, long[] Test);

    /// <summary>The 40,000 lines of Tiny Shakespeare; the last tenth is held out.</summary>
    public static Text Load()
    {
        string text = Texts.Read(Path.Combine(DataFolder.Find("tinyshakespeare", "input.txt, from github.com/karpathy/char-rnn, data/tinyshakespeare"), "input.txt"));
        Vocabulary letters = Vocabulary.Characters(text);
        long[] numbers = letters.Encode(text).ToArray<long>();
        int cut = (int)(numbers.Length * (1 - HeldOut));
        return new(letters, numbers[..cut], numbers[cut..]);
    }

    /// <summary>Trains with Adam, and tells the bits per letter of the held-out text again and again.</summary>
    /// <param name="kind">Which net.</param>
    /// <param name="text">The text.</param>
    /// <param name="steps">How many batches are learned from.</param>
    /// <param name="every">After how many the net is tested, each time.</param>
    /// <param name="seed">Where the random numbers start.</param>
    public static (Module Model, double[] Bits) Train(int kind, Text text, int steps, int every, ulong seed)
    {
        Generator random = new(seed);
        Module model = Kinds[kind].Build(text.Letters.Count, random);
        Adam adam = new(model.Parameters, Kinds[kind].Rate, beta2: 0.99);
        Schedule schedule = Schedule.Linear(Warmup, start: 0).Then(Warmup, Schedule.Cosine(steps - Warmup));
        List<double> bits = [];
        for (int step = 0; step < steps; step++)
        {
            using (Tape.Scope())
            {
                adam.LearningRate = schedule.RateAt(step + 1, Kinds[kind].Rate);
                Tensor loss = Entropy(model, text.Train, [.. Enumerable.Range(0, Size).Select(_ => random.NextInt(text.Train.Length - Context))]);
                adam.ZeroGrad();
                loss.Backward();
                ClipGradients.ByNorm(model.Parameters, limit: 1);
                adam.Step();
            }
            if ((step + 1) % every == 0) bits.Add(Bits(model, text.Test));
        }
        return (model, [.. bits]);
    }

    /// <summary>The bits per letter that a net needs for a text, in runs of 64 letters, each read from its beginning.</summary>
    public static double Bits(Module model, long[] text)
    {
        double sum = 0;
        int[][] chunks = [.. Enumerable.Range(0, (text.Length - 1) / Context).Select(run => run * Context).Chunk(100)];
        using RecordingSwitch noGrad = Tape.NoGrad();
        foreach (int[] starts in chunks)
        {
            using TapeScope scope = Tape.Scope();
            sum += starts.Length * Entropy(model, text, starts).Item();
        }
        return sum / chunks.Sum(starts => starts.Length) / Math.Log(2);
    }

    /// <summary>The bits per letter that tables of frequencies need: each letter after the given number of letters before it, one added to every count.</summary>
    public static double TableBits(Text text, int before)
    {
        Dictionary<long, double[]> counts = [];
        for (int i = before; i < text.Train.Length; i++) CountsAfter(text.Train, i)[text.Train[i]]++;
        double bits = 0;
        for (int i = before; i < text.Test.Length; i++)
        {
            double[] row = CountsAfter(text.Test, i);
            bits -= Math.Log2(row[text.Test[i]] / row.Sum());
        }
        return bits / (text.Test.Length - before);

        double[] CountsAfter(long[] letters, int place)
        {
            long key = 0;
            for (int i = place - before; i < place; i++) key = (key * text.Letters.Count) + letters[i];
            if (!counts.TryGetValue(key, out double[]? row)) Array.Fill(counts[key] = row = new double[text.Letters.Count], 1);
            return row;
        }
    }

    /// <summary>Letters drawn one after the other from what the net expects, after a line feed; exp(score/temperature) are the odds.</summary>
    public static string Write(Module model, Vocabulary letters, int count, double temperature, Generator random)
    {
        List<long> written = [letters["\n"]];
        using RecordingSwitch noGrad = Tape.NoGrad();
        while (written.Count <= count)
        {
            using TapeScope scope = Tape.Scope();
            long[] last = [.. written.TakeLast(Context)];
            Tensor scores = model.Forward(Tensor.From(last, [1, last.Length])).Select(0, 0).Select(0, -1);
            double[] odds = (scores / temperature).Softmax(0).Cast(DType.Float64).ToArray<double>();
            double point = random.NextDouble();
            int letter = 0;
            while (letter < odds.Length - 1 && (point -= odds[letter]) >= 0) letter++;
            written.Add(letter);
        }
        return letters.Decode(Tensor.From([.. written.Skip(1)]));
    }

    /// <summary>The mean loss over runs of a text, each letter from those before it.</summary>
    static Tensor Entropy(Module model, long[] text, int[] starts)
    {
        Tensor x = Tensor.From([.. starts.SelectMany(start => text[start..(start + Context)])], [starts.Length, Context]);
        Tensor next = Tensor.From([.. starts.SelectMany(start => text[(start + 1)..(start + Context + 1)])]);
        return Loss.CrossEntropy(model.Forward(x).Flatten(0, 1), next);
    }

    static void Report(HistoryPage page)
    {
        Text text = Load();
        (Module Model, double[] Bits)[][] runs = [.. Enumerable.Range(0, Kinds.Length).Select(kind => Restarts.Run(Starts, seed => Train(kind, text, Steps, Every, seed)))];
        page.Table(
            $"Bits per letter of {text.Test.Length:N0} held-out letters, {Starts} starts",
            ["letters learned from", .. Kinds.SelectMany((kind, i) => (string[])[$"{kind.Name}, {Count(runs[i][0].Model):N0} parameters, median", "smallest and largest"])]);
        for (int row = 0; row < Steps / Every; row++)
        {
            page.Row(
            [
                $"{(row + 1) * Every * Size * Context:N0}",
                .. runs.Select(kind => kind.Select(run => run.Bits[row]).ToArray()).SelectMany(bits => (string[])[$"{Quartiles.Of(bits).Median:0.000}", $"{bits.Min():0.000} to {bits.Max():0.000}"]),
            ]);
        }

        page.Table("Bits per letter by tables of frequencies", "letters looked back on", "bits");
        for (int before = 0; before <= 3; before++) page.Row($"{before}", $"{TableBits(text, before):0.000}");

        for (int kind = 0; kind < Kinds.Length; kind++)
        {
            page.Paragraph($"### What the {Kinds[kind].Name} of seed 1 writes, at temperature 0.8");
            page.Paragraph($"```text\n{Write(runs[kind][0].Model, text.Letters, Letters, 0.8, new Generator(1)).Trim()}\n```");
        }
    }

    static int Count(Module model) => model.Parameters.Sum(parameter => parameter.Count);
}
