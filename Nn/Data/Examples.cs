namespace Autograd.Nn.Data;

/// <summary>What a dataset is made of: something that gives examples by their number.</summary>
abstract class Examples
{
    public abstract int Count { get; }

    /// <summary>One example; not copied where it lies in memory.</summary>
    public abstract (Tensor Inputs, Tensor Labels) At(int index);

    /// <summary>Chosen examples as one batch, in memory that lasts until it is filled again.</summary>
    public abstract Batch Gather(ReadOnlySpan<int> indices, BatchMemory memory);

    /// <summary>The same with each example's inputs changed first.</summary>
    public Batch Gather(ReadOnlySpan<int> indices, BatchMemory memory, Transform transform, ulong seed, int place)
    {
        using RecordingSwitch noGrad = Tape.NoGrad();
        using TapeScope scope = Tape.Scope();
        Tensor[] inputs = new Tensor[indices.Length], labels = new Tensor[indices.Length];
        for (int i = 0; i < indices.Length; i++)
        {
            (Tensor example, labels[i]) = At(indices[i]);
            inputs[i] = transform.Apply(example, RandomAt(seed, place + i));
        }
        return memory.Collate(inputs, labels, Padding, LabelPadding);
    }

    public abstract Examples Slice(int start, int count);

    public abstract Examples Select(int[] indices);

    /// <summary>The number that shorter sequences are filled up with; null where inputs are no sequences.</summary>
    public virtual double? Padding => null;

    public virtual double? LabelPadding => null;

    // Note [Randomness by place]
    // What is drawn for an example depends on the epoch's seed and on its place in the epoch alone: 2³² numbers of the sequence are its own.
    // So a batch is the same whichever thread makes it, and an epoch can be entered in the middle.
    static Generator RandomAt(ulong seed, int place) => new(seed, (ulong)place << 32);
}

/// <summary>Examples that are the rows of two tensors.</summary>
sealed class TensorExamples(Tensor inputs, Tensor labels) : Examples
{
    public Tensor Inputs => inputs;

    public Tensor Labels => labels;

    public override int Count => inputs.Shape[0];

    public override (Tensor Inputs, Tensor Labels) At(int index) => (Rows.Row(inputs, index), Rows.Row(labels, index));

    public override Batch Gather(ReadOnlySpan<int> indices, BatchMemory memory) => memory.Rows(inputs, labels, indices);

    public override Examples Slice(int start, int count) => new TensorExamples(Rows.View(inputs, start, count), Rows.View(labels, start, count));

    public override Examples Select(int[] indices)
    {
        Batch chosen = Gather(indices, new BatchMemory());
        return new TensorExamples(chosen.Inputs, chosen.Labels);
    }
}

/// <summary>Examples that a function gives.</summary>
sealed class GivenExamples(int count, Func<int, (Tensor Inputs, Tensor Labels)> give, double? padding, double? labelPadding) : Examples
{
    public override int Count => count;

    public override double? Padding => padding;

    public override double? LabelPadding => labelPadding;

    public override (Tensor Inputs, Tensor Labels) At(int index)
    {
        (Tensor inputs, Tensor labels) = give(index);
        return inputs is null || labels is null ? throw DataThrow.NoExample(index) : (inputs.Dense(), labels.Dense());
    }

    public override Batch Gather(ReadOnlySpan<int> indices, BatchMemory memory)
    {
        using RecordingSwitch noGrad = Tape.NoGrad();
        using TapeScope scope = Tape.Scope();
        Tensor[] inputs = new Tensor[indices.Length], labels = new Tensor[indices.Length];
        for (int i = 0; i < indices.Length; i++) (inputs[i], labels[i]) = At(indices[i]);
        return memory.Collate(inputs, labels, padding, labelPadding);
    }

    public override Examples Slice(int start, int length) => new GivenExamples(length, i => give(start + i), padding, labelPadding);

    public override Examples Select(int[] indices) => new GivenExamples(indices.Length, i => give(indices[i]), padding, labelPadding);
}
