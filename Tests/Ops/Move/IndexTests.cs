namespace Autograd.Tests;

/// <summary>Ops that take indices: repeated ones, empty ones, those that do not exist, and who gets the gradient.</summary>
public class IndexTests
{
    static Tensor Of(params long[] index) => Tensor.From(index);

    static Tensor Count(params int[] sizes) => Tensor.Arange(Shape.Create(sizes).ElementCount, DType.Float64).Reshape(sizes);

    static Tensor Leaf(params int[] sizes)
    {
        Tensor x = Count(sizes);
        x.RequiresGrad = true;
        return x;
    }

    [Test]
    public void Order_and_the_first_few_of_any_length_are_stable([Values(1, 2, 15, 16, 17, 100, 300)] int n, [Values(true, false)] bool descending)
    {
        Generator random = new(8);
        float[] hard = [float.NaN, 0f, -0f, float.PositiveInfinity, float.NegativeInfinity];
        for (int trial = 0; trial < 50; trial++)
        {
            float[] x = Enumerable.Range(0, n).Select(_ => random.NextInt(6) is var pick && pick < 5 ? hard[pick] : random.NextInt(9) - 4f).ToArray();
            // NaN counts as the greatest, −0 as 0.
            double Key(int i) => float.IsNaN(x[i]) ? double.MaxValue : float.IsPositiveInfinity(x[i]) ? 1e300 : float.IsNegativeInfinity(x[i]) ? -1e300 : x[i] + 0.0;
            IEnumerable<int> places = Enumerable.Range(0, n);
            long[] expected = [.. (descending ? places.OrderByDescending(Key) : places.OrderBy(Key)).Select(i => (long)i)];
            Assert.That(Tensor.From(x).ArgSort(0, descending).ToArray<long>(), Is.EqualTo(expected));
            int k = random.NextInt(n + 1);
            Assert.That(Tensor.From(x).TopK(k, 0, descending).Indices.ToArray<long>(), Is.EqualTo(expected[..k]));
            Assert.That(Tensor.From(x).Cast(DType.Float64).TopK(k, 0, descending).Indices.ToArray<long>(), Is.EqualTo(expected[..k]));
        }
    }

    [Test]
    public void Gather_by_a_thin_index_runs_along_the_other_axes()
    {
        Tensor x = Leaf(5, 3, 4), index = Of(2, 0, 1, 3, 3).Reshape(5, 1, 1);
        Tensor y = x.Gather(2, index);
        Assert.That(y.ToArray<double>(), Is.EqualTo(new double[] { 2, 12, 25, 39, 51 }));
        y.Backward(Tensor.From([1.0, 2, 3, 4, 5]).Reshape(5, 1, 1));
        Assert.That((x.Grad![0, 0, 2], x.Grad[1, 0, 0], x.Grad[4, 0, 3], x.Grad.Sum().Item()), Is.EqualTo((1.0, 2.0, 5.0, 15.0)));
    }

    [Test]
    public void Index_out_of_range_or_of_another_type_is_an_error()
    {
        Assert.That(() => Count(3, 2).IndexSelect(0, Of(0, 3)), Throws.InstanceOf<ShapeException>().With.Message.EqualTo(
            "IndexSelect: every index along axis 0 must be in [0, 2] for shape [3, 2], but one is 3. Count from 0: the last index is 2."));
        Assert.That(() => Count(3, 2).Gather(1, Of(-1).Reshape(1, 1)), Throws.InstanceOf<ShapeException>().With.Message.EqualTo(
            "Gather: every index along axis 1 must be in [0, 1] for shape [3, 2], but one is -1. Indices in a tensor do not count from the end: write 1."));
        Assert.That(() => Count(3).IndexSelect(0, Count(1)), Throws.InstanceOf<DTypeException>().With.Message.EqualTo(
            "IndexSelect: the index must be an Int64 tensor, but it is Float64. Cast it: index.Cast(DType.Int64)."));
        Assert.That(() => Count(3, 2).Gather(0, Of(0, 1)), Throws.InstanceOf<ShapeException>().With.Message.EqualTo(
            "Gather: the index must have as many axes as the tensor, but they are [2] and [3, 2] (1 ≠ 2). Unsqueeze and Expand the index, or use IndexSelect, which takes a vector."));
        Assert.That(() => Tensor.Embedding(Of(5), Count(3, 2)), Throws.InstanceOf<ShapeException>().With.Message.EqualTo(
            "Embedding: every index along axis 0 must be in [0, 2] for shape [3, 2], but one is 5. Count from 0: the last index is 2."));
    }

    [Test]
    public void Embedding_padding_row_gets_no_gradient_of_any_order()
    {
        Tensor weight = Leaf(3, 2), index = Of(2, 0, 2, 1).Reshape(2, 2);
        Tensor y = Tensor.Embedding(index, weight, paddingIndex: -1);
        Assert.That(y.ToArray<double>(), Is.EqualTo(new double[] { 4, 5, 0, 1, 4, 5, 2, 3 }));
        y.SumTo([]).Backward(retainGraph: true);
        Assert.That(weight.Grad!.ToArray<double>(), Is.EqualTo(new double[] { 1, 1, 1, 1, 0, 0 }));
        Tensor seed = Tensor.Ones(y.Shape, DType.Float64);
        seed.RequiresGrad = true;
        Tensor?[] first = Tape.Gradients(y, [weight], seed, createGraph: true);
        Tensor?[] second = Tape.Gradients((first[0]! * Count(3, 2)).SumTo([]), [seed]);
        Assert.That(second[0]!.ToArray<double>(), Is.EqualTo(new double[] { 0, 0, 0, 1, 0, 0, 2, 3 }));
    }

    [Test]
    public void Index_changed_between_forward_and_backward_is_detected()
    {
        Tensor x = Leaf(3), index = Of(0, 2);
        Tensor y = x.IndexSelect(0, index).SumTo([]);
        index.Fill(1);
        Assert.That(() => y.Backward(), Throws.InstanceOf<GraphException>());
    }

    [Test]
    public void Scatter_to_one_place_keeps_the_last_and_its_gradient()
    {
        Tensor x = Leaf(3), source = Leaf(4);
        Tensor y = x.Scatter(0, Of(1, 1, 2, 1), source);
        Assert.That(y.ToArray<double>(), Is.EqualTo(new double[] { 0, 3, 2 }));
        (y * (Count(3) + 1)).SumTo([]).Backward();
        Assert.That(x.Grad!.ToArray<double>(), Is.EqualTo(new double[] { 1, 0, 0 }));
        Assert.That(source.Grad!.ToArray<double>(), Is.EqualTo(new double[] { 0, 0, 3, 2 }));
    }

    [Test]
    public void ScatterAdd_uses_the_part_of_the_source_that_the_index_covers()
    {
        Tensor x = Leaf(2, 2), source = Leaf(3, 2);
        Tensor y = x.ScatterAdd(0, Of(1, 1).Reshape(2, 1), source);
        Assert.That(y.ToArray<double>(), Is.EqualTo(new double[] { 0, 1, 2 + 0 + 2, 3 }));
        y.SumTo([]).Backward();
        Assert.That(source.Grad!.ToArray<double>(), Is.EqualTo(new double[] { 1, 0, 1, 0, 0, 0 }));
    }

    [Test]
    public void Sort_is_stable_and_puts_NaN_at_the_end_of_the_greatest()
    {
        Tensor x = Tensor.From([2, double.NaN, -0.0, 0.0, double.NegativeInfinity, 2, double.PositiveInfinity]);
        (Tensor values, Tensor indices) = x.Sort();
        Assert.That(indices.ToArray<long>(), Is.EqualTo(new long[] { 4, 2, 3, 0, 5, 6, 1 }));
        Assert.That(values.ToArray<double>()[^1], Is.NaN);
        Assert.That(x.ArgSort(0, descending: true).ToArray<long>(), Is.EqualTo(new long[] { 1, 6, 0, 5, 2, 3, 4 }));
    }

    [Test]
    public void TopK_by_selection_agrees_with_sorting_also_where_values_repeat()
    {
        Random random = new(11);
        float[] numbers = [.. Enumerable.Range(0, 3 * 200 * 2).Select(_ => (float)random.Next(40))];
        Tensor x = Tensor.From(numbers, [3, 200, 2]);
        foreach (bool largest in new[] { true, false })
        {
            Tensor order = x.ArgSort(1, descending: largest);
            foreach (int k in new[] { 0, 1, 7, 49, 50, 199, 200 })
            {
                (Tensor values, Tensor indices) = x.TopK(k, 1, largest);
                Assert.That(indices.ToArray<long>(), Is.EqualTo(order.Slice(1, 0, k).ToArray<long>()), $"k = {k}");
                Assert.That(values.ToArray<float>(), Is.EqualTo(x.Gather(1, indices).ToArray<float>()));
            }
        }
        Assert.That(() => x.TopK(201, 1), Throws.InstanceOf<ShapeException>().With.Message.EqualTo("TopK: k must be in [0, 200] for axis 1 of shape [3, 200, 2], but it is 201. For all of them use Sort."));
    }

    [Test]
    public void Sort_of_long_integers_keeps_all_their_digits()
    {
        Tensor x = Of(long.MaxValue, long.MinValue, long.MaxValue - 1, -1, 0);
        Assert.That(x.Sort().Values.ToArray<long>(), Is.EqualTo(new[] { long.MinValue, -1, 0, long.MaxValue - 1, long.MaxValue }));
    }

    [Test]
    public void Masked_ops_broadcast_the_mask()
    {
        Tensor x = Leaf(2, 3), mask = Tensor.From([true, false, true]);
        Assert.That(x.MaskedFill(mask, double.NegativeInfinity).ToArray<double>(), Is.EqualTo(new[] { double.NegativeInfinity, 1, double.NegativeInfinity, double.NegativeInfinity, 4, double.NegativeInfinity }));
        x.MaskedSelect(mask).SumTo([]).Backward();
        Assert.That(x.Grad!.ToArray<double>(), Is.EqualTo(new double[] { 1, 0, 1, 1, 0, 1 }));
        Assert.That(() => Count(3).MaskedFill(Tensor.From(new bool[2, 3]), 0), Throws.InstanceOf<ShapeException>().With.Message.EqualTo(
            "MaskedFill: the mask must broadcast to the tensor's shape, but they are [2, 3] and [3]. Expand the tensor first for a larger result."));
    }
}
