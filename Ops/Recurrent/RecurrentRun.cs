namespace Autograd;

/// <summary>One layer in one direction: from its input [time, n, in] to the states at all times; the state and the memory become the last ones.</summary>
delegate Tensor RecurrentPass(Tensor x, bool reversed, RecurrentWeights weights, ref Tensor h, ref Tensor? c);

/// <summary>Runs steps over time, directions and layers.</summary>
static class RecurrentRun
{
    [ThreadStatic] static Tensor? _rest;

    public static (Tensor Output, Tensor H, Tensor? C) Over(
        string op, int gates, Tensor x, ReadOnlySpan<RecurrentWeights> weights, Tensor? h0, Tensor? c0, bool bidirectional, bool batchFirst, Tensor? lengths, RecurrentPass pass)
    {
        int directions = bidirectional ? 2 : 1;
        Throw.IfNull(op, x);
        if (x.Rank != 3 || x.Shape[batchFirst ? 1 : 0] == 0) throw Throw.RecurrentInput(op, x.Shape, batchFirst);
        if (weights.Length == 0 || weights.Length % directions != 0) throw Throw.RecurrentWeightCount(op, weights.Length, bidirectional);
        if (batchFirst) x = x.Transpose(0, 1);
        int hidden = Check(op, gates, x, weights, directions);
        Shape states = [weights.Length, x.Shape[1], hidden];
        Throw.IfNotFloating(op, x, h0, c0);
        if (h0 is not null && h0.Shape != states) throw Throw.RecurrentState(op, "h0", h0.Shape, states);
        if (c0 is not null && c0.Shape != states) throw Throw.RecurrentState(op, "c0", c0.Shape, states);
        RaggedBatch? ragged = lengths is null ? null : RaggedBatch.Of(op, lengths, x.Shape[0], x.Shape[1]);
        x = Sorted(x)!;
        (h0, c0) = (Sorted(h0), Sorted(c0));
        Tensor zero = Rest([x.Shape[1], hidden], x.DType);
        Span<Tensor> last = new Tensor[2 * weights.Length], lastH = last[..weights.Length], lastC = last[weights.Length..];
        Tensor[]? sides = bidirectional ? new Tensor[directions] : null;
        for (int i = 0; i < weights.Length; i++)
        {
            int direction = i % directions;
            (Tensor h, Tensor? c) = (h0?.Select(0, i) ?? zero, c0?.Select(0, i) ?? zero);
            Tensor side = ragged is null ? pass(x, direction == 1, weights[i], ref h, ref c) : ragged.Run(x, direction == 1, weights[i], ref h, ref c, pass);
            lastH[i] = h;
            if (c is not null) lastC[i] = c;
            if (sides is null) x = side;
            else
            {
                sides[direction] = side;
                if (direction == 1) x = Tensor.Concat(sides, -1);
            }
        }
        x = Restored(x);
        return (batchFirst ? x.Transpose(0, 1) : x, Stacked(lastH), lastC[0] is null ? null : Stacked(lastC));

        Tensor? Sorted(Tensor? x) => x is null || ragged is null ? x : x.IndexSelect(1, ragged.Order);

        Tensor Restored(Tensor x) => ragged is null ? x : x.IndexSelect(1, ragged.Places);

        Tensor Stacked(ReadOnlySpan<Tensor> states) => Restored(states.Length == 1 ? states[0].Unsqueeze(0) : Tensor.Stack(states));
    }

    /// <summary>The states before the first step where none are given: the same zeros for all calls of one size, as nobody else ever sees them.</summary>
    static Tensor Rest(Shape shape, DType dtype) => _rest is { } rest && rest.Shape == shape && rest.DType == dtype ? rest : _rest = Tensor.Zeros(shape, dtype);

    /// <summary>Checks one step of a cell: x [n, in] and states [n, hidden].</summary>
    public static void CheckCell(string op, int gates, Tensor x, RecurrentWeights weights, Tensor h, Tensor? c = null)
    {
        Throw.IfNull(op, x);
        Throw.IfNull(op, h);
        if (x.Rank is < 1 or > 2) throw Throw.CellInput(op, x.Shape);
        int hidden = Check(op, gates, x, [weights], 1);
        Throw.IfNotFloating(op, x, h, c);
        Shape wanted = [.. x.Shape.Sizes[..^1], hidden];
        if (h.Shape != wanted) throw Throw.CellState(op, nameof(h), h.Shape, x.Shape, wanted);
        if (c is not null && c.Shape != wanted) throw Throw.CellState(op, nameof(c), c.Shape, x.Shape, wanted);
    }

    /// <summary>Checks the weights of all layers, each against what reaches it, and returns the hidden size.</summary>
    static int Check(string op, int gates, Tensor x, ReadOnlySpan<RecurrentWeights> weights, int directions)
    {
        int hidden = weights[0].Hidden is { Rank: 2 } first ? first.Shape[1] : 0, inputs = x.Shape[-1];
        for (int i = 0; i < weights.Length; i++)
        {
            RecurrentWeights w = weights[i];
            Throw.IfNull(op, w.Input, "weights.Input");
            Throw.IfNull(op, w.Hidden, "weights.Hidden");
            Throw.IfNotFloating(op, x, w.Input, w.Hidden, w.InputBias, w.HiddenBias);
            Shape bias = [gates * hidden];
            bool fits = w.Hidden.Rank == 2 && w.Input.Rank == 2 && w.Hidden.Shape[1] == hidden
                && w.Hidden.Shape[0] == gates * hidden && w.Input.Shape[0] == gates * hidden;
            if (!fits) throw Throw.RecurrentWeight(op, gates, hidden, w.Input.Shape, w.Hidden.Shape);
            int wanted = i < directions ? inputs : directions * hidden;
            if (w.Input.Shape[1] != wanted) throw Throw.RecurrentInputWeight(op, i / directions, w.Input.Shape, wanted);
            if (w.InputBias is { } b && b.Shape != bias) throw Throw.RecurrentBias(op, "InputBias", b.Shape, bias);
            if (w.HiddenBias is { } d && d.Shape != bias) throw Throw.RecurrentBias(op, "HiddenBias", d.Shape, bias);
        }
        return hidden;
    }
}
