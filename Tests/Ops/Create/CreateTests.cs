using Autograd.Tests.Support;

namespace Autograd.Tests.Ops.Create;

[Parallelizable(ParallelScope.All)]
public sealed class CreateTests
{
    [TestCase(0, 3, 1, new[] { 0.0, 1, 2 })]
    [TestCase(3, 0, -1, new[] { 3.0, 2, 1 })]
    [TestCase(0, 1, 0.25, new[] { 0, 0.25, 0.5, 0.75 })]
    [TestCase(2, 1, 1, new double[0])]
    public void Arange_StopsBeforeTheEnd(double start, double stop, double step, double[] expected) =>
        Assert.That(Tensor.Arange(start, stop, step, DType.Float64).ToArray<double>(), Is.EqualTo(expected));

    [TestCase(0, "Give another step; Tensor.Full repeats a number.")]
    [TestCase(double.NaN, "Give finite numbers.")]
    [TestCase(1e-300, "Give a larger step.")]
    public void Arange_StepThatLeadsNowhere_IsAnError(double step, string hint) =>
        Fails.With<ShapeException>(
            () => Tensor.Arange(0, 1, step),
            FormattableString.Invariant($"Arange: the step must lead from start to stop in fewer than 2³¹ steps, but start is 0, stop 1 and step {step}. {hint}"));

    [TestCase(0, 1, 5, new[] { 0, 0.25, 0.5, 0.75, 1 })]
    [TestCase(3, -3, 3, new[] { 3.0, 0, -3 })]
    [TestCase(2, 7, 1, new[] { 2.0 })]
    [TestCase(2, 7, 0, new double[0])]
    [TestCase(2, 7, 2, new[] { 2.0, 7 })]
    public void Linspace_GoesFromStartToEnd(double start, double end, int steps, double[] expected) =>
        Assert.That(Tensor.Linspace(start, end, steps, DType.Float64).ToArray<double>(), Is.EqualTo(expected));

    [Test]
    public void NumbersAtEqualDistances_AreEachComputedByThemselves([Values(0, 1, 2, 15, 16, 17, 100, 1001)] int count, [Values(DType.Float32, DType.Float64, DType.Int64)] DType dtype)
    {
        double[] steps = new double[count], parts = new double[count];
        int last = Math.Max(count - 1, 1);
        for (int i = 0; i < count; i++)
        {
            steps[i] = 0.1 + (i * 0.3);
            parts[i] = 2 * i <= last ? -1 + (7.3 * i / last) : 6.3 - (7.3 * (last - i) / last);
        }
        Assert.That(Tensor.Arange(0.1, 0.1 + ((count - 0.5) * 0.3), 0.3, dtype).Cast(DType.Float64).ToArray<double>(), Is.EqualTo(Tensor.From(steps).Cast(dtype).Cast(DType.Float64).ToArray<double>()));
        Assert.That(Tensor.Linspace(-1, 6.3, count, dtype).Cast(DType.Float64).ToArray<double>(), Is.EqualTo(Tensor.From(parts).Cast(dtype).Cast(DType.Float64).ToArray<double>()));
    }

    [Test]
    public void Linspace_HasBothEndsExactly_AndIsSymmetric([Values(2, 3, 10, 101)] int steps)
    {
        double[] x = Tensor.Linspace(-0.1, 0.7, steps, DType.Float64).ToArray<double>(), back = Tensor.Linspace(0.7, -0.1, steps, DType.Float64).ToArray<double>();
        Assert.That((x[0], x[^1]), Is.EqualTo((-0.1, 0.7)));
        Assert.That(x, Is.Ordered);
        Assert.That(back[..(steps / 2)], Is.EqualTo(x[^(steps / 2)..].Reverse()));
    }

    [Test]
    public void Linspace_OfOtherTypes()
    {
        Assert.That(Tensor.Linspace(0, 10, 5, DType.Int64).ToArray<long>(), Is.EqualTo(new[] { 0L, 2, 5, 7, 10 }));
        Assert.That(Tensor.Linspace(0, 1, 4).ToArray<float>(), Is.EqualTo(new[] { 0, 1 / 3f, 2 / 3f, 1 }));
    }

    [Test]
    public void Logspace_HasPowers()
    {
        Assert.That(Tensor.Logspace(-1, 2, 4, dtype: DType.Float64).ToArray<double>(), Is.EqualTo(new[] { 0.1, 1, 10, 100 }).Within(1e-15));
        Assert.That(Tensor.Logspace(0, 3, 4, 2, DType.Int64).ToArray<long>(), Is.EqualTo(new[] { 1L, 2, 4, 8 }));
        Assert.That(Tensor.Logspace(5, 9, 1, 2).ToArray<float>(), Is.EqualTo(new[] { 32f }));
    }

    [Test]
    public void Uniform_OfIntegers_IsAnError() =>
        Fails.With<DTypeException>(
            () => Tensor.Uniform([2], new Generator(1), dtype: DType.Int64), "Uniform: the element type must be Float32 or Float64, but it is Int64. Draw floating-point numbers, and Cast the result.");

    // The last pair has no float32 strictly between the bounds: only the lower bound itself lies in the interval.
    [TestCase(0, 1, DType.Float32)]
    [TestCase(-3, -2.9999999, DType.Float32)]
    [TestCase(1e6, 1e6 + 0.01, DType.Float32)]
    [TestCase(0.1, 0.2, DType.Float32)]
    [TestCase(0, double.Epsilon, DType.Float64)]
    [TestCase(1, 1.0000000001, DType.Float32)]
    public void Uniform_StaysWithinItsBounds(double low, double high, DType dtype)
    {
        double[] values = Tensor.Uniform([20_000], new Generator(3), low, high, dtype).Cast(DType.Float64).ToArray<double>();
        Assert.That(values, Is.All.LessThan(high));
        Assert.That(values, Is.All.GreaterThanOrEqualTo(dtype == DType.Float32 ? (float)low : low));
    }

    [Test]
    public void Eye_IsTheIdentity()
    {
        Assert.That(Tensor.Eye(2, DType.Float64).ToArray<double>(), Is.EqualTo(new[] { 1.0, 0, 0, 1 }));
        Assert.That(Tensor.Eye(0).Count, Is.Zero);
        Fails.With<ShapeException>(
            () => Tensor.Eye(1 << 16), "Shape: a tensor holds fewer than 2³¹ elements and bytes, but [65536, 65536] is larger. Split it along an axis.");
    }
}
