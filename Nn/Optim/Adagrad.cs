using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Autograd.Nn;

/// <summary>
/// Steps divided by the root of the sum of all squares: s += d²; p −= rate/(1 + (t − 1)·rateDecay) · d/(√s + ε), with d = dp + decay·p.
/// </summary>
/// <remarks>Source: Duchi, Hazan and Singer, "Adaptive subgradient methods for online learning and stochastic optimization", 2011.</remarks>
public sealed class Adagrad : ElementwiseOptimizer
{
    readonly double _rateDecay, _start, _epsilon;

    /// <summary>One group of parameters.</summary>
    /// <param name="parameters">Leaves that require gradients, such as a module's Parameters.</param>
    /// <param name="learningRate">The rate, ≥ 0.</param>
    /// <param name="rateDecay">How fast the rate falls besides, ≥ 0.</param>
    /// <param name="weightDecay">λ of the penalty λ/2·Σp², ≥ 0.</param>
    /// <param name="initialSum">Where the sums of squares start, ≥ 0.</param>
    /// <param name="epsilon">Added to the root, ≥ 0.</param>
    /// <inheritdoc cref="Optimizer(IEnumerable{ParameterGroup}, double, double, string[])" path="/exception"/>
    public Adagrad(
        IEnumerable<Tensor> parameters, double learningRate = 1e-2, double rateDecay = 0, double weightDecay = 0, double initialSum = 0, double epsilon = 1e-10)
        : this([new ParameterGroup(parameters)], learningRate, rateDecay, weightDecay, initialSum, epsilon)
    {
    }

    /// <summary>Several groups with settings of their own.</summary>
    /// <inheritdoc cref="Adagrad(IEnumerable{Tensor}, double, double, double, double, double)"/>
    public Adagrad(
        IEnumerable<ParameterGroup> groups, double learningRate = 1e-2, double rateDecay = 0, double weightDecay = 0, double initialSum = 0, double epsilon = 1e-10)
        : base(groups, learningRate, weightDecay, slots: ["sum"])
    {
        (_rateDecay, _start) = (NotNegative(rateDecay, nameof(rateDecay)), NotNegative(initialSum, nameof(initialSum)));
        _epsilon = NotNegative(epsilon, nameof(epsilon));
    }

    private protected override void Update<T>(ParameterState state, Tensor gradient, ParameterGroup group)
    {
        double rate = group.LearningRate!.Value / (1 + ((state.Steps - 1) * _rateDecay)), decay = WeightDecayOf(group);
        UpdateLoop.Run<AdagradUpdate<T>, T>(new(rate, decay, _epsilon), state.Parameter, gradient, state.Slot(0, _start));
    }
}

readonly struct AdagradUpdate<T>(double rate, double decay, double epsilon) : IUpdate<T> where T : unmanaged
{
    readonly Vector512<T> _step = UpdateLoop.Fill<T>(-rate), _decay = UpdateLoop.Fill<T>(decay), _epsilon = UpdateLoop.Fill<T>(epsilon);

    public static int Slots => 1;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Apply(ref Vector512<T> p, Vector512<T> g, ref Vector512<T> a, ref Vector512<T> b, ref Vector512<T> c)
    {
        Vector512<T> d = UpdateLoop.Fma(_decay, p, g);
        a = UpdateLoop.Fma(d, d, a);
        p = UpdateLoop.Fma(_step, d / (Vector512.Sqrt(a) + _epsilon), p);
    }
}
