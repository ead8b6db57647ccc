using System.Numerics;
using System.Runtime.Intrinsics;

namespace Autograd.Kernels;

/// <summary>A convolution of every plane with a small filter of its own, and its gradient by the input.</summary>
// Note [Planes]
// There is no sum over channels, so nothing but a plane's own pixels is needed at a time, and a vector of neighbouring pixels meets the same filter element in
// every lane. The vectors of a column are walked down. Each row is read once for each column of taps, shifted by a pixel, with a mask that makes the padding
// zero, and taken by all sums that it is a term of: those of three rows, whose taps are all in registers. Planes are read and written in the order in which
// they lie in memory. Two narrow planes share a vector, with other filter elements in its upper half. Of windows two columns apart every second lane of two
// vectors is taken; their gradient has a vector of every second result from the first and the third tap and one of those between from the second, whose lanes take turns at the end.
unsafe struct ConvPlanePass<T> : IParallelWork where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    // A strip, in the first-level cache beside its results.
    const int StripBytes = 1 << 14;

    // Pixels of a chunk.
    const int ChunkPixels = 1 << 14;

    static int L => Vector512<T>.Count;

    PlaneColumns _columns;
    Conv2dGeometry _g;
    T* _source;
    T* _w;
    T* _bias;
    T* _y;
    int _sourceHeight, _sourceWidth, _height, _width, _strips, _stripRows, _planes, _parts, _units, _run, _together;
    bool _gradient, _accumulate;

    /// <summary>Whether channels are convolved apart, with few taps.</summary>
    public static bool Takes(in Conv2dGeometry g)
    {
        if (g.GroupC != 1 || g.GroupOutC != 1 || g.KH > ConvPlaneKernel.MaxTaps || g.KW > ConvPlaneKernel.MaxTaps || g is not { DilationH: 1, DilationW: 1 }) return false;
        return g.PadH < g.KH && g.PadW < g.KW && g.StrideW <= 2 && (g.StrideH == 1 ? g.KH > 1 : g is { StrideH: 2, KH: 3 });
    }

    /// <summary>y = w ⋆ x + bias; bias may be null.</summary>
    public static void Forward(in Conv2dGeometry g, T* x, T* w, T* bias, T* y)
    {
        ConvPlanePass<T> pass = new() { _g = g, _source = x, _w = w, _bias = bias, _y = y, _sourceHeight = g.H, _sourceWidth = g.W, _height = g.OutH, _width = g.OutW };
        pass.Execute(g.StrideW == 2 ? PlaneColumns.Split : PlaneColumns.All);
    }

    /// <summary>dx (+)= the gradient by x.</summary>
    public static void Gradient(in Conv2dGeometry g, T* dy, T* w, T* dx, bool accumulate)
    {
        ConvPlanePass<T> pass = new()
        {
            _g = g, _source = dy, _w = w, _y = dx, _sourceHeight = g.OutH, _sourceWidth = g.OutW, _height = g.H, _width = g.W, _gradient = true, _accumulate = accumulate,
        };
        pass.Execute(g.StrideW == 2 ? PlaneColumns.Spread : PlaneColumns.All);
    }

    void Execute(PlaneColumns columns)
    {
        if (_g.N == 0 || _height == 0 || _width == 0) return;
        (_columns, _together) = (columns, _width <= (columns == PlaneColumns.Spread ? L : L / 2) ? 2 : 1);
        nint rowBytes = (nint)Math.Max(_sourceWidth, 1) * (_gradient ? 1 : _g.StrideH) * sizeof(T);
        _stripRows = (int)Math.Clamp(StripBytes / rowBytes, Math.Min(_height, 8), _height);
        _strips = (_height + _stripRows - 1) / _stripRows;
        // Neighbouring planes of an image whose strips fill the room for one, and runs of these that are a chunk.
        _planes = _together * (int)Math.Clamp(StripBytes / (_stripRows * rowBytes * _together), 1, (_g.C + _together - 1) / _together);
        _parts = (_g.C + _planes - 1) / _planes;
        _units = _g.N * _parts * _strips;
        _run = Math.Max(1, ChunkPixels / (_stripRows * _width * _planes));
        Parallelism.Run((_units + _run - 1) / _run, this);
    }

    /// <inheritdoc/>
    public readonly void Run(int chunk)
    {
        for (int unit = chunk * _run; unit < Math.Min((chunk + 1) * _run, _units); unit++)
        {
            int part = unit / _strips % _parts, n = unit / _strips / _parts;
            Strip(n, part * _planes, Math.Min(_planes, _g.C - (part * _planes)), unit % _strips * _stripRows);
        }
    }

    /// <summary>Rows of the results of neighbouring planes, from row <paramref name="top"/> on.</summary>
    readonly void Strip(int n, int channel, int planes, int top)
    {
        int height = Math.Min(_stripRows, _height - top), bottom = top + height - 1;
        // The rows of the source that these results read, in or beside the plane, and how many results before them the first of these completes.
        (int first, int last) = (_gradient, _g.StrideH) switch
        {
            (false, _) => ((top * _g.StrideH) - _g.PadH, (bottom * _g.StrideH) - _g.PadH + _g.KH - 1),
            (_, 1) => (top + _g.PadH - _g.KH + 1, bottom + _g.PadH),
            _ => ((top + _g.PadH - _g.KH + 2) >> 1, (bottom + _g.PadH) >> 1),
        };
        int begin = Math.Clamp(first, 0, _sourceHeight), rows = Math.Clamp(last + 1, begin, _sourceHeight) - begin, missing = begin - first;
        nint plane = ((nint)n * _g.C) + channel, size = (nint)_height * _width, source = (plane * _sourceHeight) + begin;
        ConvPlaneTile<T> tile = new()
        {
            Image = _source + (source * _sourceWidth), SourceWidth = _sourceWidth, ImagePlane = (nint)_sourceHeight * _sourceWidth,
            First = Column(0), Second = Column(1), Third = Column(2), FirstIsOdd = _g.PadW % 2 != 0, Top = Row(0), Middle = Row(1), Bottom = Row(2),
            Filter = _w + ((nint)channel * _g.KH * _g.KW), FilterSize = _g.KH * _g.KW, Bias = _bias == null ? null : _bias + channel,
            Out = _y + (plane * size) + ((nint)top * _width), OutPlane = size, Width = _width, Height = height, Rows = rows, Planes = planes, Adds = _accumulate,
            Skip = _g.StrideH == 1 ? _g.KH - 1 - missing : _gradient ? Math.Max(top - (2 * begin) + _g.PadH, 0) : missing == 0 ? 1 : 0,
            Completes = missing % 2 == 0,
            Ahead = _source + ((source + rows) * _sourceWidth), AheadOut = _y + (plane * size) + ((planes - 1) * size) + ((nint)(bottom + 1) * _width),
        };
        int kernel = ((_g.StrideH == 1 ? _g.KH - 2 : _gradient ? 3 : 2) * 3) + _g.KW - 1;
        if (_columns == PlaneColumns.All) Run<AllColumns>(&tile, kernel);
        else if (_columns == PlaneColumns.Split) Run<SplitColumns>(&tile, kernel);
        else Run<SpreadColumns>(&tile, kernel);
    }

    readonly void Run<TSpacing>(ConvPlaneTile<T>* tile, int kernel) where TSpacing : struct, IPlaneSpacing
    {
        if (_together > 1) ConvPlaneKernels<T, R2, TSpacing>.ByTaps[kernel](tile);
        else ConvPlaneKernels<T, R1, TSpacing>.ByTaps[kernel](tile);
    }

    /// <summary>Where a row has what the columns of taps meet.</summary>
    readonly int Column(int tap) => PlaneReader.Position(_columns, _gradient ? _g.PadW - tap : tap - _g.PadW);

    /// <summary>Where a filter has the row that meets the rows of the source in this order: a gradient meets the last one first.</summary>
    readonly nint Row(int tap) => (_gradient ? _g.KH - 1 - tap : tap) * _g.KW;
}
