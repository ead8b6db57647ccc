using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Autograd.Nn;

/// <summary>
/// Steps in the units of the parameter: s = ρ·s + (1 − ρ)·d²; e = d·√(u + ε)/√(s + ε); u = ρ·u + (1 − ρ)·e²; p −= rate·e, with d = dp + decay·p.
/// </summary>
/// <remarks>Source: Zeiler, "ADADELTA: an adaptive learning rate method", 2012, algorithm 1, with a rate as in PyTorch.</remarks>
public sealed class Adadelta : ElementwiseOptimizer
{
    readonly double _rho, _epsilon;

    /// <summary>One group of parameters.</summary>
    /// <param name="parameters">Leaves that require gradients, such as a module's Parameters.</param>
    /// <param name="learningRate">The rate, ≥ 0.</param>
    /// <param name="rho">The decay of both means of squares, in [0, 1).</param>
    /// <param name="epsilon">Added inside the roots, ≥ 0.</param>
    /// <param name="weightDecay">λ of the penalty λ/2·Σp², ≥ 0.</param>
    /// <inheritdoc cref="Optimizer(IEnumerable{ParameterGroup}, double, double, string[])" path="/exception"/>
    public Adadelta(
        IEnumerable<Tensor> parameters, double learningRate = 1, double rho = 0.9, double epsilon = 1e-6, double weightDecay = 0)
        : this([new ParameterGroup(parameters)], learningRate, rho, epsilon, weightDecay)
    {
    }

    /// <summary>Several groups with settings of their own.</summary>
    /// <inheritdoc cref="Adadelta(IEnumerable{Tensor}, double, double, double, double)"/>
    public Adadelta(
        IEnumerable<ParameterGroup> groups, double learningRate = 1, double rho = 0.9, double epsilon = 1e-6, double weightDecay = 0)
        : base(groups, learningRate, weightDecay, slots: ["square", "square_step"])
    {
        (_rho, _epsilon) = (Fraction(rho, nameof(rho)), NotNegative(epsilon, nameof(epsilon)));
    }

    private protected override void Update<T>(ParameterState state, Tensor gradient, ParameterGroup group) =>
        UpdateLoop.Run<AdadeltaUpdate<T>, T>(
            new(group.LearningRate!.Value, _rho, _epsilon, WeightDecayOf(group)), state.Parameter, gradient, state.Slot(0), state.Slot(1));
}

readonly struct AdadeltaUpdate<T>(double rate, double rho, double epsilon, double decay) : IUpdate<T> where T : unmanaged
{
    readonly Vector512<T> _step = UpdateLoop.Fill<T>(-rate), _rho = UpdateLoop.Fill<T>(rho), _share = UpdateLoop.Fill<T>(1 - rho);
    readonly Vector512<T> _epsilon = UpdateLoop.Fill<T>(epsilon), _decay = UpdateLoop.Fill<T>(decay);

    public static int Slots => 2;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Apply(ref Vector512<T> p, Vector512<T> g, ref Vector512<T> a, ref Vector512<T> b, ref Vector512<T> c)
    {
        Vector512<T> d = UpdateLoop.Fma(_decay, p, g);
        a = UpdateLoop.Fma(_rho, a, _share * d * d);
        Vector512<T> e = Vector512.Sqrt(b + _epsilon) / Vector512.Sqrt(a + _epsilon) * d;
        b = UpdateLoop.Fma(_rho, b, _share * e * e);
        p = UpdateLoop.Fma(_step, e, p);
    }
}
