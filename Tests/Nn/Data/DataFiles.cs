using System.Buffers.Binary;
using System.IO.Compression;

namespace Autograd.Tests.Nn.Data;

/// <summary>Small data files for tests, and the way to the real ones.</summary>
static class DataFiles
{
    public static byte[] Idx(byte type, int[] shape, params byte[] data)
    {
        byte[] file = new byte[4 + 4 * shape.Length + data.Length];
        file[2] = type;
        file[3] = (byte)shape.Length;
        for (int i = 0; i < shape.Length; i++)
            BinaryPrimitives.WriteInt32BigEndian(file.AsSpan(4 + 4 * i), shape[i]);
        data.CopyTo(file, 4 + 4 * shape.Length);
        return file;
    }

    public static byte[] Gzip(ReadOnlySpan<byte> content)
    {
        using var packed = new MemoryStream();
        using (var gzip = new GZipStream(packed, CompressionLevel.Optimal))
            gzip.Write(content);
        return packed.ToArray();
    }

    /// <summary>A file or folder beside the repository or inside it; the test is ignored where it is absent.</summary>
    public static string Real(params string[] relative)
    {
        DirectoryInfo? root = new(TestContext.CurrentContext.TestDirectory);
        while (root is not null && !File.Exists(Path.Combine(root.FullName, "Autograd.sln")))
            root = root.Parent;
        string path = Path.GetFullPath(Path.Combine([root?.FullName ?? ".", .. relative]));
        if (!Path.Exists(path))
            Assert.Ignore($"The data {path} is not here.");
        return path;
    }

    public static string Shared(params string[] relative) => Real(["..", "shared", "data", .. relative]);
}

/// <summary>A folder that lives as long as one test.</summary>
sealed class TempFolder : IDisposable
{
    public string Root { get; } = Directory.CreateTempSubdirectory("autograd-data-").FullName;

    public string Write(string name, byte[] content)
    {
        string path = Path.Combine(Root, name);
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        File.WriteAllBytes(path, content);
        return path;
    }

    public string Write(string name, string content) => Write(name, System.Text.Encoding.UTF8.GetBytes(content));

    public void Dispose() => Directory.Delete(Root, recursive: true);
}
