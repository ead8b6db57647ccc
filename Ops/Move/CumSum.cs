using Autograd.Kernels;

namespace Autograd;

public static partial class TensorOps
{
    extension(Tensor x)
    {
        /// <summary>Running sums along an axis: yᵢ = x₀ + … + xᵢ; collected in double precision.</summary>
        /// <exception cref="ShapeException">There is no such axis.</exception>
        /// <exception cref="DTypeException">The element type is Bool.</exception>
        public Tensor CumSum(int axis)
        {
            Throw.IfNull("CumSum", x);
            return new CumSumOp(x.Shape.AxisOrScalar(axis, "CumSum"), reverse: false).Apply(x);
        }
    }
}

// yᵢ = Σ xⱼ over j ≤ i   ⇒   dxⱼ = Σ dyᵢ over i ≥ j: the same sums, backwards
sealed class CumSumOp(int axis, bool reverse) : Op, ISampled
{
    public static IEnumerable<Sample> Samples =>
        [Sample.Of([4], x => x.CumSum(0)), Sample.Of([2, 3, 2], x => x.CumSum(1)), Sample.Of([3, 4], x => x.CumSum(-1)), Sample.Of([], x => x.CumSum(0)), Sample.Of([2, 0], x => x.CumSum(1))];

    protected override Saved Saves(ReadOnlySpan<Tensor> inputs) => Saved.Nothing;

    protected override Tensor Forward(ReadOnlySpan<Tensor> inputs)
    {
        Tensor x = inputs[0].Dense(), y = Tensor.Empty(x.Shape, x.DType);
        (_, int size, int inner) = x.Shape.Around(axis);
        switch (x.DType)
        {
            case DType.Float32: ScanKernels.Sum<float, double>(x.AsSpan<float>(), size, inner, reverse, y.AsWritableSpan<float>()); break;
            case DType.Float64: ScanKernels.Sum<double, double>(x.AsSpan<double>(), size, inner, reverse, y.AsWritableSpan<double>()); break;
            case DType.Int64: ScanKernels.Sum<long, long>(x.AsSpan<long>(), size, inner, reverse, y.AsWritableSpan<long>()); break;
            default: throw Throw.NoArithmetic("CumSum", x.DType);
        }
        return y;
    }

    protected override Tensor? Batch(BatchedInputs inputs) => new CumSumOp(axis + 1, reverse).Apply(inputs.Vectors()).Reshape(inputs[0].Shape.Sizes);

    protected override Tensor? Vjp(int input, Tensor dy, Recorded values) => new CumSumOp(axis, !reverse).Apply(dy);

    protected override Tensor? Jvp(ReadOnlySpan<Tensor> inputs, ReadOnlySpan<Tensor?> tangents, Tensor y) => Apply(tangents[0]!);
}
