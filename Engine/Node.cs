using System.Runtime.CompilerServices;

namespace Autograd;

/// <summary>
/// One recorded application of an op, or a leaf. It refers to its inputs' nodes and to the memory that the derivative reads,
/// never to its own output's handle or to its consumers: what nobody holds is garbage.
/// </summary>
public sealed class Node
{
    internal Op? Operation;
    internal NodeExtras? Extras;
    internal int Generation;

    /// <summary>
    /// The backward that has claimed this node. If none has, the negative of the last one that had, while what this is recorded from stays the same; else 0.
    /// </summary>
    internal int Run;

    /// <summary>This node's position in the claiming run.</summary>
    internal int Slot;

    internal bool Freed;

    /// <summary>Whether scopes recycle this node. What it refers to then stays until it is recorded again: mostly the next step records the same.</summary>
    internal bool IsRecycled;

    /// <summary>Whether this waits to be recorded again.</summary>
    bool _isBlank;

    /// <summary>How <see cref="ElementwiseOp"/> computed this on dense memory of one shape and type, saved without hooks; none if it did not.</summary>
    internal FlatKind Flat;

    internal SavedValue Output;

    byte _inlineInputs;
    SavedEdge[]? _inputs;

    /// <summary>The inputs of an application of one or two; blank where there are fewer, or more.</summary>
    internal SavedEdge First, Second;

    internal Node()
    {
    }

    /// <summary>The name of the op, or "Leaf".</summary>
    public string Name => Operation?.Name ?? "Leaf";

    /// <summary>Whether this is a leaf: a tensor that the user made, not the result of an op.</summary>
    public bool IsLeaf => Operation is null;

    /// <summary>The number in order of recording: greater than those of all inputs.</summary>
    public long Number { get; internal set; }

    /// <summary>The inputs of an application of more than two, else null.</summary>
    internal SavedEdge[]? Many => _inputs;

    /// <summary>The number of inputs of the application; 0 for a leaf.</summary>
    public int InputCount => _inputs?.Length ?? _inlineInputs;

    /// <summary>The shape of the result.</summary>
    /// <exception cref="GraphException">It was recorded in a scope that has ended.</exception>
    public Shape Shape => _isBlank ? throw Throw.ScopeEnded() : Output.Layout!.Shape;

    /// <summary>The node of one input; null where the input needs no gradient, or after the graph was freed.</summary>
    public Node? Input(int index) => Freed ? null : Edge(index).Node;

    /// <summary>Where the op was recorded, as file:line in member, if anomaly detection was on then.</summary>
    public string? RecordedAt => Extras?.RecordedAt;

    /// <summary>Whether gradients flow through this node.</summary>
    public bool RequiresGrad { get; internal set; }

    internal bool CarriesTangents
    {
        [MethodImpl(MethodImplOptions.NoInlining)]
        get => Extras?.Tangents is not null;
    }

    internal NodeExtras NeedExtras => Extras ?? MakeExtras();

    NodeExtras MakeExtras() => Interlocked.CompareExchange(ref Extras, new NodeExtras(), null) ?? Extras;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal ref SavedEdge Edge(int index)
    {
        if (_inputs is not null) return ref _inputs[index];
        if (index == 0) return ref First;
        return ref Second;
    }

    /// <summary>Whether the nodes that this was recorded from are those that they were then, and all need gradients.</summary>
    internal bool IsIntact
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get
        {
            if (!First.IsIntact || !Second.IsIntact) return false;
            return _inputs is null || AreIntact(_inputs);
        }
    }

    static bool AreIntact(SavedEdge[] edges)
    {
        foreach (ref SavedEdge edge in edges.AsSpan())
        {
            if (!edge.IsIntact) return false;
        }
        return true;
    }

    internal static Node Leaf(Tensor tensor)
    {
        Node node = new();
        node.Output.Describe(tensor);
        return node;
    }

    /// <summary>Takes down how y was made, and becomes its history.</summary>
    internal void Record(TapeThread thread, Op op, ReadOnlySpan<Tensor> inputs, Tensor y, Saved saved)
    {
        if (thread.SavedHooks is { } hooks) saved = Pack(hooks, inputs, y, saved);
        if (!TryRepeat(op, inputs, y, saved, out long latest)) latest = RecordAnew(op, inputs, y, saved);
        Complete(thread, y, latest);
        if (thread.AnomalyDepth > 0) RememberLine();
    }

    /// <summary>
    /// Whether this was recorded before as the same, as it is in the steps of a training loop: then only numbers have changed, and the versions of
    /// what is saved and the generations of its nodes are taken down here.
    /// </summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    bool TryRepeat(Op op, ReadOnlySpan<Tensor> inputs, Tensor y, Saved saved, out long latest)
    {
        latest = 0;
        if (!ReferenceEquals(Operation, op) || !Flat.IsNone || !Output.TryRepeat(y, (saved & Saved.Output) != 0)) return false;
        SavedEdge[]? many = _inputs;
        if (inputs.Length != (many is null ? _inlineInputs : many.Length) || inputs.Length > Op.MaxSeparateInputs) return false;
        for (int i = 0; i < inputs.Length; i++)
        {
            ref SavedEdge edge = ref many is not null ? ref many[i] : ref i == 0 ? ref First : ref Second;
            Tensor input = inputs[i];
            Node? node = input.LiveNode;
            if (!ReferenceEquals(edge.Node, node) || !edge.Value.TryRepeat(input, ((int)saved >> i & 1) != 0)) return false;
            if (node is null) continue;
            if (!node.RequiresGrad) return false;
            edge.Generation = node.Generation;
            if (node.Number > latest) latest = node.Number;
        }
        return true;
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    long RecordAnew(Op op, ReadOnlySpan<Tensor> inputs, Tensor y, Saved saved)
    {
        // Up to two inputs lie in the node itself, more in an array, which a recycled node often has already.
        _inlineInputs = (byte)inputs.Length;
        Run = 0;
        if (inputs.Length <= 2) _inputs = null;
        else if (_inputs?.Length != inputs.Length) _inputs = new SavedEdge[inputs.Length];
        if (inputs.Length != 2) Second.Forget();
        if (inputs.Length > 2) First.Forget();
        long latest = 0;
        for (int i = 0; i < inputs.Length; i++) latest = Math.Max(latest, Edge(i).Record(inputs[i], (saved & BitOf(i)) != 0));
        Flat = default;
        if (!ReferenceEquals(Operation, op)) Operation = op;
        Output.Describe(y);
        Output.Save((saved & Saved.Output) != 0 ? y.Held : null, y.Held.Version);
        return latest;
    }

    /// <summary>The same for an op on dense memory of one shape and type.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal void RecordFlat(TapeThread thread, ElementwiseOp op, FlatKind kind, Tensor a, Node? nodeA, Tensor? b, Node? nodeB, Tensor y)
    {
        if (!TryRepeat(op, kind, a, nodeA, b, nodeB, y)) RecordAnew(op, kind, a, nodeA, b, nodeB, y);
        long latest = 0;
        if (nodeA is not null) (First.Generation, latest) = (nodeA.Generation, nodeA.Number);
        if (nodeB is not null) (Second.Generation, latest) = (nodeB.Generation, Math.Max(latest, nodeB.Number));
        Complete(thread, y, latest);
    }

    /// <summary>The same of a flat application; the generations of its nodes are left to the caller.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    bool TryRepeat(ElementwiseOp op, FlatKind kind, Tensor a, Node? nodeA, Tensor? b, Node? nodeB, Tensor y)
    {
        // The first input's layout tells the result's.
        if (Flat != kind || !ReferenceEquals(Operation, op) || !ReferenceEquals(First.Node, nodeA) || !First.Value.IsLike(a)) return false;
        if (kind.SavesA && !First.Value.TryRenew(a)) return false;
        if (b is not null)
        {
            if (!ReferenceEquals(Second.Node, nodeB) || !Second.Value.IsLike(b)) return false;
            if (kind.SavesB && !Second.Value.TryRenew(b)) return false;
        }
        else if (Second.Value.Layout is not null)
        {
            return false;
        }
        return !kind.SavesOutput || Output.TryRenew(y);
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    void RecordAnew(ElementwiseOp op, FlatKind kind, Tensor a, Node? nodeA, Tensor? b, Node? nodeB, Tensor y)
    {
        (Operation, Flat, _inputs, _inlineInputs, Run) = (op, kind, null, (byte)(b is null ? 1 : 2), 0);
        First.Node = nodeA;
        First.Value.Describe(a);
        First.Value.Save(kind.SavesA ? a.Held : null, a.Held.Version);
        Second = default;
        if (b is not null)
        {
            Second.Node = nodeB;
            Second.Value.Describe(b);
            Second.Value.Save(kind.SavesB ? b.Held : null, b.Held.Version);
        }
        Output.Describe(y);
        Output.Save(kind.SavesOutput ? y.Held : null, y.Held.Version);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    void Complete(TapeThread thread, Tensor y, long latest)
    {
        RequiresGrad = true;
        _isBlank = false;
        Number = thread.NextNumber(latest);
        y.Attach(this);
    }

    void RememberLine() => NeedExtras.RecordedAt = CallSite.OfUser();

    /// <summary>A saved value that hooks hold in place of the engine, or null if this one was saved without.</summary>
    internal Tensor? Unpack(int index) => Extras?.Packed?.Find(p => p.Index == index)?.Unpack();

    /// <summary>Gives what would be saved to hooks, so that nothing is left to save.</summary>
    Saved Pack(SavedHooks hooks, ReadOnlySpan<Tensor> inputs, Tensor y, Saved saved)
    {
        List<PackedValue> packed = NeedExtras.Packed = [];
        for (int i = 0; i < inputs.Length; i++)
        {
            if ((saved & BitOf(i)) != 0) packed.Add(new PackedValue(i, hooks, hooks.Pack(inputs[i])));
        }
        if ((saved & Saved.Output) != 0) packed.Add(new PackedValue(-1, hooks, hooks.Pack(y)));
        return Saved.Nothing;
    }

    static Saved BitOf(int input) => (Saved)(1 << Math.Min(input, Op.MaxSeparateInputs));

    /// <summary>Forgets the saved values and the inputs; a backward that reaches this node afterwards is an error.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal void Free()
    {
        Freed = true;
        if (!IsRecycled) Forget();
    }

    /// <summary>Makes the node blank for the next recording; handles and edges to it become stale.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal void Recycle()
    {
        Generation++;
        if (Extras is not null) Extras = null;
        _isBlank = true;
        Freed = RequiresGrad = false;
        if (Run > 0) Run = 0;
    }

    /// <summary>Lets go of the inputs and of the memory of saved values.</summary>
    internal void Forget()
    {
        // What is not remembered cannot repeat. Layouts stay: they hold no memory, and the next step mostly records the same ones.
        Flat = default;
        Run = 0;
        First.Forget();
        Second.Forget();
        Output.Forget();
        foreach (ref SavedEdge edge in _inputs.AsSpan()) edge.Forget();
        Extras?.Packed = null;
    }
}
