using Autograd.Tests.Support;

namespace Autograd.Tests.Ops.Transforms;

[Parallelizable(ParallelScope.All)]
public sealed class PerSampleTests
{
    static Tensor Random(Shape shape, ulong seed) => Tensor.Uniform(shape, new Generator(seed), -1, 1, DType.Float64);

    static Tensor Parameter(Shape shape, ulong seed)
    {
        Tensor w = Random(shape, seed);
        w.RequiresGrad = true;
        return w;
    }

    [Test]
    public void PerSample_Averages_ToTheGradientOfTheMean([Values] bool createGraph)
    {
        Tensor w = Parameter([5, 3], 1), b = Parameter([3], 2), x = Random([4, 5], 3), labels = Tensor.From([0L, 2, 1, 2]);
        Tensor Mean(Tensor[] t) => Loss.CrossEntropy(t[0].MatMul(w) + b, t[1]);
        Tensor[] each = Grad.PerSample(Mean, [w, b], [x, labels], createGraph);
        Assert.That(each.Select(g => g.Shape.ToString()), Is.EqualTo(new[] { "[4, 5, 3]", "[4, 3]" }));
        Assert.That(each[0].RequiresGrad, Is.EqualTo(createGraph));
        Assert.That(w.Grad, Is.Null);
        Mean([x, labels]).Backward();
        Close.To(each[0].Mean(0), w.Grad!, 1e-15);
        Close.To(each[1].Mean(0), b.Grad!, 1e-15);
    }

    [Test]
    public void PerSample_OfALinearLoss_IsTheSample()
    {
        Tensor w = Parameter([3], 1), unused = Parameter([2], 2), x = Random([2, 3], 3), shared = w * 2;
        Tensor[] each = Grad.PerSample(t => (t[0] * shared).Sum(), [w, unused], [x]);
        Close.To(each[0], x * 2, 0);
        Assert.That(Make.Numbers(each[1]), Is.EqualTo(new double[4]));
        shared.Sum().Backward();
        Assert.That(Make.Numbers(w.Grad), Is.EqualTo(new[] { 2.0, 2, 2 }), "what samples share was not freed");
    }

    [Test]
    public void PerSample_Recorded_CanBeDifferentiatedAgain()
    {
        Tensor w = Parameter([3], 1), x = Random([2, 3], 3);
        Tensor each = Grad.PerSample(t => (t[0] * w * w).Sum(), [w], [x], createGraph: true)[0];
        each.Sum().Backward();
        Close.To(w.Grad!, x.Sum(0) * 2, 1e-15);
    }

    [Test]
    public void PerSample_WhatIsUnfit_IsAnError()
    {
        Tensor w = Parameter([3], 1), x = Random([2, 3], 3);
        Fails.With<GraphException>(() => Grad.PerSample(t => t[0].Sum(), [w, x], [x]), "Grad.PerSample: parameter 1 of shape [2, 3] must require a gradient, but it does not. Set RequiresGrad first.");
        Fails.With<ShapeException>(() => Grad.PerSample(t => t[0].Sum(), [w], [x, w]), "Grad.PerSample: all inputs must have the same number of samples along axis 0, but their shapes are [2, 3], [3]. What all samples share is no input: the function may use it from outside.");
        Fails.With<ShapeException>(() => Grad.PerSample(_ => w.Sum(), [w], []), "Grad.PerSample: there must be at least one input, whose axis 0 counts the samples, but there is none. Pass the tensors of the batch, [samples, …].");
        Fails.With<ShapeException>(() => Grad.PerSample(t => t[0] * w, [w], [x]), "Grad.PerSample: the function must return a single element, but its result has shape [1, 3]. Reduce it to a scalar (Sum, Mean).");
        Assert.That(Grad.PerSample(t => (t[0] * w).Sum(), [w], [Random([0, 3], 1)])[0].Shape.ToString(), Is.EqualTo("[0, 3]"));
    }
}
