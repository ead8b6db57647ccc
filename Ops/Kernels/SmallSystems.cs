using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Autograd.Kernels;

/// <summary>LU factors of many small matrices and their systems: as many matrices at a time as the virtual vector has lanes, each in a lane of its own.</summary>
/// <remarks>
/// A matrix of a few rows fills no vector, and its steps wait for one another; side by side, a step of 16 matrices takes as long as that of one. The price is a
/// transposition on the way in and out. Where lanes choose different pivots, rows are exchanged under masks, which costs n³ moves: so this is for small n alone.
/// </remarks>
static unsafe class SmallSystems<T> where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    /// <summary>The most rows of a matrix.</summary>
    public const int MostRows = 8;

    [ThreadStatic] static Scratch _matrices, _sides;

    /// <summary>Matrices side by side.</summary>
    public static int Lanes => Vector512<T>.Count;

    /// <summary>Factors some matrices [n, n], one behind the other: see <see cref="LuKernels"/>.</summary>
    [MethodImpl(Jit.Loop)]
    public static void Factor(int matrices, int n, T* a, Span<int> pivots)
    {
        int size = n * n, step = Lanes;
        T* m = _matrices.Get<T>(size * step);
        T* chosen = stackalloc T[Lanes];
        Gather(matrices, size, a, m);
        for (int j = 0; j < n; j++)
        {
            T* row = m + (j * n * step);
            Vector512<T> most = Vector512.Abs(Vector512.Load(row + (j * step))), pivot = Vector512.Create(T.CreateTruncating(j));
            for (int i = j + 1; i < n; i++)
            {
                Vector512<T> x = Vector512.Abs(Vector512.Load(m + (((i * n) + j) * step)));
                Vector512<T> lost = Vector512.Equals(most, Vector512<T>.Zero) & ~Vector512.Equals(x, x); // NaN, which a zero must not hide
                Vector512<T> greater = Vector512.GreaterThan(x, most) | lost;
                most = Vector512.ConditionalSelect(greater, x, most);
                pivot = Vector512.ConditionalSelect(greater, Vector512.Create(T.CreateTruncating(i)), pivot);
            }
            pivot.Store(chosen);
            for (int lane = 0; lane < matrices; lane++) pivots[(lane * n) + j] = int.CreateTruncating(chosen[lane]);
            Exchange(pivot, j, n, n, m);
            Vector512<T> divisor = Vector512.Load(row + (j * step));
            // Nothing to eliminate: zeros, or what is not a number and shall stay.
            divisor = Vector512.ConditionalSelect(Vector512.Equals(divisor, Vector512<T>.Zero), Vector512<T>.One, divisor);
            for (int i = j + 1; i < n; i++)
            {
                T* below = m + (i * n * step);
                Vector512<T> factor = Vector512.Load(below + (j * step)) / divisor;
                factor.Store(below + (j * step));
                Subtract(below + ((j + 1) * step), factor, row + ((j + 1) * step), n - j - 1);
            }
        }
        Scatter(matrices, size, m, a);
    }

    /// <summary>Factors some symmetric matrices [n, n], one behind the other, as L·Lᵀ, with what is done for each: see <see cref="CholeskyKernels.Factor"/>.</summary>
    [MethodImpl(Jit.Loop)]
    public static void FactorCholesky(int matrices, int n, T* a, Span<int> done)
    {
        int size = n * n, step = Lanes;
        T* m = _matrices.Get<T>(size * step);
        Gather(matrices, size, a, m);
        done.Fill(n);
        for (int j = 0; j < n; j++)
        {
            T* row = m + (j * n * step);
            Vector512<T> pivot = Vector512.Load(row + (j * step));
            ulong failed = Vector512.LessThanOrEqual(pivot, Vector512<T>.Zero).ExtractMostSignificantBits();
            for (int lane = 0; failed != 0 && lane < matrices; lane++)
            {
                if ((failed >> lane & 1) != 0 && done[lane] == n) done[lane] = j;
            }
            pivot = Vector512.Sqrt(pivot);
            pivot.Store(row + (j * step));
            for (int i = j + 1; i < n; i++)
            {
                Vector512<T>.Zero.Store(row + (i * step));
                T* below = m + (i * n * step);
                Vector512<T> factor = Vector512.Load(below + (j * step)) / pivot;
                factor.Store(below + (j * step));
                for (int c = j + 1; c <= i; c++)
                    VectorOps.Fma(-factor, Vector512.Load(m + (((c * n) + j) * step)), Vector512.Load(below + (c * step))).Store(below + (c * step));
            }
        }
        Scatter(matrices, size, m, a);
    }

    /// <summary>Solves the systems of some matrices for right sides [n, k]: see <see cref="LuKernels.Solve"/>.</summary>
    public static void Solve(int matrices, int n, int k, T* lu, ReadOnlySpan<int> pivots, bool transposed, T* x)
    {
        T* sides = _sides.Get<T>(n * k * Lanes);
        Gather(matrices, n * k, x, sides);
        Solve(matrices, n, k, lu, pivots, transposed, sides, x);
    }

    /// <summary>The transposed inverses times a number each, or times 1: see <see cref="LuKernels.InvertTransposed"/>.</summary>
    public static void InvertTransposed(int matrices, int n, T* lu, ReadOnlySpan<int> pivots, T* scales, T* x)
    {
        int size = n * n * Lanes;
        T* sides = _sides.Get<T>(size);
        new Span<T>(sides, size).Clear();
        for (int i = 0; i < n; i++)
        {
            for (int lane = 0; lane < matrices; lane++) sides[(i * (n + 1) * Lanes) + lane] = scales is null ? T.One : scales[lane];
        }
        Solve(matrices, n, n, lu, pivots, transposed: true, sides, x);
    }

    [MethodImpl(Jit.Loop)]
    static void Solve(int matrices, int n, int k, T* lu, ReadOnlySpan<int> pivots, bool transposed, T* sides, T* x)
    {
        int step = Lanes;
        T* m = _matrices.Get<T>((n * n * step) + step), chosen = m + (n * n * step);
        Gather(matrices, n * n, lu, m);
        for (int j = 0; j < n && !transposed; j++) Exchange(Pivots(matrices, n, j, pivots, chosen), j, n, k, sides);
        // Downwards with L, or Uᵀ; upwards with U, or Lᵀ.
        for (int i = 0; i < n; i++)
        {
            T* row = sides + (i * k * step);
            for (int p = 0; p < i; p++) Subtract(row, Vector512.Load(m + ((transposed ? (p * n) + i : (i * n) + p) * step)), sides + (p * k * step), k);
            if (transposed) Divide(row, Vector512.Load(m + (i * (n + 1) * step)), k);
        }
        for (int i = n - 1; i >= 0; i--)
        {
            T* row = sides + (i * k * step);
            for (int p = n - 1; p > i; p--) Subtract(row, Vector512.Load(m + ((transposed ? (p * n) + i : (i * n) + p) * step)), sides + (p * k * step), k);
            if (!transposed) Divide(row, Vector512.Load(m + (i * (n + 1) * step)), k);
        }
        for (int j = n - 1; j >= 0 && transposed; j--) Exchange(Pivots(matrices, n, j, pivots, chosen), j, n, k, sides);
        Scatter(matrices, n * k, sides, x);
    }

    static Vector512<T> Pivots(int matrices, int n, int j, ReadOnlySpan<int> pivots, T* chosen)
    {
        for (int lane = 0; lane < matrices; lane++) chosen[lane] = T.CreateTruncating(pivots[(lane * n) + j]);
        return Vector512.Load(chosen);
    }

    /// <summary>Exchanges row j with the row that is each lane's pivot.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static void Exchange(Vector512<T> pivot, int j, int n, int columns, T* rows)
    {
        int step = Lanes;
        T* row = rows + (j * columns * step);
        for (int i = j + 1; i < n; i++)
        {
            Vector512<T> mask = Vector512.Equals(pivot, Vector512.Create(T.CreateTruncating(i)));
            if (mask.ExtractMostSignificantBits() == 0) continue;
            T* other = rows + (i * columns * step);
            for (int c = 0; c < columns * step; c += step)
            {
                Vector512<T> upper = Vector512.Load(row + c), lower = Vector512.Load(other + c);
                Vector512.ConditionalSelect(mask, lower, upper).Store(row + c);
                Vector512.ConditionalSelect(mask, upper, lower).Store(other + c);
            }
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static void Subtract(T* row, Vector512<T> factor, T* other, int columns)
    {
        for (int c = 0; c < columns * Lanes; c += Lanes) VectorOps.Fma(-factor, Vector512.Load(other + c), Vector512.Load(row + c)).Store(row + c);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static void Divide(T* row, Vector512<T> divisor, int columns)
    {
        for (int c = 0; c < columns * Lanes; c += Lanes) (Vector512.Load(row + c) / divisor).Store(row + c);
    }

    /// <summary>Element i of all matrices side by side, for each i; lanes without a matrix hold zeros.</summary>
    static void Gather(int matrices, int size, T* a, T* lanes)
    {
        int i = 0;
        if (matrices == Lanes)
        {
            for (; i <= size - Lanes; i += Lanes) LaneTranspose.Square(a + i, size, lanes + (i * Lanes), Lanes);
        }
        else
        {
            new Span<T>(lanes, size * Lanes).Clear();
        }
        LaneTranspose.Plain(a + i, size, matrices, size - i, lanes + (i * Lanes), Lanes);
    }

    static void Scatter(int matrices, int size, T* lanes, T* a)
    {
        int i = 0;
        for (; matrices == Lanes && i <= size - Lanes; i += Lanes) LaneTranspose.Square(lanes + (i * Lanes), Lanes, a + i, size);
        LaneTranspose.Plain(lanes + (i * Lanes), Lanes, size - i, matrices, a + i, size);
    }
}
