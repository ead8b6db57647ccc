using Autograd.Nn;

namespace Autograd.Bench.Steps;

/// <summary>Derivatives of derivatives, Jacobians, and gradients by differences.</summary>
static class DerivativeSteps
{
    public static IReadOnlyList<StepCase> All { get; } =
    [
        new("hvp_mlp_small", HessianVectorProduct),
        // PyTorch's second form of the same Jacobian is named by "vectorized"; here there is one form.
        new("jacobian_64", Jacobian),
        new("jacobian_64_vectorized", Jacobian),
        new("grad_check_fd", () => Gradient(byDifferences: true)),
        new("grad_check_backward", () => Gradient(byDifferences: false)),
    ];

    static StepWork HessianVectorProduct()
    {
        Generator random = new(1986);
        Sequential model = DenseSteps.Mlp(() => new Tanh(), random, DType.Float32, 784, 128, 10);
        Tensor x = Tensor.Normal([64, 784], random), labels = Training.Labels(64, random);
        Tensor[] parameters = [.. model.Parameters], v = [.. parameters.Select(p => Tensor.Normal(p.Shape, random))];
        return new(Step, 2 * Training.Flops(model, x));

        void Step()
        {
            using TapeScope scope = Tape.Scope();
            Grad.HessianVectorProduct(p => Loss.CrossEntropy(x.Linear(p[0], p[1]).Tanh().Linear(p[2], p[3]), labels), parameters, v);
        }
    }

    static StepWork Jacobian()
    {
        Generator random = new(1986);
        Sequential model = new(new Linear(64, 64, generator: random), new Tanh(), new Linear(64, 64, generator: random), new Tanh());
        model.Freeze();
        Tensor x = Tensor.Normal([64], random);
        return new(Step, 2.0 * 64 * 64 * 2 * 65);

        void Step()
        {
            using TapeScope scope = Tape.Scope();
            Grad.Jacobian(model.Forward, x);
        }
    }

    /// <summary>The gradient of exactly 10,000 parameters in double precision, by one backward or by 20,000 losses.</summary>
    static StepWork Gradient(bool byDifferences)
    {
        Generator random = new(1986);
        Sequential model = DenseSteps.Mlp(() => new Tanh(), random, DType.Float64, 100, 90, 10);
        Tensor x = Tensor.Normal([32, 100], random, dtype: DType.Float64), labels = Training.Labels(32, random);
        Tensor[] parameters = [.. model.Parameters];
        return byDifferences ? new(Differences, MostRepetitions: 2) : new(Backward);

        void Backward()
        {
            using TapeScope scope = Tape.Scope();
            Tape.Gradients(Loss.CrossEntropy(model.Forward(x), labels), parameters);
        }

        void Differences()
        {
            const double step = 1e-6;
            foreach (Tensor p in parameters)
            {
                double[] gradient = new double[p.Count];
                for (int i = 0; i < gradient.Length; i++) gradient[i] = (Value(p, i, step) - Value(p, i, -step)) / (2 * step);
            }
        }

        double Value(Tensor p, int i, double step)
        {
            using TapeScope scope = Tape.Scope();
            using RecordingSwitch off = Tape.NoGrad();
            double kept = p.AsSpan<double>()[i];
            p.AsWritableSpan<double>()[i] = kept + step;
            double loss = Loss.CrossEntropy(model.Forward(x), labels).Item();
            p.AsWritableSpan<double>()[i] = kept;
            return loss;
        }
    }
}
