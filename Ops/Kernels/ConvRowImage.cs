using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Autograd.Kernels;

/// <summary>
/// The source of a convolution by <see cref="RowProducts"/>: [product, channel, block, column], the columns padded by zeros. Blocks are counted through
/// all images; a strip of them is made at a time, so that it is still in the cache when it is read.
/// </summary>
readonly unsafe struct ConvRowImage<T> where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    readonly T* _source;
    readonly nint _imageStep, _groupStep;
    readonly int _planes, _height, _width, _rowMin, _block, _columnMin;

    /// <summary>Blocks of an image.</summary>
    public readonly int Blocks;

    /// <summary>Most blocks of a strip.</summary>
    public readonly int Strip;

    /// <summary>Elements from one block to the next.</summary>
    public readonly nint RowSize;

    /// <summary>Elements from one channel to the next.</summary>
    public nint PlaneSize => Strip * RowSize;

    /// <summary>Elements from one product to the next: a vector may be written past the last row.</summary>
    public nint ProductSize => (_planes * PlaneSize) + (2 * Vector512<T>.Count);

    public ConvRowImage(T* source, int groups, int planes, int height, int width, ConvAxis row, ConvAxis column, int blocks, int budget)
    {
        _source = source;
        (_planes, _height, _width) = (planes, height, width);
        _groupStep = (nint)planes * height * width;
        _imageStep = groups * _groupStep;
        _block = RowProducts.Block(row.Taps);
        (_rowMin, _columnMin) = (row.Min, column.Min);
        Blocks = (row.Outputs + _block - 1) / _block;
        RowSize = column.Max - column.Min + column.Outputs;
        int even = (int)(budget / (RowProducts.Count * planes * RowSize * sizeof(T))) & ~1;
        Strip = Math.Clamp(even, 2, Math.Max(2, blocks));
    }

    /// <summary>Makes the products of group <paramref name="group"/>, blocks <paramref name="first"/> … first + count − 1; readable for two vectors past the end.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public T* Prepare(int group, int first, int count)
    {
        nint step = ProductSize;
        T* target = ConvScratch.Rent<T>(ScratchSlot.Image, (RowProducts.Count * step) + _width + 64);
        T* zeros = target + (RowProducts.Count * step);
        new Span<T>(zeros, _width + Vector512<T>.Count).Clear();
        nint* rows = stackalloc nint[RowProducts.Count];
        // A vector written past a row is overwritten by the next row of the same product.
        for (int c = 0; c < _planes; c++)
        {
            for (int b = 0; b < count; b++)
            {
                int image = (first + b) / Blocks, top = _rowMin + ((first + b) % Blocks * _block);
                T* plane = _source + (image * _imageStep) + (group * _groupStep) + ((nint)c * _height * _width);
                for (int i = 0; i < RowProducts.Count; i++)
                    rows[i] = (nint)((uint)(top + i) < (uint)_height ? plane + ((nint)(top + i) * _width) : zeros);
                Row(rows, target + (c * PlaneSize) + (b * RowSize), step);
            }
        }
        return target;
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    void Row(nint* rows, T* target, nint step)
    {
        int width = Vector512<T>.Count, left = (int)Math.Clamp(-_columnMin, 0, RowSize), right = (int)Math.Clamp(_width - _columnMin, left, RowSize), p;
        T* d0 = (T*)rows[0] + _columnMin, d1 = (T*)rows[1] + _columnMin, d2 = (T*)rows[2] + _columnMin, d3 = (T*)rows[3] + _columnMin, d4 = (T*)rows[4] + _columnMin, d5 = (T*)rows[5] + _columnMin;
        for (p = 0; p < left; p += width) Clear(target + p, step);
        for (p = left; p + width <= right; p += width)
        {
            RowProducts.Sources(
                Vector512.Load(d0 + p), Vector512.Load(d1 + p), Vector512.Load(d2 + p), Vector512.Load(d3 + p), Vector512.Load(d4 + p), Vector512.Load(d5 + p), target + p, step);
        }
        if (p < right)
        {
            int rest = right - p;
            RowProducts.Sources(
                VectorOps.LoadFirst(d0 + p, rest), VectorOps.LoadFirst(d1 + p, rest), VectorOps.LoadFirst(d2 + p, rest),
                VectorOps.LoadFirst(d3 + p, rest), VectorOps.LoadFirst(d4 + p, rest), VectorOps.LoadFirst(d5 + p, rest), target + p, step);
            p += width;
        }
        for (; p < RowSize; p += width) Clear(target + p, step);
    }

    static void Clear(T* target, nint step)
    {
        for (int k = 0; k < RowProducts.Count; k++) Vector512<T>.Zero.Store(target + (k * step));
    }
}
