using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Autograd.Kernels;

/// <summary>Where a tap reads the image and the filter, in elements.</summary>
readonly record struct ConvDepthTap(nint Image, nint Filter);

/// <summary>Operands of a few neighbouring pixels of every row, for one vector of channels; see Note [Depthwise].</summary>
unsafe struct ConvDepthTile<T> where T : unmanaged
{
    /// <summary>Image element that the first pixel reads at offset 0.</summary>
    public T* Image;

    /// <summary>Elements of the image from one pixel to the next.</summary>
    public nint ImageStep;

    /// <summary>Elements of the image from one row of results to the next.</summary>
    public nint ImageRow;

    /// <summary>The taps.</summary>
    public ConvDepthTap* Taps;

    /// <summary>Number of taps.</summary>
    public int Count;

    /// <summary>Filter elements, a vector each.</summary>
    public T* Filter;

    /// <summary>What the sums start from.</summary>
    public T* Bias;

    /// <summary>The first pixel of the result.</summary>
    public T* Out;

    /// <summary>Elements of the result from one pixel to the next.</summary>
    public nint OutStep;

    /// <summary>Elements of the result from one row to the next.</summary>
    public nint OutRow;

    /// <summary>Rows.</summary>
    public int Rows;
}

/// <summary>The micro-kernel of <see cref="ConvDepthPass{T}"/>: the sums of up to 8 pixels stay in registers.</summary>
static unsafe class ConvDepthKernel
{
    /// <summary>Most pixels of a tile: enough sums to hide the latency of a multiply-add.</summary>
    public const int MaxPixels = 8;

    /// <summary>Computes TPixels pixels of each row; without 512-bit registers by halves of the channels.</summary>
    public static void Run<T, TPixels>(ConvDepthTile<T>* tile) where T : unmanaged where TPixels : struct, IRegisterCount
    {
        if (Vector512.IsHardwareAccelerated)
        {
            Part<Lanes512<T>, Vector512<T>, T, TPixels>(tile, 0);
            return;
        }
        Part<Lanes256<T>, Vector256<T>, T, TPixels>(tile, 0);
        Part<Lanes256<T>, Vector256<T>, T, TPixels>(tile, Vector256<T>.Count);
    }

    [MethodImpl(Jit.Loop)]
    static void Part<S, V, T, TPixels>(ConvDepthTile<T>* tile, nint lane)
        where S : struct, ILanes<V, T> where T : unmanaged where TPixels : struct, IRegisterCount
    {
        T* image = tile->Image + lane, filter = tile->Filter + lane, y = tile->Out + lane;
        nint step = tile->ImageStep, outStep = tile->OutStep;
        ConvDepthTap* taps = tile->Taps, end = taps + tile->Count;
        V bias = S.Load(tile->Bias + lane);
        nint imageRow = tile->ImageRow, outRow = tile->OutRow;
        for (int r = tile->Rows; r > 0; r--, image += imageRow, y += outRow)
        {
            V c0 = bias, c1 = c0, c2 = c0, c3 = c0, c4 = c0, c5 = c0, c6 = c0, c7 = c0;
            for (ConvDepthTap* tap = taps; tap < end; tap++)
            {
                V f = S.Load(filter + tap->Filter);
                T* x = image + tap->Image;
                if (TPixels.Value > 0) c0 = S.Fma(f, S.Load(x), c0);
                if (TPixels.Value > 1) c1 = S.Fma(f, S.Load(x + step), c1);
                if (TPixels.Value > 2) c2 = S.Fma(f, S.Load(x + (2 * step)), c2);
                if (TPixels.Value > 3) c3 = S.Fma(f, S.Load(x + (3 * step)), c3);
                if (TPixels.Value > 4) c4 = S.Fma(f, S.Load(x + (4 * step)), c4);
                if (TPixels.Value > 5) c5 = S.Fma(f, S.Load(x + (5 * step)), c5);
                if (TPixels.Value > 6) c6 = S.Fma(f, S.Load(x + (6 * step)), c6);
                if (TPixels.Value > 7) c7 = S.Fma(f, S.Load(x + (7 * step)), c7);
            }
            if (TPixels.Value > 0) S.Store(y, c0);
            if (TPixels.Value > 1) S.Store(y + outStep, c1);
            if (TPixels.Value > 2) S.Store(y + (2 * outStep), c2);
            if (TPixels.Value > 3) S.Store(y + (3 * outStep), c3);
            if (TPixels.Value > 4) S.Store(y + (4 * outStep), c4);
            if (TPixels.Value > 5) S.Store(y + (5 * outStep), c5);
            if (TPixels.Value > 6) S.Store(y + (6 * outStep), c6);
            if (TPixels.Value > 7) S.Store(y + (7 * outStep), c7);
        }
    }
}

/// <summary>Entry points of <see cref="ConvDepthKernel"/> by number of pixels.</summary>
static unsafe class ConvDepthKernels<T> where T : unmanaged
{
    /// <summary>Entry p computes p pixels, p in 1 … 8.</summary>
    public static readonly delegate*<ConvDepthTile<T>*, void>[] ByPixels =
    [
        null,
        &ConvDepthKernel.Run<T, R1>,
        &ConvDepthKernel.Run<T, R2>,
        &ConvDepthKernel.Run<T, R3>,
        &ConvDepthKernel.Run<T, R4>,
        &ConvDepthKernel.Run<T, R5>,
        &ConvDepthKernel.Run<T, R6>,
        &ConvDepthKernel.Run<T, R7>,
        &ConvDepthKernel.Run<T, R8>,
    ];
}
