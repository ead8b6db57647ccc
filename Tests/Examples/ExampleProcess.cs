using System.Diagnostics;

namespace Autograd.Tests.Examples;

/// <summary>The examples program as its users run it: a process with arguments, two outputs and an exit code.</summary>
sealed record ExampleProcess(int ExitCode, string Output, string Error)
{
    static readonly TimeSpan Limit = TimeSpan.FromMinutes(3);

    public string[] Lines => Output.TrimEnd('\n').Split('\n');

    public static ExampleProcess Run(params string[] arguments)
    {
        using Process process = Start([], arguments);
        return Finish(process, process.StandardOutput.ReadToEndAsync());
    }

    /// <summary>Sends an interrupt, as Ctrl-C does, once a line that starts with <paramref name="trigger"/> was written.</summary>
    public static ExampleProcess Interrupt(string trigger, params string[] arguments)
    {
        // A test run in the background hands on that interrupts are ignored; env takes that back.
        using Process process = Start(["env", "--default-signal=INT"], arguments);
        string before = "";
        while (process.StandardOutput.ReadLine() is { } line)
        {
            before += line + "\n";
            if (line.StartsWith(trigger, StringComparison.Ordinal)) break;
        }
        using (Process kill = Process.Start("kill", $"-INT {process.Id}")) kill.WaitForExit();
        ExampleProcess rest = Finish(process, process.StandardOutput.ReadToEndAsync());
        return rest with { Output = before + rest.Output };
    }

    /// <summary>Kills the process, without a word to it, as soon as a condition holds; or lets it come to its end before.</summary>
    public static ExampleProcess Kill(Func<bool> condition, params string[] arguments)
    {
        using Process process = Start([], arguments);
        Task<string> output = process.StandardOutput.ReadToEndAsync();
        while (!process.HasExited && !condition()) Thread.Yield();
        process.Kill();
        return Finish(process, output);
    }

    static Process Start(string[] before, string[] arguments)
    {
        string host = Environment.GetEnvironmentVariable("DOTNET_HOST_PATH") ?? "dotnet";
        string program = Path.Combine(AppContext.BaseDirectory, "Autograd.Examples.dll");
        string[] line = [.. before, host, program, .. arguments];
        return Process.Start(new ProcessStartInfo(line[0], line[1..]) { RedirectStandardOutput = true, RedirectStandardError = true })!;
    }

    static ExampleProcess Finish(Process process, Task<string> output)
    {
        Task<string> error = process.StandardError.ReadToEndAsync();
        if (!process.WaitForExit(Limit))
        {
            process.Kill(entireProcessTree: true);
            Assert.Fail($"The program ran for more than {Limit.TotalMinutes} minutes.");
        }
        return new ExampleProcess(process.ExitCode, output.Result, error.Result);
    }
}
