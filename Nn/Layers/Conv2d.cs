namespace Autograd.Nn;

/// <summary>A two-dimensional convolution with trained filters.</summary>
public sealed class Conv2d : Module
{
    // How much more padding there is at the end than at the beginning.
    readonly Size2 _more;

    /// <summary>Makes the layer; weight and bias start uniform in ±1/√fanIn, fanIn = inputs/groups·kh·kw.</summary>
    /// <param name="inputs">Channels of the input, ≥ 1.</param>
    /// <param name="outputs">Channels of the result, ≥ 1.</param>
    /// <param name="kernel">Size of the filters, ≥ 1: one number, or (height, width).</param>
    /// <param name="stride">Distance of neighbouring windows, in elements, ≥ 1; 1 when left out.</param>
    /// <param name="padding">Rows and columns added around the image on each side, ≥ 0; 0 when left out.</param>
    /// <param name="dilation">Distance of the elements that a window reads, ≥ 1; 1 when left out.</param>
    /// <param name="groups">Into how many groups the channels are cut, convolved apart; divides inputs and outputs.</param>
    /// <param name="bias">Whether a bias is added.</param>
    /// <param name="padMode">What the padding is made of, zeros unless given: mirrored, repeated or from the other end.</param>
    /// <param name="generator">The source of initial values; <see cref="Generator.Default"/> when left out.</param>
    /// <param name="dtype">Float32 or Float64.</param>
    /// <param name="same">Whether the padding is as much as keeps the input's size, for a stride of 1; where it cannot be equal on both sides, there is one more at the end.</param>
    /// <exception cref="ArgumentOutOfRangeException">A size is too small, or the groups do not divide the channels.</exception>
    /// <exception cref="ArgumentException">The padding is given and is to keep the size besides, or the stride is not 1 then.</exception>
    public Conv2d(
        int inputs, int outputs, Size2 kernel, Size2? stride = null, Size2? padding = null, Size2? dilation = null, int groups = 1,
        bool bias = true, PadMode padMode = PadMode.Constant, Generator? generator = null, DType dtype = DType.Float32, bool same = false)
    {
        (Kernel, Stride, Padding, Dilation, Groups, PadMode) = (kernel, stride ?? 1, padding ?? 0, dilation ?? 1, groups, padMode);
        Sizes.Window(nameof(Conv2d), inputs, outputs, Sizes.Least(kernel), Sizes.Least(Stride), Sizes.Least(Padding), Sizes.Least(Dilation), groups);
        if (same) (Padding, _more) = Same();
        int fanIn = inputs / groups * kernel.H * kernel.W;
        Weight = Parameter(Init.UniformByInputs(Tensor.Zeros([outputs, inputs / groups, kernel.H, kernel.W], dtype), fanIn, generator));
        if (bias) Bias = Parameter(Init.UniformByInputs(Tensor.Zeros([outputs], dtype), fanIn, generator));
    }

    /// <summary>The filters, [outputs, inputs/groups, kh, kw]; may be set to those of another layer, to share them.</summary>
    public Tensor Weight { get; set; }

    /// <summary>The bias, [outputs], or null.</summary>
    public Tensor? Bias { get; set; }

    /// <summary>Size of the filters.</summary>
    public Size2 Kernel { get; }

    /// <summary>Distance of neighbouring windows, in elements.</summary>
    public Size2 Stride { get; }

    /// <summary>Rows and columns added around the image on each side; at the end there may be one more to keep the size.</summary>
    public Size2 Padding { get; }

    /// <summary>Distance of the elements that a window reads.</summary>
    public Size2 Dilation { get; }

    /// <summary>Into how many groups the channels are cut.</summary>
    public int Groups { get; }

    /// <summary>What the padding is made of.</summary>
    public PadMode PadMode { get; }

    /// <summary>Convolves x with the filters.</summary>
    /// <param name="x">[n, inputs, h, w] or [inputs, h, w].</param>
    /// <returns>[n, outputs, h', w'] or [outputs, h', w']; h' = ⌊(h + 2p − d·(kh − 1) − 1)/s⌋ + 1.</returns>
    /// <exception cref="ShapeException">Channels or sizes do not fit together.</exception>
    protected override Tensor Compute(Tensor x) => Compute(x, Activation.Identity);

    /// <summary>The same with an activation of the result; not announced as a forward pass, for who holds the layer and runs in its place.</summary>
    internal Tensor Compute(Tensor x, Activation activation) => PadMode == PadMode.Constant && _more == 0
        ? x.Conv2d(Weight, Bias, Stride, Padding, Dilation, Groups, activation)
        : x.Pad([Padding.W, Padding.W + _more.W, Padding.H, Padding.H + _more.H], PadMode).Conv2d(Weight, Bias, Stride, 0, Dilation, Groups, activation);

    (Size2 Padding, Size2 More) Same()
    {
        (int top, int bottom) = Sizes.Same(nameof(Conv2d), Kernel.H, Stride.H, Padding.H, Dilation.H);
        (int left, int right) = Sizes.Same(nameof(Conv2d), Kernel.W, Stride.W, Padding.W, Dilation.W);
        return (new(top, left), new(bottom - top, right - left));
    }
}
