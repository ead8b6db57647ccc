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

    /// <summary>The backward that has claimed this node, 0 when none has.</summary>
    internal int Run;

    /// <summary>This node's position in the claiming run.</summary>
    internal int Slot;

    internal bool Freed;

    /// <summary>Whether scopes recycle this node. What it refers to then stays until it is recorded again: mostly the next step records the same.</summary>
    internal bool IsRecycled;

    /// <summary>Whether this waits to be recorded again.</summary>
    bool _isBlank;

    /// <summary>Whether <see cref="ElementwiseOp"/> computed this on dense memory of one shape and type, and saved it without hooks.</summary>
    internal bool IsFlat;

    internal SavedValue Output;

    Saved _saved;
    byte _inlineInputs;
    SavedEdge[]? _inputs;

    /// <summary>The inputs of an application of one or two.</summary>
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
        // Up to two inputs lie in the node itself, more in an array, which a recycled node often has already.
        _inlineInputs = (byte)inputs.Length;
        if (inputs.Length <= 2) _inputs = null;
        else if (_inputs?.Length != inputs.Length) _inputs = new SavedEdge[inputs.Length];
        if (inputs.Length != 2) Second.Forget();
        if (inputs.Length > 2) First.Forget();
        long latest = 0;
        for (int i = 0; i < inputs.Length; i++) latest = Math.Max(latest, Edge(i).Record(inputs[i], (saved & BitOf(i)) != 0));
        IsFlat = false;
        if (!ReferenceEquals(Operation, op)) Operation = op;
        Output.Describe(y);
        Output.Save((saved & Saved.Output) != 0 ? y.Held : null, y.Held.Version);
        Complete(thread, y, latest);
        if (thread.AnomalyDepth > 0) RememberLine();
    }

    /// <summary>The same for an op on dense memory of one shape and type.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal void RecordFlat(TapeThread thread, ElementwiseOp op, Tensor a, Node? nodeA, Tensor? b, Node? nodeB, Tensor y, Saved saved)
    {
        if (Repeats(op, a, nodeA, b, nodeB, y, saved)) CompleteFlat(thread, a, nodeA, b, nodeB, y, saved);
        else RecordAnew(thread, op, a, nodeA, b, nodeB, y, saved);
    }

    /// <summary>Whether this was recorded before as the same, as it is in the steps of a training loop: then only numbers have changed.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    bool Repeats(ElementwiseOp op, Tensor a, Node? nodeA, Tensor? b, Node? nodeB, Tensor y, Saved saved) =>
        IsFlat && ReferenceEquals(Operation, op) && _saved == saved &&
        Output.DType == y.DType && Output.IsOf(y, (saved & Saved.Output) != 0) &&
        ReferenceEquals(First.Node, nodeA) && First.Value.IsOf(a, (saved & Saved.A) != 0) &&
        (b is null ? _inlineInputs == 1 : _inlineInputs == 2 && ReferenceEquals(Second.Node, nodeB) && Second.Value.IsOf(b, (saved & Saved.B) != 0));

    [MethodImpl(MethodImplOptions.NoInlining)]
    void RecordAnew(TapeThread thread, ElementwiseOp op, Tensor a, Node? nodeA, Tensor? b, Node? nodeB, Tensor y, Saved saved)
    {
        (Operation, IsFlat, _saved, _inputs, _inlineInputs) = (op, true, saved, null, (byte)(b is null ? 1 : 2));
        First.Node = nodeA;
        First.Value.Describe(a);
        First.Value.Save((saved & Saved.A) != 0 ? a.Held : null);
        Second = default;
        if (b is not null)
        {
            Second.Node = nodeB;
            Second.Value.Describe(b);
            Second.Value.Save((saved & Saved.B) != 0 ? b.Held : null);
        }
        Output.Describe(y);
        Output.Save((saved & Saved.Output) != 0 ? y.Held : null);
        CompleteFlat(thread, a, nodeA, b, nodeB, y, saved);
    }

    /// <summary>What changes from one recording to the next of the same.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    void CompleteFlat(TapeThread thread, Tensor a, Node? nodeA, Tensor? b, Node? nodeB, Tensor y, Saved saved)
    {
        long latest = 0;
        if (nodeA is not null) (First.Generation, latest) = (nodeA.Generation, nodeA.Number);
        if (nodeB is not null) (Second.Generation, latest) = (nodeB.Generation, Math.Max(latest, nodeB.Number));
        if ((saved & Saved.A) != 0) First.Value.Version = a.Held.Version;
        if ((saved & Saved.B) != 0) Second.Value.Version = b!.Held.Version;
        if ((saved & Saved.Output) != 0) Output.Version = y.Held.Version;
        Complete(thread, y, latest);
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
        Run = 0;
    }

    /// <summary>Lets go of the inputs and of the memory of saved values.</summary>
    internal void Forget()
    {
        // What is not remembered cannot repeat. Layouts stay: they hold no memory, and the next step mostly records the same ones.
        IsFlat = false;
        First.Forget();
        Second.Forget();
        Output.Forget();
        foreach (ref SavedEdge edge in _inputs.AsSpan()) edge.Forget();
        Extras?.Packed = null;
    }
}

/// <summary>What few nodes have.</summary>
sealed class NodeExtras
{
    Tensor? _grad;

    /// <summary>The gradient of a leaf, or of a result whose gradient is retained; kept as a buffer while <see cref="HasGrad"/> is false.</summary>
    public Tensor? Grad
    {
        // A gradient with a history outlives the scope that recorded it as plain numbers.
        get => _grad is { IsCutOff: true } cut ? _grad = cut.Clone() : _grad;
        set => (_grad, _isLent) = (value, false);
    }

    public bool HasGrad, RetainsGrad;

    /// <summary>Whether a backward writes to the idle memory of the gradient.</summary>
    bool _isLent;
    int _busy;
    public List<Func<Tensor, Tensor?>>? Hooks;
    public string? RecordedAt;

    /// <summary>Saved values that were recorded under hooks.</summary>
    public List<PackedValue>? Packed;

    /// <summary>Tangents of forward mode, one a level.</summary>
    public Tangent? Tangents;

    /// <summary>Whether there is idle memory of a gradient, which no backward writes to.</summary>
    public bool IsIdle => !HasGrad && !_isLent && _grad is not null;

    /// <summary>Lends the idle memory of a leaf's gradient to a backward, if it is memory that a kernel may write to.</summary>
    public Storage? Lend()
    {
        using Turn turn = Enter();
        if (!IsIdle || _grad is not { Layout: { IsDense: true, Offset: 0 }, LiveStorage: { Holders: 0 } memory } || !_grad.HasNode(null)) return null;
        _isLent = true;
        memory.Owner = StorageOwner.Leaf;
        // The graph itself may have saved it, as an ordinary value.
        memory.Version++;
        return memory;
    }

    /// <summary>Takes back what was lent, now the gradient if it is whole; false if there is another by now.</summary>
    public bool TakeBack(Storage memory, bool isWhole)
    {
        using Turn turn = Enter();
        if (!_isLent || _grad!.Held != memory) return false;
        (_isLent, HasGrad) = (false, isWhole);
        memory.Owner = StorageOwner.Collector;
        memory.Version++;
        return true;
    }

    /// <summary>The tensor that the next gradient may be added to or written to, or null.</summary>
    public Tensor? Free => _isLent ? null : Grad;

    /// <summary>
    /// Lets one thread at a time read and change the gradient and the hooks, until disposed. Not to be entered twice. A monitor costs more than
    /// one exchange, which counts where a net has few numbers: every leaf is entered twice in a backward.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public Turn Enter()
    {
        if (Interlocked.CompareExchange(ref _busy, 1, 0) != 0) Wait();
        return new(this);
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    void Wait()
    {
        SpinWait spin = default;
        while (Interlocked.CompareExchange(ref _busy, 1, 0) != 0) spin.SpinOnce();
    }

    public readonly ref struct Turn(NodeExtras extras) : IDisposable
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public void Dispose() => Volatile.Write(ref extras._busy, 0);
    }
}

/// <summary>A value as a node remembers it: its layout, and its memory if the derivative reads it.</summary>
struct SavedValue
{
    public Layout? Layout;

    /// <summary>The storage; or, of an input without history, its handle: it serves again when the value is read.</summary>
    object? _memory;
    public int Version;
    public DType DType;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Describe(Tensor tensor)
    {
        // Comparing is cheaper than a store that the garbage collector has to know of.
        if (!ReferenceEquals(Layout, tensor.Layout)) Layout = tensor.Layout;
        DType = tensor.DType;
    }

    /// <summary>Keeps the memory that the derivative reads, or nothing.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Save(object? memory, int version = 0)
    {
        if (!ReferenceEquals(_memory, memory)) _memory = memory;
        Version = version;
    }

    /// <summary>Whether this describes a tensor of the same element type, and keeps its storage if it keeps anything.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public readonly bool IsOf(Tensor tensor, bool isSaved) =>
        ReferenceEquals(Layout, tensor.Layout) && (!isSaved || ReferenceEquals(_memory, tensor.Held));

    public void Forget() => _memory = null;

    public readonly Storage? Storage => _memory is Tensor handle ? handle.LiveStorage : Unsafe.As<Storage?>(_memory);

    /// <summary>Whether the value was saved as dense memory, not given to hooks.</summary>
    public readonly bool IsInMemory => _memory is not null && Layout!.IsDense;

    /// <summary>The elements of a value that was saved as dense memory.</summary>
    /// <inheritdoc cref="Unchanged"/>
    public readonly ReadOnlySpan<T> Span<T>(Node owner, int index) where T : unmanaged
    {
        if (DTypes.Of<T>() != DType) throw Throw.WrongElementType(typeof(T), DType);
        return Unchanged(owner, index).Span<T>(Layout!.Offset, Layout.Shape.ElementCount);
    }

    /// <summary>The memory, if it still holds what was saved.</summary>
    /// <param name="owner">The application that saved it.</param>
    /// <param name="index">Which of its inputs this is, or −1 for its result.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public readonly Storage Unchanged(Node owner, int index)
    {
        Storage storage = Storage!;
        return storage.Version == Version ? storage : throw Changed(storage, owner, index);
    }

    /// <summary>The first byte of a value that a flat node saved, if it still holds that.</summary>
    /// <inheritdoc cref="Unchanged"/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public readonly ref byte First(int size, Node owner, int index)
    {
        Storage storage = Unsafe.As<Storage>(_memory!);
        if (storage.Version != Version) throw Changed(storage, owner, index);
        return ref Unsafe.Add(ref storage.First(), Layout!.Offset * size);
    }

    /// <summary>The element of a value of one that a flat node saved, if it is still that.</summary>
    /// <inheritdoc cref="Unchanged"/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public readonly T One<T>(Node owner, int index) where T : unmanaged => Unsafe.As<byte, T>(ref First(Unsafe.SizeOf<T>(), owner, index));

    /// <summary>The value as a tensor; linked to its node, so that ops on it can be recorded.</summary>
    /// <param name="owner">The application that saved it.</param>
    /// <param name="index">Which of its inputs this is, or −1 for its result.</param>
    /// <param name="node">The node that ops on the value continue from.</param>
    public readonly Tensor Restore(Node owner, int index, Node? node)
    {
        if (_memory is null) return Link(Unpack(owner, index), node);
        Storage storage = Unchanged(owner, index);
        // On a level for batches a handle may stand for a value of each sample; what was saved does not.
        return _memory is Tensor handle && handle.HasNode(node) && !BatchLevel.IsActive ? handle : Link(new Tensor(storage, Layout!), node);
    }

    static Tensor Link(Tensor value, Node? node)
    {
        if (node is not null) value.Attach(node);
        return value;
    }

    readonly GraphException Changed(Storage storage, Node owner, int index) =>
        storage.Generation - Version > 0 ? Throw.ScopeEnded() : Throw.ChangedInPlace(owner, index, this, storage.Version - Version);

    readonly Tensor Unpack(Node owner, int index)
    {
        if (owner.Freed) throw Throw.GraphFreed(owner);
        Tensor value = owner.Unpack(index) ?? throw Throw.NotSaved(owner, index);
        return value.Shape == Layout!.Shape && value.DType == DType ? value.Alias() : throw Throw.InvalidUnpack(owner, index, value, this);
    }
}

/// <summary>An input as a node remembers it: the value, and where it came from.</summary>
struct SavedEdge
{
    public SavedValue Value;
    public Node? Node;
    public int Generation;

    public readonly bool IsStale => Node is { } node && node.Generation != Generation;

    /// <summary>Takes down an input with its node, if there is one, and its value, if the derivative reads it.</summary>
    /// <returns>The node's number, 0 where there is none.</returns>
    [MethodImpl(MethodImplOptions.NoInlining)]
    public long Record(Tensor input, bool isSaved)
    {
        Node? node = input.NodeOrNull;
        Value.Describe(input);
        if (isSaved) Value.Save(node is null or { IsLeaf: true } ? input : input.Held, input.LiveStorage.Version);
        else Value.Forget();
        if (!ReferenceEquals(Node, node)) Node = node;
        if (node is null) return 0;
        Generation = node.Generation;
        return node.Number;
    }

    public void Forget()
    {
        Node = null;
        Value.Forget();
    }
}
