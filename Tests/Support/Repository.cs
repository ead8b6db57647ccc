namespace Autograd.Tests.Support;

/// <summary>The source tree that the tests were built from.</summary>
static class Repository
{
    /// <summary>The folder of Autograd.sln, found by walking up from the tests.</summary>
    public static string Root { get; } = Find();

    static string Find()
    {
        for (DirectoryInfo? folder = new(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            if (File.Exists(Path.Combine(folder.FullName, "Autograd.sln"))) return folder.FullName;
        }
        throw new DirectoryNotFoundException($"No folder above {AppContext.BaseDirectory} holds Autograd.sln.");
    }
}
