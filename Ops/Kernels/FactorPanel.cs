using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Autograd.Kernels;

/// <summary>Some columns of a matrix on which elimination works, from a row on, transposed: each column of the matrix is a row here, so that vectors lie along it.</summary>
/// <remarks>
/// Row-major, the elements of a column lie far apart, and those of a large matrix in few sets of the first-level cache; transposed, the search for a pivot and
/// the multipliers are vectors as well. Rows are padded with zeros to whole vectors of the virtual width.
/// </remarks>
readonly unsafe struct FactorPanel<T> where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    [ThreadStatic] static Scratch _memory;

    readonly int _columns, _rows;
    readonly T* _p;
    readonly nint _lead;

    /// <summary>Room for so many columns and rows of a matrix, until the next panel of this thread.</summary>
    public FactorPanel(int columns, int rows)
    {
        (_columns, _rows) = (columns, rows);
        _lead = (((rows + Width - 1) / Width) | 1) * Width; // an odd number of vectors: columns are spread over the sets of the cache
        _p = _memory.Get<T>((columns + Width) * _lead);
    }

    static int Width => Vector512<T>.Count;

    int Padded => (_rows + Width - 1) / Width * Width;

    /// <summary>Half zeros, half ones: from its middle minus h on, a mask of all lanes but the first h.</summary>
    static ReadOnlySpan<ulong> Halves => [0, 0, 0, 0, 0, 0, 0, 0, ulong.MaxValue, ulong.MaxValue, ulong.MaxValue, ulong.MaxValue, ulong.MaxValue, ulong.MaxValue, ulong.MaxValue, ulong.MaxValue];

    static T* Mask(int lanes) => (T*)Unsafe.AsPointer(ref MemoryMarshal.GetReference(Halves)) + Width - lanes;

    /// <summary>Reads the columns from a matrix.</summary>
    public void Load(T* a, nint lead)
    {
        int i = 0;
        for (; i <= _rows - Width; i += Width)
        {
            int j = 0;
            for (; j <= _columns - Width; j += Width) LaneTranspose.Square(a + (i * lead) + j, lead, _p + (j * _lead) + i, _lead);
            LaneTranspose.Plain(a + (i * lead) + j, lead, Width, _columns - j, _p + (j * _lead) + i, _lead);
        }
        if (i == _rows) return;
        for (int j = 0; j < _columns; j++) Vector512<T>.Zero.Store(_p + (j * _lead) + i);
        LaneTranspose.Plain(a + (i * lead), lead, _rows - i, _columns, _p + i, _lead);
    }

    /// <summary>Writes the columns to a matrix.</summary>
    public void Store(T* a, nint lead)
    {
        int i = 0;
        for (; i <= _rows - Width; i += Width)
        {
            int j = 0;
            for (; j <= _columns - Width; j += Width) LaneTranspose.Square(_p + (j * _lead) + i, _lead, a + (i * lead) + j, lead);
            LaneTranspose.Plain(_p + (j * _lead) + i, _lead, _columns - j, Width, a + (i * lead) + j, lead);
        }
        LaneTranspose.Plain(_p + i, _lead, _columns, _rows - i, a + (i * lead), lead);
    }

    /// <summary>Factors with exchanges of rows: row j was exchanged with row pivots[j], counted from the panel's first.</summary>
    public void FactorLu(Span<int> pivots)
    {
        for (int j = 0; j < _columns; j++)
        {
            T* column = _p + (j * _lead);
            int pivot = pivots[j] = Largest(column, j);
            if (pivot != j)
            {
                T* x = _p + j, y = _p + pivot;
                for (int c = 0; c < _columns; c++, x += _lead, y += _lead) (*x, *y) = (*y, *x);
            }
            if (column[j] != T.Zero) Eliminate(j, column[j], j);
        }
    }

    /// <summary>Factors A = L·Lᵀ of a symmetric matrix, of which the lower triangle is here.</summary>
    /// <returns>The columns, or the first at which the matrix is seen not to be positive definite.</returns>
    public int FactorCholesky()
    {
        for (int j = 0; j < _columns; j++)
        {
            T* pivot = _p + (j * _lead) + j;
            if (*pivot <= T.Zero) return j;
            *pivot = T.Sqrt(*pivot);
            Eliminate(j, *pivot, -1);
        }
        return _columns;
    }

    /// <summary>Divides what is below the diagonal in column j, and subtracts multiples of it from the columns on its right: by their elements in row <paramref name="factors"/>, or, if negative, by its own.</summary>
    void Eliminate(int j, T pivot, int factors)
    {
        if (Vector512.IsHardwareAccelerated && Avx512F.IsSupported) Eliminate<Lanes512<T>, Vector512<T>>(j, pivot, factors);
        else if (Vector256.IsHardwareAccelerated && Avx2.IsSupported && Fma.IsSupported) Eliminate<Lanes256<T>, Vector256<T>>(j, pivot, factors);
        else Eliminate<Lanes128<T>, Vector128<T>>(j, pivot, factors);
    }

    [MethodImpl(Jit.Loop)]
    void Eliminate<S, V>(int j, T pivot, int factors) where S : struct, ISolvingLanes<V, T>
    {
        int first = (j + 1) / Width * Width, end = Padded;
        T* column = _p + (j * _lead), mask = Mask(j + 1 - first);
        V divisor = S.Broadcast(pivot);
        for (int i = first; i < first + Width && i < end; i += S.Count)
        {
            V old = S.Load(column + i);
            S.Store(column + i, S.Choose(S.Load(mask + i - first), S.Divide(old, divisor), old));
        }
        for (int i = first + Width; i < end; i += S.Count) S.Store(column + i, S.Divide(S.Load(column + i), divisor));
        int c = j + 1;
        for (; c <= _columns - 4; c += 4)
        {
            T* x0 = _p + (c * _lead), x1 = x0 + _lead, x2 = x1 + _lead, x3 = x2 + _lead;
            V f0 = S.Broadcast(factors < 0 ? column[c] : x0[j]), f1 = S.Broadcast(factors < 0 ? column[c + 1] : x1[j]);
            V f2 = S.Broadcast(factors < 0 ? column[c + 2] : x2[j]), f3 = S.Broadcast(factors < 0 ? column[c + 3] : x3[j]);
            for (int i = Start(first, c, factors); i < end; i += S.Count)
            {
                V l = S.Load(column + i);
                if (i < first + Width) l = S.And(l, S.Load(mask + i - first));
                S.Store(x0 + i, S.Less(S.Load(x0 + i), f0, l));
                S.Store(x1 + i, S.Less(S.Load(x1 + i), f1, l));
                S.Store(x2 + i, S.Less(S.Load(x2 + i), f2, l));
                S.Store(x3 + i, S.Less(S.Load(x3 + i), f3, l));
            }
        }
        for (; c < _columns; c++)
        {
            T* x = _p + (c * _lead);
            V factor = S.Broadcast(factors < 0 ? column[c] : x[j]);
            for (int i = Start(first, c, factors); i < end; i += S.Count)
            {
                V l = S.Load(column + i);
                if (i < first + Width) l = S.And(l, S.Load(mask + i - first));
                S.Store(x + i, S.Less(S.Load(x + i), factor, l));
            }
        }
    }

    /// <summary>The first row that column c is worked on from: above its diagonal a symmetric matrix is not read.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static int Start(int first, int c, int factors) => factors < 0 ? Math.Max(first, c / Width * Width) : first;

    /// <summary>The first of the rows from j on whose element is largest in magnitude; NaN only if all others are zero, so that it is not lost.</summary>
    [MethodImpl(Jit.Loop)]
    int Largest(T* column, int j)
    {
        int first = j / Width * Width, end = Padded;
        Vector512<T> head = Vector512.Abs(Vector512.Load(column + first)) & Vector512.Load(Mask(j - first)), best = Greater(head, Vector512<T>.Zero);
        for (int i = first + Width; i < end; i += Width) best = Greater(Vector512.Abs(Vector512.Load(column + i)), best);
        T most = LaneFold.Across<T, NativeGreatest<T>>(best);
        if (most == T.Zero)
        {
            for (int i = j; i < _rows; i++)
            {
                if (T.IsNaN(column[i])) return i;
            }
            return j;
        }
        best = Vector512.Create(most);
        ulong hits = Vector512.Equals(head, best).ExtractMostSignificantBits();
        int at = first;
        while (hits == 0)
        {
            at += Width;
            hits = Vector512.Equals(Vector512.Abs(Vector512.Load(column + at)), best).ExtractMostSignificantBits();
        }
        return at + BitOperations.TrailingZeroCount(hits);
    }

    /// <summary>The greater; y where x is NaN.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static Vector512<T> Greater(Vector512<T> x, Vector512<T> y) => Vector512.ConditionalSelect(Vector512.GreaterThan(x, y), x, y);
}
