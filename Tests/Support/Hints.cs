using System.Text.RegularExpressions;

namespace Autograd.Tests.Support;

/// <summary>How every error text is made: a sentence with the rule and the values, then one that says what to do instead.</summary>
static partial class Hints
{
    /// <summary>What is wrong with the text of an error; null if nothing is.</summary>
    public static string? Fault(Exception e)
    {
        if (e is not (AutogradException or ArgumentException or InvalidOperationException)) return "an exception of no such family";
        if (e is not AutogradException own) return RuleAndHint().IsMatch(Text(e)) ? null : "no sentence follows the rule";
        string rule = own.Message[..^own.Hint.Length];
        if (!own.Message.EndsWith(own.Hint, StringComparison.Ordinal) || !Sentence().IsMatch(own.Hint)) return $"the hint \"{own.Hint}\" is no sentence at the end";
        return RuleEnds().IsMatch(rule) ? null : $"the rule \"{rule}\" does not end with a full stop";
    }

    /// <summary>The message without what .NET adds: the parameter and the value.</summary>
    static string Text(Exception e) => AddedByNet().Replace(e.Message, "");

    [GeneratedRegex(@"^[A-Z]\S* \S.*[.?]$")]
    private static partial Regex Sentence();

    [GeneratedRegex(@"\.\s$")]
    private static partial Regex RuleEnds();

    [GeneratedRegex(@"^\S.*: .*\. [A-Z]\S* \S.*[.?]$")]
    private static partial Regex RuleAndHint();

    [GeneratedRegex(@" \(Parameter '[^']+'\)(\r?\nActual value was .*)?$")]
    private static partial Regex AddedByNet();
}
