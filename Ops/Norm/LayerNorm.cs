namespace Autograd;

public static partial class TensorOps
{
    extension(Tensor x)
    {
        /// <summary>Normalises the last axes to mean 0 and variance 1, then applies a factor and an offset an element.</summary>
        /// <param name="weight">Factors in the shape of the last axes; 1 when left out.</param>
        /// <param name="bias">Offsets in the shape of the last axes; 0 when left out.</param>
        /// <param name="axes">How many of the last axes are normalised together.</param>
        /// <param name="epsilon">Added to the (biased) variance.</param>
        /// <exception cref="ShapeException">There are not so many axes, or a parameter's shape differs.</exception>
        /// <exception cref="DTypeException">The element types differ or are not floating-point.</exception>
        /// <remarks>Source: Ba, Kiros and Hinton 2016.</remarks>
        public Tensor LayerNorm(Tensor? weight = null, Tensor? bias = null, int axes = 1, double epsilon = 1e-5)
        {
            Throw.IfNull("LayerNorm", x);
            if (axes < 1 || axes > x.Rank) throw Throw.NormAxes("LayerNorm", axes, x.Shape);
            Shape shape = Shape.Create(x.Shape.Sizes[^axes..]);
            return Norming.Rows("LayerNorm", x, weight, bias, shape, shape, axes, true, epsilon);
        }

        /// <summary>Divides the last axis by its root mean square, then applies a factor an element.</summary>
        /// <param name="weight">Factors, [features]; 1 when left out.</param>
        /// <param name="epsilon">Added to the mean square.</param>
        /// <exception cref="ShapeException">The tensor is a scalar, or the weight's shape differs.</exception>
        /// <exception cref="DTypeException">The element types differ or are not floating-point.</exception>
        /// <remarks>Source: Zhang and Sennrich 2019.</remarks>
        public Tensor RmsNorm(Tensor? weight = null, double epsilon = 1e-6)
        {
            Throw.IfNull("RmsNorm", x);
            if (x.Rank == 0) throw Throw.NormAxes("RmsNorm", 1, x.Shape);
            Shape shape = [x.Shape[-1]];
            return Norming.Rows("RmsNorm", x, weight, null, shape, shape, 1, false, epsilon);
        }

        /// <summary>Normalises groups of channels of every sample to mean 0 and variance 1, then applies a factor and an offset a channel.</summary>
        /// <param name="groups">Number of groups; divides the number of channels of x, [n, channels, …].</param>
        /// <param name="weight">Factors, [channels]; 1 when left out.</param>
        /// <param name="bias">Offsets, [channels]; 0 when left out.</param>
        /// <param name="epsilon">Added to the (biased) variance.</param>
        /// <exception cref="ShapeException">There is no channel axis, the groups do not divide it, or a parameter's shape differs.</exception>
        /// <exception cref="DTypeException">The element types differ or are not floating-point.</exception>
        /// <remarks>Source: Wu and He 2018.</remarks>
        public Tensor GroupNorm(int groups, Tensor? weight = null, Tensor? bias = null, double epsilon = 1e-5)
        {
            Throw.IfNull("GroupNorm", x);
            if (x.Rank < 2) throw Throw.NoChannels("GroupNorm", x.Shape);
            if (groups < 1 || x.Shape[1] % groups != 0) throw Throw.Groups(groups, x.Shape);
            return Norming.Groups("GroupNorm", x, groups, weight, bias, epsilon);
        }

        /// <summary>Normalises every channel of every sample to mean 0 and variance 1, then applies a factor and an offset a channel.</summary>
        /// <param name="weight">Factors, [channels] for x of [n, channels, …]; 1 when left out.</param>
        /// <param name="bias">Offsets, [channels]; 0 when left out.</param>
        /// <param name="epsilon">Added to the (biased) variance.</param>
        /// <exception cref="ShapeException">There is no axis behind the channels, or a parameter's shape differs.</exception>
        /// <exception cref="DTypeException">The element types differ or are not floating-point.</exception>
        /// <remarks>Source: Ulyanov, Vedaldi and Lempitsky 2016.</remarks>
        public Tensor InstanceNorm(Tensor? weight = null, Tensor? bias = null, double epsilon = 1e-5)
        {
            Throw.IfNull("InstanceNorm", x);
            if (x.Rank < 3) throw Throw.NoChannels("InstanceNorm", x.Shape);
            return Norming.Groups("InstanceNorm", x, Math.Max(x.Shape[1], 1), weight, bias, epsilon);
        }
    }
}

/// <summary>What the normalisations share.</summary>
static class Norming
{
    /// <summary>Normalises rows; the parameters come in one shape and are used in another.</summary>
    public static Tensor Rows(string name, Tensor x, Tensor? weight, Tensor? bias, Shape given, Shape used, int axes, bool center, double epsilon)
    {
        Throw.IfNotFloating(name, x, weight, bias);
        Check(name, nameof(weight), weight, given);
        Check(name, nameof(bias), bias, given);
        RowNormOp op = new(name, axes, center, epsilon);
        if (weight is null && bias is null) return op.Apply(x);
        Tensor w = (weight ?? Tensor.Ones(given, x.DType)).Reshape(used.Sizes);
        return bias is null ? op.Apply(x, w) : op.Apply(x, w, bias.Reshape(used.Sizes));
    }

    /// <summary>[n, channels, …] as rows [n, groups, channels/groups, elements].</summary>
    public static Tensor Groups(string name, Tensor x, int groups, Tensor? weight, Tensor? bias, double epsilon)
    {
        int n = x.Shape[0], channels = x.Shape[1], elements = 1;
        for (int i = 2; i < x.Rank; i++) elements *= x.Shape[i];
        Tensor rows = x.Reshape(n, groups, channels / groups, elements);
        return Rows(name, rows, weight, bias, [channels], [groups, channels / groups, 1], 2, true, epsilon).Reshape(x.Shape.Sizes);
    }

    public static void Check(string name, string parameter, Tensor? tensor, Shape wanted)
    {
        if (tensor is not null && tensor.Shape != wanted) throw Throw.NormParameter(name, parameter, tensor.Shape, wanted);
    }
}
