using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using Autograd.Kernels;

namespace Autograd;

public static partial class TensorOps
{
    extension(Tensor x)
    {
        /// <summary>The p-norm of all elements, (Σ |x|ᵖ)^(1/p); its derivative at 0 is 0.</summary>
        /// <param name="p">Any number; 0 counts the elements other than 0, ±∞ is the greatest or least |x| (elements that tie share the gradient).</param>
        /// <exception cref="DTypeException">The element type is not floating-point.</exception>
        public Tensor Norm(double p = 2) => Norms.Of(x, p, AxisSet.All, false);

        /// <summary>The p-norms over axes.</summary>
        /// <param name="axes">The axes; negative ones count from the end.</param>
        /// <param name="p">Any number; 0 counts the elements other than 0, ±∞ is the greatest or least |x|.</param>
        /// <param name="keepAxes">Keeps the axes, with size 1, instead of dropping them.</param>
        /// <exception cref="ShapeException">An axis does not exist or is named twice.</exception>
        /// <exception cref="DTypeException">The element type is not floating-point.</exception>
        public Tensor Norm(ReadOnlySpan<int> axes, double p = 2, bool keepAxes = false) => Norms.Of(x, p, AxisSet.Of(axes, x, "Norm"), keepAxes);

        /// <summary>x / max(‖x‖ₚ, epsilon) along one axis; value and derivative are 0 where the norm is 0.</summary>
        /// <param name="p">The norm's exponent.</param>
        /// <param name="axis">The axis; a negative one counts from the end.</param>
        /// <param name="epsilon">The least divisor.</param>
        /// <exception cref="ShapeException">There is no such axis.</exception>
        /// <exception cref="DTypeException">The element type is not floating-point.</exception>
        public Tensor Normalize(double p = 2, int axis = 1, double epsilon = 1e-12)
        {
            Tensor norm = Norms.Of(x, p, AxisSet.Of(axis, x, "Normalize"), true, "Normalize"), zero = Tensor.Scalar(0, x.DType);
            // Divided by ∞ where the norm is 0, so that no array but the quotient is made.
            return x / Tensor.Where(norm.Equal(zero), double.PositiveInfinity, norm.Maximum(Tensor.Scalar(epsilon, x.DType)));
        }

        /// <summary>The cosine of the angle between two tensors along one axis; the shapes are broadcast. Value and derivatives are 0 where a norm is 0.</summary>
        /// <param name="other">The other tensor.</param>
        /// <param name="axis">The axis of the broadcast shape; a negative one counts from the end.</param>
        /// <param name="epsilon">The least norm.</param>
        /// <exception cref="ShapeException">The shapes do not broadcast or there is no such axis.</exception>
        /// <exception cref="DTypeException">The element types differ or are not floating-point.</exception>
        public Tensor CosineSimilarity(Tensor other, int axis = 1, double epsilon = 1e-8)
        {
            Throw.IfNull("CosineSimilarity", x);
            Throw.IfNull("CosineSimilarity", other);
            Throw.IfNotFloating("CosineSimilarity", x, other);
            if (!Shape.TryBroadcast(x.Shape, other.Shape, out Shape shape)) throw Throw.Broadcast("CosineSimilarity", x.Shape, other.Shape);
            AxisSet axes = AxisSet.Of(axis, shape, "CosineSimilarity");
            Tensor a = x.Expand(shape), b = other.Expand(shape), least = Tensor.Scalar(epsilon, x.DType);
            Tensor normA = Norms.Of(a, 2, axes, false), normB = Norms.Of(b, 2, axes, false);
            Tensor cosine = (a * b).SumOver(axes, false) / (normA.Maximum(least) * normB.Maximum(least));
            return Tensor.Where((normA * normB).Equal(Tensor.Scalar(0, x.DType)), 0, cosine);
        }

        /// <summary>The distances ‖a − b + epsilon‖ₚ along the last axis; the shapes are broadcast.</summary>
        /// <param name="other">The other tensor.</param>
        /// <param name="p">The norm's exponent.</param>
        /// <param name="epsilon">Added to every difference, so that the derivative exists where a = b.</param>
        /// <param name="keepAxis">Keeps the last axis, with size 1, instead of dropping it.</param>
        /// <exception cref="ShapeException">The shapes do not broadcast.</exception>
        /// <exception cref="DTypeException">The element types differ or are not floating-point.</exception>
        public Tensor PairwiseDistance(Tensor other, double p = 2, double epsilon = 1e-6, bool keepAxis = false)
        {
            Throw.IfNull("PairwiseDistance", x);
            Throw.IfNull("PairwiseDistance", other);
            Throw.IfNotFloating("PairwiseDistance", x, other);
            Throw.IfNoBroadcast("PairwiseDistance", x, other);
            return Norms.Distance(x, other, p, epsilon, keepAxis, "PairwiseDistance");
        }
    }
}

/// <summary>The cases of the p-norm.</summary>
static class Norms
{
    /// <summary>The norm of the difference along the last axis.</summary>
    public static Tensor Distance(Tensor a, Tensor b, double p, double epsilon, bool keepAxis, string op)
    {
        Tensor difference = a - b + epsilon;
        return Of(difference, p, AxisSet.Of(-1, difference.Shape, op), keepAxis, op);
    }

    public static Tensor Of(Tensor x, double p, AxisSet axes, bool keepAxes, string op = "Norm")
    {
        Throw.IfNull(op, x);
        if (!x.DType.IsFloating()) throw Throw.NeedsFloating(op, x.DType);
        return p switch
        {
            double.PositiveInfinity => x.Abs().Extreme(axes, keepAxes, true, op),
            double.NegativeInfinity => x.Abs().Extreme(axes, keepAxes, false, op),
            _ => new NormOp(axes, keepAxes, p).Apply(x),
        };
    }
}

// y = (Σ |x|ᵖ)^(1/p)   ⇒   dx = dy·x|x|ᵖ⁻²·y¹⁻ᵖ, 0 where x or y is 0
sealed class NormOp(AxisSet axes, bool keepAxes, double p) : Op, ISampled
{
    public static IEnumerable<Sample> Samples =>
    [
        .. Reductions.Samples((x, axes, keep) => x.Norm(axes, 2, keep), x => x.Norm()),
        Sample.Of(x => x.Norm(0), 0.5, 2), Sample.Of(x => x.Norm(1)), Sample.Of(x => x.Norm(3)), Sample.Of(x => x.Norm(0.5)), Sample.Of(x => x.Norm(double.PositiveInfinity)),
        Sample.Of(x => x.Norm([0], double.NegativeInfinity)), Sample.Of(x => x.Normalize()), Sample.Of([2, 3], [2, 3], (a, b) => a.CosineSimilarity(b)),
        Sample.Of([2, 3], [2, 3], (a, b) => a.PairwiseDistance(b)),
    ];

    protected override Saved Saves(ReadOnlySpan<Tensor> inputs) => Saved.A | Saved.Output;

    protected override Tensor Forward(ReadOnlySpan<Tensor> inputs)
    {
        Tensor x = inputs[0];
        if (p == 0) return x.NotEqual(Tensor.Scalar(0, x.DType)).Cast(x.DType).SumOver(axes, keepAxes);
        if (p is not (1 or 2)) return x.Abs().Pow(p).SumOver(axes, keepAxes).Pow(1 / p);
        Tensor y = Tensor.Empty(axes.Reduce(x.Shape, keepAxes), x.DType);
        if (x.DType == DType.Float32) Sum<float>(x, y);
        else Sum<double>(x, y);
        return p == 2 ? y.Sqrt() : y;
    }

    void Sum<T>(Tensor x, Tensor y) where T : unmanaged, INumber<T>
    {
        if (p == 2) Reductions.Fold<T, Adding<T>, Squares<T>>(x, axes, y);
        else Reductions.Fold<T, Adding<T>, Magnitudes<T>>(x, axes, y);
    }

    protected override Tensor? Batch(BatchedInputs inputs) => new NormOp(axes.OfBatch(inputs.Shape(0).Rank), keepAxes, p).Apply(inputs[0]);

    protected override Tensor Vjp(int input, Tensor dy, Recorded values) =>
        Map2<ChainOp>.Default.Apply(dy.Spread(values.Shape(0), axes), Slope(values.A, values.Y));

    protected override void Backward(Tensor dy, Recorded values, Gradients gradients)
    {
        if (!gradients.Needs(0)) return;
        if (p == 0) base.Backward(dy, values, gradients);
        else if (dy.DType == DType.Float32) Backward<float>(dy, values, gradients);
        else Backward<double>(dy, values, gradients);
    }

    void Backward<T>(Tensor dy, Recorded values, Gradients gradients) where T : unmanaged, IFloatingPointIeee754<T>
    {
        if (p == 1) Reductions.Backward<T, Slope1<T>>(default, values.A, axes, dy, values.Y, gradients);
        else if (p == 2) Reductions.Backward<T, Slope2<T>>(default, values.A, axes, dy, values.Y, gradients);
        else if (p == 3) Reductions.Backward<T, Slope3<T>>(default, values.A, axes, dy, values.Y, gradients);
        else Reductions.Backward<T, SlopeP<T>>(new(T.CreateTruncating(p)), values.A, axes, dy, values.Y, gradients);
    }

    protected override Tensor? Jvp(ReadOnlySpan<Tensor> inputs, ReadOnlySpan<Tensor?> tangents, Tensor y) =>
        Map2<ChainOp>.Default.Apply(tangents[0]!, Slope(inputs[0], y)).SumOver(axes, keepAxes);

    Tensor Slope(Tensor x, Tensor y)
    {
        // The number of elements that are not 0 is constant almost everywhere.
        if (p == 0) return Tensor.ZerosLike(x);
        if (p == 1) return x.Sign();
        Tensor norm = y.Spread(x.Shape, axes), zero = Tensor.Scalar(0, x.DType);
        if (p == 2) return Tensor.Where(norm.Equal(zero), 0, x / norm);
        Tensor slope = x * x.Abs().Pow(p - 2) * norm.Pow(1 - p);
        return Tensor.Where(norm.Equal(zero), 0, Tensor.Where(x.Equal(zero), 0, slope));
    }

    /// <summary>dy·sign x.</summary>
    readonly struct Slope1<T> : ISlope<T> where T : unmanaged
    {
        public Vector512<T> Shared(Vector512<T> dy, Vector512<T> y) => dy;

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public Vector512<T> At(Vector512<T> x, Vector512<T> shared, Vector512<T> y)
        {
            Vector512<T> positive = shared & Vector512.GreaterThan(x, Vector512<T>.Zero), negative = shared & Vector512.LessThan(x, Vector512<T>.Zero);
            return positive - negative;
        }
    }

    /// <summary>x·(dy/y).</summary>
    readonly struct Slope2<T> : ISlope<T> where T : unmanaged
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public Vector512<T> Shared(Vector512<T> dy, Vector512<T> y) => Vector512.AndNot(dy / y, Vector512.Equals(y, Vector512<T>.Zero));

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public Vector512<T> At(Vector512<T> x, Vector512<T> shared, Vector512<T> y) =>
            Vector512.AndNot(x * shared, Vector512.Equals(shared, Vector512<T>.Zero));
    }

    /// <summary>x·|x|·(dy/y²).</summary>
    readonly struct Slope3<T> : ISlope<T> where T : unmanaged
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public Vector512<T> Shared(Vector512<T> dy, Vector512<T> y) => Vector512.AndNot(dy / y / y, Vector512.Equals(y, Vector512<T>.Zero));

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public Vector512<T> At(Vector512<T> x, Vector512<T> shared, Vector512<T> y) =>
            Vector512.AndNot(x * Vector512.Abs(x) * shared, Vector512.Equals(shared, Vector512<T>.Zero));
    }

    /// <summary>x·|x|ᵖ⁻²·(dy·y¹⁻ᵖ).</summary>
    readonly struct SlopeP<T>(T p) : ISlope<T> where T : unmanaged, IFloatingPointIeee754<T>
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public Vector512<T> Shared(Vector512<T> dy, Vector512<T> y) =>
            Vector512.AndNot(dy * VectorMath.Pow(y, Vector512.Create(T.One - p)), Vector512.Equals(y, Vector512<T>.Zero));

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public Vector512<T> At(Vector512<T> x, Vector512<T> shared, Vector512<T> y)
        {
            Vector512<T> slope = x * VectorMath.Pow(Vector512.Abs(x), Vector512.Create(p - T.One - T.One));
            return Vector512.AndNot(slope * shared, Vector512.Equals(x, Vector512<T>.Zero) | Vector512.Equals(shared, Vector512<T>.Zero));
        }
    }
}
