namespace Autograd;

public static partial class TensorOps
{
    extension(Tensor x)
    {
        /// <summary>Channels spread over the plane: [..., c·f², h, w] becomes [..., c, h·f, w·f], channel k·f² + i·f + j going to row offset i and column offset j.</summary>
        /// <param name="factor">f, at least 1.</param>
        /// <exception cref="ShapeException">There are fewer than three axes, or f² does not divide the channels. Source: Shi et al. 2016, section 3.2.</exception>
        public Tensor PixelShuffle(int factor)
        {
            Throw.IfNull("PixelShuffle", x);
            if (factor < 1 || x.Rank < 3 || x.Shape[-3] % ((long)factor * factor) != 0) throw Throw.PixelShuffle(factor, x.Shape);
            ReadOnlySpan<int> outer = x.Shape.Sizes[..^3];
            int c = x.Shape[-3] / (factor * factor), h = x.Shape[-2], w = x.Shape[-1], n = outer.Length;
            Tensor apart = x.Reshape([.. outer, c, factor, factor, h, w]);
            return apart.MoveAxis([n + 1, n + 2], [n + 2, n + 4]).Reshape([.. outer, c, Throw.IfTooLong("PixelShuffle", (long)h * factor), Throw.IfTooLong("PixelShuffle", (long)w * factor)]);
        }

        /// <summary>The inverse of PixelShuffle: [..., c, h·f, w·f] becomes [..., c·f², h, w].</summary>
        /// <param name="factor">f, at least 1.</param>
        /// <exception cref="ShapeException">There are fewer than three axes, or f does not divide height and width.</exception>
        public Tensor PixelUnshuffle(int factor)
        {
            Throw.IfNull("PixelUnshuffle", x);
            if (factor < 1 || x.Rank < 3 || x.Shape[-2] % factor != 0 || x.Shape[-1] % factor != 0) throw Throw.PixelUnshuffle(factor, x.Shape);
            ReadOnlySpan<int> outer = x.Shape.Sizes[..^3];
            int c = x.Shape[-3], h = x.Shape[-2] / factor, w = x.Shape[-1] / factor, n = outer.Length;
            Tensor apart = x.Reshape([.. outer, c, h, factor, w, factor]);
            return apart.MoveAxis([n + 2, n + 4], [n + 1, n + 2]).Reshape([.. outer, Throw.IfTooLong("PixelUnshuffle", c * (long)factor * factor), h, w]);
        }
    }
}

/// <summary>Calls for the laws; the ops are <see cref="PermuteOp"/> and <see cref="ReshapeOp"/>.</summary>
readonly struct PixelShuffleSamples : ISampled
{
    public static IEnumerable<Sample> Samples => [Sample.Of([1, 8, 2, 3], x => x.PixelShuffle(2)), Sample.Of([2, 4, 6], x => x.PixelUnshuffle(2))];
}
