using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace Autograd.Kernels;

/// <summary>
/// Sums over chosen axes, by a tree that depends on the shape alone: along a run, four vectors of 16 floats (8 doubles) over
/// blocks of 1,024, blocks pairwise; across rows, blocks of 64 rows, blocks one after the other.
/// </summary>
static class SumKernels
{
    const int RunBlock = 1024, RowBlock = 64;

    /// <summary>y = Σ x over the reduced axes; y is dense over the kept axes.</summary>
    public static void Sum<T>(ReadOnlySpan<T> x, ReadOnlySpan<int> sizes, ReadOnlySpan<bool> reduced, Span<T> y) where T : unmanaged, INumber<T>
    {
        if (x.IsEmpty)
        {
            y.Clear();
            return;
        }
        // Neighbouring axes that are both kept or both reduced are one axis; axes of size 1 are none.
        Span<int> axes = stackalloc int[sizes.Length + 1];
        int rank = 0;
        bool innerReduced = false, last = false;
        for (int i = sizes.Length - 1; i >= 0; i--)
        {
            if (sizes[i] == 1) continue;
            if (rank == 0) innerReduced = reduced[i];
            if (rank > 0 && last == reduced[i]) axes[rank - 1] *= sizes[i];
            else axes[rank++] = sizes[i];
            last = reduced[i];
        }
        if (rank == 0) axes[rank++] = 1;
        Reduce(x, axes[..rank], innerReduced, y);
    }

    /// <summary>Axes alternate between kept and reduced, innermost first.</summary>
    static void Reduce<T>(ReadOnlySpan<T> x, ReadOnlySpan<int> axes, bool innerReduced, Span<T> y) where T : unmanaged, INumber<T>
    {
        if (innerReduced)
        {
            int run = axes[0], runs = x.Length / run;
            if (axes.Length <= 2)
            {
                for (int i = 0; i < runs; i++) y[i] = Total(x.Slice(i * run, run));
                return;
            }
            T[] totals = new T[runs];
            for (int i = 0; i < runs; i++) totals[i] = Total(x.Slice(i * run, run));
            Reduce(totals, axes[1..], false, y);
            return;
        }
        if (axes.Length == 1)
        {
            x.CopyTo(y);
            return;
        }
        int columns = axes[0], rows = axes[1], planes = x.Length / (columns * rows);
        if (axes.Length <= 3)
        {
            for (int i = 0; i < planes; i++) SumRows(x.Slice(i * rows * columns, rows * columns), columns, y.Slice(i * columns, columns));
            return;
        }
        // Kept, reduced, kept, reduced, …: one reduced axis less at each step.
        T[] sums = new T[planes * columns];
        for (int i = 0; i < planes; i++) SumRows(x.Slice(i * rows * columns, rows * columns), columns, sums.AsSpan(i * columns, columns));
        ReduceOuter(sums, columns, axes[2..], y);
    }

    /// <summary>The sums still hold columns × kept axis × reduced axis × …; the kept pair is one axis.</summary>
    static void ReduceOuter<T>(T[] sums, int columns, ReadOnlySpan<int> outer, Span<T> y) where T : unmanaged, INumber<T>
    {
        int[] axes = outer.ToArray();
        axes[0] *= columns;
        Reduce(sums, axes, false, y);
    }

    /// <summary>Σ over a dense run.</summary>
    public static T Total<T>(ReadOnlySpan<T> x) where T : unmanaged, INumber<T>
    {
        if (x.Length <= RunBlock) return Block(ref MemoryMarshal.GetReference(x), x.Length);
        int blocks = (x.Length + RunBlock - 1) / RunBlock, half = (int)BitOperations.RoundUpToPowerOf2((uint)blocks) / 2 * RunBlock;
        return Total(x[..half]) + Total(x[half..]);
    }

    static T Block<T>(ref T x, int count) where T : unmanaged, INumber<T>
    {
        nuint width = (nuint)Vector512<T>.Count, i = 0, n = (nuint)count;
        Vector512<T> s0 = default, s1 = default, s2 = default, s3 = default;
        for (; i + (4 * width) <= n; i += 4 * width)
        {
            s0 += Vector512.LoadUnsafe(ref x, i);
            s1 += Vector512.LoadUnsafe(ref x, i + width);
            s2 += Vector512.LoadUnsafe(ref x, i + (2 * width));
            s3 += Vector512.LoadUnsafe(ref x, i + (3 * width));
        }
        for (; i + width <= n; i += width) s0 += Vector512.LoadUnsafe(ref x, i);
        if (i < n) s1 += Part.Load(ref x, i, n);
        return Across((s0 + s1) + (s2 + s3));
    }

    /// <summary>The sum of a vector's elements, halves added to halves.</summary>
    public static T Across<T>(Vector512<T> v) where T : unmanaged, INumber<T>
    {
        Vector256<T> a = v.GetLower() + v.GetUpper();
        Vector128<T> b = a.GetLower() + a.GetUpper();
        return typeof(T) == typeof(double) ? b[0] + b[1] : (b[0] + b[2]) + (b[1] + b[3]);
    }

    /// <summary>y[j] = Σᵢ x[i, j].</summary>
    static void SumRows<T>(ReadOnlySpan<T> x, int columns, Span<T> y) where T : unmanaged, INumber<T>
    {
        int rows = x.Length / columns;
        ref T first = ref MemoryMarshal.GetReference(x), target = ref MemoryMarshal.GetReference(y);
        nuint width = (nuint)Vector512<T>.Count, j = 0, n = (nuint)columns;
        for (; j + (4 * width) <= n; j += 4 * width) SumColumns(ref Unsafe.Add(ref first, j), rows, n, ref Unsafe.Add(ref target, j));
        for (; j < n; j += width) SumColumn(ref first, rows, j, n, ref target);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    static void SumColumns<T>(ref T x, int rows, nuint stride, ref T y) where T : unmanaged, INumber<T>
    {
        nuint width = (nuint)Vector512<T>.Count;
        Vector512<T> t0 = default, t1 = default, t2 = default, t3 = default;
        for (int start = 0; start < rows; start += RowBlock)
        {
            Vector512<T> s0 = default, s1 = default, s2 = default, s3 = default;
            int end = Math.Min(start + RowBlock, rows);
            for (int i = start; i < end; i++)
            {
                ref T row = ref Unsafe.Add(ref x, (nuint)i * stride);
                s0 += Vector512.LoadUnsafe(ref row);
                s1 += Vector512.LoadUnsafe(ref row, width);
                s2 += Vector512.LoadUnsafe(ref row, 2 * width);
                s3 += Vector512.LoadUnsafe(ref row, 3 * width);
            }
            (t0, t1, t2, t3) = (t0 + s0, t1 + s1, t2 + s2, t3 + s3);
        }
        t0.StoreUnsafe(ref y);
        t1.StoreUnsafe(ref y, width);
        t2.StoreUnsafe(ref y, 2 * width);
        t3.StoreUnsafe(ref y, 3 * width);
    }

    static void SumColumn<T>(ref T x, int rows, nuint j, nuint n, ref T y) where T : unmanaged, INumber<T>
    {
        bool whole = j + (nuint)Vector512<T>.Count <= n;
        Vector512<T> total = default;
        for (int start = 0; start < rows; start += RowBlock)
        {
            Vector512<T> sum = default;
            int end = Math.Min(start + RowBlock, rows);
            for (int i = start; i < end; i++)
            {
                ref T row = ref Unsafe.Add(ref x, (nuint)i * n);
                sum += whole ? Vector512.LoadUnsafe(ref row, j) : Part.Load(ref row, j, n);
            }
            total += sum;
        }
        if (whole) total.StoreUnsafe(ref y, j);
        else Part.Store(total, ref y, j, n);
    }
}
