using System.Numerics;
using System.Numerics.Tensors;

namespace Autograd.Kernels;

/// <summary>
/// Factors P·A = L·U of row-major matrices [n, n], in place: U in the upper triangle, L below it with a diagonal of ones that is not stored.
/// Source: Golub and Van Loan, "Matrix Computations", 4th edition, sections 3.2 and 3.4.
/// </summary>
static class LuKernels
{
    /// <summary>Factors with exchanges of rows; row i was exchanged with row pivots[i] ≥ i, in this order. A zero on U's diagonal means that A is singular.</summary>
    /// <remarks>By panels of columns: right of a panel and below it, all that is left to do is one matrix product.</remarks>
    public static void Factor<T>(int n, Span<T> a, Span<int> pivots) where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        for (int start = 0; start < n; start += TriangularKernels.Block)
        {
            int end = Math.Min(start + TriangularKernels.Block, n), right = n - end;
            for (int j = start; j < end; j++)
            {
                int pivot = j;
                for (int i = j + 1; i < n; i++)
                {
                    if (T.Abs(a[(i * n) + j]) > T.Abs(a[(pivot * n) + j])) pivot = i;
                }
                pivots[j] = pivot;
                Swap(a, n, j, pivot);
                Eliminate(n, a, j, end);
            }
            if (right == 0) break;
            TriangularKernels.Solve(end - start, right, a[((start * n) + start)..], n, lower: true, transposed: false, unit: true, a[((start * n) + end)..], n);
            Gemm.Multiply(right, right, end - start, -T.One, a[((end * n) + start)..], n, false, a[((start * n) + end)..], n, false, T.One, a[((end * n) + end)..], n);
        }
    }

    /// <summary>X ← A⁻¹·X, or (Aᵀ)⁻¹·X, from the factors of A, for X [n, k].</summary>
    public static void Solve<T>(int n, int k, ReadOnlySpan<T> lu, ReadOnlySpan<int> pivots, bool transposed, Span<T> x) where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        if (transposed)
        {
            TriangularKernels.Solve(n, k, lu, n, lower: false, transposed: true, unit: false, x, k);
            TriangularKernels.Solve(n, k, lu, n, lower: true, transposed: true, unit: true, x, k);
            for (int i = n - 1; i >= 0; i--) Swap(x, k, i, pivots[i]);
            return;
        }
        for (int i = 0; i < n; i++) Swap(x, k, i, pivots[i]);
        TriangularKernels.Solve(n, k, lu, n, lower: true, transposed: false, unit: true, x, k);
        TriangularKernels.Solve(n, k, lu, n, lower: false, transposed: false, unit: false, x, k);
    }

    /// <summary>
    /// The cofactors of a singular matrix, ∂det/∂aᵢⱼ, which is overwritten. A rank of n − 1 leaves one null vector v on the right and w on
    /// the left, and the cofactors are a multiple of w·vᵀ; a smaller rank leaves nothing.
    /// </summary>
    /// <remarks>
    /// With exchanges of rows and columns P·A·Q = L·U, where U ends in zeros: adj(A) = ±Q·adj(U)·L⁻¹·P, and adj(U) is the product of
    /// the other pivots times (−U₁⁻¹u, 1)·eₙᵀ.
    /// </remarks>
    public static void SingularCofactors<T>(int n, Span<T> a, Span<T> cofactors) where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        int[] rows = [.. Enumerable.Range(0, n)], columns = [.. Enumerable.Range(0, n)];
        T scale = T.One;
        cofactors.Clear();
        for (int j = 0; j < n - 1; j++)
        {
            (int row, int column) = Largest(n, a, j);
            T pivot = a[(row * n) + column];
            if (pivot == T.Zero) return;
            scale *= (row != j) == (column != j) ? pivot : -pivot;
            Swap(a, n, j, row);
            (rows[j], rows[row]) = (rows[row], rows[j]);
            for (int i = 0; i < n; i++) (a[(i * n) + j], a[(i * n) + column]) = (a[(i * n) + column], a[(i * n) + j]);
            (columns[j], columns[column]) = (columns[column], columns[j]);
            Eliminate(n, a, j, n);
        }
        T[] v = new T[n], w = new T[n];
        v[^1] = w[^1] = T.One;
        for (int i = 0; i < n - 1; i++) v[i] = -a[(i * n) + n - 1];
        TriangularKernels.Solve(n - 1, 1, a, n, lower: false, transposed: false, unit: false, v, 1);
        TriangularKernels.Solve(n, 1, a, n, lower: true, transposed: true, unit: true, w, 1);
        for (int i = 0; i < n; i++)
        {
            for (int j = 0; j < n; j++) cofactors[(rows[i] * n) + columns[j]] = scale * w[i] * v[j];
        }
    }

    /// <summary>Subtracts from the rows below row j what makes their column j zero, up to column <paramref name="end"/>, and leaves the multipliers there.</summary>
    static void Eliminate<T>(int n, Span<T> a, int j, int end) where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        T pivot = a[(j * n) + j];
        if (pivot == T.Zero) return;
        ReadOnlySpan<T> top = a[((j * n) + j + 1)..((j * n) + end)];
        for (int i = j + 1; i < n; i++)
        {
            T factor = a[(i * n) + j] /= pivot;
            Span<T> row = a[((i * n) + j + 1)..((i * n) + end)];
            TensorPrimitives.MultiplyAdd(top, -factor, row, row);
        }
    }

    static (int Row, int Column) Largest<T>(int n, ReadOnlySpan<T> a, int from) where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        (int row, int column) = (from, from);
        for (int i = from; i < n; i++)
        {
            for (int j = from; j < n; j++)
            {
                if (T.Abs(a[(i * n) + j]) > T.Abs(a[(row * n) + column])) (row, column) = (i, j);
            }
        }
        return (row, column);
    }

    static void Swap<T>(Span<T> x, int width, int i, int j) where T : unmanaged
    {
        if (i == j) return;
        Span<T> a = x.Slice(i * width, width), b = x.Slice(j * width, width);
        for (int k = 0; k < width; k++) (a[k], b[k]) = (b[k], a[k]);
    }
}
