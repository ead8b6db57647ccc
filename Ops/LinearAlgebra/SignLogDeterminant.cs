using System.Runtime.CompilerServices;

namespace Autograd;

public static partial class TensorOps
{
    extension(Tensor a)
    {
        /// <summary>The sign of determinants and the logarithm of their magnitude: 0 and −∞ for a singular matrix.</summary>
        /// <param name="aText">The receiver as written, for errors; leave it out.</param>
        /// <returns>Two tensors […] for a […, n, n]; the sign has no gradient.</returns>
        /// <remarks>Source of the derivative: Jacobi's formula.</remarks>
        /// <exception cref="ShapeException">a is not square.</exception>
        /// <exception cref="DTypeException">The element type is not floating-point.</exception>
        /// <exception cref="LinearAlgebraException">In backward: a matrix is singular.</exception>
        public (Tensor Sign, Tensor LogMagnitude) SignLogDeterminant([CallerArgumentExpression(nameof(a))] string? aText = null)
        {
            Throw.IfNotSquare("SignLogDeterminant", a, aText);
            Tensor both = new SignLogDeterminantOp().Apply(a);
            return (both.Select(-1, 0).Detach(), both.Select(-1, 1));
        }
    }
}

// y = (sign, log|det a|)   ⇒   da = dy₁·a⁻ᵀ
sealed class SignLogDeterminantOp : Op, ISampled
{
    LuFactors? _factors;

    public static IEnumerable<Sample> Samples =>
    [
        Sample.Of([3, 3], a => (a + (8 * Tensor.Eye(3, dtype: a.DType))).SignLogDeterminant().LogMagnitude),
        Sample.Of([2, 2, 2], a => (a - (6 * Tensor.Eye(2, dtype: a.DType))).SignLogDeterminant().LogMagnitude),
    ];

    protected override Saved Saves(ReadOnlySpan<Tensor> inputs) => Saved.A;

    protected override Tensor Forward(ReadOnlySpan<Tensor> inputs) => (_factors = LuFactors.Of(inputs[0])).SignsAndLogs();

    protected override Tensor? Batch(BatchedInputs inputs) => new SignLogDeterminantOp().Apply(inputs[0]);

    protected override Tensor? Vjp(int input, Tensor dy, Recorded values) =>
        dy.Select(-1, 1).Unsqueeze(-1).Unsqueeze(-1) * new InverseOp(_factors).Apply(values.A).T;

    protected override void Backward(Tensor dy, Recorded values, Gradients gradients)
    {
        LuFactors factors = _factors ?? LuFactors.Of(values.A);
        factors.CheckInvertible("Inverse");
        gradients.Add(0, factors.InverseTransposed(dy.Select(-1, 1)));
    }

    protected override Tensor? Jvp(ReadOnlySpan<Tensor> inputs, ReadOnlySpan<Tensor?> tangents, Tensor y)
    {
        Tensor log = (new InverseOp(_factors).Apply(inputs[0]).T * tangents[0]!).Sum([-2, -1]);
        return Tensor.Stack([Tensor.ZerosLike(log), log], -1);
    }
}
