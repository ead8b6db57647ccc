namespace Autograd.Nn.Data;

/// <summary>Files that are either wholly written or not touched.</summary>
static class AtomicFile
{
    /// <summary>Writes a temporary file beside the wanted one, flushes it to the disk, and puts it in its place.</summary>
    public static void Write(string path, Action<Stream> write)
    {
        string full = Path.GetFullPath(path), temporary = $"{full}.{Guid.NewGuid():N}.tmp";
        try
        {
            using (FileStream stream = new(temporary, FileMode.CreateNew, FileAccess.Write))
            {
                write(stream);
                stream.Flush(flushToDisk: true);
            }
            File.Move(temporary, full, overwrite: true);
        }
        catch
        {
            File.Delete(temporary);
            throw;
        }
    }

    /// <summary>Deletes the temporary files of writes to a path that were broken off by the end of their process.</summary>
    public static void DeleteLeftOver(string path)
    {
        string full = Path.GetFullPath(path), folder = Path.GetDirectoryName(full)!;
        if (!Directory.Exists(folder)) return;
        foreach (string temporary in Directory.GetFiles(folder, $"{Path.GetFileName(full)}.*.tmp"))
        {
            if (Guid.TryParseExact(temporary[(full.Length + 1)..^4], "N", out _)) File.Delete(temporary);
        }
    }
}
