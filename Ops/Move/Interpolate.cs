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
            return Resample(Resample(x, x.Rank - 1, width, alignCorners), x.Rank - 2, height, alignCorners);
        }
    }

    /// <summary>Linear interpolation along one axis: y = (1 − λ)·x[i] + λ·x[i + 1].</summary>
    static Tensor Resample(Tensor x, int axis, int size, bool alignCorners)
    {
        int from = x.Shape.Sizes[axis];
        long[] low = new long[size], high = new long[size];
        double[] near = new double[size], far = new double[size];
        double scale = !alignCorners ? (double)from / size : size > 1 ? (from - 1.0) / (size - 1) : 0;
        for (int i = 0; i < size; i++)
        {
            double place = alignCorners ? i * scale : Math.Max(((i + 0.5) * scale) - 0.5, 0);
            low[i] = Math.Min((long)place, from - 1);
            high[i] = Math.Min(low[i] + 1, from - 1);
            far[i] = place - low[i];
            near[i] = 1 - far[i];
        }
        int[] column = new int[x.Rank - axis];
        column.AsSpan().Fill(1);
        column[0] = size;
        Shape shape = Shape.Create(column);
        Tensor a = Tensor.From(near, shape).Cast(x.DType), b = Tensor.From(far, shape).Cast(x.DType);
        return (x.IndexSelect(axis, Tensor.From(low)) * a) + (x.IndexSelect(axis, Tensor.From(high)) * b);
    }
}

/// <summary>Calls for the laws; the ops are <see cref="PoolAdjointOp"/>, <see cref="IndexSelectOp"/>, <see cref="ExpandOp"/> and the arithmetic ones.</summary>
readonly struct InterpolateSamples : ISampled
{
    public static IEnumerable<Sample> Samples =>
    [
        Sample.Of([1, 2, 2, 3], x => x.InterpolateNearest(2)), Sample.Of([2, 3, 2], x => x.InterpolateNearest(3)), Sample.Of([1, 1, 3, 3], x => x.InterpolateBilinear(5, 4)),
        Sample.Of([2, 4, 3], x => x.InterpolateBilinear(2, 5, alignCorners: true)),
    ];
}
