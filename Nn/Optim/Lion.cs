using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Autograd.Nn;

/// <summary>
/// Steps by the sign of a mean of gradients: p −= rate·(sign(β₁·m + (1 − β₁)·dp) + decay·p), then m = β₂·m + (1 − β₂)·dp. The rate should be
/// 3 to 10 times lower than that of <see cref="AdamW"/>, the decay as much higher.
/// </summary>
/// <remarks>Source: Chen et al., "Symbolic discovery of optimization algorithms", 2023, algorithm 2.</remarks>
public sealed class Lion : ElementwiseOptimizer
{
    readonly double _beta1, _beta2;

    /// <summary>One group of parameters.</summary>
    /// <param name="parameters">Leaves that require gradients, such as a module's Parameters.</param>
    /// <param name="learningRate">The rate, ≥ 0.</param>
    /// <param name="beta1">The weight of the mean in the sign, in [0, 1).</param>
    /// <param name="beta2">The decay of the mean, in [0, 1).</param>
    /// <param name="weightDecay">Which part of the parameter is taken off a step, in units of the rate, ≥ 0.</param>
    /// <inheritdoc cref="Optimizer(IEnumerable{ParameterGroup}, double, double, string[])" path="/exception"/>
    public Lion(
        IEnumerable<Tensor> parameters, double learningRate = 1e-4, double beta1 = 0.9, double beta2 = 0.99, double weightDecay = 0)
        : this([new ParameterGroup(parameters)], learningRate, beta1, beta2, weightDecay)
    {
    }

    /// <summary>Several groups with settings of their own.</summary>
    /// <inheritdoc cref="Lion(IEnumerable{Tensor}, double, double, double, double)"/>
    public Lion(
        IEnumerable<ParameterGroup> groups, double learningRate = 1e-4, double beta1 = 0.9, double beta2 = 0.99, double weightDecay = 0)
        : base(groups, learningRate, weightDecay, slots: ["mean"])
    {
        (_beta1, _beta2) = (Fraction(beta1, nameof(beta1)), Fraction(beta2, nameof(beta2)));
    }

    private protected override void Update<T>(ParameterState state, Tensor gradient, ParameterGroup group) =>
        UpdateLoop.Run<LionUpdate<T>, T>(new(group.LearningRate!.Value, _beta1, _beta2, WeightDecayOf(group)), state.Parameter, gradient, state.Slot(0));
}

readonly struct LionUpdate<T>(double rate, double beta1, double beta2, double decay) : IUpdate<T> where T : unmanaged
{
    readonly Vector512<T> _rate = UpdateLoop.Fill<T>(rate), _keep = UpdateLoop.Fill<T>(1 - (rate * decay));
    readonly Vector512<T> _beta1 = UpdateLoop.Fill<T>(beta1), _share1 = UpdateLoop.Fill<T>(1 - beta1);
    readonly Vector512<T> _beta2 = UpdateLoop.Fill<T>(beta2), _share2 = UpdateLoop.Fill<T>(1 - beta2);

    public static int Slots => 1;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Apply(ref Vector512<T> p, Vector512<T> g, ref Vector512<T> a, ref Vector512<T> b, ref Vector512<T> c)
    {
        Vector512<T> mean = UpdateLoop.Fma(_beta1, a, _share1 * g), zero = Vector512<T>.Zero;
        a = UpdateLoop.Fma(_beta2, a, _share2 * g);
        // A mean that is NaN has no sign; the step then is NaN too, as with every other optimizer.
        Vector512<T> step = Vector512.ConditionalSelect(Vector512.GreaterThan(mean, zero), _rate, Vector512.ConditionalSelect(Vector512.LessThan(mean, zero), -_rate, mean * _rate));
        p = (p * _keep) - step;
    }
}
