using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Autograd.Kernels;

/// <summary>A <see cref="ConvPass{T}"/> whose rows come in blocks from six products each: see Note [Products of rows].</summary>
// Each product is a convolution without rows, so the micro-kernel is the same; a block's products are joined while they are in the cache.
unsafe struct ConvProductPass<T> : IParallelWork where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    // Made while the strip before it is still in the second-level cache.
    const int StripBytes = 1 << 17;

    static int L => Vector512<T>.Count;

    /// <summary>Elements from one product's tile to the next.</summary>
    static int TileStep => ConvTileKernel.MaxRows * 2 * L;

    ConvRowImage<T> _image;
    ConvFilters<T> _filters;
    ConvOutput<T> _output;
    T* _y;
    nint* _offsets;
    nint _yPlane, _yRow, _yOrigin;
    int _images, _run, _groups, _groupOut, _height, _rows, _columns, _taps, _block, _splits, _reach;
    bool _joined, _spreads;

    /// <summary>Whether the pass is faster this way.</summary>
    public static bool Pays(in ConvOperands<T> o, ConvAxis row, ConvAxis column) =>
        row.InStep == Math.Abs(row.Step) && column.InStep == 1 && RowProducts.Pay(row.Outputs, row.Taps, o.GroupIn, column.Taps, o.GroupOut);

    /// <summary>Runs one pass.</summary>
    public static void Execute(in ConvOperands<T> operands, ConvAxis row, ConvAxis column)
    {
        ConvProductPass<T> pass = default;
        pass.Plan(operands, row, column);
        Parallelism.Run((operands.Images + pass._run - 1) / pass._run * pass._splits, pass);
    }

    /// <summary>
    /// Whether blocks of the source are spread to the rows that they reach, and added up there, in place of blocks of results joined from the rows that they read:
    /// where results have more rows than the source, as gradients of convolutions without padding have, those are fewer.
    /// </summary>
    static bool Spreads(in ConvOperands<T> o, ConvAxis row, ConvAxis column)
    {
        int block = RowProducts.Block(row.Taps);
        return row.Step < 0 && row is { OutStep: 1, First: >= 0 } && column.OutStep == 1 && o.Bias == null && !ConvFilters<T>.UsesChannels(o.GroupOut, column.Outputs, o.GroupIn * column.Taps)
            && row.Outputs + row.First < o.H + row.Taps && (o.H + block - 1) / block < (row.Outputs + block - 1) / block;
    }

    void Plan(in ConvOperands<T> o, ConvAxis row, ConvAxis column)
    {
        (_images, _groups, _groupOut, _rows, _columns) = (o.Images, o.Groups, o.GroupOut, row.Outputs, column.Outputs);
        _block = RowProducts.Block(row.Taps);
        _spreads = Spreads(o, row, column);
        _reach = row.First;
        _height = o.H;
        _filters = ConvFilters<T>.Pack(o, row, column, _spreads ? RowForm.Spread : RowForm.Joined);
        int blocks = ((_spreads ? o.H : _rows) + _block - 1) / _block;
        // Images of which each would leave half of a tile empty share it in twos.
        _run = blocks % 2 == 1 && _images >= 16 ? 2 : 1;
        _image = new ConvRowImage<T>(o.X, _groups, o.GroupIn, o.H, o.W, row, column, _spreads, _run * blocks, StripBytes);
        _y = o.Y;
        _yPlane = (nint)o.OutH * o.OutW;
        _yRow = (nint)row.OutStep * o.OutW;
        _yOrigin = (nint)row.OutFirst * o.OutW + column.OutFirst;
        _output = new(_yPlane, column.OutStep, o.Accumulate);
        // Rows that follow each other in memory leave a transposition together.
        _joined = _yRow == _columns && _columns <= ConvTileKernel.MaxRows;
        _splits = o.Splits(_filters.Units);
        _taps = o.GroupIn * column.Taps;
        _offsets = ConvScratch.Rent<nint>(ScratchSlot.Offsets, _taps + 1);
        for (int c = 0; c < o.GroupIn; c++)
        {
            for (int j = 0; j < column.Taps; j++) _offsets[(c * column.Taps) + j] = (c * _image.RowSize) + _image.Position(column.Offset(j));
        }
    }

    /// <inheritdoc/>
    public void Run(int chunk)
    {
        int n = chunk / _splits * _run, part = chunk % _splits, units = _groups * _filters.Units, begin = n * _image.Blocks, blocks = Math.Min(_run, _images - n) * _image.Blocks;
        int first = (int)((long)part * units / _splits), end = (int)((part + 1L) * units / _splits);
        ConvTile<T> tile = default;
        tile.Offsets = _offsets;
        tile.Taps = _taps;
        // Six products of a tile, then a block of rows, readable for a whole square past its end, then a square, or rows that blocks to come add to.
        int begun = _spreads ? _groups * _groupOut * Vectors * BegunSize : 0;
        T* sums = ConvScratch.Rent<T>(ScratchSlot.Tile, ((RowProducts.Count + _block) * TileStep) + (3 * L * L) + begun);
        for (int group = first / _filters.Units; group * _filters.Units < end; group++)
        {
            for (int strip = 0; strip < blocks; strip += _image.Strip)
            {
                int count = Math.Min(_image.Strip, blocks - strip);
                T* image = _image.Prepare(group, begin + strip, count);
                for (int b = 0; b < count; b += 2)
                {
                    for (int u = Math.Max(first, group * _filters.Units); u < Math.Min(end, (group + 1) * _filters.Units); u++)
                        RunUnit(&tile, u, image + (b * _image.BlockSize), begin + strip + b, Math.Min(2, count - b), sums);
                }
            }
        }
    }

    /// <summary>One unit of channels of one or two blocks from block <paramref name="first"/> on.</summary>
    void RunUnit(ConvTile<T>* tile, int unit, T* image, int first, int blocks, T* sums)
    {
        int count = _filters.Unit(unit % _filters.Units).Count;
        tile->FilterStep = _filters.Step(count);
        if (!_filters.ChannelVectors) RunPixels(tile, unit, count, image, first, blocks, sums);
        else if (count <= L) RunChannels<ChannelVectors>(tile, unit, count, image, first, blocks, sums);
        else
        {
            for (int b = 0; b < blocks; b++) RunChannels<WideChannelVectors>(tile, unit, count, image + (b * _image.BlockSize), first + b, 1, sums);
        }
    }

    /// <summary>The first row of a block, which is one of the results, or of the source where blocks are spread.</summary>
    readonly int Row(int block) => block % _image.Blocks * _block;

    /// <summary>Where row <see cref="Row"/> of the first channel of a unit is.</summary>
    readonly T* Result(int unit, int block)
    {
        int group = unit / _filters.Units;
        return _y + (((((nint)(block / _image.Blocks) * _groups) + group) * _groupOut) + _filters.Unit(unit % _filters.Units).First) * _yPlane + _yOrigin + (Row(block) * _yRow);
    }

    /// <summary>The sums of all six products of a tile.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    void Multiply(delegate*<ConvTile<T>*, void> kernel, ConvTile<T>* tile, int unit, T* image, T* sums)
    {
        nint filterStep = _taps * tile->FilterStep;
        T* bias = _filters.Bias(unit), zeros = _filters.Zeros;
        tile->Image = image;
        tile->Filter = _filters.Filter(unit);
        tile->Out = sums;
        for (int k = 0; k < RowProducts.Count; k++)
        {
            // The value at 1 enters every row once, and the bias with it.
            tile->Bias = k == 1 ? bias : zeros;
            kernel(tile);
            tile->Image += _image.ProductSize;
            tile->Filter += filterStep;
            tile->Out += TileStep;
        }
    }

    /// <summary>A tile is two neighbouring vectors of pixels of a block, or one vector of each of two blocks.</summary>
    void RunPixels(ConvTile<T>* tile, int unit, int count, T* image, int first, int blocks, T* sums)
    {
        delegate*<ConvTile<T>*, void> kernel = ConvTileKernels<T, PixelVectors>.ByRows[count];
        int vectors = Vectors, pairs = vectors & ~1;
        tile->Second = L;
        for (int b = 0; b < blocks; b++)
        {
            for (int v = 0; v < pairs; v += 2)
            {
                Multiply(kernel, tile, unit, image + (b * _image.BlockSize) + (v * L), sums);
                PutRows(sums, sums, unit, count, v, first + b);
                PutRows(sums + L, sums, unit, count, v + 1, first + b);
            }
        }
        if (pairs == vectors) return;
        tile->Second = blocks > 1 ? _image.BlockSize : 0;
        Multiply(kernel, tile, unit, image + (pairs * L), sums);
        PutRows(sums, sums, unit, count, pairs, first);
        if (blocks > 1) PutRows(sums + L, sums, unit, count, pairs, first + 1);
    }

    /// <summary>Vectors of a row.</summary>
    readonly int Vectors => (_columns + L - 1) / L;

    /// <summary>The products of a vector of pixels of several channels on their way to the rows of a block.</summary>
    void PutRows(T* sums, T* scratch, int unit, int channels, int vector, int block)
    {
        int width = Math.Min(L, _columns - (vector * L)), row = Row(block);
        T* y = Result(unit, block) + ((nint)vector * L * _output.ColumnStep);
        if (!_spreads)
        {
            JoinRows(sums, channels, Math.Min(_block, _rows - row), y, width);
            return;
        }
        T* begun = scratch + ((RowProducts.Count + _block) * TileStep) + (3 * L * L);
        int first = (unit / _filters.Units * _groupOut) + _filters.Unit(unit % _filters.Units).First;
        begun += (((nint)first * Vectors) + vector) * BegunSize;
        SpreadRows(sums, channels, row, y - (_reach * _yRow), width, begun);
    }

    /// <summary>Room for the rows of a vector of pixels of one channel that a block leaves to the next.</summary>
    static int BegunSize => RowProducts.Count * L;

    /// <summary>A block of the source added to the rows that it reaches. Those that no other block reaches go to the planes, the others wait in <paramref name="begun"/>.</summary>
    // Not in the planes themselves: a load that follows a store of a part of a vector waits until it is in the cache.
    [MethodImpl(Jit.Loop)]
    readonly void SpreadRows(T* sums, int channels, int row, T* y, int width, T* begun)
    {
        int top = row - _reach, done = row + _block < _height ? _block : RowProducts.Count, known = row == 0 ? 0 : RowProducts.Count - _block;
        RowRange range = new(-top, Math.Min(_rows - top, done), _block, known, width, _output.Accumulate);
        nint plane = _yPlane, step = _yRow;
        int next = Vectors * BegunSize;
        for (int c = 0; c < channels; c++, sums += 2 * L, y += plane, begun += next) RowProducts.Spread(sums, TileStep, new ReachedRows(y, step, begun, range));
    }

    /// <summary>Rows of outputs from the products of a vector of pixels of several channels.</summary>
    [MethodImpl(Jit.Loop)]
    void JoinRows(T* sums, int channels, int rows, T* y, int width)
    {
        if (_output.ColumnStep == 1)
        {
            // Asked once for all channels: most rows are short.
            bool adds = _output.Accumulate;
            int block = _block;
            nint plane = _yPlane, step = _yRow;
            if (!adds && width == L) for (int c = 0; c < channels; c++, y += plane, sums += 2 * L) RowProducts.Results(sums, TileStep, block, rows, new TileRows(y, step));
            else if (!adds) for (int c = 0; c < channels; c++, y += plane, sums += 2 * L) RowProducts.Results(sums, TileStep, block, rows, new PixelRows(y, step, width));
            else for (int c = 0; c < channels; c++, y += plane, sums += 2 * L) RowProducts.Results(sums, TileStep, block, rows, new SummedRows(y, step, width));
            return;
        }
        T* joined = sums + (RowProducts.Count * TileStep);
        for (int c = 0; c < channels; c++) RowProducts.Results(sums + (c * 2 * L), TileStep, _block, rows, new TileRows(joined + (c * 2 * L), TileStep));
        for (int r = 0; r < rows; r++) _output.Rows(joined + (r * TileStep), channels, y + (r * _yRow), width);
    }

    /// <summary>A tile is pixels of one row with two vectors of channels, or of two blocks with one.</summary>
    void RunChannels<TMode>(ConvTile<T>* tile, int unit, int count, T* image, int block, int blocks, T* sums) where TMode : struct, IConvMode
    {
        delegate*<ConvTile<T>*, void>[] kernels = ConvTileKernels<T, TMode>.ByRows;
        int tiles = (_columns + ConvTileKernel.MaxRows - 1) / ConvTileKernel.MaxRows;
        tile->Second = blocks > 1 ? _image.BlockSize : 0;
        T* y = Result(unit, block), next = blocks > 1 ? Result(unit, block + 1) : null;
        int rows = Math.Min(_block, _rows - Row(block)), nextRows = Math.Min(_block, _rows - Row(block + 1));
        for (int t = 0; t < tiles; t++)
        {
            int first = (int)((long)t * _columns / tiles), pixels = (int)((t + 1L) * _columns / tiles) - first;
            Multiply(kernels[pixels], tile, unit, image + first, sums);
            T* joined = sums + (RowProducts.Count * TileStep);
            nint column = (nint)first * _output.ColumnStep;
            JoinChannels(sums, pixels, joined);
            WriteChannels(joined, pixels, rows, Math.Min(count, L), y + column);
            if (TMode.TwoFilterVectors) WriteChannels(joined + L, pixels, rows, count - L, y + column + (L * _yPlane));
            else if (blocks > 1) WriteChannels(joined + L, pixels, nextRows, count, next + column);
        }
    }

    /// <summary>Pixels of a block of rows from their products, row by row.</summary>
    [MethodImpl(Jit.Loop)]
    void JoinChannels(T* sums, int pixels, T* joined)
    {
        for (int i = 0; i < 2 * pixels; i++)
            RowProducts.Results(sums + (i * L), TileStep, _block, _block, new TileRows(joined + (i * L), pixels * 2 * L));
    }

    void WriteChannels(T* joined, int pixels, int rows, int channels, T* y)
    {
        T* square = joined + (_block * TileStep) + (2 * L * L);
        if (_joined)
        {
            _output.Channels(joined, rows * pixels, channels, y, square);
            return;
        }
        for (int r = 0; r < rows; r++) _output.Channels(joined + (r * pixels * 2 * L), pixels, channels, y + (r * _yRow), square);
    }

    /// <summary>Rows of fewer pixels than a vector.</summary>
    readonly struct PixelRows(T* y, nint step, int width) : IRowTarget<T>
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public void Put(int row, Vector512<T> v) => Tail.Store(v, y + (row * step), (nuint)width);
    }

    /// <summary>Rows that are added to.</summary>
    readonly struct SummedRows(T* y, nint step, int width) : IRowTarget<T>
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public void Put(int row, Vector512<T> v)
        {
            T* target = y + (row * step);
            VectorOps.StoreFirst(target, v + VectorOps.LoadFirst(target, width), width);
        }
    }

    /// <summary>Which of six rows are written, which were begun by the block before, and how wide they are.</summary>
    readonly record struct RowRange(int First, int End, int Block, int Known, int Width, bool Adds);

    readonly struct ReachedRows(T* y, nint step, T* begun, RowRange range) : IRowTarget<T>
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public void Put(int row, Vector512<T> v)
        {
            if (row < range.Known) v += Vector512.Load(begun + (row * L));
            if (row >= range.Block) v.Store(begun + ((row - range.Block) * L));
            if (row < range.First || row >= range.End) return;
            T* target = y + (row * step);
            Tail.StoreUpTo(range.Adds ? v + Tail.Load(target, (nuint)range.Width, v) : v, target, (nuint)range.Width);
        }
    }

    readonly struct TileRows(T* target, nint step) : IRowTarget<T>
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public void Put(int row, Vector512<T> v) => v.Store(target + (row * step));
    }
}
