namespace Autograd.Tests.Support;

/// <summary>An op as a user would write it, from two functions; what the derivative reads is declared, all of it unless told.</summary>
sealed class StubOp(
    string name, Func<Tensor[], Tensor> forward, Func<int, Tensor, Recorded, Tensor?> vjp, Saved saves = Saved.Inputs | Saved.Output) : Op
{
    public override string Name => name;

    protected internal override Saved Saves(ReadOnlySpan<Tensor> inputs) => saves;

    protected internal override Tensor Forward(ReadOnlySpan<Tensor> inputs) => forward(inputs.ToArray());

    protected internal override Tensor? Vjp(int input, Tensor dy, Recorded values) => vjp(input, dy, values);

    protected internal override Tensor? Jvp(ReadOnlySpan<Tensor> inputs, ReadOnlySpan<Tensor?> tangents, Tensor y) =>
        throw new NotSupportedException("This op has no forward mode.");
}
