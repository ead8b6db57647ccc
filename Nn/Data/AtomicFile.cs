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
}
