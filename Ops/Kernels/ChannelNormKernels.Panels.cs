using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Autograd.Kernels;

/// <content>
/// Channels of one element a row, several vectors of them side by side. One vector of each row is a single line of the cache, and lines that are a power of two apart
/// share few places in the first level; besides, each step of its sum would wait for the one before. The order of every sum is that of a single vector.
/// </content>
static unsafe partial class ChannelNormKernels
{
    /// <summary>Vectors of a panel: an even number.</summary>
    const int PanelVectors = 4;

    readonly partial struct ForwardPart<T>
    {
        void RunPanel(int channel)
        {
            int width = Vector512<T>.Count;
            Vector512<T> count = Vector512.Create(T.CreateTruncating(layout.Count));
            T* numbers = stackalloc T[2 * PanelVectors * width], factors = numbers, offsets = numbers + (PanelVectors * width), m = mean + channel, v = variance + channel;
            new Span<T>(m, PanelVectors * width).Clear();
            Sum<No>(x + channel, m, numbers);
            for (int i = 0; i < PanelVectors * width; i += width) (Vector512.Load(numbers + i) / count).Store(m + i);
            Sum<Yes>(x + channel, m, numbers);
            for (int i = 0; i < PanelVectors * width; i += width)
            {
                Vector512<T> biased = Vector512.Load(numbers + i) / count, s = Vector512<T>.One / Vector512.Sqrt(biased + Vector512.Create(epsilon));
                biased.Store(v + i);
                s.Store(scale + channel + i);
                (weight is null ? s : s * Vector512.Load(weight + channel + i)).Store(factors + i);
                (bias is null ? default : Vector512.Load(bias + channel + i)).Store(offsets + i);
            }
            if (relu) Transform<Yes>(x + channel, y + channel, m, factors, offsets);
            else Transform<No>(x + channel, y + channel, m, factors, offsets);
        }

        /// <summary>Σ (x − middle), or of the squares, of each channel.</summary>
        [MethodImpl(Jit.Loop)]
        void Sum<TSquare>(T* from, T* middle, T* sums) where TSquare : struct, IFlag
        {
            int width = Vector512<T>.Count, rows = layout.Outer, stride = layout.Channels;
            Vector512<T> m0 = Vector512.Load(middle), m1 = Vector512.Load(middle + width), m2 = Vector512.Load(middle + (2 * width)), m3 = Vector512.Load(middle + (3 * width));
            Vector512<T> t0 = default, t1 = default, t2 = default, t3 = default;
            for (int o = 0; o < rows;)
            {
                Vector512<T> s0 = default, s1 = default, s2 = default, s3 = default;
                int end = Math.Min(rows, o + RowBlock);
                for (; o < end; o++, from += stride)
                {
                    s0 += Term<TSquare>(Vector512.Load(from) - m0);
                    s1 += Term<TSquare>(Vector512.Load(from + width) - m1);
                    s2 += Term<TSquare>(Vector512.Load(from + (2 * width)) - m2);
                    s3 += Term<TSquare>(Vector512.Load(from + (3 * width)) - m3);
                }
                (t0, t1, t2, t3) = (t0 + s0, t1 + s1, t2 + s2, t3 + s3);
            }
            t0.Store(sums);
            t1.Store(sums + width);
            t2.Store(sums + (2 * width));
            t3.Store(sums + (3 * width));
        }

        [MethodImpl(Jit.Loop)]
        void Transform<TRelu>(T* from, T* to, T* middle, T* factors, T* offsets) where TRelu : struct, IFlag
        {
            int width = Vector512<T>.Count, rows = layout.Outer, stride = layout.Channels;
            Vector512<T> m0 = Vector512.Load(middle), m1 = Vector512.Load(middle + width), m2 = Vector512.Load(middle + (2 * width)), m3 = Vector512.Load(middle + (3 * width));
            Vector512<T> f0 = Vector512.Load(factors), f1 = Vector512.Load(factors + width), f2 = Vector512.Load(factors + (2 * width)), f3 = Vector512.Load(factors + (3 * width));
            Vector512<T> b0 = Vector512.Load(offsets), b1 = Vector512.Load(offsets + width), b2 = Vector512.Load(offsets + (2 * width)), b3 = Vector512.Load(offsets + (3 * width));
            for (int o = 0; o < rows; o++, from += stride, to += stride)
            {
                End<TRelu>(((Vector512.Load(from) - m0) * f0) + b0).Store(to);
                End<TRelu>(((Vector512.Load(from + width) - m1) * f1) + b1).Store(to + width);
                End<TRelu>(((Vector512.Load(from + (2 * width)) - m2) * f2) + b2).Store(to + (2 * width));
                End<TRelu>(((Vector512.Load(from + (3 * width)) - m3) * f3) + b3).Store(to + (3 * width));
            }
        }
    }

    readonly partial struct BackwardPart<T>
    {
        /// <summary>Two vectors of channels: with the numbers of four the registers would not suffice.</summary>
        void RunPair<TRelu>(int channel) where TRelu : struct, IFlag
        {
            int width = Vector512<T>.Count;
            Vector512<T> count = Vector512.Create(T.CreateTruncating(layout.Count));
            T* numbers = stackalloc T[8 * width], factors = numbers, offsets = factors + (2 * width), shares = offsets + (2 * width), slopes = shares + (2 * width);
            for (int i = 0; i < 2 * width; i += width)
            {
                Vector512<T> s = Vector512.Load(scale + channel + i);
                (weight is null ? s : Vector512.Load(weight + channel + i) * s).Store(factors + i);
                (bias is null ? default : Vector512.Load(bias + channel + i)).Store(offsets + i);
            }
            SumPair<TRelu>(channel, factors, offsets);
            for (int i = 0; i < 2 * width; i += width)
            {
                Vector512<T> s = Vector512.Load(scale + channel + i), dot = Vector512.Load(dots + channel + i) * s;
                dot.Store(dots + channel + i);
                (Vector512.Load(sums + channel + i) / count).Store(shares + i);
                (dot * s / count).Store(slopes + i);
            }
            if (dx is null) return;
            if (fresh) PairSlopes<TRelu, Yes>(channel, factors, offsets, shares, slopes);
            else PairSlopes<TRelu, No>(channel, factors, offsets, shares, slopes);
        }

        /// <summary>Σ dy and Σ dy·(x − m) of each channel.</summary>
        [MethodImpl(Jit.Loop)]
        void SumPair<TRelu>(int channel, T* factors, T* offsets) where TRelu : struct, IFlag
        {
            int width = Vector512<T>.Count, rows = layout.Outer, stride = layout.Channels;
            T* from = x + channel, upstream = dy + channel;
            Vector512<T> m0 = Vector512.Load(mean + channel), m1 = Vector512.Load(mean + channel + width), f0 = Vector512.Load(factors), f1 = Vector512.Load(factors + width);
            Vector512<T> b0 = Vector512.Load(offsets), b1 = Vector512.Load(offsets + width), a0 = default, a1 = default, c0 = default, c1 = default;
            for (int o = 0; o < rows;)
            {
                Vector512<T> s0 = default, s1 = default, d0 = default, d1 = default;
                int end = Math.Min(rows, o + RowBlock);
                for (; o < end; o++, from += stride, upstream += stride)
                {
                    Vector512<T> x0 = Vector512.Load(from) - m0, x1 = Vector512.Load(from + width) - m1;
                    Vector512<T> g0 = Kept<TRelu>(Vector512.Load(upstream), x0, f0, b0), g1 = Kept<TRelu>(Vector512.Load(upstream + width), x1, f1, b1);
                    (s0, s1, d0, d1) = (s0 + g0, s1 + g1, d0 + (g0 * x0), d1 + (g1 * x1));
                }
                (a0, a1, c0, c1) = (a0 + s0, a1 + s1, c0 + d0, c1 + d1);
            }
            a0.Store(sums + channel);
            a1.Store(sums + channel + width);
            c0.Store(dots + channel);
            c1.Store(dots + channel + width);
        }

        /// <summary>dx (+)= f·(dy − a − (x − m)·d).</summary>
        [MethodImpl(Jit.Loop)]
        void PairSlopes<TRelu, TFresh>(int channel, T* factors, T* offsets, T* shares, T* slopes) where TRelu : struct, IFlag where TFresh : struct, IFlag
        {
            int width = Vector512<T>.Count, rows = layout.Outer, stride = layout.Channels;
            T* from = x + channel, upstream = dy + channel, to = dx + channel;
            Vector512<T> m0 = Vector512.Load(mean + channel), m1 = Vector512.Load(mean + channel + width), f0 = Vector512.Load(factors), f1 = Vector512.Load(factors + width);
            Vector512<T> b0 = Vector512.Load(offsets), b1 = Vector512.Load(offsets + width), a0 = Vector512.Load(shares), a1 = Vector512.Load(shares + width);
            Vector512<T> d0 = Vector512.Load(slopes), d1 = Vector512.Load(slopes + width);
            for (int o = 0; o < rows; o++, from += stride, upstream += stride, to += stride)
            {
                Vector512<T> x0 = Vector512.Load(from) - m0, x1 = Vector512.Load(from + width) - m1;
                Vector512<T> g0 = f0 * (Kept<TRelu>(Vector512.Load(upstream), x0, f0, b0) - a0 - (x0 * d0));
                Vector512<T> g1 = f1 * (Kept<TRelu>(Vector512.Load(upstream + width), x1, f1, b1) - a1 - (x1 * d1));
                (TFresh.Value ? g0 : Vector512.Load(to) + g0).Store(to);
                (TFresh.Value ? g1 : Vector512.Load(to + width) + g1).Store(to + width);
            }
        }
    }
}
