namespace Autograd;

/// <summary>Tensors as they lie in memory.</summary>
static class MemoryOrder
{
    /// <summary>The tensor with its axes in the order in which they lie: those of large strides first.</summary>
    /// <param name="x">The tensor.</param>
    /// <param name="order">Room for one number an axis: the axes of x in their new order.</param>
    public static Tensor Of(Tensor x, Span<int> order)
    {
        int rank = x.Rank;
        for (int i = 0; i < rank; i++)
        {
            int place = i;
            for (; place > 0 && x.Strides[order[place - 1]] < x.Strides[i]; place--) order[place] = order[place - 1];
            order[place] = i;
        }
        Span<int> sizes = stackalloc int[rank], strides = stackalloc int[rank];
        for (int i = 0; i < rank; i++) (sizes[i], strides[i]) = (x.Shape.Sizes[order[i]], x.Strides[order[i]]);
        return x.View(Shape.Create(sizes), strides);
    }

    /// <summary>Whether a tensor is made of dense runs that lie one step apart: all of its axes but the last ones, which are dense, together.</summary>
    public static bool HasRuns(Tensor x, out int run, out int step)
    {
        (run, step) = (1, 0);
        int next = -1;
        for (int i = x.Rank - 1; i >= 0; i--)
        {
            int size = x.Shape.Sizes[i], stride = x.Strides[i];
            if (size == 1) continue;
            if (next < 0 && stride == run)
            {
                run *= size;
                continue;
            }
            if (stride < 0 || (next >= 0 && stride != next)) return false;
            if (next < 0) step = stride;
            next = stride * size;
        }
        return true;
    }
}
