using System.Runtime.CompilerServices;

namespace Autograd;

/// <content>What threads share: chunks of a range of results.</content>
static unsafe partial class Map2Kernels
{
    readonly struct ForwardChunk<TOp, E, TPut>(TOp op, E* a, E* b, E* y, int count) : IParallelWork where TOp : struct, IBinaryOp where E : unmanaged where TPut : struct, IPut
    {
        public void Run(int chunk)
        {
            int start = chunk * MapKernels.ChunkSize;
            ForwardRows<TOp, E, Moves, Moves, TPut>(op, ref a[start], ref b[start], ref y[start], Math.Min(MapKernels.ChunkSize, count - start), 1, 0, 0);
            TPut.Finish();
        }
    }

    readonly struct ForwardRunsChunk<TOp, E>(TOp op, E* a, E* b, E* y, int count, Shapes shapes) : IParallelWork where TOp : struct, IBinaryOp where E : unmanaged
    {
        public void Run(int chunk)
        {
            int start = chunk * MapKernels.ChunkSize;
            ForwardRuns(op, ref *a, ref *b, ref *y, shapes, start, Math.Min(MapKernels.ChunkSize, count - start));
        }
    }

    readonly struct RepeatedChunk<TPartial, E>(TPartial d, E* dy, E* a, E* b, E* y, E* dx, int count, Shapes shapes, bool fresh) : IParallelWork
        where TPartial : struct, IPartial where E : unmanaged
    {
        public void Run(int chunk) => Run(chunk * MapKernels.ChunkSize, Math.Min(MapKernels.ChunkSize, count - (chunk * MapKernels.ChunkSize)));

        public void Run(int start, int length)
        {
            int rank = shapes.All.Rank;
            Runs runs = new(shapes, stackalloc int[3 * (rank + 1)], stackalloc int[rank + 1], start, length);
            do
            {
                if (fresh) Rows<Assigning>(runs);
                else Rows<Summing>(runs);
            }
            while (runs.Next());
        }

        void Rows<TPut>(Runs runs) where TPut : struct, IPut
        {
            if (runs.MovesA) Rows<TPut, Moves>(runs);
            else Rows<TPut, Stands>(runs);
        }

        void Rows<TPut, DY>(Runs runs) where TPut : struct, IPut where DY : struct, IStream
        {
            if (a is null) Rows<TPut, DY, Unread>(runs);
            else Rows<TPut, DY, Moves>(runs);
        }

        void Rows<TPut, DY, A>(Runs runs) where TPut : struct, IPut where DY : struct, IStream where A : struct, IStream
        {
            if (b is null) Rows<TPut, DY, A, Unread>(runs);
            else Rows<TPut, DY, A, Moves>(runs);
        }

        void Rows<TPut, DY, A, B>(Runs runs) where TPut : struct, IPut where DY : struct, IStream where A : struct, IStream where B : struct, IStream
        {
            if (y is null) Rows<TPut, DY, A, B, Unread>(runs);
            else Rows<TPut, DY, A, B, Moves>(runs);
        }

        void Rows<TPut, DY, A, B, Y>(Runs runs) where TPut : struct, IPut where DY : struct, IStream where A : struct, IStream where B : struct, IStream where Y : struct, IStream =>
            BackwardRows<TPartial, E, TPut, DY, A, B, Y>(
                d, ref dy[runs.A], ref At(a, runs.Y), ref At(b, runs.Y), ref At(y, runs.Y), ref dx[runs.Y], runs.Length, runs.Rows, runs.StepA, runs.Length, runs.Length);

        static ref E At(E* p, int start) => ref p is null ? ref Unsafe.NullRef<E>() : ref p[start];
    }

    readonly struct BackwardChunk<TOp, E>(TOp op, bool first, E* dy, E* a, E* b, E* y, E* dx, int count, Shapes? shapes, Puts puts) : IParallelWork
        where TOp : struct, IBinaryOp where E : unmanaged
    {
        public void Run(int chunk)
        {
            int start = chunk * MapKernels.ChunkSize, length = Math.Min(MapKernels.ChunkSize, count - start);
            if (shapes is { } given)
            {
                BackwardRuns(op, first, new Streams<E>(ref *dy, ref *a, ref *b, ref *y, ref *dx), given, start, length, puts == Puts.Assign);
                return;
            }
            Backward(op, first, new Streams<E>(ref dy[start], ref At(a, start), ref At(b, start), ref At(y, start), ref dx[start]), new Runs(length), puts);
            if (puts == Puts.Stream) Streaming.Finish();
        }

        static ref E At(E* p, int start) => ref p is null ? ref Unsafe.NullRef<E>() : ref p[start];
    }
}
