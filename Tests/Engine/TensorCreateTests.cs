using Autograd.Tests.Support;

namespace Autograd.Tests.Engine;

[Parallelizable(ParallelScope.All)]
public sealed class TensorCreateTests
{
    [Test]
    public void Factories_FillEveryElementType()
    {
        Assert.That(Tensor.Zeros([2]).ToArray<float>(), Is.EqualTo(new float[2]));
        Assert.That(Tensor.Ones([2], DType.Float64).ToArray<double>(), Is.EqualTo(new[] { 1.0, 1 }));
        Assert.That(Tensor.Full([2], 7, DType.Int64).ToArray<long>(), Is.EqualTo(new[] { 7L, 7 }));
        Assert.That(Tensor.Full([2], 0.5, DType.Bool).ToArray<bool>(), Is.EqualTo(new[] { true, true }));
        Assert.That(Tensor.ZerosLike(Tensor.Ones([2], DType.Bool)).ToArray<bool>(), Is.EqualTo(new bool[2]));
        Assert.That(Tensor.OnesLike(Tensor.Zeros([1, 2], DType.Int64)).Shape, Is.EqualTo(Shape.Create([1, 2])));
        Assert.That(Tensor.Scalar(2.5).Item(), Is.EqualTo(2.5));
        Assert.That(Tensor.Eye(2, DType.Float64).ToArray<double>(), Is.EqualTo(new[] { 1.0, 0, 0, 1 }));
        Assert.That(Tensor.Eye(0).Count, Is.Zero);
    }

    [TestCase(0, 3, 1, new[] { 0.0, 1, 2 })]
    [TestCase(3, 0, -1, new[] { 3.0, 2, 1 })]
    [TestCase(0, 1, 0.25, new[] { 0, 0.25, 0.5, 0.75 })]
    [TestCase(2, 1, 1, new double[0])]
    public void Arange_StopsBeforeTheEnd(double start, double stop, double step, double[] expected) =>
        Assert.That(Tensor.Arange(start, stop, step, DType.Float64).ToArray<double>(), Is.EqualTo(expected));

    [TestCase(0)]
    [TestCase(double.NaN)]
    [TestCase(1e-300)]
    public void Arange_StepThatLeadsNowhere_IsAnError(double step) =>
        Fails.With<ShapeException>(
            () => Tensor.Arange(0, 1, step),
            FormattableString.Invariant($"Arange: the step must lead from start to stop in fewer than 2³¹ steps, but start is 0, stop 1 and step {step}."));

    [Test]
    public void From_Arrays_KeepsShapeAndOrder()
    {
        Assert.That(Tensor.From([1f, 2]).DType, Is.EqualTo(DType.Float32));
        Tensor cube = Tensor.From(new long[,,] { { { 1, 2 }, { 3, 4 } }, { { 5, 6 }, { 7, 8 } } });
        Assert.That(cube.Shape.ToString(), Is.EqualTo("[2, 2, 2]"));
        Assert.That(cube[1, 0, -1], Is.EqualTo(6));
        Assert.That(Tensor.From(new double[,] { { 1, 2, 3 } }).Shape.ToString(), Is.EqualTo("[1, 3]"));
        Assert.That(Tensor.From(new bool[1, 1, 0, 2]).Shape.ToString(), Is.EqualTo("[1, 1, 0, 2]"));
    }

    [Test]
    public void From_IsACopy()
    {
        float[] values = [1, 2];
        Tensor x = Tensor.From(values);
        values[0] = 9;
        Assert.That(x[0], Is.EqualTo(1));
    }

    [Test]
    public void From_WrongCount_IsAnError() =>
        Fails.With<ShapeException>(
            () => Tensor.From([1f, 2, 3], [2, 2]), "From: the number of values must be that of the shape's elements, but there are 3 values for [2, 2] (3 ≠ 4).");

    [Test]
    public void From_OtherElementType_IsAnError() =>
        Fails.With<DTypeException>(() => Tensor.From([1, 2]), "Tensor: elements are float, double, long or bool, not Int32.");

    [Test]
    public void Uniform_OfIntegers_IsAnError() =>
        Fails.With<DTypeException>(
            () => Tensor.Uniform([2], new Generator(1), dtype: DType.Int64), "Uniform: the element type must be Float32 or Float64, but it is Int64.");

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
    public void Factories_InsideAScope_AreNotRecycled()
    {
        Tensor kept;
        using (Tape.Scope()) kept = Tensor.Ones([1000]);
        using (Tape.Scope()) _ = Tensor.Full([1000], 5) + 1;
        Assert.That(kept.ToArray<float>(), Is.All.EqualTo(1f));
    }

    [Test]
    public void Factories_MakeLeavesWithoutGradient()
    {
        Tensor x = Tensor.Ones([2]);
        Assert.That((x.RequiresGrad, x.IsLeaf, x.Grad, x.Node), Is.EqualTo((false, true, (Tensor?)null, (Node?)null)));
    }
}
