using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Autograd.Kernels;

/// <summary>What the weight gradients whose vectors hold output channels have in common: the way in and the way out.</summary>
static unsafe class ConvWeightTiles<T> where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    static int L => Vector512<T>.Count;

    /// <summary>Most taps of a tile for so many channels.</summary>
    public static int MaxTaps(int count) => count > L ? ConvTileKernel.MaxRows : 2 * ConvTileKernel.MaxRows;

    /// <summary>Sums of a block of channels take this much room: two vectors a tap, or a vector where two taps share a row; tiles round up.</summary>
    public static nint Size(int taps) => (taps + 2 * (taps / ConvTileKernel.MaxRows + 1)) * 2 * L;

    /// <summary>Adds the products of one image, or strip of images, with all taps.</summary>
    /// <returns>The end of the sums.</returns>
    public static T* Add(ConvWeightTile<T>* tile, nint* offsets, int taps, int count, T* sums)
    {
        bool wide = count > L;
        int tiles = (taps + MaxTaps(count) - 1) / MaxTaps(count);
        for (int t = 0; t < tiles; t++)
        {
            int first = (int)((long)t * taps / tiles), part = (int)((t + 1L) * taps / tiles) - first;
            int rows = wide ? part : (part + 1) / 2;
            tile->Taps = offsets + first;
            tile->Sums = sums;
            if (wide)
                ConvWeightTileKernels<T, WideChannelVectors>.ByRows[rows](tile);
            else
                ConvWeightTileKernels<T, ChannelVectors>.ByRows[rows](tile);
            sums += rows * 2 * L;
        }
        return sums;
    }

    /// <summary>Where the sums of a tap begin that <see cref="Add"/> has made.</summary>
    public static nint Position(int tap, int taps, int count)
    {
        if (count > L)
            return (nint)tap * 2 * L;
        int tiles = (taps + MaxTaps(count) - 1) / MaxTaps(count);
        nint position = 0;
        for (int t = 0; ; t++)
        {
            int first = (int)((long)t * taps / tiles), part = (int)((t + 1L) * taps / tiles) - first, rows = (part + 1) / 2;
            if (tap < first + part)
                return position + (tap - first < rows ? (nint)(tap - first) * 2 * L : (nint)(tap - first - rows) * 2 * L + L);
            position += rows * 2 * L;
        }
    }

    /// <summary>Channel planes to one or two vectors of channels per pixel; lanes past the last channel are undefined.</summary>
    [MethodImpl(Jit.Loop)]
    public static void Transpose(T* dy, nint plane, int count, int pixels, T* target, int width)
    {
        for (int c = 0; c < count; c += L)
        {
            nint pixel = 0;
            T* source = dy + c * plane;
            if (c + L <= count)
            {
                for (; pixel + L <= pixels; pixel += L)
                    LaneTranspose.Square(source + pixel, plane, target + pixel * width + c, width);
            }
            LaneTranspose.Plain(source + pixel, plane, Math.Min(L, count - c), (int)(pixels - pixel), target + pixel * width + c, width);
        }
    }

    /// <summary>Taps × channels (every second vector) to rows of taps per channel, <paramref name="step"/> apart.</summary>
    [MethodImpl(Jit.Loop)]
    public static void Write(T* tile, int taps, int channels, T* dw, nint step, bool accumulate)
    {
        T* square = ConvScratch.Rent<T>(ScratchSlot.Tile, L * L);
        for (int p = 0; p < taps; p += L)
        {
            LaneTranspose.Square(tile + p * 2 * L, 2 * L, square, L);
            int width = Math.Min(L, taps - p);
            for (int c = 0; c < channels; c++)
            {
                T* target = dw + c * step + p;
                Vector512<T> v = Vector512.Load(square + c * L);
                if (accumulate)
                    v += VectorOps.LoadFirst(target, width);
                VectorOps.StoreFirst(target, v, width);
            }
        }
    }

    /// <summary>Adds whole vectors of sums.</summary>
    [MethodImpl(Jit.Loop)]
    public static void Join(T* target, T* source, nint count)
    {
        for (nint i = 0; i < count; i += L)
            (Vector512.Load(target + i) + Vector512.Load(source + i)).Store(target + i);
    }
}
