using System.Diagnostics;
using Autograd.Nn;

namespace Autograd.Bench;

/// <summary>What the tape costs: one-element ops forward and backward, and the smallest net there is.</summary>
static class TapeReport
{
    public static void Run(ReadOnlySpan<string> lengths)
    {
        if (lengths is ["xor"])
        {
            Xor();
            return;
        }
        Console.WriteLine("Chains of one-element ops, forward and backward:");
        Console.WriteLine();
        Console.WriteLine("| ops | scope | ns an op | least | processor time | managed bytes an op | live bytes an op |");
        Console.WriteLine("| ---: | --- | ---: | ---: | ---: | ---: | ---: |");
        foreach (string ops in lengths.IsEmpty ? ["1000", "100000", "1000000", "10000000"] : lengths)
        {
            Chain(int.Parse(ops, System.Globalization.CultureInfo.InvariantCulture), scoped: true);
            Chain(int.Parse(ops, System.Globalization.CultureInfo.InvariantCulture), scoped: false);
        }
        if (!lengths.IsEmpty) return;
        Console.WriteLine();
        Console.WriteLine("Heads of one op each on a trunk of 100 ops, in a scope:");
        Console.WriteLine();
        Console.WriteLine("| heads | summed, one backward: ns an op | processor time | a backward each: ns an op visited | processor time |");
        Console.WriteLine("| ---: | ---: | ---: | ---: | ---: |");
        foreach (int heads in (int[])[100, 1_000, 10_000]) Heads(heads);
        Console.WriteLine();
        Xor();
    }

    static void Chain(int ops, bool scoped)
    {
        Tensor w = Leaf(0.5), factor = Tensor.Scalar(1.0001);
        Timing time = Measure(20_000_000 / ops, () =>
        {
            using TapeScope scope = scoped ? Tape.Scope() : default;
            w.ZeroGrad();
            Chain(w, factor, ops).Backward();
        });
        string live = scoped ? $"{Live(w, factor, ops):F0}" : "";
        Console.WriteLine($"| {ops:N0} | {(scoped ? "yes" : "no")} | {1e9 * time.Median / ops:F1} | {1e9 * time.Least / ops:F1} | {1e9 * time.Processor / ops:F1} | {time.Bytes / ops:F0} | {live} |");
    }

    /// <summary>Bytes an op that are alive between forward and backward, pools included, which this empties.</summary>
    static double Live(Tensor w, Tensor factor, int ops)
    {
        MemoryPool.Trim();
        long before = GC.GetTotalMemory(forceFullCollection: true), after = 0;
        for (int i = 0; i < 2; i++)
        {
            using TapeScope scope = Tape.Scope();
            w.ZeroGrad();
            Tensor y = Chain(w, factor, ops);
            y.Backward(retainGraph: true);
            after = GC.GetTotalMemory(forceFullCollection: true);
            GC.KeepAlive(y);
        }
        return (double)(after - before) / ops;
    }

    static void Heads(int heads)
    {
        const int Trunk = 100;
        Tensor w = Leaf(0.5), factor = Tensor.Scalar(1.0001);
        Timing summed = Measure(2_000_000 / heads, () =>
        {
            using TapeScope scope = Tape.Scope();
            w.ZeroGrad();
            Tensor trunk = Chain(w, factor, Trunk), sum = trunk * factor;
            for (int i = 1; i < heads; i++) sum += trunk * factor;
            sum.Backward();
        });
        Timing each = Measure(Math.Max(2_000_000 / Trunk / heads, 5), () =>
        {
            using TapeScope scope = Tape.Scope();
            w.ZeroGrad();
            Tensor trunk = Chain(w, factor, Trunk);
            for (int i = 0; i < heads; i++) (trunk * factor).Backward(retainGraph: true);
        });
        double ops = (2 * heads) + Trunk, visits = (double)heads * (Trunk + 1);
        Console.WriteLine(
            $"| {heads:N0} | {1e9 * summed.Median / ops:F1} | {1e9 * summed.Processor / ops:F1} | {1e9 * each.Median / visits:F1} | {1e9 * each.Processor / visits:F1} |");
    }

    /// <summary>Rumelhart, Hinton and Williams' net for XOR: 2-2-1, sigmoid, half the squared error summed over the four cases, momentum.</summary>
    static void Xor()
    {
        Tensor x = Tensor.From(new float[,] { { 0, 0 }, { 0, 1 }, { 1, 0 }, { 1, 1 } }), target = Tensor.From(new float[,] { { 0 }, { 1 }, { 1 }, { 0 } });
        Generator random = new(1);
        Sequential net = new(new Linear(2, 2, generator: random), new Sigmoid(), new Linear(2, 1, generator: random), new Sigmoid());
        Sgd sgd = new(net.Parameters, learningRate: 0.5, momentum: 0.9);
        double loss = 0;
        Timing time = Measure(200, () =>
        {
            for (int epoch = 0; epoch < 1000; epoch++)
            {
                using TapeScope scope = Tape.Scope();
                Tensor error = 0.5 * Loss.Mse(net.Forward(x), target, Reduction.Sum);
                sgd.ZeroGrad();
                error.Backward();
                sgd.Step();
                if (epoch == 999) loss = error.Item();
            }
        });
        Console.WriteLine($"XOR, 1,000 epochs: {1e3 * time.Median:F2} ms, least {1e3 * time.Least:F2} ms, processor time {1e3 * time.Processor:F2} ms, {time.Bytes / 1000:F0} managed bytes an epoch; loss {loss:G3} at the end.");
    }

    static Timing Measure(int rounds, Action step)
    {
        double[] seconds = new double[Math.Clamp(rounds, 3, 2000)];
        WarmUp.Run(step, seconds: 0.5);
        long bytes = GC.GetAllocatedBytesForCurrentThread();
        TimeSpan processor = Environment.CpuUsage.TotalTime;
        for (int i = 0; i < seconds.Length; i++)
        {
            long start = Stopwatch.GetTimestamp();
            step();
            seconds[i] = Stopwatch.GetElapsedTime(start).TotalSeconds;
        }
        bytes = GC.GetAllocatedBytesForCurrentThread() - bytes;
        processor = Environment.CpuUsage.TotalTime - processor;
        return new(Paired.Median(seconds), seconds.Min(), processor.TotalSeconds / seconds.Length, (double)bytes / seconds.Length);
    }

    static Tensor Leaf(double value)
    {
        Tensor leaf = Tensor.Scalar(value);
        leaf.RequiresGrad = true;
        return leaf;
    }

    static Tensor Chain(Tensor w, Tensor factor, int ops)
    {
        Tensor y = w;
        for (int i = 0; i < ops; i++) y = (i & 1) == 0 ? y * factor : y + factor;
        return y;
    }

    /// <param name="Median">Seconds a step.</param>
    /// <param name="Least">Seconds of the fastest step: what the machine does when nothing else runs on it.</param>
    /// <param name="Processor">Seconds of processor time a step, on average: what the step takes on a machine that others use too.</param>
    /// <param name="Bytes">Managed bytes that a step allocates.</param>
    readonly record struct Timing(double Median, double Least, double Processor, double Bytes);
}
