namespace Autograd;

/// <summary>How <see cref="GradCheck"/> compares.</summary>
public sealed record GradCheckOptions
{
    /// <summary>For float64 inputs: the defaults.</summary>
    public static readonly GradCheckOptions Float64 = new();

    /// <summary>For float32 inputs, whose rounding is half a million times coarser: a step of 2⁻⁸ and tolerances of 2 %.</summary>
    public static readonly GradCheckOptions Float32 = new() { Step = 1.0 / 256, RelativeTolerance = 2e-2, AbsoluteTolerance = 2e-2 };

    /// <summary>The step h of the differences, relative to max(1, |x|).</summary>
    public double Step { get; init; } = 1e-6;

    /// <summary>Largest accepted |analytic − numeric| relative to the numeric value.</summary>
    public double RelativeTolerance { get; init; } = 1e-6;

    /// <summary>Largest accepted |analytic − numeric| beside the relative part, for Jacobians whose largest element is about 1; scaled with it beyond.</summary>
    public double AbsoluteTolerance { get; init; } = 1e-6;

    /// <summary>1 checks the gradient, 2 also the gradient of the gradient.</summary>
    public int Order { get; init; } = 2;

    /// <summary>The seed of the random upstream gradients that the second order is checked with.</summary>
    public ulong Seed { get; init; } = 1;

    /// <summary>How many deviations a report lists.</summary>
    public int Listed { get; init; } = 5;
}
