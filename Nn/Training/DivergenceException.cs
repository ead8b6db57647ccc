namespace Autograd.Nn;

/// <summary>A training has diverged: its loss or a parameter is NaN or infinite.</summary>
/// <param name="message">What became so, where, and what to try.</param>
/// <param name="epoch">The epoch, from 1.</param>
/// <param name="batch">The batch of the epoch, from 1.</param>
public sealed class DivergenceException(string message, int epoch, int batch) : AutogradException(message)
{
    /// <summary>The epoch, from 1.</summary>
    public int Epoch { get; } = epoch;

    /// <summary>The batch of the epoch, from 1.</summary>
    public int Batch { get; } = batch;
}
