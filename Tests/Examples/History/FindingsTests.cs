using Autograd.Examples.History;
using Autograd.Nn;

namespace Autograd.Tests.Examples.History;

/// <summary>What the pages of docs/history find, on smaller settings. Minutes long: dotnet test -c Release --filter TestCategory=Slow.</summary>
[Category("Slow"), Explicit("minutes long")]
public sealed class FindingsTests
{
    [Test]
    public void Xor_IsLearnedByMost_FasterWithMomentumAndWithMoreUnits()
    {
        int?[] with = Restarts.Run(30, seed => XorHistory.Train(seed, hidden: 2, rate: 0.5, momentum: 0.9).Epochs);
        int?[] without = Restarts.Run(30, seed => XorHistory.Train(seed, hidden: 2, rate: 0.5, momentum: 0).Epochs);
        int?[] wider = Restarts.Run(30, seed => XorHistory.Train(seed, hidden: 4, rate: 0.5, momentum: 0.9).Epochs);
        using (Assert.EnterMultipleScope())
        {
            Assert.That(with.Count(epochs => epochs is null), Is.InRange(1, 6), "stuck");
            Assert.That(wider, Has.None.Null, "stuck with four hidden units");
            Assert.That(Epochs.Median(without) / Epochs.Median(with), Is.InRange(5, 10), "slower without momentum");
            Assert.That(Epochs.Median(wider) / Epochs.Median(with), Is.LessThan(0.9), "time with four hidden units");
        }
    }

    [Test]
    public void EqualWeights_GetEqualGradientsForEver()
    {
        Sequential model = StandstillHistory.Alike(0.3, spread: 0);
        Assert.That(StandstillHistory.Train(model), Is.Null);
        Tensor gradient = StandstillHistory.HiddenGradient(model);
        using (Assert.EnterMultipleScope())
        {
            Assert.That(gradient.Select(0, 0).ToArray<double>(), Is.EqualTo(gradient.Select(0, 1).ToArray<double>()));
            Assert.That(StandstillHistory.HiddenGradient(StandstillHistory.Alike(0, spread: 0)).ToArray<double>(), Is.All.Zero);
            Assert.That(StandstillHistory.Train(StandstillHistory.Alike(0.3, spread: 0.001)), Is.Not.Null);
        }
    }

    [Test]
    public void ThresholdUnits_LetNoGradientThrough()
    {
        Sequential[] models = Restarts.Run(20, seed => StandstillHistory.WithThresholds(seed, hidden: true, output: false));
        double[][] before = [.. models.Select(HiddenWeights)];
        int?[] epochs = Restarts.Run(20, seed => StandstillHistory.Train(models[seed - 1]));
        Assert.That(epochs.Count(count => count is not null), Is.LessThan(4));
        Assert.That(models.Select(HiddenWeights), Is.EqualTo(before));

        static double[] HiddenWeights(Sequential model) => model.Parameters[0].ToArray<double>();
    }

    [Test]
    public void Symmetry_IsFoundByOppositeWeights()
    {
        (Sequential Model, int? Epochs)[] runs = Restarts.Run(10, seed => SymmetryHistory.Train(seed, bound: 0.3));
        double[][] units = [.. runs.Select(run => SymmetryHistory.WeightsOf(run.Model, 0))];
        using (Assert.EnterMultipleScope())
        {
            Assert.That(runs.Count(run => run.Epochs is not null), Is.AtLeast(9));
            Assert.That(units.Select(w => SymmetryHistory.Asymmetry(w)).Order().ElementAt(5), Is.LessThan(0.01));
            Assert.That(units.Count(w => SymmetryHistory.Are124(SymmetryHistory.Ratios(w))), Is.AtLeast(4));
        }
    }

    [Test]
    public void Encoder_FindsABinaryCodeInMostRuns()
    {
        (Sequential Model, int? Epochs)[] runs = Restarts.Run(30, seed => EncoderHistory.Train(seed, rate: 0.1));
        using (Assert.EnterMultipleScope())
        {
            Assert.That(Epochs.Median([.. runs.Select(run => run.Epochs)]), Is.InRange(600, 1300));
            Assert.That(runs.Count(run => EncoderHistory.IsBinary(EncoderHistory.CodesOf(run.Model))), Is.InRange(15, 27));
        }
    }
}
