using System.Numerics;
using System.Runtime.CompilerServices;
using Autograd.Kernels;

namespace Autograd;

public static partial class TensorOps
{
    extension(Tensor a)
    {
        /// <summary>The solution x of the linear systems a·x = b, where a is triangular: its other triangle is not read.</summary>
        /// <param name="b">[…, n, k], whose axes in front are broadcast with those of a, or a vector [n].</param>
        /// <param name="upper">Whether the upper triangle is meant, or the lower.</param>
        /// <param name="unitDiagonal">Takes the diagonal as ones, without reading it.</param>
        /// <param name="aText">The receiver as written, for errors; leave it out.</param>
        /// <param name="bText">The argument as written, for errors; leave it out.</param>
        /// <returns>[…, n, k], or [n], for a […, n, n].</returns>
        /// <remarks>Source of the derivatives: Giles, "An extended collection of matrix derivative results", 2008.</remarks>
        /// <exception cref="ShapeException">a is not square, or b does not fit.</exception>
        /// <exception cref="DTypeException">The element types differ or are not floating-point.</exception>
        /// <exception cref="LinearAlgebraException">There is a zero on a diagonal.</exception>
        public Tensor SolveTriangular(
            Tensor b, bool upper, bool unitDiagonal = false,
            [CallerArgumentExpression(nameof(a))] string? aText = null, [CallerArgumentExpression(nameof(b))] string? bText = null)
        {
            Throw.IfNoSystem("SolveTriangular", a, b, aText, bText);
            SolveTriangularOp op = new(!upper, unitDiagonal, transposed: false);
            return b.Rank == 1 ? op.Solve(a, b.Unsqueeze(1)).Squeeze(-1) : op.Solve(a, b);
        }
    }
}

// a·x = b   ⇒   db = a⁻ᵀ·dx,  da = −db·xᵀ in the triangle
sealed class SolveTriangularOp(bool lower, bool unit, bool transposed) : LinearSolveOp(transposed), ISampled
{
    public static IEnumerable<Sample> Samples =>
    [
        Sample.Of([3, 3], [3, 2], (a, b) => Regular(a).SolveTriangular(b, upper: false)), Sample.Of([3, 3], [3], (a, b) => Regular(a).SolveTriangular(b, upper: true)),
        Sample.Of([2, 3, 3], [3, 2], (a, b) => a.SolveTriangular(b, upper: true, unitDiagonal: true), -1, 1),
        Sample.Of([2, 2], [2, 3, 2, 1], (a, b) => a.SolveTriangular(b, upper: false, unitDiagonal: true), -1, 1),
    ];

    protected override Tensor Forward(ReadOnlySpan<Tensor> inputs)
    {
        Tensor a = inputs[0].Dense(), x = inputs[1].ScopedCopy();
        if (x.DType == DType.Float32) Solve(a.AsSpan<float>(), x.AsWritableSpan<float>(), a.Shape, x.Shape[-1]);
        else Solve(a.AsSpan<double>(), x.AsWritableSpan<double>(), a.Shape, x.Shape[-1]);
        return x;
    }

    protected override LinearSolveOp With(bool transposed, bool sameMatrices) => new SolveTriangularOp(lower, unit, transposed);

    protected override Tensor Read(Tensor da) => lower ? da.Tril(unit ? -1 : 0) : da.Triu(unit ? 1 : 0);

    unsafe void Solve<T>(ReadOnlySpan<T> a, Span<T> x, Shape shape, int k) where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        int n = shape[-1], size = n * n;
        for (int i = 0; i < a.Length && !unit; i += i % size == size - 1 ? 1 : n + 1)
        {
            if (a[i] == T.Zero) throw Throw.Singular(Name, shape, i / size, i % size / (n + 1));
        }
        fixed (T* triangles = a, all = x) MatrixBatch.Run(n == 0 ? 0 : a.Length / size, (double)n * n * k, new Work<T>(n, k, triangles, lower, Transposed, unit, all));
    }

    readonly unsafe struct Work<T>(int n, int k, T* triangles, bool lower, bool transposed, bool unit, T* x) : IParallelWork where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        public void Run(int piece) => TriangularKernels.Solve(n, k, triangles + ((nint)piece * n * n), n, lower, transposed, unit, x + ((nint)piece * n * k), k);
    }

    protected override void AddLeft(Tensor p, Tensor q, Gradients gradients)
    {
        Tensor da = gradients.Buffer(0, out bool fresh);
        if (p.DType == DType.Float32) AddLeft(p.Dense().AsSpan<float>(), q.Dense().AsSpan<float>(), da.AsWritableSpan<float>(), p.Shape, fresh);
        else AddLeft(p.Dense().AsSpan<double>(), q.Dense().AsSpan<double>(), da.AsWritableSpan<double>(), p.Shape, fresh);
    }

    unsafe void AddLeft<T>(ReadOnlySpan<T> p, ReadOnlySpan<T> q, Span<T> da, Shape shape, bool fresh) where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        int n = shape[-2], k = shape[-1];
        fixed (T* left = p, right = q, all = da) MatrixBatch.Run(n == 0 ? 0 : da.Length / (n * n), (double)n * n * k / 2, new ProductWork<T>(n, k, left, right, lower, unit, all, !fresh));
    }

    readonly unsafe struct ProductWork<T>(int n, int k, T* p, T* q, bool lower, bool unit, T* da, bool adds) : IParallelWork where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        public void Run(int piece) =>
            TriangularKernels.MultiplyTransposed(n, k, p + ((nint)piece * n * k), q + ((nint)piece * n * k), lower, unit, da + ((nint)piece * n * n), adds);
    }

    static Tensor Regular(Tensor a) => a + (4 * Tensor.Eye(a.Shape[-1], dtype: a.DType));
}
