using Autograd.Tests.Support;

namespace Autograd.Tests.ErrorTests;

/// <summary>Whatever is passed to a public op, it works or says in a sentence why not and in another what to do, and then nothing has changed.</summary>
[Parallelizable(ParallelScope.All)]
public sealed class HostileArgumentTests
{
    const int Draws = 400;

    /// <summary>How a result that no tensor can hold is refused, whatever the op.</summary>
    const string TooLarge = "Shape: a tensor holds fewer than 2³¹ elements and bytes, but ";

    static IEnumerable<TestCaseData> Calls => OpCalls.All.Select((call, i) => new TestCaseData(i).SetName($"{{m}}({call.Member}, {i})"));

    [TestCaseSource(nameof(Calls))]
    public void WrongArguments_GiveSentences_AndChangeNothing(int number)
    {
        OpCall call = OpCalls.All[number];
        List<string> wrong = [];
        for (int draw = 0; draw < Draws; draw++)
        {
            Hostile arguments = new((number * Draws) + draw);
            try
            {
                call.Run(arguments);
            }
            catch (Exception e)
            {
                if (Fault(call, e, arguments) is { } fault) wrong.Add($"draw {draw}: {fault}");
            }
        }
        Assert.That(string.Join('\n', wrong.DistinctBy(fault => fault[fault.LastIndexOf(' ')..]).Take(6)), Is.Empty);
        using RecordingSwitch on = Tape.EnableGrad();
        Assert.That((Make.Leaf(1, 2) * 2).RequiresGrad, Is.True);
    }

    [Test]
    public void EveryPublicOp_IsCalled()
    {
        string[] called = [.. OpCalls.All.Select(call => call.Member).Distinct().Order(StringComparer.Ordinal)];
        Assert.That(called, Is.EquivalentTo(PublicOps.Names));
    }

    static string? Fault(OpCall call, Exception e, Hostile arguments)
    {
        string where = e.StackTrace?.Split('\n').FirstOrDefault(line => line.Contains("/Ops/") || line.Contains("/Engine/"))?.Trim() ?? "";
        string text = $"{e.GetType().Name}: {e.Message} {where}";
        if (e is not (AutogradException or ArgumentException)) return text;
        if (Hints.Fault(e) is { } fault) return $"{fault} in {text}";
        if (e.Message.StartsWith(TooLarge, StringComparison.Ordinal)) return null;
        if (!e.Message.StartsWith($"{call.Says}: ", StringComparison.Ordinal) || e.Message.Contains('\n')) return text;
        return arguments.Passed.Any(x => !Same(x.Passed, x.Copy)) ? $"an argument was changed by {text}" : null;
    }

    static bool Same(Tensor a, Tensor b) => a.Shape == b.Shape && a.DType == b.DType && a.Cast(DType.Float64).ToArray<double>().SequenceEqual(b.Cast(DType.Float64).ToArray<double>());
}
