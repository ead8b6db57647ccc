using Autograd.Tests.Support;

namespace Autograd.Tests.Engine;

[Parallelizable(ParallelScope.All)]
public sealed class ShapeTests
{
    [Test]
    public void Shape_OfSizes_TellsRankCountAndSizes()
    {
        Shape shape = [2, 3, 4];
        Assert.That((shape.Rank, shape.ElementCount, shape[1], shape[-1]), Is.EqualTo((3, 24, 3, 4)));
        Assert.That(shape.ToString(), Is.EqualTo("[2, 3, 4]"));
        Assert.That(shape.AsEnumerable(), Is.EqualTo(new[] { 2, 3, 4 }));
    }

    [Test]
    public void Shape_Empty_IsTheScalar()
    {
        Shape shape = [];
        Assert.That(shape, Is.SameAs(Shape.Scalar));
        Assert.That((shape.Rank, shape.ElementCount, shape.ToString()), Is.EqualTo((0, 1, "[]")));
    }

    [Test]
    public void With_ChangesOneSize()
    {
        Shape shape = [2, 3, 4];
        Assert.That(shape.With(1, 5), Is.EqualTo(Shape.Create([2, 5, 4])));
        Assert.That(shape.With(-1, 5), Is.EqualTo(Shape.Create([2, 3, 5])));
        Assert.That(shape.With(1, 5), Is.SameAs(Shape.Create([2, 5, 4])));
        Assert.That(shape.With(2, 4), Is.SameAs(shape));
        Assert.That(Shape.Scalar.With(0, 7), Is.SameAs(Shape.Scalar));
        Assert.That(() => shape.With(3, 1), Throws.TypeOf<ShapeException>());
        Assert.That(() => shape.With(0, -1), Throws.TypeOf<ShapeException>());
        Assert.That(() => shape.With(0, int.MaxValue), Throws.TypeOf<ShapeException>());
    }

    [Test]
    public void Shape_WithZero_HasNoElements() => Assert.That(Shape.Create([3, 0, int.MaxValue]).ElementCount, Is.Zero);

    [Test]
    public void Shape_EqualSizes_AreEqual()
    {
        Shape a = [2, 3], b = [2, 3], c = [3, 2];
        Assert.That(a == b && a != c && a.GetHashCode() == b.GetHashCode() && a.Equals((object)b) && !a.Equals(null));
        Assert.That(a != null && (Shape?)null == null);
    }

    [Test]
    public void Shape_NegativeSize_IsAnError() =>
        Fails.With<ShapeException>(() => Shape.Create([2, -1]), "Shape: every size must be 0 or more, but the sizes are [2, -1]. Reshape alone takes -1, for the size that follows from the others.");

    [Test]
    public void Shape_TooManyElements_IsAnError() =>
        Fails.With<ShapeException>(
            () => Shape.Create([int.MaxValue, int.MaxValue, int.MaxValue]),
            "Shape: a tensor holds fewer than 2³¹ elements and bytes, but [2147483647, 2147483647, 2147483647] is larger. Split it along an axis.");

    [Test]
    public void Shape_TooManyBytes_IsAnErrorOfTheTensor() =>
        Fails.With<ShapeException>(
            () => Tensor.Empty([1 << 29]), "Shape: a tensor holds fewer than 2³¹ elements and bytes, but [536870912] is larger. Split it along an axis.");

    [Test]
    public void Axis_OutOfRange_IsAnError()
    {
        Shape shape = [2, 3];
        Fails.With<ShapeException>(() => shape.Axis(2, "Sum"), "Sum: axis must be in [-2, 1] for shape [2, 3], but it is 2. Count axes from 0, so that the last is 1, or from the end, where it is -1.");
        Fails.With<ShapeException>(() => _ = shape[-3], "Shape: axis must be in [-2, 1] for shape [2, 3], but it is -3. Count axes from 0, so that the last is 1, or from the end, where it is -1.");
        Fails.With<ShapeException>(() => Shape.Scalar.Axis(0, "Sum"), "Sum: axis 0 does not exist, a scalar has no axes. Reshape(1) gives it one.");
        Fails.With<ShapeException>(() => shape.Axis(int.MinValue, "Sum"), "Sum: axis must be in [-2, 1] for shape [2, 3], but it is -2147483648. Count axes from 0, so that the last is 1, or from the end, where it is -1.");
    }

    static IEnumerable<TestCaseData> Broadcasts()
    {
        yield return new TestCaseData(new[] { 2, 3 }, new[] { 3 }, new[] { 2, 3 });
        yield return new TestCaseData(new[] { 2, 1 }, new[] { 1, 3 }, new[] { 2, 3 });
        yield return new TestCaseData(Array.Empty<int>(), new[] { 2, 3 }, new[] { 2, 3 });
        yield return new TestCaseData(new[] { 1 }, new[] { 0 }, new[] { 0 });
        yield return new TestCaseData(new[] { 5, 1, 0 }, new[] { 4, 1 }, new[] { 5, 4, 0 });
        yield return new TestCaseData(new[] { 2 }, new[] { 3 }, null);
        yield return new TestCaseData(new[] { 0 }, new[] { 2 }, null);
        yield return new TestCaseData(new[] { 2, 3 }, new[] { 2, 1, 4 }, null);
    }

    [TestCaseSource(nameof(Broadcasts))]
    public void TryBroadcast_AlignsAtTheEnd_EitherWayRound(int[] a, int[] b, int[]? expected)
    {
        Shape p = Shape.Create(a), q = Shape.Create(b);
        Assert.That(Shape.TryBroadcast(p, q, out Shape there), Is.EqualTo(expected is not null));
        Assert.That(Shape.TryBroadcast(q, p, out Shape back), Is.EqualTo(expected is not null));
        if (expected is null) return;
        Assert.That(there, Is.EqualTo(Shape.Create(expected)));
        Assert.That(back, Is.EqualTo(there));
    }
}
