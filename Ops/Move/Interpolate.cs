using Autograd.Kernels;

namespace Autograd;

public static partial class TensorOps
{
    const int LongestSide = 1 << 27;

    extension(Tensor x)
    {
        /// <summary>Images enlarged by a whole factor: each element of the last two axes becomes a square of f × f.</summary>
        /// <param name="factor">f, at least 1.</param>
        /// <exception cref="ShapeException">There are fewer than two axes, or the factor is below 1.</exception>
        public Tensor InterpolateNearest(int factor)
        {
            Throw.IfNull("InterpolateNearest", x);
            if (factor < 1 || x.Rank < 2) throw Throw.InterpolateNearest(factor, x.Shape);
            if (factor == 1) return x;
            ReadOnlySpan<int> outer = x.Shape.Sizes[..^2];
            int h = x.Shape[-2], w = x.Shape[-1];
            Shape large = [.. outer, Throw.IfTooLong("InterpolateNearest", (long)h * factor), Throw.IfTooLong("InterpolateNearest", (long)w * factor)];
            // The adjoint of sums over squares; numbers without gradients go through views.
            if (x.DType.IsFloating() && x.Count > 0)
            {
                Average sums = new(new(x.Count / (h * w), large[-2], large[-1], factor, factor, factor, factor), 2, large, false, 1);
                return new PoolAdjointOp(new AvgPoolOp(sums), sums).Apply(x);
            }
            return x.Reshape([.. outer, h, 1, w, 1]).Expand([.. outer, h, factor, w, factor]).Reshape(large.Sizes);
        }

        /// <summary>Images [..., h, w] resized by bilinear interpolation.</summary>
        /// <param name="height">The new height, at least 1.</param>
        /// <param name="width">The new width, at least 1.</param>
        /// <param name="alignCorners">Whether the centres of corner elements fall together (true), or the corners of the images (false).</param>
        /// <exception cref="ShapeException">There are fewer than two axes, an axis is empty, or a new size is below 1.</exception>
        /// <exception cref="DTypeException">The element type is not floating-point.</exception>
        public Tensor InterpolateBilinear(int height, int width, bool alignCorners = false)
        {
            Throw.IfNull("InterpolateBilinear", x);
            if (x.Rank < 2 || height is < 1 or >= LongestSide || width is < 1 or >= LongestSide || x.Shape[-2] == 0 || x.Shape[-1] == 0) throw Throw.InterpolateBilinear(height, width, x.Shape);
            Throw.IfNotFloating("InterpolateBilinear", x);
            Tensor y = new ResampleOp(Taps.Linear(x.Shape[-1], width, alignCorners), x.Rank - 1).Apply(x);
            return new ResampleOp(Taps.Linear(x.Shape[-2], height, alignCorners), x.Rank - 2).Apply(y);
        }
    }
}

/// <summary>Weighted sums of few elements along an axis: the axis times a matrix of few entries.</summary>
// y = M·x along the axis   ⇒   dx = Mᵀ·dy
sealed class ResampleOp(Taps taps, int axis) : Op, ISampled
{
    public static IEnumerable<Sample> Samples => [Sample.Of([1, 1, 3, 3], x => x.InterpolateBilinear(5, 4)), Sample.Of([2, 4, 3], x => x.InterpolateBilinear(2, 5, alignCorners: true))];

    public override string Name => "InterpolateBilinear";

    protected override Saved Saves(ReadOnlySpan<Tensor> inputs) => Saved.Nothing;

    protected override Tensor Forward(ReadOnlySpan<Tensor> inputs)
    {
        Tensor x = inputs[0].Dense(), y = Tensor.Empty(x.Shape.With(axis, taps.Outputs), x.DType);
        (int outer, _, int inner) = x.Shape.Around(axis);
        if (x.DType == DType.Float32) TapKernels.Run(x.AsSpan<float>(), outer, inner, taps, y.AsWritableSpan<float>());
        else TapKernels.Run(x.AsSpan<double>(), outer, inner, taps, y.AsWritableSpan<double>());
        return y;
    }

    protected override Tensor? Vjp(int input, Tensor dy, Recorded values) => new ResampleOp(taps.Adjoint, axis).Apply(dy);

    protected override Tensor? Jvp(ReadOnlySpan<Tensor> inputs, ReadOnlySpan<Tensor?> tangents, Tensor y) => Apply(tangents[0]!);

    protected override Tensor? Batch(BatchedInputs inputs) => new ResampleOp(taps, axis + 1).Apply(inputs[0]);
}

/// <summary>Calls for the laws; the ops are <see cref="PoolAdjointOp"/> and, for numbers without gradients, <see cref="ExpandOp"/>.</summary>
readonly struct InterpolateSamples : ISampled
{
    public static IEnumerable<Sample> Samples =>
    [
        Sample.Of([1, 2, 2, 3], x => x.InterpolateNearest(2)), Sample.Of([2, 3, 2], x => x.InterpolateNearest(3)),
    ];
}
