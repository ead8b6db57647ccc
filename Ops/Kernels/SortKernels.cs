using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace Autograd.Kernels;

/// <summary>Stable orders along the middle axis of [outer, size, inner], found on unsigned keys in the order of the numbers.</summary>
/// <remarks>A 32-bit key and the place fit into one word, which alone is sorted; wider keys are sorted beside their places.</remarks>
static unsafe class SortKernels
{
    const ulong Sign = 1UL << 63;
    const int Few = 16;

    const int ChunkElements = 1 << 12;

    [ThreadStatic] static ulong[]? _keys;
    [ThreadStatic] static int[]? _places;

    /// <summary>order[…, i, …] = the index of the i-th element in ascending (or descending) order, for the first <paramref name="count"/>; equal ones keep theirs.</summary>
    public static void Order<T>(ReadOnlySpan<T> x, int outer, int size, int inner, bool descending, int count, Span<long> order) where T : unmanaged, INumber<T>
    {
        if (order.IsEmpty) return;
        int lanes = outer * inner, each = Math.Max(1, ChunkElements / size), chunks = (lanes + each - 1) / each;
        fixed (T* px = x)
        fixed (long* po = order)
        {
            Chunk<T> chunk = new(px, x.Length, lanes, size, inner, each, descending, count, po, order.Length);
            if (chunks == 1) chunk.Run(0);
            else Parallelism.Run(chunks, chunk);
        }
    }

    readonly struct Chunk<T>(T* x, int length, int lanes, int size, int inner, int each, bool descending, int count, long* order, int orderLength) : IParallelWork
        where T : unmanaged, INumber<T>
    {
        public void Run(int chunk)
        {
            if (_keys is null || _keys.Length < size) (_keys, _places) = (new ulong[size], new int[size]);
            Span<ulong> keys = _keys.AsSpan(0, size);
            Span<int> places = _places.AsSpan(0, size);
            int end = Math.Min(lanes, (chunk + 1) * each);
            for (int lane = chunk * each; lane < end; lane++)
            {
                int block = lane / inner, k = lane % inner;
                ReadOnlySpan<T> source = new ReadOnlySpan<T>(x, length)[((block * size * inner) + k)..];
                Span<long> target = new Span<long>(order, orderLength)[((block * count * inner) + k)..];
                if (typeof(T) == typeof(float)) OrderPacked(MemoryMarshal.Cast<T, float>(source), inner, descending, keys, count, target);
                else OrderPairs(source, inner, descending, keys, places, count, target);
            }
        }
    }

    [MethodImpl(Jit.Loop)]
    static void OrderPacked(ReadOnlySpan<float> x, int stride, bool descending, Span<ulong> words, int count, Span<long> order)
    {
        if (stride == 1 && count < words.Length / 4) words = First(x[..words.Length], descending, words[..count]);
        else
        {
            for (int i = 0; i < words.Length; i++) words[i] = Word(x[i * stride], i, descending);
            if (count < words.Length / 4) words = BringSmallest(words, count);
        }
        if (words.Length <= Few) OrderFew(words, stride, count, order);
        else
        {
            words.Sort();
            for (int i = 0; i < count; i++) order[i * stride] = (uint)words[i];
        }
    }

    /// <summary>A few words, without a branch that depends on them: each goes to the place that tells how many are smaller. No two are equal.</summary>
    [MethodImpl(Jit.Loop)]
    static void OrderFew(ReadOnlySpan<ulong> words, int stride, int count, Span<long> order)
    {
        Span<ulong> all = stackalloc ulong[Few];
        all.Fill(ulong.MaxValue);
        words.CopyTo(all);
        Vector512<ulong> low = Vector512.Create<ulong>(all), high = Vector512.Create<ulong>(all[Vector512<ulong>.Count..]);
        foreach (ulong word in words)
        {
            Vector512<ulong> own = Vector512.Create(word);
            int rank = BitOperations.PopCount(Vector512.LessThan(low, own).ExtractMostSignificantBits()) + BitOperations.PopCount(Vector512.LessThan(high, own).ExtractMostSignificantBits());
            if (rank < count) order[rank * stride] = (uint)word;
        }
    }

    /// <summary>Key and place, in the order wanted.</summary>
    static ulong Word(float x, int place, bool descending)
    {
        uint key = Key32(x);
        return ((ulong)(descending ? ~key : key) << 32) | (uint)place;
    }

    /// <summary>The smallest words of a dense lane, in no order. Most numbers are no match for the worst of the best so far: whole vectors of them are passed over.</summary>
    [MethodImpl(Jit.Loop)]
    static Span<ulong> First(ReadOnlySpan<float> x, bool descending, Span<ulong> heap)
    {
        if (heap.IsEmpty) return heap;
        for (int i = 0; i < heap.Length; i++) heap[i] = Word(x[i], i, descending);
        for (int i = (heap.Length / 2) - 1; i >= 0; i--) SiftDown(heap, i);
        int at = heap.Length;
        for (; at + Vector512<float>.Count <= x.Length; at += Vector512<float>.Count)
        {
            Vector512<float> v = Vector512.Create(x[at..]), worst = Vector512.Create(x[(int)(uint)heap[0]]);
            // What is not certainly behind, NaN included, is looked at by its word.
            ulong near = (~(descending ? Vector512.LessThanOrEqual(v, worst) : Vector512.GreaterThanOrEqual(v, worst))).ExtractMostSignificantBits();
            for (; near != 0; near &= near - 1) Offer(at + BitOperations.TrailingZeroCount(near), x, descending, heap);
        }
        for (; at < x.Length; at++) Offer(at, x, descending, heap);
        return heap;
    }

    static void Offer(int place, ReadOnlySpan<float> x, bool descending, Span<ulong> heap)
    {
        ulong word = Word(x[place], place, descending);
        if (word >= heap[0]) return;
        heap[0] = word;
        SiftDown(heap, 0);
    }

    static void OrderPairs<T>(ReadOnlySpan<T> x, int stride, bool descending, Span<ulong> keys, Span<int> places, int count, Span<long> order) where T : unmanaged, INumber<T>
    {
        for (int i = 0; i < keys.Length; i++)
        {
            ulong key = Key64(x[i * stride]);
            (keys[i], places[i]) = (descending ? ~key : key, i);
        }
        keys.Sort(places);
        // The sort is not stable: the places of equal keys are put in order afterwards.
        for (int i = 0, end; i < keys.Length; i = end)
        {
            for (end = i + 1; end < keys.Length && keys[end] == keys[i];) end++;
            if (end > i + 1) places[i..end].Sort();
        }
        for (int i = 0; i < count; i++) order[i * stride] = places[i];
    }

    /// <summary>−0 equals 0, and NaN is the greatest.</summary>
    static uint Key32(float x)
    {
        const uint sign = 1U << 31;
        if (float.IsNaN(x)) return uint.MaxValue;
        // Adding 0 turns −0 into 0. Negative numbers grow with falling magnitude: all bits flip.
        uint bits = BitConverter.SingleToUInt32Bits(x + 0f);
        return (bits & sign) != 0 ? ~bits : bits | sign;
    }

    static ulong Key64<T>(T x) where T : INumber<T>
    {
        if (typeof(T) == typeof(long)) return (ulong)long.CreateTruncating(x) ^ Sign;
        if (T.IsNaN(x)) return ulong.MaxValue;
        ulong bits = BitConverter.DoubleToUInt64Bits(double.CreateTruncating(x) + 0.0);
        return (bits & Sign) != 0 ? ~bits : bits | Sign;
    }

    /// <summary>Brings the smallest words to the front, in no order: a heap of the best so far, the worst of them on top.</summary>
    [MethodImpl(Jit.Loop)]
    static Span<ulong> BringSmallest(Span<ulong> words, int count)
    {
        Span<ulong> heap = words[..count];
        for (int i = (count / 2) - 1; i >= 0; i--) SiftDown(heap, i);
        for (int i = count; i < words.Length && count > 0; i++)
        {
            if (words[i] >= heap[0]) continue;
            heap[0] = words[i];
            SiftDown(heap, 0);
        }
        return heap;
    }

    static void SiftDown(Span<ulong> heap, int i)
    {
        ulong word = heap[i];
        for (int child = (2 * i) + 1; child < heap.Length; child = (2 * i) + 1)
        {
            if (child + 1 < heap.Length && heap[child + 1] > heap[child]) child++;
            if (heap[child] <= word) break;
            heap[i] = heap[child];
            i = child;
        }
        heap[i] = word;
    }
}
