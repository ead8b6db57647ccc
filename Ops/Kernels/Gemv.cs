using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Autograd.Kernels;

/// <summary>A matrix times a vector, the shape of a product where m or n is 1: y = alpha·op(A)·x + beta·d.</summary>
/// <remarks>
/// Memory bound: the matrix is read once, in place. The sums run in the order of Note [Order of sums], so a vector of
/// sums holds neighbouring outputs, never parts of one.
/// </remarks>
readonly unsafe struct Gemv<T> : IChunk where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    /// <summary>Outputs of a chunk.</summary>
    const int ChunkOutputs = 128;

    /// <summary>Cache lines between two groups of rows that are read side by side.</summary>
    const int Lag = 8;

    /// <summary>Cache lines that are asked for ahead of use.</summary>
    const int Ahead = 6;

    const double ParallelWork = 0.5e6;

    readonly int _outputs, _terms, _depth;
    readonly T* _a, _x, _y, _d;
    readonly nint _lda, _incX, _incY, _incD;
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
        _d = g.D;
        _incY = isRow ? 1 : g.Ldc;
        _incD = isRow ? 1 : g.Ldd;
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
            T* y = _y + (first * _incY);
            if (p == 0)
                Finish(sums, y, _d + (first * _incD), _incD, count, _beta);
            else
                Finish(sums, y, y, _incY, count, T.One);
        }
    }

    void Finish(T* sums, T* y, T* d, nint incD, int count, T beta)
    {
        for (int i = 0; i < count; i++, y += _incY, d += incD)
            *y = T.IsZero(beta) ? _alpha * sums[i] : T.FusedMultiplyAdd(_alpha, sums[i], beta * *d);
    }

    /// <summary>sums[j] = Σₚ a[p, j]·x[p]: the matrix is read row by row, 256 bytes at a time.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    void SumColumns(T* a, T* x, int depth, T* sums, int count)
    {
        int j = 0, lanes = Vector256<T>.Count;
        for (; j <= count - 8 * lanes; j += 8 * lanes)
        {
            Vector256<T> s0 = default, s1 = default, s2 = default, s3 = default;
            Vector256<T> s4 = default, s5 = default, s6 = default, s7 = default;
            T* row = a + j, factor = x;
            for (int p = 0; p < depth; p++, row += _lda, factor += _incX)
            {
                Vector256<T> f = Vector256.Create(*factor);
                s0 = Lanes256<T>.Fma(f, Vector256.Load(row), s0);
                s1 = Lanes256<T>.Fma(f, Vector256.Load(row + lanes), s1);
                s2 = Lanes256<T>.Fma(f, Vector256.Load(row + 2 * lanes), s2);
                s3 = Lanes256<T>.Fma(f, Vector256.Load(row + 3 * lanes), s3);
                s4 = Lanes256<T>.Fma(f, Vector256.Load(row + 4 * lanes), s4);
                s5 = Lanes256<T>.Fma(f, Vector256.Load(row + 5 * lanes), s5);
                s6 = Lanes256<T>.Fma(f, Vector256.Load(row + 6 * lanes), s6);
                s7 = Lanes256<T>.Fma(f, Vector256.Load(row + 7 * lanes), s7);
            }
            Store(sums + j, s0, s1, s2, s3);
            Store(sums + j + 4 * lanes, s4, s5, s6, s7);
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

    static void Store(T* p, Vector256<T> a, Vector256<T> b, Vector256<T> c, Vector256<T> d)
    {
        a.Store(p);
        b.Store(p + Vector256<T>.Count);
        c.Store(p + 2 * Vector256<T>.Count);
        d.Store(p + 3 * Vector256<T>.Count);
    }

    /// <summary>sums[i] = Σₚ a[i, p]·x[p]: squares of the matrix are transposed in registers.</summary>
    /// <remarks>
    /// Two groups of 8 rows (4 for doubles) hide each other's latency. The second lags behind the first: rows that are
    /// a multiple of 4 KB apart fall into one set of the first-level cache, which holds 8 or 12 lines, not 16.
    /// </remarks>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    void SumRows(T* a, T* x, int depth, T* sums, int count)
    {
        int edge = Vector128<T>.Count, rows = 2 * edge, i = 0, line = 4 * edge, lined = depth - depth % line;
        for (; i <= count - 2 * rows; i += 2 * rows)
        {
            Vector256<T> s = default, t = default;
            T* upper = a + i * _lda, lower = upper + rows * _lda;
            for (int p = 0, q = -Lag * line; q < lined; p += line, q += line)
            {
                if (p < lined)
                    s = AddLine(upper + p, x + p * _incX, s);
                if (q >= 0)
                    t = AddLine(lower + q, x + q * _incX, t);
            }
            s.Store(sums + i);
            t.Store(sums + i + rows);
            for (int r = i; r < i + 2 * rows; r++)
                sums[r] = Sum(a + r * _lda + lined, 1, x + lined * _incX, depth - lined, sums[r]);
        }
        // The last groups may take in rows that are done already: their sums are the same again. Row by row each sum would wait for its last term.
        for (; i < count && count >= rows; i += rows)
        {
            i = Math.Min(i, count - rows);
            Vector256<T> s = default;
            for (int p = 0; p < lined; p += line)
                s = AddLine(a + i * _lda + p, x + p * _incX, s);
            s.Store(sums + i);
            for (int r = i; r < i + rows; r++)
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
        GemmPacking.PrefetchRows(a + Ahead * 4 * edge, _lda, 2 * edge);
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
