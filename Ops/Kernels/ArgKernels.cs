using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Autograd.Kernels;

/// <summary>The positions of extremes along the middle axis of [outer, n, inner]: the first among equals, the first NaN if there is one.</summary>
static unsafe class ArgKernels
{
    const int ChunkElements = 1 << 15;

    /// <summary>Writes positions and, unless it is empty, the values there.</summary>
    public static void Run<T, TFold>(ReadOnlySpan<T> x, int n, int inner, Span<long> positions, Span<T> values)
        where T : unmanaged, INumber<T> where TFold : IFold<T>
    {
        if (positions.IsEmpty) return;
        int outer = positions.Length / inner, each = (int)Math.Max(1, ChunkElements / ((long)n * inner)), chunks = (outer + each - 1) / each;
        fixed (T* px = x, pv = values)
        fixed (long* pp = positions)
        {
            Chunk<T, TFold> body = new(px, outer, n, inner, each, pp, values.IsEmpty ? null : pv);
            if (chunks == 1) body.Run(0);
            else Parallelism.Run(chunks, body);
        }
    }

    /// <summary>The extreme of a dense run, then the first element equal to it.</summary>
    static nuint Along<T, TFold>(T* x, nuint n) where T : unmanaged, INumber<T> where TFold : IFold<T>
    {
        T extreme = FoldRuns.Total<T, TFold, MapRun<T, Plain<T>>>(new(x), (int)n);
        return T.IsNaN(extreme) ? First(x, n, Vector512.Create(extreme), nan: true) : First(x, n, Vector512.Create(extreme), nan: false);
    }

    [MethodImpl(Jit.Loop)]
    static nuint First<T>(T* x, nuint n, Vector512<T> sought, bool nan) where T : unmanaged
    {
        nuint width = (nuint)Vector512<T>.Count;
        for (nuint i = 0; i < n; i += width)
        {
            Vector512<T> v = i + width <= n ? Vector512.Load(x + i) : Tail.Load(x + i, n - i, default);
            ulong found = (nan ? ~Vector512.Equals(v, v) : Vector512.Equals(v, sought)).ExtractMostSignificantBits();
            if (n - i < width) found &= (1UL << (int)(n - i)) - 1;
            if (found != 0) return i + (nuint)BitOperations.TrailingZeroCount(found);
        }
        return 0;
    }

    /// <summary>One vector of columns: the extreme so far and its row in each lane.</summary>
    [MethodImpl(Jit.Loop)]
    static void Across<T, TFold>(T* x, int n, nuint inner, nuint count, long* positions, T* values) where T : unmanaged where TFold : IFold<T>
    {
        Vector512<T> best = Tail.LoadUpTo(x, count, default), row = default;
        for (int i = 1; i < n; i++)
        {
            Vector512<T> v = Tail.LoadUpTo(x + ((nuint)i * inner), count, default), joined = TFold.Join(best, v);
            // A row is newly best where the extreme changed; NaN never equals, so it counts once, when it first comes.
            Vector512<T> changed = Vector512.AndNot(Vector512.Equals(best, best), Vector512.Equals(joined, best));
            best = joined;
            row = Vector512.ConditionalSelect(changed, Number<T>(i), row);
        }
        if (sizeof(T) == sizeof(int))
        {
            (Vector512<long> low, Vector512<long> high) = Vector512.Widen(row.AsInt32());
            nuint half = (nuint)Vector512<long>.Count;
            Tail.StoreUpTo(low, positions, Math.Min(count, half));
            if (count > half) Tail.StoreUpTo(high, positions + half, count - half);
        }
        else Tail.StoreUpTo(row.AsInt64(), positions, count);
        if (values is not null) Tail.StoreUpTo(best, values, count);
    }

    /// <summary>Short runs, as many at once as a vector has lanes, turned so that they are columns; returns how many. What is turned reaches further than the last of them.</summary>
    static int Turned<T, TFold>(T* x, int n, int runs, long* positions, T* values) where T : unmanaged where TFold : IFold<T>
    {
        int width = Vector512<T>.Count, i = 0;
        if (n > width) return i;
        T* columns = stackalloc T[width * width];
        for (; i + (2 * width) <= runs; i += width)
        {
            LaneTranspose.Square(x + ((nint)i * n), n, columns, width);
            Across<T, TFold>(columns, n, (nuint)width, (nuint)width, positions + i, values is null ? null : values + i);
        }
        return i;
    }

    static Vector512<T> Number<T>(int i) where T : unmanaged =>
        sizeof(T) == sizeof(int) ? Vector512.Create(i).As<int, T>() : Vector512.Create((long)i).As<long, T>();

    readonly struct Chunk<T, TFold>(T* x, int outer, int n, int inner, int each, long* positions, T* values) : IParallelWork
        where T : unmanaged, INumber<T> where TFold : IFold<T>
    {
        public void Run(int chunk)
        {
            int start = chunk * each, end = Math.Min(outer, start + each);
            if (inner == 1) start += Turned<T, TFold>(x + ((nint)start * n), n, end - start, positions + start, values is null ? null : values + start);
            for (int i = start; i < end; i++)
            {
                T* plane = x + ((nint)i * n * inner);
                if (inner == 1)
                {
                    nuint position = Along<T, TFold>(plane, (nuint)n);
                    positions[i] = (long)position;
                    if (values is not null) values[i] = plane[position];
                    continue;
                }
                for (int j = 0; j < inner; j += Vector512<T>.Count)
                {
                    nint to = ((nint)i * inner) + j;
                    Across<T, TFold>(plane + j, n, (nuint)inner, (nuint)Math.Min(inner - j, Vector512<T>.Count), positions + to, values is null ? null : values + to);
                }
            }
        }
    }
}

/// <summary>Reading and writing one element along the middle axis of [outer, n, inner], chosen by positions [outer, inner].</summary>
static class PickKernels
{
    /// <summary>y[o, i] = x[o, positions[o, i], i].</summary>
    public static void Pick<T>(ReadOnlySpan<T> x, ReadOnlySpan<long> positions, int n, int inner, Span<T> y) where T : unmanaged
    {
        for (int k = 0, plane = 0; k < y.Length; plane += n * inner)
        {
            for (int i = 0; i < inner; i++, k++) y[k] = x[plane + ((int)positions[k] * inner) + i];
        }
    }

    /// <summary>y[o, positions[o, i], i] += x[o, i].</summary>
    public static void Place<T>(ReadOnlySpan<T> x, ReadOnlySpan<long> positions, int n, int inner, Span<T> y) where T : unmanaged, INumber<T>
    {
        for (int k = 0, plane = 0; k < x.Length; plane += n * inner)
        {
            for (int i = 0; i < inner; i++, k++) y[plane + ((int)positions[k] * inner) + i] += x[k];
        }
    }
}
