using Autograd.Kernels;

namespace Autograd.Bench.ByHand;

/// <summary>A linear layer over arrays.</summary>
/// <param name="rows">Rows of x.</param>
/// <param name="weight">[outputs, inputs].</param>
/// <param name="bias">[outputs].</param>
sealed class HandLinear(int rows, Tensor weight, Tensor bias)
{
    readonly int _inputs = weight.Shape[1], _outputs = weight.Shape[0];

    public (Tensor Leaf, float[] ByHand) Weight { get; } = HandCase.Pair(weight);

    public (Tensor Leaf, float[] ByHand) Bias { get; } = HandCase.Pair(bias);

    public float[] Y { get; } = new float[rows * weight.Shape[0]];

    public float[] Forward(ReadOnlySpan<float> x)
    {
        ReadOnlySpan<float> bias = Bias.Leaf.AsSpan<float>();
        for (int i = 0; i < rows; i++) bias.CopyTo(Y.AsSpan(i * _outputs));
        Gemm.Multiply(rows, _outputs, _inputs, 1f, x, _inputs, false, Weight.Leaf.AsSpan<float>(), _inputs, true, 1f, Y, _outputs);
        return Y;
    }

    /// <summary>dw = dyᵀ·x, db = Σ dy, dx = dy·w unless dx is empty.</summary>
    public void Backward(ReadOnlySpan<float> dy, ReadOnlySpan<float> x, Span<float> dx)
    {
        if (!dx.IsEmpty) Gemm.Multiply(rows, _inputs, _outputs, 1f, dy, _outputs, false, Weight.Leaf.AsSpan<float>(), _inputs, false, 0f, dx, _inputs);
        Gemm.Multiply(_outputs, _inputs, rows, 1f, dy, _outputs, true, x, _inputs, false, 0f, Weight.ByHand, _inputs);
        FoldKernels.Fold<float, Adding<float>>(dy, [rows, _outputs], 1, Bias.ByHand);
    }
}

/// <summary>Convolution, tanh and pooling by two over arrays.</summary>
sealed class HandConvolution(Conv2dGeometry geometry, Tensor weight, Tensor bias)
{
    readonly Pool2dGeometry _pool = new(geometry.N * geometry.OutC, geometry.OutH, geometry.OutW, 2, 2, 2, 2);
    readonly float[] _tanh = new float[geometry.N * geometry.OutC * geometry.OutH * geometry.OutW], _dSum = new float[geometry.N * geometry.OutC * geometry.OutH * geometry.OutW];

    public (Tensor Leaf, float[] ByHand) Weight { get; } = HandCase.Pair(weight);

    public (Tensor Leaf, float[] ByHand) Bias { get; } = HandCase.Pair(bias);

    public float[] Y { get; } = new float[geometry.N * geometry.OutC * geometry.OutH * geometry.OutW / 4];

    public float[] Forward(ReadOnlySpan<float> x)
    {
        // The sums are overwritten, and so are their gradients: every element is read before it is written.
        Conv2dKernels.Forward(geometry, x, Weight.Leaf.AsSpan<float>(), Bias.Leaf.AsSpan<float>(), _tanh);
        MapKernels.Forward<TanhOp, float>(default, _tanh, _tanh);
        PoolKernels.AverageForward(_pool, _tanh, Y, countIncludePad: true, divisor: 0);
        return Y;
    }

    public void Backward(ReadOnlySpan<float> dy, ReadOnlySpan<float> x, Span<float> dx)
    {
        PoolKernels.AverageGradInput(_pool, dy, _dSum, accumulate: false, countIncludePad: true, divisor: 0);
        MapKernels.Backward<TanhOp, float>(default, _dSum, [], _tanh, _dSum, fresh: true);
        if (!dx.IsEmpty) Conv2dKernels.GradInput(geometry, _dSum, Weight.Leaf.AsSpan<float>(), dx, accumulate: false);
        Conv2dKernels.GradWeight(geometry, _dSum, x, Weight.ByHand, accumulate: false);
        Conv2dKernels.GradBias<float>(geometry, _dSum, Bias.ByHand, accumulate: false);
    }
}

/// <summary>The mean cross-entropy of rows of logits, and its gradient.</summary>
sealed class HandCrossEntropy
{
    readonly long[] _labels;
    readonly float[] _max, _logSum, _losses, _share;
    readonly int _classes;

    public HandCrossEntropy(long[] labels, int classes)
    {
        (_labels, _classes, DX) = (labels, classes, new float[labels.Length * classes]);
        (_max, _logSum, _losses, _share) = (new float[labels.Length], new float[labels.Length], new float[labels.Length], new float[labels.Length]);
        _share.AsSpan().Fill(1f / labels.Length);
    }

    public float[] DX { get; }

    public float Forward(ReadOnlySpan<float> x)
    {
        SoftmaxKernels.LogSum(x, _classes, 1, _max, _logSum);
        CrossEntropyKernels.Losses<float>(x, _labels, [], _max, _logSum, _classes, 1, -100, 0, _losses);
        return FoldKernels.Total<float, Adding<float>>(_losses) / _losses.Length;
    }

    /// <summary>(softmax x − target)/n.</summary>
    public float[] Backward(ReadOnlySpan<float> x)
    {
        CrossEntropyKernels.Probabilities<float>(x, _max, _logSum, _share, [], _classes, 1, DX, fresh: true);
        CrossEntropyKernels.SubtractTargets<float>(_labels, [], _share, _classes, 1, -100, 0, DX, spread: true);
        return DX;
    }
}
