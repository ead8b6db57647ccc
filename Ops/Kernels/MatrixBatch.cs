namespace Autograd.Kernels;

/// <summary>Work on each of many matrices, shared by the threads.</summary>
static class MatrixBatch
{
    /// <summary>Work of a piece that makes its claim cheap by comparison, in multiply-adds.</summary>
    const double PieceWork = 0.1e6;

    /// <summary>What every matrix costs beside its multiply-adds.</summary>
    const double LeastWork = 500;

    /// <summary>Runs the work for all matrices, each of which takes so many multiply-adds. A matrix alone may share its own products.</summary>
    public static void Run<TWork>(int matrices, double work, TWork body) where TWork : struct, IParallelWork
    {
        int each = (int)Math.Clamp(PieceWork / Math.Max(work, LeastWork), 1, Math.Max(matrices, 1)), pieces = (matrices + each - 1) / each;
        Group<TWork> all = new(matrices, each, body);
        if (matrices > 1) Parallelism.Run(pieces, all);
        else if (matrices == 1) all.Run(0);
    }

    readonly struct Group<TWork>(int matrices, int each, TWork body) : IParallelWork where TWork : struct, IParallelWork
    {
        public void Run(int piece)
        {
            for (int i = piece * each; i < Math.Min((piece + 1) * each, matrices); i++) body.Run(i);
        }
    }
}
