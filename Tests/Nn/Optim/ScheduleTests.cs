using Autograd.Nn;

namespace Autograd.Tests.Nn.Optim;

public sealed class ScheduleTests
{
    static double[] Rates(Schedule schedule, double initial, int steps) => [.. Enumerable.Range(0, steps).Select(step => schedule.RateAt(step, initial))];

    // Expected rates: PyTorch 1.13, an optimizer with the rate 0.1.
    static IEnumerable<TestCaseData> Cases()
    {
        yield return new TestCaseData(Schedule.Stairs(3, 0.5), new[] { 0.1, 0.1, 0.1, 0.05, 0.05, 0.05, 0.025 }).SetArgDisplayNames("Stairs");
        yield return new TestCaseData(Schedule.Milestones(0.1, 2, 5), new[] { 0.1, 0.1, 0.01, 0.01, 0.01, 0.001 }).SetArgDisplayNames("Milestones");
        yield return new TestCaseData(Schedule.Exponential(0.85), new[] { 0.1, 0.085, 0.07225, 0.0614125 }).SetArgDisplayNames("Exponential");
        yield return new TestCaseData(
            Schedule.Cosine(10, 0.001), new[] { 0.1, 0.09757729755661011, 0.0905463412215599, 0.07959536998847742 }).SetArgDisplayNames("Cosine");
        yield return new TestCaseData(
            Schedule.Cosine(5), new[] { 0.1, 0.09045084971874737, 0.06545084971874737, 0.034549150281252636, 0.009549150281252633, 0, 0.009549150281252628 })
            .SetArgDisplayNames("Cosine, going on");
        yield return new TestCaseData(
            Schedule.CosineRestarts(4, 2, 0.001), new[] { 0.1, 0.0855017856687341, 0.0505, 0.0154982143312659, 0.1 }).SetArgDisplayNames("CosineRestarts");
        yield return new TestCaseData(
            Schedule.OneCycle(20, 0.5), new[] { 0.02, 0.06583592135001265, 0.18583592135001265, 0.3341640786499874 }).SetArgDisplayNames("OneCycle");
        yield return new TestCaseData(
            Schedule.Scaled(step => step < 5 ? (step + 1) / 5.0 : Math.Max(0, (15 - step) / 10.0)), new[] { 0.02, 0.04, 0.06, 0.08 }).SetArgDisplayNames("Scaled");
        yield return new TestCaseData(Schedule.Linear(6, 0.25), new[] { 0.025, 0.0375, 0.05, 0.0625 }).SetArgDisplayNames("Linear");
        yield return new TestCaseData(Schedule.Polynomial(5), new[] { 0.1, 0.08, 0.06, 0.04, 0.02, 0, 0 }).SetArgDisplayNames("Polynomial");
        yield return new TestCaseData(
            Schedule.Linear(4, 0.1).Then(4, Schedule.Cosine(8)), new[] { 0.01, 0.0325, 0.055, 0.0775, 0.1 }).SetArgDisplayNames("Then");
        yield return new TestCaseData(Schedule.Constant(), new[] { 0.1, 0.1 }).SetArgDisplayNames("Constant");
    }

    [TestCaseSource(nameof(Cases))]
    public void RateAt_follows_the_reference(Schedule schedule, double[] expected) =>
        Assert.That(Rates(schedule, 0.1, expected.Length), Is.EqualTo(expected).Within(1e-15));

    [Test]
    public void OneCycle_ends_at_its_lowest() =>
        Assert.That(Schedule.OneCycle(20, 0.5).RateAt(19, 0), Is.EqualTo(0.5 / 25 / 1e4).Within(1e-18));

    [Test]
    public void Scheduler_scales_every_group_from_its_own_rate()
    {
        Tensor a = Tensor.Zeros([1]), b = Tensor.Zeros([1]);
        a.RequiresGrad = b.RequiresGrad = true;
        Sgd sgd = new([new ParameterGroup([a]), new ParameterGroup([b]) { LearningRate = 0.02 }], 0.1);
        Scheduler scheduler = new(sgd, Schedule.Linear(2, 0.5));
        Assert.That(sgd.Groups.Select(group => group.LearningRate), Is.EqualTo(new[] { 0.05, 0.01 }));
        scheduler.Step();
        Assert.That(sgd.Groups.Select(group => group.LearningRate), Is.EqualTo(new[] { 0.075, 0.015 }).Within(1e-15));
        scheduler.Steps = 9;
        Assert.That(sgd.Groups.Select(group => group.LearningRate), Is.EqualTo(new[] { 0.1, 0.02 }));
    }

    // Measures and rates: PyTorch 1.13, ReduceLROnPlateau(factor=0.5, patience=2, threshold=0.01, cooldown=1, min_lr=0.001).
    [Test]
    public void PlateauScheduler_follows_the_reference()
    {
        double[] measures = [1.0, 0.9, 0.8, 0.7, 0.6, 0.5, 0.5146, 0.5055, 0.5116, 0.5011, 0.511, 0.515, 0.5155, 0.5063, 0.5023, 0.5052, 0.5096, 0.514, 0.4, 0.3967];
        double[] expected = [0.1, 0.1, 0.1, 0.1, 0.1, 0.1, 0.1, 0.1, 0.05, 0.05, 0.05, 0.05, 0.025, 0.025, 0.025, 0.025, 0.0125, 0.0125, 0.0125, 0.0125];
        Assert.That(Plateau(measures, 0.001), Is.EqualTo(expected));
    }

    [Test]
    public void PlateauScheduler_counts_NaN_and_stops_at_the_lowest() => Assert.That(
        Plateau([1, 0.5, 0.4999, 0.5, 0.5, 0.5, 0.5, 0.5, double.NaN, 0.5], 0.03),
        Is.EqualTo(new[] { 0.1, 0.1, 0.1, 0.1, 0.05, 0.05, 0.05, 0.05, 0.03, 0.03 }));

    [Test]
    public void PlateauScheduler_leaves_out_changes_that_are_too_small()
    {
        Tensor a = Tensor.Zeros([1]);
        a.RequiresGrad = true;
        Sgd sgd = new([a], 0.1);
        PlateauScheduler plateau = new(sgd, 0.5, patience: 0, smallest: 0.04);
        for (int i = 0; i < 9; i++) plateau.Step(1);
        Assert.That(sgd.LearningRate, Is.EqualTo(0.05));
    }

    static double[] Plateau(double[] measures, double lowest)
    {
        Tensor a = Tensor.Zeros([1]);
        a.RequiresGrad = true;
        Sgd sgd = new([a], 0.1);
        PlateauScheduler plateau = new(sgd, 0.5, patience: 2, threshold: 0.01, cooldown: 1, lowest: lowest);
        List<double> rates = [];
        foreach (double measure in measures)
        {
            plateau.Step(measure);
            rates.Add(sgd.LearningRate);
        }
        return [.. rates];
    }
}
