using System.Numerics;

namespace Autograd.Kernels;

/// <summary>A factor op(B) [k, n] that many products share: packed once into strips of columns, which stay in the second-level cache, or read where it is if they have few rows.</summary>
readonly unsafe struct PackedFactor<T> where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    /// <summary>Columns of a strip: two vectors of the virtual width, so that no product packs it again.</summary>
    static int Width => 128 / sizeof(T);

    readonly T* _strips, _source;
    readonly int _depth, _columns;
    readonly nint _lead;
    readonly bool _transposed;

    /// <summary>Packs B, [k, n] or, transposed, [n, k], its rows a distance apart, into <see cref="Size"/> elements of memory; without memory it is read where it is.</summary>
    public PackedFactor(T* b, int k, int n, nint lead, bool transposed, T* memory)
    {
        _strips = memory;
        _source = b;
        (_depth, _columns, _lead, _transposed) = (k, n, lead, transposed);
        if (memory is null) return;
        for (int j = 0; j < n; j += Width)
            GemmPacking.PackStrip(k, Math.Min(Width, n - j), transposed ? b + (j * lead) : b + j, lead, transposed, memory + ((nint)j * k), Width);
    }

    /// <summary>The memory that a packed factor needs, in elements.</summary>
    public static nint Size(int k, int n) => (nint)k * ((n + Width - 1) / Width * Width);

    /// <summary>C = A·op(B) for dense rows of A, [rows, k], and of C, [rows, n].</summary>
    public void Multiply(T* a, int rows, T* c) => Multiply(a, _depth, rows, _columns, T.One, c, _columns);

    /// <summary>The first columns of C = alpha·A·op(B), the rows of A and of C a distance apart; or C += that.</summary>
    public void Multiply(T* a, nint leadA, int rows, int columns, T alpha, T* c, nint leadC, bool adds = false)
    {
        if (_strips is null)
        {
            Gemm.Run(new GemmProblem<T>
            {
                M = rows, N = columns, K = _depth, A = a, B = _source, C = c, Lda = leadA, Ldb = _lead, TransB = _transposed, Ldc = leadC, Alpha = alpha,
                Beta = adds ? T.One : T.Zero,
            });
            return;
        }
        for (int j = 0; j < columns; j += Width)
        {
            Gemm.Run(new GemmProblem<T>
            {
                M = rows, N = Math.Min(Width, columns - j), K = _depth, A = a, B = _strips + ((nint)j * _depth), C = c + j,
                Lda = leadA, Ldb = Width, Ldc = leadC, Alpha = alpha, Beta = adds ? T.One : T.Zero,
            });
        }
    }
}
