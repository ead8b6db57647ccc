using System.Runtime.CompilerServices;

namespace Autograd;

public static partial class Loss
{
    /// <summary>Squared near 0, linear beyond: d²/2 for |d| ≤ delta, else delta·(|d| − delta/2), where d = prediction − target.</summary>
    /// <param name="prediction">Any shape.</param>
    /// <param name="target">The same shape; differentiable too.</param>
    /// <param name="delta">Where the two parts meet, ≥ 0.</param>
    /// <param name="reduction">Mean, sum or the single losses.</param>
    /// <param name="predictionText">The caller's expression, for errors.</param>
    /// <param name="targetText">The caller's expression, for errors.</param>
    /// <exception cref="ShapeException">The shapes differ.</exception>
    /// <exception cref="DTypeException">The element types differ or are not floating-point.</exception>
    public static Tensor Huber(
        Tensor prediction, Tensor target, double delta = 1, Reduction reduction = Reduction.Mean,
        [CallerArgumentExpression(nameof(prediction))] string? predictionText = null,
        [CallerArgumentExpression(nameof(target))] string? targetText = null)
    {
        Throw.IfUnlike("Huber", prediction, nameof(prediction), predictionText, target, nameof(target), targetText);
        if (!(delta >= 0)) throw Throw.NegativeParameter("Huber", nameof(delta), delta);
        return PairLoss<HuberOp>.Apply(new(delta), reduction, prediction, target);
    }
}

readonly record struct HuberOp(double Delta) : IBinaryOp, ISampled
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public T F<T>(T a, T b) where T : struct, IReal<T>
    {
        T d = a - b, size = T.Abs(d);
        return T.Select(size <= Delta, 0.5 * d * d, Delta * (size - (0.5 * Delta)));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public T DA<T>(T a, T b, T y) where T : struct, IReal<T> => Slope(a - b);
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public T DB<T>(T a, T b, T y) where T : struct, IReal<T> => Slope(b - a);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    T Slope<T>(T d) where T : struct, IReal<T> => T.Select(d > Delta, Delta, T.Select(d < -Delta, -Delta, d));

    public static IEnumerable<Sample> Samples => PairLossSamples.Of(reduction => (a, b) => Loss.Huber(a, b, 0.7, reduction));
}
