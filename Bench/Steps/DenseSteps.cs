using Autograd.Nn;

namespace Autograd.Bench.Steps;

/// <summary>Nets of linear layers.</summary>
static class DenseSteps
{
    public static IReadOnlyList<StepCase> All { get; } =
    [
        // PyTorch's second form of the same step, its optimizer over lists, is named by "foreach"; here there is one form.
        new("mlp_small", Small),
        new("mlp_small_foreach", Small),
        new("mlp_small_lean", LeanSmall),
        new("mlp_mid", Mid),
        new("mlp_mid_foreach", Mid),
        new("mlp_large", Large),
    ];

    /// <summary>Linear layers with a function between them.</summary>
    public static Sequential Mlp(Func<Module> activation, Generator random, DType dtype, params ReadOnlySpan<int> sizes)
    {
        Sequential model = [];
        for (int i = 0; i + 1 < sizes.Length; i++)
        {
            if (i > 0) model.Add(activation());
            model.Add(new Linear(sizes[i], sizes[i + 1], generator: random, dtype: dtype));
        }
        return model;
    }

    static StepWork Small()
    {
        Generator random = new(1986);
        Sequential model = Mlp(() => new Tanh(), random, DType.Float32, 784, 128, 10);
        return Training.Classifier(model, Tensor.Normal([64, 784], random), new Sgd(model.Parameters, 0.01), random);
    }

    /// <summary>Without modules and optimizer.</summary>
    static StepWork LeanSmall()
    {
        Generator random = new(1986);
        Sequential model = Mlp(() => new Tanh(), random, DType.Float32, 784, 128, 10);
        Tensor x = Tensor.Normal([64, 784], random), labels = Training.Labels(64, random);
        Tensor[] parameters = [.. model.Parameters];
        (Tensor w1, Tensor b1, Tensor w2, Tensor b2) = (parameters[0], parameters[1], parameters[2], parameters[3]);
        return new(Step, Training.Flops(model, x));

        void Step()
        {
            using TapeScope scope = Tape.Scope();
            Tensor loss = Loss.CrossEntropy(x.Linear(w1, b1).Tanh().Linear(w2, b2), labels);
            Tensor?[] gradients = Tape.Gradients(loss, parameters);
            using RecordingSwitch off = Tape.NoGrad();
            for (int i = 0; i < parameters.Length; i++) parameters[i].AddScaled(gradients[i]!, -0.01);
        }
    }

    static StepWork Mid()
    {
        Generator random = new(1986);
        Sequential model = Mlp(() => new Relu(), random, DType.Float32, 784, 512, 512, 10);
        return Training.Classifier(model, Tensor.Normal([128, 784], random), new Adam(model.Parameters, 1e-3), random);
    }

    static StepWork Large()
    {
        Generator random = new(1986);
        Sequential model = Mlp(() => new Relu(), random, DType.Float32, 1024, 2048, 2048, 1024, 10);
        return Training.Classifier(model, Tensor.Normal([256, 1024], random), new Sgd(model.Parameters, 0.01, momentum: 0.9), random);
    }
}
