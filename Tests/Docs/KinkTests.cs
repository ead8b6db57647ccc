using static Autograd.Tests.Docs.Slope;

namespace Autograd.Tests.Docs;

/// <summary>More rows of docs/conventions.md: kinks of activations, ties, norms and functions of two numbers at their singular points.</summary>
[Parallelizable(ParallelScope.All)]
public sealed class KinkTests
{
    [Test]
    public void Activations_AtZero_HaveTheSlopeOfTheNegativeSide_WhereSidesDiffer()
    {
        Slopes(x => x.LeakyRelu(), [0.0], [0.01]);
        Slopes(x => x.Prelu(Tensor.From([0.3])), [0.0], [0.3]);
        Slopes(x => x.Elu(), [0.0], [1]);
        Slopes(x => x.Selu(), [0.0], [1.7580993408473766], 1e-12);
    }

    [Test]
    public void FlatEnds_HaveSlopeZero()
    {
        Slopes(x => x.Relu6(), [0.0, 6, 3], [0, 0, 1]);
        Slopes(x => x.Hardtanh(), [-1.0, 1, 0], [0, 0, 1]);
        Slopes(x => x.Hardsigmoid(), [-3.0, 3, 0], [0, 0, 1 / 6.0], 1e-8);
        Slopes(x => x.Hardswish(), [-3.0, 3], [-0.5, 1.5], 1e-15);
    }

    [Test]
    public void Clamp_AtItsBounds_HasSlopeOne_AndABoundGetsNothing()
    {
        Slopes(x => x.Clamp(-1, 1), [-1.0, 1, 0, 2], [1, 1, 1, 0]);
        Tensor y = Slopes(x => x.Clamp(1, -1), [0.0], [0]);
        Assert.That(y.ToArray<double>()[0], Is.EqualTo(-1));
        (double[] x, double[] bound) = Pair((a, b) => a.Clamp(b, Tensor.From([5.0, 5])), [1, 0], [1, 1]);
        Assert.That((x, bound), Is.EqualTo((new[] { 1.0, 0 }, new[] { 0.0, 1 })));
    }

    [Test]
    public void SortAndTopK_AtTies_TakeTheFirst()
    {
        Slopes(x => x.TopK(1).Values, [3.0, 1, 3], [1, 0, 0]);
        Assert.That(Tensor.From([3.0, 1, 3]).Sort(descending: true).Indices.ToArray<long>(), Is.EqualTo(new long[] { 0, 2, 1 }));
        Slopes(x => x.Sort().Values.Slice(0, 0, 1), [1.0, 1], [1, 0]);
    }

    [Test]
    public void Rsqrt_AtZero_HasItsLimit()
    {
        Tensor y = Slopes(x => x.Rsqrt(), [0.0], [-Inf]);
        Assert.That(y.ToArray<double>()[0], Is.EqualTo(Inf));
    }

    [Test]
    public void Norms_AtZero_HaveSlopeZero_AndTiesOfTheMaximumSplit()
    {
        Slopes(x => x.Norm(), [0.0, 0], [0, 0]);
        Slopes(x => x.Norm(3), [0.0, 0], [0, 0]);
        Slopes(x => x.Norm(1), [0.0, -2], [0, -1]);
        Slopes(x => x.Norm(Inf), [2.0, -2], [0.5, -0.5]);
        Slopes(x => x.Norm(0), [2.0, 0], [0, 0]);
        Slopes(x => x.Normalize(axis: 0), [0.0, 0], [0, 0]);
        Slopes(x => x.CosineSimilarity(Tensor.From([1.0, 2]), 0), [0.0, 0], [0, 0]);
    }

    [Test]
    public void FunctionsOfTwoNumbers_AtTheirSingularPoint_HaveSlopeZero()
    {
        Both((a, b) => a.Atan2(b), 0, 0);
        Both((a, b) => a.Hypot(b), 0, 0);
        Both((a, b) => a.LogAddExp(b), -Inf, -Inf);
        (double[] dx, double[] dy) = Pair((a, b) => a.XLogY(b), [0, 0], [0, 2]);
        Assert.That((dx[1], dy), Is.EqualTo((Math.Log(2), new double[] { 0, 0 })));
        Assert.That(Tensor.From([0.0]).XLogY(Tensor.From([0.0]))[0], Is.Zero);
    }

    [Test]
    public void Prod_WithOneZero_HasTheProductOfTheOthers_WithTwoNone()
    {
        Slopes(x => x.Prod(), [2.0, 0, 3], [0, 6, 0]);
        Slopes(x => x.Prod(), [0.0, 0, 3], [0, 0, 0]);
    }

    [Test]
    public void VarAndStd_AreUnbiased_AndStdOfEqualNumbersHasSlopeZero()
    {
        Assert.That(Tensor.From([1.0, 3]).Var().Item(), Is.EqualTo(2));
        Slopes(x => x.Std(), [2.0, 2, 2], [0, 0, 0]);
        Assert.That(Tensor.From([1.0]).Var().Item(), Is.NaN);
    }

    [Test]
    public void Steps_HaveSlopeZero_NotNone()
    {
        foreach (Func<Tensor, Tensor> f in new Func<Tensor, Tensor>[] { x => x.Floor(), x => x.Ceiling(), x => x.Round(), x => x.Truncate(), x => x.Sign() })
        {
            Slopes(f, [0.0, 0.5, -2], [0, 0, 0]);
        }
    }

    [Test]
    public void FmodAndRemainder_HaveTheSlopesOfTheirQuotient()
    {
        (double[] dx, double[] dy) = Pair((a, b) => a.Fmod(b), [-7], [3]);
        Assert.That((dx[0], dy[0]), Is.EqualTo((1.0, 2.0)));
        (dx, dy) = Pair((a, b) => a.Remainder(b), [-7], [3]);
        Assert.That((dx[0], dy[0]), Is.EqualTo((1.0, 3.0)));
    }

    [Test]
    public void RepeatedIndices_AddTheirGradients_AndThePaddingRowGetsNone()
    {
        Tensor index = Tensor.From(new long[] { 1, 1, 0 });
        Slopes(x => x.IndexSelect(0, index), [5.0, 6, 7], [1, 2, 0]);
        Slopes(x => Tensor.Embedding(index, x.Reshape(3, 1), 1), [5.0, 6, 7], [1, 0, 0]);
    }

    static void Both(Func<Tensor, Tensor, Tensor> f, double a, double b)
    {
        (double[] da, double[] db) = Pair(f, [a], [b]);
        Assert.That((da[0], db[0]), Is.EqualTo((0.0, 0.0)));
    }
}
