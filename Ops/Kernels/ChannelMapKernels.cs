using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Autograd.Kernels;

/// <summary>An affine map of every channel of [outer, channels, inner], in one pass through memory.</summary>
static unsafe class ChannelMapKernels
{
    const int ChunkElements = 1 << 14;

    /// <summary>y = (x − mean)·factor + bias, rectified if told.</summary>
    /// <param name="x">[outer, channels, inner].</param>
    /// <param name="inner">Elements between two channels.</param>
    /// <param name="mean">One a channel.</param>
    /// <param name="factor">One a channel.</param>
    /// <param name="bias">One a channel, or empty.</param>
    /// <param name="relu">Whether y is rectified.</param>
    /// <param name="y">The result.</param>
    public static void Forward<T>(ReadOnlySpan<T> x, int inner, ReadOnlySpan<T> mean, ReadOnlySpan<T> factor, ReadOnlySpan<T> bias, bool relu, Span<T> y)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        if (y.IsEmpty) return;
        fixed (T* px = x, pm = mean, pf = factor, pb = bias, py = y)
        {
            int run = inner > 1 ? inner : mean.Length, runs = y.Length / run, each = Math.Max(1, ChunkElements / run), chunks = (runs + each - 1) / each;
            Chunk<T> chunk = new(px, inner, mean.Length, pm, pf, bias.IsEmpty ? null : pb, relu, py, runs, each);
            if (chunks == 1) chunk.Run(0);
            else Parallelism.Run(chunks, chunk);
        }
    }

    /// <summary>Some planes, or, where a channel has one element, some rows of channels.</summary>
    readonly struct Chunk<T>(T* x, int inner, int channels, T* mean, T* factor, T* bias, bool relu, T* y, int runs, int each) : IParallelWork
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        public void Run(int chunk)
        {
            int first = chunk * each, end = Math.Min(runs, first + each);
            if (inner == 1)
            {
                if (relu) Rows<Yes>(first, end);
                else Rows<No>(first, end);
            }
            else if (relu) Planes<Yes>(first, end);
            else Planes<No>(first, end);
        }

        [MethodImpl(Jit.Loop)]
        void Planes<TRelu>(int first, int end) where TRelu : struct, IFlag
        {
            nuint width = (nuint)Vector512<T>.Count, n = (nuint)inner;
            T* from = x + ((nint)first * inner), to = y + ((nint)first * inner);
            for (int plane = first, channel = first % channels; plane < end; plane++, from += inner, to += inner)
            {
                Vector512<T> m = Vector512.Create(mean[channel]), f = Vector512.Create(factor[channel]), b = Vector512.Create(bias is null ? T.NegativeZero : bias[channel]);
                nuint i = 0;
                for (; i + width <= n; i += width) End<TRelu>(((Vector512.Load(from + i) - m) * f) + b).Store(to + i);
                if (i < n) Tail.Store(End<TRelu>(((Tail.Load(from + i, n - i, default) - m) * f) + b), to + i, n - i);
                channel = channel + 1 == channels ? 0 : channel + 1;
            }
        }

        [MethodImpl(Jit.Loop)]
        void Rows<TRelu>(int first, int end) where TRelu : struct, IFlag
        {
            nuint width = (nuint)Vector512<T>.Count, n = (nuint)channels;
            T* from = x + ((nint)first * channels), to = y + ((nint)first * channels);
            // What changes no number, −0 either.
            Vector512<T> none = Vector512.Create(T.NegativeZero);
            for (int row = first; row < end; row++, from += channels, to += channels)
            {
                nuint i = 0;
                for (; i + width <= n; i += width)
                {
                    Vector512<T> b = bias is null ? none : Vector512.Load(bias + i);
                    End<TRelu>(((Vector512.Load(from + i) - Vector512.Load(mean + i)) * Vector512.Load(factor + i)) + b).Store(to + i);
                }
                if (i == n) continue;
                nuint left = n - i;
                Vector512<T> rest = bias is null ? none : Tail.Load(bias + i, left, default);
                Tail.Store(End<TRelu>(((Tail.Load(from + i, left, default) - Tail.Load(mean + i, left, default)) * Tail.Load(factor + i, left, default)) + rest), to + i, left);
            }
        }

        /// <summary>The rectifier passes NaN.</summary>
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        static Vector512<T> End<TRelu>(Vector512<T> v) where TRelu : struct, IFlag =>
            TRelu.Value ? Vector512.ConditionalSelect(Vector512.LessThanOrEqual(v, Vector512<T>.Zero), Vector512<T>.Zero, v) : v;
    }
}
