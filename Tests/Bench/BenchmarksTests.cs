using System.Diagnostics;
using Autograd.Tests.Support;

namespace Autograd.Tests.Bench;

/// <summary>BenchmarkDotNet on the classes of Bench. It builds a project of its own: a minute or two, dotnet test -c Release --filter TestCategory=Slow.</summary>
[Category("Slow"), Explicit("minutes long")]
public sealed class BenchmarksTests
{
    [Test]
    public void EveryBenchmark_RunsByItself_AndSaysWhatItAllocates()
    {
        string results = Path.Combine(Path.GetTempPath(), $"autograd-bench-{Environment.ProcessId}");
        string[] arguments = ["run", "-c", "Release", "--project", Repository.PathOf("Bench"), "--", "--filter", "*", "--job", "dry", "--artifacts", results];
        using Process process = Process.Start(new ProcessStartInfo(Environment.GetEnvironmentVariable("DOTNET_HOST_PATH") ?? "dotnet", arguments) { RedirectStandardOutput = true })!;
        string output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        Directory.Delete(results, recursive: true);
        Assert.That(process.ExitCode, Is.Zero, output);
        using (Assert.EnterMultipleScope())
        {
            Assert.That(output, Does.Contain("executed benchmarks: 22").And.Not.Contains("Benchmarks with issues"));
            Assert.That(output.Split('\n'), Has.Exactly(5).Matches<string>(line => line!.StartsWith('|') && line.Contains("| Allocated |")), "a table of each class");
        }
    }
}
