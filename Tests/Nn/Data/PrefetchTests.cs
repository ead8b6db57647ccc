using Autograd.Nn.Data;

namespace Autograd.Tests.Nn.Data;

public sealed class PrefetchTests
{
    static readonly TimeSpan Soon = TimeSpan.FromSeconds(20);

    static readonly Transform Noise = Transform.Of((x, random) => x + Tensor.Normal(x.Shape, random));

    static Dataset Random(int count) => new(Tensor.Normal([count, 3, 4], new Generator(9)), Tensor.Arange(count, DType.Int64));

    static List<(float[] Inputs, long[] Labels)> Epochs(Batches batches, int epochs)
    {
        List<(float[], long[])> all = [];
        for (int epoch = 0; epoch < epochs; epoch++)
        {
            foreach ((Tensor inputs, Tensor labels) in batches) all.Add((inputs.ToArray<float>(), labels.ToArray<long>()));
        }
        return all;
    }

    [Test]
    public void Prefetch_gives_the_same_order_and_bits([Values(1, 2, 7)] int prefetch, [Values] bool transformed)
    {
        Transform? transform = transformed ? Noise : null;
        var alone = Epochs(Batches.Of(Random(50), 8, shuffle: new(3), transform: transform), 3);
        var ahead = Epochs(Batches.Of(Random(50), 8, shuffle: new(3), transform: transform, prefetch: prefetch), 3);
        Assert.That(ahead, Has.Count.EqualTo(alone.Count));
        for (int i = 0; i < alone.Count; i++)
        {
            Assert.That(ahead[i].Labels, Is.EqualTo(alone[i].Labels));
            Assert.That(ahead[i].Inputs, Is.EqualTo(alone[i].Inputs));
        }
    }

    [Test]
    public void Prefetch_leaves_a_shared_generator_to_the_consumer()
    {
        static List<double> Numbers(int prefetch)
        {
            Generator random = new(3);
            List<double> drawn = [];
            foreach (Batch batch in Batches.Of(Random(50), 8, random, transform: Noise, prefetch: prefetch)) drawn.Add(batch.Inputs[0, 0, 0] + random.NextDouble());
            return drawn;
        }
        Assert.That(Numbers(3), Is.EqualTo(Numbers(0)));
    }

    [Test]
    public void Prefetch_is_bounded_and_runs_elsewhere()
    {
        int made = 0, consumer = Environment.CurrentManagedThreadId;
        using SemaphoreSlim ready = new(0);
        Dataset data = Dataset.Of(100, i =>
        {
            Assert.That(Environment.CurrentManagedThreadId, Is.Not.EqualTo(consumer));
            Interlocked.Increment(ref made);
            ready.Release();
            return (Tensor.Scalar(i), Tensor.Scalar(i));
        });
        using Batches.Epoch epoch = Batches.Of(data, 1, prefetch: 3).GetEnumerator();
        Assert.That(epoch.MoveNext());
        for (int i = 0; i < 4; i++) Assert.That(ready.Wait(Soon));
        Assert.That(ready.Wait(200), Is.False, "one batch is in use and three are ahead; a fifth has no memory");
        Assert.That(epoch.MoveNext());
        Assert.That(ready.Wait(Soon));
        Assert.That(made, Is.EqualTo(5));
    }

    [Test]
    public void Prefetch_ends_its_thread_when_the_epoch_is_left_early()
    {
        int made = 0;
        Dataset data = Dataset.Of(1_000_000, i =>
        {
            Interlocked.Increment(ref made);
            return (Tensor.Scalar(i), Tensor.Scalar(i));
        });
        foreach (Batch batch in Batches.Of(data, 1, prefetch: 2))
        {
            if (batch.Inputs[0] == 3) break;
        }
        int after = made;
        Thread.Sleep(50);
        Assert.That(made, Is.EqualTo(after).And.LessThanOrEqualTo(7));
    }

    [Test]
    public void Prefetch_brings_exceptions_to_their_batch([Values(0, 2)] int prefetch)
    {
        Dataset data = Dataset.Of(10, i => i == 5 ? throw new InvalidDataException("five") : (Tensor.Scalar(i), Tensor.Scalar(i)));
        int good = 0;
        Assert.That(
            () =>
            {
                foreach (Batch _ in Batches.Of(data, 2, prefetch: prefetch)) good++;
            },
            Throws.TypeOf<InvalidDataException>().With.Message.EqualTo("five"));
        Assert.That(good, Is.EqualTo(2));
        using Batches.Epoch epoch = Batches.Of(data, 6, prefetch: prefetch).GetEnumerator();
        Assert.That(() => epoch.MoveNext(), Throws.TypeOf<InvalidDataException>());
        Assert.That(() => epoch.MoveNext(), Throws.TypeOf<InvalidDataException>());
    }

    [Test]
    public void Prefetch_backward_through_an_earlier_batch_is_an_error()
    {
        Tensor w = Tensor.Ones([3, 4]);
        w.RequiresGrad = true;
        Tensor? loss = null;
        foreach ((Tensor inputs, _) in Batches.Of(Random(12), 2, prefetch: 4)) loss ??= (inputs * w).SumTo([]);
        Assert.That(() => loss!.Backward(), Throws.TypeOf<GraphException>().With.Message.Contains("changed in place"));
    }

    [Test]
    public void StartAt_goes_on_as_the_whole_epoch_would([Values(0, 2)] int prefetch, [Values(0, 1, 4, 7)] int start)
    {
        var whole = Epochs(Batches.Of(Random(50), 8, new(3), transform: Noise, prefetch: prefetch), 1);
        List<(float[] Inputs, long[] Labels)> rest = [];
        using Batches.Epoch epoch = Batches.Of(Random(50), 8, new(3), transform: Noise, prefetch: prefetch).StartAt(start);
        while (epoch.MoveNext()) rest.Add((epoch.Current.Inputs.ToArray<float>(), epoch.Current.Labels.ToArray<long>()));
        Assert.That(rest.SelectMany(batch => batch.Inputs), Is.EqualTo(whole.Skip(start).SelectMany(batch => batch.Inputs)));
        Assert.That(rest.SelectMany(batch => batch.Labels), Is.EqualTo(whole.Skip(start).SelectMany(batch => batch.Labels)));
    }
}
