using Autograd.Nn;

namespace Autograd.Examples.History;

/// <summary>What never learns: hidden units that start alike stay alike, and threshold units have no slope.</summary>
static class StandstillHistory
{
    public static readonly Experiment Experiment = new(
        "standstill", "XOR from equal weights, or with threshold units, is never learned: the gradients of hidden units are equal, or zero", Report);

    const int Starts = 100, Most = 20_000;
    const double Learned = 0.05;

    // H(x): 0 for x < 0, 1 for x > 0. Its derivative is 0 wherever it has one.
    static readonly Lambda Threshold = new(x => 0.5 * (1 + x.Sign()));

    /// <summary>The 2-2-1 network with all weights and biases the same, or with random ones around that.</summary>
    public static Sequential Alike(double value, double spread)
    {
        Sequential model = Epochs.Logistic(seed: 1, spread, 2, 2, 1);
        using RecordingSwitch noGrad = Tape.NoGrad();
        foreach (Tensor parameter in model.Parameters) parameter.CopyFrom(parameter + value);
        return model;
    }

    /// <summary>The 2-2-1 network with random weights and thresholds in place of some logistic units.</summary>
    public static Sequential WithThresholds(ulong seed, bool hidden, bool output)
    {
        Sequential model = Epochs.Logistic(seed, bound: 0.5, 2, 2, 1);
        return new(model[0], hidden ? Threshold : model[1], model[2], output ? Threshold : model[3]);
    }

    /// <summary>The epochs until ½Σ(t − y)² is below 0.05, or null where it never is.</summary>
    public static int? Train(Sequential model) =>
        Epochs.Until(model, new Sgd(model.Parameters, learningRate: 0.5, momentum: 0.9), XorHistory.Inputs, XorHistory.Targets, Learned, Most);

    /// <summary>The gradient of the error by the weights of the hidden units, a row each.</summary>
    public static Tensor HiddenGradient(Sequential model) => Gradient(model, ((Linear)model[0]).Weight);

    static void Report(HistoryPage page)
    {
        page.Table("Equal weights", "every weight and bias", "∂E/∂w of hidden unit 1, at first", "of hidden unit 2", $"of unit 1, after {Most:N0} epochs", "of unit 2", "E", "learned after");
        AlikeRow(page, "0", Alike(0, 0));
        AlikeRow(page, "0.3", Alike(0.3, 0));
        AlikeRow(page, "0.3 ± 0.001", Alike(0.3, 0.001));
        AlikeRow(page, "0 ± 0.5", Alike(0, 0.5));

        page.Table($"Threshold units, {Starts} starts", "hidden units", "output unit", "largest &#124;∂E/∂w&#124; of hidden units, at first", "of the output unit", "runs that learned");
        foreach ((bool hidden, bool output) in ((bool, bool)[])[(false, false), (true, false), (false, true), (true, true)])
        {
            Sequential[] models = Restarts.Run(Starts, seed => WithThresholds(seed, hidden, output));
            double hiddenSlope = models.Max(model => Largest(HiddenGradient(model)));
            double outputSlope = models.Max(model => Largest(Gradient(model, ((Linear)model[2]).Weight)));
            int?[] epochs = Restarts.Run(Starts, seed => Train(models[seed - 1]));
            page.Row(Kind(hidden), Kind(output), $"{hiddenSlope:0.0000}", $"{outputSlope:0.0000}", $"{epochs.Count(count => count is not null)}");
        }
    }

    static void AlikeRow(HistoryPage page, string start, Sequential model)
    {
        Tensor before = HiddenGradient(model);
        int? epochs = Train(model);
        Tensor after = HiddenGradient(model);
        double error = Epochs.Error(model, XorHistory.Inputs, XorHistory.Targets).Item();
        page.Row(start, Row(before, 0), Row(before, 1), epochs is null ? Row(after, 0) : "", epochs is null ? Row(after, 1) : "", $"{error:0.000}", $"{epochs?.ToString("N0") ?? "never"}");
    }

    static Tensor Gradient(Sequential model, Tensor parameter) =>
        Tape.Gradients(Epochs.Error(model, XorHistory.Inputs, XorHistory.Targets), [parameter], allowUnused: true)[0] ?? Tensor.ZerosLike(parameter);

    static string Row(Tensor gradient, int unit) => string.Join(", ", gradient.Select(0, unit).ToArray<double>().Select(value => $"{value:0.0000}"));

    static double Largest(Tensor gradient) => gradient.Abs().AMax().Item();

    static string Kind(bool threshold) => threshold ? "threshold" : "logistic";
}
