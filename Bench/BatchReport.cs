using Autograd.Nn;

namespace Autograd.Bench;

/// <summary>What it saves to run a function of one sample once for a whole batch: gradients per sample and Jacobians by rows, against loops.</summary>
static class BatchReport
{
    public static void Run()
    {
        Console.WriteLine("| what | one by one, ms | at once, ms | ratio |");
        Console.WriteLine("| --- | ---: | ---: | ---: |");
        Generator random = new(1);
        PerSample("gradients per sample, 784-128-10 MLP, 64 samples", Mlp(random), Tensor.Uniform([64, 784], random), random);
        PerSample("gradients per sample, LeNet-5, 64 samples", LeNet5(random), Tensor.Uniform([64, 1, 28, 28], random), random);
        Jacobian("Jacobian by rows, 64-64-64 tanh net", random);
        Columns("Jacobian by columns, 64-64-64 tanh net", random);
        Hessian("Hessian, 64-64-64 tanh net, sum of squares", random);
    }

    static void PerSample(string name, Module net, Tensor images, Generator random)
    {
        Tensor labels = Tensor.From([.. Enumerable.Range(0, images.Shape[0]).Select(_ => (long)(random.NextDouble() * 10))]);
        IReadOnlyList<Tensor> parameters = net.Parameters;
        // Both into memory that is there already: new memory for so many gradients costs more than computing them.
        Tensor[] all = [.. parameters.Select(p => Tensor.Zeros([images.Shape[0], .. p.Shape.Sizes]))];
        Print(name, Loop, Batch);

        Tensor Loss(Tensor[] t) => Autograd.Loss.CrossEntropy(net.Forward(t[0]), t[1]);

        void Batch()
        {
            using TapeScope scope = Tape.Scope();
            Grad.PerSample(Loss, parameters, [images, labels]);
        }

        void Loop()
        {
            for (int k = 0; k < images.Shape[0]; k++)
            {
                using TapeScope scope = Tape.Scope();
                Tensor?[] gradients = Tape.Gradients(Loss([images.Slice(0, k, k + 1), labels.Slice(0, k, k + 1)]), [.. parameters]);
                for (int i = 0; i < all.Length; i++) gradients[i]!.CopyTo(all[i].AsWritableSpan<float>()[(k * parameters[i].Count)..]);
            }
        }
    }

    static void Jacobian(string name, Generator random)
    {
        Sequential net = TanhNet(random);
        Tensor point = Tensor.Normal([64], random);
        Print(name, Loop, () => Grad.Jacobian(net.Forward, point, JacobianMode.Reverse));

        void Loop()
        {
            Tensor x = point.Clone(), all = Tensor.Zeros([64, 64]);
            x.RequiresGrad = true;
            Tensor y = net.Forward(x);
            for (int k = 0; k < 64; k++)
            {
                using TapeScope scope = Tape.Scope();
                Tensor unit = Tensor.Zeros([64]);
                unit.AsWritableSpan<float>()[k] = 1;
                Tape.Gradients(y, [x], unit, retainGraph: true)[0]!.CopyTo(all.AsWritableSpan<float>()[(k * 64)..]);
            }
        }
    }

    static void Columns(string name, Generator random)
    {
        Sequential net = TanhNet(random);
        Tensor point = Tensor.Normal([64], random);
        Print(name, () => EachDirection(point, v => Grad.Jvp(net.Forward, point, v).Tangent), () => Grad.Jacobian(net.Forward, point, JacobianMode.Forward));
    }

    static void Hessian(string name, Generator random)
    {
        Sequential net = TanhNet(random);
        Tensor point = Tensor.Normal([64], random);
        Tensor F(Tensor x) => net.Forward(x).Square().Sum();
        Print(name, () => EachDirection(point, v => Grad.HessianVectorProduct(F, point, v)), () => Grad.Hessian(F, point));
    }

    static void EachDirection(Tensor point, Func<Tensor, Tensor> column)
    {
        Tensor all = Tensor.Zeros([64, 64]);
        for (int k = 0; k < 64; k++)
        {
            using TapeScope scope = Tape.Scope();
            Tensor unit = Tensor.ZerosLike(point);
            unit.AsWritableSpan<float>()[k] = 1;
            column(unit).CopyTo(all.AsWritableSpan<float>()[(k * 64)..]);
        }
    }

    static Sequential TanhNet(Generator random) =>
        new(new Linear(64, 64, generator: random), new Tanh(), new Linear(64, 64, generator: random), new Tanh());

    static void Print(string name, Action loop, Action batch)
    {
        (double one, double all) = Paired.Best(loop, batch);
        Console.WriteLine($"| {name} | {1e3 * one:F2} | {1e3 * all:F2} | {one / all:F1} |");
    }

    static Sequential Mlp(Generator random) => new(new Linear(784, 128, generator: random), new Tanh(), new Linear(128, 10, generator: random));

    static Sequential LeNet5(Generator random) => new(
        new Conv2d(1, 6, 5, padding: 2, generator: random), new Tanh(), new AvgPool2d(2), new Conv2d(6, 16, 5, generator: random), new Tanh(), new AvgPool2d(2),
        new Flatten(), new Linear(400, 120, generator: random), new Tanh(), new Linear(120, 84, generator: random), new Tanh(), new Linear(84, 10, generator: random));
}
