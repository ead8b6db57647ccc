using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Autograd.Kernels;

/// <summary>Copies of parts of A and B in the order in which the tiles read them.</summary>
static unsafe class GemmPacking
{
    /// <summary>Rows between the one that is copied and the one that is asked for: as many as are copied while a line comes from memory.</summary>
    const int RowsAhead = 32;

    /// <summary>Copies <paramref name="rows"/> rows of <paramref name="columns"/> elements.</summary>
    public static void Copy<T>(int rows, int columns, T* source, nint sourceStride, T* target, nint targetStride)
        where T : unmanaged
    {
        for (int i = 0; i < rows; i++, source += sourceStride, target += targetStride)
            new ReadOnlySpan<T>(source, columns).CopyTo(new Span<T>(target, columns));
    }

    /// <summary>Copies <paramref name="rows"/> rows of a few elements into rows that follow one another.</summary>
    [MethodImpl(Jit.Loop)]
    public static void CopyNarrow<S, V, T>(int rows, int columns, T* source, nint sourceStride, T* target)
        where S : struct, ILanes<V, T>
        where T : unmanaged
    {
        int whole = columns <= S.Count && 2 * columns >= S.Count ? rows - 1 : 0; // rows whose vectors may reach into the next one, which is written later
        for (int j = 0; j < columns; j += S.Count)
        {
            int count = Math.Min(S.Count, columns - j), i = 0;
            V mask = S.Mask(count);
            for (; i < whole; i++)
                S.Store(target + (i * columns), S.LoadExact(source + (i * sourceStride), mask, count));
            for (; i < rows; i++)
                S.StorePart(target + (i * columns) + j, S.LoadExact(source + (i * sourceStride) + j, mask, count), mask, count);
        }
    }

    /// <summary>
    /// Copies a strip of op(B), <paramref name="depth"/> rows of <paramref name="columns"/> elements. Columns up to
    /// <paramref name="width"/> hold anything: they reach only lanes that are not stored.
    /// </summary>
    public static void PackStrip<T>(int depth, int columns, T* b, nint ldb, bool transposed, T* target, int width)
        where T : unmanaged
    {
        if (transposed)
            TransposeStrip(columns, depth, b, ldb, target, width);
        else
            CopyStrip(depth, columns, b, ldb, target, width);
    }

    /// <summary>
    /// Copies <paramref name="rows"/> rows of <paramref name="columns"/> ≤ <paramref name="width"/> elements into rows
    /// of that width, the rest of which stays as it is.
    /// </summary>
    [MethodImpl(Jit.Loop)]
    static void CopyStrip<T>(int rows, int columns, T* source, nint sourceStride, T* target, int width)
        where T : unmanaged
    {
        if (columns == width && width % Vector512<T>.Count == 0)
        {
            for (int i = 0; i < rows; i++, source += sourceStride, target += width)
            {
                AskFor(source + (RowsAhead * sourceStride), Vector512<T>.Count, 2);
                for (int j = 0; j < width; j += Vector512<T>.Count)
                    Vector512.Load(source + j).Store(target + j);
            }
            return;
        }
        for (int i = 0; i < rows; i++, source += sourceStride, target += width)
        {
            for (int j = 0; j < columns; j++)
                target[j] = source[j];
        }
    }

    /// <summary>
    /// target[p, j] = source[j, p] for <paramref name="rows"/> rows j and <paramref name="columns"/> columns p of the
    /// source; the rest of the target's rows of <paramref name="width"/> elements stays as it is.
    /// </summary>
    static void TransposeStrip<T>(int rows, int columns, T* source, nint sourceStride, T* target, int width)
        where T : unmanaged
    {
        int block = 64 / sizeof(T); // one cache line of each source row at a time
        for (int p = 0; p < columns; p += block, source += block, target += block * width)
            TransposeBlock(rows, Math.Min(block, columns - p), source, sourceStride, target, width);
    }

    static void TransposeBlock<T>(int rows, int columns, T* source, nint sourceStride, T* target, int width)
        where T : unmanaged
    {
        if (columns < Vector128<T>.Count || rows < Vector128<T>.Count)
            LaneTranspose.Plain(source, sourceStride, rows, columns, target, width);
        else if (Avx2.IsSupported && rows >= Vector256<T>.Count)
            TransposeSquares<Lanes256<T>, Vector256<T>, T>(rows, columns, source, sourceStride, target, width);
        else
            TransposeSquares<Lanes128<T>, Vector128<T>, T>(rows, columns, source, sourceStride, target, width);
    }

    /// <summary>The same for at least a vector of rows and a piece of columns. The last squares may take in what is done already.</summary>
    /// <remarks>Of wider vectors more lines would be in use at once than one set of the first-level cache holds, into which rows 4 KB apart fall.</remarks>
    [MethodImpl(Jit.Loop)]
    static void TransposeSquares<S, V, T>(int rows, int columns, T* source, nint sourceStride, T* target, int width)
        where S : struct, ITurningLanes<V, T>
        where T : unmanaged
    {
        int edge = Vector128<T>.Count;
        for (int next = 0; next < rows; next += S.Count)
        {
            int j = Math.Min(next, rows - S.Count);
            T* row = source + (j * sourceStride);
            PrefetchRows(row + (128 / sizeof(T)), sourceStride, S.Count);
            for (int beyond = edge; beyond < columns + edge; beyond += edge)
            {
                int p = Math.Min(beyond, columns) - edge;
                TurnedKernel<S, V, T>.Columns(row + p, sourceStride, out V c0, out V c1, out V c2, out V c3);
                T* to = target + (p * width) + j;
                S.Store(to, c0);
                S.Store(to + width, c1);
                if (typeof(T) == typeof(double))
                    continue;
                S.Store(to + (2 * width), c2);
                S.Store(to + (3 * width), c3);
            }
        }
    }

    /// <summary>Asks for one line of each row; hardware does not foresee steps across pages.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void PrefetchRows<T>(T* p, nint stride, int rows) where T : unmanaged
    {
        for (int i = 0; i < rows && Sse.IsSupported; i++, p += stride)
            Sse.Prefetch0(p);
    }

    /// <summary>The same for what is read only after some other rows: the second-level cache has room for it.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void AskFor<T>(T* p, nint stride, int rows) where T : unmanaged
    {
        for (int i = 0; i < rows && Sse.IsSupported; i++, p += stride)
            Sse.Prefetch1(p);
    }
}
