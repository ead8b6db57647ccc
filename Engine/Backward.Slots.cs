using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Autograd;

/// <content>The gradients of a pass, and the memory that they are in.</content>
sealed partial class BackwardRun
{
    /// <summary>
    /// For each recorded node, then for each leaf, where its gradient is held; 0 where there is none. Numbers, since along a chain a gradient
    /// moves from slot to slot, and the garbage collector has to know of every reference that is moved.
    /// </summary>
    int[] _slots = [];

    /// <summary>
    /// Gradients that slots hold; the first place is that of none. The first slots have places of their own, in which small memory stays: mostly the next pass
    /// writes there what has the same size. The other slots share places.
    /// </summary>
    Gradient[] _held = new Gradient[2 * OwnPlaces];
    int _lastHeld = OwnPlaces, _vacant, _holds;

    /// <summary>How many places belong to slots, and the most bytes that stay there.</summary>
    const int OwnPlaces = 32, MostKept = 1 << 10;

    /// <summary>A gradient: memory, dense and of the node's shape where there is no handle yet; it gets one when one is asked for.</summary>
    struct Gradient
    {
        public Storage? Memory;
        public Tensor? Handle;
    }

    /// <summary>Memory for a temporary: back in the pool after the op that asked for it, unless a gradient slot holds it.</summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    public Storage Rent(int bytes, DType dtype)
    {
        Storage storage = thread.Pool.Rent(bytes, dtype, StorageOwner.Temporary);
        _temporaries.Add(new() { Storage = storage });
        return storage;
    }

    /// <summary>The slot in which the gradient of an input is collected, or −1 where none is wanted.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal int SlotOf(ref SavedEdge edge, bool[]? wanted)
    {
        if (edge.Node is not { } source) return -1;
        int slot = SlotOf(source);
        return wanted is null || (slot >= 0 && wanted[slot]) ? slot : -1;
    }

    internal void Add(Node node, int input, Tensor dx)
    {
        ref SavedValue value = ref node.Edge(input).Value;
        if (dx.Shape != value.Layout!.Shape || dx.DType != value.DType) throw Throw.InvalidGradient(node, input, dx, value);
        if (SlotOf(ref node.Edge(input), null) is >= 0 and int slot) Add(slot, dx);
    }

    void Add(int slot, Tensor dx)
    {
        if (_slots[slot] == 0) Hold(slot, dx.LiveHeld, dx);
        else if (IsExclusive(ref _held[_slots[slot]])) Accumulate.AddTo(GradientAt(slot)!, dx);
        else Replace(slot, Accumulate.Instance.Apply(GradientAt(slot)!, dx));
    }

    /// <summary>The buffer that a kernel adds its part of a gradient to; fresh if it holds nothing yet and must be overwritten.</summary>
    internal Tensor Buffer(Node node, int input, out bool fresh)
    {
        ref SavedEdge edge = ref node.Edge(input);
        int slot = SlotOf(ref edge, null);
        if (slot < 0) throw Throw.NoGradientOf(node, input);
        MakeWritable(ref edge, slot, out fresh);
        return GradientAt(slot)!;
    }

    /// <summary>The elements of <see cref="Buffer"/>, if a gradient of the input is wanted.</summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    internal bool TrySpan<T>(Node node, int input, bool[]? wanted, out Span<T> dx, out bool fresh) where T : unmanaged
    {
        ref SavedEdge edge = ref node.Edge(input);
        int slot = SlotOf(ref edge, wanted);
        if (slot < 0)
        {
            dx = default;
            fresh = false;
            return false;
        }
        if (DTypes.Of<T>() != edge.Value.DType) throw Throw.WrongElementType(typeof(T), edge.Value.DType);
        ref byte first = ref MakeWritable(ref edge, slot, out fresh);
        dx = MemoryMarshal.CreateSpan(ref Unsafe.As<byte, T>(ref first), edge.Value.Layout!.Shape.ElementCount);
        return true;
    }

    /// <summary>The gradient of a node's result.</summary>
    internal Tensor GradientOf(Node node) => GradientAt(node.Slot)!;

    /// <summary>Its elements in row-major order, and whether this pass may change them, since nobody reads them once they have been handed on.</summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    internal Span<T> GradientSpan<T>(Node node, out bool isDisposable) where T : unmanaged
    {
        if (DTypes.Of<T>() != node.Output.DType) throw Throw.WrongElementType(typeof(T), node.Output.DType);
        ref Gradient held = ref _held[_slots[node.Slot]];
        isDisposable = _commits && node.Extras is null && IsExclusive(ref held);
        return MemoryMarshal.CreateSpan(ref Unsafe.As<byte, T>(ref Memory(ref held)), node.Output.Layout!.Shape.ElementCount);
    }

    /// <summary>Elements for the op that runs.</summary>
    internal Span<T> Rent<T>(int count) where T : unmanaged => Rent(count * Unsafe.SizeOf<T>(), DTypes.Of<T>()).Span<T>(0, count);

    /// <summary>Sees to it that the gradient of an input can be written to.</summary>
    /// <returns>The first byte.</returns>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    ref byte MakeWritable(ref SavedEdge edge, int slot, out bool fresh)
    {
        bool isFresh = fresh = _slots[slot] == 0;
        if (!isFresh)
        {
            if (!IsExclusive(ref _held[_slots[slot]])) Replace(slot, Accumulate.Instance.Apply(GradientAt(slot)!));
            return ref Memory(ref _held[_slots[slot]]);
        }
        Storage memory = LeafMemory(edge.Node!) ?? Rent(slot, edge.Value.Layout!.Shape.ElementCount * edge.Value.DType.Size(), edge.Value.DType);
        Hold(slot, memory);
        return ref memory.First();
    }

    /// <summary>Memory for the gradient of a slot.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    Storage Rent(int slot, int bytes, DType dtype)
    {
        if (slot >= OwnPlaces || _held[slot + 1].Memory is not { Owner: StorageOwner.Place } kept || kept.Length != bytes)
            return thread.Pool.Rent(bytes, dtype, StorageOwner.Backward);
        kept.Owner = StorageOwner.Backward;
        kept.DType = dtype;
        return kept;
    }

    /// <summary>Whether the slot is that of a leaf with idle gradient memory. An op writes there, with all threads, what the commit would copy with one.</summary>
    bool HasIdleMemory(int slot) => slot >= _count && _commits && _leaves[slot - _count].Extras is { Hooks: null, IsIdle: true };

    /// <summary>The idle gradient memory of a node that is a leaf, lent to this pass, so that a kernel writes the gradient in place.</summary>
    Storage? LeafMemory(Node node) => node.IsLeaf && _commits && node.Extras is { Hooks: null } extras ? extras.Lend() : null;

    Tensor? GradientAt(int slot)
    {
        ref Gradient held = ref _held[_slots[slot]];
        return held.Handle is null && held.Memory is { } memory ? held.Handle = HandleOf(memory, NodeAt(slot)) : held.Handle;
    }

    static Tensor HandleOf(Storage memory, Node node) =>
        (memory.Owner == StorageOwner.Leaf ? node.Extras!.Lent(memory) : null) ?? new(memory, node.Shape.Dense);

    Node NodeAt(int slot) => slot < _count ? _nodes[slot] : _leaves[slot - _count];

    /// <summary>The first byte of the dense elements.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static ref byte Memory(ref Gradient held)
    {
        if (held.Handle is null or { Layout: { IsDense: true, Offset: 0 } }) return ref held.Memory!.First();
        return ref DenseMemory(held.Handle);
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    static ref byte DenseMemory(Tensor gradient) => ref gradient.Dense().First(gradient.DType.Size());

    /// <summary>Whether the slot is alone in holding the memory, so that it may be changed in place.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    bool IsExclusive(ref Gradient held) => !_createGraph && held.Memory!.Holders == 1 && (held.Handle is not { } handle || IsWhole(handle));

    /// <summary>Whether this is the gradient of a node's result, and nobody reads it any more once it has been handed on.</summary>
    internal bool IsDisposable(Node node, Tensor dy) =>
        _commits && node.Extras is null && ReferenceEquals(_held[_slots[node.Slot]].Handle, dy) && IsExclusive(ref _held[_slots[node.Slot]]);

    /// <summary>Whether a gradient is all there is in its memory, and this pass may change it.</summary>
    static bool IsWhole(Tensor gradient) => gradient.IsDense && gradient.Held.Owner switch
    {
        StorageOwner.Leaf => true,
        StorageOwner.Backward or StorageOwner.Temporary => gradient.Held.Length == gradient.Count * gradient.DType.Size(),
        _ => false,
    };

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    void Hold(int slot, Storage memory, Tensor? handle = null)
    {
        memory.Hold();
        _holds++;
        int place = slot < OwnPlaces ? slot + 1 : NextPlace();
        ref Gradient held = ref _held[place];
        if (!ReferenceEquals(held.Memory, memory))
        {
            if (held.Memory is { Owner: StorageOwner.Place } kept) thread.Pool.Unpark(kept);
            held.Memory = memory;
        }
        if (handle is not null) held.Handle = handle;
        _slots[slot] = place;
    }

    int NextPlace()
    {
        int place = _vacant;
        if (place != 0) _vacant = 0;
        else if ((place = ++_lastHeld) == _held.Length) Array.Resize(ref _held, 2 * place);
        return place;
    }

    /// <summary>The seed 1 of a single element.</summary>
    void HoldOne(DType dtype)
    {
        Storage one = Rent(0, dtype.Size(), dtype);
        if (dtype == DType.Float32) one.Span<float>(0, 1)[0] = 1;
        else one.Span<double>(0, 1)[0] = 1;
        Hold(0, one);
    }

    void Replace(int slot, Tensor dx)
    {
        Drop(slot);
        Hold(slot, dx.Held, dx);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    void Drop(int slot)
    {
        int place = _slots[slot];
        if (place == 0) return;
        _slots[slot] = 0;
        _holds--;
        ref Gradient held = ref _held[place];
        Storage memory = held.Memory!;
        held.Handle = null;
        // A temporary of the running op is given back with the others, once the op is done.
        bool isFree = memory.Release() && memory.Owner == StorageOwner.Backward;
        if (isFree && place <= OwnPlaces && memory.Length <= MostKept)
        {
            memory.Retire();
            memory.Owner = StorageOwner.Place;
            return;
        }
        held.Memory = null;
        if (place > OwnPlaces)
        {
            if (place == _lastHeld) _lastHeld--;
            else _vacant = place;
        }
        if (isFree) thread.Pool.Return(memory);
    }

    void RecycleTemporaries()
    {
        if (_temporaries.Count == 0) return;
        foreach (Place place in _temporaries)
        {
            Storage storage = place.Storage!;
            if (storage.Owner != StorageOwner.Temporary) continue;
            if (storage.Holders > 0) storage.Owner = StorageOwner.Backward;
            else thread.Pool.Return(storage);
        }
        _temporaries.Clear();
    }

    /// <summary>Adds to the gradients of results that retain theirs.</summary>
    void CommitRetained()
    {
        foreach (int i in _retained) Commit(_nodes[i], GradientAt(i)!);
    }

    /// <summary>Adds to the gradients of leaves.</summary>
    void CommitLeaves()
    {
        for (int i = 0; i < _leafCount; i++)
        {
            Node leaf = _leaves[i];
            int place = _slots[_count + i];
            if (place == 0 || !leaf.RequiresGrad) continue;
            ref Gradient held = ref _held[place];
            Storage memory = held.Memory!;
            if (memory.Owner == StorageOwner.Leaf && leaf.Extras!.TakeBack(memory, isWhole: true))
            {
                // The leaf's own memory comes back, as nearly always. Nobody else holds it, and places are given out anew in the next pass, which mostly finds
                // it again.
                held.Handle = null;
                if (place > OwnPlaces || memory.Length > MostKept) held.Memory = null;
                _slots[_count + i] = 0;
                _holds--;
                memory.Holders = 0;
            }
            else
            {
                Commit(leaf, GradientAt(_count + i)!);
            }
        }
    }

    /// <summary>Adds to the gradient of a leaf, under its lock; the memory of a first gradient is moved.</summary>
    void Commit(Node leaf, Tensor dx)
    {
        NodeExtras extras = leaf.NeedExtras;
        while (true)
        {
            Tensor sum;
            int version;
            using (extras.Enter())
            {
                if (!_createGraph || !extras.HasGrad)
                {
                    Settle(extras, dx);
                    return;
                }
                sum = extras.Grad!;
                version = sum.LiveStorage.Version;
            }
            // To record the sum calls who observes the tape, and they must find the leaf open.
            Tensor total = Own(Accumulate.Instance.Apply(sum, dx));
            using (extras.Enter())
            {
                if (extras.Grad != sum || sum.LiveStorage.Version != version) continue;
                extras.Grad = total;
                if (!total.RequiresGrad) total.LiveStorage.Version++;
                return;
            }
        }
    }

    /// <summary>The gradient of a leaf that this thread has entered: a first one, or a sum that is not recorded.</summary>
    void Settle(NodeExtras extras, Tensor dx)
    {
        Tensor? held = extras.Free, sum = extras.HasGrad ? held : null;
        bool inPlace = held is { IsDense: true, RequiresGrad: false } && !(_createGraph && dx.RequiresGrad);
        if (inPlace && sum is not null) Accumulate.AddTo(sum, dx);
        else if (inPlace) held!.Write(dx);
        else if (sum is not null) extras.Grad = Own(Accumulate.Instance.Apply(sum.Detach(), dx));
        else extras.Grad = (_createGraph && dx.RequiresGrad) || (!_createGraph && dx.Held.Holders <= 1 && IsWhole(dx)) ? Own(dx) : dx.Clone();
        extras.HasGrad = true;
        // What has a history was not changed, and may be saved in it.
        if (!extras.Grad!.RequiresGrad) extras.Grad.LiveStorage.Version++;
    }

    /// <summary>Takes a gradient's memory away from the pool, for good.</summary>
    static Tensor Own(Tensor dx)
    {
        if (dx.Batched is null) dx.LiveStorage.Owner = StorageOwner.Collector;
        return dx;
    }
}
