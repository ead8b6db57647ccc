using System.Diagnostics;
using System.Runtime.CompilerServices;

namespace Autograd;

/// <summary>
/// An n-dimensional array of numbers that remembers how it was computed. A handle: several may share memory (views, Detach),
/// none has to be disposed.
/// </summary>
[DebuggerDisplay("{DebuggerText,nq}")]
public sealed partial class Tensor
{
    /// <summary>The generation of no storage: to read or change a batched tensor's numbers fails as after the end of a scope.</summary>
    const int NoMemory = -1;

    readonly Storage _storage;
    readonly int _storageGeneration;
    int _nodeGeneration;
    Node? _node;

    internal readonly Layout Layout;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal Tensor(Storage storage, Layout layout)
    {
        _storage = storage;
        _storageGeneration = storage.Generation;
        Layout = layout;
    }

    Tensor(BatchedStorage batch)
    {
        _storage = batch;
        _storageGeneration = NoMemory;
        Layout = Shape.Create(batch.Value.Shape.Sizes[1..]).Dense;
        if (batch.Value.LiveNode is { } node) Attach(node);
    }

    /// <summary>The sizes of the axes.</summary>
    public Shape Shape => Layout.Shape;

    /// <summary>The element type.</summary>
    public DType DType => _storage.DType;

    /// <summary>The number of axes.</summary>
    public int Rank => Layout.Shape.Rank;

    /// <summary>The number of elements.</summary>
    public int Count => Layout.Shape.ElementCount;

    /// <summary>The distance in memory, in elements, between neighbours along each axis; 0 where an axis repeats one element.</summary>
    public ReadOnlySpan<int> Strides => Layout.Strides;

    /// <summary>Whether the elements lie in memory one after the other, in row-major order.</summary>
    public bool IsDense => Layout.IsDense;

    /// <summary>Whether this is no recorded result: gradients accumulate in leaves.</summary>
    public bool IsLeaf => LiveNode is null or { IsLeaf: true };

    /// <summary>The recorded application that made this tensor, its leaf node if it requires a gradient, or null.</summary>
    public Node? Node => LiveNode is { RequiresGrad: true } node ? node : null;

    /// <summary>Whether backward computes a gradient for this tensor; can be set on leaves only.</summary>
    /// <exception cref="GraphException">Set on a recorded result.</exception>
    /// <exception cref="DTypeException">Set to true on a tensor that is not floating-point.</exception>
    public bool RequiresGrad
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => _node is not null && LiveNode!.RequiresGrad;
        set
        {
            if (value == RequiresGrad) return;
            if (!IsLeaf) throw Throw.RequiresGradOfResult(_node!);
            if (value && !DType.IsFloating()) throw Throw.NotDifferentiable("RequiresGrad", DType);
            EnsureNode().RequiresGrad = value;
        }
    }

    /// <summary>
    /// The accumulated gradient, of this tensor's shape; null before the first backward and after <see cref="ZeroGrad"/>.
    /// The memory is used again after ZeroGrad: clone what must last. What is set is copied.
    /// </summary>
    /// <exception cref="GraphException">This is a recorded result whose gradient was not retained.</exception>
    /// <exception cref="ShapeException">Set to a tensor of another shape.</exception>
    public Tensor? Grad
    {
        get
        {
            if (LiveNode is not { } node) return null;
            if (node is { IsLeaf: false, Extras: not { RetainsGrad: true } }) throw Throw.GradOfResult(node);
            return node.Extras is { HasGrad: true } extras ? extras.Grad : null;
        }
        set
        {
            if (value is null && LiveNode?.Extras is null) return;
            if (value is not null && (value.Shape != Shape || value.DType != DType)) throw Throw.GradMismatch(value, this);
            if (!RequiresGrad) throw Throw.NoGradient("Setting Grad", this);
            NodeExtras extras = EnsureNode().NeedExtras;
            Tensor? copy = value?.Clone();
            using (extras.Enter()) (extras.Grad, extras.HasGrad) = (copy, value is not null);
        }
    }

    /// <summary>Clears the gradient and keeps its memory for the next backward; <see cref="Grad"/> is null until then.</summary>
    public void ZeroGrad() => LiveNode?.Extras?.HasGrad = false;

    /// <summary>Keeps the gradient of a recorded result in <see cref="Grad"/> at the next backward, as leaves do.</summary>
    /// <exception cref="GraphException">The tensor requires no gradient.</exception>
    public void RetainGrad()
    {
        if (!RequiresGrad) throw Throw.NoGradient("RetainGrad", this);
        if (Batched is not null) throw Throw.OfBatched("RetainGrad", this);
        if (!IsLeaf) LiveNode!.NeedExtras.RetainsGrad = true;
    }

    /// <summary>Calls <paramref name="hook"/> with this tensor's whole gradient at each backward; what it returns, unless null, takes its place.</summary>
    /// <returns>Removes the hook when disposed.</returns>
    /// <exception cref="GraphException">The tensor requires no gradient.</exception>
    public IDisposable RegisterHook(Func<Tensor, Tensor?> hook)
    {
        Throw.IfNull("RegisterHook", hook);
        if (!RequiresGrad) throw Throw.NoGradient("RegisterHook", this);
        if (Batched is not null) throw Throw.OfBatched("RegisterHook", this);
        NodeExtras extras = LiveNode!.NeedExtras;
        using (extras.Enter()) extras.Hooks = [.. extras.Hooks ?? [], hook];
        return new HookRemoval(extras, hook);
    }

    /// <summary>The same memory without history: gradients do not flow through it. Changing it in place changes this tensor.</summary>
    public Tensor Detach() => Alias();

    /// <summary>
    /// Computes the gradients of Σ seed·this with respect to all leaves it depends on and adds them to their <see cref="Grad"/>.
    /// </summary>
    /// <param name="seed">Upstream gradient, of this tensor's shape; 1 when left out, which needs a single element.</param>
    /// <param name="retainGraph">Keeps the saved values for another backward; createGraph implies it.</param>
    /// <param name="createGraph">Records the backward pass itself, so that gradients can be differentiated again.</param>
    /// <exception cref="GraphException">Nothing requires a gradient, the graph was freed already, a saved value was changed.</exception>
    /// <exception cref="ShapeException">This is not a scalar and no seed is given, or the seed's shape differs.</exception>
    public void Backward(Tensor? seed = null, bool retainGraph = false, bool createGraph = false)
    {
        if (Batched is not null || seed?.Batched is not null) throw Throw.OfBatched("Backward", this);
        BackwardRun run = TapeThread.Current.RentRun();
        run.Backward(this, seed, retainGraph || createGraph, createGraph);
    }

    /// <summary>Carries this tensor out of the tape scopes it was made in: its memory is not recycled. The result has no history.</summary>
    public Tensor Keep()
    {
        LiveStorage.Owner = StorageOwner.Collector;
        return Alias();
    }

    /// <summary>Another arrangement of the same memory; not recorded: ops on top of it derive from it what their vjp needs.</summary>
    /// <param name="shape">Sizes of the view.</param>
    /// <param name="strides">Distance between neighbours of each axis, in elements; 0 repeats, negative runs backwards.</param>
    /// <param name="offset">Position of the first element, relative to this tensor's first.</param>
    /// <exception cref="ShapeException">The view would reach outside the memory.</exception>
    public Tensor View(Shape shape, ReadOnlySpan<int> strides, int offset = 0)
    {
        Throw.IfNull("View", shape);
        if (strides.Length != shape.Rank) throw Throw.ViewStrides(shape, strides);
        (long low, long high) = Layout.Reach(shape, strides);
        long first = Layout.Offset + (long)offset, available = LiveStorage.Length / DType.Size();
        if (shape.ElementCount > 0 && (first + low < 0 || first + high >= available)) throw Throw.ViewOutside(shape, strides, offset, this);
        return new Tensor(_storage, Layout.Of(shape, strides, shape.ElementCount > 0 ? (int)first : Layout.Offset));
    }

    /// <summary>This tensor if its elements are dense, else a dense copy; not recorded, for kernels.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public Tensor Dense() => IsDense ? this : DenseCopy();

    Tensor DenseCopy()
    {
        Tensor copy = Empty(Shape, DType);
        copy.Write(this);
        return copy;
    }

    /// <summary>Whether the memory is still this tensor's.</summary>
    internal bool HasMemory => _storage.Generation == _storageGeneration;

    internal Storage LiveStorage
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => _storage.Generation == _storageGeneration ? _storage : throw Throw.NoMemory(this);
    }

    /// <summary>The memory, or what stands for it; not checked to be alive.</summary>
    internal Storage Held => _storage;

    /// <summary>The memory, which must be alive, or what stands for it.</summary>
    internal Storage LiveHeld => _storageGeneration == NoMemory ? _storage : LiveStorage;

    /// <summary>The level and the value of a batched tensor, else null.</summary>
    internal BatchedStorage? Batched => _storage as BatchedStorage;

    internal static Tensor OfBatch(BatchedStorage batch) => new(batch);

    /// <summary>The node that ops on this tensor continue from: one that needs a gradient or carries tangents.</summary>
    internal Node? NodeOrNull => LiveNode is { } node && (node.RequiresGrad || node.CarriesTangents) ? node : null;

    internal Node? LiveNode
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get
        {
            if (_node is null || _node.Generation == _nodeGeneration) return _node;
            throw Throw.ScopeEnded();
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal void Attach(Node node)
    {
        _node = node;
        _nodeGeneration = node.Generation;
    }

    /// <summary>Whether ops on this handle continue from the node, or from none.</summary>
    internal bool HasNode(Node? node) => ReferenceEquals(_node, node);

    internal Tensor Alias() => Batched is { } batch ? new(new BatchedStorage(batch.Level, batch.Value.Alias())) : new(LiveStorage, Layout);

    /// <summary>Whether the history, not the memory, was recycled with the scope that recorded it.</summary>
    internal bool IsCutOff => _node is not null && _node.Generation != _nodeGeneration;

    internal Tensor? TangentAt(DualFrame level) => Tangent.Find(LiveNode?.Extras?.Tangents, level);

    internal void SetTangent(DualFrame level, Tensor tangent)
    {
        NodeExtras extras = EnsureNode().NeedExtras;
        extras.Tangents = new Tangent(level, tangent, extras.Tangents);
    }

    Node EnsureNode()
    {
        if (LiveNode is { } node) return node;
        // See Note [Batching comes first].
        Attach(Batched is { } batch ? batch.Value.EnsureNode() : Node.Leaf(this));
        return _node!;
    }

    sealed class HookRemoval(NodeExtras extras, Func<Tensor, Tensor?> hook) : IDisposable
    {
        bool _removed;

        public void Dispose()
        {
            using NodeExtras.Turn turn = extras.Enter();
            if (_removed || extras.Hooks is not { } hooks) return;
            _removed = true;
            hooks = [.. hooks];
            hooks.Remove(hook);
            extras.Hooks = hooks.Count > 0 ? hooks : null;
        }
    }
}
