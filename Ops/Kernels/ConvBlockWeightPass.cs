using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Autograd.Kernels;

/// <summary>A <see cref="ConvWeightPass{T}"/> by products of matrices: see Note [Products of blocks].</summary>
/// <remarks>
/// Every chunk sums a fixed share of the strips for one unit of output channels; <see cref="Finish"/> adds the shares in order. With few blocks and many channels all
/// units share the products of the source, and a chunk ends with the gradient of a unit so narrow that its sums stay in the cache.
/// </remarks>
unsafe struct ConvBlockWeightPass<T> : IParallelWork where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    const int Shares = 8;

    static int L => Vector512<T>.Count;

    ConvBlocks<T> _blocks;
    ConvChannelRows<T> _cotangents;
    T* _dw;
    T* _partials;
    T* _products;
    nint _productSize, _cotangentSize, _sumSize;
    int _groups, _groupIn, _groupOut, _taps, _units, _most, _width, _parts;
    bool _accumulate;

    /// <summary>Whether the pass is faster this way.</summary>
    public static bool Pays(in Conv2dGeometry g) => g is { StrideH: 1, StrideW: 1, DilationH: 1, DilationW: 1 }
        && BlockProducts.Pay(g.N, g.OutH, g.OutW, g.KH, g.KW, g.GroupC, g.GroupOutC, L);

    /// <summary>dw (+)= Σ over images and pixels of dy·x.</summary>
    public static void Execute(in Conv2dGeometry g, T* dy, T* x, T* dw, bool accumulate)
    {
        ConvBlockWeightPass<T> pass = default;
        pass.Plan(g, dy, x, dw, accumulate);
        if (pass._blocks.IsWhole)
        {
            Parallelism.Run(g.Groups * g.N, new ConvBlockSources<T>(pass._blocks, g.Groups, pass._products, pass._productSize));
            Parallelism.Run(g.Groups * pass._units, pass);
            return;
        }
        Parallelism.Run(pass._parts * pass._groups * pass._units, pass);
        Parallelism.Run(pass._groups * pass._units, new Finish(&pass));
    }

    void Plan(in Conv2dGeometry g, T* dy, T* x, T* dw, bool accumulate)
    {
        _dw = dw;
        (_accumulate, _groups, _groupIn, _groupOut, _taps) = (accumulate, g.Groups, g.GroupC, g.GroupOutC, g.KH);
        _blocks = new(x, g.N, g.Groups, g.GroupC, g.GroupOutC, g.H, g.W, ConvAxis.Forward(g.KH, 1, g.PadH, 1, g.OutH), ConvAxis.Forward(g.KW, 1, g.PadW, 1, g.OutW));
        _cotangents = new(dy, g.OutC, g.OutH, g.OutW, 0, _blocks.RowBlocks * BlockProducts.Width);
        // Where every unit makes the products of the source for itself, there should be few.
        _most = _blocks.IsWhole ? 2 * L : 4 * L;
        _width = Math.Min(_groupOut, _most);
        _units = (_groupOut + _most - 1) / _most;
        _parts = Math.Clamp(Shares / (_groups * _units), 1, _blocks.Strips);
        _productSize = ConvBlocks<T>.ProductSize(_blocks.StripBlocks, _blocks.BlockSize);
        _cotangentSize = ConvBlocks<T>.ProductSize(_blocks.StripBlocks, _width);
        _sumSize = (((nint)_groupIn * _width) + L - 1) / L * L;
        // The way out reads whole vectors.
        if (_blocks.IsWhole) _products = ConvScratch.Rent<T>(ScratchSlot.Products, g.Groups * BlockProducts.Count * _productSize);
        else _partials = ConvScratch.Rent<T>(ScratchSlot.Partials, (_parts * _groups * _units * BlockProducts.Count * _sumSize) + L);
    }

    /// <summary>The first channel of a unit; the last unit may overlap the one before.</summary>
    readonly int First(int unit) => Math.Min(unit * _most, _groupOut - _width);

    /// <inheritdoc/>
    public readonly void Run(int chunk)
    {
        if (_blocks.IsWhole)
        {
            T* local = ConvScratch.Rent<T>(ScratchSlot.Partials, (BlockProducts.Count * _sumSize) + L);
            Add(0, chunk / _units, chunk % _units, _products + (chunk / _units * BlockProducts.Count * _productSize), local, T.Zero);
            Write(local, chunk);
            return;
        }
        int index = chunk % (_groups * _units), part = chunk / (_groups * _units), group = index / _units;
        T* products = ConvScratch.Rent<T>(ScratchSlot.Products, BlockProducts.Count * _productSize), sums = _partials + (chunk * BlockProducts.Count * _sumSize);
        int first = (int)((long)part * _blocks.Strips / _parts), end = (int)((part + 1L) * _blocks.Strips / _parts);
        for (int strip = first; strip < end; strip++)
        {
            _blocks.Sources(strip, group, products, _productSize);
            Add(strip, group, index % _units, products, sums, strip > first ? T.One : T.Zero);
        }
    }

    /// <summary>Sums over the blocks of a strip, added to <paramref name="kept"/> times what is there.</summary>
    readonly void Add(int strip, int group, int unit, T* products, T* sums, T kept)
    {
        T* cotangents = ConvScratch.Rent<T>(ScratchSlot.Sums, BlockProducts.Count * _cotangentSize);
        int blocks = Cotangents(strip, group, First(unit), cotangents);
        for (int k = 0; k < BlockProducts.Count; k++)
        {
            Gemm.Run(new GemmProblem<T>
            {
                M = _groupIn, N = _width, K = blocks, A = products + (k * _productSize), Lda = _blocks.BlockSize, TransA = true, B = cotangents + (k * _cotangentSize), Ldb = _width,
                C = sums + (k * _sumSize), Ldc = _width, Alpha = T.One, Beta = kept,
            });
        }
    }

    /// <summary>The products of the output gradient of a strip, [product, block, channel]; returns the number of blocks.</summary>
    [MethodImpl(Jit.Loop)]
    readonly int Cotangents(int strip, int group, int first, T* products)
    {
        (int image, int images, int row, int rows) = _blocks.Strip(strip);
        int block = _blocks.Block;
        for (int n = image; n < image + images; n++, products += (nint)rows * _blocks.RowBlocks * _width)
        {
            for (int c = 0; c < _width; c += L)
            {
                int channel = Math.Min(c, _width - L);
                T* dy = _cotangents.Prepare(ScratchSlot.Cotangent, n, (group * _groupOut) + first + channel, row * block, rows * block), target = products + channel;
                for (int r = 0; r < rows; r++, dy += block * _cotangents.RowSize)
                {
                    for (int b = 0; b < _blocks.RowBlocks; b++, target += _width)
                        BlockProducts.Cotangents(dy + ((nint)b * BlockProducts.Width * L), _cotangents.RowSize, block, target, _cotangentSize);
                }
            }
        }
        return images * rows * _blocks.RowBlocks;
    }

    /// <summary>Adds the shares of one unit in order, joins the products and writes them to the gradient.</summary>
    readonly struct Finish(ConvBlockWeightPass<T>* pass) : IParallelWork
    {
        public void Run(int chunk)
        {
            nint size = BlockProducts.Count * pass->_sumSize;
            T* sums = pass->_partials + (chunk * size);
            for (int part = 1; part < pass->_parts; part++) ConvWeightTiles<T>.Join(sums, sums + (part * size * pass->_groups * pass->_units), size);
            pass->Write(sums, chunk);
        }
    }

    /// <summary>The gradients of the filters of a unit, counted through all groups.</summary>
    readonly void Write(T* sums, int index)
    {
        int unit = index % _units, end = Math.Min((unit + 1) * _most, _groupOut);
        for (int channel = unit * _most; channel < end; channel += L) Write(sums + channel - First(unit), (index / _units * _groupOut) + channel, Math.Min(L, end - channel));
    }

    /// <summary>The gradients of the filters of up to a vector of channels.</summary>
    [MethodImpl(Jit.Loop)]
    readonly void Write(T* sums, int channel, int count)
    {
        int row = BlockProducts.ColumnTaps * L, filter = _groupIn * _taps * BlockProducts.ColumnTaps;
        // Every second vector, and a whole square of taps past the end, are read on the way out.
        T* joined = ConvScratch.Rent<T>(ScratchSlot.Cotangent, (((nint)filter + L) * 2 * L) + (RowProducts.Count * row)), rows = joined + (((nint)filter + L) * 2 * L), target = joined;
        for (int c = 0; c < _groupIn; c++, sums += _width)
        {
            for (int i = 0; i < RowProducts.Count; i++) BlockProducts.FilterGradient(sums + (i * BlockProducts.Columns * _sumSize), _sumSize, rows + (i * row));
            for (int t = 0; t < _taps; t++)
            {
                for (int j = 0; j < BlockProducts.ColumnTaps; j++, target += 2 * L) RowProducts.FilterGradient(rows + (j * L), row, t, _taps).Store(target);
            }
        }
        ConvWeightTiles<T>.Write(joined, filter, count, _dw + ((nint)channel * filter), filter, _accumulate);
    }
}
