using System.Runtime.CompilerServices;

namespace Autograd;

/// <summary>What one thread remembers while it records: whether, under which number, in which scope, and its pool.</summary>
sealed class TapeThread
{
    [ThreadStatic] static TapeThread? _current;

    public readonly StoragePool Pool = new();

    /// <summary>Off under NoGrad, inside an op's own forward and in a backward that is not recorded.</summary>
    public bool Recording = true;

    /// <summary>The innermost level of forward mode that ops see, or null.</summary>
    public DualFrame? Dual { get; set { field = value; Look(); } }

    /// <summary>The innermost level on which a function runs for a whole batch, or null.</summary>
    public BatchLevel? Batch { get; set { field = value; Look(); } }

    /// <summary>What ops being recorded give their saved values to, or null.</summary>
    public SavedHooks? SavedHooks { get; set { field = value; Look(); } }

    /// <summary>How many <see cref="Tape.DetectAnomaly"/> are open.</summary>
    public int AnomalyDepth { get; set { field = value; Look(); } }

    /// <summary>Who is told of every recorded op, or null.</summary>
    public Action<Op, Tensor[], Tensor>? Observer { get; set { field = value; Look(); } }

    /// <summary>Whether none of these is there, so that an op is computed and recorded and no more.</summary>
    public bool IsPlain { get; private set; } = true;

    public int ScopeDepth;

    /// <summary>The backward whose temporaries op results become, or null.</summary>
    public BackwardRun? Run;

    long _lastNumber;
    Place[] _scoped = new Place[16];
    int _scopedCount;
    Node[] _nodes = [];
    int _nodeCount;

    /// <summary>How many of the nodes still refer to what the last outermost scope recorded.</summary>
    int _keptNodes;
    BackwardRun? _idleRun;

    public static TapeThread Current
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => _current ?? Start();
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    static TapeThread Start() => _current = new TapeThread();

    void Look() => IsPlain = Dual is null && Batch is null && SavedHooks is null && AnomalyDepth == 0 && Observer is null;

    /// <summary>Memory for the result of an op: recycled with its scope or backward, else garbage-collected.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public Storage RentResult(int bytes, DType dtype)
    {
        if (Run is { } run) return run.Rent(bytes, dtype);
        if (ScopeDepth == 0) return new Storage(bytes) { DType = dtype };
        // A step asks for the same memory in the same order as the step before: what that left here mostly fits.
        ref Place place = ref NextPlace();
        if (place.Storage is not { } parked || parked.Length != bytes) return Pool.Replace(ref place, bytes, dtype, StorageOwner.Scope);
        if (bytes > Storage.InlineBytes) Pool.TakeOut(parked);
        parked.DType = dtype;
        parked.Owner = StorageOwner.Scope;
        return parked;
    }

    /// <summary>Makes memory of a backward that of the surrounding scope, or of the garbage collector.</summary>
    public void Adopt(Storage storage)
    {
        storage.Owner = ScopeDepth == 0 ? StorageOwner.Collector : StorageOwner.Scope;
        if (ScopeDepth == 0) return;
        ref Place place = ref NextPlace();
        if (place.Storage is { } parked) Pool.Unpark(parked);
        place.Storage = storage;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    ref Place NextPlace()
    {
        int index = _scopedCount++;
        Place[] places = _scoped;
        if ((uint)index < (uint)places.Length) return ref places[index];
        return ref GrowPlaces(index);
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    ref Place GrowPlaces(int index)
    {
        Array.Resize(ref _scoped, 2 * index);
        return ref _scoped[index];
    }

    /// <summary>A blank node: the next of the scope's, which are recycled, or a new one.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public Node RentNode()
    {
        if (ScopeDepth == 0) return new Node();
        int index = _nodeCount++;
        Node[] nodes = _nodes;
        if ((uint)index < (uint)nodes.Length && nodes[index] is { } node) return node;
        return MakeNode(index);
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    Node MakeNode(int index)
    {
        if (index == _nodes.Length) Array.Resize(ref _nodes, Math.Max(16, 2 * index));
        return _nodes[index] = new Node { IsRecycled = true };
    }

    /// <summary>Greater than every number given out on this thread and than <paramref name="inputs"/>, the greatest among the inputs'.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public long NextNumber(long inputs) => _lastNumber = Math.Max(_lastNumber, inputs) + 1;

    public (int Storages, int Nodes) EnterScope()
    {
        ScopeDepth++;
        return (_scopedCount, _nodeCount);
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    public void LeaveScope((int Storages, int Nodes) start)
    {
        ScopeDepth--;
        StoragePool pool = Pool;
        foreach (ref Place place in _scoped.AsSpan(start.Storages, _scopedCount - start.Storages))
        {
            Storage storage = place.Storage!;
            if (storage.Owner != StorageOwner.Scope || !pool.Park(storage)) place.Storage = null;
        }
        foreach (Node node in _nodes.AsSpan(start.Nodes, _nodeCount - start.Nodes)) node.Recycle();
        if (ScopeDepth == 0) KeepNodes();
        (_scopedCount, _nodeCount) = start;
    }

    /// <summary>
    /// Lets the nodes that the last outermost scope recorded, and this one did not, forget what they refer to. What one scope recorded stays until
    /// the next: mostly the next step records the same, and to compare is cheaper than to store what the garbage collector has to know of.
    /// </summary>
    void KeepNodes()
    {
        for (int i = _nodeCount; i < _keptNodes; i++) _nodes[i].Forget();
        _keptNodes = _nodeCount;
    }

    public BackwardRun RentRun()
    {
        if (_idleRun is not { IsIdle: true } run) run = new BackwardRun(this);
        run.IsIdle = false;
        return run;
    }

    public void ReturnRun(BackwardRun run)
    {
        run.IsIdle = true;
        if (!ReferenceEquals(_idleRun, run)) _idleRun = run;
    }

    public void Trim()
    {
        Pool.Clear();
        Array.Resize(ref _scoped, Math.Max(_scopedCount, 16));
        Array.Clear(_scoped, _scopedCount, _scoped.Length - _scopedCount);
        Array.Resize(ref _nodes, _nodeCount);
        _keptNodes = Math.Min(_keptNodes, _nodeCount);
        _idleRun = null;
    }
}
