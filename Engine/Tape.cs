namespace Autograd;

/// <summary>
/// Recording: what is recorded, for how long its memory lives, and the recorded applications in order.
/// All of it is per thread; see docs/threads.md for what may be shared.
/// </summary>
public static class Tape
{
    /// <summary>Whether ops on this thread are being recorded.</summary>
    public static bool IsRecording => TapeThread.Current.Recording;

    /// <summary>Whether anomaly detection is on for this thread.</summary>
    public static bool IsDetectingAnomaly => TapeThread.Current.AnomalyDepth > 0;

    /// <summary>Stops recording on this thread until disposed; results are leaves that need no gradient.</summary>
    public static RecordingSwitch NoGrad() => new(false);

    /// <summary>Records on this thread until disposed, also inside <see cref="NoGrad"/>.</summary>
    public static RecordingSwitch EnableGrad() => new(true);

    /// <summary>
    /// Recycles, when disposed, the memory of every op result and node recorded on this thread since; scopes nest.
    /// Leaf gradients, factory tensors and tensors carried out by <see cref="Tensor.Keep"/> stay; any other use of a tensor
    /// of an ended scope throws a <see cref="GraphException"/>.
    /// </summary>
    public static TapeScope Scope() => new(TapeThread.Current);

    /// <summary>
    /// Until disposed, what is recorded belongs to the garbage collector, also within a <see cref="Scope"/>: it stays when the scope ends,
    /// and what nobody holds any more is free at once.
    /// </summary>
    public static ScopePause Unscoped() => new(TapeThread.Current);

    /// <summary>
    /// Until disposed, every op remembers the line that recorded it, and a backward whose derivative becomes NaN throws an
    /// <see cref="AnomalyException"/> naming both. Slow: it walks the stack at each op.
    /// In optimized code, where ops are inlined, the line may be that of a statement before.
    /// </summary>
    public static AnomalySwitch DetectAnomaly() => new(TapeThread.Current);

    /// <summary>
    /// Called after each op that this thread records, with the op, its inputs and its result; null for none. For tools that explain or
    /// check a computation; it must not record ops itself.
    /// </summary>
    public static Action<Op, Tensor[], Tensor>? Observer
    {
        get => TapeThread.Current.Observer;
        set => TapeThread.Current.Observer = value;
    }

    /// <summary>
    /// Until disposed, what derivatives will read is not kept but given to <paramref name="pack"/>, and asked back from
    /// <paramref name="unpack"/> when backward needs it: to store it elsewhere, smaller, or to compute it again.
    /// Neither is recorded. A change in place is not noticed for such values. The innermost hooks count.
    /// </summary>
    /// <typeparam name="T">What stands for a saved value.</typeparam>
    /// <param name="pack">Called once for each saved value, while its op is recorded; may keep the tensor itself.</param>
    /// <param name="unpack">Called each time a derivative reads the value; returns a tensor of the same shape and type.</param>
    /// <exception cref="GraphException">In backward: unpack gives another shape or type.</exception>
    public static SavedHooksSwitch SavedTensorHooks<T>(Func<Tensor, T> pack, Func<T, Tensor> unpack)
    {
        Throw.IfNull("SavedTensorHooks", pack);
        Throw.IfNull("SavedTensorHooks", unpack);
        TapeThread thread = TapeThread.Current;
        return new(thread, new SavedHooks(x => pack(x), packed => unpack((T)packed!), thread));
    }

    /// <summary>The recorded applications that <paramref name="y"/> depends on, in the order of recording, each leaf before its first use.</summary>
    /// <exception cref="GraphException">y has no history, or a part of it was freed by a backward or by the end of its scope.</exception>
    public static IReadOnlyList<Node> From(Tensor y)
    {
        Throw.IfNull("Tape.From", y);
        BackwardRun run = TapeThread.Current.RentRun();
        return run.List(y);
    }

    /// <summary>The gradients of Σ seed·y with respect to chosen tensors, leaves or not; no <see cref="Tensor.Grad"/> is touched.</summary>
    /// <param name="y">The differentiated result; a scalar unless a seed is given.</param>
    /// <param name="inputs">Tensors that require gradients.</param>
    /// <param name="seed">Upstream gradient, of y's shape; 1 when left out.</param>
    /// <param name="retainGraph">Keeps the saved values for another backward; createGraph implies it.</param>
    /// <param name="createGraph">Records the backward pass itself, so that the gradients can be differentiated again.</param>
    /// <param name="allowUnused">Gives null for an input that y does not depend on, which is an error otherwise.</param>
    /// <returns>One gradient an input, of its shape.</returns>
    /// <exception cref="GraphException">y has no history, its graph was freed, an input is unused.</exception>
    /// <exception cref="ShapeException">y is not a scalar and no seed is given, or the seed's shape is not y's.</exception>
    public static Tensor?[] Gradients(
        Tensor y, ReadOnlySpan<Tensor> inputs, Tensor? seed = null,
        bool retainGraph = false, bool createGraph = false, bool allowUnused = false)
    {
        Throw.IfNull("Gradients", y);
        foreach (Tensor input in inputs)
        {
            if (input is null) throw Throw.NullInput("Gradients", inputs);
        }
        if (BatchLevel.Of(y) is { } level) return level.Gradients(y, inputs, seed, retainGraph, createGraph, allowUnused);
        BackwardRun run = TapeThread.Current.RentRun();
        return run.Gradients(y, inputs, seed, retainGraph || createGraph, createGraph, allowUnused);
    }
}

/// <summary>Restores the recording state on this thread when disposed.</summary>
public readonly ref struct RecordingSwitch : IDisposable
{
    readonly TapeThread? _thread;
    readonly bool _previous;

    internal RecordingSwitch(bool recording)
    {
        _thread = TapeThread.Current;
        _previous = _thread.Recording;
        _thread.Recording = recording;
    }

    /// <inheritdoc/>
    public void Dispose() => _thread?.Recording = _previous;
}

/// <summary>Recycles what was recorded since it was made, when disposed.</summary>
public ref struct TapeScope : IDisposable
{
    readonly (int Storages, int Nodes) _start;
    TapeThread? _thread;

    internal TapeScope(TapeThread thread)
    {
        _thread = thread;
        _start = thread.EnterScope();
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _thread?.LeaveScope(_start);
        _thread = null;
    }
}

/// <summary>Goes back to the surrounding scope when disposed.</summary>
public ref struct ScopePause : IDisposable
{
    readonly int _depth;
    TapeThread? _thread;

    internal ScopePause(TapeThread thread)
    {
        _thread = thread;
        (_depth, thread.ScopeDepth) = (thread.ScopeDepth, 0);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _thread?.ScopeDepth = _depth;
        _thread = null;
    }
}

/// <summary>Ends anomaly detection when disposed.</summary>
public ref struct AnomalySwitch : IDisposable
{
    TapeThread? _thread;

    internal AnomalySwitch(TapeThread thread)
    {
        _thread = thread;
        thread.AnomalyDepth++;
        Interlocked.Increment(ref ChangeLog.Readers);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        if (_thread is null) return;
        _thread.AnomalyDepth--;
        Interlocked.Decrement(ref ChangeLog.Readers);
        _thread = null;
    }
}
