using System.Diagnostics;

namespace Autograd.Examples.History;

/// <summary>What the gradient by all W weights costs: backward in one go, and by two methods that ask about one weight at a time.</summary>
static class CostHistory
{
    public static readonly Experiment Experiment = new(
        "cost", "backward costs one to two forwards, whatever the number W of weights; differences and forward mode cost W forwards or more", Report);

    const int Cases = 16, Rounds = 41, Sample = 200;
    const double Longest = 4;

    static readonly int[] Widths = [7, 22, 71, 223, 707];

    /// <summary>A network of two layers, n-n-n, and cases for it, in double precision.</summary>
    internal sealed class Problem
    {
        readonly Tensor _x;

        public Problem(int width)
        {
            Generator random = new(seed: 1);
            double spread = 1 / Math.Sqrt(width);
            _x = Tensor.Normal([Cases, width], random, dtype: DType.Float64);
            Shape[] shapes = [[width, width], [width], [width, width], [width]];
            Weights = [.. shapes.Select(shape => Tensor.Normal(shape, random, 0, spread, DType.Float64))];
            foreach (Tensor weight in Weights) weight.RequiresGrad = true;
        }

        public Tensor[] Weights { get; }

        public int Count => Weights.Sum(weight => weight.Count);

        /// <summary>The function whose gradient is asked for: ½Σy² over all cases and outputs.</summary>
        public Tensor Error(Tensor[] w) => 0.5 * _x.Linear(w[0], w[1]).Tanh().Linear(w[2], w[3]).Tanh().Square().Sum();

        public double Forward()
        {
            using TapeScope scope = Tape.Scope();
            using RecordingSwitch noGrad = Tape.NoGrad();
            return Error(Weights).Item();
        }

        /// <summary>A forward and a backward; the gradient is in the weights.</summary>
        public void ForwardAndBackward()
        {
            using TapeScope scope = Tape.Scope();
            foreach (Tensor weight in Weights) weight.ZeroGrad();
            Error(Weights).Backward();
        }

        /// <summary>One element of the gradient from two forwards: (E(w + h) − E(w − h))/2h.</summary>
        public double Difference(int index)
        {
            const double h = 1e-5;
            using RecordingSwitch noGrad = Tape.NoGrad();
            (int tensor, int element) = Place(index);
            double middle = Weights[tensor].AsSpan<double>()[element];
            Weights[tensor].AsWritableSpan<double>()[element] = middle + h;
            double above = Forward();
            Weights[tensor].AsWritableSpan<double>()[element] = middle - h;
            double below = Forward();
            Weights[tensor].AsWritableSpan<double>()[element] = middle;
            return (above - below) / (2 * h);
        }

        /// <summary>One element of the gradient by forward mode: the tangent of E when this weight alone moves.</summary>
        public double Tangent(int index)
        {
            using TapeScope scope = Tape.Scope();
            using RecordingSwitch noGrad = Tape.NoGrad();
            (int tensor, int element) = Place(index);
            Tensor direction = Tensor.ZerosLike(Weights[tensor]);
            direction.AsWritableSpan<double>()[element] = 1;
            return Grad.Jvp(w => Error([.. Weights[..tensor], w, .. Weights[(tensor + 1)..]]), Weights[tensor], direction).Tangent.Item();
        }

        /// <summary>One element of the gradient that backward left.</summary>
        public double Gradient(int index)
        {
            (int tensor, int element) = Place(index);
            return Weights[tensor].Grad!.AsSpan<double>()[element];
        }

        (int Tensor, int Element) Place(int index)
        {
            int tensor = 0;
            for (; index >= Weights[tensor].Count; tensor++) index -= Weights[tensor].Count;
            return (tensor, index);
        }
    }

    /// <summary>The seconds that a gradient takes in each way, and how far the ways differ, relative to the largest element.</summary>
    internal readonly record struct Cost(int Weights, double Forward, double Backward, double Differences, double Tangents, bool Estimated, double Disagreement);

    public static Cost Measure(int width)
    {
        Problem problem = new(width);
        (double forward, double both) = Times(() => problem.Forward(), problem.ForwardAndBackward);
        bool estimated = problem.Count * 2 * forward > Longest;
        int[] asked = [.. estimated ? Enumerable.Range(0, Sample).Select(i => (int)((long)i * problem.Count / Sample)) : Enumerable.Range(0, problem.Count)];
        (double differences, double[] byDifference) = Each(asked, problem.Difference);
        (double tangents, double[] byTangent) = Each(asked, problem.Tangent);

        double scale = problem.Weights.Max(weight => weight.Grad!.Abs().AMax().Item()), worst = 0;
        for (int i = 0; i < asked.Length; i++)
        {
            double gradient = problem.Gradient(asked[i]);
            worst = Math.Max(worst, Math.Max(Math.Abs(byDifference[i] - gradient), Math.Abs(byTangent[i] - gradient)) / scale);
        }
        return new(problem.Count, forward, both - forward, differences * problem.Count, tangents * problem.Count, estimated, worst);
    }

    static void Report(HistoryPage page)
    {
        // On one thread, since it is the work that counts.
        int threads = Parallelism.Threads;
        Parallelism.Threads = 1;
        page.Table(
            $"The gradient of a network n-n-n over {Cases} cases, in forwards", "weights W", "a forward", "backward", "W differences", "W tangents of forward mode", "measured", "they differ by");
        foreach (int width in Widths)
        {
            Cost cost = Measure(width);
            page.Row(
                $"{cost.Weights:N0}", Time(cost.Forward), $"{cost.Backward / cost.Forward:0.0}", $"{cost.Differences / cost.Forward:N0}", $"{cost.Tangents / cost.Forward:N0}",
                cost.Estimated ? $"{Sample} weights, times W/{Sample}; all would take {Time(cost.Differences)} and {Time(cost.Tangents)}" : "all weights", $"{cost.Disagreement:0e+0}");
        }
        Parallelism.Threads = threads;
    }

    /// <summary>The least seconds of two pieces of code, run in turn: what else the machine does only adds.</summary>
    static (double First, double Second) Times(Action first, Action second)
    {
        int repeats = 1;
        while (Seconds(second, repeats) < 2e-3) repeats *= 2;
        double[] a = new double[Rounds], b = new double[Rounds];
        for (int i = 0; i < Rounds; i++) (a[i], b[i]) = (Seconds(first, repeats) / repeats, Seconds(second, repeats) / repeats);
        return (a.Min(), b.Min());
    }

    /// <summary>Elements of the gradient one by one, and the median seconds of one.</summary>
    static (double Seconds, double[] Values) Each(int[] indices, Func<int, double> element)
    {
        element(0);
        double[] values = new double[indices.Length], seconds = new double[indices.Length];
        for (int i = 0; i < indices.Length; i++) seconds[i] = Seconds(() => values[i] = element(indices[i]), 1);
        return (Quartiles.Of(seconds).Median, values);
    }

    static double Seconds(Action action, int repeats)
    {
        long start = Stopwatch.GetTimestamp();
        for (int i = 0; i < repeats; i++) action();
        return Stopwatch.GetElapsedTime(start).TotalSeconds;
    }

    static string Time(double seconds) => seconds switch
    {
        < 1e-3 => $"{seconds * 1e6:0} µs",
        < 1 => $"{seconds * 1e3:0.0} ms",
        < 120 => $"{seconds:0} s",
        < 7200 => $"{seconds / 60:0} min",
        _ => $"{seconds / 3600:0.0} h",
    };
}
