using Autograd.Nn;
using Autograd.Nn.Data;

namespace Autograd.Examples;

/// <summary>How a classifier is trained and used.</summary>
static class Training
{
    /// <summary>Trains until the epochs are over or the user stops it, with a learning rate that falls evenly to 0.</summary>
    /// <returns>Whether it came to the end.</returns>
    public static bool Run(Module model, Optimizer optimizer, Batches batches, int epochs, CancellationToken interrupt) =>
        TrainingProgress.Show(epochs, batches.Count, progress =>
        {
            double firstRate = optimizer.LearningRate;
            model.Train();
            for (int epoch = 0; epoch < epochs; epoch++)
            {
                foreach ((Tensor images, Tensor labels) in batches)
                {
                    if (interrupt.IsCancellationRequested) return false;
                    optimizer.LearningRate = firstRate * (1 - progress.Fraction);

                    using TapeScope step = Tape.Scope();
                    Tensor scores = model.Forward(images);
                    Tensor loss = Loss.CrossEntropy(scores, labels);
                    optimizer.ZeroGrad();
                    loss.Backward();
                    optimizer.Step();

                    progress.Step(loss.Item(), (int)scores.ArgMax(1).Equal(labels).Sum().Item(), labels.Count);
                }
                progress.EndEpoch();
            }
            return true;
        });

    /// <summary>The class that the model finds most likely for each picture, in the order of the data.</summary>
    public static int[] Predict(Module model, Dataset data)
    {
        model.Eval();
        List<int> classes = new(data.Count);
        using RecordingSwitch noGrad = Tape.NoGrad();
        foreach ((Tensor images, _) in Batches.Of(data, size: 250))
        {
            using TapeScope batch = Tape.Scope();
            foreach (long number in model.Forward(images).ArgMax(1).AsSpan<long>()) classes.Add((int)number);
        }
        return [.. classes];
    }
}
