using Autograd.Samples;
using Autograd.Tests.Support;

namespace Autograd.Tests.Docs;

/// <summary>What the documents claim about their samples.</summary>
public sealed class SampleTests
{
    [TestCase(0.5, -1.25)]
    [TestCase(-2, 0.75)]
    [TestCase(0, 3)]
    public void ChainRule_InFortyLines_AgreesWithTheEngine(double a, double b)
    {
        (double byHandA, double byHandB) = ChainRule.ByHand(a, b);
        (double byEngineA, double byEngineB) = ChainRule.ByEngine(a, b);
        Assert.That(byHandA, Is.EqualTo(byEngineA).Within(1e-12));
        Assert.That(byHandB, Is.EqualTo(byEngineB).Within(1e-12));
    }

    [TestCase("Modules Freezing", "2")]
    [TestCase("Modules Hooks", "[5, 3]")]
    [TestCase("Modules Copies", "True")]
    [TestCase("Checkpoints Saving", "True")]
    [TestCase("Checkpoints Prefix", "1")]
    [TestCase("Checkpoints Resume", "0")]
    public void Samples_WhoseOutputIsNotQuoted_Run(string sample, string printed) => Assert.That(SampleCode.Output(sample), Is.EqualTo(printed + "\n"));

    [Test]
    public void Isru_HasTheDerivativesOfItsFormula()
    {
        IsruSample.Check();
        Tensor x = Tensor.From([-1.0, 0.0, 2.0]);
        Close.To(x.Isru(2), Tensor.From([-1 / Math.Sqrt(3), 0.0, 2.0 / 3]), 1e-15);
    }

    [Test]
    public void SquaredDistances_HasDerivativesOfBothOrders_AndForward()
    {
        SquaredDistancesSample.Check();
        Tensor a = Tensor.From(new double[,] { { 0, 0 }, { 1, 2 } }), b = Tensor.From(new double[,] { { 3, 4 } });
        Close.To(a.SquaredDistances(b), Tensor.From(new double[,] { { 25 }, { 8 } }), 1e-15);
        Tensor da = Tensor.From(new double[,] { { 1, 0 }, { 0, 1 } }), db = Tensor.From(new double[,] { { 2, 5 } });
        using DualLevel level = DualMode.Enter();
        Tensor moved = level.TangentOf(level.With(a, da).SquaredDistances(level.With(b, db)))!;
        // 2⟨aᵢ − b, ȧᵢ − ḃ⟩ by hand.
        Close.To(moved, Tensor.From(new double[,] { { 46 }, { 24 } }), 1e-12);
    }

    [Test]
    public void Checks_Pass()
    {
        Checks.Passing();
        Checks.Large();
        Checks.Constraint();
    }

    [Test]
    public void ParallelGradient_IsTheSumOfTheParts_StepAfterStep()
    {
        Generator random = new(5);
        Tensor w = Tensor.Normal([4], random, dtype: DType.Float64);
        Tensor[] parts = [.. Enumerable.Range(0, 16).Select(_ => Tensor.Normal([8, 4], random, dtype: DType.Float64))];
        Tensor alone = Tensor.From(w.ToArray<double>());
        alone.RequiresGrad = true;
        foreach (Tensor rows in parts) rows.MatMul(alone).Tanh().Sum().Backward();
        for (int step = 0; step < 200; step++) Close.To(Threads.Gradient(w, parts), alone.Grad!, 1e-12, $"step {step}");
    }

    [Test]
    public void NoGrad_IsForOneThread() => Assert.That(Threads.Recording(), Is.EqualTo((false, true)));

    [Test]
    public void ConvNet_NamesItsParameters() => Assert.That(
        SampleCode.Output("ConvNetSample").Split('\n').Take(4),
        Is.EqualTo(new[] { "filters.weight [8, 1, 3, 3]", "filters.bias [8]", "classes.weight [10, 128]", "classes.bias [10]" }));
}
