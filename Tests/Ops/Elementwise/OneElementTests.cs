namespace Autograd.Tests.Ops.Elementwise;

/// <summary>A single element takes a way of its own through engine and kernels; value and slope are the same bits as within a vector.</summary>
[Parallelizable(ParallelScope.All)]
public sealed class OneElementTests
{
    const int Copies = 21;

    static readonly double[] Values = [0, -0.0, 1, -1, 0.3, -2.75, 1e-30, -1e20, double.PositiveInfinity, double.NaN];

    static readonly (string Name, Func<Tensor, Tensor> Call)[] Unary =
    [
        ("Sigmoid", x => x.Sigmoid()), ("Tanh", x => x.Tanh()), ("Exp", x => x.Exp()), ("Sqrt", x => x.Sqrt()), ("Relu", x => x.Relu()),
        ("Negate", x => -x), ("AddScalar", x => x + 0.5), ("Scale", x => x * -3), ("Square", x => x.Square()), ("Gelu", x => x.Gelu()),
    ];

    static readonly (string Name, Func<Tensor, Tensor, Tensor> Call)[] Binary =
    [
        ("Add", (a, b) => a + b), ("Subtract", (a, b) => a - b), ("Multiply", (a, b) => a * b), ("Divide", (a, b) => a / b),
        ("Maximum", (a, b) => a.Maximum(b)), ("Atan2", (a, b) => a.Atan2(b)), ("Pow", (a, b) => a.Pow(b)),
    ];

    [Test]
    public void Unary_OfOneElement_HasTheBitsOfManyElements([Values] bool isDouble, [Values] bool sums)
    {
        foreach ((string name, Func<Tensor, Tensor> call) in Unary)
        {
            foreach (double value in Values) Compare($"{name}({value})", x => call(x[0]), sums, isDouble, value);
        }
    }

    [Test]
    public void Binary_OfOneElement_HasTheBitsOfManyElements([Values] bool isDouble, [Values] bool sums)
    {
        foreach ((string name, Func<Tensor, Tensor, Tensor> call) in Binary)
        {
            foreach (double a in Values)
            {
                foreach (double b in Values) Compare($"{name}({a}, {b})", x => call(x[0], x[1]), sums, isDouble, a, b);
            }
        }
    }

    // With sums, the inputs are used a second time, so that backward adds to a gradient that is there.
    static void Compare(string name, Func<Tensor[], Tensor> call, bool sums, bool isDouble, params double[] values)
    {
        DType dtype = isDouble ? DType.Float64 : DType.Float32;
        string one = Run(Shape.Scalar), many = Run([Copies]);
        Assert.That(one, Is.EqualTo(many), $"{name} {dtype}");

        string Run(Shape shape)
        {
            Tensor[] leaves = [.. values.Select(value => Leaf(shape, value, dtype))];
            Tensor[] x = [.. leaves.Select(leaf => leaf * 1)];
            Tensor y = call(x);
            if (sums) y = x.Aggregate(y, (sum, input) => sum + (input * 0.7));
            Tensor?[] gradients = Tape.Gradients(y, x, Tensor.Full(shape, -1.3, dtype));
            return string.Join(" ", gradients.Prepend(y).Select(Bits));
        }
    }

    static Tensor Leaf(Shape shape, double value, DType dtype)
    {
        Tensor leaf = Tensor.Full(shape, value, dtype);
        leaf.RequiresGrad = true;
        return leaf;
    }

    static string Bits(Tensor? x) => x!.DType == DType.Float32
        ? $"{BitConverter.SingleToUInt32Bits(x.ToArray<float>()[^1]):X8}"
        : $"{BitConverter.DoubleToUInt64Bits(x.ToArray<double>()[^1]):X16}";
}
