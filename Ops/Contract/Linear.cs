using System.Numerics;
using System.Runtime.CompilerServices;
using Autograd.Kernels;

namespace Autograd;

public static partial class TensorOps
{
    extension(Tensor x)
    {
        /// <summary>A fully connected layer: x·weightᵀ + bias over the last axis.</summary>
        /// <param name="weight">[out, in].</param>
        /// <param name="bias">[out], or null for none.</param>
        /// <param name="activation">Applied to the sum, with the same numbers and gradients as its op, without a tensor in between.</param>
        /// <param name="xText">The receiver as written, for errors; leave it out.</param>
        /// <param name="weightText">The weight as written, for errors; leave it out.</param>
        /// <returns>[…, out] for x […, in].</returns>
        /// <exception cref="ShapeException">The sizes do not fit together.</exception>
        /// <exception cref="DTypeException">The element types differ or are not floating-point.</exception>
        /// <exception cref="ArgumentOutOfRangeException">There is no such activation.</exception>
        public Tensor Linear(
            Tensor weight, Tensor? bias = null, Activation activation = Activation.Identity,
            [CallerArgumentExpression(nameof(x))] string? xText = null, [CallerArgumentExpression(nameof(weight))] string? weightText = null)
        {
            Throw.IfNull("Linear", x);
            Throw.IfNull("Linear", weight);
            Throw.IfNotFloating("Linear", x, weight, bias);
            Activations.Check("Linear", activation);
            ReadOnlySpan<int> sizes = x.Shape.Sizes, of = weight.Shape.Sizes;
            if (of.Length != 2) throw Throw.LinearWeight(weight, weightText);
            if (sizes.IsEmpty || sizes[^1] != of[1]) throw Throw.LinearInput(x, weight, xText, weightText);
            if (bias is null) return Activations.Apply(activation, LinearOp.WithoutBias(x, weight));
            return bias.Shape.Sizes is [int outputs] && outputs == of[0]
                ? LinearOp.Of(activation).Apply(x, weight, bias)
                : throw Throw.LinearBias(bias, weight, weightText);
        }
    }
}

// z = x·wᵀ + b,  y = f(z)   ⇒   dz = dy·f′,  dx = dz·w,  dw = dzᵀ·x,  db = Σ dz over the leading axes
sealed class LinearOp(Activation activation) : Op, ISampled
{
    static readonly LinearOp[] Instances = [.. Enum.GetValues<Activation>().Select(activation => new LinearOp(activation))];

    public static IEnumerable<Sample> Samples =>
    [
        new(x => x[0].Linear(x[1], x[2]), new([2, 3]), new([4, 3]), new([4])),
        new(x => x[0].Linear(x[1], x[2]), new([2, 2, 3]), new([4, 3]), new([4])),
        new(x => x[0].Linear(x[1], x[2]), new([3]), new([2, 3]), new([2])),
        new(x => x[0].Linear(x[1], x[2]), new([5, 4]), new([6, 4]), new([6])),
        Sample.Of([2, 2, 3], [4, 3], (x, w) => x.Linear(w)), Sample.Of([3], [4, 3], (x, w) => x.Linear(w)),
        new(x => x[0].Linear(x[1], x[2], Activation.Tanh), new([2, 3]), new([4, 3]), new([4])),
        new(x => x[0].Linear(x[1], x[2], Activation.Sigmoid), new([2, 2, 3]), new([4, 3]), new([4])),
        new(x => x[0].Linear(x[1], x[2], Activation.Relu), new([5, 4]), new([6, 4]), new([6])),
        new(x => x[0].Linear(x[1], x[2], Activation.Relu), new([3]), new([2, 3]), new([2])),
    ];

    public static LinearOp Of(Activation activation) => Instances[(int)activation];

    public override string Name => Activations.Name("Linear", activation);

    public static Tensor WithoutBias(Tensor x, Tensor weight)
    {
        MatrixForm form = FormOf(x.Shape);
        return MatMulOp.Of(form, MatrixForm.Transposed, form).Apply(x, weight);
    }

    protected override Saved Saves(ReadOnlySpan<Tensor> inputs) =>
        (inputs[0].RequiresGrad ? Saved.B : Saved.Nothing) | (inputs[1].RequiresGrad ? Saved.A : Saved.Nothing) | Activations.Saves(activation);

    protected override Tensor Forward(ReadOnlySpan<Tensor> inputs)
    {
        Tensor x = inputs[0], weight = inputs[1], bias = inputs[2].Dense();
        Shape shape = x.Shape;
        ReadOnlySpan<int> sizes = weight.Shape.Sizes;
        int outputs = sizes[0], inner = sizes[1];
        Tensor y = Tensor.Empty(shape.With(shape.Rank - 1, outputs), x.DType);
        if (IsTiny(shape, outputs) && x.IsDense && weight.IsDense)
        {
            if (x.DType == DType.Float32) Forward<float>(x, weight, bias, y, outputs, inner);
            else Forward<double>(x, weight, bias, y, outputs, inner);
            return y;
        }
        MatrixForm form = FormOf(x.Shape);
        Matrices.Multiply(x, form, weight, MatrixForm.Transposed, y, form, form.Batch(x.Shape), accumulate: false, bias);
        Activations.Overwrite(activation, y);
        return y;
    }

    protected override Tensor? Batch(BatchedInputs inputs)
    {
        if (!inputs.IsBatched(1) && !inputs.IsBatched(2)) return Apply(inputs[0], inputs[1], inputs[2]);
        MatrixForm form = FormOf(inputs.Shape(0));
        int rank = Math.Max(inputs.Shape(0).Rank, form.Axes);
        Tensor y = MatMulOp.Of(form, MatrixForm.Transposed, form).Apply(inputs.Aligned(0, rank), inputs.Aligned(1, rank - form.Axes + 2));
        return Activations.Apply(activation, y + inputs.Aligned(2, inputs.Shape(0).Rank));
    }

    protected override Tensor Vjp(int input, Tensor dy, Recorded values)
    {
        if (activation != Activation.Identity) dy = Activations.Chain(activation, dy, values.Y);
        if (input == 2) return dy.SumTo(values.Shape(2));
        MatrixForm form = FormOf(dy.Shape);
        return MatMulOp.Derivative(input, dy, form, values.Input(1 - input), form, MatrixForm.Transposed).SumTo(values.Shape(input));
    }

    protected override Tensor? Jvp(ReadOnlySpan<Tensor> inputs, ReadOnlySpan<Tensor?> tangents, Tensor y)
    {
        Tensor? dy = tangents[2]?.Expand(y.Shape);
        if (tangents[0] is { } dx) dy = Tangents.Plus(dy, WithoutBias(dx, inputs[1]));
        if (tangents[1] is { } dw) dy = Tangents.Plus(dy, WithoutBias(inputs[0], dw));
        return dy is null ? null : Activations.Chain(activation, dy, y);
    }

    protected override void Backward(Recorded values, Gradients gradients)
    {
        if (!IsTiny(values.Shape(0), values.Shape(1).Sizes[0])) base.Backward(values, gradients);
        else if (values.DType(0) == DType.Float32) BackwardTiny<float>(values, gradients);
        else BackwardTiny<double>(values, gradients);
    }

    void BackwardTiny<T>(Recorded values, Gradients gradients) where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        ReadOnlySpan<int> sizes = values.Shape(1).Sizes;
        int outputs = sizes[0], inputs = sizes[1];
        ReadOnlySpan<T> dz = Activations.Chain<T>(activation, values, gradients);
        int rows = Rows(values.Shape(0));
        if (gradients.TryAsSpan(0, out Span<T> dx, out bool fresh)) TinyProduct.Multiply(rows, inputs, outputs, dz, (outputs, 1), values.AsSpan<T>(1), (inputs, 1), dx, !fresh);
        if (gradients.TryAsSpan(1, out Span<T> dw, out fresh)) TinyProduct.Multiply(outputs, inputs, rows, dz, (1, outputs), values.AsSpan<T>(0), (inputs, 1), dw, !fresh);
        if (gradients.TryAsSpan(2, out Span<T> db, out fresh)) TinyProduct.Sum(rows, outputs, dz, db, !fresh);
    }

    protected override void Backward(Tensor dy, Recorded values, Gradients gradients)
    {
        if (activation != Activation.Identity) dy = Activations.Chain(activation, dy, values, gradients);
        if (IsDense(dy, values, gradients))
        {
            if (dy.DType == DType.Float32) Backward<float>(dy, values, gradients);
            else Backward<double>(dy, values, gradients);
            return;
        }
        MatrixForm form = FormOf(dy.Shape);
        for (int i = 0; i < 2; i++)
        {
            if (gradients.Needs(i)) MatMulOp.Accumulate(i, dy, form, values.Input(1 - i), form, MatrixForm.Transposed, gradients);
        }
        if (gradients.Needs(2)) gradients.Add(2, dy.SumTo(values.Shape(2)));
    }

    /// <summary>Whether nothing is empty and all that backward reads lies densely, so that it needs no handles.</summary>
    static bool IsDense(Tensor dy, Recorded values, Gradients gradients) =>
        dy.IsDense && dy.Count > 0 && values.Shape(0).ElementCount > 0 && (!gradients.Needs(0) || values.IsDense(1)) && (!gradients.Needs(1) || values.IsDense(0));

    /// <summary>Whether the choice of a kernel would take longer than the work; there is some.</summary>
    static bool IsTiny(Shape x, int outputs) => x.ElementCount * (long)outputs is > 0 and <= TinyProduct.MaxWork;

    void Forward<T>(Tensor x, Tensor weight, Tensor bias, Tensor y, int outputs, int inputs) where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        Span<T> sums = y.AsWritableSpan<T>();
        TinyProduct.Multiply(
            Rows(x.Shape), outputs, inputs, x.AsSpan<T>(), (inputs, 1), weight.AsSpan<T>(), (1, inputs), sums, accumulate: false, bias.AsSpan<T>());
        Activations.Overwrite(activation, sums);
    }

    static void Backward<T>(Tensor dy, Recorded values, Gradients gradients) where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        int outputs = values.Shape(1).Sizes[0], inputs = values.Shape(1).Sizes[1], rows = Rows(values.Shape(0));
        ReadOnlySpan<T> d = dy.AsSpan<T>();
        if (gradients.TryAsSpan(0, out Span<T> dx, out bool fresh))
            Gemm.Multiply(rows, inputs, outputs, T.One, d, outputs, false, values.AsSpan<T>(1), inputs, false, fresh ? T.Zero : T.One, dx, inputs);
        if (gradients.TryAsSpan(1, out Span<T> dw, out fresh))
            Gemm.Multiply(outputs, inputs, rows, T.One, d, outputs, true, values.AsSpan<T>(0), inputs, false, fresh ? T.Zero : T.One, dw, inputs);
        if (!gradients.TryAsSpan(2, out Span<T> db, out fresh)) return;
        if (fresh) FoldKernels.Fold<T, Adding<T>>(d, [rows, outputs], 1, db);
        else gradients.Add(2, dy.SumTo(values.Shape(2)));
    }

    /// <summary>The number of rows of an x that is not empty; of a matrix without a division, which takes as long as a tiny product.</summary>
    static int Rows(Shape x) => x.Rank == 2 ? x.Sizes[0] : x.ElementCount / x.Sizes[^1];

    static MatrixForm FormOf(Shape x) => x.Rank == 1 ? MatrixForm.Row : MatrixForm.Plain;
}
