using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics.X86;

namespace Autograd.Kernels;

/// <summary>Rows of memory that will be read or written soon.</summary>
/// <param name="first">Where the first begins.</param>
/// <param name="step">Bytes from row to row.</param>
/// <param name="length">Bytes of a row.</param>
/// <param name="count">Rows; with none, nothing is asked for.</param>
readonly unsafe struct RowsAhead(void* first, nint step, int length, int count)
{
    const int Line = 64;

    /// <summary>Asks for a row, if there is one of this number.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Ask(int row)
    {
        if (row >= count) return;
        byte* p = (byte*)first + (row * step), end = p + length;
        for (; p < end; p += Line) Sse.Prefetch1(p);
    }
}

/// <summary>What the next head of <see cref="AttentionKernels"/> reads and writes, asked for while one is computed.</summary>
/// <remarks>
/// A head's matrices are rows of a few cache lines, far apart, and too few for the hardware to foresee. So with each row of one head's scores the same row of
/// all matrices of the next is asked for: few lines at a time, for many would hold up what is computed.
/// </remarks>
readonly unsafe struct HeadsAhead<T> where T : unmanaged
{
    /// <summary>Bytes of a head's matrices, five of them as long as the sequence, that find room in the second-level cache beside those in use.</summary>
    const int MostBytes = 1 << 18;

    readonly bool _asks;
    readonly RowsAhead _q, _k, _v, _y, _weights, _dy, _dq, _dk, _dv;

    /// <summary>Head number <paramref name="head"/>, if there is one and it is small enough: in large ones arithmetic hides the memory.</summary>
    public HeadsAhead(in AttentionProblem<T> g, int head, nint lead)
    {
        _asks = Sse.IsSupported && head < g.Count && 5L * Math.Max(g.Queries, g.Keys) * Math.Max(g.Width, g.ValueWidth) * sizeof(T) <= MostBytes;
        if (!_asks) return;
        _q = Rows(g, g.Q, head, g.Width, g.Queries);
        _k = Rows(g, g.K, head, g.Width, g.Keys);
        _v = Rows(g, g.V, head, g.ValueWidth, g.Keys);
        _y = Rows(g, g.Y, head, g.ValueWidth, g.Queries);
        if (g.Weights is not null) _weights = new(g.Weights + ((nint)head * g.Queries * lead), lead * sizeof(T), g.Keys * sizeof(T), g.Queries);
        _dy = Rows(g, g.DY, head, g.ValueWidth, g.Queries);
        _dq = Rows(g, g.DQ, head, g.Width, g.Queries);
        _dk = Rows(g, g.DK, head, g.Width, g.Keys);
        _dv = Rows(g, g.DV, head, g.ValueWidth, g.Keys);
    }

    static RowsAhead Rows(in AttentionProblem<T> g, in HeadMatrices<T> matrices, int head, int width, int count) =>
        matrices.IsGiven ? new(matrices.At(head, g.Inner), matrices.Lead * sizeof(T), width * sizeof(T), count) : default;

    /// <summary>Asks for a row of every matrix.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Ask(int row)
    {
        if (!_asks) return;
        _q.Ask(row);
        _k.Ask(row);
        _v.Ask(row);
        _y.Ask(row);
        _weights.Ask(row);
        _dy.Ask(row);
        _dq.Ask(row);
        _dk.Ask(row);
        _dv.Ask(row);
    }
}
