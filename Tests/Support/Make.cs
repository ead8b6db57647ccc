namespace Autograd.Tests.Support;

/// <summary>Small tensors for tests.</summary>
static class Make
{
    public static Tensor Leaf(params double[] values)
    {
        Tensor x = Tensor.From(values);
        x.RequiresGrad = true;
        return x;
    }

    public static Tensor Number(double value)
    {
        Tensor x = Tensor.Scalar(value, DType.Float64);
        x.RequiresGrad = true;
        return x;
    }

    /// <summary>Σ x, as a scalar.</summary>
    public static Tensor Total(Tensor x) => x.SumTo(Shape.Scalar);

    public static double[] Numbers(Tensor? x) => x!.ToArray<double>();
}
