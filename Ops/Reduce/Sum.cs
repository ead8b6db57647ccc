using System.Numerics;
using System.Numerics.Tensors;
using Autograd.Kernels;

namespace Autograd;

public static partial class TensorOps
{
    extension(Tensor x)
    {
        /// <summary>The sum of all elements, a scalar; 0 where there are none. Int64 and Bool tensors give an Int64 sum.</summary>
        public Tensor Sum() => x.SumOver(AxisSet.All, false);

        /// <summary>The sums over one axis.</summary>
        /// <param name="axis">The axis; a negative one counts from the end.</param>
        /// <param name="keepAxis">Keeps the axis, with size 1, instead of dropping it.</param>
        /// <exception cref="ShapeException">There is no such axis.</exception>
        public Tensor Sum(int axis, bool keepAxis = false) => x.SumOver(AxisSet.Of(axis, x, "Sum"), keepAxis);

        /// <summary>The sums over several axes; over none, the tensor itself.</summary>
        /// <param name="axes">The axes; negative ones count from the end.</param>
        /// <param name="keepAxes">Keeps the axes, with size 1, instead of dropping them.</param>
        /// <exception cref="ShapeException">An axis does not exist or is named twice.</exception>
        public Tensor Sum(ReadOnlySpan<int> axes, bool keepAxes = false) => x.SumOver(AxisSet.Of(axes, x, "Sum"), keepAxes);

        internal Tensor SumOver(AxisSet axes, bool keepAxes)
        {
            Throw.IfNull("Sum", x);
            if (x.DType == DType.Bool) return x.Cast(DType.Int64).SumOver(axes, keepAxes);
            return (axes == AxisSet.All && !keepAxes ? SumOp.OfAll : new SumOp(axes, keepAxes)).Apply(x);
        }
    }
}

// y = Σ x   ⇒   dx repeats dy
sealed class SumOp(AxisSet axes, bool keepAxes) : Op, ISampled
{
    public static readonly SumOp OfAll = new(AxisSet.All, false);

    public static IEnumerable<Sample> Samples => Reductions.Samples((x, axes, keep) => x.Sum(axes, keep), x => x.Sum());

    protected override Saved Saves(ReadOnlySpan<Tensor> inputs) => Saved.Nothing;

    protected override Tensor Forward(ReadOnlySpan<Tensor> inputs)
    {
        Tensor x = inputs[0], y = Tensor.Empty(axes.Reduce(x.Shape, keepAxes), x.DType);
        switch (x.DType)
        {
            case DType.Float32: Reductions.Fold<float, Adding<float>>(x, axes, y); break;
            case DType.Float64: Reductions.Fold<double, Adding<double>>(x, axes, y); break;
            default: Reductions.Fold<long, Adding<long>>(x, axes, y); break;
        }
        return y;
    }

    protected override Tensor? Batch(BatchedInputs inputs) => new SumOp(axes.OfBatch(inputs.Shape(0).Rank), keepAxes).Apply(inputs[0]);

    protected override Tensor Vjp(int input, Tensor dy, Recorded values) => dy.Spread(values.Shape(0), axes);

    protected override void Backward(Recorded values, Gradients gradients)
    {
        if (!Reductions.TryRepeat(values, axes, gradients)) base.Backward(values, gradients);
    }

    protected override void Backward(Tensor dy, Recorded values, Gradients gradients)
    {
        if (gradients.Needs(0)) gradients.Add(0, dy.SpreadView(values.Shape(0), axes));
    }

    protected override Tensor? Jvp(ReadOnlySpan<Tensor> inputs, ReadOnlySpan<Tensor?> tangents, Tensor y) => tangents[0]!.SumOver(axes, keepAxes);
}

/// <summary>What the reductions share.</summary>
static class Reductions
{
    /// <summary>y = fold of x over the axes.</summary>
    public static void Fold<T, TFold>(Tensor x, AxisSet axes, Tensor y) where T : unmanaged, INumber<T> where TFold : IFold<T> => Fold<T, TFold, Plain<T>>(x, axes, y);

    /// <summary>y = fold of a function of the elements of x over the axes.</summary>
    public static void Fold<T, TFold, TMap>(Tensor x, AxisSet axes, Tensor y) where T : unmanaged, INumber<T> where TFold : IFold<T> where TMap : IMap<T>
    {
        if (!x.IsDense)
        {
            if (MemoryOrder.HasRuns(x, out int run, out int step) &&
                FoldKernels.TryFold<T, TFold, TMap>(x.AsReachedSpan<T>(), run, step, x.Shape.Sizes, axes.Bits, y.AsWritableSpan<T>())) return;
            (x, axes) = InMemoryOrder(x, axes);
        }
        FoldKernels.Fold<T, TFold, TMap>(x.AsSpan<T>(), x.Shape.Sizes, axes.Bits, y.AsWritableSpan<T>());
    }

    /// <summary>
    /// A tensor of permuted axes as it lies, and the axes to fold there, if it is dense so and the kept axes follow each other as they did; else a dense copy.
    /// </summary>
    static (Tensor X, AxisSet Axes) InMemoryOrder(Tensor x, AxisSet axes)
    {
        Span<int> order = stackalloc int[x.Rank];
        Tensor turned = MemoryOrder.Of(x, order);
        ulong bits = axes == AxisSet.All ? axes.Bits : 0;
        for (int i = 0, kept = -1; i < order.Length; i++)
        {
            if (axes.Contains(order[i])) bits |= 1UL << i;
            else if (order[i] < kept) return (x.Dense(), axes);
            else kept = order[i];
        }
        return turned.IsDense ? (turned, new(bits)) : (x.Dense(), axes);
    }

    /// <summary>Adds dy times the slope at every element of x to the gradient of the only input; y holds one more number for each of dy.</summary>
    public static void Backward<T, TSlope>(TSlope slope, Tensor x, AxisSet axes, Tensor dy, Tensor y, Gradients gradients) where T : unmanaged where TSlope : struct, ISlope<T>
    {
        (x, dy, y) = (x.Dense(), dy.Dense(), y.Dense());
        Tensor dx = gradients.Buffer(0, out bool fresh);
        SpreadKernels.Run(slope, x.AsSpan<T>(), x.Shape.Sizes, axes.Bits, dy.AsSpan<T>(), y.AsSpan<T>(), dx.AsWritableSpan<T>(), fresh);
    }

    /// <summary>From so many elements on, to write a number so often costs more than what comes next saves by finding it dense.</summary>
    const int LargeRepetition = 1 << 13;

    /// <summary>
    /// Adds a single dy, divided, to the gradient of the only input at every element, if these are few; without a handle. False if dy has more numbers than one, or they
    /// are many.
    /// </summary>
    public static bool TryRepeat(Recorded values, AxisSet axes, Gradients gradients, int divisor = 1)
    {
        Shape shape = values.Shape(0);
        if (shape.ElementCount >= LargeRepetition || (axes != AxisSet.All && axes.Meet(shape) != shape.ElementCount)) return false;
        if (values.DType(0) == DType.Float32) Repeat<float>(gradients, divisor);
        else Repeat<double>(gradients, divisor);
        return true;
    }

    static void Repeat<T>(Gradients gradients, int divisor) where T : unmanaged, INumber<T>
    {
        if (!gradients.TryAsSpan(0, out Span<T> dx, out bool fresh)) return;
        T one = gradients.DYAsSpan<T>()[0] / T.CreateTruncating(divisor);
        if (fresh) dx.Fill(one);
        else TensorPrimitives.Add(dx, one, dx);
    }

    /// <summary>Calls of a reduction over one axis, several, all, kept and dropped.</summary>
    public static IEnumerable<Sample> Samples(Reduction reduce, Func<Tensor, Tensor> whole, double low = -2, double high = 2) =>
    [
        Sample.Of([2, 3], whole, low, high),
        Sample.Of([], whole, low, high),
        Sample.Of([2, 3], x => reduce(x, [0], false), low, high),
        Sample.Of([2, 3], x => reduce(x, [-1], true), low, high),
        Sample.Of([2, 3, 2], x => reduce(x, [0, 2], false), low, high),
        Sample.Of([2, 3, 2, 2], x => reduce(x, [1, -1], true), low, high),
        Sample.Of([2, 3, 2], x => reduce(x, [0, 1, 2], true), low, high),
    ];

    public delegate Tensor Reduction(Tensor x, int[] axes, bool keepAxes);
}
