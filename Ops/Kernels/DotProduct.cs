using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Autograd.Kernels;

/// <summary>Products of a few rows with many, the terms of both side by side in memory: a linear layer of few samples, or of few outputs.</summary>
/// <remarks>
/// Other products have neighbouring columns in a vector; here squares of the longer factor would have to be transposed for that, which takes as long as so few rows
/// take to multiply, and for the shorter one vectors would not be filled. So each lane has a sum of its own, as in <see cref="RowDots"/>: see Note [Order of sums].
/// A tile is <see cref="Columns"/> of the many rows and as many of the few as the registers take. Every line of memory is used whole when it is loaded, so
/// no distance of rows is a bad one.
/// </remarks>
unsafe struct DotProduct<T> : IParallelWork where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    /// <summary>The most rows of the shorter factor.</summary>
    const int MostFew = 16;

    /// <summary>Rows of the longer factor in a tile, and in a chunk; the most of the shorter one in a tile.</summary>
    const int Columns = 4, ChunkColumns = 64, MostRows = 6;

    /// <summary>The most rows of a tile where a register holds a part of the lanes, and the terms for which the parts take turns, so that the rows stay in the cache.</summary>
    const int MostNarrowRows = 2, Depth = 512;

    const double ParallelWork = 0.5e6;

    T* _few, _many, _c, _d;
    nint _leadFew, _leadMany;
    int _fewCount, _manyCount, _terms, _height;

    /// <summary>From an element of C or D to that of the next of the few rows, and of the many.</summary>
    nint _cFew, _cMany, _dFew, _dMany;
    T _alpha, _beta;

    /// <summary>Whether a product is of this kind.</summary>
    public static bool Suits(in GemmProblem<T> g) =>
        g.TransB && !g.TransA && Math.Min(g.M, g.N) is > 1 and <= MostFew and var few && g.K >= LeastTerms(few) && Math.Max(g.M, g.N) >= Columns;

    /// <summary>The fewest terms: with fewer, to join the lanes costs more than to transpose and to leave lanes empty.</summary>
    static int LeastTerms(int few) => few <= 4 ? Gemv<T>.LeastDots : few <= 6 ? 192 : few <= 8 ? 384 : 512;

    /// <summary>Runs it.</summary>
    public static void Run(in GemmProblem<T> g)
    {
        DotProduct<T> job;
        (job._alpha, job._beta, job._terms) = (g.Alpha, g.Beta, g.K);
        job._c = g.C;
        job._d = g.D;
        bool isRow = g.M <= g.N;
        job._few = isRow ? g.A : g.B;
        job._many = isRow ? g.B : g.A;
        (job._fewCount, job._leadFew, job._cFew, job._dFew) = isRow ? (g.M, g.Lda, g.Ldc, g.Ldd) : (g.N, g.Ldb, 1, 1);
        (job._manyCount, job._leadMany, job._cMany, job._dMany) = isRow ? (g.N, g.Ldb, 1, 1) : (g.M, g.Lda, g.Ldc, g.Ldd);
        int most = Vector512.IsHardwareAccelerated && Avx512F.IsSupported ? MostRows : MostNarrowRows, tiles = (job._fewCount + most - 1) / most;
        job._height = (job._fewCount + tiles - 1) / tiles;
        if (g.Work >= ParallelWork) Parallelism.Run((job._manyCount + ChunkColumns - 1) / ChunkColumns, job);
        else job.Run(0, job._manyCount);
    }

    public readonly void Run(int chunk) => Run(chunk * ChunkColumns, Math.Min((chunk + 1) * ChunkColumns, _manyCount));

    [SkipLocalsInit] // Sum writes what Finish reads.
    [MethodImpl(Jit.Loop)]
    readonly void Run(int first, int end)
    {
        T* sums = stackalloc T[MostRows * Columns], lanes = stackalloc T[MostRows * Columns * Vector512<T>.Count];
        for (int j = first; j < end; j += Columns)
        {
            // The last tile may take in some that are done already, and leaves them.
            int start = Math.Min(j, _manyCount - Columns);
            T* many = _many + (start * _leadMany), c = _c + (start * _cMany), d = _d + (start * _dMany);
            for (int i = 0; i < _fewCount; i += _height)
            {
                int rows = Math.Min(_height, _fewCount - i);
                T* few = _few + (i * _leadFew);
                if (Vector512.IsHardwareAccelerated && Avx512F.IsSupported) Sum<Lanes512<T>, Vector512<T>>(few, rows, many, sums, lanes);
                else if (Vector256.IsHardwareAccelerated && Avx2.IsSupported && Fma.IsSupported) Sum<Lanes256<T>, Vector256<T>>(few, rows, many, sums, lanes);
                else Sum<Lanes128<T>, Vector128<T>>(few, rows, many, sums, lanes);
                Finish(sums, rows, c + (i * _cFew), d + (i * _dFew), j - start, Math.Min(Columns, end - start));
            }
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    readonly void Sum<S, V>(T* few, int rows, T* many, T* sums, T* lanes) where S : struct, ILanes<V, T>
    {
        switch (rows)
        {
            case 1: Sum<S, V, N1>(few, many, sums, lanes); break;
            case 2: Sum<S, V, N2>(few, many, sums, lanes); break;
            case 3: Sum<S, V, N3>(few, many, sums, lanes); break;
            case 4: Sum<S, V, N4>(few, many, sums, lanes); break;
            case 5: Sum<S, V, N5>(few, many, sums, lanes); break;
            default: Sum<S, V, N6>(few, many, sums, lanes); break;
        }
    }

    /// <summary>The sums of a tile: where the lanes fill a register each they are joined there, else in memory.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    readonly void Sum<S, V, R>(T* few, T* many, T* sums, T* lanes) where S : struct, ILanes<V, T> where R : struct, IConst
    {
        if (S.Count == Vector512<T>.Count)
        {
            Lanes<S, V, R>(few, _leadFew, many, _leadMany, _terms, sums, goesOn: false);
            return;
        }
        int width = Vector512<T>.Count, rest = _terms % width, whole = _terms - rest;
        for (int p = 0; p < whole; p += Depth)
        {
            for (int part = 0; part < width; part += S.Count)
                Lanes<S, V, R>(few + p + part, _leadFew, many + p + part, _leadMany, Math.Min(Depth, whole - p), lanes + part, goesOn: p > 0);
        }
        for (int i = 0; i < R.Value; i++) RowDots.Join(lanes + (i * Columns * width), many + whole, _leadMany, few + whole + (i * _leadFew), rest, sums + (i * Columns), Columns);
    }

    [MethodImpl(Jit.Loop)]
    [SkipLocalsInit]
    static void Lanes<S, V, R>(T* few, nint leadFew, T* many, nint leadMany, int terms, T* sums, bool goesOn) where S : struct, ILanes<V, T> where R : struct, IConst
    {
        // A letter for each of the few rows, a number for each of the many.
        V a0 = default!, a1 = default!, a2 = default!, a3 = default!, b0 = default!, b1 = default!, b2 = default!, b3 = default!;
        V c0 = default!, c1 = default!, c2 = default!, c3 = default!, d0 = default!, d1 = default!, d2 = default!, d3 = default!;
        V e0 = default!, e1 = default!, e2 = default!, e3 = default!, f0 = default!, f1 = default!, f2 = default!, f3 = default!;
        if (S.Count < Vector512<T>.Count && goesOn)
        {
            Get<S, V>(sums, 0, ref a0, ref a1, ref a2, ref a3);
            if (R.Value > 1) Get<S, V>(sums, 1, ref b0, ref b1, ref b2, ref b3);
        }
        int left = terms % Vector512<T>.Count;
        T* d = few + (3 * leadFew), last = many + (3 * leadMany), end = many + (terms - left), ends = stackalloc T[(MostRows + Columns) * Vector512<T>.Count];
    Terms:
        for (; many < end; many += Vector512<T>.Count, last += Vector512<T>.Count, few += Vector512<T>.Count, d += Vector512<T>.Count)
        {
            V v0 = S.Load(many), v1 = S.Load(many + leadMany), v2 = S.Load(many + (2 * leadMany)), v3 = S.Load(last), x = S.Load(few);
            (a0, a1, a2, a3) = (S.Fma(x, v0, a0), S.Fma(x, v1, a1), S.Fma(x, v2, a2), S.Fma(x, v3, a3));
            if (R.Value > 1) x = S.Load(few + leadFew);
            if (R.Value > 1) (b0, b1, b2, b3) = (S.Fma(x, v0, b0), S.Fma(x, v1, b1), S.Fma(x, v2, b2), S.Fma(x, v3, b3));
            if (R.Value > 2) x = S.Load(few + (2 * leadFew));
            if (R.Value > 2) (c0, c1, c2, c3) = (S.Fma(x, v0, c0), S.Fma(x, v1, c1), S.Fma(x, v2, c2), S.Fma(x, v3, c3));
            if (R.Value > 3) x = S.Load(d);
            if (R.Value > 3) (d0, d1, d2, d3) = (S.Fma(x, v0, d0), S.Fma(x, v1, d1), S.Fma(x, v2, d2), S.Fma(x, v3, d3));
            if (R.Value > 4) x = S.Load(d + leadFew);
            if (R.Value > 4) (e0, e1, e2, e3) = (S.Fma(x, v0, e0), S.Fma(x, v1, e1), S.Fma(x, v2, e2), S.Fma(x, v3, e3));
            if (R.Value > 5) x = S.Load(d + (2 * leadFew));
            if (R.Value > 5) (f0, f1, f2, f3) = (S.Fma(x, v0, f0), S.Fma(x, v1, f1), S.Fma(x, v2, f2), S.Fma(x, v3, f3));
        }
        if (left > 0)
        {
            // The last terms, fewer than there are lanes, once more the same way: with zeros beside them.
            Pad(few, leadFew, R.Value, ends, left);
            few = ends;
            many = Pad(many, leadMany, Columns, ends + (R.Value * Vector512<T>.Count), left);
            leadFew = leadMany = Vector512<T>.Count;
            d = few + (3 * leadFew);
            last = many + (3 * leadMany);
            end = many + leadMany;
            left = 0;
            goto Terms;
        }
        Put<S, V>(sums, 0, a0, a1, a2, a3);
        if (R.Value > 1) Put<S, V>(sums, 1, b0, b1, b2, b3);
        if (R.Value > 2) Put<S, V>(sums, 2, c0, c1, c2, c3);
        if (R.Value > 3) Put<S, V>(sums, 3, d0, d1, d2, d3);
        if (R.Value > 4) Put<S, V>(sums, 4, e0, e1, e2, e3);
        if (R.Value > 5) Put<S, V>(sums, 5, f0, f1, f2, f3);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static T* Pad(T* rows, nint lead, int count, T* padded, int terms)
    {
        for (int i = 0; i < count; i++) Tail.Load(rows + (i * lead), (nuint)terms, Vector512<T>.Zero).Store(padded + (i * Vector512<T>.Count));
        return padded;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static void Put<S, V>(T* sums, int row, V v0, V v1, V v2, V v3) where S : struct, ILanes<V, T>
    {
        if (S.Count == Vector512<T>.Count)
        {
            RowDots.Join((Vector512<T>)(object)v0!, (Vector512<T>)(object)v1!, (Vector512<T>)(object)v2!, (Vector512<T>)(object)v3!, sums + (row * Columns));
            return;
        }
        T* lanes = sums + (row * Columns * Vector512<T>.Count);
        S.Store(lanes, v0);
        S.Store(lanes + Vector512<T>.Count, v1);
        S.Store(lanes + (2 * Vector512<T>.Count), v2);
        S.Store(lanes + (3 * Vector512<T>.Count), v3);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static void Get<S, V>(T* sums, int row, ref V v0, ref V v1, ref V v2, ref V v3) where S : struct, ILanes<V, T>
    {
        T* lanes = sums + (row * Columns * Vector512<T>.Count);
        v0 = S.Load(lanes);
        v1 = S.Load(lanes + Vector512<T>.Count);
        v2 = S.Load(lanes + (2 * Vector512<T>.Count));
        v3 = S.Load(lanes + (3 * Vector512<T>.Count));
    }

    /// <summary>Writes the results of a tile's columns from <paramref name="from"/> on.</summary>
    [MethodImpl(Jit.Loop)]
    readonly void Finish(T* sums, int rows, T* c, T* d, int from, int end)
    {
        bool adds = !T.IsZero(_beta), isBare = !adds && _alpha == T.One, isWhole = isBare && end - from == Columns;
        for (; rows > 0; rows--, sums += Columns, c += _cFew, d += _dFew)
        {
            if (isWhole)
            {
                (c[0], c[_cMany], c[2 * _cMany], c[3 * _cMany]) = (sums[0], sums[1], sums[2], sums[3]);
                continue;
            }
            for (int j = from; j < end; j++)
                c[j * _cMany] = isBare ? sums[j] : adds ? T.FusedMultiplyAdd(_alpha, sums[j], _beta * d[j * _dMany]) : _alpha * sums[j];
        }
    }
}
