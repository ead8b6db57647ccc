namespace Autograd.Tests.Support;

/// <summary>Tests that set the number of threads, which is as it was after each of them. They must not run beside others.</summary>
public abstract class ThreadsFixture
{
    int _threads;

    [SetUp]
    public void KeepThreads() => _threads = Parallelism.Threads;

    [TearDown]
    public void RestoreThreads() => Parallelism.Threads = _threads;
}
