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

    /// <summary>y[i] = fold of run i.</summary>
    public static void Runs<T, TFold, TMap>(T* x, int run, int runs, T* y) where T : unmanaged where TFold : IFold<T> where TMap : IMap<T>
    {
        if (run >= 2 * Group)
        {
            for (int i = 0; i < runs; i++) y[i] = Total<T, TFold, MapRun<T, TMap>>(new MapRun<T, TMap>(x + ((nint)i * run)), run);
            return;
        }
        int each = Math.Max(1, Group / run), chunks = (runs + each - 1) / each;
        int* picks = stackalloc int[ShortRuns.PicksOf<T>(run, runs)];
        ShortRuns.Fill<T>(run, runs, picks);
        RunsChunk<T, TFold, TMap> body = new(x, run, runs, each, picks, y);
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

    readonly struct RunsChunk<T, TFold, TMap>(T* x, int run, int runs, int each, int* picks, T* y) : IParallelWork where T : unmanaged where TFold : IFold<T> where TMap : IMap<T>
    {
        public void Run(int chunk)
        {
            int i = chunk * each, end = Math.Min(runs, i + each);
            if (ShortRuns.PicksOf<T>(run, runs) > 0) i += ShortRuns.Fold<TFold, TMap, T>((float*)x + ((nint)i * run), run, end - i, picks, (float*)y + i);
            for (; i < end; i++) y[i] = Tree<T, TFold, MapRun<T, TMap>>(new MapRun<T, TMap>(x + ((nint)i * run)), 0, run);
        }
    }
}
