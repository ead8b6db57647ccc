using System.Numerics;
using System.Numerics.Tensors;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using Autograd.Kernels;

namespace Autograd;

public static partial class TensorOps
{
    extension(Tensor x)
    {
        /// <summary>The greatest element, a scalar; NaN if there is one. Elements that tie share the gradient evenly.</summary>
        /// <exception cref="ShapeException">There are no elements.</exception>
        /// <exception cref="DTypeException">The element type is Bool.</exception>
        public Tensor AMax() => x.Extreme(AxisSet.All, false, true);

        /// <summary>The greatest elements along one axis; elements that tie share the gradient evenly.</summary>
        /// <param name="axis">The axis; a negative one counts from the end.</param>
        /// <param name="keepAxis">Keeps the axis, with size 1, instead of dropping it.</param>
        /// <exception cref="ShapeException">There is no such axis, or nothing along it.</exception>
        /// <exception cref="DTypeException">The element type is Bool.</exception>
        public Tensor AMax(int axis, bool keepAxis = false) => x.Extreme(AxisSet.Of(axis, x, "AMax"), keepAxis, true);

        /// <summary>The greatest elements over several axes; elements that tie share the gradient evenly.</summary>
        /// <param name="axes">The axes; negative ones count from the end.</param>
        /// <param name="keepAxes">Keeps the axes, with size 1, instead of dropping them.</param>
        /// <exception cref="ShapeException">An axis does not exist, is named twice, or there is nothing along it.</exception>
        /// <exception cref="DTypeException">The element type is Bool.</exception>
        public Tensor AMax(ReadOnlySpan<int> axes, bool keepAxes = false) => x.Extreme(AxisSet.Of(axes, x, "AMax"), keepAxes, true);

        /// <summary>The least element, a scalar; NaN if there is one. Elements that tie share the gradient evenly.</summary>
        /// <inheritdoc cref="AMax(Tensor)"/>
        public Tensor AMin() => x.Extreme(AxisSet.All, false, false);

        /// <summary>The least elements along one axis; elements that tie share the gradient evenly.</summary>
        /// <inheritdoc cref="AMax(Tensor, int, bool)"/>
        public Tensor AMin(int axis, bool keepAxis = false) => x.Extreme(AxisSet.Of(axis, x, "AMin"), keepAxis, false);

        /// <summary>The least elements over several axes; elements that tie share the gradient evenly.</summary>
        /// <inheritdoc cref="AMax(Tensor, ReadOnlySpan{int}, bool)"/>
        public Tensor AMin(ReadOnlySpan<int> axes, bool keepAxes = false) => x.Extreme(AxisSet.Of(axes, x, "AMin"), keepAxes, false);

        /// <inheritdoc cref="AMax(Tensor)"/>
        public Tensor Max() => x.Extreme(AxisSet.All, false, true, "Max");

        /// <inheritdoc cref="AMin(Tensor)"/>
        public Tensor Min() => x.Extreme(AxisSet.All, false, false, "Min");

        internal Tensor Extreme(AxisSet axes, bool keepAxes, bool greatest, string? name = null) => new ExtremeOp(axes, keepAxes, greatest, name).Apply(x);
    }
}

// y = max x   ⇒   dx = dy / n at the n places where x = y; the share 1/n is a constant to higher derivatives
sealed class ExtremeOp(AxisSet axes, bool keepAxes, bool greatest, string? name) : Op, ISampled
{
    public override string Name => name ?? (greatest ? "AMax" : "AMin");

    public static IEnumerable<Sample> Samples =>
    [
        .. Reductions.Samples((x, axes, keep) => x.AMax(axes, keep), x => x.AMax()),
        .. Reductions.Samples((x, axes, keep) => x.AMin(axes, keep), x => x.AMin()),
    ];

    protected override Saved Saves(ReadOnlySpan<Tensor> inputs) => Saved.A | Saved.Output;

    protected override Tensor Forward(ReadOnlySpan<Tensor> inputs)
    {
        Tensor x = inputs[0];
        if (x.DType == DType.Bool) throw Throw.NoComparison(Name, x.DType);
        Shape shape = axes.Reduce(x.Shape, keepAxes);
        if (x.Count == 0 && shape.ElementCount > 0) throw Throw.NothingToChoose(Name, x.Shape);
        Tensor y = Tensor.Empty(shape, x.DType);
        switch (x.DType)
        {
            case DType.Float32: Fold<float>(x, y); break;
            case DType.Float64: Fold<double>(x, y); break;
            default: Fold<long>(x, y); break;
        }
        return y;
    }

    void Fold<T>(Tensor x, Tensor y) where T : unmanaged, INumber<T>
    {
        if (greatest) Reductions.Fold<T, Greatest<T>>(x, axes, y);
        else Reductions.Fold<T, Least<T>>(x, axes, y);
    }

    protected override Tensor? Batch(BatchedInputs inputs) => new ExtremeOp(axes.OfBatch(inputs.Shape(0).Rank), keepAxes, greatest, name).Apply(inputs[0]);

    protected override Tensor Vjp(int input, Tensor dy, Recorded values) =>
        ElementwiseChain.Apply(dy.Spread(values.Shape(0), axes), new Traced(Share(values.A, values.Y)));

    protected override void Backward(Tensor dy, Recorded values, Gradients gradients)
    {
        if (!gradients.Needs(0)) return;
        if (dy.DType == DType.Float32) Backward<float>(dy.Dense(), values.A.Dense(), values.Y, gradients);
        else Backward<double>(dy.Dense(), values.A.Dense(), values.Y, gradients);
    }

    void Backward<T>(Tensor dy, Tensor x, Tensor y, Gradients gradients) where T : unmanaged, IFloatingPointIeee754<T>
    {
        Tensor share = Tensor.Empty(y.Shape, y.DType);
        Span<T> shares = share.AsWritableSpan<T>();
        SpreadKernels.Count(x.AsSpan<T>(), x.Shape.Sizes, axes.Bits, y.AsSpan<T>(), shares);
        // Where nothing equals the extreme, it is NaN: it keeps its gradient whole, for the slope to spoil.
        TensorPrimitives.Max(shares, T.One, shares);
        TensorPrimitives.Divide(dy.AsSpan<T>(), shares, shares);
        Reductions.Backward<T, Slope<T>>(default, x, axes, share, y, gradients);
    }

    protected override Tensor? Jvp(ReadOnlySpan<Tensor> inputs, ReadOnlySpan<Tensor?> tangents, Tensor y) =>
        ElementwiseChain.Apply(tangents[0]!, new Traced(Share(inputs[0], y))).SumOver(axes, keepAxes);

    /// <summary>1/n at the n places of an extreme, 0 elsewhere; NaN where the extreme is NaN.</summary>
    Tensor Share(Tensor x, Tensor y)
    {
        Tensor places = x.Detach().Equal(y.Detach().Spread(x.Shape, axes)).Cast(x.DType);
        return places / places.SumOver(axes, true);
    }

    /// <summary>The share at an extreme; NaN everywhere where it is NaN, unless no gradient comes.</summary>
    readonly struct Slope<T> : ISlope<T> where T : unmanaged
    {
        public Vector512<T> Shared(Vector512<T> dy, Vector512<T> y) => dy;

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public Vector512<T> At(Vector512<T> x, Vector512<T> shared, Vector512<T> y)
        {
            Vector512<T> elsewhere = Vector512.AndNot(y, Vector512.Equals(y, y) | Vector512.Equals(shared, Vector512<T>.Zero));
            return Vector512.ConditionalSelect(Vector512.Equals(x, y), shared, elsewhere);
        }
    }
}
