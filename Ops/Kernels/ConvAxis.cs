namespace Autograd.Kernels;

/// <summary>
/// One dimension of a convolution pass: output o = OutFirst + i·OutStep reads, for tap j, the source at i·InStep + First + j·Step
/// and kernel element KernelFirst + j·KernelStep.
/// </summary>
readonly record struct ConvAxis(
    int First, int Step, int Taps, int KernelFirst, int KernelStep, int Outputs, int InStep, int OutFirst, int OutStep)
{
    /// <summary>Source position that the first output reads at tap <paramref name="j"/>.</summary>
    public int Offset(int j) => First + j * Step;

    /// <summary>Kernel element of tap <paramref name="j"/>.</summary>
    public int Kernel(int j) => KernelFirst + j * KernelStep;

    /// <summary>Smallest source position that is read; may lie in the padding.</summary>
    public int Min => Taps == 0 ? 0 : Math.Min(First, Offset(Taps - 1));

    /// <summary>Largest source position that the first output reads.</summary>
    public int Max => Taps == 0 ? 0 : Math.Max(First, Offset(Taps - 1));

    /// <summary>The same for every <paramref name="step"/>-th output from number <paramref name="phase"/> on.</summary>
    public ConvAxis Every(int step, int phase) => this with
    {
        First = First + (phase * InStep), Outputs = (Outputs - phase + step - 1) / step, InStep = step * InStep, OutFirst = OutFirst + (phase * OutStep), OutStep = step * OutStep,
    };

    /// <summary>The same with so many of the taps.</summary>
    public ConvAxis Part(int first, int count) => this with { First = Offset(first), Taps = count, KernelFirst = Kernel(first) };

    /// <summary>The axis of a forward pass.</summary>
    public static ConvAxis Forward(int kernel, int stride, int pad, int dilation, int outputs)
        => new(-pad, dilation, kernel, 0, 1, outputs, stride, 0, 1);

    /// <summary>
    /// The axis of an input gradient for inputs i ≡ phase (mod stride). Output o meets input i at kernel element k when
    /// o·stride + k·dilation = i + pad; the k that solve it for a phase are evenly spaced, and so are their o.
    /// </summary>
    public static ConvAxis Gradient(int kernel, int stride, int pad, int dilation, int inputs, int phase)
    {
        int first = 0;
        while (first < kernel && (phase + pad - first * dilation) % stride != 0)
            first++;
        int step = 1;
        while (step * dilation % stride != 0)
            step++;
        int taps = first < kernel ? (kernel - 1 - first) / step + 1 : 0;
        int outputs = inputs > phase ? (inputs - phase - 1) / stride + 1 : 0;
        int offset = taps == 0 ? 0 : (phase + pad - first * dilation) / stride;
        return new ConvAxis(offset, -(step * dilation / stride), taps, first, step, outputs, 1, phase, stride);
    }
}
