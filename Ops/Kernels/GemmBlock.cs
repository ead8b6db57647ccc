using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics.X86;

namespace Autograd.Kernels;

/// <summary>A product C = alpha·op(A)·op(B) + beta·C by pointers; strides are in elements.</summary>
unsafe struct GemmProblem<T> where T : unmanaged
{
    public int M, N, K;
    public T* A, B, C;
    public nint Lda, Ldb, Ldc;
    public bool TransA, TransB;
    public T Alpha, Beta;

    /// <summary>Floating-point operations.</summary>
    public readonly double Work => 2.0 * M * N * K;
}

/// <summary>One block of a product: all rows of C, at most NC of its columns, at most KC terms of the sums.</summary>
/// <remarks>
/// The block's C is cut into RowBlocks × ColumnGroups chunks. A strip is the part of B that is one tile wide. Packed
/// strips are shared by all row blocks; the rows of A are packed by each chunk for itself.
/// </remarks>
unsafe struct GemmBlock<S, V, T> : IChunk
    where S : struct, ILanes<V, T>
    where T : unmanaged
{
    [ThreadStatic] static Scratch _rows;

    public GemmTile<T> Tile;
    public int Rows, Columns, RowBlocks, ColumnGroups;
    public T* A, B, C, Strips;
    public nint Lda, Ldb, Ldc;
    public bool TransA, TransB, PackA, PackB;

    /// <summary>The chunks run one after the other on this thread.</summary>
    public bool Serial;

    /// <summary>Columns of a tile.</summary>
    public static int Width => 2 * S.Count;

    public readonly int StripCount => (Columns + Width - 1) / Width;

    /// <summary>Each strip is packed by the chunk that needs it first, while it is warm in the cache.</summary>
    public readonly bool PacksWhenNeeded => Serial || RowBlocks == 1;

    public void Run(int chunk)
    {
        int rowBlock = chunk / ColumnGroups, group = chunk % ColumnGroups;
        int top = Part(Rows, RowBlocks, rowBlock), bottom = Part(Rows, RowBlocks, rowBlock + 1);
        int first = Part(StripCount, ColumnGroups, group), end = Part(StripCount, ColumnGroups, group + 1);
        int tiles = (bottom - top + S.MaxRows - 1) / S.MaxRows;
        bool packsB = PackB && PacksWhenNeeded && rowBlock == 0;

        GemmTile<T> tile = Tile;
        T* a = PackA ? PackRows(&tile, top, bottom, tiles) : A + top * (TransA ? 1 : Lda);
        if (!PackA)
        {
            tile.RowA = (TransA ? 1 : Lda) * sizeof(T);
            tile.StepA = (TransA ? Lda : 1) * sizeof(T);
        }
        tile.StepB = (PackB ? Width : Ldb) * sizeof(T);
        tile.RowC = Ldc * sizeof(T);
        for (int strip = first; strip < end; strip++)
        {
            if (packsB)
                PackStrip(strip);
            T* b = PackB ? Strips + strip * Width * tile.Depth : B + strip * Width;
            MultiplyStrip(&tile, a, b, strip, top, bottom, tiles);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    readonly void MultiplyStrip(GemmTile<T>* tile, T* a, T* b, int strip, int top, int bottom, int tiles)
    {
        int columns = Math.Min(Width, Columns - strip * Width), rows = bottom - top;
        bool prefetch = Columns >= 512 && Sse.IsSupported;
        for (int i = 0; i < tiles; i++)
        {
            int r = Part(rows, tiles, i), height = Part(rows, tiles, i + 1) - r;
            T* c = C + (top + r) * Ldc + strip * Width;
            if (prefetch)
                Prefetch(c, height);
            T* tileA = PackA && TransA ? a + r * tile->Depth : (T*)((byte*)a + r * tile->RowA);
            if (PackA && TransA)
                tile->StepA = height * sizeof(T);
            GemmKernel<S, V, T>.Run(tile, height, columns, tileA, b, c);
        }
    }

    /// <summary>Asks for the tile's lines of C before the sums begin, which are needed when they end.</summary>
    readonly void Prefetch(T* c, int height)
    {
        for (int i = 0; i < height; i++, c += Ldc)
        {
            Sse.Prefetch0(c);
            Sse.Prefetch0((byte*)c + 64);
        }
    }

    /// <summary>Packs rows <paramref name="top"/> … of A and sets the tile's strides accordingly.</summary>
    /// <remarks>
    /// A stored by rows stays so, with a stride that spreads the rows over the sets of the first-level cache. A stored
    /// by columns is copied tile by tile: Depth rows of the tile's height.
    /// </remarks>
    readonly T* PackRows(GemmTile<T>* tile, int top, int bottom, int tiles)
    {
        int depth = (int)tile->Depth, rows = bottom - top, line = 64 / sizeof(T);
        int stride = TransA ? depth : (depth + line - 1) / line / 2 * 2 * line + line;
        T* target = _rows.Get<T>((nint)rows * stride);
        tile->RowA = (TransA ? 1 : stride) * sizeof(T);
        tile->StepA = sizeof(T);
        if (!TransA)
        {
            GemmPacking.Copy(rows, depth, A + top * Lda, Lda, target, stride);
            return target;
        }
        for (int i = 0; i < tiles; i++)
        {
            int r = Part(rows, tiles, i), height = Part(rows, tiles, i + 1) - r;
            GemmPacking.Copy(depth, height, A + top + r, Lda, target + r * depth, height);
        }
        return target;
    }

    /// <summary>Packs one strip of B into its place.</summary>
    public readonly void PackStrip(int strip)
    {
        int columns = Math.Min(Width, Columns - strip * Width), depth = (int)Tile.Depth;
        T* source = B + strip * Width * (TransB ? Ldb : 1), target = Strips + strip * Width * Tile.Depth;
        GemmPacking.PackStrip(depth, columns, source, Ldb, TransB, target, Width);
    }

    /// <summary>Where part number <paramref name="index"/> of <paramref name="parts"/> nearly equal parts begins.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static int Part(int length, int parts, int index)
    {
        int size = length / parts, longer = length - size * parts;
        return index * size + Math.Min(index, longer);
    }
}

/// <summary>Packs the strips of a block, one per chunk.</summary>
readonly unsafe struct GemmStrips<S, V, T>(GemmBlock<S, V, T> block) : IChunk
    where S : struct, ILanes<V, T>
    where T : unmanaged
{
    public void Run(int chunk) => block.PackStrip(chunk);
}
