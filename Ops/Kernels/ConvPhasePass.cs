using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Autograd.Kernels;

/// <summary>A convolution with strides, or its gradient by the source, by products of matrices: see Note [Products of phases].</summary>
// The products of the filters are made once for all; those of the source strip by strip. A convolution has all phases of the source as terms of a sum, a gradient
// has all phases of the results side by side.
unsafe struct ConvPhasePass<T> : IParallelWork where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    const int StripBytes = 1 << 20;

    // Products of all blocks of an image, which a gradient makes at once.
    const long MostBytes = 1 << 24;

    static int L => Vector512<T>.Count;

    ConvPhaseBlocks<T> _blocks;
    ConvOperands<T> _o;
    T* _filters;
    nint _filterSize, _sumSize;
    int _units, _width, _splits, _phases, _sources;

    /// <summary>Whether a convolution, or one of its gradients, is faster this way.</summary>
    public static bool Pays(in Conv2dGeometry g, ConvDirection direction)
    {
        if (g.StrideH * g.StrideW == 1 || g is not { DilationH: 1, DilationW: 1 }) return false;
        (ConvPhases row, ConvPhases column, bool pays) = PhaseProducts.Best(g, L, direction);
        return pays && (direction != ConvDirection.Input || (long)row.Side * column.Side * row.Blocks * column.Blocks * g.GroupOutC * sizeof(T) <= MostBytes);
    }

    /// <summary>Runs one pass.</summary>
    public static void Execute(in Conv2dGeometry g, in ConvOperands<T> operands, bool isGradient)
    {
        ConvPhasePass<T> pass = default;
        pass.Plan(g, operands, isGradient);
        Parallelism.Run(operands.Groups * pass._units, new FilterUnits(&pass));
        Parallelism.Run(pass._blocks.Strips * pass._splits, pass);
    }

    void Plan(in Conv2dGeometry g, in ConvOperands<T> o, bool isGradient)
    {
        _o = o;
        (ConvPhases row, ConvPhases column, _) = PhaseProducts.Best(g, L, isGradient ? ConvDirection.Input : ConvDirection.Forward);
        _blocks = new(o.X, o.Images, o.Groups, o.GroupIn, o.H, o.W, row, column, StripBytes);
        (_phases, _sources) = (row.ResultPhases * column.ResultPhases, row.SourcePhases * column.SourcePhases);
        // Columns enough for a product; the last unit may overlap the one before.
        _width = Math.Min(Math.Max(4 / _phases, 1), o.GroupOut / L) * L;
        _units = (o.GroupOut + _width - 1) / _width;
        _splits = _blocks.Strips >= 8 ? 1 : Math.Min(o.Groups * _units, (7 + _blocks.Strips) / _blocks.Strips);
        _sumSize = ConvBlocks<T>.ProductSize(_blocks.StripBlocks, _phases * _width);
        _filterSize = ConvBlocks<T>.ProductSize(_sources * o.GroupIn, _phases * _width);
        _filters = ConvScratch.Rent<T>(ScratchSlot.Filters, o.Groups * _units * _blocks.Count * _filterSize);
    }

    /// <summary>The first channel of a unit.</summary>
    readonly int First(int unit) => Math.Min(unit * _width, _o.GroupOut - _width);

    /// <inheritdoc/>
    public readonly void Run(int chunk)
    {
        int strip = chunk / _splits, part = chunk % _splits, units = _o.Groups * _units, prepared = -1, blocks = 0;
        T* products = ConvScratch.Rent<T>(ScratchSlot.Products, _blocks.Count * _blocks.ProductSize), sums = ConvScratch.Rent<T>(ScratchSlot.Sums, _blocks.Count * _sumSize);
        for (int u = (int)((long)part * units / _splits); u < (int)((part + 1L) * units / _splits); u++)
        {
            int group = u / _units;
            if (group != prepared) blocks = _blocks.Sources(strip, prepared = group, products);
            for (int k = 0; k < _blocks.Count; k++) Multiply(k, blocks, products, _filters + (u * _blocks.Count * _filterSize), sums);
            (int image, int images, int row, int rows) = _blocks.Strip(strip);
            nint size = (nint)rows * _blocks.RowBlocks * _phases * _width;
            for (int n = 0; n < images; n++)
            {
                for (int lane = 0; lane < _width; lane += L) Join(sums + (n * size) + lane, image + n, group, u % _units, lane, row, rows);
            }
        }
    }

    /// <summary>The sums of one product: of those phases that have it, which are neighbours, or one run of neighbours for each phase of the rows.</summary>
    readonly void Multiply(int product, int blocks, T* products, T* filters, T* sums)
    {
        int rowPhases = _blocks.Row.Phases(product / _blocks.Column.Side), columnPhases = _blocks.Column.Phases(product % _blocks.Column.Side), all = _blocks.Column.Stride;
        int runs = columnPhases == all ? 1 : rowPhases, count = runs == 1 ? rowPhases * columnPhases : columnPhases, lead = _phases * _width;
        bool isGradient = _blocks.Row.IsGradient;
        for (int run = 0; run < runs; run++)
        {
            int first = run * all, terms = isGradient ? _o.GroupIn : count * _o.GroupIn, columns = isGradient ? count * _width : _width;
            nint from = isGradient ? 0 : first * _o.GroupIn, to = isGradient ? first * _width : 0;
            Gemm.Run(new GemmProblem<T>
            {
                M = blocks, N = columns, K = terms, A = products + (product * _blocks.ProductSize) + from, Lda = _blocks.BlockSize,
                B = filters + (product * _filterSize) + (from * lead) + to, Ldb = lead, C = sums + (product * _sumSize) + to, Ldc = lead,
                Alpha = T.One, Beta = run > 0 && !isGradient ? T.One : T.Zero,
            });
        }
    }

    /// <summary>Rows of one vector of channels of an image from their sums.</summary>
    [MethodImpl(Jit.Loop)]
    readonly void Join(T* sums, int n, int group, int unit, int lane, int row, int rows)
    {
        ConvPhases rowPhases = _blocks.Row, columnPhases = _blocks.Column;
        int channel = First(unit) + lane, top = rowPhases.IsGradient ? 0 : row * rowPhases.Block, height = rowPhases.IsGradient ? _o.OutH : Math.Min(rows * rowPhases.Block, _o.OutH - top);
        int count = rowPhases.ResultPhases, across = columnPhases.ResultPhases, blocks = _blocks.RowBlocks;
        nint rowSize = (nint)_o.OutW * L, plane = (nint)_o.OutH * _o.OutW, lead = _phases * (nint)_width, rowStep = count * rowSize, columnStep = across * L;
        T* result = ConvScratch.Rent<T>(ScratchSlot.Cotangent, height * rowSize);
        PhaseKernels<T> kernels = PhaseKernels<T>.Of(rowPhases, columnPhases);
        PhaseSpan* spans = ConvScratch.Rent<PhaseSpan>(ScratchSlot.Offsets, blocks);
        T* bias = _o.Bias == null ? null : _o.Bias + (group * _o.GroupOut) + channel;
        for (int q = 0; q < across; q++)
        {
            for (int b = 0; b < blocks; b++) spans[b] = columnPhases.Span(q, b);
            nint left = (((nint)columnPhases.First(q) * across) + columnPhases.Result(q)) * L;
            for (int p = 0; p < count; p++)
            {
                T* from = sums + (((p * across) + q) * _width);
                for (int r = 0; r < rows; r++, from += blocks * lead)
                {
                    T* y = result + left + (((nint)(rowPhases.First(p) + ((row + r) * rowPhases.Block)) * count) + rowPhases.Result(p) - top) * rowSize;
                    kernels.Results(new(blocks, columnPhases.Block * columnStep, from, lead, _sumSize), bias, rowPhases.Span(p, row + r), spans, y, rowStep, columnStep);
                }
            }
        }
        T* target = _o.Y + ((((nint)n * _o.Groups) + group) * _o.GroupOut + channel) * plane + ((nint)top * _o.OutW);
        // Channels that the unit before has added already.
        int skip = _o.Accumulate ? Math.Clamp((unit * _width) - channel, 0, L) : 0;
        ConvChannelRows<T>.Write(result, height * _o.OutW, target, plane, skip, _o.Accumulate);
    }

    /// <summary>The products of the filters of one unit, [product, phase and input, lane], or, of a gradient, [product, input, phase and lane].</summary>
    [MethodImpl(Jit.Loop)]
    readonly void PackUnit(int unit, T* target)
    {
        ConvPhases row = _blocks.Row, column = _blocks.Column;
        int elements = row.Kernel * column.Kernel;
        nint next = (nint)column.Kernel * _width, lead = _phases * _width;
        bool isGradient = row.IsGradient;
        T* taps = ConvScratch.Rent<T>(ScratchSlot.Tile, (nint)_o.GroupIn * elements * _width);
        T* source = _o.Filter + (unit / _units * _o.FilterGroup) + (First(unit % _units) * _o.FilterOut);
        ConvFilters<T>.PackTaps(_o, new(0, 1, row.Kernel, 0, 1, 1, 1, 0, 1), new(0, 1, column.Kernel, 0, 1, 1, 1, 0, 1), source, _width, _width, taps);
        PhaseKernels<T> kernels = PhaseKernels<T>.Of(row, column);
        for (int phase = 0; phase < row.Stride * column.Stride; phase++)
        {
            int p = phase / column.Stride, q = phase % column.Stride, rows = row.Taps(p), columns = column.Taps(q);
            // A gradient meets the taps in the opposite order.
            nint down = row.Stride * next, right = (nint)column.Stride * _width;
            T* first = taps + (p * next) + ((nint)q * _width), to = target + (isGradient ? phase * _width : phase * (nint)_o.GroupIn * lead);
            if (isGradient)
            {
                first += ((rows - 1) * down) + ((columns - 1) * right);
                (down, right) = (-down, -right);
            }
            for (int lane = 0; lane < _width; lane += L)
                kernels.Filters(new(_o.GroupIn, (nint)elements * _width, to + lane, lead, _filterSize), first + lane, rows, columns, down, right);
        }
    }

    /// <summary>The products of the filters of all units.</summary>
    readonly struct FilterUnits(ConvPhasePass<T>* pass) : IParallelWork
    {
        public void Run(int unit) => pass->PackUnit(unit, pass->_filters + (unit * pass->_blocks.Count * pass->_filterSize));
    }
}
