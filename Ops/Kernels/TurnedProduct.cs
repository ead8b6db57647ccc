using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Autograd.Kernels;

/// <summary>Products that need no packing with vectors along the other side, or with a factor that is transposed in registers: those of a few rows or columns, and small ones.</summary>
/// <remarks>
/// C = A·B is also Cᵀ = Bᵀ·Aᵀ, whose vectors lie along the columns of A: better where B has so few columns that they fill no vector. In either form the
/// factor that lies across the vectors is called a here, the other b.
/// </remarks>
static unsafe class TurnedProduct
{
    /// <summary>The most rows: with more than two tiles of them, packing pays.</summary>
    const int MostRows = 24;

    /// <summary>Work below which deciding and packing a few elements take less time than this, in floating-point operations.</summary>
    public const double TinyWork = 4096;

    /// <summary>Lines a multiple of this apart fall into so few sets of the first-level cache that a square's do not stay.</summary>
    const int WorstStride = 2048;

    /// <summary>
    /// The most rows of a product whose factor has such lines: a tile of few rows reads a line once, but every tile reads it again.
    /// </summary>
    const int MostBadRows = 8;

    /// <summary>Runs the product if it is of this kind.</summary>
    [MethodImpl(MethodImplOptions.NoInlining)] // products that are too small for it should not pay for its variables
    public static bool TryRun<T>(in GemmProblem<T> g, bool readsD, bool scales) where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        bool turns = g.TransB && g.N > 1 && g.M <= Lanes512<T>.MostTurnedRows && g.N >= Vector128<T>.Count;
        bool exchanges = g.M > 1 && g.N <= MostRows && g.M >= Vector128<T>.Count && Exchanges(g, turns);
        if ((!turns && !exchanges) || g.K < Vector128<T>.Count)
            return false;
        bool isBad = exchanges ? !g.TransA && g.Lda * sizeof(T) % WorstStride == 0 : g.Ldb * sizeof(T) % WorstStride == 0;
        if (isBad && (exchanges ? g.N : g.M) > MostBadRows)
            return false;
        Run(g, exchanges, isBad, readsD, scales);
        return true;
    }

    /// <summary>Whether the vectors had better lie along the columns of A.</summary>
    /// <remarks>Narrower vectors leave less empty and turn squares for fewer rows at a time: there a second tile costs more than packing.</remarks>
    static bool Exchanges<T>(in GemmProblem<T> g, bool turns) where T : unmanaged =>
        turns && !g.TransA ? FillsMore<T>(g.M, g.N)
        : g.N == 1 ? !g.TransA
        : (Vector512.IsHardwareAccelerated || g.TransA || g.N <= Lanes256<T>.MostTurnedRows) && 16L * g.N <= 13L * Filled<T>(g.N) && FillsMore<T>(g.M, g.N);

    static void Run<T>(in GemmProblem<T> g, bool exchanges, bool isBad, bool readsD, bool scales) where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        TurnedProblem<T> p;
        (p.ReadsD, p.Scales) = (readsD, scales);
        if (exchanges)
        {
            (p.Columns, p.Rows, p.Lead, p.Turns) = (g.M, g.N, g.Lda, !g.TransA);
            p.A = g.B;
            p.B = g.A;
            p.RowA = g.TransB ? g.Ldb : 1;
            p.StepA = g.TransB ? 1 : g.Ldb;
            (p.RowC, p.ColumnC, p.RowD, p.ColumnD) = (1, g.Ldc, 1, g.Ldd);
        }
        else
        {
            (p.Columns, p.Rows, p.Lead, p.Turns) = (g.N, g.M, g.Ldb, true);
            p.A = g.A;
            p.B = g.B;
            p.RowA = g.TransA ? 1 : g.Lda;
            p.StepA = g.TransA ? g.Lda : 1;
            (p.RowC, p.ColumnC, p.RowD, p.ColumnD) = (g.Ldc, 1, g.Ldd, 1);
        }
        p.MostRows = isBad ? TurnedKernel<Lanes128<T>, Vector128<T>, T>.FewRows : Lanes512<T>.MostTurnedRows;
        Run(g, p);
    }

    static void Run<T>(in GemmProblem<T> g, in TurnedProblem<T> p) where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        if (Vector512.IsHardwareAccelerated && Avx512F.IsSupported && p.Columns >= Vector512<T>.Count)
            TurnedProduct<Lanes512<T>, Vector512<T>, T>.Run(g, p, T.One);
        else if (Vector256.IsHardwareAccelerated && Avx2.IsSupported && Fma.IsSupported && p.Columns >= Vector256<T>.Count)
            TurnedProduct<Lanes256<T>, Vector256<T>, T>.Run(g, p, T.One);
        else
            TurnedProduct<Lanes128<T>, Vector128<T>, T>.Run(g, p, T.One);
    }

    /// <summary>Elements of the widest vectors that hold so many.</summary>
    static int Filled<T>(int count) => (count + Vector512<T>.Count - 1) & -Vector512<T>.Count;

    /// <summary>Whether so many elements leave less of their vectors empty than as many as <paramref name="other"/>.</summary>
    static bool FillsMore<T>(int count, int other) => (long)count * Filled<T>(other) > (long)other * Filled<T>(count);
}

/// <summary>How a product is read by <see cref="TurnedProduct"/>. Strides are in elements.</summary>
unsafe struct TurnedProblem<T> where T : unmanaged
{
    public int Columns, Rows, MostRows;
    public T* A, B;

    /// <summary>From A[i, p] to A[i + 1, p] and to A[i, p + 1].</summary>
    public nint RowA, StepA;

    /// <summary>From a stored row of B to the next: a column of the product if <see cref="Turns"/>, else a term of its sums.</summary>
    public nint Lead;

    public bool Turns, ReadsD, Scales;

    /// <summary>From an element of C or D to the one below it and to the one beside it; one of C's is 1.</summary>
    public nint RowC, ColumnC, RowD, ColumnD;
}

/// <summary>Such a product with vectors of one width.</summary>
unsafe struct TurnedProduct<S, V, T> : IParallelWork
    where S : struct, ITurningLanes<V, T>
    where T : unmanaged
{
    /// <summary>Columns of a chunk.</summary>
    const int ChunkColumns = 128;

    const double ParallelWork = 0.5e6;

    /// <summary>Rows of a tile and those that squares reach beyond them.</summary>
    const int SquareRows = 16;

    [ThreadStatic] static Scratch _sums;

    TurnedProblem<T> _p;
    GemmTile<T> _tile;
    T _one;
    int _terms, _depth, _height;
    T* _c, _d;

    /// <summary>Multiplies; there must be a vector of columns and a piece of terms.</summary>
    public static void Run(in GemmProblem<T> g, in TurnedProblem<T> p, T one)
    {
        int depths = (g.K + Gemm.MaxDepth - 1) / Gemm.MaxDepth, most = Math.Min(p.MostRows, S.MostTurnedRows);
        TurnedProduct<S, V, T> job;
        (job._p, job._one) = (p, one);
        (job._terms, job._depth) = (g.K, depths == 1 ? g.K : (g.K + depths - 1) / depths);
        job._height = p.Rows <= most ? p.Rows : Height(p.Rows, most);
        job._c = g.C;
        job._d = g.D;
        (job._tile.Depth, job._tile.RowA, job._tile.StepA, job._tile.StepB) = (0, p.RowA * sizeof(T), p.StepA * sizeof(T), p.Lead * sizeof(T));
        (job._tile.RowC, job._tile.RowD) = (p.RowC * sizeof(T), p.RowD * sizeof(T));
        (job._tile.Alpha, job._tile.Beta, job._tile.ReadsD, job._tile.Scales) = (g.Alpha, g.Beta, p.ReadsD, p.Scales);
        job._tile.Ahead = new(p.A);
        if (g.Work >= ParallelWork)
            Parallelism.Run((p.Columns + ChunkColumns - 1) / ChunkColumns, job);
        else
            job.Run(0, p.Columns);
    }

    static int Height(int rows, int most)
    {
        int tiles = (rows + most - 1) / most;
        return (rows + tiles - 1) / tiles;
    }

    public void Run(int chunk) => Run(chunk * ChunkColumns, Math.Min((chunk + 1) * ChunkColumns, _p.Columns));

    [MethodImpl(Jit.Loop)]
    readonly void Run(int first, int end)
    {
        GemmTile<T> tile = _tile;
        T* d = _d;
        nint columnD = _p.ColumnD, column = _p.Turns ? _p.Lead : 1, step = _p.Turns ? 1 : _p.Lead;
        bool widens = !_p.Turns || _height <= TurnedKernel<S, V, T>.WideRows;
        for (int p = 0; p < _terms; p += _depth)
        {
            tile.Depth = Math.Min(_depth, _terms - p);
            if (p > 0)
            {
                d = _c;
                (columnD, tile.RowD, tile.Beta, tile.ReadsD) = (_p.ColumnC, tile.RowC, _one, true); // later terms are added to C
            }
            int width;
            for (int j = first; j < end; j += width)
            {
                width = widens && end - j >= 2 * S.Count ? 2 * S.Count : S.Count;
                int start = Math.Min(j, _p.Columns - S.Count); // the last columns may take in some that are done
                bool isApart = _p.ColumnC != 1 || columnD != 1 || end - j < width;
                for (int i = 0; i < _p.Rows; i += _height)
                {
                    int height = Math.Min(_height, _p.Rows - i);
                    T* a = _p.A + (i * _p.RowA) + (p * _p.StepA), b = _p.B + (start * column) + (p * step);
                    T* c = _c + (j * _p.ColumnC) + (i * _p.RowC), from = (T*)((byte*)(d + (j * columnD)) + (i * tile.RowD));
                    if (isApart) RunApart(&tile, height, width, a, b, c, from, j - start, Math.Min(width, end - j), columnD);
                    else RunTile(&tile, height, width, a, b, c, from);
                }
            }
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    readonly void RunTile(GemmTile<T>* tile, int rows, int width, T* a, T* b, T* c, T* d)
    {
        if (_p.Turns) TurnedKernel<S, V, T>.Run(tile, rows, width > S.Count, a, b, c, d);
        else GemmKernel<S, V, T>.Run(tile, rows, width, a, b, c, d);
    }

    /// <summary>A tile whose sums are not stored as they lie in vectors: the first are left out, or rows are stored as columns.</summary>
    [MethodImpl(Jit.Loop)]
    readonly void RunApart(GemmTile<T>* tile, int rows, int width, T* a, T* b, T* c, T* d, int skipped, int columns, nint columnD)
    {
        int square = 64 / sizeof(T), pitch = 2 * square;
        T* sums = _sums.Get<T>(((SquareRows + 1) * pitch) + (square * square)), turned = sums + ((SquareRows + 1) * pitch);
        GemmTile<T> plain = *tile;
        (plain.RowC, plain.ReadsD, plain.Scales) = (pitch * sizeof(T), false, false);
        RunTile(&plain, rows, width, a, b, sums, sums);
        if (_p.ColumnC == 1 && columnD == 1)
        {
            PutRows(tile, sums + skipped, pitch, rows, columns, c, _p.RowC, d, tile->RowD / sizeof(T));
            return;
        }
        for (int top = 0; top < rows; top += square)
        {
            for (int j = 0; j < columns; j += square)
            {
                LaneTranspose.Square(sums + (top * pitch) + skipped + j, pitch, turned, square);
                T* to = c + (j * _p.ColumnC) + top, from = d + (j * columnD) + top;
                PutRows(tile, turned, square, Math.Min(square, columns - j), Math.Min(square, rows - top), to, _p.ColumnC, from, columnD);
            }
        }
    }

    /// <summary>Finishes some rows of sums, which are rows of C.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static void PutRows(GemmTile<T>* tile, T* sums, int pitch, int rows, int columns, T* c, nint ldc, T* d, nint ldd)
    {
        bool stores = !tile->ReadsD && !tile->Scales;
        for (int i = 0; i < columns; i += S.Count)
        {
            int left = Math.Min(S.Count, columns - i);
            V mask = S.Mask(left);
            T* from = sums + i, to = c + i, added = d + i;
            for (int row = stores ? rows : 0; row > 0; row--, from += pitch, to += ldc) S.StorePart(to, S.Load(from), mask, left);
            for (int row = stores ? 0 : rows; row > 0; row--, from += pitch, to += ldc, added += ldd) GemmKernel<S, V, T>.Put<N1, N1>(tile, to, added, S.Load(from), default!, mask, left);
        }
    }
}
