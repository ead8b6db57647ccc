namespace Autograd;

/// <summary>Takes saved values away from the tape and gives them back; see <see cref="Tape.SavedTensorHooks{T}"/>.</summary>
/// <param name="pack">From the value to what stands for it.</param>
/// <param name="unpack">And back.</param>
/// <param name="recorder">The thread that records, on whose present levels the values have to be computed again.</param>
sealed class SavedHooks(Func<Tensor, object?> pack, Func<object?, Tensor> unpack, TapeThread recorder)
{
    readonly DualFrame? _dual = recorder.Dual;
    readonly BatchLevel? _batch = recorder.Batch;

    public object? Pack(Tensor value) => Outside(null, null, () => pack(value.Alias()));

    public Tensor Unpack(object? packed) => Outside(_dual, _batch, () => unpack(packed));

    /// <summary>Runs a user's code in the middle of a recording or of a backward, as if outside of both.</summary>
    static T Outside<T>(DualFrame? dual, BatchLevel? batch, Func<T> code)
    {
        TapeThread thread = TapeThread.Current;
        var outside = (thread.Recording, thread.SavedHooks, thread.Dual, thread.Batch, thread.Run);
        (thread.Recording, thread.SavedHooks, thread.Dual, thread.Batch, thread.Run) = (false, null, dual, batch, null);
        try
        {
            return code();
        }
        finally
        {
            (thread.Recording, thread.SavedHooks, thread.Dual, thread.Batch, thread.Run) = outside;
        }
    }
}

/// <summary>What stands for one saved value of a node.</summary>
/// <param name="Index">Which input it is, or −1 for the result.</param>
/// <param name="Hooks">Who packed it.</param>
/// <param name="Packed">What they made of it.</param>
sealed record PackedValue(int Index, SavedHooks Hooks, object? Packed)
{
    public Tensor Unpack() => Hooks.Unpack(Packed);
}

/// <summary>Ends the hooks on saved values when disposed.</summary>
public ref struct SavedHooksSwitch : IDisposable
{
    readonly SavedHooks? _previous;
    TapeThread? _thread;

    internal SavedHooksSwitch(TapeThread thread, SavedHooks hooks)
    {
        _thread = thread;
        _previous = thread.SavedHooks;
        thread.SavedHooks = hooks;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _thread?.SavedHooks = _previous;
        _thread = null;
    }
}
