using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Autograd.Kernels;

/// <summary>A <see cref="ConvPass{T}"/> whose rows come in blocks from six products each: see Note [Products of rows].</summary>
// Each product is a convolution without rows, so the micro-kernel is the same; a block's products are joined while they are in the cache.
unsafe struct ConvProductPass<T> : IChunk where T : unmanaged, IBinaryFloatingPointIeee754<T>
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
    int _groups, _groupOut, _rows, _columns, _taps, _block, _splits;
    bool _joined;

    /// <summary>Whether the pass is faster this way.</summary>
    public static bool Pays(in ConvOperands<T> o, ConvAxis row, ConvAxis column) =>
        row.InStep == 1 && Math.Abs(row.Step) == 1 && column.InStep == 1 && RowProducts.Pay(row.Outputs, row.Taps, o.GroupIn, column.Taps, o.GroupOut);

    /// <summary>Runs one pass.</summary>
    public static void Execute(in ConvOperands<T> operands, ConvAxis row, ConvAxis column)
    {
        ConvProductPass<T> pass = default;
        pass.Plan(operands, row, column);
        WorkerPool.For(operands.Images * pass._splits, pass);
    }

    void Plan(in ConvOperands<T> o, ConvAxis row, ConvAxis column)
    {
        (_groups, _groupOut, _rows, _columns) = (o.Groups, o.GroupOut, row.Outputs, column.Outputs);
        _block = RowProducts.Block(row.Taps);
        _filters = ConvFilters<T>.Pack(o, row, column, products: true);
        _image = new ConvRowImage<T>(o.X, _groups, o.GroupIn, o.H, o.W, row, column, (_rows + _block - 1) / _block, StripBytes);
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
        int n = chunk / _splits, part = chunk % _splits, units = _groups * _filters.Units;
        int first = (int)((long)part * units / _splits), end = (int)((part + 1L) * units / _splits);
        ConvTile<T> tile = default;
        tile.Offsets = _offsets;
        tile.Taps = _taps;
        // Six products of a tile, then a block of rows, readable for a whole square past its end, then a square.
        T* sums = ConvScratch.Rent<T>(ScratchSlot.Tile, ((RowProducts.Count + _block) * TileStep) + (3 * L * L));
        for (int group = first / _filters.Units; group * _filters.Units < end; group++)
        {
            for (int strip = 0; strip < _image.Blocks; strip += _image.Strip)
            {
                int blocks = Math.Min(_image.Strip, _image.Blocks - strip);
                T* image = _image.Prepare(group, (n * _image.Blocks) + strip, blocks);
                for (int b = 0; b < blocks; b += 2)
                {
                    for (int u = Math.Max(first, group * _filters.Units); u < Math.Min(end, (group + 1) * _filters.Units); u++)
                    {
                        int count = _filters.Unit(u % _filters.Units).Count, row = (strip + b) * _block;
                        T* y = _y + ((((nint)(n * _groups + group) * _groupOut) + _filters.Unit(u % _filters.Units).First) * _yPlane) + _yOrigin + (row * _yRow);
                        RunUnit(&tile, u, count, image + (b * _image.BlockSize), Math.Min(2, blocks - b), row, y, sums);
                    }
                }
            }
        }
    }

    /// <summary>One unit of channels of one or two blocks.</summary>
    void RunUnit(ConvTile<T>* tile, int unit, int count, T* image, int blocks, int row, T* y, T* sums)
    {
        tile->FilterStep = _filters.Step(count);
        if (!_filters.ChannelVectors) RunPixels(tile, unit, count, image, blocks, row, y, sums);
        else if (count <= L) RunChannels<ChannelVectors>(tile, unit, count, image, blocks, row, y, sums);
        else
        {
            for (int b = 0; b < blocks; b++)
                RunChannels<WideChannelVectors>(tile, unit, count, image + (b * _image.BlockSize), 1, row + (b * _block), y + (b * _block * _yRow), sums);
        }
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
    void RunPixels(ConvTile<T>* tile, int unit, int count, T* image, int blocks, int row, T* y, T* sums)
    {
        delegate*<ConvTile<T>*, void> kernel = ConvTileKernels<T, PixelVectors>.ByRows[count];
        int vectors = (_columns + L - 1) / L, pairs = vectors & ~1, rows = Math.Min(_block, _rows - row), nextRows = Math.Min(_block, _rows - row - _block);
        tile->Second = L;
        nint next = (nint)L * _output.ColumnStep;
        for (int b = 0; b < blocks; b++)
        {
            T* target = y + (b * _block * _yRow);
            for (int v = 0; v < pairs; v += 2)
            {
                Multiply(kernel, tile, unit, image + (b * _image.BlockSize) + (v * L), sums);
                JoinRows(sums, count, b == 0 ? rows : nextRows, target + (v * next), L);
                JoinRows(sums + L, count, b == 0 ? rows : nextRows, target + ((v + 1) * next), Math.Min(L, _columns - ((v + 1) * L)));
            }
        }
        if (pairs == vectors) return;
        tile->Second = blocks > 1 ? _image.BlockSize : 0;
        Multiply(kernel, tile, unit, image + (pairs * L), sums);
        JoinRows(sums, count, rows, y + (pairs * next), _columns - (pairs * L));
        if (blocks > 1) JoinRows(sums + L, count, nextRows, y + (pairs * next) + (_block * _yRow), _columns - (pairs * L));
    }

    /// <summary>Rows of outputs from the products of a vector of pixels of several channels.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
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
    void RunChannels<TMode>(ConvTile<T>* tile, int unit, int count, T* image, int blocks, int row, T* y, T* sums) where TMode : struct, IConvMode
    {
        delegate*<ConvTile<T>*, void>[] kernels = ConvTileKernels<T, TMode>.ByRows;
        int tiles = (_columns + ConvTileKernel.MaxRows - 1) / ConvTileKernel.MaxRows;
        tile->Second = blocks > 1 ? _image.BlockSize : 0;
        for (int t = 0; t < tiles; t++)
        {
            int first = (int)((long)t * _columns / tiles), pixels = (int)((t + 1L) * _columns / tiles) - first;
            Multiply(kernels[pixels], tile, unit, image + first, sums);
            T* joined = sums + (RowProducts.Count * TileStep), target = y + (nint)(first * _output.ColumnStep);
            JoinChannels(sums, pixels, joined);
            WriteChannels(joined, pixels, Math.Min(_block, _rows - row), Math.Min(count, L), target);
            if (TMode.TwoFilterVectors) WriteChannels(joined + L, pixels, Math.Min(_block, _rows - row), count - L, target + (L * _yPlane));
            else if (blocks > 1) WriteChannels(joined + L, pixels, Math.Min(_block, _rows - row - _block), count, target + (_block * _yRow));
        }
    }

    /// <summary>Pixels of a block of rows from their products, row by row.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
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

    readonly struct TileRows(T* target, nint step) : IRowTarget<T>
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public void Put(int row, Vector512<T> v) => v.Store(target + (row * step));
    }
}
