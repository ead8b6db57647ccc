using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Autograd.Kernels;

/// <summary>Operands of one register tile of a weight gradient: a sum over the pixels of one image.</summary>
unsafe struct ConvWeightTile<T> where T : unmanaged
{
    /// <summary>Image element that the first output pixel reads at offset 0.</summary>
    public T* Image;

    /// <summary>Elements of the image from one output row to the next.</summary>
    public nint ImageRow;

    /// <summary>Output gradient: vectors of channels per pixel, or padded rows of pixels per channel.</summary>
    public T* Cotangent;

    /// <summary>Elements of the output gradient from one channel to the next (pixel vectors only).</summary>
    public nint CotangentPlane;

    /// <summary>Offsets of the taps of this tile in the image.</summary>
    public nint* Taps;

    /// <summary>Output rows.</summary>
    public int Rows;

    /// <summary>Output columns.</summary>
    public int Columns;

    /// <summary>Running sums, read and written.</summary>
    public T* Sums;
}

/// <summary>The weight-gradient micro-kernel whose vectors hold output channels: up to 14 rows of two vectors.</summary>
static unsafe class ConvWeightTileKernel
{
    /// <summary>
    /// Adds one image. A row is a tap with two vectors of channels (<see cref="WideChannelVectors"/>),
    /// or the taps i and TRows + i with one vector each (<see cref="ChannelVectors"/>).
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Run<T, TRows, TMode>(ConvWeightTile<T>* tile)
        where T : unmanaged where TRows : struct, IRegisterCount where TMode : struct, IConvMode
    {
        T* dy = tile->Cotangent, sums = tile->Sums, row = tile->Image;
        nint* taps = tile->Taps;
        nint imageRow = tile->ImageRow;
        int columns = tile->Columns;
        Vector512<T> c0a = default, c0b = default, c1a = default, c1b = default, c2a = default, c2b = default, c3a = default, c3b = default, c4a = default, c4b = default, c5a = default, c5b = default, c6a = default, c6b = default;
        Vector512<T> c7a = default, c7b = default, c8a = default, c8b = default, c9a = default, c9b = default, c10a = default, c10b = default, c11a = default, c11b = default, c12a = default, c12b = default, c13a = default, c13b = default;
        if (TRows.Value > 0) { c0a = Vector512.LoadAligned(sums + 0 * Vector512<T>.Count); c0b = Vector512.LoadAligned(sums + 1 * Vector512<T>.Count); }
        if (TRows.Value > 1) { c1a = Vector512.LoadAligned(sums + 2 * Vector512<T>.Count); c1b = Vector512.LoadAligned(sums + 3 * Vector512<T>.Count); }
        if (TRows.Value > 2) { c2a = Vector512.LoadAligned(sums + 4 * Vector512<T>.Count); c2b = Vector512.LoadAligned(sums + 5 * Vector512<T>.Count); }
        if (TRows.Value > 3) { c3a = Vector512.LoadAligned(sums + 6 * Vector512<T>.Count); c3b = Vector512.LoadAligned(sums + 7 * Vector512<T>.Count); }
        if (TRows.Value > 4) { c4a = Vector512.LoadAligned(sums + 8 * Vector512<T>.Count); c4b = Vector512.LoadAligned(sums + 9 * Vector512<T>.Count); }
        if (TRows.Value > 5) { c5a = Vector512.LoadAligned(sums + 10 * Vector512<T>.Count); c5b = Vector512.LoadAligned(sums + 11 * Vector512<T>.Count); }
        if (TRows.Value > 6) { c6a = Vector512.LoadAligned(sums + 12 * Vector512<T>.Count); c6b = Vector512.LoadAligned(sums + 13 * Vector512<T>.Count); }
        if (TRows.Value > 7) { c7a = Vector512.LoadAligned(sums + 14 * Vector512<T>.Count); c7b = Vector512.LoadAligned(sums + 15 * Vector512<T>.Count); }
        if (TRows.Value > 8) { c8a = Vector512.LoadAligned(sums + 16 * Vector512<T>.Count); c8b = Vector512.LoadAligned(sums + 17 * Vector512<T>.Count); }
        if (TRows.Value > 9) { c9a = Vector512.LoadAligned(sums + 18 * Vector512<T>.Count); c9b = Vector512.LoadAligned(sums + 19 * Vector512<T>.Count); }
        if (TRows.Value > 10) { c10a = Vector512.LoadAligned(sums + 20 * Vector512<T>.Count); c10b = Vector512.LoadAligned(sums + 21 * Vector512<T>.Count); }
        if (TRows.Value > 11) { c11a = Vector512.LoadAligned(sums + 22 * Vector512<T>.Count); c11b = Vector512.LoadAligned(sums + 23 * Vector512<T>.Count); }
        if (TRows.Value > 12) { c12a = Vector512.LoadAligned(sums + 24 * Vector512<T>.Count); c12b = Vector512.LoadAligned(sums + 25 * Vector512<T>.Count); }
        if (TRows.Value > 13) { c13a = Vector512.LoadAligned(sums + 26 * Vector512<T>.Count); c13b = Vector512.LoadAligned(sums + 27 * Vector512<T>.Count); }
        for (int r = tile->Rows; r > 0; r--, row += imageRow)
        {
            T* end = row + columns;
            for (T* x = row; x < end; x++)
            {
                Vector512<T> v = Vector512.Load(dy);
                Vector512<T> u = TMode.TwoFilterVectors ? Vector512.Load(dy + Vector512<T>.Count) : v;
                dy += TMode.TwoFilterVectors ? 2 * Vector512<T>.Count : Vector512<T>.Count;
                if (TRows.Value > 0)
                {
                    Vector512<T> s = Vector512.Create(x[taps[0]]);
                    c0a = VectorOps.Fma(s, v, c0a);
                    c0b = VectorOps.Fma(TMode.TwoScalars ? Vector512.Create(x[taps[TRows.Value + 0]]) : s, u, c0b);
                }
                if (TRows.Value > 1)
                {
                    Vector512<T> s = Vector512.Create(x[taps[1]]);
                    c1a = VectorOps.Fma(s, v, c1a);
                    c1b = VectorOps.Fma(TMode.TwoScalars ? Vector512.Create(x[taps[TRows.Value + 1]]) : s, u, c1b);
                }
                if (TRows.Value > 2)
                {
                    Vector512<T> s = Vector512.Create(x[taps[2]]);
                    c2a = VectorOps.Fma(s, v, c2a);
                    c2b = VectorOps.Fma(TMode.TwoScalars ? Vector512.Create(x[taps[TRows.Value + 2]]) : s, u, c2b);
                }
                if (TRows.Value > 3)
                {
                    Vector512<T> s = Vector512.Create(x[taps[3]]);
                    c3a = VectorOps.Fma(s, v, c3a);
                    c3b = VectorOps.Fma(TMode.TwoScalars ? Vector512.Create(x[taps[TRows.Value + 3]]) : s, u, c3b);
                }
                if (TRows.Value > 4)
                {
                    Vector512<T> s = Vector512.Create(x[taps[4]]);
                    c4a = VectorOps.Fma(s, v, c4a);
                    c4b = VectorOps.Fma(TMode.TwoScalars ? Vector512.Create(x[taps[TRows.Value + 4]]) : s, u, c4b);
                }
                if (TRows.Value > 5)
                {
                    Vector512<T> s = Vector512.Create(x[taps[5]]);
                    c5a = VectorOps.Fma(s, v, c5a);
                    c5b = VectorOps.Fma(TMode.TwoScalars ? Vector512.Create(x[taps[TRows.Value + 5]]) : s, u, c5b);
                }
                if (TRows.Value > 6)
                {
                    Vector512<T> s = Vector512.Create(x[taps[6]]);
                    c6a = VectorOps.Fma(s, v, c6a);
                    c6b = VectorOps.Fma(TMode.TwoScalars ? Vector512.Create(x[taps[TRows.Value + 6]]) : s, u, c6b);
                }
                if (TRows.Value > 7)
                {
                    Vector512<T> s = Vector512.Create(x[taps[7]]);
                    c7a = VectorOps.Fma(s, v, c7a);
                    c7b = VectorOps.Fma(TMode.TwoScalars ? Vector512.Create(x[taps[TRows.Value + 7]]) : s, u, c7b);
                }
                if (TRows.Value > 8)
                {
                    Vector512<T> s = Vector512.Create(x[taps[8]]);
                    c8a = VectorOps.Fma(s, v, c8a);
                    c8b = VectorOps.Fma(TMode.TwoScalars ? Vector512.Create(x[taps[TRows.Value + 8]]) : s, u, c8b);
                }
                if (TRows.Value > 9)
                {
                    Vector512<T> s = Vector512.Create(x[taps[9]]);
                    c9a = VectorOps.Fma(s, v, c9a);
                    c9b = VectorOps.Fma(TMode.TwoScalars ? Vector512.Create(x[taps[TRows.Value + 9]]) : s, u, c9b);
                }
                if (TRows.Value > 10)
                {
                    Vector512<T> s = Vector512.Create(x[taps[10]]);
                    c10a = VectorOps.Fma(s, v, c10a);
                    c10b = VectorOps.Fma(TMode.TwoScalars ? Vector512.Create(x[taps[TRows.Value + 10]]) : s, u, c10b);
                }
                if (TRows.Value > 11)
                {
                    Vector512<T> s = Vector512.Create(x[taps[11]]);
                    c11a = VectorOps.Fma(s, v, c11a);
                    c11b = VectorOps.Fma(TMode.TwoScalars ? Vector512.Create(x[taps[TRows.Value + 11]]) : s, u, c11b);
                }
                if (TRows.Value > 12)
                {
                    Vector512<T> s = Vector512.Create(x[taps[12]]);
                    c12a = VectorOps.Fma(s, v, c12a);
                    c12b = VectorOps.Fma(TMode.TwoScalars ? Vector512.Create(x[taps[TRows.Value + 12]]) : s, u, c12b);
                }
                if (TRows.Value > 13)
                {
                    Vector512<T> s = Vector512.Create(x[taps[13]]);
                    c13a = VectorOps.Fma(s, v, c13a);
                    c13b = VectorOps.Fma(TMode.TwoScalars ? Vector512.Create(x[taps[TRows.Value + 13]]) : s, u, c13b);
                }
            }
        }
        if (TRows.Value > 0) { c0a.StoreAligned(sums + 0 * Vector512<T>.Count); c0b.StoreAligned(sums + 1 * Vector512<T>.Count); }
        if (TRows.Value > 1) { c1a.StoreAligned(sums + 2 * Vector512<T>.Count); c1b.StoreAligned(sums + 3 * Vector512<T>.Count); }
        if (TRows.Value > 2) { c2a.StoreAligned(sums + 4 * Vector512<T>.Count); c2b.StoreAligned(sums + 5 * Vector512<T>.Count); }
        if (TRows.Value > 3) { c3a.StoreAligned(sums + 6 * Vector512<T>.Count); c3b.StoreAligned(sums + 7 * Vector512<T>.Count); }
        if (TRows.Value > 4) { c4a.StoreAligned(sums + 8 * Vector512<T>.Count); c4b.StoreAligned(sums + 9 * Vector512<T>.Count); }
        if (TRows.Value > 5) { c5a.StoreAligned(sums + 10 * Vector512<T>.Count); c5b.StoreAligned(sums + 11 * Vector512<T>.Count); }
        if (TRows.Value > 6) { c6a.StoreAligned(sums + 12 * Vector512<T>.Count); c6b.StoreAligned(sums + 13 * Vector512<T>.Count); }
        if (TRows.Value > 7) { c7a.StoreAligned(sums + 14 * Vector512<T>.Count); c7b.StoreAligned(sums + 15 * Vector512<T>.Count); }
        if (TRows.Value > 8) { c8a.StoreAligned(sums + 16 * Vector512<T>.Count); c8b.StoreAligned(sums + 17 * Vector512<T>.Count); }
        if (TRows.Value > 9) { c9a.StoreAligned(sums + 18 * Vector512<T>.Count); c9b.StoreAligned(sums + 19 * Vector512<T>.Count); }
        if (TRows.Value > 10) { c10a.StoreAligned(sums + 20 * Vector512<T>.Count); c10b.StoreAligned(sums + 21 * Vector512<T>.Count); }
        if (TRows.Value > 11) { c11a.StoreAligned(sums + 22 * Vector512<T>.Count); c11b.StoreAligned(sums + 23 * Vector512<T>.Count); }
        if (TRows.Value > 12) { c12a.StoreAligned(sums + 24 * Vector512<T>.Count); c12b.StoreAligned(sums + 25 * Vector512<T>.Count); }
        if (TRows.Value > 13) { c13a.StoreAligned(sums + 26 * Vector512<T>.Count); c13b.StoreAligned(sums + 27 * Vector512<T>.Count); }
    }
}

/// <summary>Entry points of <see cref="ConvWeightTileKernel"/> by number of rows.</summary>
static unsafe class ConvWeightTileKernels<T, TMode> where T : unmanaged where TMode : struct, IConvMode
{
    /// <summary>Entry r is a tile of r rows, r in 1 … 14.</summary>
    public static readonly delegate*<ConvWeightTile<T>*, void>[] ByRows =
    [
        null,
        &ConvWeightTileKernel.Run<T, R1, TMode>,
        &ConvWeightTileKernel.Run<T, R2, TMode>,
        &ConvWeightTileKernel.Run<T, R3, TMode>,
        &ConvWeightTileKernel.Run<T, R4, TMode>,
        &ConvWeightTileKernel.Run<T, R5, TMode>,
        &ConvWeightTileKernel.Run<T, R6, TMode>,
        &ConvWeightTileKernel.Run<T, R7, TMode>,
        &ConvWeightTileKernel.Run<T, R8, TMode>,
        &ConvWeightTileKernel.Run<T, R9, TMode>,
        &ConvWeightTileKernel.Run<T, R10, TMode>,
        &ConvWeightTileKernel.Run<T, R11, TMode>,
        &ConvWeightTileKernel.Run<T, R12, TMode>,
        &ConvWeightTileKernel.Run<T, R13, TMode>,
        &ConvWeightTileKernel.Run<T, R14, TMode>,
    ];
}
