using static Autograd.Tests.Docs.Slope;

namespace Autograd.Tests.Docs;

/// <summary>The rows of docs/conventions.md about values far out, and about what means and variances divide by.</summary>
[Parallelizable(ParallelScope.All)]
public sealed class NumericsTests
{
    [Test]
    public void BceWithLogits_FarOut_IsLinear()
    {
        Tensor y = Slopes(x => Loss.BceWithLogits(x, Tensor.From([1.0]), reduction: Reduction.Sum), [-1000.0], [-1]);
        Assert.That(y.Item(), Is.EqualTo(1000));
    }

    [Test]
    public void Bce_AtCertainty_IsHundred_WithAFiniteSlope()
    {
        Tensor y = Slopes(x => Loss.Bce(x, Tensor.From([1.0]), reduction: Reduction.Sum), [0.0], [-1e12]);
        Assert.That(y.Item(), Is.EqualTo(100));
    }

    [Test]
    public void SmoothActivations_FarOut_HaveNoNaN()
    {
        Slopes(x => x.LogSigmoid(), [-1000.0, 1000], [1, 0]);
        Slopes(x => x.Softplus(), [-1000.0, 1000], [0, 1]);
        Slopes(x => x.Gelu(), [-1000.0, 1000], [0, 1]);
        Slopes(x => x.Silu(), [-1000.0, 1000], [0, 1]);
        Slopes(x => x.Mish(), [-1000.0, 1000], [0, 1]);
    }

    [Test]
    public void LabelSmoothing_MixesWithTheMeanOverTheClasses()
    {
        Tensor logits = Tensor.From(new[,] { { 1.0, 2, 4 } }), labels = Tensor.From(new long[] { 2 });
        double plain = Loss.CrossEntropy(logits, labels).Item(), mean = -logits.LogSoftmax(1).Mean().Item();
        Assert.That(Loss.CrossEntropy(logits, labels, labelSmoothing: 0.3).Item(), Is.EqualTo((0.7 * plain) + (0.3 * mean)).Within(1e-14));
    }

    [Test]
    public void RobustLosses_AtTheirJoint_HaveSlopeOne_AndL1AtZeroNone()
    {
        Tensor zero = Tensor.From([0.0]);
        Slopes(x => Loss.SmoothL1(x, zero), [1.0], [1]);
        Slopes(x => Loss.Huber(x, zero), [1.0], [1]);
        Slopes(x => Loss.L1(x, zero), [0.0], [0]);
    }

    [Test]
    public void MarginLosses_AtTheKink_AreActive()
    {
        Tensor one = Tensor.From([1.0]), zero = Tensor.From([0.0]);
        Slopes(x => Loss.MarginRanking(x, zero, one, margin: 1), [1.0], [-1]);
        Slopes(x => Loss.HingeEmbedding(x, -one, margin: 1), [1.0], [-1]);
    }

    [Test]
    public void BatchNorm_NormalizesByTheBiasedVariance_AndRemembersTheUnbiased()
    {
        Tensor x = Tensor.From(new[,] { { 1.0 }, { 3 } }), mean = Tensor.From([0.0]), variance = Tensor.From([1.0]);
        Tensor y = x.BatchNorm(runningMean: mean, runningVariance: variance);
        Assert.That(y.ToArray<double>()[1], Is.EqualTo(1 / Math.Sqrt(1 + 1e-5)).Within(1e-12));
        Assert.That((mean[0], variance[0]), Is.EqualTo((0.2, 1.1)).Using<(double, double)>((a, b) => Math.Abs(a.Item1 - b.Item1) < 1e-12 && Math.Abs(a.Item2 - b.Item2) < 1e-12));
    }

    [Test]
    public void Dropout_ScalesWhatStays()
    {
        double[] y = Tensor.Ones([100], DType.Float64).Dropout(0.5, new Generator(1)).ToArray<double>();
        Assert.That(y, Is.All.AnyOf(0.0, 2.0));
    }
}
