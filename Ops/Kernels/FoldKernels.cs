using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

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
    public static void Fold<T, TFold>(ReadOnlySpan<T> x, ReadOnlySpan<int> sizes, ulong reduced, Span<T> y) where T : unmanaged where TFold : IFold<T> =>
        Fold<T, TFold, Plain<T>>(x, sizes, reduced, y);

    /// <summary>The same of a function of every number, computed on the way.</summary>
    public static void Fold<T, TFold, TMap>(ReadOnlySpan<T> x, ReadOnlySpan<int> sizes, ulong reduced, Span<T> y)
        where T : unmanaged where TFold : IFold<T> where TMap : IMap<T>
    {
        if (x.IsEmpty || y.IsEmpty)
        {
            y.Fill(TFold.Neutral);
            return;
        }
        if (y.Length == 1 && x.Length > 1)
        {
            fixed (T* px = x) y[0] = FoldRuns.Total<T, TFold, MapRun<T, TMap>>(new(px), x.Length);
            return;
        }
        FoldAxes<T, TFold, TMap>(x, sizes, reduced, y);
    }

    /// <summary>The same where only every <paramref name="run"/> numbers lie densely, and such runs <paramref name="step"/> apart.</summary>
    /// <returns>False, and nothing is done, where what is to be joined does not follow the runs.</returns>
    public static bool TryFold<T, TFold, TMap>(ReadOnlySpan<T> x, int run, nint step, ReadOnlySpan<int> sizes, ulong reduced, Span<T> y)
        where T : unmanaged where TFold : IFold<T> where TMap : IMap<T>
    {
        int count = 1;
        foreach (int size in sizes) count *= size;
        if (count == 0 || y.Length == count) return false;
        if (y.Length == 1 && run >= Vector512<T>.Count)
        {
            fixed (T* px = x) y[0] = FoldRuns.Total<T, TFold, TMap>(px, run, step, count);
            return true;
        }
        Span<int> axes = stackalloc int[sizes.Length + 1];
        axes = axes[..Collapse(sizes, reduced, axes, out bool innerReduced)];
        fixed (T* px = x, py = y) return Reduce<T, TFold, TMap>(px, count, run, step, axes, innerReduced, py);
    }

    static void FoldAxes<T, TFold, TMap>(ReadOnlySpan<T> x, ReadOnlySpan<int> sizes, ulong reduced, Span<T> y)
        where T : unmanaged where TFold : IFold<T> where TMap : IMap<T>
    {
        Span<int> axes = stackalloc int[sizes.Length + 1];
        axes = axes[..Collapse(sizes, reduced, axes, out bool innerReduced)];
        fixed (T* px = x, py = y)
        {
            if (innerReduced || axes.Length > 1) Reduce<T, TFold, TMap>(px, x.Length, x.Length, x.Length, axes, innerReduced, py);
            else Map<T, TMap>(px, (nuint)x.Length, py);
        }
    }

    /// <summary>The fold of all elements.</summary>
    public static T Total<T, TFold>(ReadOnlySpan<T> x) where T : unmanaged where TFold : IFold<T>
    {
        fixed (T* px = x) return FoldRuns.Total<T, TFold, MapRun<T, Plain<T>>>(new(px), x.Length);
    }

    /// <summary>Joins neighbouring axes that are both kept or both reduced and drops those of size 1; innermost first.</summary>
    public static int Collapse(ReadOnlySpan<int> sizes, ulong reduced, Span<int> axes, out bool innerReduced)
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

    /// <summary>Axes alternate between kept and reduced, innermost first; each step removes a reduced one. Only the first finds runs that are apart.</summary>
    static bool Reduce<T, TFold, TMap>(T* x, int count, int run, nint step, Span<int> axes, bool innerReduced, T* y) where T : unmanaged where TFold : IFold<T> where TMap : IMap<T>
    {
        for (bool first = true, even = true; ; first = false, even = !even)
        {
            int columns = innerReduced ? 1 : axes[0], rows = innerReduced ? axes[0] : axes[1], planes = count / (rows * columns);
            bool done = axes.Length <= (innerReduced ? 2 : 3);
            T* target = done ? y : even ? _even.Get<T>((nint)planes * columns) : _odd.Get<T>((nint)planes * columns);
            if (!first) Step<T, TFold, Plain<T>>(x, count, count, count, rows, columns, innerReduced, target);
            else if (!Step<T, TFold, TMap>(x, count, run, step, rows, columns, innerReduced, target)) return false;
            if (done) return true;
            axes = innerReduced ? axes[1..] : axes[2..];
            axes[0] *= columns;
            x = target;
            (count, innerReduced) = (planes * columns, false);
        }
    }

    [MethodImpl(Jit.Loop)]
    static void Map<T, TMap>(T* x, nuint count, T* y) where T : unmanaged where TMap : IMap<T>
    {
        nuint width = (nuint)Vector512<T>.Count, i = 0;
        for (; i + width <= count; i += width) TMap.Of(Vector512.Load(x + i)).Store(y + i);
        if (i < count) Tail.Store(TMap.Of(Tail.Load(x + i, count - i, default)), y + i, count - i);
    }

    static bool Step<T, TFold, TMap>(T* x, int count, int run, nint step, int rows, int columns, bool innerReduced, T* y)
        where T : unmanaged where TFold : IFold<T> where TMap : IMap<T>
    {
        int plane = rows * columns, planes = run / plane;
        if (run % plane != 0)
        {
            if (innerReduced || run != columns) return false;
            FoldPlanes.Run<T, TFold, TMap>(x, count / plane, rows * step, rows, step, columns, y);
        }
        else if (planes == 1 && step != run && innerReduced && ShortRuns.PicksOf<T>(run, count / run) > 0) return false;
        else if (planes == 1) Planes<T, TFold, TMap>(x, count / run, step, rows, columns, innerReduced, y);
        else
        {
            for (int i = 0; i < count; i += run, x += step, y += planes * columns) Planes<T, TFold, TMap>(x, planes, plane, rows, columns, innerReduced, y);
        }
        return true;
    }

    static void Planes<T, TFold, TMap>(T* x, int planes, nint step, int rows, int columns, bool innerReduced, T* y) where T : unmanaged where TFold : IFold<T> where TMap : IMap<T>
    {
        if (innerReduced) FoldRuns.Runs<T, TFold, TMap>(x, rows, step, planes, y);
        else FoldPlanes.Run<T, TFold, TMap>(x, planes, step, rows, columns, columns, y);
    }
}
