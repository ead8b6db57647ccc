using System.Globalization;
using System.Runtime.InteropServices;

namespace Autograd;

/// <summary>Counts processor cores.</summary>
/// <remarks>
/// Two hardware threads of one core share its multipliers and caches, so a second worker there takes from the first what it gains.
/// .NET counts hardware threads; cores only the operating system knows. Apple's processors have one thread a core.
/// </remarks>
static partial class Cores
{
    /// <summary>The cores that this process may use, or the hardware threads where the operating system does not say; ≥ 1.</summary>
    public static int Count()
    {
        // Heeds affinity and the quota of a container.
        int threads = Environment.ProcessorCount;
        int cores = OperatingSystem.IsLinux() ? OnLinux("/") : OperatingSystem.IsWindows() ? OnWindows() : 0;
        return cores == 0 ? threads : Math.Min(cores, threads);
    }

    /// <summary>Cores with at least one hardware thread that this process may run on, or 0 where the kernel's files below <paramref name="root"/> do not say.</summary>
    public static int OnLinux(string root)
    {
        const string field = "Cpus_allowed_list:";
        try
        {
            string allowed = File.ReadLines(Path.Combine(root, "proc/self/status")).FirstOrDefault(line => line.StartsWith(field, StringComparison.Ordinal)) ?? field;
            return Numbers(allowed.AsSpan(field.Length))
                .Select(thread => File.ReadAllText(Path.Combine(root, $"sys/devices/system/cpu/cpu{thread.ToString(CultureInfo.InvariantCulture)}/topology/thread_siblings_list")))
                .Distinct()
                .Count();
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or FormatException or OverflowException)
        {
            return 0;
        }
    }

    /// <summary>The numbers of a list such as <c>0-3,8</c>.</summary>
    static List<int> Numbers(ReadOnlySpan<char> list)
    {
        List<int> numbers = [];
        foreach (Range part in list.Split(','))
        {
            ReadOnlySpan<char> text = list[part].Trim();
            int dash = text.IndexOf('-');
            int first = int.Parse(dash < 0 ? text : text[..dash], CultureInfo.InvariantCulture);
            int last = dash < 0 ? first : int.Parse(text[(dash + 1)..], CultureInfo.InvariantCulture);
            for (int number = first; number <= last; number++)
                numbers.Add(number);
        }
        return numbers;
    }

    /// <summary>The machine's cores, or 0 where the call fails: one record each, of a length that the record's second word tells.</summary>
    static int OnWindows()
    {
        const int processorCore = 0, sizeOffset = 4;
        uint length = 0;
        GetLogicalProcessorInformationEx(processorCore, [], ref length);
        byte[] records = new byte[length];
        if (!GetLogicalProcessorInformationEx(processorCore, records, ref length))
            return 0;
        int cores = 0;
        for (int at = 0; at + sizeOffset < length; at += BitConverter.ToInt32(records, at + sizeOffset))
            cores++;
        return cores;
    }

    [LibraryImport("kernel32.dll", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.System32)]
    [return: MarshalAs(UnmanagedType.Bool)]
    private static partial bool GetLogicalProcessorInformationEx(int relationship, Span<byte> buffer, ref uint length);
}
