using Autograd.Nn;
using Autograd.Nn.Data;

namespace Autograd.Examples;

/// <summary>A small convolutional net learns to read handwritten digits of 8×8 pixels.</summary>
static class DigitsExample
{
    const int Classes = 10, Side = 8, Darkest = 16, TestCount = 400;

    // The same digits are held out whatever the seed of the training.
    const ulong SplitSeed = 1998;

    public static int Run(int epochs, ulong seed, string? checkpoint, CancellationToken interrupt)
    {
        (Dataset train, Dataset test) = Load();
        Generator random = new(seed);
        Sequential model = Build(random);
        Console.WriteLine($"{train.Count:N0} digits to learn from, {test.Count:N0} to test on, {model.Parameters.Sum(p => p.Count):N0} parameters");

        Adam adam = new(model.Parameters, learningRate: 0.003);
        Batches batches = Batches.Of(train, size: 32, shuffle: random);
        Trainer trainer = new(model, adam, (scores, labels) => Loss.CrossEntropy(scores, labels))
        {
            Metrics = [new Accuracy()],
            StepScheduler = new Scheduler(adam, Schedule.Polynomial(epochs * batches.Count)),
            Checkpoint = checkpoint,
            CheckpointEvery = checkpoint is null ? 0 : 10,
        };
        TrainingResult result = ProgressView.Fit(trainer, batches, epochs, interrupt);

        Report(test, trainer.Predict(Batches.Of(test, size: 250)));
        Answers.PrintResult(model, trainer.Evaluate(Batches.Of(test, size: 250)));
        return result.End == TrainingEnd.Cancelled ? Program.Interrupted : 0;
    }

    /// <summary>The digits to learn from and those to test on, [n, 1, 8, 8], from 0 (white) to 1.</summary>
    public static (Dataset Train, Dataset Test) Load()
    {
        string path = Path.Combine(AppContext.BaseDirectory, "Data", "digits.csv.gz");
        Dataset table = Csv.Read(path, new CsvOptions { Label = ^1, Classes = Classes }).ToDataset();
        return table.WithInputs(x => x.Reshape(-1, 1, Side, Side) / Darkest).Split(table.Count - TestCount, shuffle: new Generator(SplitSeed));
    }

    static Sequential Build(Generator random) => new(
        new Conv2d(1, 32, kernel: 3, padding: 1, generator: random), new Relu(),        // [n, 32, 8, 8]
        new Conv2d(32, 64, kernel: 3, padding: 1, generator: random), new Relu(),       // [n, 64, 8, 8]
        new MaxPool2d(2),                                                               // [n, 64, 4, 4]
        new Flatten(),                                                                  // [n, 1024]
        new Dropout(0.5, random),
        new Linear(1024, Classes, generator: random));

    static void Report(Dataset test, Tensor scores)
    {
        long[] truth = test.Labels.ToArray<long>(), answers = scores.ArgMax(1).ToArray<long>();
        int[] wrong = [.. Enumerable.Range(0, test.Count).Where(i => answers[i] != truth[i])];
        Answers.PrintConfusion(scores, test.Labels);
        Answers.Draw(test.Inputs, truth, answers, 0, 1, 2, 3);
        if (wrong.Length > 0)
        {
            Console.WriteLine($"\n{wrong.Length} wrong, among them");
            Answers.Draw(test.Inputs, truth, answers, wrong.Take(4));
        }
        Console.WriteLine();
    }
}
