using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Autograd.Kernels;

/// <summary>The gradient of a depthwise convolution by its filters; see Note [Depthwise].</summary>
/// <remarks>Every chunk sums a fixed share of the images for one vector of channels; <see cref="Finish"/> adds the shares in order.</remarks>
unsafe struct ConvDepthWeightPass<T> : IParallelWork where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    const int Shares = 8;

    // Image and output gradient of a strip, together in the second-level cache.
    const int StripBytes = 1 << 17;

    static int L => Vector512<T>.Count;

    ConvChannelRows<T> _image, _cotangent;
    Conv2dGeometry _g;
    T* _dw;
    T* _partials;
    nint* _offsets;
    int _taps, _blocks, _parts, _stripRows;
    bool _accumulate;

    /// <summary>dw (+)= Σ over images and pixels of dy·x.</summary>
    public static void Execute(in Conv2dGeometry g, T* dy, T* x, T* dw, bool accumulate)
    {
        ConvDepthWeightPass<T> pass = new() { _g = g, _dw = dw, _accumulate = accumulate, _taps = g.KH * g.KW };
        pass.Plan(dy, x);
        Parallelism.Run(pass._parts * pass._blocks, pass);
        Parallelism.Run(pass._blocks, new Finish(&pass));
    }

    void Plan(T* dy, T* x)
    {
        int columns = ((_g.OutW - 1) * _g.StrideW) + (_g.DilationW * (_g.KW - 1)) + 1;
        _image = new(x, _g.C, _g.H, _g.W, -_g.PadW, columns);
        _cotangent = new(dy, _g.C, _g.OutH, _g.OutW, 0, _g.OutW);
        _blocks = (_g.C + L - 1) / L;
        _parts = Math.Clamp(Shares / _blocks, 1, _g.N);
        _stripRows = (int)Math.Clamp(StripBytes / (((_g.StrideH * _image.RowSize) + _cotangent.RowSize) * sizeof(T)), Math.Min(_g.OutH, 4), _g.OutH);
        _partials = ConvScratch.Rent<T>(ScratchSlot.Partials, (nint)_taps * L * _parts * _blocks);
        _offsets = ConvScratch.Rent<nint>(ScratchSlot.Offsets, _taps);
        for (int t = 0; t < _taps; t++) _offsets[t] = (t / _g.KW * _g.DilationH * _image.RowSize) + ((nint)(t % _g.KW) * _g.DilationW * L);
    }

    /// <inheritdoc/>
    public readonly void Run(int chunk)
    {
        int block = chunk % _blocks, part = chunk / _blocks, channel = Math.Min(block * L, _g.C - L);
        T* sums = _partials + ((nint)chunk * _taps * L);
        new Span<T>(sums, _taps * L).Clear();
        for (int n = (int)((long)part * _g.N / _parts); n < (int)((part + 1L) * _g.N / _parts); n++)
        {
            for (int top = 0; top < _g.OutH; top += _stripRows)
            {
                int rows = Math.Min(_stripRows, _g.OutH - top);
                ConvWeightTile<T> tile = default;
                tile.Image = _image.Prepare(ScratchSlot.Image, n, channel, (top * _g.StrideH) - _g.PadH, ((rows - 1) * _g.StrideH) + (_g.DilationH * (_g.KH - 1)) + 1);
                tile.Cotangent = _cotangent.Prepare(ScratchSlot.Cotangent, n, channel, top, rows);
                (tile.ImageRow, tile.Rows, tile.Columns, tile.ColumnStep) = (_g.StrideH * _image.RowSize, rows, _g.OutW, (nint)_g.StrideW * L);
                Add(&tile, sums);
            }
        }
    }

    readonly void Add(ConvWeightTile<T>* tile, T* sums)
    {
        int tiles = (_taps + ConvDepthWeightKernel.MaxTaps - 1) / ConvDepthWeightKernel.MaxTaps;
        for (int t = 0; t < tiles; t++)
        {
            int first = (int)((long)t * _taps / tiles), taps = (int)((t + 1L) * _taps / tiles) - first;
            tile->Taps = _offsets + first;
            tile->Sums = sums + ((nint)first * L);
            ConvDepthWeightKernels<T>.ByTaps[taps](tile);
        }
    }

    /// <summary>Adds the shares of one vector of channels in order and writes them to the gradient.</summary>
    readonly struct Finish(ConvDepthWeightPass<T>* pass) : IParallelWork
    {
        public void Run(int chunk)
        {
            nint size = (nint)pass->_taps * L;
            T* sums = pass->_partials + (chunk * size);
            for (int part = 1; part < pass->_parts; part++) ConvWeightTiles<T>.Join(sums, sums + (part * size * pass->_blocks), size);
            int channel = Math.Min(chunk * L, pass->_g.C - L);
            for (int c = (chunk * L) - channel; c < L; c++)
            {
                T* target = pass->_dw + ((nint)(channel + c) * pass->_taps);
                for (int t = 0; t < pass->_taps; t++)
                {
                    T sum = sums[((nint)t * L) + c];
                    target[t] = pass->_accumulate ? target[t] + sum : sum;
                }
            }
        }
    }
}

/// <summary>The micro-kernel of <see cref="ConvDepthWeightPass{T}"/>: the sums of up to 9 taps stay in registers.</summary>
static unsafe class ConvDepthWeightKernel
{
    /// <summary>Most taps of a tile, those of a filter of 3 × 3.</summary>
    public const int MaxTaps = 9;

    /// <summary>Adds one strip; without 512-bit registers by halves of the channels.</summary>
    public static void Run<T, TTaps>(ConvWeightTile<T>* tile) where T : unmanaged, IBinaryFloatingPointIeee754<T> where TTaps : struct, IRegisterCount
    {
        if (Vector512.IsHardwareAccelerated)
        {
            Part<Lanes512<T>, Vector512<T>, T, TTaps>(tile, 0);
            return;
        }
        Part<Lanes256<T>, Vector256<T>, T, TTaps>(tile, 0);
        Part<Lanes256<T>, Vector256<T>, T, TTaps>(tile, Vector256<T>.Count);
    }

    [MethodImpl(Jit.Loop)]
    static void Part<S, V, T, TTaps>(ConvWeightTile<T>* tile, nint lane)
        where S : struct, ILanes<V, T> where T : unmanaged, IBinaryFloatingPointIeee754<T> where TTaps : struct, IRegisterCount
    {
        T* dy = tile->Cotangent + lane, row = tile->Image + lane, sums = tile->Sums + lane;
        nint* taps = tile->Taps;
        nint step = tile->ColumnStep, imageRow = tile->ImageRow;
        V one = S.Broadcast(T.One), c0 = default!, c1 = default!, c2 = default!, c3 = default!, c4 = default!, c5 = default!, c6 = default!, c7 = default!, c8 = default!;
        for (int r = tile->Rows; r > 0; r--, row += imageRow)
        {
            T* x = row;
            for (int i = tile->Columns; i > 0; i--, x += step, dy += Vector512<T>.Count)
            {
                V d = S.Load(dy);
                if (TTaps.Value > 0) c0 = S.Fma(d, S.Load(x + taps[0]), c0);
                if (TTaps.Value > 1) c1 = S.Fma(d, S.Load(x + taps[1]), c1);
                if (TTaps.Value > 2) c2 = S.Fma(d, S.Load(x + taps[2]), c2);
                if (TTaps.Value > 3) c3 = S.Fma(d, S.Load(x + taps[3]), c3);
                if (TTaps.Value > 4) c4 = S.Fma(d, S.Load(x + taps[4]), c4);
                if (TTaps.Value > 5) c5 = S.Fma(d, S.Load(x + taps[5]), c5);
                if (TTaps.Value > 6) c6 = S.Fma(d, S.Load(x + taps[6]), c6);
                if (TTaps.Value > 7) c7 = S.Fma(d, S.Load(x + taps[7]), c7);
                if (TTaps.Value > 8) c8 = S.Fma(d, S.Load(x + taps[8]), c8);
            }
        }
        if (TTaps.Value > 0) S.Store(sums, S.Fma(one, c0, S.Load(sums)));
        if (TTaps.Value > 1) S.Store(sums + (1 * Vector512<T>.Count), S.Fma(one, c1, S.Load(sums + (1 * Vector512<T>.Count))));
        if (TTaps.Value > 2) S.Store(sums + (2 * Vector512<T>.Count), S.Fma(one, c2, S.Load(sums + (2 * Vector512<T>.Count))));
        if (TTaps.Value > 3) S.Store(sums + (3 * Vector512<T>.Count), S.Fma(one, c3, S.Load(sums + (3 * Vector512<T>.Count))));
        if (TTaps.Value > 4) S.Store(sums + (4 * Vector512<T>.Count), S.Fma(one, c4, S.Load(sums + (4 * Vector512<T>.Count))));
        if (TTaps.Value > 5) S.Store(sums + (5 * Vector512<T>.Count), S.Fma(one, c5, S.Load(sums + (5 * Vector512<T>.Count))));
        if (TTaps.Value > 6) S.Store(sums + (6 * Vector512<T>.Count), S.Fma(one, c6, S.Load(sums + (6 * Vector512<T>.Count))));
        if (TTaps.Value > 7) S.Store(sums + (7 * Vector512<T>.Count), S.Fma(one, c7, S.Load(sums + (7 * Vector512<T>.Count))));
        if (TTaps.Value > 8) S.Store(sums + (8 * Vector512<T>.Count), S.Fma(one, c8, S.Load(sums + (8 * Vector512<T>.Count))));
    }
}

/// <summary>Entry points of <see cref="ConvDepthWeightKernel"/> by number of taps.</summary>
static unsafe class ConvDepthWeightKernels<T> where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    /// <summary>Entry t adds t taps, t in 1 … 9.</summary>
    public static readonly delegate*<ConvWeightTile<T>*, void>[] ByTaps =
    [
        null,
        &ConvDepthWeightKernel.Run<T, R1>,
        &ConvDepthWeightKernel.Run<T, R2>,
        &ConvDepthWeightKernel.Run<T, R3>,
        &ConvDepthWeightKernel.Run<T, R4>,
        &ConvDepthWeightKernel.Run<T, R5>,
        &ConvDepthWeightKernel.Run<T, R6>,
        &ConvDepthWeightKernel.Run<T, R7>,
        &ConvDepthWeightKernel.Run<T, R8>,
        &ConvDepthWeightKernel.Run<T, R9>,
    ];
}
