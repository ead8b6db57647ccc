namespace Autograd.Nn;

/// <summary>A one-dimensional convolution with trained filters.</summary>
public sealed class Conv1d : Module
{
    readonly int _stride, _dilation, _groups;
    readonly (int Before, int After) _padding;
    readonly PadMode _padMode;

    /// <summary>Makes the layer; weight and bias start uniform in ±1/√fanIn, fanIn = inputs/groups·kernel.</summary>
    /// <param name="inputs">Channels of the input, ≥ 1.</param>
    /// <param name="outputs">Channels of the result, ≥ 1.</param>
    /// <param name="kernel">Length of the filters, ≥ 1.</param>
    /// <param name="stride">Distance of neighbouring windows, in elements, ≥ 1.</param>
    /// <param name="padding">Elements added on each side, ≥ 0.</param>
    /// <param name="dilation">Distance of the elements that a window reads, ≥ 1.</param>
    /// <param name="groups">Into how many groups the channels are cut, convolved apart; divides inputs and outputs.</param>
    /// <param name="bias">Whether a bias is added.</param>
    /// <param name="padMode">What the padding is made of, zeros unless given: mirrored, repeated or from the other end.</param>
    /// <param name="generator">The source of initial values; <see cref="Generator.Default"/> when left out.</param>
    /// <param name="dtype">Float32 or Float64.</param>
    /// <param name="same">Whether the padding is as much as keeps the input's size, for a stride of 1; where it cannot be equal on both sides, there is one more at the end.</param>
    /// <exception cref="ArgumentOutOfRangeException">A size is too small, or the groups do not divide the channels.</exception>
    /// <exception cref="ArgumentException">The padding is given and is to keep the size besides, or the stride is not 1 then.</exception>
    public Conv1d(
        int inputs, int outputs, int kernel, int stride = 1, int padding = 0, int dilation = 1, int groups = 1,
        bool bias = true, PadMode padMode = PadMode.Constant, Generator? generator = null, DType dtype = DType.Float32, bool same = false)
    {
        Sizes.Window(nameof(Conv1d), inputs, outputs, kernel, stride, padding, dilation, groups);
        (_stride, _dilation, _groups, _padMode) = (stride, dilation, groups, padMode);
        _padding = same ? Sizes.Same(nameof(Conv1d), kernel, stride, padding, dilation) : (padding, padding);
        int fanIn = inputs / groups * kernel;
        Weight = Parameter(Init.UniformByInputs(Tensor.Zeros([outputs, inputs / groups, kernel], dtype), fanIn, generator));
        if (bias) Bias = Parameter(Init.UniformByInputs(Tensor.Zeros([outputs], dtype), fanIn, generator));
    }

    /// <summary>The filters, [outputs, inputs/groups, kernel].</summary>
    public Tensor Weight { get; set; }

    /// <summary>The bias, [outputs], or null.</summary>
    public Tensor? Bias { get; set; }

    /// <summary>Convolves x with the filters.</summary>
    /// <param name="x">[n, inputs, l] or [inputs, l].</param>
    /// <returns>[n, outputs, l'] or [outputs, l']; l' = ⌊(l + 2p − d·(k − 1) − 1)/s⌋ + 1.</returns>
    /// <exception cref="ShapeException">Channels or sizes do not fit together.</exception>
    protected override Tensor Compute(Tensor x) => Compute(x, Activation.Identity);

    /// <summary>The same with an activation of the result; not announced as a forward pass, for who holds the layer and runs in its place.</summary>
    internal Tensor Compute(Tensor x, Activation activation) => _padMode == PadMode.Constant && _padding.Before == _padding.After
        ? x.Conv1d(Weight, Bias, _stride, _padding.Before, _dilation, _groups, activation)
        : x.Pad([_padding.Before, _padding.After], _padMode).Conv1d(Weight, Bias, _stride, 0, _dilation, _groups, activation);
}
