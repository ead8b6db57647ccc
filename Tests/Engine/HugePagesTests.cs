using System.Globalization;
using System.Runtime.CompilerServices;

namespace Autograd.Tests.Engine;

public sealed class HugePagesTests
{
    // The kernel marks memory that has been asked for with "hg".
    [Test]
    public unsafe void LargeStorage_IsAskedForOnLargePages([Values(1 << 18, (1 << 20) + 3)] int count)
    {
        if (!Directory.Exists("/sys/kernel/mm/transparent_hugepage")) Assert.Ignore("The kernel has no transparent large pages.");
        Tensor x = Tensor.Zeros([count]);
        ulong address = (ulong)Unsafe.AsPointer(ref Unsafe.AsRef(in x.AsSpan<float>()[0]));
        string? flags = FlagsAt(address);
        if (flags is null) Assert.Ignore("The kernel does not tell the flags of a mapping.");
        Assert.That(flags!.Split(' '), Does.Contain("hg"));
        GC.KeepAlive(x);
    }

    static string? FlagsAt(ulong address)
    {
        bool here = false;
        foreach (string line in File.ReadLines("/proc/self/smaps"))
        {
            string first = line.Split(' ')[0];
            if (here && first == "VmFlags:") return line["VmFlags:".Length..].Trim();
            if (first.EndsWith(':') || first.Split('-') is not [string from, string to]) continue;
            here = ulong.Parse(from, NumberStyles.HexNumber, CultureInfo.InvariantCulture) <= address && address < ulong.Parse(to, NumberStyles.HexNumber, CultureInfo.InvariantCulture);
        }
        return null;
    }
}
