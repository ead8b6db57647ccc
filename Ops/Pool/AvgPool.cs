using Autograd.Kernels;

namespace Autograd;

public static partial class TensorOps
{
    extension(Tensor x)
    {
        /// <summary>The mean of each window of an image.</summary>
        /// <param name="kernel">Size of the window, ≥ 1.</param>
        /// <param name="stride">Distance of neighbouring windows, ≥ 1; the size of the window when left out.</param>
        /// <param name="padding">Rows and columns of 0 on each side, at most half of the window; 0 when left out.</param>
        /// <param name="ceilMode">Also takes windows that reach beyond the end, as long as they start before it.</param>
        /// <param name="countIncludePad">Whether the padding counts in the number of elements that a sum is divided by.</param>
        /// <param name="divisor">What sums are divided by instead of the number of elements, ≥ 1.</param>
        /// <returns>[n, c, h', w'] for x [n, c, h, w], [c, h', w'] for [c, h, w]; h' = ⌊(h + 2p − kh)/s⌋ + 1.</returns>
        /// <exception cref="ShapeException">The sizes do not fit together.</exception>
        /// <exception cref="DTypeException">The element type is not floating-point.</exception>
        public Tensor AvgPool2d(
            Size2 kernel, Size2? stride = null, Size2? padding = null, bool ceilMode = false, bool countIncludePad = true, int? divisor = null)
        {
            if (divisor < 1) throw Throw.PoolDivisor(divisor.Value);
            PoolCall call = new("AvgPool2d", 2, x, kernel, stride ?? kernel, padding ?? 0, 1, ceilMode);
            return new AvgPoolOp(new(call.Geometry(), 2, x.Shape, countIncludePad, divisor ?? 0)).Apply(x);
        }

        /// <summary>The mean of each window of a line.</summary>
        /// <param name="kernel">Size of the window, ≥ 1.</param>
        /// <param name="stride">Distance of neighbouring windows, ≥ 1; the size of the window when left out.</param>
        /// <param name="padding">Elements of 0 on each side, at most half of the window.</param>
        /// <param name="ceilMode">Also takes windows that reach beyond the end, as long as they start before it.</param>
        /// <param name="countIncludePad">Whether the padding counts in the number of elements that a sum is divided by.</param>
        /// <returns>[n, c, l'] for x [n, c, l], [c, l'] for [c, l].</returns>
        /// <exception cref="ShapeException">The sizes do not fit together.</exception>
        /// <exception cref="DTypeException">The element type is not floating-point.</exception>
        public Tensor AvgPool1d(int kernel, int? stride = null, int padding = 0, bool ceilMode = false, bool countIncludePad = true)
        {
            PoolCall call = PoolCall.Line("AvgPool1d", x, kernel, stride, padding, 1, ceilMode);
            return new AvgPoolOp(new(call.Geometry(), 1, x.Shape, countIncludePad, 0)).Apply(x);
        }

        /// <summary>The mean of each of height × width windows that cover an image evenly.</summary>
        /// <param name="size">Height and width of the result, ≥ 0.</param>
        /// <returns>[n, c, height, width] for x [n, c, h, w], [c, height, width] for [c, h, w].</returns>
        /// <remarks>Window i covers the rows ⌊i·h/height⌋ … ⌈(i + 1)·h/height⌉ − 1.</remarks>
        /// <exception cref="ShapeException">The input is no image or is empty.</exception>
        /// <exception cref="DTypeException">The element type is not floating-point.</exception>
        public Tensor AdaptiveAvgPool2d(Size2 size) =>
            new AdaptiveAvgPoolOp(new(PoolCall.Adaptive("AdaptiveAvgPool2d", 2, x, size), 2, x.Shape)).Apply(x);

        /// <summary>The mean of each of <paramref name="length"/> windows that cover a line evenly.</summary>
        /// <param name="length">Length of the result, ≥ 0.</param>
        /// <returns>[n, c, length] for x [n, c, l], [c, length] for [c, l].</returns>
        /// <exception cref="ShapeException">The input is no line or is empty.</exception>
        /// <exception cref="DTypeException">The element type is not floating-point.</exception>
        public Tensor AdaptiveAvgPool1d(int length) =>
            new AdaptiveAvgPoolOp(new(PoolCall.Adaptive("AdaptiveAvgPool1d", 1, x, Size2.Length(length, 1)), 1, x.Shape)).Apply(x);
    }
}

/// <summary>A linear pooling and its adjoint, over spans.</summary>
interface IAverage
{
    string Name { get; }

    Shape X { get; }

    Shape Y { get; }

    /// <summary>The same pooling of this many samples, which an axis in front counts.</summary>
    LinearPoolOp OfBatch(int samples);

    void Forward<E>(ReadOnlySpan<E> x, Span<E> y) where E : unmanaged, System.Numerics.IBinaryFloatingPointIeee754<E>;

    void Adjoint<E>(ReadOnlySpan<E> dy, Span<E> dx, bool accumulate) where E : unmanaged, System.Numerics.IBinaryFloatingPointIeee754<E>;
}

sealed record Average(Pool2dGeometry Geometry, int Axes, Shape X, bool CountIncludePad, int Divisor) : IAverage
{
    public string Name => Axes == 1 ? "AvgPool1d" : "AvgPool2d";

    public Shape Y => PoolCall.Result(X, Axes, Geometry.OutH, Geometry.OutW);

    public LinearPoolOp OfBatch(int samples) =>
        new AvgPoolOp(this with { Geometry = Geometry with { Planes = samples * Geometry.Planes }, X = [samples, .. X.Sizes] });

    public void Forward<E>(ReadOnlySpan<E> x, Span<E> y) where E : unmanaged, System.Numerics.IBinaryFloatingPointIeee754<E> =>
        PoolKernels.AverageForward(Geometry, x, y, CountIncludePad, Divisor);

    public void Adjoint<E>(ReadOnlySpan<E> dy, Span<E> dx, bool accumulate) where E : unmanaged, System.Numerics.IBinaryFloatingPointIeee754<E> =>
        PoolKernels.AverageGradInput(Geometry, dy, dx, accumulate, CountIncludePad, Divisor);
}

sealed record AdaptiveAverage(AdaptivePoolGeometry Geometry, int Axes, Shape X) : IAverage
{
    public string Name => Axes == 1 ? "AdaptiveAvgPool1d" : "AdaptiveAvgPool2d";

    public Shape Y => PoolCall.Result(X, Axes, Geometry.OutH, Geometry.OutW);

    public LinearPoolOp OfBatch(int samples) =>
        new AdaptiveAvgPoolOp(this with { Geometry = Geometry with { Planes = samples * Geometry.Planes }, X = [samples, .. X.Sizes] });

    public void Forward<E>(ReadOnlySpan<E> x, Span<E> y) where E : unmanaged, System.Numerics.IBinaryFloatingPointIeee754<E> =>
        PoolKernels.AdaptiveAverageForward(Geometry, x, y);

    public void Adjoint<E>(ReadOnlySpan<E> dy, Span<E> dx, bool accumulate) where E : unmanaged, System.Numerics.IBinaryFloatingPointIeee754<E> =>
        PoolKernels.AdaptiveAverageGradInput(Geometry, dy, dx, accumulate);
}

// y = P·x   ⇒   dx = Pᵀ·dy, and the other way round
abstract class LinearPoolOp(IAverage average) : Op
{
    public override string Name => average.Name;

    protected override Saved Saves(ReadOnlySpan<Tensor> inputs) => Saved.Nothing;

    protected override Tensor Forward(ReadOnlySpan<Tensor> inputs)
    {
        Tensor x = inputs[0].Dense(), y = Tensor.Empty(average.Y, x.DType);
        if (x.DType == DType.Float32) average.Forward(x.AsSpan<float>(), y.AsWritableSpan<float>());
        else average.Forward(x.AsSpan<double>(), y.AsWritableSpan<double>());
        return y;
    }

    public PoolAdjointOp AdjointOp => new(this, average);

    protected override Tensor? Batch(BatchedInputs inputs) => average.OfBatch(inputs.Count).Apply(inputs[0]);

    protected override Tensor Vjp(int input, Tensor dy, Recorded values) => AdjointOp.Apply(dy);

    protected override Tensor? Jvp(ReadOnlySpan<Tensor> inputs, ReadOnlySpan<Tensor?> tangents, Tensor y) => Apply(tangents[0]!);

    protected override void Backward(Tensor dy, Recorded values, Gradients gradients)
    {
        if (!gradients.Needs(0)) return;
        if (dy.DType == DType.Float32) Adjoint(dy, gradients.AsSpan<float>(0, out bool fresh), !fresh);
        else Adjoint(dy, gradients.AsSpan<double>(0, out bool fresh), !fresh);
    }

    public void Adjoint<E>(Tensor dy, Span<E> dx, bool accumulate) where E : unmanaged, System.Numerics.IBinaryFloatingPointIeee754<E>
    {
        if (dy.Count > 0) average.Adjoint(dy.Dense().AsSpan<E>(), dx, accumulate);
        else if (!accumulate) dx.Clear();
    }
}

sealed class AvgPoolOp(Average average) : LinearPoolOp(average), ISampled
{
    public static IEnumerable<Sample> Samples =>
    [
        Sample.Of([2, 1, 4, 4], x => x.AvgPool2d(2)), Sample.Of([1, 2, 5, 4], x => x.AvgPool2d(3, stride: (2, 1), padding: 1)),
        Sample.Of([2, 5, 4], x => x.AvgPool2d((2, 3), padding: 1, ceilMode: true, countIncludePad: false)),
        Sample.Of([2, 5, 4], x => x.AvgPool2d(2, stride: 1, divisor: 3)), Sample.Of([2, 2, 5], x => x.AvgPool1d(3, stride: 2, padding: 1)),
    ];
}

sealed class AdaptiveAvgPoolOp(AdaptiveAverage average) : LinearPoolOp(average), ISampled
{
    public static IEnumerable<Sample> Samples =>
    [
        Sample.Of([2, 1, 4, 6], x => x.AdaptiveAvgPool2d(2)), Sample.Of([2, 5, 3], x => x.AdaptiveAvgPool2d((2, 4))),
        Sample.Of([1, 2, 5], x => x.AdaptiveAvgPool1d(3)), Sample.Of([1, 2, 3, 5], x => x.AdaptiveAvgPool2d(1)),
    ];
}

/// <summary>The adjoint of a linear pooling: each dy over its divisor, at every element of its window.</summary>
sealed class PoolAdjointOp(LinearPoolOp pool, IAverage average) : Op, ISampled
{
    public static IEnumerable<Sample> Samples => [Sample.Of([2, 5, 4], x => Adjoint(new(new(2, 4, 3, 2, 2, 1, 1, 1, 1), 2, [2, 4, 3], false, 0), x))];

    public override string Name => average.Name + "Adjoint";

    protected override Saved Saves(ReadOnlySpan<Tensor> inputs) => Saved.Nothing;

    protected override Tensor Forward(ReadOnlySpan<Tensor> inputs)
    {
        Tensor dx = Tensor.Empty(average.X, inputs[0].DType);
        if (dx.DType == DType.Float32) pool.Adjoint(inputs[0], dx.AsWritableSpan<float>(), accumulate: false);
        else pool.Adjoint(inputs[0], dx.AsWritableSpan<double>(), accumulate: false);
        return dx;
    }

    protected override Tensor? Batch(BatchedInputs inputs) => average.OfBatch(inputs.Count).AdjointOp.Apply(inputs[0]);

    protected override Tensor Vjp(int input, Tensor dy, Recorded values) => pool.Apply(dy);

    protected override Tensor? Jvp(ReadOnlySpan<Tensor> inputs, ReadOnlySpan<Tensor?> tangents, Tensor y) => Apply(tangents[0]!);

    static Tensor Adjoint(Average average, Tensor dy) => new PoolAdjointOp(new AvgPoolOp(average), average).Apply(dy);
}
