using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Autograd.Kernels;

/// <summary>
/// Folds across the rows of matrices, by a tree that depends on the shape alone: blocks of 64 rows one after the other,
/// panels of blocks as the rows of a smaller matrix.
/// </summary>
static unsafe class FoldPlanes
{
    const int RowBlock = 64, ChunkElements = 1 << 15;

    [ThreadStatic] static Scratch _even;
    [ThreadStatic] static Scratch _odd;

    /// <summary>y[p, j] = fold over i of a function of x[p, i, j].</summary>
    public static void Run<T, TFold, TMap>(T* x, int planes, int rows, int columns, T* y, bool even = true) where T : unmanaged where TFold : IFold<T> where TMap : IMap<T> =>
        Run<T, TFold, TMap>(x, planes, (nint)rows * columns, rows, columns, columns, y, even);

    /// <summary>The same for planes, and rows of each, that are so far apart.</summary>
    public static void Run<T, TFold, TMap>(T* x, int planes, nint planeStep, int rows, nint rowStep, int columns, T* y, bool even = true)
        where T : unmanaged where TFold : IFold<T> where TMap : IMap<T>
    {
        int panel = Math.Max(RowBlock, ChunkElements / columns / RowBlock * RowBlock);
        if (rows <= 2 * panel)
        {
            Planes<T, TFold, TMap>(x, planes, planeStep, rows, rowStep, columns, y);
            return;
        }
        int panels = (rows + panel - 1) / panel;
        nint size = (nint)planes * panels * columns;
        T* partial = even ? _even.Get<T>(size) : _odd.Get<T>(size);
        Parallelism.Run(planes * panels, new PanelChunk<T, TFold, TMap>(x, planeStep, rows, rowStep, columns, panel, panels, partial));
        Run<T, TFold, Plain<T>>(partial, planes, panels, columns, y, !even);
    }

    static void Planes<T, TFold, TMap>(T* x, int planes, nint planeStep, int rows, nint rowStep, int columns, T* y) where T : unmanaged where TFold : IFold<T> where TMap : IMap<T>
    {
        int each = (int)Math.Max(1, ChunkElements / ((long)rows * columns)), chunks = (planes + each - 1) / each;
        PlanesChunk<T, TFold, TMap> body = new(x, planes, planeStep, rows, rowStep, columns, each, y);
        if (chunks == 1) body.Run(0);
        else Parallelism.Run(chunks, body);
    }

    static void Rows<T, TFold, TMap>(T* x, int rows, nint step, nuint columns, T* y) where T : unmanaged where TFold : IFold<T> where TMap : IMap<T>
    {
        nuint width = (nuint)Vector512<T>.Count, j = 0;
        for (; j + (4 * width) <= columns; j += 4 * width) Columns4<T, TFold, TMap>(x + j, rows, step, y + j);
        for (; j < columns; j += width) Columns1<T, TFold, TMap>(x + j, rows, step, Math.Min(columns - j, width), y + j);
    }

    [MethodImpl(Jit.Loop)]
    static void Columns4<T, TFold, TMap>(T* x, int rows, nint stride, T* y) where T : unmanaged where TFold : IFold<T> where TMap : IMap<T>
    {
        nuint width = (nuint)Vector512<T>.Count;
        Vector512<T> neutral = Vector512.Create(TFold.Neutral), t0 = neutral, t1 = neutral, t2 = neutral, t3 = neutral;
        for (int start = 0; start < rows; start += RowBlock)
        {
            Vector512<T> s0 = neutral, s1 = neutral, s2 = neutral, s3 = neutral;
            T* row = x + (start * stride);
            for (int i = Math.Min(RowBlock, rows - start); i > 0; i--, row += stride)
            {
                s0 = TFold.Join(s0, TMap.Of(Vector512.Load(row)));
                s1 = TFold.Join(s1, TMap.Of(Vector512.Load(row + width)));
                s2 = TFold.Join(s2, TMap.Of(Vector512.Load(row + (2 * width))));
                s3 = TFold.Join(s3, TMap.Of(Vector512.Load(row + (3 * width))));
            }
            (t0, t1, t2, t3) = (TFold.Join(t0, s0), TFold.Join(t1, s1), TFold.Join(t2, s2), TFold.Join(t3, s3));
        }
        t0.Store(y);
        t1.Store(y + width);
        t2.Store(y + (2 * width));
        t3.Store(y + (3 * width));
    }

    [MethodImpl(Jit.Loop)]
    static void Columns1<T, TFold, TMap>(T* x, int rows, nint stride, nuint count, T* y) where T : unmanaged where TFold : IFold<T> where TMap : IMap<T>
    {
        Vector512<T> neutral = Vector512.Create(TFold.Neutral), total = neutral;
        for (int start = 0; start < rows; start += RowBlock)
        {
            Vector512<T> sum = neutral;
            T* row = x + (start * stride);
            for (int i = Math.Min(RowBlock, rows - start); i > 0; i--, row += stride) sum = TFold.Join(sum, TMap.Of(Tail.Load(row, count, neutral)));
            total = TFold.Join(total, sum);
        }
        Tail.Store(total, y, count);
    }

    readonly struct PlanesChunk<T, TFold, TMap>(T* x, int planes, nint planeStep, int rows, nint rowStep, int columns, int each, T* y) : IParallelWork where T : unmanaged where TFold : IFold<T> where TMap : IMap<T>
    {
        public void Run(int chunk)
        {
            int end = Math.Min(planes, (chunk + 1) * each);
            for (int i = chunk * each; i < end; i++) Rows<T, TFold, TMap>(x + (i * planeStep), rows, rowStep, (nuint)columns, y + ((nint)i * columns));
        }
    }

    readonly struct PanelChunk<T, TFold, TMap>(T* x, nint planeStep, int rows, nint rowStep, int columns, int panel, int panels, T* y) : IParallelWork where T : unmanaged where TFold : IFold<T> where TMap : IMap<T>
    {
        public void Run(int chunk)
        {
            int plane = chunk / panels, start = chunk % panels * panel;
            Rows<T, TFold, TMap>(x + (plane * planeStep) + (start * rowStep), Math.Min(panel, rows - start), rowStep, (nuint)columns, y + ((nint)chunk * columns));
        }
    }
}
