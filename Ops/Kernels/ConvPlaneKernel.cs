using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Autograd.Kernels;

/// <summary>Rows of neighbouring planes, or pairs of planes, and what becomes of them; see Note [Planes].</summary>
unsafe struct ConvPlaneTile<T> where T : unmanaged
{
    /// <summary>First row of the first plane of the source.</summary>
    public T* Image;

    /// <summary>Columns of the source.</summary>
    public int SourceWidth;

    /// <summary>Elements of a plane of the source.</summary>
    public nint ImagePlane;

    /// <summary>The columns of the source, less the result's own, that the taps of a row meet; see <see cref="PlaneReader.Position"/>.</summary>
    public int First, Second, Third;

    /// <summary>Of results of which every second one meets a tap, whether the first of them misses the first tap.</summary>
    public bool FirstIsOdd;

    /// <summary>Filter of the first plane.</summary>
    public T* Filter;

    /// <summary>Rows of the filter, in the order of those of the source.</summary>
    public nint Top, Middle, Bottom;

    /// <summary>Elements of a filter.</summary>
    public nint FilterSize;

    /// <summary>What the sums of the first plane start from; null for zeros.</summary>
    public T* Bias;

    /// <summary>Rows of the source, and sums that the first of them complete but that are no results.</summary>
    public int Rows, Skip;

    /// <summary>Of every second row, whether the first completes a sum.</summary>
    public bool Completes;

    /// <summary>First row of the results of the first plane.</summary>
    public T* Out;

    /// <summary>Elements of a plane of the results.</summary>
    public nint OutPlane;

    /// <summary>Rows and columns of the results.</summary>
    public int Height, Width;

    /// <summary>Planes; an odd number of them makes the last one its own neighbour.</summary>
    public int Planes;

    /// <summary>What is asked for meanwhile: the source and the results of the next strip.</summary>
    public T* Ahead, AheadOut;

    /// <summary>Whether results are added to what is there.</summary>
    public bool Adds;
}

/// <summary>The micro-kernel of <see cref="ConvPlanePass{T}"/>: down a vector of columns, the sums of the rows that a row of the source belongs to stay in registers.</summary>
static unsafe class ConvPlaneKernel
{
    /// <summary>Most taps along each direction: nine filter elements, as many sums as rows of taps, and three pixels are all in registers.</summary>
    public const int MaxTaps = 3;

    /// <summary>Computes all planes; without 512-bit registers by halves, which are planes of a pair.</summary>
    public static void Run<T, TPlanes, TSpacing, TRows, TColumns, TWalk>(ConvPlaneTile<T>* tile)
        where T : unmanaged where TPlanes : struct, IRegisterCount where TSpacing : struct, IPlaneSpacing
        where TRows : struct, IRegisterCount where TColumns : struct, IRegisterCount where TWalk : struct, IRowWalk
    {
        if (!Vector512.IsHardwareAccelerated)
        {
            Part<Lanes256<T>, OnePlane256<T>, Vector256<T>, Vector256<T>, T, TPlanes, TSpacing, TRows, TColumns, TWalk>(tile, 0);
            Part<Lanes256<T>, OnePlane256<T>, Vector256<T>, Vector256<T>, T, TPlanes, TSpacing, TRows, TColumns, TWalk>(tile, Vector256<T>.Count);
        }
        else if (TPlanes.Value > 1) Part<Lanes512<T>, TwoPlanes512<T>, Vector512<T>, Vector256<T>, T, TPlanes, TSpacing, TRows, TColumns, TWalk>(tile, 0);
        else Part<Lanes512<T>, OnePlane512<T>, Vector512<T>, Vector512<T>, T, TPlanes, TSpacing, TRows, TColumns, TWalk>(tile, 0);
    }

    [MethodImpl(Jit.Loop)]
    static void Part<S, P, V, M, T, TPlanes, TSpacing, TRows, TColumns, TWalk>(ConvPlaneTile<T>* tile, int lane)
        where S : struct, ILanes<V, T> where P : struct, IPlaneLanes<V, M, T> where T : unmanaged where TPlanes : struct, IRegisterCount where TSpacing : struct, IPlaneSpacing
        where TRows : struct, IRegisterCount where TColumns : struct, IRegisterCount where TWalk : struct, IRowWalk
    {
        T* ahead = tile->Ahead, aheadOut = tile->AheadOut;
        bool isSpread = TSpacing.Value == PlaneColumns.Spread;
        int width = tile->SourceWidth, each = isSpread ? 2 : 1;
        for (int column = TPlanes.Value > 1 ? 0 : lane; each * column < tile->Width; column += Vector512<T>.Count)
        {
            int at = PlaneReader.Column<TSpacing>(column), first = tile->First, second = tile->Second, third = tile->Third, results = tile->Width - (each * column);
            PlaneReader.Masks<S, P, V, M, T, TColumns, TSpacing>(
                at + first, at + second, at + third, width, results, out M m0, out M m1, out M m2, out V w0, out V w1, out V w2, out V w3);
            M mask = P.Lanes(0, results);
            if (isSpread) (w0, w1) = (P.AllLanes(0, results), P.AllLanes(0, P.IsPair ? results : results - S.Count));
            nint firstTap = first, secondTap = second, thirdTap = third;
            bool whole = TPlanes.Value == 1 && results >= each * S.Count && !tile->Adds, swaps = tile->FirstIsOdd;
            T* f = tile->Filter, image = tile->Image + at, result = tile->Out + (each * column);
            for (int plane = 0; plane < tile->Planes; plane += TPlanes.Value)
            {
                // Of an odd number the last plane is its own neighbour.
                bool paired = TPlanes.Value > 1 && plane + 1 < tile->Planes;
                nint other = paired ? tile->ImagePlane : 0, otherFilter = paired ? tile->FilterSize : 0, otherOut = paired ? tile->OutPlane : 0, row = width;
                T* from = image, to = result, filter = f;
                if (TPlanes.Value > 1 && lane > 0)
                {
                    if (!paired) break;
                    from += other;
                    to += otherOut;
                    filter += otherFilter;
                }
                nint next = P.IsPair ? other : S.Count;
                T* top = filter + tile->Top, middle = filter + tile->Middle, bottom = filter + tile->Bottom;
                V f00 = P.Broadcast(top, otherFilter), f01 = default!, f02 = default!, f10 = P.Broadcast(middle, otherFilter), f11 = default!, f12 = default!, f20 = default!, f21 = default!, f22 = default!;
                if (TColumns.Value > 1) f01 = P.Broadcast(top + 1, otherFilter);
                if (TColumns.Value > 2) f02 = P.Broadcast(top + 2, otherFilter);
                if (TColumns.Value > 1) f11 = P.Broadcast(middle + 1, otherFilter);
                if (TColumns.Value > 2) f12 = P.Broadcast(middle + 2, otherFilter);
                if (TRows.Value > 2) f20 = P.Broadcast(bottom, otherFilter);
                if (TRows.Value > 2 && TColumns.Value > 1) f21 = P.Broadcast(bottom + 1, otherFilter);
                if (TRows.Value > 2 && TColumns.Value > 2) f22 = P.Broadcast(bottom + 2, otherFilter);
                V bias = default!;
                if (tile->Bias != null) bias = P.Broadcast(tile->Bias + plane + (lane > 0 && paired ? 1 : 0), paired ? 1 : 0);
                // Of two results of each column t has those of the second tap.
                V s0 = bias, s1 = bias, t0 = bias, t1 = bias;
                T* x = from, y = to;
                int skip = tile->Skip, left = tile->Height;
                bool completes = tile->Completes;
                for (int r = tile->Rows; r > 0; r--, x += row)
                {
                    if (Sse.IsSupported)
                    {
                        Sse.Prefetch1(ahead);
                        if (TSpacing.Value == PlaneColumns.Split) Sse.Prefetch1(ahead + S.Count);
                    }
                    ahead += PlaneReader.Column<TSpacing>(S.Count);
                    PlaneReader.Read<P, V, M, T, TColumns, TSpacing>(x, firstTap, secondTap, thirdTap, other, next, m0, m1, m2, w0, w1, w2, w3, out V a, out V b, out V c);
                    if (TWalk.Sources > 1 && !completes)
                    {
                        s0 = S.Add(s0, Sum<S, V, T, TColumns, TSpacing>(f10, f11, f12, a, b, c));
                        completes = true;
                        continue;
                    }
                    if (Sse.IsSupported)
                    {
                        Sse.Prefetch1(aheadOut);
                        if (TWalk.Results * each > 1) Sse.Prefetch1(aheadOut + S.Count);
                        if (TWalk.Results * each > 2) Sse.Prefetch1(aheadOut + (2 * S.Count));
                        if (TWalk.Results * each > 2) Sse.Prefetch1(aheadOut + (3 * S.Count));
                    }
                    aheadOut += S.Count * TWalk.Results * each;
                    V begun = S.Add(bias, Sum<S, V, T, TColumns, TSpacing>(f00, f01, f02, a, b, c)), begun1 = bias;
                    if (isSpread && TColumns.Value > 1) begun1 = S.Add(bias, S.Multiply(f01, b));
                    if (TRows.Value == 2) s0 = S.Add(s0, Sum<S, V, T, TColumns, TSpacing>(f10, f11, f12, a, b, c));
                    if (TRows.Value == 2 && isSpread && TColumns.Value > 1) t0 = S.Add(t0, S.Multiply(f11, b));
                    if (TRows.Value == 3) s0 = S.Add(s0, Sum<S, V, T, TColumns, TSpacing>(f20, f21, f22, a, b, c));
                    if (TRows.Value == 3 && isSpread && TColumns.Value > 1) t0 = S.Add(t0, S.Multiply(f21, b));
                    if (TRows.Value == 3 && TWalk.IsPlain) s1 = S.Add(s1, Sum<S, V, T, TColumns, TSpacing>(f10, f11, f12, a, b, c));
                    if (TRows.Value == 3 && TWalk.IsPlain && isSpread && TColumns.Value > 1) t1 = S.Add(t1, S.Multiply(f11, b));
                    if (--skip < 0)
                    {
                        PutRow<S, P, V, M, T, TSpacing>(y, otherOut, s0, t0, swaps, whole, tile->Adds, mask, w0, w1);
                        y += tile->Width;
                        left--;
                    }
                    if (TWalk.Results > 1)
                    {
                        s0 = S.Add(bias, Sum<S, V, T, TColumns, TSpacing>(f10, f11, f12, a, b, c));
                        if (isSpread && TColumns.Value > 1) t0 = S.Add(bias, S.Multiply(f11, b));
                        if (--skip < 0 && left > 0)
                        {
                            PutRow<S, P, V, M, T, TSpacing>(y, otherOut, s0, t0, swaps, whole, tile->Adds, mask, w0, w1);
                            y += tile->Width;
                            left--;
                        }
                    }
                    if (TRows.Value == 2 || !TWalk.IsPlain) (s0, t0) = (begun, begun1);
                    if (TRows.Value == 3 && TWalk.IsPlain) (s0, s1, t0, t1) = (s1, begun, t1, begun1);
                    completes = false;
                }
                // Results whose last rows are padding.
                for (; left > 0; s0 = s1, s1 = bias, t0 = t1, t1 = bias)
                {
                    if (--skip >= 0) continue;
                    PutRow<S, P, V, M, T, TSpacing>(y, otherOut, s0, t0, swaps, whole, tile->Adds, mask, w0, w1);
                    y += tile->Width;
                    left--;
                }
                f += TPlanes.Value * tile->FilterSize;
                image += TPlanes.Value * tile->ImagePlane;
                result += TPlanes.Value * tile->OutPlane;
            }
        }
    }

    /// <summary>A row of taps, apart from the other rows: its sum does not wait for theirs. Without the second tap where that meets other results.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static V Sum<S, V, T, TColumns, TSpacing>(V fa, V fb, V fc, V a, V b, V c)
        where S : struct, ILanes<V, T> where T : unmanaged where TColumns : struct, IRegisterCount where TSpacing : struct, IPlaneSpacing
    {
        V sum = S.Multiply(fa, a);
        if (TColumns.Value > 1 && TSpacing.Value != PlaneColumns.Spread) sum = S.Fma(fb, b, sum);
        if (TColumns.Value > 2) sum = S.Fma(fc, c, sum);
        return sum;
    }

    /// <summary>The results of a vector of columns; of two results a column, those of the second tap come first if <paramref name="swaps"/>.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static void PutRow<S, P, V, M, T, TSpacing>(T* y, nint other, V s, V t, bool swaps, bool whole, bool adds, M mask, V lowMask, V highMask)
        where S : struct, ILanes<V, T> where P : struct, IPlaneLanes<V, M, T> where T : unmanaged where TSpacing : struct, IPlaneSpacing
    {
        if (TSpacing.Value == PlaneColumns.Spread) PutTurns<S, P, V, M, T>(y, other, swaps ? t : s, swaps ? s : t, whole, adds, lowMask, highMask);
        else Put<S, P, V, M, T>(y, other, s, whole, adds, mask);
    }

    /// <summary>Two vectors whose lanes take turns: neighbouring results of a plane, or of each of two.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static void PutTurns<S, P, V, M, T>(T* y, nint other, V even, V odd, bool whole, bool adds, V mask, V nextMask) where S : struct, ILanes<V, T> where P : struct, IPlaneLanes<V, M, T> where T : unmanaged
    {
        V low = P.TurnsLow(even, odd), high = P.TurnsHigh(even, odd);
        T* next = P.IsPair ? y + other : y + S.Count;
        if (whole)
        {
            S.Store(y, low);
            S.Store(next, high);
            return;
        }
        // Both are read before either is written: the last of an odd number of planes is its own neighbour.
        if (adds) (low, high) = (S.Add(P.GetAll(y, mask), low), S.Add(P.GetAll(next, nextMask), high));
        P.PutAll(y, low, mask);
        P.PutAll(next, high, nextMask);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static void Put<S, P, V, M, T>(T* y, nint other, V v, bool whole, bool adds, M mask) where S : struct, ILanes<V, T> where P : struct, IPlaneLanes<V, M, T> where T : unmanaged
    {
        if (whole) S.Store(y, v);
        else P.Put(y, other, adds ? S.Add(P.Get(y, other, mask), v) : v, mask);
    }
}

/// <summary>Entry points of <see cref="ConvPlaneKernel"/> for planes that fill vectors, or pairs of planes.</summary>
static unsafe class ConvPlaneKernels<T, TPlanes, TSpacing> where T : unmanaged where TPlanes : struct, IRegisterCount where TSpacing : struct, IPlaneSpacing
{
    /// <summary>Entry 3·(rows of taps − 2) + columns of taps − 1.</summary>
    public static readonly delegate*<ConvPlaneTile<T>*, void>[] ByTaps =
    [
        &ConvPlaneKernel.Run<T, TPlanes, TSpacing, R2, R1, EveryRow>,
        &ConvPlaneKernel.Run<T, TPlanes, TSpacing, R2, R2, EveryRow>,
        &ConvPlaneKernel.Run<T, TPlanes, TSpacing, R2, R3, EveryRow>,
        &ConvPlaneKernel.Run<T, TPlanes, TSpacing, R3, R1, EveryRow>,
        &ConvPlaneKernel.Run<T, TPlanes, TSpacing, R3, R2, EveryRow>,
        &ConvPlaneKernel.Run<T, TPlanes, TSpacing, R3, R3, EveryRow>,
        // Three rows of taps two rows apart, and the gradient of these.
        &ConvPlaneKernel.Run<T, TPlanes, TSpacing, R3, R1, TwoToOne>,
        &ConvPlaneKernel.Run<T, TPlanes, TSpacing, R3, R2, TwoToOne>,
        &ConvPlaneKernel.Run<T, TPlanes, TSpacing, R3, R3, TwoToOne>,
        &ConvPlaneKernel.Run<T, TPlanes, TSpacing, R3, R1, OneToTwo>,
        &ConvPlaneKernel.Run<T, TPlanes, TSpacing, R3, R2, OneToTwo>,
        &ConvPlaneKernel.Run<T, TPlanes, TSpacing, R3, R3, OneToTwo>,
    ];
}

/// <summary>How many rows of results there are to rows of the source.</summary>
interface IRowWalk
{
    /// <summary>Rows of the source from one that completes a sum to the next.</summary>
    static abstract int Sources { get; }

    /// <summary>Results that a row of the source completes.</summary>
    static abstract int Results { get; }

    /// <summary>Whether there are as many.</summary>
    static abstract bool IsPlain { get; }
}

/// <summary>As many.</summary>
readonly struct EveryRow : IRowWalk
{
    public static int Sources => 1;
    public static int Results => 1;
    public static bool IsPlain => true;
}

/// <summary>Half as many: windows two rows apart.</summary>
readonly struct TwoToOne : IRowWalk
{
    public static int Sources => 2;
    public static int Results => 1;
    public static bool IsPlain => false;
}

/// <summary>Twice as many: the gradient of windows two rows apart.</summary>
readonly struct OneToTwo : IRowWalk
{
    public static int Sources => 1;
    public static int Results => 2;
    public static bool IsPlain => false;
}
