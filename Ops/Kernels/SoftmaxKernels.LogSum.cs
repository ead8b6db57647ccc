using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Autograd.Kernels;

/// <content>The logarithm of a sum of exponentials.</content>
static unsafe partial class SoftmaxKernels
{
    readonly struct LogSumPart<T>(T* x, T* max, T* sums, int n, Columns columns) : IPart where T : unmanaged, IFloatingPointIeee754<T>
    {
        public void Run(int outer, int column, bool panel)
        {
            nint to = ((nint)outer * columns.Inner) + column;
            if (panel) Panel(x + ((nint)outer * n * columns.Inner) + column, n, columns.Inner, max + to, sums + to);
            else Vector(outer, column, columns.Inner, max + to, sums + to);
        }

        [MethodImpl(Jit.Loop)]
        static void Panel(T* x, int n, nint inner, T* max, T* sums)
        {
            nint width = Vector512<T>.Count, step = PanelVectors * width;
            T* pack = _panel.Get<T>(n * step), end = pack + (n * step);
            Top(x, n, inner, pack, out Vector512<T> m0, out Vector512<T> m1, out Vector512<T> m2, out Vector512<T> m3);
            (m0, m1, m2, m3) = (Finite(m0), Finite(m1), Finite(m2), Finite(m3));
            Vector512<T> s0 = default, s1 = default, s2 = default, s3 = default;
            for (T* p = pack; p < end; p += step)
            {
                s0 += VectorMath.Exp(Vector512.Load(p) - m0);
                s1 += VectorMath.Exp(Vector512.Load(p + width) - m1);
                s2 += VectorMath.Exp(Vector512.Load(p + (2 * width)) - m2);
                s3 += VectorMath.Exp(Vector512.Load(p + (3 * width)) - m3);
            }
            m0.Store(max);
            m1.Store(max + width);
            m2.Store(max + (2 * width));
            m3.Store(max + (3 * width));
            s0.Store(sums);
            s1.Store(sums + width);
            s2.Store(sums + (2 * width));
            s3.Store(sums + (3 * width));
        }

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        static Vector512<T> Finite(Vector512<T> top) => Vector512.ConditionalSelect(Vector512.LessThan(Vector512.Abs(top), Vector512.Create(T.PositiveInfinity)), top, Vector512<T>.Zero);

        [MethodImpl(Jit.Loop)]
        void Vector(int outer, int column, int inner, T* max, T* sums)
        {
            Walk walk = new(outer, column, n, inner, Vector512<T>.Count);
            T* px = x + walk.Start;
            (Vector512<T> top, Vector512<T> least) = Maximum(px, walk, inner == 1);
            top = Finite(top);
            Vector512<T> sum = Vector512<T>.Zero;
            nuint i = 0;
            for (; i < walk.Whole; i += walk.Step) sum += VectorMath.Exp(Tail.LoadUpTo(px + i, walk.Lanes, least) - top);
            if (walk.Left != 0) sum += VectorMath.Exp(Tail.Load(px + i, walk.Left, least) - top);
            if (inner == 1)
            {
                *max = top[0];
                *sums = LaneFold.Across<T, Adding<T>>(sum);
                return;
            }
            Tail.Store(top, max, walk.Lanes);
            Tail.Store(sum, sums, walk.Lanes);
        }
    }

    readonly struct ShortLogSum<T>(T* x, T* max, T* sums, int n, int rows) : IPart where T : unmanaged, IFloatingPointIeee754<T>
    {
        public void Run(int group, int column, bool panel)
        {
            int width = Vector512<T>.Count, size = width * Rounded<T>(n), first = group * width;
            T* scratch = _panel.Get<T>((2 * size) + (2 * width)), statistics = scratch + (2 * size);
            Gather(x + ((nint)first * n), n, rows - first, scratch);
            new LogSumPart<T>(scratch, statistics, statistics + width, n, new(width, width, 0)).Run(0, 0, false);
            VectorOps.Copy(statistics, max + first, Math.Min(width, rows - first));
            VectorOps.Copy(statistics + width, sums + first, Math.Min(width, rows - first));
        }
    }
}
