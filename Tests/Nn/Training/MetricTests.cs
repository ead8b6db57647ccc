using Autograd.Nn;

namespace Autograd.Tests.Nn.Training;

public sealed class MetricTests
{
    // Answers 1, 0, 2, 1; second best 2, 1, 0, 0.
    static readonly Tensor Scores = Tensor.From(new float[,] { { 0, 3, 2 }, { 5, 4, 1 }, { 2, 1, 3 }, { 1, 2, -1 } });
    static readonly Tensor Labels = Tensor.From([1L, 1, 2, 0]);

    [Test]
    public void Accuracy_counts_what_is_right_over_all_batches()
    {
        Accuracy accuracy = new();
        Assert.That(accuracy.Value, Is.NaN);
        accuracy.Add(Scores, Labels);
        Assert.That(accuracy.Value, Is.EqualTo(0.5));
        accuracy.Add(Scores.Slice(0, 0, 1), Tensor.From([1L]));
        Assert.That(accuracy.Value, Is.EqualTo(0.6));
        accuracy.Reset();
        Assert.That(accuracy.Value, Is.NaN);
        Assert.That(accuracy.Of(Scores, Tensor.From([1L, -100, -1, 0])), Is.EqualTo(0.5), "negative labels are left out");
    }

    [Test]
    public void Accuracy_of_tokens_has_the_classes_in_the_second_axis()
    {
        Tensor scores = Tensor.Stack([Scores, Scores.Flip(0)]).Transpose(1, 2);
        Tensor labels = Tensor.Stack([Labels, Labels]);
        Assert.That(scores.Shape.ToString(), Is.EqualTo("[2, 3, 4]"));
        // The second example's answers are 1, 2, 0, 1.
        Assert.That(new Accuracy().Of(scores, labels), Is.EqualTo(3 / 8.0));
        Assert.That(new TopKAccuracy(3).Of(scores, labels), Is.EqualTo(1));
    }

    [TestCase(1, 0.5)]
    [TestCase(2, 1.0)]
    [TestCase(3, 1.0)]
    public void TopK_counts_what_is_among_the_highest(int k, double expected) => Assert.That(new TopKAccuracy(k).Of(Scores, Labels), Is.EqualTo(expected));

    [Test]
    public void Binary_accuracy_compares_with_its_threshold()
    {
        Tensor logits = Tensor.From(new float[,] { { -1 }, { 0.2f }, { 3 } }), labels = Tensor.From(new float[,] { { 0 }, { 0 }, { 1 } });
        Assert.That(new BinaryAccuracy().Of(logits, labels), Is.EqualTo(2 / 3.0));
        Assert.That(new BinaryAccuracy(0.5).Of(logits, labels), Is.EqualTo(1));
    }

    // By hand: rows are truths. 0: one taken for 1. 1: one right, one taken for 0. 2: one right. As scikit-learn's f1_score(average="macro") computes it.
    [Test]
    public void Confusion_precision_recall_and_F1()
    {
        ConfusionMatrix confusion = new(3);
        Assert.That(confusion.Of(Scores, Labels), Is.EqualTo(0.5));
        Assert.That(new[] { confusion[0, 1], confusion[1, 0], confusion[1, 1], confusion[2, 2], confusion[0, 0] }, Is.EqualTo(new[] { 1, 1, 1, 1, 0 }));
        Assert.That((confusion.Precision(1), confusion.Recall(1), confusion.F1(1)), Is.EqualTo((0.5, 0.5, 0.5)));
        Assert.That((confusion.Precision(0), confusion.Recall(0), confusion.F1(0), confusion.F1(2)), Is.EqualTo((0.0, 0.0, 0.0, 1.0)));
        Assert.That(new MacroF1(3).Of(Scores, Labels), Is.EqualTo(0.5));
        Assert.That(confusion.ToString(), Is.EqualTo(
            """
                      0     1     2
                0     ·     1     ·
                1     1     1     ·
                2     ·     ·     1
            """));
    }

    [Test]
    public void MacroF1_leaves_out_classes_that_never_occur()
    {
        Tensor scores = Tensor.From(new float[,] { { 1, 0, 0, 0 }, { 0, 1, 0, 0 } });
        Assert.That(new MacroF1(4).Of(scores, Tensor.From([0L, 1])), Is.EqualTo(1));
    }

    [Test]
    public void Errors_of_regression()
    {
        Tensor y = Tensor.From([1f, 2, 5]), t = Tensor.From([1f, 4, 1]);
        Assert.That(new RootMeanSquareError().Of(y, t), Is.EqualTo(Math.Sqrt(20 / 3.0)).Within(1e-15));
        Assert.That(new MeanAbsoluteError().Of(y, t), Is.EqualTo(2));
    }

    [Test]
    public void Perplexity_of_even_scores_is_the_number_of_classes()
    {
        Perplexity perplexity = new();
        Assert.That(perplexity.Of(Tensor.Zeros([5, 7]), Tensor.From([0L, 1, 2, -100, 6])), Is.EqualTo(7).Within(1e-12));
        // exp of the mean of ln 2 and ln 4, weighted over two batches.
        perplexity.Reset();
        perplexity.Add(Tensor.Zeros([1, 2]), Tensor.From([0L]));
        perplexity.Add(Tensor.Zeros([1, 4]), Tensor.From([0L]));
        Assert.That(perplexity.Value, Is.EqualTo(Math.Sqrt(8)).Within(1e-12));
    }
}
