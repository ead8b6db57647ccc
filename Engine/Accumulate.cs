using System.Numerics.Tensors;

namespace Autograd;

/// <summary>y = Σᵢ xᵢ over tensors of one shape: the sum of gradients that meet, the one addition the chain rule needs.</summary>
sealed class Accumulate : Op
{
    public static readonly Accumulate Instance = new();

    protected internal override Saved Saves(ReadOnlySpan<Tensor> inputs) => Saved.Nothing;

    protected internal override Tensor Forward(ReadOnlySpan<Tensor> inputs)
    {
        Tensor y = Tensor.Empty(inputs[0].Shape, inputs[0].DType);
        y.Write(inputs[0]);
        for (int i = 1; i < inputs.Length; i++) AddTo(y, inputs[i]);
        return y;
    }

    protected internal override Tensor Vjp(int input, Tensor dy, Recorded values) => dy;

    protected internal override Tensor? Jvp(ReadOnlySpan<Tensor> inputs, ReadOnlySpan<Tensor?> tangents, Tensor y)
    {
        Tensor? sum = null;
        foreach (Tensor? tangent in tangents)
        {
            if (tangent is not null) sum = sum is null ? tangent : Apply(sum, tangent);
        }
        return sum;
    }

    protected internal override Tensor? Batch(BatchedInputs inputs) => Apply(inputs.Full());

    /// <summary>target += x, in place and unrecorded.</summary>
    internal static void AddTo(Tensor target, Tensor x)
    {
        if (target.DType == DType.Float32) AddTo<float>(target, x);
        else AddTo<double>(target, x);
    }

    static void AddTo<T>(Tensor target, Tensor x) where T : unmanaged, System.Numerics.INumber<T>
    {
        Span<T> sum = target.Raw<T>();
        TensorPrimitives.Add(sum, x.Dense().AsSpan<T>(), sum);
    }
}

/// <summary>y = x, with a history of its own.</summary>
sealed class PassThrough : Op
{
    public static readonly PassThrough Instance = new();

    protected internal override Saved Saves(ReadOnlySpan<Tensor> inputs) => Saved.Nothing;

    protected internal override Tensor Forward(ReadOnlySpan<Tensor> inputs) => inputs[0].Alias();

    protected internal override Tensor Vjp(int input, Tensor dy, Recorded values) => dy;

    protected internal override Tensor? Jvp(ReadOnlySpan<Tensor> inputs, ReadOnlySpan<Tensor?> tangents, Tensor y) => tangents[0];

    protected internal override Tensor? Batch(BatchedInputs inputs) => Apply(inputs[0]);
}
