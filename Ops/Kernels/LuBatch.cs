using System.Numerics;

namespace Autograd.Kernels;

/// <summary>The LU factors of many matrices [n, n], one behind the other: small ones are worked on side by side, others one by one, by all threads.</summary>
readonly unsafe struct LuBatch<T>(int count, int n, T* lu, int[] pivots) where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    /// <summary>Replaces the matrices by their factors.</summary>
    public void Factor() => Run((double)n * n * n, new Work(this, 0, false, null, null));

    /// <summary>X ← A⁻¹·X, or (Aᵀ)⁻¹·X, for X [n, k].</summary>
    public void Solve(int k, bool transposed, T* x)
    {
        if (k > 0) Run(2.0 * n * n * k, new Work(this, k, transposed, x, null));
    }

    /// <summary>X = scale·A⁻ᵀ, with a scale for each matrix, or 1 where there are none.</summary>
    public void InvertTransposed(T* scales, T* x) => Run(1.5 * n * n * n, new Work(this, 0, true, x, scales));

    int Group => n <= SmallSystems<T>.MostRows ? SmallSystems<T>.Lanes : 1;

    void Run(double work, Work body)
    {
        if (n > 0) MatrixBatch.Run((count + Group - 1) / Group, work * Group, body);
    }

    /// <summary>Factors if there is no X, inverts if X has no columns of its own, or solves.</summary>
    readonly struct Work(LuBatch<T> batch, int k, bool transposed, T* x, T* scales) : IParallelWork
    {
        public void Run(int piece) => batch.Run(piece, k, transposed, x, scales);
    }

    void Run(int piece, int k, bool transposed, T* x, T* scales)
    {
        int first = piece * Group, matrices = Math.Min(Group, count - first);
        T* a = lu + ((nint)first * n * n), sides = x + ((nint)first * n * (k == 0 ? n : k));
        T* scale = scales is null ? null : scales + first;
        Span<int> exchanges = pivots.AsSpan(first * n, matrices * n);
        if (n <= SmallSystems<T>.MostRows)
        {
            if (x is null) SmallSystems<T>.Factor(matrices, n, a, exchanges);
            else if (k == 0) SmallSystems<T>.InvertTransposed(matrices, n, a, exchanges, scale, sides);
            else SmallSystems<T>.Solve(matrices, n, k, a, exchanges, transposed, sides);
            return;
        }
        if (x is null) LuKernels.Factor(n, a, exchanges);
        else if (k == 0) LuKernels.InvertTransposed(n, a, exchanges, scale is null ? T.One : *scale, sides);
        else LuKernels.Solve(n, k, a, exchanges, transposed, sides);
    }
}
