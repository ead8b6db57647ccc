using System.Numerics.Tensors;
using Autograd.Tests.Support;

namespace Autograd.Tests.Engine;

[Parallelizable(ParallelScope.All)]
public sealed class TensorDataTests
{
    static Tensor Matrix => Tensor.From(new double[,] { { 1, 2, 3 }, { 4, 5, 6 } });

    [Test]
    public void Item_NeedsOneElement()
    {
        Assert.That(Tensor.From([3L]).Item(), Is.EqualTo(3));
        Assert.That(Tensor.From([true]).Item(), Is.EqualTo(1));
        Fails.With<ShapeException>(
            () => Matrix.Item(), "Item: the tensor must have exactly one element, but its shape is [2, 3]. Reduce it first, or read one element as x[i, j].");
    }

    [Test]
    public void Indexer_CountsFromEitherEnd_AndChecks()
    {
        Tensor x = Matrix;
        Assert.That((x[0, 1], x[-1, -3], Tensor.Scalar(4)[[]]), Is.EqualTo((2.0, 4.0, 4.0)));
        Fails.With<ShapeException>(() => _ = x[1], "Indexer: one index an axis is needed, but there are 1 for shape [2, 3] (1 ≠ 2). Take a part with Select or Slice.");
        Fails.With<ShapeException>(() => _ = x[0, 3], "Indexer: index 3 of axis 1 must be in [-3, 2] for shape [2, 3]. Count from 0, so that the last index is 2, or from the end, where it is -1.");
        Fails.With<ShapeException>(() => _ = x[-3, 0], "Indexer: index -3 of axis 0 must be in [-2, 1] for shape [2, 3]. Count from 0, so that the last index is 1, or from the end, where it is -1.");
    }

    [Test]
    public void AsSpan_OfAnotherType_IsAnError() =>
        Fails.With<DTypeException>(
            () => Matrix.AsSpan<float>(), "Tensor: the element type is Float64, but Single was asked for. Cast the tensor, or read it as double.");

    [Test]
    public void AsSpan_OfAStridedView_IsAnError()
    {
        Tensor view = Matrix.View([3, 2], [1, 3]);
        Fails.With<ShapeException>(
            () => view.AsSpan<double>(),
            "AsSpan: the elements must be dense in memory, but this view of shape [3, 2] has strides [1, 3]. Use ToArray, or Dense() for a copy.");
        Assert.That(view.ToArray<double>(), Is.EqualTo(new double[] { 1, 4, 2, 5, 3, 6 }));
        Assert.That(view.Dense().AsSpan<double>().ToArray(), Is.EqualTo(view.ToArray<double>()));
    }

    [Test]
    public void AsReachedSpan_HoldsAllFromTheFirstElementToTheLast()
    {
        Assert.That(Matrix.View([2, 1], [3, 1], 1).AsReachedSpan<double>().ToArray(), Is.EqualTo(new double[] { 2, 3, 4, 5 }));
        Assert.That(Matrix.AsReachedSpan<double>().ToArray(), Is.EqualTo(Matrix.ToArray<double>()));
        Assert.That(Tensor.Zeros([2, 0]).AsReachedSpan<float>().Length, Is.Zero);
        Tensor backwards = Matrix.View([2, 3], [3, -1], 2);
        Fails.With<ShapeException>(
            () => backwards.AsReachedSpan<double>(),
            "AsReachedSpan: no stride may be negative, but this view of shape [2, 3] has strides [3, -1]. Use Dense() for a copy in the view's order.");
    }

    [Test]
    public void InPlace_OfAStridedView_NamesTheOperation()
    {
        Tensor view = Tensor.Zeros([1]).View([3], [0]);
        const string Rule = "the elements must be dense in memory, but this view of shape [3] has strides [0]. Use ToArray, or Dense() for a copy.";
        Fails.With<ShapeException>(() => view.Fill(1), $"Fill: {Rule}");
        Fails.With<ShapeException>(() => view.CopyFrom(Tensor.Ones([3])), $"CopyFrom: {Rule}");
        Fails.With<ShapeException>(() => view.AddScaled(Tensor.Ones([3]), 1), $"AddScaled: {Rule}");
        Fails.With<ShapeException>(() => view.AsWritableSpan<float>(), $"AsWritableSpan: {Rule}");
    }

    [Test]
    public void CopyTo_ShortTarget_IsAnError() =>
        Assert.That(() => Matrix.CopyTo(new double[5].AsSpan()), Throws.ArgumentException.With.Message.StartsWith("CopyTo: the target must hold all 6 elements, but it holds 5. Pass 6 of them, or take ToArray()."));

    [Test]
    public void TensorSpan_RoundTrip_KeepsShape()
    {
        ReadOnlyTensorSpan<double> span = Matrix.AsTensorSpan<double>();
        Assert.That(span.Rank, Is.EqualTo(2));
        Tensor back = Tensor.From(span);
        Assert.That(back.Shape.ToString(), Is.EqualTo("[2, 3]"));
        Assert.That(back.ToArray<double>(), Is.EqualTo(Matrix.ToArray<double>()));
    }

    [Test]
    public void TensorSpan_OfAScalar_AndOfNothing_RoundTrip()
    {
        Tensor one = Tensor.From(Tensor.Scalar(2.5, DType.Float64).AsTensorSpan<double>());
        Assert.That((one.Shape.ToString(), one.Item()), Is.EqualTo(("[1]", 2.5)), "the platform has no tensor without axes");
        Assert.That(Tensor.From(Tensor.Zeros([0, 3]).AsTensorSpan<float>()).Count, Is.Zero);
    }

    [Test]
    public void Detach_SharesMemory_CloneDoesNot()
    {
        Tensor x = Make.Leaf(1, 2), alias = x.Detach(), copy = x.Clone();
        alias.Fill(5);
        Assert.That((x[0], copy[0], alias.RequiresGrad, copy.RequiresGrad), Is.EqualTo((5.0, 1.0, false, false)));
    }

    [Test]
    public void CopyFrom_ViewsOfOneMemory_Overlapping_CopiesAsIfApart()
    {
        Tensor all = Tensor.From([1.0, 2, 3, 4]);
        all.View([3], [1], 1).CopyFrom(all.View([3], [1]));
        Assert.That(all.ToArray<double>(), Is.EqualTo(new[] { 1.0, 1, 2, 3 }));
    }

    [Test]
    public void AddScaled_ViewsOfOneMemory_Overlapping_AddsAsIfApart()
    {
        Tensor all = Tensor.From([1.0, 2, 3, 4]);
        all.View([3], [1], 1).AddScaled(all.View([3], [1]), 10);
        Assert.That(all.ToArray<double>(), Is.EqualTo(new[] { 1.0, 12, 23, 34 }));
        all.AddScaled(all, 1);
        Assert.That(all.ToArray<double>(), Is.EqualTo(new[] { 2.0, 24, 46, 68 }));
    }

    [Test]
    public void AddScaled_TakesStridedSources()
    {
        Tensor x = Tensor.Zeros([3, 2], DType.Float64);
        x.AddScaled(Matrix.View([3, 2], [1, 3]), 2);
        Assert.That(x.ToArray<double>(), Is.EqualTo(new double[] { 2, 8, 4, 10, 6, 12 }));
    }

    [Test]
    public void InPlace_WithUnequalOperands_IsAnError_AndChangesNothing()
    {
        Tensor x = Tensor.Ones([2]);
        Fails.With<ShapeException>(
            () => x.CopyFrom(Tensor.Ones([3])), "CopyFrom: both tensors must have the same shape, but the target is [2] and the source is [3]. Tensor.OnesLike gives one that fits.");
        Fails.With<DTypeException>(
            () => x.AddScaled(Tensor.Ones([2], DType.Float64), 1),
            "AddScaled: both tensors must have the same element type, but the target is Float32 and the source is Float64. Cast the source: source.Cast(DType.Float32).");
        Fails.With<DTypeException>(
            () => Tensor.Ones([2], DType.Int64).AddScaled(Tensor.Ones([2], DType.Int64), 1),
            "AddScaled: the element type must be Float32 or Float64, but it is Int64. Cast the tensor first: x.Cast(DType.Float32).");
        Assert.That(x.ToArray<float>(), Is.All.EqualTo(1f));
    }

    [Test]
    public void View_ChecksTheMemory()
    {
        Tensor x = Tensor.From([1f, 2, 3, 4]);
        Assert.That(x.View([4], [-1], 3).ToArray<float>(), Is.EqualTo(new[] { 4f, 3, 2, 1 }));
        Assert.That(x.View([2], [1], 2).View([2], [1], -2).ToArray<float>(), Is.EqualTo(new[] { 1f, 2 }));
        Assert.That(x.View([0, 9], [100, 100], 50).Count, Is.Zero);
        Fails.With<ShapeException>(() => x.View([2, 2], [1]), "View: one stride an axis is needed, but shape [2, 2] comes with strides [1]. Give 2, such as [2, 1], where the elements follow one another.");
        Fails.With<ShapeException>(() => x.View([3], [2]), "View: shape [3] with strides [2] from offset 0 reaches outside the memory of [4]. Stay between the positions 0 and 3, counted from its first element.");
        Fails.With<ShapeException>(() => x.View([2], [-1]), "View: shape [2] with strides [-1] from offset 0 reaches outside the memory of [4]. Stay between the positions 0 and 3, counted from its first element.");
        Fails.With<ShapeException>(
            () => x.View([int.MaxValue], [int.MaxValue]), "View: shape [2147483647] with strides [2147483647] from offset 0 reaches outside the memory of [4]. Stay between the positions 0 and 3, counted from its first element.");
        Fails.With<ShapeException>(() => x.View([1], [1], int.MinValue), "View: shape [1] with strides [1] from offset -2147483648 reaches outside the memory of [4]. Stay between the positions 0 and 3, counted from its first element.");
    }
}
