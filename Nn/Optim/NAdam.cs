using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Autograd.Nn;

/// <summary>
/// Adam with Nesterov's momentum: m and v as in Adam; μₜ = β₁·(1 − 0.96^(t·momentumDecay)/2);
/// p −= rate·((1 − μₜ)/(1 − Πμ)·d + μₜ₊₁/(1 − μₜ₊₁·Πμ)·m)/(√(v/(1 − β₂ᵗ)) + ε), with d = dp + decay·p.
/// </summary>
/// <remarks>Source: Dozat, "Incorporating Nesterov momentum into Adam", 2016, with the growing momentum of its section on schedules.</remarks>
public sealed class NAdam : ElementwiseOptimizer
{
    const double Base = 0.96;

    readonly AdamSettings _settings;
    readonly double _fall;
    readonly bool _countTwice;

    /// <summary>One group of parameters.</summary>
    /// <param name="parameters">Leaves that require gradients, such as a module's Parameters.</param>
    /// <param name="learningRate">The rate, ≥ 0.</param>
    /// <param name="beta1">The decay of the mean of gradients, in [0, 1).</param>
    /// <param name="beta2">The decay of the mean of squares, in [0, 1).</param>
    /// <param name="epsilon">Added to the root, ≥ 0.</param>
    /// <param name="weightDecay">λ of the penalty λ/2·Σp², ≥ 0.</param>
    /// <param name="momentumDecay">How fast the momentum grows from β₁/2 to β₁, ≥ 0.</param>
    /// <param name="countTwice">Whether the product under m counts μₜ twice, as PyTorch did before version 2: to repeat its runs.</param>
    /// <inheritdoc cref="Optimizer(IEnumerable{ParameterGroup}, double, double, string[])" path="/exception"/>
    public NAdam(
        IEnumerable<Tensor> parameters, double learningRate = 2e-3, double beta1 = 0.9, double beta2 = 0.999, double epsilon = 1e-8, double weightDecay = 0, double momentumDecay = 4e-3, bool countTwice = false)
        : this([new ParameterGroup(parameters)], learningRate, beta1, beta2, epsilon, weightDecay, momentumDecay, countTwice)
    {
    }

    /// <summary>Several groups with settings of their own.</summary>
    /// <inheritdoc cref="NAdam(IEnumerable{Tensor}, double, double, double, double, double, double, bool)"/>
    public NAdam(
        IEnumerable<ParameterGroup> groups, double learningRate = 2e-3, double beta1 = 0.9, double beta2 = 0.999, double epsilon = 1e-8, double weightDecay = 0, double momentumDecay = 4e-3, bool countTwice = false)
        : base(groups, learningRate, weightDecay, slots: ["mean", "square"])
    {
        (_settings, _countTwice) = (Checked(beta1, beta2, epsilon), countTwice);
        // By the op, since Math.Pow may differ from machine to machine.
        _fall = Tensor.Pow(Base, Tensor.Scalar(NotNegative(momentumDecay, nameof(momentumDecay)), DType.Float64)).Item();
    }

    private protected override void Update<T>(ParameterState state, Tensor gradient, ParameterGroup group)
    {
        double now = Momentum(state.Steps), next = Momentum(state.Steps + 1), rate = group.LearningRate!.Value;
        state.Number = (state.Steps == 1 ? 1 : state.Number) * now;
        NAdamUpdate<T> update = new(
            new(_settings, WeightDecayOf(group)), _settings.Epsilon,
            onGradient: rate * (1 - now) / (1 - state.Number),
            onMean: rate * next / (1 - (state.Number * next * (_countTwice ? now : 1))),
            scale: 1 / Math.Sqrt(_settings.Share2(state.Steps)));
        UpdateLoop.Run<NAdamUpdate<T>, T>(update, state.Parameter, gradient, state.Slot(0), state.Slot(1));
    }

    double Momentum(long step) => _settings.Beta1 * (1 - (UpdateLoop.Power(_fall, step) / 2));
}

readonly struct NAdamUpdate<T>(AdamMeans<T> means, double epsilon, double onGradient, double onMean, double scale) : IUpdate<T> where T : unmanaged
{
    readonly AdamMeans<T> _means = means;
    readonly Vector512<T> _onGradient = UpdateLoop.Fill<T>(-onGradient), _onMean = UpdateLoop.Fill<T>(-onMean);
    readonly Vector512<T> _scale = UpdateLoop.Fill<T>(scale), _epsilon = UpdateLoop.Fill<T>(epsilon);

    public static int Slots => 2;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Apply(ref Vector512<T> p, Vector512<T> g, ref Vector512<T> a, ref Vector512<T> b, ref Vector512<T> c)
    {
        Vector512<T> d = _means.Take(p, g, ref a, ref b);
        p += UpdateLoop.Fma(_onGradient, d, _onMean * a) / UpdateLoop.Fma(Vector512.Sqrt(b), _scale, _epsilon);
    }
}
