namespace Autograd;

/// <summary>Gradients that repeat along some axes, as those of sums over these axes do.</summary>
static class Repetition
{
    /// <summary>A view of what dy repeats, with size 1 where it does so; null where it repeats nothing, or is not dense otherwise.</summary>
    public static Tensor? Once(Tensor dy)
    {
        if (dy.IsDense) return null;
        Span<int> sizes = stackalloc int[dy.Rank], strides = stackalloc int[dy.Rank];
        int step = 1;
        for (int i = dy.Rank - 1; i >= 0; i--)
        {
            bool repeats = dy.Strides[i] == 0;
            if (!repeats && dy.Strides[i] != step && dy.Shape[i] != 1) return null;
            (sizes[i], strides[i]) = (repeats ? 1 : dy.Shape[i], step);
            step *= sizes[i];
        }
        return dy.View(Shape.Create(sizes), strides);
    }
}
