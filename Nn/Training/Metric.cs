namespace Autograd.Nn;

/// <summary>A measure of predictions that is gathered batch by batch, such as <see cref="Accuracy"/>.</summary>
/// <remarks>All that one of your own gathers belongs into <see cref="Sums"/>: so it is saved and restored with a training.</remarks>
public abstract class Metric
{
    /// <summary>Sets what does not change.</summary>
    /// <param name="name">What the measure is called.</param>
    /// <param name="sums">How many numbers are gathered.</param>
    /// <param name="higherIsBetter">Whether a good model has a high value.</param>
    protected Metric(string name, int sums, bool higherIsBetter)
    {
        ArgumentException.ThrowIfNullOrEmpty(name);
        (Name, HigherIsBetter, Sums) = (name, higherIsBetter, new double[sums]);
    }

    /// <summary>What the measure is called.</summary>
    public string Name { get; }

    /// <summary>Whether a good model has a high value, as with an accuracy, or a low one, as with an error.</summary>
    public bool HigherIsBetter { get; }

    /// <summary>The measure of all that was added since the last reset; NaN where nothing was.</summary>
    public abstract double Value { get; }

    /// <summary>What has been gathered, at first 0.</summary>
    protected internal double[] Sums { get; }

    /// <summary>Adds the predictions of one batch.</summary>
    /// <param name="predictions">What the model gave.</param>
    /// <param name="labels">What is true.</param>
    public abstract void Add(Tensor predictions, Tensor labels);

    /// <summary>Forgets all that was added.</summary>
    public void Reset() => Array.Clear(Sums);

    /// <summary>The measure of these predictions alone: <c>new Accuracy().Of(model.Forward(x), labels)</c>.</summary>
    /// <inheritdoc cref="Add"/>
    public double Of(Tensor predictions, Tensor labels)
    {
        Reset();
        using RecordingSwitch noGrad = Tape.NoGrad();
        Add(predictions, labels);
        return Value;
    }

    /// <summary>The class of the highest score for each label.</summary>
    /// <param name="scores">[n, classes, …].</param>
    /// <param name="labels">Int64 [n, …].</param>
    /// <returns>Int64, of the labels' shape.</returns>
    /// <exception cref="ShapeException">The shapes do not fit.</exception>
    /// <exception cref="DTypeException">The labels are not Int64.</exception>
    protected Tensor Classes(Tensor scores, Tensor labels)
    {
        CheckClasses(scores, labels);
        return scores.Detach().ArgMax(1);
    }

    /// <summary>Checks scores of classes and labels; see <see cref="Classes"/>.</summary>
    /// <param name="scores">[n, classes, …].</param>
    /// <param name="labels">Int64 [n, …].</param>
    /// <inheritdoc cref="Classes" path="/exception"/>
    protected void CheckClasses(Tensor scores, Tensor labels)
    {
        Throw.IfNull(Name, scores);
        Throw.IfNull(Name, labels);
        if (labels.DType != DType.Int64) throw Throw.MetricLabels(Name, labels.DType);
        bool fits = scores.Rank >= 2 && labels.Rank == scores.Rank - 1 && scores.Shape[0] == labels.Shape[0] && scores.Shape.Sizes[2..].SequenceEqual(labels.Shape.Sizes[1..]);
        if (!fits) throw Throw.MetricScores(Name, scores.Shape, labels.Shape);
    }

    /// <summary>Checks that there is one prediction a label.</summary>
    /// <exception cref="ShapeException">The shapes differ.</exception>
    protected void CheckSame(Tensor predictions, Tensor labels)
    {
        Throw.IfNull(Name, predictions);
        Throw.IfNull(Name, labels);
        if (predictions.Shape != labels.Shape) throw Throw.MetricShapes(Name, predictions.Shape, labels.Shape);
    }
}
