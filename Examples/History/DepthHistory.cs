using Autograd.Nn;
using Autograd.Nn.Data;

namespace Autograd.Examples.History;

/// <summary>More layers make a plain net worse, also on what it has learned from, and a residual net not.</summary>
static class DepthHistory
{
    public static readonly Experiment Experiment = new(
        "depth", "a plain net of 56 layers has a higher training error than one of 20; with skip connections it has not", Report);

    const int Starts = 5, Width = 32, Epochs = 160, Size = 64;

    /// <summary>What a net came to.</summary>
    /// <param name="Loss">The mean loss on the digits of the training.</param>
    /// <param name="Accuracy">The part of them that it answers rightly.</param>
    /// <param name="TestAccuracy">The part of the other digits that it answers rightly.</param>
    public readonly record struct Outcome(double Loss, double Accuracy, double TestAccuracy);

    /// <summary>A net with so many layers of weights, each but the last with batch normalisation; two of them make a residual block.</summary>
    public static Sequential Build(int layers, bool residual, Generator random)
    {
        Sequential model = new(new Flatten(), new Linear(64, Width, bias: false, random), new BatchNorm1d(Width), new Relu());
        for (int block = 0; block < (layers - 2) / 2; block++)
        {
            Sequential body = new(
                Layer(random), new BatchNorm1d(Width), new Relu(),
                Layer(random), new BatchNorm1d(Width));
            model.Add(residual ? new Residual(body) : body);
            model.Add(new Relu());
        }
        model.Add(new Linear(Width, 10, generator: random));
        return model;
    }

    /// <summary>Gradient descent with momentum and weight decay; the rate falls to a tenth after half and after three quarters of the epochs.</summary>
    public static Outcome Train(int layers, bool residual, int epochs, ulong seed)
    {
        Generator random = new(seed);
        (Dataset train, Dataset test) = DigitsExample.Load();
        Sequential model = Build(layers, residual, random);
        Sgd sgd = new(model.Parameters, learningRate: 0.1, momentum: 0.9, weightDecay: 1e-4);
        Batches batches = Batches.Of(train, Size, random, dropLast: true);
        for (int epoch = 0; epoch < epochs; epoch++)
        {
            if (epoch == epochs / 2 || epoch == epochs * 3 / 4) sgd.LearningRate /= 10;
            Classifier.Epoch(model, sgd, batches);
        }
        (double loss, double accuracy) = Classifier.Measure(model, train);
        return new(loss, accuracy, Classifier.Measure(model, test).Accuracy);
    }

    static Linear Layer(Generator random)
    {
        Linear linear = new(Width, Width, bias: false, random);
        Init.HeNormal(linear.Weight, random);
        return linear;
    }

    static void Report(HistoryPage page)
    {
        page.Table(
            $"{Epochs} epochs on {DigitsExample.Load().Train.Count:N0} digits, {Starts} starts", "net", "layers", "loss in training, median", "smallest and largest", "right in training", "right on other digits");
        foreach (bool residual in (bool[])[false, true])
        {
            foreach (int layers in (int[])[20, 56, 110])
            {
                Outcome[] runs = Restarts.Run(Starts, seed => Train(layers, residual, Epochs, seed));
                page.Row(
                    residual ? "residual" : "plain", $"{layers}", $"{Median(runs, run => run.Loss):0.0000}", $"{runs.Min(run => run.Loss):0.0000} to {runs.Max(run => run.Loss):0.0000}",
                    $"{100 * Median(runs, run => run.Accuracy):0.0} %", $"{100 * Median(runs, run => run.TestAccuracy):0.0} %");
            }
        }
    }

    static double Median(Outcome[] runs, Func<Outcome, double> of) => Quartiles.Of(runs.Select(of)).Median;
}
