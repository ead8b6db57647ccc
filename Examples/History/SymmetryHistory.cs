using Autograd.Nn;

namespace Autograd.Examples.History;

/// <summary>Two hidden units find out whether six bits read the same from both sides, and how: by weights that are opposite about the middle.</summary>
static class SymmetryHistory
{
    public static readonly Experiment Experiment = new(
        "symmetry", "mirror symmetry of 6 bits, 6-2-1 network: 1,208 or 1,425 epochs; weights opposite about the middle, as 1 : 2 : 4", Report);

    public const int Bits = 6;
    const int Starts = 50, Most = 50_000;
    const double Learned = 0.01;

    public static readonly Tensor Inputs = Tensor.From([.. Strings.SelectMany(bits => bits.Select(bit => (double)bit))], [64, Bits]);
    public static readonly Tensor Targets = Tensor.From([.. Strings.Select(bits => bits.SequenceEqual(bits.Reverse()) ? 1.0 : 0)], [64, 1]);

    static IEnumerable<int[]> Strings => Enumerable.Range(0, 64).Select(number => Enumerable.Range(0, Bits).Select(bit => number >> bit & 1).ToArray());

    /// <summary>A network and the epochs until ½Σ(t − y)² was below 0.01, or null where it is stuck.</summary>
    public static (Sequential Model, int? Epochs) Train(ulong seed, double bound)
    {
        Sequential model = Epochs.Logistic(seed, bound, Bits, 2, 1);
        return (model, Epochs.Until(model, new Sgd(model.Parameters, learningRate: 0.1, momentum: 0.9), Inputs, Targets, Learned, Most));
    }

    /// <summary>How far the weights of a hidden unit are from opposite about the middle: |wᵢ + w₇₋ᵢ| at most, as a part of the largest |w|.</summary>
    public static double Asymmetry(ReadOnlySpan<double> w)
    {
        double worst = 0, largest = 0;
        for (int i = 0; i < Bits; i++)
        {
            worst = Math.Max(worst, Math.Abs(w[i] + w[Bits - 1 - i]));
            largest = Math.Max(largest, Math.Abs(w[i]));
        }
        return worst / largest;
    }

    /// <summary>The sizes of the three pairs of weights, the smallest 1.</summary>
    public static double[] Ratios(double[] w)
    {
        double[] sizes = [.. Enumerable.Range(0, Bits / 2).Select(i => (Math.Abs(w[i]) + Math.Abs(w[Bits - 1 - i])) / 2).Order()];
        return [.. sizes.Select(size => size / sizes[0])];
    }

    /// <summary>Whether the pairs are 1 : 2 : 4, each to 5 %.</summary>
    public static bool Are124(double[] ratios) => Math.Abs(ratios[1] - 2) < 0.1 && Math.Abs(ratios[2] - 4) < 0.2;

    /// <summary>The weights of a hidden unit.</summary>
    public static double[] WeightsOf(Sequential model, int unit) => ((Linear)model[0]).Weight.Select(0, unit).ToArray<double>();

    static void Report(HistoryPage page)
    {
        page.Table($"Epochs, {Starts} starts", ["weights at the start", .. Epochs.Columns]);
        (Sequential Model, int? Epochs)[] runs = [];
        foreach (double bound in (double[])[0.5, 0.3])
        {
            runs = Restarts.Run(Starts, seed => Train(seed, bound));
            page.Row([$"±{bound}", .. Epochs.Cells([.. runs.Select(run => run.Epochs)])]);
        }

        Sequential[] learned = [.. runs.Where(run => run.Epochs is not null).Select(run => run.Model)];
        double[][] units = [.. learned.SelectMany(model => (double[][])[WeightsOf(model, 0), WeightsOf(model, 1)])];
        page.Table($"The {units.Length} hidden units of the runs from ±0.3 that learned", "quantity", "lower quartile", "median", "upper quartile");
        QuartileRow(page, "largest &#124;wᵢ + w₇₋ᵢ&#124; / largest &#124;w&#124;", units.Select(w => Asymmetry(w)));
        QuartileRow(page, "middle pair of weights / smallest", units.Select(w => Ratios(w)[1]));
        QuartileRow(page, "largest pair of weights / smallest", units.Select(w => Ratios(w)[2]));
        page.Paragraph($"{units.Count(w => Are124(Ratios(w)))} of the {units.Length} have pairs of 1 : 2 : 4, each to 5 %.");

        page.Table(
            "Weights of the first run with 1 : 2 : 4, and of the first with something else", "seed", "hidden unit", "w₁", "w₂", "w₃", "w₄", "w₅", "w₆", "bias", "weight to the output");
        ReportWeights(page, Array.FindIndex(runs, run => run.Epochs is not null && Are124(Ratios(WeightsOf(run.Model, 0)))), runs);
        ReportWeights(page, Array.FindIndex(runs, run => run.Epochs is not null && !Are124(Ratios(WeightsOf(run.Model, 0)))), runs);
    }

    static void ReportWeights(HistoryPage page, int run, (Sequential Model, int? Epochs)[] runs)
    {
        Linear hidden = (Linear)runs[run].Model[0], output = (Linear)runs[run].Model[2];
        for (int unit = 0; unit < 2; unit++)
        {
            double[] row = [.. WeightsOf(runs[run].Model, unit), hidden.Bias![unit], output.Weight[0, unit]];
            page.Row([$"{run + 1}", $"{unit + 1}", .. row.Select(value => $"{value:0.00}")]);
        }
    }

    static void QuartileRow(HistoryPage page, string quantity, IEnumerable<double> values)
    {
        Quartiles of = Quartiles.Of(values);
        page.Row(quantity, $"{of.Lower:G3}", $"{of.Median:G3}", $"{of.Upper:G3}");
    }
}
