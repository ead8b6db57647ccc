using System.Globalization;
using System.Text;

namespace Autograd.Nn;

/// <summary>The part of examples whose class has the highest score: scores [n, classes, …] and labels Int64 [n, …]; negative labels are left out.</summary>
public sealed class Accuracy() : Metric("accuracy", sums: 2, higherIsBetter: true)
{
    /// <inheritdoc/>
    public override double Value => Sums[0] / Sums[1];

    /// <inheritdoc/>
    public override void Add(Tensor predictions, Tensor labels)
    {
        ReadOnlySpan<long> answers = Classes(predictions, labels).AsSpan<long>(), truth = labels.Dense().AsSpan<long>();
        for (int i = 0; i < truth.Length; i++)
        {
            if (truth[i] < 0) continue;
            if (truth[i] == answers[i]) Sums[0]++;
            Sums[1]++;
        }
    }
}

/// <summary>The part of examples whose class is among the k highest scores: scores [n, classes, …] and labels Int64 [n, …]; negative labels are left out.</summary>
/// <param name="k">How many, 1 to the number of classes.</param>
public sealed class TopKAccuracy(int k = 5) : Metric(FormattableString.Invariant($"top-{k} accuracy"), sums: 2, higherIsBetter: true)
{
    readonly int _k = k >= 1 ? k : throw Throw.OutOfRange(nameof(TopKAccuracy), nameof(k), k, "must be 1 or more", "Pass 1 for the accuracy of the highest score.");

    /// <inheritdoc/>
    public override double Value => Sums[0] / Sums[1];

    /// <inheritdoc/>
    public override void Add(Tensor predictions, Tensor labels)
    {
        CheckClasses(predictions, labels);
        Sums[0] += predictions.Detach().TopK(_k, axis: 1).Indices.Equal(labels.Unsqueeze(1)).Sum().Item();
        foreach (long label in labels.Dense().AsSpan<long>())
        {
            if (label >= 0) Sums[1]++;
        }
    }
}

/// <summary>The part of predictions that lie on the right side of a threshold: predictions and labels of one shape, labels 0 or 1.</summary>
/// <param name="threshold">A prediction above it stands for 1: 0 for logits, 0.5 for probabilities.</param>
public sealed class BinaryAccuracy(double threshold = 0) : Metric("accuracy", sums: 2, higherIsBetter: true)
{
    /// <inheritdoc/>
    public override double Value => Sums[0] / Sums[1];

    /// <inheritdoc/>
    public override void Add(Tensor predictions, Tensor labels)
    {
        CheckSame(predictions, labels);
        double[] scores = predictions.Detach().Cast(DType.Float64).ToArray<double>(), truth = labels.Cast(DType.Float64).ToArray<double>();
        for (int i = 0; i < truth.Length; i++)
        {
            if (scores[i] > threshold == truth[i] > 0.5) Sums[0]++;
        }
        Sums[1] += truth.Length;
    }
}

/// <summary>How often each class was taken for which: scores [n, classes, …] and labels Int64 [n, …]; negative labels are left out. Its value is the accuracy.</summary>
public class ConfusionMatrix : Metric
{
    /// <summary>An empty matrix.</summary>
    /// <param name="classes">The number of classes, ≥ 1.</param>
    /// <exception cref="ArgumentOutOfRangeException">There is less than one class.</exception>
    public ConfusionMatrix(int classes) : this("accuracy", classes)
    {
    }

    private protected ConfusionMatrix(string name, int classes) : base(name, checked(AtLeastOne(classes) * classes), higherIsBetter: true) => ClassCount = classes;

    /// <summary>The number of classes.</summary>
    public int ClassCount { get; }

    /// <summary>How many examples of a class got an answer.</summary>
    /// <param name="truth">What it is.</param>
    /// <param name="answer">What it was taken for.</param>
    /// <exception cref="ArgumentOutOfRangeException">There is no such class.</exception>
    public long this[int truth, int answer] => (long)Sums[(Check(truth) * ClassCount) + Check(answer)];

    /// <inheritdoc/>
    public override double Value => Enumerable.Range(0, ClassCount).Sum(i => Sums[(i * ClassCount) + i]) / Sums.Sum();

    /// <summary>Which part of the answers of a class are right; 0 where there are none.</summary>
    /// <exception cref="ArgumentOutOfRangeException">There is no such class.</exception>
    public double Precision(int number) => Ratio(this[number, number], Enumerable.Range(0, ClassCount).Sum(truth => this[truth, number]));

    /// <summary>Which part of the examples of a class are found; 0 where there are none.</summary>
    /// <exception cref="ArgumentOutOfRangeException">There is no such class.</exception>
    public double Recall(int number) => Ratio(this[number, number], Enumerable.Range(0, ClassCount).Sum(answer => this[number, answer]));

    /// <summary>The harmonic mean of precision and recall; 0 where both are.</summary>
    /// <exception cref="ArgumentOutOfRangeException">There is no such class.</exception>
    public double F1(int number) => Ratio(2 * Precision(number) * Recall(number), Precision(number) + Recall(number));

    /// <inheritdoc/>
    public override void Add(Tensor predictions, Tensor labels)
    {
        CheckClasses(predictions, labels);
        ReadOnlySpan<long> answers = Classes(predictions, labels).AsSpan<long>(), truth = labels.Dense().AsSpan<long>();
        if (predictions.Shape[1] != ClassCount) throw Throw.MetricClasses(ClassCount, predictions.Shape);
        foreach (long label in truth)
        {
            if (label >= ClassCount) throw Throw.MetricLabel(ClassCount, label);
        }
        for (int i = 0; i < truth.Length; i++)
        {
            if (truth[i] >= 0) Sums[(truth[i] * ClassCount) + answers[i]]++;
        }
    }

    /// <summary>A table: a row for what it is, a column for the answer; a dot for never.</summary>
    public override string ToString()
    {
        int width = Math.Max(6, Sums.Max().ToString("0", CultureInfo.InvariantCulture).Length + 2);
        StringBuilder text = new(new string(' ', 5));
        for (int answer = 0; answer < ClassCount; answer++) text.Append(Cell(answer, width));
        for (int truth = 0; truth < ClassCount; truth++)
        {
            text.Append('\n').Append(Cell(truth, 5));
            for (int answer = 0; answer < ClassCount; answer++) text.Append(this[truth, answer] is > 0 and long count ? Cell(count, width) : "·".PadLeft(width));
        }
        return text.ToString();
    }

    static string Cell(long number, int width) => number.ToString(CultureInfo.InvariantCulture).PadLeft(width);

    static double Ratio(double part, double whole) => whole == 0 ? 0 : part / whole;

    static int AtLeastOne(int classes)
    {
        Throw.IfBelow(nameof(ConfusionMatrix), classes, 1, "Pass the number of classes of the model.");
        return classes;
    }

    int Check(int number)
    {
        Throw.IfOutside(nameof(ConfusionMatrix), number, 0, ClassCount - 1, "Count classes from 0.");
        return number;
    }
}

/// <summary>The mean of the classes' F1 (macro average), over the classes that occur as label or answer.</summary>
/// <param name="classes">The number of classes, ≥ 1.</param>
public sealed class MacroF1(int classes) : ConfusionMatrix("F1", classes)
{
    /// <inheritdoc/>
    public override double Value
    {
        get
        {
            int[] present = [.. Enumerable.Range(0, ClassCount).Where(i => Enumerable.Range(0, ClassCount).Any(j => this[i, j] + this[j, i] > 0))];
            return present.Length == 0 ? double.NaN : present.Average(F1);
        }
    }
}

/// <summary>exp of the mean cross-entropy, of logits [n, classes, …] and labels Int64 [n, …]; labels of −100 are left out.</summary>
public sealed class Perplexity() : Metric("perplexity", sums: 2, higherIsBetter: false)
{
    /// <inheritdoc/>
    public override double Value => Math.Exp(Sums[0] / Sums[1]);

    /// <inheritdoc/>
    public override void Add(Tensor predictions, Tensor labels)
    {
        CheckClasses(predictions, labels);
        Sums[0] += Loss.CrossEntropy(predictions.Detach().Cast(DType.Float64), labels, reduction: Reduction.Sum).Item();
        foreach (long label in labels.Dense().AsSpan<long>())
        {
            if (label != -100) Sums[1]++;
        }
    }
}
