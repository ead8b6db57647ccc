using System.Runtime.InteropServices;

namespace Autograd;

/// <summary>Asks Linux to put large storages on large pages, as it does only for who asks; elsewhere nothing happens.</summary>
/// <remarks>
/// A pass over megabytes walks through hundreds of pages of 4 KiB, each of which is looked up, and faulted in when it is new. Pages of 2 MiB spare most
/// of that: <c>Bench -- steps --case elementwise_relu_1M</c>, with the kernel's transparent_hugepage at madvise and at never. It is advice: nothing else depends on it, and the pages' neighbours, which share the last of them, may have it too.
/// The page on which a storage begins was often the last of its neighbour, and filled with small ones when the array had not grown over the whole of it: those are joined to a
/// large one (Linux 6.1 or later), without which half of an array of 4 MiB would stay on small pages.
/// </remarks>
static partial class HugePages
{
    const int Advice = 14, Collapse = 25, PageBytes = 1 << 21;

    /// <summary>The fewest bytes that are worth a call.</summary>
    public const int WorthFrom = 1 << 20;

    static bool _canAsk = OperatingSystem.IsLinux();

    /// <summary>Asks for the pages that a pinned range lies on.</summary>
    public static void Advise(nint start, nint length)
    {
        if (!_canAsk) return;
        nint first = start & -PageBytes, end = (start + length + PageBytes - 1) & -PageBytes;
        try
        {
            _ = Advise(first, end - first, Advice);
            if (first != start) _ = Advise(first, PageBytes, Collapse);
        }
        catch (Exception e) when (e is DllNotFoundException or EntryPointNotFoundException)
        {
            _canAsk = false;
        }
    }

    [LibraryImport("libc", EntryPoint = "madvise")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int Advise(nint start, nint length, int advice);
}
