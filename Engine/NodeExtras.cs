using System.Runtime.CompilerServices;

namespace Autograd;

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
        if (!IsIdle) return null;
        Tensor grad = _grad!;
        Storage memory = grad.LiveStorage;
        if (memory.Holders != 0 || !grad.HasNode(null) || !grad.Layout.IsDense || grad.Layout.Offset != 0) return null;
        _isLent = true;
        memory.Owner = StorageOwner.Leaf;
        // The graph itself may have saved it, as an ordinary value.
        memory.Version++;
        return memory;
    }

    /// <summary>The handle of the memory if it is still lent, else null.</summary>
    public Tensor? Lent(Storage memory)
    {
        using Turn turn = Enter();
        return IsLent(memory) ? _grad : null;
    }

    bool IsLent(Storage memory) => _isLent && _grad!.Held == memory;

    /// <summary>Takes back what was lent, now the gradient if it is whole; false if there is another by now.</summary>
    public bool TakeBack(Storage memory, bool isWhole)
    {
        using Turn turn = Enter();
        if (!IsLent(memory)) return false;
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
