namespace Autograd.Nn;

/// <summary>Parameters that an optimizer steps with settings of their own; what is null is as the optimizer was made.</summary>
/// <param name="parameters">Leaves that require gradients.</param>
public sealed class ParameterGroup(IEnumerable<Tensor> parameters)
{
    /// <summary>The parameters.</summary>
    public IReadOnlyList<Tensor> Parameters { get; } = AllOf(parameters);

    /// <summary>The learning rate, ≥ 0; schedules change it.</summary>
    public double? LearningRate { get; set; }

    /// <summary>The weight decay, ≥ 0.</summary>
    public double? WeightDecay { get; set; }

    /// <summary>The momentum, ≥ 0, where the optimizer has one: that of <see cref="Sgd"/> and <see cref="RmsProp"/>.</summary>
    public double? Momentum { get; set; }

    /// <summary>Whether the steps go up the gradients, not down: the loss is to grow.</summary>
    public bool Maximize { get; init; }

    internal ParameterState[] States { get; set; } = [];

    static Tensor[] AllOf(IEnumerable<Tensor> parameters)
    {
        Throw.IfNull(nameof(ParameterGroup), parameters);
        Tensor[] all = [.. parameters];
        Throw.IfAnyNull<Tensor>(nameof(ParameterGroup), all, nameof(parameters));
        return all;
    }
}

/// <summary>What an optimizer remembers about one parameter.</summary>
public sealed class ParameterState
{
    readonly Tensor?[] _slots;

    internal ParameterState(Tensor parameter, int slots)
    {
        Parameter = parameter;
        _slots = new Tensor?[slots];
    }

    /// <summary>The parameter.</summary>
    public Tensor Parameter { get; }

    /// <summary>How many steps this parameter has taken, the running one included; those without a gradient do not count.</summary>
    public long Steps { get; internal set; }

    /// <summary>A number that lasts from step to step, at first 0.</summary>
    public double Number { get; set; }

    /// <summary>A tensor of the parameter's shape and type that lasts from step to step, at first filled with <paramref name="start"/>.</summary>
    public Tensor Slot(int index, double start = 0) =>
        _slots[index] ??= Tensor.Full(Parameter.Shape, start, Parameter.DType);

    /// <summary>A state tensor if it has been used, else null.</summary>
    internal Tensor? Used(int index) => _slots[index];

    /// <summary>Takes over the values of a state tensor, or that it has not been used.</summary>
    internal void Load(int index, Tensor? value)
    {
        if (value is null) _slots[index] = null;
        else Slot(index).CopyFrom(value.DType == Parameter.DType ? value : value.Cast(Parameter.DType));
    }
}
