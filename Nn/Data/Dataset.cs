namespace Autograd.Nn.Data;

/// <summary>Examples with their labels: rows of tensors in memory, sequences of different lengths, or whatever a function gives.</summary>
public sealed class Dataset
{
    readonly Examples _examples;
    Batch? _all;

    /// <summary>Puts inputs and labels together, a row of each an example; neither is copied.</summary>
    /// <param name="inputs">[count, …].</param>
    /// <param name="labels">[count, …]: classes as Int64 [count], or numbers to predict.</param>
    /// <exception cref="ShapeException">A tensor has no axes, or the counts differ.</exception>
    public Dataset(Tensor inputs, Tensor labels)
    {
        Throw.IfNull(nameof(Dataset), inputs);
        Throw.IfNull(nameof(Dataset), labels);
        if (inputs.Rank == 0 || labels.Rank == 0 || inputs.Shape[0] != labels.Shape[0]) throw DataThrow.RowCounts(inputs, labels);
        _examples = new TensorExamples(inputs.Detach().Dense().Keep(), labels.Detach().Dense().Keep());
    }

    Dataset(Examples examples) => _examples = examples;

    /// <summary>Examples that a function gives, each time they are asked for: read from files, say, or computed.</summary>
    /// <param name="count">The number of examples.</param>
    /// <param name="example">Number, from 0 → inputs and labels of the example, of one shape for all. With prefetch it runs on another thread.</param>
    /// <exception cref="ArgumentOutOfRangeException">The count is negative.</exception>
    public static Dataset Of(int count, Func<int, (Tensor Inputs, Tensor Labels)> example)
    {
        Throw.IfBelow("Dataset.Of", count, 0, "Pass the number of examples.");
        Throw.IfNull("Dataset.Of", example);
        return new(new GivenExamples(count, example, null, null));
    }

    /// <summary>Sequences of different lengths, each with a label; a batch pads them to its longest and tells their <see cref="Batch.Lengths"/>.</summary>
    /// <param name="inputs">One tensor [length, …] an example; not copied.</param>
    /// <param name="labels">[count, …].</param>
    /// <param name="padding">The number behind the end of a shorter sequence.</param>
    /// <exception cref="ShapeException">The counts differ, a sequence has no axis, or sequences differ in more than their length.</exception>
    public static Dataset OfSequences(IReadOnlyList<Tensor> inputs, Tensor labels, double padding = 0)
    {
        Tensor[] sequences = Sequences(inputs, nameof(inputs));
        Throw.IfNull("Dataset.OfSequences", labels);
        if (labels.Rank == 0 || labels.Shape[0] != sequences.Length) throw DataThrow.SequenceCounts(sequences.Length, $"the labels are {labels.Shape}");
        Tensor rows = labels.Detach().Dense().Keep();
        return new(new GivenExamples(sequences.Length, i => (sequences[i], Rows.Row(rows, i)), padding, null));
    }

    /// <summary>Sequences of different lengths with sequences of labels, such as a tag for each word or a translation.</summary>
    /// <param name="inputs">One tensor [length, …] an example; not copied.</param>
    /// <param name="labels">One tensor [length, …] an example; its length may differ from that of the inputs.</param>
    /// <param name="padding">The number behind the end of shorter inputs.</param>
    /// <param name="labelPadding">The number behind the end of shorter labels; <see cref="Loss.CrossEntropy"/> leaves −100 out.</param>
    /// <exception cref="ShapeException">The counts differ, a sequence has no axis, or sequences differ in more than their length.</exception>
    public static Dataset OfSequences(IReadOnlyList<Tensor> inputs, IReadOnlyList<Tensor> labels, double padding = 0, double labelPadding = -100)
    {
        Tensor[] sequences = Sequences(inputs, nameof(inputs)), answers = Sequences(labels, nameof(labels));
        if (answers.Length != sequences.Length) throw DataThrow.SequenceCounts(sequences.Length, FormattableString.Invariant($"there are {answers.Length} sequences of labels"));
        return new(new GivenExamples(sequences.Length, i => (sequences[i], answers[i]), padding, labelPadding));
    }

    /// <summary>The inputs of all examples, [<see cref="Count"/>, …]; sequences are padded. Where a function gives them, it is asked for all of them, once.</summary>
    /// <exception cref="ShapeException">There are no examples, so that their shape is not known; or they differ in shape.</exception>
    public Tensor Inputs => All.Inputs;

    /// <summary>The labels of all examples, [<see cref="Count"/>, …]; else as <see cref="Inputs"/>.</summary>
    public Tensor Labels => All.Labels;

    /// <summary>The number of examples.</summary>
    public int Count => _examples.Count;

    /// <summary>One example, without the axis of examples; not copied where it lies in memory.</summary>
    /// <exception cref="ArgumentOutOfRangeException">There is no such example.</exception>
    public (Tensor Inputs, Tensor Labels) this[int index]
    {
        get
        {
            Check(index, nameof(index));
            return _examples.At(index);
        }
    }

    /// <summary>A run of examples, not copied: <c>data[1000..2000]</c>.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The run reaches outside of the examples.</exception>
    public Dataset Slice(int start, int count)
    {
        Throw.IfOutside("Dataset.Slice", start, 0, Count, "Count examples from 0.");
        Throw.IfOutside("Dataset.Slice", count, 0, Count - start, FormattableString.Invariant($"Pass {Count - start} for all that follow."));
        return new Dataset(_examples.Slice(start, count));
    }

    /// <summary>A subset: chosen examples in the order given; rows of tensors are copied.</summary>
    /// <exception cref="ArgumentOutOfRangeException">There is no such example.</exception>
    public Dataset Select(ReadOnlySpan<int> indices)
    {
        foreach (int index in indices) Check(index, nameof(indices));
        return new Dataset(_examples.Select(indices.ToArray()));
    }

    /// <summary>A subset: the examples that fulfil a condition, in their order.</summary>
    /// <param name="condition">Inputs and labels of one example → whether it is kept.</param>
    public Dataset Where(Func<Tensor, Tensor, bool> condition)
    {
        Throw.IfNull("Dataset.Where", condition);
        return Select([.. Enumerable.Range(0, Count).Where(i => _examples.At(i) is var (inputs, labels) && condition(inputs, labels))]);
    }

    /// <summary>The same labels with other inputs, computed at once for all examples: <c>data.WithInputs(x => x / 255)</c>.</summary>
    /// <exception cref="ShapeException">The result has not one row an example.</exception>
    public Dataset WithInputs(Func<Tensor, Tensor> change) => With(change, inputs: true);

    /// <summary>The same inputs with other labels, computed at once for all examples.</summary>
    /// <inheritdoc cref="WithInputs" path="/exception"/>
    public Dataset WithLabels(Func<Tensor, Tensor> change) => With(change, inputs: false);

    /// <summary>Two parts without a common example, such as one to train on and one to validate on.</summary>
    /// <param name="fraction">Which part of the examples goes into the first, in [0, 1]; rounded to the nearest example.</param>
    /// <param name="shuffle">The source of randomness of the choice; without it the first examples are taken, and nothing is copied.</param>
    /// <exception cref="ArgumentOutOfRangeException">The fraction is not in [0, 1].</exception>
    public (Dataset First, Dataset Second) Split(double fraction, Generator? shuffle = null)
    {
        Throw.IfNoProbability("Split", fraction, "Pass a whole number, without a decimal point, for so many examples.");
        return Split((int)Math.Round(fraction * Count), shuffle);
    }

    /// <summary>Two parts without a common example, the first of so many examples; a number with a decimal point is a fraction.</summary>
    /// <param name="first">The number of examples in the first, 0 to <see cref="Count"/>.</param>
    /// <param name="shuffle">The source of randomness of the choice; without it the first examples are taken, and nothing is copied.</param>
    /// <exception cref="ArgumentOutOfRangeException">There are not so many examples.</exception>
    public (Dataset First, Dataset Second) Split(int first, Generator? shuffle = null)
    {
        Throw.IfOutside("Split", first, 0, Count, "Pass a number with a decimal point for a fraction.");
        Dataset[] parts = Split([first, Count - first], shuffle);
        return (parts[0], parts[1]);
    }

    /// <summary>Several parts without a common example: <c>data.Split([0.8, 0.1, 0.1], random)</c>.</summary>
    /// <param name="fractions">The part of each, ≥ 0; together 1.</param>
    /// <param name="shuffle">The source of randomness of the choice; without it the parts are runs of examples, and nothing is copied.</param>
    /// <exception cref="ArgumentException">A fraction is negative, or they are not 1 together.</exception>
    public Dataset[] Split(ReadOnlySpan<double> fractions, Generator? shuffle = null)
    {
        int[] counts = new int[fractions.Length];
        double sum = 0;
        for (int i = 0, start = 0; i < counts.Length; i++)
        {
            if (!(fractions[i] >= 0)) throw DataThrow.Fractions(fractions);
            sum += fractions[i];
            int end = (int)Math.Round(Math.Min(sum, 1) * Count);
            (counts[i], start) = (end - start, end);
        }
        if (Math.Abs(sum - 1) > 1e-9) throw DataThrow.Fractions(fractions);
        return Split(counts, shuffle);
    }

    /// <summary>Several parts without a common example, of so many examples each.</summary>
    /// <param name="counts">The number of examples in each, ≥ 0; together <see cref="Count"/>.</param>
    /// <param name="shuffle">The source of randomness of the choice; without it the parts are runs of examples, and nothing is copied.</param>
    /// <exception cref="ArgumentException">A count is negative, or they are not <see cref="Count"/> together.</exception>
    public Dataset[] Split(ReadOnlySpan<int> counts, Generator? shuffle = null)
    {
        long sum = 0;
        foreach (int count in counts) sum += count < 0 ? throw DataThrow.SplitCounts(counts, Count) : count;
        if (sum != Count) throw DataThrow.SplitCounts(counts, Count);
        int[] order = Rows.Order(Count);
        shuffle?.Shuffle(order.AsSpan());
        Dataset[] parts = new Dataset[counts.Length];
        for (int i = 0, start = 0; i < parts.Length; start += counts[i++])
            parts[i] = shuffle is null ? Slice(start, counts[i]) : Select(order.AsSpan(start, counts[i]));
        return parts;
    }

    /// <summary>Chosen examples as one batch in given memory.</summary>
    internal Batch Gather(ReadOnlySpan<int> indices, BatchMemory memory) => _examples.Gather(indices, memory);

    /// <inheritdoc cref="Examples.Gather(ReadOnlySpan{int}, BatchMemory, Transform, ulong, int)"/>
    internal Batch Gather(ReadOnlySpan<int> indices, BatchMemory memory, Transform transform, ulong seed, int place) =>
        _examples.Gather(indices, memory, transform, seed, place);

    Batch All => _all ??= _examples switch
    {
        TensorExamples rows => new Batch(rows.Inputs, rows.Labels),
        { Count: 0 } => throw DataThrow.NoExamples(),
        _ => _examples.Gather(Rows.Order(Count), new BatchMemory()),
    };

    Dataset With(Func<Tensor, Tensor> change, bool inputs)
    {
        Throw.IfNull(nameof(Dataset), change);
        using RecordingSwitch noGrad = Tape.NoGrad();
        return inputs ? new Dataset(change(Inputs), Labels) : new Dataset(Inputs, change(Labels));
    }

    void Check(int index, string name)
    {
        if ((uint)index >= (uint)Count) throw DataThrow.Index(nameof(Dataset), index, Count, name);
    }

    static Tensor[] Sequences(IReadOnlyList<Tensor> given, string what)
    {
        Throw.IfNull("Dataset.OfSequences", given, what);
        Tensor[] sequences = [.. given];
        Throw.IfAnyNull("Dataset.OfSequences", sequences, what);
        for (int i = 0; i < sequences.Length; i++)
        {
            sequences[i] = sequences[i].Detach().Dense().Keep();
            Tensor first = sequences[0], next = sequences[i];
            if (next.Rank == 0 || next.DType != first.DType || !next.Shape.Sizes[1..].SequenceEqual(first.Shape.Sizes[1..]))
                throw DataThrow.Uneven(what, first, next, padded: true);
        }
        return sequences;
    }
}
