using System.Runtime.CompilerServices;

namespace Autograd.Nn;

public abstract partial class ModuleBase
{
    // What this module holds, as of when it was last asked; replaced as a whole, since other threads may read it.
    HashSet<ModuleBase>? _held;
    bool _leavesChecked;

    /// <summary>Begins the module's turn to compute.</summary>
    private protected ForwardCall Enter<T>(T inputs)
    {
        ForwardPass pass = ForwardPass.Current;
        if (pass.Root is { } root) return new(pass, root.Holds(this) ? root : this, this, null);
        LeafCheck? check = null;
        if (!_leavesChecked && Tape.IsRecording)
        {
            _leavesChecked = true;
            // Inputs of a type of the user's own may hold leaves that cannot be told from forgotten ones.
            if (inputs is Tensor or ITuple or IEnumerable<Tensor>) check = new(this, inputs);
        }
        return new(pass, this, this, check);
    }

    /// <summary>Ends the module's turn.</summary>
    private protected static void Finished<T>(ModuleBase module, T result) => ForwardPass.Current.Watch?.Ends(module, result);

    /// <summary>Forgets the hooks, on a copy.</summary>
    private protected virtual void ForgetHooks()
    {
    }

    /// <summary>Whether a module that is called inside of this one is held by it; if not, it has nothing to train. See Note [Forgotten layers].</summary>
    bool Holds(ModuleBase module)
    {
        _held ??= Find();
        if (_held.Contains(module)) return true;
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
