namespace Autograd;

public static partial class TensorOps
{
    extension(Tensor x)
    {
        /// <summary>A bilinear layer over the last axes: y[o] = Σᵢⱼ x[i]·weight[o, i, j]·z[j] + bias[o].</summary>
        /// <param name="z">[…, j], with the leading axes of x.</param>
        /// <param name="weight">[o, i, j].</param>
        /// <param name="bias">[o], or null for none.</param>
        /// <returns>[…, o] for x […, i].</returns>
        /// <exception cref="ShapeException">The sizes do not fit together.</exception>
        /// <exception cref="DTypeException">The element types differ or are not floating-point.</exception>
        public Tensor Bilinear(Tensor z, Tensor weight, Tensor? bias = null)
        {
            Throw.IfNull("Bilinear", x);
            Throw.IfNull("Bilinear", z);
            Throw.IfNull("Bilinear", weight);
            Throw.IfNotFloating("Bilinear", x, z, weight, bias);
            bool fits = weight.Rank == 3 && x.Rank > 0 && z.Rank == x.Rank && x.Shape.Sizes[..^1].SequenceEqual(z.Shape.Sizes[..^1])
                && x.Shape[-1] == weight.Shape[1] && z.Shape[-1] == weight.Shape[2]
                && (bias is null || (bias.Rank == 1 && bias.Shape[0] == weight.Shape[0]));
            if (!fits) throw Throw.Bilinear(x.Shape, z.Shape, weight.Shape, bias?.Shape);
            int outputs = weight.Shape[0], left = weight.Shape[1], right = weight.Shape[2];
            // x·W with W [i, o·j] makes one matrix [o, j] a row, which z then multiplies.
            Tensor rows = x.MatMul(weight.Permute(1, 0, 2).Reshape(left, outputs * right));
            Tensor y = rows.Reshape([.. x.Shape.Sizes[..^1], outputs, right]).MatMul(z.Unsqueeze(-1)).Squeeze(-1);
            return bias is null ? y : y + bias;
        }
    }
}
