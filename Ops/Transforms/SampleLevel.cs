namespace Autograd;

/// <summary>A level of batching with the ops that it needs, and what rules have in common.</summary>
/// <param name="count">The number of samples.</param>
/// <param name="hasOnlyTangents">Whether tangents are all that will be batched.</param>
sealed class SampleLevel(int count, bool hasOnlyTangents = false) : BatchLevel(count)
{
    readonly HashSet<Tensor>? _captured;

    /// <summary>A level on which what has a history takes part as a tensor of each sample's own; afterwards <see cref="Captured"/> says what.</summary>
    public static SampleLevel Capturing(int count) => new(count, []);

    SampleLevel(int count, HashSet<Tensor> captured) : this(count) => _captured = captured;

    /// <summary>Results from outside that were used on this level, each once.</summary>
    public IReadOnlyCollection<Tensor> Captured => _captured ?? [];

    /// <summary>Ends the level: the results of all samples.</summary>
    public Tensor Close(Tensor y)
    {
        Tensor? value = Find(y);
        Dispose();
        return value ?? Repeat(y);
    }

    protected override bool HasOnlyTangents => hasOnlyTangents;

    protected override bool Captures(Tensor x) => _captured is not null && x is { RequiresGrad: true, IsLeaf: false } && _captured.Add(x);

    protected override Tensor Repeat(Tensor x) => x.Expand([Count, .. x.Shape.Sizes]);

    protected override Tensor Loop(Op op, BatchedInputs inputs)
    {
        Tensor[] results = new Tensor[Count];
        for (int k = 0; k < Count; k++) results[k] = op.Copy().Apply(Sample(inputs, k));
        return Count > 0 ? Tensor.Stack(results) : Empty(op.Copy().Apply(Sample(inputs, -1)));
    }

    /// <summary>The inputs of one sample; zeros in their shapes where there is none.</summary>
    static Tensor[] Sample(BatchedInputs inputs, int k)
    {
        Tensor[] sample = inputs.Values.ToArray();
        for (int i = 0; i < sample.Length; i++)
        {
            if (inputs.IsBatched(i)) sample[i] = k < 0 ? Tensor.Zeros(inputs.Shape(i), sample[i].DType) : sample[i].Select(0, k);
        }
        return sample;
    }

    static Tensor Empty(Tensor like) => Tensor.Zeros([0, .. like.Shape.Sizes], like.DType);
}

/// <summary>What the rules of ops share.</summary>
static class BatchRules
{
    extension(BatchedInputs inputs)
    {
        /// <summary>An input whose samples have at least this many axes, for broadcasting: a batched one gets axes of size 1 behind the first.</summary>
        public Tensor Aligned(int input, int rank)
        {
            Tensor x = inputs[input];
            int missing = rank - inputs.Shape(input).Rank;
            if (missing <= 0 || !inputs.IsBatched(input)) return x;
            int[] sizes = new int[1 + rank];
            sizes.AsSpan().Fill(1);
            sizes[0] = inputs.Count;
            x.Shape.Sizes[1..].CopyTo(sizes.AsSpan(1 + missing));
            return x.Reshape(sizes);
        }

        /// <summary>All inputs, aligned so that they are broadcast as those of one sample are.</summary>
        public Tensor[] Broadcast(string op)
        {
            Shape all = Shape.Scalar;
            Tensor[] aligned = new Tensor[inputs.Values.Length];
            for (int i = 0; i < aligned.Length; i++) all = Shape.TryBroadcast(all, inputs.Shape(i), out Shape next) ? next : throw Throw.Broadcast(op, all, inputs.Shape(i));
            for (int i = 0; i < aligned.Length; i++) aligned[i] = inputs.Aligned(i, all.Rank);
            return aligned;
        }

        /// <summary>The one input; scalars as vectors of one, since an axis of a scalar is that of a vector.</summary>
        public Tensor Vectors() => inputs.Aligned(0, 1);
    }
}
