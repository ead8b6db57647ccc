using Autograd.Nn.Data;

namespace Autograd.Tests.Nn.Data;

public sealed class TransformTests
{
    // 2 channels of 2×3 pixels.
    static readonly Tensor Image = Tensor.Arange(1, 13).Reshape(2, 2, 3);

    static HashSet<string> Results(Transform transform, Tensor x, int draws = 400) =>
        [.. Enumerable.Range(0, draws).Select(i => string.Join(' ', transform.Apply(x, new Generator((ulong)i)).ToArray<float>()))];

    [Test]
    public void Flip_mirrors_left_to_right_half_of_the_time()
    {
        Assert.That(Results(Transform.RandomFlip(1), Image), Is.EqualTo(new[] { "3 2 1 6 5 4 9 8 7 12 11 10" }));
        Assert.That(Results(Transform.RandomFlip(0), Image), Is.EqualTo(new[] { "1 2 3 4 5 6 7 8 9 10 11 12" }));
        int flipped = Enumerable.Range(0, 1000).Count(i => Transform.RandomFlip().Apply(Image, new Generator((ulong)i))[0, 0, 0] == 3);
        Assert.That(flipped, Is.EqualTo(500).Within(80));
    }

    [Test]
    public void Crop_takes_every_window()
    {
        Tensor x = Tensor.Arange(1, 7).Reshape(1, 2, 3);
        Assert.That(Results(Transform.RandomCrop((1, 2)), x), Is.EquivalentTo(new[] { "1 2", "2 3", "4 5", "5 6" }));
        HashSet<string> padded = Results(Transform.RandomCrop((2, 3), padding: 1), x, 2000);
        Assert.That(padded, Has.Count.EqualTo(9));
        Assert.That(padded, Does.Contain("0 0 0 0 1 2").And.Contain("5 6 0 0 0 0").And.Contain("1 2 3 4 5 6"));
    }

    [Test]
    public void Shift_moves_by_every_distance_and_lets_0_in()
    {
        Tensor x = Tensor.Arange(1, 7).Reshape(1, 2, 3);
        HashSet<string> moved = Results(Transform.RandomShift(1), x, 2000);
        Assert.That(moved, Has.Count.EqualTo(9));
        Assert.That(moved, Does.Contain("0 0 0 0 1 2").And.Contain("1 2 3 4 5 6").And.Contain("5 6 0 0 0 0"));
        // Far out nothing is left.
        Assert.That(Results(Transform.RandomShift(40), x, 50), Does.Contain("0 0 0 0 0 0"));
    }

    [Test]
    public void Normalize_all_or_by_channel()
    {
        Assert.That(Transform.Normalize(2, 4).Apply(Tensor.From([2.0, 4]), new(1)).ToArray<double>(), Is.EqualTo(new[] { 0, 0.5 }));
        Tensor y = Transform.Normalize([1, 7], [1, 2]).Apply(Image, new(1));
        Assert.That(y.ToArray<float>(), Is.EqualTo(new[] { 0, 1, 2, 3, 4, 5, 0, 0.5f, 1, 1.5f, 2, 2.5f }));
    }

    [Test]
    public void Compose_runs_the_first_first_and_is_random_where_a_part_is()
    {
        Transform both = Transform.Compose(Transform.Of(x => x + 1), Transform.Of(x => x * 10));
        Assert.That(both.Apply(Tensor.From([1f]), new(1)).Item(), Is.EqualTo(20));
        Assert.That((both.IsRandom, Transform.Compose(both, Transform.RandomFlip()).IsRandom), Is.EqualTo((false, true)));
    }

    [Test]
    public void Batches_transform_each_example_anew_each_epoch_and_repeat_from_a_seed()
    {
        Dataset data = new(Tensor.Ones([6, 1, 4, 4]), Tensor.Arange(6, DType.Int64));
        Transform augment = Transform.Compose(Transform.RandomCrop(3, padding: 2), Transform.RandomFlip());
        static List<float[]> Run(Dataset data, Transform augment)
        {
            Batches batches = Batches.Of(data, 6, shuffle: new(1), transform: augment);
            List<float[]> epochs = [];
            for (int epoch = 0; epoch < 2; epoch++)
            {
                foreach (Batch batch in batches)
                {
                    Assert.That(batch.Inputs.Shape.ToString(), Is.EqualTo("[6, 1, 3, 3]"));
                    epochs.Add(batch.Inputs.ToArray<float>());
                }
            }
            return epochs;
        }
        List<float[]> first = Run(data, augment), again = Run(data, augment);
        Assert.That(again, Is.EqualTo(first));
        Assert.That(first[1], Is.Not.EqualTo(first[0]));
        Assert.That(first[0].Chunk(9).Select(image => string.Join(' ', image)).Distinct().Count(), Is.GreaterThan(2));
    }
}
