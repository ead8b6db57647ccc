namespace Autograd;

/// <summary>
/// One recorded application of an op, or a leaf. It refers to its inputs' nodes and to the memory that the derivative reads,
/// never to its own output's handle or to its consumers: what nobody holds is garbage.
/// </summary>
public sealed class Node
{
    internal const int InlineInputs = 2;

    internal Op? Operation;
    internal int Generation;
    internal bool Freed;

    /// <summary>The backward that has claimed this node, 0 when none has; ids are never reused.</summary>
    internal long Run;

    /// <summary>This node's position in the claiming run.</summary>
    internal int Slot;

    internal NodeExtras? Extras;
    internal SavedValue Output;

    SavedValue _first, _second;
    SavedValue[]? _inputs;

    internal Node()
    {
    }

    /// <summary>The name of the op, or "Leaf".</summary>
    public string Name => Operation?.Name ?? "Leaf";

    /// <summary>Whether this is a leaf: a tensor that the user made, not the result of an op.</summary>
    public bool IsLeaf => Operation is null;

    /// <summary>The number in order of recording: greater than those of all inputs.</summary>
    public long Number { get; internal set; }

    /// <summary>The number of inputs of the application; 0 for a leaf.</summary>
    public int InputCount { get; internal set; }

    /// <summary>The shape of the result.</summary>
    /// <exception cref="GraphException">It was recorded in a scope that has ended.</exception>
    public Shape Shape => (Output.Layout ?? throw Throw.ScopeEnded()).Shape;

    /// <summary>The node of one input; null where the input needs no gradient, or after the graph was freed.</summary>
    public Node? Input(int index) => InputValue(index).Node;

    /// <summary>Where the op was recorded, as file:line in member, if anomaly detection was on then.</summary>
    public string? RecordedAt => Extras?.RecordedAt;

    /// <summary>Whether gradients flow through this node.</summary>
    public bool RequiresGrad { get; internal set; }

    internal NodeExtras NeedExtras => Extras ?? Interlocked.CompareExchange(ref Extras, new NodeExtras(), null) ?? Extras;

    internal ref SavedValue InputValue(int index)
    {
        if (_inputs is not null) return ref _inputs[index];
        if (index == 0) return ref _first;
        return ref _second;
    }

    internal static Node Leaf(Tensor tensor)
    {
        Node node = new();
        node.Output.Describe(tensor);
        return node;
    }

    internal void Record(TapeThread thread, Op op, ReadOnlySpan<Tensor> inputs, Tensor y)
    {
        Operation = op;
        RequiresGrad = true;
        InputCount = inputs.Length;
        if (inputs.Length > InlineInputs) _inputs = new SavedValue[inputs.Length];
        Saved saved = op.Saves(inputs);
        long latest = 0;
        for (int i = 0; i < inputs.Length; i++)
        {
            ref SavedValue value = ref InputValue(i);
            value.Describe(inputs[i]);
            value.Link(inputs[i].NodeOrNull);
            if ((saved & (Saved)(1 << Math.Min(i, Op.MaxSeparateInputs))) != 0) Save(thread, ref value, i, inputs[i]);
            if (value.Node is { } node && node.Number > latest) latest = node.Number;
        }
        Output.Describe(y);
        if ((saved & Saved.Output) != 0) Save(thread, ref Output, -1, y);
        Number = thread.NextNumber(latest);
        if (thread.AnomalyDepth > 0) NeedExtras.RecordedAt = CallSite.OfUser();
    }

    /// <summary>A saved value that hooks hold in place of the engine, or null if this one was saved without.</summary>
    internal Tensor? Unpack(int index) => Extras?.Packed?.Find(p => p.Index == index)?.Unpack();

    void Save(TapeThread thread, ref SavedValue value, int index, Tensor tensor)
    {
        if (thread.SavedHooks is not { } hooks) value.Save(tensor);
        else (NeedExtras.Packed ??= []).Add(new PackedValue(index, hooks, hooks.Pack(tensor)));
    }

    /// <summary>Forgets the saved values and the inputs; a backward that reaches this node afterwards is an error.</summary>
    internal void Free()
    {
        Freed = true;
        Forget();
    }

    /// <summary>Makes the node blank for the next recording; handles and edges to it become stale.</summary>
    internal void Recycle()
    {
        Generation++;
        Operation = null;
        Extras = null;
        Freed = RequiresGrad = false;
        Run = 0;
        Output = default;
        Forget();
    }

    void Forget()
    {
        _first = _second = default;
        _inputs = null;
        Output.Storage = null;
        Extras?.Packed = null;
    }
}

/// <summary>What few nodes have.</summary>
sealed class NodeExtras
{
    /// <summary>The gradient of a leaf, or of a result whose gradient is retained; kept as a buffer while <see cref="HasGrad"/> is false.</summary>
    public Tensor? Grad
    {
        // A gradient with a history outlives the scope that recorded it as plain numbers.
        get => field is { IsCutOff: true } cut ? field = cut.Clone() : field;
        set;
    }

    public bool HasGrad, RetainsGrad;
    public List<Func<Tensor, Tensor?>>? Hooks;
    public string? RecordedAt;

    /// <summary>Saved values that were recorded under hooks.</summary>
    public List<PackedValue>? Packed;

    /// <summary>Tangents of forward mode, one a level.</summary>
    public Tangent? Tangents;
}

/// <summary>A value as a node remembers it: where it came from, its layout, and its memory if the derivative reads it.</summary>
struct SavedValue
{
    public Node? Node;
    public Layout? Layout;
    public Storage? Storage;
    int _offset, _version, _nodeGeneration, _storageGeneration;
    public DType DType;

    public void Describe(Tensor tensor)
    {
        Layout = tensor.Layout;
        DType = tensor.DType;
    }

    public void Link(Node? node)
    {
        Node = node;
        if (node is not null) _nodeGeneration = node.Generation;
    }

    public void Save(Tensor tensor)
    {
        Storage = tensor.LiveStorage;
        _offset = tensor.Offset;
        _version = Storage.Version;
        _storageGeneration = Storage.Generation;
    }

    public readonly bool IsStale => Node is { } node && node.Generation != _nodeGeneration;

    /// <summary>The value as a tensor; linked to its node, so that ops on it can be recorded.</summary>
    /// <param name="owner">The application that saved it.</param>
    /// <param name="index">Which of its inputs this is, or −1 for its result.</param>
    /// <param name="node">The node that ops on the value continue from.</param>
    public readonly Tensor Restore(Node owner, int index, Node? node)
    {
        if (Storage is not { } storage) return Unpack(owner, index, node);
        if (storage.Generation != _storageGeneration) throw Throw.ScopeEnded();
        if (storage.Version != _version) throw Throw.ChangedInPlace(owner, index, this, storage.Version - _version);
        return new Tensor(storage, Layout!, _offset, node);
    }
    readonly Tensor Unpack(Node owner, int index, Node? node)
    {
        if (owner.Freed) throw Throw.GraphFreed(owner);
        Tensor value = owner.Unpack(index) ?? throw Throw.NotSaved(owner, index);
        if (value.Shape != Layout!.Shape || value.DType != DType) throw Throw.InvalidUnpack(owner, index, value, this);
        return new Tensor(value.LiveStorage, value.Layout, value.Offset, node);
    }
}
