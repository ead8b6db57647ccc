using System.Runtime.CompilerServices;

namespace Autograd;

public static partial class Loss
{
    /// <summary>Squared near 0, absolute beyond: d²/(2·beta) for |d| &lt; beta, else |d| − beta/2, where d = prediction − target.</summary>
    /// <param name="prediction">Any shape.</param>
    /// <param name="target">The same shape; differentiable too.</param>
    /// <param name="beta">Where the two parts meet, ≥ 0; 0 gives <see cref="L1"/>.</param>
    /// <param name="reduction">Mean, sum or the single losses.</param>
    /// <param name="predictionText">The caller's expression, for errors.</param>
    /// <param name="targetText">The caller's expression, for errors.</param>
    /// <exception cref="ShapeException">The shapes differ.</exception>
    /// <exception cref="DTypeException">The element types differ or are not floating-point.</exception>
    public static Tensor SmoothL1(
        Tensor prediction, Tensor target, double beta = 1, Reduction reduction = Reduction.Mean,
        [CallerArgumentExpression(nameof(prediction))] string? predictionText = null,
        [CallerArgumentExpression(nameof(target))] string? targetText = null)
    {
        Throw.IfUnlike("SmoothL1", prediction, nameof(prediction), predictionText, target, nameof(target), targetText);
        if (!(beta >= 0)) throw Throw.NegativeParameter("SmoothL1", nameof(beta), beta);
        return PairLoss<SmoothL1Op>.Apply(new(beta), reduction, prediction, target);
    }
}

readonly record struct SmoothL1Op(double Beta) : IBinaryOp, ISampled
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public T F<T>(T a, T b) where T : struct, IReal<T>
    {
        T d = a - b, size = T.Abs(d);
        return Beta == 0 ? size : T.Select(size < Beta, 0.5 / Beta * d * d, size - (0.5 * Beta));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public T DA<T>(T a, T b, T y) where T : struct, IReal<T> => Slope(a - b);
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public T DB<T>(T a, T b, T y) where T : struct, IReal<T> => Slope(b - a);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    T Slope<T>(T d) where T : struct, IReal<T>
    {
        T sign = T.Select(d > 0, 1, T.Select(d < 0, -1, 0 * d));
        return Beta == 0 ? sign : T.Select(T.Abs(d) < Beta, d / Beta, sign);
    }

    public static IEnumerable<Sample> Samples => PairLossSamples.Of(reduction => (a, b) => Loss.SmoothL1(a, b, 0.7, reduction));
}
