using Autograd.Nn;
using Autograd.Nn.Data;

namespace Autograd.Examples.History;

/// <summary>What is left of a gradient on its way back through many layers.</summary>
static class VanishingHistory
{
    public static readonly Experiment Experiment = new(
        "vanishing", "σ′ ≤ ¼, so 10 layers of sigmoids leave about 10⁻⁶ of a gradient; ReLU with He's weights, and residual connections, keep it", Report);

    /// <summary>Units of every layer; also the pixels of a digit.</summary>
    public const int Width = 64;

    const int Seeds = 11, Cases = 128, Epochs = 10, Size = 32;

    /// <summary>The layers that are compared, each with its name.</summary>
    public static readonly (string Name, Func<Generator, DType, Module> Layer)[] Kinds =
    [
        ("sigmoid, U(−½, ½)", (random, type) => new Sequential(Weights(random, type, w => Init.Rumelhart1986(w, random)), new Sigmoid())),
        ("sigmoid, Xavier", (random, type) => new Sequential(Weights(random, type, w => Init.XavierUniform(w, random)), new Sigmoid())),
        ("tanh, Xavier", (random, type) => new Sequential(Weights(random, type, w => Init.XavierUniform(w, random)), new Tanh())),
        ("ReLU, Xavier", (random, type) => new Sequential(Weights(random, type, w => Init.XavierUniform(w, random)), new Relu())),
        ("ReLU, He", (random, type) => new Sequential(He(random, type), new Relu())),
        ("ReLU, He, batch norm", (random, type) => new Sequential(He(random, type), new BatchNorm1d(Width, dtype: type), new Relu())),
        ("ReLU, He, residual", (random, type) => new Residual(new Sequential(He(random, type), new Relu()))),
        ("ReLU, He, batch norm, residual", (random, type) => new Residual(new Sequential(He(random, type), new BatchNorm1d(Width, dtype: type), new Relu()))),
    ];

    /// <summary>‖∂E/∂h‖ for the inputs h₀ and the results h₁ … of all layers, at the start, for the first digits.</summary>
    public static double[] Norms(int kind, int depth, ulong seed)
    {
        Sequential model = Build(kind, depth, new Generator(seed), DType.Float64);
        Dataset digits = DigitsExample.Load().Train.Slice(0, Cases);
        Tensor x = digits.Inputs.Reshape(Cases, Width).Cast(DType.Float64);
        x.RequiresGrad = true;
        List<Tensor> h = [x];
        foreach (Module layer in model.Take(depth)) h.Add(layer.Forward(h[^1]));
        Tensor error = Loss.CrossEntropy(model[depth].Forward(h[^1]), digits.Labels);
        return [.. Tape.Gradients(error, [.. h]).Select(gradient => gradient!.Norm().Item())];
    }

    /// <summary>What gradient descent with momentum makes of such a net: the part of the digits of the training that it knows.</summary>
    public static double Train(int kind, int depth, double rate, ulong seed)
    {
        Generator random = new(seed);
        Sequential model = new([new Flatten(), .. Build(kind, depth, random, DType.Float32)]);
        Sgd sgd = new(model.Parameters, rate, momentum: 0.9);
        Dataset train = DigitsExample.Load().Train;
        Batches batches = Batches.Of(train, Size, random);
        for (int epoch = 0; epoch < Epochs; epoch++) Classifier.Epoch(model, sgd, batches);
        return Classifier.Measure(model, train).Accuracy;
    }

    static Sequential Build(int kind, int depth, Generator random, DType type)
    {
        Sequential model = new();
        for (int i = 0; i < depth; i++) model.Add(Kinds[kind].Layer(random, type));
        model.Add(new Linear(Width, 10, generator: random, dtype: type));
        return model;
    }

    static Linear Weights(Generator random, DType type, Action<Tensor> init)
    {
        Linear linear = new(Width, Width, generator: random, dtype: type);
        init(linear.Weight);
        Init.Constant(linear.Bias!, 0);
        return linear;
    }

    static Linear He(Generator random, DType type) => Weights(random, type, w => Init.HeNormal(w, random));

    static void Report(HistoryPage page)
    {
        page.Table($"‖∂E/∂x‖ before the layers / ‖∂E/∂h‖ behind them, median of {Seeds} starts", "layers", "10", "quartiles", "30", "100", "a layer, on average over 30");
        for (int kind = 0; kind < Kinds.Length; kind++)
        {
            Quartiles[] parts = [.. ((int[])[10, 30, 100]).Select(depth => Quartiles.Of(Restarts.Run(Seeds, seed => Part(Norms(kind, depth, seed)))))];
            page.Row(
                Kinds[kind].Name, Small(parts[0].Median), $"{Small(parts[0].Lower)} to {Small(parts[0].Upper)}", Small(parts[1].Median), Small(parts[2].Median),
                $"{Math.Pow(parts[1].Median, 1 / 30.0):0.00}");
        }

        page.Table("10 layers: ‖∂E/∂h‖ before each, / that behind the last; seed 1", ["layers", .. Enumerable.Range(1, 10).Select(layer => $"{layer}")]);
        for (int kind = 0; kind < Kinds.Length; kind++)
        {
            double[] norms = Norms(kind, 10, seed: 1);
            page.Row([Kinds[kind].Name, .. norms[..^1].Select(norm => Small(norm / norms[^1]))]);
        }

        double[] rates = [0.1, 0.01, 0.001];
        page.Table(
            $"Trained: right answers on the digits of the training after {Epochs} epochs, median of 3 starts, for the best of the learning rates {string.Join(", ", rates)}",
            "layers", "3", "10", "30");
        for (int kind = 0; kind < Kinds.Length; kind++)
            page.Row([Kinds[kind].Name, .. ((int[])[3, 10, 30]).Select(depth => Percent(rates.Max(rate => Quartiles.Of(Restarts.Run(3, seed => Train(kind, depth, rate, seed))).Median)))]);
    }

    static double Part(double[] norms) => norms[0] / norms[^1];

    static string Small(double value) => value is >= 0.01 and < 1000 ? $"{value:0.00}" : $"{value:0.0e0}";

    static string Percent(double part) => $"{100 * part:0.0} %";
}
