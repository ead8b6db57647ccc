using System.Runtime.CompilerServices;

namespace Autograd;

public static partial class Loss
{
    /// <summary>The negative log-likelihood −logProbabilities[label] of class labels.</summary>
    /// <param name="logProbabilities">[n, classes, …] or [classes], such as LogSoftmax gives.</param>
    /// <param name="labels">Int64 class numbers, [n, …] or []: the shape without the class axis.</param>
    /// <param name="classWeights">One weight a class, [classes]; the mean then divides by the sum of the labels' weights.</param>
    /// <param name="ignoreIndex">A label that does not count. If no place counts, the mean is 0 (in PyTorch NaN).</param>
    /// <param name="reduction">Mean, sum or the single losses.</param>
    /// <param name="logProbabilitiesText">The caller's expression, for errors.</param>
    /// <param name="labelsText">The caller's expression, for errors.</param>
    /// <exception cref="ShapeException">The shapes do not fit, or a label is out of range.</exception>
    /// <exception cref="DTypeException">The first argument is not floating-point or labels are not Int64.</exception>
    public static Tensor Nll(
        Tensor logProbabilities, Tensor labels, Tensor? classWeights = null, long ignoreIndex = -100, Reduction reduction = Reduction.Mean,
        [CallerArgumentExpression(nameof(logProbabilities))] string? logProbabilitiesText = null,
        [CallerArgumentExpression(nameof(labels))] string? labelsText = null)
    {
        Throw.IfNull("Nll", logProbabilities);
        Throw.IfNull("Nll", labels);
        Tensor x = logProbabilities;
        if (x.Rank == 0) throw Throw.NoClasses("Nll", nameof(logProbabilities), logProbabilitiesText, x.Shape);
        Labels.Check("Nll", nameof(logProbabilities), x, labels, classWeights, ignoreIndex, logProbabilitiesText, labelsText);
        AxisSplit split = AxisSplit.Of(x.Shape, Labels.ClassAxis(x.Shape));
        if (classWeights is null && labels.Count > 0 && !BatchLevel.AllOf(labels).Dense().AsSpan<long>().Contains(ignoreIndex)) return Reduce(-x.PickAlong(labels, labels.Shape, split), reduction);
        Tensor positions = Tensor.Where(labels.Equal(Tensor.Scalar(ignoreIndex, DType.Int64)), 0, labels);
        Tensor weights = Labels.Weights(labels, classWeights, ignoreIndex, x.DType);
        Tensor picked = x.PickAlong(positions, labels.Shape, split);
        Tensor losses = -Map2<ChainOp>.Default.Apply(weights, picked);
        return reduction == Reduction.Mean ? Labels.MeanOfCounted(losses, weights, AxisSet.All) : Reduce(losses, reduction);
    }

    /// <summary>Losses of single elements, reduced.</summary>
    static Tensor Reduce(Tensor losses, Reduction reduction) => reduction switch
    {
        Reduction.Mean => losses.Mean(),
        Reduction.Sum => losses.Sum(),
        _ => losses,
    };
}
