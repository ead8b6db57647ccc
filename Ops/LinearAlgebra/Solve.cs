using System.Runtime.CompilerServices;

namespace Autograd;

public static partial class TensorOps
{
    extension(Tensor a)
    {
        /// <summary>The solution x of the linear systems a·x = b.</summary>
        /// <param name="b">[…, n, k], whose axes in front are broadcast with those of a, or a vector [n].</param>
        /// <param name="aText">The receiver as written, for errors; leave it out.</param>
        /// <param name="bText">The argument as written, for errors; leave it out.</param>
        /// <returns>[…, n, k], or [n], for a […, n, n].</returns>
        /// <remarks>
        /// By LU factors with exchanges of rows: Golub and Van Loan, "Matrix Computations", 4th edition, section 3.4. Source of the
        /// derivatives: Giles, "An extended collection of matrix derivative results", 2008.
        /// </remarks>
        /// <exception cref="ShapeException">a is not square, or b does not fit.</exception>
        /// <exception cref="DTypeException">The element types differ or are not floating-point.</exception>
        /// <exception cref="LinearAlgebraException">A matrix is singular.</exception>
        public Tensor Solve(Tensor b, [CallerArgumentExpression(nameof(a))] string? aText = null, [CallerArgumentExpression(nameof(b))] string? bText = null)
        {
            Throw.IfNoSystem("Solve", a, b, aText, bText);
            SolveOp op = new(transposed: false, factors: null);
            return b.Rank == 1 ? op.Solve(a, b.Unsqueeze(1)).Squeeze(-1) : op.Solve(a, b);
        }
    }
}

// a·x = b   ⇒   db = a⁻ᵀ·dx,  da = −db·xᵀ. The factors of a, found once, serve all derivatives.
sealed class SolveOp(bool transposed, LuFactors? factors) : LinearSolveOp(transposed), ISampled
{
    LuFactors? _factors = factors;

    public static IEnumerable<Sample> Samples =>
    [
        Sample.Of([3, 3], [3, 2], (a, b) => Regular(a).Solve(b)), Sample.Of([2, 2], [2], (a, b) => Regular(a).Solve(b)),
        Sample.Of([2, 3, 3], [2, 3, 1], (a, b) => Regular(a).Solve(b)), Sample.Of([2, 2], [3, 2, 2], (a, b) => Regular(a).Solve(b)),
        Sample.Of([3, 1, 2, 2], [2, 2, 1], (a, b) => Regular(a).Solve(b)), Sample.Of([2, 2, 2], [2, 3], (a, b) => Regular(a).Solve(b)),
        Sample.Of([0, 0], [0, 2], (a, b) => a.Solve(b)), Sample.Of([2, 2], [2, 0], (a, b) => Regular(a).Solve(b)),
    ];

    protected override Tensor Forward(ReadOnlySpan<Tensor> inputs)
    {
        if (_factors is null)
        {
            LuFactors factors = LuFactors.Of(inputs[0]);
            factors.CheckInvertible(Name);
            _factors = factors;
        }
        return _factors.Solve(inputs[1], Transposed);
    }

    protected override LinearSolveOp With(bool transposed, bool sameMatrices) => new SolveOp(transposed, sameMatrices ? _factors : null);

    protected override Tensor Read(Tensor da) => da;

    protected override void AddLeft(Tensor p, Tensor q, Gradients gradients) => MatMulOp.Accumulate(0, -p, MatrixForm.Plain, q, MatrixForm.Plain, MatrixForm.Plain, gradients);

    /// <summary>Far from singular, for numbers in [−2, 2).</summary>
    static Tensor Regular(Tensor a) => a + (8 * Tensor.Eye(a.Shape[-1], dtype: a.DType));
}
