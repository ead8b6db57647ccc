using System.Numerics.Tensors;

namespace Autograd;

public static partial class TensorOps
{
    extension(Tensor x)
    {
        /// <summary>The mean of all elements, a scalar; NaN where there are none.</summary>
        /// <exception cref="DTypeException">The element type is not floating-point.</exception>
        public Tensor Mean() => x.MeanOver(AxisSet.All, false);

        /// <summary>The means over one axis.</summary>
        /// <param name="axis">The axis; a negative one counts from the end.</param>
        /// <param name="keepAxis">Keeps the axis, with size 1, instead of dropping it.</param>
        /// <exception cref="ShapeException">There is no such axis.</exception>
        /// <exception cref="DTypeException">The element type is not floating-point.</exception>
        public Tensor Mean(int axis, bool keepAxis = false) => x.MeanOver(AxisSet.Of(axis, x, "Mean"), keepAxis);

        /// <summary>The means over several axes; over none, the tensor itself.</summary>
        /// <param name="axes">The axes; negative ones count from the end.</param>
        /// <param name="keepAxes">Keeps the axes, with size 1, instead of dropping them.</param>
        /// <exception cref="ShapeException">An axis does not exist or is named twice.</exception>
        /// <exception cref="DTypeException">The element type is not floating-point.</exception>
        public Tensor Mean(ReadOnlySpan<int> axes, bool keepAxes = false) => x.MeanOver(AxisSet.Of(axes, x, "Mean"), keepAxes);

        internal Tensor MeanOver(AxisSet axes, bool keepAxes) =>
            (axes == AxisSet.All && !keepAxes ? MeanOp.OfAll : new MeanOp(axes, keepAxes)).Apply(x);
    }
}

// y = Σ x / n   ⇒   dx repeats dy / n
sealed class MeanOp(AxisSet axes, bool keepAxes) : Op, ISampled
{
    public static readonly MeanOp OfAll = new(AxisSet.All, false);

    public static IEnumerable<Sample> Samples => Reductions.Samples((x, axes, keep) => x.Mean(axes, keep), x => x.Mean());

    protected override Saved Saves(ReadOnlySpan<Tensor> inputs) => Saved.Nothing;

    protected override Tensor Forward(ReadOnlySpan<Tensor> inputs)
    {
        Throw.IfNotFloating(this, inputs);
        Tensor y = inputs[0].SumOver(axes, keepAxes);
        int count = axes.Meet(inputs[0].Shape);
        if (y.DType == DType.Float32) TensorPrimitives.Divide(y.AsSpan<float>(), count, y.AsWritableSpan<float>());
        else TensorPrimitives.Divide(y.AsSpan<double>(), count, y.AsWritableSpan<double>());
        return y;
    }

    protected override Tensor? Batch(BatchedInputs inputs) => new MeanOp(axes.OfBatch(inputs.Shape(0).Rank), keepAxes).Apply(inputs[0]);

    protected override Tensor Vjp(int input, Tensor dy, Recorded values) => (dy / axes.Meet(values.Shape(0))).Spread(values.Shape(0), axes);

    protected override void Backward(Recorded values, Gradients gradients)
    {
        if (!Reductions.TryRepeat(values, axes, gradients, axes.Meet(values.Shape(0)))) base.Backward(values, gradients);
    }

    protected override void Backward(Tensor dy, Recorded values, Gradients gradients)
    {
        if (gradients.Needs(0)) gradients.Add(0, (dy / axes.Meet(values.Shape(0))).SpreadView(values.Shape(0), axes));
    }

    protected override Tensor? Jvp(ReadOnlySpan<Tensor> inputs, ReadOnlySpan<Tensor?> tangents, Tensor y) => tangents[0]!.MeanOver(axes, keepAxes);
}
