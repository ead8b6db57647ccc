using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using Autograd.Kernels;

namespace Autograd;

/// <summary>The loops under losses of two arrays of one length.</summary>
static unsafe class PairLossKernels
{
    const int ChunkSize = MapKernels.ChunkSize;

    /// <summary>Σ F(a, b), in the order of <see cref="FoldRuns"/>.</summary>
    public static T Sum<TOp, T>(TOp op, ReadOnlySpan<T> a, ReadOnlySpan<T> b) where TOp : struct, IBinaryOp where T : unmanaged, INumber<T>
    {
        fixed (T* pa = a, pb = b) return FoldRuns.Total<T, Adding<T>, PairRun<TOp, T>>(new(op, pa, pb), a.Length);
    }

    /// <summary>dx = scale·∂F; an operand that the derivative does not read may be empty. Added unless fresh.</summary>
    public static void Backward<TOp, T>(TOp op, bool first, ReadOnlySpan<T> a, ReadOnlySpan<T> b, T scale, Span<T> dx, bool fresh)
        where TOp : struct, IBinaryOp where T : unmanaged
    {
        fixed (T* pa = a, pb = b, pdx = dx)
        {
            Chunk<TOp, T> body = new(op, first, pa, pb, scale, pdx, dx.Length, fresh);
            int chunks = (dx.Length + ChunkSize - 1) / ChunkSize;
            if (chunks == 1) body.Run(0);
            else Parallelism.Run(chunks, body);
        }
    }

    readonly struct PairRun<TOp, T>(TOp op, T* a, T* b) : IRun<T> where TOp : struct, IBinaryOp where T : unmanaged
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public Vector512<T> At(nuint i) => op.F(new Lanes<T>(Vector512.Load(a + i)), new Lanes<T>(Vector512.Load(b + i))).Value;

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public Vector512<T> Part(nuint i, nuint count, Vector512<T> neutral)
        {
            Vector512<T> y = op.F(new Lanes<T>(Tail.Load(a + i, count, default)), new Lanes<T>(Tail.Load(b + i, count, default))).Value;
            return Vector512.ConditionalSelect(Tail.Mask<T>(count), y, neutral);
        }
    }

    readonly struct Chunk<TOp, T>(TOp op, bool first, T* a, T* b, T scale, T* dx, int count, bool fresh) : IParallelWork where TOp : struct, IBinaryOp where T : unmanaged
    {
        public void Run(int chunk)
        {
            nuint start = (nuint)chunk * ChunkSize, end = Math.Min((nuint)count, start + ChunkSize);
            if (first) Range<Yes>(start, end);
            else Range<No>(start, end);
        }

        [MethodImpl(Jit.Loop)]
        void Range<TFirst>(nuint i, nuint end) where TFirst : struct, IFlag
        {
            nuint width = (nuint)Vector512<T>.Count;
            Vector512<T> dy = Vector512.Create(scale);
            for (; i + width <= end; i += width)
            {
                Vector512<T> part = Slope<TFirst>(dy, a is null ? default : Vector512.Load(a + i), b is null ? default : Vector512.Load(b + i));
                (fresh ? part : Vector512.Load(dx + i) + part).Store(dx + i);
            }
            if (i == end) return;
            nuint left = end - i;
            Vector512<T> last = Slope<TFirst>(dy, a is null ? default : Tail.Load(a + i, left, default), b is null ? default : Tail.Load(b + i, left, default));
            Tail.Store(fresh ? last : Tail.Load(dx + i, left, default) + last, dx + i, left);
        }

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        Vector512<T> Slope<TFirst>(Vector512<T> dy, Vector512<T> va, Vector512<T> vb) where TFirst : struct, IFlag => Lanes<T>.Chain(
            dy, TFirst.Value ? op.DA(new Lanes<T>(va), new Lanes<T>(vb), default) : op.DB(new Lanes<T>(va), new Lanes<T>(vb), default));
    }
}
