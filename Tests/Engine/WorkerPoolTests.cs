using Autograd.Tests.Support;


namespace Autograd.Tests;

[NonParallelizable]
public class WorkerPoolTests : ThreadsFixture
{
    [Test]
    public void Run_runs_each_chunk_once([Values(1, 2, 4, 9)] int threads, [Values(0, 1, 2, 3, 64, 1000)] int chunks)
    {
        Parallelism.Threads = threads;
        for (int round = 0; round < 200; round++)
        {
            int[] runs = new int[chunks];
            Parallelism.Run(chunks, new Count(runs));
            Assert.That(runs, Is.All.EqualTo(1));
        }
    }

    [Test]
    public void Run_runs_more_chunks_than_a_share_can_count([Values(2, 3)] int threads, [Values(65_535, 65_536, 200_001)] int chunks)
    {
        Parallelism.Threads = threads;
        int[] runs = new int[chunks];
        for (int round = 0; round < 5; round++)
            Parallelism.Run(chunks, new Count(runs));
        Assert.That(runs.All(r => r == 5));
    }

    [Test]
    public void Run_lets_others_take_from_the_share_of_a_thread_that_is_held_up()
    {
        Parallelism.Threads = 2;
        for (int held = 0; held < 16; held++)
        {
            int[] done = new int[1];
            Parallelism.Run(16, new HeldUp(held, done));
            Assert.That(done[0], Is.EqualTo(16), $"chunk {held} waited for the others");
        }
    }

    [Test]
    public void Run_uses_other_threads()
    {
        Parallelism.Threads = 3;
        var seen = new HashSet<int>();
        for (int round = 0; round < 200 && seen.Count < 2; round++)
            Parallelism.Run(8, new NoteThread(seen));
        Assert.That(seen, Has.Count.GreaterThan(1));
    }

    [Test]
    public void Run_throws_the_exception_of_a_chunk([Values(1, 2, 4)] int threads)
    {
        Parallelism.Threads = threads;
        for (int failing = 0; failing < 16; failing++)
        {
            int chunk = failing;
            Assert.That(() => Parallelism.Run(16, new Fail(chunk)), Throws.InvalidOperationException.With.Message.EqualTo($"chunk {chunk}"));
            int[] runs = new int[16];
            Parallelism.Run(16, new Count(runs));
            Assert.That(runs, Is.All.EqualTo(1));
        }
    }

    [Test]
    public void Run_inside_a_chunk_runs_on_its_thread()
    {
        Parallelism.Threads = 4;
        int[] strangers = new int[1];
        for (int round = 0; round < 100; round++)
            Parallelism.Run(8, new Nested(strangers));
        Assert.That(strangers[0], Is.Zero);
    }

    [Test]
    public void Run_may_be_called_by_many_threads_at_once()
    {
        Parallelism.Threads = 3;
        var callers = Enumerable.Range(0, 6).Select(_ => Task.Factory.StartNew(() =>
        {
            for (int round = 0; round < 2000; round++)
            {
                int[] runs = new int[17];
                Parallelism.Run(17, new Count(runs));
                if (runs.Any(r => r != 1))
                    return false;
            }
            return true;
        }, TaskCreationOptions.LongRunning)).ToArray();
        Assert.That(Task.WhenAll(callers).Result, Is.All.True);
    }

    [Test]
    public void Run_wakes_sleeping_workers_and_survives_changes_of_the_setting()
    {
        for (int round = 0; round < 60; round++)
        {
            Parallelism.Threads = 1 + round * 7 % 5;
            if (round % 4 == 0)
                Thread.Sleep(2);
            int[] runs = new int[50];
            Parallelism.Run(50, new Count(runs));
            Assert.That(runs, Is.All.EqualTo(1));
        }
    }

    [Test]
    public void Run_allocates_nothing()
    {
        Parallelism.Threads = 2;
        int[] runs = new int[8];
        for (int i = 0; i < 100; i++)
            Parallelism.Run(8, new Count(runs));
        long before = GC.GetAllocatedBytesForCurrentThread();
        for (int i = 0; i < 1000; i++)
            Parallelism.Run(8, new Count(runs));
        Assert.That(GC.GetAllocatedBytesForCurrentThread() - before, Is.Zero);
    }

    [Test]
    public void Threads_below_one_is_refused() =>
        Assert.That(() => Parallelism.Threads = 0, Throws.InstanceOf<ArgumentOutOfRangeException>());

    readonly struct Count(int[] runs) : IParallelWork
    {
        public void Run(int chunk) => Interlocked.Increment(ref runs[chunk]);
    }

    readonly struct NoteThread(HashSet<int> seen) : IParallelWork
    {
        public void Run(int chunk)
        {
            lock (seen)
                seen.Add(Environment.CurrentManagedThreadId);
            Thread.Sleep(1);
        }
    }

    /// <summary>One chunk waits until the fifteen others are done, which another thread must do.</summary>
    readonly struct HeldUp(int held, int[] done) : IParallelWork
    {
        public void Run(int chunk)
        {
            int[] counted = done;
            if (chunk != held || SpinWait.SpinUntil(() => Volatile.Read(ref counted[0]) == 15, TimeSpan.FromSeconds(20)))
                Interlocked.Increment(ref counted[0]);
        }
    }

    readonly struct Fail(int failing) : IParallelWork
    {
        public void Run(int chunk)
        {
            if (chunk == failing)
                throw new InvalidOperationException($"chunk {chunk}");
        }
    }

    readonly struct Nested(int[] strangers) : IParallelWork
    {
        public void Run(int chunk) => Parallelism.Run(4, new Inner(Environment.CurrentManagedThreadId, strangers));
    }

    readonly struct Inner(int thread, int[] strangers) : IParallelWork
    {
        public void Run(int chunk)
        {
            if (Environment.CurrentManagedThreadId != thread)
                Interlocked.Increment(ref strangers[0]);
        }
    }
}
