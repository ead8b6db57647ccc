using System.Buffers.Binary;
using System.Text;
using System.Text.Json;
using Autograd.Nn;
using Autograd.Nn.Data;
using Autograd.Tests.Nn.Data;

namespace Autograd.Tests.Nn;

/// <summary>Models written as a user would, loaded from files with the names that PyTorch gives; nothing else is said about names.</summary>
public sealed class PyTorchModelTests
{
    // ---- A residual net for small images, as torchvision names its parts.

    sealed class BasicBlock : Module
    {
        readonly Conv2d _conv1, _conv2;
        readonly BatchNorm2d _bn1, _bn2;
        readonly Sequential? _downsample;

        public BasicBlock(int inputs, int outputs, int stride = 1)
        {
            (_conv1, _bn1) = (new(inputs, outputs, 3, stride, padding: 1, bias: false), new(outputs));
            (_conv2, _bn2) = (new(outputs, outputs, 3, padding: 1, bias: false), new(outputs));
            if (stride != 1 || inputs != outputs) _downsample = new(new Conv2d(inputs, outputs, 1, stride, bias: false), new BatchNorm2d(outputs));
        }

        protected override Tensor Compute(Tensor x)
        {
            Tensor y = _bn2.Forward(_conv2.Forward(_bn1.Forward(_conv1.Forward(x)).Relu()));
            return (y + (_downsample?.Forward(x) ?? x)).Relu();
        }
    }

    sealed class ResNet : Module
    {
        readonly Conv2d _conv1 = new(3, 4, 3, padding: 1, bias: false);
        readonly BatchNorm2d _bn1 = new(4);
        readonly Sequential _layer1 = new(new BasicBlock(4, 4), new BasicBlock(4, 4));
        readonly Sequential _layer2 = new(new BasicBlock(4, 8, stride: 2), new BasicBlock(8, 8));
        readonly Linear _fc = new(8, 10);

        protected override Tensor Compute(Tensor x)
        {
            x = _bn1.Forward(_conv1.Forward(x)).Relu();
            x = _layer2.Forward(_layer1.Forward(x));
            return _fc.Forward(x.AdaptiveAvgPool2d(1).Flatten(1));
        }
    }

    /// <summary>What state_dict() of the same net gives, in its order.</summary>
    static readonly string[] ResNetNames =
    [
        "conv1.weight [4, 3, 3, 3]", .. Norm("bn1", 4),
        "layer1.0.conv1.weight [4, 4, 3, 3]", .. Norm("layer1.0.bn1", 4), "layer1.0.conv2.weight [4, 4, 3, 3]", .. Norm("layer1.0.bn2", 4),
        "layer1.1.conv1.weight [4, 4, 3, 3]", .. Norm("layer1.1.bn1", 4), "layer1.1.conv2.weight [4, 4, 3, 3]", .. Norm("layer1.1.bn2", 4),
        "layer2.0.conv1.weight [8, 4, 3, 3]", .. Norm("layer2.0.bn1", 8), "layer2.0.conv2.weight [8, 8, 3, 3]", .. Norm("layer2.0.bn2", 8),
        "layer2.0.downsample.0.weight [8, 4, 1, 1]", .. Norm("layer2.0.downsample.1", 8),
        "layer2.1.conv1.weight [8, 8, 3, 3]", .. Norm("layer2.1.bn1", 8), "layer2.1.conv2.weight [8, 8, 3, 3]", .. Norm("layer2.1.bn2", 8),
        "fc.weight [10, 8]", "fc.bias [10]",
    ];

    static string[] Norm(string name, int channels) =>
    [
        $"{name}.weight [{channels}]", $"{name}.bias [{channels}]", $"{name}.running_mean [{channels}]", $"{name}.running_var [{channels}]", $"{name}.num_batches_tracked []",
    ];

    // ---- A language model around nn.TransformerEncoder, with the positions in a buffer and the embedding's weights at the end.

    sealed class Positions : Module
    {
        [Buffer] readonly Tensor _pe = Tensor.Zeros([16, 1, 8]);

        protected override Tensor Compute(Tensor x) => x + _pe.Slice(0, 0, x.Shape[1]).Transpose(0, 1);
    }

    sealed class LanguageModel : Module
    {
        readonly Embedding _embedding = new(20, 8);
        readonly Positions _posEncoder = new();
        readonly TransformerEncoder _encoder = new(2, () => new TransformerEncoderLayer(8, 2, feedForward: 12), new LayerNorm(8));
        readonly Linear _decoder = new(8, 20);

        public LanguageModel() => _decoder.Weight = _embedding.Weight;

        protected override Tensor Compute(Tensor tokens) =>
            _decoder.Forward(_encoder.Forward(_posEncoder.Forward(_embedding.Forward(tokens) * Math.Sqrt(8)), null, isCausal: true));
    }

    static readonly string[] LanguageModelNames =
    [
        "embedding.weight [20, 8]", "pos_encoder.pe [16, 1, 8]", .. EncoderLayer("encoder.layers.0"), .. EncoderLayer("encoder.layers.1"),
        "encoder.norm.weight [8]", "encoder.norm.bias [8]", "decoder.weight [20, 8]", "decoder.bias [20]",
    ];

    static string[] EncoderLayer(string name) =>
    [
        $"{name}.self_attn.in_proj_weight [24, 8]", $"{name}.self_attn.in_proj_bias [24]", $"{name}.self_attn.out_proj.weight [8, 8]", $"{name}.self_attn.out_proj.bias [8]",
        $"{name}.linear1.weight [12, 8]", $"{name}.linear1.bias [12]", $"{name}.linear2.weight [8, 12]", $"{name}.linear2.bias [8]",
        $"{name}.norm1.weight [8]", $"{name}.norm1.bias [8]", $"{name}.norm2.weight [8]", $"{name}.norm2.bias [8]",
    ];

    /// <summary>Random values under the names, as training would have left them.</summary>
    static OrderedDictionary<string, Tensor> Trained(string[] names)
    {
        Generator random = new(11);
        OrderedDictionary<string, Tensor> state = [];
        foreach (string line in names)
        {
            (string name, string sizes) = (line[..line.IndexOf(' ')], line[(line.IndexOf('[') + 1)..^1]);
            Shape shape = Shape.Create([.. sizes.Split(", ", StringSplitOptions.RemoveEmptyEntries).Select(int.Parse)]);
            state[name] = name.EndsWith("num_batches_tracked") ? Tensor.From([1234567890123L], [])
                : name.EndsWith("running_var") ? Tensor.Uniform(shape, random, 0.5, 1.5) : Tensor.Normal(shape, random, 0, 0.3);
        }
        return state;
    }

    static float[] Values(Tensor tensor) => tensor.Detach().ToArray<float>();

    [Test]
    public void ResNet_loads_under_PyTorch_names_and_computes_with_what_was_loaded()
    {
        using TempFolder folder = new();
        string path = Path.Combine(folder.Root, "resnet.safetensors");
        OrderedDictionary<string, Tensor> s = Trained(ResNetNames);
        Safetensors.Write(path, s);
        ResNet model = new();
        Assert.That(model.StateDict().Select(item => $"{item.Key} {item.Value.Shape}"), Is.EquivalentTo(ResNetNames));
        model.Load(path);
        foreach ((string name, Tensor value) in model.StateDict()) Assert.That(value.Cast(DType.Float64).Detach().ToArray<double>(), Is.EqualTo(s[name].Cast(DType.Float64).ToArray<double>()), name);
        Assert.That(model.NamedBuffers().Where(buffer => buffer.Name.EndsWith("tracked")).Select(buffer => buffer.Value.ToArray<long>()[0]), Is.All.EqualTo(1234567890123L));
        model.Eval();
        Tensor x = Tensor.Normal([2, 3, 8, 8], new Generator(1));
        Tensor y = Norm2d(x.Conv2d(s["conv1.weight"], padding: 1), "bn1").Relu();
        foreach (string block in new[] { "layer1.0", "layer1.1", "layer2.0", "layer2.1" })
        {
            int stride = block == "layer2.0" ? 2 : 1;
            Tensor inner = Norm2d(y.Conv2d(s[block + ".conv1.weight"], stride: stride, padding: 1), block + ".bn1").Relu();
            Tensor shortcut = stride == 1 ? y : Norm2d(y.Conv2d(s[block + ".downsample.0.weight"], stride: stride), block + ".downsample.1");
            y = (Norm2d(inner.Conv2d(s[block + ".conv2.weight"], padding: 1), block + ".bn2") + shortcut).Relu();
        }
        Assert.That(Values(model.Forward(x)), Is.EqualTo(Values(y.Mean([2, 3]).Linear(s["fc.weight"], s["fc.bias"]))).Within(1e-5));

        Tensor Norm2d(Tensor z, string name) => z.BatchNorm(s[name + ".weight"], s[name + ".bias"], s[name + ".running_mean"], s[name + ".running_var"], training: false);
    }

    [Test]
    public void Transformer_encoder_loads_under_PyTorch_names_with_a_tied_weight_once_or_twice([Values] bool twice)
    {
        using TempFolder folder = new();
        string path = Path.Combine(folder.Root, "encoder.safetensors");
        OrderedDictionary<string, Tensor> s = Trained(LanguageModelNames);
        s["decoder.weight"] = s["embedding.weight"];
        if (!twice) s.Remove("decoder.weight");
        Safetensors.Write(path, s);
        LanguageModel model = new();
        Assert.That(model.StateDict().Select(item => $"{item.Key} {item.Value.Shape}"), Is.EquivalentTo(LanguageModelNames.Where(name => !name.StartsWith("decoder.weight"))));
        model.Load(path);
        model.Eval();
        Tensor tokens = Tensor.From([3L, 0, 19, 7, 7, 1], [2, 3]);
        Tensor x = (Tensor.Embedding(tokens, s["embedding.weight"]) * Math.Sqrt(8)) + s["pos_encoder.pe"].Slice(0, 0, 3).Transpose(0, 1);
        foreach (string layer in new[] { "encoder.layers.0", "encoder.layers.1" })
        {
            string attention = layer + ".self_attn.";
            x = Normalised(x + Tensor.MultiHeadAttention(
                x, x, x, s[attention + "in_proj_weight"], s[attention + "in_proj_bias"], s[attention + "out_proj.weight"], s[attention + "out_proj.bias"], 2, isCausal: true).Output, layer + ".norm1");
            Tensor hidden = x.Linear(s[layer + ".linear1.weight"], s[layer + ".linear1.bias"]).Relu();
            x = Normalised(x + hidden.Linear(s[layer + ".linear2.weight"], s[layer + ".linear2.bias"]), layer + ".norm2");
        }
        x = Normalised(x, "encoder.norm").Linear(s["embedding.weight"], s["decoder.bias"]);
        Assert.That(Values(model.Forward(tokens)), Is.EqualTo(Values(x)).Within(1e-5));

        Tensor Normalised(Tensor z, string name) => z.LayerNorm(s[name + ".weight"], s[name + ".bias"]);
    }

    // ---- What else such files hold.

    sealed class Shortcut : Module
    {
        readonly Sequential _shortcut = [];
        readonly Linear[] _layers = [new(2, 2), new(2, 2)];

        protected override Tensor Compute(Tensor x) => _layers.Aggregate(x, (y, layer) => layer.Forward(y)) + _shortcut.Forward(x);
    }

    [Test]
    public void Empty_sequences_have_no_names_and_lists_number_their_modules() =>
        Assert.That(new Shortcut().StateDict().Keys, Is.EqualTo(new[] { "layers.0.weight", "layers.0.bias", "layers.1.weight", "layers.1.bias" }));

    [TestCase("F16")]
    [TestCase("BF16")]
    public void Half_precision_in_a_file_becomes_the_type_of_the_module(string type)
    {
        using TempFolder folder = new();
        string path = Path.Combine(folder.Root, "half.safetensors");
        double[] weight = [1.5, -2, 0.25, 1024], bias = [-0.5, 3];
        Write(path, type, ("weight", "[2,2]", weight), ("bias", "[2]", bias));
        foreach (DType dtype in new[] { DType.Float32, DType.Float64 })
        {
            Linear layer = new(2, 2, dtype: dtype);
            layer.Load(path);
            Assert.That(layer.Weight.DType, Is.EqualTo(dtype));
            Assert.That(layer.Weight.Detach().Cast(DType.Float64).ToArray<double>(), Is.EqualTo(weight));
            Assert.That(layer.Bias!.Detach().Cast(DType.Float64).ToArray<double>(), Is.EqualTo(bias));
        }
    }

    static void Write(string path, string type, params (string Name, string Shape, double[] Values)[] tensors)
    {
        StringBuilder header = new();
        List<byte> data = [];
        foreach ((string name, string shape, double[] values) in tensors)
        {
            int begin = data.Count;
            foreach (double value in values)
            {
                byte[] bytes = new byte[2];
                if (type == "F16") BinaryPrimitives.WriteHalfLittleEndian(bytes, (Half)value);
                else BinaryPrimitives.WriteUInt16LittleEndian(bytes, (ushort)(BitConverter.SingleToInt32Bits((float)value) >> 16));
                data.AddRange(bytes);
            }
            header.Append(header.Length == 0 ? "{" : ",").Append($"\"{name}\":{{\"dtype\":\"{type}\",\"shape\":{shape},\"data_offsets\":[{begin},{data.Count}]}}");
        }
        byte[] text = Encoding.UTF8.GetBytes(header.Append('}').ToString()), length = new byte[8];
        Assert.That(() => JsonDocument.Parse(text), Throws.Nothing);
        BinaryPrimitives.WriteInt64LittleEndian(length, text.Length);
        File.WriteAllBytes(path, [.. length, .. text, .. data]);
    }

    [Test]
    public void A_common_beginning_of_all_names_is_pointed_out()
    {
        Linear layer = new(2, 3);
        Dictionary<string, Tensor> state = new() { ["module.weight"] = Tensor.Zeros([3, 2]), ["module.bias"] = Tensor.Zeros([3]) };
        Assert.That(() => layer.LoadStateDict(state), Throws.TypeOf<StateMismatchException>().With.Message.EqualTo(
            """
            LoadStateDict: the saved values do not fit the module: 2 missing (-), 2 unknown (+), 0 of another shape or type (!).
              - weight Float32 [3, 2]
              - bias Float32 [3]
              + module.weight Float32 [3, 2]
              + module.bias Float32 [3]
            Every saved name begins with "module." and fits without it: take it off.
            """.ReplaceLineEndings("\n")));
    }
}
