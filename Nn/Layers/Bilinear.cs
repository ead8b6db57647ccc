namespace Autograd.Nn;

/// <summary>A product of two inputs through a weight: y[k] = Σᵢⱼ x[i]·w[k, i, j]·z[j] + b[k].</summary>
public sealed class Bilinear : Module<Tensor, Tensor, Tensor>
{
    /// <summary>Makes the layer; weight and bias start uniform in ±1/√first.</summary>
    /// <param name="first">Size of the last axis of the first input, ≥ 1.</param>
    /// <param name="second">Size of the last axis of the second input, ≥ 1.</param>
    /// <param name="outputs">Size of the last axis of the result, ≥ 1.</param>
    /// <param name="bias">Whether a bias is added.</param>
    /// <param name="generator">The source of initial values; <see cref="Generator.Default"/> when left out.</param>
    /// <param name="dtype">Float32 or Float64.</param>
    /// <exception cref="ArgumentOutOfRangeException">A size is below 1.</exception>
    public Bilinear(int first, int second, int outputs, bool bias = true, Generator? generator = null, DType dtype = DType.Float32)
    {
        Sizes.AtLeastOne(nameof(Bilinear), (nameof(first), first), (nameof(second), second), (nameof(outputs), outputs));
        Weight = Parameter(Init.UniformByInputs(Tensor.Zeros([outputs, first, second], dtype), first, generator));
        if (bias) Bias = Parameter(Init.UniformByInputs(Tensor.Zeros([outputs], dtype), first, generator));
    }

    /// <summary>The weight, [outputs, first, second].</summary>
    public Tensor Weight { get; set; }

    /// <summary>The bias, [outputs], or null.</summary>
    public Tensor? Bias { get; set; }

    /// <summary>The product of two inputs.</summary>
    /// <param name="x">[…, first].</param>
    /// <param name="z">[…, second].</param>
    /// <returns>[…, outputs].</returns>
    /// <exception cref="ShapeException">The sizes do not fit together.</exception>
    protected override Tensor Compute(Tensor x, Tensor z) => x.Bilinear(z, Weight, Bias);
}
