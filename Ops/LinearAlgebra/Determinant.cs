using System.Runtime.CompilerServices;

namespace Autograd;

public static partial class TensorOps
{
    extension(Tensor a)
    {
        /// <summary>The determinants of square matrices; 1 of a matrix without rows.</summary>
        /// <param name="aText">The receiver as written, for errors; leave it out.</param>
        /// <returns>[…] for a […, n, n].</returns>
        /// <remarks>
        /// The gradient is that of the polynomial, also where the determinant is zero. The second derivative needs an inverse, and throws there.
        /// Products of many pivots overflow: see <c>SignLogDeterminant</c>. Source: Jacobi's formula.
        /// </remarks>
        /// <exception cref="ShapeException">a is not square.</exception>
        /// <exception cref="DTypeException">The element type is not floating-point.</exception>
        public Tensor Determinant([CallerArgumentExpression(nameof(a))] string? aText = null)
        {
            Throw.IfNotSquare("Determinant", a, aText);
            return new DeterminantOp().Apply(a);
        }
    }
}

// y = det a   ⇒   da = dy·cof(a),  cof(a) = det(a)·a⁻ᵀ where a has an inverse
sealed class DeterminantOp : Op, ISampled
{
    LuFactors? _factors;

    public static IEnumerable<Sample> Samples =>
    [
        Sample.Of([3, 3], a => (a + (8 * Tensor.Eye(3, dtype: a.DType))).Determinant()), Sample.Of([2, 2, 2], a => (a + (6 * Tensor.Eye(2, dtype: a.DType))).Determinant()),
        Sample.Of([1, 1], a => (a + 6).Determinant()), Sample.Of([0, 0], a => a.Determinant()),
    ];

    protected override Saved Saves(ReadOnlySpan<Tensor> inputs) => Saved.A;

    protected override Tensor Forward(ReadOnlySpan<Tensor> inputs) => (_factors = LuFactors.Of(inputs[0])).Determinants();

    protected override Tensor? Batch(BatchedInputs inputs) => new DeterminantOp().Apply(inputs[0]);

    protected override Tensor? Vjp(int input, Tensor dy, Recorded values) => dy.Unsqueeze(-1).Unsqueeze(-1) * new CofactorsOp(_factors).Apply(values.A);

    protected override Tensor? Jvp(ReadOnlySpan<Tensor> inputs, ReadOnlySpan<Tensor?> tangents, Tensor y) =>
        (new CofactorsOp(_factors).Apply(inputs[0]) * tangents[0]!).Sum([-2, -1]);
}
