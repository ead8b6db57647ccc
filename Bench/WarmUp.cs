using System.Diagnostics;
using System.Runtime;

namespace Autograd.Bench;

/// <summary>Repeats what is to be timed until the runtime has done with compiling it.</summary>
/// <remarks>
/// The runtime compiles what is called often twice more, the last time for what it saw being called. The project file lets it count from the start and take
/// few calls for often, so that a step of a tenth of a second is there after a second or two.
/// </remarks>
static class WarmUp
{
    const int Fewest = 16;
    const double Quiet = 0.5, Longest = 4;

    /// <summary>Repeats the step for so many seconds, and until nothing has been compiled for a while; for four seconds and three times where it takes long.</summary>
    public static void Run(Action step, double seconds = 0, int most = int.MaxValue)
    {
        long start = Stopwatch.GetTimestamp(), change = start, compiled = 0;
        for (int times = 1; times <= most; times++)
        {
            step();
            if (JitInfo.GetCompiledMethodCount() is var now && now != compiled) (compiled, change) = (now, Stopwatch.GetTimestamp());
            double elapsed = Stopwatch.GetElapsedTime(start).TotalSeconds;
            if (times >= 3 && elapsed > Longest) return;
            if (times >= Fewest && elapsed > seconds && Stopwatch.GetElapsedTime(change).TotalSeconds > Quiet) return;
        }
    }
}
