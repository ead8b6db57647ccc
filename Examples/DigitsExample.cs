using Autograd.Nn;
using Autograd.Nn.Data;

namespace Autograd.Examples;

/// <summary>A small convolutional net learns to read handwritten digits of 8×8 pixels.</summary>
static class DigitsExample
{
    const int Classes = 10, Side = 8, Darkest = 16, TestCount = 400;

    // The same digits are held out whatever the seed of the training.
    const ulong SplitSeed = 1998;

    public static int Run(int epochs, ulong seed, CancellationToken interrupt)
    {
        (Dataset train, Dataset test) = Load();
        Generator random = new(seed);
        Sequential model = Build(random);
        Console.WriteLine($"{train.Count:N0} digits to learn from, {test.Count:N0} to test on, {model.Parameters.Sum(p => p.Count):N0} parameters");

        Adam adam = new(model.Parameters, learningRate: 0.003);
        Batches batches = Batches.Of(train, size: 32, shuffle: random);
        bool finished = Training.Run(model, adam, batches, epochs, interrupt);

        int[] answers = Training.Predict(model, test);
        Report(test, answers);
        Console.WriteLine($"parameters {Answers.Hash(model)}");
        Console.WriteLine($"test accuracy: {Answers.Accuracy(test.Labels.AsSpan<long>(), answers):0.0000}");
        return finished ? 0 : Program.Interrupted;
    }

    /// <summary>The digits to learn from and those to test on, [n, 1, 8, 8], from 0 (white) to 1.</summary>
    public static (Dataset Train, Dataset Test) Load()
    {
        string path = Path.Combine(AppContext.BaseDirectory, "Data", "digits.csv.gz");
        Dataset table = Csv.Read(path, new CsvOptions { Label = ^1, Classes = Classes }).ToDataset();
        Dataset digits = new(table.Inputs.Reshape(-1, 1, Side, Side) / Darkest, table.Labels);
        return digits.Split(1 - ((double)TestCount / digits.Count), shuffle: new Generator(SplitSeed));
    }

    static Sequential Build(Generator random) => new(
        new Conv2d(1, 32, kernel: 3, padding: 1, generator: random), new Relu(),        // [n, 32, 8, 8]
        new Conv2d(32, 64, kernel: 3, padding: 1, generator: random), new Relu(),       // [n, 64, 8, 8]
        new MaxPool2d(2),                                                               // [n, 64, 4, 4]
        new Flatten(),                                                                  // [n, 1024]
        new Dropout(0.5, random),
        new Linear(1024, Classes, generator: random));

    static void Report(Dataset test, int[] answers)
    {
        long[] truth = test.Labels.ToArray<long>();
        int[] wrong = [.. Enumerable.Range(0, test.Count).Where(i => answers[i] != truth[i])];
        Console.WriteLine();
        Answers.PrintConfusion(truth, answers, Classes);
        Console.WriteLine();
        Answers.Draw(test.Inputs, truth, answers, 0, 1, 2, 3);
        if (wrong.Length > 0)
        {
            Console.WriteLine($"\n{wrong.Length} wrong, among them");
            Answers.Draw(test.Inputs, truth, answers, wrong.Take(4));
        }
        Console.WriteLine();
    }
}
