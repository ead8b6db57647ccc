namespace Autograd;

/// <summary>Sequences of different lengths, the longest first: those that have a step are then the first ones.</summary>
/// <remarks>
/// Between two times at which a sequence ends the same ones run, so a layer takes all these steps in one pass, over these sequences alone. Padding is
/// neither read nor computed; it may hold anything, also NaN, which the gradient of the weights would multiply by 0.
/// </remarks>
sealed class RaggedBatch
{
    readonly Stretch[] _stretches;

    RaggedBatch(long[] ends)
    {
        int[] order = [.. Enumerable.Range(0, ends.Length).OrderByDescending(i => ends[i])];
        long[] places = new long[order.Length];
        for (int i = 0; i < order.Length; i++) places[order[i]] = i;
        (Order, Places) = (Tensor.From(Array.ConvertAll(order, i => (long)i)), Tensor.From(places));
        List<Stretch> stretches = [];
        int start = 0;
        for (int count = order.Length; count > 0; count--)
        {
            int end = (int)ends[order[count - 1]];
            if (end == start) continue;
            stretches.Add(new(start, end, count));
            start = end;
        }
        _stretches = [.. stretches];
    }

    /// <summary>Int64 [n]: which sequence comes at each place.</summary>
    public Tensor Order { get; }

    /// <summary>Int64 [n]: at which place each sequence comes.</summary>
    public Tensor Places { get; }

    /// <summary>The batch for lengths [n] that it checks; null where all sequences have all steps.</summary>
    public static RaggedBatch? Of(string op, Tensor lengths, int times, int count)
    {
        if (lengths.DType != DType.Int64 || lengths.Rank != 1 || lengths.Count != count) throw Throw.RecurrentLengths(op, lengths, count);
        long[] ends = lengths.ToArray<long>();
        for (int i = 0; i < ends.Length; i++)
        {
            if (ends[i] < 1 || ends[i] > times) throw Throw.RecurrentLength(op, i, ends[i], times);
        }
        return Array.TrueForAll(ends, end => end == times) ? null : new(ends);
    }

    /// <summary>One layer in one direction. A sequence that has ended, or on the way back not begun, keeps its state, and its output is 0.</summary>
    public Tensor Run(Tensor x, bool reversed, RecurrentWeights weights, ref Tensor h, ref Tensor? c, RecurrentPass pass)
    {
        int times = x.Shape[0], all = x.Shape[1];
        List<Tensor> outputs = [];
        foreach (Stretch part in reversed ? _stretches.Reverse() : _stretches)
        {
            (Tensor now, Tensor? memory) = (h.Slice(0, 0, part.Count), c?.Slice(0, 0, part.Count));
            Tensor y = pass(x.Slice(0, part.Start, part.End).Slice(1, 0, part.Count), reversed, weights, ref now, ref memory);
            outputs.Add(part.Count == all ? y : y.Pad([0, 0, 0, all - part.Count]));
            (h, c) = (Before(now, h), memory is null ? null : Before(memory, c!));
        }
        if (reversed) outputs.Reverse();
        if (_stretches[^1].End < times) outputs.Add(Tensor.Zeros([times - _stretches[^1].End, all, h.Shape[1]], h.DType));
        return Tensor.Concat([.. outputs], 0);
    }

    /// <summary>The states of the first sequences, and behind them those that the others had.</summary>
    static Tensor Before(Tensor first, Tensor states) => first.Shape == states.Shape ? first : Tensor.Concat([first, states.Slice(0, first.Shape[0]..)], 0);

    /// <summary>Steps that the same sequences have.</summary>
    readonly record struct Stretch(int Start, int End, int Count);
}
