using System.Runtime.Intrinsics;

namespace Autograd.Kernels;

/// <summary>
/// How a pass sees the planes of one image and group: padded by zeros, cropped to what is read, and with the columns of each
/// stride phase side by side, so that neighbouring outputs always read neighbouring elements.
/// </summary>
unsafe struct ConvImage<T> where T : unmanaged
{
    T* _source;
    nint _imageStep, _groupStep;
    int _planes, _height, _width, _rowMin, _rows, _columnMin, _columns, _phases;
    bool _direct;
    T _padding;

    /// <summary>Elements from one row of the view to the next.</summary>
    public nint RowSize { get; set; }

    /// <summary>Elements from one plane of the view to the next.</summary>
    public nint PlaneSize { get; set; }

    /// <summary>Lays out the view; <paramref name="allowDirect"/> permits to read the source itself where nothing is padded.</summary>
    public ConvImage(T* source, int groups, int planes, int height, int width, ConvAxis row, ConvAxis column, bool allowDirect, T padding = default)
    {
        _source = source;
        _padding = padding;
        (_planes, _height, _width) = (planes, height, width);
        _groupStep = (nint)planes * height * width;
        _imageStep = groups * _groupStep;
        (_rowMin, _rows) = (row.Min, row.Max - row.Min + (row.Outputs - 1) * row.InStep + 1);
        (_columnMin, _phases) = (column.Min, column.InStep);
        _columns = (column.Max - column.Min) / _phases + column.Outputs;
        _direct = allowDirect && _phases == 1 && _rowMin >= 0 && _columnMin >= 0
            && _rowMin + _rows <= height && _columnMin + _columns <= width;
        RowSize = _direct ? width : (nint)_phases * _columns;
        PlaneSize = _direct ? (nint)height * width : RowSize * _rows;
    }

    /// <summary>Position in a plane of the view of source position (row, column).</summary>
    public readonly nint Position(int row, int column)
    {
        int shifted = column - _columnMin;
        return (row - _rowMin) * RowSize + shifted % _phases * _columns + shifted / _phases;
    }

    /// <summary>The planes of image <paramref name="n"/>, group <paramref name="g"/>, readable for four vectors past the end unless direct.</summary>
    public readonly T* Prepare(int n, int g)
    {
        T* source = _source + n * _imageStep + g * _groupStep;
        if (_direct)
            return source + _rowMin * RowSize + _columnMin;
        nint count = PlaneSize * _planes;
        T* target = ConvScratch.Rent<T>(ScratchSlot.Image, count + 64);
        new Span<T>(target + count, 64).Clear();
        for (int c = 0; c < _planes; c++)
            CopyPlane(source + (nint)c * _height * _width, target + c * PlaneSize);
        return target;
    }

    readonly void CopyPlane(T* source, T* target)
    {
        for (int r = 0; r < _rows; r++, target += RowSize)
        {
            int row = r + _rowMin;
            if ((uint)row >= (uint)_height)
                new Span<T>(target, (int)RowSize).Fill(_padding);
            else if (_phases == 1)
                CopyRow(source + (nint)row * _width, target);
            else
                CopyPhases(source + (nint)row * _width, target);
        }
    }

    readonly void CopyRow(T* source, T* target)
    {
        int left = Math.Clamp(-_columnMin, 0, _columns);
        int right = Math.Clamp(_width - _columnMin, left, _columns);
        new Span<T>(target, left).Fill(_padding);
        new ReadOnlySpan<T>(source + _columnMin + left, right - left).CopyTo(new Span<T>(target + left, right - left));
        new Span<T>(target + right, _columns - right).Fill(_padding);
    }

    readonly void CopyPhases(T* source, T* target)
    {
        for (int f = 0; f < _phases; f++)
        {
            int column = _columnMin + f, q = 0;
            for (; q < _columns && column < 0; q++, column += _phases)
                *target++ = _padding;
            if (_phases == 2)
            {
                for (; q + Vector512<T>.Count <= _columns && column + 2 * Vector512<T>.Count <= _width; q += Vector512<T>.Count)
                {
                    Lanes.Even(Vector512.Load(source + column), Vector512.Load(source + column + Vector512<T>.Count)).Store(target);
                    target += Vector512<T>.Count;
                    column += 2 * Vector512<T>.Count;
                }
            }
            for (; q < _columns && column < _width; q++, column += _phases)
                *target++ = source[column];
            for (; q < _columns; q++)
                *target++ = _padding;
        }
    }
}
