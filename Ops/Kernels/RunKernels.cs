using System.Runtime.CompilerServices;

namespace Autograd.Kernels;

/// <summary>Moves runs of bytes, whatever numbers they hold.</summary>
static class RunKernels
{
    const int ChunkBytes = 1 << 17, Short = 512;

    /// <summary>Copies <paramref name="count"/> runs: run i from i·strideX of x to i·strideY of y, all in bytes.</summary>
    public static unsafe void Copy(ReadOnlySpan<byte> x, int strideX, Span<byte> y, int strideY, int run, int count)
    {
        if (run == 0 || count == 0) return;
        _ = x.Slice((count - 1) * strideX, run);
        _ = y.Slice((count - 1) * strideY, run);
        fixed (byte* px = x, py = y)
        {
            int each = Math.Max(1, ChunkBytes / run), chunks = (count + each - 1) / each;
            CopyChunk chunk = new(px, strideX, py, strideY, run, count, each);
            if (chunks == 1) chunk.Run(0);
            else Parallelism.Run(chunks, chunk);
        }
    }

    readonly unsafe struct CopyChunk(byte* x, nint strideX, byte* y, nint strideY, int run, int count, int each) : IParallelWork
    {
        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        public void Run(int chunk)
        {
            int end = Math.Min(count, (chunk + 1) * each);
            byte* from = x + (chunk * each * strideX), to = y + (chunk * each * strideY);
            for (int i = chunk * each; i < end; i++, from += strideX, to += strideY)
            {
                if (run == sizeof(uint)) *(uint*)to = *(uint*)from;
                else if (run == sizeof(ulong)) *(ulong*)to = *(ulong*)from;
                else if (run % sizeof(uint) == 0 && run <= Short) VectorOps.Copy((uint*)from, (uint*)to, run / sizeof(uint));
                else new ReadOnlySpan<byte>(from, run).CopyTo(new Span<byte>(to, run));
            }
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
}
