using System.Runtime.CompilerServices;
using Autograd.Tests.Support;

namespace Autograd.Tests.Engine;

[Parallelizable(ParallelScope.All)]
public sealed class VersionTests
{
    static Tensor Other => Tensor.From([5.0, 6]);

    static IEnumerable<TestCaseData> Changes()
    {
        yield return new TestCaseData((Action<Tensor>)(x => x.Fill(1))).SetArgDisplayNames("Fill");
        yield return new TestCaseData((Action<Tensor>)(x => x.CopyFrom(Other))).SetArgDisplayNames("CopyFrom");
        yield return new TestCaseData((Action<Tensor>)(x => x.AddScaled(Other, 2))).SetArgDisplayNames("AddScaled");
        yield return new TestCaseData((Action<Tensor>)(x => x.AsWritableSpan<double>()[0] = 1)).SetArgDisplayNames("AsWritableSpan");
        yield return new TestCaseData((Action<Tensor>)(x => x.Detach().Fill(1))).SetArgDisplayNames("Detach");
        yield return new TestCaseData((Action<Tensor>)(x => x.View([1], [1], 1).Fill(1))).SetArgDisplayNames("View");
    }

    [TestCaseSource(nameof(Changes))]
    public void ASavedInput_ChangedInPlace_IsFound_AndNothingIsChanged(Action<Tensor> change)
    {
        Tensor x = Make.Leaf(1, 2), c = Tensor.From([3.0, 4]), y = Make.Total(x * c);
        change(c);
        Fails.With<GraphException>(
            () => y.Backward(),
            "Backward: input 1 of Multiply, Float64 [2], was changed in place once after it was saved for the derivative. Clone it before changing it, or change it after backward.");
        Assert.That(x.Grad, Is.Null);
    }

    [Test]
    public void ASavedLeaf_ChangedUnderNoGrad_IsFound()
    {
        Tensor x = Make.Leaf(1, 2), y = Make.Total(x * x);
        using (Tape.NoGrad())
        {
            x.Fill(2);
            x.Fill(3);
        }
        Fails.With<GraphException>(
            () => y.Backward(),
            "Backward: input 1 of Multiply, Float64 [2], was changed in place 2 times after it was saved for the derivative. Clone it before changing it, or change it after backward.");
    }

    [Test]
    public void ASavedResult_ChangedThroughDetach_IsFound()
    {
        Tensor x = Make.Leaf(1, 2), y = x.Tanh();
        y.Detach().Fill(0);
        Fails.With<GraphException>(
            () => Make.Total(y).Backward(),
            "Backward: the result of Tanh, Float64 [2], was changed in place once after it was saved for the derivative. Clone it before changing it, or change it after backward.");
    }

    [Test]
    public void AValueThatTheDerivativeDoesNotRead_MayBeChanged()
    {
        Tensor x = Make.Leaf(1, 2), c = Tensor.From([3.0, 4]), y = x + c;
        c.Fill(0);
        y.Detach().Fill(0);
        Make.Total(y).Backward();
        Assert.That(Make.Numbers(x.Grad), Is.EqualTo(new[] { 1.0, 1 }));
        Tensor w = Make.Leaf(1, 2), z = Make.Total(x.Detach() * w);
        using (Tape.NoGrad()) w.Fill(9);
        z.Backward();
        Assert.That(Make.Numbers(w.Grad), Is.EqualTo(new[] { 1.0, 2 }));
    }

    [Test]
    public void AChangeBeforeItIsSaved_IsNoConcern()
    {
        Tensor x = Make.Leaf(1, 2), c = Tensor.From([3.0, 4]);
        c.Fill(7);
        Make.Total(x * c).Backward();
        Assert.That(Make.Numbers(x.Grad), Is.EqualTo(new[] { 7.0, 7 }));
    }

    [Test]
    public void AGradientThatTheGraphReads_MovesOnWithTheNextBackward_AndIsFound()
    {
        Tensor x = Make.Leaf(1, 2);
        Make.Total(x * x).Backward();
        Tensor y = Make.Total(x * x.Grad!);
        Make.Total(x * x).Backward();
        Assert.That(() => y.Backward(), Throws.TypeOf<GraphException>().With.Message.StartsWith("Backward: input 1 of Multiply, Float64 [2], was changed in place once"));
    }

    [Test, MethodImpl(MethodImplOptions.NoOptimization)]
    public void AnomalyDetection_NamesTheLines_ThatSavedAndChanged()
    {
        Tensor x = Make.Leaf(1, 2), c = Tensor.From([3.0, 4]);
        using AnomalySwitch anomaly = Tape.DetectAnomaly();
        Tensor y = Make.Total(x * c); int recorded = Fails.Line();
        c.Fill(1); int changed = Fails.Line();
        Fails.With<GraphException>(
            () => y.Backward(),
            $"Backward: input 1 of Multiply recorded at VersionTests.cs:{recorded} in {nameof(AnomalyDetection_NamesTheLines_ThatSavedAndChanged)}, Float64 [2], was changed in place once after it was saved for the derivative, last at VersionTests.cs:{changed} in {nameof(AnomalyDetection_NamesTheLines_ThatSavedAndChanged)}. Clone it before changing it, or change it after backward.");
    }
}
