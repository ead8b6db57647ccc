using Autograd.Nn;
using Autograd.Nn.Data;

namespace Autograd.Examples.History;

/// <summary>What the usual settings are worth: Adam, weights scaled to the layer, small batches.</summary>
static class TrickHistory
{
    public static readonly Experiment Experiment = new(
        "tricks", "Adam learns faster than gradient descent, weights of Xavier or He better than U(−½, ½), small batches faster than one", Report);

    const int Starts = 5, Pixels = 64, Classes = 10, Width = 64, Epochs = 10;

    static readonly double[] Rates = [0.001, 0.003, 0.01, 0.03, 0.1, 0.3, 1, 3];

    /// <summary>How parameters are stepped at a rate, with names.</summary>
    public static readonly (string Name, Func<IEnumerable<Tensor>, double, Optimizer> Make)[] Optimizers =
    [
        ("gradient descent", (parameters, rate) => new Sgd(parameters, rate)),
        ("with momentum 0.9", (parameters, rate) => new Sgd(parameters, rate, momentum: 0.9)),
        ("RMSprop", (parameters, rate) => new RmsProp(parameters, rate)),
        ("Adam", (parameters, rate) => new Adam(parameters, rate)),
    ];

    /// <summary>How weights start, with names.</summary>
    public static readonly (string Name, Action<Tensor, Generator> Fill)[] Starting =
    [
        ("U(−½, ½)", (weight, random) => Init.Rumelhart1986(weight, random)),
        ("U(±1/√n)", (weight, random) => Init.UniformByInputs(weight, weight.Shape[1], random)),
        ("Xavier", (weight, random) => Init.XavierUniform(weight, random)),
        ("He", (weight, random) => Init.HeNormal(weight, random)),
    ];

    /// <summary>A net of some hidden layers; biases start at 0.</summary>
    public static Sequential Build(int hidden, int width, Func<Module> activation, Action<Tensor, Generator> fill, Generator random)
    {
        Sequential model = new(new Flatten());
        for (int layer = 0; layer <= hidden; layer++)
        {
            Linear linear = new(layer == 0 ? Pixels : width, layer == hidden ? Classes : width, generator: random);
            fill(linear.Weight, random);
            Init.Constant(linear.Bias!, 0);
            model.Add(linear);
            if (layer == hidden) break;
            model.Add(activation());
        }
        return model;
    }

    /// <summary>The loss on all digits of the training after some epochs; infinite where it is no number any more.</summary>
    public static double Train(Sequential model, Optimizer optimizer, Dataset data, int size, int epochs, Generator random)
    {
        Batches batches = Batches.Of(data, size, random);
        for (int epoch = 0; epoch < epochs; epoch++) Classifier.Epoch(model, optimizer, batches);
        double loss = Classifier.Measure(model, data).Loss;
        return double.IsNaN(loss) ? double.PositiveInfinity : loss;
    }

    /// <summary>The loss that an optimizer comes to from He's weights with one hidden layer.</summary>
    public static double TrainBy(int optimizer, double rate, Dataset train, ulong seed)
    {
        Generator random = new(seed);
        Sequential model = Build(hidden: 1, Width, () => new Relu(), Starting[^1].Fill, random);
        return Train(model, Optimizers[optimizer].Make(model.Parameters, rate), train, size: 32, Epochs, random);
    }

    /// <summary>The loss that gradient descent with momentum comes to from such weights.</summary>
    public static double TrainFrom(int start, int hidden, bool relu, double rate, Dataset train, ulong seed)
    {
        Generator random = new(seed);
        Sequential model = Build(hidden, Width, relu ? () => new Relu() : () => new Tanh(), Starting[start].Fill, random);
        return Train(model, new Sgd(model.Parameters, rate, momentum: 0.9), train, size: 32, Epochs, random);
    }

    /// <summary>The loss that gradient descent comes to with batches of a size, and what it then knows of the test's digits.</summary>
    public static (double Loss, double Accuracy) TrainIn(int size, int epochs, double rate, Dataset train, Dataset test, ulong seed)
    {
        Generator random = new(seed);
        Sequential model = Build(hidden: 1, Width, () => new Relu(), Starting[^1].Fill, random);
        double loss = Train(model, new Sgd(model.Parameters, rate), train, size, epochs, random);
        return (loss, Classifier.Measure(model, test).Accuracy);
    }

    static void Report(HistoryPage page)
    {
        (Dataset train, Dataset test) = DigitsExample.Load();
        ReportOptimizers(page, train);
        ReportStarts(page, train);
        ReportBatches(page, train, test);
    }

    static void ReportOptimizers(HistoryPage page, Dataset train)
    {
        page.Table($"Loss after {Epochs} epochs in batches of 32, median of {Starts} starts, by learning rate", ["optimizer", .. Rates.Select(rate => $"{rate}")]);
        for (int optimizer = 0; optimizer < Optimizers.Length; optimizer++)
            page.Row([Optimizers[optimizer].Name, .. Rates.Select(rate => Shown(Median(seed => TrainBy(optimizer, rate, train, seed))))]);
    }

    static void ReportStarts(HistoryPage page, Dataset train)
    {
        double[] rates = [0.001, 0.01, 0.1];
        page.Table(
            $"Loss after {Epochs} epochs with momentum 0.9, median of {Starts} starts, for the best of the rates {string.Join(", ", rates)}",
            "weights at the start", "tanh, 1 hidden layer", "5", "10", "ReLU, 1", "5", "10");
        for (int start = 0; start < Starting.Length; start++)
        {
            page.Row(
            [
                Starting[start].Name,
                .. ((bool[])[false, true]).SelectMany(relu => ((int[])[1, 5, 10]).Select(hidden =>
                    Shown(rates.Min(rate => Median(seed => TrainFrom(start, hidden, relu, rate, train, seed)))))),
            ]);
        }
    }

    static void ReportBatches(HistoryPage page, Dataset train, Dataset test)
    {
        page.Table($"Plain gradient descent, 20 epochs, median of {Starts} starts, at the best rate", "digits in a batch", "steps", "best rate", "loss", "right on other digits");
        foreach (int size in (int[])[train.Count, 256, 32, 8])
        {
            (double rate, double loss, double accuracy) = Rates.Select(rate =>
            {
                (double Loss, double Accuracy)[] runs = Restarts.Run(Starts, seed => TrainIn(size, 20, rate, train, test, seed));
                return (rate, Quartiles.Of(runs.Select(run => run.Loss)).Median, Quartiles.Of(runs.Select(run => run.Accuracy)).Median);
            }).MinBy(result => result.Item2);
            page.Row(size == train.Count ? $"all {size:N0}" : $"{size}", $"{20 * Batches.Of(train, size).Count:N0}", $"{rate}", $"{loss:0.0000}", $"{100 * accuracy:0.0} %");
        }
    }

    /// <summary>The middle one of some runs; not between two, since a loss may be infinite.</summary>
    static double Median(Func<ulong, double> run) => Restarts.Run(Starts, run).Order().ElementAt(Starts / 2);

    static string Shown(double loss) => double.IsFinite(loss) ? $"{loss:0.0000}" : "overflow";
}
