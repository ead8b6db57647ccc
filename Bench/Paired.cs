using System.Diagnostics;

namespace Autograd.Bench;

/// <summary>Times two pieces of code in turn, so that what else the machine does reaches both, and compares their medians.</summary>
static class Paired
{
    /// <summary>Median seconds of one call of each, over interleaved rounds of at least a millisecond.</summary>
    public static (double First, double Second) Time(Action first, Action second, int rounds = 41)
    {
        (double[] a, double[] b) = Rounds(first, second, rounds);
        return (Median(a), Median(b));
    }

    /// <summary>Least seconds of one call of each, likewise: on a busy machine the median measures the neighbours.</summary>
    public static (double First, double Second) Best(Action first, Action second, int rounds = 201)
    {
        (double[] a, double[] b) = Rounds(first, second, rounds);
        return (a.Min(), b.Min());
    }

    static (double[] First, double[] Second) Rounds(Action first, Action second, int rounds)
    {
        WarmUp.Run(first);
        WarmUp.Run(second);
        int repeats = 1;
        while (Seconds(first, repeats) < 1e-3) repeats *= 2;
        Seconds(second, repeats);
        double[] a = new double[rounds], b = new double[rounds];
        for (int i = 0; i < rounds; i++)
        {
            a[i] = Seconds(first, repeats) / repeats;
            b[i] = Seconds(second, repeats) / repeats;
        }
        return (a, b);
    }

    public static double Median(double[] values)
    {
        Array.Sort(values);
        return values[values.Length / 2];
    }

    static double Seconds(Action action, int repeats)
    {
        long start = Stopwatch.GetTimestamp();
        for (int i = 0; i < repeats; i++) action();
        return Stopwatch.GetElapsedTime(start).TotalSeconds;
    }
}
