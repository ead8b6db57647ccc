using System.Numerics;
using System.Runtime.Intrinsics;

namespace Autograd.Kernels;

/// <summary>The gradient of a convolution of every plane by its filter; see Note [Planes].</summary>
/// <remarks>Every chunk sums a fixed share of the images for neighbouring planes; <see cref="Finish"/> adds the shares in order, and the lanes of each sum.</remarks>
unsafe struct ConvPlaneWeightPass<T> : IParallelWork where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    const int Shares = 8;

    // A strip of the image, or of the output gradient, in the first-level cache beside the other.
    const int StripBytes = 1 << 13;

    static int L => Vector512<T>.Count;

    Conv2dGeometry _g;
    T* _dy;
    T* _x;
    T* _dw;
    T* _partials;
    nint _size;
    int _taps, _stripRows, _planes, _together, _blocks, _shares;
    bool _accumulate;

    /// <summary>dw (+)= Σ over images and pixels of dy·x.</summary>
    public static void Execute(in Conv2dGeometry g, T* dy, T* x, T* dw, bool accumulate)
    {
        ConvPlaneWeightPass<T> pass = new() { _g = g, _dy = dy, _x = x, _dw = dw, _accumulate = accumulate, _taps = g.KH * g.KW };
        pass.Plan();
        Parallelism.Run(pass._blocks * pass._shares, pass);
        Parallelism.Run(pass._blocks, new Finish(&pass));
    }

    void Plan()
    {
        _together = _g.OutW <= L / 2 ? 2 : 1;
        nint rowBytes = (nint)_g.StrideH * _g.W * sizeof(T);
        _stripRows = (int)Math.Clamp(StripBytes / rowBytes, Math.Min(_g.OutH, 8), _g.OutH);
        _planes = _together * (int)Math.Clamp(StripBytes / (_stripRows * rowBytes * _together), 1, (_g.C + _together - 1) / _together);
        _blocks = (_g.C + _planes - 1) / _planes;
        _shares = Math.Clamp(Shares / _blocks, 1, _g.N);
        _size = (nint)_planes / _together * _taps * L;
        _partials = ConvScratch.Rent<T>(ScratchSlot.Partials, (_size * _blocks * _shares) + (L * L));
    }

    /// <inheritdoc/>
    public readonly void Run(int chunk)
    {
        int block = chunk % _blocks, share = chunk / _blocks, channel = block * _planes;
        ConvPlaneWeightTile<T> tile = new()
        {
            Sums = _partials + (chunk * _size), First = -_g.PadW, Second = 1 - _g.PadW, Third = 2 - _g.PadW,
            ImageWidth = _g.W, ImagePlane = (nint)_g.H * _g.W, Width = _g.OutW, CotangentPlane = (nint)_g.OutH * _g.OutW, Planes = Math.Min(_planes, _g.C - channel),
        };
        new Span<T>(tile.Sums, (int)_size).Clear();
        for (int n = (int)((long)share * _g.N / _shares); n < (int)((share + 1L) * _g.N / _shares); n++)
        {
            for (int top = 0; top < _g.OutH; top += _stripRows) Strip(tile, n, channel, top);
        }
    }

    /// <summary>Adds what rows of the output gradient from <paramref name="top"/> on meet in the image.</summary>
    readonly void Strip(ConvPlaneWeightTile<T> tile, int n, int channel, int top)
    {
        int height = Math.Min(_stripRows, _g.OutH - top), first = (top * _g.StrideH) - _g.PadH, last = ((top + height - 1) * _g.StrideH) - _g.PadH + _g.KH - 1;
        int begin = Math.Clamp(first, 0, _g.H), rows = Math.Clamp(last + 1, begin, _g.H) - begin, missing = begin - first;
        nint plane = ((nint)n * _g.C) + channel;
        T* x = _x + (((plane * _g.H) + begin) * _g.W), dy = _dy + (((plane * _g.OutH) + top) * _g.OutW);
        tile.Image = x;
        tile.Cotangent = dy;
        (tile.Rows, tile.Height) = (rows, height);
        // What the first row of the image meets first: a row of dy, whose taps' first row it is or, of every second row, whose second.
        (tile.Start, tile.IsBetween) = (missing / _g.StrideH, missing % _g.StrideH == 1);
        // Then the next strip, or the first one of the next image.
        bool isLast = top + height == _g.OutH;
        tile.AheadImage = x + ((isLast ? ((nint)_g.C * _g.H) - begin : rows) * _g.W);
        tile.AheadCotangent = dy + ((isLast ? ((nint)_g.C * _g.OutH) - top : height) * _g.OutW);
        int kernel = ((_g.StrideH == 2 ? 2 : _g.KH - 2) * 3) + _g.KW - 1;
        if (_g.StrideW == 2) Run<SplitColumns>(&tile, kernel);
        else Run<AllColumns>(&tile, kernel);
    }

    readonly void Run<TSpacing>(ConvPlaneWeightTile<T>* tile, int kernel) where TSpacing : struct, IPlaneSpacing
    {
        if (_together > 1) ConvPlaneWeightKernels<T, R2, TSpacing>.ByTaps[kernel](tile);
        else ConvPlaneWeightKernels<T, R1, TSpacing>.ByTaps[kernel](tile);
    }

    /// <summary>Adds the shares of neighbouring planes in order, and the lanes of their sums, and writes them to the gradient.</summary>
    readonly struct Finish(ConvPlaneWeightPass<T>* pass) : IParallelWork
    {
        public void Run(int block)
        {
            T* sums = pass->_partials + (block * pass->_size), square = ConvScratch.Rent<T>(ScratchSlot.Tile, (nint)L * L);
            for (int share = 1; share < pass->_shares; share++) ConvWeightTiles<T>.Join(sums, sums + (share * pass->_size * pass->_blocks), pass->_size);
            int channel = block * pass->_planes, together = pass->_together, taps = pass->_taps, end = Math.Min(pass->_planes, pass->_g.C - channel) * taps;
            T* dw = pass->_dw + ((nint)channel * taps);
            // A square of sums at a time: its columns are added.
            for (int first = 0; first < ((end / taps) + together - 1) / together * taps; first += L, sums += L * L)
            {
                LaneTranspose.Square(sums, L, square, L);
                Vector512<T> low = Rows(square), high = Rows(square + (L / 2 * L));
                if (together == 1)
                {
                    int count = Math.Min(L, end - first);
                    Vector512<T> sum = low + high;
                    VectorOps.StoreFirst(dw + first, pass->_accumulate ? sum + VectorOps.LoadFirst(dw + first, count) : sum, count);
                    continue;
                }
                for (int i = 0; i < L; i++)
                {
                    int target = ((first + i) / taps * 2 * taps) + ((first + i) % taps);
                    if (target < end) dw[target] = pass->_accumulate ? dw[target] + low[i] : low[i];
                    if (target + taps < end) dw[target + taps] = pass->_accumulate ? dw[target + taps] + high[i] : high[i];
                }
            }
        }

        /// <summary>The sum of half the rows of a square.</summary>
        static Vector512<T> Rows(T* rows)
        {
            Vector512<T> sum = Vector512.Load(rows);
            for (int i = 1; i < L / 2; i++) sum += Vector512.Load(rows + (i * L));
            return sum;
        }
    }
}
