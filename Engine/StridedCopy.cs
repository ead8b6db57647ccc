namespace Autograd;

/// <summary>Copies a strided view to dense memory: whole runs where the inner axis is dense, square blocks where it is transposed.</summary>
static class StridedCopy
{
    const int Block = 16;

    public static void Run<T>(ReadOnlySpan<T> source, int offset, Layout layout, Span<T> target) where T : unmanaged
    {
        int count = layout.Shape.ElementCount;
        if (count == 0) return;
        if (layout.IsDense)
        {
            source.Slice(offset, count).CopyTo(target);
            return;
        }
        Span<int> sizes = stackalloc int[layout.Shape.Rank], strides = stackalloc int[sizes.Length];
        int rank = Collapse(layout, sizes, strides);
        // The last two axes are copied as a plane; an odometer runs over the others.
        int columns = sizes[rank - 1], columnStride = strides[rank - 1];
        int rows = rank > 1 ? sizes[rank - 2] : 1, rowStride = rank > 1 ? strides[rank - 2] : 0;
        int outer = Math.Max(rank - 2, 0), planes = count / (rows * columns);
        Span<int> index = stackalloc int[outer];
        index.Clear();
        int position = offset;
        for (int plane = 0; plane < planes; plane++)
        {
            CopyPlane(source, position, target.Slice(plane * rows * columns, rows * columns), rows, rowStride, columns, columnStride);
            for (int axis = outer - 1; axis >= 0; axis--)
            {
                position += strides[axis];
                if (++index[axis] < sizes[axis]) break;
                position -= strides[axis] * sizes[axis];
                index[axis] = 0;
            }
        }
    }

    static void CopyPlane<T>(ReadOnlySpan<T> source, int position, Span<T> target, int rows, int rowStride, int columns, int columnStride)
    {
        if (columnStride is 0 or 1)
        {
            for (int r = 0; r < rows; r++, position += rowStride)
            {
                Span<T> row = target.Slice(r * columns, columns);
                if (columnStride == 1) source.Slice(position, columns).CopyTo(row);
                else row.Fill(source[position]);
            }
            return;
        }
        for (int r0 = 0; r0 < rows; r0 += Block)
        {
            int r1 = Math.Min(r0 + Block, rows);
            for (int c0 = 0; c0 < columns; c0 += Block)
            {
                int c1 = Math.Min(c0 + Block, columns);
                for (int r = r0; r < r1; r++)
                {
                    int from = position + (r * rowStride) + (c0 * columnStride);
                    Span<T> run = target.Slice((r * columns) + c0, c1 - c0);
                    for (int c = 0; c < run.Length; c++, from += columnStride) run[c] = source[from];
                }
            }
        }
    }

    /// <summary>Drops axes of size 1 and joins neighbours that are dense with respect to each other.</summary>
    static int Collapse(Layout layout, Span<int> sizes, Span<int> strides)
    {
        int rank = 0;
        for (int i = 0; i < layout.Strides.Length; i++)
        {
            int size = layout.Shape.Sizes[i], stride = layout.Strides[i];
            if (size == 1) continue;
            if (rank > 0 && strides[rank - 1] == size * stride)
            {
                sizes[rank - 1] *= size;
                strides[rank - 1] = stride;
                continue;
            }
            (sizes[rank], strides[rank]) = (size, stride);
            rank++;
        }
        if (rank > 0) return rank;
        (sizes[0], strides[0]) = (1, 1);
        return 1;
    }
}
