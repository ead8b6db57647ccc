using Autograd.Nn;

namespace Autograd.GoldenDriver;

/// <summary>A model of the golden files, and its loss.</summary>
abstract class GoldenModel : Module
{
    public abstract Tensor Loss(Tensor output, Tensor target);
}

/// <summary>A model whose parts have the names that the files give them.</summary>
/// <param name="parts">The parts by name.</param>
/// <param name="forward">The result, from the parts and the input.</param>
/// <param name="loss">The loss.</param>
sealed class NamedParts(OrderedDictionary<string, Module> parts, Func<OrderedDictionary<string, Module>, Tensor, Tensor> forward, Func<Tensor, Tensor, Tensor> loss) : GoldenModel
{
    [ParameterName("")] readonly OrderedDictionary<string, Module> _parts = parts;

    protected override Tensor Compute(Tensor x) => forward(_parts, x);

    public override Tensor Loss(Tensor output, Tensor target) => loss(output, target);
}

/// <summary>The models of the golden files, as their README.md describes them.</summary>
static class GoldenModels
{
    const DType Precision = DType.Float64;

    public static GoldenModel Create(string name, Arguments config, string[] names, int[][] shapes) => name switch
    {
        "mlp" => Mlp(config),
        "lenet5" => LeNet5(config),
        "resnet_small" => ResNet(config, names),
        "rnn_lm" => RecurrentLanguage(config),
        "transformer_lm" => TransformerLanguage(config, names),
        "conv_autoencoder" => Autoencoder(config, names, shapes),
        _ => throw new NotOfferedException($"model {name}"),
    };

    static GoldenModel Mlp(Arguments config)
    {
        int[] sizes = config.Ints("sizes");
        Func<Tensor, Tensor> activation = Activation(config.Text("activation", "relu"));
        bool final = config.Bool("final_activation"), squares = config.Text("loss", "mse") == "mse";
        OrderedDictionary<string, Module> layers = [];
        for (int i = 1; i < sizes.Length; i++) layers.Add($"fc{i}", Linear(sizes[i - 1], sizes[i]));
        return new NamedParts(layers, Forward, (y, target) => squares ? Loss.Mse(y, target) : Loss.CrossEntropy(y, target));

        Tensor Forward(OrderedDictionary<string, Module> parts, Tensor x)
        {
            for (int i = 0; i < parts.Count; i++)
            {
                x = parts.GetAt(i).Value.Forward(x);
                if (i < parts.Count - 1 || final) x = activation(x);
            }
            return x;
        }
    }

    static GoldenModel LeNet5(Arguments config)
    {
        Func<Tensor, Tensor> act = Activation(config.Text("activation", "relu"));
        Module pool = config.Text("pool", "max") == "max" ? new MaxPool2d(2) : new AvgPool2d(2);
        OrderedDictionary<string, Module> layers = new()
        {
            ["conv1"] = new Conv2d(1, 6, 5, padding: 2, dtype: Precision), ["conv2"] = new Conv2d(6, 16, 5, dtype: Precision),
            ["fc1"] = Linear(400, 120), ["fc2"] = Linear(120, 84), ["fc3"] = Linear(84, 10),
        };
        return new NamedParts(layers, Forward, (y, target) => Loss.CrossEntropy(y, target));

        Tensor Forward(OrderedDictionary<string, Module> parts, Tensor x)
        {
            x = pool.Forward(act(parts["conv1"].Forward(x)));
            x = pool.Forward(act(parts["conv2"].Forward(x))).Flatten(1, -1);
            return parts["fc3"].Forward(act(parts["fc2"].Forward(act(parts["fc1"].Forward(x)))));
        }
    }

    static GoldenModel ResNet(Arguments config, string[] names)
    {
        int[] channels = config.Ints("channels"), strides = config.Ints("strides");
        OrderedDictionary<string, Module> layers = new()
        {
            ["conv1"] = Conv3(config.Int("in_channels", 3), channels[0], 1), ["bn1"] = new BatchNorm2d(channels[0], dtype: Precision),
        };
        for (int i = 0; i < strides.Length; i++)
            layers.Add($"block{i + 1}", new ResidualBlock(channels[i], channels[i + 1], strides[i], names.Contains($"block{i + 1}.down.weight")));
        layers.Add("fc", Linear(channels[^1], config.Int("classes", 10)));
        return new NamedParts(layers, Forward, (y, target) => Loss.CrossEntropy(y, target));

        static Tensor Forward(OrderedDictionary<string, Module> parts, Tensor x)
        {
            x = parts["bn1"].Forward(parts["conv1"].Forward(x)).Relu();
            for (int i = 2; i < parts.Count - 1; i++) x = parts.GetAt(i).Value.Forward(x);
            return parts["fc"].Forward(x.Mean([2, 3]));
        }
    }

    static GoldenModel RecurrentLanguage(Arguments config)
    {
        (int vocabulary, int size, int hidden, int layers) = (config.Int("vocab"), config.Int("embed"), config.Int("hidden"), config.Int("layers", 1));
        OrderedDictionary<string, Module> parts = new()
        {
            ["embedding"] = new Embedding(vocabulary, size, dtype: Precision),
            ["rnn"] = config.Text("cell") switch
            {
                "lstm" => new Lstm(size, hidden, layers, batchFirst: true, dtype: Precision),
                "gru" => new Gru(size, hidden, layers, batchFirst: true, dtype: Precision),
                "rnn" => new Rnn(size, hidden, layers, batchFirst: true, dtype: Precision),
                var cell => throw new NotOfferedException($"cell {cell}"),
            },
            ["head"] = Linear(hidden, vocabulary),
        };
        return new NamedParts(parts, (p, x) => p["head"].Forward(p["rnn"].Forward(p["embedding"].Forward(x))), OverPositions);
    }

    static GoldenModel TransformerLanguage(Arguments config, string[] names)
    {
        (int vocabulary, int size, bool first, bool tied) = (config.Int("vocab"), config.Int("embed"), config.Bool("norm_first"), config.Bool("tied"));
        (int heads, int feedForward) = (config.Int("heads"), config.Int("ff"));
        Func<Tensor, Tensor> act = Activation(config.Text("activation", "relu"));
        Embedding tokens = new(vocabulary, size, dtype: Precision), places = new(config.Int("context"), size, dtype: Precision);
        OrderedDictionary<string, Module> parts = new() { ["tok"] = tokens, ["pos"] = places };
        List<TransformerBlock> blocks = [];
        for (int i = 0; i < config.Int("layers", 1); i++)
        {
            blocks.Add(new TransformerBlock(size, heads, feedForward, act, first, names.Contains($"block{i}.attn.in_proj_bias")));
            parts.Add($"block{i}", blocks[^1]);
        }
        if (first) parts.Add("lnf", new LayerNorm(size, dtype: Precision));
        if (!tied) parts.Add("head", new Linear(size, vocabulary, bias: false, dtype: Precision));
        return new NamedParts(parts, Forward, OverPositions);

        Tensor Forward(OrderedDictionary<string, Module> p, Tensor x)
        {
            Tensor h = tokens.Forward(x) + places.Weight.Slice(0, 0, x.Shape[-1]);
            foreach (TransformerBlock block in blocks) h = block.Forward(h);
            if (first) h = p["lnf"].Forward(h);
            return tied ? h.Linear(tokens.Weight) : p["head"].Forward(h);
        }
    }

    /// <summary>The four layers have the names of the file, in its order.</summary>
    static GoldenModel Autoencoder(Arguments config, string[] names, int[][] shapes)
    {
        _ = (config.OptionalInts("channels"), config.OptionalInt("in_channels"), config.OptionalInts("sizes"), config.OptionalInt("hidden"), config.Has("activation"));
        OrderedDictionary<string, Module> layers = [];
        foreach ((string name, int[] shape) in names.Zip(shapes).Where(p => p.Second.Length == 4))
        {
            string layer = name[..name.LastIndexOf('.')];
            bool bias = names.Contains($"{layer}.bias");
            layers.Add(layer, layers.Count < 2
                ? new Conv2d(shape[1], shape[0], 3, stride: 2, padding: 1, bias: bias, dtype: Precision)
                : new ConvTranspose2d(shape[0], shape[1], 3, stride: 2, padding: 1, outputPadding: 1, bias: bias, dtype: Precision));
        }
        return new NamedParts(layers, Forward, (y, target) => Loss.BceWithLogits(y, target));

        static Tensor Forward(OrderedDictionary<string, Module> parts, Tensor x)
        {
            for (int i = 0; i < parts.Count; i++)
            {
                x = parts.GetAt(i).Value.Forward(x);
                if (i < parts.Count - 1) x = x.Elu();
            }
            return x;
        }
    }

    static Tensor OverPositions(Tensor output, Tensor target) => Loss.CrossEntropy(output.Reshape(-1, output.Shape[-1]), target.Reshape(-1));

    static Linear Linear(int inputs, int outputs) => new(inputs, outputs, dtype: Precision);

    static Conv2d Conv3(int inputs, int outputs, int stride) => new(inputs, outputs, 3, stride, padding: 1, bias: false, dtype: Precision);

    static Func<Tensor, Tensor> Activation(string name) => name switch
    {
        "relu" => x => x.Relu(),
        "tanh" => x => x.Tanh(),
        "sigmoid" => x => x.Sigmoid(),
        "gelu" => x => x.Gelu(),
        "elu" => x => x.Elu(),
        "silu" => x => x.Silu(),
        "selu" => x => x.Selu(),
        "softplus" => x => x.Softplus(),
        "leaky_relu" => x => x.LeakyRelu(),
        _ => throw new NotOfferedException($"activation {name}"),
    };

    sealed class ResidualBlock(int inputs, int outputs, int stride, bool projected) : Module
    {
        public Conv2d Conv1 { get; } = Conv3(inputs, outputs, stride);

        public BatchNorm2d Bn1 { get; } = new(outputs, dtype: Precision);

        public Conv2d Conv2 { get; } = Conv3(outputs, outputs, 1);

        public BatchNorm2d Bn2 { get; } = new(outputs, dtype: Precision);

        public Conv2d? Down { get; } = projected ? new(inputs, outputs, 1, stride, bias: false, dtype: Precision) : null;

        [ParameterName("downbn")] public BatchNorm2d? DownNorm { get; } = projected ? new(outputs, dtype: Precision) : null;

        protected override Tensor Compute(Tensor x)
        {
            Tensor y = Bn2.Forward(Conv2.Forward(Bn1.Forward(Conv1.Forward(x)).Relu()));
            return (y + (Down is null ? x : DownNorm!.Forward(Down.Forward(x)))).Relu();
        }
    }

    sealed class TransformerBlock(int size, int heads, int feedForward, Func<Tensor, Tensor> activation, bool normFirst, bool bias) : Module
    {
        public LayerNorm Ln1 { get; } = new(size, dtype: Precision);

        public MultiHeadAttention Attn { get; } = new(size, heads, bias: bias, dtype: Precision);

        public LayerNorm Ln2 { get; } = new(size, dtype: Precision);

        public Linear Ff1 { get; } = Linear(size, feedForward);

        public Linear Ff2 { get; } = Linear(feedForward, size);

        protected override Tensor Compute(Tensor h)
        {
            if (normFirst)
            {
                h += Attend(Ln1.Forward(h));
                return h + Feed(Ln2.Forward(h));
            }
            h = Ln1.Forward(h + Attend(h));
            return Ln2.Forward(h + Feed(h));
        }

        Tensor Attend(Tensor x) => Attn.Forward(x, x, x, isCausal: true).Output;

        Tensor Feed(Tensor x) => Ff2.Forward(activation(Ff1.Forward(x)));
    }
}
