using Autograd.Kernels;

namespace Autograd;

/// <summary>A pooling as the user asked for it, with the rules that its sizes must obey; one axis is a height of 1.</summary>
readonly record struct PoolCall(string Op, int Axes, Tensor X, Size2 Kernel, Size2 Stride, Size2 Padding, Size2 Dilation, bool CeilMode)
{
    /// <summary>A pooling along the last axis.</summary>
    public static PoolCall Line(string op, Tensor x, int kernel, int? stride, int padding, int dilation, bool ceilMode) => new(
        op, 1, x, Size2.Length(kernel, 1), Size2.Length(stride ?? kernel, 1), Size2.Length(padding, 0), Size2.Length(dilation, 1), ceilMode);

    /// <summary>The sizes for the kernels, checked.</summary>
    public Pool2dGeometry Geometry()
    {
        CheckRank(Op, Axes, X);
        if (Kernel.H < 1 || Kernel.W < 1) throw Throw.WindowSetting(Op, Axes, "kernel", Kernel, 1);
        if (Stride.H < 1 || Stride.W < 1) throw Throw.WindowSetting(Op, Axes, "stride", Stride, 1);
        if (Dilation.H < 1 || Dilation.W < 1) throw Throw.WindowSetting(Op, Axes, "dilation", Dilation, 1);
        if (Padding.H < 0 || Padding.W < 0) throw Throw.WindowSetting(Op, Axes, "padding", Padding, 0);
        if (2L * Padding.H > Kernel.H || 2L * Padding.W > Kernel.W) throw Throw.PoolPadding(Op, Axes, Padding, Kernel);
        WindowLimits.Check(Op, Axes, X, Kernel, Stride, Padding, Dilation);
        Pool2dGeometry geometry = new(
            Planes(Axes, X.Shape), Axes == 1 ? 1 : X.Shape[-2], X.Shape[-1], Kernel.H, Kernel.W, Stride.H, Stride.W,
            Padding.H, Padding.W, Dilation.H, Dilation.W, CeilMode);
        if (geometry.OutH < 1 || geometry.OutW < 1) throw Throw.PoolKernelTooLarge(Op, Axes, X.Shape, Kernel, Padding, Dilation);
        return geometry;
    }

    /// <summary>The sizes of an adaptive pooling, checked.</summary>
    public static AdaptivePoolGeometry Adaptive(string op, int axes, Tensor x, Size2 size)
    {
        CheckRank(op, axes, x);
        if (size.H < 0 || size.W < 0) throw Throw.WindowSetting(op, axes, "size", size, 0);
        int height = axes == 1 ? 1 : x.Shape[-2], width = x.Shape[-1];
        if (height == 0 || width == 0) throw Throw.PoolEmptyInput(op, x.Shape);
        return new(Planes(axes, x.Shape), height, width, size.H, size.W);
    }

    /// <summary>The shape of the result: that of x with other sizes of the pooled axes.</summary>
    public static Shape Result(Shape x, int axes, int height, int width) => axes == 1
        ? [.. x.Sizes[..^1], width]
        : [.. x.Sizes[..^2], height, width];

    static void CheckRank(string op, int axes, Tensor x)
    {
        Throw.IfNull(op, x);
        if (x.Rank != axes + 1 && x.Rank != axes + 2) throw Throw.PoolInputRank(op, axes, x.Shape);
        if (!x.DType.IsFloating()) throw Throw.NeedsFloating(op, x.DType);
    }

    static int Planes(int axes, Shape x)
    {
        int planes = 1;
        foreach (int size in x.Sizes[..^axes]) planes *= size;
        return planes;
    }
}
