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
    }

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
            () => Tensor.From([1f, 2, 3], [2, 2]), "From: the number of values must be that of the shape's elements, but there are 3 values for [2, 2] (3 ≠ 4). Give 4 values, or the shape [3].");

    [Test]
    public void From_OtherElementType_IsAnError() =>
        Fails.With<DTypeException>(() => Tensor.From([1, 2]), "Tensor: elements are float, double, long or bool, not Int32. Convert them to long first.");

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
