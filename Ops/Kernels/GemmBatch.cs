using System.Numerics;
using System.Runtime.CompilerServices;

namespace Autograd.Kernels;

/// <summary>Many products of one size at fixed distances in memory.</summary>
readonly unsafe struct GemmBatch<T> : IParallelWork where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    /// <summary>Work of a chunk, in floating-point operations, that makes its claim cheap by comparison.</summary>
    const double ChunkWork = 0.25e6;

    /// <summary>The most multiplications of a product that is not worth the choice of a kernel.</summary>
    const int MostTiny = 32;

    /// <summary>Work that takes as long as what every product costs beside it.</summary>
    const double LeastWork = 500;

    readonly GemmProblem<T> _first;
    readonly nint _strideA, _strideB, _strideC;
    readonly int _batch, _perChunk;
    readonly bool _isTiny;

    GemmBatch(int batch, in GemmProblem<T> first, nint strideA, nint strideB, nint strideC, int perChunk)
    {
        (_batch, _first, _perChunk) = (batch, first, perChunk);
        (_strideA, _strideB, _strideC) = (strideA, strideB, strideC);
        _isTiny = IsTiny(first);
    }

    /// <summary>Multiplies <paramref name="batch"/> matrices, the first of which is <paramref name="g"/>.</summary>
    public static void Run(int batch, GemmProblem<T> g, nint strideA, nint strideB, nint strideC)
    {
        if (IsOneTallProduct(batch, g, strideA, strideB, strideC))
        {
            g.M *= batch;
            Gemm.Run(g);
            return;
        }
        if (IsOneTurnedProduct(g, strideA, strideB, strideC))
        {
            Gemm.Run(Turned(batch, g, strideB, strideC));
            return;
        }
        bool large = g.Work >= ChunkWork && batch < 2 * Parallelism.Threads; // too few to share, large enough to split
        int perChunk = (int)Math.Clamp(ChunkWork / Math.Max(g.Work, LeastWork), 1, batch);
        var job = new GemmBatch<T>(batch, g, strideA, strideB, strideC, perChunk);
        int chunks = (batch + perChunk - 1) / perChunk;
        if (!large)
        {
            Parallelism.Run(chunks, job);
            return;
        }
        for (int i = 0; i < chunks; i++)
            job.Run(i);
    }

    /// <summary>Matrices below one another times the same B are one product with more rows.</summary>
    static bool IsOneTallProduct(int batch, in GemmProblem<T> g, nint strideA, nint strideB, nint strideC) =>
        strideB == 0 && !g.TransA && strideA == g.M * g.Lda && strideC == g.M * g.Ldc
        && (long)batch * g.M <= int.MaxValue;

    /// <summary>One matrix times many columns, each with its result dense in memory, is one product of the columns, as rows, and the transposed matrix.</summary>
    static bool IsOneTurnedProduct(in GemmProblem<T> g, nint strideA, nint strideB, nint strideC) =>
        g.N == 1 && strideA == 0 && g.Row is null && g.Ldc == 1 && (g.TransB || g.Ldb == 1) && strideB >= g.K && strideC >= g.M;

    static GemmProblem<T> Turned(int batch, in GemmProblem<T> g, nint strideB, nint strideC)
    {
        GemmProblem<T> turned = g;
        (turned.M, turned.N) = (batch, g.M);
        turned.A = g.B;
        (turned.Lda, turned.TransA) = (strideB, false);
        turned.B = g.A;
        (turned.Ldb, turned.TransB) = (g.Lda, !g.TransA);
        turned.Ldc = strideC;
        return turned;
    }

    public void Run(int chunk)
    {
        int end = (int)Math.Min((long)(chunk + 1) * _perChunk, _batch);
        if (_isTiny) RunTiny(chunk * _perChunk, end);
        else RunEach(chunk, end);
    }

    /// <summary>Whether the products are tiny, and sums of nothing but their terms and C.</summary>
    static bool IsTiny(in GemmProblem<T> g) =>
        (long)g.M * g.N * g.K <= MostTiny && g.K > 0 && g.Row is null && g.Alpha == T.One && (T.IsZero(g.Beta) || g.Beta == T.One) && (g.M == 1 || g.Ldc == g.N);

    void RunTiny(int i, int end)
    {
        (int, int) stepA = _first.TransA ? (1, (int)_first.Lda) : ((int)_first.Lda, 1), stepB = _first.TransB ? (1, (int)_first.Ldb) : ((int)_first.Ldb, 1);
        bool adds = !T.IsZero(_first.Beta);
        for (; i < end; i++)
        {
            TinyProduct.Multiply(
                _first.M, _first.N, _first.K, ref _first.A[i * _strideA], stepA, ref _first.B[i * _strideB], stepB, ref _first.C[i * _strideC], adds, ref Unsafe.NullRef<T>());
        }
    }

    void RunEach(int chunk, int end)
    {
        GemmProblem<T> g = _first;
        for (nint i = (nint)chunk * _perChunk; i < end; i++)
        {
            g.A = _first.A + i * _strideA;
            g.B = _first.B + i * _strideB;
            g.C = _first.C + i * _strideC;
            Gemm.Run(g);
        }
    }
}
