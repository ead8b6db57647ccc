using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using Autograd.Kernels;

namespace Autograd;

public static partial class TensorOps
{
    extension(Tensor x)
    {
        /// <summary>The variance of all elements, Σ (x − mean)² / (n − correction); NaN for n ≤ correction.</summary>
        /// <param name="correction">1 for the unbiased estimate, 0 for the mean square.</param>
        /// <exception cref="DTypeException">The element type is not floating-point.</exception>
        public Tensor Var(double correction = 1) => new VarOp(AxisSet.All, false, correction).Apply(x);

        /// <summary>The variances over axes.</summary>
        /// <param name="axes">The axes; negative ones count from the end.</param>
        /// <param name="correction">1 for the unbiased estimate, 0 for the mean square.</param>
        /// <param name="keepAxes">Keeps the axes, with size 1, instead of dropping them.</param>
        /// <exception cref="ShapeException">An axis does not exist or is named twice.</exception>
        /// <exception cref="DTypeException">The element type is not floating-point.</exception>
        public Tensor Var(ReadOnlySpan<int> axes, double correction = 1, bool keepAxes = false) =>
            new VarOp(AxisSet.Of(axes, x, "Var"), keepAxes, correction).Apply(x);

        /// <summary>The standard deviation of all elements, √Var; its derivative at equal elements is 0.</summary>
        /// <inheritdoc cref="Var(Tensor, double)"/>
        public Tensor Std(double correction = 1)
        {
            Throw.IfNull("Std", x);
            Throw.IfNotFloating("Std", x);
            return x.Var(correction).RootOrFlat();
        }

        /// <summary>The standard deviations over axes, √Var; the derivative at equal elements is 0.</summary>
        /// <inheritdoc cref="Var(Tensor, ReadOnlySpan{int}, double, bool)"/>
        public Tensor Std(ReadOnlySpan<int> axes, double correction = 1, bool keepAxes = false)
        {
            Throw.IfNull("Std", x);
            Throw.IfNotFloating("Std", x);
            return new VarOp(AxisSet.Of(axes, x, "Std"), keepAxes, correction).Apply(x).RootOrFlat();
        }

        /// <summary>√x, with derivative 0 at 0.</summary>
        internal Tensor RootOrFlat() => Map<RootOrFlatOp>.Default.Apply(x);
    }
}

// y = Σ (x − x̄)² / m   ⇒   dx = dy·2(x − x̄)/m
sealed class VarOp(AxisSet axes, bool keepAxes, double correction) : Op, ISampled
{
    public static IEnumerable<Sample> Samples =>
    [
        .. Reductions.Samples((x, axes, keep) => x.Var(axes, 0, keep), x => x.Var(0)),
        Sample.Of(x => x.Var()), Sample.Of(x => x.Var([1])), Sample.Of(x => x.Std()), Sample.Of(x => x.Std([0], 0, true)),
    ];

    protected override Saved Saves(ReadOnlySpan<Tensor> inputs) => Saved.A;

    protected override Tensor Forward(ReadOnlySpan<Tensor> inputs)
    {
        Throw.IfNotFloating(this, inputs);
        Tensor deviation = Deviation(inputs[0]);
        return (deviation * deviation).SumOver(axes, keepAxes) / Divisor(inputs[0].Shape);
    }

    protected override Tensor? Batch(BatchedInputs inputs) => new VarOp(axes.OfBatch(inputs.Shape(0).Rank), keepAxes, correction).Apply(inputs[0]);

    protected override Tensor Vjp(int input, Tensor dy, Recorded values) =>
        dy.Spread(values.Shape(0), axes) * (Deviation(values.A) * (2 / Divisor(values.Shape(0))));

    protected override void Backward(Tensor dy, Recorded values, Gradients gradients)
    {
        if (!gradients.Needs(0)) return;
        Tensor mean = values.A.MeanOver(axes, keepAxes);
        double factor = 2 / Divisor(values.A.Shape);
        if (dy.DType == DType.Float32) Reductions.Backward<float, Slope<float>>(new((float)factor), values.A, axes, dy, mean, gradients);
        else Reductions.Backward<double, Slope<double>>(new(factor), values.A, axes, dy, mean, gradients);
    }

    protected override Tensor? Jvp(ReadOnlySpan<Tensor> inputs, ReadOnlySpan<Tensor?> tangents, Tensor y) =>
        (tangents[0]! * Deviation(inputs[0])).SumOver(axes, keepAxes) * (2 / Divisor(inputs[0].Shape));

    Tensor Deviation(Tensor x) => x - x.MeanOver(axes, true);

    double Divisor(Shape shape) => Math.Max(0, axes.Meet(shape) - correction);

    /// <summary>(dy·factor)·(x − mean).</summary>
    readonly struct Slope<T>(T factor) : ISlope<T> where T : unmanaged
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public Vector512<T> Shared(Vector512<T> dy, Vector512<T> mean) => dy * Vector512.Create(factor);

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public Vector512<T> At(Vector512<T> x, Vector512<T> shared, Vector512<T> mean) => shared * (x - mean);
    }
}

readonly record struct RootOrFlatOp : IUnaryOp, ISampled
{
    public T F<T>(T x) where T : struct, IReal<T> => T.Sqrt(x);
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public T D<T>(T x, T y) where T : struct, IReal<T> => T.Select(T.Equal(y, 0), 0, 0.5 / y);

    public static IEnumerable<Sample> Samples => [Sample.Of(x => Map<RootOrFlatOp>.Default.Apply(x), 0.2, 3)];
}
