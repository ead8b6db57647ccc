using Autograd.Nn;
using Autograd.Nn.Data;

namespace Autograd.Examples;

/// <summary>LeNet-5, or something simpler, learns the 60,000 digits of MNIST.</summary>
static class MnistExample
{
    /// <summary>The networks to choose from, the default first.</summary>
    public static readonly string[] Models = ["lenet5", "lenet5-relu", "mlp", "softmax"];

    public static int Run(string folder, string name, int epochs, ulong seed, string? checkpoint, CancellationToken interrupt)
    {
        (LabelledImages trainImages, LabelledImages testImages) = Mnist.Load(folder);
        Dataset train = trainImages.ToDataset(Mnist.Mean, Mnist.StandardDeviation), test = testImages.ToDataset(Mnist.Mean, Mnist.StandardDeviation);
        Generator random = new(seed);
        (Sequential model, int size, Func<IReadOnlyList<Tensor>, Optimizer> optimizer) = Build(name, random);
        Console.WriteLine(
            $"{name}: {train.Count:N0} digits to learn from, {test.Count:N0} to test on, {model.Parameters.Sum(p => p.Count):N0} parameters, {Parallelism.Threads} threads");

        Optimizer steps = optimizer(model.Parameters);
        Batches batches = Batches.Of(train, size, shuffle: random);
        Trainer trainer = new(model, steps, (scores, labels) => Loss.CrossEntropy(scores, labels))
        {
            Metrics = [new Accuracy()],
            StepScheduler = new Scheduler(steps, Schedule.Polynomial(epochs * batches.Count)),
            Checkpoint = checkpoint,
            CheckpointEvery = checkpoint is null ? 0 : 200,
        };
        TrainingResult result = ProgressView.Fit(trainer, batches, epochs, interrupt);

        Answers.PrintConfusion(trainer.Predict(Batches.Of(test, size: 250)), test.Labels);
        Answers.PrintResult(model, trainer.Evaluate(Batches.Of(test, size: 250)));
        return result.End == TrainingEnd.Cancelled ? Program.Interrupted : 0;
    }

    static (Sequential Model, int BatchSize, Func<IReadOnlyList<Tensor>, Optimizer> Optimizer) Build(string name, Generator random) => name switch
    {
        "lenet5" => (LeNet5<Tanh>(random), 32, Momentum(0.02)),
        "lenet5-relu" => (LeNet5<Relu>(random), 64, parameters => new Adam(parameters)),
        "mlp" => (new(new Flatten(), new Linear(784, 128, generator: random), new Tanh(), new Linear(128, Mnist.Classes, generator: random)), 32, Momentum(0.03)),
        _ => (new(new Flatten(), new Linear(784, Mnist.Classes, generator: random)), 32, Momentum(0.005)),
    };

    static Func<IReadOnlyList<Tensor>, Optimizer> Momentum(double rate) => parameters => new Sgd(parameters, rate, momentum: 0.9);

    // LeCun, Bottou, Bengio and Haffner, "Gradient-based learning applied to document recognition", 1998, with the changes that became usual:
    // every map of the second convolution sees all of the first, pooling takes the greatest, the last layer is linear under a softmax.
    public static Sequential LeNet5<TActivation>(Generator random) where TActivation : Module, new() => new(
        new Conv2d(1, 6, kernel: 5, padding: 2, generator: random), new TActivation(), new MaxPool2d(2),       // [n, 6, 14, 14]
        new Conv2d(6, 16, kernel: 5, generator: random), new TActivation(), new MaxPool2d(2),                  // [n, 16, 5, 5]
        new Flatten(),                                                                                  // [n, 400]
        new Linear(400, 120, generator: random), new TActivation(),
        new Linear(120, 84, generator: random), new TActivation(),
        new Linear(84, Mnist.Classes, generator: random));
}
