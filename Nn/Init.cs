namespace Autograd.Nn;

/// <summary>Initial values: each fills a tensor in place, also a parameter, and returns it.</summary>
/// <remarks>
/// The inputs and outputs of a weight [outputs, inputs, …] are counted over its receptive field: fanIn = inputs·k, fanOut = outputs·k, with k the
/// product of the sizes that follow.
/// </remarks>
public static class Init
{
    /// <summary>Every element <paramref name="value"/>.</summary>
    public static Tensor Constant(Tensor tensor, double value)
    {
        Throw.IfNull("Init.Constant", tensor);
        using RecordingSwitch _ = Tape.NoGrad();
        tensor.Fill(value);
        return tensor;
    }

    /// <summary>Independent, uniform in [low, high).</summary>
    /// <exception cref="DTypeException">The tensor is not floating-point.</exception>
    public static Tensor Uniform(Tensor tensor, double low, double high, Generator? generator = null)
    {
        Check("Uniform", tensor);
        return Fill(tensor, Tensor.Uniform(tensor.Shape, generator ?? Generator.Default, low, high, tensor.DType));
    }

    /// <summary>Independent, normally distributed.</summary>
    /// <exception cref="DTypeException">The tensor is not floating-point.</exception>
    public static Tensor Normal(Tensor tensor, double mean = 0, double std = 1, Generator? generator = null)
    {
        Check("Normal", tensor);
        return Fill(tensor, Tensor.Normal(tensor.Shape, generator ?? Generator.Default, mean, std, tensor.DType));
    }

    /// <summary>Normally distributed with mean 0, drawn again while beyond two standard deviations.</summary>
    /// <exception cref="DTypeException">The tensor is not floating-point.</exception>
    public static Tensor TruncatedNormal(Tensor tensor, double std = 1, Generator? generator = null)
    {
        Check("TruncatedNormal", tensor);
        generator ??= Generator.Default;
        double[] values = new double[tensor.Count];
        for (int i = 0; i < values.Length; i++)
        {
            do values[i] = generator.NextNormal();
            while (Math.Abs(values[i]) > 2);
            values[i] *= std;
        }
        return Fill(tensor, values);
    }

    /// <summary>Uniform in [−½, ½).</summary>
    /// <remarks>Source: the starting weights of Rumelhart, Hinton and Williams, "Learning internal representations by error propagation", 1986.</remarks>
    public static Tensor Rumelhart1986(Tensor tensor, Generator? generator = null) => Uniform(tensor, -0.5, 0.5, generator);

    /// <summary>Uniform in ±1/√fanIn: what the layers start with.</summary>
    /// <param name="tensor">A weight or a bias.</param>
    /// <param name="fanIn">How many inputs an output is computed from, ≥ 1.</param>
    /// <param name="generator">The source of randomness; <see cref="Generator.Default"/> when left out.</param>
    /// <remarks>Source: LeCun, Bottou, Orr and Müller, "Efficient BackProp", 1998, for the scale; the bounds are PyTorch's.</remarks>
    public static Tensor UniformByInputs(Tensor tensor, int fanIn, Generator? generator = null)
    {
        double bound = 1 / Math.Sqrt(Math.Max(fanIn, 1));
        return Uniform(tensor, -bound, bound, generator);
    }

    /// <summary>Uniform in ±gain·√(6/(fanIn + fanOut)).</summary>
    /// <exception cref="ShapeException">The tensor has fewer than 2 axes.</exception>
    /// <remarks>Source: Glorot and Bengio, "Understanding the difficulty of training deep feedforward neural networks", 2010, equation 16.</remarks>
    public static Tensor XavierUniform(Tensor tensor, Generator? generator = null, double gain = 1)
    {
        (int fanIn, int fanOut) = Fans(nameof(XavierUniform), tensor);
        double bound = gain * Math.Sqrt(6.0 / Math.Max(fanIn + (double)fanOut, 1));
        return Uniform(tensor, -bound, bound, generator);
    }

    /// <summary>Normal with standard deviation gain·√(2/(fanIn + fanOut)).</summary>
    /// <inheritdoc cref="XavierUniform"/>
    public static Tensor XavierNormal(Tensor tensor, Generator? generator = null, double gain = 1)
    {
        (int fanIn, int fanOut) = Fans(nameof(XavierNormal), tensor);
        return Normal(tensor, 0, gain * Math.Sqrt(2.0 / Math.Max(fanIn + (double)fanOut, 1)), generator);
    }

    /// <summary>Uniform in ±gain·√(3/fan).</summary>
    /// <param name="tensor">A weight.</param>
    /// <param name="generator">The source of randomness; <see cref="Generator.Default"/> when left out.</param>
    /// <param name="gain">The factor for the activation that follows, by default that of ReLU; see <see cref="Gain"/>.</param>
    /// <param name="fan">Inputs keep the size of values on the way forward, outputs that of gradients on the way back.</param>
    /// <exception cref="ShapeException">The tensor has fewer than 2 axes.</exception>
    /// <remarks>Source: He, Zhang, Ren and Sun, "Delving deep into rectifiers", 2015, equations 10 and 14.</remarks>
    public static Tensor HeUniform(Tensor tensor, Generator? generator = null, double gain = Gain.Relu, Fan fan = Fan.Inputs)
    {
        double bound = gain * Math.Sqrt(3.0 / CountOf(nameof(HeUniform), tensor, fan));
        return Uniform(tensor, -bound, bound, generator);
    }

    /// <summary>Normal with standard deviation gain/√fan.</summary>
    /// <inheritdoc cref="HeUniform"/>
    public static Tensor HeNormal(Tensor tensor, Generator? generator = null, double gain = Gain.Relu, Fan fan = Fan.Inputs) =>
        Normal(tensor, 0, gain / Math.Sqrt(CountOf(nameof(HeNormal), tensor, fan)), generator);

    /// <summary>Orthonormal rows, or columns where there are fewer of them, of the weight as a matrix [outputs, inputs·k], times a gain.</summary>
    /// <exception cref="ShapeException">The tensor has fewer than 2 axes.</exception>
    /// <remarks>Source: Saxe, McClelland and Ganguli, "Exact solutions to the nonlinear dynamics of learning in deep linear neural networks", 2014.</remarks>
    public static Tensor Orthogonal(Tensor tensor, Generator? generator = null, double gain = 1)
    {
        Fans(nameof(Orthogonal), tensor);
        int rows = tensor.Shape[0], columns = rows == 0 ? 0 : tensor.Count / rows;
        bool tall = rows > columns;
        double[] basis = Orthonormal(Math.Min(rows, columns), Math.Max(rows, columns), generator ?? Generator.Default);
        double[] values = new double[basis.Length];
        for (int i = 0; i < values.Length; i++) values[i] = gain * basis[tall ? (i % columns * rows) + (i / columns) : i];
        return Fill(tensor, values);
    }

    /// <summary>The number of inputs and outputs of a weight.</summary>
    internal static (int FanIn, int FanOut) Fans(string op, Tensor weight)
    {
        Check(op, weight);
        if (weight.Rank < 2) throw Throw.NoFans($"Init.{op}", weight.Shape);
        int field = 1;
        foreach (int size in weight.Shape.Sizes[2..]) field *= size;
        return (weight.Shape[1] * field, weight.Shape[0] * field);
    }

    static double CountOf(string op, Tensor weight, Fan fan)
    {
        (int fanIn, int fanOut) = Fans(op, weight);
        return Math.Max(fan == Fan.Inputs ? fanIn : fanOut, 1);
    }

    /// <summary>Random directions, each made orthogonal to those before it (Gram and Schmidt, twice, which is enough for full precision).</summary>
    static double[] Orthonormal(int count, int length, Generator generator)
    {
        double[] basis = new double[count * length];
        for (int i = 0; i < count; i++)
        {
            Span<double> row = basis.AsSpan(i * length, length);
            do
            {
                for (int k = 0; k < length; k++) row[k] = generator.NextNormal();
                for (int pass = 0; pass < 2; pass++)
                {
                    for (int j = 0; j < i; j++) Subtract(row, basis.AsSpan(j * length, length));
                }
            }
            while (!Normalize(row));
        }
        return basis;
    }

    static void Subtract(Span<double> row, ReadOnlySpan<double> direction)
    {
        double dot = Dot(row, direction);
        for (int k = 0; k < row.Length; k++) row[k] -= dot * direction[k];
    }

    static bool Normalize(Span<double> row)
    {
        double norm = Math.Sqrt(Dot(row, row));
        if (!(norm > 1e-6)) return false;
        foreach (ref double value in row) value /= norm;
        return true;
    }

    static double Dot(ReadOnlySpan<double> a, ReadOnlySpan<double> b)
    {
        double sum = 0;
        for (int k = 0; k < a.Length; k++) sum += a[k] * b[k];
        return sum;
    }

    /// <summary>Checks a tensor that is to be filled, before numbers are drawn.</summary>
    static void Check(string op, Tensor tensor)
    {
        Throw.IfNull($"Init.{op}", tensor);
        if (!tensor.DType.IsFloating()) throw Throw.NeedsFloating($"Init.{op}", tensor.DType);
    }

    static Tensor Fill(Tensor tensor, double[] values) => Fill(tensor, Tensor.From(values, tensor.Shape).Cast(tensor.DType));

    static Tensor Fill(Tensor tensor, Tensor values)
    {
        using RecordingSwitch _ = Tape.NoGrad();
        tensor.CopyFrom(values);
        return tensor;
    }
}

/// <summary>Which side of a weight is counted.</summary>
public enum Fan
{
    /// <summary>The inputs of an output.</summary>
    Inputs,

    /// <summary>The outputs of an input.</summary>
    Outputs,
}

/// <summary>Factors by which initial weights make up for what the activation after them takes away.</summary>
/// <remarks>The values are PyTorch's; that of ReLU is derived in He et al. 2015, section 2.2.</remarks>
public static class Gain
{
    /// <summary>No activation, convolutions alone, and the logistic function.</summary>
    public const double Linear = 1;

    /// <summary>Hyperbolic tangent.</summary>
    public const double Tanh = 5.0 / 3;

    /// <summary>ReLU: √2.</summary>
    public const double Relu = 1.4142135623730951;

    /// <summary>SELU.</summary>
    public const double Selu = 0.75;

    /// <summary>Leaky ReLU: √(2/(1 + slope²)).</summary>
    public static double LeakyRelu(double slope = 0.01) => Math.Sqrt(2 / (1 + (slope * slope)));
}
