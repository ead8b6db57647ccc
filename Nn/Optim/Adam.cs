using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Autograd.Nn;

/// <summary>
/// Steps scaled by running means of the gradient and of its square: m = β₁·m + (1 − β₁)·d; v = β₂·v + (1 − β₂)·d²;
/// p −= rate/(1 − β₁ᵗ) · m/(√v/√(1 − β₂ᵗ) + ε), with d = dp + decay·p.
/// </summary>
/// <remarks>
/// Source: Kingma and Ba, "Adam: a method for stochastic optimization", 2015, algorithm 1; the greatest v in place of v: Reddi, Kale and Kumar,
/// "On the convergence of Adam and beyond", 2018.
/// </remarks>
public class Adam : Optimizer
{
    readonly double _beta1, _beta2, _epsilon;
    readonly bool _amsgrad;

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
        : base(groups, learningRate, weightDecay, slots: ["mean", "square", "greatest_square"])
    {
        (_beta1, _beta2) = (Fraction(beta1, nameof(beta1)), Fraction(beta2, nameof(beta2)));
        (_epsilon, _amsgrad) = (NotNegative(epsilon, nameof(epsilon)), amsgrad);
    }

    /// <summary>Whether the decay shrinks the parameter itself rather than entering the gradient.</summary>
    private protected virtual bool IsDecoupled => false;

    /// <inheritdoc/>
    protected override void Update(ParameterState state, Tensor gradient, ParameterGroup group)
    {
        if (gradient.DType == DType.Float32) Update<float>(state, gradient, group);
        else Update<double>(state, gradient, group);
    }

    void Update<T>(ParameterState state, Tensor gradient, ParameterGroup group) where T : unmanaged
    {
        double rate = group.LearningRate!.Value, decay = WeightDecayOf(group);
        AdamConstants<T> constants = new(
            _beta1, _beta2, _epsilon,
            penalty: IsDecoupled ? 0 : decay,
            keep: IsDecoupled ? 1 - (rate * decay) : 1,
            step: rate / (1 - UpdateLoop.Power(_beta1, state.Steps)),
            scale: 1 / Math.Sqrt(1 - UpdateLoop.Power(_beta2, state.Steps)));
        if (_amsgrad) UpdateLoop.Run<AmsgradUpdate<T>, T>(new(constants), state.Parameter, gradient, state.Slot(0), state.Slot(1), state.Slot(2));
        else UpdateLoop.Run<AdamUpdate<T>, T>(new(constants), state.Parameter, gradient, state.Slot(0), state.Slot(1));
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

readonly struct AdamConstants<T>(double beta1, double beta2, double epsilon, double penalty, double keep, double step, double scale) where T : unmanaged
{
    readonly Vector512<T> _beta1 = UpdateLoop.Fill<T>(beta1), _share1 = UpdateLoop.Fill<T>(1 - beta1);
    readonly Vector512<T> _beta2 = UpdateLoop.Fill<T>(beta2), _share2 = UpdateLoop.Fill<T>(1 - beta2);
    readonly Vector512<T> _epsilon = UpdateLoop.Fill<T>(epsilon), _penalty = UpdateLoop.Fill<T>(penalty), _keep = UpdateLoop.Fill<T>(keep);
    readonly Vector512<T> _step = UpdateLoop.Fill<T>(-step), _scale = UpdateLoop.Fill<T>(scale);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Means(ref Vector512<T> p, Vector512<T> g, ref Vector512<T> m, ref Vector512<T> v)
    {
        Vector512<T> d = UpdateLoop.Fma(_penalty, p, g);
        p *= _keep;
        m = UpdateLoop.Fma(_beta1, m, _share1 * d);
        v = UpdateLoop.Fma(_beta2, v, _share2 * d * d);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Step(ref Vector512<T> p, Vector512<T> m, Vector512<T> v) =>
        p = UpdateLoop.Fma(_step, m / UpdateLoop.Fma(Vector512.Sqrt(v), _scale, _epsilon), p);
}

readonly struct AdamUpdate<T>(AdamConstants<T> constants) : IUpdate<T> where T : unmanaged
{
    readonly AdamConstants<T> _constants = constants;

    public static int Slots => 2;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Apply(ref Vector512<T> p, Vector512<T> g, ref Vector512<T> a, ref Vector512<T> b, ref Vector512<T> c)
    {
        _constants.Means(ref p, g, ref a, ref b);
        _constants.Step(ref p, a, b);
    }
}

readonly struct AmsgradUpdate<T>(AdamConstants<T> constants) : IUpdate<T> where T : unmanaged
{
    readonly AdamConstants<T> _constants = constants;

    public static int Slots => 3;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Apply(ref Vector512<T> p, Vector512<T> g, ref Vector512<T> a, ref Vector512<T> b, ref Vector512<T> c)
    {
        _constants.Means(ref p, g, ref a, ref b);
        c = Vector512.Max(c, b);
        _constants.Step(ref p, a, c);
    }
}
