namespace Autograd;

// y = x   ⇒   dx = dy
sealed class IdentityOp : Op, ISampled
{
    public static readonly IdentityOp Instance = new();

    public static IEnumerable<Sample> Samples => [Sample.Of(x => Instance.Apply(x))];

    protected override Saved Saves(ReadOnlySpan<Tensor> inputs) => Saved.Nothing;

    /// <summary>The same memory with a history, tangents and a handle of its own.</summary>
    protected override Tensor Forward(ReadOnlySpan<Tensor> inputs) => inputs[0];

    protected override Tensor? Batch(BatchedInputs inputs) => Apply(inputs[0]);

    protected override Tensor Vjp(int input, Tensor dy, Recorded values) => dy;

    protected override Tensor? Jvp(ReadOnlySpan<Tensor> inputs, ReadOnlySpan<Tensor?> tangents, Tensor y) => tangents[0];
}
