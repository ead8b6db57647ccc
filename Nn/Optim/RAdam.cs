using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Autograd.Nn;

/// <summary>
/// Adam that does without its scaling while the mean of squares is too uncertain: m and v as in Adam; ρ = ρ∞ − 2t·β₂ᵗ/(1 − β₂ᵗ), ρ∞ = 2/(1 − β₂) − 1;
/// p −= rate·m/(1 − β₁ᵗ), and where ρ > 5 times r·√(1 − β₂ᵗ)/(√v + ε), r = √((ρ − 4)(ρ − 2)ρ∞/((ρ∞ − 4)(ρ∞ − 2)ρ)).
/// </summary>
/// <remarks>Source: Liu et al., "On the variance of the adaptive learning rate and beyond", 2020, algorithm 2, with the bound 5 of its authors' program.</remarks>
public sealed class RAdam : Optimizer
{
    const double LeastLength = 5;

    readonly double _beta1, _beta2, _epsilon;

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
        : base(groups, learningRate, weightDecay, slots: ["mean", "square"])
    {
        (_beta1, _beta2) = (Fraction(beta1, nameof(beta1)), Fraction(beta2, nameof(beta2)));
        _epsilon = NotNegative(epsilon, nameof(epsilon));
    }

    /// <inheritdoc/>
    protected override void Update(ParameterState state, Tensor gradient, ParameterGroup group)
    {
        if (gradient.DType == DType.Float32) Update<float>(state, gradient, group);
        else Update<double>(state, gradient, group);
    }

    void Update<T>(ParameterState state, Tensor gradient, ParameterGroup group) where T : unmanaged
    {
        double step = group.LearningRate!.Value / (1 - UpdateLoop.Power(_beta1, state.Steps));
        double factor = Rectification(state.Steps);
        RAdamUpdate<T> update = new(step * (factor > 0 ? factor : 1), _beta1, _beta2, _epsilon, WeightDecayOf(group), scaled: factor > 0);
        UpdateLoop.Run<RAdamUpdate<T>, T>(update, state.Parameter, gradient, state.Slot(0), state.Slot(1));
    }

    /// <summary>r·√(1 − β₂ᵗ), or 0 where the mean of squares is too uncertain.</summary>
    double Rectification(long steps)
    {
        double power = UpdateLoop.Power(_beta2, steps), limit = (2 / (1 - _beta2)) - 1, length = limit - (2 * steps * power / (1 - power));
        return length > LeastLength
            ? Math.Sqrt((length - 4) * (length - 2) * limit / ((limit - 4) * (limit - 2) * length)) * Math.Sqrt(1 - power)
            : 0;
    }
}

readonly struct RAdamUpdate<T>(double step, double beta1, double beta2, double epsilon, double decay, bool scaled) : IUpdate<T> where T : unmanaged
{
    readonly Vector512<T> _step = UpdateLoop.Fill<T>(-step), _decay = UpdateLoop.Fill<T>(decay);
    readonly Vector512<T> _beta1 = UpdateLoop.Fill<T>(beta1), _share1 = UpdateLoop.Fill<T>(1 - beta1);
    readonly Vector512<T> _beta2 = UpdateLoop.Fill<T>(beta2), _share2 = UpdateLoop.Fill<T>(1 - beta2);

    // The divisor is use·√v + offset: √v + ε, or 1.
    readonly Vector512<T> _use = UpdateLoop.Fill<T>(scaled ? 1 : 0), _offset = UpdateLoop.Fill<T>(scaled ? epsilon : 1);

    public static int Slots => 2;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Apply(ref Vector512<T> p, Vector512<T> g, ref Vector512<T> a, ref Vector512<T> b, ref Vector512<T> c)
    {
        Vector512<T> d = UpdateLoop.Fma(_decay, p, g);
        a = UpdateLoop.Fma(_beta1, a, _share1 * d);
        b = UpdateLoop.Fma(_beta2, b, _share2 * d * d);
        p = UpdateLoop.Fma(_step, a / UpdateLoop.Fma(_use, Vector512.Sqrt(b), _offset), p);
    }
}
