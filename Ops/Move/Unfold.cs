namespace Autograd;

public static partial class TensorOps
{
    extension(Tensor x)
    {
        /// <summary>The windows of images as columns (im2col): [n, c, h, w] becomes [n, c·kₕ·kᵥ, l], l windows in row-major order; without n, the result has none.</summary>
        /// <param name="kernel">Height and width of a window, ≥ 1.</param>
        /// <param name="stride">Distance between windows, ≥ 1; 1 when left out.</param>
        /// <param name="padding">Zeros around the image, ≥ 0; 0 when left out.</param>
        /// <param name="dilation">Distance between the elements of a window, ≥ 1; 1 when left out.</param>
        /// <exception cref="ShapeException">The tensor is no image or batch, an argument is out of range, or the window is larger than the padded image.</exception>
        public Tensor Unfold(Size2 kernel, Size2? stride = null, Size2? padding = null, Size2? dilation = null)
        {
            Throw.IfNull("Unfold", x);
            if (x.Rank is < 3 or > 4) throw Throw.UnfoldRank("Unfold", x.Shape, "[n, c, h, w] or [c, h, w]");
            if (x.Rank == 3) return x.Unsqueeze(0).Unfold(kernel, stride, padding, dilation).Squeeze(0);
            Windows windows = Windows.Create("Unfold", new(x.Shape[2], x.Shape[3]), kernel, stride ?? 1, padding ?? 0, dilation ?? 1);
            Tensor apart = new WindowsOp(windows).Apply(x.Pad(windows.Pads(1)));
            return apart.Reshape(x.Shape[0], x.Shape[1] * windows.Elements, windows.Count.H * windows.Count.W);
        }

        /// <summary>Columns added up to images (col2im), the adjoint of Unfold: [n, c·kₕ·kᵥ, l] becomes [n, c, h, w]; without n, the result has none.</summary>
        /// <param name="outputSize">h and w.</param>
        /// <param name="kernel">Height and width of a window, ≥ 1.</param>
        /// <param name="stride">Distance between windows, ≥ 1; 1 when left out.</param>
        /// <param name="padding">Zeros that surrounded the image, ≥ 0; 0 when left out.</param>
        /// <param name="dilation">Distance between the elements of a window, ≥ 1; 1 when left out.</param>
        /// <exception cref="ShapeException">The columns are not as many or not as long as such an image has, or an argument is out of range.</exception>
        /// <exception cref="DTypeException">The element type is not floating-point.</exception>
        public Tensor Fold(Size2 outputSize, Size2 kernel, Size2? stride = null, Size2? padding = null, Size2? dilation = null)
        {
            Throw.IfNull("Fold", x);
            if (x.Rank is < 2 or > 3) throw Throw.UnfoldRank("Fold", x.Shape, "[n, c·kernel, l] or [c·kernel, l]");
            if (x.Rank == 2) return x.Unsqueeze(0).Fold(outputSize, kernel, stride, padding, dilation).Squeeze(0);
            Windows windows = Windows.Create("Fold", outputSize, kernel, stride ?? 1, padding ?? 0, dilation ?? 1);
            (int n, int rows, int count, Size2 border) = (x.Shape[0], x.Shape[1], windows.Count.H * windows.Count.W, windows.Padding);
            if (rows % windows.Elements != 0 || x.Shape[2] != count) throw Throw.FoldColumns(x.Shape, windows.Elements, count);
            Tensor apart = x.Reshape(n, rows / windows.Elements, kernel.H, kernel.W, windows.Count.H, windows.Count.W);
            Shape padded = [n, rows / windows.Elements, outputSize.H + (2 * border.H), outputSize.W + (2 * border.W)];
            return new PlaceOp(new WindowsOp(windows), padded, "Fold").Apply(apart).Pad(windows.Pads(-1));
        }
    }
}

/// <summary>How windows lie over an image, and how many they are.</summary>
readonly record struct Windows(Size2 Kernel, Size2 Stride, Size2 Padding, Size2 Dilation, Size2 Count)
{
    public int Elements => Kernel.H * Kernel.W;

    public int[] Pads(int sign) => [sign * Padding.W, sign * Padding.W, sign * Padding.H, sign * Padding.H];

    public static Windows Create(string op, Size2 image, Size2 kernel, Size2 stride, Size2 padding, Size2 dilation)
    {
        Check(op, nameof(kernel), kernel, 1);
        Check(op, nameof(stride), stride, 1);
        Check(op, nameof(padding), padding, 0);
        Check(op, nameof(dilation), dilation, 1);
        Check(op, "outputSize", image, 0);
        long rows = image.H + (2L * padding.H), columns = image.W + (2L * padding.W), reachH = (long)dilation.H * kernel.H, reachW = (long)dilation.W * kernel.W;
        if (Math.Max(Math.Max(rows, columns), Math.Max(reachH, reachW)) >= 1 << 30) throw Throw.UnfoldTooLarge(op, image, kernel, padding, dilation);
        Size2 padded = new(image.H + (2 * padding.H), image.W + (2 * padding.W));
        Size2 space = new(padded.H - (dilation.H * (kernel.H - 1)) - 1, padded.W - (dilation.W * (kernel.W - 1)) - 1);
        if (space.H < 0 || space.W < 0) throw Throw.UnfoldWindow(op, kernel, dilation, padded);
        return new(kernel, stride, padding, dilation, new((space.H / stride.H) + 1, (space.W / stride.W) + 1));
    }

    static void Check(string op, string name, Size2 value, int least)
    {
        if (value.H < least || value.W < least) throw Throw.UnfoldSetting(op, name, value, least);
    }
}

/// <summary>All windows of images [n, c, h, w] as a view [n, c, kₕ, kᵥ, rows, columns]; elements appear in every window that covers them.</summary>
sealed class WindowsOp(Windows windows) : ViewOp, ISampled
{
    public static IEnumerable<Sample> Samples =>
    [
        Sample.Of([1, 2, 4, 4], x => x.Unfold(2)), Sample.Of([2, 1, 5, 4], x => x.Unfold((3, 2), (2, 1), (1, 0), (1, 2))), Sample.Of([2, 3, 3], x => x.Unfold(2)),
        Sample.Of([1, 4, 16], x => x.Fold(5, 2)), Sample.Of([1, 8, 6], x => x.Fold((4, 3), 2, (2, 1), (1, 0))),
    ];

    public override ViewOp OfBatch => this;

    protected override bool Repeats => true;

    protected override Arrangement Arrange(Shape shape, ReadOnlySpan<int> strides)
    {
        (int rows, int columns) = (strides[^2], strides[^1]);
        (Size2 kernel, Size2 stride, _, Size2 dilation, Size2 count) = windows;
        return new(
            [.. shape.Sizes[..^2], kernel.H, kernel.W, count.H, count.W],
            [.. strides[..^2], dilation.H * rows, dilation.W * columns, stride.H * rows, stride.W * columns], 0);
    }
}
