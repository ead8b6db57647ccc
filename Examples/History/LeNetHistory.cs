using Autograd.Nn;
using Autograd.Nn.Data;

namespace Autograd.Examples.History;

/// <summary>LeNet-5 reads the digits of MNIST.</summary>
static class LeNetHistory
{
    public static readonly Experiment Experiment = new(
        "lenet", "LeNet-5, about 60,000 parameters, reads about 99 % of MNIST's test digits rightly", Report);

    const int Starts = 3, Epochs = 10, Size = 32;

    /// <summary>Both parts of MNIST.</summary>
    public static (Dataset Train, Dataset Test) Load()
    {
        (LabelledImages train, LabelledImages test) = Mnist.Load(DataFolder.Find("mnist", "the four files of MNIST, as train-images-idx3-ubyte.gz"));
        return (train.ToDataset(Mnist.Mean, Mnist.StandardDeviation), test.ToDataset(Mnist.Mean, Mnist.StandardDeviation));
    }

    /// <summary>The part of the test digits that are read rightly after each epoch; the learning rate falls evenly to 0.</summary>
    public static double[] Train(Dataset train, Dataset test, int epochs, ulong seed)
    {
        Generator random = new(seed);
        Sequential model = MnistExample.LeNet5<Tanh>(random);
        Sgd sgd = new(model.Parameters, learningRate: 0.02, momentum: 0.9);
        Batches batches = Batches.Of(train, Size, random);
        double[] accuracies = new double[epochs];
        for (int epoch = 0; epoch < epochs; epoch++)
        {
            sgd.LearningRate = 0.02 * (epochs - epoch) / epochs;
            Classifier.Epoch(model, sgd, batches);
            accuracies[epoch] = Classifier.Measure(model, test).Accuracy;
        }
        return accuracies;
    }

    static void Report(HistoryPage page)
    {
        (Dataset train, Dataset test) = Load();
        double[][] runs = Restarts.Run(Starts, seed => Train(train, test, Epochs, seed));
        int parameters = MnistExample.LeNet5<Tanh>(new Generator(1)).Parameters.Sum(parameter => parameter.Count);
        page.Table(
            $"{parameters:N0} parameters, {train.Count:N0} digits to learn from: the part of {test.Count:N0} test digits that are read rightly",
            ["epoch", .. Enumerable.Range(1, Starts).Select(seed => $"seed {seed}"), "median"]);
        for (int epoch = 0; epoch < Epochs; epoch++)
            page.Row([$"{epoch + 1}", .. runs.Select(run => $"{run[epoch]:0.0000}"), $"{Quartiles.Of(runs.Select(run => run[epoch])).Median:0.0000}"]);
    }
}
