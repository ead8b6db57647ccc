using Autograd.Kernels;

namespace Autograd;

public static partial class TensorOps
{
    extension(Tensor x)
    {
        /// <summary>The maximum of each window of an image.</summary>
        /// <param name="kernel">Size of the window, ≥ 1.</param>
        /// <param name="stride">Distance of neighbouring windows, ≥ 1; the size of the window when left out.</param>
        /// <param name="padding">Rows and columns of −∞ on each side, at most half of the window; 0 when left out.</param>
        /// <param name="dilation">Distance of the elements of a window, ≥ 1; 1 when left out.</param>
        /// <param name="ceilMode">Also takes windows that reach beyond the end, as long as they start before it.</param>
        /// <param name="relu">Pools <c>x.Relu()</c>, with the same numbers and gradients, without making it.</param>
        /// <returns>[n, c, h', w'] for x [n, c, h, w], [c, h', w'] for [c, h, w]; h' = ⌊(h + 2p − d·(kh − 1) − 1)/s⌋ + 1.</returns>
        /// <remarks>Of equal elements the first in row-major order gets the gradient. A NaN in a window is its maximum.</remarks>
        /// <exception cref="ShapeException">The sizes do not fit together.</exception>
        /// <exception cref="DTypeException">The element type is not floating-point.</exception>
        public Tensor MaxPool2d(
            Size2 kernel, Size2? stride = null, Size2? padding = null, Size2? dilation = null, bool ceilMode = false, bool relu = false)
        {
            PoolCall call = new("MaxPool2d", 2, x, kernel, stride ?? kernel, padding ?? 0, dilation ?? 1, ceilMode);
            return new MaxPoolOp(call.Geometry(), 2, relu).Apply(x);
        }

        /// <summary>The maximum of each window of a line.</summary>
        /// <param name="kernel">Size of the window, ≥ 1.</param>
        /// <param name="stride">Distance of neighbouring windows, ≥ 1; the size of the window when left out.</param>
        /// <param name="padding">Elements of −∞ on each side, at most half of the window.</param>
        /// <param name="dilation">Distance of the elements of a window, ≥ 1.</param>
        /// <param name="ceilMode">Also takes windows that reach beyond the end, as long as they start before it.</param>
        /// <returns>[n, c, l'] for x [n, c, l], [c, l'] for [c, l].</returns>
        /// <exception cref="ShapeException">The sizes do not fit together.</exception>
        /// <exception cref="DTypeException">The element type is not floating-point.</exception>
        public Tensor MaxPool1d(int kernel, int? stride = null, int padding = 0, int dilation = 1, bool ceilMode = false) =>
            new MaxPoolOp(PoolCall.Line("MaxPool1d", x, kernel, stride, padding, dilation, ceilMode).Geometry(), 1).Apply(x);

        /// <summary>The maximum of each of height × width windows that cover an image evenly.</summary>
        /// <param name="size">Height and width of the result, ≥ 0.</param>
        /// <returns>[n, c, height, width] for x [n, c, h, w], [c, height, width] for [c, h, w].</returns>
        /// <remarks>Window i covers the rows ⌊i·h/height⌋ … ⌈(i + 1)·h/height⌉ − 1. Of equal elements the first gets the gradient.</remarks>
        /// <exception cref="ShapeException">The input is no image or is empty.</exception>
        /// <exception cref="DTypeException">The element type is not floating-point.</exception>
        public Tensor AdaptiveMaxPool2d(Size2 size) => new AdaptiveMaxPoolOp(PoolCall.Adaptive("AdaptiveMaxPool2d", 2, x, size), 2).Apply(x);

        /// <summary>The maximum of each of <paramref name="length"/> windows that cover a line evenly.</summary>
        /// <param name="length">Length of the result, ≥ 0.</param>
        /// <returns>[n, c, length] for x [n, c, l], [c, length] for [c, l].</returns>
        /// <exception cref="ShapeException">The input is no line or is empty.</exception>
        /// <exception cref="DTypeException">The element type is not floating-point.</exception>
        public Tensor AdaptiveMaxPool1d(int length) =>
            new AdaptiveMaxPoolOp(PoolCall.Adaptive("AdaptiveMaxPool1d", 1, x, Size2.Length(length, 1)), 1).Apply(x);
    }
}

// Of a rectified x the choice is the same where the greatest element is positive. Elsewhere nothing is chosen, since the rectifier is flat there.
sealed class MaxPoolOp(Pool2dGeometry geometry, int axes, bool relu = false) : ChoosingPoolOp, ISampled
{
    public static IEnumerable<Sample> Samples =>
    [
        Sample.Of([2, 1, 4, 4], x => x.MaxPool2d(2)), Sample.Of([1, 2, 5, 4], x => x.MaxPool2d(3, stride: (2, 1), padding: 1)),
        Sample.Of([2, 5, 5], x => x.MaxPool2d(2, stride: 2, dilation: 2, ceilMode: true)), Sample.Of([2, 2, 5], x => x.MaxPool1d(3, stride: 2, padding: 1)),
        Sample.Of([1, 2, 4, 6], x => x.MaxPool2d(2, relu: true)), Sample.Of([2, 5, 5], x => x.MaxPool2d(2, stride: 1, padding: 1, relu: true)),
    ];

    public override string Name => axes == 1 ? "MaxPool1d" : "MaxPool2d";

    protected override Tensor? Batch(BatchedInputs inputs) => new MaxPoolOp(geometry with { Planes = inputs.Count * geometry.Planes }, axes, relu).Apply(inputs[0]);

    protected override PoolChoice Choice(Shape x) => new(x, PoolCall.Result(x, axes, geometry.OutH, geometry.OutW), geometry.Planes, geometry);

    protected override void Choose<E>(Tensor x, Tensor y, Span<int> indices) => PoolKernels.MaxForward(geometry, x.AsSpan<E>(), y.AsWritableSpan<E>(), indices, relu);
}

sealed class AdaptiveMaxPoolOp(AdaptivePoolGeometry geometry, int axes) : ChoosingPoolOp, ISampled
{
    public static IEnumerable<Sample> Samples =>
    [
        Sample.Of([2, 1, 4, 6], x => x.AdaptiveMaxPool2d(2)), Sample.Of([2, 5, 3], x => x.AdaptiveMaxPool2d((2, 4))),
        Sample.Of([1, 2, 5], x => x.AdaptiveMaxPool1d(3)),
    ];

    public override string Name => axes == 1 ? "AdaptiveMaxPool1d" : "AdaptiveMaxPool2d";

    protected override Tensor? Batch(BatchedInputs inputs) => new AdaptiveMaxPoolOp(geometry with { Planes = inputs.Count * geometry.Planes }, axes).Apply(inputs[0]);

    protected override PoolChoice Choice(Shape x) => new(x, PoolCall.Result(x, axes, geometry.OutH, geometry.OutW), geometry.Planes);

    protected override void Choose<E>(Tensor x, Tensor y, Span<int> indices) =>
        PoolKernels.AdaptiveMaxForward(geometry, x.AsSpan<E>(), y.AsWritableSpan<E>(), indices);
}
