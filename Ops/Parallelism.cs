using Autograd.Kernels;

namespace Autograd;

/// <summary>How many threads one operation may use.</summary>
/// <remarks>
/// The setting changes speed only: work is cut into pieces whose boundaries do not depend on it, so results are the
/// same bits for every value.
/// </remarks>
public static class Parallelism
{
    /// <summary>
    /// Threads that share one operation, the calling thread included; ≥ 1. The default is the number of processors
    /// that this process may use.
    /// </summary>
    /// <exception cref="ArgumentOutOfRangeException">The value is below 1.</exception>
    public static int Threads
    {
        get => WorkerPool.Threads;
        set
        {
            ArgumentOutOfRangeException.ThrowIfLessThan(value, 1);
            WorkerPool.Threads = value;
        }
    }
}
