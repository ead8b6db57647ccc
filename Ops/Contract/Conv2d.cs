using System.Runtime.CompilerServices;
using Autograd.Kernels;

namespace Autograd;

public static partial class TensorOps
{
    extension(Tensor x)
    {
        /// <summary>Two-dimensional convolution (cross-correlation: the kernel is not flipped).</summary>
        /// <param name="weight">[o, c / groups, kh, kw].</param>
        /// <param name="bias">[o], or null for none.</param>
        /// <param name="stride">Distance of neighbouring windows, in elements, ≥ 1; 1 when left out.</param>
        /// <param name="padding">Zeros around the image on each side, ≥ 0; 0 when left out.</param>
        /// <param name="dilation">Distance of the elements that a window reads, ≥ 1; 1 when left out.</param>
        /// <param name="groups">Channels are cut into this many groups, convolved apart.</param>
        /// <param name="activation">Applied to the sum, with the same numbers and gradients as its op, without a tensor in between.</param>
        /// <param name="xText">The receiver as written, for errors; leave it out.</param>
        /// <param name="weightText">The weight as written, for errors; leave it out.</param>
        /// <returns>[n, o, h', w'] for x [n, c, h, w], [o, h', w'] for [c, h, w]; h' = ⌊(h + 2p − d·(kh − 1) − 1)/s⌋ + 1.</returns>
        /// <remarks>Source of the sizes: Dumoulin and Visin, A guide to convolution arithmetic for deep learning, 2016.</remarks>
        /// <exception cref="ShapeException">Channels, groups, bias or sizes do not fit together.</exception>
        /// <exception cref="DTypeException">The element types differ or are not floating-point.</exception>
        /// <exception cref="ArgumentOutOfRangeException">There is no such activation.</exception>
        public Tensor Conv2d(
            Tensor weight, Tensor? bias = null, Size2? stride = null, Size2? padding = null, Size2? dilation = null, int groups = 1, Activation activation = Activation.Identity,
            [CallerArgumentExpression(nameof(x))] string? xText = null, [CallerArgumentExpression(nameof(weight))] string? weightText = null)
        {
            ConvCall call = new("Conv2d", 2, x, weight, bias, stride ?? 1, padding ?? 0, dilation ?? 1, groups, xText, weightText);
            Activations.Check("Conv2d", activation);
            return ConvCalls.Apply(new ConvOp(call.Forward(), activation), x, weight, bias);
        }

        /// <summary>One-dimensional convolution (cross-correlation: the kernel is not flipped).</summary>
        /// <param name="weight">[o, c / groups, k].</param>
        /// <param name="bias">[o], or null for none.</param>
        /// <param name="stride">Distance of neighbouring windows, in elements, ≥ 1.</param>
        /// <param name="padding">Zeros on each side, ≥ 0.</param>
        /// <param name="dilation">Distance of the elements that a window reads, ≥ 1.</param>
        /// <param name="groups">Channels are cut into this many groups, convolved apart.</param>
        /// <param name="activation">Applied to the sum, with the same numbers and gradients as its op, without a tensor in between.</param>
        /// <param name="xText">The receiver as written, for errors; leave it out.</param>
        /// <param name="weightText">The weight as written, for errors; leave it out.</param>
        /// <returns>[n, o, l'] for x [n, c, l], [o, l'] for [c, l]; l' = ⌊(l + 2p − d·(k − 1) − 1)/s⌋ + 1.</returns>
        /// <exception cref="ShapeException">Channels, groups, bias or sizes do not fit together.</exception>
        /// <exception cref="DTypeException">The element types differ or are not floating-point.</exception>
        /// <exception cref="ArgumentOutOfRangeException">There is no such activation.</exception>
        public Tensor Conv1d(
            Tensor weight, Tensor? bias = null, int stride = 1, int padding = 0, int dilation = 1, int groups = 1, Activation activation = Activation.Identity,
            [CallerArgumentExpression(nameof(x))] string? xText = null, [CallerArgumentExpression(nameof(weight))] string? weightText = null)
        {
            ConvCall call = new(
                "Conv1d", 1, x, weight, bias, Size2.Length(stride, 1), Size2.Length(padding, 0), Size2.Length(dilation, 1), groups, xText, weightText);
            Activations.Check("Conv1d", activation);
            return ConvCalls.Apply(new ConvOp(call.Forward(), activation), x, weight, bias);
        }

        /// <summary>Transposed two-dimensional convolution: the adjoint of <see cref="Conv2d"/> with the same weight, a learned upsampling.</summary>
        /// <param name="weight">[c, o / groups, kh, kw]: the weight of the convolution that leads from the result's channels o to x's channels c.</param>
        /// <param name="bias">[o], or null for none.</param>
        /// <param name="stride">Distance of neighbouring windows in the result, ≥ 1; 1 when left out.</param>
        /// <param name="padding">Rows and columns cut off the result on each side, ≥ 0; 0 when left out.</param>
        /// <param name="outputPadding">Rows and columns added to the result at the end; less than the stride or the dilation.</param>
        /// <param name="groups">Channels are cut into this many groups, convolved apart.</param>
        /// <param name="dilation">Distance of the elements that a window writes, ≥ 1; 1 when left out.</param>
        /// <param name="xText">The receiver as written, for errors; leave it out.</param>
        /// <param name="weightText">The weight as written, for errors; leave it out.</param>
        /// <returns>[n, o, h', w'] for x [n, c, h, w], [o, h', w'] for [c, h, w]; h' = (h − 1)·s − 2p + d·(kh − 1) + outputPadding + 1.</returns>
        /// <exception cref="ShapeException">Channels, groups, bias or sizes do not fit together.</exception>
        /// <exception cref="DTypeException">The element types differ or are not floating-point.</exception>
        public Tensor ConvTranspose2d(
            Tensor weight, Tensor? bias = null, Size2? stride = null, Size2? padding = null, Size2? outputPadding = null, int groups = 1, Size2? dilation = null,
            [CallerArgumentExpression(nameof(x))] string? xText = null, [CallerArgumentExpression(nameof(weight))] string? weightText = null)
        {
            ConvCall call = new("ConvTranspose2d", 2, x, weight, bias, stride ?? 1, padding ?? 0, dilation ?? 1, groups, xText, weightText);
            return ConvCalls.Apply(new ConvTransposeOp(call.Transposed(outputPadding ?? 0)), x, weight, bias);
        }

        /// <summary>Transposed one-dimensional convolution: the adjoint of <see cref="Conv1d"/> with the same weight.</summary>
        /// <param name="weight">[c, o / groups, k].</param>
        /// <param name="bias">[o], or null for none.</param>
        /// <param name="stride">Distance of neighbouring windows in the result, ≥ 1.</param>
        /// <param name="padding">Elements cut off the result on each side, ≥ 0.</param>
        /// <param name="outputPadding">Elements added to the result at the end; less than the stride or the dilation.</param>
        /// <param name="groups">Channels are cut into this many groups, convolved apart.</param>
        /// <param name="dilation">Distance of the elements that a window writes, ≥ 1.</param>
        /// <param name="xText">The receiver as written, for errors; leave it out.</param>
        /// <param name="weightText">The weight as written, for errors; leave it out.</param>
        /// <returns>[n, o, l'] for x [n, c, l], [o, l'] for [c, l]; l' = (l − 1)·s − 2p + d·(k − 1) + outputPadding + 1.</returns>
        /// <exception cref="ShapeException">Channels, groups, bias or sizes do not fit together.</exception>
        /// <exception cref="DTypeException">The element types differ or are not floating-point.</exception>
        public Tensor ConvTranspose1d(
            Tensor weight, Tensor? bias = null, int stride = 1, int padding = 0, int outputPadding = 0, int groups = 1, int dilation = 1,
            [CallerArgumentExpression(nameof(x))] string? xText = null, [CallerArgumentExpression(nameof(weight))] string? weightText = null)
        {
            ConvCall call = new(
                "ConvTranspose1d", 1, x, weight, bias, Size2.Length(stride, 1), Size2.Length(padding, 0), Size2.Length(dilation, 1), groups, xText, weightText);
            return ConvCalls.Apply(new ConvTransposeOp(call.Transposed(Size2.Length(outputPadding, 0))), x, weight, bias);
        }
    }
}

/// <summary>Applies an operation with or without a bias.</summary>
static class ConvCalls
{
    public static Tensor Apply(Op op, Tensor x, Tensor weight, Tensor? bias) => bias is null ? op.Apply(x, weight) : op.Apply(x, weight, bias);
}

/// <summary>A call as the user wrote it, with the rules that its sizes must obey.</summary>
readonly record struct ConvCall(
    string Op, int Axes, Tensor X, Tensor Weight, Tensor? Bias, Size2 Stride, Size2 Padding, Size2 Dilation, int Groups,
    string? XText, string? WeightText)
{
    bool Batched => X.Rank == Axes + 2;

    Size2 Kernel => new(Axes == 1 ? 1 : Weight.Shape[-2], Weight.Shape[-1]);

    Size2 Input => new(Axes == 1 ? 1 : X.Shape[-2], X.Shape[-1]);

    int Images => Batched ? X.Shape[0] : 1;

    int Channels => X.Shape[-Axes - 1];

    /// <summary>The setting of a convolution of X.</summary>
    public Convolution Forward()
    {
        CheckCommon();
        if (Channels != Weight.Shape[1] * (long)Groups) throw Throw.ConvChannels(this, Weight.Shape[1], transposed: false);
        if (Weight.Shape[0] % Groups != 0) throw Throw.ConvGroups(this, "weight.Shape[0]", Weight.Shape[0]);
        CheckBias(Weight.Shape[0]);
        Size2 reach = Reach;
        if (reach.H > Input.H + (2L * Padding.H) || reach.W > Input.W + (2L * Padding.W)) throw Throw.ConvKernelTooLarge(this, reach, Input);
        return new(Geometry(Channels, Input, Weight.Shape[0]), Axes, Batched);
    }

    /// <summary>The setting of the convolution whose input gradient X is led through.</summary>
    public Convolution Transposed(Size2 outputPadding)
    {
        CheckCommon();
        if (Channels != Weight.Shape[0]) throw Throw.ConvChannels(this, Weight.Shape[0], transposed: true);
        if (Channels % Groups != 0) throw Throw.ConvGroups(this, "the channels of x", Channels);
        int channels = Throw.IfTooLong(Op, (long)Weight.Shape[1] * Groups);
        CheckBias(channels);
        if (outputPadding.H < 0 || outputPadding.W < 0
            || outputPadding.H >= Math.Max(Stride.H, Dilation.H)
            || outputPadding.W >= Math.Max(Stride.W, Dilation.W)) throw Throw.ConvOutputPadding(this, outputPadding);
        Size2 reach = Reach;
        long h = Extent(Input.H, Stride.H, Padding.H, reach.H, outputPadding.H), w = Extent(Input.W, Stride.W, Padding.W, reach.W, outputPadding.W);
        if (h < 1 || w < 1) throw Throw.ConvEmptyResult(this, h, w);
        Size2 output = new(Throw.IfTooLong(Op, h), Throw.IfTooLong(Op, w));
        Conv2dGeometry geometry = Geometry(channels, output, Channels) with { OutH = Input.H, OutW = Input.W };
        return new(geometry, Axes, Batched);
    }

    static long Extent(int size, int stride, int padding, int reach, int outputPadding) =>
        ((size - 1L) * stride) - (2L * padding) + reach + outputPadding;

    Conv2dGeometry Geometry(int channels, Size2 size, int outChannels) => new(
        Images, channels, size.H, size.W, outChannels, Kernel.H, Kernel.W,
        Stride.H, Stride.W, Padding.H, Padding.W, Dilation.H, Dilation.W, Groups);

    /// <summary>The elements from the first to the last that a window reads.</summary>
    Size2 Reach => new((Dilation.H * (Kernel.H - 1)) + 1, (Dilation.W * (Kernel.W - 1)) + 1);

    void CheckCommon()
    {
        Throw.IfNull(Op, X, "x");
        Throw.IfNull(Op, Weight, "weight");
        Throw.IfNotFloating(Op, X, Weight, Bias);
        if (Weight.Rank != Axes + 2) throw Throw.ConvWeightRank(this);
        if (X.Rank != Axes + 1 && X.Rank != Axes + 2) throw Throw.ConvInputRank(this);
        if (Stride.H < 1 || Stride.W < 1) throw Throw.WindowSetting(Op, Axes, "stride", Stride, 1);
        if (Dilation.H < 1 || Dilation.W < 1) throw Throw.WindowSetting(Op, Axes, "dilation", Dilation, 1);
        if (Padding.H < 0 || Padding.W < 0) throw Throw.WindowSetting(Op, Axes, "padding", Padding, 0);
        if (Groups < 1) throw Throw.WindowSetting(Op, Axes, "groups", Groups, 1);
        if (Kernel.H < 1 || Kernel.W < 1) throw Throw.ConvEmptyKernel(this);
        WindowLimits.Check(Op, Axes, X, Kernel, Stride, Padding, Dilation);
    }

    void CheckBias(int channels)
    {
        if (Bias is { } bias && (bias.Rank != 1 || bias.Shape[0] != channels)) throw Throw.ConvBias(this, bias, channels);
    }
}
