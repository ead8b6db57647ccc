using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics.X86;

namespace Autograd.Kernels;

/// <summary>A product C = alpha·op(A)·op(B) + beta·D by pointers; strides are in elements. D is C, or a row for all rows.</summary>
unsafe struct GemmProblem<T> where T : unmanaged
{
    public int M, N, K;
    public T* A, B, C;
    public nint Lda, Ldb, Ldc;
    public bool TransA, TransB;
    public T Alpha, Beta;

    /// <summary>The row that takes the place of C in the sum; null for none.</summary>
    public T* Row;

    public readonly T* D => Row is null ? C : Row;

    public readonly nint Ldd => Row is null ? Ldc : 0;

    /// <summary>Floating-point operations.</summary>
    public readonly double Work => 2.0 * M * N * K;
}

/// <summary>One block of a product: all rows of C, at most NC of its columns.</summary>
/// <remarks>
/// C is cut into RowGroups × ColumnGroups chunks, and the rows of a chunk into blocks whose part of A stays in the second-level cache. A strip is
/// the part of B that is one tile wide. What only one chunk needs, it packs itself, just before its use; what several need is packed before
/// they start.
///
/// Note [Strips ahead]. A weight is read once a product, from memory that is slower than the multiply-adds. So while a strip is multiplied, the
/// lines of the next one are asked for, a few with each tile: packing then finds them in the cache.
/// </remarks>
unsafe struct GemmBlock<S, V, T> : IChunk
    where S : struct, ILanes<V, T>
    where T : unmanaged
{
    [ThreadStatic] static Scratch _rows;
    [ThreadStatic] static Scratch _strips;

    /// <summary>What the first terms of the sums are added to; later ones are added to C, with factor One.</summary>
    public GemmTile<T> Tile;
    public T One;

    public int Rows, Columns, RowBlocks, RowGroups, ColumnGroups;

    /// <summary>The terms from First to End; Depth of them make a sum.</summary>
    public int First, End, Depth;
    public T* A, B, C, D;
    public nint Lda, Ldb, Ldc, Ldd;
    public bool TransA, TransB, PackA, PackB;

    /// <summary>What has been packed for all chunks, of the terms from First to End; null if each packs what it needs.</summary>
    public T* SharedRows, SharedStrips;

    /// <summary>Columns of a tile.</summary>
    public static int Width => 2 * S.Count;

    public readonly int StripCount => (Columns + Width - 1) / Width;

    /// <summary>Elements from a packed row of A to the next.</summary>
    /// <remarks>
    /// A stored by rows stays so, with a stride that spreads the rows over the sets of the first-level cache. A stored by columns is dealt to the
    /// tiles: Depth rows of the tile's height.
    /// </remarks>
    public readonly int PackedRow => TransA ? PanelDepth : ((PanelDepth + Line - 1) / Line / 2 * 2 * Line) + Line;

    /// <summary>Terms that are packed at a time: those of two sums, so that a tile of C is fetched once for both.</summary>
    public readonly int PanelDepth => 2 * Depth;

    static int Line => 64 / sizeof(T);

    public void Run(int chunk)
    {
        for (int p = First; p < End; p += PanelDepth)
            Run(chunk / ColumnGroups, chunk % ColumnGroups, p, Math.Min(PanelDepth, End - p));
    }

    void Run(int rowGroup, int columnGroup, int p, int depth)
    {
        int firstBlock = Part(RowBlocks, RowGroups, rowGroup), endBlock = Part(RowBlocks, RowGroups, rowGroup + 1);
        int first = Part(StripCount, ColumnGroups, columnGroup), end = Part(StripCount, ColumnGroups, columnGroup + 1);
        GemmTile<T> tile = Tile;
        tile.RowA = (TransA ? 1 : PackA ? PackedRow : Lda) * sizeof(T);
        tile.StepA = (TransA ? Lda : 1) * sizeof(T);
        tile.StepB = (PackB ? Width : Ldb) * sizeof(T);
        tile.RowC = Ldc * sizeof(T);
        bool packs = PackB && SharedStrips is null;
        nint size = Width * depth, kept = packs && endBlock - firstBlock == 1 ? 0 : size; // a strip that is used once makes room for the next
        T* strips = packs ? _strips.Get<T>(Math.Max((end - first) * kept, size)) : SharedStrips + (first * size);
        for (int block = firstBlock; block < endBlock; block++)
        {
            int top = Part(Rows, RowBlocks, block), bottom = Part(Rows, RowBlocks, block + 1);
            T* a = !PackA ? A + (TransA ? top + (p * Lda) : (top * Lda) + p)
                : SharedRows is not null ? SharedRows + ((nint)top * PackedRow)
                : PackRows(top, bottom, p, depth);
            bool packsNow = packs && block == firstBlock;
            for (int strip = first; strip < end; strip++)
            {
                T* b = PackB ? strips + ((strip - first) * kept) : Stored(strip, p);
                if (packsNow)
                    PackStrip(strip, p, depth, b);
                MultiplyStrip(tile, a, b, p, depth, strip, top, bottom, packsNow && strip + 1 < end ? StoredLines(strip + 1, p, depth) : default);
            }
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    readonly void MultiplyStrip(GemmTile<T> tile, T* a, T* b, int p, int depth, int strip, int top, int bottom, GemmLines ahead)
    {
        int columns = Math.Min(Width, Columns - strip * Width), rows = bottom - top, tiles = Tiles(rows);
        bool prefetch = Columns >= 512 && Sse.IsSupported;
        for (int i = 0; i < tiles; i++)
        {
            int r = Part(rows, tiles, i), height = Part(rows, tiles, i + 1) - r;
            T* c = C + (top + r) * Ldc + strip * Width;
            if (prefetch)
                Prefetch(c, height);
            ahead.Prefetch(i, tiles);
            T* tileA = PackA && TransA ? a + (nint)r * depth : (T*)((byte*)a + r * tile.RowA);
            if (PackA && TransA)
                tile.StepA = height * sizeof(T);
            for (int q = 0; q < depth; q += Depth)
            {
                tile.Depth = Math.Min(Depth, depth - q);
                bool first = p + q == 0;
                (tile.Beta, tile.ReadsD, tile.RowD) = first ? (Tile.Beta, Tile.ReadsD, Ldd * sizeof(T)) : (One, true, tile.RowC);
                T* d = first ? D + ((top + r) * Ldd) + (strip * Width) : c;
                GemmKernel<S, V, T>.Run(&tile, height, columns, (T*)((byte*)tileA + (q * tile.StepA)), (T*)((byte*)b + (q * tile.StepB)), c, d);
            }
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

    /// <summary>A strip of B as it is stored.</summary>
    readonly T* Stored(int strip, int p) => B + (strip * Width * (TransB ? Ldb : 1)) + (p * (TransB ? 1 : Ldb));

    readonly GemmLines StoredLines(int strip, int p, int depth)
    {
        int columns = Math.Min(Width, Columns - strip * Width);
        return new(Stored(strip, p), Ldb * sizeof(T), TransB ? columns : depth, (nint)(TransB ? depth : columns) * sizeof(T));
    }

    /// <summary>Packs rows <paramref name="top"/> … of A for this chunk alone.</summary>
    readonly T* PackRows(int top, int bottom, int p, int depth)
    {
        int tiles = Tiles(bottom - top);
        T* target = _rows.Get<T>((nint)(bottom - top) * PackedRow);
        PackTiles(top, bottom, 0, tiles, p, depth, target);
        return target;
    }

    /// <summary>Packs some tiles of a block of rows, whose first goes to <paramref name="target"/>.</summary>
    public readonly void PackTiles(int top, int bottom, int firstTile, int endTile, int p, int depth, T* target)
    {
        int rows = bottom - top, tiles = Tiles(rows), first = Part(rows, tiles, firstTile), end = Part(rows, tiles, endTile);
        if (!TransA)
        {
            GemmPacking.Copy(end - first, depth, A + ((top + first) * Lda) + p, Lda, target + ((nint)first * PackedRow), PackedRow);
            return;
        }
        T* source = A + (p * Lda) + top;
        for (int q = 0; q < depth; q += DealtRows)
        {
            for (int i = firstTile; i < endTile; i++)
            {
                int r = Part(rows, tiles, i), height = Part(rows, tiles, i + 1) - r;
                GemmPacking.CopyNarrow<S, V, T>(
                    Math.Min(DealtRows, depth - q), height, source + (q * Lda) + r, Lda, target + ((nint)r * depth) + (q * height));
            }
        }
    }

    /// <summary>Rows of a transposed A that are dealt to all tiles before the next are read: few, so that they are read as one stream.</summary>
    const int DealtRows = 8;

    /// <summary>Packs one strip of B.</summary>
    public readonly void PackStrip(int strip, int p, int depth, T* target)
    {
        int columns = Math.Min(Width, Columns - strip * Width);
        GemmPacking.PackStrip(depth, columns, Stored(strip, p), Ldb, TransB, target, Width);
    }

    /// <summary>Tiles of a block of rows, of nearly equal height.</summary>
    public static int Tiles(int rows) => (rows + S.MaxRows - 1) / S.MaxRows;

    /// <summary>Where part number <paramref name="index"/> of <paramref name="parts"/> nearly equal parts begins.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static int Part(int length, int parts, int index)
    {
        int size = length / parts, longer = length - size * parts;
        return index * size + Math.Min(index, longer);
    }
}

/// <summary>Packs what the chunks of a block share: strips of B, and rows of A some tiles at a time.</summary>
readonly unsafe struct GemmShares<S, V, T>(GemmBlock<S, V, T> block) : IChunk
    where S : struct, ILanes<V, T>
    where T : unmanaged
{
    const int Tiles = 8;

    readonly int _strips = block.SharedStrips is null ? 0 : block.StripCount;
    readonly int _pieces = block.SharedRows is null ? 0 : (GemmBlock<S, V, T>.Tiles((block.Rows + block.RowBlocks - 1) / block.RowBlocks) + Tiles - 1) / Tiles;

    /// <summary>Pieces of work.</summary>
    public int Count => _strips + (_pieces * block.RowBlocks);

    public void Run(int chunk)
    {
        int depth = block.End - block.First;
        if (chunk < _strips)
        {
            block.PackStrip(chunk, block.First, depth, block.SharedStrips + ((nint)chunk * GemmBlock<S, V, T>.Width * depth));
            return;
        }
        int index = (chunk - _strips) / _pieces, piece = (chunk - _strips) % _pieces;
        int top = GemmBlock<S, V, T>.Part(block.Rows, block.RowBlocks, index), bottom = GemmBlock<S, V, T>.Part(block.Rows, block.RowBlocks, index + 1);
        int tiles = GemmBlock<S, V, T>.Tiles(bottom - top);
        block.PackTiles(
            top, bottom, GemmBlock<S, V, T>.Part(tiles, _pieces, piece), GemmBlock<S, V, T>.Part(tiles, _pieces, piece + 1), block.First, depth,
            block.SharedRows + ((nint)top * block.PackedRow));
    }
}

/// <summary>Memory that will be read soon: some rows of some bytes. See Note [Strips ahead].</summary>
readonly unsafe struct GemmLines(void* first, nint step, int rows, nint length)
{
    const int Line = 64;

    /// <summary>Asks for one of <paramref name="parts"/> equal parts.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Prefetch(int part, int parts)
    {
        if (!Sse.IsSupported)
            return;
        int end = (int)((long)rows * (part + 1) / parts);
        for (int i = (int)((long)rows * part / parts); i < end; i++)
        {
            byte* row = (byte*)first + (i * step), last = row + length;
            for (byte* line = (byte*)((nuint)row & ~(nuint)(Line - 1)); line < last; line += Line)
                Sse.Prefetch1(line);
        }
    }
}
