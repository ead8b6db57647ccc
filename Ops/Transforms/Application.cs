namespace Autograd;

/// <summary>
/// y = f(x), recorded with respect to inputs of its own, so that its derivatives are those of f alone: what f closes over
/// is constant to it, though a derivative may be differentiated with respect to that in turn.
/// </summary>
/// <remarks>
/// Note [Inputs of its own]: f gets x through an identity, which is recorded, so that a derivative with respect to its
/// result is one with respect to the argument of f but not to another use of x. Where x requires a gradient and recording
/// is on, further derivatives go on through it to x. Else it starts from a leaf that nobody else ever sees. The tangents
/// of forward mode go through the identity as well.
/// </remarks>
sealed class Application
{
    readonly Tensor[] _x;
    readonly List<Tensor> _leaves = [];
    readonly HashSet<Node> _own = [];
    readonly long _start = long.MaxValue;
    readonly bool _recorded;

    public Application(string op, Func<Tensor[], Tensor> f, Tensor[] x)
    {
        Throw.IfNull(op, f);
        Throw.IfNullIn(op, x);
        foreach (Tensor input in x)
        {
            if (!input.DType.IsFloating()) throw Throw.NeedsFloating(op, input.DType);
        }
        _x = new Tensor[x.Length];
        for (int i = 0; i < x.Length; i++)
        {
            _x[i] = Enter(x[i]);
            _start = Math.Min(_start, _x[i].Node!.Number);
        }
        using (Tape.EnableGrad()) Result = f([.. _x]) ?? throw Throw.NoResult(op);
        if (!Result.DType.IsFloating()) throw Throw.ResultNotFloating(op, Result.DType);
        _recorded = Tape.IsRecording && DependsOnOthers(Result);
    }

    /// <summary>What f was called with.</summary>
    public Tensor[] Inputs => _x;

    /// <summary>y, with all its history.</summary>
    public Tensor Result { get; }

    /// <summary>y as the caller may have it: with a history only if something outside of f leads to it.</summary>
    public Tensor Value => _recorded ? Result : WithoutHistory(Result);

    /// <summary>Whether derivatives are recorded, because they can be differentiated with respect to something outside.</summary>
    public bool CreatesGraph(Tensor? seed) => Tape.IsRecording && (_recorded || seed is { RequiresGrad: true });

    /// <summary>The gradients of Σ seed·y; null for an input that y does not depend on.</summary>
    public Tensor?[] Gradients(Tensor? seed = null) => Result.Node is null
        ? new Tensor?[_x.Length]
        : Tape.Gradients(Result, _x, seed, retainGraph: true, CreatesGraph(seed), allowUnused: true);

    /// <summary>Ends the use of f's own inputs: gradients no longer flow to them, and a result that led only there has no history.</summary>
    public Tensor[] Close(Tensor[] gradients)
    {
        foreach (Tensor leaf in _leaves) leaf.RequiresGrad = false;
        for (int i = 0; i < gradients.Length; i++)
        {
            if (gradients[i].RequiresGrad && !DependsOnOthers(gradients[i])) gradients[i] = WithoutHistory(gradients[i]);
        }
        return gradients;
    }

    Tensor Enter(Tensor x)
    {
        x = IdentityOp.Instance.Apply(BatchLevel.Spread(x));
        if (x.RequiresGrad) return x;
        x.RequiresGrad = true;
        _leaves.Add(x);
        using (Tape.EnableGrad()) x = IdentityOp.Instance.Apply(x);
        _own.Add(x.Node!);
        return x;
    }

    /// <summary>Whether y depends on more than those inputs that begin here. It does if it leads to a node recorded before them.</summary>
    bool DependsOnOthers(Tensor y)
    {
        if (y.Node is null) return false;
        HashSet<Node> seen = [.. _own];
        Stack<Node> pending = new();
        if (seen.Add(y.Node)) pending.Push(y.Node);
        while (pending.TryPop(out Node? node))
        {
            if (node.IsLeaf || node.Number <= _start) return true;
            for (int i = 0; i < node.InputCount; i++)
            {
                if (node.Input(i) is { RequiresGrad: true } input && seen.Add(input)) pending.Push(input);
            }
        }
        return false;
    }

    static Tensor WithoutHistory(Tensor y)
    {
        using (Tape.NoGrad()) return IdentityOp.Instance.Apply(y);
    }
}
