namespace Autograd.Kernels;

/// <summary>
/// Sizes of a two-dimensional convolution: x [N, C, H, W], w [OutC, C / Groups, KH, KW], y [N, OutC, OutH, OutW].
/// Strides, dilations and groups ≥ 1, padding ≥ 0, in elements. OutH and OutW follow from the rest,
/// h' = ⌊(h + 2p − d·(k − 1) − 1)/s⌋ + 1, unless they are set. Source: Dumoulin and Visin 2016, relationship 15.
/// </summary>
readonly record struct Conv2dGeometry(
    int N, int C, int H, int W, int OutC, int KH, int KW,
    int StrideH = 1, int StrideW = 1, int PadH = 0, int PadW = 0,
    int DilationH = 1, int DilationW = 1, int Groups = 1)
{
    /// <summary>Height of the output.</summary>
    public int OutH { get; init; } = Extent(H, KH, StrideH, PadH, DilationH);

    /// <summary>Width of the output.</summary>
    public int OutW { get; init; } = Extent(W, KW, StrideW, PadW, DilationW);

    /// <summary>Channels that one filter reads.</summary>
    public int GroupC => C / Groups;

    /// <summary>Filters of one group.</summary>
    public int GroupOutC => OutC / Groups;

    /// <summary>Elements of one filter: channels of a group × kernel height × kernel width.</summary>
    public int Taps => GroupC * KH * KW;

    /// <summary>Nominal floating-point operations of one direction, a multiply-add counted as two.</summary>
    public double Flops => 2.0 * N * OutC * OutH * OutW * Taps;

    static int Extent(int size, int kernel, int stride, int pad, int dilation)
    {
        int span = size + 2 * pad - dilation * (kernel - 1) - 1;
        return span < 0 ? 0 : span / stride + 1;
    }
}
