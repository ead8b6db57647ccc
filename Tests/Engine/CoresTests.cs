using System.Globalization;
using Autograd.Tests.Nn.Data;

namespace Autograd.Tests;

public class CoresTests
{
    [TestCase("0-7", "0,4 1,5 2,6 3,7", 4, TestName = "Two_threads_a_core")]
    [TestCase("0-3", "0 1 2 3", 4, TestName = "One_thread_a_core")]
    [TestCase("0-1,4-5", "0,4 1,5 2,6 3,7", 2, TestName = "Half_the_cores_allowed")]
    [TestCase("0-3", "0,4 1,5 2,6 3,7", 4, TestName = "One_thread_of_each_core_allowed")]
    [TestCase("6", "0,4 1,5 2,6 3,7", 1, TestName = "One_thread_allowed")]
    public void Cores_are_counted_by_the_kernels_files(string allowed, string siblings, int cores)
    {
        using TempFolder root = new();
        Write(root, "proc/self/status", $"Name:\tdotnet\nCpus_allowed:\tff\nCpus_allowed_list:\t{allowed}\nMems_allowed:\t1\n");
        foreach (string core in siblings.Split(' '))
            foreach (string thread in core.Split(','))
                Write(root, string.Create(CultureInfo.InvariantCulture, $"sys/devices/system/cpu/cpu{thread}/topology/thread_siblings_list"), core + "\n");
        Assert.That(Cores.OnLinux(root.Root), Is.EqualTo(cores));
    }

    [TestCase(null, TestName = "No_status")]
    [TestCase("Name:\tdotnet\n", TestName = "No_list")]
    [TestCase("Cpus_allowed_list:\t0-x\n", TestName = "No_number")]
    [TestCase("Cpus_allowed_list:\t0\n", TestName = "No_topology")]
    public void Missing_files_are_no_cores(string? status)
    {
        using TempFolder root = new();
        if (status is not null) Write(root, "proc/self/status", status);
        Assert.That(Cores.OnLinux(root.Root), Is.Zero);
    }

    [Test]
    public void Cores_of_this_machine_are_no_more_than_its_threads() => Assert.That(Cores.Count(), Is.InRange(1, Environment.ProcessorCount));

    static void Write(TempFolder root, string path, string text)
    {
        string file = Path.Combine(root.Root, path);
        Directory.CreateDirectory(Path.GetDirectoryName(file)!);
        File.WriteAllText(file, text);
    }
}
