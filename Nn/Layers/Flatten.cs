namespace Autograd.Nn;

/// <summary>Joins neighbouring axes into one: by default all but the first, which counts the examples.</summary>
/// <param name="start">The first axis that is joined; negative axes count from the end.</param>
/// <param name="end">The last axis that is joined.</param>
public sealed class Flatten(int start = 1, int end = -1) : Module
{
    /// <summary>[n, c, h, w] → [n, c·h·w].</summary>
    /// <exception cref="ShapeException">There is no such axis.</exception>
    protected override Tensor Compute(Tensor x) => x.Flatten(start, end);
}
