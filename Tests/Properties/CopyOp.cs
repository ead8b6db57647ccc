namespace Autograd.Tests.Properties;

/// <summary>The same numbers stored anew, as a recorded op.</summary>
sealed class CopyOp(Func<Tensor, Tensor> store) : Op
{
    public Tensor Of(Tensor x) => Apply(x);

    protected internal override Saved Saves(ReadOnlySpan<Tensor> inputs) => Saved.Nothing;

    protected internal override Tensor Forward(ReadOnlySpan<Tensor> inputs) => store(inputs[0]);

    // The gradient is stored in the same way, so that ops meet strided gradients too.
    protected internal override Tensor? Vjp(int input, Tensor dy, Recorded values) => Apply(dy);

    protected internal override Tensor? Jvp(ReadOnlySpan<Tensor> inputs, ReadOnlySpan<Tensor?> tangents, Tensor y) => tangents[0] is { } dx ? Apply(dx) : null;
}

/// <summary>Ways to store the elements of a float64 tensor.</summary>
static class Storing
{
    public static Tensor Dense(Tensor x) => x.Clone();

    /// <summary>Every axis in reverse order of nesting, the first backwards, and a gap after each element.</summary>
    public static Tensor Reversed(Tensor x)
    {
        int[] strides = new int[x.Rank];
        int step = 2, offset = 0;
        for (int i = 0; i < x.Rank; i++)
        {
            strides[i] = i == 0 ? -step : step;
            if (i == 0) offset = (x.Shape[0] - 1) * step;
            step *= x.Shape[i];
        }
        double[] memory = new double[Math.Max(step, 1)];
        Array.Fill(memory, double.NaN);
        double[] values = x.ToArray<double>();
        for (int i = 0; i < values.Length; i++)
        {
            int rest = i, position = offset;
            for (int axis = x.Rank - 1; axis >= 0; axis--)
            {
                (rest, int index) = Math.DivRem(rest, x.Shape[axis]);
                position += index * strides[axis];
            }
            memory[position] = values[i];
        }
        return Tensor.From(memory).View(x.Shape, strides, offset);
    }
}
