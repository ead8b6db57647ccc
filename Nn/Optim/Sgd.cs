using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Autograd.Nn;

/// <summary>
/// Gradient descent with momentum: d = dp + decay·p; v = momentum·v + (1 − dampening)·d, at first v = d; p −= rate·v,
/// in Nesterov's form p −= rate·(d + momentum·v).
/// </summary>
/// <remarks>
/// Source: the momentum of Rumelhart, Hinton and Williams, "Learning representations by back-propagating errors", 1986, with the rate outside of the mean
/// as in Sutskever et al., "On the importance of initialization and momentum in deep learning", 2013, and in PyTorch.
/// </remarks>
public sealed class Sgd : ElementwiseOptimizer
{
    readonly double _momentum, _dampening;
    readonly bool _nesterov;

    /// <summary>One group of parameters.</summary>
    /// <param name="parameters">Leaves that require gradients, such as a module's Parameters.</param>
    /// <param name="learningRate">The rate, ≥ 0.</param>
    /// <param name="momentum">Which part of the last step is kept, ≥ 0.</param>
    /// <param name="dampening">Which part of the gradient does not enter the momentum.</param>
    /// <param name="nesterov">Whether to step along the gradient as it will be after the momentum; needs a momentum and no dampening.</param>
    /// <param name="weightDecay">λ of the penalty λ/2·Σp², ≥ 0.</param>
    /// <inheritdoc cref="Optimizer(IEnumerable{ParameterGroup}, double, double, string[])" path="/exception"/>
    public Sgd(
        IEnumerable<Tensor> parameters, double learningRate, double momentum = 0, double dampening = 0, bool nesterov = false, double weightDecay = 0)
        : this([new ParameterGroup(parameters)], learningRate, momentum, dampening, nesterov, weightDecay)
    {
    }

    /// <summary>Several groups with settings of their own.</summary>
    /// <inheritdoc cref="Sgd(IEnumerable{Tensor}, double, double, double, bool, double)"/>
    public Sgd(
        IEnumerable<ParameterGroup> groups, double learningRate, double momentum = 0, double dampening = 0, bool nesterov = false, double weightDecay = 0)
        : base(groups, learningRate, weightDecay, slots: ["momentum"])
    {
        (_momentum, _dampening, _nesterov) = (NotNegative(momentum, nameof(momentum)), dampening, nesterov);
        foreach (ParameterGroup group in Groups) CheckGroup(group);
    }

    private protected override void CheckGroup(ParameterGroup group)
    {
        if (_nesterov && (_dampening != 0 || !(MomentumOf(group) > 0))) throw Throw.BadNesterov(MomentumOf(group), _dampening);
    }

    private protected override void Update<T>(ParameterState state, Tensor gradient, ParameterGroup group)
    {
        double rate = group.LearningRate!.Value, momentum = MomentumOf(group), decay = WeightDecayOf(group);
        if (momentum == 0)
        {
            UpdateLoop.Run<SgdUpdate<T>, T>(new(rate, decay), state.Parameter, gradient);
            return;
        }
        double share = state.Steps == 1 ? 1 : 1 - _dampening;
        UpdateLoop.Run<MomentumUpdate<T>, T>(new(rate, decay, momentum, share, _nesterov), state.Parameter, gradient, state.Slot(0));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    double MomentumOf(ParameterGroup group) => group.Momentum ?? _momentum;
}

readonly struct SgdUpdate<T>(double rate, double decay) : IUpdate<T> where T : unmanaged
{
    readonly Vector512<T> _step = UpdateLoop.Fill<T>(-rate), _decay = UpdateLoop.Fill<T>(decay);

    public static int Slots => 0;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Apply(ref Vector512<T> p, Vector512<T> g, ref Vector512<T> a, ref Vector512<T> b, ref Vector512<T> c) =>
        p = UpdateLoop.Fma(_step, UpdateLoop.Fma(_decay, p, g), p);
}

readonly struct MomentumUpdate<T>(double rate, double decay, double momentum, double share, bool nesterov) : IUpdate<T> where T : unmanaged
{
    readonly Vector512<T> _step = UpdateLoop.Fill<T>(-rate), _decay = UpdateLoop.Fill<T>(decay);
    readonly Vector512<T> _momentum = UpdateLoop.Fill<T>(momentum), _share = UpdateLoop.Fill<T>(share);

    // p −= rate·(ahead·v + now·d): ahead, now = 1, 0, in Nesterov's form momentum, 1.
    readonly Vector512<T> _ahead = UpdateLoop.Fill<T>(nesterov ? momentum : 1), _now = UpdateLoop.Fill<T>(nesterov ? 1 : 0);

    public static int Slots => 1;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Apply(ref Vector512<T> p, Vector512<T> g, ref Vector512<T> a, ref Vector512<T> b, ref Vector512<T> c)
    {
        Vector512<T> d = UpdateLoop.Fma(_decay, p, g);
        a = UpdateLoop.Fma(_momentum, a, _share * d);
        p = UpdateLoop.Fma(_step, UpdateLoop.Fma(_ahead, a, _now * d), p);
    }
}
