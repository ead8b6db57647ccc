using System.Text;
using System.Text.RegularExpressions;

namespace Autograd.Tests.Support;

/// <summary>A fenced block of a Markdown file, and the comment on the line above it that says where its text comes from.</summary>
/// <param name="Language">What follows the opening fence.</param>
/// <param name="Text">The lines between the fences.</param>
/// <param name="Kind">"sample", "output" or "", from the comment.</param>
/// <param name="Source">The words after it.</param>
/// <param name="Line">The number of the opening fence's line, from 1.</param>
sealed record Fence(string Language, string Text, string Kind, string Source, int Line);

/// <summary>What the tests read in Markdown.</summary>
static partial class Markdown
{
    public static List<Fence> Fences(string text)
    {
        List<Fence> fences = [];
        Rewrite(text, fence =>
        {
            fences.Add(fence);
            return fence.Text;
        });
        return fences;
    }

    /// <summary>The text with the lines of every fence replaced.</summary>
    public static string Rewrite(string text, Func<Fence, string> replace)
    {
        string[] lines = text.Split('\n');
        StringBuilder result = new();
        for (int i = 0; i < lines.Length; i++)
        {
            result.Append(lines[i]).Append(i < lines.Length - 1 ? "\n" : "");
            if (!lines[i].StartsWith("```", StringComparison.Ordinal)) continue;
            int close = Array.FindIndex(lines, i + 1, line => line == "```");
            if (close < 0) throw new InvalidDataException($"The fence at line {i + 1} is not closed.");
            Match origin = i > 0 ? Origin().Match(lines[i - 1]) : Match.Empty;
            string body = string.Concat(lines[(i + 1)..close].Select(line => line + "\n"));
            result.Append(replace(new Fence(lines[i][3..].Trim(), body, origin.Groups[1].Value, origin.Groups[2].Value, i + 1)));
            result.Append(lines[close]).Append(close < lines.Length - 1 ? "\n" : "");
            i = close;
        }
        return result.ToString();
    }

    /// <summary>The targets of links to files, with the text after # left out; those to the web excluded.</summary>
    public static IEnumerable<string> Links(string text) =>
        from Match match in Link().Matches(InlineCode().Replace(Rewrite(text, _ => ""), ""))
        let target = match.Groups[1].Value.Split('#')[0]
        where target.Length > 0 && !target.Contains("://") && !target.StartsWith("mailto:", StringComparison.Ordinal)
        select target;

    [GeneratedRegex(@"^<!-- (sample|output): (.+?) -->$")]
    private static partial Regex Origin();

    [GeneratedRegex(@"\[[^\]]*\]\(([^)\s]+)\)")]
    private static partial Regex Link();

    [GeneratedRegex("`[^`]*`(?!\\])")]
    private static partial Regex InlineCode();
}
