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

    [Test]
    public void FamilyTrees_AreLearned_AndUnitsStandForNationality()
    {
        (FamilyTreesHistory.Network Model, FamilyTreesHistory.Score[] Scores)[] runs = Restarts.Run(8, seed => FamilyTreesHistory.Train(seed, rate: 0.1, bound: 1, [1500]));
        double[][] best = [.. FamilyTrees.Features.Select(feature => runs.Select(run => FamilyTreesHistory.Best(run.Model, feature.Values)).ToArray())];
        using (Assert.EnterMultipleScope())
        {
            Assert.That(Median(runs.Select(run => (double)run.Scores[0].Trained)), Is.AtLeast(98), "of 100");
            Assert.That(runs.Average(run => run.Scores[0].HeldOut), Is.GreaterThan(1), "of 4 that were held out; chance would be none");
            Assert.That(Median(best[0]), Is.GreaterThan(0.8), "nationality");
            Assert.That(Median(best[1]), Is.GreaterThan(0.65), "generation");
            Assert.That(Median(best[3]), Is.LessThan(0.4), "sex");
        }
    }

    [Test]
    public void Backward_CostsAboutAForward_AndDifferencesOneForEachWeight()
    {
        CostHistory.Cost small = CostHistory.Measure(22), large = CostHistory.Measure(223);
        using (Assert.EnterMultipleScope())
        {
            Assert.That(small.Disagreement, Is.LessThan(1e-7));
            Assert.That(large.Disagreement, Is.LessThan(1e-7));
            Assert.That(large.Backward / large.Forward, Is.InRange(0.3, 5));
            Assert.That(large.Differences / large.Forward, Is.GreaterThan(large.Weights));
            Assert.That(large.Tangents / large.Forward, Is.GreaterThan(large.Weights));
            Assert.That(large.Differences / large.Backward, Is.GreaterThan(20 * small.Differences / small.Backward));
        }
    }

    [Test]
    public void Rivals_NeedMore_OrFail()
    {
        double backpropagation = Presentations(RivalsHistory.Backpropagation, RivalsHistory.SmallEncoder);
        using (Assert.EnterMultipleScope())
        {
            Assert.That(RivalsHistory.Perceptron(1, RivalsHistory.And).Presentations, Is.Not.Null);
            Assert.That(Restarts.Run(10, seed => RivalsHistory.Perceptron(seed, RivalsHistory.Xor).Presentations), Is.All.Null);
            Assert.That(Presentations(RivalsHistory.Boltzmann, RivalsHistory.SmallEncoder) / backpropagation, Is.GreaterThan(3));
            Assert.That(Presentations(RivalsHistory.Genetic, RivalsHistory.SmallEncoder) / backpropagation, Is.GreaterThan(20));
        }

        static double Presentations(Func<ulong, RivalsHistory.Task, RivalsHistory.Result> method, RivalsHistory.Task task) =>
            Median(Restarts.Run(10, seed => method(seed, task).Presentations!.Value));
    }

    [Test]
    public void Approximation_GetsBetterWithMoreUnits()
    {
        (ApproximationHistory.Task learn, ApproximationHistory.Task test) = (ApproximationHistory.Wave(101), ApproximationHistory.Wave(500));
        double[] errors = [.. ((int[])[2, 4, 8, 16]).Select(units => Median(Restarts.Run(5, seed => ApproximationHistory.Fit(seed, units, learn, test).Tested)))];
        Assert.That(errors, Is.Ordered.Descending);
        Assert.That(errors[^1], Is.LessThan(errors[0] / 20));
    }

    static double Median(IEnumerable<double> values) => Quartiles.Of(values).Median;
}
