using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Autograd.Kernels;

/// <content>Their gradients.</content>
static unsafe partial class SoftmaxKernels
{
    readonly struct BackwardPart<T, TLog>(T* dy, T* y, T* dx, int n, Columns columns, bool fresh) : IPart where T : unmanaged, IFloatingPointIeee754<T> where TLog : struct, IFlag
    {
        public void Run(int outer, int column, bool panel)
        {
            nint start = ((nint)outer * n * columns.Inner) + column;
            if (panel) Panel(dy + start, y + start, dx + start, n, columns.Inner, fresh);
            else if (columns.Inner > 1) Vector(outer, column);
            else if (fresh) Row<Yes>(dy + start, y + start, dx + start, (nuint)n);
            else Row<No>(dy + start, y + start, dx + start, (nuint)n);
        }

        [MethodImpl(Jit.Loop)]
        static void Row<TFresh>(T* dy, T* y, T* dx, nuint n) where TFresh : struct, IFlag
        {
            nuint width = (nuint)Vector512<T>.Count, left = n % width, whole = n - left, i;
            Vector512<T> sum = default, other = default;
            for (i = 0; i + width < whole; i += 2 * width)
            {
                sum = Sum(Vector512.Load(dy + i), TLog.Value ? default : Vector512.Load(y + i), sum);
                other = Sum(Vector512.Load(dy + i + width), TLog.Value ? default : Vector512.Load(y + i + width), other);
            }
            if (i < whole) sum = Sum(Vector512.Load(dy + i), TLog.Value ? default : Vector512.Load(y + i), sum);
            if (left != 0) other = Sum(Tail.Load(dy + whole, left, default), TLog.Value ? default : Tail.Load(y + whole, left, default), other);
            sum = Vector512.Create(LaneFold.Across<T, Adding<T>>(sum + other));
            for (i = 0; i < whole; i += width)
            {
                Vector512<T> part = Part(Vector512.Load(dy + i), Vector512.Load(y + i), sum);
                (TFresh.Value ? part : Vector512.Load(dx + i) + part).Store(dx + i);
            }
            if (left == 0) return;
            Vector512<T> rest = Part(Tail.Load(dy + i, left, default), Tail.Load(y + i, left, default), sum);
            Tail.Store(TFresh.Value ? rest : Tail.Load(dx + i, left, default) + rest, dx + i, left);
        }

        [MethodImpl(Jit.Loop)]
        static void Panel(T* dy, T* y, T* dx, int n, nint inner, bool fresh)
        {
            nint width = Vector512<T>.Count, step = PanelVectors * width;
            T* pack = _panel.Get<T>(2 * n * step), packed = pack + (n * step), end = packed, p;
            Vector512<T> s0 = default, s1 = default, s2 = default, s3 = default;
            for (p = pack; p < end; p += step, packed += step, dy += inner, y += inner)
            {
                s0 = Pack(dy, y, p, packed, s0);
                s1 = Pack(dy + width, y + width, p + width, packed + width, s1);
                s2 = Pack(dy + (2 * width), y + (2 * width), p + (2 * width), packed + (2 * width), s2);
                s3 = Pack(dy + (3 * width), y + (3 * width), p + (3 * width), packed + (3 * width), s3);
            }
            for (p = pack, packed = end; p < end; p += step, packed += step, dx += inner)
            {
                Put(p, packed, s0, dx, fresh);
                Put(p + width, packed + width, s1, dx + width, fresh);
                Put(p + (2 * width), packed + (2 * width), s2, dx + (2 * width), fresh);
                Put(p + (3 * width), packed + (3 * width), s3, dx + (3 * width), fresh);
            }
        }

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        static Vector512<T> Pack(T* dy, T* y, T* pack, T* packed, Vector512<T> sum)
        {
            Vector512<T> d = Vector512.Load(dy), v = Vector512.Load(y);
            d.Store(pack);
            v.Store(packed);
            return Sum(d, v, sum);
        }

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        static void Put(T* d, T* v, Vector512<T> sum, T* dx, bool fresh)
        {
            Vector512<T> part = Part(Vector512.Load(d), Vector512.Load(v), sum);
            (fresh ? part : Vector512.Load(dx) + part).Store(dx);
        }

        [MethodImpl(Jit.Loop)]
        void Vector(int outer, int column)
        {
            Walk walk = new(outer, column, n, columns.Inner, Vector512<T>.Count);
            T* pdy = dy + walk.Start, py = y + walk.Start, pdx = dx + walk.Start;
            Vector512<T> sum = Vector512<T>.Zero;
            for (nuint i = 0; i < walk.Whole; i += walk.Step) sum = Sum(Tail.LoadUpTo(pdy + i, walk.Lanes, default), TLog.Value ? default : Tail.LoadUpTo(py + i, walk.Lanes, default), sum);
            for (nuint i = 0; i < walk.Whole; i += walk.Step)
            {
                Vector512<T> part = Part(Tail.LoadUpTo(pdy + i, walk.Lanes, default), Tail.LoadUpTo(py + i, walk.Lanes, default), sum);
                Tail.StoreUpTo(fresh ? part : Tail.LoadUpTo(pdx + i, walk.Lanes, default) + part, pdx + i, walk.Lanes);
            }
        }

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        static Vector512<T> Sum(Vector512<T> d, Vector512<T> v, Vector512<T> sum) => TLog.Value ? sum + d : VectorOps.Fma(d, v, sum);

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        static Vector512<T> Part(Vector512<T> d, Vector512<T> v, Vector512<T> sum) => TLog.Value ? VectorOps.Fma(-VectorMath.ExpLow(v), sum, d) : v * (d - sum);
    }
}
