using System.Diagnostics;
using Autograd.Nn;

namespace Autograd.Examples.History;

/// <summary>What else could have learned the same tasks in 1986: the perceptron rule, a Boltzmann machine, and genetic search.</summary>
static class RivalsHistory
{
    public static readonly Experiment Experiment = new(
        "rivals", "backpropagation against the perceptron rule (fails), Boltzmann learning and genetic search (1000 times slower), on XOR and encoders", Report);

    const int Starts = 30;

    // The sum of ½(t − y)² over all outputs and cases: below it no output can be on the wrong side of ½.
    const double NoneWrong = 0.125;

    /// <summary>Cases with the sizes of a network for them.</summary>
    internal sealed record Task(string Name, int Inputs, int Hidden, double Rate, double[][] X, double[][] T)
    {
        public Tensor Questions { get; } = Tensor.From([.. X.SelectMany(row => row)], [X.Length, Inputs]);
        public Tensor Answers { get; } = Tensor.From([.. T.SelectMany(row => row)], [T.Length, T[0].Length]);
        public int Outputs => T[0].Length;
    }

    /// <summary>How a run went: how often a case was presented until all were right, or null; and the seconds it took.</summary>
    internal readonly record struct Result(double? Presentations, double Seconds);

    static readonly double[][] Pairs = [[0, 0], [0, 1], [1, 0], [1, 1]];

    public static readonly Task
        And = new("AND", 2, 2, 0.5, Pairs, [[0], [0], [0], [1]]),
        Xor = new("XOR, 2-2-1", 2, 2, 0.5, Pairs, [[0], [1], [1], [0]]),
        SmallEncoder = new("encoder, 4-2-4", 4, 2, 0.5, OneOf(4), OneOf(4)),
        Encoder = new("encoder, 8-3-8", 8, 3, 0.1, OneOf(8), OneOf(8));

    public static Result Backpropagation(ulong seed, Task task) => Timed(() =>
    {
        Sequential model = Epochs.Logistic(seed, bound: 0.5, task.Inputs, task.Hidden, task.Outputs);
        Sgd sgd = new(model.Parameters, task.Rate, momentum: 0.9);
        return Epochs.Until(model, sgd, task.Questions, task.Answers, NoneWrong, most: 20_000) * task.X.Length;
    });

    public static Result Genetic(ulong seed, Task task) => Timed(() =>
    {
        Sequential model = Epochs.Logistic(seed, bound: 0.5, task.Inputs, task.Hidden, task.Outputs);
        using RecordingSwitch noGrad = Tape.NoGrad();
        return GeneticSearch.Run(model, Error, NoneWrong, most: 100_000, new Generator(seed)) * task.X.Length;

        double Error()
        {
            using TapeScope scope = Tape.Scope();
            return Epochs.Error(model, task.Questions, task.Answers).Item();
        }
    });

    /// <summary>Four annealings a case and change of weights; right means right three times in a row.</summary>
    public static Result Boltzmann(ulong seed, Task task) => Timed(() =>
    {
        BoltzmannMachine machine = new(task.Inputs, task.Hidden, task.Outputs, new Generator(seed));
        for (int cycle = 1; cycle <= 5_000; cycle++)
        {
            machine.Learn(task.X, task.T);
            if (machine.IsRight(task.X, task.T) && machine.IsRight(task.X, task.T) && machine.IsRight(task.X, task.T)) return cycle * 4 * task.X.Length;
        }
        return null;
    });

    /// <summary>Threshold outputs on the inputs, without hidden units: w += (t − y)·x. Source: Rosenblatt, "The perceptron", 1958.</summary>
    public static Result Perceptron(ulong seed, Task task) => Timed(() =>
    {
        Generator random = new(seed);
        double[] w = [.. Enumerable.Range(0, task.Inputs + 1).Select(_ => random.NextDouble() - 0.5)];
        for (int epoch = 1; epoch <= 10_000; epoch++)
        {
            int wrong = 0;
            for (int c = 0; c < task.X.Length; c++)
            {
                double[] x = [.. task.X[c], 1];
                double y = x.Zip(w, (a, b) => a * b).Sum() > 0 ? 1 : 0, error = task.T[c][0] - y;
                if (error != 0) wrong++;
                for (int i = 0; i < w.Length; i++) w[i] += error * x[i];
            }
            if (wrong == 0) return epoch * task.X.Length;
        }
        return null;
    });

    static void Report(HistoryPage page)
    {
        page.Table($"{Starts} starts", "task", "method", "learned", "presentations of a case: median", "quartiles", "time", "presentations / backpropagation", "time / backpropagation");
        foreach (Task task in (Task[])[Xor, SmallEncoder, Encoder])
        {
            Result[] reference = Measure(task, Backpropagation);
            Row(page, task, $"backpropagation, rate {task.Rate}", reference, reference);
            if (task.Outputs == 1) Row(page, task, "perceptron rule", Measure(task, Perceptron), reference);
            Row(page, task, "Boltzmann machine", Measure(task, Boltzmann), reference);
            Row(page, task, "genetic search", Measure(task, Genetic), reference);
        }
        Row(page, And, "perceptron rule", Measure(And, Perceptron), []);
    }

    static Result[] Measure(Task task, Func<ulong, Task, Result> method)
    {
        // Once to compile.
        Restarts.Run(4, seed => method(seed, task));
        return Restarts.Run(Starts, seed => method(seed, task));
    }

    static void Row(HistoryPage page, Task task, string method, Result[] results, Result[] reference)
    {
        Result[] learned = Learned(results), compared = Learned(reference);
        Quartiles presentations = Presentations(learned);
        page.Row(learned.Length == 0
            ? [task.Name, method, "0", "", "", "", "", ""]
            : [
                task.Name, method, $"{learned.Length}", $"{presentations.Median:N0}", $"{presentations.Lower:N0} to {presentations.Upper:N0}", $"{Milliseconds(learned):#,0.0##} ms",
                compared.Length == 0 ? "" : $"{presentations.Median / Presentations(compared).Median:0.0}", compared.Length == 0 ? "" : $"{Milliseconds(learned) / Milliseconds(compared):0.0}"]);
    }

    static Result[] Learned(Result[] results) => [.. results.Where(result => result.Presentations is not null)];

    static Quartiles Presentations(Result[] learned) => Quartiles.Of(learned.Select(result => result.Presentations!.Value));

    /// <summary>The median of presentations times the least time that one took in any run: what else the machine does only adds.</summary>
    static double Milliseconds(Result[] learned) => 1e3 * Presentations(learned).Median * learned.Min(result => result.Seconds / result.Presentations!.Value);

    static Result Timed(Func<int?> run)
    {
        long start = Stopwatch.GetTimestamp();
        int? presentations = run();
        return new(presentations, Stopwatch.GetElapsedTime(start).TotalSeconds);
    }

    static double[][] OneOf(int count) => [.. Enumerable.Range(0, count).Select(i => Enumerable.Range(0, count).Select(j => i == j ? 1.0 : 0).ToArray())];
}
