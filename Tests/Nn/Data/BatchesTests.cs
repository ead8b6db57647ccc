using Autograd.Nn.Data;

namespace Autograd.Tests.Nn.Data;

public sealed class BatchesTests
{
    /// <summary>Row i holds 10·i and 10·i + 1, its label is i.</summary>
    static Dataset Numbered(int count) => new(
        Tensor.From(Enumerable.Range(0, count).SelectMany(i => new[] { 10f * i, (10f * i) + 1 }).ToArray(), [count, 2]),
        Tensor.From(Enumerable.Range(0, count).Select(i => (long)i).ToArray()));

    static List<long[]> Epoch(Batches batches)
    {
        List<long[]> labels = [];
        foreach ((Tensor inputs, Tensor label) in batches)
        {
            long[] rows = label.ToArray<long>();
            Assert.That(inputs.Shape.Sizes.ToArray(), Is.EqualTo(new[] { rows.Length, 2 }));
            Assert.That(inputs.ToArray<float>(), Is.EqualTo(rows.SelectMany(i => new[] { 10f * i, (10f * i) + 1 })));
            labels.Add(rows);
        }
        return labels;
    }

    [Test]
    public void Batches_without_shuffle_are_in_order()
    {
        Batches batches = Batches.Of(Numbered(7), 3);
        long[][] expected = [[0, 1, 2], [3, 4, 5], [6]];
        Assert.That(batches.Count, Is.EqualTo(3));
        Assert.That(Epoch(batches), Is.EqualTo(expected));
        Assert.That(Epoch(batches), Is.EqualTo(expected));
    }

    [Test]
    public void Batches_dropLast_leaves_out_the_rest()
    {
        Batches batches = Batches.Of(Numbered(7), 3, dropLast: true);
        Assert.That(batches.Count, Is.EqualTo(2));
        Assert.That(Epoch(batches).Select(rows => rows.Length), Is.EqualTo(new[] { 3, 3 }));
    }

    [TestCase(0)]
    [TestCase(2)]
    public void Batches_of_fewer_rows_than_a_batch(int count)
    {
        Assert.That(Epoch(Batches.Of(Numbered(count), 3)), Has.Count.EqualTo(count == 0 ? 0 : 1));
        Assert.That(Epoch(Batches.Of(Numbered(count), 3, dropLast: true)), Is.Empty);
    }

    [Test]
    public void Batches_shuffled_cover_every_row_once_and_repeat_from_a_seed()
    {
        Batches batches = Batches.Of(Numbered(100), 8, shuffle: new(5)), again = Batches.Of(Numbered(100), 8, shuffle: new(5));
        long[] first = [.. Epoch(batches).SelectMany(rows => rows)], second = [.. Epoch(batches).SelectMany(rows => rows)];
        Assert.That(first.Order(), Is.EqualTo(Enumerable.Range(0, 100)));
        Assert.That(second.Order(), Is.EqualTo(Enumerable.Range(0, 100)));
        Assert.That(first, Is.Not.Ordered);
        Assert.That(second, Is.Not.EqualTo(first));
        Assert.That(Epoch(again).SelectMany(rows => rows), Is.EqualTo(first));
        Assert.That(Epoch(again).SelectMany(rows => rows), Is.EqualTo(second));
    }

    [Test]
    public void Batches_epoch_order_follows_from_the_generator_alone()
    {
        Generator generator = new(5);
        Batches batches = Batches.Of(Numbered(20), 8, generator);
        Epoch(batches);
        Generator resumed = new(generator.Seed, generator.Position);
        Assert.That(Epoch(Batches.Of(Numbered(20), 8, resumed)), Is.EqualTo(Epoch(batches)));
    }

    [Test]
    public void Batches_backward_through_an_overwritten_batch_is_an_error()
    {
        Tensor w = Tensor.Ones([2]);
        w.RequiresGrad = true;
        Tensor? loss = null;
        foreach ((Tensor inputs, _) in Batches.Of(Numbered(4), 2)) loss ??= (inputs * w).SumTo([]);
        Assert.That(() => loss!.Backward(), Throws.TypeOf<GraphException>().With.Message.Contains("changed in place"));
    }

    [Test]
    public void Batches_nested_epochs_do_not_share_memory()
    {
        Batches batches = Batches.Of(Numbered(4), 2);
        List<(long, long)> pairs = [];
        foreach ((_, Tensor outer) in batches)
        {
            foreach ((_, Tensor inner) in batches) pairs.Add(((long)outer[0], (long)inner[0]));
        }
        Assert.That(pairs, Is.EqualTo(new[] { (0L, 0L), (0, 2), (2, 0), (2, 2) }));
    }

    [Test]
    public void Batches_epoch_allocates_little_once_warm()
    {
        Batches batches = Batches.Of(Numbered(10_000), 1_000, new(1));
        for (int i = 0; i < 2; i++) foreach (var _ in batches) { }
        long before = GC.GetAllocatedBytesForCurrentThread();
        foreach (var _ in batches) { }
        Assert.That(GC.GetAllocatedBytesForCurrentThread() - before, Is.LessThan(200));
    }

    [Test]
    public void Batches_of_size_0_throw() =>
        Assert.That(() => Batches.Of(Numbered(1), 0), Throws.TypeOf<ArgumentOutOfRangeException>());

    [Test]
    public void Dataset_slices_and_selects()
    {
        Dataset data = Numbered(6);
        Assert.That(data[2..5].Labels.ToArray<long>(), Is.EqualTo(new long[] { 2, 3, 4 }));
        Assert.That(data[2..5].Inputs.ToArray<float>(), Is.EqualTo(new float[] { 20, 21, 30, 31, 40, 41 }));
        Assert.That(data.Select([5, 0, 5]).Labels.ToArray<long>(), Is.EqualTo(new long[] { 5, 0, 5 }));
        Assert.That(() => data.Select([6]), Throws.TypeOf<ArgumentOutOfRangeException>());
        Assert.That(() => data[4..7], Throws.TypeOf<ArgumentOutOfRangeException>());
    }

    [Test]
    public void Split_parts_are_disjoint([Values] bool shuffled)
    {
        (Dataset first, Dataset second) = Numbered(10).Split(0.75, shuffled ? new(3) : null);
        Assert.That((first.Count, second.Count), Is.EqualTo((8, 2)));
        long[] all = [.. first.Labels.ToArray<long>(), .. second.Labels.ToArray<long>()];
        Assert.That(all.Order(), Is.EqualTo(Enumerable.Range(0, 10)));
        if (shuffled) Assert.That(all, Is.Not.Ordered);
    }

    [Test]
    public void Dataset_row_counts_that_differ_throw() =>
        Assert.That(() => new Dataset(Tensor.Zeros([3, 2]), Tensor.Zeros([2])), Throws.TypeOf<ShapeException>().With.Message.EqualTo(
            "Dataset: inputs and labels must have as many rows, but the inputs are [3, 2] and the labels [2]. Slice both to the rows that belong together, 2 at most."));

    [Test]
    public void ToDataset_images_are_normalised()
    {
        Dataset data = new LabelledImages([0, 255, 51, 102], [3, 1], 1, 2).ToDataset(mean: 0.2, std: 0.5, DType.Float64);
        Assert.That(data.Inputs.Shape.Sizes.ToArray(), Is.EqualTo(new[] { 2, 1, 1, 2 }));
        Assert.That(data.Inputs.ToArray<double>(), Is.EqualTo(new[] { -0.4, 1.6, 0, 0.4 }).Within(1e-15));
        Assert.That(data.Labels.ToArray<long>(), Is.EqualTo(new long[] { 3, 1 }));
    }

    [Test]
    public void ToDataset_tables_with_classes_or_a_column_to_predict()
    {
        CsvTable classes = new(2, 2, ["a", "b"], [1, 2, 3, 4], [1, 0], []), numbers = new(2, 2, ["a", "b"], [1, 2, 3, 4], [], []);
        Assert.That(classes.ToDataset().Labels.ToArray<long>(), Is.EqualTo(new long[] { 1, 0 }));
        Assert.That(classes.ToDataset().Inputs.ToArray<float>(), Is.EqualTo(new float[] { 1, 2, 3, 4 }));
        Dataset regression = numbers.ToDataset("a", DType.Float64);
        Assert.That(regression.Labels.Shape.Sizes.ToArray(), Is.EqualTo(new[] { 2, 1 }));
        Assert.That(regression.Labels.ToArray<double>(), Is.EqualTo(new double[] { 1, 3 }));
        Assert.That(regression.Inputs.ToArray<double>(), Is.EqualTo(new double[] { 2, 4 }));
        Assert.That(() => numbers.ToDataset(), Throws.TypeOf<InvalidOperationException>());
        Assert.That(() => numbers.ToDataset("c"), Throws.TypeOf<ArgumentException>().With.Message.StartsWith(
            "ToDataset: no column of numbers is called \"c\"; there are a, b."));
    }
}
