using System.Numerics;
using System.Runtime.CompilerServices;
using Autograd.Kernels;

namespace Autograd;

public static partial class TensorOps
{
    extension(Tensor a)
    {
        /// <summary>The Cholesky factors L, lower triangular, with L·Lᵀ = a for symmetric positive definite matrices. The lower triangle of a is read.</summary>
        /// <param name="aText">The receiver as written, for errors; leave it out.</param>
        /// <returns>[…, n, n] for a […, n, n].</returns>
        /// <remarks>The gradient is symmetric: it is that along symmetric changes of a. Source: Murray, "Differentiation of the Cholesky decomposition", 2016.</remarks>
        /// <exception cref="ShapeException">a is not square.</exception>
        /// <exception cref="DTypeException">The element type is not floating-point.</exception>
        /// <exception cref="LinearAlgebraException">A matrix is not positive definite.</exception>
        public Tensor Cholesky([CallerArgumentExpression(nameof(a))] string? aText = null)
        {
            Throw.IfNotSquare("Cholesky", a, aText);
            return CholeskyOp.Instance.Apply(a);
        }
    }
}

// l·lᵀ = a   ⇒   da = (s + sᵀ)/2,  s = l⁻ᵀ·Φ(lᵀ·dl)·l⁻¹, where Φ takes the lower triangle with half the diagonal
sealed class CholeskyOp : Op, ISampled
{
    public static readonly CholeskyOp Instance = new();

    public static IEnumerable<Sample> Samples =>
    [
        Sample.Of([3, 3], a => (a.MatMul(a.T) + (2 * Tensor.Eye(3, dtype: a.DType))).Cholesky()),
        Sample.Of([2, 2, 2], a => (a.MatMul(a.T) + (2 * Tensor.Eye(2, dtype: a.DType))).Cholesky()),
        Sample.Of([0, 0], a => a.Cholesky()),
    ];

    protected override Saved Saves(ReadOnlySpan<Tensor> inputs) => Saved.Output;

    protected override Tensor Forward(ReadOnlySpan<Tensor> inputs)
    {
        Tensor l = inputs[0].ScopedCopy();
        if (l.DType == DType.Float32) Factor(l.AsWritableSpan<float>(), l.Shape);
        else Factor(l.AsWritableSpan<double>(), l.Shape);
        return l;
    }

    protected override Tensor? Batch(BatchedInputs inputs) => Apply(inputs[0]);

    protected override Tensor? Vjp(int input, Tensor dy, Recorded values)
    {
        Tensor l = values.Y, left = Solve(l, Half(l.T.MatMul(dy)), transposed: true), s = Solve(l, left.T, transposed: true);
        return 0.5 * (s + s.T);
    }

    protected override void Backward(Tensor dy, Recorded values, Gradients gradients)
    {
        Tensor l = values.Y, da = dy.ScopedCopy();
        if (l.DType == DType.Float32) Differentiate(l.AsSpan<float>(), da.AsWritableSpan<float>(), l.Shape[-1]);
        else Differentiate(l.AsSpan<double>(), da.AsWritableSpan<double>(), l.Shape[-1]);
        gradients.Add(0, da);
    }

    protected override Tensor? Jvp(ReadOnlySpan<Tensor> inputs, ReadOnlySpan<Tensor?> tangents, Tensor y)
    {
        Tensor da = tangents[0]!, left = Solve(y, 0.5 * (da + da.T), transposed: false);
        return y.MatMul(Half(Solve(y, left.T, transposed: false)));
    }

    static unsafe void Factor<T>(Span<T> a, Shape shape) where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        int n = shape[-1], matrices = n == 0 ? 0 : a.Length / (n * n);
        int[] done = new int[matrices];
        int group = n <= SmallSystems<T>.MostRows ? SmallSystems<T>.Lanes : 1;
        fixed (T* all = a) MatrixBatch.Run((matrices + group - 1) / group, (double)n * n * n / 2 * group, new Work<T>(n, group, all, done));
        int failed = done.AsSpan().IndexOfAnyExcept(n);
        if (failed >= 0) throw Throw.NotPositiveDefinite(shape, failed, done[failed]);
    }

    readonly unsafe struct Work<T>(int n, int group, T* a, int[] done) : IParallelWork where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        public void Run(int piece)
        {
            int first = piece * group;
            T* matrix = a + ((nint)first * n * n);
            int matrices = Math.Min(group, done.Length - first);
            if (n <= SmallSystems<T>.MostRows) SmallSystems<T>.FactorCholesky(matrices, n, matrix, done.AsSpan(first, matrices));
            else done[piece] = CholeskyKernels.Factor(n, matrix);
        }
    }

    static unsafe void Differentiate<T>(ReadOnlySpan<T> l, Span<T> g, int n) where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        fixed (T* factors = l, all = g) MatrixBatch.Run(n == 0 ? 0 : g.Length / (n * n), (double)n * n * n, new BackwardWork<T>(n, factors, all));
    }

    readonly unsafe struct BackwardWork<T>(int n, T* l, T* g) : IParallelWork where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        public void Run(int piece) => new CholeskyBackward<T>(n, l + ((nint)piece * n * n), g + ((nint)piece * n * n)).Run();
    }

    static Tensor Solve(Tensor l, Tensor b, bool transposed) => new SolveTriangularOp(lower: true, unit: false, transposed).Apply(l, b);

    static Tensor Half(Tensor x) => 0.5 * (x.Tril() + x.Tril(-1));
}
