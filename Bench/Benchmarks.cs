using Autograd.Bench.ByHand;
using Autograd.Kernels;
using BenchmarkDotNet.Attributes;

namespace Autograd.Bench;

/// <summary>Gradients by the tape against the same ones derived by hand, with the same kernels.</summary>
[MemoryDiagnoser]
public class TapeAgainstHand
{
    HandCase _case = null!;

    public static IEnumerable<string> Names => HandCase.All.Select(c => c.Name);

    [ParamsSource(nameof(Names))]
    public string Name { get; set; } = "";

    [GlobalSetup]
    public void Choose() => _case = HandCase.All.Single(c => c.Name == Name);

    [Benchmark(Baseline = true)]
    public void Hand() => _case.Hand();

    [Benchmark]
    public void Tape() => _case.Tape();
}

/// <summary>Elementwise ops on a million floats, forward and backward.</summary>
[MemoryDiagnoser]
public class Elementwise
{
    readonly Tensor _x = Tensor.Normal([1 << 20], new Generator(1)), _dy = Tensor.Normal([1 << 20], new Generator(2));

    [GlobalSetup]
    public void RequireGradient() => _x.RequiresGrad = true;

    [Benchmark]
    public void Relu() => Step(x => x.Relu());

    [Benchmark]
    public void Tanh() => Step(x => x.Tanh());

    [Benchmark]
    public void Gelu() => Step(x => x.Gelu());

    void Step(Func<Tensor, Tensor> op)
    {
        using TapeScope scope = Tape.Scope();
        _x.ZeroGrad();
        op(_x).Backward(_dy);
    }
}

/// <summary>Square matrix products.</summary>
[MemoryDiagnoser]
public class MatrixProducts
{
    float[] _a = [], _b = [], _c = [];

    [Params(64, 256, 1024)]
    public int N { get; set; }

    [GlobalSetup]
    public void Make()
    {
        Generator random = new(1);
        (_a, _b, _c) = (Tensor.Normal([N * N], random).ToArray<float>(), Tensor.Normal([N * N], random).ToArray<float>(), new float[N * N]);
    }

    [Benchmark]
    public void Multiply() => Gemm.Multiply<float>(N, N, N, 1, _a, N, false, _b, N, false, 0, _c, N);
}

/// <summary>A convolution of ResNet's kind: 32 images of 16 × 32 × 32, kernels of 3 × 3.</summary>
[MemoryDiagnoser]
public class Convolutions
{
    static readonly Conv2dGeometry Geometry = new(32, 16, 32, 32, 16, 3, 3, PadH: 1, PadW: 1);

    readonly float[] _x = new float[32 * 16 * 32 * 32], _y = new float[32 * 16 * 32 * 32], _w = new float[16 * 16 * 9], _bias = new float[16];

    [Benchmark]
    public void Forward() => Conv2dKernels.Forward<float>(Geometry, _x, _w, _bias, _y);

    [Benchmark]
    public void GradInput() => Conv2dKernels.GradInput<float>(Geometry, _y, _w, _x, accumulate: false);

    [Benchmark]
    public void GradWeight() => Conv2dKernels.GradWeight<float>(Geometry, _y, _x, _w, accumulate: false);
}

/// <summary>A thousand ops of one element each, forward and backward.</summary>
[MemoryDiagnoser]
public class TapeOverhead
{
    readonly Tensor _x = Tensor.Full([1], 0.3), _w = Tensor.Full([1], 1.1), _b = Tensor.Full([1], 0.1);

    [Benchmark(OperationsPerInvoke = 1000)]
    public void Chain()
    {
        using TapeScope scope = Tape.Scope();
        _x.RequiresGrad = true;
        _x.ZeroGrad();
        Tensor y = _x;
        for (int i = 0; i < 250; i++) y = (y * _w + _b).Tanh().Sigmoid();
        y.Backward();
    }
}
