using System.Runtime.CompilerServices;

namespace Autograd;

public static partial class Loss
{
    /// <summary>The absolute error |prediction − target|; the derivative at 0 is 0.</summary>
    /// <param name="prediction">Any shape.</param>
    /// <param name="target">The same shape; differentiable too.</param>
    /// <param name="reduction">Mean, sum or the single losses.</param>
    /// <param name="predictionText">The caller's expression, for errors.</param>
    /// <param name="targetText">The caller's expression, for errors.</param>
    /// <exception cref="ShapeException">The shapes differ.</exception>
    /// <exception cref="DTypeException">The element types differ or are not floating-point.</exception>
    public static Tensor L1(
        Tensor prediction, Tensor target, Reduction reduction = Reduction.Mean,
        [CallerArgumentExpression(nameof(prediction))] string? predictionText = null,
        [CallerArgumentExpression(nameof(target))] string? targetText = null)
    {
        Throw.IfUnlike("L1", prediction, nameof(prediction), predictionText, target, nameof(target), targetText);
        return PairLoss<L1Op>.Apply(default, reduction, prediction, target);
    }
}

readonly record struct L1Op : IBinaryOp, ISampled
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public T F<T>(T a, T b) where T : struct, IReal<T> => T.Abs(a - b);
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public T DA<T>(T a, T b, T y) where T : struct, IReal<T> => T.Select(a > b, 1, T.Select(a < b, -1, 0));
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public T DB<T>(T a, T b, T y) where T : struct, IReal<T> => T.Select(a > b, -1, T.Select(a < b, 1, 0));

    public static IEnumerable<Sample> Samples => PairLossSamples.Of(reduction => (a, b) => Loss.L1(a, b, reduction));
}
