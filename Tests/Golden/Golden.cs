namespace Autograd.GoldenDriver;

/// <summary>Runs golden files, which hold expected values computed elsewhere, through the library's public interface.</summary>
public static class Golden
{
    /// <summary>Runs every row of every golden file in the directories, in the order of their names, and prints what DRIVER.md of the files asks for.</summary>
    public static GoldenReport Run(IEnumerable<string> directories, GoldenOptions options, TextWriter output)
    {
        GoldenReport report = new();
        foreach (string directory in directories)
        {
            foreach (string path in Files(directory, report, output)) RunFile(path, options, report, output);
        }
        report.Write(output, options.Summary);
        return report;
    }

    static string[] Files(string directory, GoldenReport report, TextWriter output)
    {
        try
        {
            string[] paths = [.. Directory.GetFiles(directory, "*.json").Where(p => Path.GetFileName(p) is not ("index.json" or "ops.json"))];
            Array.Sort(paths, StringComparer.Ordinal);
            return paths;
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            report.AddUnreadable(directory, error, output);
            return [];
        }
    }

    static void RunFile(string path, GoldenOptions options, GoldenReport report, TextWriter output)
    {
        GoldenFile file;
        try
        {
            file = GoldenFile.Read(path);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException or System.Text.Json.JsonException or FormatException)
        {
            report.AddUnreadable(path, error, output);
            return;
        }
        using (file)
        {
            foreach (GoldenRow row in file.Rows.Where(options.Wants))
            {
                RowResult result = RowRunners.Run(row, options);
                report.Add(result);
                if (options.Verbose || result.Status != RowStatus.Pass) output.WriteLine(result);
            }
        }
    }
}
