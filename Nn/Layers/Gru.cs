namespace Autograd.Nn;

/// <summary>A net of gated recurrent units; gates in the order reset, update, new.</summary>
/// <remarks>Source: Cho et al., "Learning phrase representations using RNN encoder-decoder for statistical machine translation", 2014; the reset gate acts after the product, as in PyTorch.</remarks>
/// <inheritdoc cref="RecurrentLayer"/>
public sealed class Gru : RecurrentLayer
{
    /// <summary>Makes the net.</summary>
    /// <param name="inputs">Size of the input's last axis, ≥ 1.</param>
    /// <param name="hidden">Size of a state, ≥ 1.</param>
    /// <param name="layers">How many layers lie one above the other, ≥ 1.</param>
    /// <param name="bias">Whether biases are added.</param>
    /// <param name="batchFirst">Whether the batch axis of input and output comes before time; states have it second in any case.</param>
    /// <param name="bidirectional">Whether the net also runs from the end to the start; the results lie side by side.</param>
    /// <param name="dropout">The probability with which an element between two layers is dropped while training, in [0, 1].</param>
    /// <param name="generator">The source of initial values and of dropout; <see cref="Generator.Default"/> when left out.</param>
    /// <param name="dtype">Float32 or Float64.</param>
    /// <exception cref="ArgumentOutOfRangeException">A size is below 1, or the dropout not in [0, 1].</exception>
    public Gru(
        int inputs, int hidden, int layers = 1, bool bias = true, bool batchFirst = false, bool bidirectional = false, double dropout = 0,
        Generator? generator = null, DType dtype = DType.Float32)
        : base(3, inputs, hidden, new() { Layers = layers, Bias = bias, BatchFirst = batchFirst, Bidirectional = bidirectional, Dropout = dropout }, generator, dtype)
    {
    }

    /// <inheritdoc cref="Rnn.Forward(Tensor, Tensor?, Tensor?)"/>
    public (Tensor Output, Tensor H) Forward(Tensor x, Tensor? h0, Tensor? lengths = null)
    {
        (Tensor output, Tensor h, _) = Run(x, h0, null, lengths);
        return (output, h);
    }

    private protected override (Tensor Output, Tensor H, Tensor? C) Over(Tensor x, ReadOnlySpan<RecurrentWeights> weights, Tensor? h0, Tensor? c0, Tensor? lengths)
    {
        (Tensor output, Tensor h) = Recurrent.Gru(x, weights, h0, Options.Bidirectional, Options.BatchFirst, lengths);
        return (output, h, null);
    }
}
