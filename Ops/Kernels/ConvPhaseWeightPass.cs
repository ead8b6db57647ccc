using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Autograd.Kernels;

/// <summary>The gradient of a convolution with strides by its filters, by products of matrices: see Note [Products of phases].</summary>
/// <remarks>Every chunk sums a fixed share of the strips for one unit of output channels; <see cref="Finish"/> adds the shares in order.</remarks>
unsafe struct ConvPhaseWeightPass<T> : IParallelWork where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    // Sums are as large as some 16 filters of a phase: few shares, and strips of many blocks.
    const int Shares = 4, StripBytes = 1 << 22;

    static int L => Vector512<T>.Count;

    ConvPhaseBlocks<T> _blocks;
    ConvChannelRows<T> _cotangents;
    T* _dw;
    T* _partials;
    nint _cotangentSize, _sumSize;
    int _groups, _groupIn, _groupOut, _phases, _units, _width, _parts;
    bool _accumulate;

    /// <summary>dw (+)= Σ over images and pixels of dy·x.</summary>
    public static void Execute(in Conv2dGeometry g, T* dy, T* x, T* dw, bool accumulate)
    {
        ConvPhaseWeightPass<T> pass = default;
        pass.Plan(g, dy, x, dw, accumulate);
        Parallelism.Run(pass._parts * pass._groups * pass._units, pass);
        Parallelism.Run(pass._groups * pass._units, new Finish(&pass));
    }

    void Plan(in Conv2dGeometry g, T* dy, T* x, T* dw, bool accumulate)
    {
        _dw = dw;
        (_accumulate, _groups, _groupIn, _groupOut, _phases) = (accumulate, g.Groups, g.GroupC, g.GroupOutC, g.StrideH * g.StrideW);
        (ConvPhases row, ConvPhases column, _) = PhaseProducts.Best(g, L, ConvDirection.Filter);
        _blocks = new(x, g.N, g.Groups, g.GroupC, g.H, g.W, row, column, StripBytes);
        _cotangents = new(dy, g.OutC, g.OutH, g.OutW, 0, _blocks.RowBlocks * column.Block);
        _width = Math.Min(8, _groupOut / L) * L;
        _units = (_groupOut + _width - 1) / _width;
        _parts = Math.Clamp(Shares / (_groups * _units), 1, _blocks.Strips);
        _cotangentSize = ConvBlocks<T>.ProductSize(_blocks.StripBlocks, _width);
        _sumSize = ConvBlocks<T>.ProductSize(_phases * _groupIn, _width);
        _partials = ConvScratch.Rent<T>(ScratchSlot.Partials, _parts * _groups * _units * _blocks.Count * _sumSize);
    }

    /// <summary>The first channel of a unit; the last unit may overlap the one before.</summary>
    readonly int First(int unit) => Math.Min(unit * _width, _groupOut - _width);

    /// <inheritdoc/>
    public readonly void Run(int chunk)
    {
        int index = chunk % (_groups * _units), part = chunk / (_groups * _units), group = index / _units;
        T* products = ConvScratch.Rent<T>(ScratchSlot.Products, _blocks.Count * _blocks.ProductSize), cotangents = ConvScratch.Rent<T>(ScratchSlot.Sums, _blocks.Count * _cotangentSize);
        int first = (int)((long)part * _blocks.Strips / _parts), end = (int)((part + 1L) * _blocks.Strips / _parts);
        for (int strip = first; strip < end; strip++)
        {
            int blocks = _blocks.Sources(strip, group, products);
            Cotangents(strip, group, First(index % _units), cotangents);
            for (int k = 0; k < _blocks.Count; k++)
                Multiply(k, blocks, products, cotangents, _partials + (chunk * _blocks.Count * _sumSize), strip > first ? T.One : T.Zero);
        }
    }

    /// <summary>Sums over the blocks of a strip of one product, added to <paramref name="kept"/> times what is there, for the phases that have it.</summary>
    readonly void Multiply(int product, int blocks, T* products, T* cotangents, T* sums, T kept)
    {
        int rowPhases = _blocks.Row.Phases(product / _blocks.Column.Side), columnPhases = _blocks.Column.Phases(product % _blocks.Column.Side), all = _blocks.Column.Stride;
        int runs = columnPhases == all ? 1 : rowPhases, count = runs == 1 ? rowPhases * columnPhases : columnPhases;
        for (int run = 0; run < runs; run++)
        {
            nint first = run * all * _groupIn;
            Gemm.Run(new GemmProblem<T>
            {
                M = count * _groupIn, N = _width, K = blocks, A = products + (product * _blocks.ProductSize) + first, Lda = _blocks.BlockSize, TransA = true,
                B = cotangents + (product * _cotangentSize), Ldb = _width, C = sums + (product * _sumSize) + (first * _width), Ldc = _width, Alpha = T.One, Beta = kept,
            });
        }
    }

    /// <summary>The products of the output gradient of a strip, [product, block, channel].</summary>
    [MethodImpl(Jit.Loop)]
    readonly void Cotangents(int strip, int group, int first, T* products)
    {
        (int image, int images, int row, int rows) = _blocks.Strip(strip);
        int down = _blocks.Row.Block, right = _blocks.Column.Block;
        PhaseKernels<T> kernels = PhaseKernels<T>.Of(_blocks.Row, _blocks.Column);
        for (int n = image; n < image + images; n++, products += (nint)rows * _blocks.RowBlocks * _width)
        {
            for (int c = 0; c < _width; c += L)
            {
                T* dy = _cotangents.Prepare(ScratchSlot.Cotangent, n, (group * _groupOut) + first + c, row * down, rows * down), target = products + c;
                for (int r = 0; r < rows; r++, dy += down * _cotangents.RowSize, target += (nint)_blocks.RowBlocks * _width)
                    kernels.Cotangents(new(_blocks.RowBlocks, (nint)right * L, target, _width, _cotangentSize), dy, _cotangents.RowSize, down, right);
            }
        }
    }

    /// <summary>Adds the shares of one unit in order, joins the products and writes them to the gradient.</summary>
    readonly struct Finish(ConvPhaseWeightPass<T>* pass) : IParallelWork
    {
        public void Run(int chunk)
        {
            nint size = pass->_blocks.Count * pass->_sumSize;
            T* sums = pass->_partials + (chunk * size);
            for (int part = 1; part < pass->_parts; part++) ConvWeightTiles<T>.Join(sums, sums + (part * size * pass->_groups * pass->_units), size);
            int group = chunk / pass->_units, unit = chunk % pass->_units, end = Math.Min((unit + 1) * pass->_width, pass->_groupOut);
            for (int channel = unit * pass->_width; channel < end; channel += L)
            {
                // Of fewer channels than a vector the last ones are taken.
                int count = Math.Min(L, end - channel), lane = Math.Min(channel - pass->First(unit), pass->_width - L);
                pass->Write(sums + lane, (group * pass->_groupOut) + pass->First(unit) + lane, channel - pass->First(unit) - lane, count);
            }
        }
    }

    /// <summary>The gradients of the filters of a vector of channels, of which those from <paramref name="skip"/> on are written.</summary>
    [MethodImpl(Jit.Loop)]
    readonly void Write(T* sums, int channel, int skip, int count)
    {
        ConvPhases row = _blocks.Row, column = _blocks.Column;
        int elements = row.Kernel * column.Kernel, filter = _groupIn * elements;
        nint next = (nint)column.Kernel * 2 * L;
        // Every second vector, and a whole square of taps past the end, are read on the way out.
        T* joined = ConvScratch.Rent<T>(ScratchSlot.Cotangent, ((nint)filter + L) * 2 * L);
        PhaseKernels<T> kernels = PhaseKernels<T>.Of(row, column);
        for (int phase = 0; phase < _phases; phase++)
        {
            int p = phase / column.Stride, q = phase % column.Stride;
            PhaseSpan rows = row.TapSpan(p), columns = column.TapSpan(q);
            T* target = joined + (p * next) + ((nint)q * 2 * L);
            kernels.FilterGradients(new(_groupIn, (nint)elements * 2 * L, sums, _width, _sumSize), rows, columns, target, row.Stride * next, (nint)column.Stride * 2 * L);
            sums += (nint)_groupIn * _width;
        }
        ConvWeightTiles<T>.Write(joined + skip, filter, count, _dw + ((nint)(channel + skip) * filter), filter, _accumulate);
    }
}
