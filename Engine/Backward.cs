using System.Numerics.Tensors;

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
    static long _lastId;

    readonly Stack<Node> _pending = new();
    readonly List<Node> _leaves = [];
    readonly Dictionary<Node, int> _sharedLeaves = [];
    readonly List<Storage> _temporaries = [];
    readonly List<int> _retained = [];
    Node[] _nodes = [];
    long[] _numbers = [];
    int _count;

    /// <summary>One slot for each recorded node, in order, then one for each leaf.</summary>
    Tensor?[] _gradients = [];
    long _id;
    bool _createGraph, _commits;

    public void Backward(Tensor y, Tensor? seed, bool retainGraph, bool createGraph)
    {
        seed = CheckSeed(y, seed);
        Claim(y);
        try
        {
            Sweep(seed, retainGraph, createGraph, targets: null);
            foreach (int i in _retained) Commit(_nodes[i], _gradients[i]!);
            for (int i = 0; i < _leaves.Count; i++)
            {
                if (_leaves[i].RequiresGrad && _gradients[_count + i] is { } dx) Commit(_leaves[i], dx);
            }
        }
        finally
        {
            Release();
        }
    }

    public Tensor?[] Gradients(Tensor y, ReadOnlySpan<Tensor> inputs, Tensor? seed, bool retainGraph, bool createGraph, bool allowUnused)
    {
        seed = CheckSeed(y, seed);
        foreach (Tensor input in inputs)
        {
            if (!input.RequiresGrad) throw Throw.NoGradient("Gradients", input);
        }
        Claim(y, inputs);
        try
        {
            int[] targets = new int[inputs.Length];
            for (int i = 0; i < targets.Length; i++)
            {
                targets[i] = SlotOf(inputs[i].Node!);
                if (targets[i] < 0 && !allowUnused) throw Throw.UnusedInput(i, inputs[i]);
            }
            Sweep(seed, retainGraph, createGraph, targets);
            Tensor?[] results = new Tensor?[targets.Length];
            for (int i = 0; i < targets.Length; i++)
            {
                if (targets[i] < 0) continue;
                Tensor dx = _gradients[targets[i]] ?? Tensor.ZerosLike(inputs[i]);
                if (dx.Held.Owner == StorageOwner.Backward) thread.Adopt(dx.LiveStorage);
                results[i] = dx;
            }
            return results;
        }
        finally
        {
            Release();
        }
    }

    public IReadOnlyList<Node> List(Tensor y)
    {
        if (y.Node is null) throw Throw.NothingToDifferentiate(y);
        Claim(y);
        HashSet<Node> listed = [];
        List<Node> nodes = [];
        foreach (Node node in _nodes.AsSpan(0, _count))
        {
            for (int i = 0; i < node.InputCount; i++)
            {
                if (node.Input(i) is { IsLeaf: true, RequiresGrad: true } leaf && listed.Add(leaf)) nodes.Add(leaf);
            }
            nodes.Add(node);
        }
        if (_count == 0) nodes.AddRange(_leaves);
        Release();
        return nodes;
    }

    /// <summary>Memory for a temporary: back in the pool after the op that asked for it, unless a gradient slot holds it.</summary>
    public Storage Rent(int bytes, DType dtype)
    {
        Storage storage = thread.Pool.Rent(bytes, dtype, StorageOwner.Backward);
        _temporaries.Add(storage);
        return storage;
    }

    static Tensor CheckSeed(Tensor y, Tensor? seed)
    {
        if (y.Node is null) throw Throw.NothingToDifferentiate(y);
        if (seed is null)
        {
            if (y.Count != 1) throw Throw.SeedNeeded(y);
            seed = Tensor.OnesLike(y);
        }
        if (seed.Shape != y.Shape) throw Throw.SeedShape("Backward", "seed", seed.Shape, "the tensor", y.Shape);
        return seed.DType == y.DType ? seed : throw Throw.SeedDType("Backward", seed.DType, y.DType);
    }

    // ---- Walking: the chain rule.

    void Sweep(Tensor seed, bool retainGraph, bool createGraph, int[]? targets)
    {
        (_createGraph, _commits) = (createGraph, targets is null);
        bool[]? wanted = targets is null ? null : Leading(targets);
        bool composed = createGraph || thread.Dual is not null || seed.Batched is not null;
        (bool recording, BackwardRun? outer) = (thread.Recording, thread.Run);
        thread.Recording = createGraph;
        thread.Run = composed ? null : this;
        try
        {
            Hold(Math.Max(_count - 1, 0), seed);
            for (int i = _count - 1; i >= 0; i--)
            {
                Node node = _nodes[i];
                if (_gradients[i] is not { } dy || (wanted is not null && !wanted[i])) continue;
                if (node.Extras is { } extras) dy = Announce(node, extras, i, dy);
                Gradients gradients = new(this, node, wanted);
                if (composed) node.Operation!.BackwardByVjp(dy, new Recorded(node), gradients);
                else node.Operation!.Backward(dy, new Recorded(node), gradients);
                if (thread.AnomalyDepth > 0) CheckNumbers(node);
                if (_commits && node.Extras is { RetainsGrad: true }) _retained.Add(i);
                else if (_commits || !targets!.Contains(i)) Drop(i);
                if (!composed) RecycleTemporaries();
            }
            for (int i = 0; i < _leaves.Count; i++)
            {
                if (_leaves[i].Extras is { } extras && _gradients[_count + i] is { } dy) Announce(_leaves[i], extras, _count + i, dy);
            }
        }
        finally
        {
            (thread.Recording, thread.Run) = (recording, outer);
        }
        if (retainGraph) return;
        // The first node, if a target, is where the pass ended: what it saved belongs to the graph before it.
        int first = _count > 0 && targets is not null && targets.Contains(0) ? 1 : 0;
        foreach (Node node in _nodes.AsSpan(first, _count - first)) node.Free();
    }

    /// <summary>Marks the nodes from which a target is reached: the only ones worth visiting.</summary>
    bool[] Leading(int[] targets)
    {
        bool[] wanted = new bool[_count + _leaves.Count];
        foreach (int target in targets)
        {
            if (target >= 0) wanted[target] = true;
        }
        for (int i = 0; i < _count; i++)
        {
            for (int k = 0; k < _nodes[i].InputCount && !wanted[i]; k++)
            {
                wanted[i] = Needs(_nodes[i], k, wanted);
            }
        }
        return wanted;
    }

    internal bool Needs(Node node, int input, bool[]? wanted) =>
        node.Input(input) is { RequiresGrad: true } source && SlotOf(source) is var slot && slot >= 0 && (wanted is null || wanted[slot]);

    internal void Add(Node node, int input, Tensor dx)
    {
        ref SavedValue value = ref node.InputValue(input);
        if (dx.Shape != value.Layout!.Shape || dx.DType != value.DType) throw Throw.InvalidGradient(node, input, dx, value);
        if (!Needs(node, input, null)) return;
        int slot = SlotOf(value.Node!);
        if (_gradients[slot] is not { } sum) Hold(slot, dx);
        else if (IsExclusive(sum)) Accumulate.AddTo(sum, dx);
        else Replace(slot, Accumulate.Instance.Apply(sum, dx));
    }

    /// <summary>The buffer that a kernel adds its part of a gradient to; fresh if it holds nothing yet and must be overwritten.</summary>
    internal Tensor Buffer(Node node, int input, out bool fresh)
    {
        ref SavedValue value = ref node.InputValue(input);
        int slot = SlotOf(value.Node!);
        Tensor? sum = _gradients[slot];
        fresh = sum is null;
        if (sum is null) Hold(slot, LeafBuffer(value.Node!) ?? Tensor.Empty(value.Layout!.Shape, value.DType));
        else if (!IsExclusive(sum)) Replace(slot, Accumulate.Instance.Apply(sum));
        return _gradients[slot]!;
    }

    /// <summary>The idle gradient memory of a leaf, taken away from it for this pass, so that a kernel writes the gradient in place.</summary>
    Tensor? LeafBuffer(Node leaf)
    {
        if (!_commits || !leaf.IsLeaf || leaf.Extras is not { Hooks: null } extras) return null;
        lock (extras)
        {
            if (extras is not { HasGrad: false, Grad: { IsDense: true, RequiresGrad: false, LiveStorage.Holders: 0 } buffer }) return null;
            extras.Grad = null;
            buffer.LiveStorage.Owner = StorageOwner.Leaf;
            return buffer;
        }
    }

    /// <summary>Whether the slot is alone in holding the memory, so that it may be changed in place.</summary>
    bool IsExclusive(Tensor sum)
    {
        Storage storage = sum.Held;
        if (_createGraph || !sum.IsDense || storage.Holders > 1) return false;
        return storage.Owner == StorageOwner.Leaf || (storage.Owner == StorageOwner.Backward && storage.Length == sum.Count * sum.DType.Size());
    }

    void Hold(int slot, Tensor dx)
    {
        dx.Held.Holders++;
        _gradients[slot] = dx;
    }

    void Replace(int slot, Tensor dx)
    {
        Drop(slot);
        Hold(slot, dx);
    }

    void Drop(int slot)
    {
        if (_gradients[slot] is not { } dy) return;
        _gradients[slot] = null;
        Storage storage = dy.Held;
        if (--storage.Holders > 0 || storage.Owner != StorageOwner.Backward) return;
        // A temporary of the running op is given back with the others, once the op is done.
        if (!_temporaries.Contains(storage)) thread.Pool.Return(storage);
    }

    void RecycleTemporaries()
    {
        foreach (Storage storage in _temporaries)
        {
            if (storage.Holders == 0 && storage.Owner == StorageOwner.Backward) thread.Pool.Return(storage);
        }
        _temporaries.Clear();
    }

    // ---- What users see: hooks, retained gradients, anomalies.

    /// <summary>Calls the hooks of a finished gradient, which may replace it.</summary>
    Tensor Announce(Node node, NodeExtras extras, int slot, Tensor dy)
    {
        if (extras.Hooks is { } hooks)
        {
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
        return dy;
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

    void CheckNumbers(Node node)
    {
        for (int i = 0; i < node.InputCount; i++)
        {
            if (node.Input(i) is not { RequiresGrad: true } input || SlotOf(input) is var slot && slot < 0) continue;
            if (_gradients[slot] is { } dx && HasNaN(BatchLevel.AllOf(dx).Dense())) throw Throw.Anomaly(node, i, dx);
        }
    }

    static bool HasNaN(Tensor x) => x.DType == DType.Float32
        ? TensorPrimitives.IsNaNAny(x.AsSpan<float>())
        : TensorPrimitives.IsNaNAny(x.AsSpan<double>());
}

/// <summary>Where an op's backward puts the gradients of its inputs.</summary>
public readonly ref struct Gradients
{
    readonly BackwardRun _run;
    readonly Node _node;
    readonly bool[]? _wanted;

    internal Gradients(BackwardRun run, Node node, bool[]? wanted)
    {
        _run = run;
        _node = node;
        _wanted = wanted;
    }

    /// <summary>Whether a gradient of this input is wanted.</summary>
    public bool Needs(int input) => _run.Needs(_node, input, _wanted);

    /// <summary>Adds to the gradient of an input.</summary>
    /// <param name="input">The position of the input.</param>
    /// <param name="dx">A part of its gradient, of the input's shape and type.</param>
    /// <exception cref="GraphException">The shape or the type is not the input's.</exception>
    public void Add(int input, Tensor dx) => _run.Add(_node, input, dx);

    /// <summary>The dense buffer that the gradient of an input is collected in, for kernels that add to it in place.</summary>
    /// <param name="input">The position of the input.</param>
    /// <param name="fresh">True if the buffer holds nothing yet: overwrite it; false: add to it.</param>
    public Tensor Buffer(int input, out bool fresh) => _run.Buffer(_node, input, out fresh);
}
