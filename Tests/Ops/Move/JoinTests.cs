namespace Autograd.Tests;

/// <summary>Concatenation and stacking: values, what does not fit, and gradients of repeated inputs.</summary>
public class JoinTests
{
    static Tensor Count(params int[] sizes) => Tensor.Arange(Shape.Create(sizes).ElementCount, DType.Float64).Reshape(sizes);

    [Test]
    public void Concat_of_different_sizes_and_strides_keeps_the_order()
    {
        Tensor a = Count(2, 2), b = Count(1, 2) + 10, empty = Tensor.Zeros([2, 0], DType.Float64);
        Assert.That(Tensor.Concat([a.T, b]).ToArray<double>(), Is.EqualTo(new double[] { 0, 2, 1, 3, 10, 11 }));
        Assert.That(Tensor.Concat([a, empty, b.T], 1).ToArray<double>(), Is.EqualTo(new double[] { 0, 1, 10, 2, 3, 11 }));
    }

    [Test]
    public void Concat_and_Stack_of_views_are_those_of_copies([Values(0, 1, 2)] int axis)
    {
        Tensor x = Count(4, 6, 10);
        Tensor[] views =
        [
            x.Slice(0, 1, 3), x.Slice(1, 2, 5), x.Slice(2, 3, 9), x.Slice(1, 0, 6, 2), x.Slice(0, 0, 1).Expand([3, 6, 10]), x.Slice(1, 1, 2).Expand([4, 5, 10]),
            x.Slice(2, 4, 5).Expand([4, 6, 7]), x.Slice(1, 1, 2), x.Slice(2, 9, 10), x.Flip(0), x.Flip(2), x.Permute(1, 0, 2), x.Permute(0, 2, 1), x.Slice(0, 0, 4, 3).Slice(2, 0, 5),
        ];
        foreach (Tensor view in views)
        {
            Tensor copy = view.Clone();
            Assert.That(Tensor.Concat([view, copy, view], axis).ToArray<double>(), Is.EqualTo(Tensor.Concat([copy, copy, copy], axis).ToArray<double>()), $"{view.Shape}");
            Assert.That(Tensor.Stack([view, view], axis).ToArray<double>(), Is.EqualTo(Tensor.Stack([copy, copy], axis).ToArray<double>()), $"{view.Shape}");
            Assert.That(Tensor.Stack([view, view], -1).ToArray<double>(), Is.EqualTo(Tensor.Stack([copy, copy], -1).ToArray<double>()), $"{view.Shape}");
        }
    }

    [Test]
    public void Concat_of_shapes_that_do_not_fit_names_the_expression()
    {
        Tensor left = Count(2, 3), right = Count(3, 3);
        Assert.That(() => Tensor.Concat([left, right], 1), Throws.InstanceOf<ShapeException>().With.Message.EqualTo(
            "Concat: all sizes but that of axis 1 must be equal, but in [left, right] tensor 0 is [2, 3] and tensor 1 is [3, 3]. Did you mean axis 0?"));
        Assert.That(() => Tensor.Concat([left, Count(3)]), Throws.InstanceOf<ShapeException>().With.Message.EqualTo(
            "Concat: all tensors must have the same number of axes, but in [left, Count(3)] tensor 0 is [2, 3] and tensor 1 is [3] (2 ≠ 1). Stack adds an axis."));
        Assert.That(() => Tensor.Stack([left, right]), Throws.InstanceOf<ShapeException>().With.Message.EqualTo(
            "Stack: all tensors must have the same shape, but in [left, right] tensor 0 is [2, 3] and tensor 1 is [3, 3]. Concat joins tensors along an axis that they have, where their sizes may differ."));
        Assert.That(() => Tensor.Concat([]), Throws.InstanceOf<ShapeException>().With.Message.EqualTo("Concat: at least one tensor is needed, but there is none. For an empty result use Tensor.Empty."));
        Assert.That(() => Tensor.Concat([left, left.Cast(DType.Float32)]), Throws.InstanceOf<DTypeException>());
    }

    [Test]
    public void Concat_of_one_leaf_twice_adds_its_gradients()
    {
        Tensor x = Count(2, 2);
        x.RequiresGrad = true;
        (Tensor.Concat([x, x.T, x]) * Count(6, 2)).SumTo([]).Backward();
        Assert.That(x.Grad!.ToArray<double>(), Is.EqualTo(new double[] { 0 + 4 + 8, 1 + 6 + 9, 2 + 5 + 10, 3 + 7 + 11 }));
    }

    [Test]
    public void Concat_of_more_inputs_than_have_flags_of_their_own_is_differentiable()
    {
        Tensor[] leaves = [.. Enumerable.Range(0, 40).Select(i => Tensor.Full([1], i, DType.Float64))];
        foreach (Tensor leaf in leaves) leaf.RequiresGrad = true;
        (Tensor.Concat(leaves) * Count(40)).SumTo([]).Backward();
        for (int i = 0; i < leaves.Length; i++) Assert.That(leaves[i].Grad!.Item(), Is.EqualTo(i));
    }

    [Test]
    public void Stack_adds_the_axis_where_it_is_wanted()
    {
        Tensor a = Count(2), b = Count(2) + 5;
        Assert.That(Tensor.Stack([a, b], -1).ToArray<double>(), Is.EqualTo(new double[] { 0, 5, 1, 6 }));
        Assert.That(() => Tensor.Stack([a, b], 2), Throws.InstanceOf<ShapeException>().With.Message.EqualTo(
            "Stack: the new axis must be in [-2, 1] for shape [2], but it is 2. Pass 0 to add it in front of all others, or -1 behind them."));
    }
}
