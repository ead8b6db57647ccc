using Autograd.Nn;
using Autograd.Nn.Data;

namespace Autograd.Examples.History;

/// <summary>Nets that are too large for what they learn from, with and without dropout.</summary>
static class DropoutHistory
{
    public static readonly Experiment Experiment = new(
        "dropout", "dropout keeps large nets from overfitting: 1.6 % of MNIST's test digits wrong without, 1.25 % with it", Report);

    const int Starts = 5, Width = 256, Epochs = 40, Size = 50;

    /// <summary>What a net knows of what it has learned from, and of other pictures.</summary>
    /// <param name="Loss">The mean loss in training, dropout off.</param>
    /// <param name="TestLoss">The mean loss on other pictures.</param>
    /// <param name="Wrong">The part of the other pictures that are answered wrongly.</param>
    public readonly record struct Outcome(double Loss, double TestLoss, double Wrong);

    /// <summary>A net with two hidden layers, where a part of the inputs and of the hidden units are dropped, trained with Adam.</summary>
    public static Outcome Train(double input, double hidden, int epochs, Dataset train, Dataset test, ulong seed)
    {
        Generator random = new(seed);
        Sequential model = new(
            new Flatten(), new Dropout(input, random),
            new Linear(train.Inputs.Count / train.Count, Width, generator: random), new Relu(), new Dropout(hidden, random),
            new Linear(Width, Width, generator: random), new Relu(), new Dropout(hidden, random),
            new Linear(Width, Mnist.Classes, generator: random));
        Adam adam = new(model.Parameters);
        Batches batches = Batches.Of(train, Size, random);
        for (int epoch = 0; epoch < epochs; epoch++) Classifier.Epoch(model, adam, batches);
        (double loss, _) = Classifier.Measure(model, train);
        (double testLoss, double accuracy) = Classifier.Measure(model, test);
        return new(loss, testLoss, 1 - accuracy);
    }

    static void Report(HistoryPage page)
    {
        (Dataset train, Dataset test) = LeNetHistory.Load();
        foreach (int count in (int[])[500, 2000]) Report(page, "MNIST", train.Slice(0, count), test);
        (train, test) = DigitsExample.Load();
        Report(page, "the set of 8×8 pixels", train, test);
    }

    static void Report(HistoryPage page, string name, Dataset train, Dataset test)
    {
        page.Table(
            $"{train.Count:N0} digits of {name}, {test.Count:N0} to test on, {Starts} starts",
            "dropped inputs", "dropped hidden units", "loss in training, median", "loss on the test, median", "wrong on the test, median", "smallest and largest");
        foreach ((double input, double hidden) in ((double, double)[])[(0, 0), (0, 0.2), (0, 0.5), (0.2, 0.5)])
        {
            Outcome[] runs = Restarts.Run(Starts, seed => Train(input, hidden, Epochs, train, test, seed));
            page.Row(
                $"{input}", $"{hidden}", $"{Median(runs, run => run.Loss):0.0000}", $"{Median(runs, run => run.TestLoss):0.000}",
                $"{100 * Median(runs, run => run.Wrong):0.00} %", $"{100 * runs.Min(run => run.Wrong):0.00} % to {100 * runs.Max(run => run.Wrong):0.00} %");
        }
    }

    static double Median(Outcome[] runs, Func<Outcome, double> of) => Quartiles.Of(runs.Select(of)).Median;
}
