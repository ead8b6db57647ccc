using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Autograd.Kernels;

/// <summary>Where a pass writes: planes of one channel each, of which it takes every <paramref name="columnStep"/>-th column.</summary>
readonly unsafe struct ConvOutput<T>(nint plane, int columnStep, bool accumulate) where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    static int L => Vector512<T>.Count;

    /// <summary>Whether it adds to what is there.</summary>
    public bool Accumulate => accumulate;

    /// <summary>Elements from one column that is written to the next.</summary>
    public int ColumnStep => columnStep;

    /// <summary>
    /// Pixels × channels (every second vector of the tile) to channel planes. The tile is readable for a whole square of rows; another square of scratch is needed.
    /// </summary>
    [MethodImpl(Jit.Loop)]
    public void Channels(T* tile, int pixels, int channels, T* y, T* square)
    {
        // Whole squares go straight to the planes; the last may overlap the one before, whose elements it writes again.
        if (columnStep == 1 && !accumulate && channels == L && pixels >= L)
        {
            for (int p = 0; p < pixels; p += L)
            {
                int at = Math.Min(p, pixels - L);
                LaneTranspose.Square(tile + at * 2 * L, 2 * L, y + at, plane);
            }
            return;
        }
        for (int p = 0; p < pixels; p += L)
        {
            LaneTranspose.Square(tile + p * 2 * L, 2 * L, square, L);
            int width = Math.Min(L, pixels - p);
            if (columnStep == 2 && VectorOps.HasMaskedStores)
            {
                SpacedRows(square, L, channels, y + (2 * (nint)p), width);
                continue;
            }
            if (columnStep == 1 && VectorOps.HasMaskedStores)
            {
                ShortRows(square, channels, y + p, width);
                continue;
            }
            for (int c = 0; c < channels; c++)
                Write(Vector512.Load(square + c * L), y + c * plane + (nint)p * columnStep, width);
        }
    }

    /// <summary>Channels × pixels (every second vector of the tile) to rows of channel planes.</summary>
    [MethodImpl(Jit.Loop)]
    public void Rows(T* tile, int channels, T* y, int width)
    {
        if (columnStep == 2 && VectorOps.HasMaskedStores)
        {
            SpacedRows(tile, 2 * L, channels, y, width);
            return;
        }
        for (int c = 0; c < channels; c++)
            Write(Vector512.Load(tile + c * 2 * L), y + c * plane, width);
    }

    /// <summary>Rows of at most a vector each: which lanes are written is the same for all channels.</summary>
    [MethodImpl(Jit.Loop)]
    void ShortRows(T* rows, int channels, T* y, int width)
    {
        Vector512<T> mask = VectorOps.FirstMask<T>(width);
        nint step = plane;
        if (accumulate) for (int c = 0; c < channels; c++, rows += L, y += step) VectorOps.StoreLanes(y, mask, Vector512.Load(rows) + VectorOps.LoadLanes(y, mask));
        else for (int c = 0; c < channels; c++, rows += L, y += step) VectorOps.StoreLanes(y, mask, Vector512.Load(rows));
    }

    /// <summary>Every second column: which lanes are written is the same for all channels.</summary>
    [MethodImpl(Jit.Loop)]
    void SpacedRows(T* rows, int next, int channels, T* y, int width)
    {
        Vector512<T> even = VectorOps.EvenLanes<T>(), low = even & VectorOps.FirstMask<T>(Math.Min(2 * width, L)), high = even & VectorOps.FirstMask<T>(Math.Clamp((2 * width) - L, 0, L));
        bool adds = accumulate, both = 2 * width > L;
        nint step = plane;
        for (int c = 0; c < channels; c++, rows += next, y += step)
        {
            Vector512<T> v = Vector512.Load(rows), first = VectorOps.DoubleLower(v), second = VectorOps.DoubleUpper(v);
            if (adds) first += VectorOps.LoadLanes(y, low);
            VectorOps.StoreLanes(y, low, first);
            if (!both) continue;
            if (adds) second += VectorOps.LoadLanes(y + L, high);
            VectorOps.StoreLanes(y + L, high, second);
        }
    }

    /// <summary>Writes, or adds, a vector of pixels of one row.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Write(Vector512<T> v, T* y, int width)
    {
        if (columnStep == 1)
        {
            if (accumulate)
                v += VectorOps.LoadFirst(y, width);
            VectorOps.StoreFirst(y, v, width);
            return;
        }
        if (columnStep == 2)
            VectorOps.StoreEven(y, v, width, accumulate);
        else
            WriteSpaced(v, y, width);
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    void WriteSpaced(Vector512<T> v, T* y, int width)
    {
        for (int i = 0; i < width; i++)
            y[(nint)i * columnStep] = accumulate ? y[(nint)i * columnStep] + v[i] : v[i];
    }
}
