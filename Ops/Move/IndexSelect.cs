using Autograd.Kernels;

namespace Autograd;

public static partial class TensorOps
{
    extension(Tensor x)
    {
        /// <summary>The parts at the given indices of an axis, in their order; an index may be named several times.</summary>
        /// <param name="axis">The axis.</param>
        /// <param name="index">Int64, [m], each in [0, size of the axis); the result has m parts. A scalar counts as a vector of one.</param>
        /// <exception cref="ShapeException">There is no such axis or index, or the indices are no vector.</exception>
        /// <exception cref="DTypeException">The indices are not Int64.</exception>
        public Tensor IndexSelect(int axis, Tensor index)
        {
            Throw.IfNull("IndexSelect", x);
            int a = x.Shape.AxisOrScalar(axis, "IndexSelect");
            Throw.IfNull("IndexSelect", index);
            if (index.Rank > 1) throw Throw.IndexVector("IndexSelect", index.Shape);
            Tensor y = new IndexSelectOp(a).Apply(AtLeastVector(x), AtLeastVector(index));
            return x.Rank == 0 && index.Count == 1 ? y.Reshape() : y;
        }

        /// <summary>x with the parts of <paramref name="source"/> added at the given indices of an axis; parts with the same index add up.</summary>
        /// <param name="axis">The axis.</param>
        /// <param name="index">Int64, [m], each in [0, size of the axis).</param>
        /// <param name="source">The tensor's shape, but with m along the axis.</param>
        /// <exception cref="ShapeException">There is no such axis or index, or the shapes do not fit.</exception>
        /// <exception cref="DTypeException">The indices are not Int64, or x and source differ in type or are not floating-point.</exception>
        public Tensor IndexAdd(int axis, Tensor index, Tensor source)
        {
            Throw.IfNull("IndexAdd", x);
            Throw.IfNull("IndexAdd", index);
            Throw.IfNull("IndexAdd", source);
            int a = x.Shape.AxisOrScalar(axis, "IndexAdd");
            if (index.Rank > 1) throw Throw.IndexVector("IndexAdd", index.Shape);
            Throw.IfNotFloating("IndexAdd", x, source);
            Shape shape = AtLeastVector(x).Shape, expected = shape.With(a, index.Count);
            if (AtLeastVector(source).Shape != expected) throw Throw.IndexAddShape(source.Shape, expected);
            return x + new IndexSumOp(a, shape, IndexSelectOp.NoPadding, "IndexAdd").Apply(AtLeastVector(source), AtLeastVector(index)).Reshape(x.Shape.Sizes);
        }
    }

    extension(Tensor)
    {
        /// <summary>One row of a table for each index.</summary>
        /// <param name="index">Int64, any shape, each in [0, n).</param>
        /// <param name="weight">The table, [n, …].</param>
        /// <param name="paddingIndex">A row that gets no gradient; null for none. Negative counts from the end.</param>
        /// <returns>The index's sizes, then those of a row.</returns>
        /// <exception cref="ShapeException">There is no such index, or the table is a scalar.</exception>
        /// <exception cref="DTypeException">The indices are not Int64.</exception>
        public static Tensor Embedding(Tensor index, Tensor weight, int? paddingIndex = null)
        {
            Throw.IfNull("Embedding", index);
            Throw.IfNull("Embedding", weight);
            int n = weight.Shape[weight.Shape.Axis(0, "Embedding")], padding = paddingIndex is { } p ? p < 0 ? p + n : p : IndexSelectOp.NoPadding;
            if (paddingIndex is { } given && (uint)padding >= (uint)n) throw Throw.NoSuchIndex("Embedding", given, 0, weight.Shape);
            Tensor rows = new IndexSelectOp(0, padding, "Embedding").Apply(weight, index.Reshape(index.Count));
            return rows.Reshape([.. index.Shape.Sizes, .. weight.Shape.Sizes[1..]]);
        }
    }
}

// y[j] = x[index[j]]   ⇒   dx[i] = Σ dy[j] over the j with index[j] = i; nothing for the padding row
sealed class IndexSelectOp(int axis, int padding = IndexSelectOp.NoPadding, string name = "IndexSelect") : Op, ISampled
{
    public const int NoPadding = -1;

    public static IEnumerable<Sample> Samples =>
    [
        Sample.Of([3, 4], x => x.IndexSelect(1, Of(2, 0, 2))), Sample.Of([3, 2], x => x.IndexSelect(0, Of(1, 1, 0))), Sample.Of([3], x => x.IndexSelect(0, Of())),
        Sample.Of([4, 2], [3, 2], (x, s) => x.IndexAdd(0, Of(1, 3, 1), s)), Sample.Of([2, 3], [2, 2], (x, s) => x.IndexAdd(1, Of(2, 0), s)),
        Sample.Of([4, 2], w => Tensor.Embedding(Of(3, 0, 3, 1).Reshape(2, 2), w)),
    ];

    public override string Name => name;

    protected override Saved Saves(ReadOnlySpan<Tensor> inputs) => Saved.B;

    protected override Tensor Forward(ReadOnlySpan<Tensor> inputs)
    {
        Tensor x = inputs[0].Dense(), index = inputs[1].Dense();
        ReadOnlySpan<long> indices = index.Checked(name, axis, x.Shape);
        Tensor y = Tensor.Empty(x.Shape.With(axis, indices.Length), x.DType);
        (int outer, int size, int inner) = x.Shape.Around(axis);
        IndexKernels.Select(x.AsBytes(), outer, size, inner * x.DType.Size(), indices, y.AsWritableBytes());
        return y;
    }

    protected override Tensor? Vjp(int input, Tensor dy, Recorded values) => new IndexSumOp(axis, values.Shape(0), padding, name).Apply(dy, values.B);

    protected override Tensor? Jvp(ReadOnlySpan<Tensor> inputs, ReadOnlySpan<Tensor?> tangents, Tensor y) => Apply(tangents[0]!, inputs[1]);

    protected override Tensor? Batch(BatchedInputs inputs)
    {
        if (!inputs.IsBatched(1)) return new IndexSelectOp(axis + 1, padding, name).Apply(inputs[0], inputs[1]);
        if (inputs.IsBatched(0)) return null;
        // The indices of all samples one after the other, and the axis that counts samples brought to the front.
        int m = inputs.Shape(1)[0];
        Tensor y = Apply(inputs[0], inputs[1].Reshape(inputs.Count * m));
        return y.Reshape([.. y.Shape.Sizes[..axis], inputs.Count, m, .. y.Shape.Sizes[(axis + 1)..]]).MoveAxis(axis, 0);
    }

    protected override void Backward(Tensor dy, Recorded values, Gradients gradients)
    {
        if (!gradients.Needs(0)) return;
        Tensor dx = gradients.Buffer(0, out bool fresh);
        IndexSumOp.AddTo(dx, dy.Dense(), values.B.Dense(), axis, padding, fresh);
    }

    static Tensor Of(params long[] index) => Tensor.From(index);
}

/// <summary>Zeros of a shape to which the parts of a tensor are added by index.</summary>
// y[i] = Σ x[j] over the j with index[j] = i   ⇒   dx[j] = dy[index[j]]
sealed class IndexSumOp(int axis, Shape shape, int padding, string name) : Op, ISampled
{
    public static IEnumerable<Sample> Samples =>
    [
        Sample.Of([3, 2], x => new IndexSumOp(0, [4, 2], IndexSelectOp.NoPadding, "IndexSum").Apply(x, Tensor.From(new long[] { 1, 3, 1 }))),
        Sample.Of([2, 4], x => new IndexSumOp(1, [2, 3], 2, "IndexSum").Apply(x, Tensor.From(new long[] { 0, 2, 0, 1 }))),
    ];

    public override string Name => name;

    protected override Saved Saves(ReadOnlySpan<Tensor> inputs) => Saved.B;

    protected override Tensor Forward(ReadOnlySpan<Tensor> inputs)
    {
        if (!inputs[0].DType.IsFloating()) throw Throw.NeedsFloating(name, inputs[0].DType);
        Tensor index = inputs[1].Dense(), y = Tensor.Empty(shape, inputs[0].DType);
        index.Checked(name, axis, shape);
        AddTo(y, inputs[0].Dense(), index, axis, padding, fresh: true);
        return y;
    }

    protected override Tensor? Vjp(int input, Tensor dy, Recorded values)
    {
        Tensor dx = dy.IndexSelect(axis, values.B);
        return padding < 0 ? dx : dx.MaskedFill(Column(values.B.Equal(Tensor.Scalar(padding, DType.Int64))), 0);
    }

    protected override Tensor? Jvp(ReadOnlySpan<Tensor> inputs, ReadOnlySpan<Tensor?> tangents, Tensor y) => Apply(tangents[0]!, inputs[1]);

    protected override Tensor? Batch(BatchedInputs inputs) => inputs.IsBatched(1)
        ? null
        : new IndexSumOp(axis + 1, [inputs.Count, .. shape.Sizes], padding, name).Apply(inputs[0], inputs[1]);

    public static void AddTo(Tensor y, Tensor x, Tensor index, int axis, int padding, bool fresh)
    {
        if (fresh) y.Fill(0);
        (int outer, int size, int inner) = y.Shape.Around(axis);
        ReadOnlySpan<long> indices = index.AsSpan<long>();
        if (x.DType == DType.Float32) IndexKernels.Sum(x.AsSpan<float>(), outer, size, inner, indices, padding, y.AsWritableSpan<float>());
        else IndexKernels.Sum(x.AsSpan<double>(), outer, size, inner, indices, padding, y.AsWritableSpan<double>());
    }

    /// <summary>A vector along the axis, with axes of size 1 behind, so that it broadcasts.</summary>
    Tensor Column(Tensor mask)
    {
        int[] sizes = new int[shape.Rank - axis];
        sizes.AsSpan().Fill(1);
        sizes[0] = mask.Count;
        return mask.Reshape(sizes);
    }
}
