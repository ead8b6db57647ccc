using System.Numerics;

namespace Autograd.Kernels;

/// <summary>Factors A = L·Lᵀ of symmetric row-major matrices. Source: Golub and Van Loan, "Matrix Computations", 4th edition, section 4.2.</summary>
static class CholeskyKernels
{
    const int Block = TriangularKernels.Block;

    /// <summary>Overwrites A [n, n] by L with zeros above its diagonal; reads the lower triangle alone.</summary>
    /// <returns>n, or the first row at which A is seen not to be positive definite; what A holds then is of no use.</returns>
    /// <remarks>By blocks of columns: the columns on the left enter as one matrix product, and the rows below the diagonal as one triangular system.</remarks>
    public static int Factor<T>(int n, Span<T> a) where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        T[] below = n > Block ? new T[Block * (n - Block)] : [];
        for (int start = 0; start < n; start += Block)
        {
            int width = Math.Min(Block, n - start), end = start + width;
            Span<T> corner = a[((start * n) + start)..];
            if (start > 0) Gemm.Multiply(n - start, width, start, -T.One, a[(start * n)..], n, false, a[(start * n)..], n, true, T.One, corner, n);
            int row = FactorCorner(width, corner, n);
            if (row < width) return start + row;
            if (end == n) break;
            // X·Lᵀ = A  ⇔  L·Xᵀ = Aᵀ
            Span<T> rows = a[((end * n) + start)..];
            for (int i = 0; i < n - end; i++)
            {
                for (int j = 0; j < width; j++) below[(j * (n - end)) + i] = rows[(i * n) + j];
            }
            TriangularKernels.Solve(width, n - end, corner, n, lower: true, transposed: false, unit: false, below, n - end);
            for (int i = 0; i < n - end; i++)
            {
                for (int j = 0; j < width; j++) rows[(i * n) + j] = below[(j * (n - end)) + i];
            }
        }
        for (int i = 0; i < n; i++) a.Slice((i * n) + i + 1, n - i - 1).Clear();
        return n;
    }

    static int FactorCorner<T>(int width, Span<T> a, int lead) where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        for (int i = 0; i < width; i++)
        {
            for (int j = 0; j <= i; j++)
            {
                T rest = a[(i * lead) + j];
                for (int k = 0; k < j; k++) rest -= a[(i * lead) + k] * a[(j * lead) + k];
                if (j < i) a[(i * lead) + j] = rest / a[(j * lead) + j];
                else if (rest <= T.Zero) return i;
                else a[(i * lead) + i] = T.Sqrt(rest);
            }
        }
        return width;
    }
}
