namespace Autograd.Nn;

/// <summary>Nothing: passes its input on.</summary>
public sealed class Identity : Module
{
    /// <summary>x.</summary>
    protected override Tensor Compute(Tensor x) => x;
}

/// <summary>The rectifier with a slope below 0, as a layer.</summary>
/// <param name="slope">The slope below 0.</param>
public sealed class LeakyRelu(double slope = 0.01) : Module
{
    /// <summary>x for x > 0, else slope·x, elementwise.</summary>
    protected override Tensor Compute(Tensor x) => x.LeakyRelu(slope);
}

/// <summary>The exponential linear unit as a layer.</summary>
/// <param name="alpha">Minus the limit at −∞.</param>
/// <remarks>Source: Clevert, Unterthiner and Hochreiter 2016.</remarks>
public sealed class Elu(double alpha = 1) : Module
{
    /// <summary>x for x > 0, else alpha·(eˣ − 1), elementwise.</summary>
    protected override Tensor Compute(Tensor x) => x.Elu(alpha);
}

/// <summary>The exponential linear unit without a kink, as a layer.</summary>
/// <param name="alpha">Minus the limit at −∞.</param>
/// <remarks>Source: Barron 2017.</remarks>
public sealed class Celu(double alpha = 1) : Module
{
    /// <summary>x for x > 0, else alpha·(e^(x/alpha) − 1), elementwise.</summary>
    protected override Tensor Compute(Tensor x) => x.Celu(alpha);
}

/// <summary>The self-normalising linear unit as a layer.</summary>
/// <remarks>Source: Klambauer, Unterthiner, Mayr and Hochreiter 2017.</remarks>
public sealed class Selu : Module
{
    /// <summary>λ·x for x > 0, else λ·α·(eˣ − 1), elementwise.</summary>
    protected override Tensor Compute(Tensor x) => x.Selu();
}

/// <summary>The Gaussian linear unit as a layer.</summary>
/// <param name="tanh">Whether Φ is approximated by a hyperbolic tangent.</param>
/// <remarks>Source: Hendrycks and Gimpel 2016.</remarks>
public sealed class Gelu(bool tanh = false) : Module
{
    /// <summary>x·Φ(x), elementwise.</summary>
    protected override Tensor Compute(Tensor x) => tanh ? x.GeluTanh() : x.Gelu();
}

/// <summary>The sigmoid linear unit, or swish, as a layer.</summary>
public sealed class Silu : Module
{
    /// <summary>x·σ(x), elementwise.</summary>
    protected override Tensor Compute(Tensor x) => x.Silu();
}

/// <summary>Mish as a layer.</summary>
/// <remarks>Source: Misra 2019.</remarks>
public sealed class Mish : Module
{
    /// <summary>x·tanh(ln(1 + eˣ)), elementwise.</summary>
    protected override Tensor Compute(Tensor x) => x.Mish();
}

/// <summary>The smooth rectifier as a layer.</summary>
/// <param name="beta">How sharp the bend is.</param>
/// <param name="threshold">From where on it is a line.</param>
public sealed class Softplus(double beta = 1, double threshold = 20) : Module
{
    /// <summary>ln(1 + e^(beta·x))/beta, elementwise; x where beta·x is above the threshold.</summary>
    protected override Tensor Compute(Tensor x) => x.Softplus(beta, threshold);
}

/// <summary>Softsign as a layer.</summary>
public sealed class Softsign : Module
{
    /// <summary>x/(1 + |x|), elementwise.</summary>
    protected override Tensor Compute(Tensor x) => x.Softsign();
}

/// <summary>The logarithm of the logistic function as a layer.</summary>
public sealed class LogSigmoid : Module
{
    /// <summary>ln σ(x), elementwise.</summary>
    protected override Tensor Compute(Tensor x) => x.LogSigmoid();
}

/// <summary>The rectifier cut off at 6, as a layer.</summary>
public sealed class Relu6 : Module
{
    /// <summary>min(max(x, 0), 6), elementwise.</summary>
    protected override Tensor Compute(Tensor x) => x.Relu6();
}

/// <summary>A line between two bounds, as a layer.</summary>
/// <param name="least">The lower bound.</param>
/// <param name="greatest">The upper bound.</param>
public sealed class Hardtanh(double least = -1, double greatest = 1) : Module
{
    /// <summary>min(max(x, least), greatest), elementwise.</summary>
    protected override Tensor Compute(Tensor x) => x.Hardtanh(least, greatest);
}

/// <summary>The logistic function in three straight pieces, as a layer.</summary>
public sealed class Hardsigmoid : Module
{
    /// <summary>min(max(x/6 + ½, 0), 1), elementwise.</summary>
    protected override Tensor Compute(Tensor x) => x.Hardsigmoid();
}

/// <summary>Swish in straight and square pieces, as a layer.</summary>
public sealed class Hardswish : Module
{
    /// <summary>x·min(max(x/6 + ½, 0), 1), elementwise.</summary>
    protected override Tensor Compute(Tensor x) => x.Hardswish();
}

/// <summary>What the hyperbolic tangent takes away, as a layer.</summary>
public sealed class Tanhshrink : Module
{
    /// <summary>x − tanh x, elementwise.</summary>
    protected override Tensor Compute(Tensor x) => x.Tanhshrink();
}

/// <summary>Moves values towards 0, as a layer.</summary>
/// <param name="lambda">By how much.</param>
public sealed class Softshrink(double lambda = 0.5) : Module
{
    /// <summary>x ∓ lambda beyond ±lambda, else 0, elementwise.</summary>
    protected override Tensor Compute(Tensor x) => x.Softshrink(lambda);
}

/// <summary>Sets small values to 0, as a layer.</summary>
/// <param name="lambda">Up to which magnitude.</param>
public sealed class Hardshrink(double lambda = 0.5) : Module
{
    /// <summary>x beyond ±lambda, else 0, elementwise.</summary>
    protected override Tensor Compute(Tensor x) => x.Hardshrink(lambda);
}

/// <summary>Replaces values up to a threshold, as a layer.</summary>
/// <param name="threshold">The threshold.</param>
/// <param name="value">What takes the place of values up to it.</param>
public sealed class Threshold(double threshold, double value) : Module
{
    /// <summary>x above the threshold, else the value, elementwise.</summary>
    protected override Tensor Compute(Tensor x) => x.Threshold(threshold, value);
}

/// <summary>A gated linear unit as a layer.</summary>
/// <param name="axis">The axis that is cut in halves.</param>
/// <remarks>Source: Dauphin, Fan, Auli and Grangier 2017.</remarks>
public sealed class Glu(int axis = -1) : Module
{
    /// <summary>a·σ(b) with a and b the halves of x along the axis.</summary>
    protected override Tensor Compute(Tensor x) => x.Glu(axis);
}

/// <summary>Makes probabilities of scores, as a layer; not before a cross entropy, which takes scores.</summary>
/// <param name="axis">The axis of the scores.</param>
public sealed class Softmax(int axis = -1) : Module
{
    /// <summary>eˣ/Σeˣ along the axis.</summary>
    protected override Tensor Compute(Tensor x) => x.Softmax(axis);
}

/// <summary>The logarithms of probabilities, as a layer.</summary>
/// <param name="axis">The axis of the scores.</param>
public sealed class LogSoftmax(int axis = -1) : Module
{
    /// <summary>x − ln Σeˣ along the axis.</summary>
    protected override Tensor Compute(Tensor x) => x.LogSoftmax(axis);
}

/// <summary>Makes probabilities of costs, as a layer.</summary>
/// <param name="axis">The axis of the costs.</param>
public sealed class Softmin(int axis = -1) : Module
{
    /// <summary>e⁻ˣ/Σe⁻ˣ along the axis.</summary>
    protected override Tensor Compute(Tensor x) => x.Softmin(axis);
}

/// <summary>The rectifier with a trained slope below 0.</summary>
/// <remarks>Source: He, Zhang, Ren and Sun, "Delving deep into rectifiers", 2015.</remarks>
public sealed class Prelu : Module
{
    /// <summary>Makes the layer.</summary>
    /// <param name="channels">How many slopes: 1, or one for each channel of axis 1.</param>
    /// <param name="start">Their initial value.</param>
    /// <param name="dtype">Float32 or Float64.</param>
    /// <exception cref="ArgumentOutOfRangeException">A size is below 1.</exception>
    public Prelu(int channels = 1, double start = 0.25, DType dtype = DType.Float32)
    {
        Sizes.AtLeastOne(nameof(Prelu), (nameof(channels), channels));
        Weight = Parameter(Tensor.Full([channels], start, dtype));
    }

    /// <summary>The slopes, [channels].</summary>
    public Tensor Weight { get; set; }

    /// <summary>x for x > 0, else weight·x, elementwise.</summary>
    /// <exception cref="ShapeException">The channels of x are not as many as the slopes.</exception>
    protected override Tensor Compute(Tensor x) => x.Prelu(Weight);
}
