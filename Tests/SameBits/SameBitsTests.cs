using System.Diagnostics;

namespace Autograd.Tests.SameBits;

/// <summary>Training gives the same bits for any number of threads and any width of vectors.</summary>
[Parallelizable(ParallelScope.All)]
public sealed class SameBitsTests
{
    // What has few elements is not cut into pieces: threads need more samples than vectors do.
    const int Many = 24, Few = 3;

    static readonly Lazy<string[]> AsItIs = new(() => Trained([], Few, 1));

    [Test]
    public void Training_OnOneTwoAndFourThreads_GivesTheSameBits()
    {
        string[] nets = Trained([], Many, 1, 2, 4)[1..];
        Assert.That(nets, Has.Length.EqualTo(15));
        string[] one = nets[..5], two = nets[5..10], four = nets[10..];
        Assert.That(two, Is.EqualTo(one));
        Assert.That(four, Is.EqualTo(one));
    }

    [TestCase("DOTNET_EnableAVX512", 256)]
    [TestCase("DOTNET_EnableAVX2", 128)]
    public void Training_WithNarrowerVectors_GivesTheSameBits(string setting, int widest)
    {
        string[] narrow = Trained([(setting, "0")], Few, 2);
        Assert.That(int.Parse(narrow[0]), Is.LessThanOrEqualTo(widest), "The setting has no effect.");
        Assert.That(narrow[1..], Is.EqualTo(AsItIs.Value[1..]));
    }

    static string[] Trained((string Name, string Value)[] settings, int samples, params int[] threads)
    {
        ProcessStartInfo start = new(Environment.GetEnvironmentVariable("DOTNET_HOST_PATH") ?? "dotnet") { RedirectStandardOutput = true };
        start.ArgumentList.Add(typeof(TrainedBits).Assembly.Location);
        foreach (int number in (int[])[samples, .. threads]) start.ArgumentList.Add($"{number}");
        foreach ((string name, string value) in settings) start.Environment[name] = value;
        using Process process = Process.Start(start)!;
        string output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        Assert.That(process.ExitCode, Is.Zero, output);
        return output.TrimEnd('\n').Split('\n');
    }
}
