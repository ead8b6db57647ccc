using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics.X86;

namespace Autograd.Kernels;

/// <summary>What all tiles of one block of a matrix product share. Strides are in bytes.</summary>
struct GemmTile<T>
{
    /// <summary>Terms to sum.</summary>
    public nint Depth;

    /// <summary>From A[i, p] to A[i + 1, p].</summary>
    public nint RowA;

    /// <summary>From A[i, p] to A[i, p + 1].</summary>
    public nint StepA;

    /// <summary>From B[p, j] to B[p + 1, j].</summary>
    public nint StepB;

    /// <summary>From C[i, j] to C[i + 1, j].</summary>
    public nint RowC;

    /// <summary>From D[i, j] to D[i + 1, j].</summary>
    public nint RowD;

    /// <summary>C = Alpha·(A·B) + Beta·D; D is not read where Beta is 0.</summary>
    public T Alpha, Beta;

    /// <summary>False where Beta is 0.</summary>
    public bool ReadsD;

    /// <summary>Whether a factor is neither 0 nor 1: where it is 1, nothing is multiplied.</summary>
    public bool Scales;

    /// <summary>What will be read soon, if only by this tile; a tile uses it up.</summary>
    public GemmAhead Ahead;
}

/// <summary>Memory that will be read soon. With term p of a tile's sums the line is asked for that lies step·p + row·(p mod rows) bytes from the first.</summary>
/// <param name="first">Where it begins.</param>
/// <param name="step">Bytes from term to term.</param>
/// <param name="row">Bytes from row to row.</param>
/// <param name="rows">Rows, a power of two; with as many as a line has elements, and steps of an element, all their lines are asked for.</param>
/// <remarks>
/// Note [Lines ahead]. A line that is not in the second-level cache takes as long to come as the sums of several terms, and the hardware does not foresee rows
/// of a few hundred bytes. One request with each term costs nothing where multiply-adds bound the loop; many at once would hold it up.
/// </remarks>
unsafe struct GemmAhead(void* first, nint step = 0, nint row = 0, int rows = 1)
{
    /// <summary>Tiles of fewer rows, or of one vector of columns, have no time for it.</summary>
    public const int LeastRows = 8;

    public readonly nint Step = step, Row = row, Mask = rows - 1;

    public byte* Next = (byte*)first;
}

/// <summary>A number that the compiler sees as a constant through a type parameter.</summary>
interface IConst
{
    static abstract int Value { get; }
}

/// <summary>The innermost loop of the matrix product: one tile of C, kept in registers over the whole depth.</summary>
/// <remarks>
/// A tile has R rows and one or two vectors of columns, the last of which may be partial. 14 × 2 vectors take 28 of
/// AVX-512's 32 registers as accumulators, two for a row of B and one for an element of A: enough independent sums
/// to hide the latency of the multiply-add, and 14 multiply-adds for each load of B (Goto and van de Geijn, "Anatomy of
/// High-Performance Matrix Multiplication", 2008). Branches on R and Cols are decided at compile time.
///
/// Note [Order of sums]. An element of C is s = Σₚ A[i, p]·B[p, j] over one block of the depth, one fused multiply-add
/// after the other from p = 0 up, then fma(alpha, s, beta·d); later blocks of the depth add to C with beta = 1. Tiles, vector
/// widths, packing and threads decide where and when this happens, never in which order.
/// The exception is a vector, or a few rows, times long rows, the terms of both side by side (<see cref="RowDots"/>, <see cref="DotProduct{T}"/>): there lane p mod L
/// of the virtual width, L = 16 floats or 8 doubles, adds up the terms p, and at the end halves of the lanes are added to halves. Sizes and storage alone
/// decide that, but a row's product alone, or among a few, may be rounded otherwise than among many.
/// </remarks>
static unsafe class GemmKernel<S, V, T>
    where S : struct, ILanes<V, T>
    where T : unmanaged
{
    /// <summary>Computes the tile of <paramref name="rows"/> × <paramref name="columns"/> elements at <paramref name="c"/>; <paramref name="d"/> is what it is added to.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Run(GemmTile<T>* tile, int rows, int columns, T* a, T* b, T* c, T* d)
    {
        if (columns == 2 * S.Count)
            Run<N2, N0>(tile, rows, S.Count, a, b, c, d);
        else if (columns > S.Count)
            Run<N2, N1>(tile, rows, columns - S.Count, a, b, c, d);
        else if (columns == S.Count)
            Run<N1, N0>(tile, rows, S.Count, a, b, c, d);
        else
            Run<N1, N1>(tile, rows, columns, a, b, c, d);
    }

    [MethodImpl(Jit.Loop)]
    static void Run<Cols, Masked>(GemmTile<T>* tile, int rows, int last, T* a, T* b, T* c, T* d)
        where Cols : struct, IConst
        where Masked : struct, IConst
    {
        switch (rows)
        {
            case 1: Loop<N1, Cols, Masked>(tile, last, a, b, c, d); break;
            case 2: Loop<N2, Cols, Masked>(tile, last, a, b, c, d); break;
            case 3: Loop<N3, Cols, Masked>(tile, last, a, b, c, d); break;
            case 4: Loop<N4, Cols, Masked>(tile, last, a, b, c, d); break;
            case 5: Loop<N5, Cols, Masked>(tile, last, a, b, c, d); break;
            case 6: Loop<N6, Cols, Masked>(tile, last, a, b, c, d); break;
            case 7: Loop<N7, Cols, Masked>(tile, last, a, b, c, d); break;
            case 8: Loop<N8, Cols, Masked>(tile, last, a, b, c, d); break;
            case 9: Loop<N9, Cols, Masked>(tile, last, a, b, c, d); break;
            case 10: Loop<N10, Cols, Masked>(tile, last, a, b, c, d); break;
            case 11: Loop<N11, Cols, Masked>(tile, last, a, b, c, d); break;
            case 12: Loop<N12, Cols, Masked>(tile, last, a, b, c, d); break;
            case 13: Loop<N13, Cols, Masked>(tile, last, a, b, c, d); break;
            case 14: Loop<N14, Cols, Masked>(tile, last, a, b, c, d); break;
        }
    }

    [MethodImpl(Jit.Loop)]
    static void Loop<R, Cols, Masked>(GemmTile<T>* tile, int last, T* a, T* b, T* c, T* d)
        where R : struct, IConst
        where Cols : struct, IConst
        where Masked : struct, IConst
    {
        // a‹row›, b‹row›: the sums of a row's first and second vector.
        V a0 = default!, b0 = default!, a1 = default!, b1 = default!, a2 = default!, b2 = default!, a3 = default!, b3 = default!;
        V a4 = default!, b4 = default!, a5 = default!, b5 = default!, a6 = default!, b6 = default!, a7 = default!, b7 = default!;
        V a8 = default!, b8 = default!, a9 = default!, b9 = default!, aa = default!, ba = default!, ab = default!, bb = default!;
        V ac = default!, bc = default!, ad = default!, bd = default!;
        V mask = Masked.Value == 1 ? S.Mask(last) : default!, v = default!;
        nint s = tile->RowA, stepA = tile->StepA, stepB = tile->StepB;
        T* p0 = a, p3 = At(a, 3 * s), p6 = At(a, 6 * s), p9 = At(a, 9 * s), pc = At(a, 12 * s);

        for (nint p = tile->Depth; p > 0; p--)
        {
            // Read from memory each time: the loop has no register left.
            if (Cols.Value == 2 && R.Value >= GemmAhead.LeastRows && Sse.IsSupported)
            {
                Sse.Prefetch1(tile->Ahead.Next + (tile->Ahead.Row * (p & tile->Ahead.Mask)));
                tile->Ahead.Next += tile->Ahead.Step;
            }
            V u = Cols.Value == 1 && Masked.Value == 1 ? S.LoadPart(b, mask) : S.Load(b);
            if (Cols.Value == 2)
                v = Masked.Value == 1 ? S.LoadPart(b + S.Count, mask) : S.Load(b + S.Count);
            b = At(b, stepB);
            V x = S.Broadcast(*p0);
            a0 = S.Fma(x, u, a0);
            if (Cols.Value == 2) b0 = S.Fma(x, v, b0);
            if (R.Value > 1) { x = S.Broadcast(*At(p0, s)); a1 = S.Fma(x, u, a1); if (Cols.Value == 2) b1 = S.Fma(x, v, b1); }
            if (R.Value > 2) { x = S.Broadcast(*At(p0, 2 * s)); a2 = S.Fma(x, u, a2); if (Cols.Value == 2) b2 = S.Fma(x, v, b2); }
            if (R.Value > 3) { x = S.Broadcast(*p3); a3 = S.Fma(x, u, a3); if (Cols.Value == 2) b3 = S.Fma(x, v, b3); }
            if (R.Value > 4) { x = S.Broadcast(*At(p3, s)); a4 = S.Fma(x, u, a4); if (Cols.Value == 2) b4 = S.Fma(x, v, b4); }
            if (R.Value > 5) { x = S.Broadcast(*At(p3, 2 * s)); a5 = S.Fma(x, u, a5); if (Cols.Value == 2) b5 = S.Fma(x, v, b5); }
            if (R.Value > 6) { x = S.Broadcast(*p6); a6 = S.Fma(x, u, a6); if (Cols.Value == 2) b6 = S.Fma(x, v, b6); }
            if (R.Value > 7) { x = S.Broadcast(*At(p6, s)); a7 = S.Fma(x, u, a7); if (Cols.Value == 2) b7 = S.Fma(x, v, b7); }
            if (R.Value > 8) { x = S.Broadcast(*At(p6, 2 * s)); a8 = S.Fma(x, u, a8); if (Cols.Value == 2) b8 = S.Fma(x, v, b8); }
            if (R.Value > 9) { x = S.Broadcast(*p9); a9 = S.Fma(x, u, a9); if (Cols.Value == 2) b9 = S.Fma(x, v, b9); }
            if (R.Value > 10) { x = S.Broadcast(*At(p9, s)); aa = S.Fma(x, u, aa); if (Cols.Value == 2) ba = S.Fma(x, v, ba); }
            if (R.Value > 11) { x = S.Broadcast(*At(p9, 2 * s)); ab = S.Fma(x, u, ab); if (Cols.Value == 2) bb = S.Fma(x, v, bb); }
            if (R.Value > 12) { x = S.Broadcast(*pc); ac = S.Fma(x, u, ac); if (Cols.Value == 2) bc = S.Fma(x, v, bc); }
            if (R.Value > 13) { x = S.Broadcast(*At(pc, s)); ad = S.Fma(x, u, ad); if (Cols.Value == 2) bd = S.Fma(x, v, bd); }
            p0 = At(p0, stepA);
            if (R.Value > 3) p3 = At(p3, stepA);
            if (R.Value > 6) p6 = At(p6, stepA);
            if (R.Value > 9) p9 = At(p9, stepA);
            if (R.Value > 12) pc = At(pc, stepA);
        }

        nint l = tile->RowC, m = tile->RowD;
        Put<Cols, Masked>(tile, c, d, a0, b0, mask, last);
        if (R.Value > 1) Put<Cols, Masked>(tile, At(c, 1 * l), At(d, 1 * m), a1, b1, mask, last);
        if (R.Value > 2) Put<Cols, Masked>(tile, At(c, 2 * l), At(d, 2 * m), a2, b2, mask, last);
        if (R.Value > 3) Put<Cols, Masked>(tile, At(c, 3 * l), At(d, 3 * m), a3, b3, mask, last);
        if (R.Value > 4) Put<Cols, Masked>(tile, At(c, 4 * l), At(d, 4 * m), a4, b4, mask, last);
        if (R.Value > 5) Put<Cols, Masked>(tile, At(c, 5 * l), At(d, 5 * m), a5, b5, mask, last);
        if (R.Value > 6) Put<Cols, Masked>(tile, At(c, 6 * l), At(d, 6 * m), a6, b6, mask, last);
        if (R.Value > 7) Put<Cols, Masked>(tile, At(c, 7 * l), At(d, 7 * m), a7, b7, mask, last);
        if (R.Value > 8) Put<Cols, Masked>(tile, At(c, 8 * l), At(d, 8 * m), a8, b8, mask, last);
        if (R.Value > 9) Put<Cols, Masked>(tile, At(c, 9 * l), At(d, 9 * m), a9, b9, mask, last);
        if (R.Value > 10) Put<Cols, Masked>(tile, At(c, 10 * l), At(d, 10 * m), aa, ba, mask, last);
        if (R.Value > 11) Put<Cols, Masked>(tile, At(c, 11 * l), At(d, 11 * m), ab, bb, mask, last);
        if (R.Value > 12) Put<Cols, Masked>(tile, At(c, 12 * l), At(d, 12 * m), ac, bc, mask, last);
        if (R.Value > 13) Put<Cols, Masked>(tile, At(c, 13 * l), At(d, 13 * m), ad, bd, mask, last);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Put<Cols, Masked>(GemmTile<T>* tile, T* c, T* d, V first, V second, V mask, int last)
        where Cols : struct, IConst
        where Masked : struct, IConst
    {
        bool partFirst = Cols.Value == 1 && Masked.Value == 1, partSecond = Masked.Value == 1;
        if (tile->ReadsD)
        {
            V old = partFirst ? S.LoadExact(d, mask, last) : S.Load(d), next = default!;
            if (Cols.Value == 2) next = partSecond ? S.LoadExact(d + S.Count, mask, last) : S.Load(d + S.Count);
            if (tile->Scales)
            {
                V alpha = S.Broadcast(tile->Alpha), beta = S.Broadcast(tile->Beta);
                first = S.Fma(alpha, first, S.Multiply(beta, old));
                if (Cols.Value == 2) second = S.Fma(alpha, second, S.Multiply(beta, next));
            }
            else
            {
                first = S.Add(first, old);
                if (Cols.Value == 2) second = S.Add(second, next);
            }
        }
        else if (tile->Scales)
        {
            V alpha = S.Broadcast(tile->Alpha);
            first = S.Multiply(alpha, first);
            if (Cols.Value == 2) second = S.Multiply(alpha, second);
        }
        if (partFirst) S.StorePart(c, first, mask, last);
        else S.Store(c, first);
        if (Cols.Value == 1) return;
        if (partSecond) S.StorePart(c + S.Count, second, mask, last);
        else S.Store(c + S.Count, second);
    }

    static T* At(T* p, nint bytes) => (T*)((byte*)p + bytes);
}

struct N0 : IConst { public static int Value => 0; }
struct N1 : IConst { public static int Value => 1; }
struct N2 : IConst { public static int Value => 2; }
struct N3 : IConst { public static int Value => 3; }
struct N4 : IConst { public static int Value => 4; }
struct N5 : IConst { public static int Value => 5; }
struct N6 : IConst { public static int Value => 6; }
struct N7 : IConst { public static int Value => 7; }
struct N8 : IConst { public static int Value => 8; }
struct N9 : IConst { public static int Value => 9; }
struct N10 : IConst { public static int Value => 10; }
struct N11 : IConst { public static int Value => 11; }
struct N12 : IConst { public static int Value => 12; }
struct N13 : IConst { public static int Value => 13; }
struct N14 : IConst { public static int Value => 14; }
