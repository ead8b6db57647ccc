namespace Autograd.Nn.Data;

/// <summary>Writes the numbers of an epoch's examples, in their order.</summary>
/// <param name="order">To be filled.</param>
/// <param name="random">The source of randomness of the sampler.</param>
public delegate void SampleOrder(Span<int> order, Generator random);

/// <summary>Chooses which examples make up an epoch, and in which order; anew for each epoch.</summary>
public sealed class Sampler
{
    readonly SampleOrder _draw;

    /// <summary>A choice of your own, drawn at the start of each epoch.</summary>
    /// <param name="count">How many examples an epoch has.</param>
    /// <param name="random">The source of randomness, of which alone the choice may depend: so an epoch can be repeated.</param>
    /// <param name="draw">Fills in the order.</param>
    /// <exception cref="ArgumentOutOfRangeException">The count is negative.</exception>
    public Sampler(int count, Generator random, SampleOrder draw)
    {
        Throw.IfBelow(nameof(Sampler), count, 0, "Pass the number of examples of an epoch.");
        Throw.IfNull(nameof(Sampler), random);
        Throw.IfNull(nameof(Sampler), draw);
        (Count, Random, _draw) = (count, random, draw);
    }

    /// <summary>How many examples an epoch has.</summary>
    public int Count { get; }

    /// <summary>The source of randomness.</summary>
    public Generator Random { get; }

    /// <summary>Draws each example with a probability in proportion to its weight, such as the inverse frequency of its class.</summary>
    /// <param name="weights">One an example: finite, ≥ 0, not all 0.</param>
    /// <param name="count">How many are drawn for an epoch.</param>
    /// <param name="random">The source of randomness.</param>
    /// <param name="replacement">Whether an example may come several times in an epoch.</param>
    /// <remarks>Source of the draw without replacement: Efraimidis and Spirakis, "Weighted random sampling with a reservoir", 2006.</remarks>
    /// <exception cref="ArgumentException">A weight is negative or not finite, or there are too few above 0.</exception>
    public static Sampler Weighted(ReadOnlySpan<double> weights, int count, Generator random, bool replacement = true)
    {
        Throw.IfBelow("Sampler.Weighted", count, 0, "Pass the number of examples of an epoch.");
        double[] own = weights.ToArray();
        int wrong = Array.FindIndex(own, weight => !(weight >= 0 && double.IsFinite(weight)));
        if (wrong >= 0) throw DataThrow.Weight(wrong, own[wrong]);
        int possible = own.Count(weight => weight > 0);
        if (possible < (replacement ? Math.Min(count, 1) : count)) throw DataThrow.Weights(count, possible, replacement);
        // The greatest weight becomes 1, so that no sum overflows.
        double greatest = own.Append(0).Max();
        if (greatest > 0) own = Array.ConvertAll(own, weight => weight / greatest);
        if (!replacement) return new(count, random, (order, source) => DrawWithout(own, order, source));
        double[] sums = new double[own.Length];
        for (int i = 0; i < own.Length; i++) sums[i] = own[i] + (i > 0 ? sums[i - 1] : 0);
        return new(count, random, (order, source) => DrawWith(sums, order, source));
    }

    /// <summary>Every example once, in random order but for this: those of similar lengths come together, so that little has to be padded.</summary>
    /// <param name="lengths">The length of each example.</param>
    /// <param name="run">Of how many examples, drawn at random, the lengths are sorted: a few times the size of a batch.</param>
    /// <param name="size">The size of a batch; the batches of all runs come in random order.</param>
    /// <param name="random">The source of randomness.</param>
    /// <exception cref="ArgumentOutOfRangeException">The size is below 1, or the run below the size.</exception>
    public static Sampler ByLength(ReadOnlySpan<int> lengths, int run, int size, Generator random)
    {
        Throw.IfBelow("Sampler.ByLength", size, 1, "Pass the size that Batches.Of gets.");
        Throw.IfBelow("Sampler.ByLength", run, size, FormattableString.Invariant($"Pass a few times the size, such as {10L * size}."));
        int[] own = lengths.ToArray();
        return new(own.Length, random, (order, source) =>
        {
            Shuffle(order, source);
            for (int start = 0; start < order.Length; start += run)
            {
                // The place decides between equal lengths, since Sort is not stable.
                Span<int> part = order.Slice(start, Math.Min(run, order.Length - start));
                int[] sorted = [.. part.ToArray().Select((index, place) => (index, place)).OrderBy(item => own[item.index]).ThenBy(item => item.place).Select(item => item.index)];
                sorted.CopyTo(part);
            }
            // Whole batches change places; what is left over stays last.
            int[] batches = Rows.Order(order.Length / size), before = order.ToArray();
            source.Shuffle(batches.AsSpan());
            for (int i = 0; i < batches.Length; i++) before.AsSpan(batches[i] * size, size).CopyTo(order[(i * size)..]);
        });
    }

    /// <summary>Every example once, each order equally likely.</summary>
    internal static Sampler Shuffled(int count, Generator random) => new(count, random, Shuffle);

    /// <summary>Draws the order of the next epoch.</summary>
    internal void Draw(Span<int> order, int examples)
    {
        _draw(order, Random);
        foreach (int index in order)
        {
            if ((uint)index >= (uint)examples) throw DataThrow.Drawn(index, examples);
        }
    }

    static void Shuffle(Span<int> order, Generator random)
    {
        for (int i = 0; i < order.Length; i++) order[i] = i;
        random.Shuffle(order);
    }

    static void DrawWith(double[] sums, Span<int> order, Generator random)
    {
        for (int i = 0; i < order.Length; i++)
        {
            double place = random.NextDouble() * sums[^1];
            int low = 0, high = sums.Length - 1;
            // The first sum above the place; equal sums belong to weights of 0.
            while (low < high)
            {
                int middle = (low + high) / 2;
                if (sums[middle] > place) high = middle;
                else low = middle + 1;
            }
            order[i] = low;
        }
    }

    // The least of −ln(u)/w come first: an exponential clock of rate w for each example.
    static void DrawWithout(double[] weights, Span<int> order, Generator random)
    {
        double[] times = Array.ConvertAll(weights, weight => -Math.Log(1 - random.NextDouble()) is var time && weight > 0 ? time / weight : double.PositiveInfinity);
        int[] indices = Rows.Order(weights.Length);
        Array.Sort(times, indices);
        indices.AsSpan(0, order.Length).CopyTo(order);
    }
}
