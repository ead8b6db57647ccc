using Autograd.Examples.History;

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
            Assert.That(Median(without) / Median(with), Is.InRange(5, 10), "slower without momentum");
            Assert.That(Median(wider) / Median(with), Is.LessThan(0.9), "time with four hidden units");
        }
    }

    static double Median(int?[] epochs) => Quartiles.Of(epochs.OfType<int>().Select(count => (double)count)).Median;
}
