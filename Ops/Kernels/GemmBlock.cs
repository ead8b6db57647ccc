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

    /// <summary>B of the product that follows, laid out as this one's; null for none. See Note [Panels ahead].</summary>
    public T* NextB;

    public readonly T* D => Row is null ? C : Row;

    public readonly nint Ldd => Row is null ? Ldc : 0;

    /// <summary>Floating-point operations.</summary>
    public readonly double Work => 2.0 * M * N * K;
}

/// <summary>One block of a product: all rows of C, at most NC of its columns.</summary>
/// <remarks>
/// C is cut into RowGroups × ColumnGroups chunks. A strip is the part of B that is one tile wide, a panel as many strips as stay in the second-level
/// cache. For each panel a chunk goes through its rows a tile at a time: the tile's part of A stays in the first-level cache while the strips stream past
/// it, which the hardware foresees where they are packed, one behind the other. What only one chunk needs, it packs itself; what several need is
/// packed before they start.
///
/// Note [Panels ahead]. A weight is read once a product, from memory that is slower than the multiply-adds. So while a panel is multiplied, the
/// lines of the next one are asked for, a few with each tile: packing then finds them in the cache. So does the first tile where rows of B are so far
/// apart that the hardware does not foresee them; that panel may be the first of the next product.
/// </remarks>
unsafe struct GemmBlock<S, V, T> : IParallelWork
    where S : struct, ILanes<V, T>
    where T : unmanaged
{
    /// <summary>Bytes of a panel, which leave room in the second-level cache for the next one and for what streams past of A and of C.</summary>
    const int PanelBytes = 1 << 17;

    /// <summary>Rows of A that are packed at a time.</summary>
    const int MostPackedRows = 1024;

    /// <summary>A factor of this size does not stay in the second-level cache until it is used again.</summary>
    const int LargeFactor = 1 << 19;

    /// <summary>Rows of B that are this far apart are not foreseen.</summary>
    const int FarRows = 1 << 10;

    [ThreadStatic] static Scratch _rows;
    [ThreadStatic] static Scratch _strips;

    /// <summary>What the first terms of the sums are added to; later ones are added to C, with factor One.</summary>
    public GemmTile<T> Tile;
    public T One;

    public int Rows, Columns, RowGroups, ColumnGroups;

    /// <summary>The terms from First to End; Depth of them make a sum.</summary>
    public int First, End, Depth;
    public T* A, B, C, D, NextB;
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
    public readonly int PackedRow => TransA ? Depth : ((Depth + Line - 1) / Line / 2 * 2 * Line) + Line;

    static int Line => 64 / sizeof(T);

    public void Run(int chunk)
    {
        int rowGroup = chunk / ColumnGroups, columnGroup = chunk % ColumnGroups;
        int top = Part(Rows, RowGroups, rowGroup), bottom = Part(Rows, RowGroups, rowGroup + 1);
        int first = Part(StripCount, ColumnGroups, columnGroup), end = Part(StripCount, ColumnGroups, columnGroup + 1);
        int most = Math.Max(1, PanelBytes / (Width * Depth * sizeof(T))), panels = (end - first + most - 1) / most;
        bool packsRows = PackA && SharedRows is null;
        for (int p = First; packsRows && p < End; p += Depth)
        {
            for (int row = top; row < bottom; row += MostPackedRows)
            {
                int last = Math.Min(row + MostPackedRows, bottom);
                T* a = PackRows(row, last, p);
                for (int i = 0; i < panels; i++)
                    RunPanel(a, row, last, p, first + Part(end - first, panels, i), first + Part(end - first, panels, i + 1), end);
            }
        }
        for (int i = 0; !packsRows && i < panels; i++)
        {
            // The sums of a panel are continued while its part of C is at hand.
            for (int p = First; p < End; p += Depth)
                RunPanel(StoredRows(top, p), top, bottom, p, first + Part(end - first, panels, i), first + Part(end - first, panels, i + 1), end);
        }
    }

    /// <summary>Adds the terms from p on to the columns of the strips <paramref name="first"/> … <paramref name="end"/> of some rows.</summary>
    void RunPanel(T* a, int top, int bottom, int p, int first, int end, int lastStrip)
    {
        int depth = Math.Min(Depth, End - p);
        nint size = Width * (nint)depth;
        T* b = !PackB ? StoredStrip(first, p) : SharedStrips is not null ? SharedStrips + (first * size) : PackStrips(first, end, p, depth);
        GemmTile<T> tile = Tile;
        bool isFirst = p == 0;
        if (!isFirst) (tile.Beta, tile.ReadsD) = (One, true);
        tile.Depth = depth;
        tile.RowA = (TransA ? 1 : PackA ? PackedRow : Lda) * sizeof(T);
        tile.StepA = (TransA ? Lda : 1) * sizeof(T);
        tile.StepB = (PackB ? Width : Ldb) * sizeof(T);
        tile.RowC = Ldc * sizeof(T);
        tile.RowD = (isFirst ? Ldd : Ldc) * sizeof(T);
        T* d = isFirst ? D + (top * Ldd) : C + (top * Ldc);
        GemmLines ahead = default;
        if (PackB && SharedStrips is null && (double)(End - First) * Columns * sizeof(T) >= LargeFactor)
        {
            if (!PackA && p + Depth < End) ahead = StoredLines(first, end, p + Depth);
            else if (end < lastStrip) ahead = StoredLines(end, Math.Min(end + end - first, lastStrip), PackA ? p : First);
        }
        else if (!PackB && !PackA && Ldb * sizeof(T) >= FarRows)
        {
            if (p + Depth < End) ahead = StoredLines(first, end, p + Depth);
            else if (end < lastStrip) ahead = StoredLines(end, Math.Min(end + end - first, lastStrip), First);
            else if (NextB is not null) ahead = StoredLines(0, end - first, 0).Moved((nint)((byte*)NextB - (byte*)B));
        }
        MultiplyPanel(tile, a, b, PackB ? size : Width, first, end, bottom - top, C + (top * Ldc), d, isFirst ? Ldd : Ldc, ahead);
    }

    [MethodImpl(Jit.Loop)]
    readonly void MultiplyPanel(GemmTile<T> tile, T* a, T* b, nint nextStrip, int first, int end, int rows, T* c, T* d, nint ldd, GemmLines ahead)
    {
        int tiles = Tiles(rows), height = rows / tiles, taller = rows - (height * tiles), last = Math.Min(end * Width, Columns);
        int strips = end - first;
        bool dealt = PackA && TransA;
        for (int i = 0; i < tiles; i++)
        {
            int h = i < taller ? height + 1 : height, below = i + 1 == tiles ? 0 : i + 1 < taller ? height + 1 : height;
            T* next = dealt ? a + (h * tile.Depth) : (T*)((byte*)a + (h * tile.RowA));
            if (dealt) tile.StepA = h * sizeof(T);
            T* strip = b;
            for (int column = first * Width, call = 0; column < last; column += Width, strip += nextStrip, call++)
            {
                ahead.Prefetch((i * strips) + call, tiles * strips);
                tile.Ahead = below == 0 || S.MaxRows < GemmAhead.LeastRows ? new(a) : Ahead(tile, next, dealt, c + (h * Ldc) + (first * Width), last - (first * Width), below, call);
                if (Sse.IsSupported && h < GemmAhead.LeastRows) Prefetch(c + column, h);
                GemmKernel<S, V, T>.Run(&tile, h, Math.Min(Width, last - column), a, strip, c + column, d + column);
            }
            a = next;
            c += h * Ldc;
            d += h * ldd;
        }
    }

    /// <summary>What a tile asks for in its strip number <paramref name="call"/>: the next tile's part of A, then its lines of C. See Note [Lines ahead].</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    readonly GemmAhead Ahead(in GemmTile<T> tile, T* next, bool dealt, T* c, int columns, int rows, int call)
    {
        int first = call * Line, groups = (rows + Line - 1) / Line;
        if (call < groups)
        {
            return dealt ? new(next + (first * tile.Depth), 64) // at most a line of terms for each of them
                : TransA ? new(next + first, tile.StepA)
                : new((byte*)next + (first * tile.RowA), sizeof(T), tile.RowA, Line);
        }
        nint column = ((call / groups) - 1) * tile.Depth;
        return column >= columns ? new(next) : new((byte*)(c + column) + (call % groups * Line * tile.RowC), sizeof(T), tile.RowC, Line);
    }

    /// <summary>Asks for the lines of C of a tile that is too small to ask for the next one's.</summary>
    readonly void Prefetch(T* c, int height)
    {
        for (int i = 0; i < height; i++, c += Ldc)
        {
            Sse.Prefetch0(c);
            Sse.Prefetch0((byte*)c + 64);
        }
    }

    /// <summary>Rows of A from term p on, as they are stored or as they were packed for all chunks.</summary>
    readonly T* StoredRows(int top, int p) =>
        SharedRows is not null ? SharedRows + ((nint)top * PackedRow) : A + (TransA ? top + (p * Lda) : (top * Lda) + p);

    /// <summary>A strip of B as it is stored.</summary>
    readonly T* StoredStrip(int strip, int p) => B + (strip * Width * (TransB ? Ldb : 1)) + (p * (TransB ? 1 : Ldb));

    readonly GemmLines StoredLines(int first, int end, int p)
    {
        int columns = Math.Min(end * Width, Columns) - (first * Width), depth = Math.Min(Depth, End - p);
        return new(StoredStrip(first, p), Ldb * sizeof(T), TransB ? columns : depth, (nint)(TransB ? depth : columns) * sizeof(T));
    }

    /// <summary>Packs rows <paramref name="top"/> … of A for this chunk alone.</summary>
    readonly T* PackRows(int top, int bottom, int p)
    {
        int tiles = Tiles(bottom - top);
        T* target = _rows.Get<T>((nint)(bottom - top) * PackedRow);
        PackTiles(top, bottom, 0, tiles, p, Math.Min(Depth, End - p), target);
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
                GemmPacking.AskFor(source + ((q + (2 * DealtRows)) * Lda) + r, Lda, DealtRows);
                GemmPacking.CopyNarrow<S, V, T>(
                    Math.Min(DealtRows, depth - q), height, source + (q * Lda) + r, Lda, target + ((nint)r * depth) + (q * height));
            }
        }
    }

    /// <summary>Rows of a transposed A that are dealt to all tiles before the next are read: few, so that they are read as one stream. Those after the next are asked for.</summary>
    const int DealtRows = 8;

    /// <summary>Packs the strips of a panel for this chunk alone.</summary>
    readonly T* PackStrips(int first, int end, int p, int depth)
    {
        nint size = Width * (nint)depth;
        T* target = _strips.Get<T>((end - first) * size);
        for (int strip = first; strip < end; strip++)
            PackStrip(strip, p, depth, target + ((strip - first) * size));
        return target;
    }

    /// <summary>Packs one strip of B.</summary>
    public readonly void PackStrip(int strip, int p, int depth, T* target)
    {
        int columns = Math.Min(Width, Columns - strip * Width);
        GemmPacking.PackStrip(depth, columns, StoredStrip(strip, p), Ldb, TransB, target, Width);
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
readonly unsafe struct GemmShares<S, V, T>(GemmBlock<S, V, T> block) : IParallelWork
    where S : struct, ILanes<V, T>
    where T : unmanaged
{
    const int Tiles = 8;

    readonly int _strips = block.SharedStrips is null ? 0 : block.StripCount;
    readonly int _pieces = block.SharedRows is null ? 0 : (GemmBlock<S, V, T>.Tiles((block.Rows + block.RowGroups - 1) / block.RowGroups) + Tiles - 1) / Tiles;

    /// <summary>Pieces of work.</summary>
    public int Count => _strips + (_pieces * block.RowGroups);

    public void Run(int chunk)
    {
        int depth = block.End - block.First;
        if (chunk < _strips)
        {
            block.PackStrip(chunk, block.First, depth, block.SharedStrips + ((nint)chunk * GemmBlock<S, V, T>.Width * depth));
            return;
        }
        int index = (chunk - _strips) / _pieces, piece = (chunk - _strips) % _pieces;
        int top = GemmBlock<S, V, T>.Part(block.Rows, block.RowGroups, index), bottom = GemmBlock<S, V, T>.Part(block.Rows, block.RowGroups, index + 1);
        int tiles = GemmBlock<S, V, T>.Tiles(bottom - top);
        block.PackTiles(
            top, bottom, GemmBlock<S, V, T>.Part(tiles, _pieces, piece), GemmBlock<S, V, T>.Part(tiles, _pieces, piece + 1), block.First, depth,
            block.SharedRows + ((nint)top * block.PackedRow));
    }
}

/// <summary>Memory that will be read soon: some rows of some bytes. See Note [Panels ahead].</summary>
readonly unsafe struct GemmLines(void* first, nint step, int rows, nint length)
{
    const int Line = 64;

    /// <summary>The same lines of another matrix, so many bytes away.</summary>
    public GemmLines Moved(nint bytes) => new((byte*)first + bytes, step, rows, length);

    /// <summary>Asks for one of <paramref name="parts"/> equal parts.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Prefetch(int part, int parts)
    {
        if (!Sse.IsSupported || rows == 0)
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
