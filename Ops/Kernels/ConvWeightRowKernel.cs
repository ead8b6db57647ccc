using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Autograd.Kernels;

/// <summary>The weight-gradient micro-kernel whose vectors hold pixels: TChannels × TTaps sums of lanes.</summary>
static unsafe class ConvWeightRowKernel
{
    /// <summary>Most output channels of a tile.</summary>
    public const int MaxChannels = 4;

    /// <summary>Most taps of a tile; four channels leave registers for six.</summary>
    public const int MaxTaps = 8;

    /// <summary>Whether rows of the output gradient are read up to their end and no further; if not, they must be padded with zeros to whole vectors.</summary>
    public static bool ReadsPartsOfVectors => Vector512.IsHardwareAccelerated ? Avx512F.IsSupported : Avx.IsSupported;

    /// <summary>Adds one image.</summary>
    // Without 512-bit registers it is done by halves of a vector and two taps at a time, which 16 registers hold.
    public static void Run<T, TChannels, TTaps>(ConvWeightTile<T>* tile)
        where T : unmanaged where TChannels : struct, IRegisterCount where TTaps : struct, IRegisterCount
    {
        if (Vector512.IsHardwareAccelerated)
        {
            Part<Lanes512<T>, Vector512<T>, T, TChannels, TTaps>(tile, 0, 0, TTaps.Value);
            return;
        }
        for (int lane = 0; lane < Vector512<T>.Count; lane += Vector256<T>.Count)
        {
            int tap = 0;
            for (; tap + 2 <= TTaps.Value; tap += 2) Part<Lanes256<T>, Vector256<T>, T, TChannels, R2>(tile, lane, tap, TTaps.Value);
            if (tap < TTaps.Value) Part<Lanes256<T>, Vector256<T>, T, TChannels, R1>(tile, lane, tap, TTaps.Value);
        }
    }

    /// <summary>The lanes from <paramref name="lane"/> on, for the taps from <paramref name="tap"/> on of a tile of <paramref name="tileTaps"/>.</summary>
    [MethodImpl(Jit.Loop)]
    static void Part<S, V, T, TChannels, TTaps>(ConvWeightTile<T>* tile, int lane, int tap, int tileTaps)
        where S : struct, ILanes<V, T> where T : unmanaged where TChannels : struct, IRegisterCount where TTaps : struct, IRegisterCount
    {
        T* dyRow = tile->Cotangent + lane, row = tile->Image + lane;
        T* sums0 = tile->Sums + tap * Vector512<T>.Count + lane;
        nint next = (nint)tileTaps * Vector512<T>.Count;
        T* sums1 = sums0 + next, sums2 = sums1 + next, sums3 = sums2 + next;
        nint* taps = tile->Taps + tap;
        nint imageRow = tile->ImageRow, plane = tile->CotangentPlane;
        int columns = tile->Columns;
        V all = S.Mask(S.Count), last = S.Mask((columns - 1) % Vector512<T>.Count + 1 - lane);
        V c0a = default!, c0b = default!, c0c = default!, c0d = default!, c0e = default!, c0f = default!, c0g = default!, c0h = default!;
        V c1a = default!, c1b = default!, c1c = default!, c1d = default!, c1e = default!, c1f = default!, c1g = default!, c1h = default!;
        V c2a = default!, c2b = default!, c2c = default!, c2d = default!, c2e = default!, c2f = default!, c2g = default!, c2h = default!;
        V c3a = default!, c3b = default!, c3c = default!, c3d = default!, c3e = default!, c3f = default!, c3g = default!, c3h = default!;
        if (TChannels.Value > 0 && TTaps.Value > 0) c0a = S.Load(sums0 + 0 * Vector512<T>.Count);
        if (TChannels.Value > 0 && TTaps.Value > 1) c0b = S.Load(sums0 + 1 * Vector512<T>.Count);
        if (TChannels.Value > 0 && TTaps.Value > 2) c0c = S.Load(sums0 + 2 * Vector512<T>.Count);
        if (TChannels.Value > 0 && TTaps.Value > 3) c0d = S.Load(sums0 + 3 * Vector512<T>.Count);
        if (TChannels.Value > 0 && TTaps.Value > 4) c0e = S.Load(sums0 + 4 * Vector512<T>.Count);
        if (TChannels.Value > 0 && TTaps.Value > 5) c0f = S.Load(sums0 + 5 * Vector512<T>.Count);
        if (TChannels.Value > 0 && TTaps.Value > 6) c0g = S.Load(sums0 + 6 * Vector512<T>.Count);
        if (TChannels.Value > 0 && TTaps.Value > 7) c0h = S.Load(sums0 + 7 * Vector512<T>.Count);
        if (TChannels.Value > 1 && TTaps.Value > 0) c1a = S.Load(sums1 + 0 * Vector512<T>.Count);
        if (TChannels.Value > 1 && TTaps.Value > 1) c1b = S.Load(sums1 + 1 * Vector512<T>.Count);
        if (TChannels.Value > 1 && TTaps.Value > 2) c1c = S.Load(sums1 + 2 * Vector512<T>.Count);
        if (TChannels.Value > 1 && TTaps.Value > 3) c1d = S.Load(sums1 + 3 * Vector512<T>.Count);
        if (TChannels.Value > 1 && TTaps.Value > 4) c1e = S.Load(sums1 + 4 * Vector512<T>.Count);
        if (TChannels.Value > 1 && TTaps.Value > 5) c1f = S.Load(sums1 + 5 * Vector512<T>.Count);
        if (TChannels.Value > 1 && TTaps.Value > 6) c1g = S.Load(sums1 + 6 * Vector512<T>.Count);
        if (TChannels.Value > 1 && TTaps.Value > 7) c1h = S.Load(sums1 + 7 * Vector512<T>.Count);
        if (TChannels.Value > 2 && TTaps.Value > 0) c2a = S.Load(sums2 + 0 * Vector512<T>.Count);
        if (TChannels.Value > 2 && TTaps.Value > 1) c2b = S.Load(sums2 + 1 * Vector512<T>.Count);
        if (TChannels.Value > 2 && TTaps.Value > 2) c2c = S.Load(sums2 + 2 * Vector512<T>.Count);
        if (TChannels.Value > 2 && TTaps.Value > 3) c2d = S.Load(sums2 + 3 * Vector512<T>.Count);
        if (TChannels.Value > 2 && TTaps.Value > 4) c2e = S.Load(sums2 + 4 * Vector512<T>.Count);
        if (TChannels.Value > 2 && TTaps.Value > 5) c2f = S.Load(sums2 + 5 * Vector512<T>.Count);
        if (TChannels.Value > 2 && TTaps.Value > 6) c2g = S.Load(sums2 + 6 * Vector512<T>.Count);
        if (TChannels.Value > 2 && TTaps.Value > 7) c2h = S.Load(sums2 + 7 * Vector512<T>.Count);
        if (TChannels.Value > 3 && TTaps.Value > 0) c3a = S.Load(sums3 + 0 * Vector512<T>.Count);
        if (TChannels.Value > 3 && TTaps.Value > 1) c3b = S.Load(sums3 + 1 * Vector512<T>.Count);
        if (TChannels.Value > 3 && TTaps.Value > 2) c3c = S.Load(sums3 + 2 * Vector512<T>.Count);
        if (TChannels.Value > 3 && TTaps.Value > 3) c3d = S.Load(sums3 + 3 * Vector512<T>.Count);
        if (TChannels.Value > 3 && TTaps.Value > 4) c3e = S.Load(sums3 + 4 * Vector512<T>.Count);
        if (TChannels.Value > 3 && TTaps.Value > 5) c3f = S.Load(sums3 + 5 * Vector512<T>.Count);
        if (TChannels.Value > 3 && TTaps.Value > 6) c3g = S.Load(sums3 + 6 * Vector512<T>.Count);
        if (TChannels.Value > 3 && TTaps.Value > 7) c3h = S.Load(sums3 + 7 * Vector512<T>.Count);
        nint cotangentRow = tile->CotangentRow;
        for (int r = tile->Rows; r > 0; r--, row += imageRow, dyRow += cotangentRow)
        {
            T* x = row, dy = dyRow;
            for (int left = columns; left > 0; left -= Vector512<T>.Count)
            {
                // A lane past the row end may hold ∞ or NaN of its neighbour, and 0·∞ is NaN: it is cleared.
                V mask = left >= Vector512<T>.Count ? all : last, d1 = default!, d2 = default!, d3 = default!;
                V d0 = ReadsPartsOfVectors ? S.LoadPart(dy, mask) : S.Load(dy);
                if (TChannels.Value > 1) d1 = ReadsPartsOfVectors ? S.LoadPart(dy + plane, mask) : S.Load(dy + plane);
                if (TChannels.Value > 2) d2 = ReadsPartsOfVectors ? S.LoadPart(dy + 2 * plane, mask) : S.Load(dy + 2 * plane);
                if (TChannels.Value > 3) d3 = ReadsPartsOfVectors ? S.LoadPart(dy + 3 * plane, mask) : S.Load(dy + 3 * plane);
                if (TTaps.Value > 0)
                {
                    V v = S.And(S.Load(x + taps[0]), mask);
                    c0a = S.Fma(d0, v, c0a);
                    if (TChannels.Value > 1) c1a = S.Fma(d1, v, c1a);
                    if (TChannels.Value > 2) c2a = S.Fma(d2, v, c2a);
                    if (TChannels.Value > 3) c3a = S.Fma(d3, v, c3a);
                }
                if (TTaps.Value > 1)
                {
                    V v = S.And(S.Load(x + taps[1]), mask);
                    c0b = S.Fma(d0, v, c0b);
                    if (TChannels.Value > 1) c1b = S.Fma(d1, v, c1b);
                    if (TChannels.Value > 2) c2b = S.Fma(d2, v, c2b);
                    if (TChannels.Value > 3) c3b = S.Fma(d3, v, c3b);
                }
                if (TTaps.Value > 2)
                {
                    V v = S.And(S.Load(x + taps[2]), mask);
                    c0c = S.Fma(d0, v, c0c);
                    if (TChannels.Value > 1) c1c = S.Fma(d1, v, c1c);
                    if (TChannels.Value > 2) c2c = S.Fma(d2, v, c2c);
                    if (TChannels.Value > 3) c3c = S.Fma(d3, v, c3c);
                }
                if (TTaps.Value > 3)
                {
                    V v = S.And(S.Load(x + taps[3]), mask);
                    c0d = S.Fma(d0, v, c0d);
                    if (TChannels.Value > 1) c1d = S.Fma(d1, v, c1d);
                    if (TChannels.Value > 2) c2d = S.Fma(d2, v, c2d);
                    if (TChannels.Value > 3) c3d = S.Fma(d3, v, c3d);
                }
                if (TTaps.Value > 4)
                {
                    V v = S.And(S.Load(x + taps[4]), mask);
                    c0e = S.Fma(d0, v, c0e);
                    if (TChannels.Value > 1) c1e = S.Fma(d1, v, c1e);
                    if (TChannels.Value > 2) c2e = S.Fma(d2, v, c2e);
                    if (TChannels.Value > 3) c3e = S.Fma(d3, v, c3e);
                }
                if (TTaps.Value > 5)
                {
                    V v = S.And(S.Load(x + taps[5]), mask);
                    c0f = S.Fma(d0, v, c0f);
                    if (TChannels.Value > 1) c1f = S.Fma(d1, v, c1f);
                    if (TChannels.Value > 2) c2f = S.Fma(d2, v, c2f);
                    if (TChannels.Value > 3) c3f = S.Fma(d3, v, c3f);
                }
                if (TTaps.Value > 6)
                {
                    V v = S.And(S.Load(x + taps[6]), mask);
                    c0g = S.Fma(d0, v, c0g);
                    if (TChannels.Value > 1) c1g = S.Fma(d1, v, c1g);
                    if (TChannels.Value > 2) c2g = S.Fma(d2, v, c2g);
                    if (TChannels.Value > 3) c3g = S.Fma(d3, v, c3g);
                }
                if (TTaps.Value > 7)
                {
                    V v = S.And(S.Load(x + taps[7]), mask);
                    c0h = S.Fma(d0, v, c0h);
                    if (TChannels.Value > 1) c1h = S.Fma(d1, v, c1h);
                    if (TChannels.Value > 2) c2h = S.Fma(d2, v, c2h);
                    if (TChannels.Value > 3) c3h = S.Fma(d3, v, c3h);
                }
                x += Vector512<T>.Count;
                dy += Vector512<T>.Count;
            }
        }
        if (TChannels.Value > 0 && TTaps.Value > 0) S.Store(sums0 + 0 * Vector512<T>.Count, c0a);
        if (TChannels.Value > 0 && TTaps.Value > 1) S.Store(sums0 + 1 * Vector512<T>.Count, c0b);
        if (TChannels.Value > 0 && TTaps.Value > 2) S.Store(sums0 + 2 * Vector512<T>.Count, c0c);
        if (TChannels.Value > 0 && TTaps.Value > 3) S.Store(sums0 + 3 * Vector512<T>.Count, c0d);
        if (TChannels.Value > 0 && TTaps.Value > 4) S.Store(sums0 + 4 * Vector512<T>.Count, c0e);
        if (TChannels.Value > 0 && TTaps.Value > 5) S.Store(sums0 + 5 * Vector512<T>.Count, c0f);
        if (TChannels.Value > 0 && TTaps.Value > 6) S.Store(sums0 + 6 * Vector512<T>.Count, c0g);
        if (TChannels.Value > 0 && TTaps.Value > 7) S.Store(sums0 + 7 * Vector512<T>.Count, c0h);
        if (TChannels.Value > 1 && TTaps.Value > 0) S.Store(sums1 + 0 * Vector512<T>.Count, c1a);
        if (TChannels.Value > 1 && TTaps.Value > 1) S.Store(sums1 + 1 * Vector512<T>.Count, c1b);
        if (TChannels.Value > 1 && TTaps.Value > 2) S.Store(sums1 + 2 * Vector512<T>.Count, c1c);
        if (TChannels.Value > 1 && TTaps.Value > 3) S.Store(sums1 + 3 * Vector512<T>.Count, c1d);
        if (TChannels.Value > 1 && TTaps.Value > 4) S.Store(sums1 + 4 * Vector512<T>.Count, c1e);
        if (TChannels.Value > 1 && TTaps.Value > 5) S.Store(sums1 + 5 * Vector512<T>.Count, c1f);
        if (TChannels.Value > 1 && TTaps.Value > 6) S.Store(sums1 + 6 * Vector512<T>.Count, c1g);
        if (TChannels.Value > 1 && TTaps.Value > 7) S.Store(sums1 + 7 * Vector512<T>.Count, c1h);
        if (TChannels.Value > 2 && TTaps.Value > 0) S.Store(sums2 + 0 * Vector512<T>.Count, c2a);
        if (TChannels.Value > 2 && TTaps.Value > 1) S.Store(sums2 + 1 * Vector512<T>.Count, c2b);
        if (TChannels.Value > 2 && TTaps.Value > 2) S.Store(sums2 + 2 * Vector512<T>.Count, c2c);
        if (TChannels.Value > 2 && TTaps.Value > 3) S.Store(sums2 + 3 * Vector512<T>.Count, c2d);
        if (TChannels.Value > 2 && TTaps.Value > 4) S.Store(sums2 + 4 * Vector512<T>.Count, c2e);
        if (TChannels.Value > 2 && TTaps.Value > 5) S.Store(sums2 + 5 * Vector512<T>.Count, c2f);
        if (TChannels.Value > 2 && TTaps.Value > 6) S.Store(sums2 + 6 * Vector512<T>.Count, c2g);
        if (TChannels.Value > 2 && TTaps.Value > 7) S.Store(sums2 + 7 * Vector512<T>.Count, c2h);
        if (TChannels.Value > 3 && TTaps.Value > 0) S.Store(sums3 + 0 * Vector512<T>.Count, c3a);
        if (TChannels.Value > 3 && TTaps.Value > 1) S.Store(sums3 + 1 * Vector512<T>.Count, c3b);
        if (TChannels.Value > 3 && TTaps.Value > 2) S.Store(sums3 + 2 * Vector512<T>.Count, c3c);
        if (TChannels.Value > 3 && TTaps.Value > 3) S.Store(sums3 + 3 * Vector512<T>.Count, c3d);
        if (TChannels.Value > 3 && TTaps.Value > 4) S.Store(sums3 + 4 * Vector512<T>.Count, c3e);
        if (TChannels.Value > 3 && TTaps.Value > 5) S.Store(sums3 + 5 * Vector512<T>.Count, c3f);
        if (TChannels.Value > 3 && TTaps.Value > 6) S.Store(sums3 + 6 * Vector512<T>.Count, c3g);
        if (TChannels.Value > 3 && TTaps.Value > 7) S.Store(sums3 + 7 * Vector512<T>.Count, c3h);
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
