using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Autograd.Kernels;

/// <summary>Moves runs of bytes, whatever numbers they hold.</summary>
static class RunKernels
{
    /// <summary>Copies <paramref name="count"/> runs: run i from i·strideX of x to i·strideY of y, all in bytes.</summary>
    public static void Copy(ReadOnlySpan<byte> x, int strideX, Span<byte> y, int strideY, int run, int count)
    {
        if (run == 0 || count == 0) return;
        if (strideX == run && strideY == run)
        {
            x[..(run * count)].CopyTo(y);
            return;
        }
        if (run == sizeof(uint)) CopyElements<uint>(x, strideX, y, strideY, count);
        else if (run == sizeof(ulong)) CopyElements<ulong>(x, strideX, y, strideY, count);
        else
        {
            for (int i = 0; i < count; i++) x.Slice(i * strideX, run).CopyTo(y[(i * strideY)..]);
        }
    }

    /// <summary>y = x on one side of a diagonal of matrices [rows, columns], the diagonal included, and 0 on the other.</summary>
    public static void Triangle(ReadOnlySpan<byte> x, int rows, int columns, int width, bool lower, int diagonal, Span<byte> y)
    {
        int run = columns * width;
        for (int start = 0, row = 0; start < x.Length; start += run, row = row + 1 == rows ? 0 : row + 1)
        {
            // The lower triangle keeps the columns up to row + diagonal, the upper one those from there on.
            int edge = (int)Math.Clamp((long)row + diagonal + (lower ? 1 : 0), 0, columns) * width;
            Span<byte> target = y.Slice(start, run);
            ReadOnlySpan<byte> source = x.Slice(start, run);
            Span<byte> zero = lower ? target[edge..] : target[..edge];
            zero.Clear();
            if (lower) source[..edge].CopyTo(target);
            else source[edge..].CopyTo(target[edge..]);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    static void CopyElements<T>(ReadOnlySpan<byte> x, int strideX, Span<byte> y, int strideY, int count) where T : unmanaged
    {
        _ = x.Slice((count - 1) * strideX, Unsafe.SizeOf<T>());
        _ = y.Slice((count - 1) * strideY, Unsafe.SizeOf<T>());
        ref byte source = ref MemoryMarshal.GetReference(x), target = ref MemoryMarshal.GetReference(y);
        for (int i = 0; i < count; i++)
        {
            Unsafe.As<byte, T>(ref Unsafe.Add(ref target, (nint)i * strideY)) = Unsafe.As<byte, T>(ref Unsafe.Add(ref source, (nint)i * strideX));
        }
    }
}
