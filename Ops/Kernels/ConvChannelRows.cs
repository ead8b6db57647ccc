using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Autograd.Kernels;

/// <summary>
/// Strips of rows of contiguous planes, a vector of neighbouring channels for every pixel: [row, column, lane]. What lies outside of a plane is zero.
/// </summary>
/// <param name="source">[images, channels, height, width], with at least as many channels as a vector has lanes.</param>
/// <param name="channels">Channels of an image.</param>
/// <param name="height">Rows of a plane.</param>
/// <param name="width">Columns of a plane.</param>
/// <param name="columnMin">The first column of a strip; may lie outside of the plane.</param>
/// <param name="columns">Columns of a strip.</param>
readonly unsafe struct ConvChannelRows<T>(T* source, int channels, int height, int width, int columnMin, int columns)
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    static int L => Vector512<T>.Count;

    /// <summary>Elements from one row of a strip to the next.</summary>
    public nint RowSize => (nint)columns * L;

    /// <summary>The rows from <paramref name="top"/> on, which may lie outside of the plane, of a vector of channels of image n.</summary>
    [MethodImpl(Jit.Loop)]
    public T* Prepare(ScratchSlot slot, int n, int channel, int top, int rows)
    {
        T* target = ConvScratch.Rent<T>(slot, rows * RowSize);
        nint plane = (nint)height * width;
        T* planes = source + (((nint)n * channels) + channel) * plane;
        int first = Math.Clamp(-top, 0, rows), end = Math.Clamp(height - top, first, rows);
        int left = Math.Clamp(-columnMin, 0, columns), right = Math.Clamp(width - columnMin, left, columns);
        Clear(target, first * columns);
        T* row = planes + ((nint)(top + first) * width);
        // Of rows too short for a square all pixels are turned together.
        T* turned = right - left >= L || first == end ? null : Turned(row, plane, (end - first) * width, left == 0 && right == columns && columns == width ? target + (first * RowSize) : null);
        bool copied = turned != target + (first * RowSize);
        for (int r = first; r < end && copied; r++, row += width)
        {
            T* to = target + (r * RowSize);
            Clear(to, left);
            T* from = row + columnMin + left;
            if (turned is null) Squares(from, plane, right - left, to + ((nint)left * L));
            else VectorOps.Copy(turned + (((nint)(r - first) * width) + columnMin + left) * L, to + ((nint)left * L), (right - left) * L);
            Clear(to + ((nint)right * L), columns - right);
        }
        Clear(target + (end * RowSize), (rows - end) * columns);
        return target;
    }

    static T* Turned(T* planes, nint plane, int pixels, T* target)
    {
        target = target is null ? ConvScratch.Rent<T>(ScratchSlot.Tile, (nint)pixels * L) : target;
        if (pixels >= L) Squares(planes, plane, pixels, target);
        else LaneTranspose.Plain(planes, plane, L, pixels, target, L);
        return target;
    }

    /// <summary>Asks for the same pixels of the next channels: their lines lie too far apart for the processor to foresee.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static void Ahead(T* planes, nint plane)
    {
        if (!Sse.IsSupported) return;
        for (int c = 0; c < L; c++) Sse.Prefetch1(planes + (c * plane));
    }

    /// <summary>At least a square of pixels; the last square may overlap the one before.</summary>
    [MethodImpl(Jit.Loop)]
    static void Squares(T* planes, nint plane, int pixels, T* target)
    {
        for (int p = 0; p < pixels; p += L)
        {
            int at = Math.Min(p, pixels - L);
            Ahead(planes + at + (L * plane), plane);
            LaneTranspose.Square(planes + at, plane, target + ((nint)at * L), L);
        }
    }

    /// <summary>Writes neighbouring pixels [pixel, lane] to the planes of their channels, or adds them to those from lane <paramref name="skip"/> on.</summary>
    [MethodImpl(Jit.Loop)]
    public static void Write(T* pixels, int count, T* planes, nint plane, int skip, bool accumulate)
    {
        if (!accumulate && count >= L)
        {
            for (int p = 0; p < count; p += L)
            {
                int at = Math.Min(p, count - L);
                LaneTranspose.Square(pixels + ((nint)at * L), L, planes + at, plane);
            }
            return;
        }
        T* square = ConvScratch.Rent<T>(ScratchSlot.Tile, 2 * L * L), last = square + (L * L);
        for (int p = 0; p < count; p += L)
        {
            int width = Math.Min(L, count - p);
            T* from = pixels + ((nint)p * L);
            if (width < L)
            {
                VectorOps.Copy(from, last, width * L);
                from = last;
            }
            LaneTranspose.Square(from, L, square, L);
            for (int c = skip; c < L; c++)
            {
                T* target = planes + (c * plane) + p;
                Vector512<T> v = Vector512.Load(square + (c * L));
                VectorOps.StoreFirst(target, accumulate ? v + VectorOps.LoadFirst(target, width) : v, width);
            }
        }
    }

    static void Clear(T* target, int pixels)
    {
        for (int p = 0; p < pixels; p++) Vector512<T>.Zero.Store(target + ((nint)p * L));
    }
}
