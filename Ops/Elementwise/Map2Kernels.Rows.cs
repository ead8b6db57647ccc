using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using Autograd.Kernels;

namespace Autograd;

/// <content>
/// Rows that fill no whole number of vectors, by whole vectors nevertheless, which overlap: the last one of a long row the one before, that of a short row the next row, which then writes over
/// what is too much. Masks and their bookkeeping would take longer than the numbers.
/// </content>
static unsafe partial class Map2Kernels
{
    /// <summary>How many of these rows can be done so: those after which a vector still lies within the rows.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static int Overlapping<E>(int count, int rows) where E : unmanaged =>
        rows == 1 ? 0 : count >= Vector512<E>.Count ? rows : Math.Max(0, rows + 1 - ((Vector512<E>.Count + count - 1) / count));

    /// <summary>Whether a vector from the start of a short row reaches into the next row, or the row is always the same.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static bool Continues<S>(int count, int step) where S : struct, IStream => !S.IsMany || step == 0 || step == count;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static Vector512<E> First<S, E>(ref E x, int count, int step) where S : struct, IStream where E : unmanaged =>
        S.IsMany && step == 0 && count < Vector512<E>.Count ? Part.Load(ref x, 0, (nuint)count) : default;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static Vector512<E> At<S, E>(ref E x, int step, Vector512<E> first) where S : struct, IStream where E : unmanaged =>
        S.IsOne ? Vector512.Create(x) : !S.IsMany ? default : step == 0 ? first : Vector512.LoadUnsafe(ref x);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static Vector512<E> At<S, E>(ref E x, nuint i, Vector512<E> one) where S : struct, IStream where E : unmanaged =>
        S.IsMany ? Vector512.LoadUnsafe(ref x, i) : one;

    /// <summary>The first rows; returns how many.</summary>
    static int ForwardOverlapping<TOp, E, A, B>(TOp op, ref E a, ref E b, ref E y, int count, int rows, int stepA, int stepB)
        where TOp : struct, IBinaryOp where E : unmanaged where A : struct, IStream where B : struct, IStream
    {
        int done = Overlapping<E>(count, rows);
        if (done == 0 || Unsafe.AreSame(ref a, ref y) || Unsafe.AreSame(ref b, ref y)) return 0;
        if (count >= Vector512<E>.Count) ForwardLong<TOp, E, A, B>(op, ref a, ref b, ref y, count, done, stepA, stepB);
        else if (Continues<A>(count, stepA) && Continues<B>(count, stepB)) ForwardShort<TOp, E, A, B>(op, ref a, ref b, ref y, count, done, stepA, stepB);
        else return 0;
        return done;
    }

    [MethodImpl(Jit.Loop)]
    static void ForwardShort<TOp, E, A, B>(TOp op, ref E a, ref E b, ref E y, int count, int rows, int stepA, int stepB)
        where TOp : struct, IBinaryOp where E : unmanaged where A : struct, IStream where B : struct, IStream
    {
        Vector512<E> a0 = First<A, E>(ref a, count, stepA), b0 = First<B, E>(ref b, count, stepB);
        for (; rows > 0; rows--)
        {
            op.F<Lanes<E>>(new(At<A, E>(ref a, stepA, a0)), new(At<B, E>(ref b, stepB, b0))).Value.StoreUnsafe(ref y);
            a = ref Unsafe.Add(ref a, stepA);
            b = ref Unsafe.Add(ref b, stepB);
            y = ref Unsafe.Add(ref y, count);
        }
    }

    [MethodImpl(Jit.Loop)]
    static void ForwardLong<TOp, E, A, B>(TOp op, ref E a, ref E b, ref E y, int count, int rows, int stepA, int stepB)
        where TOp : struct, IBinaryOp where E : unmanaged where A : struct, IStream where B : struct, IStream
    {
        nuint width = (nuint)Vector512<E>.Count, last = (nuint)count - width;
        for (; rows > 0; rows--)
        {
            Vector512<E> a0 = A.IsOne ? Vector512.Create(a) : default, b0 = B.IsOne ? Vector512.Create(b) : default;
            for (nuint i = 0; ; i = Math.Min(i + width, last))
            {
                op.F<Lanes<E>>(new(At<A, E>(ref a, i, a0)), new(At<B, E>(ref b, i, b0))).Value.StoreUnsafe(ref y, i);
                if (i == last) break;
            }
            a = ref Unsafe.Add(ref a, stepA);
            b = ref Unsafe.Add(ref b, stepB);
            y = ref Unsafe.Add(ref y, count);
        }
    }

    /// <summary>The first rows; returns how many.</summary>
    static int BackwardOverlapping<TPartial, E, DY, A, B, Y>(
        TPartial d, ref E dy, ref E a, ref E b, ref E y, ref E dx, int count, int rows, int stepDY, int stepA, int stepB)
        where TPartial : struct, IPartial where E : unmanaged
        where DY : struct, IStream where A : struct, IStream where B : struct, IStream where Y : struct, IStream
    {
        int done = Overlapping<E>(count, rows);
        if (done == 0 || Unsafe.AreSame(ref dy, ref dx) || Unsafe.AreSame(ref a, ref dx) || Unsafe.AreSame(ref b, ref dx) || Unsafe.AreSame(ref y, ref dx)) return 0;
        bool isShort = count < Vector512<E>.Count;
        if (!isShort) BackwardLong<TPartial, E, DY, A, B, Y>(d, ref dy, ref a, ref b, ref y, ref dx, count, done, stepDY, stepA, stepB);
        else if (Continues<DY>(count, stepDY) && Continues<A>(count, stepA) && Continues<B>(count, stepB))
            BackwardShort<TPartial, E, DY, A, B, Y>(d, ref dy, ref a, ref b, ref y, ref dx, count, done, stepDY, stepA, stepB);
        else return 0;
        return done;
    }

    [MethodImpl(Jit.Loop)]
    static void BackwardShort<TPartial, E, DY, A, B, Y>(
        TPartial d, ref E dy, ref E a, ref E b, ref E y, ref E dx, int count, int rows, int stepDY, int stepA, int stepB)
        where TPartial : struct, IPartial where E : unmanaged
        where DY : struct, IStream where A : struct, IStream where B : struct, IStream where Y : struct, IStream
    {
        Vector512<E> dy0 = First<DY, E>(ref dy, count, stepDY), a0 = First<A, E>(ref a, count, stepA), b0 = First<B, E>(ref b, count, stepB);
        for (; rows > 0; rows--)
        {
            Vector512<E> slope = d.Of<Lanes<E>>(new(At<A, E>(ref a, stepA, a0)), new(At<B, E>(ref b, stepB, b0)), new(At<Y, E>(ref y, count, default(Vector512<E>)))).Value;
            Lanes<E>.Chain(At<DY, E>(ref dy, stepDY, dy0), new(slope)).StoreUnsafe(ref dx);
            a = ref Unsafe.Add(ref a, stepA);
            b = ref Unsafe.Add(ref b, stepB);
            if (Y.IsMany) y = ref Unsafe.Add(ref y, count);
            dy = ref Unsafe.Add(ref dy, stepDY);
            dx = ref Unsafe.Add(ref dx, count);
        }
    }

    [MethodImpl(Jit.Loop)]
    static void BackwardLong<TPartial, E, DY, A, B, Y>(
        TPartial d, ref E dy, ref E a, ref E b, ref E y, ref E dx, int count, int rows, int stepDY, int stepA, int stepB)
        where TPartial : struct, IPartial where E : unmanaged
        where DY : struct, IStream where A : struct, IStream where B : struct, IStream where Y : struct, IStream
    {
        nuint width = (nuint)Vector512<E>.Count, last = (nuint)count - width;
        for (; rows > 0; rows--)
        {
            Vector512<E> dy0 = DY.IsOne ? Vector512.Create(dy) : default, a0 = A.IsOne ? Vector512.Create(a) : default, b0 = B.IsOne ? Vector512.Create(b) : default;
            for (nuint i = 0; ; i = Math.Min(i + width, last))
            {
                Vector512<E> slope = d.Of<Lanes<E>>(new(At<A, E>(ref a, i, a0)), new(At<B, E>(ref b, i, b0)), new(At<Y, E>(ref y, i, default(Vector512<E>)))).Value;
                Lanes<E>.Chain(At<DY, E>(ref dy, i, dy0), new(slope)).StoreUnsafe(ref dx, i);
                if (i == last) break;
            }
            a = ref Unsafe.Add(ref a, stepA);
            b = ref Unsafe.Add(ref b, stepB);
            if (Y.IsMany) y = ref Unsafe.Add(ref y, count);
            dy = ref Unsafe.Add(ref dy, stepDY);
            dx = ref Unsafe.Add(ref dx, count);
        }
    }
}
