namespace Autograd.Nn;

/// <summary>The transpose of a two-dimensional convolution, with trained filters: what makes images larger in decoders.</summary>
public sealed class ConvTranspose2d : Module
{
    readonly Size2 _stride, _padding, _outputPadding, _dilation;
    readonly int _groups;

    /// <summary>Makes the layer; weight and bias start uniform in ±1/√fanIn, fanIn = outputs/groups·kh·kw.</summary>
    /// <param name="inputs">Channels of the input, ≥ 1.</param>
    /// <param name="outputs">Channels of the result, ≥ 1.</param>
    /// <param name="kernel">Size of the filters, ≥ 1: one number, or (height, width).</param>
    /// <param name="stride">Distance of neighbouring windows in the result, ≥ 1; 1 when left out.</param>
    /// <param name="padding">Rows and columns cut off the result on each side, ≥ 0; 0 when left out.</param>
    /// <param name="outputPadding">Rows and columns added to the result at its end, ≥ 0 and below stride or dilation; 0 when left out.</param>
    /// <param name="groups">Into how many groups the channels are cut, convolved apart; divides inputs and outputs.</param>
    /// <param name="bias">Whether a bias is added.</param>
    /// <param name="dilation">Distance of the elements that a window writes, ≥ 1; 1 when left out.</param>
    /// <param name="generator">The source of initial values; <see cref="Generator.Default"/> when left out.</param>
    /// <param name="dtype">Float32 or Float64.</param>
    /// <exception cref="ArgumentOutOfRangeException">A size is too small, or the groups do not divide the channels.</exception>
    public ConvTranspose2d(
        int inputs, int outputs, Size2 kernel, Size2? stride = null, Size2? padding = null, Size2? outputPadding = null, int groups = 1,
        bool bias = true, Size2? dilation = null, Generator? generator = null, DType dtype = DType.Float32)
    {
        (_stride, _padding, _outputPadding, _dilation, _groups) = (stride ?? 1, padding ?? 0, outputPadding ?? 0, dilation ?? 1, groups);
        Sizes.Window(nameof(ConvTranspose2d), inputs, outputs, Sizes.Least(kernel), Sizes.Least(_stride), Sizes.Least(_padding), Sizes.Least(_dilation), groups);
        Sizes.NotNegative(nameof(ConvTranspose2d), (nameof(outputPadding), Sizes.Least(_outputPadding)));
        int fanIn = outputs / groups * kernel.H * kernel.W;
        Weight = Parameter(Init.UniformByInputs(Tensor.Zeros([inputs, outputs / groups, kernel.H, kernel.W], dtype), fanIn, generator));
        if (bias) Bias = Parameter(Init.UniformByInputs(Tensor.Zeros([outputs], dtype), fanIn, generator));
    }

    /// <summary>The filters, [inputs, outputs/groups, kh, kw].</summary>
    public Tensor Weight { get; set; }

    /// <summary>The bias, [outputs], or null.</summary>
    public Tensor? Bias { get; set; }

    /// <summary>Adds up the filters, each times an element of x.</summary>
    /// <param name="x">[n, inputs, h, w] or [inputs, h, w].</param>
    /// <returns>[n, outputs, h', w'] or [outputs, h', w']; h' = (h − 1)·s − 2p + d·(kh − 1) + outputPadding + 1.</returns>
    /// <exception cref="ShapeException">Channels or sizes do not fit together.</exception>
    protected override Tensor Compute(Tensor x) => x.ConvTranspose2d(Weight, Bias, _stride, _padding, _outputPadding, _groups, _dilation);
}
