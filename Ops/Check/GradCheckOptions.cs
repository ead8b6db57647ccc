namespace Autograd;

/// <summary>How <see cref="GradCheck"/> compares.</summary>
public sealed record GradCheckOptions
{
    /// <summary>For float64 inputs: the defaults.</summary>
    public static readonly GradCheckOptions Float64 = new();

    /// <summary>For float32 inputs, whose rounding is half a million times coarser: a step of 2⁻⁸ and tolerances of 2 %.</summary>
    public static readonly GradCheckOptions Float32 = new() { Step = 1.0 / 256, RelativeTolerance = 2e-2, AbsoluteTolerance = 2e-2 };

    /// <summary>For large float64 inputs: four random directions instead of every element, at a cost that does not grow with their number.</summary>
    public static readonly GradCheckOptions Fast = new() { Directions = 4 };

    /// <summary>The step h of the differences, relative to max(1, |x|).</summary>
    public double Step { get; init; } = 1e-6;

    /// <summary>Largest accepted |analytic − numeric| relative to the numeric value.</summary>
    public double RelativeTolerance { get; init; } = 1e-6;

    /// <summary>Largest accepted |analytic − numeric| beside the relative part, for Jacobians whose largest element is about 1; scaled with it beyond.</summary>
    public double AbsoluteTolerance { get; init; } = 1e-6;

    /// <summary>1 checks the gradient, 2 also the gradient of the gradient.</summary>
    public int Order { get; init; } = 2;

    /// <summary>
    /// 0 compares every element of the Jacobian J; n compares uᵀJv for n random directions v of each input and u of the result, of
    /// length about 1. One wrong element is seen there if its error exceeds the tolerance times √(its input's elements · the result's).
    /// </summary>
    public int Directions { get; init; }

    /// <summary>The seed of the random directions and upstream gradients.</summary>
    public ulong Seed { get; init; } = 1;

    /// <summary>How many deviations a report lists.</summary>
    public int Listed { get; init; } = 5;

    internal double Tolerance(double numeric, double scale) => (RelativeTolerance * Math.Abs(numeric)) + (AbsoluteTolerance * scale);

    internal bool IsClose(double analytic, double numeric, double scale, double rounding = 0)
    {
        if (double.IsNaN(numeric) || double.IsNaN(analytic)) return double.IsNaN(numeric) && double.IsNaN(analytic);
        return analytic == numeric || Math.Abs(analytic - numeric) <= Tolerance(numeric, scale) + rounding;
    }
}
