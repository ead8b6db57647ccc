using Autograd.Kernels;

namespace Autograd;

public static partial class TensorOps
{
    extension(Tensor x)
    {
        /// <summary>Along one axis, the element that the index names; the other positions are the index's own: y[i, j] = x[index[i, j], j] for axis 0.</summary>
        /// <param name="axis">The axis.</param>
        /// <param name="index">Int64, of the same rank, each in [0, size of the axis); along other axes no larger than the tensor. Gives the result its shape.</param>
        /// <exception cref="ShapeException">There is no such axis or index, or the shapes do not fit.</exception>
        /// <exception cref="DTypeException">The index is not Int64.</exception>
        public Tensor Gather(int axis, Tensor index) => x.Gather(axis, index, "Gather");

        Tensor Gather(int axis, Tensor index, string op)
        {
            Throw.IfNull("Gather", x);
            int a = x.Shape.AxisOrScalar(axis, op);
            CheckIndexShape(op, x.Shape, index, a);
            Tensor y = new GatherOp(a, op).Apply(AtLeastVector(x), AtLeastVector(index));
            return y.Reshape(index.Shape.Sizes);
        }

        /// <summary>Along one axis, the element that the index names; the other axes of tensor and index are broadcast.</summary>
        /// <param name="axis">The axis.</param>
        /// <param name="index">Int64, of the same rank, each in [0, size of the axis).</param>
        /// <exception cref="ShapeException">There is no such axis or index, or the shapes do not broadcast.</exception>
        /// <exception cref="DTypeException">The index is not Int64.</exception>
        public Tensor TakeAlongAxis(int axis, Tensor index)
        {
            Throw.IfNull("TakeAlongAxis", x);
            Throw.IfNull("TakeAlongAxis", index);
            int a = x.Shape.AxisOrScalar(axis, "TakeAlongAxis");
            if (index.DType != DType.Int64) throw Throw.IndexType("TakeAlongAxis", index.DType);
            if (index.Rank != x.Rank) throw Throw.IndexRank("TakeAlongAxis", index.Shape, x.Shape);
            if (x.Rank == 0) return x.Gather(0, index, "TakeAlongAxis");
            Shape from = x.Shape.With(a, 1), to = index.Shape.With(a, 1);
            if (!Shape.TryBroadcast(from, to, out Shape all)) throw Throw.Broadcast("TakeAlongAxis", from, to);
            return x.Expand(all.With(a, x.Shape.Sizes[a])).Gather(a, index.Expand(all.With(a, index.Shape.Sizes[a])), "TakeAlongAxis");
        }

        /// <summary>x with elements of <paramref name="source"/> added where the index names: y[index[i, j], j] += source[i, j] for axis 0.</summary>
        /// <param name="axis">The axis.</param>
        /// <param name="index">Int64, of the same rank, each in [0, size of the axis); along other axes no larger than the tensor.</param>
        /// <param name="source">Along every axis at least as large as the index; what lies beyond is not used.</param>
        /// <exception cref="ShapeException">There is no such axis or index, or the shapes do not fit.</exception>
        /// <exception cref="DTypeException">The index is not Int64, or x and source differ in type or are not floating-point.</exception>
        public Tensor ScatterAdd(int axis, Tensor index, Tensor source)
        {
            Throw.IfNull("ScatterAdd", x);
            Throw.IfNull("ScatterAdd", index);
            Throw.IfNull("ScatterAdd", source);
            int a = x.Shape.AxisOrScalar(axis, "ScatterAdd");
            CheckIndexShape("ScatterAdd", x.Shape, index, a);
            Throw.IfNotFloating("ScatterAdd", x, source);
            return new ScatterAddOp(a).Apply(AtLeastVector(x), Covered("ScatterAdd", source, index), AtLeastVector(index)).Reshape(x.Shape.Sizes);
        }
    }

    /// <summary>Along every axis but one, the index must be no larger than the tensor.</summary>
    static void CheckIndexShape(string op, Shape shape, Tensor index, int axis)
    {
        Throw.IfNull(op, index);
        if (index.DType != DType.Int64) throw Throw.IndexType(op, index.DType);
        if (Math.Max(index.Rank, 1) != Math.Max(shape.Rank, 1)) throw Throw.IndexRank(op, index.Shape, shape);
        for (int i = 0; i < Math.Min(index.Rank, shape.Rank); i++)
        {
            if (i != axis && index.Shape.Sizes[i] > shape.Sizes[i] && index.Count > 0) throw Throw.IndexSize(op, i, index.Shape, shape);
        }
    }

    /// <summary>The part of the source that the index covers.</summary>
    static Tensor Covered(string op, Tensor source, Tensor index)
    {
        (source, index) = (AtLeastVector(source), AtLeastVector(index));
        if (source.Rank != index.Rank) throw Throw.IndexRank(op, index.Shape, source.Shape);
        for (int i = 0; i < index.Rank; i++)
        {
            if (index.Shape.Sizes[i] > source.Shape.Sizes[i]) throw Throw.IndexSize(op, i, index.Shape, source.Shape);
            source = source.Slice(i, 0, index.Shape.Sizes[i]);
        }
        return source;
    }

    static Tensor AtLeastVector(Tensor x) => x.Rank == 0 ? x.Reshape(1) : x;
}

// y[i, j] = x[index[i, j], j]   ⇒   dx[k, j] = Σ dy[i, j] over the i with index[i, j] = k
sealed class GatherOp(int axis, string name) : Op, ISampled
{
    public static IEnumerable<Sample> Samples =>
    [
        Sample.Of([3, 4], x => x.Gather(1, Index([2, 2], 0, 3, 3, 0))), Sample.Of([3, 2], x => x.Gather(0, Index([4, 1], 2, 2, 0, 2))),
        Sample.Of([2, 3, 2], x => x.Gather(1, Index([2, 1, 2], 2, 0, 1, 1))), Sample.Of([], x => x.Gather(0, Index([], 0))),
        Sample.Of([2, 3], x => x.TakeAlongAxis(1, Index([1, 2], 2, 0))), Sample.Of([3, 4], x => x.Gather(0, Index([0, 4]))),
    ];

    public override string Name => name;

    protected override Saved Saves(ReadOnlySpan<Tensor> inputs) => Saved.B;

    protected override Tensor Forward(ReadOnlySpan<Tensor> inputs)
    {
        Tensor x = inputs[0].Dense(), index = inputs[1].Dense(), y = Tensor.Empty(index.Shape, x.DType);
        if (!GatherKernels.Gather(x.AsBytes(), x.Shape.Sizes, axis, index.AsSpan<long>(), index.Shape.Sizes, y.AsWritableBytes(), x.DType.Size())) index.Checked(Name, axis, x.Shape);
        return y;
    }

    protected override Tensor? Vjp(int input, Tensor dy, Recorded values) => new ScatterSumOp(axis, values.Shape(0)).Apply(dy, values.B);

    protected override Tensor? Jvp(ReadOnlySpan<Tensor> inputs, ReadOnlySpan<Tensor?> tangents, Tensor y) => Apply(tangents[0]!, inputs[1]);

    protected override Tensor? Batch(BatchedInputs inputs) => new GatherOp(axis + 1, name).Apply(inputs.Full());

    protected override void Backward(Tensor dy, Recorded values, Gradients gradients)
    {
        if (gradients.Needs(0)) ScatterSumOp.AddTo(gradients.Buffer(0, out bool fresh), dy.Dense(), values.B.Dense(), axis, fresh);
    }

    public static Tensor Index(Shape shape, params long[] index) => Tensor.From(index, shape);
}

// y[k, j] = x[k, j] + Σ s[i, j] over the i with index[i, j] = k   ⇒   dx = dy;  ds[i, j] = dy[index[i, j], j]
sealed class ScatterAddOp(int axis) : Op, ISampled
{
    public static IEnumerable<Sample> Samples =>
    [
        Sample.Of([4, 3], [2, 3], (x, s) => x.ScatterAdd(0, GatherOp.Index([2, 3], 0, 3, 0, 0, 3, 2), s)),
        Sample.Of([2, 3], [3, 4], (x, s) => x.ScatterAdd(1, GatherOp.Index([2, 4], 0, 2, 0, 0, 1, 1, 1, 2), s)),
        Sample.Of([], [], (x, s) => x.ScatterAdd(0, GatherOp.Index([], 0), s)),
    ];

    protected override Saved Saves(ReadOnlySpan<Tensor> inputs) => Saved.C;

    protected override Tensor Forward(ReadOnlySpan<Tensor> inputs)
    {
        Tensor index = inputs[2].Dense(), y = Tensor.Empty(inputs[0].Shape, inputs[0].DType);
        RunKernels.Copy(inputs[0].Dense().AsBytes(), y.AsWritableBytes());
        if (!ScatterSumOp.AddTo(y, inputs[1].Dense(), index, axis, fresh: false)) index.Checked(Name, axis, y.Shape);
        return y;
    }

    protected override Tensor? Vjp(int input, Tensor dy, Recorded values) => input == 0 ? dy : dy.Gather(axis, values.C);

    protected override Tensor? Jvp(ReadOnlySpan<Tensor> inputs, ReadOnlySpan<Tensor?> tangents, Tensor y) =>
        tangents[1] is { } ds ? Apply(tangents[0] ?? Tensor.ZerosLike(inputs[0]), ds, inputs[2]) : tangents[0];

    protected override Tensor? Batch(BatchedInputs inputs) => new ScatterAddOp(axis + 1).Apply(inputs.Full());
}

/// <summary>Zeros of a shape to which elements are added where an index names.</summary>
// y[k, j] = Σ x[i, j] over the i with index[i, j] = k   ⇒   dx[i, j] = dy[index[i, j], j]
sealed class ScatterSumOp(int axis, Shape shape) : Op, ISampled
{
    public static IEnumerable<Sample> Samples => [Sample.Of([2, 2], dy => new ScatterSumOp(1, [2, 3]).Apply(dy, GatherOp.Index([2, 2], 0, 0, 2, 1)))];

    public override string Name => "ScatterAdd";

    protected override Saved Saves(ReadOnlySpan<Tensor> inputs) => Saved.B;

    protected override Tensor Forward(ReadOnlySpan<Tensor> inputs)
    {
        if (!inputs[0].DType.IsFloating()) throw Throw.NeedsFloating(Name, inputs[0].DType);
        Tensor index = inputs[1].Dense(), y = Tensor.Empty(shape, inputs[0].DType);
        if (!AddTo(y, inputs[0].Dense(), index, axis, fresh: true)) index.Checked(Name, axis, shape);
        return y;
    }

    protected override Tensor? Vjp(int input, Tensor dy, Recorded values) => dy.Gather(axis, values.B);

    protected override Tensor? Jvp(ReadOnlySpan<Tensor> inputs, ReadOnlySpan<Tensor?> tangents, Tensor y) => Apply(tangents[0]!, inputs[1]);

    protected override Tensor? Batch(BatchedInputs inputs) => new ScatterSumOp(axis + 1, [inputs.Count, .. shape.Sizes]).Apply(inputs.Full());

    /// <summary>False where an index is none of the axis.</summary>
    public static bool AddTo(Tensor y, Tensor x, Tensor index, int axis, bool fresh)
    {
        if (fresh) y.Fill(0);
        ReadOnlySpan<long> indices = index.AsSpan<long>();
        ReadOnlySpan<int> sizes = y.Shape.Sizes, indexSizes = index.Shape.Sizes;
        return x.DType == DType.Float32
            ? GatherKernels.ScatterSum(x.AsSpan<float>(), sizes, axis, indices, indexSizes, y.AsWritableSpan<float>())
            : GatherKernels.ScatterSum(x.AsSpan<double>(), sizes, axis, indices, indexSizes, y.AsWritableSpan<double>());
    }
}
