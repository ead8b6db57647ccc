namespace Autograd;

/// <summary>One step: from the input's part of the gates, the state and the memory to the next state and memory.</summary>
delegate (Tensor H, Tensor? C) RecurrentStep(Tensor gates, Tensor h, Tensor c, RecurrentWeights weights);

/// <summary>Runs steps over time, directions and layers.</summary>
static class RecurrentRun
{
    public static (Tensor Output, Tensor H, Tensor? C) Over(
        string op, int gates, Tensor x, ReadOnlySpan<RecurrentWeights> weights, Tensor? h0, Tensor? c0, bool bidirectional, bool batchFirst, RecurrentStep step)
    {
        int directions = bidirectional ? 2 : 1;
        if (x.Rank != 3 || x.Shape[batchFirst ? 1 : 0] == 0) throw Throw.RecurrentInput(op, x.Shape, batchFirst);
        if (weights.Length == 0 || weights.Length % directions != 0) throw Throw.RecurrentWeightCount(op, weights.Length, bidirectional);
        if (batchFirst) x = x.Transpose(0, 1);
        int hidden = weights[0].Hidden.Shape[-1];
        Shape states = [weights.Length, x.Shape[1], hidden];
        Check(op, gates, hidden, weights);
        if (h0 is not null && h0.Shape != states) throw Throw.RecurrentState(op, "h0", h0.Shape, states);
        if (c0 is not null && c0.Shape != states) throw Throw.RecurrentState(op, "c0", c0.Shape, states);
        Tensor zero = Tensor.Zeros([x.Shape[1], hidden], x.DType);
        Tensor[] lastH = new Tensor[weights.Length], lastC = new Tensor[weights.Length], sides = new Tensor[directions];
        for (int i = 0; i < weights.Length; i++)
        {
            int direction = i % directions;
            (Tensor h, Tensor? c) = (h0?.Select(0, i) ?? zero, c0?.Select(0, i) ?? zero);
            sides[direction] = Pass(x, direction == 1, weights[i], ref h, ref c, step);
            lastH[i] = h;
            if (c is not null) lastC[i] = c;
            if (direction == directions - 1) x = directions == 1 ? sides[0] : Tensor.Concat(sides, -1);
        }
        return (batchFirst ? x.Transpose(0, 1) : x, Tensor.Stack(lastH), lastC[0] is null ? null : Tensor.Stack(lastC));
    }

    /// <summary>All steps of one layer in one direction; the input's part of the gates is one product for all times.</summary>
    static Tensor Pass(Tensor x, bool reversed, RecurrentWeights weights, ref Tensor h, ref Tensor? c, RecurrentStep step)
    {
        Tensor[] gates = x.Linear(weights.Input, weights.InputBias).Unbind(0), outputs = new Tensor[gates.Length];
        for (int s = 0; s < gates.Length; s++)
        {
            int time = reversed ? gates.Length - 1 - s : s;
            (h, c) = step(gates[time], h, c!, weights);
            outputs[time] = h;
        }
        return Tensor.Stack(outputs);
    }

    static void Check(string op, int gates, int hidden, ReadOnlySpan<RecurrentWeights> weights)
    {
        foreach (RecurrentWeights w in weights)
        {
            bool fits = w.Hidden.Rank == 2 && w.Input.Rank == 2 && w.Hidden.Shape[1] == hidden
                && w.Hidden.Shape[0] == gates * hidden && w.Input.Shape[0] == gates * hidden;
            if (!fits) throw Throw.RecurrentWeight(op, gates, hidden, w.Input.Shape, w.Hidden.Shape);
        }
    }
}
