using Autograd.Nn.Data;
using Autograd.Tests.Nn.Data;

namespace Autograd.Tests.Examples;

/// <summary>A training whose process is killed comes to the same bits as one that is not.</summary>
public sealed class KillTests
{
    const int BatchesAnEpoch = 44;

    static string[] Arguments(string? checkpoint) => ["digits", "--epochs", "2", .. checkpoint is null ? [] : new[] { "--checkpoint", checkpoint }];

    static string Result(ExampleProcess run)
    {
        Assert.That((run.ExitCode, run.Error), Is.EqualTo((0, "")));
        return string.Join('\n', run.Lines[^2..]);
    }

    static (long Epoch, long Batch) Position(string checkpoint)
    {
        long[] position = Safetensors.Read(checkpoint)["training.position"].ToArray<long>();
        return (position[0], position[1]);
    }

    [Test]
    public void Killed_in_the_middle_of_epochs_it_comes_to_the_same_bits()
    {
        using TempFolder folder = new();
        string checkpoint = Path.Combine(folder.Root, "digits.safetensors"), expected = Result(ExampleProcess.Run(Arguments(null)));
        Assert.That(expected, Does.StartWith("parameters ").And.Contain("test accuracy"));
        List<(long Epoch, long Batch)> kills = [];
        foreach (int writes in new[] { 1, 2, 3 })
        {
            // A process writes after each 10 batches and after the epoch.
            DateTime last = File.Exists(checkpoint) ? File.GetLastWriteTimeUtc(checkpoint) : default;
            int seen = 0;
            ExampleProcess killed = ExampleProcess.Kill(
                () =>
                {
                    if (!File.Exists(checkpoint) || File.GetLastWriteTimeUtc(checkpoint) is var written && written == last) return false;
                    last = written;
                    return ++seen == writes;
                },
                Arguments(checkpoint));
            Assert.That(killed.ExitCode, Is.Not.Zero);
            Assert.That(killed.Output, Does.Not.Contain("test accuracy"));
            kills.Add(Position(checkpoint));
        }
        Assert.That(kills, Is.Ordered.And.Unique);
        Assert.That(kills.Count(kill => kill.Batch is > 0 and < BatchesAnEpoch), Is.GreaterThanOrEqualTo(2));
        Assert.That(Result(ExampleProcess.Run(Arguments(checkpoint))), Is.EqualTo(expected));
        // Once it is over, it is there at once.
        Assert.That(Result(ExampleProcess.Run(Arguments(checkpoint))), Is.EqualTo(expected));
    }

    [Test]
    public void Killed_while_it_writes_a_checkpoint_it_comes_to_the_same_bits()
    {
        const int Wanted = 2, Limit = 20;
        using TempFolder folder = new();
        string checkpoint = Path.Combine(folder.Root, "digits.safetensors"), expected = Result(ExampleProcess.Run(Arguments(null)));
        int halfWritten = 0, runs = 0;
        List<(long Epoch, long Batch)> kept = [];
        while (halfWritten < Wanted)
        {
            // How long a write lasts is the disk's affair.
            if (++runs > Limit && halfWritten == 0) Assert.Ignore($"Writes are too fast here: none of {Limit} kills was within one.");
            if (runs > Limit) break;
            DateTime before = Written();
            // The process writes one checkpoint; the next is to replace it when the process is killed.
            ExampleProcess killed = ExampleProcess.Kill(() => LeftOver().Length > 0 && Written() != before, Arguments(checkpoint));
            if (killed.ExitCode == 0)
            {
                // No write was met before the training was over.
                File.Delete(checkpoint);
                kept.Clear();
                continue;
            }
            // Whatever the moment, the checkpoint is a whole one, and later than the last.
            kept.Add(Position(checkpoint));
            // What was being written lies there still: the process did not come to put it in its place, or to delete it.
            if (LeftOver().Length == 0 || ++halfWritten == Wanted) continue;
            foreach (string file in LeftOver()) File.Delete(file);
        }
        Assert.That(kept, Is.Ordered.And.Unique);
        TestContext.Out.WriteLine($"{halfWritten} of {runs} kills were within a write");
        Assert.That(Result(ExampleProcess.Run(Arguments(checkpoint))), Is.EqualTo(expected));
        Assert.That(LeftOver(), Is.Empty);

        DateTime Written() => File.Exists(checkpoint) ? File.GetLastWriteTimeUtc(checkpoint) : default;

        string[] LeftOver() => Directory.GetFiles(folder.Root, "*.tmp");
    }
}
