using System.Numerics;
using Autograd.Kernels;

namespace Autograd;

public static partial class TensorOps
{
    extension(Tensor x)
    {
        /// <summary>The position of the greatest element in row-major order, an Int64 scalar; the first among equals, the first NaN if there is one.</summary>
        /// <exception cref="ShapeException">There are no elements.</exception>
        /// <exception cref="DTypeException">The element type is Bool.</exception>
        public Tensor ArgMax() => ArgOp.Flat(x, true);

        /// <summary>The positions of the greatest elements along one axis, Int64; the first among equals, the first NaN if there is one.</summary>
        /// <param name="axis">The axis; a negative one counts from the end.</param>
        /// <param name="keepAxis">Keeps the axis, with size 1, instead of dropping it.</param>
        /// <exception cref="ShapeException">There is no such axis, or nothing along it.</exception>
        /// <exception cref="DTypeException">The element type is Bool.</exception>
        public Tensor ArgMax(int axis, bool keepAxis = false) => new ArgOp(AxisSet.Resolve(axis, x, "ArgMax"), keepAxis, true).Apply(x);

        /// <summary>The position of the least element in row-major order, an Int64 scalar; the first among equals, the first NaN if there is one.</summary>
        /// <inheritdoc cref="ArgMax(Tensor)"/>
        public Tensor ArgMin() => ArgOp.Flat(x, false);

        /// <summary>The positions of the least elements along one axis, Int64; the first among equals, the first NaN if there is one.</summary>
        /// <inheritdoc cref="ArgMax(Tensor, int, bool)"/>
        public Tensor ArgMin(int axis, bool keepAxis = false) => new ArgOp(AxisSet.Resolve(axis, x, "ArgMin"), keepAxis, false).Apply(x);
    }
}

/// <summary>Positions of extremes; not differentiable.</summary>
sealed class ArgOp(int axis, bool keepAxis, bool greatest) : Op
{
    public override string Name => greatest ? "ArgMax" : "ArgMin";

    /// <summary>The position among all elements in row-major order.</summary>
    public static Tensor Flat(Tensor x, bool greatest)
    {
        string op = greatest ? "ArgMax" : "ArgMin";
        Throw.IfNull(op, x);
        return x.Count == 0 ? throw Throw.NothingToChoose(op, x.Shape) : new ArgOp(0, false, greatest).Apply(x.Reshape(x.Count));
    }

    protected override Saved Saves(ReadOnlySpan<Tensor> inputs) => Saved.Nothing;

    protected override Tensor Forward(ReadOnlySpan<Tensor> inputs) => Along(inputs[0], axis, keepAxis, greatest, Name, null);

    protected override Tensor? Batch(BatchedInputs inputs)
    {
        Tensor y = new ArgOp(axis + 1, keepAxis, greatest).Apply(inputs.Vectors());
        return inputs.Shape(0).Rank == 0 ? y.Reshape(inputs.Count) : y;
    }

    protected override Tensor? Vjp(int input, Tensor dy, Recorded values) => null;

    protected override Tensor? Jvp(ReadOnlySpan<Tensor> inputs, ReadOnlySpan<Tensor?> tangents, Tensor y) => null;

    /// <summary>The positions along an axis, and the extremes themselves in <paramref name="values"/>.</summary>
    public static Tensor Along(Tensor x, int axis, bool keepAxis, bool greatest, string name, Tensor? values)
    {
        if (x.DType == DType.Bool) throw Throw.NoComparison(name, x.DType);
        axis = AxisSet.Resolve(axis, x.Shape, name);
        Shape shape = AxisSet.Of(axis, x.Shape, name).Reduce(x.Shape, keepAxis);
        if (x.Count == 0 && shape.ElementCount > 0) throw Throw.NothingToChoose(name, x.Shape);
        Tensor positions = Tensor.Empty(shape, DType.Int64);
        x = x.Dense();
        (_, int n, int inner) = AxisSplit.Of(x.Shape, axis);
        switch (x.DType)
        {
            case DType.Float32: Run<float>(x, n, inner, greatest, positions, values); break;
            case DType.Float64: Run<double>(x, n, inner, greatest, positions, values); break;
            default: Run<long>(x, n, inner, greatest, positions, values); break;
        }
        return positions;
    }

    static void Run<T>(Tensor x, int n, int inner, bool greatest, Tensor positions, Tensor? values) where T : unmanaged, INumber<T>
    {
        Span<T> target = values is null ? [] : values.AsWritableSpan<T>();
        if (greatest) ArgKernels.Run<T, Greatest<T>>(x.AsSpan<T>(), n, inner, positions.AsWritableSpan<long>(), target);
        else ArgKernels.Run<T, Least<T>>(x.AsSpan<T>(), n, inner, positions.AsWritableSpan<long>(), target);
    }
}

/// <summary>A shape seen from one axis: the elements before it, along it and after it.</summary>
readonly record struct AxisSplit(int Outer, int Size, int Inner)
{
    public static AxisSplit Of(Shape shape, int axis)
    {
        if (shape.Rank == 0) return new(1, 1, 1);
        int outer = 1, inner = 1;
        for (int i = 0; i < axis; i++) outer *= shape.Sizes[i];
        for (int i = axis + 1; i < shape.Rank; i++) inner *= shape.Sizes[i];
        return new(outer, shape.Sizes[axis], inner);
    }
}
