namespace Autograd;

// c = cof(a), a⁻ᵀ = m   ⇒   da = ⟨dc, c⟩·m − c·dcᵀ·m
/// <summary>The derivatives of determinants by every element.</summary>
sealed class CofactorsOp(LuFactors? factors) : Op, ISampled
{
    public static IEnumerable<Sample> Samples =>
        [new(x => new CofactorsOp(null).Apply(x[0] + (8 * Tensor.Eye(3, dtype: x[0].DType))), new SampleInput([2, 3, 3]))];

    protected override Saved Saves(ReadOnlySpan<Tensor> inputs) => Saved.A | Saved.Output;

    protected override Tensor Forward(ReadOnlySpan<Tensor> inputs) => (factors ?? LuFactors.Of(inputs[0])).Cofactors(inputs[0]);

    protected override Tensor? Batch(BatchedInputs inputs) => new CofactorsOp(null).Apply(inputs[0]);

    protected override Tensor? Vjp(int input, Tensor dy, Recorded values)
    {
        Tensor c = values.Y, m = new InverseOp(factors).Apply(values.A).T;
        return ((dy * c).Sum([-2, -1], keepAxes: true) * m) - c.MatMul(dy.T).MatMul(m);
    }

    protected override Tensor? Jvp(ReadOnlySpan<Tensor> inputs, ReadOnlySpan<Tensor?> tangents, Tensor y)
    {
        Tensor m = new InverseOp(factors).Apply(inputs[0]).T, da = tangents[0]!;
        return ((m * da).Sum([-2, -1], keepAxes: true) * y) - m.MatMul(da.T).MatMul(y);
    }
}
