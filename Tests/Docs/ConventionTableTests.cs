using System.Reflection;
using System.Text.RegularExpressions;
using Autograd.Tests.Support;

namespace Autograd.Tests.Docs;

/// <summary>docs/conventions.md names tests that exist, in every row.</summary>
public sealed partial class ConventionTableTests
{
    [Test]
    public void EveryRow_NamesATest()
    {
        string[] rows = [.. Repository.Read("docs/conventions.md").Split('\n').Where(line => line.StartsWith("| ", StringComparison.Ordinal) && !line.StartsWith("| ---", StringComparison.Ordinal) && !line.EndsWith("| test |", StringComparison.Ordinal))];
        HashSet<string> tests = [.. from type in Assembly.GetExecutingAssembly().GetTypes()
            from method in type.GetMethods()
            where method.IsDefined(typeof(TestAttribute), false) || method.IsDefined(typeof(TestCaseAttribute), false) || method.IsDefined(typeof(TestCaseSourceAttribute), false)
            select $"{type.Name}.{method.Name}"];
        Assert.That(rows, Has.Length.GreaterThan(50));
        Assert.That(rows.Where(row => !tests.Contains(LastCell().Match(row).Groups[1].Value)), Is.Empty);
    }

    [GeneratedRegex(@"\| `([\w.]+)` \|$")]
    private static partial Regex LastCell();
}
