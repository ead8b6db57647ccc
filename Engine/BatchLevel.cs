namespace Autograd;

/// <summary>
/// A level on which a function of one sample runs once for a whole batch. A batched tensor has the shape of one sample and, in place
/// of memory, a value [count, sample…]. An op with a batched input is applied to values: by its rule, <see cref="Op.Batch"/>, or
/// sample by sample. Levels nest; inner ones are disposed before outer ones.
/// </summary>
/// <remarks>
/// Note [Batching comes first]: an op on batched tensors becomes ops on whole values before it is recorded or moved by tangents, so
/// histories and tangents are those of the values, and a derivative taken on a level is that of every sample.
/// </remarks>
public abstract class BatchLevel : IDisposable
{
    readonly TapeThread _thread = TapeThread.Current;
    readonly BatchLevel? _outer;
    readonly DualFrame? _dual;
    readonly Dictionary<Tensor, Tensor> _bound = [];

    /// <summary>Opens a level on this thread, until disposed.</summary>
    /// <param name="count">The number of samples.</param>
    protected BatchLevel(int count)
    {
        Count = count;
        _outer = _thread.Batch;
        _dual = _thread.Dual;
        _thread.Batch = this;
    }

    /// <summary>The number of samples.</summary>
    public int Count { get; }

    /// <summary>Whether a level is open on this thread.</summary>
    public static bool IsActive => TapeThread.Current.Batch is not null;

    /// <summary>All the numbers of a batched tensor, [count…, sample…], for checks; a tensor that is not batched itself.</summary>
    public static Tensor AllOf(Tensor x)
    {
        Throw.IfNull("Batch", x);
        while (x.Batched is { } batched) x = batched.Value;
        return x;
    }

    /// <summary>x batched on every open level, so that what is computed from it is a result of each sample's own.</summary>
    public static Tensor Spread(Tensor x)
    {
        Throw.IfNull("Batch", x);
        return TapeThread.Current.Batch is { } level ? level.SpreadHere(x) : x;
    }

    /// <summary>The batched tensor with a value of shape [count, sample…].</summary>
    /// <exception cref="ShapeException">The first size is not the number of samples.</exception>
    public Tensor Wrap(Tensor value)
    {
        Throw.IfNull("Batch", value);
        return value.Rank > 0 && value.Shape[0] == Count ? Tensor.OfBatch(new BatchedStorage(this, value)) : throw Throw.BatchValue(value.Shape, Count);
    }

    /// <summary>Lets x, where it is used on this level, stand for a value of shape [count, x…].</summary>
    public void Bind(Tensor x, Tensor value)
    {
        Throw.IfNull("Batch", x);
        Throw.IfNull("Batch", value);
        _bound[x] = value;
    }

    /// <summary>The value of a tensor that is batched on this level, else null.</summary>
    public Tensor? Find(Tensor x)
    {
        Throw.IfNull("Batch", x);
        if (x.Batched is { } batched && batched.Level == this) return batched.Value;
        if (_bound.TryGetValue(x, out Tensor? value)) return value;
        if (!Captures(x)) return null;
        using Outside outside = new(this);
        return _bound[x] = Repeat(x);
    }

    /// <summary>The value of any tensor on this level, [count, sample…]; repeated where it is the same for all samples.</summary>
    public Tensor ValueOf(Tensor x) => Find(x) ?? Repeat(x);

    /// <inheritdoc/>
    public void Dispose()
    {
        if (_thread.Batch == this) _thread.Batch = _outer;
        GC.SuppressFinalize(this);
    }

    /// <summary>x repeated along a new first axis; recorded.</summary>
    protected internal abstract Tensor Repeat(Tensor x);

    /// <summary>Applies an op without a rule, sample by sample; recorded.</summary>
    protected internal abstract Tensor Loop(Op op, BatchedInputs inputs);

    /// <summary>Whether a tensor from outside takes part as one of each sample's own, so that there is a gradient of it for each.</summary>
    protected virtual bool Captures(Tensor x) => false;

    /// <summary>Whether tangents are all that is batched here, so that values are computed once; see <see cref="DualLevel.WithEach"/>.</summary>
    protected virtual bool HasOnlyTangents => false;

    /// <summary>The innermost open level on which one of two tensors is batched.</summary>
    internal static BatchLevel? Of(Tensor a, Tensor? b = null)
    {
        for (BatchLevel? level = TapeThread.Current.Batch; level is not null; level = level._outer)
        {
            if (level.Find(a) is not null || (b is not null && level.Find(b) is not null)) return level;
        }
        return null;
    }

    /// <summary>Applies an op on the innermost level on which an input is batched; null if there is none.</summary>
    internal static Tensor? Apply(Op op, ReadOnlySpan<Tensor> inputs)
    {
        for (BatchLevel? level = TapeThread.Current.Batch; level is not null; level = level._outer)
        {
            if (level.ApplyHere(op, inputs) is { } y) return y;
        }
        return null;
    }

    Tensor? ApplyHere(Op op, ReadOnlySpan<Tensor> inputs)
    {
        Tensor[] values = inputs.ToArray();
        bool[] batched = new bool[values.Length];
        bool any = false;
        using Outside outside = new(this);
        for (int i = 0; i < values.Length; i++)
        {
            if (Find(values[i]) is not { } value) continue;
            (values[i], batched[i], any) = (value, true, true);
        }
        if (!any) return null;
        BatchedInputs x = new(this, values, batched);
        Tensor y = op.Batch(x) ?? Loop(op, x);
        return y.Rank > 0 && y.Shape[0] == Count ? Wrap(y) : throw Throw.InvalidBatch(op, y.Shape, Count);
    }

    /// <summary>The gradients of every sample's y, by one backward over the values.</summary>
    internal Tensor?[] Gradients(Tensor y, ReadOnlySpan<Tensor> inputs, Tensor? seed, bool retainGraph, bool createGraph, bool allowUnused)
    {
        if (seed is null && y.Count != 1) throw Throw.SeedNeeded(y);
        if (seed is not null && seed.Shape != y.Shape) throw Throw.SeedShape("Backward", "seed", seed.Shape, "the tensor", y.Shape);
        Tensor?[] results;
        using (Outside outside = new(this))
        {
            Tensor value = Find(y)!;
            Tensor[] targets = new Tensor[inputs.Length];
            for (int i = 0; i < targets.Length; i++) targets[i] = Find(inputs[i]) ?? throw Throw.GradientOfShared(i, inputs[i].Shape);
            Tensor dy = seed is null ? Tensor.OnesLike(AllOf(value)) : ValueOf(seed);
            if (seed is null) dy = UnderLevelsOf(value, dy);
            results = Tape.Gradients(value, targets, dy, retainGraph, createGraph, allowUnused);
        }
        for (int i = 0; i < results.Length; i++) results[i] = results[i] is { } dx ? Wrap(dx) : null;
        return results;
    }

    static Tensor UnderLevelsOf(Tensor value, Tensor ones) =>
        value.Batched is { } batched ? batched.Level.Wrap(UnderLevelsOf(batched.Value, ones)) : ones;

    Tensor SpreadHere(Tensor x)
    {
        Tensor value;
        // Tangents are worked on outside of the level of forward mode that they belong to.
        bool isValue = HasOnlyTangents && _thread.Dual != _dual;
        using (Outside outside = new(this)) value = Spread(isValue ? x : ValueOf(x));
        return isValue ? value : Wrap(value);
    }

    /// <summary>Leaves the level, and those within, for as long as values are worked on.</summary>
    internal readonly ref struct Outside : IDisposable
    {
        readonly TapeThread _thread;
        readonly BatchLevel? _previous;

        public Outside(BatchLevel level)
        {
            _thread = TapeThread.Current;
            _previous = _thread.Batch;
            _thread.Batch = level._outer;
        }

        public void Dispose() => _thread.Batch = _previous;
    }
}

/// <summary>The inputs of an op on a level: values [count, sample…] of those that are batched, and the others as they are.</summary>
public readonly ref struct BatchedInputs
{
    readonly ReadOnlySpan<bool> _batched;

    internal BatchedInputs(BatchLevel level, ReadOnlySpan<Tensor> values, ReadOnlySpan<bool> batched)
    {
        Level = level;
        Values = values;
        _batched = batched;
    }

    /// <summary>The level.</summary>
    public BatchLevel Level { get; }

    /// <summary>The number of samples.</summary>
    public int Count => Level.Count;

    /// <summary>Every input as it is given.</summary>
    public ReadOnlySpan<Tensor> Values { get; }

    /// <summary>One input as it is given.</summary>
    public Tensor this[int input] => Values[input];

    /// <summary>Whether an input has a value for each sample.</summary>
    public bool IsBatched(int input) => _batched[input];

    /// <summary>The shape of one input as each sample sees it.</summary>
    public Shape Shape(int input) => _batched[input] ? Autograd.Shape.Create(Values[input].Shape.Sizes[1..]) : Values[input].Shape;

    /// <summary>An input for each sample, [count, sample…], repeated where it is the same for all.</summary>
    public Tensor Full(int input) => _batched[input] ? Values[input] : Level.Repeat(Values[input]);

    /// <summary>Every input for each sample.</summary>
    public Tensor[] Full()
    {
        Tensor[] all = Values.ToArray();
        for (int i = 0; i < all.Length; i++) all[i] = Full(i);
        return all;
    }
}

/// <summary>In place of a batched tensor's memory, its value.</summary>
sealed class BatchedStorage : Storage
{
    public BatchedStorage(BatchLevel level, Tensor value) : base(0)
    {
        (Level, Value, DType) = (level, value, value.DType);
    }

    public BatchLevel Level { get; }

    public Tensor Value { get; }
}
