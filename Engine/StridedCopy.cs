using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Autograd;

/// <summary>
/// Copies a strided view to dense memory plane by plane: whole runs where the inner axis is dense, square blocks in registers where it is not
/// but another one is. A plane is spanned by the last axis of the view, dense in the copy, and by the axis that is densest in the source.
/// </summary>
static unsafe class StridedCopy
{
    const int Block = 16;

    /// <summary>Bytes that one piece of parallel work covers; smaller copies stay on the caller's thread.</summary>
    const int PieceSize = 1 << 17;

    public static void Run<T>(ReadOnlySpan<T> source, int offset, Layout layout, Span<T> target) where T : unmanaged
    {
        int count = layout.Shape.ElementCount;
        if (count == 0) return;
        long bytes = (long)count * sizeof(T);
        bool serial = bytes < 2 * PieceSize || Parallelism.IsSerial;
        if (layout.IsDense && serial)
        {
            source.Slice(offset, count).CopyTo(target);
            return;
        }
        int room = layout.Shape.Rank + 2, rank;
        int* sizes = stackalloc int[room], strides = stackalloc int[room];
        if (layout.IsDense) (rank, sizes[0], strides[0], sizes[1], strides[1]) = (2, 1, 0, count, 1);
        else rank = Collapse(layout, new(sizes, room), new(strides, room));
        // A layout reaches no further than its memory (Tensor.View checks that); the target's length is checked here.
        fixed (T* from = source, to = target[..count])
        {
            Pieces<T> pieces = new(from + offset, to, sizes, strides, rank, serial ? 1 : (int)(bytes / PieceSize));
            if (serial) pieces.Run(0);
            else Parallelism.Run(pieces.Count, pieces);
        }
    }

    /// <summary>A copy, cut along one axis: the first one that is long enough, or the longest.</summary>
    readonly struct Pieces<T> : IParallelWork where T : unmanaged
    {
        readonly T* _source, _target;
        readonly int* _sizes, _strides;
        readonly int _rank, _axis, _length;

        public Pieces(T* source, T* target, int* sizes, int* strides, int rank, int wanted)
        {
            _source = source;
            _target = target;
            _sizes = sizes;
            _strides = strides;
            _rank = rank;
            for (int i = 1; i < rank && sizes[_axis] < wanted; i++)
            {
                if (sizes[i] > sizes[_axis]) _axis = i;
            }
            int length = (sizes[_axis] + wanted - 1) / wanted;
            // Where planes are transposed, whole blocks of them.
            _length = strides[rank - 1] is 0 or 1 or -1 ? length : (length + Block - 1) / Block * Block;
        }

        public int Count => (_sizes[_axis] + _length - 1) / _length;

        public void Run(int piece)
        {
            Span<int> sizes = stackalloc int[_rank], steps = stackalloc int[_rank];
            new Span<int>(_sizes, _rank).CopyTo(sizes);
            for (int i = _rank - 1, step = 1; i >= 0; step *= sizes[i--]) steps[i] = step;
            int start = piece * _length;
            sizes[_axis] = Math.Min(_length, sizes[_axis] - start);
            Copy(_source + ((nint)start * _strides[_axis]), _target + ((nint)start * steps[_axis]), sizes, new(_strides, _rank), steps);
        }
    }

    static void Copy<T>(T* source, T* target, ReadOnlySpan<int> sizes, ReadOnlySpan<int> strides, ReadOnlySpan<int> steps) where T : unmanaged
    {
        int last = sizes.Length - 1, row = RowAxis(strides);
        Plane<T> plane = new(sizes[row], strides[row], steps[row], sizes[last], strides[last]);
        Span<int> index = stackalloc int[sizes.Length];
        index.Clear();
        while (true)
        {
            plane.Copy(source, target);
            int axis = last - 1;
            for (; axis >= 0; axis--)
            {
                if (axis == row) continue;
                source += strides[axis];
                target += steps[axis];
                if (++index[axis] < sizes[axis]) break;
                source -= (nint)strides[axis] * sizes[axis];
                target -= (nint)steps[axis] * sizes[axis];
                index[axis] = 0;
            }
            if (axis < 0) return;
        }
    }

    /// <summary>
    /// The axis that spans planes with the last one: the one with the nearest neighbours, so that the source is read in the order in which it lies; its neighbour where
    /// the last one repeats.
    /// </summary>
    static int RowAxis(ReadOnlySpan<int> strides)
    {
        int last = strides.Length - 1, row = last - 1;
        if (strides[last] == 0) return row;
        for (int i = row; i >= 0; i--)
        {
            if (strides[i] != 0 && (strides[row] == 0 || Math.Abs(strides[i]) < Math.Abs(strides[row]))) row = i;
        }
        return row;
    }

    /// <summary>Drops axes of size 1 and joins neighbours that are dense with respect to each other; at least two are left.</summary>
    static int Collapse(Layout layout, Span<int> sizes, Span<int> strides)
    {
        int rank = 1;
        (sizes[0], strides[0]) = (1, 0);
        for (int i = 0; i < layout.Strides.Length; i++)
        {
            int size = layout.Shape.Sizes[i], stride = layout.Strides[i];
            if (size == 1) continue;
            if (rank > 1 && strides[rank - 1] == size * stride)
            {
                sizes[rank - 1] *= size;
                strides[rank - 1] = stride;
                continue;
            }
            (sizes[rank], strides[rank]) = (size, stride);
            rank++;
        }
        if (rank > 2)
        {
            // The first axis, of size 1, is there for want of another.
            sizes[1..rank].CopyTo(sizes);
            strides[1..rank].CopyTo(strides);
            return rank - 1;
        }
        if (rank == 1) (sizes[rank], strides[rank++]) = (1, 1);
        return rank;
    }

    /// <summary>Two axes of a view: rows, which are <paramref name="rowStep"/> apart in the copy, of columns that lie side by side there.</summary>
    readonly struct Plane<T>(int rows, nint rowStride, nint rowStep, int columns, nint columnStride) where T : unmanaged
    {
        public void Copy(T* source, T* target)
        {
            if (columnStride == 1) CopyRows(source, target);
            else if (columnStride == 0) FillRows(source, target);
            else if (columnStride == -1) ReverseRows(source, target);
            else if (columnStride == 2 && sizeof(T) >= sizeof(int) && Avx2.IsSupported) CopyEverySecond(source, target);
            else if (rowStride == 1) Transpose(source, target);
            else CopyBlocks(source, target);
        }

        [MethodImpl(Jit.Loop)]
        void CopyRows(T* source, T* target)
        {
            nuint bytes = (nuint)columns * (nuint)sizeof(T);
            for (int r = 0; r < rows; r++, source += rowStride, target += rowStep) Bytes.Copy((byte*)source, (byte*)target, bytes);
        }

        void FillRows(T* source, T* target)
        {
            int r = columns <= Vector256<byte>.Count / sizeof(T) && rowStep == columns ? Repeat(source, target) : 0;
            for (; r < rows; r++) new Span<T>(target + (r * rowStep), columns).Fill(source[r * rowStride]);
        }

        /// <summary>Short rows, one after the other, by whole vectors of which the next row writes over what is too much, as long as it lies within the plane; returns how many rows.</summary>
        [MethodImpl(Jit.Loop)]
        int Repeat(T* source, T* target)
        {
            int r = 0, most = rows - (((Vector256<byte>.Count / sizeof(T)) + columns - 1) / columns);
            for (; r <= most; r++, source += rowStride, target += columns)
            {
                Vector256<byte> all = sizeof(T) switch
                {
                    sizeof(byte) => Vector256.Create(*(byte*)source),
                    sizeof(uint) => Vector256.Create(*(uint*)source).AsByte(),
                    _ => Vector256.Create(*(ulong*)source).AsByte(),
                };
                all.Store((byte*)target);
            }
            return r;
        }

        [MethodImpl(Jit.Loop)]
        void ReverseRows(T* source, T* target)
        {
            for (int r = 0; r < rows; r++, source += rowStride, target += rowStep)
            {
                int c = 0, width = Vector256<T>.Count;
                for (; c + width <= columns && sizeof(T) >= sizeof(int); c += width) Reverse(Vector256.Load(source - c - (width - 1))).Store(target + c);
                for (; c < columns; c++) target[c] = source[-c];
            }
        }

        [MethodImpl(Jit.Loop)]
        void CopyEverySecond(T* source, T* target)
        {
            for (int r = 0; r < rows; r++, source += rowStride, target += rowStep)
            {
                int c = 0, width = Vector256<T>.Count;
                // As long as another one follows: two vectors reach one element further than their last second one.
                for (; c + width < columns; c += width) Evens(Vector256.Load(source + (2 * c)), Vector256.Load(source + (2 * c) + width)).Store(target + c);
                for (; c < columns; c++) target[c] = source[2 * c];
            }
        }

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        static Vector256<T> Evens(Vector256<T> a, Vector256<T> b)
        {
            Vector256<long> halves = sizeof(T) == sizeof(int)
                ? Avx.Shuffle(a.AsSingle(), b.AsSingle(), 0b10_00_10_00).AsInt64()
                : Avx.UnpackLow(a.AsDouble(), b.AsDouble()).AsInt64();
            return Avx2.Permute4x64(halves, 0b11_01_10_00).As<long, T>();
        }

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        static Vector256<T> Reverse(Vector256<T> v) => sizeof(T) == sizeof(int)
            ? Vector256.Shuffle(v.AsInt32(), Vector256.Create(7, 6, 5, 4, 3, 2, 1, 0)).As<int, T>()
            : Vector256.Shuffle(v.AsInt64(), Vector256.Create(3L, 2, 1, 0)).As<long, T>();

        /// <summary>Square blocks; in each of them, lines of the source and of the copy are read and written whole.</summary>
        void Transpose(T* source, T* target)
        {
            int block = LaneTranspose.Side<T>(), wholeRows = rows / block * block, wholeColumns = columns / block * block;
            for (int c = 0; c < wholeColumns; c += block)
            {
                for (int r = 0; r < wholeRows; r += block) LaneTranspose.Square(source + (c * columnStride) + r, columnStride, target + (r * rowStep) + c, rowStep);
            }
            int part = LaneTranspose.Part<T>(), someRows = part == 0 ? wholeRows : rows / part * part, someColumns = part == 0 ? wholeColumns : columns / part * part;
            TransposeParts(source, target, 0, wholeRows, wholeColumns, someColumns);
            TransposeParts(source, target, wholeRows, someRows, 0, someColumns);
            CopyPart(source, target, 0, someRows, someColumns, columns);
            CopyPart(source, target, someRows, rows, 0, columns);
        }

        void TransposeParts(T* source, T* target, int row, int rowEnd, int column, int columnEnd)
        {
            int part = LaneTranspose.Part<T>();
            for (int c = column; c < columnEnd; c += part)
            {
                for (int r = row; r < rowEnd; r += part) LaneTranspose.SquarePart(source + (c * columnStride) + r, columnStride, target + (r * rowStep) + c, rowStep);
            }
        }

        void CopyBlocks(T* source, T* target)
        {
            int wide = rows < Block ? Block * Block : Block;
            for (int r = 0; r < rows; r += Block)
            {
                for (int c = 0; c < columns; c += wide) CopyPart(source, target, r, Math.Min(r + Block, rows), c, Math.Min(c + wide, columns));
            }
        }

        /// <summary>Element by element, along the longer side.</summary>
        [MethodImpl(Jit.Loop)]
        void CopyPart(T* source, T* target, int row, int rowEnd, int column, int columnEnd)
        {
            bool along = columnEnd - column >= rowEnd - row;
            (int i, int end, int start, int stop) = along ? (row, rowEnd, column, columnEnd) : (column, columnEnd, row, rowEnd);
            (nint outer, nint outerStep, nint stride, nint step) = along ? (rowStride, rowStep, columnStride, (nint)1) : (columnStride, 1, rowStride, rowStep);
            for (; i < end; i++)
            {
                T* from = source + (i * outer) + (start * stride), to = target + (i * outerStep) + (start * step);
                int j = start;
                for (; j + 4 <= stop; j += 4, from += 4 * stride, to += 4 * step)
                {
                    T a = from[0], b = from[stride], c = from[2 * stride], d = from[3 * stride];
                    to[0] = a;
                    to[step] = b;
                    to[2 * step] = c;
                    to[3 * step] = d;
                }
                for (; j < stop; j++, from += stride, to += step) *to = *from;
            }
        }
    }
}

/// <summary>Copies of short runs of bytes without a call.</summary>
static unsafe class Bytes
{
    const int Short = 1024;

    /// <summary>Runs that fill no whole number of vectors end with one that overlaps the one before.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Copy(byte* source, byte* target, nuint count)
    {
        if (count > Short) NativeMemory.Copy(source, target, count);
        else if (Vector512.IsHardwareAccelerated && count >= 64)
        {
            for (nuint i = 0; i + 64 < count; i += 64) Vector512.Load(source + i).Store(target + i);
            Vector512.Load(source + count - 64).Store(target + count - 64);
        }
        else if (count >= 32)
        {
            for (nuint i = 0; i + 32 < count; i += 32) Vector256.Load(source + i).Store(target + i);
            Vector256.Load(source + count - 32).Store(target + count - 32);
        }
        else if (count >= 16)
        {
            Vector128<byte> first = Vector128.Load(source), last = Vector128.Load(source + count - 16);
            first.Store(target);
            last.Store(target + count - 16);
        }
        else if (count >= 8)
        {
            ulong first = Unsafe.ReadUnaligned<ulong>(source), last = Unsafe.ReadUnaligned<ulong>(source + count - 8);
            Unsafe.WriteUnaligned(target, first);
            Unsafe.WriteUnaligned(target + count - 8, last);
        }
        else
        {
            for (nuint i = 0; i < count; i++) target[i] = source[i];
        }
    }
}
