using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Autograd.Kernels;

/// <summary>The windows of an image as a matrix, [channel and tap, pixel]: into it, and out of it.</summary>
/// <param name="g">Sizes of the convolution.</param>
// For each tap and each vector of a row of windows the rows are walked down: which lanes lie in the image is the same for all of them.
readonly unsafe struct ConvPatches<T>(Conv2dGeometry g) where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    static int L => Vector512<T>.Count;

    /// <summary>Rows <paramref name="first"/> … first + rows − 1 of the windows of an image, a group's planes of it; rows of the matrix are <paramref name="lead"/> apart.</summary>
    [MethodImpl(Jit.Loop)]
    public void Gather(T* x, int first, int rows, T* patches, nint lead)
    {
        for (int tap = 0; tap < g.Taps; tap++, patches += lead)
        {
            (int column, int begin, int end) = Reach(tap, first, rows);
            T* source = Source(x, tap, first + begin) + column;
            int width = g.OutW;
            new Span<T>(patches, begin * width).Clear();
            new Span<T>(patches + (end * width), (rows - end) * width).Clear();
            T* target = patches + (begin * width);
            nint step = (nint)g.StrideH * g.W;
            if (Avx512F.IsSupported && g.StrideW is 1 or 2 or 4)
            {
                for (int p = 0; p < width; p += L)
                {
                    if (g.StrideW == 1) CopyVectors(source + p, step, column + p, end - begin, target + p, width - p);
                    else if (g.StrideW == 2) CopyEven(source + (2 * p), step, column + (2 * p), end - begin, target + p, width - p);
                    else CopyFourth(source + (4 * p), step, column + (4 * p), end - begin, target + p, width - p);
                }
                continue;
            }
            (int left, int right) = Columns(column);
            for (int r = begin; r < end; r++, source += step, target += width)
            {
                for (int j = 0; j < width; j++) target[j] = j < left || j >= right ? T.Zero : source[(nint)j * g.StrideW];
            }
        }
    }

    /// <summary>The opposite of <see cref="Gather"/>: every element to the one of the image that it was read from, or added to it.</summary>
    [MethodImpl(Jit.Loop)]
    public void Scatter(T* patches, nint lead, int first, int rows, T* x, bool adds)
    {
        for (int tap = 0; tap < g.Taps; tap++, patches += lead)
        {
            (int column, int begin, int end) = Reach(tap, first, rows);
            T* target = Source(x, tap, first + begin) + column;
            int width = g.OutW;
            T* source = patches + (begin * width);
            nint step = (nint)g.StrideH * g.W;
            if (Avx512F.IsSupported && g.StrideW <= 2)
            {
                // A vector of the image at a time, of which the windows fill every lane or every second one.
                int lanes = L / g.StrideW;
                for (int p = 0; p < width; p += lanes)
                {
                    Vector512<T> mask = Inside(column + (p * g.StrideW), Math.Min(L, (width - p) * g.StrideW));
                    if (g.StrideW == 2) mask &= VectorOps.EvenLanes<T>();
                    AddVectors(source + p, width, end - begin, target + ((nint)p * g.StrideW), step, mask, (nuint)Math.Min(lanes, width - p), adds);
                }
                continue;
            }
            (int left, int right) = Columns(column);
            for (int r = begin; r < end; r++, source += width, target += step)
            {
                for (int j = left; j < right; j++)
                {
                    T* element = target + ((nint)j * g.StrideW);
                    *element = adds ? *element + source[j] : source[j];
                }
            }
        }
    }

    /// <summary>The column that the first window reads at a tap, and which of the rows of windows lie in the image there.</summary>
    (int Column, int Begin, int End) Reach(int tap, int first, int rows)
    {
        int top = (tap / g.KW % g.KH * g.DilationH) - g.PadH, column = (tap % g.KW * g.DilationW) - g.PadW;
        int begin = top >= 0 ? 0 : (-top + g.StrideH - 1) / g.StrideH, end = top >= g.H ? 0 : ((g.H - 1 - top) / g.StrideH) + 1;
        begin = Math.Clamp(begin - first, 0, rows);
        return (column, begin, Math.Clamp(end - first, begin, rows));
    }

    /// <summary>The windows of a row that lie in the image at a tap.</summary>
    (int Left, int Right) Columns(int column)
    {
        int left = column >= 0 ? 0 : Math.Min(g.OutW, (-column + g.StrideW - 1) / g.StrideW), right = column >= g.W ? 0 : ((g.W - 1 - column) / g.StrideW) + 1;
        return (left, Math.Clamp(right, left, g.OutW));
    }

    /// <summary>The row that a row of windows reads at a tap.</summary>
    T* Source(T* x, int tap, int row) => x + (((nint)(tap / (g.KH * g.KW)) * g.H) + ((nint)row * g.StrideH) + (tap / g.KW % g.KH * g.DilationH) - g.PadH) * g.W;

    /// <summary>The lanes of a vector that begins at a column of the image, which may lie beside it; at most <paramref name="count"/> of them.</summary>
    Vector512<T> Inside(int column, int count)
    {
        int first = Math.Clamp(-column, 0, L), end = Math.Clamp(g.W - column, first, L);
        return Vector512.AndNot(Tail.Mask<T>((nuint)Math.Min(end, Math.Max(count, 0))), Tail.Mask<T>((nuint)first));
    }

    [MethodImpl(Jit.Loop)]
    void CopyVectors(T* source, nint step, int column, int rows, T* target, int count)
    {
        int width = g.OutW;
        Vector512<T> mask = Inside(column, L);
        if (count >= L && mask.Equals(Vector512<T>.AllBitsSet))
        {
            for (int r = 0; r < rows; r++, source += step, target += width) Vector512.Load(source).Store(target);
            return;
        }
        Vector512<T> part = Tail.Mask<T>((nuint)Math.Min(count, L));
        for (int r = 0; r < rows; r++, source += step, target += width) VectorOps.StoreLanes(target, part, VectorOps.LoadLanes(source, mask));
    }

    [MethodImpl(Jit.Loop)]
    void CopyEven(T* source, nint step, int column, int rows, T* target, int count)
    {
        int width = g.OutW;
        Vector512<T> low = Inside(column, L), high = Inside(column + L, L), part = Tail.Mask<T>((nuint)Math.Min(count, L));
        for (int r = 0; r < rows; r++, source += step, target += width)
            VectorOps.StoreLanes(target, part, VectorOps.Even(VectorOps.LoadLanes(source, low), VectorOps.LoadLanes(source + L, high)));
    }

    [MethodImpl(Jit.Loop)]
    void CopyFourth(T* source, nint step, int column, int rows, T* target, int count)
    {
        int width = g.OutW;
        Vector512<T> m0 = Inside(column, L), m1 = Inside(column + L, L), m2 = Inside(column + (2 * L), L), m3 = Inside(column + (3 * L), L), part = Tail.Mask<T>((nuint)Math.Min(count, L));
        // The rest lies beside the image.
        bool reaches = column + (2 * L) < g.W;
        for (int r = 0; r < rows; r++, source += step, target += width)
        {
            Vector512<T> low = VectorOps.Even(VectorOps.LoadLanes(source, m0), VectorOps.LoadLanes(source + L, m1));
            Vector512<T> high = reaches ? VectorOps.Even(VectorOps.LoadLanes(source + (2 * L), m2), VectorOps.LoadLanes(source + (3 * L), m3)) : default;
            VectorOps.StoreLanes(target, part, VectorOps.Even(low, high));
        }
    }

    [MethodImpl(Jit.Loop)]
    void AddVectors(T* source, nint width, int rows, T* target, nint step, Vector512<T> mask, nuint count, bool adds)
    {
        bool spaced = g.StrideW == 2;
        for (int r = 0; r < rows; r++, source += width, target += step)
        {
            Vector512<T> v = Tail.LoadUpTo(source, count, default);
            if (spaced) v = VectorOps.DoubleLower(v);
            if (adds) v += VectorOps.LoadLanes(target, mask);
            VectorOps.StoreLanes(target, mask, v);
        }
    }
}
