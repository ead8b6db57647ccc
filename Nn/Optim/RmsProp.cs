using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Autograd.Nn;

/// <summary>
/// Steps divided by the root of a running mean of squares: v = α·v + (1 − α)·d²; u = d/(√v + ε); b = momentum·b + u; p −= rate·b,
/// with d = dp + decay·p. Centered, √(v − m²) takes the place of √v, with m the running mean of d.
/// </summary>
/// <remarks>Source: Tieleman and Hinton, "Lecture 6.5 – RMSProp", 2012; centered: Graves, "Generating sequences with recurrent neural networks", 2013, equation 38; ε outside of the root as in PyTorch.</remarks>
public sealed class RmsProp : ElementwiseOptimizer
{
    readonly double _alpha, _epsilon, _momentum;
    readonly bool _centered;

    /// <summary>One group of parameters.</summary>
    /// <param name="parameters">Leaves that require gradients, such as a module's Parameters.</param>
    /// <param name="learningRate">The rate, ≥ 0.</param>
    /// <param name="alpha">The decay of the means, in [0, 1).</param>
    /// <param name="epsilon">Added to the root, ≥ 0.</param>
    /// <param name="weightDecay">λ of the penalty λ/2·Σp², ≥ 0.</param>
    /// <param name="momentum">Which part of the last step is kept, ≥ 0.</param>
    /// <param name="centered">Whether to divide by the standard deviation instead of the root of the mean square.</param>
    /// <inheritdoc cref="Optimizer(IEnumerable{ParameterGroup}, double, double, string[])" path="/exception"/>
    public RmsProp(
        IEnumerable<Tensor> parameters, double learningRate = 1e-2, double alpha = 0.99, double epsilon = 1e-8, double weightDecay = 0, double momentum = 0, bool centered = false)
        : this([new ParameterGroup(parameters)], learningRate, alpha, epsilon, weightDecay, momentum, centered)
    {
    }

    /// <summary>Several groups with settings of their own.</summary>
    /// <inheritdoc cref="RmsProp(IEnumerable{Tensor}, double, double, double, double, double, bool)"/>
    public RmsProp(
        IEnumerable<ParameterGroup> groups, double learningRate = 1e-2, double alpha = 0.99, double epsilon = 1e-8, double weightDecay = 0, double momentum = 0, bool centered = false)
        : base(groups, learningRate, weightDecay, slots: ["square", "momentum", "mean"])
    {
        (_alpha, _epsilon) = (Fraction(alpha, nameof(alpha)), NotNegative(epsilon, nameof(epsilon)));
        (_momentum, _centered) = (NotNegative(momentum, nameof(momentum)), centered);
    }

    private protected override void Update<T>(ParameterState state, Tensor gradient, ParameterGroup group)
    {
        double rate = group.LearningRate!.Value, decay = WeightDecayOf(group), momentum = group.Momentum ?? _momentum;
        RmsPropConstants<T> constants = new(rate, _alpha, _epsilon, decay, momentum);
        if (_centered) UpdateLoop.Run<CenteredUpdate<T>, T>(new(constants), state.Parameter, gradient, state.Slot(0), state.Slot(1), state.Slot(2));
        else UpdateLoop.Run<RmsPropUpdate<T>, T>(new(constants), state.Parameter, gradient, state.Slot(0), state.Slot(1));
    }
}

readonly struct RmsPropConstants<T>(double rate, double alpha, double epsilon, double decay, double momentum) where T : unmanaged
{
    readonly Vector512<T> _alpha = UpdateLoop.Fill<T>(alpha), _share = UpdateLoop.Fill<T>(1 - alpha), _epsilon = UpdateLoop.Fill<T>(epsilon);
    readonly Vector512<T> _decay = UpdateLoop.Fill<T>(decay), _momentum = UpdateLoop.Fill<T>(momentum), _step = UpdateLoop.Fill<T>(-rate);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public Vector512<T> Penalized(Vector512<T> p, Vector512<T> g) => UpdateLoop.Fma(_decay, p, g);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public Vector512<T> Mean(Vector512<T> mean, Vector512<T> x) => UpdateLoop.Fma(_alpha, mean, _share * x);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Step(ref Vector512<T> p, ref Vector512<T> b, Vector512<T> d, Vector512<T> square)
    {
        b = UpdateLoop.Fma(_momentum, b, d / (Vector512.Sqrt(square) + _epsilon));
        p = UpdateLoop.Fma(_step, b, p);
    }
}

readonly struct RmsPropUpdate<T>(RmsPropConstants<T> constants) : IUpdate<T> where T : unmanaged
{
    readonly RmsPropConstants<T> _constants = constants;

    public static int Slots => 2;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Apply(ref Vector512<T> p, Vector512<T> g, ref Vector512<T> a, ref Vector512<T> b, ref Vector512<T> c)
    {
        Vector512<T> d = _constants.Penalized(p, g);
        a = _constants.Mean(a, d * d);
        _constants.Step(ref p, ref b, d, a);
    }
}

readonly struct CenteredUpdate<T>(RmsPropConstants<T> constants) : IUpdate<T> where T : unmanaged
{
    readonly RmsPropConstants<T> _constants = constants;

    public static int Slots => 3;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Apply(ref Vector512<T> p, Vector512<T> g, ref Vector512<T> a, ref Vector512<T> b, ref Vector512<T> c)
    {
        Vector512<T> d = _constants.Penalized(p, g);
        a = _constants.Mean(a, d * d);
        c = _constants.Mean(c, d);
        // Rounding can take the variance of equal gradients below 0, whose root is NaN.
        _constants.Step(ref p, ref b, d, Vector512.Max(UpdateLoop.Fma(-c, c, a), Vector512<T>.Zero));
    }
}
