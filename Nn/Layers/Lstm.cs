namespace Autograd.Nn;

/// <summary>A net of long short-term memories; gates in the order input, forget, cell, output.</summary>
/// <remarks>Source: Hochreiter and Schmidhuber, "Long short-term memory", 1997, with the forget gate of Gers, Schmidhuber and Cummins 2000.</remarks>
/// <inheritdoc cref="RecurrentLayer"/>
public sealed class Lstm : RecurrentLayer
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
    public Lstm(
        int inputs, int hidden, int layers = 1, bool bias = true, bool batchFirst = false, bool bidirectional = false, double dropout = 0,
        Generator? generator = null, DType dtype = DType.Float32)
        : base(4, inputs, hidden, new() { Layers = layers, Bias = bias, BatchFirst = batchFirst, Bidirectional = bidirectional, Dropout = dropout }, generator, dtype)
    {
    }

    /// <summary>Runs over a sequence from given states and memories.</summary>
    /// <param name="x">[time, n, inputs], or [n, time, inputs] if the batch comes first.</param>
    /// <param name="h0">[layers·directions, n, hidden]; zeros when null.</param>
    /// <param name="c0">[layers·directions, n, hidden]; zeros when null.</param>
    /// <param name="lengths">Int64 [n]: how many steps each sequence has, from 1 to time; all of them when null. What comes after is padding: the output is 0 there, the last states are those of the last step, and the way back starts from it.</param>
    /// <returns>The last layer's states at all times, and the last state and memory of each layer and direction [layers·directions, n, hidden].</returns>
    /// <exception cref="ShapeException">The sizes do not fit together.</exception>
    public (Tensor Output, Tensor H, Tensor C) Forward(Tensor x, Tensor? h0, Tensor? c0, Tensor? lengths = null)
    {
        (Tensor output, Tensor h, Tensor? c) = Run(x, h0, c0, lengths);
        return (output, h, c!);
    }

    private protected override (Tensor Output, Tensor H, Tensor? C) Over(Tensor x, ReadOnlySpan<RecurrentWeights> weights, Tensor? h0, Tensor? c0, Tensor? lengths) =>
        Recurrent.Lstm(x, weights, h0, c0, Options.Bidirectional, Options.BatchFirst, lengths);
}
