namespace Autograd.Tests.Ops.Move;

[Parallelizable(ParallelScope.All)]
public sealed class InterpolateTests
{
    [Test]
    public void InterpolateBilinear_of_rows_longer_and_shorter_than_vectors_agrees_in_both_types(
        [Values(1, 5, 16, 40, 100)] int from, [Values(1, 7, 33, 95)] int to, [Values] bool alignCorners)
    {
        Generator random = new(seed: 9);
        Tensor x = Tensor.Normal([3, 4, from], random), wide = x.Cast(DType.Float64), dy = Tensor.Normal([3, 6, to], random);
        x.RequiresGrad = wide.RequiresGrad = true;
        Tensor y = x.InterpolateBilinear(6, to, alignCorners), exact = wide.InterpolateBilinear(6, to, alignCorners);
        y.Backward(dy);
        exact.Backward(dy.Cast(DType.Float64));
        Assert.That(y.ToArray<float>(), Is.EqualTo(exact.ToArray<double>()).Within(1e-6));
        Assert.That(x.Grad!.ToArray<float>(), Is.EqualTo(wide.Grad!.ToArray<double>()).Within(1e-5 * Math.Max(1, to / from)));
    }

    [Test]
    public void InterpolateBilinear_leaves_infinities_where_they_are()
    {
        // Every place lies in the middle of two elements, so that no weight is 0.
        float[] row = [.. Enumerable.Range(0, 20).Select(i => i == 7 ? float.PositiveInfinity : i)], dy = new float[10];
        Tensor x = Tensor.From([.. row, .. row], [2, 20]);
        x.RequiresGrad = true;
        Tensor y = x.InterpolateBilinear(1, 10);
        Assert.That(y.ToArray<float>(), Is.EqualTo(Enumerable.Range(0, 10).Select(i => i == 3 ? float.PositiveInfinity : (2 * i) + 0.5f)));
        dy[4] = float.NegativeInfinity;
        y.Backward(Tensor.From(dy, [1, 10]));
        Assert.That(x.Grad!.ToArray<float>(), Is.EqualTo(Enumerable.Range(0, 40).Select(i => i % 20 is 8 or 9 ? float.NegativeInfinity : 0f)));
    }
}
