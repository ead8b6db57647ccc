namespace Autograd.Nn;

/// <summary>
/// Adam that does without its scaling while the mean of squares is too uncertain: m and v as in Adam; ρ = ρ∞ − 2t·β₂ᵗ/(1 − β₂ᵗ), ρ∞ = 2/(1 − β₂) − 1;
/// p −= rate·m/(1 − β₁ᵗ), and where ρ > 5 times r·√(1 − β₂ᵗ)/(√v + ε), r = √((ρ − 4)(ρ − 2)ρ∞/((ρ∞ − 4)(ρ∞ − 2)ρ)).
/// </summary>
/// <remarks>Source: Liu et al., "On the variance of the adaptive learning rate and beyond", 2020, algorithm 2, with the bound 5 of its authors' program.</remarks>
public sealed class RAdam : ElementwiseOptimizer
{
    const double LeastLength = 5;

    readonly AdamSettings _settings;

    /// <summary>One group of parameters.</summary>
    /// <param name="parameters">Leaves that require gradients, such as a module's Parameters.</param>
    /// <param name="learningRate">The rate, ≥ 0.</param>
    /// <param name="beta1">The decay of the mean of gradients, in [0, 1).</param>
    /// <param name="beta2">The decay of the mean of squares, in [0, 1).</param>
    /// <param name="epsilon">Added to the root, ≥ 0.</param>
    /// <param name="weightDecay">λ of the penalty λ/2·Σp², ≥ 0.</param>
    /// <inheritdoc cref="Optimizer(IEnumerable{ParameterGroup}, double, double, string[])" path="/exception"/>
    public RAdam(
        IEnumerable<Tensor> parameters, double learningRate = 1e-3, double beta1 = 0.9, double beta2 = 0.999, double epsilon = 1e-8, double weightDecay = 0)
        : this([new ParameterGroup(parameters)], learningRate, beta1, beta2, epsilon, weightDecay)
    {
    }

    /// <summary>Several groups with settings of their own.</summary>
    /// <inheritdoc cref="RAdam(IEnumerable{Tensor}, double, double, double, double, double)"/>
    public RAdam(
        IEnumerable<ParameterGroup> groups, double learningRate = 1e-3, double beta1 = 0.9, double beta2 = 0.999, double epsilon = 1e-8, double weightDecay = 0)
        : base(groups, learningRate, weightDecay, slots: ["mean", "square"]) =>
        _settings = Checked(beta1, beta2, epsilon);

    private protected override void Update<T>(ParameterState state, Tensor gradient, ParameterGroup group)
    {
        double rate = group.LearningRate!.Value / _settings.Share1(state.Steps), factor = Rectification(state.Steps);
        // The divisor is √v + ε, or 1 where the mean of squares is too uncertain.
        AdamStep<T> step = factor > 0
            ? new(new(_settings, WeightDecayOf(group)), keep: 1, rate * factor, scale: 1, offset: _settings.Epsilon)
            : new(new(_settings, WeightDecayOf(group)), keep: 1, rate, scale: 0, offset: 1);
        UpdateLoop.Run<AdamUpdate<T>, T>(new(step), state.Parameter, gradient, state.Slot(0), state.Slot(1));
    }

    /// <summary>r·√(1 − β₂ᵗ), or 0 where the mean of squares is too uncertain.</summary>
    double Rectification(long steps)
    {
        double power = UpdateLoop.Power(_settings.Beta2, steps), limit = (2 / (1 - _settings.Beta2)) - 1, length = limit - (2 * steps * power / (1 - power));
        return length > LeastLength
            ? Math.Sqrt((length - 4) * (length - 2) * limit / ((limit - 4) * (limit - 2) * length)) * Math.Sqrt(1 - power)
            : 0;
    }
}
