using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Autograd.Kernels;

/// <summary>Blocks of outputs of a convolution, some rows of two columns, from 24 products; see Note [Products of blocks].</summary>
// Note [Products of blocks]
// What Note [Products of rows] does along the rows is done along the columns too: with m + r − 1 = 4 and the values at 0, 1, −1 and ∞, three taps need 4
// products for 2 columns instead of 6. For filters of 3 × 3 it makes 24 products of 4 × 2 outputs instead of 72. Every product is one of matrices, [blocks, inputs]
// by [inputs, outputs], whatever the size of the planes. The four points along the columns multiply by ±1 and ½ alone: errors stay below those of rows alone,
// where two more values would double them. A number that is not finite reaches all of its block. Source: Lavin and Gray 2016.
static unsafe class BlockProducts
{
    /// <summary>Products along the columns, and columns that a block reads.</summary>
    public const int Columns = 4;

    /// <summary>Taps along the columns that there are products for.</summary>
    public const int ColumnTaps = 3;

    /// <summary>Output columns of a block.</summary>
    public const int Width = 2;

    /// <summary>Products of a block.</summary>
    public const int Count = RowProducts.Count * Columns;

    /// <summary>Whether blocks save time over rows alone and over direct sums: multiply-adds against what makes and joins the products, in vectors.</summary>
    /// <param name="images">Images, over which the products of the filters are shared.</param>
    /// <param name="rows">Output rows.</param>
    /// <param name="columns">Output columns.</param>
    /// <param name="taps">Taps along the rows.</param>
    /// <param name="columnTaps">Taps along the columns.</param>
    /// <param name="inputs">Channels read.</param>
    /// <param name="outputs">Channels written.</param>
    /// <param name="lanes">Elements of a vector.</param>
    public static bool Pay(int images, int rows, int columns, int taps, int columnTaps, int inputs, int outputs, int lanes)
    {
        if (taps is < 2 or >= RowProducts.Count || columnTaps != ColumnTaps || inputs < lanes || outputs < lanes) return false;
        int block = RowProducts.Block(taps);
        double rowBlocks = (rows + block - 1) / block, blocks = rowBlocks * ((columns + Width - 1) / Width), each = (double)inputs * outputs, ends = inputs + outputs;
        double direct = (double)rows * columns * taps * columnTaps * each, byRows = rowBlocks * columns * ((RowProducts.Count * columnTaps * each) + (48 * ends));
        return (blocks * ((Count * each) + (200.0 * ends))) + (150.0 * each / images) < 0.96 * Math.Min(direct, byRows);
    }

    /// <summary>G along the columns: products' filters [4][count] from three taps [3][count].</summary>
    [MethodImpl(Jit.Loop)]
    public static void Filters<T>(T* taps, bool reversed, int count, T* filters, nint step) where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        Vector512<T> half = Vector512.Create(T.CreateTruncating(0.5));
        T* first = reversed ? taps + (2 * count) : taps, last = reversed ? taps : taps + (2 * count);
        for (int i = 0; i < count; i += Vector512<T>.Count)
        {
            Vector512<T> a = Vector512.Load(first + i), b = Vector512.Load(taps + count + i), c = Vector512.Load(last + i), ends = a + c;
            a.Store(filters + i);
            (half * (ends + b)).Store(filters + step + i);
            (half * (ends - b)).Store(filters + (2 * step) + i);
            c.Store(filters + (3 * step) + i);
        }
    }

    /// <summary>Bᵀ along both: six rows of four pixels, vectors of channels, to the 24 products, <paramref name="step"/> apart.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Sources<T>(T* x, nint row, T* products, nint step) where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        int next = Vector512<T>.Count;
        Rows<T, Difference<T>>(x, x + (2 * next), row, products, Columns * step);
        Rows<T, Addition<T>>(x + next, x + (2 * next), row, products + step, Columns * step);
        Rows<T, Difference<T>>(x + (2 * next), x + next, row, products + (2 * step), Columns * step);
        Rows<T, Difference<T>>(x + (3 * next), x + next, row, products + (3 * step), Columns * step);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static void Rows<T, TPair>(T* a, T* b, nint row, T* products, nint step) where T : unmanaged, IBinaryFloatingPointIeee754<T> where TPair : struct, IPair<T> =>
        RowProducts.Sources(
            TPair.Of(a, b), TPair.Of(a + row, b + row), TPair.Of(a + (2 * row), b + (2 * row)), TPair.Of(a + (3 * row), b + (3 * row)),
            TPair.Of(a + (4 * row), b + (4 * row)), TPair.Of(a + (5 * row), b + (5 * row)), products, step);

    /// <summary>Aᵀ along both: up to <paramref name="rows"/> rows of one or two output pixels from 24 sums, a vector of channels each.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Results<T>(T* sums, nint step, Vector512<T> bias, int block, int rows, bool both, T* y, nint row) where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        Pair(sums, step, default, out Vector512<T> a0, out Vector512<T> b0);
        // The value at 1 enters every row and column once, and the bias with it.
        Pair(sums + (4 * step), step, bias, out Vector512<T> a1, out Vector512<T> b1);
        Pair(sums + (8 * step), step, default, out Vector512<T> a2, out Vector512<T> b2);
        Pair(sums + (12 * step), step, default, out Vector512<T> a3, out Vector512<T> b3);
        Pair(sums + (16 * step), step, default, out Vector512<T> a4, out Vector512<T> b4);
        Pair(sums + (20 * step), step, default, out Vector512<T> a5, out Vector512<T> b5);
        RowProducts.Results(a0, a1, a2, a3, a4, a5, block, rows, new Pixels<T>(y, row));
        if (both) RowProducts.Results(b0, b1, b2, b3, b4, b5, block, rows, new Pixels<T>(y + Vector512<T>.Count, row));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static void Pair<T>(T* sums, nint step, Vector512<T> bias, out Vector512<T> left, out Vector512<T> right) where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        Vector512<T> s1 = Vector512.Load(sums + step) + bias, s2 = Vector512.Load(sums + (2 * step));
        left = Vector512.Load(sums) + (s1 + s2);
        right = s1 - s2 + Vector512.Load(sums + (3 * step));
    }

    /// <summary>A along both: the 24 products' gradients from the rows of two pixels of a block of the outputs' gradients.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Cotangents<T>(T* dy, nint row, int block, T* products, nint step) where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        T* right = dy + Vector512<T>.Count;
        RowProducts.Cotangents(new PairedRows<T, Same<T>>(dy, dy, row), block, block, products, Columns * step);
        RowProducts.Cotangents(new PairedRows<T, Addition<T>>(dy, right, row), block, block, products + step, Columns * step);
        RowProducts.Cotangents(new PairedRows<T, Difference<T>>(dy, right, row), block, block, products + (2 * step), Columns * step);
        RowProducts.Cotangents(new PairedRows<T, Same<T>>(right, right, row), block, block, products + (3 * step), Columns * step);
    }

    /// <summary>Gᵀ along the columns: the gradients of three taps [3][lanes] from four sums, a vector each.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void FilterGradient<T>(T* sums, nint step, T* taps) where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        Vector512<T> half = Vector512.Create(T.CreateTruncating(0.5)), s1 = Vector512.Load(sums + step), s2 = Vector512.Load(sums + (2 * step)), even = half * (s1 + s2);
        (Vector512.Load(sums) + even).Store(taps);
        (half * (s1 - s2)).Store(taps + Vector512<T>.Count);
        (even + Vector512.Load(sums + (3 * step))).Store(taps + (2 * Vector512<T>.Count));
    }

    readonly struct Pixels<T>(T* y, nint row) : IRowTarget<T> where T : unmanaged
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public void Put(int index, Vector512<T> v) => v.Store(y + (index * row));
    }
}

/// <summary>One vector made of two in memory.</summary>
unsafe interface IPair<T> where T : unmanaged
{
    static abstract Vector512<T> Of(T* a, T* b);
}

/// <summary>Vectors of rows made of two in memory.</summary>
readonly unsafe struct PairedRows<T, TPair>(T* a, T* b, nint row) : IRowSource<T> where T : unmanaged where TPair : struct, IPair<T>
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public Vector512<T> Get(int index) => TPair.Of(a + (index * row), b + (index * row));
}

/// <summary>a.</summary>
readonly unsafe struct Same<T> : IPair<T> where T : unmanaged
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<T> Of(T* a, T* b) => Vector512.Load(a);
}

/// <summary>a + b.</summary>
readonly unsafe struct Addition<T> : IPair<T> where T : unmanaged
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<T> Of(T* a, T* b) => Vector512.Load(a) + Vector512.Load(b);
}

/// <summary>a − b.</summary>
readonly unsafe struct Difference<T> : IPair<T> where T : unmanaged
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<T> Of(T* a, T* b) => Vector512.Load(a) - Vector512.Load(b);
}
