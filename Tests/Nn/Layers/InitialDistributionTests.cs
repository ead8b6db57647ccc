using Autograd.Nn;

namespace Autograd.Tests.Nn.Layers;

/// <summary>Bounds and standard deviation of what every layer with random parameters starts with, which are PyTorch's.</summary>
public sealed class InitialDistributionTests
{
    /// <summary>Layer, parameter, bound of a uniform distribution.</summary>
    static IEnumerable<TestCaseData> Uniform()
    {
        Generator g = new(7);
        yield return Case("Linear", new Linear(64, 200, generator: g), "weight bias", 1.0 / 8);
        yield return Case("Bilinear", new Bilinear(25, 9, 200, generator: g), "weight bias", 1.0 / 5);
        yield return Case("Conv1d", new Conv1d(32, 400, 4, groups: 2, generator: g), "weight bias", 1.0 / 8);
        yield return Case("Conv2d", new Conv2d(8, 400, (2, 8), groups: 2, generator: g), "weight bias", 1.0 / 8);
        yield return Case("ConvTranspose1d", new ConvTranspose1d(30, 400, 2, groups: 2, generator: g), "weight bias", 1 / Math.Sqrt(400));
        yield return Case("ConvTranspose2d", new ConvTranspose2d(30, 400, (2, 1), groups: 2, generator: g), "weight bias", 1 / Math.Sqrt(400));
        const string recurrent = "weight_ih_l0 weight_hh_l0 bias_ih_l0 bias_hh_l0 weight_ih_l1_reverse weight_hh_l1_reverse bias_ih_l1_reverse bias_hh_l1_reverse";
        yield return Case("Rnn", new Rnn(9, 400, 2, bidirectional: true, generator: g), recurrent, 1.0 / 20);
        yield return Case("Lstm", new Lstm(9, 100, 2, bidirectional: true, generator: g), recurrent, 1.0 / 10);
        yield return Case("Gru", new Gru(9, 144, 2, bidirectional: true, generator: g), recurrent, 1.0 / 12);
        yield return Case("MultiHeadAttention in", new MultiHeadAttention(96, 4, generator: g), "in_proj_weight", Math.Sqrt(6.0 / (4 * 96)));
        yield return Case("MultiHeadAttention out", new MultiHeadAttention(100, 4, generator: g), "out_proj.weight", 1.0 / 10);
        yield return Case("TransformerEncoderLayer", new TransformerEncoderLayer(64, 4, 400, generator: g), "linear1.weight linear1.bias", 1.0 / 8);
        yield return Case("TransformerDecoderLayer", new TransformerDecoderLayer(64, 4, 400, generator: g), "linear2.weight", 1.0 / 20);

        static TestCaseData Case(string name, ModuleBase layer, string parameters, double bound) => new TestCaseData(layer, parameters, bound).SetArgDisplayNames(name);
    }

    [TestCaseSource(nameof(Uniform))]
    public void Parameters_fill_their_bounds_evenly(ModuleBase layer, string parameters, double bound)
    {
        foreach (string name in parameters.Split(' '))
        {
            double[] values = layer.StateDict()[name].Detach().Cast(DType.Float64).ToArray<double>();
            Assert.That(values, Has.Length.GreaterThanOrEqualTo(200));
            // The single precision nearest to the bound may lie above it.
            Assert.That(values.Max(Math.Abs), Is.InRange(0.97 * bound, bound * 1.0000001), name);
            Assert.That(Deviation(values), Is.EqualTo(bound / Math.Sqrt(3)).Within(values.Length > 2000 ? 3 : 12).Percent, name);
        }
    }

    [Test]
    public void Embedding_is_standard_normal()
    {
        double[] values = new Embedding(300, 64, generator: new(7)).Weight.Detach().Cast(DType.Float64).ToArray<double>();
        Assert.That(Deviation(values), Is.EqualTo(1).Within(2).Percent);
        Assert.That(values.Count(value => Math.Abs(value) > 2) / (double)values.Length, Is.EqualTo(0.0455).Within(0.006));
    }

    [Test]
    public void Biases_of_attention_start_at_zero()
    {
        OrderedDictionary<string, Tensor> state = new MultiHeadAttention(8, 2).StateDict();
        Assert.That(state["in_proj_bias"].Detach().ToArray<float>().Concat(state["out_proj.bias"].Detach().ToArray<float>()), Is.All.Zero);
    }

    static double Deviation(double[] values)
    {
        double mean = values.Average();
        return Math.Sqrt(values.Average(value => (value - mean) * (value - mean)));
    }
}
