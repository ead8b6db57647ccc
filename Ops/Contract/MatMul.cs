using System.Runtime.CompilerServices;

namespace Autograd;

public static partial class TensorOps
{
    extension(Tensor a)
    {
        /// <summary>The matrix product a·b over the last two axes; the axes in front of them are broadcast.</summary>
        /// <param name="b">[…, k, n], or [k].</param>
        /// <param name="aText">The receiver as written, for errors; leave it out.</param>
        /// <param name="bText">The argument as written, for errors; leave it out.</param>
        /// <returns>
        /// […, m, n] for a [..., m, k]. A vector on the left is a row, a vector on the right a column, and the result lacks that axis:
        /// [k]·[k] is a scalar, [m, k]·[k] is [m], [k]·[k, n] is [n].
        /// </returns>
        /// <remarks>Transposed factors are read where they are, without a copy.</remarks>
        /// <exception cref="ShapeException">The inner sizes differ, the batch axes do not broadcast, or an input is a scalar.</exception>
        /// <exception cref="DTypeException">The element types differ or are not floating-point.</exception>
        public Tensor MatMul(Tensor b, [CallerArgumentExpression(nameof(a))] string? aText = null, [CallerArgumentExpression(nameof(b))] string? bText = null)
        {
            Throw.IfNull("MatMul", a);
            Throw.IfNull("MatMul", b);
            if (a.Rank == 0 || b.Rank == 0) throw Throw.MatMulScalar(a.Rank == 0 ? a : b, a.Rank == 0 ? aText : bText, a.Rank == 0 ? "a" : "b");
            MatrixForm formA = a.Rank == 1 ? MatrixForm.Row : MatrixForm.Plain, formB = b.Rank == 1 ? MatrixForm.Column : MatrixForm.Plain;
            if (a.Shape[-1] != formB.Rows(b.Shape)) throw Throw.MatMulInner(a, b, aText, bText);
            if (!Shape.TryBroadcast(formA.Batch(a.Shape), formB.Batch(b.Shape), out _)) throw Throw.MatMulBatch(a, b, aText, bText);
            MatrixForm formC = (a.Rank, b.Rank) switch
            {
                (1, 1) => MatrixForm.Number,
                (1, _) => MatrixForm.Row,
                (_, 1) => MatrixForm.Column,
                _ => MatrixForm.Plain,
            };
            return MatMulOp.Of(formA, formB, formC).Apply(a, b);
        }

        /// <summary>The products of all elements of two vectors: c[i, j] = a[i]·b[j].</summary>
        /// <param name="b">[n].</param>
        /// <returns>[m, n] for a [m].</returns>
        /// <exception cref="ShapeException">An input is no vector.</exception>
        /// <exception cref="DTypeException">The element types differ or are not floating-point.</exception>
        public Tensor Outer(Tensor b)
        {
            Throw.IfNull("Outer", a);
            Throw.IfNull("Outer", b);
            Throw.IfNotFloating("Outer", a, b);
            if (a.Rank != 1 || b.Rank != 1) throw Throw.OuterRank(a.Shape, b.Shape);
            return MatMulOp.Of(MatrixForm.Column, MatrixForm.Row, MatrixForm.Plain).Apply(a, b);
        }
    }
}

// c = a·b   ⇒   da = dc·bᵀ,  db = aᵀ·dc,  summed over the batch axes that were broadcast.
// The forms say which factor is transposed and which axis a vector lacks, so every derivative is a product of the same kind.
sealed class MatMulOp : Op, ISampled
{
    const int Forms = 5;
    static readonly MatMulOp?[] Shared = new MatMulOp?[Forms * Forms * Forms];

    readonly MatrixForm _a, _b, _c;

    MatMulOp(MatrixForm a, MatrixForm b, MatrixForm c) => (_a, _b, _c) = (a, b, c);

    public static IEnumerable<Sample> Samples =>
    [
        Sample.Of([2, 3], [3, 4], (a, b) => a.MatMul(b)), Sample.Of([3], [3], (a, b) => a.MatMul(b)),
        Sample.Of([2, 3], [3], (a, b) => a.MatMul(b)), Sample.Of([3], [3, 2], (a, b) => a.MatMul(b)),
        Sample.Of([2, 3, 4], [2, 4, 2], (a, b) => a.MatMul(b)), Sample.Of([2, 3, 4], [4, 2], (a, b) => a.MatMul(b)),
        Sample.Of([2, 3], [4, 3, 2], (a, b) => a.MatMul(b)), Sample.Of([2, 1, 2, 3], [3, 3, 2], (a, b) => a.MatMul(b)),
        Sample.Of([2, 3, 4], [4], (a, b) => a.MatMul(b)), Sample.Of([3], [2, 3, 2], (a, b) => a.MatMul(b)),
        Sample.Of([2], [3], (a, b) => a.Outer(b)),
    ];

    public static MatMulOp Of(MatrixForm a, MatrixForm b, MatrixForm c) =>
        Shared[(((int)a * Forms) + (int)b) * Forms + (int)c] ??= new MatMulOp(a, b, c);

    /// <summary>The gradient of one factor of a product, recorded, before broadcasting is undone.</summary>
    public static Tensor Derivative(int input, Tensor dy, MatrixForm formC, Tensor other, MatrixForm formA, MatrixForm formB) => input == 0
        ? formA == MatrixForm.Transposed
            ? Of(formB, formC.T, MatrixForm.Plain).Apply(other, dy)
            : Of(formC, formB.T, formA).Apply(dy, other)
        : formB == MatrixForm.Transposed
            ? Of(formC.T, formA, MatrixForm.Plain).Apply(dy, other)
            : Of(formA.T, formC, formB).Apply(other, dy);

    /// <summary>Adds the gradient of one factor, [the factor's shape], straight into its buffer.</summary>
    public static void Accumulate(
        int input, Tensor dy, MatrixForm formC, Tensor other, MatrixForm formA, MatrixForm formB, Gradients gradients)
    {
        Tensor dx = gradients.Buffer(input, out bool fresh);
        Shape batch = formC.Batch(dy.Shape);
        if (input == 0)
        {
            if (formA == MatrixForm.Transposed) Matrices.Multiply(other, formB, dy, formC.T, dx, MatrixForm.Plain, batch, !fresh);
            else Matrices.Multiply(dy, formC, other, formB.T, dx, formA, batch, !fresh);
        }
        else
        {
            if (formB == MatrixForm.Transposed) Matrices.Multiply(dy, formC.T, other, formA, dx, MatrixForm.Plain, batch, !fresh);
            else Matrices.Multiply(other, formA.T, dy, formC, dx, formB, batch, !fresh);
        }
    }

    protected override Saved Saves(ReadOnlySpan<Tensor> inputs) =>
        (inputs[0].RequiresGrad ? Saved.B : Saved.Nothing) | (inputs[1].RequiresGrad ? Saved.A : Saved.Nothing);

    protected override Tensor Forward(ReadOnlySpan<Tensor> inputs)
    {
        Throw.IfNotFloating(this, inputs);
        Tensor a = inputs[0], b = inputs[1];
        if (!Shape.TryBroadcast(_a.Batch(a.Shape), _b.Batch(b.Shape), out Shape batch)) throw Throw.Broadcast(Name, a.Shape, b.Shape);
        Tensor c = Tensor.Empty(_c.Compose(batch, _a.Rows(a.Shape), _b.Columns(b.Shape)), a.DType);
        Matrices.Multiply(a, _a, b, _b, c, _c, batch, accumulate: false);
        return c;
    }

    protected override Tensor? Batch(BatchedInputs inputs)
    {
        int batch = Math.Max(inputs.Shape(0).Rank - _a.Axes, inputs.Shape(1).Rank - _b.Axes);
        return Apply(inputs.Aligned(0, batch + _a.Axes), inputs.Aligned(1, batch + _b.Axes));
    }

    protected override Tensor Vjp(int input, Tensor dy, Recorded values) =>
        Derivative(input, dy, _c, values.Input(1 - input), _a, _b).SumTo(values.Shape(input));

    protected override Tensor? Jvp(ReadOnlySpan<Tensor> inputs, ReadOnlySpan<Tensor?> tangents, Tensor y)
    {
        Tensor? left = tangents[0] is { } da ? Apply(da, inputs[1]) : null, right = tangents[1] is { } db ? Apply(inputs[0], db) : null;
        return left is null ? right : right is null ? left : left + right;
    }

    protected override void Backward(Tensor dy, Recorded values, Gradients gradients)
    {
        for (int i = 0; i < 2; i++)
        {
            if (gradients.Needs(i)) Accumulate(i, dy, _c, values.Input(1 - i), _a, _b, gradients);
        }
    }
}
