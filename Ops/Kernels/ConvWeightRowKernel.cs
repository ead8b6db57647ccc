using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Autograd.Kernels;

/// <summary>The weight-gradient micro-kernel whose vectors hold pixels: TChannels × TTaps sums of lanes.</summary>
static unsafe class ConvWeightRowKernel
{
    /// <summary>Most output channels of a tile.</summary>
    public const int MaxChannels = 4;

    /// <summary>Most taps of a tile; four channels leave registers for six.</summary>
    public const int MaxTaps = 8;

    /// <summary>Adds one image. Rows of the output gradient are padded with zeros to whole vectors.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Run<T, TChannels, TTaps>(ConvWeightTile<T>* tile)
        where T : unmanaged where TChannels : struct, IRegisterCount where TTaps : struct, IRegisterCount
    {
        T* dy = tile->Cotangent, sums = tile->Sums, row = tile->Image;
        nint* taps = tile->Taps;
        nint imageRow = tile->ImageRow, plane = tile->CotangentPlane;
        int columns = tile->Columns;
        Vector512<T> all = VectorOps.FirstMask<T>(Vector512<T>.Count);
        Vector512<T> last = VectorOps.FirstMask<T>((columns - 1) % Vector512<T>.Count + 1);
        Vector512<T> c0a = default, c0b = default, c0c = default, c0d = default, c0e = default, c0f = default, c0g = default, c0h = default;
        Vector512<T> c1a = default, c1b = default, c1c = default, c1d = default, c1e = default, c1f = default, c1g = default, c1h = default;
        Vector512<T> c2a = default, c2b = default, c2c = default, c2d = default, c2e = default, c2f = default, c2g = default, c2h = default;
        Vector512<T> c3a = default, c3b = default, c3c = default, c3d = default, c3e = default, c3f = default, c3g = default, c3h = default;
        if (TChannels.Value > 0 && TTaps.Value > 0) c0a = Vector512.LoadAligned(sums + (0 * TTaps.Value + 0) * Vector512<T>.Count);
        if (TChannels.Value > 0 && TTaps.Value > 1) c0b = Vector512.LoadAligned(sums + (0 * TTaps.Value + 1) * Vector512<T>.Count);
        if (TChannels.Value > 0 && TTaps.Value > 2) c0c = Vector512.LoadAligned(sums + (0 * TTaps.Value + 2) * Vector512<T>.Count);
        if (TChannels.Value > 0 && TTaps.Value > 3) c0d = Vector512.LoadAligned(sums + (0 * TTaps.Value + 3) * Vector512<T>.Count);
        if (TChannels.Value > 0 && TTaps.Value > 4) c0e = Vector512.LoadAligned(sums + (0 * TTaps.Value + 4) * Vector512<T>.Count);
        if (TChannels.Value > 0 && TTaps.Value > 5) c0f = Vector512.LoadAligned(sums + (0 * TTaps.Value + 5) * Vector512<T>.Count);
        if (TChannels.Value > 0 && TTaps.Value > 6) c0g = Vector512.LoadAligned(sums + (0 * TTaps.Value + 6) * Vector512<T>.Count);
        if (TChannels.Value > 0 && TTaps.Value > 7) c0h = Vector512.LoadAligned(sums + (0 * TTaps.Value + 7) * Vector512<T>.Count);
        if (TChannels.Value > 1 && TTaps.Value > 0) c1a = Vector512.LoadAligned(sums + (1 * TTaps.Value + 0) * Vector512<T>.Count);
        if (TChannels.Value > 1 && TTaps.Value > 1) c1b = Vector512.LoadAligned(sums + (1 * TTaps.Value + 1) * Vector512<T>.Count);
        if (TChannels.Value > 1 && TTaps.Value > 2) c1c = Vector512.LoadAligned(sums + (1 * TTaps.Value + 2) * Vector512<T>.Count);
        if (TChannels.Value > 1 && TTaps.Value > 3) c1d = Vector512.LoadAligned(sums + (1 * TTaps.Value + 3) * Vector512<T>.Count);
        if (TChannels.Value > 1 && TTaps.Value > 4) c1e = Vector512.LoadAligned(sums + (1 * TTaps.Value + 4) * Vector512<T>.Count);
        if (TChannels.Value > 1 && TTaps.Value > 5) c1f = Vector512.LoadAligned(sums + (1 * TTaps.Value + 5) * Vector512<T>.Count);
        if (TChannels.Value > 1 && TTaps.Value > 6) c1g = Vector512.LoadAligned(sums + (1 * TTaps.Value + 6) * Vector512<T>.Count);
        if (TChannels.Value > 1 && TTaps.Value > 7) c1h = Vector512.LoadAligned(sums + (1 * TTaps.Value + 7) * Vector512<T>.Count);
        if (TChannels.Value > 2 && TTaps.Value > 0) c2a = Vector512.LoadAligned(sums + (2 * TTaps.Value + 0) * Vector512<T>.Count);
        if (TChannels.Value > 2 && TTaps.Value > 1) c2b = Vector512.LoadAligned(sums + (2 * TTaps.Value + 1) * Vector512<T>.Count);
        if (TChannels.Value > 2 && TTaps.Value > 2) c2c = Vector512.LoadAligned(sums + (2 * TTaps.Value + 2) * Vector512<T>.Count);
        if (TChannels.Value > 2 && TTaps.Value > 3) c2d = Vector512.LoadAligned(sums + (2 * TTaps.Value + 3) * Vector512<T>.Count);
        if (TChannels.Value > 2 && TTaps.Value > 4) c2e = Vector512.LoadAligned(sums + (2 * TTaps.Value + 4) * Vector512<T>.Count);
        if (TChannels.Value > 2 && TTaps.Value > 5) c2f = Vector512.LoadAligned(sums + (2 * TTaps.Value + 5) * Vector512<T>.Count);
        if (TChannels.Value > 2 && TTaps.Value > 6) c2g = Vector512.LoadAligned(sums + (2 * TTaps.Value + 6) * Vector512<T>.Count);
        if (TChannels.Value > 2 && TTaps.Value > 7) c2h = Vector512.LoadAligned(sums + (2 * TTaps.Value + 7) * Vector512<T>.Count);
        if (TChannels.Value > 3 && TTaps.Value > 0) c3a = Vector512.LoadAligned(sums + (3 * TTaps.Value + 0) * Vector512<T>.Count);
        if (TChannels.Value > 3 && TTaps.Value > 1) c3b = Vector512.LoadAligned(sums + (3 * TTaps.Value + 1) * Vector512<T>.Count);
        if (TChannels.Value > 3 && TTaps.Value > 2) c3c = Vector512.LoadAligned(sums + (3 * TTaps.Value + 2) * Vector512<T>.Count);
        if (TChannels.Value > 3 && TTaps.Value > 3) c3d = Vector512.LoadAligned(sums + (3 * TTaps.Value + 3) * Vector512<T>.Count);
        if (TChannels.Value > 3 && TTaps.Value > 4) c3e = Vector512.LoadAligned(sums + (3 * TTaps.Value + 4) * Vector512<T>.Count);
        if (TChannels.Value > 3 && TTaps.Value > 5) c3f = Vector512.LoadAligned(sums + (3 * TTaps.Value + 5) * Vector512<T>.Count);
        if (TChannels.Value > 3 && TTaps.Value > 6) c3g = Vector512.LoadAligned(sums + (3 * TTaps.Value + 6) * Vector512<T>.Count);
        if (TChannels.Value > 3 && TTaps.Value > 7) c3h = Vector512.LoadAligned(sums + (3 * TTaps.Value + 7) * Vector512<T>.Count);
        for (int r = tile->Rows; r > 0; r--, row += imageRow)
        {
            T* x = row;
            for (int left = columns; left > 0; left -= Vector512<T>.Count)
            {
                // A lane past the row end may hold ∞ or NaN of its neighbour, and 0·∞ is NaN: it is cleared.
                Vector512<T> mask = left >= Vector512<T>.Count ? all : last;
                Vector512<T> d0 = TChannels.Value > 0 ? Vector512.Load(dy) : default;
                Vector512<T> d1 = TChannels.Value > 1 ? Vector512.Load(dy + plane) : default;
                Vector512<T> d2 = TChannels.Value > 2 ? Vector512.Load(dy + 2 * plane) : default;
                Vector512<T> d3 = TChannels.Value > 3 ? Vector512.Load(dy + 3 * plane) : default;
                if (TTaps.Value > 0)
                {
                    Vector512<T> v = Vector512.Load(x + taps[0]) & mask;
                    c0a = VectorOps.Fma(d0, v, c0a);
                    if (TChannels.Value > 1) c1a = VectorOps.Fma(d1, v, c1a);
                    if (TChannels.Value > 2) c2a = VectorOps.Fma(d2, v, c2a);
                    if (TChannels.Value > 3) c3a = VectorOps.Fma(d3, v, c3a);
                }
                if (TTaps.Value > 1)
                {
                    Vector512<T> v = Vector512.Load(x + taps[1]) & mask;
                    c0b = VectorOps.Fma(d0, v, c0b);
                    if (TChannels.Value > 1) c1b = VectorOps.Fma(d1, v, c1b);
                    if (TChannels.Value > 2) c2b = VectorOps.Fma(d2, v, c2b);
                    if (TChannels.Value > 3) c3b = VectorOps.Fma(d3, v, c3b);
                }
                if (TTaps.Value > 2)
                {
                    Vector512<T> v = Vector512.Load(x + taps[2]) & mask;
                    c0c = VectorOps.Fma(d0, v, c0c);
                    if (TChannels.Value > 1) c1c = VectorOps.Fma(d1, v, c1c);
                    if (TChannels.Value > 2) c2c = VectorOps.Fma(d2, v, c2c);
                    if (TChannels.Value > 3) c3c = VectorOps.Fma(d3, v, c3c);
                }
                if (TTaps.Value > 3)
                {
                    Vector512<T> v = Vector512.Load(x + taps[3]) & mask;
                    c0d = VectorOps.Fma(d0, v, c0d);
                    if (TChannels.Value > 1) c1d = VectorOps.Fma(d1, v, c1d);
                    if (TChannels.Value > 2) c2d = VectorOps.Fma(d2, v, c2d);
                    if (TChannels.Value > 3) c3d = VectorOps.Fma(d3, v, c3d);
                }
                if (TTaps.Value > 4)
                {
                    Vector512<T> v = Vector512.Load(x + taps[4]) & mask;
                    c0e = VectorOps.Fma(d0, v, c0e);
                    if (TChannels.Value > 1) c1e = VectorOps.Fma(d1, v, c1e);
                    if (TChannels.Value > 2) c2e = VectorOps.Fma(d2, v, c2e);
                    if (TChannels.Value > 3) c3e = VectorOps.Fma(d3, v, c3e);
                }
                if (TTaps.Value > 5)
                {
                    Vector512<T> v = Vector512.Load(x + taps[5]) & mask;
                    c0f = VectorOps.Fma(d0, v, c0f);
                    if (TChannels.Value > 1) c1f = VectorOps.Fma(d1, v, c1f);
                    if (TChannels.Value > 2) c2f = VectorOps.Fma(d2, v, c2f);
                    if (TChannels.Value > 3) c3f = VectorOps.Fma(d3, v, c3f);
                }
                if (TTaps.Value > 6)
                {
                    Vector512<T> v = Vector512.Load(x + taps[6]) & mask;
                    c0g = VectorOps.Fma(d0, v, c0g);
                    if (TChannels.Value > 1) c1g = VectorOps.Fma(d1, v, c1g);
                    if (TChannels.Value > 2) c2g = VectorOps.Fma(d2, v, c2g);
                    if (TChannels.Value > 3) c3g = VectorOps.Fma(d3, v, c3g);
                }
                if (TTaps.Value > 7)
                {
                    Vector512<T> v = Vector512.Load(x + taps[7]) & mask;
                    c0h = VectorOps.Fma(d0, v, c0h);
                    if (TChannels.Value > 1) c1h = VectorOps.Fma(d1, v, c1h);
                    if (TChannels.Value > 2) c2h = VectorOps.Fma(d2, v, c2h);
                    if (TChannels.Value > 3) c3h = VectorOps.Fma(d3, v, c3h);
                }
                x += Vector512<T>.Count;
                dy += Vector512<T>.Count;
            }
        }
        if (TChannels.Value > 0 && TTaps.Value > 0) c0a.StoreAligned(sums + (0 * TTaps.Value + 0) * Vector512<T>.Count);
        if (TChannels.Value > 0 && TTaps.Value > 1) c0b.StoreAligned(sums + (0 * TTaps.Value + 1) * Vector512<T>.Count);
        if (TChannels.Value > 0 && TTaps.Value > 2) c0c.StoreAligned(sums + (0 * TTaps.Value + 2) * Vector512<T>.Count);
        if (TChannels.Value > 0 && TTaps.Value > 3) c0d.StoreAligned(sums + (0 * TTaps.Value + 3) * Vector512<T>.Count);
        if (TChannels.Value > 0 && TTaps.Value > 4) c0e.StoreAligned(sums + (0 * TTaps.Value + 4) * Vector512<T>.Count);
        if (TChannels.Value > 0 && TTaps.Value > 5) c0f.StoreAligned(sums + (0 * TTaps.Value + 5) * Vector512<T>.Count);
        if (TChannels.Value > 0 && TTaps.Value > 6) c0g.StoreAligned(sums + (0 * TTaps.Value + 6) * Vector512<T>.Count);
        if (TChannels.Value > 0 && TTaps.Value > 7) c0h.StoreAligned(sums + (0 * TTaps.Value + 7) * Vector512<T>.Count);
        if (TChannels.Value > 1 && TTaps.Value > 0) c1a.StoreAligned(sums + (1 * TTaps.Value + 0) * Vector512<T>.Count);
        if (TChannels.Value > 1 && TTaps.Value > 1) c1b.StoreAligned(sums + (1 * TTaps.Value + 1) * Vector512<T>.Count);
        if (TChannels.Value > 1 && TTaps.Value > 2) c1c.StoreAligned(sums + (1 * TTaps.Value + 2) * Vector512<T>.Count);
        if (TChannels.Value > 1 && TTaps.Value > 3) c1d.StoreAligned(sums + (1 * TTaps.Value + 3) * Vector512<T>.Count);
        if (TChannels.Value > 1 && TTaps.Value > 4) c1e.StoreAligned(sums + (1 * TTaps.Value + 4) * Vector512<T>.Count);
        if (TChannels.Value > 1 && TTaps.Value > 5) c1f.StoreAligned(sums + (1 * TTaps.Value + 5) * Vector512<T>.Count);
        if (TChannels.Value > 1 && TTaps.Value > 6) c1g.StoreAligned(sums + (1 * TTaps.Value + 6) * Vector512<T>.Count);
        if (TChannels.Value > 1 && TTaps.Value > 7) c1h.StoreAligned(sums + (1 * TTaps.Value + 7) * Vector512<T>.Count);
        if (TChannels.Value > 2 && TTaps.Value > 0) c2a.StoreAligned(sums + (2 * TTaps.Value + 0) * Vector512<T>.Count);
        if (TChannels.Value > 2 && TTaps.Value > 1) c2b.StoreAligned(sums + (2 * TTaps.Value + 1) * Vector512<T>.Count);
        if (TChannels.Value > 2 && TTaps.Value > 2) c2c.StoreAligned(sums + (2 * TTaps.Value + 2) * Vector512<T>.Count);
        if (TChannels.Value > 2 && TTaps.Value > 3) c2d.StoreAligned(sums + (2 * TTaps.Value + 3) * Vector512<T>.Count);
        if (TChannels.Value > 2 && TTaps.Value > 4) c2e.StoreAligned(sums + (2 * TTaps.Value + 4) * Vector512<T>.Count);
        if (TChannels.Value > 2 && TTaps.Value > 5) c2f.StoreAligned(sums + (2 * TTaps.Value + 5) * Vector512<T>.Count);
        if (TChannels.Value > 2 && TTaps.Value > 6) c2g.StoreAligned(sums + (2 * TTaps.Value + 6) * Vector512<T>.Count);
        if (TChannels.Value > 2 && TTaps.Value > 7) c2h.StoreAligned(sums + (2 * TTaps.Value + 7) * Vector512<T>.Count);
        if (TChannels.Value > 3 && TTaps.Value > 0) c3a.StoreAligned(sums + (3 * TTaps.Value + 0) * Vector512<T>.Count);
        if (TChannels.Value > 3 && TTaps.Value > 1) c3b.StoreAligned(sums + (3 * TTaps.Value + 1) * Vector512<T>.Count);
        if (TChannels.Value > 3 && TTaps.Value > 2) c3c.StoreAligned(sums + (3 * TTaps.Value + 2) * Vector512<T>.Count);
        if (TChannels.Value > 3 && TTaps.Value > 3) c3d.StoreAligned(sums + (3 * TTaps.Value + 3) * Vector512<T>.Count);
        if (TChannels.Value > 3 && TTaps.Value > 4) c3e.StoreAligned(sums + (3 * TTaps.Value + 4) * Vector512<T>.Count);
        if (TChannels.Value > 3 && TTaps.Value > 5) c3f.StoreAligned(sums + (3 * TTaps.Value + 5) * Vector512<T>.Count);
        if (TChannels.Value > 3 && TTaps.Value > 6) c3g.StoreAligned(sums + (3 * TTaps.Value + 6) * Vector512<T>.Count);
        if (TChannels.Value > 3 && TTaps.Value > 7) c3h.StoreAligned(sums + (3 * TTaps.Value + 7) * Vector512<T>.Count);
    }
}

/// <summary>Entry points of <see cref="ConvWeightRowKernel"/>.</summary>
static unsafe class ConvWeightRowKernels<T> where T : unmanaged
{
    /// <summary>Entry (m − 1)·8 + (t − 1) is a tile of m channels and t taps.</summary>
    public static readonly delegate*<ConvWeightTile<T>*, void>[] ByShape =
    [
        &ConvWeightRowKernel.Run<T, R1, R1>,
        &ConvWeightRowKernel.Run<T, R1, R2>,
        &ConvWeightRowKernel.Run<T, R1, R3>,
        &ConvWeightRowKernel.Run<T, R1, R4>,
        &ConvWeightRowKernel.Run<T, R1, R5>,
        &ConvWeightRowKernel.Run<T, R1, R6>,
        &ConvWeightRowKernel.Run<T, R1, R7>,
        &ConvWeightRowKernel.Run<T, R1, R8>,
        &ConvWeightRowKernel.Run<T, R2, R1>,
        &ConvWeightRowKernel.Run<T, R2, R2>,
        &ConvWeightRowKernel.Run<T, R2, R3>,
        &ConvWeightRowKernel.Run<T, R2, R4>,
        &ConvWeightRowKernel.Run<T, R2, R5>,
        &ConvWeightRowKernel.Run<T, R2, R6>,
        &ConvWeightRowKernel.Run<T, R2, R7>,
        &ConvWeightRowKernel.Run<T, R2, R8>,
        &ConvWeightRowKernel.Run<T, R3, R1>,
        &ConvWeightRowKernel.Run<T, R3, R2>,
        &ConvWeightRowKernel.Run<T, R3, R3>,
        &ConvWeightRowKernel.Run<T, R3, R4>,
        &ConvWeightRowKernel.Run<T, R3, R5>,
        &ConvWeightRowKernel.Run<T, R3, R6>,
        &ConvWeightRowKernel.Run<T, R3, R7>,
        &ConvWeightRowKernel.Run<T, R3, R8>,
        &ConvWeightRowKernel.Run<T, R4, R1>,
        &ConvWeightRowKernel.Run<T, R4, R2>,
        &ConvWeightRowKernel.Run<T, R4, R3>,
        &ConvWeightRowKernel.Run<T, R4, R4>,
        &ConvWeightRowKernel.Run<T, R4, R5>,
        &ConvWeightRowKernel.Run<T, R4, R6>,
        &ConvWeightRowKernel.Run<T, R4, R7>,
        &ConvWeightRowKernel.Run<T, R4, R8>,
    ];
}
