namespace Autograd.Bench.Steps;

/// <summary>One op, forward and backward.</summary>
static class KernelSteps
{
    static readonly (string Name, Func<Tensor, Tensor> Apply)[] Functions =
        [("sigmoid", x => x.Sigmoid()), ("tanh", x => x.Tanh()), ("relu", x => x.Relu()), ("gelu", x => x.Gelu()), ("softmax", x => x.Softmax(-1))];

    public static IReadOnlyList<StepCase> All { get; } =
    [
        .. from function in Functions
           from size in (int[])[1, 16]
           select new StepCase($"elementwise_{function.Name}_{size}M", () => Elementwise(function.Apply, size << 20)),
        .. from n in (int[])[64, 128, 256, 512, 1024, 2048]
           select new StepCase($"matmul_{n}", () => MatMul(n)),
    ];

    static StepWork Elementwise(Func<Tensor, Tensor> function, int count)
    {
        Generator random = new(1986);
        Tensor x = Tensor.Normal([count / 1024, 1024], random), dy = Tensor.Normal([count / 1024, 1024], random);
        x.RequiresGrad = true;
        return new(Step);

        void Step()
        {
            using TapeScope scope = Tape.Scope();
            x.ZeroGrad();
            function(x).Backward(dy);
        }
    }

    static StepWork MatMul(int n)
    {
        Generator random = new(1986);
        Tensor a = Tensor.Normal([n, n], random), b = Tensor.Normal([n, n], random), dc = Tensor.Normal([n, n], random);
        a.RequiresGrad = b.RequiresGrad = true;
        return new(Step, 6.0 * n * n * n);

        void Step()
        {
            using TapeScope scope = Tape.Scope();
            a.ZeroGrad();
            b.ZeroGrad();
            a.MatMul(b).Backward(dc);
        }
    }
}
