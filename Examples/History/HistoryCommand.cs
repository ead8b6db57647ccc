using System.CommandLine;
using System.Diagnostics;

namespace Autograd.Examples.History;

/// <summary><c>history</c> lists the experiments, <c>history NAME</c> runs one, <c>history NAME --write</c> also updates its page.</summary>
static class HistoryCommand
{
    public static Command Build()
    {
        Command command = new("history", "What the history of backpropagation claims, measured; without a name, the list.");
        command.SetAction(_ => PrintList());
        foreach (Experiment experiment in Experiment.All) command.Add(Build(experiment));
        return command;
    }

    static Command Build(Experiment experiment)
    {
        Option<bool> write = new("--write") { Description = $"Puts what is measured into docs/history/{experiment.Name}.md; run it at the root of the repository." };
        Command command = new(experiment.Name, experiment.Claim) { write };
        command.SetAction(line =>
        {
            long start = Stopwatch.GetTimestamp();
            HistoryPage page = new(Console.Out);
            experiment.Run(page);
            Console.WriteLine($"\nmeasured in {Stopwatch.GetElapsedTime(start).TotalSeconds:0} s");
            if (line.GetValue(write)) page.Save(experiment.Name);
        });
        return command;
    }

    static void PrintList()
    {
        foreach (Experiment experiment in Experiment.All) Console.WriteLine($"{experiment.Name,-14}{experiment.Claim}");
    }
}
