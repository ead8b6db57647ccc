using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics.X86;

namespace Autograd.Kernels;

/// <summary>Asks for the memory of the next head of <see cref="AttentionKernels"/> while one is computed.</summary>
/// <remarks>
/// A head's matrices are rows of a few cache lines, far apart, and too few for the hardware to foresee. So with each row of one head's scores the same row of
/// all that the next head reads and writes is asked for: few lines at a time, for many would hold up what is computed.
/// </remarks>
static unsafe class HeadsAhead
{
    const int Line = 64;

    /// <summary>Bytes of a head's matrices, five of them as long as the sequence, that find room in the second-level cache beside those in use.</summary>
    const int MostBytes = 1 << 18;

    /// <summary>Whether there is such a head, and it is small enough; in large ones arithmetic hides the memory.</summary>
    public static bool Pays<T>(in AttentionProblem<T> g, int head) where T : unmanaged =>
        Sse.IsSupported && head < g.Count && 5L * Math.Max(g.Queries, g.Keys) * Math.Max(g.Width, g.ValueWidth) * sizeof(T) <= MostBytes;

    /// <summary>Asks for a row of what forward reads and writes; a row of weights is <paramref name="lead"/> long.</summary>
    public static void AskForward<T>(in AttentionProblem<T> g, int head, int row, nint lead) where T : unmanaged
    {
        AskInputs(g, head, row);
        Ask(g.Y, g, head, row, g.ValueWidth);
        AskWeights(g, head, row, lead);
    }

    /// <summary>Asks for a row of what backward reads and writes.</summary>
    public static void AskBackward<T>(in AttentionProblem<T> g, int head, int row, nint lead) where T : unmanaged
    {
        Ask(g.DY, g, head, row, g.ValueWidth);
        Ask(g.Y, g, head, row, g.ValueWidth);
        AskWeights(g, head, row, lead);
        AskInputs(g, head, row);
        Ask(g.DQ, g, head, row, g.Width);
        if (row >= g.Keys) return;
        Ask(g.DK, g, head, row, g.Width);
        Ask(g.DV, g, head, row, g.ValueWidth);
    }

    static void AskInputs<T>(in AttentionProblem<T> g, int head, int row) where T : unmanaged
    {
        Ask(g.Q, g, head, row, g.Width);
        if (row >= g.Keys) return;
        Ask(g.K, g, head, row, g.Width);
        Ask(g.V, g, head, row, g.ValueWidth);
    }

    static void AskWeights<T>(in AttentionProblem<T> g, int head, int row, nint lead) where T : unmanaged
    {
        if (g.Weights is not null) Ask(g.Weights + ((((nint)head * g.Queries) + row) * lead), g.Keys);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static void Ask<T>(in HeadMatrices<T> matrices, in AttentionProblem<T> g, int head, int row, int width) where T : unmanaged
    {
        if (matrices.IsGiven) Ask(matrices.At(head, g.Inner) + (row * matrices.Lead), width);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static void Ask<T>(T* row, int width) where T : unmanaged
    {
        for (int i = 0; i < width; i += Line / sizeof(T)) Sse.Prefetch1(row + i);
    }
}
