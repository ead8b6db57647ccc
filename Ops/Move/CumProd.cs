using Autograd.Kernels;

namespace Autograd;

public static partial class TensorOps
{
    extension(Tensor x)
    {
        /// <summary>Running products along an axis: yᵢ = x₀·…·xᵢ; collected in double precision. The derivative is exact where elements are 0.</summary>
        /// <exception cref="ShapeException">There is no such axis.</exception>
        /// <exception cref="DTypeException">The element type is Bool.</exception>
        public Tensor CumProd(int axis)
        {
            Throw.IfNull("CumProd", x);
            return new CumProdOp(x.Shape.AxisOrScalar(axis, "CumProd")).Apply(x);
        }
    }
}

// dxⱼ = (x₀·…·xⱼ₋₁)·sⱼ, where sⱼ = Σ dyᵢ·(xⱼ₊₁·…·xᵢ) over i ≥ j obeys sⱼ = dyⱼ + xⱼ₊₁·sⱼ₊₁: no division, so zeros are no special case.
sealed class CumProdOp(int axis) : Op, ISampled
{
    public static IEnumerable<Sample> Samples =>
    [
        Sample.Of([4], x => x.CumProd(0)), Sample.Of([2, 3, 2], x => x.CumProd(1)), Sample.Of([3, 4], x => x.CumProd(-1)), Sample.Of([], x => x.CumProd(0)),
        Sample.Of([2, 5], x => (x * Tensor.From([1.0, 0, 1, 0, 1]).Cast(x.DType)).CumProd(1)), Sample.Of([2, 0], x => x.CumProd(1)),
    ];

    protected override Saved Saves(ReadOnlySpan<Tensor> inputs) => Saved.A | Saved.Output;

    protected override Tensor Forward(ReadOnlySpan<Tensor> inputs)
    {
        Tensor x = inputs[0].Dense(), y = Tensor.Empty(x.Shape, x.DType);
        (_, int size, int inner) = x.Shape.Around(axis);
        switch (x.DType)
        {
            case DType.Float32: ScanKernels.Product<float, double>(x.AsSpan<float>(), size, inner, reverse: false, y.AsWritableSpan<float>()); break;
            case DType.Float64: ScanKernels.Product<double, double>(x.AsSpan<double>(), size, inner, reverse: false, y.AsWritableSpan<double>()); break;
            case DType.Int64: ScanKernels.Product<long, long>(x.AsSpan<long>(), size, inner, reverse: false, y.AsWritableSpan<long>()); break;
            default: throw Throw.NoArithmetic("CumProd", x.DType);
        }
        return y;
    }

    protected override Tensor? Batch(BatchedInputs inputs) => new CumProdOp(axis + 1).Apply(inputs.Vectors()).Reshape(inputs[0].Shape.Sizes);

    protected override Tensor? Vjp(int input, Tensor dy, Recorded values)
    {
        if (dy.Rank == 0 || dy.Count == 0) return dy;
        Tensor s = new LinearScanOp(axis, reverse: true).Apply(LinearScanOp.Shift(values.A, axis, -1, 0), dy);
        return LinearScanOp.Shift(values.Y, axis, 1, 1) * s;
    }

    /// <summary>In one walk along dense lanes.</summary>
    protected override void Backward(Tensor dy, Recorded values, Gradients gradients)
    {
        (_, int size, int inner) = dy.Shape.Around(axis);
        if (inner != 1 || !gradients.Needs(0)) base.Backward(dy, values, gradients);
        else if (dy.DType == DType.Float32) Backward<float>(dy.Dense(), values, size, gradients);
        else Backward<double>(dy.Dense(), values, size, gradients);
    }

    static void Backward<T>(Tensor dy, Recorded values, int size, Gradients gradients) where T : unmanaged, System.Numerics.INumber<T>
    {
        Tensor x = values.A.Dense(), dx = gradients.Buffer(0, out bool fresh);
        ScanKernels.ProductSlope(x.AsSpan<T>(), values.Y.AsSpan<T>(), dy.AsSpan<T>(), size, dx.AsWritableSpan<T>(), fresh);
    }

    // ẏᵢ = ẋᵢ·yᵢ₋₁ + xᵢ·ẏᵢ₋₁
    protected override Tensor? Jvp(ReadOnlySpan<Tensor> inputs, ReadOnlySpan<Tensor?> tangents, Tensor y)
    {
        Tensor dx = tangents[0]!;
        return dx.Rank == 0 || dx.Count == 0 ? dx : new LinearScanOp(axis, reverse: false).Apply(inputs[0], dx * LinearScanOp.Shift(y, axis, 1, 1));
    }
}

// yᵢ = bᵢ + aᵢ·yᵢ₋₁   ⇒   dbᵢ = rᵢ = dyᵢ + aᵢ₊₁·rᵢ₊₁,  daᵢ = rᵢ·yᵢ₋₁: the same recurrence from the other end
sealed class LinearScanOp(int axis, bool reverse) : Op, ISampled
{
    public static IEnumerable<Sample> Samples =>
    [
        Sample.Of([4], [4], (a, b) => new LinearScanOp(0, reverse: false).Apply(a, b)), Sample.Of([2, 3, 2], [2, 3, 2], (a, b) => new LinearScanOp(1, reverse: true).Apply(a, b)),
    ];

    int Forwards => reverse ? -1 : 1;

    protected override Saved Saves(ReadOnlySpan<Tensor> inputs) => Saved.A | Saved.Output;

    protected override Tensor Forward(ReadOnlySpan<Tensor> inputs)
    {
        Throw.IfNotFloating(this, inputs);
        Tensor a = inputs[0].Dense(), b = inputs[1].Dense(), y = Tensor.Empty(b.Shape, b.DType);
        (_, int size, int inner) = b.Shape.Around(axis);
        if (b.DType == DType.Float32) ScanKernels.Linear<float, double>(a.AsSpan<float>(), b.AsSpan<float>(), size, inner, reverse, y.AsWritableSpan<float>());
        else ScanKernels.Linear<double, double>(a.AsSpan<double>(), b.AsSpan<double>(), size, inner, reverse, y.AsWritableSpan<double>());
        return y;
    }

    protected override Tensor? Batch(BatchedInputs inputs) => new LinearScanOp(axis + 1, reverse).Apply(inputs.Full());

    protected override Tensor? Vjp(int input, Tensor dy, Recorded values)
    {
        Tensor r = new LinearScanOp(axis, !reverse).Apply(Shift(values.A, axis, -Forwards, 0), dy);
        return input == 1 ? r : r * Shift(values.Y, axis, Forwards, 0);
    }

    protected override Tensor? Jvp(ReadOnlySpan<Tensor> inputs, ReadOnlySpan<Tensor?> tangents, Tensor y)
    {
        Tensor? sum = tangents[0] is { } da ? da * Shift(y, axis, Forwards, 0) : null;
        if (tangents[1] is { } db) sum = sum is null ? db : sum + db;
        return Apply(inputs[0], sum!);
    }

    /// <summary>Elements one place later (1) or earlier (−1) along the axis; a constant enters.</summary>
    public static Tensor Shift(Tensor x, int axis, int places, double value)
    {
        int[] pads = new int[2 * (x.Rank - axis)];
        (pads[^2], pads[^1]) = (places, -places);
        return x.Pad(pads, PadMode.Constant, value);
    }
}
