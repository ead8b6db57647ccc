using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Autograd.Kernels;

/// <summary>The products of the rows of a matrix with one vector, their terms side by side in memory.</summary>
/// <remarks>
/// Each element of the matrix is used once, so loading it bounds this: one load for each multiply-add while the matrix is in a cache, memory beyond. Hence a sum for
/// each lane of the virtual width, Note [Order of sums], where the elements of other products are sums of one lane: squares of the matrix would have to be transposed in
/// registers for that, four shuffles a load. Eight registers of sums hide the latency of adding: those of eight rows, or four rows in two halves, or two in four quarters.
/// </remarks>
static unsafe class RowDots
{
    /// <summary>Registers of sums.</summary>
    const int Registers = 8;

    /// <summary>sums[j] = Σₚ a[j, p]·x[p], the rows of a <paramref name="lead"/> apart.</summary>
    public static void Run<T>(T* a, nint lead, T* x, int terms, T* sums, int count) where T : unmanaged
    {
        if (Vector512.IsHardwareAccelerated && Avx512F.IsSupported)
            Run<Lanes512<T>, Vector512<T>, N1, T>(a, lead, x, terms, sums, count);
        else if (Vector256.IsHardwareAccelerated && Avx2.IsSupported && Fma.IsSupported)
            Run<Lanes256<T>, Vector256<T>, N2, T>(a, lead, x, terms, sums, count);
        else
            Run<Lanes128<T>, Vector128<T>, N4, T>(a, lead, x, terms, sums, count);
    }

    [SkipLocalsInit] // Sum writes what Join reads.
    static void Run<S, V, Parts, T>(T* a, nint lead, T* x, int terms, T* sums, int count)
        where S : struct, ILanes<V, T>
        where Parts : struct, IConst
        where T : unmanaged
    {
        int rows = Registers / Parts.Value, width = Vector512<T>.Count, whole = terms / width * width, rest = terms - whole;
        T* lanes = stackalloc T[Registers * Vector512<T>.Count];
        nint* places = stackalloc nint[Registers];
        for (int i = 0; i < Registers; i++) places[i] = (i / Parts.Value * lead) + (i % Parts.Value * S.Count);
        for (int j = 0; j < count; j += rows)
        {
            if (count - j < rows)
            {
                // The last rows may take in some that are done already: their sums are the same again.
                if (count < rows) rows = 1;
                else j = count - rows;
            }
            T* first = a + (j * lead);
            if (rows > 1) Sum<S, V, N1, Parts, T>(first, places, x, whole, lanes);
            else Sum<S, V, N0, Parts, T>(first, places, x, whole, lanes);
            Join(lanes, first + whole, lead, x + whole, rest, sums + j, rows);
        }
    }

    /// <summary>The sum of each lane, of one row or, where there are <typeparamref name="Several"/>, as many as the registers take.</summary>
    [MethodImpl(Jit.Loop)]
    static void Sum<S, V, Several, Parts, T>(T* a, nint* places, T* x, nint terms, T* lanes)
        where S : struct, ILanes<V, T>
        where Several : struct, IConst
        where Parts : struct, IConst
        where T : unmanaged
    {
        V s0 = default!, s1 = default!, s2 = default!, s3 = default!, s4 = default!, s5 = default!, s6 = default!, s7 = default!;
        nint p1 = places[1], p2 = places[2], p3 = places[3], p4 = places[4], p5 = places[5], p6 = places[6], p7 = places[7];
        for (T* end = x + terms; x < end; x += Vector512<T>.Count, a += Vector512<T>.Count)
        {
            V x0 = S.Load(x), x1 = x0, x2 = x0, x3 = x0;
            if (Parts.Value > 1) x3 = x1 = S.Load(x + S.Count);
            if (Parts.Value > 2) x2 = S.Load(x + (2 * S.Count));
            if (Parts.Value > 2) x3 = S.Load(x + (3 * S.Count));
            s0 = S.Fma(S.Load(a), x0, s0);
            if (Several.Value == 1 || Parts.Value > 1) s1 = S.Fma(S.Load(a + p1), x1, s1);
            if (Several.Value == 1 || Parts.Value > 2) s2 = S.Fma(S.Load(a + p2), x2, s2);
            if (Several.Value == 1 || Parts.Value > 2) s3 = S.Fma(S.Load(a + p3), x3, s3);
            if (Several.Value == 0) continue;
            s4 = S.Fma(S.Load(a + p4), x0, s4);
            s5 = S.Fma(S.Load(a + p5), x1, s5);
            s6 = S.Fma(S.Load(a + p6), x2, s6);
            s7 = S.Fma(S.Load(a + p7), x3, s7);
        }
        S.Store(lanes, s0);
        if (Several.Value == 1 || Parts.Value > 1) S.Store(lanes + S.Count, s1);
        if (Several.Value == 1 || Parts.Value > 2) S.Store(lanes + (2 * S.Count), s2);
        if (Several.Value == 1 || Parts.Value > 2) S.Store(lanes + (3 * S.Count), s3);
        if (Several.Value == 0) return;
        S.Store(lanes + (4 * S.Count), s4);
        S.Store(lanes + (5 * S.Count), s5);
        S.Store(lanes + (6 * S.Count), s6);
        S.Store(lanes + (7 * S.Count), s7);
    }

    /// <summary>Adds the last terms, fewer than there are lanes, and then the lanes of each row, halves to halves.</summary>
    [MethodImpl(Jit.Loop)]
    public static void Join<T>(T* lanes, T* a, nint lead, T* x, int terms, T* sums, int rows) where T : unmanaged
    {
        int width = Vector512<T>.Count;
        if (terms > 0)
        {
            Vector512<T> last = Tail.Load(x, (nuint)terms, Vector512<T>.Zero);
            for (int i = 0; i < rows; i++)
            {
                T* row = lanes + (i * width);
                VectorOps.Fma(Tail.Load(a + (i * lead), (nuint)terms, Vector512<T>.Zero), last, Vector512.Load(row)).Store(row);
            }
        }
        int j = 0;
        for (; j <= rows - 4; j += 4, lanes += 4 * width)
            Join(Piece(lanes), Piece(lanes + width), Piece(lanes + (2 * width)), Piece(lanes + (3 * width)), sums + j);
        for (; j < rows; j++, lanes += width)
        {
            Vector128<T> piece = Piece(lanes);
            sums[j] = Join(piece, piece, piece, piece).ToScalar();
        }
    }

    /// <summary>The sums of the lanes of four vectors.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Join<T>(Vector512<T> v0, Vector512<T> v1, Vector512<T> v2, Vector512<T> v3, T* sums) where T : unmanaged =>
        Join(Piece(v0), Piece(v1), Piece(v2), Piece(v3), sums);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static void Join<T>(Vector128<T> r0, Vector128<T> r1, Vector128<T> r2, Vector128<T> r3, T* sums) where T : unmanaged
    {
        Join(r0, r1, r2, r3).Store(sums);
        if (typeof(T) == typeof(double)) Join(r2, r3, r2, r3).Store(sums + 2);
    }

    /// <summary>The sums of four pieces, or of two of doubles.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static Vector128<T> Join<T>(Vector128<T> r0, Vector128<T> r1, Vector128<T> r2, Vector128<T> r3) where T : unmanaged
    {
        Lanes128<T>.Turn(r0, r1, r2, r3, out Vector128<T> c0, out Vector128<T> c1, out Vector128<T> c2, out Vector128<T> c3);
        return typeof(T) == typeof(float) ? c0 + c2 + (c1 + c3) : c0 + c1;
    }

    /// <summary>The same of lanes in memory.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static Vector128<T> Piece<T>(T* lanes) where T : unmanaged
    {
        int piece = Vector128<T>.Count;
        return Vector128.Load(lanes) + Vector128.Load(lanes + (2 * piece)) + (Vector128.Load(lanes + piece) + Vector128.Load(lanes + (3 * piece)));
    }

    /// <summary>Halves of the lanes added to halves, until 16 bytes are left.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static Vector128<T> Piece<T>(Vector512<T> all) where T : unmanaged
    {
        Vector256<T> half = all.GetLower() + all.GetUpper();
        return half.GetLower() + half.GetUpper();
    }
}
