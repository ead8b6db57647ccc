using System.Runtime.CompilerServices;

namespace Autograd;

public static partial class Loss
{
    /// <summary>The binary cross entropy of probabilities: −(t·log p + (1 − t)·log(1 − p)). Use <see cref="BceWithLogits"/> where there are logits.</summary>
    /// <param name="prediction">Probabilities, any shape.</param>
    /// <param name="target">Probabilities or 0 and 1 in the same shape; differentiable too.</param>
    /// <param name="weight">Factors of the single losses; must broadcast to the prediction's shape.</param>
    /// <param name="reduction">Mean, sum or the single losses.</param>
    /// <param name="predictionText">The caller's expression, for errors.</param>
    /// <param name="targetText">The caller's expression, for errors.</param>
    /// <remarks>Logarithms are cut off at −100 and the divisor of the slope at 10⁻¹², as PyTorch does, so both stay finite.</remarks>
    /// <exception cref="ShapeException">The shapes do not fit.</exception>
    /// <exception cref="DTypeException">The element types differ or are not floating-point.</exception>
    public static Tensor Bce(
        Tensor prediction, Tensor target, Tensor? weight = null, Reduction reduction = Reduction.Mean,
        [CallerArgumentExpression(nameof(prediction))] string? predictionText = null,
        [CallerArgumentExpression(nameof(target))] string? targetText = null)
    {
        Throw.IfUnlike("Bce", prediction, nameof(prediction), predictionText, target, nameof(target), targetText);
        if (weight is null) return PairLoss<BceOp>.Apply(default, reduction, prediction, target);
        CheckWeight("Bce", nameof(weight), weight, prediction);
        return Reduce(PairLoss<BceOp>.Apply(default, Reduction.None, prediction, target) * weight, reduction);
    }

    /// <summary>The binary cross entropy of σ(x), from the logits x without overflow: max(x, 0) − x·t + log(1 + e^−|x|).</summary>
    /// <param name="logits">Any shape.</param>
    /// <param name="target">Probabilities or 0 and 1 in the same shape; differentiable too.</param>
    /// <param name="weight">Factors of the single losses; must broadcast to the logits' shape.</param>
    /// <param name="positiveWeight">Factors of the part of positive targets; must broadcast to the logits' shape.</param>
    /// <param name="reduction">Mean, sum or the single losses.</param>
    /// <param name="logitsText">The caller's expression, for errors.</param>
    /// <param name="targetText">The caller's expression, for errors.</param>
    /// <exception cref="ShapeException">The shapes do not fit.</exception>
    /// <exception cref="DTypeException">The element types differ or are not floating-point.</exception>
    public static Tensor BceWithLogits(
        Tensor logits, Tensor target, Tensor? weight = null, Tensor? positiveWeight = null, Reduction reduction = Reduction.Mean,
        [CallerArgumentExpression(nameof(logits))] string? logitsText = null,
        [CallerArgumentExpression(nameof(target))] string? targetText = null)
    {
        Throw.IfUnlike("BceWithLogits", logits, nameof(logits), logitsText, target, nameof(target), targetText);
        if (weight is null && positiveWeight is null) return PairLoss<BceWithLogitsOp>.Apply(default, reduction, logits, target);
        CheckWeight("BceWithLogits", nameof(weight), weight, logits);
        CheckWeight("BceWithLogits", nameof(positiveWeight), positiveWeight, logits);
        Tensor losses = positiveWeight is null
            ? PairLoss<BceWithLogitsOp>.Apply(default, Reduction.None, logits, target)
            : ((1 - target) * logits) + ((((positiveWeight - 1) * target) + 1) * (-logits).Softplus(1, double.PositiveInfinity));
        return Reduce(weight is null ? losses : losses * weight, reduction);
    }

    static void CheckWeight(string loss, string name, Tensor? weight, Tensor prediction)
    {
        Throw.IfNotFloating(loss, prediction, weight);
        Shape shape = prediction.Shape;
        if (weight is not null && (!Shape.TryBroadcast(weight.Shape, shape, out Shape all) || all != shape)) throw Throw.LossWeight(loss, name, weight.Shape, shape);
    }
}

readonly record struct BceOp : IBinaryOp, ISampled
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public T F<T>(T a, T b) where T : struct, IReal<T> => -(b * AtLeast(T.Log(a), -100)) - ((1 - b) * AtLeast(T.Log1p(-a), -100));
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public T DA<T>(T a, T b, T y) where T : struct, IReal<T> => (a - b) / AtLeast(a * (1 - a), 1e-12);
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public T DB<T>(T a, T b, T y) where T : struct, IReal<T> => AtLeast(T.Log1p(-a), -100) - AtLeast(T.Log(a), -100);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static T AtLeast<T>(T x, double least) where T : struct, IReal<T> => T.Select(x < least, least, x);

    public static IEnumerable<Sample> Samples =>
    [
        .. PairLossSamples.Of(reduction => (a, b) => Loss.Bce(a, b, null, reduction), 0.1, 0.9),
        Sample.Of([2, 3], [2, 3], (a, b) => Loss.Bce(a, b, Tensor.From([1.0, 0.5, 2]).Cast(a.DType)), 0.1, 0.9),
    ];
}

readonly record struct BceWithLogitsOp : IBinaryOp, ISampled
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public T F<T>(T a, T b) where T : struct, IReal<T> => T.Select(a > 0, a, 0) - (a * b) + T.Softplus(-T.Abs(a));
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public T DA<T>(T a, T b, T y) where T : struct, IReal<T> => T.Sigmoid(a) - b;
    public T DB<T>(T a, T b, T y) where T : struct, IReal<T> => -a;

    public static IEnumerable<Sample> Samples =>
    [
        .. PairLossSamples.Of(reduction => (a, b) => Loss.BceWithLogits(a, b, reduction: reduction)),
        Sample.Of([2, 3], [2, 3], (a, b) => Loss.BceWithLogits(a, b, Tensor.From([1.0, 0.5, 2]).Cast(a.DType), Tensor.From([2.0, 3, 1]).Cast(a.DType))),
    ];
}
