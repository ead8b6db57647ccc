namespace Autograd.Nn;

/// <summary>Ends a training when a measure makes no more progress.</summary>
public sealed class EarlyStopping
{
    /// <summary>Sets the rule.</summary>
    /// <param name="patience">How many epochs without progress in a row end the training, ≥ 1.</param>
    /// <param name="minDelta">By how much a new best must be better, ≥ 0.</param>
    /// <param name="metric">The name of the metric that is watched; the loss when left out. Where there are examples held out, it is measured on them.</param>
    /// <param name="restoreBest">Whether the model gets back the parameters and buffers of the best epoch when training ends.</param>
    /// <exception cref="ArgumentOutOfRangeException">The patience is below 1, or minDelta negative.</exception>
    public EarlyStopping(int patience, double minDelta = 0, string? metric = null, bool restoreBest = true)
    {
        Throw.IfBelow(nameof(EarlyStopping), patience, 1, "Pass 1 to stop at the first epoch without progress.");
        Throw.IfNegative(nameof(EarlyStopping), minDelta, "Leave it out to count any progress.");
        (Patience, MinDelta, Metric, RestoreBest) = (patience, minDelta, metric, restoreBest);
    }

    /// <summary>How many epochs without progress in a row end the training.</summary>
    public int Patience { get; }

    /// <summary>By how much a new best must be better.</summary>
    public double MinDelta { get; }

    /// <summary>The name of the metric that is watched; null for the loss.</summary>
    public string? Metric { get; }

    /// <summary>Whether the model gets back the state of the best epoch when training ends.</summary>
    public bool RestoreBest { get; }

    /// <summary>Whether a measure is a new best; NaN is none.</summary>
    internal bool IsBetter(double measure, double best, bool higher) =>
        double.IsNaN(best) ? !double.IsNaN(measure) : higher ? measure > best + MinDelta : measure < best - MinDelta;
}
