using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Autograd.Kernels;

/// <summary>A column times a row, C = a·b, or C = a·b + D: products whose sums have one term, such as the weight gradient of a single sample.</summary>
/// <remarks>Bound by writing C. So nothing is packed, C is gone through once, in rows, and all threads write. Rounded as Note [Order of sums] says.</remarks>
readonly unsafe struct OuterProduct<T>(GemmProblem<T> g, int each) : IParallelWork where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    const int ChunkElements = 1 << 14;

    /// <summary>Whether a product is one, with the row's elements side by side. A row or a column alone is left to kernels that take these for what they are.</summary>
    public static bool Suits(in GemmProblem<T> g) => g.K == 1 && g.M > 1 && g.N > 1 && (!g.TransB || g.Ldb == 1);

    public static void Run(in GemmProblem<T> g)
    {
        int each = Math.Max(1, ChunkElements / g.N), chunks = (g.M + each - 1) / each;
        OuterProduct<T> job = new(g, each);
        if (chunks == 1) job.Run(0);
        else Parallelism.Run(chunks, job);
    }

    public void Run(int chunk)
    {
        int end = Math.Min(g.M, (chunk + 1) * each);
        if (T.IsZero(g.Beta)) Rows<No>(chunk * each, end);
        else Rows<Yes>(chunk * each, end);
    }

    [MethodImpl(Jit.Loop)]
    void Rows<TAdds>(int row, int end) where TAdds : struct, IFlag
    {
        nint step = g.TransA ? 1 : g.Lda;
        nuint width = (nuint)Vector512<T>.Count, n = (nuint)g.N;
        Vector512<T> alpha = Vector512.Create(g.Alpha), beta = Vector512.Create(g.Beta);
        for (; row < end; row++)
        {
            Vector512<T> factor = Vector512.Create(g.A[row * step]);
            T* c = g.C + (row * g.Ldc), d = g.D + (row * g.Ldd);
            nuint i = 0;
            for (; i + width <= n; i += width)
            {
                Vector512<T> product = VectorOps.Fma(factor, Vector512.Load(g.B + i), default);
                (TAdds.Value ? VectorOps.Fma(alpha, product, beta * Vector512.Load(d + i)) : alpha * product).Store(c + i);
            }
            if (i == n) continue;
            Vector512<T> last = VectorOps.Fma(factor, Tail.Load(g.B + i, n - i, default), default);
            Tail.Store(TAdds.Value ? VectorOps.Fma(alpha, last, beta * Tail.Load(d + i, n - i, default)) : alpha * last, c + i, n - i);
        }
    }
}
