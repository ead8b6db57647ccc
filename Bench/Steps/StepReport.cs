using System.Diagnostics;
using System.Globalization;
using System.Text.Json;

namespace Autograd.Bench.Steps;

/// <summary>Times whole training steps and prints a table, or one JSON object a line.</summary>
static class StepReport
{
    const string Usage = "usage: steps [--case NAME,PREFIX*|all] [--threads N] [--budget SECONDS] [--json] [--list]";

    /// <summary>Runs the cases that the options name, each with its own model.</summary>
    /// <returns>The exit code: 0, or 2 if the options are wrong.</returns>
    public static int Run(string[] options, TextWriter output)
    {
        if (Options.Parse(options) is not { } chosen)
        {
            output.WriteLine(Usage);
            return 2;
        }
        if (chosen.List)
        {
            foreach (StepCase one in chosen.Cases) output.WriteLine(one.Name);
            return 0;
        }
        Parallelism.Threads = chosen.Threads;
        if (!chosen.Json) output.WriteLine($"{"case",-26}{"median ms",12}{"min ms",12}{"p90 ms",12}{"cpu ms",12}{"repeats",9}{"GFLOP/s",9}{"bytes a step",14}");
        foreach (StepCase one in chosen.Cases)
        {
            StepWork work = one.Make();
            StepTimes times = Measure(work, chosen.Budget);
            output.WriteLine(chosen.Json ? AsJson(one.Name, chosen.Threads, work, times) : AsRow(one.Name, work, times));
            output.Flush();
            MemoryPool.Trim();
        }
        return 0;
    }

    /// <summary>Repeats the step until the budget is spent, at least five times unless it allows fewer, after it is warm.</summary>
    static StepTimes Measure(StepWork work, double budget)
    {
        int fewest = Math.Min(5, work.MostRepetitions);
        WarmUp.Run(work.Step, budget / 4, work.MostRepetitions - 1);
        GC.Collect();
        List<double> seconds = new(work.MostRepetitions);
        long bytes = GC.GetTotalAllocatedBytes(precise: true);
        TimeSpan processor = Environment.CpuUsage.TotalTime;
        long start = Stopwatch.GetTimestamp();
        while (seconds.Count < fewest || (Since(start) < budget && seconds.Count < work.MostRepetitions))
        {
            long before = Stopwatch.GetTimestamp();
            work.Step();
            seconds.Add(Since(before));
        }
        processor = Environment.CpuUsage.TotalTime - processor;
        bytes = GC.GetTotalAllocatedBytes(precise: true) - bytes;
        seconds.Sort();
        int n = seconds.Count;
        return new((seconds[(n - 1) / 2] + seconds[n / 2]) / 2, seconds[0], seconds[(int)Math.Ceiling(0.9 * n) - 1], processor.TotalSeconds / n, n, bytes / n);
    }

    static double Since(long start) => Stopwatch.GetElapsedTime(start).TotalSeconds;

    static string AsJson(string name, int threads, StepWork work, StepTimes times) => JsonSerializer.Serialize(new
    {
        @case = name,
        threads,
        median_s = times.Median,
        min_s = times.Min,
        p90_s = times.P90,
        cpu_s = times.Processor,
        reps = times.Repeats,
        gflops = work.Flops > 0 ? Math.Round(work.Flops / times.Median * 1e-9, 2) : (double?)null,
        bytes_per_step = times.Bytes,
        peak_rss_bytes = PeakMemory,
    });

    /// <summary>The most physical memory that this process has held, of all cases so far.</summary>
    static long PeakMemory
    {
        get
        {
            using Process process = Process.GetCurrentProcess();
            return process.PeakWorkingSet64;
        }
    }

    static string AsRow(string name, StepWork work, StepTimes times) => string.Create(
        CultureInfo.InvariantCulture,
        $"{name,-26}{1e3 * times.Median,12:F4}{1e3 * times.Min,12:F4}{1e3 * times.P90,12:F4}{1e3 * times.Processor,12:F4}{times.Repeats,9}{(work.Flops > 0 ? work.Flops / times.Median * 1e-9 : null),9:F1}{times.Bytes,14:N0}");

    readonly record struct StepTimes(double Median, double Min, double P90, double Processor, int Repeats, long Bytes);

    sealed record Options(IReadOnlyList<StepCase> Cases, int Threads, double Budget, bool Json, bool List)
    {
        public static Options? Parse(string[] options)
        {
            string cases = "all", threads = "1", budget = "1.5";
            bool json = false, list = false;
            for (int i = 0; i < options.Length; i++)
            {
                string? value = i + 1 < options.Length ? options[i + 1] : null;
                switch (options[i])
                {
                    case "--json": json = true; continue;
                    case "--list": list = true; continue;
                    case "--case" when value is not null: cases = value; break;
                    case "--threads" when value is not null: threads = value; break;
                    case "--budget" when value is not null: budget = value; break;
                    default: return null;
                }
                i++;
            }
            return StepCase.Find(cases) is { } found
                && int.TryParse(threads, CultureInfo.InvariantCulture, out int n) && n >= 1
                && double.TryParse(budget, CultureInfo.InvariantCulture, out double seconds) && seconds > 0
                ? new(found, n, seconds, json, list)
                : null;
        }
    }
}
