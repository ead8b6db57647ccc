using System.Runtime.CompilerServices;

namespace Autograd.Tests.Support;

/// <summary>
/// Snapshot tests with the conventions of the package Verify: Class.Method.verified.txt beside the test is what was reviewed;
/// on a mismatch Class.Method.received.txt is written beside it and the test fails. To accept, rename received to verified, or
/// run the tests once with AUTOGRAD_ACCEPT=1.
/// </summary>
static class Verifier
{
    public static void Verify(string text, string? name = null, [CallerFilePath] string file = "", [CallerMemberName] string member = "")
    {
        string stem = Path.Combine(Path.GetDirectoryName(file)!, name ?? $"{Path.GetFileNameWithoutExtension(file)}.{member}");
        string verified = stem + ".verified.txt", received = stem + ".received.txt";
        string actual = text.ReplaceLineEndings("\n").TrimEnd('\n');
        string expected = File.Exists(verified) ? File.ReadAllText(verified).ReplaceLineEndings("\n").TrimEnd('\n') : "";
        if (actual == expected)
        {
            File.Delete(received);
            return;
        }
        bool accept = Environment.GetEnvironmentVariable("AUTOGRAD_ACCEPT") == "1";
        File.WriteAllText(accept ? verified : received, actual);
        if (!accept) Assert.Fail($"{Path.GetFileName(verified)} differs (− verified, + received):\n{Difference(expected.Split('\n'), actual.Split('\n'))}\nAccept: mv {received} {verified}");
    }

    /// <summary>The lines that only one of the texts has, in order; what moved shows as removed and added.</summary>
    static string Difference(string[] expected, string[] actual)
    {
        const int Shown = 40;
        List<string> lines = [];
        int i = 0, j = 0;
        while (i < expected.Length || j < actual.Length)
        {
            if (i < expected.Length && j < actual.Length && expected[i] == actual[j])
            {
                (i, j) = (i + 1, j + 1);
                continue;
            }
            int next = i < expected.Length ? Array.IndexOf(actual, expected[i], j) : actual.Length;
            if (next < 0) lines.Add($"− {i + 1}: {expected[i++]}");
            else for (; j < next; j++) lines.Add($"+ {j + 1}: {actual[j]}");
        }
        return string.Join('\n', lines.Count <= Shown ? lines : [.. lines.Take(Shown), $"and {lines.Count - Shown} more lines"]);
    }
}
