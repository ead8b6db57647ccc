using Autograd.Examples.History;
using Autograd.Tests.Support;

namespace Autograd.Tests.Examples.History;

[Parallelizable(ParallelScope.All)]
public sealed class HistoryTests
{
    static IEnumerable<string> Names => Experiment.All.Select(experiment => experiment.Name);

    [TestCaseSource(nameof(Names))]
    public void Page_HoldsWhatItsCommandPrinted(string name)
    {
        string page = Repository.Read($"docs/history/{name}.md");
        Assert.That(page, Does.Contain($"-- history {name} --write\n"));
        Assert.That(HistoryPage.Insert(page, name, "").Length, Is.LessThan(page.Length), "nothing stands between the markers");
    }

    [Test]
    public void Insert_ReplacesWhatStandsBetweenTheMarkers() => Assert.That(
        HistoryPage.Insert("before\n<!-- history: a -->\nold\n<!-- end -->\nafter\n", "a", "\nnew\n"),
        Is.EqualTo("before\n<!-- history: a -->\n\nnew\n\n<!-- end -->\nafter\n"));

    [Test]
    public void Insert_WithoutMarkers_IsAnError() => Assert.That(
        () => HistoryPage.Insert("<!-- history: b -->\n<!-- end -->\n", "a", "new"),
        Throws.TypeOf<InvalidDataException>().With.Message.EqualTo("The page has no lines <!-- history: a --> and <!-- end --> for the tables to stand between."));

    [Test]
    public void List_NamesEveryExperiment()
    {
        ExampleProcess run = ExampleProcess.Run("history");
        Assert.That((run.ExitCode, run.Error), Is.EqualTo((0, "")));
        Assert.That(run.Lines.Select(line => line.Split(' ')[0]), Is.EqualTo(Names));
    }

    [Test]
    public void Restarts_KeepTheOrderOfSeeds() => Assert.That(Restarts.Run(5, seed => seed), Is.EqualTo(new ulong[] { 1, 2, 3, 4, 5 }));

    [TestCase(new double[] { 5 }, 5, 5, 5)]
    [TestCase(new double[] { 4, 1, 3, 2, 5 }, 2, 3, 4)]
    [TestCase(new double[] { 1, 2 }, 1.25, 1.5, 1.75)]
    [TestCase(new double[0], double.NaN, double.NaN, double.NaN)]
    [TestCase(new[] { 1, 2, double.PositiveInfinity, double.PositiveInfinity }, 1.75, double.PositiveInfinity, double.PositiveInfinity)]
    [TestCase(new[] { double.NegativeInfinity, 1, 2, double.PositiveInfinity, double.PositiveInfinity }, 1, 2, double.PositiveInfinity)]
    [TestCase(new[] { double.NegativeInfinity, 1 }, double.NegativeInfinity, double.NegativeInfinity, double.NegativeInfinity)]
    [TestCase(new[] { double.NegativeInfinity, double.PositiveInfinity }, double.NaN, double.NaN, double.NaN)]
    public void Quartiles_AreInterpolated(double[] values, double lower, double median, double upper) =>
        Assert.That(Quartiles.Of(values), Is.EqualTo(new Quartiles(lower, median, upper)));
}
