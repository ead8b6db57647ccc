using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Autograd.Kernels;

/// <summary>Some sequences of a batch, taken through all steps of a layer.</summary>
interface ISequences
{
    void Run(int start, int count);
}

/// <summary>A layer of a recurrent net: where the rows of a sequence lie, and how sequences are shared.</summary>
/// <remarks>
/// A chunk takes some of the sequences through all steps, so threads meet once a pass, or a few times, and not at every step; a sequence's numbers do not depend on the
/// chunk that it is in.
/// </remarks>
readonly unsafe struct RecurrentSteps<T>(int times, int count, int hidden, bool reversed) where T : unmanaged
{
    /// <summary>Sequences below which the matrix is read too often for its use.</summary>
    const int FewestSequences = 8;

    /// <summary>Work below which one thread does all, in floating-point operations.</summary>
    const double ParallelWork = 0.5e6;

    public readonly int Times = times, Count = count, Hidden = hidden;

    /// <summary>The time of step s.</summary>
    public int Time(int step) => reversed ? Times - 1 - step : step;

    /// <summary>The earliest time of some steps.</summary>
    public int Start(int first, int end) => Time(reversed ? end - 1 : first);

    /// <summary>Where a sequence's row begins in [time, n, hidden].</summary>
    public nint Row(int time, int row) => (((nint)time * Count) + row) * Hidden;

    /// <summary>Where the rows before step s begin: in the first ones, or in those of the step before.</summary>
    public T* Before(T* first, T* all, int step, int row) => step == 0 ? first + ((nint)row * Hidden) : all + Row(Time(step - 1), row);

    /// <summary>Shares the sequences of a net whose matrix is [gates·hidden, hidden], for some of its steps.</summary>
    public void Split<TBody>(int gates, int steps, TBody body) where TBody : struct, ISequences
    {
        double work = 2.0 * gates * steps * Count * Hidden * Hidden;
        int chunks = work < ParallelWork ? 1 : Math.Clamp(Count / FewestSequences, 1, Parallelism.Threads);
        Chunk<TBody> chunk = new(body, Count, chunks);
        if (chunks == 1) chunk.Run(0);
        else Parallelism.Run(chunks, chunk);
    }

    readonly struct Chunk<TBody>(TBody body, int rows, int chunks) : IParallelWork where TBody : struct, ISequences
    {
        public void Run(int chunk)
        {
            int start = (int)((long)rows * chunk / chunks);
            body.Run(start, (int)((long)rows * (chunk + 1) / chunks) - start);
        }
    }
}

/// <summary>What the kernels of recurrent layers share.</summary>
static unsafe class RecurrentKernels
{
    /// <summary>dw (+)= Σ dzᵀ·h, [gates·hidden, hidden], for the gradients dz of the gates, [time, n, gates·hidden]: one product for the first step, one for all others.</summary>
    /// <param name="dz">The gradients.</param>
    /// <param name="y">The states at all times, [time, n, hidden] or longer.</param>
    /// <param name="h">The first states, [n, hidden].</param>
    /// <param name="hidden">The size of a state.</param>
    /// <param name="reversed">Whether the last time came first.</param>
    /// <param name="dw">The result.</param>
    /// <param name="fresh">Whether dw is overwritten.</param>
    public static void Weight<T>(ReadOnlySpan<T> dz, ReadOnlySpan<T> y, ReadOnlySpan<T> h, int hidden, bool reversed, Span<T> dw, bool fresh)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        int n = h.Length / hidden, gates = dw.Length / hidden, plane = n * gates, rows = (dz.Length / gates) - n;
        ReadOnlySpan<T> first = reversed ? dz[^plane..] : dz[..plane], others = reversed ? dz[..^plane] : dz[plane..];
        Gemm.Multiply(gates, hidden, n, T.One, first, gates, true, h, hidden, false, fresh ? T.Zero : T.One, dw, hidden);
        if (rows > 0) Gemm.Multiply(gates, hidden, rows, T.One, others, gates, true, reversed ? y[h.Length..] : y, hidden, false, T.One, dw, hidden);
    }

    /// <summary>The dense matrix op(B), [k, n], of the products of all steps; with one sequence it is read as fast where it is.</summary>
    public static PackedFactor<T> Factor<T>(T* b, int k, int n, bool transposed, int sequences, ref Scratch memory) where T : unmanaged, IBinaryFloatingPointIeee754<T> =>
        new(b, k, n, transposed ? k : n, transposed, sequences == 1 ? null : memory.Get<T>(PackedFactor<T>.Size(k, n)));

    /// <summary>A whole vector, or the first elements: a loop that asks each time is a third longer in instructions, and the compiler gives up inlining in it.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<T> Load<T, TWhole>(T* p, nuint lanes) where T : unmanaged where TWhole : struct, IFlag =>
        TWhole.Value ? Vector512.Load(p) : Tail.Load(p, lanes, default);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Store<T, TWhole>(Vector512<T> value, T* p, nuint lanes) where T : unmanaged where TWhole : struct, IFlag
    {
        if (TWhole.Value) value.Store(p);
        else Tail.Store(value, p, lanes);
    }
}
