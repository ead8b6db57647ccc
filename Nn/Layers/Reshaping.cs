namespace Autograd.Nn;

/// <summary>Cuts one axis into several.</summary>
/// <param name="axis">The axis; negative ones count from the end.</param>
/// <param name="sizes">What it becomes; their product is its size, and one may be −1.</param>
public sealed class Unflatten(int axis, params int[] sizes) : Module
{
    readonly int[] _sizes = Throw.Given(nameof(Unflatten), sizes);

    /// <summary>[n, c·h·w] → [n, c, h, w].</summary>
    /// <exception cref="ShapeException">There is no such axis, or the sizes do not fit.</exception>
    protected override Tensor Compute(Tensor x)
    {
        int place = axis < 0 ? axis + x.Rank : axis;
        if (place < 0 || place >= x.Rank) throw Throw.BadAxes(nameof(Unflatten), $"a shape with the axis {axis}", x.Shape, x.Rank == 0 ? "Put an axis in front: x.Unsqueeze(0)." : $"Make the layer with an axis from {-x.Rank} to {x.Rank - 1}.");
        return x.Reshape([.. x.Shape.Sizes[..place], .. _sizes, .. x.Shape.Sizes[(place + 1)..]]);
    }
}

/// <summary>Enlarges images by a whole factor.</summary>
/// <param name="factor">How many times as high and wide they become, ≥ 1.</param>
/// <param name="bilinear">Whether new pixels are interpolated rather than repeated.</param>
/// <param name="alignCorners">With bilinear, whether the corner pixels keep their values.</param>
public sealed class Upsample(int factor, bool bilinear = false, bool alignCorners = false) : Module
{
    readonly int _factor = factor >= 1 ? factor : throw Throw.OutOfRange(nameof(Upsample), nameof(factor), factor, "must be 1 or more", "Pass 2 for twice the height and width; AvgPool2d makes images smaller.");

    /// <summary>[n, c, h, w] → [n, c, factor·h, factor·w].</summary>
    /// <exception cref="ShapeException">x is no batch of images.</exception>
    protected override Tensor Compute(Tensor x)
    {
        if (x.Rank != 4) throw Throw.BadAxes(nameof(Upsample), "[n, channels, h, w]", x.Shape, Throw.AxesHint(x.Shape, 4));
        return bilinear ? x.InterpolateBilinear(_factor * x.Shape[2], _factor * x.Shape[3], alignCorners) : x.InterpolateNearest(_factor);
    }
}
