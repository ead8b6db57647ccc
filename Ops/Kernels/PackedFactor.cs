using System.Numerics;

namespace Autograd.Kernels;

/// <summary>A factor op(B) [k, n] that many products share: packed once into strips of columns, which stay in the second-level cache.</summary>
readonly unsafe struct PackedFactor<T> where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    /// <summary>Columns of a strip: two vectors of the virtual width, so that no product packs it again.</summary>
    static int Width => 128 / sizeof(T);

    readonly T* _strips;
    readonly int _depth, _columns;

    /// <summary>Packs B, [k, n] or, transposed, [n, k], into <see cref="Size"/> elements of memory.</summary>
    public PackedFactor(T* b, int k, int n, bool transposed, T* memory)
    {
        _strips = memory;
        (_depth, _columns) = (k, n);
        for (int j = 0; j < n; j += Width)
            GemmPacking.PackStrip(k, Math.Min(Width, n - j), transposed ? b + ((nint)j * k) : b + j, transposed ? k : n, transposed, memory + ((nint)j * k), Width);
    }

    /// <summary>The memory that a packed factor needs, in elements.</summary>
    public static nint Size(int k, int n) => (nint)k * ((n + Width - 1) / Width * Width);

    /// <summary>C = A·op(B) for dense rows of A, [rows, k], and of C, [rows, n].</summary>
    public void Multiply(T* a, int rows, T* c)
    {
        for (int j = 0; j < _columns; j += Width)
        {
            Gemm.Run(new GemmProblem<T>
            {
                M = rows, N = Math.Min(Width, _columns - j), K = _depth, A = a, B = _strips + ((nint)j * _depth), C = c + j, D = c + j,
                Lda = _depth, Ldb = Width, Ldc = _columns, Ldd = _columns, Alpha = T.One, Beta = T.Zero,
            });
        }
    }
}
