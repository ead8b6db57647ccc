namespace Autograd.Nn;

/// <summary>Brings every channel of every example to mean 0 and variance 1, when training and when evaluating.</summary>
/// <remarks>Source: Ulyanov, Vedaldi and Lempitsky, "Instance normalization: the missing ingredient for fast stylization", 2016. Running statistics are not kept.</remarks>
public abstract class InstanceNorm : Module
{
    readonly int _axes, _channels;
    readonly double _epsilon;

    private protected InstanceNorm(int axes, int channels, double epsilon, bool affine, DType dtype)
    {
        Sizes.AtLeastOne(GetType().Name, (nameof(channels), channels));
        (_axes, _channels, _epsilon) = (axes, channels, epsilon);
        if (affine) (Weight, Bias) = (Parameter(Tensor.Ones([channels], dtype)), Parameter(Tensor.Zeros([channels], dtype)));
    }

    /// <summary>The factors, [channels], at first 1; null without affine.</summary>
    public Tensor? Weight { get; set; }

    /// <summary>The offsets, [channels], at first 0; null without affine.</summary>
    public Tensor? Bias { get; set; }

    /// <summary>Normalises every channel.</summary>
    /// <param name="x">[n, channels, …].</param>
    /// <exception cref="ShapeException">x has other axes or channels.</exception>
    protected override Tensor Compute(Tensor x)
    {
        if (x.Rank != _axes + 2 || x.Shape[1] != _channels) throw Throw.BadAxes(GetType().Name, _axes == 1 ? $"[n, {_channels}, l]" : $"[n, {_channels}, h, w]", x.Shape, x.Rank == _axes + 2 ? Throw.ChannelsHint(x.Shape) : Throw.AxesHint(x.Shape, _axes + 2));
        return x.InstanceNorm(Weight, Bias, _epsilon);
    }
}

/// <summary>Instance normalisation of sequences.</summary>
/// <param name="channels">Size of the second axis, ≥ 1.</param>
/// <param name="epsilon">Added to the variance.</param>
/// <param name="affine">Whether there are trained factors and offsets.</param>
/// <param name="dtype">Float32 or Float64.</param>
/// <inheritdoc cref="InstanceNorm"/>
public sealed class InstanceNorm1d(int channels, double epsilon = 1e-5, bool affine = false, DType dtype = DType.Float32)
    : InstanceNorm(1, channels, epsilon, affine, dtype);

/// <summary>Instance normalisation of images.</summary>
/// <param name="channels">Size of the second axis, ≥ 1.</param>
/// <param name="epsilon">Added to the variance.</param>
/// <param name="affine">Whether there are trained factors and offsets.</param>
/// <param name="dtype">Float32 or Float64.</param>
/// <inheritdoc cref="InstanceNorm"/>
public sealed class InstanceNorm2d(int channels, double epsilon = 1e-5, bool affine = false, DType dtype = DType.Float32)
    : InstanceNorm(2, channels, epsilon, affine, dtype);
