using System.Runtime.CompilerServices;
using Autograd.Tests.Support;

namespace Autograd.Tests.Engine;

/// <remarks>Lines are exact in code that is not optimized. Optimized, an op may be inlined, or a local be left on the stack: then the line is that of a statement before.</remarks>
[Parallelizable(ParallelScope.All)]
public sealed class AnomalyTests
{
    [Test, MethodImpl(MethodImplOptions.NoOptimization)]
    public void ANaN_IsReportedAtTheOpThatMadeIt([Values] bool createGraph)
    {
        Tensor x = Make.Leaf(-1, 4);
        using AnomalySwitch anomaly = Tape.DetectAnomaly();
        Tensor doubled = x * 2;
        Tensor root = doubled.Sqrt(); int line = Fails.Line();
        Tensor y = Make.Total((root * 3) + doubled);
        Fails.With<AnomalyException>(
            () => y.Backward(createGraph: createGraph),
            $"Anomaly: the derivative of Sqrt recorded at AnomalyTests.cs:{line} in {nameof(ANaN_IsReportedAtTheOpThatMadeIt)} with respect to input 0 (Float64 [2]) is NaN. Look there for 0/0 and for slopes that are infinite; Clamp keeps inputs away from them.");
        Assert.That(x.Grad, Is.Null);
    }

    [Test]
    public void WithoutDetection_ANaNIsJustAGradient()
    {
        Tensor x = Make.Leaf(-1, 4);
        Make.Total(x.Sqrt()).Backward();
        Assert.That(Make.Numbers(x.Grad), Is.EqualTo(new[] { double.NaN, 0.25 }));
    }

    [Test]
    public void AnInfinity_IsNoAnomaly_UntilItBecomesNaN()
    {
        Tensor x = Make.Leaf(0, 4);
        using AnomalySwitch anomaly = Tape.DetectAnomaly();
        Make.Total(x.Sqrt()).Backward();
        Assert.That(Make.Numbers(x.Grad), Is.EqualTo(new[] { double.PositiveInfinity, 0.25 }));
    }

    [Test]
    public void Detection_CoversWhatIsRecordedWhileItIsOn()
    {
        Tensor x = Make.Leaf(-1, 4), y = x.Sqrt();
        using (Tape.DetectAnomaly())
        {
            Assert.That(Tape.IsDetectingAnomaly);
            Fails.With<AnomalyException>(
                () => Make.Total(y).Backward(), "Anomaly: the derivative of Sqrt with respect to input 0 (Float64 [2]) is NaN. Detect anomalies in the forward pass too, to learn the line.");
        }
        Assert.That(Tape.IsDetectingAnomaly, Is.False);
        Make.Total(y).Backward();
    }

    [Test]
    public void Detection_Nests()
    {
        using (Tape.DetectAnomaly())
        {
            using (Tape.DetectAnomaly())
            {
            }
            Assert.That(Tape.IsDetectingAnomaly);
        }
        Assert.That(Tape.IsDetectingAnomaly, Is.False);
    }

    [Test, MethodImpl(MethodImplOptions.NoOptimization)]
    public void RecordedAt_IsTheUsersLine_AlsoForOpsMadeOfOps()
    {
        using AnomalySwitch anomaly = Tape.DetectAnomaly();
        Tensor x = Make.Leaf(1, 2);
        Tensor y = Composed(x); int line = Fails.Line();
        Assert.That(y.Node!.RecordedAt, Does.StartWith("AnomalyTests.cs:").And.EndsWith(" in Composed"));
        Tensor z = y - x; line = Fails.Line();
        Assert.That(z.Node!.RecordedAt, Is.EqualTo($"AnomalyTests.cs:{line} in {nameof(RecordedAt_IsTheUsersLine_AlsoForOpsMadeOfOps)}"));
    }

    static Tensor Composed(Tensor x) => x.Tanh() * x;

    [Test, MethodImpl(MethodImplOptions.NoOptimization)]
    public void Errors_NameTheLineThatRecorded()
    {
        using AnomalySwitch anomaly = Tape.DetectAnomaly();
        Tensor x = Make.Number(2);
        Tensor y = x * x; int line = Fails.Line();
        string recorded = $"Multiply recorded at AnomalyTests.cs:{line} in {nameof(Errors_NameTheLineThatRecorded)}";
        Fails.With<GraphException>(
            () => y.Fill(1), $"Fill: a recorded result must not be changed in place, and this tensor is the result of {recorded}. Use an op that makes a new tensor, or Detach().Clone().");
        y.Backward();
        Fails.With<GraphException>(
            () => y.Backward(),
            $"Backward: the graph was used by an earlier backward, which freed the saved values ({recorded}). Pass retainGraph: true to the earlier backward to run it again.");
    }
}
