namespace Autograd.Nn;

/// <summary>
/// Steps scaled by running means of the gradient and of its square: m = β₁·m + (1 − β₁)·d; v = β₂·v + (1 − β₂)·d²;
/// p −= rate/(1 − β₁ᵗ) · m/(√v/√(1 − β₂ᵗ) + ε), with d = dp + decay·p.
/// </summary>
/// <remarks>
/// Source: Kingma and Ba, "Adam: a method for stochastic optimization", 2015, algorithm 1; the greatest v in place of v: Reddi, Kale and Kumar,
/// "On the convergence of Adam and beyond", 2018.
/// </remarks>
public class Adam : ElementwiseOptimizer
{
    readonly AdamSettings _settings;
    readonly bool _amsgrad;

    // Of the number of steps asked about last: mostly all parameters have taken as many, and powers cost as much as a small parameter.
    (long Steps, double First, double Second) _shares;

    /// <summary>One group of parameters.</summary>
    /// <param name="parameters">Leaves that require gradients, such as a module's Parameters.</param>
    /// <param name="learningRate">The rate, ≥ 0.</param>
    /// <param name="beta1">The decay of the mean of gradients, in [0, 1).</param>
    /// <param name="beta2">The decay of the mean of squares, in [0, 1).</param>
    /// <param name="epsilon">Added to the root, ≥ 0.</param>
    /// <param name="weightDecay">λ of the penalty λ/2·Σp², ≥ 0; it is scaled like the gradient.</param>
    /// <param name="amsgrad">Whether to divide by the greatest mean of squares so far.</param>
    /// <inheritdoc cref="Optimizer(IEnumerable{ParameterGroup}, double, double, string[])" path="/exception"/>
    public Adam(
        IEnumerable<Tensor> parameters, double learningRate = 1e-3, double beta1 = 0.9, double beta2 = 0.999, double epsilon = 1e-8, double weightDecay = 0, bool amsgrad = false)
        : this([new ParameterGroup(parameters)], learningRate, beta1, beta2, epsilon, weightDecay, amsgrad)
    {
    }

    /// <summary>Several groups with settings of their own.</summary>
    /// <inheritdoc cref="Adam(IEnumerable{Tensor}, double, double, double, double, double, bool)"/>
    public Adam(
        IEnumerable<ParameterGroup> groups, double learningRate = 1e-3, double beta1 = 0.9, double beta2 = 0.999, double epsilon = 1e-8, double weightDecay = 0, bool amsgrad = false)
        : base(groups, learningRate, weightDecay, slots: ["mean", "square", "greatest_square"]) =>
        (_settings, _amsgrad) = (Checked(beta1, beta2, epsilon), amsgrad);

    /// <summary>Whether the decay shrinks the parameter itself rather than entering the gradient.</summary>
    private protected virtual bool IsDecoupled => false;

    private protected override void Update<T>(ParameterState state, Tensor gradient, ParameterGroup group)
    {
        double rate = group.LearningRate!.Value, decay = WeightDecayOf(group);
        if (_shares.Steps != state.Steps) _shares = (state.Steps, _settings.Share1(state.Steps), _settings.Share2(state.Steps));
        AdamStep<T> step = new(
            new(_settings, IsDecoupled ? 0 : decay),
            keep: IsDecoupled ? 1 - (rate * decay) : 1,
            step: rate / _shares.First,
            scale: 1 / Math.Sqrt(_shares.Second),
            offset: _settings.Epsilon);
        if (_amsgrad) UpdateLoop.Run<AmsgradUpdate<T>, T>(new(step), state.Parameter, gradient, state.Slot(0), state.Slot(1), state.Slot(2));
        else UpdateLoop.Run<AdamUpdate<T>, T>(new(step), state.Parameter, gradient, state.Slot(0), state.Slot(1));
    }
}

/// <summary>Adam with the weight decay decoupled from the gradient: first p −= rate·decay·p, then Adam's step without decay.</summary>
/// <remarks>Source: Loshchilov and Hutter, "Decoupled weight decay regularization", 2019, algorithm 2, with the decay times the rate as in PyTorch.</remarks>
public sealed class AdamW : Adam
{
    /// <summary>One group of parameters.</summary>
    /// <param name="parameters">Leaves that require gradients, such as a module's Parameters.</param>
    /// <param name="learningRate">The rate, ≥ 0.</param>
    /// <param name="beta1">The decay of the mean of gradients, in [0, 1).</param>
    /// <param name="beta2">The decay of the mean of squares, in [0, 1).</param>
    /// <param name="epsilon">Added to the root, ≥ 0.</param>
    /// <param name="weightDecay">Which part of the parameter is taken off a step, in units of the rate, ≥ 0.</param>
    /// <param name="amsgrad">Whether to divide by the greatest mean of squares so far.</param>
    /// <inheritdoc cref="Optimizer(IEnumerable{ParameterGroup}, double, double, string[])" path="/exception"/>
    public AdamW(
        IEnumerable<Tensor> parameters, double learningRate = 1e-3, double beta1 = 0.9, double beta2 = 0.999, double epsilon = 1e-8, double weightDecay = 1e-2, bool amsgrad = false)
        : base(parameters, learningRate, beta1, beta2, epsilon, weightDecay, amsgrad)
    {
    }

    /// <summary>Several groups with settings of their own.</summary>
    /// <inheritdoc cref="AdamW(IEnumerable{Tensor}, double, double, double, double, double, bool)"/>
    public AdamW(
        IEnumerable<ParameterGroup> groups, double learningRate = 1e-3, double beta1 = 0.9, double beta2 = 0.999, double epsilon = 1e-8, double weightDecay = 1e-2, bool amsgrad = false)
        : base(groups, learningRate, beta1, beta2, epsilon, weightDecay, amsgrad)
    {
    }

    private protected override bool IsDecoupled => true;
}
