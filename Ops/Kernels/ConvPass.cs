using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Autograd.Kernels;

/// <summary>
/// One sweep of y (+)= Σ w·x over all images; a forward convolution is one pass, an input gradient is one pass per stride phase.
/// </summary>
// Vectors are of one of two kinds, see Note [Two kinds of vectors].
unsafe struct ConvPass<T> : IParallelWork where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    static int L => Vector512<T>.Count;

    // Two vectors per row, rounded up to whole squares for the transposition; a square of scratch follows.
    static int TileSize => 32 * L;

    ConvImage<T> _image;
    ConvFilters<T> _filters;
    ConvOutput<T> _output;
    T* _y;
    nint* _offsets;
    nint _yPlane, _yRow, _yOrigin, _rowStep;
    int _images, _taps, _groups, _groupOut, _rows, _columns, _columnStep, _splits;
    bool _accumulate;

    /// <summary>Runs one pass.</summary>
    public static void Execute(in ConvOperands<T> operands, ConvAxis row, ConvAxis column)
    {
        // Without taps nothing is added, and the caller has cleared what is not accumulated.
        if (operands.Bias == null && row.Taps * column.Taps == 0)
            return;
        if (row.Outputs <= 0 || column.Outputs <= 0 || operands.Images == 0 || operands.GroupOut == 0)
            return;
        if (ConvBlockPass<T>.Pays(operands, row, column))
        {
            ConvBlockPass<T>.Execute(operands, row, column);
            return;
        }
        // Outputs as far apart as the taps read the same rows, and no others do: as if there were no rows between.
        int dilation = row.InStep == 1 ? Math.Abs(row.Step) : 1;
        int parts = RowProducts.Parts(row.Taps);
        if (parts > 1 && ConvProductPass<T>.Pays(operands, row.Every(dilation, 0).Part(0, RowProducts.Part(row.Taps, 0).Count), column))
        {
            ConvOperands<T> part = operands;
            for (int i = 0; i < parts; i++, part.Bias = null, part.Accumulate = true)
            {
                (int first, int count) = RowProducts.Part(row.Taps, i);
                Execute(part, row.Part(first, count), column);
            }
            return;
        }
        if (row.Taps > 0 && ConvProductPass<T>.Pays(operands, row.Every(dilation, 0), column))
        {
            for (int phase = 0; phase < Math.Min(dilation, row.Outputs); phase++) ConvProductPass<T>.Execute(operands, row.Every(dilation, phase), column);
            return;
        }
        ConvPass<T> pass = default;
        pass.Plan(operands, row, column);
        Parallelism.Run(pass._images * pass._splits, pass);
    }

    void Plan(in ConvOperands<T> o, ConvAxis row, ConvAxis column)
    {
        (_images, _groups, _groupOut, _accumulate) = (o.Images, o.Groups, o.GroupOut, o.Accumulate);
        (_rows, _columns, _columnStep) = (row.Outputs, column.Outputs, column.OutStep);
        _filters = ConvFilters<T>.Pack(o, row, column);
        _image = new ConvImage<T>(o.X, o.Images, _groups, o.GroupIn, o.H, o.W, row, column, overreads: !_filters.ChannelVectors);
        _rowStep = row.InStep * _image.RowSize;
        _y = o.Y;
        _yPlane = (nint)o.OutH * o.OutW;
        _yRow = (nint)row.OutStep * o.OutW;
        _yOrigin = (nint)row.OutFirst * o.OutW + column.OutFirst;
        _output = new(_yPlane, _columnStep, _accumulate);
        _splits = o.Splits(_filters.Units);
        _taps = o.GroupIn * row.Taps * column.Taps;
        _offsets = ConvScratch.Rent<nint>(ScratchSlot.Offsets, _taps + 1);
        PackOffsets(o, row, column);
    }

    [MethodImpl(Jit.Loop)]
    readonly void PackOffsets(in ConvOperands<T> o, ConvAxis row, ConvAxis column)
    {
        nint* offset = _offsets;
        for (int c = 0; c < o.GroupIn; c++)
        {
            for (int i = 0; i < row.Taps; i++)
            {
                for (int j = 0; j < column.Taps; j++)
                    *offset++ = c * _image.PlaneSize + _image.Position(row.Offset(i), column.Offset(j));
            }
        }
    }

    /// <inheritdoc/>
    public readonly void Run(int chunk)
    {
        int n = chunk / _splits, part = chunk % _splits, units = _groups * _filters.Units, prepared = -1;
        T* image = null;
        ConvTile<T> tile = default;
        tile.Out = ConvScratch.Rent<T>(ScratchSlot.Tile, TileSize + L * L);
        tile.Offsets = _offsets;
        tile.Taps = _taps;
        for (int u = (int)((long)part * units / _splits); u < (int)((part + 1L) * units / _splits); u++)
        {
            int group = u / _filters.Units;
            if (group != prepared)
                image = _image.Prepare(n, prepared = group);
            (int first, int count) = _filters.Unit(u % _filters.Units);
            tile.Filter = _filters.Filter(u);
            tile.Bias = _filters.Bias(u);
            tile.FilterStep = _filters.Step(count);
            T* y = _y + ((nint)(n * _groups + group) * _groupOut + first) * _yPlane + _yOrigin;
            if (!_filters.ChannelVectors)
                RunPixels(&tile, image, count, y);
            else if (count > L)
                RunWide(&tile, image, count, y);
            else if (_rows > 1)
                RunRowPairs(&tile, image, count, y);
            else
                RunColumnPairs(&tile, image, count, y);
        }
    }

    [MethodImpl(Jit.Loop)]
    readonly void RunWide(ConvTile<T>* tile, T* image, int count, T* y)
    {
        delegate*<ConvTile<T>*, void>[] kernels = ConvTileKernels<T, WideChannelVectors>.ByRows;
        int tiles = (_columns + ConvTileKernel.MaxRows - 1) / ConvTileKernel.MaxRows;
        for (int r = 0; r < _rows; r++)
        {
            for (int t = 0; t < tiles; t++)
            {
                int first = t * _columns / tiles, pixels = (t + 1) * _columns / tiles - first;
                tile->Image = image + r * _rowStep + first;
                kernels[pixels](tile);
                T* target = y + r * _yRow + (nint)first * _columnStep;
                _output.Channels(tile->Out, pixels, L, target, tile->Out + TileSize);
                _output.Channels(tile->Out + L, pixels, count - L, target + L * _yPlane, tile->Out + TileSize);
            }
        }
    }

    [MethodImpl(Jit.Loop)]
    readonly void RunRowPairs(ConvTile<T>* tile, T* image, int count, T* y)
    {
        delegate*<ConvTile<T>*, void>[] kernels = ConvTileKernels<T, ChannelVectors>.ByRows;
        int tiles = (_columns + ConvTileKernel.MaxRows - 1) / ConvTileKernel.MaxRows;
        for (int r = 0; r < _rows; r += 2)
        {
            bool pair = r + 1 < _rows;
            tile->Second = pair ? _rowStep : 0;
            for (int t = 0; t < tiles; t++)
            {
                int first = t * _columns / tiles, pixels = (t + 1) * _columns / tiles - first;
                tile->Image = image + r * _rowStep + first;
                kernels[pixels](tile);
                T* target = y + r * _yRow + (nint)first * _columnStep;
                _output.Channels(tile->Out, pixels, count, target, tile->Out + TileSize);
                if (pair)
                    _output.Channels(tile->Out + L, pixels, count, target + _yRow, tile->Out + TileSize);
            }
        }
    }

    [MethodImpl(Jit.Loop)]
    readonly void RunColumnPairs(ConvTile<T>* tile, T* image, int count, T* y)
    {
        delegate*<ConvTile<T>*, void>[] kernels = ConvTileKernels<T, ChannelVectors>.ByRows;
        int tiles = (_columns + 2 * ConvTileKernel.MaxRows - 1) / (2 * ConvTileKernel.MaxRows);
        for (int t = 0; t < tiles; t++)
        {
            int first = (int)((long)t * _columns / tiles), pixels = (int)((t + 1L) * _columns / tiles) - first;
            int half = (pixels + 1) / 2, rest = pixels - half;
            tile->Image = image + first;
            tile->Second = rest;
            kernels[half](tile);
            T* target = y + (nint)first * _columnStep;
            _output.Channels(tile->Out, half, count, target, tile->Out + TileSize);
            // The second half starts at pixel rest: where that is the last pixel of the first half, it is skipped.
            _output.Channels(tile->Out + L + (half - rest) * 2 * L, rest, count, target + (nint)half * _columnStep, tile->Out + TileSize);
        }
    }

    [MethodImpl(Jit.Loop)]
    readonly void RunPixels(ConvTile<T>* tile, T* image, int count, T* y)
    {
        delegate*<ConvTile<T>*, void> kernel = ConvTileKernels<T, PixelVectors>.ByRows[count];
        int vectors = (_columns + L - 1) / L, pairs = vectors & ~1;
        bool direct = VectorOps.HasMaskedStores && _columnStep == 1 && !_accumulate;
        tile->Plane = _yPlane;
        tile->Second = L;
        tile->NextVector = (nint)L * _columnStep;
        tile->Width = L;
        for (int r = 0; r < _rows; r++)
        {
            for (int v = 0; v < pairs; v += 2)
            {
                tile->NextWidth = Math.Min(L, _columns - (v + 1) * L);
                RunPixelTile(kernel, tile, image + r * _rowStep + v * L, count, y + r * _yRow + (nint)v * L * _columnStep, direct);
            }
        }
        if (pairs == vectors)
            return;
        tile->Width = _columns - pairs * L;
        for (int r = 0; r < _rows; r += 2)
        {
            bool pair = r + 1 < _rows;
            tile->Second = pair ? _rowStep : 0;
            tile->NextVector = pair ? _yRow : 0;
            tile->NextWidth = pair ? tile->Width : 0;
            RunPixelTile(kernel, tile, image + r * _rowStep + pairs * L, count, y + r * _yRow + (nint)pairs * L * _columnStep, direct);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    readonly void RunPixelTile(delegate*<ConvTile<T>*, void> kernel, ConvTile<T>* tile, T* image, int count, T* y, bool direct)
    {
        tile->Image = image;
        tile->Direct = direct ? y : null;
        kernel(tile);
        if (direct)
            return;
        _output.Rows(tile->Out, count, y, tile->Width);
        _output.Rows(tile->Out + L, count, y + tile->NextVector, tile->NextWidth);
    }
}
