using static Autograd.Tests.Docs.Slope;

namespace Autograd.Tests.Docs;

/// <summary>The rows of docs/conventions.md about values and derivatives at kinks, ties and edges.</summary>
public sealed class ConventionsTests
{
    [Test]
    public void Relu_AtZero_HasSlopeZero_AndNaNPassesBoth()
    {
        Slopes(x => x.Relu(), [0.0, -0.0, -1, 2], [0, 0, 0, 1]);
        Tensor y = Slopes(x => x.Relu(), [NaN], [1]);
        Assert.That(y.ToArray<double>()[0], Is.NaN);
    }

    [Test]
    public void Abs_AtZero_HasSlopeZero() => Slopes(x => x.Abs(), [0.0, -0.0, -3, 3], [0, 0, -1, 1]);

    [Test]
    public void Maximum_AtATie_GivesHalfToEach_AndNaNPassesToBoth()
    {
        foreach (Func<Tensor, Tensor, Tensor> f in new Func<Tensor, Tensor, Tensor>[] { (a, b) => a.Maximum(b), (a, b) => a.Minimum(b) })
        {
            (double[] da, double[] db) = Pair(f, [2, NaN, 1], [2, 1, NaN]);
            Assert.That(da, Is.EqualTo(new[] { 0.5, 1, 1 }));
            Assert.That(db, Is.EqualTo(new[] { 0.5, 1, 1 }));
        }
    }

    [Test]
    public void Roots_AndLogarithms_AtTheEdgeOfTheirDomain_HaveTheirLimits()
    {
        Slopes(x => x.Sqrt(), [0.0, -1], [Inf, NaN]);
        Tensor y = Slopes(x => x.Log(), [0.0, -1], [Inf, -1]);
        Assert.That(y.ToArray<double>(), Is.EqualTo(new[] { -Inf, NaN }));
        Slopes(x => 1 / x, [0.0], [-Inf]);
    }

    [Test]
    public void PowOfANumber_AtZero_FollowsTheExponent()
    {
        Tensor y = Slopes(x => x.Pow(0), [0.0, NaN, -2], [0, 0, 0]);
        Assert.That(y.ToArray<double>(), Is.EqualTo(new[] { 1.0, 1, 1 }));
        Slopes(x => x.Pow(2), [0.0, -3], [0, -6]);
        Slopes(x => x.Pow(0.5), [0.0], [Inf]);
        Slopes(x => x.Pow(-1), [0.0], [-Inf]);
        Slopes(x => x.Pow(3), [-2.0], [12]);
    }

    [Test]
    public void PowOfATensor_AtBaseZeroOrLess_FollowsTheExponent()
    {
        (double[] da, double[] db) = Pair((a, b) => a.Pow(b), [0, 0, 0, -2, 0], [2, 0, -1, 3, 1]);
        Assert.That(da, Is.EqualTo(new[] { 0.0, 0, -Inf, 12, 1 }));
        Assert.That(db, Is.EqualTo(new[] { 0.0, 0, -Inf, NaN, 0 }));
    }

    [Test]
    public void Where_ABranchNotTaken_GetsZero_AlsoThroughAnInfiniteSlope()
    {
        Slopes(x => Tensor.Where(x > 0, x.Sqrt(), 0), [0.0, 4], [0, 0.25]);
        Slopes(x => Tensor.Where(x > 0, x.Log(), 0), [0.0, 4], [0, 0.25]);
        Slopes(x => Tensor.Where(x > 0, 1 / x, 0), [0.0, 2], [0, -0.25]);
    }

    [Test]
    public void AnUpstreamGradientOfZero_StaysZero_AlsoInARecordedBackward()
    {
        Tensor x = Leaf([0.0, 4]);
        Tensor dx = Tape.Gradients(Tensor.Where(x > 0, x.Sqrt(), 0), [x], Tensor.From([1.0, 1]), createGraph: true)[0]!;
        Assert.That(dx.ToArray<double>(), Is.EqualTo(new[] { 0, 0.25 }));
    }

    [Test]
    public void Comparisons_GiveMasks_WithoutHistory()
    {
        Tensor mask = Leaf([-1.0, NaN, 1]) > 0;
        Assert.That((mask.DType, mask.RequiresGrad), Is.EqualTo((DType.Bool, false)));
        Assert.That(mask.ToArray<bool>(), Is.EqualTo(new[] { false, false, true }));
    }

    [Test]
    public void AMax_AtTies_SplitsEvenly()
    {
        Slopes(x => x.AMax(), [3.0, 1, 3, 3], [1 / 3.0, 0, 1 / 3.0, 1 / 3.0]);
        Slopes(x => x.Max(), [3.0, 3], [0.5, 0.5]);
        Slopes(x => x.AMin(), [1.0, 1, 3], [0.5, 0.5, 0]);
    }

    [Test]
    public void MaxAlongAnAxis_AtTies_TakesTheFirst()
    {
        Slopes(x => x.Max(0).Values, [1.0, 3, 3], [0, 1, 0]);
        Slopes(x => x.Min(0).Values, [1.0, 3, 1], [1, 0, 0]);
        Assert.That(Tensor.From([1.0, 3, 3]).Max(0).Indices.Item(), Is.EqualTo(1));
        Assert.That(Tensor.From([1.0, NaN, 3]).Max(0).Indices.Item(), Is.EqualTo(1));
    }

    [Test]
    public void MaxPool_AtTies_TakesTheFirst()
    {
        Tensor x = Leaf([5.0, 5, 5, 5], [1, 1, 2, 2]);
        x.MaxPool2d(2).Backward(Tensor.Ones([1, 1, 1, 1], DType.Float64));
        Assert.That(x.Grad!.ToArray<double>(), Is.EqualTo(new[] { 1.0, 0, 0, 0 }));
    }

    [Test]
    public void Broadcasting_SumsGradientsOverTheRepeatedAxes()
    {
        Tensor p = Tensor.Ones([3, 1]), q = Tensor.Ones([4]);
        p.RequiresGrad = q.RequiresGrad = true;
        (p + q).Sum().Backward();
        Assert.That(p.Grad!.Shape.ToString() + q.Grad!.Shape, Is.EqualTo("[3, 1][4]"));
        Assert.That(p.Grad!.ToArray<float>(), Is.All.EqualTo(4f));
        Assert.That(q.Grad!.ToArray<float>(), Is.All.EqualTo(3f));
    }

    [Test]
    public void SumsAndMeans_OfNothing()
    {
        Tensor none = Tensor.Zeros([0], DType.Float64);
        Assert.That(none.Sum().Item(), Is.Zero);
        Assert.That(none.Mean().Item(), Is.NaN);
        Assert.That(none.LogSumExp().Item(), Is.EqualTo(-Inf));
        Assert.That(() => none.AMax(), Throws.TypeOf<ShapeException>());
    }

    [Test]
    public void LogSumExp_DoesNotOverflow_AndOfMinusInfinitiesHasSlopeZero()
    {
        Tensor y = Slopes(x => x.LogSumExp(), [1000.0, 1000], [0.5, 0.5], tolerance: 1e-12);
        Assert.That(y.Item(), Is.EqualTo(1000 + Math.Log(2)).Within(1e-12));
        Slopes(x => x.LogSumExp(), [-Inf, -Inf], [0, 0]);
    }

    [Test]
    public void SigmoidAndTanh_FarOut_SaturateWithoutNaN()
    {
        Slopes(x => x.Sigmoid(), [-1000.0, 1000], [0, 0]);
        Slopes(x => x.Tanh(), [-1000.0, 1000], [0, 0]);
    }

    [Test]
    public void Cast_GivesTheGradientInTheTypeOfTheInput()
    {
        Tensor x = Tensor.From([1f, 2f]);
        x.RequiresGrad = true;
        (x.Cast(DType.Float64) * 3).Sum().Backward();
        Assert.That(x.Grad!.DType, Is.EqualTo(DType.Float32));
        Assert.That(x.Grad!.ToArray<float>(), Is.All.EqualTo(3f));
    }

    [Test]
    public void CrossEntropy_WeightedMean_DividesByTheWeightsOfTheLabels()
    {
        Tensor logits = Tensor.Zeros([2, 2], DType.Float64), labels = Tensor.From(new long[] { 0, 1 }), weights = Tensor.From([1.0, 3]);
        Assert.That(Loss.CrossEntropy(logits, labels, weights).Item(), Is.EqualTo(Math.Log(2)).Within(1e-15));
        Assert.That(Loss.CrossEntropy(logits, labels, weights, reduction: Reduction.Sum).Item(), Is.EqualTo(4 * Math.Log(2)).Within(1e-14));
    }

    [Test]
    public void CrossEntropy_WhereNoLabelCounts_IsZero_AndALabelOutOfRangeIsAnError()
    {
        Tensor logits = Tensor.Zeros([2, 2], DType.Float64);
        logits.RequiresGrad = true;
        Tensor loss = Loss.CrossEntropy(logits, Tensor.From(new long[] { -100, -100 }));
        loss.Backward();
        Assert.That(loss.Item(), Is.Zero);
        Assert.That(logits.Grad!.ToArray<double>(), Is.All.Zero);
        Assert.That(() => Loss.CrossEntropy(logits, Tensor.From(new long[] { 0, 2 })), Throws.TypeOf<ShapeException>());
    }

    [Test]
    public void Losses_DoNotBroadcast() =>
        Assert.That(() => Loss.Mse(Tensor.Zeros([3, 1]), Tensor.Zeros([3])), Throws.TypeOf<ShapeException>());
}
