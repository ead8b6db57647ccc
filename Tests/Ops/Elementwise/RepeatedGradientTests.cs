namespace Autograd.Tests.Ops;

/// <summary>A gradient that repeats, as a sum's does, gives the bits that the same gradient written out gives.</summary>
[Parallelizable(ParallelScope.All)]
public sealed class RepeatedGradientTests
{
    static readonly (string Name, Func<Tensor, Tensor, Tensor> Of)[] Functions =
    [
        ("reads y", (a, _) => a.Exp()), ("reads x", (a, _) => a.Sin()), ("reads nothing", (a, _) => a * 3), ("reads both", (a, b) => a.Atan2(b)), ("reads the other", (a, b) => a * b),
        ("passes on", (a, b) => a - b), ("one tensor twice", (a, _) => a * a), ("adds up", (a, b) => (a * b) + a.Sin()), ("broadcasts", (a, b) => a * b.Slice(0, 0, 1)),
    ];

    [Test]
    public void GradientOfASum_IsThatOfItsElements(
        [Values("0", "1", "2", "0 1", "0 2", "1 2", "0 1 2")] string axes, [Values] bool large, [Values] bool single)
    {
        Generator random = new(seed: 1);
        DType dtype = single ? DType.Float32 : DType.Float64;
        Shape shape = large ? [5, 37, 419] : [3, 2, 19];
        int[] reduced = [.. axes.Split(' ').Select(int.Parse)];
        foreach ((string name, Func<Tensor, Tensor, Tensor> of) in Functions)
        {
            Tensor a = Tensor.Normal(shape, random, dtype: dtype), b = Tensor.Normal(shape, random, dtype: dtype);
            a.RequiresGrad = b.RequiresGrad = true;
            Tensor sum = of(a, b).Sum(reduced, keepAxes: true), seed = Tensor.Normal(sum.Shape, random, dtype: dtype);
            sum.Backward(seed);
            (Tensor? da, Tensor? db) = (a.Grad, b.Grad);
            a.Grad = b.Grad = null;
            of(a, b).Backward(seed.Expand(shape).Clone());
            Assert.That(Numbers(da), Is.EqualTo(Numbers(a.Grad)), name);
            Assert.That(Numbers(db), Is.EqualTo(Numbers(b.Grad)), name);
        }
    }

    static double[]? Numbers(Tensor? x) => x is null ? null : x.DType == DType.Float64 ? x.ToArray<double>() : Array.ConvertAll(x.ToArray<float>(), v => (double)v);
}
