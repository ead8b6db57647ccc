namespace Autograd;

/// <summary>How many threads one operation may use.</summary>
/// <remarks>
/// The setting changes speed only: work is cut into pieces whose boundaries do not depend on it, so results are the
/// same bits for every value.
/// </remarks>
public static class Parallelism
{
    /// <summary>
    /// Threads that share one operation, the calling thread included; ≥ 1. The default is the number of processor cores
    /// that this process may use: hardware threads that share a core gain nothing here.
    /// </summary>
    /// <exception cref="ArgumentOutOfRangeException">The value is below 1.</exception>
    public static int Threads
    {
        get => WorkerPool.Threads;
        set
        {
            if (value < 1) throw Throw.NoThreads(value);
            WorkerPool.Threads = value;
        }
    }

    /// <summary>Runs pieces 0 … <paramref name="pieces"/> − 1 of some work, shared by the threads, and returns when all are done; allocates nothing.</summary>
    /// <remarks>
    /// Where pieces begin and end must not depend on the number of threads if the result shall not. Inside a piece, and while another thread's
    /// work is running, all pieces run on the calling thread.
    /// </remarks>
    /// <param name="pieces">The number of pieces; each should take some 10 µs or more.</param>
    /// <param name="work">The work, of which all pieces share one copy.</param>
    public static void Run<TWork>(int pieces, in TWork work) where TWork : struct, IParallelWork => WorkerPool.Run(pieces, work);

    /// <summary>Whether <see cref="Run"/> would stay on the calling thread: one is set, or this is inside of a piece.</summary>
    public static bool IsSerial => WorkerPool.IsSerial;
}

/// <summary>Work in numbered pieces that may run in any order and at the same time.</summary>
public interface IParallelWork
{
    /// <summary>Runs one piece.</summary>
    void Run(int piece);
}
