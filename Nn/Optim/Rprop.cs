using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Autograd.Nn;

/// <summary>
/// Steps by the sign of the gradient alone, for full batches: where the sign is as in the step before, the size of the step grows,
/// where it changed, the size shrinks and no step is taken.
/// </summary>
/// <remarks>Source: Riedmiller and Braun, "A direct adaptive method for faster backpropagation learning: the RPROP algorithm", 1993, without taking steps back.</remarks>
public sealed class Rprop : ElementwiseOptimizer
{
    readonly double _shrink, _grow, _least, _greatest;

    /// <summary>One group of parameters.</summary>
    /// <param name="parameters">Leaves that require gradients, such as a module's Parameters.</param>
    /// <param name="learningRate">The size of the first step, ≥ 0.</param>
    /// <param name="shrink">The factor where the sign changed, in [0, 1).</param>
    /// <param name="grow">The factor where it did not, > 1.</param>
    /// <param name="least">The least size of a step, ≥ 0.</param>
    /// <param name="greatest">The greatest size of a step.</param>
    /// <inheritdoc cref="Optimizer(IEnumerable{ParameterGroup}, double, double, string[])" path="/exception"/>
    public Rprop(
        IEnumerable<Tensor> parameters, double learningRate = 1e-2, double shrink = 0.5, double grow = 1.2, double least = 1e-6, double greatest = 50)
        : this([new ParameterGroup(parameters)], learningRate, shrink, grow, least, greatest)
    {
    }

    /// <summary>Several groups with settings of their own.</summary>
    /// <inheritdoc cref="Rprop(IEnumerable{Tensor}, double, double, double, double, double)"/>
    public Rprop(
        IEnumerable<ParameterGroup> groups, double learningRate = 1e-2, double shrink = 0.5, double grow = 1.2, double least = 1e-6, double greatest = 50)
        : base(groups, learningRate, 0, slots: ["gradient", "size"])
    {
        (_shrink, _grow) = (Fraction(shrink, nameof(shrink)), grow > 1 ? grow : throw Throw.OutOfRange(nameof(Rprop), nameof(grow), grow, "must be above 1", "Pass 1.2, or leave it out."));
        (_least, _greatest) = (NotNegative(least, nameof(least)), greatest >= least ? greatest : throw Throw.OutOfRange(nameof(Rprop), nameof(greatest), greatest, "must be the least size or more", FormattableString.Invariant($"Pass {least} or more, or a lower least size.")));
    }

    private protected override void Update<T>(ParameterState state, Tensor gradient, ParameterGroup group) =>
        UpdateLoop.Run<RpropUpdate<T>, T>(
            new(_shrink, _grow, _least, _greatest), state.Parameter, gradient, state.Slot(0), state.Slot(1, group.LearningRate!.Value));
}

readonly struct RpropUpdate<T>(double shrink, double grow, double least, double greatest) : IUpdate<T> where T : unmanaged
{
    readonly Vector512<T> _shrink = UpdateLoop.Fill<T>(shrink), _grow = UpdateLoop.Fill<T>(grow);
    readonly Vector512<T> _least = UpdateLoop.Fill<T>(least), _greatest = UpdateLoop.Fill<T>(greatest);

    public static int Slots => 2;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Apply(ref Vector512<T> p, Vector512<T> g, ref Vector512<T> a, ref Vector512<T> b, ref Vector512<T> c)
    {
        Vector512<T> zero = Vector512<T>.Zero, agreement = g * a;
        Vector512<T> changed = Vector512.LessThan(agreement, zero), same = Vector512.GreaterThan(agreement, zero);
        Vector512<T> factor = Vector512.ConditionalSelect(changed, _shrink, Vector512.ConditionalSelect(same, _grow, Vector512<T>.One));
        b = Vector512.Min(Vector512.Max(b * factor, _least), _greatest);
        a = Vector512.ConditionalSelect(changed, zero, g);
        // What is neither above nor below 0 is 0 or NaN, and steps by itself.
        Vector512<T> step = Vector512.ConditionalSelect(Vector512.GreaterThan(a, zero), b, Vector512.ConditionalSelect(Vector512.LessThan(a, zero), -b, a));
        p -= step;
    }
}
