namespace Autograd.Nn;

/// <summary>
/// Brings every channel to mean 0 and variance 1 over the batch, then applies a trained factor and offset; when evaluating, the
/// means and variances are the running ones of training.
/// </summary>
/// <remarks>Source: Ioffe and Szegedy, "Batch normalization: accelerating deep network training by reducing internal covariate shift", 2015.</remarks>
public abstract class BatchNorm : Module
{
    readonly int _axes;
    readonly double _epsilon;
    readonly double? _momentum;

    private protected BatchNorm(int axes, int channels, double epsilon, double? momentum, bool affine, bool tracked, DType dtype)
    {
        Sizes.AtLeastOne(GetType().Name, (nameof(channels), channels));
        (_axes, _epsilon, _momentum) = (axes, epsilon, momentum);
        if (affine) (Weight, Bias) = (Parameter(Tensor.Ones([channels], dtype)), Parameter(Tensor.Zeros([channels], dtype)));
        if (tracked) (RunningMean, RunningVar, NumBatchesTracked) = (Tensor.Zeros([channels], dtype), Tensor.Ones([channels], dtype), Tensor.Scalar(0, DType.Int64));
    }

    /// <summary>The factors, [channels], at first 1; null without affine.</summary>
    public Tensor? Weight { get; set; }

    /// <summary>The offsets, [channels], at first 0; null without affine.</summary>
    public Tensor? Bias { get; set; }

    /// <summary>The running means, [channels], at first 0; null if they are not tracked.</summary>
    [Buffer] public Tensor? RunningMean { get; set; }

    /// <summary>The running variances, unbiased, [channels], at first 1; null if they are not tracked.</summary>
    [Buffer] public Tensor? RunningVar { get; set; }

    /// <summary>How many batches the running statistics have seen, an Int64 scalar.</summary>
    [Buffer] public Tensor? NumBatchesTracked { get; set; }

    /// <summary>Normalises every channel.</summary>
    /// <param name="x">[n, channels, …].</param>
    /// <exception cref="ShapeException">x has other axes or channels, or training sees one value a channel.</exception>
    protected override Tensor Compute(Tensor x) => Normalize(x, relu: false, halve: false);

    /// <summary><see cref="Module{T, TResult}.Forward"/> with <c>Relu()</c>, and <c>MaxPool2d(2)</c>, of the result.</summary>
    internal Tensor ForwardRelu(Tensor x, bool halve)
    {
        using ForwardCall call = Enter(x);
        return Normalize(x, relu: true, halve);
    }

    Tensor Normalize(Tensor x, bool relu, bool halve)
    {
        if (x.Rank != _axes + 2 && (_axes != 1 || x.Rank != 2)) throw Throw.BadAxes(GetType().Name, _axes == 1 ? "[n, channels] or [n, channels, l]" : "[n, channels, h, w]", x.Shape, Throw.AxesHint(x.Shape, x.Rank < 2 ? 2 : _axes + 2));
        bool ofBatch = IsTraining || RunningMean is null;
        double momentum = _momentum ?? 1.0 / (1 + (NumBatchesTracked?.AsSpan<long>()[0] ?? 0));
        Tensor y = x.BatchNorm(Weight, Bias, RunningMean, RunningVar, ofBatch, momentum, _epsilon, relu, halve);
        if (IsTraining && NumBatchesTracked is not null) NumBatchesTracked.AsWritableSpan<long>()[0]++;
        return y;
    }
}

/// <summary>Batch normalisation of features or of sequences.</summary>
/// <param name="channels">Size of the second axis, ≥ 1.</param>
/// <param name="epsilon">Added to the variance.</param>
/// <param name="momentum">Which part of the running statistics a batch replaces; null for the mean of all batches so far, of which the t-th replaces 1/t.</param>
/// <param name="affine">Whether there are trained factors and offsets.</param>
/// <param name="tracked">Whether running statistics are kept; without them, those of the batch are used when evaluating too.</param>
/// <param name="dtype">Float32 or Float64.</param>
/// <inheritdoc cref="BatchNorm"/>
public sealed class BatchNorm1d(int channels, double epsilon = 1e-5, double? momentum = 0.1, bool affine = true, bool tracked = true, DType dtype = DType.Float32)
    : BatchNorm(1, channels, epsilon, momentum, affine, tracked, dtype);

/// <summary>Batch normalisation of images.</summary>
/// <param name="channels">Size of the second axis, ≥ 1.</param>
/// <param name="epsilon">Added to the variance.</param>
/// <param name="momentum">Which part of the running statistics a batch replaces; null for the mean of all batches so far, of which the t-th replaces 1/t.</param>
/// <param name="affine">Whether there are trained factors and offsets.</param>
/// <param name="tracked">Whether running statistics are kept; without them, those of the batch are used when evaluating too.</param>
/// <param name="dtype">Float32 or Float64.</param>
/// <inheritdoc cref="BatchNorm"/>
public sealed class BatchNorm2d(int channels, double epsilon = 1e-5, double? momentum = 0.1, bool affine = true, bool tracked = true, DType dtype = DType.Float32)
    : BatchNorm(2, channels, epsilon, momentum, affine, tracked, dtype);
