using Autograd.Nn;

namespace Autograd.Tests.Nn;

public sealed class InitTests
{
    static (double Min, double Max, double Std) Spread(Tensor tensor)
    {
        double[] values = tensor.ToArray<double>();
        double mean = values.Average();
        return (values.Min(), values.Max(), Math.Sqrt(values.Average(value => (value - mean) * (value - mean))));
    }

    static Tensor Weight() => Tensor.Zeros([64, 16, 3, 3], DType.Float64);

    // Bounds of a weight [64, 16, 3, 3]: fanIn = 144, fanOut = 576.
    static IEnumerable<TestCaseData> Uniform()
    {
        yield return new((Func<Tensor, Tensor>)(w => Init.XavierUniform(w, new(1))), Math.Sqrt(6.0 / (144 + 576)));
        yield return new((Func<Tensor, Tensor>)(w => Init.XavierUniform(w, new(1), Gain.Tanh)), 5.0 / 3 * Math.Sqrt(6.0 / (144 + 576)));
        yield return new((Func<Tensor, Tensor>)(w => Init.HeUniform(w, new(1))), Math.Sqrt(6.0 / 144));
        yield return new((Func<Tensor, Tensor>)(w => Init.HeUniform(w, new(1), fan: Fan.Outputs)), Math.Sqrt(6.0 / 576));
        yield return new((Func<Tensor, Tensor>)(w => Init.UniformByInputs(w, 144, new(1))), 1.0 / 12);
        yield return new((Func<Tensor, Tensor>)(w => Init.Rumelhart1986(w, new(1))), 0.5);
        yield return new((Func<Tensor, Tensor>)(w => Init.Uniform(w, -2, 2, new(1))), 2.0);
    }

    [TestCaseSource(nameof(Uniform))]
    public void Uniform_fills_the_bounds(Func<Tensor, Tensor> fill, double bound)
    {
        (double min, double max, double std) = Spread(fill(Weight()));
        Assert.That(min, Is.InRange(-bound, -0.99 * bound));
        Assert.That(max, Is.InRange(0.99 * bound, bound));
        Assert.That(std, Is.EqualTo(bound / Math.Sqrt(3)).Within(2).Percent);
    }

    static IEnumerable<TestCaseData> Normal()
    {
        yield return new((Func<Tensor, Tensor>)(w => Init.XavierNormal(w, new(1))), Math.Sqrt(2.0 / (144 + 576)));
        yield return new((Func<Tensor, Tensor>)(w => Init.HeNormal(w, new(1))), Math.Sqrt(2.0 / 144));
        yield return new((Func<Tensor, Tensor>)(w => Init.HeNormal(w, new(1), Gain.LeakyRelu(1), Fan.Outputs)), 1.0 / 24);
        yield return new((Func<Tensor, Tensor>)(w => Init.Normal(w, 3, 2, new(1))), 2.0);
        // Standard deviation of the standard normal cut off at ±2: √(1 − 4·φ(2)/(2·Φ(2) − 1)).
        yield return new((Func<Tensor, Tensor>)(w => Init.TruncatedNormal(w, 2, new(1))), 2 * 0.87962566103423978);
    }

    [TestCaseSource(nameof(Normal))]
    public void Normal_has_the_standard_deviation(Func<Tensor, Tensor> fill, double expected) =>
        Assert.That(Spread(fill(Weight())).Std, Is.EqualTo(expected).Within(3).Percent);

    [TestCase(3, 5)]
    [TestCase(5, 3)]
    [TestCase(4, 4)]
    public void Orthogonal_rows_or_columns_are_orthonormal(int rows, int columns)
    {
        Tensor weight = Init.Orthogonal(Tensor.Zeros([rows, columns], DType.Float64), new(1), gain: 2);
        Tensor product = rows <= columns ? weight.MatMul(weight.T) : weight.T.MatMul(weight);
        for (int i = 0; i < product.Shape[0]; i++)
        {
            for (int j = 0; j < product.Shape[0]; j++) Assert.That(product[i, j], Is.EqualTo(i == j ? 4 : 0).Within(1e-14));
        }
    }

    [Test]
    public void Init_parameter_stays_a_leaf_that_requires_a_gradient()
    {
        Linear layer = new(4, 2);
        Assert.That(Init.XavierUniform(layer.Weight, new(1)), Is.SameAs(layer.Weight));
        Assert.That((layer.Weight.IsLeaf, layer.Weight.RequiresGrad), Is.EqualTo((true, true)));
        Init.Constant(layer.Bias!, 0.5);
        Assert.That(layer.Bias!.ToArray<float>(), Is.All.EqualTo(0.5f));
    }

    [Test]
    public void Init_same_seed_same_values()
    {
        double[] Made(ulong seed) => Init.HeNormal(Weight(), new(seed)).ToArray<double>();
        double[] first = Made(7), again = Made(7), other = Made(8);
        Assert.That(again, Is.EqualTo(first));
        Assert.That(other, Is.Not.EqualTo(first));
    }

    [Test]
    public void Init_vector_has_no_fans() =>
        Assert.That(() => Init.XavierUniform(Tensor.Zeros([3])), Throws.TypeOf<ShapeException>().With.Message.EqualTo(
            "Init.XavierUniform: inputs and outputs are counted from a weight of at least 2 axes, [outputs, inputs, …], but its shape is [3]. Fill it with Init.Uniform or Init.Normal."));
}
