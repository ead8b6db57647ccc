using System.Runtime.CompilerServices;

namespace Autograd;

/// <summary>Losses: what a model's output is compared by. Shapes must agree exactly; nothing is broadcast.</summary>
public static partial class Loss
{
    /// <summary>The squared error (prediction − target)².</summary>
    /// <param name="prediction">Any shape.</param>
    /// <param name="target">The same shape; differentiable too.</param>
    /// <param name="reduction">Mean, sum or the single losses.</param>
    /// <param name="predictionText">The caller's expression, for errors.</param>
    /// <param name="targetText">The caller's expression, for errors.</param>
    /// <exception cref="ShapeException">The shapes differ.</exception>
    /// <exception cref="DTypeException">The element types differ or are not floating-point.</exception>
    public static Tensor Mse(
        Tensor prediction, Tensor target, Reduction reduction = Reduction.Mean,
        [CallerArgumentExpression(nameof(prediction))] string? predictionText = null,
        [CallerArgumentExpression(nameof(target))] string? targetText = null)
    {
        Throw.IfUnlike("Mse", prediction, nameof(prediction), predictionText, target, nameof(target), targetText);
        return PairLoss<MseOp>.Apply(default, reduction, prediction, target);
    }
}

readonly record struct MseOp : IBinaryOp, ISampled
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public T F<T>(T a, T b) where T : struct, IReal<T> => (a - b) * (a - b);
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public T DA<T>(T a, T b, T y) where T : struct, IReal<T> => 2 * (a - b);
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public T DB<T>(T a, T b, T y) where T : struct, IReal<T> => 2 * (b - a);

    public static IEnumerable<Sample> Samples => PairLossSamples.Of(reduction => (a, b) => Loss.Mse(a, b, reduction));
}

/// <summary>Calls of a loss of two tensors.</summary>
static class PairLossSamples
{
    public static IEnumerable<Sample> Of(Func<Reduction, Func<Tensor, Tensor, Tensor>> loss, double low = -2, double high = 2) =>
    [
        Sample.Of([2, 3], [2, 3], loss(Reduction.Mean), low, high),
        Sample.Of([3, 7], [3, 7], loss(Reduction.Sum), low, high),
        Sample.Of([2, 3], [2, 3], loss(Reduction.None), low, high),
        Sample.Of([], [], loss(Reduction.Mean), low, high),
    ];
}
