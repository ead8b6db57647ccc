using System.Numerics;
using System.Numerics.Tensors;
using System.Runtime.CompilerServices;

namespace Autograd;

/// <summary>
/// One backward pass: collects the nodes that a result depends on, orders them, walks them in reverse applying each op's
/// vector-Jacobian product, and commits the leaves' gradients at the end. All state of the pass is its own.
/// </summary>
/// <remarks>
/// Note [Claims]: while a pass runs, its nodes carry its id, taken under one lock, so a second pass over the same recorded
/// nodes is found before anything has changed. Leaves may be shared by passes on several threads: a leaf that another pass
/// has claimed is looked up in a dictionary of this pass instead.
/// </remarks>
sealed partial class BackwardRun(TapeThread thread)
{
    static readonly Lock Claims = new();
    static int _lastId;

    readonly Dictionary<Node, int> _sharedLeaves = [];
    readonly List<Place> _temporaries = [];
    readonly List<int> _retained = [];

    /// <summary>Whether no pass uses this.</summary>
    public bool IsIdle;

    /// <summary>The recorded nodes, the last one first.</summary>
    Node[] _nodes = [];
    Node?[] _places = [];
    int _count;

    /// <summary>How many nodes of the pass before may be claimed again; none unless it claimed all that its result depends on.</summary>
    int _keptNodes;
    bool _isWhole;

    /// <summary>The leaves, in the order in which they were found.</summary>
    Node[] _leaves = [];
    int _leafCount, _keptLeaves;

    /// <summary>Whether every node came after those recorded later, and the number of the last one.</summary>
    bool _inOrder = true;
    long _last = long.MaxValue;

    int _id;
    bool _createGraph, _commits;

    /// <summary>A node that stays when the graph is freed.</summary>
    Node? _kept;

    public void Backward(Tensor y, Tensor? seed, bool retainGraph, bool createGraph)
    {
        CheckSeed(y, seed);
        Claim(y);
        bool done = false;
        try
        {
            Sweep(y, seed, createGraph, targets: null);
            if (_retained.Count > 0) CommitRetained();
            CommitLeaves();
            done = true;
        }
        finally
        {
            Release(free: done && !retainGraph);
        }
    }

    public Tensor?[] Gradients(Tensor y, ReadOnlySpan<Tensor> inputs, Tensor? seed, bool retainGraph, bool createGraph, bool allowUnused)
    {
        CheckSeed(y, seed);
        foreach (Tensor input in inputs)
        {
            if (!input.RequiresGrad) throw Throw.NoGradient("Gradients", input);
        }
        Claim(y, inputs);
        bool done = false;
        try
        {
            int[] targets = new int[inputs.Length];
            for (int i = 0; i < targets.Length; i++)
            {
                targets[i] = SlotOf(inputs[i].Node!);
                if (targets[i] < 0 && !allowUnused) throw Throw.UnusedInput(i, inputs[i]);
            }
            Sweep(y, seed, createGraph, targets);
            Tensor?[] results = new Tensor?[targets.Length];
            for (int i = 0; i < targets.Length; i++)
            {
                if (targets[i] < 0) continue;
                Tensor dx = GradientAt(targets[i]) ?? Tensor.ZerosLike(inputs[i]);
                if (dx.Held.Owner == StorageOwner.Backward) thread.Adopt(dx.LiveStorage);
                results[i] = dx;
            }
            // The earliest node, if a target, is where the pass ended: what it saved belongs to the graph before it.
            if (_count > 0 && targets.Contains(_count - 1)) _kept = _nodes[_count - 1];
            done = true;
            return results;
        }
        finally
        {
            Release(free: done && !retainGraph);
        }
    }

    public IReadOnlyList<Node> List(Tensor y)
    {
        if (y.Node is null) throw Throw.NothingToDifferentiate(y);
        Claim(y);
        HashSet<Node> listed = [];
        List<Node> nodes = [];
        for (int k = _count - 1; k >= 0; k--)
        {
            Node node = _nodes[k];
            for (int i = 0; i < node.InputCount; i++)
            {
                if (node.Input(i) is { IsLeaf: true, RequiresGrad: true } leaf && listed.Add(leaf)) nodes.Add(leaf);
            }
            nodes.Add(node);
        }
        if (_count == 0) nodes.AddRange(_leaves.AsSpan(0, _leafCount));
        Release(free: false);
        return nodes;
    }

    static void CheckSeed(Tensor y, Tensor? seed)
    {
        if (y.Node is null) throw Throw.NothingToDifferentiate(y);
        if (seed is null && y.Count != 1) throw Throw.SeedNeeded(y);
        if (seed is null) return;
        if (seed.Shape != y.Shape) throw Throw.SeedShape("Backward", "seed", seed.Shape, "the tensor", y.Shape);
        if (seed.DType != y.DType) throw Throw.SeedDType("Backward", seed.DType, y.DType);
    }

    // ---- Walking: the chain rule.

    void Sweep(Tensor y, Tensor? seed, bool createGraph, int[]? targets)
    {
        (_createGraph, _commits) = (createGraph, targets is null);
        bool[]? wanted = targets is null ? null : Leading(targets);
        bool composed = createGraph || thread.Dual is not null || seed?.Batched is not null, watched = thread.AnomalyDepth > 0;
        (bool recording, BackwardRun? outer) = (thread.Recording, thread.Run);
        thread.Recording = createGraph;
        thread.Run = composed ? null : this;
        try
        {
            if (seed is null && composed) seed = Tensor.OnesLike(y);
            if (seed is null) HoldOne(y.DType);
            else Hold(0, seed.LiveHeld, seed);
            Walk(wanted, targets, composed, watched);
            for (int i = 0; i < _leafCount; i++)
            {
                if (_leaves[i].Extras?.Hooks is { } hooks && _slots[_count + i] != 0) Announce(_leaves[i], hooks, _count + i);
            }
        }
        finally
        {
            (thread.Recording, thread.Run) = (recording, outer);
        }
    }

    /// <summary>Hands the gradients on, the last node's first.</summary>
    void Walk(bool[]? wanted, int[]? targets, bool composed, bool watched)
    {
        bool bare = !composed && !watched, plain = bare && _commits;
        for (int i = 0; i < _count; i++)
        {
            if (plain && !_nodes[i].Flat.IsNone && (i = WalkChain(i)) == _count) return;
            int place = _slots[i];
            if (place == 0 || (wanted is not null && !wanted[i])) continue;
            Node node = _nodes[i];
            // A gradient that repeats is not written out for the flat path: the op's own pass may read it as it is.
            if (bare && !node.Flat.IsNone && node.Extras is null && (_held[place].Handle is not { } handle || handle.IsDense)) PassFlat(node, i, wanted);
            else Pass(node, i, wanted, composed, watched);
            LetGo(node, i, targets);
        }
    }

    /// <summary>
    /// Hands gradients on along chains of elementwise ops, where little counts that is not done: from flat nodes to their only inputs, where nobody else
    /// has a gradient for them. The memory moves on, and is changed in place.
    /// </summary>
    /// <returns>The first node for which that does not do.</returns>
    [MethodImpl(MethodImplOptions.NoInlining)]
    int WalkChain(int from)
    {
        int[] slots = _slots;
        for (; from < _count; from++)
        {
            int place = slots[from];
            if (place == 0) continue;
            Node node = _nodes[from];
            FlatKind kind = node.Flat;
            ref Gradient held = ref _held[place];
            if (kind.IsNone || node.Extras is not null || held.Handle is not null) break;
            int input = 0;
            Node? source = node.First.Node;
            if (node.Second.Node is { } second)
            {
                if (source is not null) break;
                (input, source) = (1, second);
            }
            if (source!.Run != _id) break;
            int to = source.Slot;
            if (to >= _count || slots[to] != 0) break;
            ElementwiseOp op = Unsafe.As<ElementwiseOp>(node.Operation!);
            Storage memory = held.Memory!;
            bool isIdentity = op.IsIdentity(input);
            if (!isIdentity && memory.Holders != 1) break;
            (slots[to], slots[from]) = (place, 0);
            if (!isIdentity) PassFlat(op, node, kind, input, ref memory.First(), ref memory.First(), fresh: true);
        }
        return from;
    }

    /// <summary>Drops a gradient that has been handed on, and temporaries.</summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    void LetGo(Node node, int slot, int[]? targets)
    {
        if (_commits && node.Extras is { RetainsGrad: true }) _retained.Add(slot);
        else if (_commits || !targets!.Contains(slot)) Drop(slot);
        if (_temporaries.Count > 0) RecycleTemporaries();
    }

    /// <summary>Hands the gradient of a node on to its inputs.</summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    void Pass(Node node, int slot, bool[]? wanted, bool composed, bool watched)
    {
        if (node.Extras?.Hooks is { } hooks) Announce(node, hooks, slot);
        Gradients gradients = new(this, node, wanted);
        if (composed) node.Operation!.BackwardByVjp(gradients.DY, new Recorded(node), gradients);
        else node.Operation!.Backward(new Recorded(node), gradients);
        if (watched) CheckNumbers(node);
    }

    /// <summary>The same for an elementwise op on dense memory of one shape and type: no handles are made.</summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    void PassFlat(Node node, int from, bool[]? wanted)
    {
        ElementwiseOp op = Unsafe.As<ElementwiseOp>(node.Operation!);
        int input = 0, to = SlotOf(ref node.First, wanted), second = SlotOf(ref node.Second, wanted);
        if (second >= 0)
        {
            if (to >= 0) PassAside(op, node, input, from, to);
            (input, to) = (1, second);
        }
        // What was asked for may end here.
        if (to < 0) return;
        int place = _slots[from];
        ref Gradient held = ref _held[place];
        bool isIdentity = op.IsIdentity(input);
        if (_commits && to < _count && _slots[to] == 0 && (isIdentity || IsExclusive(ref held)))
        {
            // As along a chain.
            (_slots[to], _slots[from]) = (place, 0);
            if (isIdentity) return;
            ref byte memory = ref Memory(ref held);
            PassFlat(op, node, node.Flat, input, ref memory, ref memory, fresh: true);
        }
        else
        {
            PassAside(op, node, input, from, to);
        }
    }

    /// <summary>The same where dy stays as it is.</summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    void PassAside(ElementwiseOp op, Node node, int input, int from, int to)
    {
        if (op.IsIdentity(input) && _slots[to] == 0 && !HasIdleMemory(to))
        {
            Share(from, to);
            return;
        }
        ref byte dx = ref MakeWritable(ref node.Edge(input), to, out bool fresh);
        PassFlat(op, node, node.Flat, input, ref Memory(ref _held[_slots[from]]), ref dx, fresh);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static void PassFlat(ElementwiseOp op, Node node, FlatKind kind, int input, ref byte dy, ref byte dx, bool fresh)
    {
        if (!kind.IsOne) PassMany(op, node, input, ref dy, ref dx, fresh);
        else if (kind.DType == DType.Float32) PassOne(op, node, input, ref Unsafe.As<byte, float>(ref dy), ref Unsafe.As<byte, float>(ref dx), fresh);
        else PassOne(op, node, input, ref Unsafe.As<byte, double>(ref dy), ref Unsafe.As<byte, double>(ref dx), fresh);
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    static void PassMany(ElementwiseOp op, Node node, int input, ref byte dy, ref byte dx, bool fresh)
    {
        Saved reads = op.Reads(input);
        DType dtype = node.Flat.DType;
        int size = dtype.Size();
        op.Backward(input, new Elements(
            dtype, node.Output.Layout!.Shape.ElementCount,
            ref (reads & Saved.A) != 0 ? ref node.First.Value.First(size, node, 0) : ref Unsafe.NullRef<byte>(),
            ref (reads & Saved.B) != 0 ? ref node.Second.Value.First(size, node, 1) : ref Unsafe.NullRef<byte>(),
            ref (reads & Saved.Output) != 0 ? ref node.Output.First(size, node, -1) : ref Unsafe.NullRef<byte>(),
            ref dy, ref dx, fresh));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static void PassOne<T>(ElementwiseOp op, Node node, int input, ref T dy, ref T dx, bool fresh) where T : unmanaged, INumber<T>
    {
        Saved reads = op.Reads(input);
        T part = op.Backward(
            input, dy,
            (reads & Saved.A) != 0 ? node.First.Value.One<T>(node, 0) : T.Zero,
            (reads & Saved.B) != 0 ? node.Second.Value.One<T>(node, 1) : T.Zero,
            (reads & Saved.Output) != 0 ? node.Output.One<T>(node, -1) : T.Zero);
        dx = fresh ? part : dx + part;
    }

    /// <summary>Both hold one memory, until something is added to it.</summary>
    void Share(int from, int to)
    {
        ref Gradient held = ref _held[_slots[from]];
        Hold(to, held.Memory!, held.Handle);
    }

    /// <summary>Marks the nodes from which a target is reached: the only ones worth visiting.</summary>
    bool[] Leading(int[] targets)
    {
        bool[] wanted = new bool[_count + _leafCount];
        foreach (int target in targets)
        {
            if (target >= 0) wanted[target] = true;
        }
        for (int i = _count - 1; i >= 0; i--)
        {
            for (int k = 0; k < _nodes[i].InputCount && !wanted[i]; k++)
            {
                wanted[i] = SlotOf(ref _nodes[i].Edge(k), wanted) >= 0;
            }
        }
        return wanted;
    }

    // ---- What users see: hooks, retained gradients, anomalies.

    /// <summary>Calls the hooks of a finished gradient, which may replace it.</summary>
    void Announce(Node node, List<Func<Tensor, Tensor?>> hooks, int slot)
    {
        Tensor dy = GradientAt(slot)!;
        BackwardRun? run = thread.Run;
        thread.Run = null;
        try
        {
            foreach (Func<Tensor, Tensor?> hook in hooks)
            {
                dy = Own(dy);
                if (hook(dy) is not { } replaced) continue;
                if (replaced.Shape != dy.Shape || replaced.DType != dy.DType) throw Throw.InvalidHook(node, replaced, dy);
                dy = replaced;
            }
        }
        finally
        {
            thread.Run = run;
        }
        Replace(slot, dy);
    }

    void CheckNumbers(Node node)
    {
        for (int i = 0; i < node.InputCount; i++)
        {
            if (node.Input(i) is not { RequiresGrad: true } input || SlotOf(input) is var slot && slot < 0) continue;
            if (GradientAt(slot) is { } dx && HasNaN(BatchLevel.AllOf(dx).Dense())) throw Throw.Anomaly(node, i, dx);
        }
    }

    static bool HasNaN(Tensor x) => x.DType == DType.Float32
        ? TensorPrimitives.IsNaNAny(x.AsSpan<float>())
        : TensorPrimitives.IsNaNAny(x.AsSpan<double>());
}
