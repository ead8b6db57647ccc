namespace Autograd.Nn;

/// <summary>The mean square of differences, as a module; see <see cref="Loss.Mse"/>.</summary>
/// <param name="reduction">What becomes of the losses of all elements.</param>
public sealed class MseLoss(Reduction reduction = Reduction.Mean) : Module<Tensor, Tensor, Tensor>
{
    /// <inheritdoc cref="Loss.Mse"/>
    protected override Tensor Compute(Tensor prediction, Tensor target) => Loss.Mse(prediction, target, reduction);
}

/// <summary>The mean of absolute differences, as a module; see <see cref="Loss.L1"/>.</summary>
/// <param name="reduction">What becomes of the losses of all elements.</param>
public sealed class L1Loss(Reduction reduction = Reduction.Mean) : Module<Tensor, Tensor, Tensor>
{
    /// <inheritdoc cref="Loss.L1"/>
    protected override Tensor Compute(Tensor prediction, Tensor target) => Loss.L1(prediction, target, reduction);
}

/// <summary>Squares near 0 and absolute differences beyond, as a module; see <see cref="Loss.SmoothL1"/>.</summary>
/// <param name="beta">Where one becomes the other, ≥ 0.</param>
/// <param name="reduction">What becomes of the losses of all elements.</param>
public sealed class SmoothL1Loss(double beta = 1, Reduction reduction = Reduction.Mean) : Module<Tensor, Tensor, Tensor>
{
    /// <inheritdoc cref="Loss.SmoothL1"/>
    protected override Tensor Compute(Tensor prediction, Tensor target) => Loss.SmoothL1(prediction, target, beta, reduction);
}

/// <summary>Huber's loss as a module; see <see cref="Loss.Huber"/>.</summary>
/// <param name="delta">Where squares become lines, ≥ 0.</param>
/// <param name="reduction">What becomes of the losses of all elements.</param>
public sealed class HuberLoss(double delta = 1, Reduction reduction = Reduction.Mean) : Module<Tensor, Tensor, Tensor>
{
    /// <inheritdoc cref="Loss.Huber"/>
    protected override Tensor Compute(Tensor prediction, Tensor target) => Loss.Huber(prediction, target, delta, reduction);
}

/// <summary>The divergence of Kullback and Leibler as a module; see <see cref="Loss.KLDiv"/>.</summary>
/// <param name="logTarget">Whether the target holds logarithms too.</param>
/// <param name="reduction">What becomes of the losses of all elements.</param>
public sealed class KLDivLoss(bool logTarget = false, Reduction reduction = Reduction.Mean) : Module<Tensor, Tensor, Tensor>
{
    /// <inheritdoc cref="Loss.KLDiv"/>
    protected override Tensor Compute(Tensor prediction, Tensor target) => Loss.KLDiv(prediction, target, logTarget, reduction);
}

/// <summary>The cross entropy of probabilities of two classes, as a module; see <see cref="Loss.Bce"/>.</summary>
/// <param name="weight">A factor for each element, which broadcasts; 1 when left out.</param>
/// <param name="reduction">What becomes of the losses of all elements.</param>
public sealed class BceLoss(Tensor? weight = null, Reduction reduction = Reduction.Mean) : Module<Tensor, Tensor, Tensor>
{
    /// <summary>The factors, or null.</summary>
    [Buffer] public Tensor? Weight { get; set; } = weight;

    /// <inheritdoc cref="Loss.Bce"/>
    protected override Tensor Compute(Tensor prediction, Tensor target) => Loss.Bce(prediction, target, Weight, reduction);
}

/// <summary>The cross entropy of scores of two classes, as a module; see <see cref="Loss.BceWithLogits"/>.</summary>
/// <param name="weight">A factor for each element, which broadcasts; 1 when left out.</param>
/// <param name="positiveWeight">A factor for what belongs to the class, which broadcasts; 1 when left out.</param>
/// <param name="reduction">What becomes of the losses of all elements.</param>
public sealed class BceWithLogitsLoss(Tensor? weight = null, Tensor? positiveWeight = null, Reduction reduction = Reduction.Mean) : Module<Tensor, Tensor, Tensor>
{
    /// <summary>The factors, or null.</summary>
    [Buffer] public Tensor? Weight { get; set; } = weight;

    /// <summary>The factors of what belongs to the class, or null.</summary>
    [Buffer, ParameterName("pos_weight")] public Tensor? PositiveWeight { get; set; } = positiveWeight;

    /// <inheritdoc cref="Loss.BceWithLogits"/>
    protected override Tensor Compute(Tensor logits, Tensor target) => Loss.BceWithLogits(logits, target, Weight, PositiveWeight, reduction);
}

/// <summary>The cross entropy of scores of classes, as a module; see <see cref="Loss.CrossEntropy"/>.</summary>
/// <param name="classWeights">A factor for each class, [classes]; 1 when left out.</param>
/// <param name="ignoreIndex">The label of examples that do not count.</param>
/// <param name="labelSmoothing">Which part of a label is spread over all classes, in [0, 1].</param>
/// <param name="reduction">What becomes of the losses of all examples.</param>
public sealed class CrossEntropyLoss(
    Tensor? classWeights = null, long ignoreIndex = -100, double labelSmoothing = 0, Reduction reduction = Reduction.Mean) : Module<Tensor, Tensor, Tensor>
{
    /// <summary>The factors of the classes, or null.</summary>
    [Buffer] public Tensor? Weight { get; set; } = classWeights;

    /// <inheritdoc cref="Loss.CrossEntropy"/>
    protected override Tensor Compute(Tensor logits, Tensor labels) => Loss.CrossEntropy(logits, labels, Weight, ignoreIndex, labelSmoothing, reduction);
}

/// <summary>The negative logarithm of the label's probability, as a module; see <see cref="Loss.Nll"/>.</summary>
/// <param name="classWeights">A factor for each class, [classes]; 1 when left out.</param>
/// <param name="ignoreIndex">The label of examples that do not count.</param>
/// <param name="reduction">What becomes of the losses of all examples.</param>
public sealed class NllLoss(Tensor? classWeights = null, long ignoreIndex = -100, Reduction reduction = Reduction.Mean) : Module<Tensor, Tensor, Tensor>
{
    /// <summary>The factors of the classes, or null.</summary>
    [Buffer] public Tensor? Weight { get; set; } = classWeights;

    /// <inheritdoc cref="Loss.Nll"/>
    protected override Tensor Compute(Tensor logProbabilities, Tensor labels) => Loss.Nll(logProbabilities, labels, Weight, ignoreIndex, reduction);
}

/// <summary>The hinge loss of distances, as a module; see <see cref="Loss.HingeEmbedding"/>.</summary>
/// <param name="margin">How far apart what differs should be.</param>
/// <param name="reduction">What becomes of the losses of all elements.</param>
public sealed class HingeEmbeddingLoss(double margin = 1, Reduction reduction = Reduction.Mean) : Module<Tensor, Tensor, Tensor>
{
    /// <inheritdoc cref="Loss.HingeEmbedding"/>
    protected override Tensor Compute(Tensor prediction, Tensor target) => Loss.HingeEmbedding(prediction, target, margin, reduction);
}

/// <summary>The loss of a wrong order, as a module; see <see cref="Loss.MarginRanking"/>.</summary>
/// <param name="margin">How far apart the two should be.</param>
/// <param name="reduction">What becomes of the losses of all elements.</param>
public sealed class MarginRankingLoss(double margin = 0, Reduction reduction = Reduction.Mean) : Module<Tensor, Tensor, Tensor, Tensor>
{
    /// <inheritdoc cref="Loss.MarginRanking"/>
    protected override Tensor Compute(Tensor a, Tensor b, Tensor target) => Loss.MarginRanking(a, b, target, margin, reduction);
}

/// <summary>The loss of a triple whose unlike is too near, as a module; see <see cref="Loss.TripletMargin"/>.</summary>
/// <param name="margin">By how much the unlike should be further off than the like.</param>
/// <param name="p">The norm of the distances.</param>
/// <param name="epsilon">Added to the differences.</param>
/// <param name="swap">Whether the distance of like and unlike counts where it is smaller.</param>
/// <param name="reduction">What becomes of the losses of all triples.</param>
public sealed class TripletMarginLoss(double margin = 1, double p = 2, double epsilon = 1e-6, bool swap = false, Reduction reduction = Reduction.Mean)
    : Module<Tensor, Tensor, Tensor, Tensor>
{
    /// <inheritdoc cref="Loss.TripletMargin"/>
    protected override Tensor Compute(Tensor anchor, Tensor positive, Tensor negative) => Loss.TripletMargin(anchor, positive, negative, margin, p, epsilon, swap, reduction);
}
