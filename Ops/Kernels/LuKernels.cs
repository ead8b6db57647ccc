using System.Numerics;
using System.Numerics.Tensors;
using System.Runtime.Intrinsics;

namespace Autograd.Kernels;

/// <summary>
/// Factors P·A = L·U of row-major matrices [n, n], in place: U in the upper triangle, L below it with a diagonal of ones that is not stored.
/// Source: Golub and Van Loan, "Matrix Computations", 4th edition, sections 3.2 and 3.4.
/// </summary>
/// <remarks>
/// By halves of the columns (Toledo, "Locality of reference in LU decomposition with partial pivoting", 1997): the left half, then a triangular system and a matrix
/// product for the right half, then the right half. So most of the work is in products of large matrices; what is not, is in a <see cref="FactorPanel{T}"/>.
/// </remarks>
static unsafe class LuKernels
{
    /// <summary>Columns that are factored as a panel.</summary>
    const int PanelColumns = 32;

    /// <summary>Columns to which halves are rounded.</summary>
    const int Grain = 16;

    /// <summary>Factors with exchanges of rows; row i was exchanged with row pivots[i] ≥ i, in this order. A zero on U's diagonal means that A is singular.</summary>
    public static void Factor<T>(int n, T* a, Span<int> pivots) where T : unmanaged, IBinaryFloatingPointIeee754<T> => Factor(n, a, 0, n, pivots);

    static void Factor<T>(int n, T* a, int start, int end, Span<int> pivots) where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        int width = end - start, middle = start + ((width / 2) + Grain - 1) / Grain * Grain;
        T* corner = a + ((nint)start * (n + 1)), right = corner + middle - start;
        if (width <= PanelColumns)
        {
            FactorPanel<T> panel = new(width, n - start);
            panel.Load(corner, n);
            panel.FactorLu(pivots[start..end]);
            panel.Store(corner, n);
            for (int i = start; i < end; i++) pivots[i] += start;
            return;
        }
        Factor(n, a, start, middle, pivots);
        Exchange(end - middle, a + middle, n, pivots, start, middle);
        TriangularKernels.Solve(middle - start, end - middle, corner, n, lower: true, transposed: false, unit: true, right, n);
        nint below = (nint)(middle - start) * n;
        Gemm.Run(new GemmProblem<T>
        {
            M = n - middle, N = end - middle, K = middle - start, A = corner + below, Lda = n, B = right, Ldb = n, C = right + below, Ldc = n, Alpha = -T.One, Beta = T.One,
        });
        Factor(n, a, middle, end, pivots);
        Exchange(middle - start, a + start, n, pivots, middle, end);
    }

    /// <summary>X ← A⁻¹·X, or (Aᵀ)⁻¹·X, from the factors of A, for X [n, k].</summary>
    public static void Solve<T>(int n, int k, T* lu, ReadOnlySpan<int> pivots, bool transposed, T* x) where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        if (transposed)
        {
            TriangularKernels.Solve(n, k, lu, n, lower: false, transposed: true, unit: false, x, k);
            TriangularKernels.Solve(n, k, lu, n, lower: true, transposed: true, unit: true, x, k);
            for (int i = n - 1; i >= 0; i--) Swap(k, x + ((nint)i * k), x + ((nint)pivots[i] * k));
            return;
        }
        Exchange(k, x, k, pivots, 0, n);
        TriangularKernels.Solve(n, k, lu, n, lower: true, transposed: false, unit: true, x, k);
        TriangularKernels.Solve(n, k, lu, n, lower: false, transposed: false, unit: false, x, k);
    }

    /// <summary>X = scale·A⁻ᵀ from the factors of A, for X [n, n].</summary>
    /// <remarks>Uᵀ·Y = 1 has a triangular solution, Lᵀ·Z = Y has not, and X = Pᵀ·Z.</remarks>
    public static void InvertTransposed<T>(int n, T* lu, ReadOnlySpan<int> pivots, T scale, T* x) where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        for (int i = 0; i < n; i++)
        {
            new Span<T>(x + ((nint)i * n), n).Clear();
            x[(nint)i * (n + 1)] = scale;
        }
        TriangularKernels.Solve(n, n, lu, n, lower: false, transposed: true, unit: false, x, n, started: true);
        TriangularKernels.Solve(n, n, lu, n, lower: true, transposed: true, unit: true, x, n);
        for (int i = n - 1; i >= 0; i--) Swap(n, x + ((nint)i * n), x + ((nint)pivots[i] * n));
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
            SwapRows(a, n, j, row);
            (rows[j], rows[row]) = (rows[row], rows[j]);
            for (int i = 0; i < n; i++) (a[(i * n) + j], a[(i * n) + column]) = (a[(i * n) + column], a[(i * n) + j]);
            (columns[j], columns[column]) = (columns[column], columns[j]);
            Eliminate(n, a, j, n);
        }
        T[] v = new T[n], w = new T[n];
        v[^1] = w[^1] = T.One;
        for (int i = 0; i < n - 1; i++) v[i] = -a[(i * n) + n - 1];
        fixed (T* pa = a, pv = v, pw = w)
        {
            TriangularKernels.Solve(n - 1, 1, pa, n, lower: false, transposed: false, unit: false, pv, 1);
            TriangularKernels.Solve(n, 1, pa, n, lower: true, transposed: true, unit: true, pw, 1);
        }
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

    /// <summary>Exchanges the rows of some columns as the pivots <paramref name="start"/> … <paramref name="end"/> say.</summary>
    static void Exchange<T>(int columns, T* x, int lead, ReadOnlySpan<int> pivots, int start, int end) where T : unmanaged
    {
        for (int i = start; i < end; i++) Swap(columns, x + ((nint)i * lead), x + ((nint)pivots[i] * lead));
    }

    static void Swap<T>(int count, T* a, T* b) where T : unmanaged
    {
        if (a == b) return;
        int i = 0;
        for (; i <= count - Vector512<T>.Count; i += Vector512<T>.Count)
        {
            Vector512<T> row = Vector512.Load(a + i);
            Vector512.Load(b + i).Store(a + i);
            row.Store(b + i);
        }
        for (; i < count; i++) (a[i], b[i]) = (b[i], a[i]);
    }

    static void SwapRows<T>(Span<T> x, int width, int i, int j) where T : unmanaged
    {
        fixed (T* first = x) Swap(width, first + ((nint)i * width), first + ((nint)j * width));
    }
}
