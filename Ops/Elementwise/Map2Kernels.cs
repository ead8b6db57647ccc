using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using Autograd.Kernels;

namespace Autograd;

/// <summary>
/// The loops under elementwise formulas of two broadcast tensors. The axes are joined to runs along which each operand either
/// advances by one or stands still; two operands of one shape are a single run.
/// </summary>
[SkipLocalsInit] // Runs writes what it reads.
static class Map2Kernels
{
    public static void Forward<TOp, E>(TOp op, ReadOnlySpan<E> a, ReadOnlySpan<E> b, Span<E> y, Shape shapeA, Shape shapeB, Shape shape)
        where TOp : struct, IBinaryOp where E : unmanaged
    {
        if (y.IsEmpty) return;
        if (ReferenceEquals(shapeA, shapeB) || shapeA == shapeB)
        {
            Forward(op, a, b, y);
            return;
        }
        Runs runs = new(shapeA, shapeB, shape, stackalloc int[3 * (shape.Rank + 1)], stackalloc int[shape.Rank + 1]);
        ref E pa = ref MemoryMarshal.GetReference(a), pb = ref MemoryMarshal.GetReference(b), py = ref MemoryMarshal.GetReference(y);
        do
        {
            ref E ra = ref Unsafe.Add(ref pa, runs.A), rb = ref Unsafe.Add(ref pb, runs.B), ry = ref Unsafe.Add(ref py, runs.Y);
            if (!runs.MovesA) ForwardRun<TOp, E, No, Yes>(op, ref ra, ref rb, ref ry, runs.Length);
            else if (!runs.MovesB) ForwardRun<TOp, E, Yes, No>(op, ref ra, ref rb, ref ry, runs.Length);
            else ForwardRun<TOp, E, Yes, Yes>(op, ref ra, ref rb, ref ry, runs.Length);
        }
        while (runs.Next());
    }

    public static void Backward<TOp, E>(
        TOp op, bool first, ReadOnlySpan<E> dy, ReadOnlySpan<E> a, ReadOnlySpan<E> b, ReadOnlySpan<E> y, Span<E> dx,
        Shape shapeA, Shape shapeB, Shape shape, bool fresh) where TOp : struct, IBinaryOp where E : unmanaged
    {
        if (dy.IsEmpty) return;
        Streams<E> streams = new(dy, a, b, y, dx);
        Runs runs = ReferenceEquals(shapeA, shapeB)
            ? new(dy.Length)
            : new(shapeA, shapeB, shape, stackalloc int[3 * (shape.Rank + 1)], stackalloc int[shape.Rank + 1]);
        do
        {
            Backward(op, first, streams, runs, fresh);
        }
        while (runs.Next());
    }

    /// <summary>The same for operands of one shape.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Forward<TOp, E>(TOp op, ReadOnlySpan<E> a, ReadOnlySpan<E> b, Span<E> y) where TOp : struct, IBinaryOp where E : unmanaged
    {
        if (y.Length == 1) y[0] = ForwardOne(op, a[0], b[0]);
        else ForwardFlat(op, a, b, y);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    static E ForwardOne<TOp, E>(TOp op, E a, E b) where TOp : struct, IBinaryOp where E : unmanaged =>
        op.F<Lanes<E>>(new(Vector512.CreateScalar(a)), new(Vector512.CreateScalar(b))).Value.ToScalar();

    static unsafe void ForwardFlat<TOp, E>(TOp op, ReadOnlySpan<E> a, ReadOnlySpan<E> b, Span<E> y) where TOp : struct, IBinaryOp where E : unmanaged
    {
        ref E pa = ref MemoryMarshal.GetReference(a), pb = ref MemoryMarshal.GetReference(b), py = ref MemoryMarshal.GetReference(y);
        if (y.Length < 2 * MapKernels.ChunkSize || WorkerPool.IsSerial)
        {
            ForwardRun<TOp, E, Yes, Yes>(op, ref pa, ref pb, ref py, y.Length);
            return;
        }
        fixed (E* fa = a, fb = b, fy = y)
        {
            int chunks = (y.Length + MapKernels.ChunkSize - 1) / MapKernels.ChunkSize;
            WorkerPool.For(chunks, new ForwardChunk<TOp, E>(op, fa, fb, fy, y.Length));
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    static void ForwardRun<TOp, E, MovesA, MovesB>(TOp op, ref E a, ref E b, ref E y, int count)
        where TOp : struct, IBinaryOp where E : unmanaged where MovesA : struct, IFlag where MovesB : struct, IFlag
    {
        nuint width = (nuint)Vector512<E>.Count, i = 0, n = (nuint)count;
        Vector512<E> a0 = MovesA.Value ? default : Vector512.Create(a), b0 = MovesB.Value ? default : Vector512.Create(b);
        for (; i + (2 * width) <= n; i += 2 * width)
        {
            Vector512<E> first = op.F<Lanes<E>>(
                new(MovesA.Value ? Vector512.LoadUnsafe(ref a, i) : a0), new(MovesB.Value ? Vector512.LoadUnsafe(ref b, i) : b0)).Value;
            Vector512<E> second = op.F<Lanes<E>>(
                new(MovesA.Value ? Vector512.LoadUnsafe(ref a, i + width) : a0), new(MovesB.Value ? Vector512.LoadUnsafe(ref b, i + width) : b0)).Value;
            first.StoreUnsafe(ref y, i);
            second.StoreUnsafe(ref y, i + width);
        }
        for (; i + width <= n; i += width)
        {
            op.F<Lanes<E>>(
                new(MovesA.Value ? Vector512.LoadUnsafe(ref a, i) : a0), new(MovesB.Value ? Vector512.LoadUnsafe(ref b, i) : b0)).Value.StoreUnsafe(ref y, i);
        }
        if (i == n) return;
        Part.Store(op.F<Lanes<E>>(new(MovesA.Value ? Part.Load(ref a, i, n) : a0), new(MovesB.Value ? Part.Load(ref b, i, n) : b0)).Value, ref y, i, n);
    }

    /// <summary>The same for operands of one shape.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Backward<TOp, E>(
        TOp op, bool first, ReadOnlySpan<E> dy, ReadOnlySpan<E> a, ReadOnlySpan<E> b, ReadOnlySpan<E> y, Span<E> dx, bool fresh)
        where TOp : struct, IBinaryOp where E : unmanaged
    {
        if (dy.Length > 1) Backward(op, first, new Streams<E>(dy, a, b, y, dx), new Runs(dy.Length), fresh);
        else if (dy.Length == 1) dx[0] = BackwardOne(op, first, MapKernels.One(a), MapKernels.One(b), MapKernels.One(y), dy[0], fresh, dx[0]);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    static E BackwardOne<TOp, E>(TOp op, bool first, E a0, E b0, E y0, E dy, bool fresh, E sum) where TOp : struct, IBinaryOp where E : unmanaged
    {
        Lanes<E> a = new(Vector512.CreateScalar(a0)), b = new(Vector512.CreateScalar(b0)), y = new(Vector512.CreateScalar(y0));
        Lanes<E> d = first ? op.DA(a, b, y) : op.DB(a, b, y);
        Vector512<E> part = Lanes<E>.Chain(Vector512.CreateScalar(dy), d);
        return (fresh ? part : Vector512.CreateScalar(sum) + part).ToScalar();
    }

    static void Backward<TOp, E>(TOp op, bool first, Streams<E> streams, Runs runs, bool fresh) where TOp : struct, IBinaryOp where E : unmanaged
    {
        if (first && fresh) BackwardRun<PartialA<TOp>, E, Yes>(new(op), streams, runs);
        else if (first) BackwardRun<PartialA<TOp>, E, No>(new(op), streams, runs);
        else if (fresh) BackwardRun<PartialB<TOp>, E, Yes>(new(op), streams, runs);
        else BackwardRun<PartialB<TOp>, E, No>(new(op), streams, runs);
    }

    static void BackwardRun<TPartial, E, Fresh>(TPartial d, Streams<E> s, Runs runs)
        where TPartial : struct, IPartial where E : unmanaged where Fresh : struct, IFlag
    {
        ref E dy = ref Unsafe.Add(ref s.DY, runs.Y);
        ref E dx = ref Unsafe.Add(ref s.DX, runs.Y);
        ref E a = ref Unsafe.Add(ref s.A, s.HasA ? runs.A : 0);
        ref E b = ref Unsafe.Add(ref s.B, s.HasB ? runs.B : 0);
        ref E y = ref Unsafe.Add(ref s.Y, s.HasY ? runs.Y : 0);
        Reads reads = (s.HasA ? (runs.MovesA ? Reads.A : Reads.OneA) : 0) | (s.HasB ? (runs.MovesB ? Reads.B : Reads.OneB) : 0) | (s.HasY ? Reads.Y : 0);
        switch (reads)
        {
            case Reads.A: BackwardLoop<TPartial, E, Fresh, Yes, No, No>(d, ref dy, ref a, ref b, ref y, ref dx, runs.Length, default, default); break;
            case Reads.B: BackwardLoop<TPartial, E, Fresh, No, Yes, No>(d, ref dy, ref a, ref b, ref y, ref dx, runs.Length, default, default); break;
            case Reads.A | Reads.B: BackwardLoop<TPartial, E, Fresh, Yes, Yes, No>(d, ref dy, ref a, ref b, ref y, ref dx, runs.Length, default, default); break;
            default: BackwardAny<TPartial, E, Fresh>(d, ref dy, ref a, ref b, ref y, ref dx, runs.Length, reads); break;
        }
    }

    /// <summary>The less frequent sets of streams: what stands still is repeated over the vector.</summary>
    static void BackwardAny<TPartial, E, Fresh>(TPartial d, ref E dy, ref E a, ref E b, ref E y, ref E dx, int count, Reads reads)
        where TPartial : struct, IPartial where E : unmanaged where Fresh : struct, IFlag
    {
        Vector512<E> a0 = (reads & Reads.OneA) != 0 ? Vector512.Create(a) : default, b0 = (reads & Reads.OneB) != 0 ? Vector512.Create(b) : default;
        bool moveA = (reads & Reads.A) != 0, moveB = (reads & Reads.B) != 0, readY = (reads & Reads.Y) != 0;
        if (readY && moveA && moveB) BackwardLoop<TPartial, E, Fresh, Yes, Yes, Yes>(d, ref dy, ref a, ref b, ref y, ref dx, count, a0, b0);
        else if (readY && moveA) BackwardLoop<TPartial, E, Fresh, Yes, No, Yes>(d, ref dy, ref a, ref b, ref y, ref dx, count, a0, b0);
        else if (readY && moveB) BackwardLoop<TPartial, E, Fresh, No, Yes, Yes>(d, ref dy, ref a, ref b, ref y, ref dx, count, a0, b0);
        else if (readY) BackwardLoop<TPartial, E, Fresh, No, No, Yes>(d, ref dy, ref a, ref b, ref y, ref dx, count, a0, b0);
        else if (moveA) BackwardLoop<TPartial, E, Fresh, Yes, No, No>(d, ref dy, ref a, ref b, ref y, ref dx, count, a0, b0);
        else if (moveB) BackwardLoop<TPartial, E, Fresh, No, Yes, No>(d, ref dy, ref a, ref b, ref y, ref dx, count, a0, b0);
        else BackwardLoop<TPartial, E, Fresh, No, No, No>(d, ref dy, ref a, ref b, ref y, ref dx, count, a0, b0);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    static void BackwardLoop<TPartial, E, Fresh, A, B, Y>(
        TPartial d, ref E dy, ref E a, ref E b, ref E y, ref E dx, int count, Vector512<E> a0, Vector512<E> b0)
        where TPartial : struct, IPartial where E : unmanaged
        where Fresh : struct, IFlag where A : struct, IFlag where B : struct, IFlag where Y : struct, IFlag
    {
        nuint width = (nuint)Vector512<E>.Count, i = 0, n = (nuint)count;
        for (; i + (4 * width) <= n; i += 4 * width)
        {
            Step<TPartial, E, Fresh, A, B, Y>(d, ref dy, ref a, ref b, ref y, ref dx, i, a0, b0);
            Step<TPartial, E, Fresh, A, B, Y>(d, ref dy, ref a, ref b, ref y, ref dx, i + width, a0, b0);
            Step<TPartial, E, Fresh, A, B, Y>(d, ref dy, ref a, ref b, ref y, ref dx, i + (2 * width), a0, b0);
            Step<TPartial, E, Fresh, A, B, Y>(d, ref dy, ref a, ref b, ref y, ref dx, i + (3 * width), a0, b0);
        }
        for (; i + width <= n; i += width) Step<TPartial, E, Fresh, A, B, Y>(d, ref dy, ref a, ref b, ref y, ref dx, i, a0, b0);
        if (i < n) BackwardTail<TPartial, E, Fresh, A, B, Y>(d, ref dy, ref a, ref b, ref y, ref dx, i, n, a0, b0);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static void Step<TPartial, E, Fresh, A, B, Y>(
        TPartial d, ref E dy, ref E a, ref E b, ref E y, ref E dx, nuint i, Vector512<E> a0, Vector512<E> b0)
        where TPartial : struct, IPartial where E : unmanaged
        where Fresh : struct, IFlag where A : struct, IFlag where B : struct, IFlag where Y : struct, IFlag
    {
        Lanes<E> va = A.Value ? new(Vector512.LoadUnsafe(ref a, i)) : new(a0), vb = B.Value ? new(Vector512.LoadUnsafe(ref b, i)) : new(b0);
        Lanes<E> vy = Y.Value ? new(Vector512.LoadUnsafe(ref y, i)) : default;
        Vector512<E> part = Lanes<E>.Chain(Vector512.LoadUnsafe(ref dy, i), d.Of(va, vb, vy));
        (Fresh.Value ? part : Vector512.LoadUnsafe(ref dx, i) + part).StoreUnsafe(ref dx, i);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    static void BackwardTail<TPartial, E, Fresh, A, B, Y>(
        TPartial d, ref E dy, ref E a, ref E b, ref E y, ref E dx, nuint i, nuint n, Vector512<E> a0, Vector512<E> b0)
        where TPartial : struct, IPartial where E : unmanaged
        where Fresh : struct, IFlag where A : struct, IFlag where B : struct, IFlag where Y : struct, IFlag
    {
        Lanes<E> va = new(A.Value ? Part.Load(ref a, i, n) : a0), vb = new(B.Value ? Part.Load(ref b, i, n) : b0);
        Lanes<E> vy = Y.Value ? new(Part.Load(ref y, i, n)) : default;
        Vector512<E> part = Lanes<E>.Chain(Part.Load(ref dy, i, n), d.Of(va, vb, vy));
        Part.Store(Fresh.Value ? part : Part.Load(ref dx, i, n) + part, ref dx, i, n);
    }

    [Flags]
    enum Reads
    {
        A = 1,
        B = 2,
        Y = 4,
        OneA = 8,
        OneB = 16,
    }

    readonly ref struct Streams<E>(ReadOnlySpan<E> dy, ReadOnlySpan<E> a, ReadOnlySpan<E> b, ReadOnlySpan<E> y, Span<E> dx) where E : unmanaged
    {
        public readonly ref E DY = ref MemoryMarshal.GetReference(dy);
        public readonly ref E A = ref MemoryMarshal.GetReference(a);
        public readonly ref E B = ref MemoryMarshal.GetReference(b);
        public readonly ref E Y = ref MemoryMarshal.GetReference(y);
        public readonly ref E DX = ref MemoryMarshal.GetReference(dx);
        public readonly bool HasA = !a.IsEmpty, HasB = !b.IsEmpty, HasY = !y.IsEmpty;
    }

    readonly unsafe struct ForwardChunk<TOp, E>(TOp op, E* a, E* b, E* y, int count) : IChunk where TOp : struct, IBinaryOp where E : unmanaged
    {
        public void Run(int chunk)
        {
            int start = chunk * MapKernels.ChunkSize;
            ForwardRun<TOp, E, Yes, Yes>(op, ref a[start], ref b[start], ref y[start], Math.Min(MapKernels.ChunkSize, count - start));
        }
    }
}

/// <summary>One of the two local derivatives of a formula.</summary>
interface IPartial
{
    T Of<T>(T a, T b, T y) where T : struct, IReal<T>;
}

readonly struct PartialA<TOp>(TOp op) : IPartial where TOp : struct, IBinaryOp
{
    public T Of<T>(T a, T b, T y) where T : struct, IReal<T> => op.DA(a, b, y);
}

readonly struct PartialB<TOp>(TOp op) : IPartial where TOp : struct, IBinaryOp
{
    public T Of<T>(T a, T b, T y) where T : struct, IReal<T> => op.DB(a, b, y);
}
