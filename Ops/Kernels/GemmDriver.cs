using System.Runtime.CompilerServices;

namespace Autograd.Kernels;

/// <summary>Cuts a matrix product into blocks that fit the caches and decides what is packed and what is shared.</summary>
/// <remarks>
/// Sizes of blocks are those that measured best on processors with 1 MB of second-level cache: KC × tile width of B
/// streams from there, MC × KC of A stays there. Only KC can be seen in a result: see Note [Order of sums].
/// </remarks>
static unsafe class GemmDriver<S, V, T>
    where S : struct, ILanes<V, T>
    where T : unmanaged
{
    const int NC = 2048;

    /// <summary>Work below which a second thread costs more than it brings, in floating-point operations.</summary>
    const double ParallelWork = 0.5e6;

    /// <summary>Work of a chunk above which more chunks than threads are made, so that a slow thread takes fewer.</summary>
    const double ChunkWork = 2e6;

    /// <summary>Columns of memory that are this far apart fall into the same few sets of the first-level cache.</summary>
    const int BadStride = 2048;

    [ThreadStatic] static Scratch _strips;

    static int MC => 1344 / sizeof(T);

    const int KC = Gemm.MaxDepth;

    public static void Run(in GemmProblem<T> g, T one, bool readsC)
    {
        if (g.K <= KC && g.Work < ParallelWork)
        {
            RunSmall(g, readsC);
            return;
        }
        int depths = (g.K + KC - 1) / KC, depth = (g.K + depths - 1) / depths;
        for (int j = 0; j < g.N; j += NC)
        {
            for (int p = 0; p < g.K; p += depth)
            {
                GemmBlock<S, V, T> block = Describe(g, j, p, Math.Min(depth, g.K - p));
                block.Tile.Beta = p == 0 ? g.Beta : one;
                block.Tile.ReadsC = p != 0 || readsC;
                Run(ref block);
            }
        }
    }

    /// <summary>A product of one block on this thread; here the cost of deciding matters.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    static void RunSmall(in GemmProblem<T> g, bool readsC)
    {
        int width = 2 * S.Count, tiles = (g.M + S.MaxRows - 1) / S.MaxRows, height = (g.M + tiles - 1) / tiles;
        bool packs = g.TransB || (!S.HasMasks && g.N % width != 0) || (tiles > 16 && g.Ldb * sizeof(T) >= BadStride);
        T* strips = packs ? _strips.Get<T>(g.K * width) : null;
        GemmTile<T> tile;
        tile.Depth = g.K;
        tile.RowA = (g.TransA ? 1 : g.Lda) * sizeof(T);
        tile.StepA = (g.TransA ? g.Lda : 1) * sizeof(T);
        tile.StepB = (packs ? width : g.Ldb) * sizeof(T);
        tile.RowC = g.Ldc * sizeof(T);
        (tile.Alpha, tile.Beta, tile.ReadsC) = (g.Alpha, g.Beta, readsC);
        for (int j = 0; j < g.N; j += width)
        {
            int columns = Math.Min(width, g.N - j);
            T* b = g.B + (g.TransB ? j * g.Ldb : j);
            if (packs)
                GemmPacking.PackStrip(g.K, columns, b, g.Ldb, g.TransB, strips, width);
            for (int i = 0; i < g.M; i += height)
            {
                T* a = (T*)((byte*)g.A + i * tile.RowA);
                GemmKernel<S, V, T>.Run(&tile, Math.Min(height, g.M - i), columns, a, packs ? strips : b, g.C + i * g.Ldc + j);
            }
        }
    }

    static GemmBlock<S, V, T> Describe(in GemmProblem<T> g, int j, int p, int depth)
    {
        GemmBlock<S, V, T> block = default;
        block.Tile.Depth = depth;
        block.Tile.Alpha = g.Alpha;
        block.Rows = g.M;
        block.Columns = Math.Min(NC, g.N - j);
        block.A = g.A + (g.TransA ? p * g.Lda : p);
        block.B = g.B + (g.TransB ? j * g.Ldb + p : p * g.Ldb + j);
        block.C = g.C + j;
        (block.Lda, block.Ldb, block.Ldc) = (g.Lda, g.Ldb, g.Ldc);
        (block.TransA, block.TransB) = (g.TransA, g.TransB);
        DecidePacking(ref block);
        DecideChunks(ref block);
        return block;
    }

    static void DecidePacking(ref GemmBlock<S, V, T> block)
    {
        int strips = block.StripCount, tiles = (block.Rows + S.MaxRows - 1) / S.MaxRows;
        nint strideA = block.Lda * sizeof(T), strideB = block.Ldb * sizeof(T);
        block.PackA = strips > 24 || (strips > 4 && (block.TransA ? strideA >= BadStride : strideA % BadStride == 0));
        block.PackB = block.TransB || (strideB >= BadStride && tiles > 2) || tiles > 16
            || (!S.HasMasks && block.Columns % GemmBlock<S, V, T>.Width != 0);
    }

    static void DecideChunks(ref GemmBlock<S, V, T> block)
    {
        double work = 2.0 * block.Rows * block.Columns * block.Tile.Depth;
        block.RowBlocks = (block.Rows + MC - 1) / MC;
        block.ColumnGroups = 1;
        block.Serial = work < ParallelWork || WorkerPool.IsSerial;
        if (block.Serial)
            return;
        int threads = WorkerPool.Threads, wanted = (int)Math.Min(work / (ParallelWork / 2), threads);
        wanted = Math.Max(wanted, (int)Math.Min(work / ChunkWork, 4 * threads));
        while (block.RowBlocks * block.ColumnGroups < wanted)
        {
            int height = block.Rows / block.RowBlocks, strips = block.StripCount / block.ColumnGroups;
            bool canSplitRows = height >= 2 * S.MaxRows, canSplitStrips = strips >= 2;
            if (canSplitStrips && (!canSplitRows || (!block.PackA && block.RowBlocks == 1)))
                block.ColumnGroups *= 2;
            else if (canSplitRows)
                block.RowBlocks *= 2;
            else
                return;
        }
    }

    static void Run(ref GemmBlock<S, V, T> block)
    {
        if (block.PackB)
            block.Strips = _strips.Get<T>(block.StripCount * GemmBlock<S, V, T>.Width * block.Tile.Depth);
        int chunks = block.RowBlocks * block.ColumnGroups;
        if (block.Serial)
        {
            for (int i = 0; i < chunks; i++)
                block.Run(i);
            return;
        }
        if (block.PackB && !block.PacksWhenNeeded)
            WorkerPool.For(block.StripCount, new GemmStrips<S, V, T>(block));
        WorkerPool.For(chunks, block);
    }
}
