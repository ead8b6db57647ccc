using System.Diagnostics;

namespace Autograd.Bench;

/// <summary>What the tape costs: chains of one-element ops, forward and backward, inside a scope and outside.</summary>
static class TapeReport
{
    public static void Run()
    {
        Console.WriteLine("| ops | scope | ns an op, forward and backward | managed bytes an op |");
        Console.WriteLine("| ---: | --- | ---: | ---: |");
        foreach (int ops in (int[])[1_000, 100_000, 1_000_000])
        {
            Row(ops, scoped: true);
            Row(ops, scoped: false);
        }
    }

    static void Row(int ops, bool scoped)
    {
        Tensor w = Tensor.Scalar(0.5), factor = Tensor.Scalar(1.0001);
        w.RequiresGrad = true;
        int rounds = Math.Max(5, 3_000_000 / ops);
        double[] seconds = new double[rounds];
        for (int warm = 0; warm < 3; warm++) Step(w, factor, ops, scoped);
        long bytes = GC.GetAllocatedBytesForCurrentThread();
        for (int i = 0; i < rounds; i++)
        {
            long start = Stopwatch.GetTimestamp();
            Step(w, factor, ops, scoped);
            seconds[i] = Stopwatch.GetElapsedTime(start).TotalSeconds;
        }
        bytes = GC.GetAllocatedBytesForCurrentThread() - bytes;
        Console.WriteLine($"| {ops:N0} | {(scoped ? "yes" : "no")} | {1e9 * Paired.Median(seconds) / ops:F1} | {(double)bytes / rounds / ops:F0} |");
    }

    static void Step(Tensor w, Tensor factor, int ops, bool scoped)
    {
        w.ZeroGrad();
        if (!scoped)
        {
            Chain(w, factor, ops).Backward();
            return;
        }
        using TapeScope scope = Tape.Scope();
        Chain(w, factor, ops).Backward();
    }

    static Tensor Chain(Tensor w, Tensor factor, int ops)
    {
        Tensor y = w;
        for (int i = 0; i < ops; i++) y = (i & 1) == 0 ? y * factor : y + factor;
        return y;
    }
}
