namespace Autograd;

/// <summary>The sizes that the kernels of convolution and pooling can count: beyond them their 32-bit offsets would wrap around.</summary>
static class WindowLimits
{
    const long Longest = 1 << 30, LargestImage = 3L << 29;

    /// <summary>Checks stride, reach of the kernel and padded image; every setting must be in its range already.</summary>
    public static void Check(string op, int axes, Tensor x, Size2 kernel, Size2 stride, Size2 padding, Size2 dilation)
    {
        int height = axes == 1 ? 1 : x.Shape[-2], width = x.Shape[-1];
        long rows = height + (2L * padding.H), columns = width + (2L * padding.W);
        bool fits = rows < Longest && columns < Longest && rows * columns * x.DType.Size() < LargestImage
            && (long)dilation.H * kernel.H < Longest && (long)dilation.W * kernel.W < Longest && (long)kernel.H * kernel.W < Longest
            && stride.H < Longest && stride.W < Longest;
        if (!fits) throw Throw.WindowTooLarge(op, axes, x.Shape, kernel, stride, padding, dilation);
    }
}
