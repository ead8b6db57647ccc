using System.Runtime.CompilerServices;

namespace Autograd.Kernels;

/// <summary>Cuts a matrix product into blocks that fit the caches and decides what is packed and what is shared.</summary>
/// <remarks>
/// Sizes of blocks are those that measured best on processors with 1 MB of second-level cache, see <see cref="GemmBlock{S, V, T}"/>. Only KC can be
/// seen in a result: see Note [Order of sums].
/// </remarks>
static unsafe class GemmDriver<S, V, T>
    where S : struct, ILanes<V, T>
    where T : unmanaged
{
    const int NC = 2048;

    /// <summary>Work below which a second thread costs more than it brings, in floating-point operations.</summary>
    const double ParallelWork = 0.5e6;

    /// <summary>Work above which the cost of deciding does not matter.</summary>
    const double SmallWork = 3e6;

    /// <summary>Work of a chunk above which more chunks than threads are made, so that a slow thread takes fewer.</summary>
    const double ChunkWork = 2e6;

    /// <summary>Terms of a transposed A that are this far apart fall into the same few sets of the first-level cache.</summary>
    const int BadStride = 1024;

    /// <summary>Rows of A that are a multiple of this apart fall into one set, which holds fewer lines than a tile has rows.</summary>
    const int WorstStride = 4096;

    /// <summary>Strips of B whose rows reach over this much memory do not stay in the second-level cache unless they are packed.</summary>
    const int LongReach = 1 << 20;

    /// <summary>
    /// The most rows of a tile of a small product. Between tiles of more, some cycles are lost that do not count where A streams past; tiles of a few rows less than
    /// fit the registers read B more often, which is in the first-level cache.
    /// </summary>
    static int MostRows
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => Math.Min(S.MaxRows, 10);
    }

    [ThreadStatic] static Scratch _strips;
    [ThreadStatic] static Scratch _rows;

    const int KC = Gemm.MaxDepth;

    public static void Run(in GemmProblem<T> g, T one, bool readsD, bool scales)
    {
        double work = g.Work;
        if (g.K <= KC && (work < ParallelWork || (work < SmallWork && Parallelism.IsSerial)))
        {
            RunSmall(g, readsD, scales);
            return;
        }
        for (int j = 0; j < g.N; j += NC)
        {
            GemmBlock<S, V, T> block = Describe(g, j);
            (block.Tile.ReadsD, block.Tile.Scales) = (readsD, scales);
            block.One = one;
            Run(ref block);
        }
    }

    /// <summary>A product of one block on this thread; here the cost of deciding matters.</summary>
    [SkipLocalsInit]
    [MethodImpl(Jit.Loop)]
    static void RunSmall(in GemmProblem<T> g, bool readsD, bool scales)
    {
        int width = 2 * S.Count, tiles = (g.M + MostRows - 1) / MostRows, height = tiles == 1 ? g.M : (g.M + tiles - 1) / tiles;
        bool packs = g.TransB || (!S.HasMasks && g.N % width != 0) || (tiles > 16 && g.Ldb * sizeof(T) >= BadStride);
        T* strips = packs ? _strips.Get<T>(g.K * width) : null;
        GemmTile<T> tile;
        tile.Depth = g.K;
        tile.RowA = (g.TransA ? 1 : g.Lda) * sizeof(T);
        tile.StepA = (g.TransA ? g.Lda : 1) * sizeof(T);
        tile.StepB = (packs ? width : g.Ldb) * sizeof(T);
        tile.RowC = g.Ldc * sizeof(T);
        tile.RowD = g.Ldd * sizeof(T);
        (tile.Alpha, tile.Beta, tile.ReadsD, tile.Scales) = (g.Alpha, g.Beta, readsD, scales);
        tile.Ahead = new(g.A);
        for (int j = 0; j < g.N; j += width)
        {
            int columns = Math.Min(width, g.N - j);
            T* b = g.B + (g.TransB ? j * g.Ldb : j);
            if (packs)
                GemmPacking.PackStrip(g.K, columns, b, g.Ldb, g.TransB, strips, width);
            for (int i = 0; i < g.M; i += height)
            {
                T* a = (T*)((byte*)g.A + i * tile.RowA);
                GemmKernel<S, V, T>.Run(
                    &tile, Math.Min(height, g.M - i), columns, a, packs ? strips : b, g.C + (i * g.Ldc) + j, g.D + (i * g.Ldd) + j);
            }
        }
    }

    static GemmBlock<S, V, T> Describe(in GemmProblem<T> g, int j)
    {
        int depths = (g.K + KC - 1) / KC;
        GemmBlock<S, V, T> block = default;
        (block.Tile.Alpha, block.Tile.Beta) = (g.Alpha, g.Beta);
        (block.Rows, block.Columns) = (g.M, Math.Min(NC, g.N - j));
        (block.End, block.Depth) = (g.K, (g.K + depths - 1) / depths);
        block.A = g.A;
        block.B = g.B + (g.TransB ? j * g.Ldb : j);
        block.NextB = j + NC >= g.N ? g.NextB : null;
        block.C = g.C + j;
        block.D = g.D + j;
        (block.Lda, block.Ldb, block.Ldc, block.Ldd) = (g.Lda, g.Ldb, g.Ldc, g.Ldd);
        (block.TransA, block.TransB) = (g.TransA, g.TransB);
        DecidePacking(ref block);
        DecideChunks(ref block, 2.0 * g.M * block.Columns * g.K);
        return block;
    }

    static void DecidePacking(ref GemmBlock<S, V, T> block)
    {
        int strips = block.StripCount, tiles = GemmBlock<S, V, T>.Tiles(block.Rows);
        nint strideA = block.Lda * sizeof(T), strideB = block.Ldb * sizeof(T);
        block.PackA = block.TransA ? strips > 24 || (strips > 1 && strideA >= BadStride) : strips > 2 && strideA % WorstStride == 0;
        block.PackB = block.TransB || tiles > 16 || (tiles > 2 && strideB * block.Depth >= LongReach)
            || (!S.HasMasks && block.Columns % GemmBlock<S, V, T>.Width != 0);
    }

    /// <summary>Cuts one direction as far as is wanted, the other only for idle threads: cutting both makes both factors shared.</summary>
    /// <remarks>Columns are preferred where B is packed, since a chunk of columns packs its own strips while it multiplies.</remarks>
    static void DecideChunks(ref GemmBlock<S, V, T> block, double work)
    {
        (block.RowGroups, block.ColumnGroups) = (1, 1);
        if (work >= ParallelWork && !Parallelism.IsSerial)
        {
            int threads = (int)Math.Min(work / (ParallelWork / 2), Parallelism.Threads), wanted = Math.Max(threads, (int)Math.Min(work / ChunkWork, 4 * threads));
            int mostRows = Math.Max(1, block.Rows / (2 * S.MaxRows)), mostColumns = block.StripCount;
            if ((block.PackB ? 4L : 1L) * block.Columns >= block.Rows)
            {
                block.ColumnGroups = Math.Min(wanted, mostColumns);
                block.RowGroups = Math.Min((threads + block.ColumnGroups - 1) / block.ColumnGroups, mostRows);
            }
            else
            {
                block.RowGroups = Math.Min(wanted, mostRows);
                block.ColumnGroups = Math.Min((threads + block.RowGroups - 1) / block.RowGroups, mostColumns);
            }
        }
    }

    static void Run(ref GemmBlock<S, V, T> block)
    {
        int chunks = block.RowGroups * block.ColumnGroups, k = block.End;
        bool sharesRows = block.PackA && block.ColumnGroups > 1, sharesStrips = block.PackB && block.RowGroups > 1;
        if (!sharesRows && !sharesStrips)
        {
            Parallelism.Run(chunks, block);
            return;
        }
        for (int p = 0; p < k; p += block.Depth)
        {
            (block.First, block.End) = (p, Math.Min(p + block.Depth, k));
            nint depth = block.End - p;
            if (sharesRows)
                block.SharedRows = _rows.Get<T>((nint)block.Rows * block.PackedRow);
            if (sharesStrips)
                block.SharedStrips = _strips.Get<T>(block.StripCount * GemmBlock<S, V, T>.Width * depth);
            var shares = new GemmShares<S, V, T>(block);
            Parallelism.Run(shares.Count, shares);
            Parallelism.Run(chunks, block);
        }
    }
}
