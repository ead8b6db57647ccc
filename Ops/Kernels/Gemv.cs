using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Autograd.Kernels;

/// <summary>A matrix times a vector, the shape of a product where m or n is 1: y = alpha·op(A)·x + beta·y.</summary>
/// <remarks>
/// Memory bound: the matrix is read once, in place. The sums run in the order of Note [Order of sums], so a vector of
/// sums holds neighbouring outputs, never parts of one.
/// </remarks>
readonly unsafe struct Gemv<T> : IChunk where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    /// <summary>Outputs of a chunk.</summary>
    const int ChunkOutputs = 128;

    /// <summary>Cache lines that are asked for ahead of use, where rows are read side by side.</summary>
    const int PrefetchLines = 6;

    const double ParallelWork = 0.5e6;

    readonly int _outputs, _terms, _depth;
    readonly T* _a, _x, _y;
    readonly nint _lda, _incX, _incY;
    readonly bool _byRows;
    readonly T _alpha, _beta;

    Gemv(in GemmProblem<T> g, int maxDepth)
    {
        bool isRow = g.M == 1; // y = x·op(B); otherwise y = op(A)·x
        _outputs = isRow ? g.N : g.M;
        _terms = g.K;
        int depths = (g.K + maxDepth - 1) / maxDepth;
        _depth = (g.K + depths - 1) / depths;
        _a = isRow ? g.B : g.A;
        _x = isRow ? g.A : g.B;
        _y = g.C;
        _lda = isRow ? g.Ldb : g.Lda;
        _incX = isRow ? (g.TransA ? g.Lda : 1) : (g.TransB ? 1 : g.Ldb);
        _incY = isRow ? 1 : g.Ldc;
        _byRows = isRow ? g.TransB : !g.TransA;
        (_alpha, _beta) = (g.Alpha, g.Beta);
    }

    /// <summary>Runs a product with one row or one column; sums are cut after <paramref name="maxDepth"/> terms.</summary>
    public static void Run(in GemmProblem<T> g, int maxDepth)
    {
        var job = new Gemv<T>(g, maxDepth);
        int chunks = (job._outputs + ChunkOutputs - 1) / ChunkOutputs;
        if (chunks == 1)
            job.Run(0);
        else if (g.Work >= ParallelWork)
            WorkerPool.For(chunks, job);
        else
        {
            for (int i = 0; i < chunks; i++)
                job.Run(i);
        }
    }

    public void Run(int chunk)
    {
        int first = chunk * ChunkOutputs, count = Math.Min(ChunkOutputs, _outputs - first);
        T* sums = stackalloc T[ChunkOutputs];
        for (int p = 0; p < _terms; p += _depth)
        {
            int depth = Math.Min(_depth, _terms - p);
            if (_byRows)
                SumRows(_a + first * _lda + p, _x + p * _incX, depth, sums, count);
            else
                SumColumns(_a + p * _lda + first, _x + p * _incX, depth, sums, count);
            Finish(sums, _y + first * _incY, count, p == 0 ? _beta : T.One);
        }
    }

    void Finish(T* sums, T* y, int count, T beta)
    {
        for (int i = 0; i < count; i++, y += _incY)
            *y = T.IsZero(beta) ? _alpha * sums[i] : T.FusedMultiplyAdd(_alpha, sums[i], beta * *y);
    }

    /// <summary>sums[j] = Σₚ a[p, j]·x[p]: the matrix is read row by row, 8 vectors at a time.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    void SumColumns(T* a, T* x, int depth, T* sums, int count)
    {
        int j = 0;
        for (; j <= count - 4 * Vector512<T>.Count; j += 4 * Vector512<T>.Count)
        {
            Vector512<T> s0 = default, s1 = default, s2 = default, s3 = default;
            T* row = a + j, factor = x;
            for (int p = 0; p < depth; p++, row += _lda, factor += _incX)
            {
                Vector512<T> f = Vector512.Create(*factor);
                s0 = Lanes512<T>.Fma(f, Vector512.Load(row), s0);
                s1 = Lanes512<T>.Fma(f, Vector512.Load(row + Vector512<T>.Count), s1);
                s2 = Lanes512<T>.Fma(f, Vector512.Load(row + 2 * Vector512<T>.Count), s2);
                s3 = Lanes512<T>.Fma(f, Vector512.Load(row + 3 * Vector512<T>.Count), s3);
            }
            s0.Store(sums + j);
            s1.Store(sums + j + Vector512<T>.Count);
            s2.Store(sums + j + 2 * Vector512<T>.Count);
            s3.Store(sums + j + 3 * Vector512<T>.Count);
        }
        for (; j <= count - Vector128<T>.Count; j += Vector128<T>.Count)
        {
            Vector128<T> s = default;
            T* row = a + j, factor = x;
            for (int p = 0; p < depth; p++, row += _lda, factor += _incX)
                s = Lanes128<T>.Fma(Vector128.Create(*factor), Vector128.Load(row), s);
            s.Store(sums + j);
        }
        for (; j < count; j++)
            sums[j] = Sum(a + j, _lda, x, depth);
    }

    /// <summary>sums[i] = Σₚ a[i, p]·x[p]: squares of the matrix are transposed in registers.</summary>
    /// <remarks>
    /// A cache line of each of 8 rows (4 for doubles) is used up before the next rows begin: rows that are 4 KB apart
    /// fall into one set of the cache, which holds no more than 8 lines.
    /// </remarks>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    void SumRows(T* a, T* x, int depth, T* sums, int count)
    {
        int edge = Vector128<T>.Count, rows = 2 * edge, i = 0, line = 4 * edge, lined = depth - depth % line;
        for (; i <= count - 2 * rows; i += 2 * rows)
        {
            Vector256<T> s = default, t = default;
            for (int p = 0; p < lined; p += line)
            {
                GemmPacking.PrefetchRows(a + i * _lda + p + PrefetchLines * line, _lda, 2 * rows);
                s = AddLine(a + i * _lda + p, x + p * _incX, s);
                t = AddLine(a + (i + rows) * _lda + p, x + p * _incX, t);
            }
            s.Store(sums + i);
            t.Store(sums + i + rows);
            for (int r = i; r < i + 2 * rows; r++)
                sums[r] = Sum(a + r * _lda + lined, 1, x + lined * _incX, depth - lined, sums[r]);
        }
        for (; i < count; i++)
            sums[i] = Sum(a + i * _lda, 1, x, depth);
    }

    /// <summary>Adds a cache line of each row to the rows' sums, column after column.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    Vector256<T> AddLine(T* a, T* x, Vector256<T> sum)
    {
        int edge = Vector128<T>.Count;
        nint step = edge * _incX;
        sum = AddSquares(a, x, sum);
        sum = AddSquares(a + edge, x + step, sum);
        sum = AddSquares(a + 2 * edge, x + 2 * step, sum);
        return AddSquares(a + 3 * edge, x + 3 * step, sum);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    Vector256<T> AddSquares(T* a, T* x, Vector256<T> sum)
    {
        GemmPacking.LoadTransposed(a, _lda, out Vector256<T> c0, out Vector256<T> c1, out Vector256<T> c2, out Vector256<T> c3);
        sum = Lanes256<T>.Fma(Vector256.Create(*x), c0, sum);
        sum = Lanes256<T>.Fma(Vector256.Create(x[_incX]), c1, sum);
        if (typeof(T) == typeof(double))
            return sum;
        sum = Lanes256<T>.Fma(Vector256.Create(x[2 * _incX]), c2, sum);
        return Lanes256<T>.Fma(Vector256.Create(x[3 * _incX]), c3, sum);
    }

    T Sum(T* a, nint step, T* x, int depth, T sum = default)
    {
        for (int p = 0; p < depth; p++, a += step, x += _incX)
            sum = T.FusedMultiplyAdd(*a, *x, sum);
        return sum;
    }
}
