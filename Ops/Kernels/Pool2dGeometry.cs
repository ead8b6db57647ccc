namespace Autograd.Kernels;

/// <summary>
/// Sizes of a two-dimensional pooling: x [Planes, H, W], y [Planes, OutH, OutW], Planes = batch × channels; padding at most half the kernel.
/// OutH and OutW are ⌊(h + 2p − d·(k − 1) − 1)/s⌋ + 1; with CeilMode the quotient is rounded up, and a last window that would start in the
/// right or bottom padding is dropped. Source: PyTorch documentation of MaxPool2d.
/// </summary>
readonly record struct Pool2dGeometry(
    int Planes, int H, int W, int KH, int KW, int StrideH, int StrideW,
    int PadH = 0, int PadW = 0, int DilationH = 1, int DilationW = 1, bool CeilMode = false)
{
    /// <summary>Height of the output.</summary>
    public int OutH => Extent(H, KH, StrideH, PadH, DilationH);

    /// <summary>Width of the output.</summary>
    public int OutW => Extent(W, KW, StrideW, PadW, DilationW);

    /// <summary>True for windows of 2 × 2 that tile the plane, the commonest pooling.</summary>
    public bool IsHalving => this is { KH: 2, KW: 2, StrideH: 2, StrideW: 2, PadH: 0, PadW: 0, DilationH: 1, DilationW: 1 }
        && 2 * OutH <= H && 2 * OutW <= W;

    /// <summary>
    /// The same with fewer and taller planes of up to <paramref name="elements"/> elements, where no row is left out between planes: a small plane costs
    /// as much to begin as several of its rows. Positions in a plane are others then.
    /// </summary>
    public Pool2dGeometry Joined(int elements)
    {
        if (!IsHalving || 2 * OutH != H)
            return this;
        int count = Math.Clamp(elements / (H * W), 1, Math.Max(1, Planes));
        while (Planes % count != 0)
            count--;
        return this with { Planes = Planes / count, H = count * H };
    }

    /// <summary>Rows as a pass over padded planes.</summary>
    public ConvAxis Rows => ConvAxis.Forward(KH, StrideH, PadH, DilationH, OutH);

    /// <summary>Columns as a pass over padded planes.</summary>
    public ConvAxis Columns => ConvAxis.Forward(KW, StrideW, PadW, DilationW, OutW);

    int Extent(int size, int kernel, int stride, int pad, int dilation)
    {
        int span = size + 2 * pad - dilation * (kernel - 1) - 1;
        if (span < 0 && !(CeilMode && span > -stride))
            return 0;
        if (!CeilMode)
            return span / stride + 1;
        int count = (span + stride - 1) / stride + 1;
        return (count - 1) * stride >= size + pad ? count - 1 : count;
    }
}
