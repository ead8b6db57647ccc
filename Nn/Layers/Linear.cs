namespace Autograd.Nn;

/// <summary>A fully connected layer: y = x·wᵀ + b.</summary>
public sealed class Linear : Module
{
    /// <summary>Makes the layer; weight and bias start uniform in ±1/√inputs.</summary>
    /// <param name="inputs">Size of the last axis of the input, ≥ 1.</param>
    /// <param name="outputs">Size of the last axis of the result, ≥ 1.</param>
    /// <param name="bias">Whether a bias is added.</param>
    /// <param name="generator">The source of initial values; <see cref="Generator.Default"/> when left out.</param>
    /// <param name="dtype">Float32 or Float64.</param>
    /// <exception cref="ArgumentOutOfRangeException">A size is below 1.</exception>
    public Linear(int inputs, int outputs, bool bias = true, Generator? generator = null, DType dtype = DType.Float32)
    {
        Sizes.AtLeastOne(nameof(Linear), (nameof(inputs), inputs), (nameof(outputs), outputs));
        Weight = Parameter(Init.UniformByInputs(Tensor.Zeros([outputs, inputs], dtype), inputs, generator));
        if (bias) Bias = Parameter(Init.UniformByInputs(Tensor.Zeros([outputs], dtype), inputs, generator));
    }

    /// <summary>The weight, [outputs, inputs]; may be set to that of another layer, to share it.</summary>
    public Tensor Weight { get; set; }

    /// <summary>The bias, [outputs], or null.</summary>
    public Tensor? Bias { get; set; }

    /// <summary>y = x·wᵀ + b over the last axis.</summary>
    /// <param name="x">[…, inputs].</param>
    /// <returns>[…, outputs].</returns>
    /// <exception cref="ShapeException">The last axis of x has not the size of the inputs.</exception>
    protected override Tensor Compute(Tensor x) => x.Linear(Weight, Bias);

    /// <summary>The same with an activation of the result; not announced as a forward pass, for who holds the layer and runs in its place.</summary>
    internal Tensor Compute(Tensor x, Activation activation) => x.Linear(Weight, Bias, activation);
}
