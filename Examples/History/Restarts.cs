namespace Autograd.Examples.History;

/// <summary>The same experiment from many starts.</summary>
static class Restarts
{
    /// <summary>
    /// The results for seeds 1, 2, …, in that order. Runs go side by side on <see cref="Parallelism.Threads"/> threads; each has a seed, a model and a
    /// tape of its own, so the results do not depend on how many.
    /// </summary>
    public static T[] Run<T>(int count, Func<ulong, T> run)
    {
        T[] results = new T[count];
        ParallelOptions options = new() { MaxDegreeOfParallelism = Parallelism.Threads };
        Parallel.For(0, count, options, i => results[i] = run((ulong)i + 1));
        return results;
    }
}

/// <summary>Median and quartiles of some numbers; NaN where there are none.</summary>
/// <param name="Lower">The lower quartile.</param>
/// <param name="Median">The median.</param>
/// <param name="Upper">The upper quartile.</param>
readonly record struct Quartiles(double Lower, double Median, double Upper)
{
    /// <summary>Quartiles by linear interpolation between the two nearest numbers; beside an infinite one, that itself; NaN between the two infinities.</summary>
    public static Quartiles Of(IEnumerable<double> values)
    {
        double[] sorted = [.. values.Order()];
        return new(At(sorted, 0.25), At(sorted, 0.5), At(sorted, 0.75));
    }

    static double At(double[] sorted, double part)
    {
        if (sorted.Length == 0) return double.NaN;
        double position = part * (sorted.Length - 1);
        int below = (int)position, above = Math.Min(below + 1, sorted.Length - 1);
        if (sorted[below] == sorted[above] || position == below) return sorted[below];
        if (double.IsNegativeInfinity(sorted[below])) return double.IsPositiveInfinity(sorted[above]) ? double.NaN : sorted[below];
        return sorted[below] + ((position - below) * (sorted[above] - sorted[below]));
    }
}
