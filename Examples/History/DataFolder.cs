namespace Autograd.Examples.History;

/// <summary>Data that is too large for this repository, or not ours to hand on.</summary>
static class DataFolder
{
    /// <summary>The folder <c>data/NAME</c> or <c>shared/data/NAME</c> in the current folder or in one above it.</summary>
    /// <param name="name">The set of data.</param>
    /// <param name="source">Which files are needed and where they come from.</param>
    /// <exception cref="DirectoryNotFoundException">There is no such folder.</exception>
    public static string Find(string name, string source)
    {
        for (DirectoryInfo? folder = new(Environment.CurrentDirectory); folder is not null; folder = folder.Parent)
        {
            string[] places = [Path.Combine(folder.FullName, "data", name), Path.Combine(folder.FullName, "shared", "data", name)];
            if (places.FirstOrDefault(Directory.Exists) is { } found) return found;
        }
        throw new DirectoryNotFoundException($"There is no folder data/{name} or shared/data/{name}, here or in a folder above. It should hold {source}.");
    }
}
