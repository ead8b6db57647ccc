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
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    void SumRows(T* a, T* x, int depth, T* sums, int count)
    {
        int edge = Vector128<T>.Count, i = 0, vectorDepth = depth - depth % edge;
        for (; i <= count - 4 * edge; i += 4 * edge)
        {
            Vector128<T> s0 = default, s1 = default, s2 = default, s3 = default;
            T* row = a + i * _lda;
            for (int p = 0; p < vectorDepth; p += edge, row += edge)
            {
                T* factors = x + p * _incX;
                s0 = AddSquare(row, factors, s0);
                s1 = AddSquare(row + edge * _lda, factors, s1);
                s2 = AddSquare(row + 2 * edge * _lda, factors, s2);
                s3 = AddSquare(row + 3 * edge * _lda, factors, s3);
            }
            s0.Store(sums + i);
            s1.Store(sums + i + edge);
            s2.Store(sums + i + 2 * edge);
            s3.Store(sums + i + 3 * edge);
            for (int r = i; r < i + 4 * edge; r++)
                sums[r] = Sum(a + r * _lda + vectorDepth, 1, x + vectorDepth * _incX, depth - vectorDepth, sums[r]);
        }
        for (; i < count; i++)
            sums[i] = Sum(a + i * _lda, 1, x, depth);
    }

    /// <summary>Adds the products of a square with its factors, column after column.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    Vector128<T> AddSquare(T* a, T* x, Vector128<T> sum)
    {
        Vector128<T> r0 = Vector128.Load(a), r1 = Vector128.Load(a + _lda);
        if (typeof(T) == typeof(double))
        {
            sum = Lanes128<T>.Fma(Vector128.Create(*x), GemmPacking.Low(r0, r1), sum);
            return Lanes128<T>.Fma(Vector128.Create(x[_incX]), GemmPacking.High(r0, r1), sum);
        }
        Vector128<T> r2 = Vector128.Load(a + 2 * _lda), r3 = Vector128.Load(a + 3 * _lda);
        Vector128<T> l0 = GemmPacking.Low(r0, r2), h0 = GemmPacking.High(r0, r2);
        Vector128<T> l1 = GemmPacking.Low(r1, r3), h1 = GemmPacking.High(r1, r3);
        sum = Lanes128<T>.Fma(Vector128.Create(*x), GemmPacking.Low(l0, l1), sum);
        sum = Lanes128<T>.Fma(Vector128.Create(x[_incX]), GemmPacking.High(l0, l1), sum);
        sum = Lanes128<T>.Fma(Vector128.Create(x[2 * _incX]), GemmPacking.Low(h0, h1), sum);
        return Lanes128<T>.Fma(Vector128.Create(x[3 * _incX]), GemmPacking.High(h0, h1), sum);
    }

    T Sum(T* a, nint step, T* x, int depth, T sum = default)
    {
        for (int p = 0; p < depth; p++, a += step, x += _incX)
            sum = T.FusedMultiplyAdd(*a, *x, sum);
        return sum;
    }
}
