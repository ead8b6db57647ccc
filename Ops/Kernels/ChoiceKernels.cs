using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Autograd.Kernels;

/// <summary>
/// Choosing between two arrays by a mask, and the gradients of it. Bound by memory: the mask is read as it is, one byte an element, and
/// widened in registers; an operand of one element is not repeated in memory.
/// </summary>
static unsafe class ChoiceKernels
{
    const int ChunkSize = MapKernels.ChunkSize;

    /// <summary>y = mask ? a : b; a and b have one element or as many as the mask.</summary>
    public static void Choose<E>(ReadOnlySpan<bool> mask, ReadOnlySpan<E> a, ReadOnlySpan<E> b, Span<E> y) where E : unmanaged
    {
        if (y.IsEmpty) return;
        fixed (bool* m = mask)
        fixed (E* pa = a, pb = b, py = y)
        {
            Parallelism.Run(Chunks(y.Length), new ChooseChunk<E>((byte*)m, pa, a.Length > 1, pb, b.Length > 1, py, y.Length));
        }
    }

    /// <summary>da = mask ? dy : 0 and db = mask ? 0 : dy, added unless fresh; what is not wanted is empty.</summary>
    public static void Part<E>(ReadOnlySpan<bool> mask, ReadOnlySpan<E> dy, Span<E> da, bool freshA, Span<E> db, bool freshB) where E : unmanaged
    {
        if (dy.IsEmpty) return;
        fixed (bool* m = mask)
        fixed (E* pdy = dy, pda = da, pdb = db)
        {
            Parallelism.Run(Chunks(dy.Length), new PartChunk<E>((byte*)m, pdy, pda, freshA, pdb, freshB, dy.Length));
        }
    }

    static int Chunks(int count) => (count + ChunkSize - 1) / ChunkSize;

    /// <summary>All bits set in the lanes whose byte is not 0; lanes of 4 or 8 bytes.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static Vector512<E> Lanes<E>(byte* mask) where E : unmanaged
    {
        if (sizeof(E) == sizeof(uint))
        {
            Vector512<ushort> two = Vector512.WidenLower(Vector128.Load(mask).ToVector256Unsafe().ToVector512Unsafe());
            return (~Vector512.Equals(Vector512.WidenLower(two), Vector512<uint>.Zero)).As<uint, E>();
        }
        Vector512<uint> four = Vector512.WidenLower(Vector512.WidenLower(Vector128.CreateScalarUnsafe(*(ulong*)mask).AsByte().ToVector256Unsafe().ToVector512Unsafe()));
        return (~Vector512.Equals(Vector512.WidenLower(four), Vector512<ulong>.Zero)).As<ulong, E>();
    }

    readonly struct ChooseChunk<E>(byte* mask, E* a, bool movesA, E* b, bool movesB, E* y, int count) : IParallelWork where E : unmanaged
    {
        public void Run(int chunk)
        {
            nint start = (nint)chunk * ChunkSize, end = Math.Min(count, start + ChunkSize), i = start;
            if (sizeof(E) >= sizeof(uint)) i = movesA ? (movesB ? Vectors<Yes, Yes>(i, end) : Vectors<Yes, No>(i, end)) : (movesB ? Vectors<No, Yes>(i, end) : Vectors<No, No>(i, end));
            for (; i < end; i++) y[i] = mask[i] != 0 ? a[movesA ? i : 0] : b[movesB ? i : 0];
        }

        /// <summary>The whole vectors; where the rest begins.</summary>
        [MethodImpl(Jit.Loop)]
        nint Vectors<A, B>(nint i, nint end) where A : struct, IFlag where B : struct, IFlag
        {
            Vector512<E> a0 = Vector512.Create(*a), b0 = Vector512.Create(*b);
            for (; i + Vector512<E>.Count <= end; i += Vector512<E>.Count)
            {
                Vector512.ConditionalSelect(Lanes<E>(mask + i), A.Value ? Vector512.Load(a + i) : a0, B.Value ? Vector512.Load(b + i) : b0).Store(y + i);
            }
            return i;
        }
    }

    readonly struct PartChunk<E>(byte* mask, E* dy, E* da, bool freshA, E* db, bool freshB, int count) : IParallelWork where E : unmanaged
    {
        public void Run(int chunk)
        {
            nint start = (nint)chunk * ChunkSize, end = Math.Min(count, start + ChunkSize);
            if (da is not null) Range<Yes>(da, freshA, start, end);
            if (db is not null) Range<No>(db, freshB, start, end);
        }

        [MethodImpl(Jit.Loop)]
        void Range<TWhere>(E* dx, bool fresh, nint i, nint end) where TWhere : struct, IFlag
        {
            for (; i + Vector512<E>.Count <= end; i += Vector512<E>.Count)
            {
                Vector512<E> lanes = Lanes<E>(mask + i), part = TWhere.Value ? Vector512.Load(dy + i) & lanes : Vector512.AndNot(Vector512.Load(dy + i), lanes);
                (fresh ? part : Vector512.Load(dx + i) + part).Store(dx + i);
            }
            if (i == end) return;
            // The rest, by masks in a row of their own.
            nuint left = (nuint)(end - i);
            byte* rest = stackalloc byte[Vector512<float>.Count];
            for (nuint k = 0; k < left; k++) rest[k] = mask[i + (nint)k];
            Vector512<E> chosen = Lanes<E>(rest), of = Tail.Load(dy + i, left, default), last = TWhere.Value ? of & chosen : Vector512.AndNot(of, chosen);
            Tail.Store(fresh ? last : Tail.Load(dx + i, left, default) + last, dx + i, left);
        }
    }
}
