using Autograd.Nn;

namespace Autograd.Bench.Steps;

/// <summary>What recording and differentiating cost when there is next to nothing to compute.</summary>
static class OverheadSteps
{
    public static IReadOnlyList<StepCase> All { get; } =
    [
        new("overhead_chain", () => Chain(1000, backward: true)),
        new("overhead_chain_fwd", () => Chain(1000, backward: false)),
        new("overhead_chain_nograd", Unrecorded),
        new("overhead_scalar_expr", Neurons),
        new("long_tape_1e5", () => Chain(100_000, backward: true, mostRepetitions: 5)),
        new("long_tape_1e6", () => Chain(1_000_000, backward: true, mostRepetitions: 3)),
        new("xor_1986", Xor),
        new("xor_1986_lean", LeanXor),
    ];

    static (Tensor X, Tensor W, Tensor B) Numbers()
    {
        Tensor x = Tensor.Full([1], 0.3);
        x.RequiresGrad = true;
        return (x, Tensor.Full([1], 1.1), Tensor.Full([1], 0.1));
    }

    static Tensor Run(Tensor y, Tensor w, Tensor b, int ops)
    {
        for (int i = 0; i < ops / 4; i++) y = (y * w + b).Tanh().Sigmoid();
        return y;
    }

    static StepWork Chain(int ops, bool backward, int mostRepetitions = 200_000)
    {
        (Tensor x, Tensor w, Tensor b) = Numbers();
        return new(Step, MostRepetitions: mostRepetitions);

        void Step()
        {
            using TapeScope scope = Tape.Scope();
            x.ZeroGrad();
            Tensor y = Run(x, w, b, ops);
            if (backward) y.Backward();
        }
    }

    static StepWork Unrecorded()
    {
        (Tensor x, Tensor w, Tensor b) = Numbers();
        return new(Step);

        void Step()
        {
            using TapeScope scope = Tape.Scope();
            using RecordingSwitch off = Tape.NoGrad();
            Run(x, w, b, 1000);
        }
    }

    /// <summary>A net 3-4-4-1 written neuron by neuron, of scalars.</summary>
    static StepWork Neurons()
    {
        Generator random = new(1986);
        List<Tensor> parameters = [];
        int[] sizes = [3, 4, 4, 1];
        (Tensor[] Weights, Tensor Bias)[][] layers =
            [.. sizes.Zip(sizes[1..], (inputs, outputs) => Many(outputs, () => (Many(inputs, Parameter), Parameter())))];
        Tensor[] x = [Tensor.Scalar(2), Tensor.Scalar(3), Tensor.Scalar(-1)];
        Tensor target = Tensor.Scalar(1);
        return new(Step);

        Tensor Parameter()
        {
            Tensor p = Tensor.Scalar(2 * random.NextDouble() - 1);
            p.RequiresGrad = true;
            parameters.Add(p);
            return p;
        }

        void Step()
        {
            using TapeScope scope = Tape.Scope();
            foreach (Tensor p in parameters) p.ZeroGrad();
            Tensor[] h = x;
            for (int i = 0; i < layers.Length; i++)
            {
                Tensor[] y = new Tensor[layers[i].Length];
                for (int j = 0; j < y.Length; j++)
                {
                    (Tensor[] weights, y[j]) = layers[i][j];
                    for (int k = 0; k < h.Length; k++) y[j] += weights[k] * h[k];
                    if (i + 1 < layers.Length) y[j] = y[j].Relu();
                }
                h = y;
            }
            (h[0] - target).Square().Backward();
            using RecordingSwitch off = Tape.NoGrad();
            foreach (Tensor p in parameters) p.AddScaled(p.Grad!, -0.01);
        }
    }

    static T[] Many<T>(int count, Func<T> make)
    {
        T[] items = new T[count];
        for (int i = 0; i < count; i++) items[i] = make();
        return items;
    }

    /// <summary>The net 2-2-1 of sigmoids of Rumelhart, Hinton and Williams; a step is 1,000 epochs.</summary>
    static StepWork Xor()
    {
        Tensor x = Tensor.From(new float[,] { { 0, 0 }, { 0, 1 }, { 1, 0 }, { 1, 1 } }), target = Tensor.From(new float[,] { { 0 }, { 1 }, { 1 }, { 0 } });
        Generator random = new(1986);
        Sequential model = new(new Linear(2, 2, generator: random), new Sigmoid(), new Linear(2, 1, generator: random), new Sigmoid());
        Sgd sgd = new(model.Parameters, learningRate: 0.5, momentum: 0.9);
        Action epoch = Training.Step(model, sgd, x, y => 0.5 * (y - target).Square().Sum());
        return new(() =>
        {
            for (int i = 0; i < 1000; i++) epoch();
        });
    }

    /// <summary>The same without modules and optimizer.</summary>
    static StepWork LeanXor()
    {
        Tensor x = Tensor.From(new float[,] { { 0, 0 }, { 0, 1 }, { 1, 0 }, { 1, 1 } }), target = Tensor.From(new float[,] { { 0 }, { 1 }, { 1 }, { 0 } });
        Generator random = new(1986);
        Tensor w1 = Tensor.Normal([2, 2], random), w2 = Tensor.Normal([1, 2], random), b1 = Tensor.Zeros([2]), b2 = Tensor.Zeros([1]);
        Tensor[] parameters = [w1, b1, w2, b2], velocities = [.. parameters.Select(Tensor.ZerosLike)];
        foreach (Tensor p in parameters) p.RequiresGrad = true;
        return new(() =>
        {
            for (int i = 0; i < 1000; i++) Epoch();
        });

        void Epoch()
        {
            using TapeScope scope = Tape.Scope();
            Tensor e = x.Linear(w1, b1).Sigmoid().Linear(w2, b2).Sigmoid() - target;
            Tensor?[] gradients = Tape.Gradients(0.5 * e.Square().Sum(), parameters);
            using RecordingSwitch off = Tape.NoGrad();
            for (int i = 0; i < parameters.Length; i++)
            {
                // v = 0.9·v + g
                velocities[i].AddScaled(velocities[i], -0.1);
                velocities[i].AddScaled(gradients[i]!, 1);
                parameters[i].AddScaled(velocities[i], -0.5);
            }
        }
    }
}
