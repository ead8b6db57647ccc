using System.Runtime.CompilerServices;

namespace Autograd.Kernels;

/// <summary>Tiles of a product whose second factor is stored with the terms of a sum side by side, as a weight [outputs, inputs] is.</summary>
/// <remarks>
/// Vectors hold neighbouring columns, see Note [Order of sums], so squares of the second factor are transposed in registers as they are needed. A square
/// is used for all rows of the tile: from about eight rows on the multiply-adds are what bounds the loop, and the transposes run beside them on other
/// units; nothing is packed. With fewer rows the shuffles bound it.
///
/// <see cref="Pieces"/> loads each line of the second factor in pieces, so that half of the shuffles are loads; the lines must stay in the first-level cache
/// for that. <see cref="Lines"/>, for few rows, loads each line once, however many of them fall into one set of the cache.
/// </remarks>
static unsafe class TurnedKernel<S, V, T>
    where S : struct, ITurningLanes<V, T>
    where T : unmanaged
{
    /// <summary>The most rows of <see cref="Lines"/>.</summary>
    public const int FewRows = 4;

    /// <summary>The most rows of a tile of two vectors: with more, there are sums enough to hide the latency of adding.</summary>
    public const int WideRows = 2;

    /// <summary>Elements in a piece.</summary>
    public static int Edge => 16 / sizeof(T);

    /// <summary>
    /// A tile of <paramref name="rows"/> rows and one vector of columns, or two if <paramref name="isWide"/>, with at most <see cref="WideRows"/> rows. <see cref="GemmTile{T}.StepB"/>
    /// is the distance of stored rows of B, which are columns of the product.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Run(GemmTile<T>* tile, int rows, bool isWide, T* a, T* b, T* c, T* d)
    {
        if (tile->StepA == sizeof(T))
            Run<N1>(tile, rows, isWide, a, b, c, d);
        else
            Run<N0>(tile, rows, isWide, a, b, c, d);
    }

    [MethodImpl(Jit.Loop)]
    static void Run<Along>(GemmTile<T>* tile, int rows, bool isWide, T* a, T* b, T* c, T* d) where Along : struct, IConst
    {
        switch (rows)
        {
            case 1: if (isWide) Lines<N1, N2, Along>(tile, a, b, c, d); else Lines<N1, N1, Along>(tile, a, b, c, d); break;
            case 2: if (isWide) Lines<N2, N2, Along>(tile, a, b, c, d); else Lines<N2, N1, Along>(tile, a, b, c, d); break;
            case 3: Lines<N3, N1, Along>(tile, a, b, c, d); break;
            case 4: Lines<N4, N1, Along>(tile, a, b, c, d); break;
            case 5: Pieces<N5, Along>(tile, a, b, c, d); break;
            case 6: Pieces<N6, Along>(tile, a, b, c, d); break;
            case 7: Pieces<N7, Along>(tile, a, b, c, d); break;
            case 8: Pieces<N8, Along>(tile, a, b, c, d); break;
            case 9: Pieces<N9, Along>(tile, a, b, c, d); break;
            case 10: Pieces<N10, Along>(tile, a, b, c, d); break;
            case 11: Pieces<N11, Along>(tile, a, b, c, d); break;
            case 12: Pieces<N12, Along>(tile, a, b, c, d); break;
        }
    }

    [MethodImpl(Jit.Loop)]
    static void Pieces<R, Along>(GemmTile<T>* tile, T* a, T* b, T* c, T* d)
        where R : struct, IConst
        where Along : struct, IConst
    {
        V a0 = default!, a1 = default!, a2 = default!, a3 = default!, a4 = default!, a5 = default!, a6 = default!;
        V a7 = default!, a8 = default!, a9 = default!, aa = default!, ab = default!;
        nint s = tile->RowA, step = Along.Value == 1 ? sizeof(T) : tile->StepA, lead = tile->StepB / sizeof(T), p = tile->Depth;
        T* p0 = a, p3 = At(a, 3 * s), p6 = At(a, 6 * s), p9 = At(a, 9 * s);
        for (; p >= Edge; p -= Edge)
        {
            Columns(b, lead, out V e0, out V e1, out V e2, out V e3);
            b += Edge;
            a0 = Add(p0, step, e0, e1, e2, e3, a0);
            if (R.Value > 1) a1 = Add(At(p0, s), step, e0, e1, e2, e3, a1);
            if (R.Value > 2) a2 = Add(At(p0, 2 * s), step, e0, e1, e2, e3, a2);
            if (R.Value > 3) a3 = Add(p3, step, e0, e1, e2, e3, a3);
            if (R.Value > 4) a4 = Add(At(p3, s), step, e0, e1, e2, e3, a4);
            if (R.Value > 5) a5 = Add(At(p3, 2 * s), step, e0, e1, e2, e3, a5);
            if (R.Value > 6) a6 = Add(p6, step, e0, e1, e2, e3, a6);
            if (R.Value > 7) a7 = Add(At(p6, s), step, e0, e1, e2, e3, a7);
            if (R.Value > 8) a8 = Add(At(p6, 2 * s), step, e0, e1, e2, e3, a8);
            if (R.Value > 9) a9 = Add(p9, step, e0, e1, e2, e3, a9);
            if (R.Value > 10) aa = Add(At(p9, s), step, e0, e1, e2, e3, aa);
            if (R.Value > 11) ab = Add(At(p9, 2 * s), step, e0, e1, e2, e3, ab);
            p0 = At(p0, Edge * step);
            if (R.Value > 3) p3 = At(p3, Edge * step);
            if (R.Value > 6) p6 = At(p6, Edge * step);
            if (R.Value > 9) p9 = At(p9, Edge * step);
        }
        LastColumns(b, lead, p, out V f1, out V f2, out V f3);
        for (; p > 0; p--)
        {
            V e = p == 3 ? f1 : p == 2 ? f2 : f3;
            a0 = S.Fma(S.Broadcast(*p0), e, a0);
            if (R.Value > 1) a1 = S.Fma(S.Broadcast(*At(p0, s)), e, a1);
            if (R.Value > 2) a2 = S.Fma(S.Broadcast(*At(p0, 2 * s)), e, a2);
            if (R.Value > 3) a3 = S.Fma(S.Broadcast(*p3), e, a3);
            if (R.Value > 4) a4 = S.Fma(S.Broadcast(*At(p3, s)), e, a4);
            if (R.Value > 5) a5 = S.Fma(S.Broadcast(*At(p3, 2 * s)), e, a5);
            if (R.Value > 6) a6 = S.Fma(S.Broadcast(*p6), e, a6);
            if (R.Value > 7) a7 = S.Fma(S.Broadcast(*At(p6, s)), e, a7);
            if (R.Value > 8) a8 = S.Fma(S.Broadcast(*At(p6, 2 * s)), e, a8);
            if (R.Value > 9) a9 = S.Fma(S.Broadcast(*p9), e, a9);
            if (R.Value > 10) aa = S.Fma(S.Broadcast(*At(p9, s)), e, aa);
            if (R.Value > 11) ab = S.Fma(S.Broadcast(*At(p9, 2 * s)), e, ab);
            p0 = At(p0, step);
            if (R.Value > 3) p3 = At(p3, step);
            if (R.Value > 6) p6 = At(p6, step);
            if (R.Value > 9) p9 = At(p9, step);
        }
        nint l = tile->RowC, m = tile->RowD;
        Put(tile, c, d, a0);
        if (R.Value > 1) Put(tile, At(c, 1 * l), At(d, 1 * m), a1);
        if (R.Value > 2) Put(tile, At(c, 2 * l), At(d, 2 * m), a2);
        if (R.Value > 3) Put(tile, At(c, 3 * l), At(d, 3 * m), a3);
        if (R.Value > 4) Put(tile, At(c, 4 * l), At(d, 4 * m), a4);
        if (R.Value > 5) Put(tile, At(c, 5 * l), At(d, 5 * m), a5);
        if (R.Value > 6) Put(tile, At(c, 6 * l), At(d, 6 * m), a6);
        if (R.Value > 7) Put(tile, At(c, 7 * l), At(d, 7 * m), a7);
        if (R.Value > 8) Put(tile, At(c, 8 * l), At(d, 8 * m), a8);
        if (R.Value > 9) Put(tile, At(c, 9 * l), At(d, 9 * m), a9);
        if (R.Value > 10) Put(tile, At(c, 10 * l), At(d, 10 * m), aa);
        if (R.Value > 11) Put(tile, At(c, 11 * l), At(d, 11 * m), ab);
    }

    /// <remarks>The terms are added in the order in which <see cref="Pieces"/> adds them. Everything stands in one method, for the compiler inlines only so much.</remarks>
    [MethodImpl(Jit.Loop)]
    static void Lines<R, Cols, Along>(GemmTile<T>* tile, T* a, T* b, T* c, T* d)
        where R : struct, IConst
        where Cols : struct, IConst
        where Along : struct, IConst
    {
        // a‹row›, b‹row›: the sums of a row's first and second vector. w, x, y, z: rows of a square, turned; e, f, g, h: its columns.
        V a0 = default!, a1 = default!, a2 = default!, a3 = default!, b0 = default!, b1 = default!;
        V x0 = default!, x1 = default!, x2 = default!, x3 = default!;
        V y0 = default!, y1 = default!, y2 = default!, y3 = default!, z0 = default!, z1 = default!, z2 = default!, z3 = default!;
        V e2 = default!, e3 = default!, f2 = default!, f3 = default!, g2 = default!, g3 = default!, h2 = default!, h3 = default!;
        nint s = tile->RowA, step = Along.Value == 1 ? sizeof(T) : tile->StepA, lead = tile->StepB / sizeof(T), piece = Edge * lead, p = tile->Depth;
        T* again = a; // of its own: elements of A that are kept for the second vector would take its registers
        for (; p >= S.Count; p -= S.Count)
        {
            Rows(b, lead, out V w0, out V w1, out V w2, out V w3);
            if (S.Count > Edge) Rows(b + piece, lead, out x0, out x1, out x2, out x3);
            if (S.Count > 2 * Edge) Rows(b + (2 * piece), lead, out y0, out y1, out y2, out y3);
            if (S.Count > 2 * Edge) Rows(b + (3 * piece), lead, out z0, out z1, out z2, out z3);
            S.Cross(w0, x0, y0, z0, out V e0, out V f0, out V g0, out V h0);
            S.Cross(w1, x1, y1, z1, out V e1, out V f1, out V g1, out V h1);
            if (typeof(T) == typeof(float)) S.Cross(w2, x2, y2, z2, out e2, out f2, out g2, out h2);
            if (typeof(T) == typeof(float)) S.Cross(w3, x3, y3, z3, out e3, out f3, out g3, out h3);
            a0 = Add(a, step, e0, e1, e2, e3, a0);
            if (R.Value > 1) a1 = Add(At(a, s), step, e0, e1, e2, e3, a1);
            if (R.Value > 2) a2 = Add(At(a, 2 * s), step, e0, e1, e2, e3, a2);
            if (R.Value > 3) a3 = Add(At(a, 3 * s), step, e0, e1, e2, e3, a3);
            if (S.Count > Edge) a0 = Add(At(a, Edge * step), step, f0, f1, f2, f3, a0);
            if (R.Value > 1 && S.Count > Edge) a1 = Add(At(a, s + (Edge * step)), step, f0, f1, f2, f3, a1);
            if (R.Value > 2 && S.Count > Edge) a2 = Add(At(a, (2 * s) + (Edge * step)), step, f0, f1, f2, f3, a2);
            if (R.Value > 3 && S.Count > Edge) a3 = Add(At(a, (3 * s) + (Edge * step)), step, f0, f1, f2, f3, a3);
            if (S.Count > 2 * Edge) a0 = Add(At(a, 2 * Edge * step), step, g0, g1, g2, g3, a0);
            if (R.Value > 1 && S.Count > 2 * Edge) a1 = Add(At(a, s + (2 * Edge * step)), step, g0, g1, g2, g3, a1);
            if (R.Value > 2 && S.Count > 2 * Edge) a2 = Add(At(a, (2 * s) + (2 * Edge * step)), step, g0, g1, g2, g3, a2);
            if (R.Value > 3 && S.Count > 2 * Edge) a3 = Add(At(a, (3 * s) + (2 * Edge * step)), step, g0, g1, g2, g3, a3);
            if (S.Count > 2 * Edge) a0 = Add(At(a, 3 * Edge * step), step, h0, h1, h2, h3, a0);
            if (R.Value > 1 && S.Count > 2 * Edge) a1 = Add(At(a, s + (3 * Edge * step)), step, h0, h1, h2, h3, a1);
            if (R.Value > 2 && S.Count > 2 * Edge) a2 = Add(At(a, (2 * s) + (3 * Edge * step)), step, h0, h1, h2, h3, a2);
            if (R.Value > 3 && S.Count > 2 * Edge) a3 = Add(At(a, (3 * s) + (3 * Edge * step)), step, h0, h1, h2, h3, a3);
            if (Cols.Value == 2)
            {
                T* second = b + (S.Count * lead);
                Rows(second, lead, out w0, out w1, out w2, out w3);
                if (S.Count > Edge) Rows(second + piece, lead, out x0, out x1, out x2, out x3);
                if (S.Count > 2 * Edge) Rows(second + (2 * piece), lead, out y0, out y1, out y2, out y3);
                if (S.Count > 2 * Edge) Rows(second + (3 * piece), lead, out z0, out z1, out z2, out z3);
                S.Cross(w0, x0, y0, z0, out e0, out f0, out g0, out h0);
                S.Cross(w1, x1, y1, z1, out e1, out f1, out g1, out h1);
                if (typeof(T) == typeof(float)) S.Cross(w2, x2, y2, z2, out e2, out f2, out g2, out h2);
                if (typeof(T) == typeof(float)) S.Cross(w3, x3, y3, z3, out e3, out f3, out g3, out h3);
                b0 = Add(again, step, e0, e1, e2, e3, b0);
                if (R.Value > 1) b1 = Add(At(again, s), step, e0, e1, e2, e3, b1);
                if (S.Count > Edge) b0 = Add(At(again, Edge * step), step, f0, f1, f2, f3, b0);
                if (R.Value > 1 && S.Count > Edge) b1 = Add(At(again, s + (Edge * step)), step, f0, f1, f2, f3, b1);
                if (S.Count > 2 * Edge) b0 = Add(At(again, 2 * Edge * step), step, g0, g1, g2, g3, b0);
                if (R.Value > 1 && S.Count > 2 * Edge) b1 = Add(At(again, s + (2 * Edge * step)), step, g0, g1, g2, g3, b1);
                if (S.Count > 2 * Edge) b0 = Add(At(again, 3 * Edge * step), step, h0, h1, h2, h3, b0);
                if (R.Value > 1 && S.Count > 2 * Edge) b1 = Add(At(again, s + (3 * Edge * step)), step, h0, h1, h2, h3, b1);
            }
            a = At(a, S.Count * step);
            again = At(again, S.Count * step);
            b += S.Count;
        }
        if (p == 0)
        {
            nint l = tile->RowC, m = tile->RowD;
            Put(tile, c, d, a0);
            if (R.Value > 1) Put(tile, At(c, l), At(d, m), a1);
            if (R.Value > 2) Put(tile, At(c, 2 * l), At(d, 2 * m), a2);
            if (R.Value > 3) Put(tile, At(c, 3 * l), At(d, 3 * m), a3);
            if (Cols.Value == 2) Put(tile, c + S.Count, d + S.Count, b0);
            if (Cols.Value == 2 && R.Value > 1) Put(tile, At(c, l) + S.Count, At(d, m) + S.Count, b1);
            return;
        }
        Rest<R, Along>(tile, p, a, b, c, d, a0, a1, a2, a3);
        if (Cols.Value == 2) Rest<R, Along>(tile, p, a, b + (S.Count * lead), c + S.Count, d + S.Count, b0, b1, default!, default!);
    }

    /// <summary>The last terms of <see cref="Lines"/>, fewer than a line has.</summary>
    [MethodImpl(Jit.Loop)]
    static void Rest<R, Along>(GemmTile<T>* tile, nint p, T* a, T* b, T* c, T* d, V a0, V a1, V a2, V a3)
        where R : struct, IConst
        where Along : struct, IConst
    {
        nint s = tile->RowA, step = Along.Value == 1 ? sizeof(T) : tile->StepA, lead = tile->StepB / sizeof(T);
        for (; p >= Edge; p -= Edge)
        {
            Columns(b, lead, out V e0, out V e1, out V e2, out V e3);
            b += Edge;
            a0 = Add(a, step, e0, e1, e2, e3, a0);
            if (R.Value > 1) a1 = Add(At(a, s), step, e0, e1, e2, e3, a1);
            if (R.Value > 2) a2 = Add(At(a, 2 * s), step, e0, e1, e2, e3, a2);
            if (R.Value > 3) a3 = Add(At(a, 3 * s), step, e0, e1, e2, e3, a3);
            a = At(a, Edge * step);
        }
        LastColumns(b, lead, p, out V f1, out V f2, out V f3);
        for (; p > 0; p--)
        {
            V e = p == 3 ? f1 : p == 2 ? f2 : f3;
            a0 = S.Fma(S.Broadcast(*a), e, a0);
            if (R.Value > 1) a1 = S.Fma(S.Broadcast(*At(a, s)), e, a1);
            if (R.Value > 2) a2 = S.Fma(S.Broadcast(*At(a, 2 * s)), e, a2);
            if (R.Value > 3) a3 = S.Fma(S.Broadcast(*At(a, 3 * s)), e, a3);
            a = At(a, step);
        }
        nint l = tile->RowC, m = tile->RowD;
        Put(tile, c, d, a0);
        if (R.Value > 1) Put(tile, At(c, l), At(d, m), a1);
        if (R.Value > 2) Put(tile, At(c, 2 * l), At(d, 2 * m), a2);
        if (R.Value > 3) Put(tile, At(c, 3 * l), At(d, 3 * m), a3);
    }

    /// <summary>Adds <see cref="Edge"/> terms to a row's sums.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static V Add(T* a, nint step, V e0, V e1, V e2, V e3, V sum)
    {
        sum = S.Fma(S.Broadcast(*a), e0, sum);
        sum = S.Fma(S.Broadcast(*At(a, step)), e1, sum);
        if (typeof(T) == typeof(double)) return sum;
        sum = S.Fma(S.Broadcast(*At(a, 2 * step)), e2, sum);
        sum = S.Fma(S.Broadcast(*At(a, 3 * step)), e3, sum);
        return sum;
    }

    /// <summary>Vectors of as many rows as a piece has elements, turned.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static void Rows(T* b, nint lead, out V r0, out V r1, out V r2, out V r3)
    {
        V third = default!, fourth = default!;
        if (typeof(T) == typeof(float)) (third, fourth) = (S.Load(b + (2 * lead)), S.Load(b + (3 * lead)));
        S.Turn(S.Load(b), S.Load(b + lead), third, fourth, out r0, out r1, out r2, out r3);
    }

    /// <summary>The first <see cref="Edge"/> columns of as many rows as a vector has elements; doubles have two, twice.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Columns(T* b, nint lead, out V c0, out V c1, out V c2, out V c3)
    {
        nint distance = Edge * lead;
        V r0 = S.LoadPieces(b, distance), r1 = S.LoadPieces(b + lead, distance), r2 = default!, r3 = default!;
        if (typeof(T) == typeof(float)) (r2, r3) = (S.LoadPieces(b + (2 * lead), distance), S.LoadPieces(b + (3 * lead), distance));
        S.Turn(r0, r1, r2, r3, out c0, out c1, out c2, out c3);
    }

    /// <summary>The last <paramref name="count"/> of a square's columns, the last of which is the third; the square begins among terms that are done.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static void LastColumns(T* b, nint lead, nint count, out V c1, out V c2, out V c3)
    {
        c1 = c2 = c3 = default!;
        if (count > 0) Columns(b + count - Edge, lead, out _, out c1, out c2, out c3);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static void Put(GemmTile<T>* tile, T* c, T* d, V sums) => GemmKernel<S, V, T>.Put<N1, N0>(tile, c, d, sums, default!, default!, S.Count);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static T* At(T* p, nint bytes) => (T*)((byte*)p + bytes);
}
