namespace Autograd;

public static partial class TensorOps
{
    extension(Tensor a)
    {
        /// <summary>The Kronecker product: every element of a times the whole of b; sizes multiply, missing axes in front are 1.</summary>
        /// <param name="b">The second factor.</param>
        /// <exception cref="ShapeException">There would be 2³¹ elements or more.</exception>
        /// <exception cref="DTypeException">The element types differ or are not floating-point.</exception>
        public Tensor Kron(Tensor b)
        {
            Throw.IfNull("Kron", a);
            Throw.IfNull("Kron", b);
            Throw.IfNotFloating("Kron", a, b);
            int rank = Math.Max(a.Rank, b.Rank);
            int[] outer = new int[2 * rank], inner = new int[2 * rank], joined = new int[rank];
            for (int i = 0; i < rank; i++)
            {
                int p = i < rank - a.Rank ? 1 : a.Shape.Sizes[i - (rank - a.Rank)], q = i < rank - b.Rank ? 1 : b.Shape.Sizes[i - (rank - b.Rank)];
                (outer[2 * i], outer[(2 * i) + 1]) = (p, 1);
                (inner[2 * i], inner[(2 * i) + 1]) = (1, q);
                joined[i] = Throw.IfTooLong("Kron", (long)p * q);
            }
            return (a.Reshape(outer) * b.Reshape(inner)).Reshape(joined);
        }
    }
}

/// <summary>Calls for the laws; the ops are <see cref="MultiplyOp"/> and <see cref="ReshapeOp"/>.</summary>
readonly struct KronSamples : ISampled
{
    public static IEnumerable<Sample> Samples => [Sample.Of([2, 3], [3, 2], (a, b) => a.Kron(b)), Sample.Of([2], [2, 2], (a, b) => a.Kron(b))];
}
