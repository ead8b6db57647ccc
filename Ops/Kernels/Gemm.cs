using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Autograd.Kernels;

/// <summary>Matrix products of row-major float or double matrices.</summary>
static unsafe class Gemm
{
    /// <summary>
    /// C = alpha·op(A)·op(B) + beta·C, where op(A) is [m, k], op(B) is [k, n] and op transposes if its flag is set.
    /// </summary>
    /// <remarks>
    /// Leading dimensions are row strides, in elements, of the matrices as stored: A is [m, k], or [k, m] if
    /// <paramref name="transA"/>. With beta = 0 C is not read; k = 0 leaves beta·C. C must not overlap A or B. Not a
    /// number and infinities propagate as in the sum written out. Each element is summed in an order that depends on k
    /// alone, but where one factor is a vector or a few rows; see Note [Order of sums]. Throws ArgumentException if a matrix does not fit its span.
    /// </remarks>
    [SkipLocalsInit] // small products would pay for clearing variables that are set
    public static void Multiply<T>(
        int m, int n, int k, T alpha, ReadOnlySpan<T> a, int lda, bool transA, ReadOnlySpan<T> b, int ldb, bool transB,
        T beta, Span<T> c, int ldc)
        where T : unmanaged, IBinaryFloatingPointIeee754<T> =>
        MultiplyBatched(1, m, n, k, alpha, a, 0, lda, transA, b, 0, ldb, transB, beta, c, 0, ldc);

    /// <summary>
    /// <see cref="Multiply"/> for <paramref name="batch"/> matrices at fixed distances; distance 0 repeats a factor. A row of n elements that is not
    /// empty is added to every row of the results in place of C.
    /// </summary>
    [SkipLocalsInit]
    public static void MultiplyBatched<T>(
        int batch, int m, int n, int k, T alpha, ReadOnlySpan<T> a, int strideA, int lda, bool transA,
        ReadOnlySpan<T> b, int strideB, int ldb, bool transB, T beta, Span<T> c, int strideC, int ldc, ReadOnlySpan<T> row = default)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        if (batch <= 0 || m <= 0 || n <= 0)
            return;
        ArgumentOutOfRangeException.ThrowIfNegative(k);
        if (batch > 1)
            ArgumentOutOfRangeException.ThrowIfZero(strideC); // the results would be written over one another
        CheckFits(c.Length, batch, strideC, m, n, ldc, nameof(c));
        if (k > 0)
        {
            CheckFits(a.Length, batch, strideA, transA ? k : m, transA ? m : k, lda, nameof(a));
            CheckFits(b.Length, batch, strideB, transB ? n : k, transB ? k : n, ldb, nameof(b));
        }
        if (!row.IsEmpty)
            CheckFits(row.Length, 1, 0, 1, n, n, nameof(row));
        fixed (T* pa = a, pb = b, pc = c, pr = row)
        {
            var g = new GemmProblem<T>
            {
                M = m, N = n, K = k, A = pa, B = pb, C = pc, Row = pr, Lda = lda, Ldb = ldb, Ldc = ldc,
                TransA = transA, TransB = transB, Alpha = alpha, Beta = pr is null ? beta : T.One,
            };
            if (batch == 1)
                Run(in g);
            else
                GemmBatch<T>.Run(batch, g, strideA, strideB, strideC);
        }
    }

    /// <summary>Runs one product with the widest vectors of this processor.</summary>
    public static void Run<T>(in GemmProblem<T> g) where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        bool readsD = !T.IsZero(g.Beta), scales = g.Alpha != T.One || (readsD && g.Beta != T.One);
        if (g.K == 0)
            Scale(g);
        else if (OuterProduct<T>.Suits(g))
            OuterProduct<T>.Run(g);
        else if (Gemv<T>.IsDots(g))
            Gemv<T>.Run(g);
        else if (DotProduct<T>.Suits(g))
            DotProduct<T>.Run(g);
        else if ((g.Work >= TurnedProduct.TinyWork || g.M == 1 || g.N == 1) && TurnedProduct.TryRun(g, readsD, scales))
            return;
        else if (g.M == 1 || g.N == 1)
            Gemv<T>.Run(g);
        else
            RunTiles(g, readsD, scales);
    }

    static void RunTiles<T>(in GemmProblem<T> g, bool readsD, bool scales) where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        if (Vector512.IsHardwareAccelerated && Avx512F.IsSupported)
            GemmDriver<Lanes512<T>, Vector512<T>, T>.Run(g, T.One, readsD, scales);
        else if (Vector256.IsHardwareAccelerated && Avx2.IsSupported && Fma.IsSupported)
            GemmDriver<Lanes256<T>, Vector256<T>, T>.Run(g, T.One, readsD, scales);
        else
            GemmDriver<Lanes128<T>, Vector128<T>, T>.Run(g, T.One, readsD, scales);
    }

    /// <summary>Terms after which a sum is added to C; the one blocking constant that shows in results.</summary>
    public const int MaxDepth = 512;

    /// <summary>C = beta·D, what a sum of no terms leaves.</summary>
    static void Scale<T>(in GemmProblem<T> g) where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        for (int i = 0; i < g.M; i++)
        {
            var row = new Span<T>(g.C + i * g.Ldc, g.N);
            if (T.IsZero(g.Beta))
                row.Clear();
            else
                System.Numerics.Tensors.TensorPrimitives.Multiply(new ReadOnlySpan<T>(g.D + i * g.Ldd, g.N), g.Beta, row);
        }
    }

    static void CheckFits(int length, int batch, int distance, int rows, int columns, int stride, string name)
    {
        long needed = (long)(batch - 1) * distance + (long)(rows - 1) * stride + columns;
        if (stride < columns || distance < 0 || needed > length)
            Fail(length, batch, distance, rows, columns, stride, name);
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    static void Fail(int length, int batch, int distance, int rows, int columns, int stride, string name) =>
        throw new ArgumentException(
            $"Gemm: {batch} matrices [{rows}, {columns}] with row stride {stride}, {distance} apart, do not fit " +
            $"{length} elements.", name);
}
