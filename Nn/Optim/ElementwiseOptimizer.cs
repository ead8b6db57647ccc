using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Autograd.Nn;

/// <summary>An optimizer that steps every element by itself, by a formula that is the same for both element types.</summary>
public abstract class ElementwiseOptimizer : Optimizer
{
    // A generic method of a derived class is looked up at each call, which takes as long as a small step; a delegate has found it once.
    readonly Action<ParameterState, Tensor, ParameterGroup> _update32, _update64;

    private protected ElementwiseOptimizer(IEnumerable<ParameterGroup> groups, double learningRate, double weightDecay, string[] slots)
        : base(groups, learningRate, weightDecay, slots) => (_update32, _update64) = (Update<float>, Update<double>);

    /// <inheritdoc/>
    protected sealed override void Update(ParameterState state, Tensor gradient, ParameterGroup group) =>
        (gradient.DType == DType.Float32 ? _update32 : _update64)(state, gradient, group);

    /// <summary>Changes one parameter, whose elements are of type T.</summary>
    private protected abstract void Update<T>(ParameterState state, Tensor gradient, ParameterGroup group) where T : unmanaged;

    /// <summary>Checks the settings of Adam and its kin.</summary>
    private protected AdamSettings Checked(double beta1, double beta2, double epsilon) =>
        new(Fraction(beta1, nameof(beta1)), Fraction(beta2, nameof(beta2)), NotNegative(epsilon, nameof(epsilon)));
}

/// <summary>The settings of Adam and its kin: the decays of the means of gradients and of squares, and what is added to the root.</summary>
readonly record struct AdamSettings(double Beta1, double Beta2, double Epsilon)
{
    /// <summary>1 − β₁ᵗ: how much of a mean the gradients of t steps make up.</summary>
    public double Share1(long steps) => 1 - UpdateLoop.Power(Beta1, steps);

    /// <summary>1 − β₂ᵗ.</summary>
    public double Share2(long steps) => 1 - UpdateLoop.Power(Beta2, steps);
}

/// <summary>The running means of Adam and its kin: d = dp + decay·p; m = β₁·m + (1 − β₁)·d; v = β₂·v + (1 − β₂)·d².</summary>
readonly struct AdamMeans<T>(AdamSettings settings, double decay) where T : unmanaged
{
    readonly Vector512<T> _beta1 = UpdateLoop.Fill<T>(settings.Beta1), _share1 = UpdateLoop.Fill<T>(1 - settings.Beta1);
    readonly Vector512<T> _beta2 = UpdateLoop.Fill<T>(settings.Beta2), _share2 = UpdateLoop.Fill<T>(1 - settings.Beta2);
    readonly Vector512<T> _decay = UpdateLoop.Fill<T>(decay);

    /// <summary>Takes a gradient into both means, and gives d.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public Vector512<T> Take(Vector512<T> p, Vector512<T> g, ref Vector512<T> m, ref Vector512<T> v)
    {
        Vector512<T> d = UpdateLoop.Fma(_decay, p, g);
        m = UpdateLoop.Fma(_beta1, m, _share1 * d);
        v = UpdateLoop.Fma(_beta2, v, _share2 * d * d);
        return d;
    }
}

/// <summary>p = keep·p − step·m/(scale·√v + offset).</summary>
readonly struct AdamStep<T>(AdamMeans<T> means, double keep, double step, double scale, double offset) where T : unmanaged
{
    readonly AdamMeans<T> _means = means;
    readonly Vector512<T> _keep = UpdateLoop.Fill<T>(keep), _step = UpdateLoop.Fill<T>(-step), _scale = UpdateLoop.Fill<T>(scale), _offset = UpdateLoop.Fill<T>(offset);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Take(Vector512<T> p, Vector512<T> g, ref Vector512<T> m, ref Vector512<T> v) => _means.Take(p, g, ref m, ref v);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Step(ref Vector512<T> p, Vector512<T> m, Vector512<T> v) =>
        p = UpdateLoop.Fma(_step, m / UpdateLoop.Fma(Vector512.Sqrt(v), _scale, _offset), p * _keep);
}

readonly struct AdamUpdate<T>(AdamStep<T> step) : IUpdate<T> where T : unmanaged
{
    readonly AdamStep<T> _step = step;

    public static int Slots => 2;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Apply(ref Vector512<T> p, Vector512<T> g, ref Vector512<T> a, ref Vector512<T> b, ref Vector512<T> c)
    {
        _step.Take(p, g, ref a, ref b);
        _step.Step(ref p, a, b);
    }
}

readonly struct AmsgradUpdate<T>(AdamStep<T> step) : IUpdate<T> where T : unmanaged
{
    readonly AdamStep<T> _step = step;

    public static int Slots => 3;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Apply(ref Vector512<T> p, Vector512<T> g, ref Vector512<T> a, ref Vector512<T> b, ref Vector512<T> c)
    {
        _step.Take(p, g, ref a, ref b);
        c = Vector512.Max(c, b);
        _step.Step(ref p, a, c);
    }
}
