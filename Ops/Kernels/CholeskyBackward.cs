using System.Numerics;

namespace Autograd.Kernels;

/// <summary>The gradient of A = L·Lᵀ from that of L, by blocks of columns from the last to the first, as backward goes through the factorization.</summary>
/// <remarks>
/// The formula for whole matrices, S = L⁻ᵀ·Φ(Lᵀ·dL)·L⁻¹, takes six times the work of the factorization, that by blocks twice: it is used for the blocks on the
/// diagonal alone. Source: Murray, "Differentiation of the Cholesky decomposition", 2016, section 4.
/// </remarks>
readonly unsafe ref struct CholeskyBackward<T> where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    /// <summary>Columns of a block.</summary>
    const int Block = 64;

    [ThreadStatic] static Scratch _memory;

    readonly int _n;
    readonly T* _l, _g, _inverse, _first, _second;

    /// <summary>L and its gradient, both [n, n]; the latter is overwritten, and its upper triangle not read.</summary>
    public CholeskyBackward(int n, T* l, T* g)
    {
        _n = n;
        _l = l;
        _g = g;
        int width = Math.Min(Block, n);
        _inverse = _memory.Get<T>((nint)width * (n + (2 * width)));
        _first = _inverse + ((nint)width * width);
        _second = _first + ((nint)width * width);
    }

    /// <summary>Makes the gradient of L that of A, along symmetric changes.</summary>
    public void Run()
    {
        int last = (_n - 1) / Block * Block;
        for (int start = last; start >= 0; start -= Block) RunBlock(start, Math.Min(Block, _n - start));
        for (int i = 0; i < _n; i++)
        {
            T* row = _g + ((nint)i * _n), column = _g + i;
            for (int j = 0; j < i; j++, column += _n) *column = row[j] *= T.CreateTruncating(0.5);
        }
    }

    // Of the rows of the block, R is left of the diagonal and D on it; of those below, B is left and C under D. In the factorization
    // D ← chol(D − R·Rᵀ),  C ← (C − B·Rᵀ)·D⁻ᵀ   ⇒   dC ← dC·D⁻¹,  dB −= dC·R,  dD −= dCᵀ·C,  dD ← Φ(M), M = S + Sᵀ,  dR −= dCᵀ·B + M·R
    void RunBlock(int start, int width)
    {
        int below = _n - start - width;
        nint corner = (nint)start * (_n + 1), under = corner + ((nint)width * _n), left = (nint)start * _n, leftUnder = left + ((nint)width * _n);
        Invert(width, _l + corner);
        if (below > 0)
        {
            // C's own rows go through memory for some of them at a time.
            T* rows = _second;
            Multiply(below, width, width, T.One, _g + under, _n, false, _inverse, width, false, T.Zero, rows, width);
            for (int i = 0; i < below; i++) new ReadOnlySpan<T>(rows + ((nint)i * width), width).CopyTo(new Span<T>(_g + under + ((nint)i * _n), width));
            Multiply(width, width, below, -T.One, _g + under, _n, true, _l + under, _n, false, T.One, _g + corner, _n);
            Multiply(below, start, width, -T.One, _g + under, _n, false, _l + left, _n, false, T.One, _g + leftUnder, _n);
            Multiply(width, start, below, -T.One, _g + under, _n, true, _l + leftUnder, _n, false, T.One, _g + left, _n);
        }
        Differentiate(width, corner);
        Multiply(width, start, width, -T.One, _first, width, false, _l + left, _n, false, T.One, _g + left, _n);
        for (int i = 0; i < width; i++)
        {
            T* m = _first + ((nint)i * width);
            m[i] *= T.CreateTruncating(0.5);
            new ReadOnlySpan<T>(m, i + 1).CopyTo(new Span<T>(_g + corner + ((nint)i * _n), i + 1));
        }
    }

    /// <summary>D⁻¹.</summary>
    void Invert(int width, T* d)
    {
        new Span<T>(_inverse, width * width).Clear();
        for (int i = 0; i < width; i++) _inverse[(nint)i * (width + 1)] = T.One;
        TriangularKernels.Tile(width, width, d, _n, 1, unit: false, _inverse, width);
    }

    /// <summary>M = S + Sᵀ of the block, S = D⁻ᵀ·Φ(Dᵀ·dD)·D⁻¹.</summary>
    void Differentiate(int width, nint corner)
    {
        T* g = _g + corner;
        for (int i = 0; i < width; i++) new Span<T>(g + ((nint)i * _n) + i + 1, width - i - 1).Clear();
        Multiply(width, width, width, T.One, _l + corner, _n, true, g, _n, false, T.Zero, _first, width);
        for (int i = 0; i < width; i++)
        {
            _first[(nint)i * (width + 1)] *= T.CreateTruncating(0.5);
            new Span<T>(_first + ((nint)i * width) + i + 1, width - i - 1).Clear();
        }
        Multiply(width, width, width, T.One, _first, width, false, _inverse, width, false, T.Zero, _second, width);
        Multiply(width, width, width, T.One, _inverse, width, true, _second, width, false, T.Zero, _first, width);
        for (int i = 0; i < width; i++)
        {
            for (int j = 0; j <= i; j++) _first[((nint)i * width) + j] = _first[((nint)j * width) + i] = _first[((nint)i * width) + j] + _first[((nint)j * width) + i];
        }
    }

    static void Multiply(int m, int n, int k, T alpha, T* a, nint lda, bool transA, T* b, nint ldb, bool transB, T beta, T* c, nint ldc)
    {
        if (m == 0 || n == 0) return;
        Gemm.Run(new GemmProblem<T> { M = m, N = n, K = k, A = a, B = b, C = c, Lda = lda, Ldb = ldb, Ldc = ldc, TransA = transA, TransB = transB, Alpha = alpha, Beta = beta });
    }
}
