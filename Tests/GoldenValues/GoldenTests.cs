using System.Text.Json;
using Autograd.GoldenDriver;

namespace Autograd.Tests.GoldenValues;

/// <summary>The ops against values computed elsewhere.</summary>
public sealed class GoldenTests
{
    [Test]
    public void Fixtures_AllRows_Agree()
    {
        (GoldenReport report, string text) = Run(Find("Tests", "Fixtures", "golden")!);
        using (Assert.EnterMultipleScope())
        {
            Assert.That(report.Rows, Has.Count.GreaterThan(100));
            Assert.That((report.Failed, report.Skipped, report.Unreadable), Is.EqualTo((0, 0, 0)), text);
        }
    }

    [Test]
    public void SharedFiles_RowsOfOfferedOps_Agree()
    {
        string? folder = Find("..", "shared", "golden");
        if (folder is null) Assert.Ignore("The folder shared/golden is not beside the repository.");
        (GoldenReport report, string text) = Run(folder!);
        TestContext.Out.Write(text);
        Assert.That((report.Failed, report.Unreadable), Is.EqualTo((0, 0)), text);
    }

    [Test]
    public void SharedList_EveryOp_IsOffered()
    {
        string? folder = Find("..", "shared", "golden");
        if (folder is null) Assert.Ignore("The folder shared/golden is not beside the repository.");
        using JsonDocument list = JsonDocument.Parse(File.ReadAllText(Path.Combine(folder!, "ops.json")));
        string[] names = [.. list.RootElement.EnumerateObject().Select(op => op.Name)];
        Assert.That(names, Has.Length.GreaterThan(200));
        // A program is a row of its own kind, not an op.
        Assert.That(names.Except(OpTable.Names), Is.EqualTo(["program"]));
    }

    static (GoldenReport Report, string Text) Run(string folder)
    {
        using StringWriter output = new();
        GoldenReport report = Golden.Run([folder], new GoldenOptions(), output);
        return (report, output.ToString());
    }

    /// <summary>A folder inside the repository or beside it, or null where it is absent.</summary>
    static string? Find(params string[] relative)
    {
        DirectoryInfo? root = new(TestContext.CurrentContext.TestDirectory);
        while (root is not null && !File.Exists(Path.Combine(root.FullName, "Autograd.sln"))) root = root.Parent;
        string path = Path.GetFullPath(Path.Combine([root?.FullName ?? ".", .. relative]));
        return Directory.Exists(path) ? path : null;
    }
}
