using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Autograd.Kernels;

/// <summary>A <see cref="ConvWeightPass{T}"/> over products of blocks of rows: see Note [Products of rows].</summary>
// A product is a weight gradient without rows, summed over the blocks of a strip, which may be those of several images: sums stay in registers for all of it.
unsafe struct ConvWeightProductPass<T> : IParallelWork where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    const int Shares = 8;

    // The source's products and those of the output gradient, together still in the second-level cache.
    const int StripBytes = 1 << 18;

    static int L => Vector512<T>.Count;

    ConvRowImage<T> _image;
    T* _dy;
    T* _dw;
    T* _partials;
    nint* _offsets;
    nint _partialSize, _productSize;
    int _images, _groups, _groupIn, _groupOut, _planeRows, _firstRow, _rowStep, _rows, _columns, _rowTaps, _columnTaps, _block, _units, _parts;
    bool _accumulate;

    /// <summary>Whether the pass is faster this way; it needs vectors of output channels.</summary>
    public static bool Pays(in Conv2dGeometry g) =>
        g is { StrideH: 1, StrideW: 1 } && RowProducts.Pay((g.OutH + g.DilationH - 1) / g.DilationH, g.KH, g.GroupC, g.KW, g.GroupOutC);

    /// <summary>dw (+)= Σ over images and pixels of dy·x.</summary>
    public static void Execute(in Conv2dGeometry g, T* dy, T* x, T* dw, bool accumulate)
    {
        // Outputs as far apart as the taps read the same rows, and no others do: as if there were no rows between.
        for (int phase = 0; phase < Math.Min(g.DilationH, g.OutH); phase++)
        {
            ConvWeightProductPass<T> pass = default;
            pass.Plan(g, phase, dy, x, dw, accumulate || phase > 0);
            Parallelism.Run(pass._parts * pass._groups * pass._units, pass);
            Parallelism.Run(pass._groups * pass._units, new Finish(&pass));
        }
    }

    void Plan(in Conv2dGeometry g, int phase, T* dy, T* x, T* dw, bool accumulate)
    {
        ConvAxis row = ConvAxis.Forward(g.KH, 1, g.PadH, g.DilationH, g.OutH).Every(g.DilationH, phase), column = ConvAxis.Forward(g.KW, 1, g.PadW, g.DilationW, g.OutW);
        _dy = dy;
        _dw = dw;
        _accumulate = accumulate;
        (_images, _groups, _groupIn, _groupOut, _rows, _columns, _rowTaps, _columnTaps) = (g.N, g.Groups, g.GroupC, g.GroupOutC, row.Outputs, g.OutW, g.KH, g.KW);
        (_planeRows, _firstRow, _rowStep) = (g.OutH, phase, g.DilationH);
        _block = RowProducts.Block(g.KH);
        _units = (_groupOut + 2 * L - 1) / (2 * L);
        _parts = Math.Clamp(Shares / (_groups * _units), 1, _images);
        _image = new ConvRowImage<T>(x, _groups, _groupIn, g.H, g.W, row, column, false, (_images + _parts - 1) / _parts * ((_rows + _block - 1) / _block), StripBytes);
        int taps = _groupIn * _columnTaps;
        _productSize = ConvWeightTiles<T>.Size(taps);
        _partialSize = RowProducts.Count * _productSize;
        _partials = ConvScratch.Rent<T>(ScratchSlot.Partials, _partialSize * _parts * _groups * _units);
        _offsets = ConvScratch.Rent<nint>(ScratchSlot.Offsets, taps + 1);
        for (int c = 0; c < _groupIn; c++)
        {
            for (int j = 0; j < _columnTaps; j++) _offsets[(c * _columnTaps) + j] = (c * _image.RowSize) + _image.Position(column.Offset(j));
        }
        _offsets[taps] = _offsets[0];
    }

    readonly (int First, int Count) Unit(int unit) => (unit * 2 * L, Math.Min(2 * L, _groupOut - unit * 2 * L));

    /// <inheritdoc/>
    public void Run(int chunk)
    {
        int index = chunk % (_groups * _units), part = chunk / (_groups * _units), group = index / _units;
        (int first, int count) = Unit(index % _units);
        T* sums = _partials + chunk * _partialSize;
        new Span<T>(sums, checked((int)_partialSize)).Clear();
        int begin = (int)((long)part * _images / _parts) * _image.Blocks, end = (int)((part + 1L) * _images / _parts) * _image.Blocks;
        for (int strip = begin; strip < end; strip += _image.Strip)
        {
            int blocks = Math.Min(_image.Strip, end - strip);
            T* image = _image.Prepare(group, strip, blocks);
            T* dy = Cotangents(group, first, count, strip, blocks, out nint step);
            ConvWeightTile<T> tile = default;
            (tile.ImageRow, tile.Rows, tile.Columns) = (_image.BlockSize, blocks, _columns);
            for (int k = 0; k < RowProducts.Count; k++)
            {
                tile.Image = image + (k * _image.ProductSize);
                tile.Cotangent = dy + (k * step);
                ConvWeightTiles<T>.Add(&tile, _offsets, _groupIn * _columnTaps, count, sums + (k * _productSize));
            }
        }
    }

    /// <summary>The products of the output gradient of a strip: [product, block, column, channel], <paramref name="step"/> apart.</summary>
    [MethodImpl(Jit.Loop)]
    T* Cotangents(int group, int first, int count, int strip, int blocks, out nint step)
    {
        int width = count > L ? 2 * L : L, row = _columns * width;
        step = (nint)blocks * row;
        T* target = ConvScratch.Rent<T>(ScratchSlot.Cotangent, (RowProducts.Count * step) + ((nint)_block * row)), pixels = target + (RowProducts.Count * step);
        for (int b = 0; b < blocks; b++, target += row)
        {
            int image = (strip + b) / _image.Blocks, top = (strip + b) % _image.Blocks * _block, rows = Math.Min(_block, _rows - top);
            nint plane = (nint)_planeRows * _columns;
            T* dy = _dy + (((((nint)image * _groups) + group) * _groupOut) + first) * plane + ((nint)(_firstRow + (top * _rowStep)) * _columns);
            // Neighbouring rows are turned together.
            int run = _rowStep == 1 ? rows : 1;
            for (int r = 0; r < rows; r += run) ConvWeightTiles<T>.Transpose(dy + ((nint)r * _rowStep * _columns), plane, count, run * _columns, pixels + ((nint)r * row), width);
            for (int i = 0; i < row; i += L) RowProducts.Cotangents(new PairedRows<T, Same<T>>(pixels + i, pixels + i, row), _block, rows, target + i, step);
        }
        return pixels - (RowProducts.Count * step);
    }

    /// <summary>Adds the shares of one unit in order, joins the products and writes them to the gradient.</summary>
    readonly struct Finish(ConvWeightProductPass<T>* pass) : IParallelWork
    {
        public void Run(int chunk)
        {
            T* sums = pass->_partials + chunk * pass->_partialSize;
            nint next = pass->_partialSize * pass->_groups * pass->_units;
            for (int part = 1; part < pass->_parts; part++)
                ConvWeightTiles<T>.Join(sums, sums + part * next, pass->_partialSize);
            (int first, int count) = pass->Unit(chunk % pass->_units);
            pass->Write(sums, count, pass->_dw + ((nint)chunk / pass->_units * pass->_groupOut + first) * pass->Taps);
        }
    }

    /// <summary>Elements of a filter.</summary>
    readonly nint Taps => (nint)_groupIn * _rowTaps * _columnTaps;

    [MethodImpl(Jit.Loop)]
    readonly void Write(T* sums, int count, T* dw)
    {
        int taps = _groupIn * _columnTaps;
        // Whole squares of taps are read on the way out.
        T* joined = ConvScratch.Rent<T>(ScratchSlot.Cotangent, (Taps + L) * 2 * L);
        for (int tap = 0; tap < taps; tap++)
        {
            nint from = ConvWeightTiles<T>.Position(tap, taps, count);
            for (int i = 0; i < _rowTaps; i++)
            {
                T* target = joined + ((((nint)tap / _columnTaps * _rowTaps) + i) * _columnTaps + (tap % _columnTaps)) * 2 * L;
                RowProducts.FilterGradient(sums + from, _productSize, i, _rowTaps).Store(target);
                if (count > L) RowProducts.FilterGradient(sums + from + L, _productSize, i, _rowTaps).Store(target + L);
            }
        }
        ConvWeightTiles<T>.Write(joined, (int)Taps, Math.Min(count, L), dw, Taps, _accumulate);
        if (count > L) ConvWeightTiles<T>.Write(joined + L, (int)Taps, count - L, dw + (L * Taps), Taps, _accumulate);
    }
}
