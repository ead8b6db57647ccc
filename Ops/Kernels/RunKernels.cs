using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Autograd.Kernels;

/// <summary>Moves runs of bytes, whatever numbers they hold.</summary>
static class RunKernels
{
    const int ChunkBytes = 1 << 17, Short = 512;

    /// <summary>Bytes after which addresses look alike to loads and stores that meet, and how far those reach that are under way.</summary>
    const int Page = 1 << 12, Near = 1 << 10;

    /// <summary>y = x.</summary>
    public static void Copy(ReadOnlySpan<byte> x, Span<byte> y) => Copy(x, x.Length, y, x.Length, x.Length, 1);

    /// <summary>Copies <paramref name="count"/> runs: run i from i·strideX of x to i·strideY of y, all in bytes.</summary>
    public static unsafe void Copy(ReadOnlySpan<byte> x, int strideX, Span<byte> y, int strideY, int run, int count)
    {
        if (run == 0 || count == 0) return;
        _ = x.Slice((count - 1) * strideX, run);
        _ = y.Slice((count - 1) * strideY, run);
        fixed (byte* px = x, py = y)
        {
            int each = Math.Max(1, ChunkBytes / run), pieces = run >= 2 * ChunkBytes ? (run + ChunkBytes - 1) / ChunkBytes : 1, chunks = pieces * ((count + each - 1) / each);
            CopyChunk chunk = new(px, strideX, py, strideY, run, count, each, pieces);
            if (chunks == 1) chunk.Run(0);
            else Parallelism.Run(chunks, chunk);
        }
    }

    /// <summary>Some runs, or one of several pieces of a long one.</summary>
    readonly unsafe struct CopyChunk(byte* x, nint strideX, byte* y, nint strideY, int run, int count, int each, int pieces) : IParallelWork
    {
        public void Run(int chunk)
        {
            if (pieces > 1) CopyPiece(chunk / pieces, chunk % pieces * ChunkBytes);
            else CopyRuns(chunk * each, Math.Min(count, (chunk + 1) * each));
        }

        void CopyPiece(int i, int start)
        {
            int length = Math.Min(ChunkBytes, run - start);
            new ReadOnlySpan<byte>(x + (i * strideX) + start, length).CopyTo(new Span<byte>(y + (i * strideY) + start, length));
        }

        [MethodImpl(Jit.Loop)]
        void CopyRuns(int i, int end)
        {
            byte* from = x + (i * strideX), to = y + (i * strideY);
            for (; i < end; i++, from += strideX, to += strideY)
            {
                if (run == sizeof(uint)) *(uint*)to = *(uint*)from;
                else if (run == sizeof(ulong)) *(ulong*)to = *(ulong*)from;
                else if (run % sizeof(uint) == 0 && run <= Short) VectorOps.Copy((uint*)from, (uint*)to, run / sizeof(uint));
                else if (run > Short && ((to - from) & (Page - 1)) is > 0 and < Near) CopyDown(from, to, run);
                else new ReadOnlySpan<byte>(from, run).CopyTo(new Span<byte>(to, run));
            }
        }

        /// <summary>From the end to the start: upwards, each load would wait for the stores before it, which seem to go to where it reads from, for only the last 12 bits of addresses are compared at first.</summary>
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        static void CopyDown(byte* from, byte* to, int count)
        {
            Vector512<byte> first = Vector512.Load(from);
            int i = count;
            for (; i >= Vector512<byte>.Count; i -= Vector512<byte>.Count) Vector512.Load(from + i - Vector512<byte>.Count).Store(to + i - Vector512<byte>.Count);
            first.Store(to);
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
