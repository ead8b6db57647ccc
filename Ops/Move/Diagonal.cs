namespace Autograd;

public static partial class TensorOps
{
    extension(Tensor x)
    {
        /// <summary>The diagonals of the matrices that two axes span, as a view; their elements become the last axis.</summary>
        /// <param name="offset">Which diagonal: positive above the main one, negative below.</param>
        /// <param name="axis0">The axis of rows.</param>
        /// <param name="axis1">The axis of columns.</param>
        /// <exception cref="ShapeException">An axis does not exist, or both are the same.</exception>
        public Tensor Diagonal(int offset = 0, int axis0 = 0, int axis1 = 1)
        {
            Throw.IfNull("Diagonal", x);
            int a = x.Shape.Axis(axis0, "Diagonal"), b = x.Shape.Axis(axis1, "Diagonal");
            return a != b ? new DiagonalOp(offset, a, b).Apply(x) : throw Throw.AxisTwice("Diagonal", [axis0, axis1], x.Shape);
        }

        /// <summary>For a vector [n], the square matrix with it on a diagonal and zeros elsewhere; for a matrix, its diagonal as a view.</summary>
        /// <param name="diagonal">Which diagonal: positive above the main one, negative below.</param>
        /// <exception cref="ShapeException">The tensor is neither a vector nor a matrix.</exception>
        /// <exception cref="DTypeException">The tensor is a vector and not floating-point.</exception>
        public Tensor Diag(int diagonal = 0)
        {
            Throw.IfNull("Diag", x);
            if (x.Rank == 2) return x.Diagonal(diagonal);
            if (x.Rank != 1) throw Throw.DiagRank(x.Shape);
            int n = Throw.IfTooLong("Diag", x.Count + Math.Abs((long)diagonal));
            return new PlaceOp(new DiagonalOp(diagonal, 0, 1), [n, n], "Diag").Apply(x);
        }

        /// <summary>The sum of the main diagonal of a matrix.</summary>
        /// <exception cref="ShapeException">The tensor is no matrix.</exception>
        /// <exception cref="DTypeException">The element type is not floating-point.</exception>
        public Tensor Trace()
        {
            Throw.IfNull("Trace", x);
            if (x.Rank != 2) throw Throw.NoMatrix("Trace", x.Shape);
            Throw.IfNotFloating("Trace", x);
            return x.Diagonal().SumTo(Shape.Scalar);
        }
    }
}

sealed class DiagonalOp(int offset, int axis0, int axis1) : ViewOp, ISampled
{
    public static IEnumerable<Sample> Samples =>
    [
        Sample.Of([3, 4], x => x.Diagonal()), Sample.Of([2, 3, 4], x => x.Diagonal(1, -1, 0)), Sample.Of([3, 2], x => x.Diagonal(5)), Sample.Of([3], x => x.Diag(-1)),
        Sample.Of([4, 3], x => x.Diag(-2)), Sample.Of([3, 3], x => x.Trace()),
    ];

    public override ViewOp OfBatch => new DiagonalOp(offset, axis0 + 1, axis1 + 1);

    protected override Arrangement Arrange(Shape shape, ReadOnlySpan<int> strides)
    {
        int row = Math.Max(-offset, 0), column = Math.Max(offset, 0);
        int count = Math.Max(Math.Min(shape.Sizes[axis0] - row, shape.Sizes[axis1] - column), 0);
        int[] sizes = new int[shape.Rank - 1], result = new int[sizes.Length];
        for (int i = 0, k = 0; i < shape.Rank; i++)
        {
            if (i != axis0 && i != axis1) (sizes[k], result[k++]) = (shape.Sizes[i], strides[i]);
        }
        (sizes[^1], result[^1]) = (count, strides[axis0] + strides[axis1]);
        return new(Shape.Create(sizes), result, count > 0 ? (row * strides[axis0]) + (column * strides[axis1]) : 0);
    }
}
