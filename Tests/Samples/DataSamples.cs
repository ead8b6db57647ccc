using Autograd.Nn.Data;

namespace Autograd.Samples;

public static class DataSamples
{
    public static void Run()
    {
        // sample: batches
        Dataset moons = Synthetic.Moons(1000, noise: 0.1, random: new Generator(seed: 1));
        (Dataset train, Dataset test) = moons.Split(0.8, shuffle: new Generator(seed: 2));

        Batches batches = Batches.Of(train, size: 64, shuffle: new Generator(seed: 3));
        foreach ((Tensor inputs, Tensor labels) in batches)
        {
            Console.WriteLine($"{inputs.Shape} {labels.Shape} {labels.DType}");
            break;
        }
        Console.WriteLine($"{batches.Count} batches, {test.Count} examples held out");
        // end
    }

    public static void Function()
    {
        // sample: function
        Dataset squares = Dataset.Of(count: 10_000, example: i => (Tensor.Scalar(i), Tensor.Scalar((double)i * i)));
        foreach ((Tensor x, Tensor y) in Batches.Of(squares, size: 4, prefetch: 2))
        {
            Console.WriteLine($"{x} → {y}");
            break;
        }
        // end
    }

    public static void Sequences()
    {
        // sample: sequences
        string[] names = ["Ada", "Emmy", "Kurt", "Al"];
        Vocabulary letters = Vocabulary.Characters(string.Concat(names), unknown: true);
        Dataset data = Dataset.OfSequences([.. names.Select(letters.Encode)], labels: Tensor.From([1L, 1, 0, 0]));
        foreach (Batch batch in Batches.Of(data, size: 2))
        {
            Console.WriteLine(batch.Inputs);
            Console.WriteLine($"lengths {batch.Lengths}");
        }
        // end
    }

    public static void Language()
    {
        // sample: language
        string text = "to be, or not to be";
        Vocabulary words = Vocabulary.Words(text);
        Dataset windows = Texts.Windows(words.Encode(text), length: 3);
        (Tensor input, Tensor next) = windows[0];
        Console.WriteLine($"{words.Count} words; \"{words.Decode(input)}\" → \"{words.Decode(next)}\"");
        // end
    }

    public static void Augment()
    {
        Dataset train = new(Tensor.Ones([100, 1, 28, 28]), Tensor.Zeros([100], DType.Int64));
        Generator random = new(seed: 1);
        // sample: transform
        Transform augment = Transform.Compose(
            Transform.RandomCrop(28, padding: 2), Transform.RandomFlip(), Transform.Normalize(Mnist.Mean, Mnist.StandardDeviation));
        Batches batches = Batches.Of(train, size: 32, shuffle: random, transform: augment, prefetch: 4);
        // end
        Console.WriteLine(batches.Count);
    }

    public static void Weighted()
    {
        // sample: weighted
        Dataset data = new(Tensor.Arange(100).Reshape(100, 1), Tensor.From([.. Enumerable.Range(0, 100).Select(i => i < 95 ? 0L : 1)]));
        double[] weights = [.. data.Labels.ToArray<long>().Select(label => label == 0 ? 1 / 95.0 : 1 / 5.0)];
        Sampler sampler = Sampler.Weighted(weights, count: 1000, random: new Generator(seed: 1));
        double rare = 0;
        foreach (Batch batch in Batches.Of(data, size: 50, sampler: sampler)) rare += batch.Labels.Cast(DType.Float32).Sum().Item();
        Console.WriteLine($"{rare} of 1000 are of the rare class");
        // end
    }
}
