namespace Autograd.Tests.Support;

/// <summary>Documents that the tests write: compared, or rewritten where AUTOGRAD_ACCEPT=1 is set. For texts beside a test see <see cref="Verifier"/>.</summary>
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
