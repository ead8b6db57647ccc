using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Autograd.Nn;

/// <summary>A module uses trained parameters that it does not hold: no optimizer would train them, and they would not be saved.</summary>
/// <param name="rule">The module and what it uses.</param>
/// <param name="hint">How to hold it.</param>
public sealed class ModuleException(string rule, string hint) : AutogradException(rule, hint);

/// <summary>The modules that compute on this thread.</summary>
// Note [Forgotten layers]
// Fields are searched for modules and parameters, but a layer may hide: in a local variable, a static, a closure, an object of another class. So
// the outermost module that computes is asked, at each module that is called inside, whether it holds it; once, in its first recorded pass, the
// same is asked of every leaf that an op reads; and parameters are not made while a module computes. See docs/adr/0004-modules.md.
sealed class ForwardPass
{
    [ThreadStatic] static ForwardPass? _current;

    public static ForwardPass Current => _current ??= new();

    /// <summary>The module that must hold what is used: the outermost one.</summary>
    public ModuleBase? Root { get; set; }

    /// <summary>The innermost module that computes.</summary>
    public ModuleBase? Running { get; set; }

    /// <summary>Who is told about modules that begin and end.</summary>
    public IForwardWatch? Watch { get; set; }
}

/// <summary>Is told about modules that begin and end to compute.</summary>
interface IForwardWatch
{
    void Begins(ModuleBase module);

    void Ends(ModuleBase module, object? result);
}

/// <summary>A module's turn; ends when disposed.</summary>
readonly ref struct ForwardCall : IDisposable
{
    public readonly ForwardPass Pass;
    readonly ModuleBase? _root, _running;
    readonly LeafCheck? _check;

    public ForwardCall(ForwardPass pass, ModuleBase root, ModuleBase running, LeafCheck? check)
    {
        (Pass, _root, _running, _check) = (pass, pass.Root, pass.Running, check);
        // Comparing is cheaper than a store that the garbage collector has to know of.
        if (pass.Root != root) pass.Root = root;
        pass.Running = running;
        check?.Start();
        pass.Watch?.Begins(running);
    }

    public void Dispose()
    {
        _check?.End();
        if (Pass.Root != _root) Pass.Root = _root;
        Pass.Running = _running;
    }
}

/// <summary>Looks at every leaf that ops read in a module's first recorded pass.</summary>
sealed class LeafCheck(ModuleBase root, object inputs)
{
    readonly Tensor[] _inputs = [.. Tensors.In(inputs)];

    // By node, since derivatives that are recorded read the same leaf through another handle.
    readonly HashSet<Node?> _known = [.. root.Parameters.Concat(Tensors.In(inputs)).Select(tensor => tensor.Node)];
    Action<Op, Tensor[], Tensor>? _other;

    public void Start()
    {
        _other = Tape.Observer;
        Tape.Observer = Observe;
    }

    public void End() => Tape.Observer = _other;

    void Observe(Op op, Tensor[] read, Tensor y)
    {
        foreach (Tensor tensor in read)
        {
            if (tensor.RequiresGrad && tensor.IsLeaf && !_known.Contains(tensor.Node) && !IsOfInput(tensor))
                throw Throw.LooseLeaf(root.GetType(), ForwardPass.Current.Running!.GetType(), op.Name, tensor.Shape);
        }
        _other?.Invoke(op, read, y);
    }

    /// <summary>Whether a tensor is a leaf made of an input by Detach, to differentiate inside of the module.</summary>
    bool IsOfInput(Tensor tensor) => _inputs.Any(input => SharesMemory(input, tensor));

    static bool SharesMemory(Tensor a, Tensor b)
    {
        if (a.DType != b.DType || a.Count == 0 || b.Count == 0 || !a.IsDense || !b.IsDense) return false;
        return a.DType switch
        {
            DType.Float32 => AreSame(a.AsSpan<float>(), b.AsSpan<float>()),
            DType.Float64 => AreSame(a.AsSpan<double>(), b.AsSpan<double>()),
            _ => false,
        };

        static bool AreSame<T>(ReadOnlySpan<T> a, ReadOnlySpan<T> b) => Unsafe.AreSame(ref MemoryMarshal.GetReference(a), ref MemoryMarshal.GetReference(b));
    }
}
