using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Autograd.Kernels;

/// <summary>A vector times a matrix, the shape of a product where m or n is 1: y = alpha·Σₚ x[p]·a[p, …] + beta·d.</summary>
/// <remarks>
/// The matrix is read once, in place, <see cref="Together"/> of its rows side by side over a block of sums that stays in the first-level cache: what is
/// loaded for a multiply-add bounds it there, and memory elsewhere. Where its columns are stored as rows, only those come here that
/// <see cref="TurnedProduct"/> leaves: few ones, short ones and lines that fall into few sets of the cache. The sums run in the order of Note [Order of sums].
/// </remarks>
unsafe struct Gemv<T> : IParallelWork where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    /// <summary>The most outputs of a chunk, and the least where there are several.</summary>
    const int MostOutputs = 2048, LeastOutputs = 128;

    /// <summary>Rows that are read side by side.</summary>
    const int Together = 8;

    /// <summary>Cache lines between two groups of columns that are read side by side, and those that are asked for ahead of use.</summary>
    const int Lag = 8, Ahead = 6;

    const double ParallelWork = 0.5e6;

    [ThreadStatic] static Scratch _sums;

    int _outputs, _terms, _depth, _chunk;
    T* _a, _x, _y, _d;

    /// <summary>From an output's element of the matrix to the next output's, and from a term's to the next.</summary>
    nint _stepOutput, _stepTerm;
    nint _incX, _incY, _incD;
    T _alpha, _beta;

    /// <summary>Runs a product with one row or one column.</summary>
    public static void Run(in GemmProblem<T> g)
    {
        bool isRow = g.M == 1; // y = x·op(B); otherwise y = op(A)·x
        int depths = (g.K + Gemm.MaxDepth - 1) / Gemm.MaxDepth;
        Gemv<T> job = default;
        (job._outputs, job._terms, job._depth) = (isRow ? g.N : g.M, g.K, (g.K + depths - 1) / depths);
        job._a = isRow ? g.B : g.A;
        job._x = isRow ? g.A : g.B;
        job._y = g.C;
        job._d = g.D;
        job._stepOutput = isRow ? (g.TransB ? g.Ldb : 1) : (g.TransA ? 1 : g.Lda);
        job._stepTerm = isRow ? (g.TransB ? 1 : g.Ldb) : (g.TransA ? g.Lda : 1);
        job._incX = isRow ? (g.TransA ? g.Lda : 1) : (g.TransB ? 1 : g.Ldb);
        job._incY = isRow ? 1 : g.Ldc;
        job._incD = isRow ? 1 : g.Ldd;
        (job._alpha, job._beta) = (g.Alpha, g.Beta);
        int threads = g.Work >= ParallelWork && !Parallelism.IsSerial ? Parallelism.Threads : 1, share = (job._outputs + threads - 1) / threads;
        job._chunk = Math.Clamp((share + LeastOutputs - 1) / LeastOutputs * LeastOutputs, LeastOutputs, MostOutputs);
        int chunks = (job._outputs + job._chunk - 1) / job._chunk;
        if (threads > 1)
        {
            Parallelism.Run(chunks, job);
            return;
        }
        for (int i = 0; i < chunks; i++)
            job.Run(i);
    }

    public readonly void Run(int chunk)
    {
        int first = chunk * _chunk, count = Math.Min(_chunk, _outputs - first);
        T* sums = _sums.Get<T>(count);
        for (int p = 0; p < _terms; p += _depth)
        {
            int depth = Math.Min(_depth, _terms - p);
            T* a = _a + (first * _stepOutput) + (p * _stepTerm), x = _x + (p * _incX), y = _y + (first * _incY);
            if (_stepOutput != 1)
                SumColumns(a, x, depth, sums, count);
            else if (Vector512.IsHardwareAccelerated && Avx512F.IsSupported)
                SumRows<Lanes512<T>, Vector512<T>>(a, x, depth, sums, count);
            else if (Vector256.IsHardwareAccelerated && Avx2.IsSupported && Fma.IsSupported)
                SumRows<Lanes256<T>, Vector256<T>>(a, x, depth, sums, count);
            else
                SumRows<Lanes128<T>, Vector128<T>>(a, x, depth, sums, count);
            if (p == 0)
                Finish(sums, y, _d + (first * _incD), _incD, count, _beta);
            else
                Finish(sums, y, y, _incY, count, T.One);
        }
    }

    readonly void Finish(T* sums, T* y, T* d, nint incD, int count, T beta)
    {
        if (T.IsZero(beta) && _alpha == T.One && _incY == 1)
        {
            new ReadOnlySpan<T>(sums, count).CopyTo(new Span<T>(y, count));
            return;
        }
        for (int i = 0; i < count; i++, y += _incY, d += incD)
            *y = T.IsZero(beta) ? _alpha * sums[i] : T.FusedMultiplyAdd(_alpha, sums[i], beta * *d);
    }

    /// <summary>sums[j] = Σₚ a[p, j]·x[p].</summary>
    readonly void SumRows<S, V>(T* a, T* x, int depth, T* sums, int count) where S : struct, ILanes<V, T>
    {
        new Span<T>(sums, count).Clear();
        int p = 0;
        for (; p <= depth - Together; p += Together)
            AddRows<S, V>(a + (p * _stepTerm), _stepTerm, x + (p * _incX), _incX, sums, count);
        for (; p < depth; p++)
            AddRow<S, V>(a + (p * _stepTerm), x[p * _incX], sums, count);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    static void AddRows<S, V>(T* a, nint step, T* x, nint incX, T* sums, int count) where S : struct, ILanes<V, T>
    {
        V f0 = S.Broadcast(x[0]), f1 = S.Broadcast(x[incX]), f2 = S.Broadcast(x[2 * incX]), f3 = S.Broadcast(x[3 * incX]);
        V f4 = S.Broadcast(x[4 * incX]), f5 = S.Broadcast(x[5 * incX]), f6 = S.Broadcast(x[6 * incX]), f7 = S.Broadcast(x[7 * incX]);
        T* a3 = a + (3 * step), a6 = a + (6 * step);
        int j = 0;
        for (; j <= count - S.Count; j += S.Count)
        {
            V s = S.Fma(f0, S.Load(a + j), S.Load(sums + j));
            s = S.Fma(f1, S.Load(a + step + j), s);
            s = S.Fma(f2, S.Load(a + (2 * step) + j), s);
            s = S.Fma(f3, S.Load(a3 + j), s);
            s = S.Fma(f4, S.Load(a3 + step + j), s);
            s = S.Fma(f5, S.Load(a3 + (2 * step) + j), s);
            s = S.Fma(f6, S.Load(a6 + j), s);
            s = S.Fma(f7, S.Load(a6 + step + j), s);
            S.Store(sums + j, s);
        }
        if (j == count)
            return;
        int left = count - j;
        V mask = S.Mask(left), sum = S.Fma(f0, S.LoadExact(a + j, mask, left), S.LoadExact(sums + j, mask, left));
        sum = S.Fma(f1, S.LoadExact(a + step + j, mask, left), sum);
        sum = S.Fma(f2, S.LoadExact(a + (2 * step) + j, mask, left), sum);
        sum = S.Fma(f3, S.LoadExact(a3 + j, mask, left), sum);
        sum = S.Fma(f4, S.LoadExact(a3 + step + j, mask, left), sum);
        sum = S.Fma(f5, S.LoadExact(a3 + (2 * step) + j, mask, left), sum);
        sum = S.Fma(f6, S.LoadExact(a6 + j, mask, left), sum);
        sum = S.Fma(f7, S.LoadExact(a6 + step + j, mask, left), sum);
        S.StorePart(sums + j, sum, mask, left);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    static void AddRow<S, V>(T* a, T x, T* sums, int count) where S : struct, ILanes<V, T>
    {
        V f = S.Broadcast(x);
        for (int j = 0; j < count; j += S.Count)
        {
            int left = Math.Min(S.Count, count - j);
            V mask = S.Mask(left);
            S.StorePart(sums + j, S.Fma(f, S.LoadExact(a + j, mask, left), S.LoadExact(sums + j, mask, left)), mask, left);
        }
    }

    /// <summary>The same of a matrix whose columns are stored as rows: squares are transposed in registers, with vectors that suit this.</summary>
    readonly void SumColumns(T* a, T* x, int depth, T* sums, int count)
    {
        if (Vector256.IsHardwareAccelerated && Avx2.IsSupported && Fma.IsSupported)
            SumColumns<Lanes256<T>, Vector256<T>>(a, x, depth, sums, count);
        else
            SumColumns<Lanes128<T>, Vector128<T>>(a, x, depth, sums, count);
    }

    /// <remarks>
    /// Two groups of columns hide each other's latency, and the second lags behind the first: lines that are a multiple of 4 KB apart fall into one set of
    /// the first-level cache, which holds 8 or 12 of them. Four pieces of a line are used one after another, before others take its place.
    /// </remarks>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    readonly void SumColumns<S, V>(T* a, T* x, int depth, T* sums, int count) where S : struct, ITurningLanes<V, T>
    {
        int line = 64 / sizeof(T), lined = depth - (depth % line), j = 0;
        for (; j <= count - (2 * S.Count); j += 2 * S.Count)
        {
            V s = default!, t = default!;
            T* first = a + (j * _stepOutput), second = first + (S.Count * _stepOutput);
            for (int p = 0, q = -Lag * line; q < lined; p += line, q += line)
            {
                if (p < lined) s = AddLine<S, V>(first + p, x + (p * _incX), s);
                if (q >= 0) t = AddLine<S, V>(second + q, x + (q * _incX), t);
            }
            S.Store(sums + j, s);
            S.Store(sums + j + S.Count, t);
            SumOneByOne(a + lined, x + (lined * _incX), depth - lined, sums, j, j + (2 * S.Count));
        }
        // The last groups may take in columns that are done already: their sums are the same again.
        for (; j < count && count >= S.Count; j += S.Count)
        {
            j = Math.Min(j, count - S.Count);
            V s = default!;
            for (int p = 0; p < lined; p += line)
                s = AddLine<S, V>(a + (j * _stepOutput) + p, x + (p * _incX), s);
            S.Store(sums + j, s);
            SumOneByOne(a + lined, x + (lined * _incX), depth - lined, sums, j, j + S.Count);
        }
        if (j == count)
            return;
        new Span<T>(sums, count).Clear();
        SumOneByOne(a, x, depth, sums, 0, count);
    }

    /// <summary>Adds a cache line of each column to the sums.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    readonly V AddLine<S, V>(T* a, T* x, V sum) where S : struct, ITurningLanes<V, T>
    {
        int edge = 16 / sizeof(T);
        nint step = edge * _incX;
        GemmPacking.PrefetchRows(a + (Ahead * 4 * edge), _stepOutput, S.Count);
        sum = AddPieces<S, V>(a, x, sum);
        sum = AddPieces<S, V>(a + edge, x + step, sum);
        sum = AddPieces<S, V>(a + (2 * edge), x + (2 * step), sum);
        return AddPieces<S, V>(a + (3 * edge), x + (3 * step), sum);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    readonly V AddPieces<S, V>(T* a, T* x, V sum) where S : struct, ITurningLanes<V, T>
    {
        TurnedKernel<S, V, T>.Columns(a, _stepOutput, out V c0, out V c1, out V c2, out V c3);
        sum = S.Fma(S.Broadcast(*x), c0, sum);
        sum = S.Fma(S.Broadcast(x[_incX]), c1, sum);
        if (typeof(T) == typeof(double)) return sum;
        sum = S.Fma(S.Broadcast(x[2 * _incX]), c2, sum);
        return S.Fma(S.Broadcast(x[3 * _incX]), c3, sum);
    }

    /// <summary>Adds terms to some of the sums, element by element.</summary>
    readonly void SumOneByOne(T* a, T* x, int depth, T* sums, int first, int end)
    {
        for (int j = first; j < end; j++)
        {
            for (int p = 0; p < depth; p++)
                sums[j] = T.FusedMultiplyAdd(a[(j * _stepOutput) + (p * _stepTerm)], x[p * _incX], sums[j]);
        }
    }
}
