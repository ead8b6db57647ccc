namespace Autograd.Nn;

/// <summary>The transpose of a one-dimensional convolution, with trained filters: what makes sequences longer in decoders.</summary>
public sealed class ConvTranspose1d : Module
{
    readonly int _stride, _padding, _outputPadding, _groups, _dilation;

    /// <summary>Makes the layer; weight and bias start uniform in ±1/√fanIn, fanIn = outputs/groups·kernel.</summary>
    /// <param name="inputs">Channels of the input, ≥ 1.</param>
    /// <param name="outputs">Channels of the result, ≥ 1.</param>
    /// <param name="kernel">Length of the filters, ≥ 1.</param>
    /// <param name="stride">Distance of neighbouring windows in the result, ≥ 1.</param>
    /// <param name="padding">Elements cut off the result on each side, ≥ 0.</param>
    /// <param name="outputPadding">Elements added to the result at its end, ≥ 0 and below stride or dilation.</param>
    /// <param name="groups">Into how many groups the channels are cut, convolved apart; divides inputs and outputs.</param>
    /// <param name="bias">Whether a bias is added.</param>
    /// <param name="dilation">Distance of the elements that a window writes, ≥ 1.</param>
    /// <param name="generator">The source of initial values; <see cref="Generator.Default"/> when left out.</param>
    /// <param name="dtype">Float32 or Float64.</param>
    /// <exception cref="ArgumentOutOfRangeException">A size is too small, or the groups do not divide the channels.</exception>
    public ConvTranspose1d(
        int inputs, int outputs, int kernel, int stride = 1, int padding = 0, int outputPadding = 0, int groups = 1,
        bool bias = true, int dilation = 1, Generator? generator = null, DType dtype = DType.Float32)
    {
        Sizes.Window(nameof(ConvTranspose1d), inputs, outputs, kernel, stride, padding, dilation, groups);
        Sizes.NotNegative(nameof(ConvTranspose1d), (nameof(outputPadding), outputPadding));
        (_stride, _padding, _outputPadding, _groups, _dilation) = (stride, padding, outputPadding, groups, dilation);
        int fanIn = outputs / groups * kernel;
        Weight = Parameter(Init.UniformByInputs(Tensor.Zeros([inputs, outputs / groups, kernel], dtype), fanIn, generator));
        if (bias) Bias = Parameter(Init.UniformByInputs(Tensor.Zeros([outputs], dtype), fanIn, generator));
    }

    /// <summary>The filters, [inputs, outputs/groups, kernel].</summary>
    public Tensor Weight { get; set; }

    /// <summary>The bias, [outputs], or null.</summary>
    public Tensor? Bias { get; set; }

    /// <summary>Adds up the filters, each times an element of x.</summary>
    /// <param name="x">[n, inputs, l] or [inputs, l].</param>
    /// <returns>[n, outputs, l'] or [outputs, l']; l' = (l − 1)·s − 2p + d·(k − 1) + outputPadding + 1.</returns>
    /// <exception cref="ShapeException">Channels or sizes do not fit together.</exception>
    protected override Tensor Compute(Tensor x) => x.ConvTranspose1d(Weight, Bias, _stride, _padding, _outputPadding, _groups, _dilation);
}
