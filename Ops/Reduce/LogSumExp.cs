using System.Numerics;
using System.Numerics.Tensors;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using Autograd.Kernels;

namespace Autograd;

public static partial class TensorOps
{
    extension(Tensor x)
    {
        /// <summary>ln Σ eˣ over all elements, a scalar, without overflow; −∞ where there are none. Its gradient is the softmax, 0 where all elements are −∞.</summary>
        /// <exception cref="DTypeException">The element type is not floating-point.</exception>
        public Tensor LogSumExp() => new LogSumExpOp(AxisSet.All, false).Apply(x);

        /// <summary>ln Σ eˣ along one axis, without overflow.</summary>
        /// <param name="axis">The axis; a negative one counts from the end.</param>
        /// <param name="keepAxis">Keeps the axis, with size 1, instead of dropping it.</param>
        /// <exception cref="ShapeException">There is no such axis.</exception>
        /// <exception cref="DTypeException">The element type is not floating-point.</exception>
        public Tensor LogSumExp(int axis, bool keepAxis = false) => new LogSumExpOp(AxisSet.Of(axis, x, "LogSumExp"), keepAxis).Apply(x);

        /// <summary>ln Σ eˣ over several axes, without overflow.</summary>
        /// <param name="axes">The axes; negative ones count from the end.</param>
        /// <param name="keepAxes">Keeps the axes, with size 1, instead of dropping them.</param>
        /// <exception cref="ShapeException">An axis does not exist or is named twice.</exception>
        /// <exception cref="DTypeException">The element type is not floating-point.</exception>
        public Tensor LogSumExp(ReadOnlySpan<int> axes, bool keepAxes = false) => new LogSumExpOp(AxisSet.Of(axes, x, "LogSumExp"), keepAxes).Apply(x);
    }
}

// y = ln Σ eˣ   ⇒   dx = dy·e^(x − y)
sealed class LogSumExpOp(AxisSet axes, bool keepAxes) : Op, ISampled
{
    public static IEnumerable<Sample> Samples => Reductions.Samples((x, axes, keep) => x.LogSumExp(axes, keep), x => x.LogSumExp());

    protected override Saved Saves(ReadOnlySpan<Tensor> inputs) => Saved.A | Saved.Output;

    protected override Tensor Forward(ReadOnlySpan<Tensor> inputs)
    {
        Throw.IfNotFloating(this, inputs);
        Tensor x = inputs[0].Dense(), y = Tensor.Empty(axes.Reduce(x.Shape, keepAxes), x.DType);
        if (x.DType == DType.Float32) Forward<float>(x, y);
        else Forward<double>(x, y);
        return y;
    }

    /// <summary>One group of neighbouring axes after the other, innermost first: the logarithm of a sum of sums is nested.</summary>
    void Forward<T>(Tensor x, Tensor y) where T : unmanaged, IFloatingPointIeee754<T>
    {
        ReadOnlySpan<T> source = x.AsSpan<T>();
        int inner = 1, axis = x.Rank - 1;
        while (axis >= 0)
        {
            if (!axes.Contains(axis))
            {
                inner *= x.Shape[axis--];
                continue;
            }
            int n = 1;
            for (; axis >= 0 && axes.Contains(axis); axis--) n *= x.Shape[axis];
            int outer = 1;
            for (int i = 0; i <= axis; i++) outer *= x.Shape[i];
            Tensor max = Tensor.Empty([outer * inner], x.DType), sum = Tensor.Empty([outer * inner], x.DType);
            Span<T> logSum = sum.AsWritableSpan<T>();
            SoftmaxKernels.LogSum(source, n, inner, max.AsWritableSpan<T>(), logSum);
            TensorPrimitives.Add(logSum, max.AsSpan<T>(), logSum);
            source = logSum;
        }
        source.CopyTo(y.AsWritableSpan<T>());
    }

    protected override Tensor? Batch(BatchedInputs inputs) => new LogSumExpOp(axes.OfBatch(inputs.Shape(0).Rank), keepAxes).Apply(inputs[0]);

    protected override Tensor Vjp(int input, Tensor dy, Recorded values)
    {
        Shape shape = values.Shape(0);
        return Map2<ChainOp>.Default.Apply(dy.Spread(shape, axes), Weights(values.A, values.Y));
    }

    protected override Tensor? Jvp(ReadOnlySpan<Tensor> inputs, ReadOnlySpan<Tensor?> tangents, Tensor y) =>
        Map2<ChainOp>.Default.Apply(tangents[0]!, Weights(inputs[0], y)).SumOver(axes, keepAxes);

    protected override void Backward(Tensor dy, Recorded values, Gradients gradients)
    {
        if (!gradients.Needs(0)) return;
        if (dy.DType == DType.Float32) Reductions.Backward<float, Slope<float>>(default, values.A, axes, dy, values.Y, gradients);
        else Reductions.Backward<double, Slope<double>>(default, values.A, axes, dy, values.Y, gradients);
    }

    /// <summary>e^(x − y), 0 where x is −∞, also where y is.</summary>
    Tensor Weights(Tensor x, Tensor y)
    {
        Tensor weights = (x - y.Spread(x.Shape, axes)).Exp();
        return Tensor.Where(x.Equal(Tensor.Scalar(double.NegativeInfinity, x.DType)), 0, weights);
    }

    readonly struct Slope<T> : ISlope<T> where T : unmanaged, IFloatingPointIeee754<T>
    {
        public Vector512<T> Shared(Vector512<T> dy, Vector512<T> y) => dy;

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public Vector512<T> At(Vector512<T> x, Vector512<T> shared, Vector512<T> y)
        {
            Vector512<T> none = Vector512.Equals(x, Vector512.Create(T.NegativeInfinity)) | Vector512.Equals(shared, Vector512<T>.Zero);
            return Vector512.AndNot(shared * VectorMath.ExpLow(x - y), none);
        }
    }
}
