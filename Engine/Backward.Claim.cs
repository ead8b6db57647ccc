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
            _id = ++_lastId;
            try
            {
                Visit(y.Node!);
                while (_pending.TryPop(out Node? node))
                {
                    for (int i = 0; i < node.InputCount; i++)
                    {
                        ref SavedValue input = ref node.InputValue(i);
                        if (input.IsStale) throw Throw.ScopeEnded();
                        if (input.Node is { RequiresGrad: true } next && next.Number >= earliest) Visit(next);
                    }
                }
            }
            catch
            {
                Unclaim();
                throw;
            }
        }
        Order();
    }

    void Visit(Node node)
    {
        if (node.Run == _id) return;
        if (node.Run != 0)
        {
            if (!node.IsLeaf) throw Throw.GraphBusy(node);
            if (!_sharedLeaves.TryAdd(node, -1)) return;
        }
        else
        {
            if (node.Freed) throw Throw.GraphFreed(node);
            node.Run = _id;
        }
        if (node.IsLeaf)
        {
            _leaves.Add(node);
            return;
        }
        if (_count == _nodes.Length)
        {
            Array.Resize(ref _nodes, Math.Max(16, 2 * _count));
            Array.Resize(ref _numbers, _nodes.Length);
        }
        _numbers[_count] = node.Number;
        _nodes[_count++] = node;
        _pending.Push(node);
    }

    /// <summary>Sorts the nodes by number, which is a topological order; a chain is found in order, reversed.</summary>
    void Order()
    {
        if (_gradients.Length < _count + _leaves.Count) _gradients = new Tensor?[Math.Max(_nodes.Length, _count + _leaves.Count)];
        Span<long> numbers = _numbers.AsSpan(0, _count);
        Span<Node> nodes = _nodes.AsSpan(0, _count);
        bool ascending = true, descending = true;
        for (int i = 1; i < numbers.Length; i++)
        {
            ascending &= numbers[i - 1] <= numbers[i];
            descending &= numbers[i - 1] >= numbers[i];
        }
        if (descending) nodes.Reverse();
        else if (!ascending) numbers.Sort(nodes);
        for (int i = 0; i < nodes.Length; i++) nodes[i].Slot = i;
        for (int i = 0; i < _leaves.Count; i++)
        {
            if (_leaves[i].Run == _id) _leaves[i].Slot = _count + i;
            else _sharedLeaves[_leaves[i]] = _count + i;
        }
    }

    int SlotOf(Node node) => node.Run == _id ? node.Slot : _sharedLeaves.GetValueOrDefault(node, -1);

    void Release()
    {
        for (int i = 0; i < _count + _leaves.Count; i++) Drop(i);
        RecycleTemporaries();
        _retained.Clear();
        lock (Claims) Unclaim();
        thread.ReturnRun(this);
    }

    void Unclaim()
    {
        foreach (Node node in _nodes.AsSpan(0, _count))
        {
            if (node.Run == _id) node.Run = 0;
        }
        foreach (Node leaf in _leaves)
        {
            if (leaf.Run == _id) leaf.Run = 0;
        }
        Array.Clear(_nodes, 0, _count);
        _leaves.Clear();
        _pending.Clear();
        _sharedLeaves.Clear();
        _count = 0;
    }
}
