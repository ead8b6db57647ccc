using System.Numerics;
using System.Numerics.Tensors;

namespace Autograd.Kernels;

/// <summary>Triangular systems of row-major matrices, solved in place.</summary>
static class TriangularKernels
{
    /// <summary>Rows that are solved one by one; the rows before them enter a block as one matrix product.</summary>
    public const int Block = 32;

    /// <summary>X ← op(T)⁻¹·X for a triangle of T [n, n] and X [n, k]; the other triangle is not read, nor a unit diagonal.</summary>
    /// <param name="n">Rows of T and of X.</param>
    /// <param name="k">Columns of X.</param>
    /// <param name="t">T, rows <paramref name="lead"/> apart.</param>
    /// <param name="lead">The distance of rows of T and of X alike.</param>
    /// <param name="lower">Which triangle T is, as stored.</param>
    /// <param name="transposed">Whether op(T) is its transpose.</param>
    /// <param name="unit">Whether the diagonal is taken as 1.</param>
    /// <param name="x">X, rows <paramref name="leadX"/> apart.</param>
    /// <param name="leadX">The distance of rows of X.</param>
    public static void Solve<T>(int n, int k, ReadOnlySpan<T> t, int lead, bool lower, bool transposed, bool unit, Span<T> x, int leadX)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        bool downwards = lower != transposed;
        for (int done = 0; done < n && k > 0; done += Block)
        {
            int rows = Math.Min(Block, n - done), start = downwards ? done : n - done - rows, solved = downwards ? 0 : start + rows;
            if (done > 0)
            {
                ReadOnlySpan<T> factor = transposed ? t[((solved * lead) + start)..] : t[((start * lead) + solved)..];
                Gemm.Multiply(rows, k, done, -T.One, factor, lead, transposed, x[(solved * leadX)..], leadX, false, T.One, x[(start * leadX)..], leadX);
            }
            for (int r = 0; r < rows; r++)
            {
                int i = downwards ? start + r : start + rows - 1 - r;
                Span<T> row = x.Slice(i * leadX, k);
                for (int q = 0; q < r; q++)
                {
                    int p = downwards ? start + q : start + rows - 1 - q;
                    TensorPrimitives.MultiplyAdd(x.Slice(p * leadX, k), -(transposed ? t[(p * lead) + i] : t[(i * lead) + p]), row, row);
                }
                if (!unit) TensorPrimitives.Divide(row, t[(i * lead) + i], row);
            }
        }
    }
}
