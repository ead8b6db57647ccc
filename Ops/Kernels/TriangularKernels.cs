using System.Numerics;
using System.Numerics.Tensors;
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

    /// <summary>Rows of a square on the diagonal of a product of which a triangle is wanted.</summary>
    const int Square = 64;

    /// <summary>Work of a system that is worth a second thread, in multiply-adds.</summary>
    const double ParallelWork = 0.5e6;

    [ThreadStatic] static Scratch _square;

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
    /// <param name="started">Whether X is zero above its diagonal and T·X = B is solved downwards: then the solution is as well, and a third of the work is left.</param>
    public static void Solve<T>(int n, int k, T* t, int lead, bool lower, bool transposed, bool unit, T* x, int leadX, bool started = false) where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        TriangularSystem<T> system = new(n, k, t, lead, lower, transposed, unit, x, leadX, started);
        if (started || (k >= 2 * ChunkColumns && (double)n * n * k >= ParallelWork)) Parallelism.Run((k + ChunkColumns - 1) / ChunkColumns, system);
        else system.Solve(0, k);
    }

    readonly struct TriangularSystem<T>(int n, int k, T* t, int lead, bool lower, bool transposed, bool unit, T* x, int leadX, bool started) : IParallelWork
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        public void Run(int piece) => Solve(piece * ChunkColumns, Math.Min((piece + 1) * ChunkColumns, k));

        public void Solve(int first, int end)
        {
            bool downwards = lower != transposed;
            int zeros = started ? first : 0;
            for (int done = zeros; done < n && first < end; done += Block)
            {
                int rows = Math.Min(Block, n - done), start = downwards ? done : n - done - rows, solved = downwards ? zeros : start + rows;
                int columns = (started ? Math.Min(end, start + rows) : end) - first;
                if (done > zeros)
                {
                    Gemm.Run(new GemmProblem<T>
                    {
                        M = rows, N = columns, K = done - zeros, A = transposed ? t + ((nint)solved * lead) + start : t + ((nint)start * lead) + solved, Lda = lead, TransA = transposed,
                        B = x + ((nint)solved * leadX) + first, Ldb = leadX, C = x + ((nint)start * leadX) + first, Ldc = leadX, Alpha = -T.One, Beta = T.One,
                    });
                }
                nint row = downwards ? start : start + rows - 1, sign = downwards ? 1 : -1;
                Tile(rows, columns, t + (row * (lead + 1)), sign * (transposed ? 1 : lead), sign * (transposed ? lead : 1), unit, x + (row * leadX) + first, sign * leadX);
            }
        }
    }

    /// <summary>C = −A·Bᵀ, or C −= A·Bᵀ, in a triangle of C [n, n] alone, for A and B [n, k]; where C is overwritten, the rest becomes zero.</summary>
    /// <remarks>By blocks of rows: what lies beside the diagonal is one product, and the squares on it are computed whole.</remarks>
    public static void MultiplyTransposed<T>(int n, int k, T* a, T* b, bool lower, bool unit, T* c, bool adds) where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        T* square = _square.Get<T>(Square * Square);
        for (int start = 0; start < n; start += Square)
        {
            int rows = Math.Min(Square, n - start), first = lower ? 0 : start + rows, beside = lower ? start : n - first;
            T* row = a + ((nint)start * k), target = c + ((nint)start * n);
            GemmProblem<T> product = new() { M = rows, K = k, A = row, Lda = k, Ldb = k, TransB = true, Alpha = -T.One };
            if (beside > 0)
            {
                GemmProblem<T> rest = product;
                (rest.N, rest.Ldc, rest.Beta) = (beside, n, adds ? T.One : T.Zero);
                rest.B = b + ((nint)first * k);
                rest.C = target + first;
                Gemm.Run(rest);
            }
            (product.N, product.Ldc) = (rows, rows);
            product.B = b + ((nint)start * k);
            product.C = square;
            Gemm.Run(product);
            for (int i = 0; i < rows; i++, target += n)
            {
                int from = lower ? 0 : unit ? i + 1 : i, to = lower ? unit ? i : i + 1 : rows;
                Span<T> part = new(target + start + from, to - from);
                ReadOnlySpan<T> found = new(square + ((nint)i * rows) + from, to - from);
                if (adds)
                {
                    TensorPrimitives.Add(part, found, part);
                    continue;
                }
                found.CopyTo(part);
                if (lower) new Span<T>(target + start + to, n - start - to).Clear();
                else new Span<T>(target, start + from).Clear();
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
