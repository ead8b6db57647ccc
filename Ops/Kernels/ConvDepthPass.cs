using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Autograd.Kernels;

/// <summary>A convolution of every channel with a filter of its own, and its gradient by the input.</summary>
// Note [Depthwise]
// There is no sum over channels, so a pixel of 16 channels is a vector and a filter element of theirs another: every multiply-add loads one vector and no lane
// is wasted, whatever the size of the planes, the stride and the dilation. It is bound by these loads, one for a multiply-add, and by turning planes into
// vectors and back. Strips of rows are turned, computed and turned back while they are in the cache. Of a number of channels that no vector divides the last
// vector overlaps the one before.
unsafe struct ConvDepthPass<T> : IParallelWork where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    // Source and result of a strip, together in the second-level cache beside the planes they come from.
    const int StripBytes = 1 << 17;

    static int L => Vector512<T>.Count;

    ConvChannelRows<T> _rows;
    T* _filters;
    T* _y;
    nint _plane;
    int _images, _channels, _blocks, _strips, _stripRows, _rowMin, _rowMax, _columnMin, _width, _height, _taps, _stepH, _stepW, _inStep;
    Conv2dGeometry _g;
    bool _gradient, _accumulate;

    /// <summary>Whether channels are convolved apart, and fill a vector.</summary>
    public static bool Takes(in Conv2dGeometry g) => g.GroupC == 1 && g.GroupOutC == 1 && g.Groups >= L;

    /// <summary>y = w ⋆ x + bias; bias may be null.</summary>
    public static void Forward(in Conv2dGeometry g, T* x, T* w, T* bias, T* y)
    {
        ConvDepthPass<T> pass = new() { _g = g, _y = y, _height = g.OutH, _width = g.OutW, _stepH = 1, _stepW = 1, _inStep = g.StrideH };
        pass.Execute(x, g.H, g.W, w, bias);
    }

    /// <summary>dx (+)= the gradient by x.</summary>
    public static void Gradient(in Conv2dGeometry g, T* dy, T* w, T* dx, bool accumulate)
    {
        ConvDepthPass<T> pass = new()
        {
            _g = g, _y = dx, _height = g.H, _width = g.W, _stepH = g.StrideH, _stepW = g.StrideW, _inStep = 1, _gradient = true, _accumulate = accumulate,
        };
        pass.Execute(dy, g.OutH, g.OutW, w, null);
    }

    readonly ConvAxis Row(int phase) => _gradient
        ? ConvAxis.Gradient(_g.KH, _g.StrideH, _g.PadH, _g.DilationH, _g.H, phase)
        : ConvAxis.Forward(_g.KH, _g.StrideH, _g.PadH, _g.DilationH, _g.OutH);

    readonly ConvAxis Column(int phase) => _gradient
        ? ConvAxis.Gradient(_g.KW, _g.StrideW, _g.PadW, _g.DilationW, _g.W, phase)
        : ConvAxis.Forward(_g.KW, _g.StrideW, _g.PadW, _g.DilationW, _g.OutW);

    void Execute(T* source, int height, int width, T* w, T* bias)
    {
        if (_g.N == 0 || _height == 0 || _width == 0) return;
        (_images, _channels, _plane) = (_g.N, _g.Groups, (nint)_height * _width);
        _blocks = (_channels + L - 1) / L;
        (_rowMin, _rowMax, _columnMin) = (int.MaxValue, int.MinValue, int.MaxValue);
        int columnEnd = int.MinValue;
        for (int i = 0; i < _stepH; i++)
        {
            ConvAxis row = Row(i);
            if (row.Taps > 0) (_rowMin, _rowMax) = (Math.Min(_rowMin, row.Min), Math.Max(_rowMax, row.Max));
        }
        for (int j = 0; j < _stepW; j++)
        {
            ConvAxis column = Column(j);
            if (column.Taps > 0) (_columnMin, columnEnd) = (Math.Min(_columnMin, column.Min), Math.Max(columnEnd, column.Max + ((column.Outputs - 1) * column.InStep) + 1));
        }
        _rows = new(source, _channels, height, width, _columnMin, Math.Max(columnEnd - _columnMin, 1));
        int phaseRows = (_height + _stepH - 1) / _stepH;
        nint rowBytes = ((_inStep * _rows.RowSize) + ((nint)_stepH * _width * L)) * sizeof(T);
        _stripRows = (int)Math.Clamp(StripBytes / rowBytes, Math.Min(phaseRows, 4), phaseRows);
        _strips = (phaseRows + _stripRows - 1) / _stripRows;
        Pack(w, bias);
        Parallelism.Run(_images * _blocks * _strips, this);
    }

    /// <summary>The first channel of a block.</summary>
    readonly int Channel(int block) => Math.Min(block * L, _channels - L);

    /// <summary>[block, tap, lane], the bias behind the taps.</summary>
    [MethodImpl(Jit.Loop)]
    void Pack(T* w, T* bias)
    {
        _taps = _g.KH * _g.KW;
        _filters = ConvScratch.Rent<T>(ScratchSlot.Filters, (nint)_blocks * (_taps + 1) * L);
        for (int b = 0; b < _blocks; b++)
        {
            T* target = _filters + ((nint)b * (_taps + 1) * L);
            LaneTranspose.Plain(w + ((nint)Channel(b) * _taps), _taps, L, _taps, target, L);
            (bias is null ? Vector512<T>.Zero : Vector512.Load(bias + Channel(b))).Store(target + ((nint)_taps * L));
        }
    }

    /// <inheritdoc/>
    public readonly void Run(int chunk)
    {
        int first = chunk % _strips * _stripRows, block = chunk / _strips % _blocks, n = chunk / _strips / _blocks;
        int phaseRows = (_height + _stepH - 1) / _stepH, end = Math.Min(first + _stripRows, phaseRows), channel = Channel(block);
        T* image = _rows.Prepare(ScratchSlot.Image, n, channel, (first * _inStep) + _rowMin, ((end - 1 - first) * _inStep) + _rowMax - _rowMin + 1);
        int top = first * _stepH, pixels = (Math.Min(end * _stepH, _height) - top) * _width;
        T* result = ConvScratch.Rent<T>(ScratchSlot.Cotangent, (nint)pixels * L);
        ConvDepthTap* taps = ConvScratch.Rent<ConvDepthTap>(ScratchSlot.Offsets, _taps);
        ConvDepthTile<T> tile = new() { Filter = _filters + ((nint)block * (_taps + 1) * L), Taps = taps };
        tile.Bias = tile.Filter + ((nint)_taps * L);
        for (int i = 0; i < _stepH; i++)
        {
            ConvAxis row = Row(i);
            int rows = Math.Min(end, row.Outputs) - first;
            for (int j = 0; j < _stepW; j++)
            {
                ConvAxis column = Column(j);
                tile.Count = Taps(row, column, taps);
                T* target = result + (((nint)i * _width) + j) * L;
                (tile.Rows, tile.ImageRow, tile.OutRow) = (rows, row.InStep * _rows.RowSize, (nint)_stepH * _width * L);
                RunColumns(&tile, image, column, target);
            }
        }
        ConvChannelRows<T>.Write(result, pixels, _y + (((nint)n * _channels) + channel) * _plane + ((nint)top * _width), _plane, _accumulate ? (block * L) - channel : 0, _accumulate);
    }

    readonly int Taps(ConvAxis row, ConvAxis column, ConvDepthTap* taps)
    {
        for (int i = 0; i < row.Taps; i++)
        {
            for (int j = 0; j < column.Taps; j++)
            {
                nint image = ((row.Offset(i) - _rowMin) * _rows.RowSize) + ((nint)(column.Offset(j) - _columnMin) * L);
                *taps++ = new(image, ((nint)row.Kernel(i) * _g.KW + column.Kernel(j)) * L);
            }
        }
        return row.Taps * column.Taps;
    }

    [MethodImpl(Jit.Loop)]
    static void RunColumns(ConvDepthTile<T>* tile, T* image, ConvAxis column, T* y)
    {
        delegate*<ConvDepthTile<T>*, void>[] kernels = ConvDepthKernels<T>.ByPixels;
        int tiles = (column.Outputs + ConvDepthKernel.MaxPixels - 1) / ConvDepthKernel.MaxPixels;
        (tile->ImageStep, tile->OutStep) = ((nint)column.InStep * L, (nint)column.OutStep * L);
        for (int t = 0; t < tiles; t++)
        {
            int first = (int)((long)t * column.Outputs / tiles), pixels = (int)((t + 1L) * column.Outputs / tiles) - first;
            tile->Image = image + (first * tile->ImageStep);
            tile->Out = y + (first * tile->OutStep);
            kernels[pixels](tile);
        }
    }
}
