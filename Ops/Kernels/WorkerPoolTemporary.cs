namespace Autograd.Kernels;

/// <summary>Work that is cut into independent chunks.</summary>
interface IChunk
{
    /// <summary>Does chunk number <paramref name="chunk"/>.</summary>
    void Run(int chunk);
}

/// <summary>Runs the chunks of a body in order, on the calling thread.</summary>
static class WorkerPool
{
    /// <summary>Runs chunks 0 … <paramref name="chunks"/> − 1.</summary>
    public static void For<TBody>(int chunks, in TBody body) where TBody : struct, IChunk
    {
        TBody copy = body;
        for (int i = 0; i < chunks; i++)
            copy.Run(i);
    }
}
