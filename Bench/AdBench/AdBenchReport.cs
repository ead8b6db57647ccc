namespace Autograd.Bench.AdBench;

/// <summary>Prints, as a Markdown table, how four objectives of ADBench agree with reference derivatives, and what they cost.</summary>
static class AdBenchReport
{
    /// <summary>Runs every data file.</summary>
    /// <param name="options">"--data" and a folder; without it the folder shared/adbench beside the repository is used.</param>
    /// <param name="output">Where the table goes.</param>
    /// <returns>The exit code: 0 if all agree or there is no data, 1 if something differs, 2 if the options are wrong.</returns>
    public static int Run(string[] options, TextWriter output)
    {
        if (options is not ([] or ["--data", _]))
        {
            output.WriteLine("usage: adbench [--data DIR]");
            return 2;
        }
        string folder = options is [_, var given] ? given : DefaultFolder;
        if (!Directory.Exists(folder))
        {
            output.WriteLine($"Skipped: there is no folder {folder}; name one by --data DIR.");
            return 0;
        }
        output.WriteLine(AdBenchResult.Heading);
        int passed = 0, failed = 0;
        foreach (AdBenchResult result in new AdBenchCases(folder, timed: true).Run())
        {
            output.WriteLine(result);
            if (result.Passed) passed++;
            else failed++;
        }
        output.WriteLine();
        output.WriteLine("An error is the largest difference over the largest expected number. Times are medians, in one Tape.Scope a run.");
        output.WriteLine(passed + failed == 0 ? $"Skipped: no reference.json lies below {folder}." : $"{passed} passed, {failed} failed");
        return failed == 0 ? 0 : 1;
    }

    /// <summary>The folder shared/adbench beside the folder of Autograd.sln, which is looked for upwards.</summary>
    public static string DefaultFolder
    {
        get
        {
            DirectoryInfo? root = new(AppContext.BaseDirectory);
            while (root is not null && !File.Exists(Path.Combine(root.FullName, "Autograd.sln"))) root = root.Parent;
            return Path.GetFullPath(Path.Combine(root?.FullName ?? ".", "..", "shared", "adbench"));
        }
    }
}
