using Autograd.Kernels;

namespace Autograd;

public static partial class TensorOps
{
    extension(Tensor x)
    {
        /// <summary>The lower triangles of matrices [..., m, n]: zeros above a diagonal.</summary>
        /// <param name="diagonal">The last diagonal that is kept: positive above the main one, negative below.</param>
        /// <exception cref="ShapeException">The tensor has fewer than two axes.</exception>
        public Tensor Tril(int diagonal = 0)
        {
            Throw.IfNull("Tril", x);
            return x.Rank >= 2 ? new TriangleOp(lower: true, diagonal).Apply(x) : throw Throw.NoMatrices("Tril", x.Shape);
        }

        /// <summary>The upper triangles of matrices [..., m, n]: zeros below a diagonal.</summary>
        /// <param name="diagonal">The first diagonal that is kept: positive above the main one, negative below.</param>
        /// <exception cref="ShapeException">The tensor has fewer than two axes.</exception>
        public Tensor Triu(int diagonal = 0)
        {
            Throw.IfNull("Triu", x);
            return x.Rank >= 2 ? new TriangleOp(lower: false, diagonal).Apply(x) : throw Throw.NoMatrices("Triu", x.Shape);
        }
    }
}

// y = x in a triangle, else 0   ⇒   dx = dy in it, else 0
sealed class TriangleOp(bool lower, int diagonal) : Op, ISampled
{
    public static IEnumerable<Sample> Samples =>
        [Sample.Of([3, 4], x => x.Tril(1)), Sample.Of([2, 4, 3], x => x.Triu(-1)), Sample.Of([3, 3], x => x.Triu(5)), Sample.Of([2, 0], x => x.Tril())];

    public override string Name => lower ? "Tril" : "Triu";

    protected override Saved Saves(ReadOnlySpan<Tensor> inputs) => Saved.Nothing;

    protected override Tensor Forward(ReadOnlySpan<Tensor> inputs)
    {
        Tensor x = inputs[0].Dense(), y = Tensor.Empty(x.Shape, x.DType);
        if (x.Count > 0) RunKernels.Triangle(x.AsBytes(), x.Shape[-2], x.Shape[-1], x.DType.Size(), lower, diagonal, y.AsWritableBytes());
        return y;
    }

    protected override Tensor? Batch(BatchedInputs inputs) => Apply(inputs[0]);

    protected override Tensor? Vjp(int input, Tensor dy, Recorded values) => Apply(dy);

    protected override Tensor? Jvp(ReadOnlySpan<Tensor> inputs, ReadOnlySpan<Tensor?> tangents, Tensor y) => Apply(tangents[0]!);
}
