namespace Autograd.Nn;

/// <summary>The maximum of each window of an image.</summary>
/// <param name="kernel">Size of the window, ≥ 1: one number, or (height, width).</param>
/// <param name="stride">Distance of neighbouring windows, ≥ 1; the size of the window when left out.</param>
/// <param name="padding">Rows and columns of −∞ on each side, at most half of the window; 0 when left out.</param>
/// <param name="dilation">Distance of the elements of a window, ≥ 1; 1 when left out.</param>
/// <param name="ceilMode">Also takes windows that reach beyond the end, as long as they start before it.</param>
public sealed class MaxPool2d(Size2 kernel, Size2? stride = null, Size2? padding = null, Size2? dilation = null, bool ceilMode = false) : Module
{
    /// <summary>[n, c, h, w] → [n, c, h', w'], h' = ⌊(h + 2p − d·(kh − 1) − 1)/s⌋ + 1.</summary>
    /// <exception cref="ShapeException">The sizes do not fit together.</exception>
    protected override Tensor Compute(Tensor x) => x.MaxPool2d(kernel, stride, padding, dilation, ceilMode);

    /// <summary>Whether its windows are of 2 × 2, side by side.</summary>
    internal bool IsHalving => kernel == 2 && (stride ?? kernel) == 2 && (padding ?? 0) == 0 && (dilation ?? 1) == 1 && !ceilMode;

    /// <summary>The same of <c>x.Relu()</c>.</summary>
    internal Tensor OfRelu(Tensor x) => x.MaxPool2d(kernel, stride, padding, dilation, ceilMode, relu: true);
}

/// <summary>The mean of each window of an image.</summary>
/// <param name="kernel">Size of the window, ≥ 1: one number, or (height, width).</param>
/// <param name="stride">Distance of neighbouring windows, ≥ 1; the size of the window when left out.</param>
/// <param name="padding">Rows and columns of zeros on each side, at most half of the window; 0 when left out.</param>
/// <param name="ceilMode">Also takes windows that reach beyond the end, as long as they start before it.</param>
/// <param name="countIncludePad">Whether the zeros count in the mean.</param>
public sealed class AvgPool2d(Size2 kernel, Size2? stride = null, Size2? padding = null, bool ceilMode = false, bool countIncludePad = true) : Module
{
    /// <summary>[n, c, h, w] → [n, c, h', w'], h' = ⌊(h + 2p − kh)/s⌋ + 1.</summary>
    /// <exception cref="ShapeException">The sizes do not fit together.</exception>
    protected override Tensor Compute(Tensor x) => x.AvgPool2d(kernel, stride, padding, ceilMode, countIncludePad);
}

/// <summary>The mean of each of height × width windows that cover an image evenly.</summary>
/// <param name="size">Height and width of the result, ≥ 1.</param>
public sealed class AdaptiveAvgPool2d(Size2 size) : Module
{
    /// <summary>[n, c, h, w] → [n, c, height, width].</summary>
    /// <exception cref="ShapeException">The input is no image.</exception>
    protected override Tensor Compute(Tensor x) => x.AdaptiveAvgPool2d(size);
}

/// <summary>The maximum of each of height × width windows that cover an image evenly.</summary>
/// <param name="size">Height and width of the result, ≥ 1.</param>
public sealed class AdaptiveMaxPool2d(Size2 size) : Module
{
    /// <summary>[n, c, h, w] → [n, c, height, width].</summary>
    /// <exception cref="ShapeException">The input is no image.</exception>
    protected override Tensor Compute(Tensor x) => x.AdaptiveMaxPool2d(size);
}

/// <summary>The maximum of each window of a sequence.</summary>
/// <param name="kernel">Length of the window, ≥ 1.</param>
/// <param name="stride">Distance of neighbouring windows, ≥ 1; the length of the window when left out.</param>
/// <param name="padding">Elements of −∞ on each side, at most half of the window.</param>
/// <param name="dilation">Distance of the elements of a window, ≥ 1.</param>
/// <param name="ceilMode">Also takes windows that reach beyond the end, as long as they start before it.</param>
public sealed class MaxPool1d(int kernel, int? stride = null, int padding = 0, int dilation = 1, bool ceilMode = false) : Module
{
    /// <summary>[n, c, l] → [n, c, l'], l' = ⌊(l + 2p − d·(k − 1) − 1)/s⌋ + 1.</summary>
    /// <exception cref="ShapeException">The sizes do not fit together.</exception>
    protected override Tensor Compute(Tensor x) => x.MaxPool1d(kernel, stride, padding, dilation, ceilMode);
}

/// <summary>The mean of each window of a sequence.</summary>
/// <param name="kernel">Length of the window, ≥ 1.</param>
/// <param name="stride">Distance of neighbouring windows, ≥ 1; the length of the window when left out.</param>
/// <param name="padding">Zeros on each side, at most half of the window.</param>
/// <param name="ceilMode">Also takes windows that reach beyond the end, as long as they start before it.</param>
/// <param name="countIncludePad">Whether the zeros count in the mean.</param>
public sealed class AvgPool1d(int kernel, int? stride = null, int padding = 0, bool ceilMode = false, bool countIncludePad = true) : Module
{
    /// <summary>[n, c, l] → [n, c, l'], l' = ⌊(l + 2p − k)/s⌋ + 1.</summary>
    /// <exception cref="ShapeException">The sizes do not fit together.</exception>
    protected override Tensor Compute(Tensor x) => x.AvgPool1d(kernel, stride, padding, ceilMode, countIncludePad);
}

/// <summary>The mean of each of the windows that cover a sequence evenly.</summary>
/// <param name="length">Length of the result, ≥ 1.</param>
public sealed class AdaptiveAvgPool1d(int length) : Module
{
    /// <summary>[n, c, l] → [n, c, length].</summary>
    /// <exception cref="ShapeException">The input is no sequence.</exception>
    protected override Tensor Compute(Tensor x) => x.AdaptiveAvgPool1d(length);
}

/// <summary>The maximum of each of the windows that cover a sequence evenly.</summary>
/// <param name="length">Length of the result, ≥ 1.</param>
public sealed class AdaptiveMaxPool1d(int length) : Module
{
    /// <summary>[n, c, l] → [n, c, length].</summary>
    /// <exception cref="ShapeException">The input is no sequence.</exception>
    protected override Tensor Compute(Tensor x) => x.AdaptiveMaxPool1d(length);
}
