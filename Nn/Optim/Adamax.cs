using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Autograd.Nn;

/// <summary>
/// Adam with the greatest recent gradient in place of the root of the mean square: m = β₁·m + (1 − β₁)·d; u = max(β₂·u, |d| + ε);
/// p −= rate/(1 − β₁ᵗ) · m/u, with d = dp + decay·p.
/// </summary>
/// <remarks>Source: Kingma and Ba, "Adam: a method for stochastic optimization", 2015, algorithm 2; the ε, which keeps u off 0, is PyTorch's.</remarks>
public sealed class Adamax : ElementwiseOptimizer
{
    readonly AdamSettings _settings;

    /// <summary>One group of parameters.</summary>
    /// <param name="parameters">Leaves that require gradients, such as a module's Parameters.</param>
    /// <param name="learningRate">The rate, ≥ 0.</param>
    /// <param name="beta1">The decay of the mean of gradients, in [0, 1).</param>
    /// <param name="beta2">The decay of the greatest gradient, in [0, 1).</param>
    /// <param name="epsilon">Added to the magnitudes, ≥ 0.</param>
    /// <param name="weightDecay">λ of the penalty λ/2·Σp², ≥ 0.</param>
    /// <inheritdoc cref="Optimizer(IEnumerable{ParameterGroup}, double, double, string[])" path="/exception"/>
    public Adamax(
        IEnumerable<Tensor> parameters, double learningRate = 2e-3, double beta1 = 0.9, double beta2 = 0.999, double epsilon = 1e-8, double weightDecay = 0)
        : this([new ParameterGroup(parameters)], learningRate, beta1, beta2, epsilon, weightDecay)
    {
    }

    /// <summary>Several groups with settings of their own.</summary>
    /// <inheritdoc cref="Adamax(IEnumerable{Tensor}, double, double, double, double, double)"/>
    public Adamax(
        IEnumerable<ParameterGroup> groups, double learningRate = 2e-3, double beta1 = 0.9, double beta2 = 0.999, double epsilon = 1e-8, double weightDecay = 0)
        : base(groups, learningRate, weightDecay, slots: ["mean", "greatest"]) =>
        _settings = Checked(beta1, beta2, epsilon);

    private protected override void Update<T>(ParameterState state, Tensor gradient, ParameterGroup group)
    {
        double step = group.LearningRate!.Value / _settings.Share1(state.Steps);
        UpdateLoop.Run<AdamaxUpdate<T>, T>(new(step, _settings, WeightDecayOf(group)), state.Parameter, gradient, state.Slot(0), state.Slot(1));
    }
}

readonly struct AdamaxUpdate<T>(double step, AdamSettings settings, double decay) : IUpdate<T> where T : unmanaged
{
    readonly Vector512<T> _step = UpdateLoop.Fill<T>(-step), _beta1 = UpdateLoop.Fill<T>(settings.Beta1), _share = UpdateLoop.Fill<T>(1 - settings.Beta1);
    readonly Vector512<T> _beta2 = UpdateLoop.Fill<T>(settings.Beta2), _epsilon = UpdateLoop.Fill<T>(settings.Epsilon), _decay = UpdateLoop.Fill<T>(decay);

    public static int Slots => 2;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Apply(ref Vector512<T> p, Vector512<T> g, ref Vector512<T> a, ref Vector512<T> b, ref Vector512<T> c)
    {
        Vector512<T> d = UpdateLoop.Fma(_decay, p, g);
        a = UpdateLoop.Fma(_beta1, a, _share * d);
        b = Vector512.Max(_beta2 * b, Vector512.Abs(d) + _epsilon);
        p = UpdateLoop.Fma(_step, a / b, p);
    }
}
