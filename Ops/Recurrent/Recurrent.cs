namespace Autograd;

/// <summary>The parameters of one layer of a recurrent net in one direction; gates below one another.</summary>
/// <param name="Input">[gates·hidden, in], applied to the input.</param>
/// <param name="Hidden">[gates·hidden, hidden], applied to the state.</param>
/// <param name="InputBias">[gates·hidden], or null for none.</param>
/// <param name="HiddenBias">[gates·hidden], or null for none.</param>
public readonly record struct RecurrentWeights(Tensor Input, Tensor Hidden, Tensor? InputBias = null, Tensor? HiddenBias = null);

/// <summary>Recurrent nets: single steps, and whole sequences through any number of layers.</summary>
public static class Recurrent
{
    /// <summary>One step of a plain recurrent net: tanh or relu of W·x + b + U·h + c.</summary>
    /// <param name="x">[n, in].</param>
    /// <param name="h">[n, hidden].</param>
    /// <param name="weights">One gate.</param>
    /// <param name="relu">Uses relu instead of tanh.</param>
    /// <returns>The next state [n, hidden].</returns>
    /// <exception cref="ShapeException">The sizes do not fit together.</exception>
    public static Tensor RnnCell(Tensor x, Tensor h, RecurrentWeights weights, bool relu = false)
    {
        RecurrentRun.CheckCell("RnnCell", 1, x, weights, h);
        Tensor sums = x.Linear(weights.Input, Bias(weights));
        return x.Rank == 2 ? Rnn(sums, h, weights, relu) : Rnn(sums.Unsqueeze(0), h.Unsqueeze(0), weights, relu).Squeeze(0);
    }

    /// <summary>One step of a long short-term memory.</summary>
    /// <param name="x">[n, in].</param>
    /// <param name="h">The state [n, hidden].</param>
    /// <param name="c">The memory [n, hidden].</param>
    /// <param name="weights">Four gates, in the order input, forget, cell, output.</param>
    /// <returns>The next state and memory: c' = σ(f)·c + σ(i)·tanh(g), h' = σ(o)·tanh(c').</returns>
    /// <remarks>Source: Hochreiter and Schmidhuber 1997, with the forget gate of Gers and others 2000.</remarks>
    /// <exception cref="ShapeException">The sizes do not fit together.</exception>
    public static (Tensor H, Tensor C) LstmCell(Tensor x, Tensor h, Tensor c, RecurrentWeights weights)
    {
        Throw.IfNull("LstmCell", c);
        RecurrentRun.CheckCell("LstmCell", 4, x, weights, h, c);
        if (x.Rank == 2) return Lstm(x, h, c, weights);
        (h, c) = Lstm(x.Unsqueeze(0), h.Unsqueeze(0), c.Unsqueeze(0), weights);
        return (h.Squeeze(0), c.Squeeze(0));
    }

    /// <summary>One step of a gated recurrent unit.</summary>
    /// <param name="x">[n, in].</param>
    /// <param name="h">The state [n, hidden].</param>
    /// <param name="weights">Three gates, in the order reset, update, new.</param>
    /// <returns>The next state (1 − z)·tanh(n + r·m) + z·h, where m is the new gate's part that comes from the state.</returns>
    /// <remarks>Source: Cho and others 2014, with the reset gate after the product, as in PyTorch.</remarks>
    /// <exception cref="ShapeException">The sizes do not fit together.</exception>
    public static Tensor GruCell(Tensor x, Tensor h, RecurrentWeights weights)
    {
        RecurrentRun.CheckCell("GruCell", 3, x, weights, h);
        Tensor gates = x.Linear(weights.Input, weights.InputBias);
        return x.Rank == 2 ? Gru(gates, h, weights) : Gru(gates.Unsqueeze(0), h.Unsqueeze(0), weights).Squeeze(0);
    }

    /// <summary>A sequence through layers of a plain recurrent net.</summary>
    /// <param name="x">[time, n, in]; [n, time, in] with <paramref name="batchFirst"/>.</param>
    /// <param name="weights">One a layer; with <paramref name="bidirectional"/> two, forward and backward.</param>
    /// <param name="h0">First states [layers·directions, n, hidden]; zeros when left out.</param>
    /// <param name="relu">Uses relu instead of tanh.</param>
    /// <param name="bidirectional">Also runs from the end to the start; both results lie side by side.</param>
    /// <param name="batchFirst">Whether the batch axis of x and of the output comes before time.</param>
    /// <param name="lengths">
    /// Int64 [n]: how many steps each sequence has, from 1 to time; all of them when left out. What comes after is padding: the output is 0 there, the
    /// last states are those of the last step, and the way back starts from it.
    /// </param>
    /// <returns>The last layer's states at all times, and the last state of each layer and direction [layers·directions, n, hidden].</returns>
    /// <exception cref="ShapeException">The sizes do not fit together.</exception>
    public static (Tensor Output, Tensor H) Rnn(
        Tensor x, ReadOnlySpan<RecurrentWeights> weights, Tensor? h0 = null, bool relu = false, bool bidirectional = false, bool batchFirst = false, Tensor? lengths = null)
    {
        (Tensor output, Tensor h, _) = RecurrentRun.Over(
            "Rnn", 1, x, weights, h0, null, bidirectional, batchFirst, lengths, RnnPass);
        return (output, h);

        Tensor RnnPass(Tensor x, bool reversed, RecurrentWeights weights, ref Tensor h, ref Tensor? c)
        {
            c = null;
            Tensor sums = x.Linear(weights.Input, Bias(weights));
            Tensor y = RnnOp.Over(sums, weights.Hidden, h, relu, reversed);
            h = y.Select(0, reversed ? 0 : -1);
            return y;
        }
    }

    /// <summary>A sequence through layers of long short-term memory; see <see cref="LstmCell"/>.</summary>
    /// <param name="x">[time, n, in]; [n, time, in] with <paramref name="batchFirst"/>.</param>
    /// <param name="weights">One a layer; with <paramref name="bidirectional"/> two, forward and backward.</param>
    /// <param name="h0">First states [layers·directions, n, hidden]; zeros when left out.</param>
    /// <param name="c0">First memories, likewise.</param>
    /// <param name="bidirectional">Also runs from the end to the start; both results lie side by side.</param>
    /// <param name="batchFirst">Whether the batch axis of x and of the output comes before time.</param>
    /// <param name="lengths">
    /// Int64 [n]: how many steps each sequence has, from 1 to time; all of them when left out. What comes after is padding: the output is 0 there, the
    /// last states are those of the last step, and the way back starts from it.
    /// </param>
    /// <returns>The last layer's states at all times, and the last states and memories of each layer and direction.</returns>
    /// <exception cref="ShapeException">The sizes do not fit together.</exception>
    public static (Tensor Output, Tensor H, Tensor C) Lstm(
        Tensor x, ReadOnlySpan<RecurrentWeights> weights, Tensor? h0 = null, Tensor? c0 = null, bool bidirectional = false, bool batchFirst = false, Tensor? lengths = null)
    {
        (Tensor output, Tensor h, Tensor? c) = RecurrentRun.Over(
            "Lstm", 4, x, weights, h0, c0, bidirectional, batchFirst, lengths, LstmPass);
        return (output, h, c!);
    }

    /// <summary>A sequence through layers of gated recurrent units; see <see cref="GruCell"/>.</summary>
    /// <param name="x">[time, n, in]; [n, time, in] with <paramref name="batchFirst"/>.</param>
    /// <param name="weights">One a layer; with <paramref name="bidirectional"/> two, forward and backward.</param>
    /// <param name="h0">First states [layers·directions, n, hidden]; zeros when left out.</param>
    /// <param name="bidirectional">Also runs from the end to the start; both results lie side by side.</param>
    /// <param name="batchFirst">Whether the batch axis of x and of the output comes before time.</param>
    /// <param name="lengths">
    /// Int64 [n]: how many steps each sequence has, from 1 to time; all of them when left out. What comes after is padding: the output is 0 there, the
    /// last states are those of the last step, and the way back starts from it.
    /// </param>
    /// <returns>The last layer's states at all times, and the last state of each layer and direction.</returns>
    /// <exception cref="ShapeException">The sizes do not fit together.</exception>
    public static (Tensor Output, Tensor H) Gru(
        Tensor x, ReadOnlySpan<RecurrentWeights> weights, Tensor? h0 = null, bool bidirectional = false, bool batchFirst = false, Tensor? lengths = null)
    {
        (Tensor output, Tensor h, _) = RecurrentRun.Over(
            "Gru", 3, x, weights, h0, null, bidirectional, batchFirst, lengths, GruPass);
        return (output, h);
    }

    static Tensor Rnn(Tensor sums, Tensor h, RecurrentWeights weights, bool relu) => RnnOp.Over(sums.Unsqueeze(0), weights.Hidden, h, relu, reversed: false).Select(0, 0);

    static Tensor LstmPass(Tensor x, bool reversed, RecurrentWeights weights, ref Tensor h, ref Tensor? c)
    {
        Tensor y = LstmOp.Over(x, weights.Input, weights.Hidden, h, c!, Bias(weights), reversed), output = y.Slice(0, 0, -1);
        (h, c) = (output.Select(0, reversed ? 0 : -1), y.Select(0, -1));
        return output;
    }

    static (Tensor H, Tensor C) Lstm(Tensor x, Tensor h, Tensor c, RecurrentWeights weights)
    {
        Tensor y = LstmOp.Over(x.Unsqueeze(0), weights.Input, weights.Hidden, h, c, Bias(weights), reversed: false);
        return (y.Select(0, 0), y.Select(0, 1));
    }

    /// <summary>Both biases, which enter the gates as a sum.</summary>
    static Tensor? Bias(RecurrentWeights weights) => weights is { InputBias: { } a, HiddenBias: { } b } ? a + b : weights.InputBias ?? weights.HiddenBias;

    static Tensor GruPass(Tensor x, bool reversed, RecurrentWeights weights, ref Tensor h, ref Tensor? c)
    {
        c = null;
        Tensor gates = x.Linear(weights.Input, weights.InputBias);
        Tensor y = GruOp.Over(gates, weights.Hidden, h, HiddenBias(weights), reversed);
        h = y.Select(0, reversed ? 0 : -1);
        return y;
    }

    static Tensor Gru(Tensor gates, Tensor h, RecurrentWeights weights) =>
        GruOp.Over(gates.Unsqueeze(0), weights.Hidden, h, HiddenBias(weights), reversed: false).Select(0, 0);

    /// <summary>The bias of the state's part, which the reset gate acts upon.</summary>
    static Tensor HiddenBias(RecurrentWeights weights) => weights.HiddenBias ?? Tensor.Zeros([weights.Hidden.Shape[0]], weights.Hidden.DType);
}
