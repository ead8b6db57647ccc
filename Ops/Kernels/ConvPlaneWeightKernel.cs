using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Autograd.Kernels;

/// <summary>Rows of neighbouring planes, or pairs of planes, of the image and of the output gradient.</summary>
unsafe struct ConvPlaneWeightTile<T> where T : unmanaged
{
    /// <summary>First row of the image and of the output gradient.</summary>
    public T* Image, Cotangent;

    /// <summary>Elements from one plane to the next.</summary>
    public nint ImagePlane, CotangentPlane;

    /// <summary>The columns of the image, less the output's own, that the taps of a row meet.</summary>
    public int First, Second, Third;

    /// <summary>Rows and columns of the image, and of the output gradient.</summary>
    public int Rows, ImageWidth, Height, Width;

    /// <summary>The row of the output gradient that the first row of the image begins with.</summary>
    public int Start;

    /// <summary>Of every second row, whether the first of the image meets the second row of taps alone.</summary>
    public bool IsBetween;

    /// <summary>Planes; an odd number of them makes the last one its own neighbour.</summary>
    public int Planes;

    /// <summary>Running sums, a vector for each tap.</summary>
    public T* Sums;

    /// <summary>What is asked for meanwhile: image and output gradient of the next strip.</summary>
    public T* AheadImage, AheadCotangent;
}

/// <summary>The micro-kernel of <see cref="ConvPlaneWeightPass{T}"/>: the sums of all taps stay in registers while rows are walked down.</summary>
static unsafe class ConvPlaneWeightKernel
{
    /// <summary>Adds all planes; without 512-bit registers by halves, which are planes of a pair.</summary>
    public static void Run<T, TPlanes, TSpacing, TRows, TColumns, TWalk>(ConvPlaneWeightTile<T>* tile)
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
    static void Part<S, P, V, M, T, TPlanes, TSpacing, TRows, TColumns, TWalk>(ConvPlaneWeightTile<T>* tile, int lane)
        where S : struct, ILanes<V, T> where P : struct, IPlaneLanes<V, M, T> where T : unmanaged where TPlanes : struct, IRegisterCount where TSpacing : struct, IPlaneSpacing
        where TRows : struct, IRegisterCount where TColumns : struct, IRegisterCount where TWalk : struct, IRowWalk
    {
        nint vector = Vector512<T>.Count, down = TColumns.Value * vector, cotangentRow = tile->Width;
        T* aheadImage = tile->AheadImage, aheadCotangent = tile->AheadCotangent;
        int height = tile->Height, width = tile->ImageWidth, first = tile->First, second = tile->Second, third = tile->Third;
        for (int column = TPlanes.Value > 1 ? 0 : lane; column < tile->Width; column += Vector512<T>.Count)
        {
            int at = PlaneReader.Column<TSpacing>(column), results = tile->Width - column;
            PlaneReader.Masks<S, P, V, M, T, TColumns, TSpacing>(
                at + first, at + second, at + third, width, results, out M m0, out M m1, out M m2, out V w0, out V w1, out V w2, out V w3);
            M mask = P.Lanes(0, results);
            nint firstTap = first, secondTap = second, thirdTap = third;
            T* image = tile->Image + at, cotangent = tile->Cotangent + column, sums = tile->Sums + lane;
            for (int plane = 0; plane < tile->Planes; plane += TPlanes.Value)
            {
                bool paired = TPlanes.Value > 1 && plane + 1 < tile->Planes, isOther = paired && lane > 0;
                nint other = paired ? tile->ImagePlane : 0, otherCotangent = paired ? tile->CotangentPlane : 0, next = P.IsPair ? other : S.Count;
                V c00 = S.Load(sums), c01 = default!, c02 = default!, c10 = S.Load(sums + down), c11 = default!, c12 = default!, c20 = default!, c21 = default!, c22 = default!;
                if (TColumns.Value > 1) c01 = S.Load(sums + vector);
                if (TColumns.Value > 2) c02 = S.Load(sums + (2 * vector));
                if (TColumns.Value > 1) c11 = S.Load(sums + down + vector);
                if (TColumns.Value > 2) c12 = S.Load(sums + down + (2 * vector));
                if (TRows.Value > 2) c20 = S.Load(sums + (2 * down));
                if (TRows.Value > 2 && TColumns.Value > 1) c21 = S.Load(sums + (2 * down) + vector);
                if (TRows.Value > 2 && TColumns.Value > 2) c22 = S.Load(sums + (2 * down) + (2 * vector));
                int o = tile->Start;
                T* x = isOther ? image + other : image, dy = (isOther ? cotangent + otherCotangent : cotangent) + (o * cotangentRow);
                bool between = tile->IsBetween;
                // The rows of dy that a row of the image meets by its first, second and third row of taps; those above the first are not there.
                V d0 = default!, d1 = default!, d2 = default!;
                if (TWalk.IsPlain && o > 0 && o <= height) d1 = P.Get(dy - cotangentRow, otherCotangent, mask);
                if (TWalk.IsPlain && TRows.Value > 2 && o > 1 && o <= height + 1) d2 = P.Get(dy - (2 * cotangentRow), otherCotangent, mask);
                if (!TWalk.IsPlain && between) d0 = P.Get(dy, otherCotangent, mask);
                else if (!TWalk.IsPlain && o > 0 && o <= height) d0 = P.Get(dy - cotangentRow, otherCotangent, mask);
                if (between)
                {
                    o++;
                    dy += cotangentRow;
                }
                for (int r = tile->Rows; r > 0; r--, x += width)
                {
                    if (Sse.IsSupported)
                    {
                        Sse.Prefetch1(aheadImage);
                        if (TSpacing.Value == PlaneColumns.Split) Sse.Prefetch1(aheadImage + S.Count);
                    }
                    aheadImage += PlaneReader.Column<TSpacing>(S.Count);
                    PlaneReader.Read<P, V, M, T, TColumns, TSpacing>(x, firstTap, secondTap, thirdTap, other, next, m0, m1, m2, w0, w1, w2, w3, out V a, out V b, out V c);
                    if (TWalk.IsPlain || !between)
                    {
                        if (TRows.Value > 2) d2 = TWalk.IsPlain ? d2 : d0;
                        d0 = default!;
                        if (o < height)
                        {
                            d0 = P.Get(dy, otherCotangent, mask);
                            if (Sse.IsSupported) Sse.Prefetch1(aheadCotangent);
                            aheadCotangent += S.Count;
                        }
                        o++;
                        dy += cotangentRow;
                        c00 = S.Fma(d0, a, c00);
                        if (TColumns.Value > 1) c01 = S.Fma(d0, b, c01);
                        if (TColumns.Value > 2) c02 = S.Fma(d0, c, c02);
                        if (TRows.Value > 2) c20 = S.Fma(d2, a, c20);
                        if (TRows.Value > 2 && TColumns.Value > 1) c21 = S.Fma(d2, b, c21);
                        if (TRows.Value > 2 && TColumns.Value > 2) c22 = S.Fma(d2, c, c22);
                    }
                    if (TWalk.IsPlain || between)
                    {
                        V d = TWalk.IsPlain ? d1 : d0;
                        c10 = S.Fma(d, a, c10);
                        if (TColumns.Value > 1) c11 = S.Fma(d, b, c11);
                        if (TColumns.Value > 2) c12 = S.Fma(d, c, c12);
                    }
                    if (TWalk.IsPlain) (d1, d2) = (d0, d1);
                    else between = !between;
                }
                S.Store(sums, c00);
                if (TColumns.Value > 1) S.Store(sums + vector, c01);
                if (TColumns.Value > 2) S.Store(sums + (2 * vector), c02);
                S.Store(sums + down, c10);
                if (TColumns.Value > 1) S.Store(sums + down + vector, c11);
                if (TColumns.Value > 2) S.Store(sums + down + (2 * vector), c12);
                if (TRows.Value > 2) S.Store(sums + (2 * down), c20);
                if (TRows.Value > 2 && TColumns.Value > 1) S.Store(sums + (2 * down) + vector, c21);
                if (TRows.Value > 2 && TColumns.Value > 2) S.Store(sums + (2 * down) + (2 * vector), c22);
                image += TPlanes.Value * tile->ImagePlane;
                cotangent += TPlanes.Value * tile->CotangentPlane;
                sums += TRows.Value * down;
            }
        }
    }
}

/// <summary>Entry points of <see cref="ConvPlaneWeightKernel"/>.</summary>
static unsafe class ConvPlaneWeightKernels<T, TPlanes, TSpacing> where T : unmanaged where TPlanes : struct, IRegisterCount where TSpacing : struct, IPlaneSpacing
{
    /// <summary>Entry 3·(rows of taps − 2) + columns of taps − 1; then those of three rows for every second row of windows.</summary>
    public static readonly delegate*<ConvPlaneWeightTile<T>*, void>[] ByTaps =
    [
        &ConvPlaneWeightKernel.Run<T, TPlanes, TSpacing, R2, R1, EveryRow>,
        &ConvPlaneWeightKernel.Run<T, TPlanes, TSpacing, R2, R2, EveryRow>,
        &ConvPlaneWeightKernel.Run<T, TPlanes, TSpacing, R2, R3, EveryRow>,
        &ConvPlaneWeightKernel.Run<T, TPlanes, TSpacing, R3, R1, EveryRow>,
        &ConvPlaneWeightKernel.Run<T, TPlanes, TSpacing, R3, R2, EveryRow>,
        &ConvPlaneWeightKernel.Run<T, TPlanes, TSpacing, R3, R3, EveryRow>,
        &ConvPlaneWeightKernel.Run<T, TPlanes, TSpacing, R3, R1, TwoToOne>,
        &ConvPlaneWeightKernel.Run<T, TPlanes, TSpacing, R3, R2, TwoToOne>,
        &ConvPlaneWeightKernel.Run<T, TPlanes, TSpacing, R3, R3, TwoToOne>,
    ];
}
