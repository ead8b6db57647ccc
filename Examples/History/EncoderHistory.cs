using Autograd.Nn;

namespace Autograd.Examples.History;

/// <summary>Eight patterns through three hidden units and back: the network has to invent a code.</summary>
static class EncoderHistory
{
    public static readonly Experiment Experiment = new(
        "encoder", "encoder, 8-3-8 network: it invents a binary code of three bits, in about 80 % of runs as it is quoted", Report);

    const int Starts = 100, Patterns = 8, Code = 3, Most = 50_000;
    const double Learned = 0.1;

    static readonly Tensor Ones = Tensor.Eye(Patterns, dtype: DType.Float64);

    /// <summary>A network and the epochs until ½Σ(t − y)² was below 0.1, or null where it is stuck.</summary>
    public static (Sequential Model, int? Epochs) Train(ulong seed, double rate)
    {
        Sequential model = Epochs.Logistic(seed, bound: 0.5, Patterns, Code, Patterns);
        return (model, Epochs.Until(model, new Sgd(model.Parameters, rate, momentum: 0.9), Ones, Ones, Learned, Most));
    }

    /// <summary>What the hidden units answer to each pattern, a row each.</summary>
    public static double[][] CodesOf(Sequential model)
    {
        Tensor hidden = model[..2].Forward(Ones);
        return [.. Enumerable.Range(0, Patterns).Select(pattern => hidden.Select(0, pattern).ToArray<double>())];
    }

    /// <summary>Whether the codes, rounded to 0 and 1, are eight different ones.</summary>
    public static bool IsBinary(double[][] codes) => codes.Select(Rounded).Distinct().Count() == Patterns;

    static void Report(HistoryPage page)
    {
        page.Table($"{Starts} starts", ["learning rate", .. Epochs.Columns, "eight different codes when rounded", "every unit below 0.2 or above 0.8"]);
        double[][] first = [];
        foreach (double rate in (double[])[0.05, 0.1, 0.25, 0.5])
        {
            (Sequential Model, int? Epochs)[] runs = Restarts.Run(Starts, seed => Train(seed, rate));
            double[][][] codes = [.. runs.Where(run => run.Epochs is not null).Select(run => CodesOf(run.Model))];
            page.Row([
                $"{rate}", .. Epochs.Cells([.. runs.Select(run => run.Epochs)]),
                $"{codes.Count(IsBinary)}", $"{codes.Count(code => code.All(row => row.All(value => value is < 0.2 or > 0.8)))}"]);
            if (first.Length == 0) first = codes[0];
        }

        page.Table("The code that the first of them found", "pattern", "hidden unit 1", "2", "3", "rounded");
        for (int pattern = 0; pattern < Patterns; pattern++) page.Row([$"{pattern + 1}", .. first[pattern].Select(value => $"{value:0.00}"), Rounded(first[pattern])]);
    }

    static string Rounded(double[] code) => string.Concat(code.Select(value => value < 0.5 ? '0' : '1'));
}
