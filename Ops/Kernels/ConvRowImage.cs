using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Autograd.Kernels;

/// <summary>
/// The source of a convolution by <see cref="RowProducts"/>: [product, block, channel, column]. Blocks are counted through all images; a strip of them is
/// made at a time, so that it is still in the cache when it is read.
/// </summary>
// Every row of products begins at a whole vector and ends in zeros, which are the padding on its right and, of the next row, on its left. Zeros before the
// first row of a block also keep blocks from lying a power of two apart, where they would share few sets of the cache.
readonly unsafe struct ConvRowImage<T> where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    readonly T* _source;
    readonly nint _imageStep, _groupStep;
    readonly int _planes, _height, _width, _rowMin, _rowStep, _block, _columnFirst, _columnCount, _margin;
    readonly bool _spreads;

    /// <summary>Blocks of an image.</summary>
    public readonly int Blocks;

    /// <summary>Most blocks of a strip.</summary>
    public readonly int Strip;

    /// <summary>Elements from one channel to the next.</summary>
    public readonly nint RowSize;

    /// <summary>Elements from one block to the next.</summary>
    public readonly nint BlockSize;

    /// <summary>Elements from one product to the next.</summary>
    public nint ProductSize => Strip * BlockSize;

    public ConvRowImage(T* source, int groups, int planes, int height, int width, ConvAxis row, ConvAxis column, bool spreads, int blocks, int budget)
    {
        _source = source;
        (_planes, _height, _width) = (planes, height, width);
        _groupStep = (nint)planes * height * width;
        _imageStep = groups * _groupStep;
        _block = RowProducts.Block(row.Taps);
        _spreads = spreads;
        (_rowMin, _rowStep) = (spreads ? 0 : row.Min, row.InStep);
        Blocks = ((spreads ? height : row.Outputs) + _block - 1) / _block;
        int end = column.Max + column.Outputs;
        _columnFirst = Math.Clamp(column.Min, 0, width);
        _columnCount = Math.Clamp(end, _columnFirst, width) - _columnFirst;
        int left = Math.Max(0, _columnFirst - column.Min), right = end - _columnFirst - _columnCount;
        RowSize = Up(_columnCount + Math.Max(left, right));
        _margin = Up(Math.Max(left, 1));
        BlockSize = _margin + (planes * RowSize);
        Strip = (int)Math.Clamp(budget / (RowProducts.Count * BlockSize * sizeof(T)) & ~1, 2, Math.Max(2, blocks));
    }

    /// <summary>Where a row of products has source column <paramref name="column"/>, which may lie in the padding.</summary>
    public nint Position(int column) => column - _columnFirst;

    /// <summary>Makes the products of group <paramref name="group"/>, blocks <paramref name="first"/> … first + count − 1; readable for two vectors past the end.</summary>
    [MethodImpl(Jit.Loop)]
    public T* Prepare(int group, int first, int count)
    {
        nint size = RowProducts.Count * ProductSize, zeroCount = Up(_width) + Vector512<T>.Count;
        T* target = ConvScratch.Rent<T>(ScratchSlot.Image, size + zeroCount + (2 * Vector512<T>.Count)), zeros = target + size;
        // Rows outside of the image.
        new Span<T>(zeros, (int)zeroCount).Clear();
        nint* rows = stackalloc nint[RowProducts.Count], planes = stackalloc nint[RowProducts.Count];
        nint plane = (nint)_height * _width;
        for (int b = 0; b < count; b++)
        {
            int image = (first + b) / Blocks, top = _rowMin + ((first + b) % Blocks * _block * _rowStep);
            T* source = _source + (image * _imageStep) + (group * _groupStep) + _columnFirst;
            bool isFirst = b == 0 || top == _rowMin;
            int read = _spreads ? _block : RowProducts.Count;
            Fetch(source, isFirst ? top : top + (read * _rowStep), top + ((read + _block) * _rowStep));
            for (int i = 0; i < read; i++)
            {
                int row = top + (i * _rowStep);
                bool inside = (uint)row < (uint)_height;
                rows[i] = (nint)(inside ? source + ((nint)row * _width) : zeros);
                planes[i] = inside ? plane : 0;
            }
            if (_spreads) Spread(rows, planes, target + (b * BlockSize));
            else Block(rows, planes, target + (b * BlockSize));
        }
        return target + _margin;
    }

    /// <summary>
    /// Asks for rows first … end − 1, or of these each that is read, of all channels: those of the block and of the next one: they are short pieces far apart, which the processor does
    /// not foresee, and none of them waits for another.
    /// </summary>
    void Fetch(T* source, int first, int end)
    {
        if (!Sse.IsSupported) return;
        while (first < 0) first += _rowStep;
        end = Math.Min(end, _height);
        int line = 64 / sizeof(T), run = _rowStep == 1 ? end - first : 1;
        nint count = ((nint)run * _width) - 1;
        for (int c = 0; c < _planes; c++, source += (nint)_height * _width)
        {
            for (int row = first; row < end; row += run * _rowStep)
            {
                T* rows = source + ((nint)row * _width);
                for (nint i = 0; i < count; i += line) Sse.Prefetch0(rows + i);
                Sse.Prefetch0(rows + count);
            }
        }
    }

    /// <summary>One block of all channels.</summary>
    [MethodImpl(Jit.Loop)]
    void Block(nint* rows, nint* planes, T* target)
    {
        nint step = ProductSize;
        int width = Vector512<T>.Count, whole = _columnCount / width * width, rest = _columnCount - whole;
        nuint part = (nuint)rest;
        Vector512<T> zero = Vector512<T>.Zero;
        T* d0 = (T*)rows[0], d1 = (T*)rows[1], d2 = (T*)rows[2], d3 = (T*)rows[3], d4 = (T*)rows[4], d5 = (T*)rows[5];
        nint p0 = planes[0], p1 = planes[1], p2 = planes[2], p3 = planes[3], p4 = planes[4], p5 = planes[5];
        for (int p = 0; p < _margin; p += width) Clear(target + p, step);
        target += _margin;
        for (int c = 0; c < _planes; c++, target += RowSize)
        {
            int p = 0;
            for (; p < whole; p += width)
            {
                RowProducts.Sources(
                    Vector512.Load(d0 + p), Vector512.Load(d1 + p), Vector512.Load(d2 + p), Vector512.Load(d3 + p), Vector512.Load(d4 + p), Vector512.Load(d5 + p), target + p, step);
            }
            if (rest > 0)
            {
                RowProducts.Sources(
                    Tail.Load(d0 + p, part, zero), Tail.Load(d1 + p, part, zero), Tail.Load(d2 + p, part, zero),
                    Tail.Load(d3 + p, part, zero), Tail.Load(d4 + p, part, zero), Tail.Load(d5 + p, part, zero), target + p, step);
                p += width;
            }
            for (; p < RowSize; p += width) Clear(target + p, step);
            d0 += p0;
            d1 += p1;
            d2 += p2;
            d3 += p3;
            d4 += p4;
            d5 += p5;
        }
    }

    /// <summary>One block of all channels whose rows are spread: the values of the polynomial that its rows are the coefficients of.</summary>
    [MethodImpl(Jit.Loop)]
    void Spread(nint* rows, nint* planes, T* target)
    {
        nint step = ProductSize;
        int width = Vector512<T>.Count;
        for (int p = 0; p < _margin; p += width) Clear(target + p, step);
        target += _margin;
        for (int c = 0; c < _planes; c++, target += RowSize)
        {
            int p = 0;
            for (; p < _columnCount; p += width) RowProducts.Cotangents(new PartRows(rows, p, (nuint)Math.Min(width, _columnCount - p)), _block, _block, target + p, step);
            for (; p < RowSize; p += width) Clear(target + p, step);
            for (int i = 0; i < _block; i++) rows[i] += planes[i] * sizeof(T);
        }
    }

    /// <summary>A vector, or a part of one, of each of some rows.</summary>
    readonly struct PartRows(nint* rows, int column, nuint count) : IRowSource<T>
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public Vector512<T> Get(int row) => Tail.LoadUpTo((T*)rows[row] + column, count, default);
    }

    static void Clear(T* target, nint step)
    {
        for (int k = 0; k < RowProducts.Count; k++) Vector512<T>.Zero.Store(target + (k * step));
    }

    /// <summary>Whole vectors.</summary>
    static int Up(int count) => (count + Vector512<T>.Count - 1) / Vector512<T>.Count * Vector512<T>.Count;
}
