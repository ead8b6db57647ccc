using System.Runtime.CompilerServices;

namespace Autograd.Nn;

public abstract partial class ModuleBase
{
    // What this module holds, as of when it was last asked; replaced as a whole, since other threads may read it.
    HashSet<ModuleBase>? _held;
    bool _leavesChecked;

    static int _lastNumber;

    // The number of the outermost module that was last found to hold this one, since to ask it costs more than a small layer. No reference,
    // for a layer that goes on to another model should not keep the first one alive.
    int _number = Interlocked.Increment(ref _lastNumber), _holder;

    /// <summary>Begins the module's turn to compute.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private protected ForwardCall Enter<T>(T inputs)
    {
        ForwardPass pass = ForwardPass.Current;
        return pass.Root is { } root ? new(pass, root._number == _holder || root.Holds(this) ? root : this, this, null) : EnterFirst(pass, inputs);
    }

    /// <summary>The same for an outermost module, whose first recorded pass is looked at.</summary>
    ForwardCall EnterFirst<T>(ForwardPass pass, T inputs)
    {
        LeafCheck? check = null;
        if (!_leavesChecked && Tape.IsRecording)
        {
            _leavesChecked = true;
            // Inputs of a type of the user's own may hold leaves that cannot be told from forgotten ones.
            if (inputs is Tensor or ITuple or IEnumerable<Tensor>) check = new(this, inputs);
        }
        return new(pass, this, this, check);
    }

    /// <summary>Forgets who holds whom, on a copy.</summary>
    void ForgetHolders() => (_held, _number, _holder) = (null, Interlocked.Increment(ref _lastNumber), 0);

    /// <summary>Forgets the hooks, on a copy.</summary>
    private protected virtual void ForgetHooks()
    {
    }

    /// <summary>Whether a module that is called inside of this one is held by it; if not, it has nothing to train. See Note [Forgotten layers].</summary>
    bool Holds(ModuleBase module)
    {
        _held ??= Find();
        if (_held.Contains(module))
        {
            module._holder = _number;
            return true;
        }
        Tensor[] trained = [.. module.Parameters.Where(parameter => parameter.RequiresGrad)];
        if (trained.Length == 0) return false;
        // It may have come later, or be put together from parts of this one.
        HashSet<Tensor> own = new(Parameters, ReferenceEqualityComparer.Instance);
        if (!trained.All(own.Contains)) throw Throw.NotHeld(GetType(), ForwardPass.Current.Running!.GetType(), module.GetType(), trained.Length);
        _held = Find();
        return true;

        HashSet<ModuleBase> Find() => new(NamedModules().Select(item => item.Value), ReferenceEqualityComparer.Instance);
    }
}
