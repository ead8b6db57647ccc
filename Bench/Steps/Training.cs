using Autograd.Nn;

namespace Autograd.Bench.Steps;

/// <summary>The training step that most cases share.</summary>
static class Training
{
    /// <summary>Forward, loss, gradients cleared, backward, update.</summary>
    public static Action Step(Module model, Optimizer optimizer, Tensor x, Func<Tensor, Tensor> loss) => () =>
    {
        using TapeScope scope = Tape.Scope();
        Tensor value = loss(model.Forward(x));
        optimizer.ZeroGrad();
        value.Backward();
        optimizer.Step();
    };

    /// <summary>A classifier of ten classes with cross-entropy.</summary>
    public static StepWork Classifier(Module model, Tensor x, Optimizer optimizer, Generator random)
    {
        Tensor labels = Labels(x.Shape[0], random);
        return new(Step(model, optimizer, x, logits => Loss.CrossEntropy(logits, labels)), Flops(model, x));
    }

    public static Tensor Labels(int count, Generator random)
    {
        long[] labels = new long[count];
        for (int i = 0; i < count; i++) labels[i] = random.NextInt(10);
        return Tensor.From(labels);
    }

    /// <summary>Flops of one step in linear layers and convolutions, counted as they are applied.</summary>
    public static double Flops(Module model, Tensor x)
    {
        List<double> products = [];
        HashSet<Tensor> weights = [.. model.Parameters.Where(p => p.Rank > 1)];
        Tape.Observer = (_, inputs, y) =>
        {
            // A weight is [outputs, …]: each output sums over the rest of it.
            if (inputs.FirstOrDefault(weights.Contains) is { } weight) products.Add(2.0 * y.Count * weight.Count / weight.Shape[0]);
        };
        model.Forward(x);
        Tape.Observer = null;
        return (3 * products.Sum()) - products[0];
    }
}
