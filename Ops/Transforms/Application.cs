namespace Autograd;

/// <summary>
/// y = f(x), recorded with respect to inputs of its own, so that its derivatives are those of f alone: what f closes over
/// is constant to it, though a derivative may be differentiated with respect to that in turn.
/// </summary>
/// <remarks>
/// Note [Inputs of its own]: f gets x through an identity. Where x requires a gradient and recording is on, that is a
/// recorded application, and a derivative with respect to its result is one with respect to the argument of f but not to
/// another use of x; further derivatives go on through it to x. Else it is made a leaf, which nobody else ever sees.
/// Tangents of forward mode go through the identity as well.
/// </remarks>
sealed class Application
{
    readonly Tensor[] _x;
    readonly bool _recorded;

    public Application(string op, Func<Tensor[], Tensor> f, ReadOnlySpan<Tensor> x)
    {
        ArgumentNullException.ThrowIfNull(f);
        foreach (Tensor input in x)
        {
            if (!input.DType.IsFloating()) throw Throw.NeedsFloating(op, input.DType);
        }
        _x = new Tensor[x.Length];
        bool continues = false;
        for (int i = 0; i < x.Length; i++)
        {
            _x[i] = IdentityOp.Instance.Apply(x[i]);
            continues |= _x[i].RequiresGrad;
            _x[i].RequiresGrad = true;
        }
        using (Tape.EnableGrad()) Result = f([.. _x]);
        if (!Result.DType.IsFloating()) throw Throw.ResultNotFloating(op, Result.DType);
        _recorded = Tape.IsRecording && (continues || DependsOnOthers(Result));
    }

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
        bool closed = false;
        foreach (Tensor x in _x)
        {
            if (!x.IsLeaf) continue;
            x.RequiresGrad = false;
            closed = true;
        }
        for (int i = 0; closed && i < gradients.Length; i++)
        {
            if (gradients[i].RequiresGrad && !DependsOnOthers(gradients[i])) gradients[i] = WithoutHistory(gradients[i]);
        }
        return gradients;
    }

    /// <summary>Whether y depends on a leaf that is not one of f's own inputs.</summary>
    bool DependsOnOthers(Tensor y)
    {
        if (y.Node is null) return false;
        HashSet<Node?> own = [.. _x.Select(x => x.Node)];
        foreach (Node node in Tape.From(y))
        {
            if (node.IsLeaf && !own.Contains(node)) return true;
        }
        return false;
    }

    static Tensor WithoutHistory(Tensor y)
    {
        using (Tape.NoGrad()) return IdentityOp.Instance.Apply(y);
    }
}
