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
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Run<T, TRows, TMode>(ConvTile<T>* tile)
        where T : unmanaged where TRows : struct, IRegisterCount where TMode : struct, IConvMode
    {
        T* filter = tile->Filter, image = tile->Image, bias = tile->Bias;
        nint second = tile->Second, step = tile->FilterStep;
        nint* offset = tile->Offsets, end = offset + tile->Taps;
        Vector512<T> c0a = default, c0b = default, c1a = default, c1b = default, c2a = default, c2b = default, c3a = default, c3b = default, c4a = default, c4b = default, c5a = default, c5b = default, c6a = default, c6b = default;
        Vector512<T> c7a = default, c7b = default, c8a = default, c8b = default, c9a = default, c9b = default, c10a = default, c10b = default, c11a = default, c11b = default, c12a = default, c12b = default, c13a = default, c13b = default;
        if (TMode.VectorIsFilter)
        {
            Vector512<T> first = Vector512.Load(bias), other = TMode.TwoFilterVectors ? Vector512.Load(bias + Vector512<T>.Count) : first;
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
            if (TRows.Value > 0) c0a = c0b = Vector512.Create(bias[0]);
            if (TRows.Value > 1) c1a = c1b = Vector512.Create(bias[1]);
            if (TRows.Value > 2) c2a = c2b = Vector512.Create(bias[2]);
            if (TRows.Value > 3) c3a = c3b = Vector512.Create(bias[3]);
            if (TRows.Value > 4) c4a = c4b = Vector512.Create(bias[4]);
            if (TRows.Value > 5) c5a = c5b = Vector512.Create(bias[5]);
            if (TRows.Value > 6) c6a = c6b = Vector512.Create(bias[6]);
            if (TRows.Value > 7) c7a = c7b = Vector512.Create(bias[7]);
            if (TRows.Value > 8) c8a = c8b = Vector512.Create(bias[8]);
            if (TRows.Value > 9) c9a = c9b = Vector512.Create(bias[9]);
            if (TRows.Value > 10) c10a = c10b = Vector512.Create(bias[10]);
            if (TRows.Value > 11) c11a = c11b = Vector512.Create(bias[11]);
            if (TRows.Value > 12) c12a = c12b = Vector512.Create(bias[12]);
            if (TRows.Value > 13) c13a = c13b = Vector512.Create(bias[13]);
        }
        for (; offset < end; offset++)
        {
            T* x = image + *offset;
            T* scalars = TMode.VectorIsFilter ? x : filter;
            Vector512<T> v = Vector512.Load(TMode.VectorIsFilter ? filter : x);
            Vector512<T> u = TMode.TwoFilterVectors ? Vector512.Load(filter + Vector512<T>.Count) : TMode.VectorIsFilter ? v : Vector512.Load(x + second);
            if (TRows.Value > 0)
            {
                Vector512<T> s = Vector512.Create(scalars[0]);
                c0a = VectorOps.Fma(s, v, c0a);
                c0b = VectorOps.Fma(TMode.TwoScalars ? Vector512.Create(scalars[second + 0]) : s, u, c0b);
            }
            if (TRows.Value > 1)
            {
                Vector512<T> s = Vector512.Create(scalars[1]);
                c1a = VectorOps.Fma(s, v, c1a);
                c1b = VectorOps.Fma(TMode.TwoScalars ? Vector512.Create(scalars[second + 1]) : s, u, c1b);
            }
            if (TRows.Value > 2)
            {
                Vector512<T> s = Vector512.Create(scalars[2]);
                c2a = VectorOps.Fma(s, v, c2a);
                c2b = VectorOps.Fma(TMode.TwoScalars ? Vector512.Create(scalars[second + 2]) : s, u, c2b);
            }
            if (TRows.Value > 3)
            {
                Vector512<T> s = Vector512.Create(scalars[3]);
                c3a = VectorOps.Fma(s, v, c3a);
                c3b = VectorOps.Fma(TMode.TwoScalars ? Vector512.Create(scalars[second + 3]) : s, u, c3b);
            }
            if (TRows.Value > 4)
            {
                Vector512<T> s = Vector512.Create(scalars[4]);
                c4a = VectorOps.Fma(s, v, c4a);
                c4b = VectorOps.Fma(TMode.TwoScalars ? Vector512.Create(scalars[second + 4]) : s, u, c4b);
            }
            if (TRows.Value > 5)
            {
                Vector512<T> s = Vector512.Create(scalars[5]);
                c5a = VectorOps.Fma(s, v, c5a);
                c5b = VectorOps.Fma(TMode.TwoScalars ? Vector512.Create(scalars[second + 5]) : s, u, c5b);
            }
            if (TRows.Value > 6)
            {
                Vector512<T> s = Vector512.Create(scalars[6]);
                c6a = VectorOps.Fma(s, v, c6a);
                c6b = VectorOps.Fma(TMode.TwoScalars ? Vector512.Create(scalars[second + 6]) : s, u, c6b);
            }
            if (TRows.Value > 7)
            {
                Vector512<T> s = Vector512.Create(scalars[7]);
                c7a = VectorOps.Fma(s, v, c7a);
                c7b = VectorOps.Fma(TMode.TwoScalars ? Vector512.Create(scalars[second + 7]) : s, u, c7b);
            }
            if (TRows.Value > 8)
            {
                Vector512<T> s = Vector512.Create(scalars[8]);
                c8a = VectorOps.Fma(s, v, c8a);
                c8b = VectorOps.Fma(TMode.TwoScalars ? Vector512.Create(scalars[second + 8]) : s, u, c8b);
            }
            if (TRows.Value > 9)
            {
                Vector512<T> s = Vector512.Create(scalars[9]);
                c9a = VectorOps.Fma(s, v, c9a);
                c9b = VectorOps.Fma(TMode.TwoScalars ? Vector512.Create(scalars[second + 9]) : s, u, c9b);
            }
            if (TRows.Value > 10)
            {
                Vector512<T> s = Vector512.Create(scalars[10]);
                c10a = VectorOps.Fma(s, v, c10a);
                c10b = VectorOps.Fma(TMode.TwoScalars ? Vector512.Create(scalars[second + 10]) : s, u, c10b);
            }
            if (TRows.Value > 11)
            {
                Vector512<T> s = Vector512.Create(scalars[11]);
                c11a = VectorOps.Fma(s, v, c11a);
                c11b = VectorOps.Fma(TMode.TwoScalars ? Vector512.Create(scalars[second + 11]) : s, u, c11b);
            }
            if (TRows.Value > 12)
            {
                Vector512<T> s = Vector512.Create(scalars[12]);
                c12a = VectorOps.Fma(s, v, c12a);
                c12b = VectorOps.Fma(TMode.TwoScalars ? Vector512.Create(scalars[second + 12]) : s, u, c12b);
            }
            if (TRows.Value > 13)
            {
                Vector512<T> s = Vector512.Create(scalars[13]);
                c13a = VectorOps.Fma(s, v, c13a);
                c13b = VectorOps.Fma(TMode.TwoScalars ? Vector512.Create(scalars[second + 13]) : s, u, c13b);
            }
            filter += step;
        }
        if (!TMode.VectorIsFilter && tile->Direct != null)
        {
            T* y = tile->Direct;
            nint next = tile->NextVector, plane = tile->Plane;
            Vector512<T> mask = VectorOps.FirstMask<T>(tile->Width), nextMask = VectorOps.FirstMask<T>(tile->NextWidth);
            if (TRows.Value > 0) { VectorOps.StoreMasked(y, mask, c0a); VectorOps.StoreMasked(y + next, nextMask, c0b); y += plane; }
            if (TRows.Value > 1) { VectorOps.StoreMasked(y, mask, c1a); VectorOps.StoreMasked(y + next, nextMask, c1b); y += plane; }
            if (TRows.Value > 2) { VectorOps.StoreMasked(y, mask, c2a); VectorOps.StoreMasked(y + next, nextMask, c2b); y += plane; }
            if (TRows.Value > 3) { VectorOps.StoreMasked(y, mask, c3a); VectorOps.StoreMasked(y + next, nextMask, c3b); y += plane; }
            if (TRows.Value > 4) { VectorOps.StoreMasked(y, mask, c4a); VectorOps.StoreMasked(y + next, nextMask, c4b); y += plane; }
            if (TRows.Value > 5) { VectorOps.StoreMasked(y, mask, c5a); VectorOps.StoreMasked(y + next, nextMask, c5b); y += plane; }
            if (TRows.Value > 6) { VectorOps.StoreMasked(y, mask, c6a); VectorOps.StoreMasked(y + next, nextMask, c6b); y += plane; }
            if (TRows.Value > 7) { VectorOps.StoreMasked(y, mask, c7a); VectorOps.StoreMasked(y + next, nextMask, c7b); y += plane; }
            if (TRows.Value > 8) { VectorOps.StoreMasked(y, mask, c8a); VectorOps.StoreMasked(y + next, nextMask, c8b); y += plane; }
            if (TRows.Value > 9) { VectorOps.StoreMasked(y, mask, c9a); VectorOps.StoreMasked(y + next, nextMask, c9b); y += plane; }
            if (TRows.Value > 10) { VectorOps.StoreMasked(y, mask, c10a); VectorOps.StoreMasked(y + next, nextMask, c10b); y += plane; }
            if (TRows.Value > 11) { VectorOps.StoreMasked(y, mask, c11a); VectorOps.StoreMasked(y + next, nextMask, c11b); y += plane; }
            if (TRows.Value > 12) { VectorOps.StoreMasked(y, mask, c12a); VectorOps.StoreMasked(y + next, nextMask, c12b); y += plane; }
            if (TRows.Value > 13) { VectorOps.StoreMasked(y, mask, c13a); VectorOps.StoreMasked(y + next, nextMask, c13b); y += plane; }
            return;
        }
        T* target = tile->Out;
        if (TRows.Value > 0) { c0a.StoreAligned(target + 0 * Vector512<T>.Count); c0b.StoreAligned(target + 1 * Vector512<T>.Count); }
        if (TRows.Value > 1) { c1a.StoreAligned(target + 2 * Vector512<T>.Count); c1b.StoreAligned(target + 3 * Vector512<T>.Count); }
        if (TRows.Value > 2) { c2a.StoreAligned(target + 4 * Vector512<T>.Count); c2b.StoreAligned(target + 5 * Vector512<T>.Count); }
        if (TRows.Value > 3) { c3a.StoreAligned(target + 6 * Vector512<T>.Count); c3b.StoreAligned(target + 7 * Vector512<T>.Count); }
        if (TRows.Value > 4) { c4a.StoreAligned(target + 8 * Vector512<T>.Count); c4b.StoreAligned(target + 9 * Vector512<T>.Count); }
        if (TRows.Value > 5) { c5a.StoreAligned(target + 10 * Vector512<T>.Count); c5b.StoreAligned(target + 11 * Vector512<T>.Count); }
        if (TRows.Value > 6) { c6a.StoreAligned(target + 12 * Vector512<T>.Count); c6b.StoreAligned(target + 13 * Vector512<T>.Count); }
        if (TRows.Value > 7) { c7a.StoreAligned(target + 14 * Vector512<T>.Count); c7b.StoreAligned(target + 15 * Vector512<T>.Count); }
        if (TRows.Value > 8) { c8a.StoreAligned(target + 16 * Vector512<T>.Count); c8b.StoreAligned(target + 17 * Vector512<T>.Count); }
        if (TRows.Value > 9) { c9a.StoreAligned(target + 18 * Vector512<T>.Count); c9b.StoreAligned(target + 19 * Vector512<T>.Count); }
        if (TRows.Value > 10) { c10a.StoreAligned(target + 20 * Vector512<T>.Count); c10b.StoreAligned(target + 21 * Vector512<T>.Count); }
        if (TRows.Value > 11) { c11a.StoreAligned(target + 22 * Vector512<T>.Count); c11b.StoreAligned(target + 23 * Vector512<T>.Count); }
        if (TRows.Value > 12) { c12a.StoreAligned(target + 24 * Vector512<T>.Count); c12b.StoreAligned(target + 25 * Vector512<T>.Count); }
        if (TRows.Value > 13) { c13a.StoreAligned(target + 26 * Vector512<T>.Count); c13b.StoreAligned(target + 27 * Vector512<T>.Count); }
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
