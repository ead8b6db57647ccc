using System.Globalization;

namespace Autograd.Nn;

/// <summary>How good a model is on a set of examples.</summary>
/// <param name="Loss">The mean loss of an example.</param>
/// <param name="Metrics">The values of the metrics, by name.</param>
public sealed record Evaluation(double Loss, IReadOnlyDictionary<string, double> Metrics)
{
    /// <summary>One line: <c>loss 0.1234  accuracy 0.9876</c>.</summary>
    public override string ToString() => Line("", Loss, Metrics);

    internal static string Line(string prefix, double loss, IEnumerable<KeyValuePair<string, double>> metrics) => string.Join(
        "  ", metrics.Prepend(new("loss", loss)).Select(item => string.Create(CultureInfo.InvariantCulture, $"{prefix}{item.Key} {item.Value:0.0000}")));
}

/// <summary>One epoch of a training that is over.</summary>
/// <param name="Epoch">Its number, from 1.</param>
/// <param name="Epochs">How many the training has at most.</param>
/// <param name="Training">Loss and metrics gathered while training, when the model was still changing.</param>
/// <param name="Validation">Loss and metrics after the epoch on the examples held out; null where there are none.</param>
public sealed record EpochResult(int Epoch, int Epochs, Evaluation Training, Evaluation? Validation)
{
    /// <summary>One line: <c>epoch 1/20  loss 0.1234  accuracy 0.9876  validation loss 0.2345  validation accuracy 0.9765</c>.</summary>
    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"epoch {Epoch}/{Epochs}  {Training}")
        + (Validation is null ? "" : "  " + Evaluation.Line("validation ", Validation.Loss, Validation.Metrics));
}

/// <summary>How far a training is.</summary>
/// <param name="Epoch">The number of the running epoch, from 1.</param>
/// <param name="Epochs">How many there are at most.</param>
/// <param name="Batch">How many batches of the epoch are done.</param>
/// <param name="Batches">How many it has.</param>
/// <param name="Examples">How many examples of the epoch are done.</param>
/// <param name="BatchLoss">The loss of the last batch.</param>
/// <param name="Loss">The mean loss of the epoch so far.</param>
/// <param name="Metrics">The metrics of the epoch so far; they go on changing.</param>
public readonly record struct TrainingProgress(
    int Epoch, int Epochs, int Batch, int Batches, long Examples, double BatchLoss, double Loss, IReadOnlyList<Metric> Metrics)
{
    /// <summary>Which part of the training is done, 0 to 1.</summary>
    public double Fraction => (Epoch - 1 + ((double)Batch / Batches)) / Epochs;

    /// <summary>One line: <c>epoch 1/20  loss 0.1234  accuracy 0.9876</c>.</summary>
    public override string ToString() => string.Create(
        CultureInfo.InvariantCulture, $"epoch {Epoch}/{Epochs}  {Evaluation.Line("", Loss, Metrics.Select(metric => KeyValuePair.Create(metric.Name, metric.Value)))}");
}

/// <summary>How a training ended.</summary>
public enum TrainingEnd
{
    /// <summary>All epochs are over.</summary>
    Finished,

    /// <summary>There was no more progress; see <see cref="EarlyStopping"/>.</summary>
    StoppedEarly,

    /// <summary>A token or <see cref="Trainer.Stop"/> asked for it.</summary>
    Cancelled,
}

/// <summary>What came of a training.</summary>
/// <param name="End">How it ended.</param>
/// <param name="Epochs">The epochs that are over, those before an interruption included.</param>
public sealed record TrainingResult(TrainingEnd End, IReadOnlyList<EpochResult> Epochs);
