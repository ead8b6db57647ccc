using System.Numerics;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Autograd.Kernels;

/// <summary>Triangular systems of row-major matrices, solved in place.</summary>
static unsafe class TriangularKernels
{
    /// <summary>Rows that are solved by <see cref="TriangleTile{S, V, T}"/>; the rows before them enter a block as one matrix product.</summary>
    const int Block = 32;

    /// <summary>Columns that a thread takes at a time.</summary>
    const int ChunkColumns = 128;

    /// <summary>Work of a system that is worth a second thread, in multiply-adds.</summary>
    const double ParallelWork = 0.5e6;

    /// <summary>X ← op(T)⁻¹·X for a triangle of T [n, n] and X [n, k]; the other triangle is not read, nor a unit diagonal.</summary>
    /// <param name="n">Rows of T and of X.</param>
    /// <param name="k">Columns of X.</param>
    /// <param name="t">T.</param>
    /// <param name="lead">The distance of rows of T.</param>
    /// <param name="lower">Which triangle T is, as stored.</param>
    /// <param name="transposed">Whether op(T) is its transpose.</param>
    /// <param name="unit">Whether the diagonal is taken as 1.</param>
    /// <param name="x">X.</param>
    /// <param name="leadX">The distance of rows of X.</param>
    public static void Solve<T>(int n, int k, T* t, int lead, bool lower, bool transposed, bool unit, T* x, int leadX) where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        TriangularSystem<T> system = new(n, k, t, lead, lower, transposed, unit, x, leadX);
        if (k >= 2 * ChunkColumns && (double)n * n * k >= ParallelWork) Parallelism.Run((k + ChunkColumns - 1) / ChunkColumns, system);
        else system.Solve(0, k);
    }

    readonly struct TriangularSystem<T>(int n, int k, T* t, int lead, bool lower, bool transposed, bool unit, T* x, int leadX) : IParallelWork where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        public void Run(int piece) => Solve(piece * ChunkColumns, Math.Min((piece + 1) * ChunkColumns, k));

        public void Solve(int first, int end)
        {
            bool downwards = lower != transposed;
            for (int done = 0; done < n && first < end; done += Block)
            {
                int rows = Math.Min(Block, n - done), start = downwards ? done : n - done - rows, solved = downwards ? 0 : start + rows;
                if (done > 0)
                {
                    Gemm.Run(new GemmProblem<T>
                    {
                        M = rows, N = end - first, K = done, A = transposed ? t + ((nint)solved * lead) + start : t + ((nint)start * lead) + solved, Lda = lead, TransA = transposed,
                        B = x + ((nint)solved * leadX) + first, Ldb = leadX, C = x + ((nint)start * leadX) + first, Ldc = leadX, Alpha = -T.One, Beta = T.One,
                    });
                }
                nint row = downwards ? start : start + rows - 1, sign = downwards ? 1 : -1;
                Tile(rows, end - first, t + (row * (lead + 1)), sign * (transposed ? 1 : lead), sign * (transposed ? lead : 1), unit, x + (row * leadX) + first, sign * leadX);
            }
        }
    }

    /// <summary>Solves a small triangle with the widest vectors of this processor: see <see cref="TriangleTile{S, V, T}.Solve"/>.</summary>
    public static void Tile<T>(int n, int k, T* t, nint down, nint across, bool unit, T* x, nint lead) where T : unmanaged
    {
        if (Vector512.IsHardwareAccelerated && Avx512F.IsSupported) TriangleTile<Lanes512<T>, Vector512<T>, T>.Solve(n, k, t, down, across, unit, x, lead);
        else if (Vector256.IsHardwareAccelerated && Avx2.IsSupported && Fma.IsSupported) TriangleTile<Lanes256<T>, Vector256<T>, T>.Solve(n, k, t, down, across, unit, x, lead);
        else TriangleTile<Lanes128<T>, Vector128<T>, T>.Solve(n, k, t, down, across, unit, x, lead);
    }
}
