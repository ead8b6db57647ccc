using System.Numerics;
using Autograd.Kernels;

namespace Autograd;

public static partial class TensorOps
{
    extension(Tensor x)
    {
        /// <summary>eˣ / Σ eˣ along one axis: positive numbers that add up to 1. Any finite input is safe; a row of −∞ alone gives NaN.</summary>
        /// <param name="axis">The axis; a negative one counts from the end.</param>
        /// <exception cref="ShapeException">There is no such axis.</exception>
        /// <exception cref="DTypeException">The element type is not floating-point.</exception>
        public Tensor Softmax(int axis) => new SoftmaxOp(AxisSet.Resolve(axis, x, "Softmax")).Apply(x);

        /// <summary>The logarithm of <see cref="Softmax(Tensor, int)"/>, exact also where the softmax underflows.</summary>
        /// <inheritdoc cref="Softmax(Tensor, int)"/>
        public Tensor LogSoftmax(int axis) => new LogSoftmaxOp(AxisSet.Resolve(axis, x, "LogSoftmax")).Apply(x);

        /// <summary>The softmax of −x along one axis.</summary>
        /// <inheritdoc cref="Softmax(Tensor, int)"/>
        public Tensor Softmin(int axis)
        {
            Throw.IfNull("Softmin", x);
            Throw.IfNotFloating("Softmin", x);
            return (-x).Softmax(AxisSet.Resolve(axis, x, "Softmin"));
        }
    }
}

// y = softmax x   ⇒   dx = y·(dy − Σ dy·y)
sealed class SoftmaxOp(int axis) : Op, ISampled
{
    public static IEnumerable<Sample> Samples =>
    [
        Sample.Of(x => x.Softmax(1)), Sample.Of(x => x.Softmax(0)), Sample.Of([2, 3, 4], x => x.Softmax(-2)), Sample.Of([3, 20], x => x.Softmax(-1)),
    ];

    protected override Saved Saves(ReadOnlySpan<Tensor> inputs) => Saved.Output;

    protected override Tensor Forward(ReadOnlySpan<Tensor> inputs) => Forward(this, inputs, axis, log: false);

    protected override Tensor? Batch(BatchedInputs inputs) => new SoftmaxOp(axis + 1).Apply(inputs.Vectors()).Reshape(inputs[0].Shape.Sizes);

    protected override Tensor Vjp(int input, Tensor dy, Recorded values) => Push(dy, values.Y);

    protected override Tensor? Jvp(ReadOnlySpan<Tensor> inputs, ReadOnlySpan<Tensor?> tangents, Tensor y) => Push(tangents[0]!, y);

    protected override void Backward(Tensor dy, Recorded values, Gradients gradients) => Backward(dy, values, gradients, axis, log: false);

    /// <summary>The Jacobian is symmetric: it serves both directions.</summary>
    Tensor Push(Tensor d, Tensor y)
    {
        Tensor part = d * y;
        return part - (y * part.Sum(axis, keepAxis: true));
    }

    public static Tensor Forward(Op op, ReadOnlySpan<Tensor> inputs, int axis, bool log)
    {
        Throw.IfNotFloating(op, inputs);
        Tensor x = inputs[0].Dense(), y = Tensor.Empty(x.Shape, x.DType);
        (_, int n, int inner) = AxisSplit.Of(x.Shape, axis);
        if (x.DType == DType.Float32) SoftmaxKernels.Forward(log, x.AsSpan<float>(), n, inner, y.AsWritableSpan<float>());
        else SoftmaxKernels.Forward(log, x.AsSpan<double>(), n, inner, y.AsWritableSpan<double>());
        return y;
    }

    public static void Backward(Tensor dy, Recorded values, Gradients gradients, int axis, bool log)
    {
        if (!gradients.Needs(0)) return;
        if (dy.DType == DType.Float32) Backward<float>(dy.Dense(), values.Y, gradients, axis, log);
        else Backward<double>(dy.Dense(), values.Y, gradients, axis, log);
    }

    static void Backward<T>(Tensor dy, Tensor y, Gradients gradients, int axis, bool log) where T : unmanaged, IFloatingPointIeee754<T>
    {
        Tensor dx = gradients.Buffer(0, out bool fresh);
        (_, int n, int inner) = AxisSplit.Of(y.Shape, axis);
        SoftmaxKernels.Backward(log, dy.AsSpan<T>(), y.AsSpan<T>(), n, inner, dx.AsWritableSpan<T>(), fresh);
    }
}

// y = log softmax x   ⇒   dx = dy − eʸ·Σ dy
sealed class LogSoftmaxOp(int axis) : Op, ISampled
{
    public static IEnumerable<Sample> Samples =>
    [
        Sample.Of(x => x.LogSoftmax(1)), Sample.Of(x => x.LogSoftmax(0)), Sample.Of([2, 3, 4], x => x.LogSoftmax(-2)), Sample.Of([3, 20], x => x.LogSoftmax(-1)),
    ];

    protected override Saved Saves(ReadOnlySpan<Tensor> inputs) => Saved.Output;

    protected override Tensor Forward(ReadOnlySpan<Tensor> inputs) => SoftmaxOp.Forward(this, inputs, axis, log: true);

    protected override Tensor? Batch(BatchedInputs inputs) => new LogSoftmaxOp(axis + 1).Apply(inputs.Vectors()).Reshape(inputs[0].Shape.Sizes);

    protected override Tensor Vjp(int input, Tensor dy, Recorded values) => dy - (values.Y.Exp() * dy.Sum(axis, keepAxis: true));

    protected override Tensor? Jvp(ReadOnlySpan<Tensor> inputs, ReadOnlySpan<Tensor?> tangents, Tensor y) =>
        tangents[0]! - (y.Exp() * tangents[0]!).Sum(axis, keepAxis: true);

    protected override void Backward(Tensor dy, Recorded values, Gradients gradients) => SoftmaxOp.Backward(dy, values, gradients, axis, log: true);
}
