namespace Autograd.Kernels;

/// <summary>
/// Folds (sums, products, extremes) over any axes of a dense array. The order in which numbers are joined depends on the
/// shape alone, so results are the same bits for any number of threads.
/// </summary>
static unsafe class FoldKernels
{
    [ThreadStatic] static Scratch _even;
    [ThreadStatic] static Scratch _odd;

    /// <summary>y = fold of x over the axes whose bits are set; y is dense over the kept axes.</summary>
    public static void Fold<T, TFold>(ReadOnlySpan<T> x, ReadOnlySpan<int> sizes, ulong reduced, Span<T> y) where T : unmanaged where TFold : IFold<T>
    {
        if (x.IsEmpty || y.IsEmpty)
        {
            y.Fill(TFold.Neutral);
            return;
        }
        Span<int> axes = stackalloc int[sizes.Length + 1];
        axes = axes[..Collapse(sizes, reduced, axes, out bool innerReduced)];
        fixed (T* px = x, py = y) Reduce<T, TFold>(px, x.Length, axes, innerReduced, py);
    }

    /// <summary>The fold of all elements.</summary>
    public static T Total<T, TFold>(ReadOnlySpan<T> x) where T : unmanaged where TFold : IFold<T>
    {
        fixed (T* px = x) return FoldRuns.Total<T, TFold, PlainRun<T>>(new(px), x.Length);
    }

    /// <summary>Joins neighbouring axes that are both kept or both reduced and drops those of size 1; innermost first.</summary>
    static int Collapse(ReadOnlySpan<int> sizes, ulong reduced, Span<int> axes, out bool innerReduced)
    {
        int rank = 0;
        bool last = innerReduced = false;
        for (int i = sizes.Length - 1; i >= 0; i--)
        {
            if (sizes[i] == 1) continue;
            bool folds = (reduced >> i & 1) != 0;
            if (rank == 0) innerReduced = folds;
            if (rank > 0 && last == folds) axes[rank - 1] *= sizes[i];
            else axes[rank++] = sizes[i];
            last = folds;
        }
        if (rank == 0) axes[rank++] = 1;
        return rank;
    }

    /// <summary>Axes alternate between kept and reduced, innermost first; each step removes a reduced one.</summary>
    static void Reduce<T, TFold>(T* x, int count, Span<int> axes, bool innerReduced, T* y) where T : unmanaged where TFold : IFold<T>
    {
        for (bool even = true; ; even = !even)
        {
            if (!innerReduced && axes.Length == 1)
            {
                new ReadOnlySpan<T>(x, count).CopyTo(new Span<T>(y, count));
                return;
            }
            int columns = innerReduced ? 1 : axes[0], rows = innerReduced ? axes[0] : axes[1], planes = count / (rows * columns);
            bool done = axes.Length <= (innerReduced ? 2 : 3);
            T* target = done ? y : even ? _even.Get<T>((nint)planes * columns) : _odd.Get<T>((nint)planes * columns);
            if (innerReduced) FoldRuns.Runs<T, TFold>(x, rows, planes, target);
            else FoldPlanes.Run<T, TFold>(x, planes, rows, columns, target);
            if (done) return;
            axes = innerReduced ? axes[1..] : axes[2..];
            axes[0] *= columns;
            x = target;
            (count, innerReduced) = (planes * columns, false);
        }
    }
}
