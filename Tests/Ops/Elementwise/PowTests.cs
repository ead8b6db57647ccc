using Autograd.Tests.Support;

namespace Autograd.Tests.Ops.Elementwise;

[Parallelizable(ParallelScope.All)]
public sealed class PowTests
{
    [Test]
    public void AtExponentZero_TheSlopeInTheBaseIsZero_AndItsSlopeInTheExponentIsNot()
    {
        Tensor a = Make.Leaf(0.5, 2, double.PositiveInfinity, 0, 1e-310, double.NaN), b = Make.Leaf(0, 0, 0, 0, 0, 0);
        Tensor y = a.Pow(b);
        Assert.That(Make.Numbers(y), Is.All.EqualTo(1));
        Tensor da = Tape.Gradients(y, [a], Tensor.OnesLike(y), createGraph: true)[0]!;
        Assert.That(Make.Numbers(da), Is.All.EqualTo(0));
        // ∂²y/∂a∂b = aᵇ⁻¹(1 + b·log a) = 1/a.
        Assert.That(Make.Numbers(Tape.Gradients(da, [b], Tensor.OnesLike(da))[0])[..3], Is.EqualTo(new[] { 2.0, 0.5, 0 }));
    }

    [Test]
    public void AtExponentZero_AllDerivativesAreThoseOfDifferences() =>
        GradCheck.That((a, b) => a.Pow(b), Tensor.From([0.5, 1.5, 3]), Tensor.From([0.0, 0, 1]));
}
