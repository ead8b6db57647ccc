using System.Numerics;
using Autograd.Kernels;

namespace Autograd;

public static partial class TensorOps
{
    extension(Tensor x)
    {
        /// <summary>Normalises every channel over the batch to mean 0 and variance 1, then applies a factor and an offset a channel.</summary>
        /// <param name="weight">Factors, [channels] for x of [n, channels, …]; 1 when left out.</param>
        /// <param name="bias">Offsets, [channels]; 0 when left out.</param>
        /// <param name="runningMean">Running means, [channels]: changed in place while training, used otherwise.</param>
        /// <param name="runningVariance">Running variances, [channels], unbiased: changed in place while training, used otherwise.</param>
        /// <param name="training">Whether the statistics are those of x.</param>
        /// <param name="momentum">new = (1 − momentum)·old + momentum·batch.</param>
        /// <param name="epsilon">Added to the (biased) variance.</param>
        /// <param name="relu">Gives <c>Relu()</c> of the result, with the same numbers and gradients, in the same pass.</param>
        /// <param name="halve">Gives <c>MaxPool2d(2)</c> of that, likewise; x is [n, channels, h, w].</param>
        /// <exception cref="ShapeException">There is no channel axis, a parameter's shape differs, training sees one value a channel, or there is no window of 2 × 2.</exception>
        /// <exception cref="DTypeException">The element types differ or are not floating-point.</exception>
        /// <exception cref="ArgumentNullException">Neither training nor running statistics.</exception>
        /// <remarks>Source: Ioffe and Szegedy 2015.</remarks>
        public Tensor BatchNorm(
            Tensor? weight = null, Tensor? bias = null, Tensor? runningMean = null, Tensor? runningVariance = null,
            bool training = true, double momentum = 0.1, double epsilon = 1e-5, bool relu = false, bool halve = false)
        {
            Throw.IfNull("BatchNorm", x);
            if (x.Rank < 2) throw Throw.NoChannels("BatchNorm", x.Shape);
            Shape channels = [x.Shape[1]];
            Norming.Check("BatchNorm", nameof(weight), weight, channels);
            Norming.Check("BatchNorm", nameof(bias), bias, channels);
            Norming.Check("BatchNorm", nameof(runningMean), runningMean, channels);
            Norming.Check("BatchNorm", nameof(runningVariance), runningVariance, channels);
            Throw.IfNotFloating("BatchNorm", x, weight, bias, runningMean, runningVariance);
            if (training && (runningMean is { RequiresGrad: true } || runningVariance is { RequiresGrad: true })) throw Throw.RunningRequireGrad();
            if (halve && (x.Rank != 4 || x.Shape[2] < 2 || x.Shape[3] < 2)) throw Throw.NotHalved(x.Shape);
            Pool2dGeometry? windows = halve ? new(x.Shape[0] * x.Shape[1], x.Shape[2], x.Shape[3], 2, 2, 2, 2) : null;
            if (!training)
            {
                Tensor normed = BatchNormOp.Inference(x, weight, bias, runningMean, runningVariance, epsilon, relu && !halve);
                return halve ? normed.MaxPool2d(2, relu: relu) : normed;
            }
            if (x.Count > 0 && x.Count / x.Shape[1] == 1) throw Throw.OneValue("BatchNorm", x.Shape);
            bool apart = windows is { } g && !BatchNormOp.HalvesAtOnce(g);
            BatchNormOp op = new(epsilon, relu && !apart, apart ? null : windows);
            Tensor w = weight ?? Tensor.Ones(channels, x.DType);
            Tensor y = weight is null && bias is null ? op.Apply(x) : bias is null ? op.Apply(x, w) : op.Apply(x, w, bias);
            op.Update(runningMean, runningVariance, momentum, x.Count / Math.Max(x.Shape[1], 1));
            return apart ? y.MaxPool2d(2, relu: relu) : y;
        }
    }
}

// g = dy·w   ⇒   dx = s·(g − mean g − x̂·mean(g·x̂)) over each channel,  dw = Σ dy·x̂,  db = Σ dy
// A rectified or pooled y has the dy of the numbers that it keeps, 0 elsewhere.
sealed class BatchNormOp(double epsilon, bool relu = false, Pool2dGeometry? windows = null) : Op, ISampled
{
    // Planes of fewer pixels are pooled apart, where many of them are joined: one at a time each costs more than the passes that it saves.
    const int FewPixels = 256;

    // Statistics of this call: one number a channel.
    Tensor? _mean, _variance, _scale;
    PoolChoice? _choice;

    public static IEnumerable<Sample> Samples =>
    [
        Sample.Of([4, 3], x => x.BatchNorm()),
        Sample.Of([4, 20], [20], (x, w) => x.BatchNorm(w)),
        new(x => x[0].BatchNorm(x[1], x[2]), new SampleInput([3, 2, 2, 3]), new SampleInput([2]), new SampleInput([2])),
        new(x => x[0].BatchNorm(x[1], x[2], Tensor.From([0.3, -0.2]).Cast(x[0].DType), Tensor.From([0.8, 1.5]).Cast(x[0].DType), false), new SampleInput([3, 2, 2]), new SampleInput([2]), new SampleInput([2])),
        Sample.Of([4, 3], x => x.BatchNorm(relu: true)),
        new(x => x[0].BatchNorm(x[1], x[2], relu: true), new SampleInput([3, 2, 2, 3]), new SampleInput([2]), new SampleInput([2])),
        new(x => new BatchNormOp(1e-5, false, new(4, 2, 5, 2, 2, 2, 2)).Apply(x[0], x[1], x[2]), new SampleInput([2, 2, 2, 5]), new SampleInput([2]), new SampleInput([2])),
        new(x => new BatchNormOp(1e-5, true, new(4, 4, 2, 2, 2, 2, 2)).Apply(x[0], x[1]), new SampleInput([2, 2, 4, 2]), new SampleInput([2])),
    ];

    /// <summary>Whether pooling in the same pass is faster, with the same numbers: the gradient is spread twice there, which only vectors of 512 bits make cheap.</summary>
    public static bool HalvesAtOnce(in Pool2dGeometry g) => g.H * g.W >= FewPixels && VectorOps.HasMaskedStores;

    /// <summary>With fixed statistics it is an affine map of every channel.</summary>
    public static Tensor Inference(Tensor x, Tensor? weight, Tensor? bias, Tensor? mean, Tensor? variance, double epsilon, bool relu)
    {
        if (mean is null || variance is null) throw Throw.RunningNeeded();
        Tensor scale = (variance + epsilon).Pow(-0.5);
        if (weight is not null) scale = weight * scale;
        ChannelMapOp op = new(relu);
        return bias is null ? op.Apply(x, mean, scale) : op.Apply(x, mean, scale, bias);
    }

    protected override Saved Saves(ReadOnlySpan<Tensor> inputs) => Saved.A | Saved.B | (IsRectified ? Saved.C | Saved.Output : Saved.Nothing);

    /// <summary>Whether the result is rectified and not pooled: a choice says all that there is to know.</summary>
    bool IsRectified => relu && windows is null;

    protected override Tensor Forward(ReadOnlySpan<Tensor> inputs)
    {
        Throw.IfNotFloating(this, inputs);
        Tensor x = inputs[0].Dense();
        Shape channels = [x.Shape[1]];
        _choice = windows is { } g ? new(x.Shape, PoolCall.Result(x.Shape, 2, g.OutH, g.OutW), g.Planes, g) : null;
        Tensor y = Tensor.Empty(_choice?.Y ?? x.Shape, x.DType);
        (_mean, _variance, _scale) = (Tensor.Empty(channels, x.DType), Tensor.Empty(channels, x.DType), Tensor.Empty(channels, x.DType));
        Tensor? w = inputs.Length > 1 ? inputs[1].Dense() : null, b = inputs.Length > 2 ? inputs[2].Dense() : null;
        if (x.DType == DType.Float32) Forward<float>(x, w, b, y);
        else Forward<double>(x, w, b, y);
        return y;
    }

    void Forward<T>(Tensor x, Tensor? w, Tensor? b, Tensor y) where T : unmanaged, IBinaryFloatingPointIeee754<T> => ChannelNormKernels.Forward(
        x.AsSpan<T>(), AxisSplit.Of(x.Shape, 1).Inner, w is null ? [] : w.AsSpan<T>(), b is null ? [] : b.AsSpan<T>(), epsilon,
        _mean!.AsWritableSpan<T>(), _variance!.AsWritableSpan<T>(), _scale!.AsWritableSpan<T>(), relu, windows, y.AsWritableSpan<T>(), _choice is null ? [] : _choice.Fill());

    /// <summary>Moves the running statistics towards those of the batch; the variance is made unbiased.</summary>
    public void Update(Tensor? runningMean, Tensor? runningVariance, double momentum, int count)
    {
        runningMean?.CopyFrom((runningMean.Detach() * (1 - momentum)) + (_mean! * momentum));
        runningVariance?.CopyFrom((runningVariance.Detach() * (1 - momentum)) + (_variance! * (momentum * count / (count - 1.0))));
    }

    // Channels of different samples are different channels.
    protected override Tensor? Batch(BatchedInputs inputs)
    {
        int samples = inputs.Count, channels = inputs.Shape(0)[1];
        BatchNormOp each = new(epsilon, relu, windows is { } g ? g with { Planes = samples * g.Planes } : null);
        Tensor[] all = inputs.Full();
        Tensor x = all[0].Transpose(0, 1);
        Shape apart = x.Shape;
        all[0] = x.Reshape([apart[0], samples * channels, .. apart.Sizes[3..]]);
        for (int i = 1; i < all.Length; i++) all[i] = all[i].Reshape(samples * channels);
        Tensor y = each.Apply(all);
        y = y.Reshape([apart[0], samples, channels, .. y.Shape.Sizes[2..]]).Transpose(0, 1);
        (_mean, _variance) = (inputs.Level.Wrap(each._mean!.Reshape(samples, channels)), inputs.Level.Wrap(each._variance!.Reshape(samples, channels)));
        return y;
    }

    protected override Tensor Vjp(int input, Tensor dy, Recorded values)
    {
        Tensor x = values.A;
        if (_choice is not null) dy = new PoolScatterOp(_choice).Apply(dy);
        else if (relu) dy = Rectify(dy, values.Y);
        AxisSet over = Over(x.Shape);
        if (input == 2) return dy.SumOver(over, false);
        (Tensor unit, Tensor scale) = Standardize(x);
        if (input == 1) return (dy * unit).SumOver(over, false);
        return Project(values.Count > 1 ? dy * values.B.Spread(dy.Shape, over) : dy, unit, scale);
    }

    protected override Tensor? Jvp(ReadOnlySpan<Tensor> inputs, ReadOnlySpan<Tensor?> tangents, Tensor y)
    {
        Shape shape = inputs[0].Shape;
        AxisSet over = Over(shape);
        (Tensor unit, Tensor scale) = Standardize(inputs[0]);
        Tensor? dy = null;
        if (tangents[0] is { } dx)
        {
            dy = Project(dx, unit, scale);
            if (inputs.Length > 1) dy *= inputs[1].Spread(shape, over);
        }
        if (inputs.Length > 1 && tangents[1] is { } dw) dy = Tangents.Plus(dy, unit * dw.Spread(shape, over));
        if (inputs.Length > 2 && tangents[2] is { } db) dy = Tangents.Plus(dy, db.Spread(shape, over));
        if (dy is null) return null;
        return _choice is not null ? new PoolGatherOp(_choice).Apply(dy) : relu ? Rectify(dy, y) : dy;
    }

    /// <summary>A gradient or a tangent where the rectified y has a slope.</summary>
    public static Tensor Rectify(Tensor dy, Tensor y) => ElementwiseChain.Apply(dy, default(ReluOp).D(default, new Traced(y)));

    protected override void Backward(Tensor dy, Recorded values, Gradients gradients)
    {
        if (dy.DType == DType.Float32) Backward<float>(dy.Dense(), values, gradients);
        else Backward<double>(dy.Dense(), values, gradients);
    }

    void Backward<T>(Tensor dy, Recorded values, Gradients gradients) where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        Tensor x = values.A.Dense(), sum = Tensor.Empty(_mean!.Shape, dy.DType), dot = Tensor.Empty(_mean.Shape, dy.DType);
        Tensor? w = values.Count > 1 ? values.B.Dense() : null, b = IsRectified && values.Count > 2 ? values.C.Dense() : null;
        bool fresh = true;
        Tensor? dx = gradients.Needs(0) ? gradients.Buffer(0, out fresh) : null;
        ChannelNormKernels.Backward(
            dy.AsSpan<T>(), x.AsSpan<T>(), AxisSplit.Of(x.Shape, 1).Inner, w is null ? [] : w.AsSpan<T>(), b is null ? [] : b.AsSpan<T>(), _mean.AsSpan<T>(), _scale!.AsSpan<T>(),
            relu, windows, _choice is null ? [] : _choice.Indices, sum.AsWritableSpan<T>(), dot.AsWritableSpan<T>(), dx is null ? [] : dx.AsWritableSpan<T>(), fresh);
        if (values.Count > 1 && gradients.Needs(1)) gradients.Add(1, dot);
        if (values.Count > 2 && gradients.Needs(2)) gradients.Add(2, sum);
    }

    (Tensor Unit, Tensor Scale) Standardize(Tensor x)
    {
        AxisSet over = Over(x.Shape);
        Tensor deviation = x - x.MeanOver(over, true);
        Tensor scale = ((deviation * deviation).MeanOver(over, true) + epsilon).Pow(-0.5);
        return (deviation * scale, scale);
    }

    /// <summary>The Jacobian of x̂, which is symmetric, times g.</summary>
    static Tensor Project(Tensor g, Tensor unit, Tensor scale)
    {
        AxisSet over = Over(unit.Shape);
        return scale * (g - g.MeanOver(over, true) - (unit * (g * unit).MeanOver(over, true)));
    }

    /// <summary>Every axis but that of the channels.</summary>
    public static AxisSet Over(Shape shape) => new(((1UL << shape.Rank) - 1) & ~2UL);
}
