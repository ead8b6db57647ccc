using System.Numerics;

namespace Autograd.Kernels;

/// <summary>Factors A = L·Lᵀ of symmetric row-major matrices. Source: Golub and Van Loan, "Matrix Computations", 4th edition, section 4.2.</summary>
static unsafe class CholeskyKernels
{
    /// <summary>Columns that are factored as a panel.</summary>
    const int PanelColumns = 32;

    /// <summary>Overwrites A [n, n] by L with zeros above its diagonal; reads the lower triangle alone.</summary>
    /// <returns>n, or the first row at which A is seen not to be positive definite; what A holds then is of no use.</returns>
    /// <remarks>By panels of columns: the columns on the left enter as one matrix product.</remarks>
    public static int Factor<T>(int n, T* a) where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        for (int start = 0; start < n; start += PanelColumns)
        {
            int width = Math.Min(PanelColumns, n - start);
            T* rows = a + ((nint)start * n), corner = rows + start;
            if (start > 0)
            {
                Gemm.Run(new GemmProblem<T>
                {
                    M = n - start, N = width, K = start, A = rows, Lda = n, B = rows, Ldb = n, TransB = true, C = corner, Ldc = n, Alpha = -T.One, Beta = T.One,
                });
            }
            FactorPanel<T> panel = new(width, n - start);
            panel.Load(corner, n);
            int done = panel.FactorCholesky();
            if (done < width) return start + done;
            panel.Store(corner, n);
        }
        for (int i = 0; i < n; i++) new Span<T>(a + ((nint)i * n) + i + 1, n - i - 1).Clear();
        return n;
    }
}
