using Autograd.Bench.ByHand;

namespace Autograd.Tests.ByHand;

/// <summary>Gradients derived by hand, which the benchmarks compare the tape with, are the tape's.</summary>
public sealed class ByHandTests
{
    static IEnumerable<string> Names => HandCase.All.Select(c => c.Name);

    [TestCaseSource(nameof(Names))]
    public void ByHand_AndByTheTape_Agree(string name) => Assert.That(HandCase.All.Single(c => c.Name == name).Difference(), Is.LessThan(1e-5));
}
