using System.Reflection;
using System.Text.RegularExpressions;
using Autograd.Tests.Support;

namespace Autograd.Tests.Docs;

/// <summary>What the documents say in code is compiled and run, and what they point to is there.</summary>
[NonParallelizable]
public sealed partial class DocumentTests
{
    static IEnumerable<string> All => Repository.Files("*.md");

    static IEnumerable<string> Documents => All.Where(path => !path.Contains('/') || path.StartsWith("docs/", StringComparison.Ordinal));

    [TestCaseSource(nameof(Documents))]
    public void Code_IsThatOfACompiledSample(string path)
    {
        foreach (Fence fence in Markdown.Fences(Repository.Read(path)).Where(f => f.Language == "csharp"))
            Assert.That(fence.Kind, Is.EqualTo("sample"), $"{path}:{fence.Line}: the line above C# must say where it is compiled: <!-- sample: File region -->");
        Generated.IsUpToDate(path, Markdown.Rewrite(Repository.Read(path), f => f.Kind == "sample" ? SampleCode.Quote(f.Source) : f.Text));
    }

    [TestCaseSource(nameof(Documents))]
    public void Output_IsWhatTheSamplePrints(string path) =>
        Generated.IsUpToDate(path, Markdown.Rewrite(Repository.Read(path), f => f.Kind == "output" ? SampleCode.Output(f.Source) : f.Text));

    [TestCaseSource(nameof(All))]
    public void Links_LeadToFiles(string path)
    {
        string folder = Path.GetDirectoryName(Repository.PathOf(path))!;
        Assert.That(Markdown.Links(Repository.Read(path)).Where(link => !Path.Exists(Path.Combine(folder, link))), Is.Empty, path);
    }

    [TestCaseSource(nameof(Documents))]
    public void NamedTests_Exist(string path)
    {
        foreach (Match match in TestName().Matches(Repository.Read(path)))
        {
            IEnumerable<Type> fixtures = typeof(DocumentTests).Assembly.GetTypes().Where(type => type.Name == match.Groups[1].Value);
            Assert.That(fixtures.Any(type => type.GetMethod(match.Groups[2].Value, BindingFlags.Public | BindingFlags.Instance) is not null), $"{path}: {match.Value}");
        }
    }

    /// <summary>Every file of the folder can be reached from its first page.</summary>
    [Test]
    public void Index_LeadsToEveryDocument()
    {
        HashSet<string> reached = [];
        Stack<string> pending = new(["docs/index.md"]);
        while (pending.TryPop(out string? path))
        {
            if (!reached.Add(path)) continue;
            string folder = Path.GetDirectoryName(Repository.PathOf(path))!;
            foreach (string link in Markdown.Links(Repository.Read(path)).Where(link => link.EndsWith(".md", StringComparison.Ordinal)))
                pending.Push(Path.GetRelativePath(Repository.Root, Path.Combine(folder, link)).Replace('\\', '/'));
        }
        Assert.That(Repository.Files("*.md", "docs").Where(path => !reached.Contains(path)), Is.Empty);
    }

    [GeneratedRegex(@"`(\w+Tests)\.(\w+)`")]
    private static partial Regex TestName();
}
