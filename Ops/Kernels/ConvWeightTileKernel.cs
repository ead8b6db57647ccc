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

    /// <summary>Output gradient: vectors of channels per pixel, or rows of pixels per channel.</summary>
    public T* Cotangent;

    /// <summary>Elements of the output gradient from one channel to the next (pixel vectors only).</summary>
    public nint CotangentPlane;

    /// <summary>Elements of the output gradient from one row to the next (pixel vectors only).</summary>
    public nint CotangentRow;

    /// <summary>Offsets of the taps of this tile in the image.</summary>
    public nint* Taps;

    /// <summary>Output rows.</summary>
    public int Rows;

    /// <summary>Output columns.</summary>
    public int Columns;

    /// <summary>Elements of the image from one output column to the next, where it is not 1 (vectors of input channels only).</summary>
    public nint ColumnStep;

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
    public static void Run<T, TRows, TMode>(ConvWeightTile<T>* tile)
        where T : unmanaged where TRows : struct, IRegisterCount where TMode : struct, IConvMode
    {
        if (Vector512.IsHardwareAccelerated)
        {
            Part<Lanes512<T>, Vector512<T>, T, TRows, TMode>(tile, 0, false);
            return;
        }
        for (int half = 0; half < 4; half++) Part<Lanes256<T>, Vector256<T>, T, TRows, TMode>(tile, half % 2 * Vector256<T>.Count, half >= 2);
    }

    /// <inheritdoc cref="ConvTileKernel.Part"/>
    [MethodImpl(Jit.Loop)]
    static void Part<S, V, T, TRows, TMode>(ConvWeightTile<T>* tile, nint lane, bool isSecond)
        where S : struct, ILanes<V, T> where T : unmanaged where TRows : struct, IRegisterCount where TMode : struct, IConvMode
    {
        bool both = S.Count == Vector512<T>.Count;
        T* dy = tile->Cotangent + lane + (isSecond && TMode.TwoFilterVectors ? Vector512<T>.Count : 0), row = tile->Image;
        T* sums = tile->Sums + lane + (isSecond ? Vector512<T>.Count : 0);
        nint* taps = tile->Taps + (isSecond && TMode.TwoScalars ? TRows.Value : 0);
        nint imageRow = tile->ImageRow;
        int columns = tile->Columns;
        V c0a = default!, c0b = default!, c1a = default!, c1b = default!, c2a = default!, c2b = default!, c3a = default!, c3b = default!, c4a = default!, c4b = default!, c5a = default!, c5b = default!, c6a = default!, c6b = default!;
        V c7a = default!, c7b = default!, c8a = default!, c8b = default!, c9a = default!, c9b = default!, c10a = default!, c10b = default!, c11a = default!, c11b = default!, c12a = default!, c12b = default!, c13a = default!, c13b = default!;
        if (TRows.Value > 0) { c0a = S.Load(sums + 0 * Vector512<T>.Count); if (both) c0b = S.Load(sums + 1 * Vector512<T>.Count); }
        if (TRows.Value > 1) { c1a = S.Load(sums + 2 * Vector512<T>.Count); if (both) c1b = S.Load(sums + 3 * Vector512<T>.Count); }
        if (TRows.Value > 2) { c2a = S.Load(sums + 4 * Vector512<T>.Count); if (both) c2b = S.Load(sums + 5 * Vector512<T>.Count); }
        if (TRows.Value > 3) { c3a = S.Load(sums + 6 * Vector512<T>.Count); if (both) c3b = S.Load(sums + 7 * Vector512<T>.Count); }
        if (TRows.Value > 4) { c4a = S.Load(sums + 8 * Vector512<T>.Count); if (both) c4b = S.Load(sums + 9 * Vector512<T>.Count); }
        if (TRows.Value > 5) { c5a = S.Load(sums + 10 * Vector512<T>.Count); if (both) c5b = S.Load(sums + 11 * Vector512<T>.Count); }
        if (TRows.Value > 6) { c6a = S.Load(sums + 12 * Vector512<T>.Count); if (both) c6b = S.Load(sums + 13 * Vector512<T>.Count); }
        if (TRows.Value > 7) { c7a = S.Load(sums + 14 * Vector512<T>.Count); if (both) c7b = S.Load(sums + 15 * Vector512<T>.Count); }
        if (TRows.Value > 8) { c8a = S.Load(sums + 16 * Vector512<T>.Count); if (both) c8b = S.Load(sums + 17 * Vector512<T>.Count); }
        if (TRows.Value > 9) { c9a = S.Load(sums + 18 * Vector512<T>.Count); if (both) c9b = S.Load(sums + 19 * Vector512<T>.Count); }
        if (TRows.Value > 10) { c10a = S.Load(sums + 20 * Vector512<T>.Count); if (both) c10b = S.Load(sums + 21 * Vector512<T>.Count); }
        if (TRows.Value > 11) { c11a = S.Load(sums + 22 * Vector512<T>.Count); if (both) c11b = S.Load(sums + 23 * Vector512<T>.Count); }
        if (TRows.Value > 12) { c12a = S.Load(sums + 24 * Vector512<T>.Count); if (both) c12b = S.Load(sums + 25 * Vector512<T>.Count); }
        if (TRows.Value > 13) { c13a = S.Load(sums + 26 * Vector512<T>.Count); if (both) c13b = S.Load(sums + 27 * Vector512<T>.Count); }
        for (int r = tile->Rows; r > 0; r--, row += imageRow)
        {
            T* end = row + columns;
            for (T* x = row; x < end; x++)
            {
                V v = S.Load(dy), u = both && TMode.TwoFilterVectors ? S.Load(dy + Vector512<T>.Count) : v;
                dy += TMode.TwoFilterVectors ? 2 * Vector512<T>.Count : Vector512<T>.Count;
                if (TRows.Value > 0)
                {
                    V s = S.Broadcast(x[taps[0]]);
                    c0a = S.Fma(s, v, c0a);
                    if (both) c0b = S.Fma(TMode.TwoScalars ? S.Broadcast(x[taps[TRows.Value + 0]]) : s, u, c0b);
                }
                if (TRows.Value > 1)
                {
                    V s = S.Broadcast(x[taps[1]]);
                    c1a = S.Fma(s, v, c1a);
                    if (both) c1b = S.Fma(TMode.TwoScalars ? S.Broadcast(x[taps[TRows.Value + 1]]) : s, u, c1b);
                }
                if (TRows.Value > 2)
                {
                    V s = S.Broadcast(x[taps[2]]);
                    c2a = S.Fma(s, v, c2a);
                    if (both) c2b = S.Fma(TMode.TwoScalars ? S.Broadcast(x[taps[TRows.Value + 2]]) : s, u, c2b);
                }
                if (TRows.Value > 3)
                {
                    V s = S.Broadcast(x[taps[3]]);
                    c3a = S.Fma(s, v, c3a);
                    if (both) c3b = S.Fma(TMode.TwoScalars ? S.Broadcast(x[taps[TRows.Value + 3]]) : s, u, c3b);
                }
                if (TRows.Value > 4)
                {
                    V s = S.Broadcast(x[taps[4]]);
                    c4a = S.Fma(s, v, c4a);
                    if (both) c4b = S.Fma(TMode.TwoScalars ? S.Broadcast(x[taps[TRows.Value + 4]]) : s, u, c4b);
                }
                if (TRows.Value > 5)
                {
                    V s = S.Broadcast(x[taps[5]]);
                    c5a = S.Fma(s, v, c5a);
                    if (both) c5b = S.Fma(TMode.TwoScalars ? S.Broadcast(x[taps[TRows.Value + 5]]) : s, u, c5b);
                }
                if (TRows.Value > 6)
                {
                    V s = S.Broadcast(x[taps[6]]);
                    c6a = S.Fma(s, v, c6a);
                    if (both) c6b = S.Fma(TMode.TwoScalars ? S.Broadcast(x[taps[TRows.Value + 6]]) : s, u, c6b);
                }
                if (TRows.Value > 7)
                {
                    V s = S.Broadcast(x[taps[7]]);
                    c7a = S.Fma(s, v, c7a);
                    if (both) c7b = S.Fma(TMode.TwoScalars ? S.Broadcast(x[taps[TRows.Value + 7]]) : s, u, c7b);
                }
                if (TRows.Value > 8)
                {
                    V s = S.Broadcast(x[taps[8]]);
                    c8a = S.Fma(s, v, c8a);
                    if (both) c8b = S.Fma(TMode.TwoScalars ? S.Broadcast(x[taps[TRows.Value + 8]]) : s, u, c8b);
                }
                if (TRows.Value > 9)
                {
                    V s = S.Broadcast(x[taps[9]]);
                    c9a = S.Fma(s, v, c9a);
                    if (both) c9b = S.Fma(TMode.TwoScalars ? S.Broadcast(x[taps[TRows.Value + 9]]) : s, u, c9b);
                }
                if (TRows.Value > 10)
                {
                    V s = S.Broadcast(x[taps[10]]);
                    c10a = S.Fma(s, v, c10a);
                    if (both) c10b = S.Fma(TMode.TwoScalars ? S.Broadcast(x[taps[TRows.Value + 10]]) : s, u, c10b);
                }
                if (TRows.Value > 11)
                {
                    V s = S.Broadcast(x[taps[11]]);
                    c11a = S.Fma(s, v, c11a);
                    if (both) c11b = S.Fma(TMode.TwoScalars ? S.Broadcast(x[taps[TRows.Value + 11]]) : s, u, c11b);
                }
                if (TRows.Value > 12)
                {
                    V s = S.Broadcast(x[taps[12]]);
                    c12a = S.Fma(s, v, c12a);
                    if (both) c12b = S.Fma(TMode.TwoScalars ? S.Broadcast(x[taps[TRows.Value + 12]]) : s, u, c12b);
                }
                if (TRows.Value > 13)
                {
                    V s = S.Broadcast(x[taps[13]]);
                    c13a = S.Fma(s, v, c13a);
                    if (both) c13b = S.Fma(TMode.TwoScalars ? S.Broadcast(x[taps[TRows.Value + 13]]) : s, u, c13b);
                }
            }
        }
        if (TRows.Value > 0) { S.Store(sums + 0 * Vector512<T>.Count, c0a); if (both) S.Store(sums + 1 * Vector512<T>.Count, c0b); }
        if (TRows.Value > 1) { S.Store(sums + 2 * Vector512<T>.Count, c1a); if (both) S.Store(sums + 3 * Vector512<T>.Count, c1b); }
        if (TRows.Value > 2) { S.Store(sums + 4 * Vector512<T>.Count, c2a); if (both) S.Store(sums + 5 * Vector512<T>.Count, c2b); }
        if (TRows.Value > 3) { S.Store(sums + 6 * Vector512<T>.Count, c3a); if (both) S.Store(sums + 7 * Vector512<T>.Count, c3b); }
        if (TRows.Value > 4) { S.Store(sums + 8 * Vector512<T>.Count, c4a); if (both) S.Store(sums + 9 * Vector512<T>.Count, c4b); }
        if (TRows.Value > 5) { S.Store(sums + 10 * Vector512<T>.Count, c5a); if (both) S.Store(sums + 11 * Vector512<T>.Count, c5b); }
        if (TRows.Value > 6) { S.Store(sums + 12 * Vector512<T>.Count, c6a); if (both) S.Store(sums + 13 * Vector512<T>.Count, c6b); }
        if (TRows.Value > 7) { S.Store(sums + 14 * Vector512<T>.Count, c7a); if (both) S.Store(sums + 15 * Vector512<T>.Count, c7b); }
        if (TRows.Value > 8) { S.Store(sums + 16 * Vector512<T>.Count, c8a); if (both) S.Store(sums + 17 * Vector512<T>.Count, c8b); }
        if (TRows.Value > 9) { S.Store(sums + 18 * Vector512<T>.Count, c9a); if (both) S.Store(sums + 19 * Vector512<T>.Count, c9b); }
        if (TRows.Value > 10) { S.Store(sums + 20 * Vector512<T>.Count, c10a); if (both) S.Store(sums + 21 * Vector512<T>.Count, c10b); }
        if (TRows.Value > 11) { S.Store(sums + 22 * Vector512<T>.Count, c11a); if (both) S.Store(sums + 23 * Vector512<T>.Count, c11b); }
        if (TRows.Value > 12) { S.Store(sums + 24 * Vector512<T>.Count, c12a); if (both) S.Store(sums + 25 * Vector512<T>.Count, c12b); }
        if (TRows.Value > 13) { S.Store(sums + 26 * Vector512<T>.Count, c13a); if (both) S.Store(sums + 27 * Vector512<T>.Count, c13b); }
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
