using System.Runtime.CompilerServices;

namespace Autograd.Kernels;

/// <summary>Which columns of a plane the neighbouring lanes of a vector are for one column of taps.</summary>
enum PlaneColumns
{
    /// <summary>Neighbouring ones.</summary>
    All,

    /// <summary>Every second one: what windows two apart read.</summary>
    Split,

    /// <summary>Neighbouring ones, each for two results: what a gradient reads whose windows lie two apart.</summary>
    Spread,
}

/// <summary>A <see cref="PlaneColumns"/> known to the compiler.</summary>
interface IPlaneSpacing
{
    static abstract PlaneColumns Value { get; }
}

readonly struct AllColumns : IPlaneSpacing
{
    public static PlaneColumns Value => PlaneColumns.All;
}

readonly struct SplitColumns : IPlaneSpacing
{
    public static PlaneColumns Value => PlaneColumns.Split;
}

readonly struct SpreadColumns : IPlaneSpacing
{
    public static PlaneColumns Value => PlaneColumns.Spread;
}

/// <summary>Reads what the taps of a row meet: a vector of neighbouring results for each of up to three taps. What lies outside of a plane is zero.</summary>
static unsafe class PlaneReader
{
    /// <summary>Where the source has what a result meets that lies so far from the result's own column, from <see cref="Column"/> on.</summary>
    public static int Position(PlaneColumns columns, int column) => columns == PlaneColumns.Spread ? (column + 1) >> 1 : column;

    /// <summary>The column of the source that is a result's own; or that of two results, counted in twos.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static int Column<TSpacing>(int column) where TSpacing : struct, IPlaneSpacing =>
        TSpacing.Value == PlaneColumns.Split ? 2 * column : column;

    /// <summary>The lanes of a tap that are there, if the first one reads column <paramref name="at"/> of <paramref name="width"/>; those of no result are none.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static M Mask<S, P, V, M, T, TSpacing>(int at, int width, int results)
        where S : struct, ILanes<V, T> where P : struct, IPlaneLanes<V, M, T> where T : unmanaged where TSpacing : struct, IPlaneSpacing =>
        P.Lanes(-at, TSpacing.Value == PlaneColumns.Spread ? width - at : Math.Min(width - at, results));

    /// <summary>The lanes of every second result, from <paramref name="skip"/> on, that are there.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static V Lanes<P, V, M, T>(int at, int skip, int width, int results) where P : struct, IPlaneLanes<V, M, T> where T : unmanaged =>
        P.AllLanes(-at - skip, Math.Min(width - at, 2 * results) - skip);

    /// <summary>What <see cref="Read"/> needs to know of the lanes that are there: of each tap, and of both vectors that every second column is taken from.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Masks<S, P, V, M, T, TTaps, TSpacing>(
        int first, int second, int third, int width, int results, out M m0, out M m1, out M m2, out V w0, out V w1, out V w2, out V w3)
        where S : struct, ILanes<V, T> where P : struct, IPlaneLanes<V, M, T> where T : unmanaged where TTaps : struct, IRegisterCount where TSpacing : struct, IPlaneSpacing
    {
        m0 = Mask<S, P, V, M, T, TSpacing>(first, width, results);
        (m1, m2, w0, w1, w2, w3) = (default!, default!, default!, default!, default!, default!);
        if (TTaps.Value > 1) m1 = Mask<S, P, V, M, T, TSpacing>(second, width, results);
        if (TTaps.Value > 2) m2 = Mask<S, P, V, M, T, TSpacing>(third, width, results);
        if (TSpacing.Value != PlaneColumns.Split) return;
        int beyond = P.IsPair ? 0 : S.Count;
        w0 = Lanes<P, V, M, T>(first, 0, width, results);
        w1 = Lanes<P, V, M, T>(first, beyond, width, results);
        w2 = Lanes<P, V, M, T>(third, 0, width, results);
        w3 = Lanes<P, V, M, T>(third, beyond, width, results);
    }

    /// <summary>Reads the taps at these positions.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Read<P, V, M, T, TTaps, TSpacing>(
        T* x, nint first, nint second, nint third, nint other, nint next, M m0, M m1, M m2, V w0, V w1, V w2, V w3, out V a, out V b, out V c)
        where P : struct, IPlaneLanes<V, M, T> where T : unmanaged where TTaps : struct, IRegisterCount where TSpacing : struct, IPlaneSpacing
    {
        b = default!;
        c = default!;
        if (TSpacing.Value == PlaneColumns.Split)
        {
            V low = P.GetAll(x + first, w0), high = P.GetAll(x + first + next, w1);
            a = P.Even(low, high);
            if (TTaps.Value > 1) b = P.Odd(low, high);
            if (TTaps.Value > 2) c = P.Even(P.GetAll(x + third, w2), P.GetAll(x + third + next, w3));
            return;
        }
        a = P.Get(x + first, other, m0);
        if (TTaps.Value > 1) b = P.Get(x + second, other, m1);
        if (TTaps.Value > 2) c = P.Get(x + third, other, m2);
    }
}
