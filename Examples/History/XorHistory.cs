using Autograd.Nn;

namespace Autograd.Examples.History;

/// <summary>How long the smallest networks take to learn exclusive-or, with and without momentum, with two and four hidden units.</summary>
static class XorHistory
{
    public static readonly Experiment Experiment = new(
        "xor", "XOR, 2-2-1 network: some hundred to some thousand epochs, a few runs stuck; momentum makes it 5–10 times faster, more hidden units help", Report);

    const int Starts = 100;
    const double Learned = 0.05;

    public static readonly Tensor
        Inputs = Tensor.From(new double[,] { { 0, 0 }, { 0, 1 }, { 1, 0 }, { 1, 1 } }),
        Targets = Tensor.From(new double[,] { { 0 }, { 1 }, { 1 }, { 0 } });

    /// <summary>A network and the epochs until ½Σ(t − y)² was below 0.05, or null where it is stuck.</summary>
    public static (Sequential Model, int? Epochs) Train(ulong seed, int hidden, double rate, double momentum)
    {
        Sequential model = Epochs.Logistic(seed, bound: 0.5, 2, hidden, 1);
        Sgd sgd = new(model.Parameters, rate, momentum);
        // Momentum μ makes lasting steps 1/(1 − μ) times as long, so without it a run is given more of them.
        int most = (int)(100_000 * (1 - momentum) / rate);
        return (model, Epochs.Until(model, sgd, Inputs, Targets, Learned, most));
    }

    static void Report(HistoryPage page)
    {
        foreach (int hidden in (int[])[2, 4])
        {
            page.Table($"{hidden} hidden units, {Starts} starts", ["learning rate", "momentum", .. Epochs.Columns, "median / median with momentum"]);
            foreach (double rate in (double[])[0.25, 0.5, 1])
            {
                int?[] with = Run(hidden, rate, 0.9), without = Run(hidden, rate, 0);
                page.Row([$"{rate}", "0.9", .. Epochs.Cells(with), ""]);
                page.Row([$"{rate}", "0", .. Epochs.Cells(without), $"{Epochs.Median(without) / Epochs.Median(with):0.0}"]);
            }
        }
        ReportStuck(page);
    }

    static int?[] Run(int hidden, double rate, double momentum) => Restarts.Run(Starts, seed => Train(seed, hidden, rate, momentum).Epochs);

    /// <summary>What the networks answer that did not learn.</summary>
    static void ReportStuck(HistoryPage page)
    {
        page.Table("Stuck: two hidden units, learning rate 0.25, momentum 0.9", "seed", "½Σ(t − y)²", "0 ⊕ 0", "0 ⊕ 1", "1 ⊕ 0", "1 ⊕ 1");
        (Sequential Model, int? Epochs)[] runs = Restarts.Run(Starts, seed => Train(seed, hidden: 2, rate: 0.25, momentum: 0.9));
        for (int i = 0; i < Starts; i++)
        {
            if (runs[i].Epochs is not null) continue;
            double error = Epochs.Error(runs[i].Model, Inputs, Targets).Item();
            page.Row([$"{i + 1}", $"{error:0.000}", .. runs[i].Model.Forward(Inputs).ToArray<double>().Select(y => $"{y:0.00}")]);
        }
    }
}
