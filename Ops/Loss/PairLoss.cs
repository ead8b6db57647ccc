namespace Autograd;

/// <summary>A loss that compares two tensors of one shape element by element, and its sum or mean, fused: no array of losses is written.</summary>
/// <typeparam name="TOp">The formula of one element.</typeparam>
sealed class PairLoss<TOp>(TOp op, Reduction reduction) : Op where TOp : struct, IBinaryOp
{
    readonly Saved _readA = op.DA<Uses>(new(Saved.A), new(Saved.B), default).Values, _readB = op.DB<Uses>(new(Saved.A), new(Saved.B), default).Values;

    // Those of a formula without attributes, since making one, which asks the formula what it reads, costs as much as a small loss.
    static readonly PairLoss<TOp> DefaultMean = new(default, Reduction.Mean), DefaultSum = new(default, Reduction.Sum);

    public override string Name => Naming.Of(typeof(TOp));

    /// <summary>The loss; without a reduction, the elementwise op.</summary>
    public static Tensor Apply(TOp op, Reduction reduction, Tensor prediction, Tensor target)
    {
        if (reduction == Reduction.None) return new Map2<TOp>(op).Apply(prediction, target);
        bool isDefault = EqualityComparer<TOp>.Default.Equals(op, default);
        return (isDefault ? reduction == Reduction.Mean ? DefaultMean : DefaultSum : new PairLoss<TOp>(op, reduction)).Apply(prediction, target);
    }

    protected override Saved Saves(ReadOnlySpan<Tensor> inputs) =>
        (inputs[0].RequiresGrad ? _readA : Saved.Nothing) | (inputs[1].RequiresGrad ? _readB : Saved.Nothing);

    protected override Tensor Forward(ReadOnlySpan<Tensor> inputs)
    {
        Throw.IfNotFloating(this, inputs);
        Tensor y = Tensor.Empty(Shape.Scalar, inputs[0].DType);
        if (y.DType == DType.Float32) y.AsWritableSpan<float>()[0] = Forward<float>(inputs[0].Dense(), inputs[1].Dense());
        else y.AsWritableSpan<double>()[0] = Forward<double>(inputs[0].Dense(), inputs[1].Dense());
        return y;
    }

    T Forward<T>(Tensor a, Tensor b) where T : unmanaged, System.Numerics.IFloatingPointIeee754<T>
    {
        T sum = PairLossKernels.Sum(op, a.AsSpan<T>(), b.AsSpan<T>());
        return reduction == Reduction.Mean ? sum / T.CreateTruncating(a.Count) : sum;
    }

    protected override Tensor? Batch(BatchedInputs inputs)
    {
        AxisSet each = AxisSet.All.OfBatch(inputs.Shape(0).Rank);
        Tensor losses = new Map2<TOp>(op).Apply(inputs.Broadcast(Name));
        return reduction == Reduction.Mean ? losses.MeanOver(each, false) : losses.SumOver(each, false);
    }

    protected override Tensor Vjp(int input, Tensor dy, Recorded values)
    {
        Saved read = input == 0 ? _readA : _readB;
        Tensor? a = (read & Saved.A) != 0 ? values.A : null, b = (read & Saved.B) != 0 ? values.B : null;
        return ElementwiseChain.Apply(Scaled(dy, values.Shape(0)).Expand(values.Shape(0)), Derivative(input, a, b));
    }

    protected override Tensor? Jvp(ReadOnlySpan<Tensor> inputs, ReadOnlySpan<Tensor?> tangents, Tensor y)
    {
        Tensor? dy = null;
        for (int i = 0; i < 2; i++)
        {
            if (tangents[i] is not { } tangent) continue;
            Tensor part = ElementwiseChain.Apply(tangent, Derivative(i, inputs[0], inputs[1])).Sum();
            dy = dy is null ? part : dy + part;
        }
        return dy is null ? null : Scaled(dy, inputs[0].Shape);
    }

    protected override void Backward(Tensor dy, Recorded values, Gradients gradients)
    {
        for (int i = 0; i < 2; i++)
        {
            if (!gradients.Needs(i)) continue;
            if (dy.DType == DType.Float32) Backward<float>(i, dy, values, gradients);
            else Backward<double>(i, dy, values, gradients);
        }
    }

    void Backward<T>(int input, Tensor dy, Recorded values, Gradients gradients) where T : unmanaged, System.Numerics.IFloatingPointIeee754<T>
    {
        Saved read = input == 0 ? _readA : _readB;
        ReadOnlySpan<T> a = (read & Saved.A) != 0 ? values.AsSpan<T>(0) : default, b = (read & Saved.B) != 0 ? values.AsSpan<T>(1) : default;
        T scale = dy.AsSpan<T>()[0] / T.CreateTruncating(reduction == Reduction.Mean ? values.Shape(0).ElementCount : 1);
        Span<T> dx = gradients.AsSpan<T>(input, out bool fresh);
        PairLossKernels.Backward(op, input == 0, a, b, scale, dx, fresh);
    }

    Tensor Scaled(Tensor dy, Shape shape) => reduction == Reduction.Mean ? dy / shape.ElementCount : dy;

    Traced Derivative(int input, Tensor? a, Tensor? b)
    {
        Traced ta = a is null ? default : new(a), tb = b is null ? default : new(b);
        return input == 0 ? op.DA(ta, tb, default) : op.DB(ta, tb, default);
    }
}
