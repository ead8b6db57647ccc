using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Autograd.Kernels;

/// <summary>Blocks of outputs of a convolution with strides from 12 to 20 products; see Note [Products of phases].</summary>
// Note [Products of phases]
// A convolution of stride s reads s phases of the rows, every s-th row each, with every s-th row of the filter: a sum of s convolutions of stride 1 with filters
// of r = ⌈k / s⌉ rows or one less. What Note [Products of rows] does for one of them, here with m + r − 1 = 3, 4 or 5, is linear:
// the phases' products are added before outputs are made of them, once for all. So they are further terms of the sums over channels. At ∞ a filter has its
// last row, and one of fewer than r rows has none: its product is left out. Rows and columns both treated so, 3 × 3 taps with stride 2 need 9 · 5 products
// for 4 × 2 outputs instead of 72 or 7 · 7 for 3 × 3 instead of 81, 4 × 4 taps 8 · 8 for 3 × 3 instead of 144: what divides the outputs best is taken.
// The gradient by the source has as many convolutions of dy, one for each phase of the result, which share the products of dy; that of the filter is summed over
// the blocks. The values are taken at ∞ and at 0, 1, −1, or ¾, −¾, or ½, −½, 5/4, −5/4: pairs without 0 err less where there are an odd number of values. Five along
// both directions would save a tenth more, with larger errors.
// Sources: Winograd, Arithmetic complexity of computations, 1980; Huang et al., DWM: a decomposable Winograd method, 2020.
static unsafe class PhaseProducts
{
    /// <summary>Most taps along one direction of a phase.</summary>
    public const int MostTaps = 3;

    /// <summary>Most products of a block.</summary>
    public const int MostCount = 20;

    /// <summary>Values along the rows and along the columns that there may be.</summary>
    static readonly (int Rows, int Columns)[] Sides = [(4, 4), (5, 3), (5, 4), (4, 3)];

    /// <summary>The phases of the rows and of the columns, with as many values as are fastest, and whether they save time over direct sums.</summary>
    /// <param name="g">Sizes of the convolution.</param>
    /// <param name="lanes">Elements of a vector.</param>
    /// <param name="direction">Which of them it is: their ends cost differently, and so does going tap by tap.</param>
    public static (ConvPhases Row, ConvPhases Column, bool Pays) Best(in Conv2dGeometry g, int lanes, ConvDirection direction)
    {
        (ConvPhases Row, ConvPhases Column, bool Pays) best = default;
        int rowTaps = (g.KH + g.StrideH - 1) / g.StrideH, columnTaps = (g.KW + g.StrideW - 1) / g.StrideW;
        if (Math.Max(rowTaps, columnTaps) > MostTaps || Math.Min(rowTaps, columnTaps) < 2 || g.GroupC < lanes || g.GroupOutC < lanes) return best;
        // Going tap by tap is slow over short rows.
        double least = double.PositiveInfinity, shortness = direction switch { ConvDirection.Forward => 4, ConvDirection.Input => 9, _ => 10 };
        double direct = 0.85 * (1 + (shortness / ((double)g.OutW * g.OutW))) * g.N * g.OutH * g.OutW * g.KH * g.KW * g.GroupC * g.GroupOutC;
        foreach ((int rows, int columns) in Sides)
        {
            ConvPhases row = new(g.KH, g.StrideH, g.PadH, g.H, g.OutH, rows, direction == ConvDirection.Input), column = new(g.KW, g.StrideW, g.PadW, g.W, g.OutW, columns, row.IsGradient);
            double cost = Cost(g, row, column, lanes, direction);
            if (cost >= least) continue;
            least = cost;
            best = (row, column, cost < direct);
        }
        return best;
    }

    /// <summary>The multiply-adds, and what makes and joins the products, in vectors. Products of the filters cost the more, the less of them stays in a cache.</summary>
    static double Cost(in Conv2dGeometry g, ConvPhases row, ConvPhases column, int lanes, ConvDirection direction)
    {
        double blocks = (double)g.N * row.Blocks * column.Blocks, each = (double)g.GroupC * g.GroupOutC, count = row.Side * column.Side, filters = count * g.StrideH * g.StrideW * each;
        double ends = (row.SourcePhases * column.SourcePhases * (row.IsGradient ? g.GroupOutC : g.GroupC)) + (row.ResultPhases * column.ResultPhases * (row.IsGradient ? g.GroupC : g.GroupOutC));
        (double end, double filter) = direction switch { ConvDirection.Forward => (7.5, 3), ConvDirection.Input => (10.5, 6.5), _ => (6, 4) };
        double memory = filters * g.Groups * 64 / lanes / (1 << 20);
        return (blocks * row.Products * column.Products * each) + (end * count * blocks * ends) + ((filter + (0.6 * memory * memory)) * filters);
    }

    /// <summary>G along both: the products of the filters of a phase, vectors of channels.</summary>
    [MethodImpl(Jit.Loop)]
    public static void Filters<T, TRows, TColumns>(in PhaseRun<T> run, T* taps, int rows, int columns, nint row, nint column)
        where T : unmanaged, IBinaryFloatingPointIeee754<T> where TRows : struct, IRegisterCount where TColumns : struct, IRegisterCount
    {
        int next = Vector512<T>.Count, across = TColumns.Value * next;
        T* block = run.Block, products = run.Products;
        nint step = run.Step;
        for (int b = run.Count; b > 0; b--, taps += run.Next, products += run.NextProducts)
        {
            for (int j = 0; j < columns; j++) Values<T, TRows>(taps + (j * column), rows, row, block + (j * next), across, true);
            for (int i = 0; i < TRows.Value; i++) Values<T, TColumns>(block + (i * across), columns, next, products + (i * TColumns.Value * step), step, true);
        }
    }

    /// <summary>Bᵀ along both: as many pixels, vectors of channels, to the products.</summary>
    [MethodImpl(Jit.Loop)]
    public static void Sources<T, TRows, TColumns>(in PhaseRun<T> run, T* x, nint row, nint column)
        where T : unmanaged, IBinaryFloatingPointIeee754<T> where TRows : struct, IRegisterCount where TColumns : struct, IRegisterCount
    {
        int next = Vector512<T>.Count, across = TColumns.Value * next;
        T* block = run.Block, products = run.Products;
        nint step = run.Step;
        for (int b = run.Count; b > 0; b--, x += run.Next, products += run.NextProducts)
        {
            for (int i = 0; i < TRows.Value; i++) Differences<T, TColumns>(x + (i * row), column, block + (i * across), next);
            for (int j = 0; j < TColumns.Value; j++) Differences<T, TRows>(block + (j * next), across, products + (j * step), TColumns.Value * step);
        }
    }

    /// <summary>Aᵀ along both: outputs of a block, a vector of channels each, from its sums.</summary>
    /// <param name="run">The sums, and from one block's outputs to the next's.</param>
    /// <param name="bias">Added to every output; null for none.</param>
    /// <param name="rows">Which of the rows are written.</param>
    /// <param name="columns">Which of the columns are written, for each block.</param>
    /// <param name="y">The first output.</param>
    /// <param name="row">From one row to the next.</param>
    /// <param name="column">From one column to the next.</param>
    [MethodImpl(Jit.Loop)]
    public static void Results<T, TRows, TColumns>(in PhaseRun<T> run, T* bias, PhaseSpan rows, PhaseSpan* columns, T* y, nint row, nint column)
        where T : unmanaged, IBinaryFloatingPointIeee754<T> where TRows : struct, IRegisterCount where TColumns : struct, IRegisterCount
    {
        int next = Vector512<T>.Count, across = TColumns.Value * next, down = rows.HasLast ? TRows.Value : TRows.Value - 1;
        T* block = run.Block, sums = run.Products;
        nint step = run.Step;
        Vector512<T> added = bias == null ? default : Vector512.Load(bias);
        for (int b = run.Count; b > 0; b--, y += run.Next, sums += run.NextProducts, columns++)
        {
            PhaseSpan span = *columns;
            // Sums at ∞ that there are none of are not read.
            for (int i = 0; i < down; i++) Join<T, TColumns>(sums + (i * TColumns.Value * step), step, default, span, block + (i * across), next, false);
            for (int j = span.First; j < span.End; j++) Join<T, TRows>(block + (j * next), across, added, rows, y + (j * column), row, false);
        }
    }

    /// <summary>A along both: the products' gradients from the outputs' gradients of a block.</summary>
    [MethodImpl(Jit.Loop)]
    public static void Cotangents<T, TRows, TColumns>(in PhaseRun<T> run, T* dy, nint row, int rows, int columns)
        where T : unmanaged, IBinaryFloatingPointIeee754<T> where TRows : struct, IRegisterCount where TColumns : struct, IRegisterCount
    {
        int next = Vector512<T>.Count, across = TColumns.Value * next;
        T* block = run.Block, products = run.Products;
        nint step = run.Step;
        for (int b = run.Count; b > 0; b--, dy += run.Next, products += run.NextProducts)
        {
            for (int i = 0; i < rows; i++) Values<T, TColumns>(dy + (i * row), columns, next, block + (i * across), next, false);
            for (int j = 0; j < TColumns.Value; j++) Values<T, TRows>(block + (j * next), rows, across, products + (j * step), TColumns.Value * step, false);
        }
    }

    /// <summary>Gᵀ along both: the gradients of the filters of a phase from their sums, a vector of channels each. Blocks are as high and wide as the filters.</summary>
    [MethodImpl(Jit.Loop)]
    public static void FilterGradients<T, TRows, TColumns>(in PhaseRun<T> run, PhaseSpan rows, PhaseSpan columns, T* taps, nint row, nint column)
        where T : unmanaged, IBinaryFloatingPointIeee754<T> where TRows : struct, IRegisterCount where TColumns : struct, IRegisterCount
    {
        int next = Vector512<T>.Count, across = TColumns.Value * next, down = rows.HasLast ? TRows.Value : TRows.Value - 1;
        T* block = run.Block, sums = run.Products;
        nint step = run.Step;
        for (int b = run.Count; b > 0; b--, taps += run.Next, sums += run.NextProducts)
        {
            for (int i = 0; i < down; i++) Join<T, TColumns>(sums + (i * TColumns.Value * step), step, default, columns, block + (i * across), next, true);
            for (int j = 0; j < columns.End; j++) Join<T, TRows>(block + (j * next), across, default, rows, taps + (j * column), row, true);
        }
    }

    /// <summary>The greater of the first pair of points.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static double First<TSide>() where TSide : struct, IRegisterCount => TSide.Value switch { 3 => 0.75, 4 => 1, _ => 0.5 };

    /// <summary>The greater of the second pair of five points.</summary>
    const double Second = 1.25;

    /// <summary>What G has in front of a polynomial's value at the greater of a pair.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static double Scale<TSide>() where TSide : struct, IRegisterCount => TSide.Value switch { 3 => 2.0 / 3, 4 => 0.5, _ => -16.0 / 21 };

    const double SecondScale = 32.0 / 105;

    /// <summary>A polynomial's values at all points; with what G has in front of them if it is a filter.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static void Values<T, TSide>(T* terms, int count, nint step, T* values, nint valueStep, bool isFilter) where T : unmanaged, IBinaryFloatingPointIeee754<T> where TSide : struct, IRegisterCount
    {
        Vector512<T> a = Number<T>(First<TSide>()), b = Number<T>(Second), power = a, power1 = b, first = Vector512.Load(terms), even = first, even1 = first, odd = default, odd1 = default, last = first;
        for (int t = 1; t < count; t++, power *= a, power1 *= b)
        {
            last = Vector512.Load(terms + (t * step));
            if (t % 2 == 0) even = VectorOps.Fma(power, last, even);
            else odd = VectorOps.Fma(power, last, odd);
            if (TSide.Value == 5 && t % 2 == 0) even1 = VectorOps.Fma(power1, last, even1);
            else if (TSide.Value == 5) odd1 = VectorOps.Fma(power1, last, odd1);
        }
        if (isFilter) (even, odd) = (Number<T>(Scale<TSide>()) * even, Number<T>(Scale<TSide>()) * odd);
        if (isFilter) (even1, odd1) = (Number<T>(SecondScale) * even1, Number<T>(SecondScale) * odd1);
        T* pair = TSide.Value == 4 ? values + valueStep : values;
        if (TSide.Value == 4) first.Store(values);
        (even + odd).Store(pair);
        (isFilter && TSide.Value != 4 ? odd - even : even - odd).Store(pair + valueStep);
        if (TSide.Value == 5) (even1 + odd1).Store(pair + (2 * valueStep));
        if (TSide.Value == 5) (isFilter ? odd1 - even1 : even1 - odd1).Store(pair + (3 * valueStep));
        last.Store(values + ((TSide.Value - 1) * valueStep));
    }

    /// <summary>Bᵀ: the elements of a phase, to the products.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static void Differences<T, TSide>(T* x, nint step, T* y, nint yStep) where T : unmanaged, IBinaryFloatingPointIeee754<T> where TSide : struct, IRegisterCount
    {
        Vector512<T> d0 = Vector512.Load(x), d1 = Vector512.Load(x + step), d2 = Vector512.Load(x + (2 * step));
        Vector512<T> a = Number<T>(First<TSide>()), minusA = Number<T>(-First<TSide>()), minusA2 = Number<T>(-First<TSide>() * First<TSide>());
        if (TSide.Value == 3)
        {
            VectorOps.Fma(a, d0, d1).Store(y);
            VectorOps.Fma(minusA, d0, d1).Store(y + yStep);
            VectorOps.Fma(minusA2, d0, d2).Store(y + (2 * yStep));
            return;
        }
        Vector512<T> d3 = Vector512.Load(x + (3 * step));
        if (TSide.Value == 4)
        {
            (d0 - d2).Store(y);
            (d1 + d2).Store(y + yStep);
            (d2 - d1).Store(y + (2 * yStep));
            (d3 - d1).Store(y + (3 * yStep));
            return;
        }
        // (x ± a)(x² − b²), (x ± b)(x² − a²) and (x² − a²)(x² − b²).
        Vector512<T> b = Number<T>(Second), minusB = Number<T>(-Second), minusB2 = Number<T>(-Second * Second), d4 = Vector512.Load(x + (4 * step));
        Vector512<T> even = VectorOps.Fma(minusB2, d0, d2), odd = VectorOps.Fma(minusB2, d1, d3), even1 = VectorOps.Fma(minusA2, d0, d2), odd1 = VectorOps.Fma(minusA2, d1, d3);
        VectorOps.Fma(a, even, odd).Store(y);
        VectorOps.Fma(minusA, even, odd).Store(y + yStep);
        VectorOps.Fma(b, even1, odd1).Store(y + (2 * yStep));
        VectorOps.Fma(minusB, even1, odd1).Store(y + (3 * yStep));
        VectorOps.Fma(minusA2, even, VectorOps.Fma(minusB2, d2, d4)).Store(y + (4 * yStep));
    }

    /// <summary>The opposite of <see cref="Values"/>: Aᵀ, or Gᵀ if it is a filter.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static void Join<T, TSide>(T* s, nint step, Vector512<T> bias, in PhaseSpan span, T* y, nint yStep, bool isFilter) where T : unmanaged, IBinaryFloatingPointIeee754<T> where TSide : struct, IRegisterCount
    {
        T* pair = TSide.Value == 4 ? s + step : s;
        Vector512<T> one = Vector512.Load(pair), other = Vector512.Load(pair + step), one1 = default, other1 = default;
        if (TSide.Value == 5) (one1, other1) = (Vector512.Load(pair + (2 * step)), Vector512.Load(pair + (3 * step)));
        if (isFilter)
        {
            (one, other) = (Number<T>(Scale<TSide>()) * one, Number<T>(TSide.Value == 4 ? Scale<TSide>() : -Scale<TSide>()) * other);
            (one1, other1) = (Number<T>(SecondScale) * one1, Number<T>(-SecondScale) * other1);
        }
        Vector512<T> even = one + other, odd = Number<T>(First<TSide>()) * (one - other), even1 = one1 + other1, odd1 = Number<T>(Second) * (one1 - other1);
        Vector512<T> square = Number<T>(First<TSide>() * First<TSide>()), square1 = Number<T>(Second * Second), last = span.HasLast ? Vector512.Load(s + ((TSide.Value - 1) * step)) : default;
        for (int t = 0; t < span.End; t++)
        {
            Vector512<T> v = TSide.Value == 5 ? even + even1 : even;
            if (TSide.Value == 4 && t == 0) v += Vector512.Load(s);
            if (t == span.Block - 1) v += last;
            if (t >= span.First) (v + bias).Store(y + (t * yStep));
            (even, odd) = (odd, square * even);
            if (TSide.Value == 5) (even1, odd1) = (odd1, square1 * even1);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static Vector512<T> Number<T>(double number) where T : unmanaged, IBinaryFloatingPointIeee754<T> => Vector512.Create(T.CreateTruncating(number));
}

/// <summary>Neighbouring blocks and their products, or sums of these.</summary>
/// <param name="count">Blocks.</param>
/// <param name="next">From one block's pixels, or taps, to the next's.</param>
/// <param name="products">The first block's first product.</param>
/// <param name="nextProducts">From one block's products to the next's.</param>
/// <param name="step">From one product of a block to the next.</param>
readonly unsafe struct PhaseRun<T>(int count, nint next, T* products, nint nextProducts, nint step) where T : unmanaged
{
    public readonly int Count = count;
    public readonly nint Next = next, NextProducts = nextProducts, Step = step;
    public readonly T* Products = products;

    /// <summary>Room for a block between rows and columns.</summary>
    public readonly T* Block = ConvScratch.Rent<T>(ScratchSlot.Block, PhaseProducts.MostCount * Vector512<T>.Count);
}

/// <summary>Elements First … End − 1 of Block along one direction, and whether there are sums at ∞.</summary>
readonly record struct PhaseSpan(int First, int End, int Block, bool HasLast);

/// <summary>The entry points of <see cref="PhaseProducts"/> for so many values along the rows and along the columns.</summary>
readonly unsafe struct PhaseKernels<T> where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    /// <summary>See <see cref="PhaseProducts.Filters"/>.</summary>
    public delegate*<in PhaseRun<T>, T*, int, int, nint, nint, void> Filters { get; private init; }

    /// <summary>See <see cref="PhaseProducts.Sources"/>.</summary>
    public delegate*<in PhaseRun<T>, T*, nint, nint, void> Sources { get; private init; }

    /// <summary>See <see cref="PhaseProducts.Results"/>.</summary>
    public delegate*<in PhaseRun<T>, T*, PhaseSpan, PhaseSpan*, T*, nint, nint, void> Results { get; private init; }

    /// <summary>See <see cref="PhaseProducts.Cotangents"/>.</summary>
    public delegate*<in PhaseRun<T>, T*, nint, int, int, void> Cotangents { get; private init; }

    /// <summary>See <see cref="PhaseProducts.FilterGradients"/>.</summary>
    public delegate*<in PhaseRun<T>, PhaseSpan, PhaseSpan, T*, nint, nint, void> FilterGradients { get; private init; }

    /// <summary>Those for the phases of the rows and of the columns.</summary>
    public static PhaseKernels<T> Of(ConvPhases row, ConvPhases column) => (row.Side, column.Side) switch
    {
        (4, 3) => Make<R4, R3>(),
        (4, 4) => Make<R4, R4>(),
        (5, 3) => Make<R5, R3>(),
        _ => Make<R5, R4>(),
    };

    static PhaseKernels<T> Make<TRows, TColumns>() where TRows : struct, IRegisterCount where TColumns : struct, IRegisterCount => new()
    {
        Filters = &PhaseProducts.Filters<T, TRows, TColumns>, Sources = &PhaseProducts.Sources<T, TRows, TColumns>, Results = &PhaseProducts.Results<T, TRows, TColumns>,
        Cotangents = &PhaseProducts.Cotangents<T, TRows, TColumns>, FilterGradients = &PhaseProducts.FilterGradients<T, TRows, TColumns>,
    };
}
