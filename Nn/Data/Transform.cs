namespace Autograd.Nn.Data;

/// <summary>A change of one example's inputs, made whenever the example is taken into a batch: what data augmentation is made of.</summary>
/// <remarks>
/// What a random one draws for an example depends on the epoch and on the example's place in it alone; so the same bits come with prefetch
/// and without, and from an epoch that is gone on with in the middle.
/// </remarks>
public sealed class Transform
{
    readonly Func<Tensor, Generator, Tensor> _change;

    Transform(Func<Tensor, Generator, Tensor> change, bool isRandom) => (_change, IsRandom) = (change, isRandom);

    /// <summary>Whether it needs randomness.</summary>
    public bool IsRandom { get; }

    /// <summary>A function of the inputs of one example.</summary>
    /// <param name="change">Inputs of one example → its new inputs; with prefetch it runs on another thread.</param>
    public static Transform Of(Func<Tensor, Tensor> change)
    {
        Throw.IfNull("Transform.Of", change);
        return new((x, _) => change(x), isRandom: false);
    }

    /// <summary>A random function of the inputs of one example.</summary>
    /// <param name="change">Inputs of one example and the source of its randomness, no other of which may be used → its new inputs.</param>
    public static Transform Of(Func<Tensor, Generator, Tensor> change)
    {
        Throw.IfNull("Transform.Of", change);
        return new(change, isRandom: true);
    }

    /// <summary>One after the other, the first first.</summary>
    public static Transform Compose(params ReadOnlySpan<Transform> transforms)
    {
        Transform[] all = transforms.ToArray();
        Throw.IfAnyNull("Transform.Compose", transforms, nameof(transforms));
        return new((x, random) => all.Aggregate(x, (y, transform) => transform._change(y, random)), all.Any(transform => transform.IsRandom));
    }

    /// <summary>(x − mean)/std; for an image [channels, …] one of each may be given for every channel.</summary>
    /// <param name="mean">What becomes 0: one number, or one a channel.</param>
    /// <param name="std">What becomes 1 from there, not 0: as many.</param>
    /// <exception cref="ArgumentException">There are not as many deviations as means, none of them, or one is 0 or no number.</exception>
    public static Transform Normalize(ReadOnlySpan<double> mean, ReadOnlySpan<double> std)
    {
        double[] means = mean.ToArray(), deviations = std.ToArray();
        bool usable = means.Length > 0 && means.Length == deviations.Length && means.All(double.IsFinite) && deviations.All(d => double.IsFinite(d) && d != 0);
        if (!usable) throw DataThrow.Normalization(means, deviations);
        return Of(x => Normalized(x, means, deviations));
    }

    /// <summary>(x − mean)/std.</summary>
    /// <inheritdoc cref="Normalize(ReadOnlySpan{double}, ReadOnlySpan{double})"/>
    public static Transform Normalize(double mean, double std) => Normalize([mean], [std]);

    /// <summary>Mirrors an image [channels, height, width], left to right.</summary>
    /// <param name="probability">How likely, in [0, 1].</param>
    /// <exception cref="ArgumentOutOfRangeException">The probability is not in [0, 1].</exception>
    public static Transform RandomFlip(double probability = 0.5)
    {
        Throw.IfNoProbability("RandomFlip", probability, "Pass 0.5 to mirror every other image.");
        return Of((x, random) => random.NextDouble() < probability ? x.Flip(CheckImage("RandomFlip", x).Rank - 1) : CheckImage("RandomFlip", x));
    }

    /// <summary>Cuts a window out of an image [channels, height, width], each place in it equally likely.</summary>
    /// <param name="size">Height and width of the window, ≥ 1.</param>
    /// <param name="padding">Rows and columns of 0 put around the image first, ≥ 0.</param>
    /// <exception cref="ArgumentOutOfRangeException">The size is below 1, or the padding negative.</exception>
    public static Transform RandomCrop(Size2 size, int padding = 0)
    {
        Throw.IfBelow("RandomCrop", Math.Min(size.H, size.W), 1, "Pass the height and width that the model takes.", nameof(size));
        Throw.IfBelow("RandomCrop", padding, 0, "Leave it out for none.");
        return Of((x, random) =>
        {
            CheckImage("RandomCrop", x);
            int down = x.Shape[1] + (2 * padding) - size.H, right = x.Shape[2] + (2 * padding) - size.W;
            if (down < 0 || right < 0) throw DataThrow.Crop(x.Shape, size, padding);
            return Windows.Cut(x, random.NextInt(down + 1) - padding, random.NextInt(right + 1) - padding, size);
        });
    }

    /// <summary>Moves an image [channels, height, width] up or down and left or right, each distance equally likely; 0 comes in at the edges.</summary>
    /// <param name="distance">The greatest distance, in pixels, ≥ 0.</param>
    /// <exception cref="ArgumentOutOfRangeException">The distance is negative.</exception>
    public static Transform RandomShift(int distance)
    {
        Throw.IfBelow("RandomShift", distance, 0, "Pass the greatest distance; both directions are drawn.");
        return Of((x, random) =>
        {
            CheckImage("RandomShift", x);
            int choices = (2 * distance) + 1;
            return Windows.Cut(x, random.NextInt(choices) - distance, random.NextInt(choices) - distance, new Size2(x.Shape[1], x.Shape[2]));
        });
    }

    /// <summary>Changes the inputs of one example.</summary>
    /// <param name="x">The inputs, without an axis of examples.</param>
    /// <param name="random">The source of randomness.</param>
    public Tensor Apply(Tensor x, Generator random)
    {
        Throw.IfNull("Transform.Apply", x);
        Throw.IfNull("Transform.Apply", random);
        return _change(x, random) is { } changed ? changed.Dense() : throw DataThrow.NoResult();
    }

    static Tensor CheckImage(string transform, Tensor x) => x.Rank == 3 ? x : throw DataThrow.NoImage(transform, x.Shape);

    static Tensor Normalized(Tensor x, double[] mean, double[] std)
    {
        if (!x.DType.IsFloating()) throw Throw.NeedsFloating("Normalize", x.DType);
        if (mean.Length == 1) return (x - mean[0]) / std[0];
        if (x.Rank == 0 || x.Shape[0] != mean.Length) throw DataThrow.Channels(mean.Length, x.Shape);
        Shape channels = Shape.Create([mean.Length, .. Enumerable.Repeat(1, x.Rank - 1)]);
        return (x - Tensor.From(mean, channels).Cast(x.DType)) / Tensor.From(std, channels).Cast(x.DType);
    }
}

/// <summary>Rectangles cut out of images, which may reach outside of them.</summary>
static class Windows
{
    public static Tensor Cut(Tensor image, int top, int left, Size2 size)
    {
        Tensor dense = image.Dense(), window = Tensor.Zeros([image.Shape[0], size.H, size.W], image.DType);
        switch (image.DType)
        {
            case DType.Float32: Cut<float>(dense, top, left, window); break;
            case DType.Float64: Cut<double>(dense, top, left, window); break;
            case DType.Int64: Cut<long>(dense, top, left, window); break;
            default: Cut<bool>(dense, top, left, window); break;
        }
        return window;
    }

    static void Cut<T>(Tensor image, int top, int left, Tensor window) where T : unmanaged
    {
        ReadOnlySpan<T> from = image.AsSpan<T>();
        Span<T> to = window.AsWritableSpan<T>();
        int height = image.Shape[1], width = image.Shape[2], rows = window.Shape[1], columns = window.Shape[2];
        int firstColumn = Math.Max(0, -left), count = Math.Min(columns, width - left) - firstColumn;
        if (count <= 0) return;
        for (int row = 0; row < image.Shape[0] * rows; row++)
        {
            int source = (row % rows) + top;
            if (source < 0 || source >= height) continue;
            from.Slice((((row / rows * height) + source) * width) + left + firstColumn, count).CopyTo(to[((row * columns) + firstColumn)..]);
        }
    }
}
