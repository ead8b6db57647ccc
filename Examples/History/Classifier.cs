using Autograd.Nn;
using Autograd.Nn.Data;

namespace Autograd.Examples.History;

/// <summary>Classification by cross-entropy, without a word on the console, so that many runs can go side by side.</summary>
static class Classifier
{
    const int Chunk = 250;

    /// <summary>A step for each batch.</summary>
    public static void Epoch(Module model, Optimizer optimizer, Batches batches)
    {
        model.Train();
        foreach ((Tensor inputs, Tensor labels) in batches)
        {
            using TapeScope scope = Tape.Scope();
            Tensor loss = Loss.CrossEntropy(model.Forward(inputs), labels);
            optimizer.ZeroGrad();
            loss.Backward();
            optimizer.Step();
        }
    }

    /// <summary>The mean loss, and the part of the answers that are right.</summary>
    public static (double Loss, double Accuracy) Measure(Module model, Dataset data)
    {
        double loss = 0, right = 0;
        model.Eval();
        using RecordingSwitch noGrad = Tape.NoGrad();
        foreach ((Tensor inputs, Tensor labels) in Batches.Of(data, Chunk))
        {
            using TapeScope scope = Tape.Scope();
            Tensor scores = model.Forward(inputs);
            loss += Loss.CrossEntropy(scores, labels, reduction: Reduction.Sum).Item();
            right += scores.ArgMax(1).Equal(labels).Sum().Item();
        }
        return (loss / data.Count, right / data.Count);
    }
}
