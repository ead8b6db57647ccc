using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Autograd.Kernels;

/// <summary>A <see cref="ConvPass{T}"/> by products of matrices: see Note [Products of blocks].</summary>
// The smaller of both factors is made once for all: the products of the filters, or, with few blocks and many channels, those of the source. The larger one is made part
// by part, a strip of blocks or a unit of output channels, and multiplied while it is in the cache.
unsafe struct ConvBlockPass<T> : IParallelWork where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    static int L => Vector512<T>.Count;

    ConvBlocks<T> _blocks;
    ConvOperands<T> _o;
    T* _filters;
    T* _products;
    ConvAxis _row, _column;
    nint _productSize, _sumSize, _filterSize;
    int _rows, _columns, _units, _width, _splits;

    /// <summary>Whether the pass is faster this way.</summary>
    public static bool Pays(in ConvOperands<T> o, ConvAxis row, ConvAxis column) =>
        row.InStep == 1 && row.OutStep == 1 && Math.Abs(row.Step) == 1 && column.InStep == 1 && column.OutStep == 1 && Math.Abs(column.Step) == 1
        && BlockProducts.Pay(o.Images, row.Outputs, column.Outputs, row.Taps, column.Taps, o.GroupIn, o.GroupOut, L);

    /// <summary>Runs one pass.</summary>
    public static void Execute(in ConvOperands<T> operands, ConvAxis row, ConvAxis column)
    {
        ConvBlockPass<T> pass = default;
        pass.Plan(operands, row, column);
        if (pass._blocks.IsWhole)
        {
            Parallelism.Run(operands.Groups * operands.Images, new ConvBlockSources<T>(pass._blocks, operands.Groups, pass._products, pass._productSize));
            Parallelism.Run(operands.Groups * pass._units, pass);
            return;
        }
        Parallelism.Run(operands.Groups * pass._units, new FilterUnits(&pass));
        Parallelism.Run(pass._blocks.Strips * pass._splits, pass);
    }

    void Plan(in ConvOperands<T> o, ConvAxis row, ConvAxis column)
    {
        (_o, _row, _column, _rows, _columns) = (o, row, column, row.Outputs, column.Outputs);
        _blocks = new(o.X, o.Images, o.Groups, o.GroupIn, o.GroupOut, o.H, o.W, row, column);
        // A unit of two vectors, or of one where the last of two would be empty; the last unit may overlap the one before.
        int vectors = (o.GroupOut + L - 1) / L;
        _width = o.GroupOut >= 2 * L && (vectors % 2 == 0 || vectors > 6) ? 2 * L : L;
        _units = (o.GroupOut + _width - 1) / _width;
        _splits = _blocks.Strips >= 8 ? 1 : Math.Min(o.Groups * _units, (7 + _blocks.Strips) / _blocks.Strips);
        _productSize = ConvBlocks<T>.ProductSize(_blocks.StripBlocks, _blocks.BlockSize);
        _sumSize = ConvBlocks<T>.ProductSize(_blocks.StripBlocks, _width);
        _filterSize = (nint)o.GroupIn * _width;
        if (_blocks.IsWhole) _products = ConvScratch.Rent<T>(ScratchSlot.Products, o.Groups * BlockProducts.Count * _productSize);
        else _filters = ConvScratch.Rent<T>(ScratchSlot.Filters, o.Groups * _units * BlockProducts.Count * _filterSize);
    }

    /// <summary>The first channel of a unit.</summary>
    readonly int First(int unit) => Math.Min(unit * _width, _o.GroupOut - _width);

    /// <inheritdoc/>
    public readonly void Run(int chunk)
    {
        if (_blocks.IsWhole)
        {
            T* filters = ConvScratch.Rent<T>(ScratchSlot.Filters, BlockProducts.Count * _filterSize);
            PackUnit(chunk, filters);
            RunUnit(0, chunk, _products + (chunk / _units * BlockProducts.Count * _productSize), filters);
            return;
        }
        int strip = chunk / _splits, part = chunk % _splits, units = _o.Groups * _units, prepared = -1;
        T* products = ConvScratch.Rent<T>(ScratchSlot.Products, BlockProducts.Count * _productSize);
        for (int u = (int)((long)part * units / _splits); u < (int)((part + 1L) * units / _splits); u++)
        {
            int group = u / _units;
            if (group != prepared) _blocks.Sources(strip, prepared = group, products, _productSize);
            RunUnit(strip, u, products, _filters + (u * BlockProducts.Count * _filterSize));
        }
    }

    /// <summary>The channels of one unit, counted through all groups, of a strip.</summary>
    readonly void RunUnit(int strip, int unit, T* products, T* filters)
    {
        (int image, int images, int row, int rows) = _blocks.Strip(strip);
        T* sums = ConvScratch.Rent<T>(ScratchSlot.Sums, BlockProducts.Count * _sumSize);
        for (int k = 0; k < BlockProducts.Count; k++)
        {
            Gemm.Run(new GemmProblem<T>
            {
                M = images * rows * _blocks.RowBlocks, N = _width, K = _o.GroupIn, A = products + (k * _productSize), Lda = _blocks.BlockSize,
                B = filters + (k * _filterSize), Ldb = _width, C = sums + (k * _sumSize), Ldc = _width, Alpha = T.One,
            });
        }
        for (int n = image; n < image + images; n++, sums += (nint)rows * _blocks.RowBlocks * _width)
        {
            for (int lane = 0; lane < _width; lane += L) Join(sums + lane, n, unit / _units, unit % _units, lane, row, rows);
        }
    }

    /// <summary>Rows of one vector of channels of an image from their sums.</summary>
    [MethodImpl(Jit.Loop)]
    readonly void Join(T* sums, int n, int group, int unit, int lane, int row, int rows)
    {
        int block = _blocks.Block, top = row * block, height = Math.Min(rows * block, _rows - top), channel = First(unit) + lane;
        nint rowSize = (nint)_columns * L, plane = (nint)_o.OutH * _o.OutW;
        T* result = ConvScratch.Rent<T>(ScratchSlot.Cotangent, height * rowSize);
        Vector512<T> bias = _o.Bias == null ? default : Vector512.Load(_o.Bias + (group * _o.GroupOut) + channel);
        for (int r = 0; r < height; r += block)
        {
            for (int c = 0; c < _columns; c += BlockProducts.Width, sums += _width)
                BlockProducts.Results(sums, _sumSize, bias, block, Math.Min(block, height - r), c + 1 < _columns, result + (r * rowSize) + ((nint)c * L), rowSize);
        }
        T* y = _o.Y + ((((nint)n * _o.Groups) + group) * _o.GroupOut + channel) * plane + ((nint)top * _columns);
        // Channels that the unit before has added already.
        int skip = _o.Accumulate ? Math.Clamp((unit * _width) - channel, 0, L) : 0;
        ConvChannelRows<T>.Write(result, height * _columns, y, plane, skip, _o.Accumulate);
    }

    /// <summary>The products of the filters of one unit, [product, input, lane].</summary>
    [MethodImpl(Jit.Loop)]
    readonly void PackUnit(int unit, T* target)
    {
        int run = BlockProducts.ColumnTaps * _width, filter = _row.Taps * run;
        T* taps = ConvScratch.Rent<T>(ScratchSlot.Tile, ((nint)_o.GroupIn * filter) + (RowProducts.Count * run)), rows = taps + ((nint)_o.GroupIn * filter);
        T* source = _o.Filter + (unit / _units * _o.FilterGroup) + (First(unit % _units) * _o.FilterOut);
        ConvFilters<T>.PackTaps(_o, _row, _column, source, _width, _width, taps);
        for (int c = 0; c < _o.GroupIn; c++, target += _width)
        {
            RowProducts.Filters(taps + ((nint)c * filter), _row.Taps, _row.Step < 0, run, rows, run);
            for (int i = 0; i < RowProducts.Count; i++)
                BlockProducts.Filters(rows + (i * run), _column.Step < 0, _width, target + (i * BlockProducts.Columns * _filterSize), _filterSize);
        }
    }

    /// <summary>The products of the filters of all units.</summary>
    readonly struct FilterUnits(ConvBlockPass<T>* pass) : IParallelWork
    {
        public void Run(int unit) => pass->PackUnit(unit, pass->_filters + (unit * BlockProducts.Count * pass->_filterSize));
    }
}
