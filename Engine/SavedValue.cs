using System.Runtime.CompilerServices;

namespace Autograd;

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
    public void Save(object? memory, int version)
    {
        if (!ReferenceEquals(_memory, memory)) _memory = memory;
        Version = version;
    }

    /// <summary>Whether this describes a tensor of the same element type.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public readonly bool IsLike(Tensor tensor) => ReferenceEquals(Layout, tensor.Layout);

    /// <summary>Takes down the version of a tensor's storage again; false if this keeps another one.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public bool TryRenew(Tensor tensor)
    {
        Storage storage = tensor.Held;
        if (!ReferenceEquals(_memory, storage)) return false;
        Version = storage.Version;
        return true;
    }

    /// <summary>Takes a tensor down again, if this keeps one of the same layout and, if it is saved, the same memory, as this was saved.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public bool TryRepeat(Tensor tensor, bool isSaved)
    {
        if (!ReferenceEquals(Layout, tensor.Layout)) return false;
        Storage storage = tensor.Held;
        DType = storage.DType;
        if (!isSaved) return _memory is null;
        if (!ReferenceEquals(_memory, storage) && !(ReferenceEquals(_memory, tensor) && tensor.HasMemory)) return false;
        Version = storage.Version;
        return true;
    }

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

    /// <summary>Takes down an input with its node, if there is one, and its value, if the derivative reads it.</summary>
    /// <returns>The node's number, 0 where there is none.</returns>
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

    /// <summary>Whether the node is what it was when it was taken down, and needs a gradient; or there is none.</summary>
    public readonly bool IsIntact
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => Node is not { } node || (node.Generation == Generation && node.RequiresGrad);
    }

    public void Forget()
    {
        Node = null;
        Value.Forget();
    }
}
