using System.Runtime.CompilerServices;

namespace Autograd;

public static partial class Loss
{
    /// <summary>The Kullback-Leibler divergence, element by element: target·(log target − prediction), 0 where the target is 0.</summary>
    /// <param name="prediction">Log-probabilities, any shape.</param>
    /// <param name="target">Probabilities, or their logarithms, in the same shape; differentiable too.</param>
    /// <param name="logTarget">Whether the target is given as logarithms.</param>
    /// <param name="reduction">Mean over elements, sum or the single values; divide the sum by n for the mean over a batch.</param>
    /// <param name="predictionText">The caller's expression, for errors.</param>
    /// <param name="targetText">The caller's expression, for errors.</param>
    /// <exception cref="ShapeException">The shapes differ.</exception>
    /// <exception cref="DTypeException">The element types differ or are not floating-point.</exception>
    public static Tensor KLDiv(
        Tensor prediction, Tensor target, bool logTarget = false, Reduction reduction = Reduction.Mean,
        [CallerArgumentExpression(nameof(prediction))] string? predictionText = null,
        [CallerArgumentExpression(nameof(target))] string? targetText = null)
    {
        Throw.IfUnlike("KLDiv", prediction, nameof(prediction), predictionText, target, nameof(target), targetText);
        return logTarget
            ? PairLoss<KLDivLogOp>.Apply(default, reduction, prediction, target)
            : PairLoss<KLDivOp>.Apply(default, reduction, prediction, target);
    }
}

readonly record struct KLDivOp : IBinaryOp, ISampled
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public T F<T>(T a, T b) where T : struct, IReal<T> => T.Select(T.Equal(b, 0), 0, b * (T.Log(b) - a));
    public T DA<T>(T a, T b, T y) where T : struct, IReal<T> => -b;
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public T DB<T>(T a, T b, T y) where T : struct, IReal<T> => T.Select(T.Equal(b, 0), -a, T.Log(b) - a + 1);

    public static IEnumerable<Sample> Samples => PairLossSamples.Of(reduction => (a, b) => Loss.KLDiv(a, b, false, reduction), 0.1, 2);
}

readonly record struct KLDivLogOp : IBinaryOp, ISampled
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public T F<T>(T a, T b) where T : struct, IReal<T> => T.Exp(b) * (b - a);
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public T DA<T>(T a, T b, T y) where T : struct, IReal<T> => -T.Exp(b);
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public T DB<T>(T a, T b, T y) where T : struct, IReal<T> => T.Exp(b) * (b - a + 1);

    public static IEnumerable<Sample> Samples => PairLossSamples.Of(reduction => (a, b) => Loss.KLDiv(a, b, true, reduction));
}
