using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Autograd.Kernels;

/// <summary>Operands of neighbouring planes, or pairs of planes, that are strips of <see cref="ConvPlaneRows{T}"/>.</summary>
unsafe struct ConvPlaneWeightTile<T> where T : unmanaged
{
    /// <summary>First row of the image and of the output gradient.</summary>
    public T* Image, Cotangent;

    /// <summary>Elements from one row to the next.</summary>
    public nint ImageRow, CotangentRow;

    /// <summary>Elements from one plane or pair to the next.</summary>
    public nint ImagePlane, CotangentPlane;

    /// <summary>Where the taps of a row are read.</summary>
    public nint First, Second, Third;

    /// <summary>Rows of the image, and rows and columns of the output gradient.</summary>
    public int Rows, Height, Width;

    /// <summary>The row of the output gradient that the first row of the image begins with.</summary>
    public int Start;

    /// <summary>Of every second row, whether the first of the image meets the second row of taps alone.</summary>
    public bool IsBetween;

    /// <summary>Planes.</summary>
    public int Planes;

    /// <summary>Running sums, a vector for each tap.</summary>
    public T* Sums;

    /// <summary>What is asked for meanwhile: image and output gradient of the next strip.</summary>
    public T* AheadImage, AheadCotangent;
}

/// <summary>The micro-kernel of <see cref="ConvPlaneWeightPass{T}"/>: the sums of all taps stay in registers while rows are walked down.</summary>
static unsafe class ConvPlaneWeightKernel
{
    /// <summary>Adds all planes, <paramref name="together"/> in a vector; without 512-bit registers by halves.</summary>
    public static void Run<T, TRows, TColumns, TWalk>(ConvPlaneWeightTile<T>* tile, int together)
        where T : unmanaged where TRows : struct, IRegisterCount where TColumns : struct, IRegisterCount where TWalk : struct, IRowWalk
    {
        if (Vector512.IsHardwareAccelerated)
        {
            Part<Lanes512<T>, Vector512<T>, T, TRows, TColumns, TWalk>(tile, together, 0);
            return;
        }
        Part<Lanes256<T>, Vector256<T>, T, TRows, TColumns, TWalk>(tile, together, 0);
        Part<Lanes256<T>, Vector256<T>, T, TRows, TColumns, TWalk>(tile, together, Vector256<T>.Count);
    }

    [MethodImpl(Jit.Loop)]
    static void Part<S, V, T, TRows, TColumns, TWalk>(ConvPlaneWeightTile<T>* tile, int together, int lane)
        where S : struct, ILanes<V, T> where T : unmanaged where TRows : struct, IRegisterCount where TColumns : struct, IRegisterCount where TWalk : struct, IRowWalk
    {
        nint next = Vector512<T>.Count, down = TColumns.Value * next, row = tile->ImageRow, cotangentRow = tile->CotangentRow, first = tile->First, second = tile->Second, third = tile->Third;
        T* image = tile->Image + lane, cotangent = tile->Cotangent + lane, sums = tile->Sums + lane, aheadImage = tile->AheadImage, aheadCotangent = tile->AheadCotangent;
        int height = tile->Height;
        for (int plane = 0; plane < tile->Planes; plane += together)
        {
            V c00 = S.Load(sums), c01 = default!, c02 = default!, c10 = S.Load(sums + down), c11 = default!, c12 = default!, c20 = default!, c21 = default!, c22 = default!;
            if (TColumns.Value > 1) c01 = S.Load(sums + next);
            if (TColumns.Value > 2) c02 = S.Load(sums + (2 * next));
            if (TColumns.Value > 1) c11 = S.Load(sums + down + next);
            if (TColumns.Value > 2) c12 = S.Load(sums + down + (2 * next));
            if (TRows.Value > 2) c20 = S.Load(sums + (2 * down));
            if (TRows.Value > 2 && TColumns.Value > 1) c21 = S.Load(sums + (2 * down) + next);
            if (TRows.Value > 2 && TColumns.Value > 2) c22 = S.Load(sums + (2 * down) + (2 * next));
            for (int column = 0; column < tile->Width; column += (int)next)
            {
                int o = tile->Start;
                T* x = image + column, dy = cotangent + column + (o * cotangentRow);
                bool between = tile->IsBetween;
                // The rows of dy that a row of the image meets by its first, second and third row of taps; those above the first are not there.
                V d0 = default!, d1 = default!, d2 = default!;
                if (TWalk.IsPlain && o > 0 && o <= height) d1 = S.Load(dy - cotangentRow);
                if (TWalk.IsPlain && TRows.Value > 2 && o > 1 && o <= height + 1) d2 = S.Load(dy - (2 * cotangentRow));
                if (!TWalk.IsPlain && between) d0 = S.Load(dy);
                else if (!TWalk.IsPlain && o > 0 && o <= height) d0 = S.Load(dy - cotangentRow);
                if (between)
                {
                    o++;
                    dy += cotangentRow;
                }
                for (int r = tile->Rows; r > 0; r--, x += row)
                {
                    if (Sse.IsSupported)
                    {
                        Sse.Prefetch1(aheadImage);
                        if (!TWalk.IsPlain) Sse.Prefetch1(aheadImage + S.Count);
                    }
                    aheadImage += TWalk.Sources * S.Count;
                    V a = S.Load(x + first), b = default!, c = default!;
                    if (TColumns.Value > 1) b = S.Load(x + second);
                    if (TColumns.Value > 2) c = S.Load(x + third);
                    if (TWalk.IsPlain || !between)
                    {
                        if (TRows.Value > 2) d2 = TWalk.IsPlain ? d2 : d0;
                        d0 = default!;
                        if (o < height)
                        {
                            d0 = S.Load(dy);
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
            }
            S.Store(sums, c00);
            if (TColumns.Value > 1) S.Store(sums + next, c01);
            if (TColumns.Value > 2) S.Store(sums + (2 * next), c02);
            S.Store(sums + down, c10);
            if (TColumns.Value > 1) S.Store(sums + down + next, c11);
            if (TColumns.Value > 2) S.Store(sums + down + (2 * next), c12);
            if (TRows.Value > 2) S.Store(sums + (2 * down), c20);
            if (TRows.Value > 2 && TColumns.Value > 1) S.Store(sums + (2 * down) + next, c21);
            if (TRows.Value > 2 && TColumns.Value > 2) S.Store(sums + (2 * down) + (2 * next), c22);
            image += tile->ImagePlane;
            cotangent += tile->CotangentPlane;
            sums += TRows.Value * down;
        }
    }
}

/// <summary>Entry points of <see cref="ConvPlaneWeightKernel"/>.</summary>
static unsafe class ConvPlaneWeightKernels<T> where T : unmanaged
{
    /// <summary>Entry 3·(rows of taps − 2) + columns of taps − 1; then those of three rows for every second row of windows.</summary>
    public static readonly delegate*<ConvPlaneWeightTile<T>*, int, void>[] ByTaps =
    [
        &ConvPlaneWeightKernel.Run<T, R2, R1, EveryRow>,
        &ConvPlaneWeightKernel.Run<T, R2, R2, EveryRow>,
        &ConvPlaneWeightKernel.Run<T, R2, R3, EveryRow>,
        &ConvPlaneWeightKernel.Run<T, R3, R1, EveryRow>,
        &ConvPlaneWeightKernel.Run<T, R3, R2, EveryRow>,
        &ConvPlaneWeightKernel.Run<T, R3, R3, EveryRow>,
        &ConvPlaneWeightKernel.Run<T, R3, R1, TwoToOne>,
        &ConvPlaneWeightKernel.Run<T, R3, R2, TwoToOne>,
        &ConvPlaneWeightKernel.Run<T, R3, R3, TwoToOne>,
    ];
}
