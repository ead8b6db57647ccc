using System.Runtime.CompilerServices;

namespace Autograd;

/// <content>Collecting the nodes of a pass, and letting them go.</content>
sealed partial class BackwardRun
{
    /// <summary>Collects what lies between y and the targets; all that y depends on where there are none.</summary>
    void Claim(Tensor y, ReadOnlySpan<Tensor> targets = default)
    {
        // Numbers grow along every path, so none leads to a target through a node recorded before all of them.
        long earliest = targets.IsEmpty ? 0 : long.MaxValue;
        foreach (Tensor target in targets) earliest = Math.Min(earliest, target.Node!.Number);
        lock (Claims)
        {
            int before = _id;
            if (++_lastId <= 0) _lastId = 1;
            _id = _lastId;
            if (targets.IsEmpty && _keptNodes > 0 && TryClaimAgain(y.Node!, before)) return;
            _isWhole = targets.IsEmpty;
            try
            {
                Visit(y.Node!);
                Collect(earliest);
            }
            catch
            {
                _isWhole = false;
                Unclaim(free: false);
                throw;
            }
        }
        if (!_inOrder) Order();
        for (int i = 0; i < _leafCount; i++)
        {
            if (_leaves[i].Run == _id) _leaves[i].Slot = _count + i;
            else _sharedLeaves[_leaves[i]] = _count + i;
        }
        if (_slots.Length < _count + _leafCount) _slots = new int[Math.Max(_nodes.Length, _count + _leafCount)];
    }

    /// <summary>
    /// Claims what the pass before claimed, if that is still what y depends on: a training loop records the same nodes in the same order, step by step.
    /// Every node must have been recorded since, from the nodes it was recorded from before.
    /// </summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    bool TryClaimAgain(Node y, int before)
    {
        ReadOnlySpan<Node> kept = _nodes.AsSpan(0, _keptNodes), keptLeaves = _leaves.AsSpan(0, _keptLeaves);
        int id = _id, nodes = 0, leaves = 0;
        if (ReferenceEquals(kept[0], y))
        {
            for (; nodes < kept.Length; nodes++)
            {
                Node node = kept[nodes];
                if (node.Run != -before || node.Freed || !node.RequiresGrad || !node.IsIntact) break;
                node.Run = id;
            }
        }
        if (nodes == kept.Length)
        {
            for (; leaves < keptLeaves.Length; leaves++)
            {
                Node leaf = keptLeaves[leaves];
                if (leaf.Run != 0) break;
                leaf.Run = id;
                leaf.Slot = nodes + leaves;
            }
            if (leaves == keptLeaves.Length)
            {
                (_count, _leafCount) = (nodes, leaves);
                return true;
            }
        }
        foreach (Node node in kept[..nodes]) node.Run = 0;
        foreach (Node leaf in keptLeaves[..leaves]) leaf.Run = 0;
        return false;
    }

    /// <summary>Visits what the first node depends on. The list is its own queue: the inputs of a node join its end.</summary>
    void Collect(long earliest)
    {
        for (int k = 0; k < _count; k++)
        {
            Node node = _nodes[k];
            Follow(ref node.First, earliest);
            Follow(ref node.Second, earliest);
            if (node.Many is not { } edges) continue;
            foreach (ref SavedEdge edge in edges.AsSpan()) Follow(ref edge, earliest);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    void Follow(ref SavedEdge edge, long earliest)
    {
        if (edge.Node is not { } next) return;
        if (next.Generation != edge.Generation) throw Throw.ScopeEnded();
        if (next.Run == _id) return;
        if (next.RequiresGrad && next.Number >= earliest) Visit(next);
        else _isWhole = false;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    void Visit(Node node)
    {
        if (node.IsLeaf)
        {
            VisitLeaf(node);
            return;
        }
        if (Volatile.Read(ref node.Run) > 0) throw Throw.GraphBusy(node);
        if (node.Freed) throw Throw.GraphFreed(node);
        if (_count == _nodes.Length) Array.Resize(ref _nodes, Math.Max(16, 2 * _count));
        if (node.Number > _last) _inOrder = false;
        _last = node.Number;
        node.Run = _id;
        node.Slot = _count;
        ref Node place = ref _nodes[_count++];
        // What the pass before left here is mostly the same, and comparing is cheaper than a store that the garbage collector has to know of.
        if (!ReferenceEquals(place, node)) place = node;
    }

    void VisitLeaf(Node leaf)
    {
        if (leaf.Run == 0) leaf.Run = _id;
        else if (!_sharedLeaves.TryAdd(leaf, -1)) return;
        if (_leafCount == _leaves.Length) Array.Resize(ref _leaves, Math.Max(8, 2 * _leafCount));
        ref Node place = ref _leaves[_leafCount++];
        if (!ReferenceEquals(place, leaf)) place = leaf;
    }

    /// <summary>Puts the nodes in order, the last recorded first. A chain is found in this order.</summary>
    void Order()
    {
        long last = _nodes[0].Number, first = last;
        foreach (Node node in _nodes.AsSpan(0, _count)) first = Math.Min(first, node.Number);
        // What one thread recorded has neighbouring numbers, each once: every node goes to its place, without comparing.
        if (last - first >= 4L * _count || !TryPlace(last, (int)(last - first) + 1)) Sort();
        for (int i = 0; i < _count; i++) _nodes[i].Slot = i;
    }

    bool TryPlace(long last, int places)
    {
        if (_places.Length < places) _places = new Node?[Math.Max(places, _nodes.Length)];
        Span<Node?> ordered = _places.AsSpan(0, places);
        bool distinct = true;
        foreach (Node node in _nodes.AsSpan(0, _count))
        {
            ref Node? place = ref ordered[(int)(last - node.Number)];
            distinct &= place is null;
            place = node;
        }
        int count = 0;
        for (int i = 0; i < places && distinct; i++)
        {
            if (ordered[i] is { } node) _nodes[count++] = node;
        }
        ordered.Clear();
        return distinct;
    }

    /// <summary>By comparing: for what several threads recorded, whose numbers may be equal or far apart.</summary>
    void Sort()
    {
        long[] numbers = new long[_count];
        for (int i = 0; i < _count; i++) numbers[i] = -_nodes[i].Number;
        Array.Sort(numbers, _nodes, 0, _count);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    int SlotOf(Node node) => node.Run == _id ? node.Slot : SlotOfShared(node);

    int SlotOfShared(Node node) => node.RequiresGrad ? _sharedLeaves.GetValueOrDefault(node, -1) : -1;

    void Release(bool free)
    {
        for (int i = _count + _leafCount - 1; _holds > 0; i--)
        {
            // What was lent and not taken back by a commit: the pass has failed.
            if (_held[_slots[i]].Memory is { Owner: StorageOwner.Leaf } memory) _leaves[i - _count].Extras!.TakeBack(memory, isWhole: false);
            Drop(i);
        }
        (_lastHeld, _vacant) = (OwnPlaces, 0);
        RecycleTemporaries();
        _retained.Clear();
        Unclaim(free);
        thread.ReturnRun(this);
    }

    /// <summary>Forgets all leaves in the list but the first: those that the next pass will mostly find again.</summary>
    void KeepLeaves(int count)
    {
        int listed = Math.Max(_leafCount, _keptLeaves);
        if (listed > count) Array.Clear(_leaves, count, listed - count);
        _keptLeaves = count;
    }

    /// <summary>Lets the nodes go; without a lock, for a node that another pass finds unclaimed is freed already if it is to be.</summary>
    void Unclaim(bool free)
    {
        bool stays = _count > 0;
        int id = _id;
        Node? kept = _kept;
        foreach (Node node in _nodes.AsSpan(0, _count))
        {
            if (free && node != kept) node.Free();
            if (!node.IsRecycled) stays = false;
            Volatile.Write(ref node.Run, -id);
        }
        foreach (Node leaf in _leaves.AsSpan(0, _leafCount))
        {
            if (leaf.Run == id) Volatile.Write(ref leaf.Run, 0);
        }
        if (!stays) Array.Clear(_nodes, 0, _count);
        KeepLeaves(stays ? _leafCount : 0);
        _keptNodes = stays && _isWhole && _sharedLeaves.Count == 0 ? _count : 0;
        if (_sharedLeaves.Count > 0) _sharedLeaves.Clear();
        _count = _leafCount = 0;
        _inOrder = true;
        _last = long.MaxValue;
        _kept = null;
    }
}
