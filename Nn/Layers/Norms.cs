namespace Autograd.Nn;

/// <summary>Brings every example to mean 0 and variance 1 over its last axes, then applies a trained factor and offset an element.</summary>
/// <remarks>Source: Ba, Kiros and Hinton, "Layer normalization", 2016.</remarks>
public sealed class LayerNorm : Module
{
    readonly Shape _shape;
    readonly double _epsilon;

    /// <summary>Makes the layer; factors start at 1, offsets at 0.</summary>
    /// <param name="shape">The last axes, one or more, that are normalised together: <c>[64]</c>.</param>
    /// <param name="epsilon">Added to the variance.</param>
    /// <param name="affine">Whether there are trained factors and offsets.</param>
    /// <param name="bias">Whether there are offsets.</param>
    /// <param name="dtype">Float32 or Float64.</param>
    /// <exception cref="ArgumentOutOfRangeException">There is no axis, or one of size 0.</exception>
    public LayerNorm(Shape shape, double epsilon = 1e-5, bool affine = true, bool bias = true, DType dtype = DType.Float32)
    {
        Throw.IfNull(nameof(LayerNorm), shape);
        if (shape.Rank == 0 || shape.ElementCount == 0) throw Throw.OutOfRange(nameof(LayerNorm), nameof(shape), shape, "must have at least one axis, none of size 0", "Pass the sizes of the last axes, such as [x.Shape[-1]].");
        (_shape, _epsilon) = (shape, epsilon);
        if (affine) Weight = Parameter(Tensor.Ones(shape, dtype));
        if (affine && bias) Bias = Parameter(Tensor.Zeros(shape, dtype));
    }

    /// <summary>Normalises one last axis.</summary>
    /// <param name="size">Its size, ≥ 1.</param>
    /// <param name="epsilon">Added to the variance.</param>
    /// <param name="affine">Whether there are trained factors and offsets.</param>
    /// <param name="bias">Whether there are offsets.</param>
    /// <param name="dtype">Float32 or Float64.</param>
    /// <exception cref="ArgumentOutOfRangeException">The size is below 1.</exception>
    public LayerNorm(int size, double epsilon = 1e-5, bool affine = true, bool bias = true, DType dtype = DType.Float32)
        : this([Math.Max(size, 0)], epsilon, affine, bias, dtype)
    {
    }

    /// <summary>The factors, in the shape of the last axes, or null.</summary>
    public Tensor? Weight { get; set; }

    /// <summary>The offsets, in the shape of the last axes, or null.</summary>
    public Tensor? Bias { get; set; }

    /// <summary>Normalises the last axes.</summary>
    /// <exception cref="ShapeException">The last axes of x have other sizes.</exception>
    protected override Tensor Compute(Tensor x)
    {
        if (x.Rank < _shape.Rank || !x.Shape.Sizes[^_shape.Rank..].SequenceEqual(_shape.Sizes)) throw Throw.BadAxes(nameof(LayerNorm), $"[…, {string.Join(", ", _shape.Sizes.ToArray())}]", x.Shape, Throw.LastAxesHint(x.Shape, _shape.Rank));
        return x.LayerNorm(Weight, Bias, _shape.Rank, _epsilon);
    }
}

/// <summary>Brings groups of channels of every example to mean 0 and variance 1, then applies a trained factor and offset a channel.</summary>
/// <remarks>Source: Wu and He, "Group normalization", 2018.</remarks>
public sealed class GroupNorm : Module
{
    readonly int _groups, _channels;
    readonly double _epsilon;

    /// <summary>Makes the layer; factors start at 1, offsets at 0.</summary>
    /// <param name="groups">Number of groups; divides the channels.</param>
    /// <param name="channels">Size of the second axis, ≥ 1.</param>
    /// <param name="epsilon">Added to the variance.</param>
    /// <param name="affine">Whether there are trained factors and offsets.</param>
    /// <param name="dtype">Float32 or Float64.</param>
    /// <exception cref="ArgumentOutOfRangeException">A number is below 1, or the groups do not divide the channels.</exception>
    public GroupNorm(int groups, int channels, double epsilon = 1e-5, bool affine = true, DType dtype = DType.Float32)
    {
        Sizes.AtLeastOne(nameof(GroupNorm), (nameof(groups), groups), (nameof(channels), channels));
        if (channels % groups != 0) throw Throw.OutOfRange(nameof(GroupNorm), nameof(groups), groups, $"must divide the channels, here {channels}", Sizes.DivisorHint(groups, channels));
        (_groups, _channels, _epsilon) = (groups, channels, epsilon);
        if (affine) (Weight, Bias) = (Parameter(Tensor.Ones([channels], dtype)), Parameter(Tensor.Zeros([channels], dtype)));
    }

    /// <summary>The factors, [channels], or null.</summary>
    public Tensor? Weight { get; set; }

    /// <summary>The offsets, [channels], or null.</summary>
    public Tensor? Bias { get; set; }

    /// <summary>Normalises the groups of x, [n, channels, …].</summary>
    /// <exception cref="ShapeException">x has other channels.</exception>
    protected override Tensor Compute(Tensor x)
    {
        if (x.Rank < 2 || x.Shape[1] != _channels) throw Throw.BadAxes(nameof(GroupNorm), $"[n, {_channels}, …]", x.Shape, x.Rank < 2 ? Throw.AxesHint(x.Shape, 2) : Throw.ChannelsHint(x.Shape));
        return x.GroupNorm(_groups, Weight, Bias, _epsilon);
    }
}

/// <summary>Divides the last axis by its root mean square, then applies a trained factor an element.</summary>
/// <remarks>Source: Zhang and Sennrich, "Root mean square layer normalization", 2019.</remarks>
public sealed class RmsNorm : Module
{
    readonly int _size;
    readonly double _epsilon;

    /// <summary>Makes the layer; factors start at 1.</summary>
    /// <param name="size">Size of the last axis, ≥ 1.</param>
    /// <param name="epsilon">Added to the mean square.</param>
    /// <param name="affine">Whether there are trained factors.</param>
    /// <param name="dtype">Float32 or Float64.</param>
    /// <exception cref="ArgumentOutOfRangeException">A size is below 1.</exception>
    public RmsNorm(int size, double epsilon = 1e-6, bool affine = true, DType dtype = DType.Float32)
    {
        Sizes.AtLeastOne(nameof(RmsNorm), (nameof(size), size));
        (_size, _epsilon) = (size, epsilon);
        if (affine) Weight = Parameter(Tensor.Ones([size], dtype));
    }

    /// <summary>The factors, [size], or null.</summary>
    public Tensor? Weight { get; set; }

    /// <summary>Normalises the last axis.</summary>
    /// <exception cref="ShapeException">The last axis of x has another size.</exception>
    protected override Tensor Compute(Tensor x)
    {
        if (x.Rank < 1 || x.Shape[-1] != _size) throw Throw.BadAxes(nameof(RmsNorm), $"[…, {_size}]", x.Shape, Throw.LastAxesHint(x.Shape, 1));
        return x.RmsNorm(Weight, _epsilon);
    }
}
