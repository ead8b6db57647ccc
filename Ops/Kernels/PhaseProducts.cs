using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Autograd.Kernels;

/// <summary>Blocks of outputs of a convolution with strides from 16 products; see Note [Products of phases].</summary>
// Note [Products of phases]
// A convolution of stride s reads s phases of the rows, every s-th row each, with every s-th row of the filter: a sum of s convolutions of stride 1 with filters
// of r = ⌈k / s⌉ rows or one less. What Note [Products of rows] does for one of them, here with m + r − 1 = 4 and the values at 0, 1, −1 and ∞, is linear:
// the phases' products are added before outputs are made of them, once for all. So they are further terms of the sums over channels. At ∞ a filter has its
// last row, and one of fewer than r rows has none: its product is left out. Rows and columns both treated so, 3 × 3 taps with stride 2 need 7 · 7 products
// for 3 × 3 outputs instead of 81, 4 × 4 taps 8 · 8 instead of 144. The gradient by the source has as many convolutions of dy, one for each phase
// of the result, which share the products of dy; that of the filter is summed over the blocks. One more point along both would save a tenth more, with
// errors several times as large.
// Sources: Winograd, Arithmetic complexity of computations, 1980; Huang et al., DWM: a decomposable Winograd method, 2020.
static unsafe class PhaseProducts
{
    /// <summary>Products along one direction, and elements of a phase that a block reads.</summary>
    public const int Side = 4;

    /// <summary>Products of a block.</summary>
    public const int Count = Side * Side;

    /// <summary>Most taps along one direction of a phase.</summary>
    public const int MostTaps = Side - 1;

    /// <summary>Outputs of a block along one direction.</summary>
    public static int Block(int taps) => Side + 1 - taps;

    /// <summary>Whether products save time: the multiply-adds saved against what makes and joins the products, in vectors.</summary>
    /// <param name="g">Sizes of the convolution.</param>
    /// <param name="row">Phases of the rows.</param>
    /// <param name="column">Phases of the columns.</param>
    /// <param name="lanes">Elements of a vector.</param>
    /// <param name="direction">Which of them it is: their ends cost differently, and so does going tap by tap.</param>
    public static bool Pay(in Conv2dGeometry g, ConvPhases row, ConvPhases column, int lanes, ConvDirection direction)
    {
        if (Math.Max(row.MostTaps, column.MostTaps) > MostTaps || Math.Min(row.MostTaps, column.MostTaps) < 2 || g.GroupC < lanes || g.GroupOutC < lanes) return false;
        double blocks = (double)g.N * row.Blocks * column.Blocks, each = (double)g.GroupC * g.GroupOutC, phases = g.StrideH * g.StrideW;
        double ends = (row.SourcePhases * column.SourcePhases * (row.IsGradient ? g.GroupOutC : g.GroupC)) + (row.ResultPhases * column.ResultPhases * (row.IsGradient ? g.GroupC : g.GroupOutC));
        (double end, double direct) = direction switch { ConvDirection.Forward => (13, 1.03), ConvDirection.Input => (15, 0.99), _ => (13, 1.08) };
        double products = (blocks * row.Products * column.Products * each) + (end * Count * blocks * ends) + (20 * Count * phases * each);
        return products < direct * g.N * g.OutH * g.OutW * g.KH * g.KW * each;
    }

    /// <summary>G along both: the 16 products, <paramref name="step"/> apart, of the filter of a phase, vectors of channels.</summary>
    /// <param name="taps">The filter's first element.</param>
    /// <param name="rows">Its rows.</param>
    /// <param name="columns">Its columns.</param>
    /// <param name="row">From one of its rows to the next.</param>
    /// <param name="column">From one of its columns to the next.</param>
    /// <param name="block">Room for 16 vectors.</param>
    /// <param name="products">The products.</param>
    /// <param name="step">From one product to the next.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Filters<T>(T* taps, int rows, int columns, nint row, nint column, T* block, T* products, nint step) where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        int next = Vector512<T>.Count;
        for (int j = 0; j < columns; j++) Values(taps + (j * column), rows, row, block + (j * next), Side * next);
        for (int i = 0; i < Side; i++) Values(block + (i * Side * next), columns, next, products + (i * Side * step), step);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static void Values<T>(T* taps, int count, nint step, T* values, nint valueStep) where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        Vector512<T> half = Vector512.Create(T.CreateTruncating(0.5)), even = Vector512.Load(taps), odd = default, last = even;
        even.Store(values);
        for (int t = 1; t < count; t++)
        {
            last = Vector512.Load(taps + (t * step));
            if (t % 2 == 0) even += last;
            else odd += last;
        }
        (half * (even + odd)).Store(values + valueStep);
        (half * (even - odd)).Store(values + (2 * valueStep));
        last.Store(values + (3 * valueStep));
    }

    /// <summary>Bᵀ along both: 5 × 5 pixels, vectors of channels, to the 16 products, <paramref name="step"/> apart.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Sources<T>(T* x, nint row, nint column, T* block, T* products, nint step) where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        int next = Vector512<T>.Count;
        for (int i = 0; i < Side; i++) Differences(x + (i * row), column, block + (i * Side * next), next);
        for (int j = 0; j < Side; j++) Differences(block + (j * next), Side * next, products + (j * step), Side * step);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static void Differences<T>(T* x, nint step, T* y, nint yStep) where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        Vector512<T> d1 = Vector512.Load(x + step), d2 = Vector512.Load(x + (2 * step));
        (Vector512.Load(x) - d2).Store(y);
        (d1 + d2).Store(y + yStep);
        (d2 - d1).Store(y + (2 * yStep));
        (Vector512.Load(x + (3 * step)) - d1).Store(y + (3 * yStep));
    }

    /// <summary>Aᵀ along both: outputs of a block, a vector of channels each, from 16 sums.</summary>
    /// <param name="sums">The sums.</param>
    /// <param name="step">From one sum to the next.</param>
    /// <param name="bias">Added to every output.</param>
    /// <param name="rows">Which of its rows are written.</param>
    /// <param name="columns">Which of its columns are written.</param>
    /// <param name="block">Room for 16 vectors.</param>
    /// <param name="y">The first output.</param>
    /// <param name="row">From one row to the next.</param>
    /// <param name="column">From one column to the next.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Results<T>(T* sums, nint step, Vector512<T> bias, in PhaseSpan rows, in PhaseSpan columns, T* block, T* y, nint row, nint column)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        int next = Vector512<T>.Count;
        // The value at 1 enters every row and column once, and the bias with it. Sums at ∞ that there are none of are not read.
        int sides = rows.HasLast ? Side : Side - 1;
        for (int i = 0; i < sides; i++) Outputs(sums + (i * Side * step), step, i == 1 ? bias : default, columns, block + (i * Side * next), next);
        for (int j = columns.First; j < columns.End; j++) Outputs(block + (j * next), Side * next, default, rows, y + (j * column), row);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static void Outputs<T>(T* s, nint step, Vector512<T> bias, in PhaseSpan span, T* y, nint yStep) where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        Vector512<T> s1 = Vector512.Load(s + step) + bias, s2 = Vector512.Load(s + (2 * step)), even = s1 + s2, odd = s1 - s2;
        Vector512<T> last = span.HasLast ? Vector512.Load(s + (3 * step)) : default;
        for (int t = 0; t < span.End; t++)
        {
            Vector512<T> v = t == 0 ? even + Vector512.Load(s) : even;
            if (t == span.Block - 1) v += last;
            if (t >= span.First) v.Store(y + (t * yStep));
            (even, odd) = (odd, even);
        }
    }

    /// <summary>A along both: the 16 products' gradients from the outputs' gradients of a block.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Cotangents<T>(T* dy, nint row, int rows, int columns, T* block, T* products, nint step) where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        int next = Vector512<T>.Count;
        for (int i = 0; i < rows; i++) Powers(dy + (i * row), next, columns, block + (i * Side * next), next);
        for (int j = 0; j < Side; j++) Powers(block + (j * next), Side * next, rows, products + (j * step), Side * step);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static void Powers<T>(T* dy, nint step, int count, T* y, nint yStep) where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        Vector512<T> even = Vector512.Load(dy), odd = default, last = even;
        even.Store(y);
        for (int t = 1; t < count; t++)
        {
            last = Vector512.Load(dy + (t * step));
            if (t % 2 == 0) even += last;
            else odd += last;
        }
        (even + odd).Store(y + yStep);
        (even - odd).Store(y + (2 * yStep));
        last.Store(y + (3 * yStep));
    }

    /// <summary>Gᵀ along both: the gradient of the filter of a phase from 16 sums, a vector of channels each.</summary>
    /// <param name="sums">The sums.</param>
    /// <param name="step">From one sum to the next.</param>
    /// <param name="rows">Rows of the filter; the block is as high as it has rows.</param>
    /// <param name="columns">Columns of the filter.</param>
    /// <param name="block">Room for 16 vectors.</param>
    /// <param name="taps">The gradient's first element.</param>
    /// <param name="row">From one of its rows to the next.</param>
    /// <param name="column">From one of its columns to the next.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void FilterGradient<T>(T* sums, nint step, in PhaseSpan rows, in PhaseSpan columns, T* block, T* taps, nint row, nint column)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        int next = Vector512<T>.Count, sides = rows.HasLast ? Side : Side - 1;
        for (int i = 0; i < sides; i++) Taps(sums + (i * Side * step), step, columns, block + (i * Side * next), next);
        for (int j = 0; j < columns.End; j++) Taps(block + (j * next), Side * next, rows, taps + (j * column), row);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static void Taps<T>(T* s, nint step, in PhaseSpan span, T* taps, nint tapStep) where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        Vector512<T> half = Vector512.Create(T.CreateTruncating(0.5)), s1 = half * Vector512.Load(s + step), s2 = half * Vector512.Load(s + (2 * step)), even = s1 + s2, odd = s1 - s2;
        for (int t = 0; t < span.End; t++)
        {
            Vector512<T> v = t == 0 ? even + Vector512.Load(s) : even;
            if (span.HasLast && t == span.End - 1) v += Vector512.Load(s + (3 * step));
            v.Store(taps + (t * tapStep));
            (even, odd) = (odd, even);
        }
    }
}

/// <summary>Elements First … End − 1 of Block along one direction, and whether there are sums at ∞.</summary>
readonly record struct PhaseSpan(int First, int End, int Block, bool HasLast);
