using System.Runtime.CompilerServices;

namespace Autograd;

public static partial class TensorOps
{
    extension(Tensor a)
    {
        /// <summary>The inverses of square matrices. To solve a system, <c>a.Solve(b)</c> does less.</summary>
        /// <param name="aText">The receiver as written, for errors; leave it out.</param>
        /// <returns>[…, n, n] for a […, n, n].</returns>
        /// <remarks>Source of the derivative: Giles, "An extended collection of matrix derivative results", 2008.</remarks>
        /// <exception cref="ShapeException">a is not square.</exception>
        /// <exception cref="DTypeException">The element type is not floating-point.</exception>
        /// <exception cref="LinearAlgebraException">A matrix is singular.</exception>
        public Tensor Inverse([CallerArgumentExpression(nameof(a))] string? aText = null)
        {
            Throw.IfNotSquare("Inverse", a, aText);
            return new InverseOp(null).Apply(a);
        }
    }
}

// y = a⁻¹   ⇒   da = −yᵀ·dy·yᵀ
sealed class InverseOp(LuFactors? factors) : Op, ISampled
{
    public static IEnumerable<Sample> Samples =>
    [
        Sample.Of([3, 3], a => (a + (8 * Tensor.Eye(3, dtype: a.DType))).Inverse()), Sample.Of([2, 3, 2, 2], a => (a + (6 * Tensor.Eye(2, dtype: a.DType))).Inverse()),
        Sample.Of([0, 0], a => a.Inverse()),
    ];

    protected override Saved Saves(ReadOnlySpan<Tensor> inputs) => Saved.Output;

    protected override Tensor Forward(ReadOnlySpan<Tensor> inputs)
    {
        LuFactors found = factors ?? LuFactors.Of(inputs[0]);
        found.CheckInvertible(Name);
        return found.InverseTransposed(null).T.ScopedCopy();
    }

    protected override Tensor? Batch(BatchedInputs inputs) => new InverseOp(null).Apply(inputs[0]);

    protected override Tensor? Vjp(int input, Tensor dy, Recorded values) => -values.Y.T.MatMul(dy).MatMul(values.Y.T);

    protected override void Backward(Tensor dy, Recorded values, Gradients gradients)
    {
        Tensor y = values.Y, left = -y.T.MatMul(dy);
        MatMulOp.Accumulate(0, left, MatrixForm.Plain, y, MatrixForm.Plain, MatrixForm.Plain, gradients);
    }

    protected override Tensor? Jvp(ReadOnlySpan<Tensor> inputs, ReadOnlySpan<Tensor?> tangents, Tensor y) => -y.MatMul(tangents[0]!).MatMul(y);
}
