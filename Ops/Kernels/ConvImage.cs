using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Autograd.Kernels;

/// <summary>
/// How a pass sees the planes of one image and group: padded by zeros, cropped to what is read, and with the columns of each
/// stride phase side by side, so that neighbouring outputs always read neighbouring elements.
/// </summary>
unsafe struct ConvImage<T> where T : unmanaged
{
    // Elements: four vectors of floats.
    const int Overread = 64;

    // Rows of a plane that need no other planes beside them to be a loop.
    const int LongPlane = 8;

    T* _source;
    nint _imageStep, _groupStep;
    int _planes, _height, _width, _rowMin, _rows, _columnMin, _columns, _phases, _usedPhases, _usedRows;
    nint _copiedFrom;
    bool _direct;
    T _padding;

    /// <summary>Elements from one row of the view to the next.</summary>
    public nint RowSize { get; set; }

    /// <summary>Elements from one plane of the view to the next.</summary>
    public nint PlaneSize { get; set; }

    /// <summary>
    /// Lays out the view. Where nothing is padded it is the source itself; but a reader that <paramref name="overreads"/>, by up to four vectors past
    /// the last plane, gets a copy of the last planes of all, behind which there may be no memory.
    /// </summary>
    public ConvImage(T* source, int images, int groups, int planes, int height, int width, ConvAxis row, ConvAxis column, bool overreads, T padding = default)
    {
        _source = source;
        _padding = padding;
        (_planes, _height, _width) = (planes, height, width);
        _groupStep = (nint)planes * height * width;
        _imageStep = groups * _groupStep;
        _copiedFrom = images * _imageStep - (overreads ? _groupStep + Overread : 0);
        (_rowMin, _rows) = (row.Min, row.Max - row.Min + (row.Outputs - 1) * row.InStep + 1);
        (_columnMin, _phases) = (column.Min, column.InStep);
        // A single tap reads one phase of the columns and every InStep-th row; the others are left undefined.
        (_usedRows, _usedPhases) = (row.Taps == 1 ? row.InStep : 1, column.Taps == 1 ? 1 : _phases);
        _columns = (column.Max - column.Min) / _phases + column.Outputs;
        _direct = _phases == 1 && _rowMin >= 0 && _columnMin >= 0
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

    /// <summary>The planes of image <paramref name="n"/>, group <paramref name="g"/>, for a reader that overreads readable for four vectors past the end.</summary>
    public readonly T* Prepare(int n, int g)
    {
        nint offset = n * _imageStep + g * _groupStep, first = _rowMin * RowSize + _columnMin, count = PlaneSize * _planes;
        T* source = _source + offset;
        if (_direct && offset <= _copiedFrom)
            return source + first;
        T* target = ConvScratch.Rent<T>(ScratchSlot.Image, count + Overread);
        new Span<T>(target + count, Overread).Clear();
        if (_direct)
        {
            new Span<T>(source, (int)count).CopyTo(new(target, (int)count));
            return target + first;
        }
        if (_phases is 2 or 4 && VectorOps.HasMaskedStores)
        {
            // Planes of many rows one by one, each in the first-level cache.
            int run = _rows < LongPlane ? _planes : 1;
            for (int c = 0; c < _planes; c += run) PickPlanes(source + (nint)c * _height * _width, target + c * PlaneSize, run);
            return target;
        }
        for (int c = 0; c < _planes; c++)
            CopyPlane(source + (nint)c * _height * _width, target + c * PlaneSize);
        return target;
    }

    [MethodImpl(Jit.Loop)]
    readonly void CopyPlane(T* source, T* target)
    {
        int first = Math.Max(0, -_rowMin), end = Math.Clamp(_height - _rowMin, first, Math.Max(first, _rows));
        if (_phases == 1 && _usedRows == 1)
        {
            CopyRows(source, target, Math.Min(first, _rows), Math.Min(end, _rows));
            return;
        }
        bool padded = _rowMin < 0 || _columnMin < 0 || _rowMin + _rows > _height || _columnMin + _columns * _phases > _width;
        if (padded)
            new Span<T>(target, (int)PlaneSize).Fill(_padding);
        int step = _usedRows, left = Math.Clamp(-_columnMin, 0, _columns), right = Math.Clamp(_width - _columnMin, left, _columns);
        for (int r = (first + step - 1) / step * step; r < end; r += step)
        {
            T* row = source + (nint)(r + _rowMin) * _width;
            if (_phases > 1)
                CopyPhases(row, target + r * RowSize);
            else
                VectorOps.Copy(row + _columnMin + left, target + r * RowSize + left, right - left);
        }
    }

    /// <summary>Phases of two or four columns, a vector of one at a time: which lanes lie in the planes is the same for all rows.</summary>
    [MethodImpl(Jit.Loop)]
    readonly void PickPlanes(T* source, T* target, int planes)
    {
        int first = Math.Min(Math.Max(0, -_rowMin), _rows), end = Math.Clamp(_height - _rowMin, first, _rows), step = _usedRows, begin = (first + step - 1) / step * step, lanes = Vector512<T>.Count;
        for (int c = 0; c < planes && (first > 0 || end < _rows); c++)
        {
            T* plane = target + (c * PlaneSize);
            new Span<T>(plane, (int)(first * RowSize)).Fill(_padding);
            new Span<T>(plane + (end * RowSize), (int)((_rows - end) * RowSize)).Fill(_padding);
        }
        PickedRows rows = new(begin < end ? (end - begin + step - 1) / step : 0, planes, (nint)step * _width, (nint)_height * _width, step * RowSize, PlaneSize);
        source += (nint)(begin + _rowMin) * _width;
        target += begin * RowSize;
        for (int i = 0; i < _columns; i += lanes)
        {
            Vector512<T> part = VectorOps.FirstMask<T>(Math.Min(_columns - i, lanes));
            for (int f = 0; f < _usedPhases; f++)
            {
                int column = _columnMin + f + (i * _phases);
                int left = column >= 0 ? 0 : Math.Min((-column + _phases - 1) / _phases, lanes), right = column >= _width ? left : Math.Clamp((_width - column + _phases - 1) / _phases, left, lanes);
                PickedLanes picked = new(-column, _width - column, VectorOps.Lanes<T>(left, right), part, Vector512.Create(_padding));
                T* from = source + column, to = target + ((nint)f * _columns) + i;
                if (_phases == 2) picked.Halves(from, to, rows);
                else picked.Quarters(from, to, rows);
            }
        }
    }

    /// <summary>Rows of planes, and how far they are apart in the source and in the view.</summary>
    readonly record struct PickedRows(int Rows, int Planes, nint Step, nint PlaneStep, nint Next, nint NextPlane);

    /// <summary>Every second or fourth element of a row, of those from <paramref name="first"/> to <paramref name="end"/> − 1.</summary>
    readonly struct PickedLanes(int first, int end, Vector512<T> inside, Vector512<T> part, Vector512<T> padding)
    {
        static int L => Vector512<T>.Count;

        /// <summary>Every second one.</summary>
        [MethodImpl(Jit.Loop)]
        public void Halves(T* source, T* target, PickedRows rows)
        {
            Vector512<T> m0 = Mask(0), m1 = Mask(1), valid = inside, written = part, other = padding;
            bool reaches = end > L;
            for (int c = 0; c < rows.Planes; c++, source += rows.PlaneStep, target += rows.NextPlane)
            {
                T* from = source, to = target;
                for (int r = rows.Rows; r > 0; r--, from += rows.Step, to += rows.Next)
                {
                    Vector512<T> high = reaches ? VectorOps.LoadLanes(from + L, m1) : default;
                    VectorOps.StoreLanes(to, written, Vector512.ConditionalSelect(valid, VectorOps.Even(VectorOps.LoadLanes(from, m0), high), other));
                }
            }
        }

        /// <summary>Every fourth one.</summary>
        [MethodImpl(Jit.Loop)]
        public void Quarters(T* source, T* target, PickedRows rows)
        {
            Vector512<T> m0 = Mask(0), m1 = Mask(1), m2 = Mask(2), m3 = Mask(3), valid = inside, written = part, other = padding;
            int vectors = Math.Min((end + L - 1) / L, 4);
            for (int c = 0; c < rows.Planes; c++, source += rows.PlaneStep, target += rows.NextPlane)
            {
                T* from = source, to = target;
                for (int r = rows.Rows; r > 0; r--, from += rows.Step, to += rows.Next)
                {
                    Vector512<T> low = VectorOps.Even(VectorOps.LoadLanes(from, m0), vectors > 1 ? VectorOps.LoadLanes(from + L, m1) : default);
                    Vector512<T> high = vectors > 2 ? VectorOps.Even(VectorOps.LoadLanes(from + (2 * L), m2), vectors > 3 ? VectorOps.LoadLanes(from + (3 * L), m3) : default) : default;
                    VectorOps.StoreLanes(to, written, Vector512.ConditionalSelect(valid, VectorOps.Even(low, high), other));
                }
            }
        }

        Vector512<T> Mask(int vector) => VectorOps.Lanes<T>(first - (vector * L), end - (vector * L));
    }

    /// <summary>Rows <paramref name="first"/> … <paramref name="end"/> − 1 of the view from the source, all others and what is beside them padding.</summary>
    [MethodImpl(Jit.Loop)]
    readonly void CopyRows(T* source, T* target, int first, int end)
    {
        int left = Math.Clamp(-_columnMin, 0, _columns), right = Math.Clamp(_width - _columnMin, left, _columns);
        nint gap = RowSize - right + left, start = first * RowSize + left;
        if (first == end)
        {
            new Span<T>(target, (int)PlaneSize).Fill(_padding);
            return;
        }
        new Span<T>(target, (int)start).Fill(_padding);
        // From the end of one row to the beginning of the next; a vector may reach into what is written later, or past the last plane.
        bool narrow = gap <= Vector512<T>.Count;
        Vector512<T> padding = Vector512.Create(_padding);
        T* from = source + (nint)(first + _rowMin) * _width + _columnMin + left, to = target + start;
        for (int r = first; r < end; r++, from += _width, to += RowSize)
        {
            VectorOps.Copy(from, to, right - left);
            if (gap > 0 && narrow)
                padding.Store(to + right - left);
            else if (gap > 0 && r + 1 < end)
                new Span<T>(to + right - left, (int)gap).Fill(_padding);
        }
        T* rest = to - gap;
        new Span<T>(rest, (int)(target + PlaneSize - rest)).Fill(_padding);
    }

    [MethodImpl(Jit.Loop)]
    readonly void CopyPhases(T* source, T* target)
    {
        for (int f = 0; f < _usedPhases; f++, target += _columns)
        {
            int column = _columnMin + f, q = column >= 0 ? 0 : Math.Min(_columns, (-column + _phases - 1) / _phases);
            for (int i = 0; i < q; i++)
                target[i] = _padding;
            column += q * _phases;
            int end = column >= _width ? q : Math.Min(_columns, q + (_width - column - 1) / _phases + 1);
            if (_phases == 2)
            {
                for (int i = q; i < end; i += Vector512<T>.Count, column += 2 * Vector512<T>.Count)
                    VectorOps.StoreFirst(target + i, Pairs(source + column, _width - column), end - i);
            }
            else
            {
                for (int i = q; i < end; i++, column += _phases)
                    target[i] = source[column];
            }
            for (int i = end; i < _columns; i++)
                target[i] = _padding;
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static Vector512<T> Pairs(T* source, int count)
    {
        Vector512<T> high = count > Vector512<T>.Count
            ? VectorOps.LoadFirst(source + Vector512<T>.Count, count - Vector512<T>.Count)
            : Vector512<T>.Zero;
        return VectorOps.Even(VectorOps.LoadFirst(source, count), high);
    }
}
