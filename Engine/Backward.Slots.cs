using System.Runtime.CompilerServices;

namespace Autograd;

/// <content>The gradients of a pass, and the memory that they are in.</content>
sealed partial class BackwardRun
{
    /// <summary>A gradient: a tensor, or bare memory of the node's shape, dense, which becomes a tensor when one is asked for.</summary>
    struct Slot
    {
        public object? Held;
    }

    /// <summary>Memory for a temporary: back in the pool after the op that asked for it, unless a gradient slot holds it.</summary>
    public Storage Rent(int bytes, DType dtype)
    {
        Storage storage = thread.Pool.Rent(bytes, dtype, StorageOwner.Temporary);
        _temporaries.Add(storage);
        return storage;
    }

    /// <summary>Whether a gradient of an input is wanted, and in which slot it is collected.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal bool Needs(Node node, int input, bool[]? wanted, out int slot)
    {
        slot = node.Input(input) is { RequiresGrad: true } source ? SlotOf(source) : -1;
        return slot >= 0 && (wanted is null || wanted[slot]);
    }

    internal void Add(Node node, int input, Tensor dx)
    {
        ref SavedValue value = ref node.Edge(input).Value;
        if (dx.Shape != value.Layout!.Shape || dx.DType != value.DType) throw Throw.InvalidGradient(node, input, dx, value);
        if (Needs(node, input, null, out int slot)) Add(slot, dx);
    }

    void Add(int slot, Tensor dx)
    {
        object? sum = _gradients[slot].Held;
        if (sum is null) Hold(slot, dx, dx.Held);
        else if (IsExclusive(sum)) Accumulate.AddTo(GradientAt(slot)!, dx);
        else Replace(slot, Accumulate.Instance.Apply(GradientAt(slot)!, dx));
    }

    /// <summary>The buffer that a kernel adds its part of a gradient to; fresh if it holds nothing yet and must be overwritten.</summary>
    internal Tensor Buffer(Node node, int input, out bool fresh)
    {
        int slot = SlotOf(node.Input(input)!);
        MakeWritable(node, input, slot, out fresh);
        return GradientAt(slot)!;
    }

    void MakeWritable(Node node, int input, int slot, out bool fresh)
    {
        ref SavedEdge edge = ref node.Edge(input);
        object? sum = _gradients[slot].Held;
        fresh = sum is null;
        if (sum is not null)
        {
            if (!IsExclusive(sum)) Replace(slot, Accumulate.Instance.Apply(GradientAt(slot)!));
        }
        else if (edge.Node!.IsLeaf && LeafBuffer(edge.Node) is { } buffer)
        {
            Hold(slot, buffer, buffer.Held);
        }
        else
        {
            Storage memory = thread.Pool.Rent(edge.Value.Layout!.Shape.ElementCount * edge.Value.DType.Size(), edge.Value.DType, StorageOwner.Backward);
            Hold(slot, memory, memory);
        }
    }

    /// <summary>The idle gradient memory of a leaf, taken away from it for this pass, so that a kernel writes the gradient in place.</summary>
    Tensor? LeafBuffer(Node leaf)
    {
        if (!_commits || leaf.Extras is not { Hooks: null } extras) return null;
        lock (extras)
        {
            if (extras is not { HasGrad: false, Grad: { IsDense: true, RequiresGrad: false, LiveStorage.Holders: 0 } buffer }) return null;
            extras.Grad = null;
            buffer.LiveStorage.Owner = StorageOwner.Leaf;
            // The graph itself may have saved it, as an ordinary value.
            buffer.LiveStorage.Version++;
            return buffer;
        }
    }

    Tensor? GradientAt(int slot)
    {
        ref object? held = ref _gradients[slot].Held;
        if (held is null or Tensor) return Unsafe.As<Tensor?>(held);
        Tensor gradient = new(Unsafe.As<Storage>(held), (slot < _count ? _nodes[slot] : _leaves[slot - _count]).Shape.Dense);
        held = gradient;
        return gradient;
    }

    /// <summary>The first byte of the dense elements.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    ref byte Memory(int slot)
    {
        object gradient = _gradients[slot].Held!;
        if (gradient is Tensor tensor) return ref tensor.Dense().First();
        return ref Unsafe.As<Storage>(gradient).First();
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static Storage StorageOf(object gradient) => gradient is Tensor tensor ? tensor.Held : Unsafe.As<Storage>(gradient);

    /// <summary>Whether the slot is alone in holding the memory, so that it may be changed in place.</summary>
    bool IsExclusive(object gradient)
    {
        Storage storage = StorageOf(gradient);
        if (_createGraph || storage.Holders > 1) return false;
        if (gradient is not Tensor sum) return true;
        if (!sum.IsDense) return false;
        return storage.Owner switch
        {
            StorageOwner.Leaf => true,
            StorageOwner.Backward or StorageOwner.Temporary => storage.Length == sum.Count * sum.DType.Size(),
            _ => false,
        };
    }

    void Hold(int slot, object gradient, Storage storage)
    {
        storage.Hold();
        _gradients[slot].Held = gradient;
    }

    /// <summary>The seed 1 of a single element.</summary>
    void HoldOne(DType dtype)
    {
        Storage one = thread.Pool.Rent(dtype.Size(), dtype, StorageOwner.Backward);
        if (dtype == DType.Float32) one.Span<float>(0, 1)[0] = 1;
        else one.Span<double>(0, 1)[0] = 1;
        Hold(0, one, one);
    }

    void Replace(int slot, Tensor dx)
    {
        Drop(slot);
        Hold(slot, dx, dx.Held);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    void Drop(int slot)
    {
        if (_gradients[slot].Held is { } gradient) Drop(slot, gradient);
    }

    void Drop(int slot, object gradient)
    {
        _gradients[slot].Held = null;
        Storage storage = StorageOf(gradient);
        // A temporary of the running op is given back with the others, once the op is done.
        if (storage.Release() && storage.Owner == StorageOwner.Backward) thread.Pool.Return(storage);
    }

    void RecycleTemporaries()
    {
        foreach (Storage storage in _temporaries)
        {
            if (storage.Owner != StorageOwner.Temporary) continue;
            if (storage.Holders > 0) storage.Owner = StorageOwner.Backward;
            else thread.Pool.Return(storage);
        }
        _temporaries.Clear();
    }

    /// <summary>Adds to the gradient of a leaf, under its lock; the memory of a first gradient is moved.</summary>
    void Commit(Node leaf, Tensor dx)
    {
        NodeExtras extras = leaf.NeedExtras;
        lock (extras)
        {
            Tensor? held = extras.Grad, sum = extras.HasGrad ? held : null;
            bool inPlace = held is { IsDense: true, RequiresGrad: false } && !(_createGraph && (sum is not null || dx.RequiresGrad));
            if (inPlace && sum is not null) Accumulate.AddTo(sum, dx);
            else if (inPlace) held!.Write(dx);
            else if (sum is not null) extras.Grad = Own(Accumulate.Instance.Apply(_createGraph ? sum : sum.Detach(), dx));
            else extras.Grad = (_createGraph && dx.RequiresGrad) || IsExclusive(dx) ? Own(dx) : dx.Clone();
            extras.HasGrad = true;
            // What has a history was not changed, and may be saved in it.
            if (!extras.Grad!.RequiresGrad) extras.Grad.LiveStorage.Version++;
        }
    }

    /// <summary>Takes a gradient's memory away from the pool, for good.</summary>
    static Tensor Own(Tensor dx)
    {
        if (dx.Batched is null) dx.LiveStorage.Owner = StorageOwner.Collector;
        return dx;
    }
}
