using Autograd.Nn.Data;

namespace Autograd.Tests.Nn.Data;

public sealed class DatasetTests
{
    static Dataset Numbered(int count) => new(Tensor.Arange(count).Reshape(count, 1), Tensor.Arange(count, DType.Int64));

    static long[] Labels(Dataset data) => data.Labels.ToArray<long>();

    [Test]
    public void Indexer_gives_one_example()
    {
        Dataset data = new(Tensor.From(new float[,] { { 1, 2 }, { 3, 4 } }), Tensor.From([7L, 8]));
        (Tensor inputs, Tensor label) = data[1];
        Assert.That((inputs.Shape.ToString(), label.Shape.ToString()), Is.EqualTo(("[2]", "[]")));
        Assert.That((inputs.ToArray<float>(), label.Item()), Is.EqualTo((new float[] { 3, 4 }, 8.0)));
        Assert.That(data[^1].Labels.Item(), Is.EqualTo(8));
        Assert.That(() => data[2], Throws.TypeOf<ArgumentOutOfRangeException>());
    }

    [Test]
    public void Split_by_counts_and_fractions_covers_every_example_once([Values] bool shuffled, [Values] bool fractions)
    {
        Generator? random = shuffled ? new(3) : null;
        Dataset[] parts = fractions ? Numbered(10).Split([0.65, 0.25, 0.1], random) : Numbered(10).Split([6, 3, 1], random);
        Assert.That(parts.Select(part => part.Count), Is.EqualTo(new[] { 6, 3, 1 }));
        long[] all = [.. parts.SelectMany(Labels)];
        Assert.That(all.Order(), Is.EqualTo(Enumerable.Range(0, 10)));
        Assert.That(all, shuffled ? Is.Not.Ordered : Is.Ordered);
    }

    [Test]
    public void Split_by_a_count_and_by_a_fraction()
    {
        (Dataset first, Dataset second) = Numbered(10).Split(4);
        Assert.That((Labels(first), Labels(second)), Is.EqualTo((new long[] { 0, 1, 2, 3 }, new long[] { 4, 5, 6, 7, 8, 9 })));
        Assert.That(Numbered(10).Split(1.0).Second.Count, Is.Zero);
        Assert.That(Numbered(3).Split([1 / 3.0, 1 / 3.0, 1 / 3.0]).Select(part => part.Count), Is.EqualTo(new[] { 1, 1, 1 }));
    }

    [Test]
    public void Where_keeps_what_fulfils_the_condition() =>
        Assert.That(Labels(Numbered(7).Where((_, label) => label.Item() % 3 == 0)), Is.EqualTo(new long[] { 0, 3, 6 }));

    [Test]
    public void With_changes_inputs_or_labels_of_all()
    {
        Dataset data = Numbered(3).WithInputs(x => x * 2).WithLabels(t => t.Flip(0));
        Assert.That((data.Inputs.ToArray<float>(), Labels(data)), Is.EqualTo((new float[] { 0, 2, 4 }, new long[] { 2, 1, 0 })));
        Assert.That(() => Numbered(3).WithInputs(x => x.Sum()), Throws.TypeOf<ShapeException>());
    }

    [Test]
    public void Dataset_made_in_a_scope_outlives_it()
    {
        Dataset data;
        using (Tape.Scope()) data = Numbered(3).WithInputs(x => x * 2);
        using (Tape.Scope()) _ = Tensor.Ones([3, 1]) * 9;
        Assert.That(data.Inputs.ToArray<float>(), Is.EqualTo(new float[] { 0, 2, 4 }));
    }

    [Test]
    public void Function_is_asked_for_the_examples_of_a_batch_alone()
    {
        List<int> asked = [];
        Dataset data = Dataset.Of(1_000_000, i =>
        {
            asked.Add(i);
            return (Tensor.From([i, 2f * i]) * 1, Tensor.Scalar(i, DType.Int64));
        });
        Dataset part = data[500..510].Select([9, 0]);
        foreach ((Tensor inputs, Tensor labels) in Batches.Of(part, 2))
        {
            Assert.That(inputs.ToArray<float>(), Is.EqualTo(new float[] { 509, 1018, 500, 1000 }));
            Assert.That(labels.ToArray<long>(), Is.EqualTo(new long[] { 509, 500 }));
        }
        Assert.That(asked, Is.EqualTo(new[] { 509, 500 }));
        Assert.That((part.Inputs.Shape.ToString(), part[0].Labels.Item()), Is.EqualTo(("[2, 2]", 509.0)));
    }

    static Dataset Ragged() => Dataset.OfSequences(
        [Tensor.From([1L, 2, 3]), Tensor.From([4L]), Tensor.From(Array.Empty<long>()), Tensor.From([5L, 6])], Tensor.From([0L, 1, 2, 3]), padding: -1);

    [Test]
    public void Sequences_are_padded_to_the_longest_of_the_batch()
    {
        List<string> batches = [];
        foreach (Batch batch in Batches.Of(Ragged(), 2))
            batches.Add($"{batch.Inputs} | {batch.Lengths} | {batch.Labels} | {batch.LabelLengths is null}");
        Assert.That(batches, Is.EqualTo(new[]
        {
            $"{Tensor.From(new long[,] { { 1, 2, 3 }, { 4, -1, -1 } })} | {Tensor.From([3L, 1])} | {Tensor.From([0L, 1])} | True",
            $"{Tensor.From(new long[,] { { -1, -1 }, { 5, 6 } })} | {Tensor.From([0L, 2])} | {Tensor.From([2L, 3])} | True",
        }));
        Assert.That(Ragged().Inputs.Shape.ToString(), Is.EqualTo("[4, 3]"));
        Assert.That(Ragged()[3].Inputs.ToArray<long>(), Is.EqualTo(new long[] { 5, 6 }));
    }

    [Test]
    public void Sequences_keep_their_inner_axes_and_survive_split_and_reuse_of_memory()
    {
        Generator random = new(1);
        Tensor[] sequences = [.. Enumerable.Range(0, 20).Select(i => Tensor.Normal([1 + (i * 7 % 5), 3], random))];
        (Dataset train, _) = Dataset.OfSequences(sequences, Tensor.Arange(20, DType.Int64)).Split(15, new Generator(2));
        Batches batches = Batches.Of(train, 4, shuffle: new Generator(3));
        for (int epoch = 0; epoch < 3; epoch++)
        {
            int seen = 0;
            foreach (Batch batch in batches)
            {
                Assert.That(batch.Inputs.Shape.ToString(), Is.EqualTo($"[{batch.Count}, {(int)batch.Lengths!.Max().Item()}, 3]"));
                for (int i = 0; i < batch.Count; i++, seen++)
                {
                    Tensor expected = sequences[(int)batch.Labels[i]];
                    Assert.That((int)batch.Lengths![i], Is.EqualTo(expected.Shape[0]));
                    Tensor row = batch.Inputs.Select(0, i);
                    Assert.That(row.Slice(0, 0, expected.Shape[0]).ToArray<float>(), Is.EqualTo(expected.ToArray<float>()));
                    Assert.That(row.Slice(0, expected.Shape[0], null).ToArray<float>(), Is.All.Zero);
                }
            }
            Assert.That(seen, Is.EqualTo(15));
        }
    }

    [Test]
    public void Sequences_of_labels_are_padded_with_what_the_loss_leaves_out()
    {
        Dataset data = Dataset.OfSequences([Tensor.From([1L, 2]), Tensor.From([3L])], [Tensor.From([4L]), Tensor.From([5L, 6, 7])]);
        Batches.Epoch epoch = Batches.Of(data, 2).GetEnumerator();
        Assert.That(epoch.MoveNext());
        Assert.That(epoch.Current.Labels.ToArray<long>(), Is.EqualTo(new long[] { 4, -100, -100, 5, 6, 7 }));
        Assert.That(epoch.Current.LabelLengths!.ToArray<long>(), Is.EqualTo(new long[] { 1, 3 }));
        epoch.Dispose();
    }
}
