using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Autograd.Kernels;

/// <content>Softmax and its logarithm.</content>
static unsafe partial class SoftmaxKernels
{
    readonly struct ForwardPart<T, TLog>(T* x, T* y, int n, Columns columns, nint ahead) : IPart where T : unmanaged, IFloatingPointIeee754<T> where TLog : struct, IFlag
    {
        public void Run(int outer, int column, bool panel)
        {
            nint start = ((nint)outer * n * columns.Inner) + column;
            if (columns.Inner == 1) Row(x + start, y + start, (nuint)n, ahead);
            else if (panel) Panel(x + start, y + start, n, columns.Inner);
            else Vector(outer, column);
        }

        /// <summary>
        /// A row: the greatest, the exponentials with their sum, and what it divides, the last two in the first-level cache. The exponentials are bound by arithmetic,
        /// the search by memory: so the next row is fetched meanwhile. Of softmax they may all have a factor in common, which spares the subtraction of the
        /// greatest; where that one is too great for it, it is subtracted first.
        /// </summary>
        [MethodImpl(Jit.Loop)]
        static void Row(T* x, T* y, nuint n, nint ahead)
        {
            nuint width = (nuint)Vector512<T>.Count, left = n % width, whole = n - left, i;
            Vector512<T> least = Vector512.Create(T.NegativeInfinity), top = least, other = least, sum = default, last = default;
            for (i = 0; i + width < whole; i += 2 * width)
            {
                top = Vector512.MaxNative(top, Vector512.Load(x + i));
                other = Vector512.MaxNative(other, Vector512.Load(x + i + width));
            }
            if (i < whole) top = Vector512.MaxNative(top, Vector512.Load(x + i));
            if (left != 0) other = Vector512.MaxNative(other, Tail.Load(x + whole, left, least));
            Vector512<T> max = Vector512.Create(LaneFold.Across<T, NativeGreatest<T>>(Vector512.MaxNative(top, other)));
            T* from = x;
            if (!TLog.Value && !Vector512.LessThanOrEqualAll(Vector512.Abs(max), Vector512.Create(T.CreateTruncating(1 << 13))))
            {
                for (i = 0; i < whole; i += width) (Vector512.Load(x + i) - max).Store(y + i);
                if (left != 0) Tail.Store(Tail.Load(x + i, left, default) - max, y + i, left);
                from = y;
                max = default;
            }
            Vector512<T> shift = VectorMath.ShiftBelow(max, out Vector512<T> low);
            for (i = 0; i < whole; i += width)
            {
                if (Sse.IsSupported) Sse.Prefetch0(x + ahead + i);
                Vector512<T> e = Exp(Vector512.Load(from + i), max, low, shift);
                if (!TLog.Value) e.Store(y + i);
                sum += e;
            }
            if (left != 0) sum += last = Exp(Tail.Load(from + i, left, least), max, low, shift);
            sum = Vector512.Create(LaneFold.Across<T, Adding<T>>(sum));
            Vector512<T> scale = Scale(sum);
            for (i = 0; i < whole; i += width) Last(Vector512.Load((TLog.Value ? x : y) + i), max, scale).Store(y + i);
            if (left != 0) Tail.Store(Last(TLog.Value ? Tail.Load(x + i, left, default) : last, max, scale), y + i, left);
        }

        [MethodImpl(Jit.Loop)]
        static void Panel(T* x, T* y, int n, nint inner)
        {
            nint width = Vector512<T>.Count, step = PanelVectors * width;
            T* pack = _panel.Get<T>(n * step), end = pack + (n * step), p;
            Top(x, n, inner, pack, out Vector512<T> m0, out Vector512<T> m1, out Vector512<T> m2, out Vector512<T> m3);
            Vector512<T> s0 = default, s1 = default, s2 = default, s3 = default;
            for (p = pack; p < end; p += step)
            {
                s0 += Exp(p, m0);
                s1 += Exp(p + width, m1);
                s2 += Exp(p + (2 * width), m2);
                s3 += Exp(p + (3 * width), m3);
            }
            (s0, s1, s2, s3) = (Scale(s0), Scale(s1), Scale(s2), Scale(s3));
            for (p = pack; p < end; p += step, y += inner)
            {
                Last(Vector512.Load(p), m0, s0).Store(y);
                Last(Vector512.Load(p + width), m1, s1).Store(y + width);
                Last(Vector512.Load(p + (2 * width)), m2, s2).Store(y + (2 * width));
                Last(Vector512.Load(p + (3 * width)), m3, s3).Store(y + (3 * width));
            }
        }

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        static Vector512<T> Exp(Vector512<T> x, Vector512<T> max, Vector512<T> low, Vector512<T> shift) =>
            TLog.Value ? VectorMath.ExpLow(x - max) : VectorMath.ExpShifted(x, low, shift);

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        static Vector512<T> Exp(T* p, Vector512<T> max)
        {
            Vector512<T> e = VectorMath.ExpLow(Vector512.Load(p) - max);
            if (!TLog.Value) e.Store(p);
            return e;
        }

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        static Vector512<T> Scale(Vector512<T> sum) => TLog.Value ? VectorMath.Log(sum) : Vector512<T>.One / sum;

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        static Vector512<T> Last(Vector512<T> v, Vector512<T> max, Vector512<T> scale) => TLog.Value ? v - max - scale : v * scale;

        [MethodImpl(Jit.Loop)]
        void Vector(int outer, int column)
        {
            Walk walk = new(outer, column, n, columns.Inner, Vector512<T>.Count);
            T* px = x + walk.Start, py = y + walk.Start;
            (Vector512<T> max, Vector512<T> least) = Maximum(px, walk, row: false);
            Vector512<T> sum = Vector512<T>.Zero;
            for (nuint i = 0; i < walk.Whole; i += walk.Step)
            {
                Vector512<T> e = VectorMath.ExpLow(Tail.LoadUpTo(px + i, walk.Lanes, least) - max);
                if (!TLog.Value) Tail.StoreUpTo(e, py + i, walk.Lanes);
                sum += e;
            }
            Vector512<T> scale = Scale(sum);
            for (nuint i = 0; i < walk.Whole; i += walk.Step) Tail.StoreUpTo(Last(Tail.LoadUpTo((TLog.Value ? px : py) + i, walk.Lanes, default), max, scale), py + i, walk.Lanes);
        }
    }

    readonly struct ShortForward<T, TLog>(T* x, T* y, int n, int rows) : IPart where T : unmanaged, IFloatingPointIeee754<T> where TLog : struct, IFlag
    {
        public void Run(int group, int column, bool panel)
        {
            int width = Vector512<T>.Count, size = width * Rounded<T>(n), first = group * width;
            T* scratch = _panel.Get<T>(3 * size);
            Gather(x + ((nint)first * n), n, rows - first, scratch);
            new ForwardPart<T, TLog>(scratch, scratch + size, n, new(width, width, 0), 0).Run(0, 0, false);
            Scatter(scratch + size, n, rows - first, y + ((nint)first * n));
        }
    }
}
