namespace Autograd.Tests;

/// <summary>What shares memory, what copies, and which elements views show.</summary>
public class ViewTests
{
    static Tensor Count(params int[] sizes) => Tensor.Arange(Shape.Create(sizes).ElementCount, DType.Float64).Reshape(sizes);

    static bool Shares(Tensor a, Tensor b)
    {
        Tensor first = b.Detach();
        double before = a.Dense().ToArray<double>()[0];
        first.Fill(first.ToArray<double>()[0] + 100);
        return a.Dense().ToArray<double>()[0] != before;
    }

    [Test]
    public void Reshape_of_a_dense_tensor_shares_memory()
    {
        Tensor x = Count(2, 3), y = x.Reshape(3, -1);
        Assert.That(y.Shape.ToString(), Is.EqualTo("[3, 2]"));
        Assert.That(Shares(y, x));
    }

    [Test]
    public void Reshape_of_a_transpose_copies_in_row_major_order()
    {
        Tensor x = Count(2, 3), y = x.T.Reshape(6);
        Assert.That(y.ToArray<double>(), Is.EqualTo(new double[] { 0, 3, 1, 4, 2, 5 }));
        Assert.That(Shares(y, x), Is.False);
    }

    [Test]
    public void Reshape_that_only_splits_and_joins_even_axes_is_a_view()
    {
        Tensor x = Count(4, 6).Slice(0, null, null, 2).T; // [6, 2] with strides [1, 12]
        Tensor split = x.Reshape(2, 3, 1, 2);
        Assert.That(split.Strides.ToArray(), Is.EqualTo(new[] { 3, 1, 24, 12 }));
        Assert.That(split.ToArray<double>(), Is.EqualTo(x.ToArray<double>()));
        Tensor repeated = Count(3, 1).Expand([3, 4]).Reshape(3, 2, 2);
        Assert.That(repeated.Strides.ToArray(), Is.EqualTo(new[] { 1, 0, 0 }));
    }

    [Test]
    public void Reshape_of_every_permuted_layout_keeps_the_elements()
    {
        Random random = new(3);
        int[][] shapes = [[2, 3, 4], [24], [4, 6], [1, 2, 12], [6, 1, 4], [3, 8], [2, 2, 3, 2], [12, 2, 1]];
        int[][] orders = [[0, 1, 2], [0, 2, 1], [1, 0, 2], [1, 2, 0], [2, 0, 1], [2, 1, 0]];
        foreach (int[] order in orders)
        {
            for (int step = -1; step <= 2; step += step == -1 ? 2 : 1)
            {
                Tensor x = Count(2, 3, 8).Slice(2, null, null, step).Permute(order);
                if (step != 2) x = x.Slice(Array.IndexOf(order, 2), 0, 4);
                foreach (int[] shape in shapes)
                {
                    Assert.That(x.Reshape(shape).ToArray<double>(), Is.EqualTo(x.ToArray<double>()), $"{x.Shape} strides {string.Join(",", x.Strides.ToArray())}");
                }
            }
        }
    }

    [Test]
    public void Reshape_of_no_elements_takes_any_sizes_with_none()
    {
        Assert.That(Tensor.Zeros([0, 3]).Reshape(-1).Shape.ToString(), Is.EqualTo("[0]"));
        Assert.That(Tensor.Zeros([0, 3]).Reshape(5, 0, 2).Shape.ToString(), Is.EqualTo("[5, 0, 2]"));
        Assert.That(() => Tensor.Zeros([0, 3]).Reshape(0, -1), Throws.InstanceOf<ShapeException>().With.Message.EqualTo(
            "Reshape: one size may be −1 if the others determine it, but the new sizes of [0, 3] are [0, -1]. Write it as a number: with a size of 0, any would do."));
    }

    [Test]
    public void Reshape_to_another_count_is_an_error()
    {
        Assert.That(() => Count(3, 4).Reshape(5, 2), Throws.InstanceOf<ShapeException>().With.Message.EqualTo(
            "Reshape: the number of elements must stay the same, but [3, 4] has 12 and the new sizes are [5, 2]. Did you mean [6, 2]?"));
        Assert.That(() => Count(3, 4).Reshape(5, -1), Throws.InstanceOf<ShapeException>());
        Assert.That(() => Count(3, 4).Reshape(-1, -1), Throws.InstanceOf<ShapeException>());
    }

    [TestCase(null, null, 1, "0 1 2 3 4")]
    [TestCase(1, -1, 1, "1 2 3")]
    [TestCase(-100, 100, 2, "0 2 4")]
    [TestCase(4, 1, 1, "")]
    [TestCase(null, null, -1, "4 3 2 1 0")]
    [TestCase(4, 0, -2, "4 2")]
    [TestCase(-2, null, -3, "3 0")]
    [TestCase(100, -100, -2, "4 2 0")]
    [TestCase(0, 5, -1, "")]
    [TestCase(2, null, int.MaxValue, "2")]
    [TestCase(null, null, int.MinValue, "4")]
    public void Slice_follows_the_rules_of_python(int? start, int? stop, int step, string expected)
    {
        Tensor x = Count(5);
        Assert.That(string.Join(" ", x.Slice(0, start, stop, step).ToArray<double>()), Is.EqualTo(expected));
        Tensor leaf = Count(2, 5);
        leaf.RequiresGrad = true;
        leaf.Slice(1, start, stop, step).SumTo([]).Backward();
        double[] gradient = new double[10];
        foreach (string index in expected.Split(' ', StringSplitOptions.RemoveEmptyEntries)) gradient[int.Parse(index)] = gradient[5 + int.Parse(index)] = 1;
        Assert.That(leaf.Grad!.ToArray<double>(), Is.EqualTo(gradient));
    }

    [Test]
    public void Slice_takes_ranges_as_arrays_do()
    {
        double[] values = [0, 1, 2, 3, 4];
        Tensor x = Tensor.From(values).Unsqueeze(0);
        foreach (Range range in new[] { .., ..3, 2.., 1..^1, ^2.., ..^0, 3..3, ^4..^2 })
            Assert.That(x.Slice(-1, range).ToArray<double>(), Is.EqualTo(values[range]), $"{range}");
        Assert.That(x.Slice(1, 3..9).ToArray<double>(), Is.EqualTo(new[] { 3.0, 4 }));
        Assert.That(x.Slice(1, ^9..2).ToArray<double>(), Is.EqualTo(new[] { 0.0, 1 }));
        Assert.That(x.Slice(1, 4..2).Shape.ToString(), Is.EqualTo("[1, 0]"));
        Assert.That(() => x.Slice(2, ..), Throws.TypeOf<ShapeException>());
    }

    [Test]
    public void Slice_by_a_step_of_zero_is_an_error() =>
        Assert.That(() => Count(5).Slice(0, null, null, 0), Throws.InstanceOf<ShapeException>().With.Message.EqualTo(
            "Slice: the step must not be 0, but it is along axis 0. Use a negative step to run backwards."));

    [Test]
    public void Select_outside_the_axis_is_an_error()
    {
        Assert.That(Count(2, 3).Select(1, -1).ToArray<double>(), Is.EqualTo(new double[] { 2, 5 }));
        Assert.That(() => Count(2, 3).Select(1, 3), Throws.InstanceOf<ShapeException>().With.Message.EqualTo(
            "Select: the index along axis 1 must be in [-3, 2] for shape [2, 3], but it is 3. Count from 0, so that the last index is 2, or from the end, where it is -1."));
        Assert.That(() => Tensor.Zeros([0, 3]).Select(0, 0), Throws.InstanceOf<ShapeException>().With.Message.EqualTo(
            "Select: axis 0 of shape [0, 3] is empty and has no index 0. Ask whether Shape[0] is 0 first."));
    }

    [Test]
    public void T_swaps_the_last_two_axes_and_needs_them()
    {
        Assert.That(Count(2, 3, 4).T.Shape.ToString(), Is.EqualTo("[2, 4, 3]"));
        Assert.That(() => _ = Count(3).T, Throws.InstanceOf<ShapeException>().With.Message.EqualTo(
            "T: the tensor must have two axes or more, but its shape is [3]. A vector becomes a column by Unsqueeze(-1)."));
    }

    [Test]
    public void MoveAxis_puts_several_axes_in_place()
    {
        Assert.That(Tensor.Zeros([2, 3, 4, 5]).MoveAxis([0, 1], [-1, 0]).Shape.ToString(), Is.EqualTo("[3, 4, 5, 2]"));
        Assert.That(() => Count(2, 3).MoveAxis([0, 0], [0, 1]), Throws.InstanceOf<ShapeException>().With.Message.EqualTo(
            "MoveAxis: every axis and every destination must be named once, but they are [0, 0] and [0, 1]. Leave out the second: an axis counted from the end may be one that is named already."));
    }

    [Test]
    public void Permute_by_no_permutation_is_an_error() =>
        Assert.That(() => Count(2, 3).Permute(0, -2), Throws.InstanceOf<ShapeException>().With.Message.EqualTo(
            "Permute: every axis must be named once, but the axes are [0, -2] for shape [2, 3]. Write them in the wanted order, such as [1, 0]."));

    [Test]
    public void Parts_of_one_tensor_add_into_one_gradient()
    {
        Tensor x = Count(6, 2);
        x.RequiresGrad = true;
        Tensor[] parts = x.Split([1, 0, 3, 2]);
        (parts[0].SumTo([]) + (parts[2] * 2).SumTo([]) + (parts[3] * 3).SumTo([]) + x.Unbind()[5].SumTo([])).Backward();
        Assert.That(x.Grad!.ToArray<double>(), Is.EqualTo(new double[] { 1, 1, 2, 2, 2, 2, 2, 2, 3, 3, 4, 4 }));
    }

    [Test]
    public void Split_and_Chunk_cut_like_their_sizes_say()
    {
        Assert.That(string.Join(" ", Count(7).Split(3).Select(p => p.Count)), Is.EqualTo("3 3 1"));
        Assert.That(string.Join(" ", Count(7).Chunk(5).Select(p => p.Count)), Is.EqualTo("2 2 2 1"));
        Assert.That(string.Join(" ", Tensor.Zeros([0]).Split(3).Select(p => p.Count)), Is.EqualTo("0"));
        Assert.That(string.Join(" ", Tensor.Zeros([0]).Chunk(2).Select(p => p.Count)), Is.EqualTo("0 0"));
        Assert.That(() => Count(2, 5).Split([2, 2], 1), Throws.InstanceOf<ShapeException>().With.Message.EqualTo(
            "Split: the sizes must be 0 or more and add up to Shape[1], but they are [2, 2] for shape [2, 5] (4 ≠ 5). Add a part of 1."));
    }

    [Test]
    public void Squeeze_leaves_axes_that_are_longer()
    {
        Assert.That(Tensor.Zeros([1, 3, 1]).Squeeze(1).Shape.ToString(), Is.EqualTo("[1, 3, 1]"));
        Assert.That(() => Tensor.Zeros([3]).Unsqueeze(2), Throws.InstanceOf<ShapeException>().With.Message.EqualTo(
            "Unsqueeze: the new axis must be in [-2, 1] for shape [3], but it is 2. Pass 0 to add it in front of all others, or -1 behind them."));
    }

    [Test]
    public void Views_of_labels_and_masks_move_without_gradients()
    {
        Tensor labels = Tensor.From(new long[] { 1, 2, 3, 4 }, [2, 2]), mask = Tensor.From([true, false, true]);
        Assert.That(labels.T.Flip(0).Reshape(4).ToArray<long>(), Is.EqualTo(new long[] { 2, 4, 1, 3 }));
        Assert.That(Tensor.Concat([mask, mask.Slice(0, 0, 2)]).ToArray<bool>(), Is.EqualTo(new[] { true, false, true, true, false }));
        Assert.That(labels.Pad([1, 0], value: -1).ToArray<long>(), Is.EqualTo(new long[] { -1, 1, 2, -1, 3, 4 }));
    }
}
