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
