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
static unsafe partial class Map2Kernels
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
        if (y.Length < 2 * MapKernels.ChunkSize || Parallelism.IsSerial)
        {
            ref E first = ref MemoryMarshal.GetReference(y);
            ForwardRuns(op, ref MemoryMarshal.GetReference(a), ref MemoryMarshal.GetReference(b), ref first, new(shapeA, shapeB, shape), 0, y.Length);
            return;
        }
        fixed (E* fa = a, fb = b, fy = y)
        {
            Parallelism.Run(Chunks(y.Length), new ForwardRunsChunk<TOp, E>(op, fa, fb, fy, y.Length, new(shapeA, shapeB, shape)));
        }
    }

    /// <summary>The same for operands of which one at least is a view, given from its first element on.</summary>
    public static void Forward<TOp, E>(
        TOp op, ReadOnlySpan<E> a, ReadOnlySpan<int> stridesA, ReadOnlySpan<E> b, ReadOnlySpan<int> stridesB, Span<E> y, Shape shapeA, Shape shapeB, Shape shape)
        where TOp : struct, IBinaryOp where E : unmanaged
    {
        if (y.IsEmpty) return;
        fixed (int* sa = stridesA, sb = stridesB)
        fixed (E* fa = a, fb = b, fy = y)
        {
            Shapes shapes = new(shapeA, shapeB, shape, sa, sb);
            if (y.Length < 2 * MapKernels.ChunkSize || Parallelism.IsSerial) ForwardRuns(op, ref *fa, ref *fb, ref *fy, shapes, 0, y.Length);
            else Parallelism.Run(Chunks(y.Length), new ForwardRunsChunk<TOp, E>(op, fa, fb, fy, y.Length, shapes));
        }
    }

    static void ForwardRuns<TOp, E>(TOp op, ref E a, ref E b, ref E y, Shapes shapes, int start, int count) where TOp : struct, IBinaryOp where E : unmanaged
    {
        int rank = shapes.All.Rank;
        Runs runs = new(shapes, stackalloc int[3 * (rank + 1)], stackalloc int[rank + 1], start, count);
        do
        {
            ref E ra = ref Unsafe.Add(ref a, runs.A), rb = ref Unsafe.Add(ref b, runs.B), ry = ref Unsafe.Add(ref y, runs.Y);
            if (!runs.MovesA) ForwardRows<TOp, E, Stands, Moves, Assigning>(op, ref ra, ref rb, ref ry, runs.Length, runs.Rows, runs.StepA, runs.StepB);
            else if (!runs.MovesB) ForwardRows<TOp, E, Moves, Stands, Assigning>(op, ref ra, ref rb, ref ry, runs.Length, runs.Rows, runs.StepA, runs.StepB);
            else ForwardRows<TOp, E, Moves, Moves, Assigning>(op, ref ra, ref rb, ref ry, runs.Length, runs.Rows, runs.StepA, runs.StepB);
        }
        while (runs.Next());
    }

    public static void Backward<TOp, E>(
        TOp op, bool first, ReadOnlySpan<E> dy, ReadOnlySpan<E> a, ReadOnlySpan<E> b, ReadOnlySpan<E> y, Span<E> dx,
        Shape shapeA, Shape shapeB, Shape shape, bool fresh) where TOp : struct, IBinaryOp where E : unmanaged
    {
        if (dy.IsEmpty) return;
        if (ReferenceEquals(shapeA, shapeB) || shapeA == shapeB) Backward(op, first, dy, a, b, y, dx, fresh);
        else if (dy.Length < 2 * MapKernels.ChunkSize || Parallelism.IsSerial) BackwardRuns(op, first, new Streams<E>(dy, a, b, y, dx), new(shapeA, shapeB, shape), 0, dy.Length, fresh);
        else BackwardChunks(op, first, dy, a, b, y, dx, new(shapeA, shapeB, shape), fresh ? Puts.Assign : Puts.Sum);
    }

    /// <summary>The same for operands of which one at least is a view, given from its first element on.</summary>
    public static void Backward<TOp, E>(
        TOp op, bool first, ReadOnlySpan<E> dy, ReadOnlySpan<E> a, ReadOnlySpan<int> stridesA, ReadOnlySpan<E> b, ReadOnlySpan<int> stridesB, ReadOnlySpan<E> y, Span<E> dx,
        Shape shapeA, Shape shapeB, Shape shape, bool fresh) where TOp : struct, IBinaryOp where E : unmanaged
    {
        if (dy.IsEmpty) return;
        fixed (int* sa = stridesA, sb = stridesB)
        {
            Shapes shapes = new(shapeA, shapeB, shape, sa, sb);
            if (dy.Length < 2 * MapKernels.ChunkSize || Parallelism.IsSerial) BackwardRuns(op, first, new Streams<E>(dy, a, b, y, dx), shapes, 0, dy.Length, fresh);
            else BackwardChunks(op, first, dy, a, b, y, dx, shapes, fresh ? Puts.Assign : Puts.Sum);
        }
    }

    static void BackwardRuns<TOp, E>(TOp op, bool first, Streams<E> streams, Shapes shapes, int start, int count, bool fresh) where TOp : struct, IBinaryOp where E : unmanaged
    {
        int rank = shapes.All.Rank;
        Runs runs = new(shapes, stackalloc int[3 * (rank + 1)], stackalloc int[rank + 1], start, count);
        do
        {
            Backward(op, first, streams, runs, fresh ? Puts.Assign : Puts.Sum);
        }
        while (runs.Next());
    }

    static void BackwardChunks<TOp, E>(
        TOp op, bool first, ReadOnlySpan<E> dy, ReadOnlySpan<E> a, ReadOnlySpan<E> b, ReadOnlySpan<E> y, Span<E> dx, Shapes? shapes, Puts puts)
        where TOp : struct, IBinaryOp where E : unmanaged
    {
        fixed (E* pdy = dy, pa = a, pb = b, py = y, pdx = dx)
        {
            Parallelism.Run(Chunks(dy.Length), new BackwardChunk<TOp, E>(op, first, pdy, pa, pb, py, pdx, dy.Length, shapes, puts));
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static E ForwardOne<TOp, E>(TOp op, E a, E b) where TOp : struct, IBinaryOp where E : unmanaged =>
        op.F<Lanes<E>>(new(Vector512.CreateScalar(a)), new(Vector512.CreateScalar(b))).Value.ToScalar();

    /// <summary>The same for operands of one shape; few elements are done by a method of their own, since what the other ways need on the stack takes longer to clear than they take.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Forward<TOp, E>(TOp op, ReadOnlySpan<E> a, ReadOnlySpan<E> b, Span<E> y) where TOp : struct, IBinaryOp where E : unmanaged
    {
        if (y.Length <= Vector512<E>.Count) ForwardFew(op, ref MemoryMarshal.GetReference(a), ref MemoryMarshal.GetReference(b), ref MemoryMarshal.GetReference(y), (nuint)y.Length);
        else ForwardMany(op, a, b, y);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    static void ForwardFew<TOp, E>(TOp op, ref E a, ref E b, ref E y, nuint n) where TOp : struct, IBinaryOp where E : unmanaged =>
        Part.Store(op.F<Lanes<E>>(new(Part.Load(ref a, 0, n)), new(Part.Load(ref b, 0, n))).Value, ref y, 0, n);

    [MethodImpl(MethodImplOptions.NoInlining)]
    static void ForwardMany<TOp, E>(TOp op, ReadOnlySpan<E> a, ReadOnlySpan<E> b, Span<E> y) where TOp : struct, IBinaryOp where E : unmanaged
    {
        bool streams = Streaming.Suits<E>(y);
        if (y.Length < 2 * MapKernels.ChunkSize || (Parallelism.IsSerial && !streams))
        {
            ForwardRows<TOp, E, Moves, Moves, Assigning>(op, ref MemoryMarshal.GetReference(a), ref MemoryMarshal.GetReference(b), ref MemoryMarshal.GetReference(y), y.Length, 1, 0, 0);
            return;
        }
        fixed (E* fa = a, fb = b, fy = y)
        {
            if (streams) Parallelism.Run(Chunks(y.Length), new ForwardChunk<TOp, E, Streaming>(op, fa, fb, fy, y.Length));
            else Parallelism.Run(Chunks(y.Length), new ForwardChunk<TOp, E, Assigning>(op, fa, fb, fy, y.Length));
        }
    }

    /// <summary>Rows of the result, one after the other, from rows of the operands that are so many elements apart.</summary>
    [MethodImpl(Jit.Loop)]
    static void ForwardRows<TOp, E, A, B, TPut>(TOp op, ref E a, ref E b, ref E y, int count, int rows, int stepA, int stepB)
        where TOp : struct, IBinaryOp where E : unmanaged where A : struct, IStream where B : struct, IStream where TPut : struct, IPut
    {
        if (typeof(TPut) == typeof(Assigning) && rows > 1)
        {
            int done = ForwardOverlapping<TOp, E, A, B>(op, ref a, ref b, ref y, count, rows, stepA, stepB);
            a = ref Unsafe.Add(ref a, done * stepA);
            b = ref Unsafe.Add(ref b, done * stepB);
            y = ref Unsafe.Add(ref y, done * count);
            rows -= done;
        }
        nuint width = (nuint)Vector512<E>.Count, n = (nuint)count;
        for (; rows > 0; rows--)
        {
            Vector512<E> a0 = A.IsOne ? Vector512.Create(a) : default, b0 = B.IsOne ? Vector512.Create(b) : default;
            nuint i = 0;
            if (width <= n)
            {
                do // See MapKernels' Note [One copy of a formula].
                {
                    TPut.Put(
                        op.F<Lanes<E>>(new(A.IsMany ? Vector512.LoadUnsafe(ref a, i) : a0), new(B.IsMany ? Vector512.LoadUnsafe(ref b, i) : b0)).Value, ref y, i);
                    i += width;
                }
                while (i + width <= n);
            }
            if (i < n)
            {
                Part.Store(op.F<Lanes<E>>(new(A.IsMany ? Part.Load(ref a, i, n) : a0), new(B.IsMany ? Part.Load(ref b, i, n) : b0)).Value, ref y, i, n);
            }
            a = ref Unsafe.Add(ref a, stepA);
            b = ref Unsafe.Add(ref b, stepB);
            y = ref Unsafe.Add(ref y, count);
        }
    }

    /// <summary>The same for operands of one shape.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Backward<TOp, E>(
        TOp op, bool first, ReadOnlySpan<E> dy, ReadOnlySpan<E> a, ReadOnlySpan<E> b, ReadOnlySpan<E> y, Span<E> dx, bool fresh)
        where TOp : struct, IBinaryOp where E : unmanaged
    {
        if (dy.Length > Vector512<E>.Count) BackwardMany(op, first, dy, a, b, y, dx, fresh);
        else if (first) BackwardFew<PartialA<TOp>, E>(new(op), new(dy, a, b, y, dx), (nuint)dy.Length, fresh);
        else BackwardFew<PartialB<TOp>, E>(new(op), new(dy, a, b, y, dx), (nuint)dy.Length, fresh);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    static void BackwardFew<TPartial, E>(TPartial d, Streams<E> s, nuint n, bool fresh) where TPartial : struct, IPartial where E : unmanaged
    {
        Vector512<E> slope = d.Of<Lanes<E>>(
            new(s.HasA ? Part.Load(ref s.A, 0, n) : default), new(s.HasB ? Part.Load(ref s.B, 0, n) : default), new(s.HasY ? Part.Load(ref s.Y, 0, n) : default)).Value;
        Vector512<E> part = Lanes<E>.Chain(Part.Load(ref s.DY, 0, n), new(slope));
        Part.Store(fresh ? part : Part.Load(ref s.DX, 0, n) + part, ref s.DX, 0, n);
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    static void BackwardMany<TOp, E>(
        TOp op, bool first, ReadOnlySpan<E> dy, ReadOnlySpan<E> a, ReadOnlySpan<E> b, ReadOnlySpan<E> y, Span<E> dx, bool fresh)
        where TOp : struct, IBinaryOp where E : unmanaged
    {
        bool streams = fresh && Streaming.Suits<E>(dx);
        if (dy.Length >= 2 * MapKernels.ChunkSize && (streams || !Parallelism.IsSerial)) BackwardChunks(op, first, dy, a, b, y, dx, null, streams ? Puts.Stream : fresh ? Puts.Assign : Puts.Sum);
        else Backward(op, first, new Streams<E>(dy, a, b, y, dx), new Runs(dy.Length), fresh ? Puts.Assign : Puts.Sum);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static E BackwardOne<TOp, E>(TOp op, bool first, E dy, E a0, E b0, E y0) where TOp : struct, IBinaryOp where E : unmanaged
    {
        Lanes<E> a = new(Vector512.CreateScalar(a0)), b = new(Vector512.CreateScalar(b0)), y = new(Vector512.CreateScalar(y0));
        return Lanes<E>.Chain(Vector512.CreateScalar(dy), first ? op.DA(a, b, y) : op.DB(a, b, y)).ToScalar();
    }

    static void Backward<TOp, E>(TOp op, bool first, Streams<E> streams, Runs runs, Puts puts) where TOp : struct, IBinaryOp where E : unmanaged
    {
        if (first) Backward<PartialA<TOp>, E>(new(op), streams, runs, puts);
        else Backward<PartialB<TOp>, E>(new(op), streams, runs, puts);
    }

    static void Backward<TPartial, E>(TPartial d, Streams<E> streams, Runs runs, Puts puts) where TPartial : struct, IPartial where E : unmanaged
    {
        if (puts == Puts.Assign) BackwardRun<TPartial, E, Assigning>(d, streams, runs);
        else if (puts == Puts.Sum) BackwardRun<TPartial, E, Summing>(d, streams, runs);
        else BackwardRun<TPartial, E, Streaming>(d, streams, runs);
    }

    // One loop for each set of streams: a load that the formula does not need costs as much as one that it does.
    static void BackwardRun<TPartial, E, TPut>(TPartial d, Streams<E> s, Runs runs)
        where TPartial : struct, IPartial where E : unmanaged where TPut : struct, IPut
    {
        if (!s.HasA) BackwardRun<TPartial, E, TPut, Unread>(d, s, runs);
        else if (runs.MovesA) BackwardRun<TPartial, E, TPut, Moves>(d, s, runs);
        else BackwardRun<TPartial, E, TPut, Stands>(d, s, runs);
    }

    static void BackwardRun<TPartial, E, TPut, A>(TPartial d, Streams<E> s, Runs runs)
        where TPartial : struct, IPartial where E : unmanaged where TPut : struct, IPut where A : struct, IStream
    {
        if (!s.HasB) BackwardRun<TPartial, E, TPut, A, Unread>(d, s, runs);
        else if (runs.MovesB) BackwardRun<TPartial, E, TPut, A, Moves>(d, s, runs);
        else BackwardRun<TPartial, E, TPut, A, Stands>(d, s, runs);
    }

    static void BackwardRun<TPartial, E, TPut, A, B>(TPartial d, Streams<E> s, Runs runs)
        where TPartial : struct, IPartial where E : unmanaged where TPut : struct, IPut where A : struct, IStream where B : struct, IStream
    {
        ref E dy = ref Unsafe.Add(ref s.DY, runs.Y);
        ref E dx = ref Unsafe.Add(ref s.DX, runs.Y);
        ref E a = ref Unsafe.Add(ref s.A, s.HasA ? runs.A : 0);
        ref E b = ref Unsafe.Add(ref s.B, s.HasB ? runs.B : 0);
        ref E y = ref Unsafe.Add(ref s.Y, s.HasY ? runs.Y : 0);
        if (s.HasY) BackwardRows<TPartial, E, TPut, Moves, A, B, Moves>(d, ref dy, ref a, ref b, ref y, ref dx, runs.Length, runs.Rows, runs.Length, runs.StepA, runs.StepB);
        else BackwardRows<TPartial, E, TPut, Moves, A, B, Unread>(d, ref dy, ref a, ref b, ref y, ref dx, runs.Length, runs.Rows, runs.Length, runs.StepA, runs.StepB);
    }

    [MethodImpl(Jit.Loop)]
    static void BackwardRows<TPartial, E, TPut, DY, A, B, Y>(
        TPartial d, ref E dy, ref E a, ref E b, ref E y, ref E dx, int count, int rows, int stepDY, int stepA, int stepB)
        where TPartial : struct, IPartial where E : unmanaged where TPut : struct, IPut
        where DY : struct, IStream where A : struct, IStream where B : struct, IStream where Y : struct, IStream
    {
        if (typeof(TPut) == typeof(Assigning) && rows > 1)
        {
            int done = BackwardOverlapping<TPartial, E, DY, A, B, Y>(d, ref dy, ref a, ref b, ref y, ref dx, count, rows, stepDY, stepA, stepB);
            a = ref Unsafe.Add(ref a, done * stepA);
            b = ref Unsafe.Add(ref b, done * stepB);
            if (Y.IsMany) y = ref Unsafe.Add(ref y, done * count);
            dy = ref Unsafe.Add(ref dy, done * stepDY);
            dx = ref Unsafe.Add(ref dx, done * count);
            rows -= done;
        }
        nuint width = (nuint)Vector512<E>.Count, n = (nuint)count;
        for (; rows > 0; rows--)
        {
            Vector512<E> dy0 = DY.IsOne ? Vector512.Create(dy) : default, a0 = A.IsOne ? Vector512.Create(a) : default, b0 = B.IsOne ? Vector512.Create(b) : default;
            nuint i = 0;
            if (width <= n)
            {
                do
                {
                    Vector512<E> slope = d.Of<Lanes<E>>(
                        new(A.IsMany ? Vector512.LoadUnsafe(ref a, i) : a0), new(B.IsMany ? Vector512.LoadUnsafe(ref b, i) : b0), new(Y.IsMany ? Vector512.LoadUnsafe(ref y, i) : default)).Value;
                    TPut.Put(Lanes<E>.Chain(DY.IsMany ? Vector512.LoadUnsafe(ref dy, i) : dy0, new(slope)), ref dx, i);
                    i += width;
                }
                while (i + width <= n);
            }
            if (i < n)
            {
                Vector512<E> slope = d.Of<Lanes<E>>(
                    new(A.IsMany ? Part.Load(ref a, i, n) : a0), new(B.IsMany ? Part.Load(ref b, i, n) : b0), new(Y.IsMany ? Part.Load(ref y, i, n) : default)).Value;
                Vector512<E> part = Lanes<E>.Chain(DY.IsMany ? Part.Load(ref dy, i, n) : dy0, new(slope));
                Part.Store(TPut.Adds ? Part.Load(ref dx, i, n) + part : part, ref dx, i, n);
            }
            a = ref Unsafe.Add(ref a, stepA);
            b = ref Unsafe.Add(ref b, stepB);
            if (Y.IsMany) y = ref Unsafe.Add(ref y, count);
            dy = ref Unsafe.Add(ref dy, stepDY);
            dx = ref Unsafe.Add(ref dx, count);
        }
    }

    /// <summary>The same for operands of one shape and a gradient that repeats, given once: one number for a run, or one run again and again.</summary>
    public static void BackwardRepeated<TPartial, E>(
        TPartial d, ReadOnlySpan<E> dy, ReadOnlySpan<E> a, ReadOnlySpan<E> b, ReadOnlySpan<E> y, Span<E> dx, Shape shapeDY, Shape shape, bool fresh)
        where TPartial : struct, IPartial where E : unmanaged
    {
        if (dx.IsEmpty) return;
        fixed (E* pdy = dy, pa = a, pb = b, py = y, pdx = dx)
        {
            RepeatedChunk<TPartial, E> chunk = new(d, pdy, pa, pb, py, pdx, dx.Length, new(shapeDY, shape, shape), fresh);
            if (dx.Length < 2 * MapKernels.ChunkSize || Parallelism.IsSerial) chunk.Run(0, dx.Length);
            else Parallelism.Run(Chunks(dx.Length), chunk);
        }
    }

    /// <summary>The arrays by their first elements; what is not read has none.</summary>
    readonly ref struct Streams<E>(ref E dy, ref E a, ref E b, ref E y, ref E dx) where E : unmanaged
    {
        public readonly ref E DY = ref dy;
        public readonly ref E A = ref a;
        public readonly ref E B = ref b;
        public readonly ref E Y = ref y;
        public readonly ref E DX = ref dx;

        public Streams(ReadOnlySpan<E> dy, ReadOnlySpan<E> a, ReadOnlySpan<E> b, ReadOnlySpan<E> y, Span<E> dx) : this(
            ref MemoryMarshal.GetReference(dy), ref First(a), ref First(b), ref First(y), ref MemoryMarshal.GetReference(dx))
        {
        }

        public bool HasA => !Unsafe.IsNullRef(ref A);

        public bool HasB => !Unsafe.IsNullRef(ref B);

        public bool HasY => !Unsafe.IsNullRef(ref Y);

        static ref E First(ReadOnlySpan<E> span) => ref span.IsEmpty ? ref Unsafe.NullRef<E>() : ref MemoryMarshal.GetReference(span);
    }

    static int Chunks(int count) => (count + MapKernels.ChunkSize - 1) / MapKernels.ChunkSize;

    enum Puts
    {
        Assign,
        Sum,
        Stream,
    }
}
