using System.Runtime.CompilerServices;

namespace Autograd;

public static partial class Loss
{
    /// <summary>x for targets of 1, max(0, margin − x) for targets of −1: pulls pairs together or apart. The slope at the kink is −1.</summary>
    /// <param name="prediction">Distances, any shape.</param>
    /// <param name="target">1 and −1 in the same shape and type.</param>
    /// <param name="margin">Beyond this distance, pairs with target −1 cost nothing.</param>
    /// <param name="reduction">Mean, sum or the single losses.</param>
    /// <param name="predictionText">The caller's expression, for errors.</param>
    /// <param name="targetText">The caller's expression, for errors.</param>
    /// <exception cref="ShapeException">The shapes differ.</exception>
    /// <exception cref="DTypeException">The element types differ or are not floating-point.</exception>
    public static Tensor HingeEmbedding(
        Tensor prediction, Tensor target, double margin = 1, Reduction reduction = Reduction.Mean,
        [CallerArgumentExpression(nameof(prediction))] string? predictionText = null,
        [CallerArgumentExpression(nameof(target))] string? targetText = null)
    {
        Throw.IfUnlike("HingeEmbedding", prediction, nameof(prediction), predictionText, target, nameof(target), targetText);
        return PairLoss<HingeEmbeddingOp>.Apply(new(margin), reduction, prediction, target);
    }

    /// <summary>max(0, margin − target·(a − b)): a should exceed b where the target is 1, the reverse where it is −1.</summary>
    /// <param name="a">Any shape.</param>
    /// <param name="b">The same shape.</param>
    /// <param name="target">1 and −1 in the same shape and type.</param>
    /// <param name="margin">The wanted difference.</param>
    /// <param name="reduction">Mean, sum or the single losses.</param>
    /// <param name="aText">The caller's expression, for errors.</param>
    /// <param name="bText">The caller's expression, for errors.</param>
    /// <param name="targetText">The caller's expression, for errors.</param>
    /// <exception cref="ShapeException">The shapes differ.</exception>
    /// <exception cref="DTypeException">The element types differ or are not floating-point.</exception>
    public static Tensor MarginRanking(
        Tensor a, Tensor b, Tensor target, double margin = 0, Reduction reduction = Reduction.Mean,
        [CallerArgumentExpression(nameof(a))] string? aText = null, [CallerArgumentExpression(nameof(b))] string? bText = null,
        [CallerArgumentExpression(nameof(target))] string? targetText = null)
    {
        Throw.IfUnlike("MarginRanking", a, nameof(a), aText, b, nameof(b), bText);
        Throw.IfUnlike("MarginRanking", a, nameof(a), aText, target, nameof(target), targetText);
        return Reduce(Map<HingeOp>.Default.Apply(margin - (target * (a - b))), reduction);
    }

    /// <summary>max(0, d(anchor, positive) − d(anchor, negative) + margin), with distances along the last axis as in PairwiseDistance.</summary>
    /// <param name="anchor">[…, features].</param>
    /// <param name="positive">The same shape.</param>
    /// <param name="negative">The same shape.</param>
    /// <param name="margin">By how much the negative should be farther away.</param>
    /// <param name="p">Exponent of the norm.</param>
    /// <param name="epsilon">Added to every difference.</param>
    /// <param name="swap">Takes d(positive, negative) where it is the smaller distance of the negative. Source: Balntas et al. 2016.</param>
    /// <param name="reduction">Mean, sum or the single losses.</param>
    /// <param name="anchorText">The caller's expression, for errors.</param>
    /// <param name="positiveText">The caller's expression, for errors.</param>
    /// <param name="negativeText">The caller's expression, for errors.</param>
    /// <exception cref="ShapeException">The shapes differ.</exception>
    /// <exception cref="DTypeException">The element types differ or are not floating-point.</exception>
    public static Tensor TripletMargin(
        Tensor anchor, Tensor positive, Tensor negative, double margin = 1, double p = 2, double epsilon = 1e-6, bool swap = false,
        Reduction reduction = Reduction.Mean,
        [CallerArgumentExpression(nameof(anchor))] string? anchorText = null,
        [CallerArgumentExpression(nameof(positive))] string? positiveText = null,
        [CallerArgumentExpression(nameof(negative))] string? negativeText = null)
    {
        Throw.IfUnlike("TripletMargin", anchor, nameof(anchor), anchorText, positive, nameof(positive), positiveText);
        Throw.IfUnlike("TripletMargin", anchor, nameof(anchor), anchorText, negative, nameof(negative), negativeText);
        if (anchor.Rank == 0) throw Throw.NoVectors("TripletMargin", nameof(anchor), anchorText, anchor.Shape);
        Tensor near = Norms.Distance(anchor, positive, p, epsilon, false, "TripletMargin"), far = Norms.Distance(anchor, negative, p, epsilon, false, "TripletMargin");
        if (swap) far = far.Minimum(Norms.Distance(positive, negative, p, epsilon, false, "TripletMargin"));
        return Reduce(Map<HingeOp>.Default.Apply(near - far + margin), reduction);
    }
}

readonly record struct HingeEmbeddingOp(double Margin) : IBinaryOp, ISampled
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public T F<T>(T a, T b) where T : struct, IReal<T> =>
        T.Select(T.Equal(b, -1), 0, a) + T.Select(T.Equal(b, 1), 0, T.Select(a > Margin, 0, Margin - a));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public T DA<T>(T a, T b, T y) where T : struct, IReal<T> =>
        T.Select(T.Equal(b, -1), 0, 1) - T.Select(T.Equal(b, 1), 0, T.Select(a > Margin, 0, 1));

    public T DB<T>(T a, T b, T y) where T : struct, IReal<T> => 0;

    public static IEnumerable<Sample> Samples =>
    [
        Sample.Of([2, 2], x => Loss.HingeEmbedding(x, Tensor.From([1.0, -1, -1, 1], [2, 2]).Cast(x.DType), 0.7)),
        Sample.Of([2, 3], [2, 3], (a, b) => Loss.MarginRanking(a, b, Tensor.From([1.0, -1, -1, 1, 1, -1], [2, 3]).Cast(a.DType), 0.3)),
        Sample.Of([2, 3], [2, 3], (a, b) => Loss.TripletMargin(a, b, Tensor.From([0.1, 0.4, -0.3, 1.1, 0.2, -0.9], [2, 3]).Cast(a.DType), swap: true)),
    ];
}

/// <summary>max(x, 0) with slope 1 at the kink, as hinge losses have it.</summary>
readonly record struct HingeOp : IUnaryOp, ISampled
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public T F<T>(T x) where T : struct, IReal<T> => T.Select(x < 0, 0, x);
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public T D<T>(T x, T y) where T : struct, IReal<T> => T.Select(x < 0, 0, 1);

    public static IEnumerable<Sample> Samples => [Sample.Of(x => Map<HingeOp>.Default.Apply(x))];
}
