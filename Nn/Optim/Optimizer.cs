namespace Autograd.Nn;

/// <summary>Changes parameters along their gradients, one <see cref="Step"/> after each backward.</summary>
/// <remarks>
/// A parameter whose gradient is null is passed over and its state stays as it is; a gradient of zeros is stepped, since momentum
/// and weight decay act all the same. A step allocates nothing but, once, the state. State is never recycled by a scope.
/// </remarks>
public abstract class Optimizer
{
    readonly string _name;
    readonly double _weightDecay;

    // An array, since enumerating a list behind an interface allocates.
    readonly ParameterGroup[] _groups;

    /// <summary>Checks the groups and takes them over.</summary>
    /// <param name="groups">Disjoint groups of parameters.</param>
    /// <param name="learningRate">The rate of groups without their own, ≥ 0.</param>
    /// <param name="weightDecay">The decay of groups without their own, ≥ 0.</param>
    /// <param name="slots">How many state tensors a parameter has.</param>
    /// <exception cref="ArgumentException">There is no parameter, or one occurs twice.</exception>
    /// <exception cref="GraphException">A parameter is a recorded result, or requires no gradient and is no frozen parameter of a module.</exception>
    /// <exception cref="ShapeException">A parameter is a strided view.</exception>
    protected Optimizer(IEnumerable<ParameterGroup> groups, double learningRate, double weightDecay, int slots)
    {
        _name = GetType().Name;
        _weightDecay = NotNegative(weightDecay, nameof(weightDecay));
        NotNegative(learningRate, nameof(learningRate));
        _groups = [.. groups];
        Check();
        foreach (ParameterGroup group in _groups)
        {
            NotNegative(group.LearningRate ??= learningRate, nameof(group.LearningRate));
            NotNegative(group.WeightDecay ?? 0, nameof(group.WeightDecay));
            NotNegative(group.Momentum ?? 0, nameof(group.Momentum));
            group.States = [.. group.Parameters.Select(parameter => new ParameterState(parameter, slots))];
        }
    }

    /// <summary>The groups of parameters.</summary>
    public IReadOnlyList<ParameterGroup> Groups => _groups;

    /// <summary>The learning rate of the first group; setting it sets that of every group.</summary>
    public double LearningRate
    {
        get => _groups[0].LearningRate!.Value;
        set
        {
            NotNegative(value, nameof(LearningRate));
            foreach (ParameterGroup group in _groups) group.LearningRate = value;
        }
    }

    /// <summary>Clears the gradients of all parameters, keeping their memory.</summary>
    public void ZeroGrad()
    {
        foreach (ParameterGroup group in _groups)
        {
            foreach (ParameterState state in group.States) state.Parameter.ZeroGrad();
        }
    }

    /// <summary>Changes every parameter that has a gradient.</summary>
    public void Step()
    {
        using RecordingSwitch _ = Tape.NoGrad();
        foreach (ParameterGroup group in _groups)
        {
            foreach (ParameterState state in group.States)
            {
                if (!state.Parameter.RequiresGrad || state.Parameter.Grad is not { } gradient) continue;
                state.Steps++;
                Update(state, gradient.Dense(), group);
            }
        }
    }

    /// <summary>Changes one parameter in place; recording is off.</summary>
    /// <param name="state">The parameter and what is remembered about it.</param>
    /// <param name="gradient">Its gradient, dense; must not be changed.</param>
    /// <param name="group">The settings.</param>
    protected abstract void Update(ParameterState state, Tensor gradient, ParameterGroup group);

    /// <summary>The weight decay of a group.</summary>
    protected double WeightDecayOf(ParameterGroup group) => group.WeightDecay ?? _weightDecay;

    /// <summary>Checks a setting that must be 0 or more.</summary>
    /// <exception cref="ArgumentOutOfRangeException">It is not.</exception>
    protected double NotNegative(double value, string name) =>
        value >= 0 ? value : throw Throw.BadSetting(_name, name, value, "must be 0 or more");

    /// <summary>Checks the decay of a running mean, which must lie in [0, 1).</summary>
    /// <exception cref="ArgumentOutOfRangeException">It does not.</exception>
    protected double Fraction(double value, string name) =>
        value is >= 0 and < 1 ? value : throw Throw.BadSetting(_name, name, value, "must be in [0, 1)");

    void Check()
    {
        int index = 0;
        HashSet<Tensor> seen = new(ReferenceEqualityComparer.Instance);
        foreach (Tensor parameter in _groups.SelectMany(group => group.Parameters))
        {
            if (!parameter.IsLeaf) throw Throw.NotLeaf(_name, index, parameter);
            if (!parameter.RequiresGrad && !ParameterMarks.IsMarked(parameter)) throw Throw.NotTrained(_name, index, parameter);
            if (!parameter.IsDense) throw Throw.NotDense(_name, index, parameter);
            if (!seen.Add(parameter)) throw Throw.Twice(_name, index, parameter);
            index++;
        }
        if (index == 0) throw Throw.NoParameters(_name);
    }
}
