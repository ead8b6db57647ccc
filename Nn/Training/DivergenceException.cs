namespace Autograd.Nn;

/// <summary>A training has diverged: its loss or a parameter is NaN or infinite.</summary>
/// <param name="rule">What became so, and where.</param>
/// <param name="hint">What to try.</param>
/// <param name="epoch">The epoch, from 1.</param>
/// <param name="batch">The batch of the epoch, from 1.</param>
public sealed class DivergenceException(string rule, string hint, int epoch, int batch) : AutogradException(rule, hint)
{
    /// <summary>The epoch, from 1.</summary>
    public int Epoch { get; } = epoch;

    /// <summary>The batch of the epoch, from 1.</summary>
    public int Batch { get; } = batch;
}
