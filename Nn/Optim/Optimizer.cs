using System.Runtime.CompilerServices;

namespace Autograd.Nn;

/// <summary>Changes parameters along their gradients, one <see cref="Step"/> after each backward.</summary>
/// <remarks>
/// A parameter whose gradient is null is passed over and its state stays as it is; a gradient of zeros is stepped, since momentum
/// and weight decay act all the same. A step allocates nothing but, once, the state. State is never recycled by a scope.
/// </remarks>
public abstract class Optimizer : IStateful
{
    readonly string _name;
    readonly double _learningRate, _weightDecay;
    readonly string[] _slots;

    // An array, since enumerating a list behind an interface allocates.
    ParameterGroup[] _groups;

    /// <summary>Checks the groups and takes them over.</summary>
    /// <param name="groups">Disjoint groups of parameters.</param>
    /// <param name="learningRate">The rate of groups without their own, ≥ 0.</param>
    /// <param name="weightDecay">The decay of groups without their own, ≥ 0.</param>
    /// <param name="slots">The names of a parameter's state tensors, those of <see cref="ParameterState.Slot"/> in order.</param>
    /// <exception cref="ArgumentException">There is no parameter, or one occurs twice.</exception>
    /// <exception cref="GraphException">A parameter is a recorded result, or requires no gradient and is no frozen parameter of a module.</exception>
    /// <exception cref="ShapeException">A parameter is a strided view.</exception>
    protected Optimizer(IEnumerable<ParameterGroup> groups, double learningRate, double weightDecay, string[] slots)
    {
        (_name, _slots) = (GetType().Name, slots);
        (_learningRate, _weightDecay) = (NotNegative(learningRate, nameof(learningRate)), NotNegative(weightDecay, nameof(weightDecay)));
        Throw.IfNull(_name, groups);
        _groups = [.. groups];
        Throw.IfAnyNull<ParameterGroup>(_name, _groups, nameof(groups));
        CheckParameters(_groups);
        foreach (ParameterGroup group in _groups) Take(group);
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

    /// <summary>Adds a group, such as layers that have been unfrozen; a <see cref="Scheduler"/> scales its rate from the one that it comes with.</summary>
    /// <param name="group">Parameters of no other group.</param>
    /// <inheritdoc cref="Optimizer(IEnumerable{ParameterGroup}, double, double, string[])" path="/exception"/>
    public void AddGroup(ParameterGroup group)
    {
        Throw.IfNull(_name, group);
        ParameterGroup[] groups = [.. _groups, group];
        CheckParameters(groups);
        CheckGroup(group);
        Take(group);
        _groups = groups;
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
                Update(state, group.Maximize ? -gradient : gradient.Dense(), group);
            }
        }
    }

    /// <summary>
    /// The settings of each group that may change, as <c>groups.0.learning_rate</c>, and of each parameter, counted through all groups, the number
    /// of its steps and its state tensors, as <c>parameters.0.steps</c> and <c>parameters.0.mean</c>; a tensor is missing until it is first used.
    /// What else the optimizer was made with, such as Adam's decays, is not part of it.
    /// </summary>
    /// <inheritdoc path="/returns"/>
    public OrderedDictionary<string, Tensor> StateDict()
    {
        OrderedDictionary<string, Tensor> state = [];
        for (int i = 0; i < _groups.Length; i++)
        {
            foreach ((string name, double? value) in Settings(_groups[i]))
            {
                if (value is { } set) state.Add($"groups.{i}.{name}", Tensor.Scalar(set, DType.Float64));
            }
        }
        foreach ((string name, ParameterState parameter) in NamedStates())
        {
            state.Add($"{name}.{StepsName}", Tensor.From([parameter.Steps], []));
            if (parameter.Number != 0) state.Add($"{name}.{NumberName}", Tensor.Scalar(parameter.Number, DType.Float64));
            for (int slot = 0; slot < _slots.Length; slot++)
            {
                if (parameter.Used(slot) is { } tensor) state.Add($"{name}.{_slots[slot]}", tensor);
            }
        }
        return state;
    }

    /// <inheritdoc/>
    public void LoadStateDict(IReadOnlyDictionary<string, Tensor> state)
    {
        Throw.IfNull("LoadStateDict", state);
        Check(state);
        using RecordingSwitch _ = Tape.NoGrad();
        for (int i = 0; i < _groups.Length; i++)
        {
            _groups[i].LearningRate = Saved($"groups.{i}.{RateName}");
            _groups[i].WeightDecay = Saved($"groups.{i}.{DecayName}");
            _groups[i].Momentum = Saved($"groups.{i}.{MomentumName}");
        }
        foreach ((string name, ParameterState parameter) in NamedStates())
        {
            parameter.Steps = state[$"{name}.{StepsName}"].ToArray<long>()[0];
            parameter.Number = Saved($"{name}.{NumberName}") ?? 0;
            for (int slot = 0; slot < _slots.Length; slot++) parameter.Load(slot, state.GetValueOrDefault($"{name}.{_slots[slot]}"));
        }

        double? Saved(string name) => state.TryGetValue(name, out Tensor? value) ? value.Item() : null;
    }

    /// <summary>Changes one parameter in place; recording is off.</summary>
    /// <param name="state">The parameter and what is remembered about it.</param>
    /// <param name="gradient">Its gradient, dense; must not be changed.</param>
    /// <param name="group">The settings.</param>
    protected abstract void Update(ParameterState state, Tensor gradient, ParameterGroup group);

    /// <summary>Checks the settings of a group that is added later.</summary>
    private protected virtual void CheckGroup(ParameterGroup group)
    {
    }

    /// <summary>The weight decay of a group.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    protected double WeightDecayOf(ParameterGroup group) => group.WeightDecay ?? _weightDecay;

    /// <summary>Checks a setting that must be 0 or more.</summary>
    /// <exception cref="ArgumentOutOfRangeException">It is not.</exception>
    protected double NotNegative(double value, string name) =>
        value >= 0 ? value : throw Throw.OutOfRange(_name, name, value, "must be 0 or more", SettingHint(name));

    /// <summary>Checks the decay of a running mean, which must lie in [0, 1).</summary>
    /// <exception cref="ArgumentOutOfRangeException">It does not.</exception>
    protected double Fraction(double value, string name) =>
        value is >= 0 and < 1 ? value : throw Throw.OutOfRange(_name, name, value, "must be in [0, 1)", name == "shrink" ? "Pass 0.5 to halve a step." : "Pass 0.9 to remember about ten steps, 0 for none.");

    static string SettingHint(string name) => name switch
    {
        nameof(LearningRate) or "learningRate" => "Pass a small number, such as 0.001; to climb, set ParameterGroup.Maximize.",
        "epsilon" => "Leave it out, or pass a small number, such as 1e-8.",
        _ => "Pass 0 for none.",
    };

    const string RateName = "learning_rate", DecayName = "weight_decay", MomentumName = "momentum", StepsName = "steps", NumberName = "number";

    static (string Name, double? Value)[] Settings(ParameterGroup group) =>
        [(RateName, group.LearningRate), (DecayName, group.WeightDecay), (MomentumName, group.Momentum)];

    IEnumerable<(string Name, ParameterState State)> NamedStates() =>
        _groups.SelectMany(group => group.States).Select((state, index) => ($"parameters.{index}", state));

    /// <summary>Checks a state that is to be loaded: what is optional may be there, everything else must be.</summary>
    void Check(IReadOnlyDictionary<string, Tensor> state)
    {
        Tensor number = Tensor.Scalar(0, DType.Float64);
        List<(string, Tensor)> own = [];
        for (int i = 0; i < _groups.Length; i++)
        {
            foreach ((string name, _) in Settings(_groups[i])) Expect($"groups.{i}.{name}", Tensor.Scalar(0, DType.Float64), always: name == RateName);
        }
        foreach ((string name, ParameterState parameter) in NamedStates())
        {
            Expect($"{name}.{StepsName}", Tensor.Scalar(0, DType.Int64), always: true);
            Expect($"{name}.{NumberName}", number, always: false);
            foreach (string slot in _slots) Expect($"{name}.{slot}", parameter.Parameter, always: false);
        }
        StateMismatch.Check(_name, own, state);

        void Expect(string name, Tensor like, bool always)
        {
            if (always || state.ContainsKey(name)) own.Add((name, like));
        }
    }

    /// <summary>Gives a group what it lacks.</summary>
    void Take(ParameterGroup group)
    {
        NotNegative(group.LearningRate ?? 0, nameof(group.LearningRate));
        NotNegative(group.WeightDecay ?? 0, nameof(group.WeightDecay));
        NotNegative(group.Momentum ?? 0, nameof(group.Momentum));
        group.LearningRate ??= _learningRate;
        group.States = [.. group.Parameters.Select(parameter => new ParameterState(parameter, _slots.Length))];
    }

    void CheckParameters(ParameterGroup[] groups)
    {
        int index = 0;
        HashSet<Tensor> seen = new(ReferenceEqualityComparer.Instance);
        foreach (Tensor parameter in groups.SelectMany(group => group.Parameters))
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
