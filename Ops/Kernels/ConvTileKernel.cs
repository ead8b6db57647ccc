using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Autograd.Kernels;

/// <summary>Operands of one register tile of a convolution: a sum over k of broadcast scalars times vectors.</summary>
unsafe struct ConvTile<T> where T : unmanaged
{
    /// <summary>Image element that the first output of the tile reads at offset 0.</summary>
    public T* Image;

    /// <summary>Offset of tap k in the image, in elements.</summary>
    public nint* Offsets;

    /// <summary>Packed filter, <see cref="FilterStep"/> elements per tap.</summary>
    public T* Filter;

    /// <summary>Elements from one tap of the packed filter to the next.</summary>
    public nint FilterStep;

    /// <summary>Number of taps.</summary>
    public int Taps;

    /// <summary>Distance in the image from the first stream of outputs to the second.</summary>
    public nint Second;

    /// <summary>What the sums start from, laid out as one tap of the filter.</summary>
    public T* Bias;

    /// <summary>Result: two vectors per row of the tile.</summary>
    public T* Out;

    /// <summary>
    /// If set, a tile of pixel vectors is written to its output rows instead: channels <see cref="Plane"/> apart, the vectors
    /// <see cref="NextVector"/> apart, the first <see cref="Width"/> and <see cref="NextWidth"/> lanes. Needs masked stores.
    /// </summary>
    public T* Direct;

    /// <summary>Elements of the output from one channel to the next.</summary>
    public nint Plane;

    /// <summary>Elements of the output from the first vector to the second.</summary>
    public nint NextVector;

    /// <summary>Lanes of the first vector that are written.</summary>
    public int Width;

    /// <summary>Lanes of the second vector that are written.</summary>
    public int NextWidth;
}

/// <summary>The convolution micro-kernel: up to 14 rows of two vectors each, held in registers.</summary>
static unsafe class ConvTileKernel
{
    /// <summary>Most rows that one tile can have.</summary>
    public const int MaxRows = 14;

    /// <summary>Computes one tile of TRows rows; see <see cref="IConvMode"/> for what a row and a vector are.</summary>
    // Without 512-bit registers a row's two vectors are four halves, computed one after the other: 14 sums, a vector and a scalar fill 16 registers.
    public static void Run<T, TRows, TMode>(ConvTile<T>* tile)
        where T : unmanaged where TRows : struct, IRegisterCount where TMode : struct, IConvMode
    {
        if (Vector512.IsHardwareAccelerated)
        {
            Part<Lanes512<T>, Vector512<T>, T, TRows, TMode>(tile, 0, false);
            return;
        }
        for (int half = 0; half < 4; half++) Part<Lanes256<T>, Vector256<T>, T, TRows, TMode>(tile, half % 2 * Vector256<T>.Count, half >= 2);
    }

    /// <summary>Both vectors of all rows, or, where V is half as wide, the lanes from <paramref name="lane"/> on of one of them.</summary>
    [MethodImpl(Jit.Loop)]
    static void Part<S, V, T, TRows, TMode>(ConvTile<T>* tile, nint lane, bool isSecond)
        where S : struct, ILanes<V, T> where T : unmanaged where TRows : struct, IRegisterCount where TMode : struct, IConvMode
    {
        bool both = S.Count == Vector512<T>.Count;
        T* filter = tile->Filter, image = tile->Image, bias = tile->Bias;
        nint second = tile->Second, step = tile->FilterStep;
        nint* offset = tile->Offsets, end = offset + tile->Taps;
        // From where a half's scalars and vectors are read.
        nint scalarShift = isSecond && TMode.TwoScalars ? second : 0;
        nint vectorShift = lane + (!isSecond || TMode.TwoScalars ? 0 : TMode.TwoFilterVectors ? Vector512<T>.Count : second);
        V c0a = default!, c0b = default!, c1a = default!, c1b = default!, c2a = default!, c2b = default!, c3a = default!, c3b = default!, c4a = default!, c4b = default!, c5a = default!, c5b = default!, c6a = default!, c6b = default!;
        V c7a = default!, c7b = default!, c8a = default!, c8b = default!, c9a = default!, c9b = default!, c10a = default!, c10b = default!, c11a = default!, c11b = default!, c12a = default!, c12b = default!, c13a = default!, c13b = default!;
        if (TMode.VectorIsFilter)
        {
            V first = S.Load(bias + vectorShift), other = TMode.TwoFilterVectors && both ? S.Load(bias + Vector512<T>.Count) : first;
            if (TRows.Value > 0) { c0a = first; c0b = other; }
            if (TRows.Value > 1) { c1a = first; c1b = other; }
            if (TRows.Value > 2) { c2a = first; c2b = other; }
            if (TRows.Value > 3) { c3a = first; c3b = other; }
            if (TRows.Value > 4) { c4a = first; c4b = other; }
            if (TRows.Value > 5) { c5a = first; c5b = other; }
            if (TRows.Value > 6) { c6a = first; c6b = other; }
            if (TRows.Value > 7) { c7a = first; c7b = other; }
            if (TRows.Value > 8) { c8a = first; c8b = other; }
            if (TRows.Value > 9) { c9a = first; c9b = other; }
            if (TRows.Value > 10) { c10a = first; c10b = other; }
            if (TRows.Value > 11) { c11a = first; c11b = other; }
            if (TRows.Value > 12) { c12a = first; c12b = other; }
            if (TRows.Value > 13) { c13a = first; c13b = other; }
        }
        else
        {
            if (TRows.Value > 0) c0a = c0b = S.Broadcast(bias[0]);
            if (TRows.Value > 1) c1a = c1b = S.Broadcast(bias[1]);
            if (TRows.Value > 2) c2a = c2b = S.Broadcast(bias[2]);
            if (TRows.Value > 3) c3a = c3b = S.Broadcast(bias[3]);
            if (TRows.Value > 4) c4a = c4b = S.Broadcast(bias[4]);
            if (TRows.Value > 5) c5a = c5b = S.Broadcast(bias[5]);
            if (TRows.Value > 6) c6a = c6b = S.Broadcast(bias[6]);
            if (TRows.Value > 7) c7a = c7b = S.Broadcast(bias[7]);
            if (TRows.Value > 8) c8a = c8b = S.Broadcast(bias[8]);
            if (TRows.Value > 9) c9a = c9b = S.Broadcast(bias[9]);
            if (TRows.Value > 10) c10a = c10b = S.Broadcast(bias[10]);
            if (TRows.Value > 11) c11a = c11b = S.Broadcast(bias[11]);
            if (TRows.Value > 12) c12a = c12b = S.Broadcast(bias[12]);
            if (TRows.Value > 13) c13a = c13b = S.Broadcast(bias[13]);
        }
        for (; offset < end; offset++)
        {
            T* x = image + *offset;
            T* scalars = (TMode.VectorIsFilter ? x : filter) + scalarShift;
            V v = S.Load((TMode.VectorIsFilter ? filter : x) + vectorShift), u = v;
            if (both && TMode.TwoFilterVectors) u = S.Load(filter + Vector512<T>.Count);
            else if (both && !TMode.VectorIsFilter) u = S.Load(x + second);
            if (TRows.Value > 0)
            {
                V s = S.Broadcast(scalars[0]);
                c0a = S.Fma(s, v, c0a);
                if (both) c0b = S.Fma(TMode.TwoScalars ? S.Broadcast(scalars[second + 0]) : s, u, c0b);
            }
            if (TRows.Value > 1)
            {
                V s = S.Broadcast(scalars[1]);
                c1a = S.Fma(s, v, c1a);
                if (both) c1b = S.Fma(TMode.TwoScalars ? S.Broadcast(scalars[second + 1]) : s, u, c1b);
            }
            if (TRows.Value > 2)
            {
                V s = S.Broadcast(scalars[2]);
                c2a = S.Fma(s, v, c2a);
                if (both) c2b = S.Fma(TMode.TwoScalars ? S.Broadcast(scalars[second + 2]) : s, u, c2b);
            }
            if (TRows.Value > 3)
            {
                V s = S.Broadcast(scalars[3]);
                c3a = S.Fma(s, v, c3a);
                if (both) c3b = S.Fma(TMode.TwoScalars ? S.Broadcast(scalars[second + 3]) : s, u, c3b);
            }
            if (TRows.Value > 4)
            {
                V s = S.Broadcast(scalars[4]);
                c4a = S.Fma(s, v, c4a);
                if (both) c4b = S.Fma(TMode.TwoScalars ? S.Broadcast(scalars[second + 4]) : s, u, c4b);
            }
            if (TRows.Value > 5)
            {
                V s = S.Broadcast(scalars[5]);
                c5a = S.Fma(s, v, c5a);
                if (both) c5b = S.Fma(TMode.TwoScalars ? S.Broadcast(scalars[second + 5]) : s, u, c5b);
            }
            if (TRows.Value > 6)
            {
                V s = S.Broadcast(scalars[6]);
                c6a = S.Fma(s, v, c6a);
                if (both) c6b = S.Fma(TMode.TwoScalars ? S.Broadcast(scalars[second + 6]) : s, u, c6b);
            }
            if (TRows.Value > 7)
            {
                V s = S.Broadcast(scalars[7]);
                c7a = S.Fma(s, v, c7a);
                if (both) c7b = S.Fma(TMode.TwoScalars ? S.Broadcast(scalars[second + 7]) : s, u, c7b);
            }
            if (TRows.Value > 8)
            {
                V s = S.Broadcast(scalars[8]);
                c8a = S.Fma(s, v, c8a);
                if (both) c8b = S.Fma(TMode.TwoScalars ? S.Broadcast(scalars[second + 8]) : s, u, c8b);
            }
            if (TRows.Value > 9)
            {
                V s = S.Broadcast(scalars[9]);
                c9a = S.Fma(s, v, c9a);
                if (both) c9b = S.Fma(TMode.TwoScalars ? S.Broadcast(scalars[second + 9]) : s, u, c9b);
            }
            if (TRows.Value > 10)
            {
                V s = S.Broadcast(scalars[10]);
                c10a = S.Fma(s, v, c10a);
                if (both) c10b = S.Fma(TMode.TwoScalars ? S.Broadcast(scalars[second + 10]) : s, u, c10b);
            }
            if (TRows.Value > 11)
            {
                V s = S.Broadcast(scalars[11]);
                c11a = S.Fma(s, v, c11a);
                if (both) c11b = S.Fma(TMode.TwoScalars ? S.Broadcast(scalars[second + 11]) : s, u, c11b);
            }
            if (TRows.Value > 12)
            {
                V s = S.Broadcast(scalars[12]);
                c12a = S.Fma(s, v, c12a);
                if (both) c12b = S.Fma(TMode.TwoScalars ? S.Broadcast(scalars[second + 12]) : s, u, c12b);
            }
            if (TRows.Value > 13)
            {
                V s = S.Broadcast(scalars[13]);
                c13a = S.Fma(s, v, c13a);
                if (both) c13b = S.Fma(TMode.TwoScalars ? S.Broadcast(scalars[second + 13]) : s, u, c13b);
            }
            filter += step;
        }
        if (both && !TMode.VectorIsFilter && tile->Direct != null)
        {
            T* y = tile->Direct;
            nint next = tile->NextVector, plane = tile->Plane;
            int width = tile->Width, nextWidth = tile->NextWidth;
            V mask = S.Mask(width), nextMask = S.Mask(nextWidth);
            if (TRows.Value > 0) { S.StorePart(y, c0a, mask, width); S.StorePart(y + next, c0b, nextMask, nextWidth); y += plane; }
            if (TRows.Value > 1) { S.StorePart(y, c1a, mask, width); S.StorePart(y + next, c1b, nextMask, nextWidth); y += plane; }
            if (TRows.Value > 2) { S.StorePart(y, c2a, mask, width); S.StorePart(y + next, c2b, nextMask, nextWidth); y += plane; }
            if (TRows.Value > 3) { S.StorePart(y, c3a, mask, width); S.StorePart(y + next, c3b, nextMask, nextWidth); y += plane; }
            if (TRows.Value > 4) { S.StorePart(y, c4a, mask, width); S.StorePart(y + next, c4b, nextMask, nextWidth); y += plane; }
            if (TRows.Value > 5) { S.StorePart(y, c5a, mask, width); S.StorePart(y + next, c5b, nextMask, nextWidth); y += plane; }
            if (TRows.Value > 6) { S.StorePart(y, c6a, mask, width); S.StorePart(y + next, c6b, nextMask, nextWidth); y += plane; }
            if (TRows.Value > 7) { S.StorePart(y, c7a, mask, width); S.StorePart(y + next, c7b, nextMask, nextWidth); y += plane; }
            if (TRows.Value > 8) { S.StorePart(y, c8a, mask, width); S.StorePart(y + next, c8b, nextMask, nextWidth); y += plane; }
            if (TRows.Value > 9) { S.StorePart(y, c9a, mask, width); S.StorePart(y + next, c9b, nextMask, nextWidth); y += plane; }
            if (TRows.Value > 10) { S.StorePart(y, c10a, mask, width); S.StorePart(y + next, c10b, nextMask, nextWidth); y += plane; }
            if (TRows.Value > 11) { S.StorePart(y, c11a, mask, width); S.StorePart(y + next, c11b, nextMask, nextWidth); y += plane; }
            if (TRows.Value > 12) { S.StorePart(y, c12a, mask, width); S.StorePart(y + next, c12b, nextMask, nextWidth); y += plane; }
            if (TRows.Value > 13) { S.StorePart(y, c13a, mask, width); S.StorePart(y + next, c13b, nextMask, nextWidth); y += plane; }
            return;
        }
        T* target = tile->Out + lane + (isSecond ? Vector512<T>.Count : 0);
        if (TRows.Value > 0) { S.Store(target + 0 * Vector512<T>.Count, c0a); if (both) S.Store(target + 1 * Vector512<T>.Count, c0b); }
        if (TRows.Value > 1) { S.Store(target + 2 * Vector512<T>.Count, c1a); if (both) S.Store(target + 3 * Vector512<T>.Count, c1b); }
        if (TRows.Value > 2) { S.Store(target + 4 * Vector512<T>.Count, c2a); if (both) S.Store(target + 5 * Vector512<T>.Count, c2b); }
        if (TRows.Value > 3) { S.Store(target + 6 * Vector512<T>.Count, c3a); if (both) S.Store(target + 7 * Vector512<T>.Count, c3b); }
        if (TRows.Value > 4) { S.Store(target + 8 * Vector512<T>.Count, c4a); if (both) S.Store(target + 9 * Vector512<T>.Count, c4b); }
        if (TRows.Value > 5) { S.Store(target + 10 * Vector512<T>.Count, c5a); if (both) S.Store(target + 11 * Vector512<T>.Count, c5b); }
        if (TRows.Value > 6) { S.Store(target + 12 * Vector512<T>.Count, c6a); if (both) S.Store(target + 13 * Vector512<T>.Count, c6b); }
        if (TRows.Value > 7) { S.Store(target + 14 * Vector512<T>.Count, c7a); if (both) S.Store(target + 15 * Vector512<T>.Count, c7b); }
        if (TRows.Value > 8) { S.Store(target + 16 * Vector512<T>.Count, c8a); if (both) S.Store(target + 17 * Vector512<T>.Count, c8b); }
        if (TRows.Value > 9) { S.Store(target + 18 * Vector512<T>.Count, c9a); if (both) S.Store(target + 19 * Vector512<T>.Count, c9b); }
        if (TRows.Value > 10) { S.Store(target + 20 * Vector512<T>.Count, c10a); if (both) S.Store(target + 21 * Vector512<T>.Count, c10b); }
        if (TRows.Value > 11) { S.Store(target + 22 * Vector512<T>.Count, c11a); if (both) S.Store(target + 23 * Vector512<T>.Count, c11b); }
        if (TRows.Value > 12) { S.Store(target + 24 * Vector512<T>.Count, c12a); if (both) S.Store(target + 25 * Vector512<T>.Count, c12b); }
        if (TRows.Value > 13) { S.Store(target + 26 * Vector512<T>.Count, c13a); if (both) S.Store(target + 27 * Vector512<T>.Count, c13b); }
    }
}

/// <summary>Entry points of <see cref="ConvTileKernel"/> by number of rows.</summary>
static unsafe class ConvTileKernels<T, TMode> where T : unmanaged where TMode : struct, IConvMode
{
    /// <summary>Entry r computes a tile of r rows, r in 1 … 14.</summary>
    public static readonly delegate*<ConvTile<T>*, void>[] ByRows =
    [
        null,
        &ConvTileKernel.Run<T, R1, TMode>,
        &ConvTileKernel.Run<T, R2, TMode>,
        &ConvTileKernel.Run<T, R3, TMode>,
        &ConvTileKernel.Run<T, R4, TMode>,
        &ConvTileKernel.Run<T, R5, TMode>,
        &ConvTileKernel.Run<T, R6, TMode>,
        &ConvTileKernel.Run<T, R7, TMode>,
        &ConvTileKernel.Run<T, R8, TMode>,
        &ConvTileKernel.Run<T, R9, TMode>,
        &ConvTileKernel.Run<T, R10, TMode>,
        &ConvTileKernel.Run<T, R11, TMode>,
        &ConvTileKernel.Run<T, R12, TMode>,
        &ConvTileKernel.Run<T, R13, TMode>,
        &ConvTileKernel.Run<T, R14, TMode>,
    ];
}
