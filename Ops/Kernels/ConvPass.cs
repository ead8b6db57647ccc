using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Autograd.Kernels;

/// <summary>
/// One sweep of y (+)= Σ w·x over all images; a forward convolution is one pass, an input gradient is one pass per stride phase.
/// </summary>
// Note [Two kinds of vectors]
// Vectors hold either 16 output channels of one pixel (any geometry, filters packed, tiles transposed on the way out) or 16 pixels of one row.
// The kind that wastes fewer lanes is taken; with equal waste, pixels, which load less per multiply-add.
unsafe struct ConvPass<T> : IChunk where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    static int L => Vector512<T>.Count;

    // Two vectors per row, rounded up to whole squares for the transposition; a square of scratch follows.
    static int TileSize => 32 * L;

    ConvImage<T> _image;
    T* _y;
    T* _filters;
    T* _bias;
    nint* _offsets;
    nint _yPlane, _yRow, _yOrigin, _rowStep, _unitSize;
    int _images, _taps, _groups, _groupOut, _rows, _columns, _columnStep, _units, _unitLanes, _splits;
    bool _channelVectors, _accumulate;

    /// <summary>Runs one pass.</summary>
    public static void Execute(in ConvOperands<T> operands, ConvAxis row, ConvAxis column)
    {
        // Without taps nothing is added, and the caller has cleared what is not accumulated.
        if (operands.Bias == null && row.Taps * column.Taps == 0)
            return;
        if (row.Outputs <= 0 || column.Outputs <= 0 || operands.Images == 0 || operands.GroupOut == 0)
            return;
        ConvPass<T> pass = default;
        pass.Plan(operands, row, column);
        WorkerPool.For(pass._images * pass._splits, pass);
    }

    void Plan(in ConvOperands<T> o, ConvAxis row, ConvAxis column)
    {
        (_images, _groups, _groupOut, _accumulate) = (o.Images, o.Groups, o.GroupOut, o.Accumulate);
        (_rows, _columns, _columnStep) = (row.Outputs, column.Outputs, column.OutStep);
        double channelUse = (double)_groupOut / ((_groupOut + L - 1) / L * L);
        double pixelUse = (double)_columns / ((_columns + L - 1) / L * L) * Math.Min(1, (_groupOut + 1) / 4.0);
        _channelVectors = channelUse > pixelUse;
        _unitLanes = _channelVectors ? 2 * L : 16;
        _units = _channelVectors ? (_groupOut + 2 * L - 1) / (2 * L) : (_groupOut + ConvTileKernel.MaxRows - 1) / ConvTileKernel.MaxRows;
        _image = new ConvImage<T>(o.X, _groups, o.GroupIn, o.H, o.W, row, column, _channelVectors);
        _rowStep = row.InStep * _image.RowSize;
        _y = o.Y;
        _yPlane = (nint)o.OutH * o.OutW;
        _yRow = (nint)row.OutStep * o.OutW;
        _yOrigin = (nint)row.OutFirst * o.OutW + column.OutFirst;
        int units = _groups * _units;
        _splits = _images >= 8 ? 1 : Math.Min(units, (7 + _images) / _images);
        _taps = o.GroupIn * row.Taps * column.Taps;
        _unitSize = (nint)_taps * _unitLanes;
        _filters = ConvScratch.Rent<T>(ScratchSlot.Filters, units * (_unitSize + _unitLanes) + L * L);
        _bias = _filters + units * _unitSize;
        _offsets = ConvScratch.Rent<nint>(ScratchSlot.Offsets, _taps + 1);
        PackOffsets(o, row, column);
        for (int u = 0; u < units; u++)
            PackUnit(o, row, column, u / _units, u % _units);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
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

    readonly (int First, int Count) Unit(int unit)
    {
        if (_channelVectors)
            return (unit * 2 * L, Math.Min(2 * L, _groupOut - unit * 2 * L));
        int first = (int)((long)unit * _groupOut / _units);
        return (first, (int)((unit + 1L) * _groupOut / _units) - first);
    }

    readonly int FilterStep(int count) => !_channelVectors ? count : count > L ? 2 * L : L;

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    readonly void PackUnit(in ConvOperands<T> o, ConvAxis row, ConvAxis column, int group, int unit)
    {
        (int first, int count) = Unit(unit);
        int step = FilterStep(count), index = group * _units + unit;
        T* bias = _bias + (nint)index * _unitLanes;
        new Span<T>(bias, _unitLanes).Clear();
        if (o.Bias != null)
            new ReadOnlySpan<T>(o.Bias + group * _groupOut + first, count).CopyTo(new Span<T>(bias, count));
        T* target = _filters + index * _unitSize;
        T* source = o.Filter + group * o.FilterGroup + first * o.FilterOut;
        bool dense = row.Taps * column.Taps == o.KH * o.KW && row.KernelStep == 1 && column.KernelStep == 1;
        if (dense)
        {
            // The kernel elements of one channel are contiguous; of all channels too, if that is how the channels follow each other.
            bool joined = o.FilterIn == _taps / o.GroupIn;
            int rows = joined ? 1 : o.GroupIn, run = _taps / rows;
            for (int c = 0; c < rows; c++)
                PackRun(source + c * o.FilterIn, o.FilterOut, run, count, step, target + (nint)c * run * step);
            return;
        }
        for (int c = 0; c < o.GroupIn; c++, source += o.FilterIn)
        {
            for (int i = 0; i < row.Taps; i++)
            {
                for (int j = 0; j < column.Taps; j++, target += step)
                    PackRun(source + row.Kernel(i) * o.KW + column.Kernel(j), o.FilterOut, 1, count, step, target);
            }
        }
    }

    /// <summary>target[k·step + lane] = source[lane·lanePitch + k], zero in the lanes from count to step.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    static void PackRun(T* source, nint lanePitch, int run, int count, int step, T* target)
    {
        int k = 0, whole = count - count % L;
        for (; k + L <= run; k += L)
        {
            for (int lane = 0; lane < whole; lane += L)
                LaneTranspose.Square(source + lane * lanePitch + k, lanePitch, target + (nint)k * step + lane, step);
            LaneTranspose.Plain(source + whole * lanePitch + k, lanePitch, count - whole, L, target + (nint)k * step + whole, step);
        }
        LaneTranspose.Plain(source + k, lanePitch, count, run - k, target + (nint)k * step, step);
        if (count == step)
            return;
        for (k = 0; k < run; k++)
            new Span<T>(target + (nint)k * step + count, step - count).Clear();
    }

    /// <inheritdoc/>
    public readonly void Run(int chunk)
    {
        int n = chunk / _splits, part = chunk % _splits, units = _groups * _units, prepared = -1;
        T* image = null;
        ConvTile<T> tile = default;
        tile.Out = ConvScratch.Rent<T>(ScratchSlot.Tile, TileSize + L * L);
        tile.Offsets = _offsets;
        tile.Taps = _taps;
        for (int u = (int)((long)part * units / _splits); u < (int)((part + 1L) * units / _splits); u++)
        {
            int group = u / _units;
            if (group != prepared)
                image = _image.Prepare(n, prepared = group);
            (int first, int count) = Unit(u % _units);
            tile.Filter = _filters + u * _unitSize;
            tile.Bias = _bias + (nint)u * _unitLanes;
            tile.FilterStep = FilterStep(count);
            T* y = _y + ((nint)(n * _groups + group) * _groupOut + first) * _yPlane + _yOrigin;
            if (!_channelVectors)
                RunPixels(&tile, image, count, y);
            else if (count > L)
                RunWide(&tile, image, count, y);
            else if (_rows > 1)
                RunRowPairs(&tile, image, count, y);
            else
                RunColumnPairs(&tile, image, count, y);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
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
                WriteChannels(tile, 0, pixels, L, target);
                WriteChannels(tile, L, pixels, count - L, target + L * _yPlane);
            }
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
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
                WriteChannels(tile, 0, pixels, count, target);
                if (pair)
                    WriteChannels(tile, L, pixels, count, target + _yRow);
            }
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
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
            WriteChannels(tile, 0, half, count, target);
            // The second half starts at pixel rest: where that is the last pixel of the first half, it is skipped.
            WriteChannels(tile, L + (half - rest) * 2 * L, rest, count, target + (nint)half * _columnStep);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
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
        WriteRows(tile->Out, count, y, tile->Width);
        WriteRows(tile->Out + L, count, y + tile->NextVector, tile->NextWidth);
    }

    /// <summary>Pixels × channels (every second vector of the tile) to channel planes.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    readonly void WriteChannels(ConvTile<T>* results, nint first, int pixels, int channels, T* y)
    {
        T* tile = results->Out + first, square = results->Out + TileSize;
        for (int p = 0; p < pixels; p += L)
        {
            LaneTranspose.Square(tile + p * 2 * L, 2 * L, square, L);
            int width = Math.Min(L, pixels - p);
            for (int c = 0; c < channels; c++)
                Write(Vector512.Load(square + c * L), y + c * _yPlane + (nint)p * _columnStep, width);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    readonly void WriteRows(T* tile, int channels, T* y, int width)
    {
        for (int c = 0; c < channels; c++)
            Write(Vector512.Load(tile + c * 2 * L), y + c * _yPlane, width);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    readonly void Write(Vector512<T> v, T* y, int width)
    {
        if (_columnStep == 1)
        {
            if (_accumulate)
                v += VectorOps.LoadFirst(y, width);
            VectorOps.StoreFirst(y, v, width);
            return;
        }
        if (_columnStep == 2)
            VectorOps.StoreEven(y, v, width, _accumulate);
        else
            WriteSpaced(v, y, width);
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    readonly void WriteSpaced(Vector512<T> v, T* y, int width)
    {
        for (int i = 0; i < width; i++)
            y[(nint)i * _columnStep] = _accumulate ? y[(nint)i * _columnStep] + v[i] : v[i];
    }
}

/// <summary>What a pass reads and writes. Filter element of output channel o, source channel c: group·FilterGroup + o·FilterOut + c·FilterIn.</summary>
unsafe struct ConvOperands<T> where T : unmanaged
{
    public T* X, Filter, Bias, Y;
    public nint FilterGroup, FilterOut, FilterIn;
    public int Images, Groups, GroupIn, H, W, GroupOut, OutH, OutW, KH, KW;
    public bool Accumulate;
}
