using Autograd.Bench.ByHand;

namespace Autograd.Bench;

/// <summary>What the tape costs beyond the kernels: gradients by the tape over the same gradients derived by hand.</summary>
static class OverheadReport
{
    /// <summary>Prints a row a case.</summary>
    /// <returns>The exit code: 1 if the two sides do not agree.</returns>
    public static int Run()
    {
        Parallelism.Threads = 1;
        int exit = 0;
        Console.WriteLine("| gradients of | by hand, µs | by the tape, µs | tape ÷ hand | largest relative difference |");
        Console.WriteLine("| --- | ---: | ---: | ---: | ---: |");
        foreach (HandCase one in HandCase.All)
        {
            double difference = one.Difference();
            if (!(difference < 1e-5)) exit = 1;
            (double hand, double tape) = Paired.Time(one.Hand, one.Tape, rounds: 101);
            Console.WriteLine($"| {one.Name} | {1e6 * hand:F2} | {1e6 * tape:F2} | {tape / hand:F3} | {difference:E1} |");
        }
        return exit;
    }
}
