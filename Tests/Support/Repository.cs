namespace Autograd.Tests.Support;

/// <summary>The files of the repository that the tests run in.</summary>
static class Repository
{
    public static readonly string Root = Find();

    public static string PathOf(string path) => Path.Combine(Root, path);

    /// <summary>The text of a file, with line feeds alone.</summary>
    public static string Read(string path) => File.ReadAllText(PathOf(path)).ReplaceLineEndings("\n");

    /// <summary>The files below a folder, build results and hidden folders aside, as paths from the root with forward slashes; in order.</summary>
    public static IEnumerable<string> Files(string pattern, string folder = "") => Directory
        .EnumerateFiles(PathOf(folder), pattern, SearchOption.AllDirectories)
        .Select(path => Path.GetRelativePath(Root, path).Replace('\\', '/'))
        .Where(path => !path.Split('/').Any(part => part is "artifacts" || (part.StartsWith('.') && part != ".ci")))
        .Order(StringComparer.Ordinal);

    static string Find()
    {
        DirectoryInfo? folder = new(AppContext.BaseDirectory);
        while (folder is not null && !File.Exists(Path.Combine(folder.FullName, "Autograd.sln"))) folder = folder.Parent;
        return folder?.FullName ?? throw new InvalidOperationException("Autograd.sln is in no folder above the tests.");
    }
}

/// <summary>Texts in the repository that a program writes. They are compared, or rewritten where AUTOGRAD_ACCEPT=1 is set.</summary>
static class Generated
{
    public static readonly bool Accepts = Environment.GetEnvironmentVariable("AUTOGRAD_ACCEPT") == "1";

    const string Hint = "To accept what is generated now: AUTOGRAD_ACCEPT=1 dotnet test -c Release --filter Autograd.Tests.Docs";

    /// <summary>Asserts that a file holds a text.</summary>
    public static void IsUpToDate(string path, string text)
    {
        string full = Repository.PathOf(path);
        if (Accepts) File.WriteAllText(full, text);
        Assert.That(File.Exists(full), $"{path} is missing. {Hint}");
        Assert.That(Repository.Read(path), Is.EqualTo(text), $"{path} differs from what generates it. {Hint}");
    }
}
