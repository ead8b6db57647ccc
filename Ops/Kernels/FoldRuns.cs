using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Autograd.Kernels;

/// <summary>What is folded along a run: an array, or numbers computed from arrays on the way.</summary>
interface IRun<T> where T : unmanaged
{
    /// <summary>A whole vector from position i on.</summary>
    Vector512<T> At(nuint i);

    /// <summary>The first <paramref name="count"/> numbers from i on, and neutral ones.</summary>
    Vector512<T> Part(nuint i, nuint count, Vector512<T> neutral);
}

/// <summary>A function of the numbers of an array.</summary>
readonly unsafe struct MapRun<T, TMap>(T* x) : IRun<T> where T : unmanaged where TMap : IMap<T>
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public Vector512<T> At(nuint i) => TMap.Of(Vector512.Load(x + i));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public Vector512<T> Part(nuint i, nuint count, Vector512<T> neutral) => typeof(TMap) == typeof(Plain<T>)
        ? Tail.Load(x + i, count, neutral)
        : Vector512.ConditionalSelect(Tail.Mask<T>(count), TMap.Of(Tail.Load(x + i, count, default)), neutral);
}

/// <summary>Folds along dense runs, by a tree that depends on the length alone: blocks of 1,024 numbers, blocks pairwise.</summary>
static unsafe class FoldRuns
{
    const int Block = 1024, GroupBlocks = 32, Group = GroupBlocks * Block;

    /// <summary>Numbers that are brought together in the first-level cache: a power of two of blocks.</summary>
    const int Piece = 4 * Block;

    [ThreadStatic] static Scratch _partials;

    /// <summary>The fold of one run; long ones are shared by the threads.</summary>
    public static T Total<T, TFold, TRun>(TRun x, int count) where T : unmanaged where TFold : IFold<T> where TRun : struct, IRun<T>
    {
        if (count < 2 * Group || Parallelism.IsSerial) return Tree<T, TFold, TRun>(x, 0, count);
        int groups = (count + Group - 1) / Group;
        T* partials = _partials.Get<T>(groups);
        Parallelism.Run(groups, new GroupChunk<T, TFold, TRun>(x, count, partials));
        return Pairs<T, TFold>(partials, groups);
    }

    /// <summary>The same of numbers of which every <paramref name="run"/> lie densely, and such runs one step apart; they are joined as if all did.</summary>
    public static T Total<T, TFold, TMap>(T* x, int run, nint step, int count) where T : unmanaged where TFold : IFold<T> where TMap : IMap<T>
    {
        int groups = (count + Group - 1) / Group;
        T* partials = _partials.Get<T>(groups);
        ApartChunk<T, TFold, TMap> body = new(x, run, step, count, partials);
        if (groups == 1) body.Run(0);
        else Parallelism.Run(groups, body);
        return Pairs<T, TFold>(partials, groups);
    }

    /// <summary>y[i] = fold of run i, which begins at i·step.</summary>
    public static void Runs<T, TFold, TMap>(T* x, int run, nint step, int runs, T* y) where T : unmanaged where TFold : IFold<T> where TMap : IMap<T>
    {
        if (run >= 2 * Group)
        {
            for (int i = 0; i < runs; i++) y[i] = Total<T, TFold, MapRun<T, TMap>>(new MapRun<T, TMap>(x + (i * step)), run);
            return;
        }
        int each = Math.Max(1, Group / run), chunks = (runs + each - 1) / each;
        int picked = step == run ? ShortRuns.PicksOf<T>(run, runs) : 0;
        int* picks = stackalloc int[picked];
        if (picked > 0) ShortRuns.Fill(run, picks);
        RunsChunk<T, TFold, TMap> body = new(x, run, step, runs, each, picked > 0 ? picks : null, y);
        if (chunks == 1) body.Run(0);
        else Parallelism.Run(chunks, body);
    }

    /// <summary>Halves of a power of two of blocks, down to blocks.</summary>
    static T Tree<T, TFold, TRun>(TRun x, int start, int count) where T : unmanaged where TFold : IFold<T> where TRun : struct, IRun<T>
    {
        if (count <= Block) return FoldBlock<T, TFold, TRun>(x, (nuint)start, (nuint)count);
        int blocks = (count + Block - 1) / Block, half = (int)BitOperations.RoundUpToPowerOf2((uint)blocks) / 2 * Block;
        return TFold.Join(Tree<T, TFold, TRun>(x, start, half), Tree<T, TFold, TRun>(x, start + half, count - half));
    }

    /// <summary>The upper part of the same tree, over groups of blocks.</summary>
    static T Pairs<T, TFold>(T* partials, int count) where T : unmanaged where TFold : IFold<T>
    {
        if (count == 1) return *partials;
        int half = (int)BitOperations.RoundUpToPowerOf2((uint)count) / 2;
        return TFold.Join(Pairs<T, TFold>(partials, half), Pairs<T, TFold>(partials + half, count - half));
    }

    [MethodImpl(Jit.Loop)]
    static T FoldBlock<T, TFold, TRun>(TRun x, nuint i, nuint count) where T : unmanaged where TFold : IFold<T> where TRun : struct, IRun<T>
    {
        nuint width = (nuint)Vector512<T>.Count, end = i + count;
        Vector512<T> neutral = Vector512.Create(TFold.Neutral), s0 = neutral;
        if (count > width)
        {
            Vector512<T> s1 = neutral, s2 = neutral, s3 = neutral;
            for (; i + (4 * width) <= end; i += 4 * width)
            {
                s0 = TFold.Join(s0, x.At(i));
                s1 = TFold.Join(s1, x.At(i + width));
                s2 = TFold.Join(s2, x.At(i + (2 * width)));
                s3 = TFold.Join(s3, x.At(i + (3 * width)));
            }
            for (; i + width <= end; i += width) s0 = TFold.Join(s0, x.At(i));
            s0 = TFold.Join(TFold.Join(s0, s1), TFold.Join(s2, s3));
        }
        if (i < end) s0 = TFold.Join(s0, x.Part(i, end - i, neutral));
        return LaneFold.Across<T, TFold>(s0);
    }

    readonly struct GroupChunk<T, TFold, TRun>(TRun x, int count, T* partials) : IParallelWork
        where T : unmanaged where TFold : IFold<T> where TRun : struct, IRun<T>
    {
        public void Run(int chunk) => partials[chunk] = Tree<T, TFold, TRun>(x, chunk * Group, Math.Min(Group, count - (chunk * Group)));
    }

    readonly struct ApartChunk<T, TFold, TMap>(T* x, int run, nint step, int count, T* partials) : IParallelWork where T : unmanaged where TFold : IFold<T> where TMap : IMap<T>
    {
        [SkipLocalsInit]
        public void Run(int chunk)
        {
            T* part = stackalloc T[Piece], folds = stackalloc T[Group / Piece];
            int start = chunk * Group, end = Math.Min(count, start + Group), parts = 0;
            for (; start < end; start += Piece)
            {
                int length = Math.Min(Piece, end - start);
                Gather(start, length, part);
                folds[parts++] = Tree<T, TFold, MapRun<T, TMap>>(new(part), 0, length);
            }
            partials[chunk] = Pairs<T, TFold>(folds, parts);
        }

        [MethodImpl(Jit.Loop)]
        void Gather(int start, int length, T* part)
        {
            T* from = x + (start / run * step);
            for (int at = start % run; length > 0; at = 0, from += step)
            {
                int some = Math.Min(run - at, length);
                VectorOps.Copy(from + at, part, some);
                part += some;
                length -= some;
            }
        }
    }

    readonly struct RunsChunk<T, TFold, TMap>(T* x, int run, nint step, int runs, int each, int* picks, T* y) : IParallelWork where T : unmanaged where TFold : IFold<T> where TMap : IMap<T>
    {
        public void Run(int chunk)
        {
            int i = chunk * each, end = Math.Min(runs, i + each);
            if (picks != null) i += ShortRuns.Fold<TFold, TMap, T>((float*)x + ((nint)i * run), run, end - i, picks, (float*)y + i);
            for (; i < end; i++) y[i] = Tree<T, TFold, MapRun<T, TMap>>(new MapRun<T, TMap>(x + (i * step)), 0, run);
        }
    }
}
