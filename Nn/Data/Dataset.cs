namespace Autograd.Nn.Data;

/// <summary>Examples in memory: one row of inputs and one of labels each.</summary>
public sealed class Dataset
{
    /// <summary>Puts inputs and labels together; neither is copied.</summary>
    /// <param name="inputs">[count, …].</param>
    /// <param name="labels">[count, …]: classes as Int64 [count], or numbers to predict.</param>
    /// <exception cref="ShapeException">A tensor has no axes, or the counts differ.</exception>
    public Dataset(Tensor inputs, Tensor labels)
    {
        if (inputs.Rank == 0 || labels.Rank == 0 || inputs.Shape[0] != labels.Shape[0]) throw DataThrow.RowCounts(inputs, labels);
        Inputs = inputs.Detach().Dense();
        Labels = labels.Detach().Dense();
    }

    /// <summary>The inputs, [<see cref="Count"/>, …].</summary>
    public Tensor Inputs { get; }

    /// <summary>The labels, [<see cref="Count"/>, …].</summary>
    public Tensor Labels { get; }

    /// <summary>The number of examples.</summary>
    public int Count => Inputs.Shape[0];

    /// <summary>A run of examples, not copied: <c>data[1000..2000]</c>.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The run reaches outside of the examples.</exception>
    public Dataset Slice(int start, int count)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(start);
        ArgumentOutOfRangeException.ThrowIfNegative(count);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(count, Count - start);
        return new Dataset(Rows.View(Inputs, start, count), Rows.View(Labels, start, count));
    }

    /// <summary>Chosen examples in the order given, copied.</summary>
    /// <exception cref="ArgumentOutOfRangeException">There is no such example.</exception>
    public Dataset Select(ReadOnlySpan<int> indices)
    {
        foreach (int index in indices)
        {
            ArgumentOutOfRangeException.ThrowIfNegative(index, nameof(indices));
            ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(index, Count, nameof(indices));
        }
        Tensor inputs = Rows.Buffer(Inputs, indices.Length), labels = Rows.Buffer(Labels, indices.Length);
        Rows.Gather(Inputs, indices, inputs);
        Rows.Gather(Labels, indices, labels);
        return new Dataset(inputs, labels);
    }

    /// <summary>Two parts without a common example, such as one to train on and one to validate on.</summary>
    /// <param name="fraction">Which part of the examples goes into the first, in [0, 1]; rounded to the nearest example.</param>
    /// <param name="shuffle">The source of randomness of the choice; without it the first examples are taken, and nothing is copied.</param>
    /// <exception cref="ArgumentOutOfRangeException">The fraction is not in [0, 1].</exception>
    public (Dataset First, Dataset Second) Split(double fraction, Generator? shuffle = null)
    {
        if (fraction is not (>= 0 and <= 1)) throw new ArgumentOutOfRangeException(nameof(fraction), fraction, "Split: the fraction must be in [0, 1].");
        int first = (int)Math.Round(fraction * Count);
        if (shuffle is null) return (Slice(0, first), Slice(first, Count - first));
        int[] order = Rows.Order(Count);
        shuffle.Shuffle(order.AsSpan());
        return (Select(order.AsSpan(0, first)), Select(order.AsSpan(first)));
    }
}
