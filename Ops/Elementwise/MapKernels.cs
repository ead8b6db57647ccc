using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using Autograd.Kernels;

namespace Autograd;

/// <summary>
/// The loops under elementwise formulas of one tensor. The tail runs through the same vector code on a partly filled vector, so a value never
/// depends on its position.
/// </summary>
/// <remarks>
/// Note [One copy of a formula]. The processor overlaps the turns of a loop by itself; what a turn must not do is load a dozen constants of the formula
/// and convert its attributes again. The compiler moves those out of a loop that it knows to run, one with its test at the end, and it does not move the
/// test of a long loop there itself: hence <c>do</c>, not <c>for</c>. Further copies of the formula would give nothing, and a long formula with several
/// copies in one method has more variables than the compiler tracks: it leaves them in memory or stops inlining, at three to ten times the time. So what
/// is left after the last whole vector is a method of its own, and functions of a hundred operations
/// (<see cref="VectorMath512.Pow(Vector512{float}, Vector512{float})"/>) are called.
/// </remarks>
static class MapKernels
{
    /// <summary>Elements that one chunk of parallel work covers; smaller arrays stay on the caller's thread.</summary>
    public const int ChunkSize = 1 << 15;

    public static void Forward<TOp, E>(TOp op, ReadOnlySpan<E> x, Span<E> y) where TOp : struct, IUnaryOp where E : unmanaged
    {
        if (y.Length <= Vector512<E>.Count) ForwardRest(op, ref First(x), ref First<E>(y), 0, (nuint)y.Length);
        else if (Streaming.Suits<E>(y)) ForwardChunks<TOp, E, Streaming>(op, x, y);
        else if (y.Length < 2 * ChunkSize || Parallelism.IsSerial) ForwardRange<TOp, E, Assigning>(op, ref First(x), ref First<E>(y), y.Length);
        else ForwardChunks<TOp, E, Assigning>(op, x, y);
    }

    public static void Backward<TOp, E>(
        TOp op, ReadOnlySpan<E> dy, ReadOnlySpan<E> x, ReadOnlySpan<E> y, Span<E> dx, bool fresh) where TOp : struct, IUnaryOp where E : unmanaged
    {
        if (dx.Length <= Vector512<E>.Count) BackwardFew(op, ref First(dy), ref First(x), ref First(y), ref First<E>(dx), (nuint)dx.Length, fresh);
        else if (dx.Length < 2 * ChunkSize || (Parallelism.IsSerial && !Streaming.Suits<E>(dx)))
        {
            BackwardRange(op, ref First(dy), ref First(x), ref First(y), ref First<E>(dx), dx.Length, Mode(x, y, fresh, streams: false));
        }
        else BackwardChunks(op, dy, x, y, dx, Mode(x, y, fresh, Streaming.Suits<E>(dx)));
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static E ForwardOne<TOp, E>(TOp op, E x) where TOp : struct, IUnaryOp where E : unmanaged =>
        op.F(new Lanes<E>(Vector512.CreateScalar(x))).Value.ToScalar();

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static E BackwardOne<TOp, E>(TOp op, E dy, E x, E y) where TOp : struct, IUnaryOp where E : unmanaged =>
        Lanes<E>.Chain(Vector512.CreateScalar(dy), op.D(new Lanes<E>(Vector512.CreateScalar(x)), new Lanes<E>(Vector512.CreateScalar(y)))).ToScalar();

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    static void BackwardFew<TOp, E>(TOp op, ref E dy, ref E x, ref E y, ref E dx, nuint n, bool fresh) where TOp : struct, IUnaryOp where E : unmanaged
    {
        Lanes<E> a = Unsafe.IsNullRef(ref x) ? default : new(Part.Load(ref x, 0, n)), b = Unsafe.IsNullRef(ref y) ? default : new(Part.Load(ref y, 0, n));
        Vector512<E> part = Lanes<E>.Chain(Part.Load(ref dy, 0, n), op.D(a, b));
        Part.Store(fresh ? part : Part.Load(ref dx, 0, n) + part, ref dx, 0, n);
    }

    static unsafe void ForwardChunks<TOp, E, TPut>(TOp op, ReadOnlySpan<E> x, Span<E> y) where TOp : struct, IUnaryOp where E : unmanaged where TPut : struct, IPut
    {
        fixed (E* px = x, py = y)
        {
            Parallelism.Run(Chunks(y.Length), new ForwardChunk<TOp, E, TPut>(op, px, py, y.Length));
        }
    }

    static unsafe void BackwardChunks<TOp, E>(
        TOp op, ReadOnlySpan<E> dy, ReadOnlySpan<E> x, ReadOnlySpan<E> y, Span<E> dx, Reads mode) where TOp : struct, IUnaryOp where E : unmanaged
    {
        fixed (E* pdy = dy, px = x, py = y, pdx = dx)
        {
            Parallelism.Run(Chunks(dx.Length), new BackwardChunk<TOp, E>(op, pdy, px, py, pdx, dx.Length, mode));
        }
    }

    [MethodImpl(Jit.Loop)]
    static void ForwardRange<TOp, E, TPut>(TOp op, ref E x, ref E y, int count) where TOp : struct, IUnaryOp where E : unmanaged where TPut : struct, IPut
    {
        nuint width = (nuint)Vector512<E>.Count, i = 0, n = (nuint)count;
        if (width <= n)
        {
            do
            {
                TPut.Put(op.F(new Lanes<E>(Vector512.LoadUnsafe(ref x, i))).Value, ref y, i);
                i += width;
            }
            while (i + width <= n);
        }
        ForwardRest(op, ref x, ref y, i, n);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    static void ForwardRest<TOp, E>(TOp op, ref E x, ref E y, nuint i, nuint n) where TOp : struct, IUnaryOp where E : unmanaged
    {
        if (i < n) Part.Store(op.F(new Lanes<E>(Part.Load(ref x, i, n))).Value, ref y, i, n);
    }

    static void BackwardRange<TOp, E>(TOp op, ref E dy, ref E x, ref E y, ref E dx, int count, Reads mode) where TOp : struct, IUnaryOp where E : unmanaged
    {
        if ((mode & Reads.Sum) != 0) BackwardRange<TOp, E, Summing>(op, ref dy, ref x, ref y, ref dx, count, mode);
        else if ((mode & Reads.Streams) != 0) BackwardRange<TOp, E, Streaming>(op, ref dy, ref x, ref y, ref dx, count, mode);
        else BackwardRange<TOp, E, Assigning>(op, ref dy, ref x, ref y, ref dx, count, mode);
    }

    static void BackwardRange<TOp, E, TPut>(TOp op, ref E dy, ref E x, ref E y, ref E dx, int count, Reads mode)
        where TOp : struct, IUnaryOp where E : unmanaged where TPut : struct, IPut
    {
        // One loop for each set of streams: a load that the formula does not need costs as much as one that it does.
        switch (mode & (Reads.X | Reads.Y))
        {
            case Reads.None: BackwardRange<TOp, E, No, No, TPut>(op, ref dy, ref x, ref y, ref dx, count); break;
            case Reads.X: BackwardRange<TOp, E, Yes, No, TPut>(op, ref dy, ref x, ref y, ref dx, count); break;
            case Reads.Y: BackwardRange<TOp, E, No, Yes, TPut>(op, ref dy, ref x, ref y, ref dx, count); break;
            default: BackwardRange<TOp, E, Yes, Yes, TPut>(op, ref dy, ref x, ref y, ref dx, count); break;
        }
    }

    [MethodImpl(Jit.Loop)]
    static void BackwardRange<TOp, E, X, Y, TPut>(TOp op, ref E dy, ref E x, ref E y, ref E dx, int count)
        where TOp : struct, IUnaryOp where E : unmanaged where X : struct, IFlag where Y : struct, IFlag where TPut : struct, IPut
    {
        nuint width = (nuint)Vector512<E>.Count, i = 0, n = (nuint)count;
        if (width <= n)
        {
            do
            {
                Lanes<E> a = X.Value ? new(Vector512.LoadUnsafe(ref x, i)) : default, b = Y.Value ? new(Vector512.LoadUnsafe(ref y, i)) : default;
                Lanes<E> d = op.D(a, b); // Before dy is loaded: a value that waits is kept in memory across a call.
                TPut.Put(Lanes<E>.Chain(Vector512.LoadUnsafe(ref dy, i), d), ref dx, i);
                i += width;
            }
            while (i + width <= n);
        }
        if (i < n) BackwardRest<TOp, E, X, Y, TPut>(op, ref dy, ref x, ref y, ref dx, i, n);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    static void BackwardRest<TOp, E, X, Y, TPut>(TOp op, ref E dy, ref E x, ref E y, ref E dx, nuint i, nuint n)
        where TOp : struct, IUnaryOp where E : unmanaged where X : struct, IFlag where Y : struct, IFlag where TPut : struct, IPut
    {
        Lanes<E> a = X.Value ? new(Part.Load(ref x, i, n)) : default, b = Y.Value ? new(Part.Load(ref y, i, n)) : default;
        Vector512<E> part = Lanes<E>.Chain(Part.Load(ref dy, i, n), op.D(a, b));
        Part.Store(TPut.Adds ? Part.Load(ref dx, i, n) + part : part, ref dx, i, n);
    }

    static ref E First<E>(ReadOnlySpan<E> span) => ref MemoryMarshal.GetReference(span);

    static int Chunks(int count) => (count + ChunkSize - 1) / ChunkSize;

    static Reads Mode<E>(ReadOnlySpan<E> x, ReadOnlySpan<E> y, bool fresh, bool streams) =>
        (x.IsEmpty ? Reads.None : Reads.X) | (y.IsEmpty ? Reads.None : Reads.Y) | (!fresh ? Reads.Sum : streams ? Reads.Streams : Reads.None);

    [Flags]
    enum Reads
    {
        None = 0,
        X = 1,
        Y = 2,
        Sum = 4,
        Streams = 8,
    }

    readonly unsafe struct ForwardChunk<TOp, E, TPut>(TOp op, E* x, E* y, int count) : IParallelWork where TOp : struct, IUnaryOp where E : unmanaged where TPut : struct, IPut
    {
        public void Run(int chunk)
        {
            int start = chunk * ChunkSize;
            ForwardRange<TOp, E, TPut>(op, ref x[start], ref y[start], Math.Min(ChunkSize, count - start));
            TPut.Finish();
        }
    }

    readonly unsafe struct BackwardChunk<TOp, E>(TOp op, E* dy, E* x, E* y, E* dx, int count, Reads mode) : IParallelWork where TOp : struct, IUnaryOp where E : unmanaged
    {
        public void Run(int chunk)
        {
            int start = chunk * ChunkSize;
            BackwardRange(op, ref dy[start], ref At(x, start), ref At(y, start), ref dx[start], Math.Min(ChunkSize, count - start), mode);
            if ((mode & Reads.Streams) != 0) Streaming.Finish();
        }

        static ref E At(E* p, int start) => ref p is null ? ref Unsafe.NullRef<E>() : ref p[start];
    }
}

/// <summary>A condition that the compiler knows.</summary>
interface IFlag
{
    static abstract bool Value { get; }
}

readonly struct Yes : IFlag
{
    public static bool Value => true;
}

readonly struct No : IFlag
{
    public static bool Value => false;
}
