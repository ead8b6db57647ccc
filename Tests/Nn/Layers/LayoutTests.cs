using Autograd.Nn;

namespace Autograd.Tests.Nn.Layers;

/// <summary>Names, shapes and initial values of all layers with parameters, which are PyTorch's.</summary>
public sealed class LayoutTests
{
    /// <summary>Layer, then name, shape and bound of each parameter and buffer: a constant start has a bound of 0 and a value.</summary>
    static IEnumerable<TestCaseData> Layers()
    {
        Generator g = new(1);
        yield return Layer("Bilinear", new Bilinear(16, 5, 7, generator: g), "weight [7, 16, 5] ±0.25", "bias [7] ±0.25");
        yield return Layer("Conv1d", new Conv1d(8, 6, 2, groups: 2, generator: g), "weight [6, 4, 2] ±0.35355339", "bias [6] ±0.35355339");
        yield return Layer("ConvTranspose2d", new ConvTranspose2d(6, 8, (2, 1), groups: 2, generator: g), "weight [6, 4, 2, 1] ±0.35355339", "bias [8] ±0.35355339");
        yield return Layer("BatchNorm1d", new BatchNorm1d(3), "weight [3] =1", "bias [3] =0", "running_mean [3] =0", "running_var [3] =1", "num_batches_tracked [] =0");
        yield return Layer("BatchNorm2d plain", new BatchNorm2d(3, affine: false, tracked: false));
        yield return Layer("LayerNorm", new LayerNorm([2, 3]), "weight [2, 3] =1", "bias [2, 3] =0");
        yield return Layer("GroupNorm", new GroupNorm(2, 4), "weight [4] =1", "bias [4] =0");
        yield return Layer("RmsNorm", new RmsNorm(4), "weight [4] =1");
        yield return Layer("Embedding", new Embedding(5, 3, generator: g), "weight [5, 3]");
        yield return Layer("Prelu", new Prelu(3), "weight [3] =0.25");
        yield return Layer(
            "Rnn", new Rnn(3, 16, 2, generator: g), "weight_ih_l0 [16, 3] ±0.25", "weight_hh_l0 [16, 16] ±0.25", "bias_ih_l0 [16] ±0.25", "bias_hh_l0 [16] ±0.25",
            "weight_ih_l1 [16, 16] ±0.25", "weight_hh_l1 [16, 16] ±0.25", "bias_ih_l1 [16] ±0.25", "bias_hh_l1 [16] ±0.25");
        yield return Layer(
            "Lstm both ways", new Lstm(3, 16, 2, bias: false, bidirectional: true, generator: g),
            "weight_ih_l0 [64, 3] ±0.25", "weight_hh_l0 [64, 16] ±0.25", "weight_ih_l0_reverse [64, 3] ±0.25", "weight_hh_l0_reverse [64, 16] ±0.25",
            "weight_ih_l1 [64, 32] ±0.25", "weight_hh_l1 [64, 16] ±0.25", "weight_ih_l1_reverse [64, 32] ±0.25", "weight_hh_l1_reverse [64, 16] ±0.25");
        yield return Layer("Gru", new Gru(3, 16, generator: g), "weight_ih_l0 [48, 3] ±0.25", "weight_hh_l0 [48, 16] ±0.25", "bias_ih_l0 [48] ±0.25", "bias_hh_l0 [48] ±0.25");
        yield return Layer("LstmCell", new LstmCell(3, 16, generator: g), "weight_ih [64, 3] ±0.25", "weight_hh [64, 16] ±0.25", "bias_ih [64] ±0.25", "bias_hh [64] ±0.25");
        string[] attention = ["in_proj_weight [48, 16] ±0.30618622", "in_proj_bias [48] =0", "out_proj.weight [16, 16] ±0.25", "out_proj.bias [16] =0"];
        yield return Layer("MultiHeadAttention", new MultiHeadAttention(16, 4, generator: g), attention);
        string[] feed = ["linear1.weight [9, 16] ±0.25", "linear1.bias [9]", "linear2.weight [16, 9] ±0.33333334", "linear2.bias [16]"];
        string[] norms = ["norm1.weight [16] =1", "norm1.bias [16] =0", "norm2.weight [16] =1", "norm2.bias [16] =0"];
        string[] encoder = [.. attention.Select(line => "self_attn." + line), .. feed, .. norms];
        yield return Layer("TransformerEncoderLayer", new TransformerEncoderLayer(16, 4, 9, generator: g), encoder);
        yield return Layer(
            "TransformerEncoder", new TransformerEncoder(2, () => new TransformerEncoderLayer(16, 4, 9, generator: g), new LayerNorm(16)),
            [.. encoder.Select(line => "layers.0." + line), .. encoder.Select(line => "layers.1." + line), "norm.weight [16] =1", "norm.bias [16] =0"]);
        string[] decoder =
        [
            .. attention.Select(line => "self_attn." + line), .. attention.Select(line => "multihead_attn." + line), .. feed, .. norms,
            "norm3.weight [16] =1", "norm3.bias [16] =0",
        ];
        yield return Layer("TransformerDecoderLayer", new TransformerDecoderLayer(16, 4, 9, generator: g), decoder);
        yield return Layer(
            "TransformerDecoder", new TransformerDecoder(1, () => new TransformerDecoderLayer(16, 4, 9, generator: g)), [.. decoder.Select(line => "layers.0." + line)]);
        yield return Layer("PositionalEncoding", new PositionalEncoding(4));
        yield return Layer("Residual", new Residual(new Prelu(), new Prelu(2)), "body.weight [1] =0.25", "shortcut.weight [2] =0.25");
        yield return Layer("Branches", new Branches(1, new Prelu(), new Prelu(2)), "0.weight [1] =0.25", "1.weight [2] =0.25");
    }

    static TestCaseData Layer(string name, ModuleBase layer, params string[] expected) => new TestCaseData(layer, expected).SetArgDisplayNames(name);

    [TestCaseSource(nameof(Layers))]
    public void State_has_PyTorch_names_shapes_and_starts(ModuleBase layer, string[] expected)
    {
        OrderedDictionary<string, Tensor> state = layer.StateDict();
        Assert.That(state.Select(item => $"{item.Key} {item.Value.Shape}"), Is.EqualTo(expected.Select(line => line.Split(" ±")[0].Split(" =")[0])));
        foreach (string line in expected)
        {
            double[] values = state[line.Split(' ')[0]].Detach().Cast(DType.Float64).ToArray<double>();
            if (line.Split(" =") is [_, var start]) Assert.That(values, Is.All.EqualTo(double.Parse(start, System.Globalization.CultureInfo.InvariantCulture)), line);
            if (line.Split(" ±") is not [_, var text]) continue;
            double bound = double.Parse(text, System.Globalization.CultureInfo.InvariantCulture);
            Assert.That(values.Select(Math.Abs), Is.All.LessThanOrEqualTo(bound), line);
            Assert.That(values.Max() - values.Min(), Is.GreaterThan((values.Length < 10 ? 0.8 : 1.5) * bound), line);
        }
    }

    [TestCaseSource(nameof(Layers))]
    public void To_converts_all_that_is_floating(ModuleBase layer, string[] expected)
    {
        string[] names = [.. layer.StateDict().Keys];
        layer.To(DType.Float64);
        Assert.That(layer.StateDict().Keys, Is.EqualTo(names));
        Assert.That(layer.StateDict().Where(item => item.Key != "num_batches_tracked").Select(item => item.Value.DType), Is.All.EqualTo(DType.Float64));
    }
}
