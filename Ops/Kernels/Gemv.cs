using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Autograd.Kernels;

/// <summary>A vector times a matrix, the shape of a product where m or n is 1: y = alpha·Σₚ x[p]·a[p, …] + beta·d.</summary>
/// <remarks>
/// The matrix is read once, in place, <see cref="Together"/> of its rows side by side over a block of sums that stays in the first-level cache: what is
/// loaded for a multiply-add bounds it there, and memory elsewhere. Where the terms of a sum lie side by side instead, <see cref="RowDots"/> takes sums of
/// <see cref="LeastDots"/> terms or more, and <see cref="TurnedProduct"/> most of the shorter ones. The sums run in the order of Note [Order of sums].
/// </remarks>
unsafe struct Gemv<T> : IParallelWork where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    /// <summary>The most outputs of a chunk, and the least where there are several.</summary>
    const int MostOutputs = 2048, LeastOutputs = 128;

    /// <summary>Rows that are read side by side.</summary>
    const int Together = 8;

    /// <summary>The fewest terms side by side that are summed by <see cref="RowDots"/>.</summary>
    public const int LeastDots = 32;

    const double ParallelWork = 0.5e6;

    [ThreadStatic] static Scratch _sums, _vector;

    bool _isDots;
    int _outputs, _terms, _depth, _chunk;
    T* _a, _x, _y, _d;

    /// <summary>From an output's element of the matrix to the next output's, and from a term's to the next.</summary>
    nint _stepOutput, _stepTerm;
    nint _incX, _incY, _incD;
    T _alpha, _beta;

    /// <summary>Whether the vector is the first factor, y = x·op(B), rather than y = op(A)·x; a product of two vectors is whichever has terms side by side.</summary>
    static bool IsRow(in GemmProblem<T> g) => g.M == 1 && (g.N > 1 || g.TransB || g.Ldb == 1);

    /// <summary>Whether the product is one of a vector and long rows, the terms of each side by side, and not so small that it may be a <see cref="TinyProduct"/>.</summary>
    public static bool IsDots(in GemmProblem<T> g) =>
        g.K >= LeastDots && (g.M == 1 || g.N == 1) && (long)g.M * g.N * g.K > TinyProduct.MaxWork
        && (IsRow(g) ? g.TransB || (g.N == 1 && g.Ldb == 1) : !g.TransA || (g.M == 1 && g.Lda == 1));

    static T* Dense(T* x, nint step, int count)
    {
        if (step == 1) return x;
        T* dense = _vector.Get<T>(count);
        for (int p = 0; p < count; p++) dense[p] = x[p * step];
        return dense;
    }

    /// <summary>Runs a product with one row or one column.</summary>
    public static void Run(in GemmProblem<T> g)
    {
        bool isRow = IsRow(g);
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
        job._isDots = IsDots(g);
        if (job._isDots)
        {
            job._x = Dense(job._x, job._incX, g.K);
            (job._incX, job._depth) = (1, g.K);
        }
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
            if (_isDots)
                RowDots.Run(a, _stepOutput, x, depth, sums, count);
            else if (_stepOutput != 1)
                SumOneByOne(a, x, depth, sums, count);
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

    [MethodImpl(Jit.Loop)]
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

    [MethodImpl(Jit.Loop)]
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

    /// <summary>The same of a matrix whose terms lie side by side, element by element: where they are few.</summary>
    readonly void SumOneByOne(T* a, T* x, int depth, T* sums, int count)
    {
        new Span<T>(sums, count).Clear();
        for (int j = 0; j < count; j++)
        {
            for (int p = 0; p < depth; p++)
                sums[j] = T.FusedMultiplyAdd(a[(j * _stepOutput) + (p * _stepTerm)], x[p * _incX], sums[j]);
        }
    }
}
