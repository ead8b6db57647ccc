using System.Runtime.InteropServices;
using Autograd.Kernels;

namespace Autograd;

public static partial class TensorOps
{
    extension(Tensor x)
    {
        /// <summary>x with elements of <paramref name="source"/> in place of those that the index names: y[index[i, j], j] = source[i, j] for axis 0.</summary>
        /// <param name="axis">The axis.</param>
        /// <param name="index">Int64, of the same rank, each in [0, size of the axis); along other axes no larger than the tensor.</param>
        /// <param name="source">Along every axis at least as large as the index; what lies beyond is not used.</param>
        /// <remarks>Where several elements go to one place the last in row-major order stays, and it alone gets the gradient.</remarks>
        /// <exception cref="ShapeException">There is no such axis or index, or the shapes do not fit.</exception>
        /// <exception cref="DTypeException">The index is not Int64, or x and source differ in type.</exception>
        public Tensor Scatter(int axis, Tensor index, Tensor source)
        {
            Throw.IfNull("Scatter", x);
            Throw.IfNull("Scatter", index);
            Throw.IfNull("Scatter", source);
            int a = x.Shape.AxisOrScalar(axis, "Scatter");
            if (x.DType != source.DType) throw Throw.DifferentTypes("Scatter", x.DType, source.DType);
            CheckIndexShape("Scatter", x.Shape, index, a);
            return new ScatterOp(a).Apply(AtLeastVector(x), Covered("Scatter", source, index), AtLeastVector(index)).Reshape(x.Shape.Sizes);
        }

        /// <summary>x with one number in place of the elements that the index names.</summary>
        /// <inheritdoc cref="Scatter(Tensor, int, Tensor, Tensor)"/>
        public Tensor Scatter(int axis, Tensor index, double value)
        {
            Throw.IfNull("Scatter", x);
            Throw.IfNull("Scatter", index);
            return x.Scatter(axis, index, Like(x, value).Expand(index.Shape));
        }
    }
}

// y[index[i, j], j] = s[i, j], else x   ⇒   dx = dy, 0 where something was written;  ds[i, j] = dy[index[i, j], j] where it stayed, else 0
sealed class ScatterOp(int axis) : Op, ISampled
{
    public static IEnumerable<Sample> Samples =>
    [
        Sample.Of([3, 4], [3, 2], (x, s) => x.Scatter(1, GatherOp.Index([3, 2], 0, 2, 3, 1, 2, 0), s)),
        Sample.Of([3, 2], [4, 2], (x, s) => x.Scatter(0, GatherOp.Index([4, 1], 2, 2, 0, 2), s)),
        Sample.Of([2, 3], x => x.Scatter(1, GatherOp.Index([2, 1], 2, 0), 1.5)),
    ];

    protected override Saved Saves(ReadOnlySpan<Tensor> inputs) => Saved.C;

    protected override Tensor Forward(ReadOnlySpan<Tensor> inputs)
    {
        Tensor x = inputs[0], source = inputs[1].Dense(), index = inputs[2].Dense(), y = Tensor.Empty(x.Shape, x.DType);
        Span<byte> target = y.AsWritableBytes();
        RunKernels.Copy(x.Dense().AsBytes(), target);
        if (!GatherKernels.Scatter(source.AsBytes(), y.Shape.Sizes, axis, index.AsSpan<long>(), index.Shape.Sizes, target, y.DType.Size())) index.Checked(Name, axis, x.Shape);
        return y;
    }

    protected override Tensor? Batch(BatchedInputs inputs) => new ScatterOp(axis + 1).Apply(inputs.Full());

    protected override Tensor? Vjp(int input, Tensor dy, Recorded values)
    {
        Tensor index = values.C;
        return input == 0 ? dy.Scatter(axis, index, 0) : Tensor.Where(Stayed(index, values.Shape(0)), dy.Gather(axis, index), 0);
    }

    protected override void Backward(Tensor dy, Recorded values, Gradients gradients)
    {
        if (!gradients.Needs(0) && !gradients.Needs(1)) return;
        dy = dy.Dense();
        Tensor index = values.C.Dense();
        ReadOnlySpan<long> indices = index.AsSpan<long>();
        ReadOnlySpan<int> sizes = dy.Shape.Sizes, indexSizes = index.Shape.Sizes;
        if (gradients.Needs(1))
        {
            Tensor buffer = gradients.Buffer(1, out bool fresh), ds = fresh ? buffer : Tensor.Empty(index.Shape, dy.DType);
            ReadOnlySpan<byte> from = dy.AsBytes();
            Span<byte> to = ds.AsWritableBytes();
            if (dy.DType == DType.Float32) GatherKernels.ScatterBack(MemoryMarshal.Cast<byte, uint>(from), sizes, axis, indices, indexSizes, MemoryMarshal.Cast<byte, uint>(to));
            else GatherKernels.ScatterBack(MemoryMarshal.Cast<byte, ulong>(from), sizes, axis, indices, indexSizes, MemoryMarshal.Cast<byte, ulong>(to));
            if (!fresh) gradients.Add(1, ds);
        }
        if (gradients.Needs(0))
        {
            Tensor buffer = gradients.Buffer(0, out bool fresh), dx = fresh ? buffer : Tensor.Empty(dy.Shape, dy.DType);
            RunKernels.Copy(dy.AsBytes(), dx.AsWritableBytes());
            if (dy.DType == DType.Float32) GatherKernels.Clear(sizes, axis, indices, indexSizes, dx.AsWritableSpan<float>());
            else GatherKernels.Clear(sizes, axis, indices, indexSizes, dx.AsWritableSpan<double>());
            if (!fresh) gradients.Add(0, dx);
        }
    }

    protected override Tensor? Jvp(ReadOnlySpan<Tensor> inputs, ReadOnlySpan<Tensor?> tangents, Tensor y) =>
        Apply(tangents[0] ?? Tensor.ZerosLike(inputs[0]), tangents[1] ?? Tensor.ZerosLike(inputs[1]), inputs[2]);

    /// <summary>Which elements were written last to their place: their own numbers come back from it.</summary>
    Tensor Stayed(Tensor index, Shape shape)
    {
        Tensor numbers = Tensor.Arange(index.Count, DType.Int64).Reshape(index.Shape.Sizes);
        return Tensor.Zeros(shape, DType.Int64).Scatter(axis, index, numbers).Gather(axis, index).Equal(numbers);
    }
}
