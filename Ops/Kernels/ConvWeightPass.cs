using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Autograd.Kernels;

/// <summary>
/// Weight gradient: every chunk sums a fixed share of the images for one block of output channels, or for all of them, into partial sums of their own;
/// <see cref="Finish"/> adds the shares in order.
/// </summary>
unsafe struct ConvWeightPass<T> : IParallelWork where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    const int Shares = 8;

    static int L => Vector512<T>.Count;

    ConvImage<T> _image;
    T* _dy;
    T* _dw;
    T* _partials;
    nint* _offsets;
    nint _partialSize, _rowStep;
    int _images, _groups, _groupOut, _rows, _columns, _taps, _blocks, _parts, _run;
    bool _channelVectors, _accumulate;

    /// <summary>dw (+)= Σ over images and pixels of dy·x.</summary>
    public static void Execute(in Conv2dGeometry g, T* dy, T* x, T* dw, bool accumulate)
    {
        if (ConvBlockWeightPass<T>.Pays(g))
        {
            ConvBlockWeightPass<T>.Execute(g, dy, x, dw, accumulate);
            return;
        }
        if (UsesChannelVectors(g) && ConvWeightProductPass<T>.Pays(g))
        {
            ConvWeightProductPass<T>.Execute(g, dy, x, dw, accumulate);
            return;
        }
        if (RowProducts.Parts(g.KH) > 1 && UsesChannelVectors(g) && ConvWeightProductPass<T>.Pays(Part(g, 0)))
        {
            for (int part = 0; part < RowProducts.Parts(g.KH); part++) ExecutePart(g, part, dy, x, dw, accumulate);
            return;
        }
        ConvWeightPass<T> pass = default;
        pass.Plan(g, dy, x, dw, accumulate);
        Parallelism.Run(pass._parts * pass._groups * pass._blocks / pass._run, pass);
        Parallelism.Run(pass._groups * pass._blocks, new Finish(&pass));
    }

    /// <summary>The convolution with some rows of the filters.</summary>
    static Conv2dGeometry Part(in Conv2dGeometry g, int part)
    {
        (int first, int count) = RowProducts.Part(g.KH, part);
        return g with { KH = count, PadH = g.PadH - (first * g.DilationH) };
    }

    static void ExecutePart(in Conv2dGeometry g, int part, T* dy, T* x, T* dw, bool accumulate)
    {
        Conv2dGeometry rows = Part(g, part);
        int first = RowProducts.Part(g.KH, part).First, size = rows.KH * rows.KW;
        T* sums = ConvScratch.Rent<T>(ScratchSlot.FilterPart, (nint)rows.OutC * rows.Taps);
        Execute(rows, dy, x, sums, false);
        dw += first * g.KW;
        for (int i = 0; i < g.OutC * g.GroupC; i++, sums += size, dw += g.KH * g.KW)
        {
            for (int t = 0; t < size; t++) dw[t] = accumulate ? dw[t] + sums[t] : sums[t];
        }
    }

    /// <summary>Whether vectors of output channels waste no more lanes than those of pixels.</summary>
    static bool UsesChannelVectors(in Conv2dGeometry g)
    {
        double channelUse = (double)g.GroupOutC / ((g.GroupOutC + L - 1) / L * L);
        double pixelUse = (double)g.OutW / ((g.OutW + L - 1) / L * L) * Math.Min(1, (g.GroupOutC + 1) / 4.0);
        return channelUse >= pixelUse;
    }

    void Plan(in Conv2dGeometry g, T* dy, T* x, T* dw, bool accumulate)
    {
        ConvAxis row = ConvAxis.Forward(g.KH, g.StrideH, g.PadH, g.DilationH, g.OutH);
        ConvAxis column = ConvAxis.Forward(g.KW, g.StrideW, g.PadW, g.DilationW, g.OutW);
        _dy = dy;
        _dw = dw;
        _accumulate = accumulate;
        (_images, _groups, _groupOut, _taps) = (g.N, g.Groups, g.GroupOutC, g.Taps);
        (_rows, _columns) = (g.OutH, g.OutW);
        _channelVectors = UsesChannelVectors(g);
        _blocks = (_groupOut + 2 * L - 1) / (2 * L);
        _parts = Math.Clamp(Shares / (_groups * _blocks), 1, Math.Max(1, _images));
        // Blocks that share an image prepare it once, where there are shares for all threads.
        _run = _parts >= Parallelism.Threads ? _blocks : 1;
        _image = new ConvImage<T>(x, g.N, _groups, g.GroupC, g.H, g.W, row, column, overreads: !_channelVectors);
        _rowStep = row.InStep * _image.RowSize;
        nint rowTiles = (_taps + ConvWeightRowKernel.MaxTaps - 1) / ConvWeightRowKernel.MaxTaps;
        nint perTap = _channelVectors ? 2 * L : Math.Min(_groupOut, 2 * L) * L;
        _partialSize = (_taps + 2 * (_taps / ConvTileKernel.MaxRows + 1) + rowTiles) * perTap + L * L * 2;
        _partials = ConvScratch.Rent<T>(ScratchSlot.Partials, _partialSize * _parts * _groups * _blocks);
        _offsets = ConvScratch.Rent<nint>(ScratchSlot.Offsets, _taps + 1);
        nint* offset = _offsets;
        for (int c = 0; c < g.GroupC; c++)
        {
            for (int i = 0; i < row.Taps; i++)
            {
                for (int j = 0; j < column.Taps; j++)
                    *offset++ = c * _image.PlaneSize + _image.Position(row.Offset(i), column.Offset(j));
            }
        }
        *offset = _offsets[0];
    }

    readonly (int First, int Count) Block(int block) => (block * 2 * L, Math.Min(2 * L, _groupOut - block * 2 * L));

    /// <inheritdoc/>
    public readonly void Run(int chunk)
    {
        int units = _groups * _blocks, begin = chunk * _run, part = begin / units, group = begin % units / _blocks;
        new Span<T>(_partials + (begin * _partialSize), checked((int)(_run * _partialSize))).Clear();
        for (int n = (int)((long)part * _images / _parts); n < (int)((part + 1L) * _images / _parts); n++)
        {
            ConvWeightTile<T> tile = default;
            T* image = _image.Prepare(n, group);
            (tile.ImageRow, tile.Rows, tile.Columns) = (_rowStep, _rows, _columns);
            for (int unit = begin; unit < begin + _run; unit++)
            {
                (int first, int count) = Block(unit % _blocks);
                tile.Image = image;
                T* dy = _dy + ((nint)(n * _groups + group) * _groupOut + first) * _rows * _columns, sums = _partials + (unit * _partialSize);
                if (_channelVectors)
                    AddChannels(&tile, dy, count, sums);
                else
                    AddPixels(&tile, dy, count, sums);
            }
        }
    }

    readonly void AddChannels(ConvWeightTile<T>* tile, T* dy, int count, T* sums)
    {
        int width = count > L ? 2 * L : L, plane = _rows * _columns;
        tile->Cotangent = ConvScratch.Rent<T>(ScratchSlot.Cotangent, (nint)plane * width);
        ConvWeightTiles<T>.Transpose(dy, plane, count, plane, tile->Cotangent, width);
        ConvWeightTiles<T>.Add(tile, _offsets, _taps, count, sums);
    }

    [MethodImpl(Jit.Loop)]
    readonly void AddPixels(ConvWeightTile<T>* tile, T* dy, int count, T* sums)
    {
        tile->CotangentRow = _columns;
        if (!ConvWeightRowKernel.ReadsPartsOfVectors)
        {
            tile->CotangentRow = (_columns + L - 1) / L * L;
            T* padded = ConvScratch.Rent<T>(ScratchSlot.Cotangent, tile->CotangentRow * _rows * count);
            PadRows(dy, count * _rows, padded);
            dy = padded;
        }
        nint plane = tile->CotangentRow * _rows;
        tile->CotangentPlane = plane;
        PixelTiling tiling = new(count, _taps);
        for (int m = 0; m < tiling.ChannelTiles; m++)
        {
            (int channel, int channels) = tiling.Channels(m);
            tile->Cotangent = dy + channel * plane;
            for (int t = 0; t < tiling.TapTiles; t++)
            {
                (int tap, int taps) = tiling.Taps(t);
                tile->Taps = _offsets + tap;
                tile->Sums = sums;
                ConvWeightRowKernels<T>.ByShape[(channels - 1) * ConvWeightRowKernel.MaxTaps + taps - 1](tile);
                sums += channels * taps * L;
            }
        }
    }

    /// <summary>Adds the shares of one block in order and writes them to the gradient.</summary>
    readonly struct Finish(ConvWeightPass<T>* pass) : IParallelWork
    {
        readonly ConvWeightPass<T>* _pass = pass;

        public void Run(int chunk)
        {
            ConvWeightPass<T>* p = _pass;
            T* sums = p->_partials + chunk * p->_partialSize;
            nint next = p->_partialSize * p->_groups * p->_blocks;
            for (int part = 1; part < p->_parts; part++)
                ConvWeightTiles<T>.Join(sums, sums + part * next, p->_partialSize);
            (int first, int count) = p->Block(chunk % p->_blocks);
            T* dw = p->_dw + ((nint)chunk / p->_blocks * p->_groupOut + first) * p->_taps;
            if (p->_channelVectors)
                p->WriteChannels(sums, count, dw);
            else
                p->WritePixels(sums, count, dw);
        }
    }

    readonly void WriteChannels(T* sums, int count, T* dw)
    {
        bool wide = count > L;
        int tiles = (_taps + ConvWeightTiles<T>.MaxTaps(count) - 1) / ConvWeightTiles<T>.MaxTaps(count);
        for (int t = 0; t < tiles; t++)
        {
            int first = (int)((long)t * _taps / tiles), taps = (int)((t + 1L) * _taps / tiles) - first;
            int rows = wide ? taps : (taps + 1) / 2;
            ConvWeightTiles<T>.Write(sums, rows, Math.Min(count, L), dw + first, _taps, _accumulate);
            if (wide)
                ConvWeightTiles<T>.Write(sums + L, rows, count - L, dw + (nint)L * _taps + first, _taps, _accumulate);
            else
                ConvWeightTiles<T>.Write(sums + L, taps - rows, count, dw + first + rows, _taps, _accumulate);
            sums += rows * 2 * L;
        }
    }

    [MethodImpl(Jit.Loop)]
    readonly void PadRows(T* source, int rows, T* target)
    {
        for (int r = 0; r < rows; r++, source += _columns)
        {
            for (int j = 0; j < _columns; j += L, target += L)
                VectorOps.LoadFirst(source + j, _columns - j).Store(target);
        }
    }

    [MethodImpl(Jit.Loop)]
    readonly void WritePixels(T* sums, int count, T* dw)
    {
        PixelTiling tiling = new(count, _taps);
        for (int m = 0; m < tiling.ChannelTiles; m++)
        {
            (int channel, int channels) = tiling.Channels(m);
            for (int t = 0; t < tiling.TapTiles; t++)
            {
                (int tap, int taps) = tiling.Taps(t);
                for (int i = 0; i < channels * taps; i++, sums += L)
                {
                    T* target = dw + (nint)(channel + i / taps) * _taps + tap + i % taps;
                    T sum = VectorOps.Sum(Vector512.Load(sums));
                    *target = _accumulate ? *target + sum : sum;
                }
            }
        }
    }

    /// <summary>How channels × taps are cut into register tiles of pixel vectors.</summary>
    readonly struct PixelTiling
    {
        readonly int _channels, _taps;

        public PixelTiling(int channels, int taps)
        {
            (_channels, _taps) = (channels, taps);
            ChannelTiles = (channels + 2) / 3;
            TapTiles = (taps + ConvWeightRowKernel.MaxTaps - 1) / ConvWeightRowKernel.MaxTaps;
        }

        public int ChannelTiles { get; }

        public int TapTiles { get; }

        public (int First, int Count) Channels(int tile) => Cut(tile, ChannelTiles, _channels);

        public (int First, int Count) Taps(int tile) => Cut(tile, TapTiles, _taps);

        static (int First, int Count) Cut(int tile, int tiles, int total)
        {
            int first = (int)((long)tile * total / tiles);
            return (first, (int)((tile + 1L) * total / tiles) - first);
        }
    }
}
