using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace Autograd.Kernels;

/// <summary>Stable orders along the last axis of [lanes, size], found on unsigned keys in the order of the numbers.</summary>
/// <remarks>A 32-bit key and the place fit into one word, which alone is sorted; wider keys are sorted beside their places.</remarks>
static unsafe class SortKernels
{
    const ulong Sign = 1UL << 63;
    const int Few = 16;

    const int ChunkElements = 1 << 12;

    [ThreadStatic] static ulong[]? _keys;
    [ThreadStatic] static int[]? _places;

    /// <summary>order[…, i] = the index of the i-th element in ascending (or descending) order, for the first <paramref name="count"/>; equal ones keep theirs.</summary>
    public static void Order<T>(ReadOnlySpan<T> x, int size, bool descending, int count, Span<long> order) where T : unmanaged, INumber<T>
    {
        if (order.IsEmpty) return;
        int lanes = x.Length / size, each = Math.Max(1, ChunkElements / size), chunks = (lanes + each - 1) / each;
        fixed (T* px = x)
        fixed (long* po = order)
        {
            Chunk<T> chunk = new(px, lanes, size, each, descending, count, po);
            if (chunks == 1) chunk.Run(0);
            else Parallelism.Run(chunks, chunk);
        }
    }

    readonly struct Chunk<T>(T* x, int lanes, int size, int each, bool descending, int count, long* order) : IParallelWork
        where T : unmanaged, INumber<T>
    {
        public void Run(int chunk)
        {
            if (_keys is null || _keys.Length < size) (_keys, _places) = (new ulong[size], new int[size]);
            Span<ulong> keys = _keys.AsSpan(0, size);
            Span<int> places = _places.AsSpan(0, size);
            int end = Math.Min(lanes, (chunk + 1) * each);
            if (typeof(T) == typeof(float) && size <= Vector512<ulong>.Count)
            {
                OrderShort(chunk * each, end);
                return;
            }
            for (int lane = chunk * each; lane < end; lane++)
            {
                ReadOnlySpan<T> source = new(x + ((nint)lane * size), size);
                Span<long> target = new(order + ((nint)lane * count), count);
                if (typeof(T) == typeof(float)) OrderPacked(MemoryMarshal.Cast<T, float>(source), descending, keys, count, target);
                else if (count < size / 4) OrderFirst(source, descending, keys[..count], places[..count], target);
                else OrderPairs(source, descending, keys, places, target);
            }
        }

        /// <summary>Lanes of floats whose words all lie in one vector. See OrderFew.</summary>
        [MethodImpl(Jit.Loop)]
        void OrderShort(int lane, int end)
        {
            float* from = (float*)x + ((nint)lane * size);
            long* to = order + ((nint)lane * count);
            Vector512<ulong> inside = Tail.Mask<ulong>((nuint)size), turn = Vector512.Create(descending ? ulong.MaxValue : 0);
            ulong* words = stackalloc ulong[Vector512<ulong>.Count];
            for (; lane < end; lane++, from += size, to += count)
            {
                // See Key32.
                Vector256<float> v = Tail.Load(from, (nuint)size, default).GetLower();
                Vector256<uint> bits = (v + Vector256<float>.Zero).AsUInt32(), negative = (bits.AsInt32() >> 31).AsUInt32();
                Vector256<uint> keys = Vector256.ConditionalSelect(Vector256.Equals(v, v).AsUInt32(), bits ^ (negative | Vector256.Create(1U << 31)), Vector256<uint>.AllBitsSet);
                (Vector256<ulong> low, Vector256<ulong> high) = Vector256.Widen(keys);
                Vector512<ulong> all = ((Vector512.Create(low, high) ^ turn) << 32) | Vector512<ulong>.Indices;
                all = Vector512.ConditionalSelect(inside, all, Vector512<ulong>.AllBitsSet);
                all.Store(words);
                for (int i = 0; i < size; i++)
                {
                    int rank = BitOperations.PopCount(Vector512.LessThan(all, Vector512.Create(words[i])).ExtractMostSignificantBits());
                    if (rank < count) to[rank] = i;
                }
            }
        }
    }

    [MethodImpl(Jit.Loop)]
    static void OrderPacked(ReadOnlySpan<float> x, bool descending, Span<ulong> words, int count, Span<long> order)
    {
        if (count < words.Length / 4) words = First(x, descending, words[..count]);
        else
        {
            for (int i = 0; i < words.Length; i++) words[i] = Word(x[i], i, descending);
        }
        if (words.Length <= Few) OrderFew(words, order);
        else
        {
            words.Sort();
            for (int i = 0; i < order.Length; i++) order[i] = (uint)words[i];
        }
    }

    /// <summary>A few words, without a branch that depends on them: each goes to the place that tells how many are smaller. No two are equal.</summary>
    [MethodImpl(Jit.Loop)]
    static void OrderFew(ReadOnlySpan<ulong> words, Span<long> order)
    {
        Span<ulong> all = stackalloc ulong[Few];
        all.Fill(ulong.MaxValue);
        words.CopyTo(all);
        Vector512<ulong> low = Vector512.Create<ulong>(all), high = Vector512.Create<ulong>(all[Vector512<ulong>.Count..]);
        foreach (ulong word in words)
        {
            Vector512<ulong> own = Vector512.Create(word);
            int rank = BitOperations.PopCount(Vector512.LessThan(low, own).ExtractMostSignificantBits()) + BitOperations.PopCount(Vector512.LessThan(high, own).ExtractMostSignificantBits());
            if (rank < order.Length) order[rank] = (uint)word;
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

    static void OrderPairs<T>(ReadOnlySpan<T> x, bool descending, Span<ulong> keys, Span<int> places, Span<long> order) where T : unmanaged, INumber<T>
    {
        for (int i = 0; i < keys.Length; i++) (keys[i], places[i]) = (Key(x[i], descending), i);
        SortPairs(keys, places, order);
    }

    /// <summary>The same for the first few, kept in a heap with the worst of them on top.</summary>
    [MethodImpl(Jit.Loop)]
    static void OrderFirst<T>(ReadOnlySpan<T> x, bool descending, Span<ulong> keys, Span<int> places, Span<long> order) where T : unmanaged, INumber<T>
    {
        for (int i = 0; i < keys.Length; i++) (keys[i], places[i]) = (Key(x[i], descending), i);
        for (int i = (keys.Length / 2) - 1; i >= 0; i--) SiftDown(keys, places, i);
        T worst = x[places[0]];
        for (int i = keys.Length; i < x.Length; i++)
        {
            // What is not certainly behind, NaN included, is looked at by its key; of equal ones the earlier stays.
            if (descending ? x[i] <= worst : x[i] >= worst) continue;
            ulong key = Key(x[i], descending);
            if (key >= keys[0]) continue;
            (keys[0], places[0]) = (key, i);
            SiftDown(keys, places, 0);
            worst = x[places[0]];
        }
        SortPairs(keys, places, order);
    }

    static void SortPairs(Span<ulong> keys, Span<int> places, Span<long> order)
    {
        keys.Sort(places);
        // The sort is not stable: the places of equal keys are put in order afterwards.
        for (int i = 0, end; i < keys.Length; i = end)
        {
            for (end = i + 1; end < keys.Length && keys[end] == keys[i];) end++;
            if (end > i + 1) places[i..end].Sort();
        }
        for (int i = 0; i < order.Length; i++) order[i] = places[i];
    }

    static void SiftDown(Span<ulong> keys, Span<int> places, int i)
    {
        (ulong key, int place) = (keys[i], places[i]);
        for (int child = (2 * i) + 1; child < keys.Length; child = (2 * i) + 1)
        {
            if (child + 1 < keys.Length && (keys[child + 1], places[child + 1]).CompareTo((keys[child], places[child])) > 0) child++;
            if ((keys[child], places[child]).CompareTo((key, place)) <= 0) break;
            (keys[i], places[i]) = (keys[child], places[child]);
            i = child;
        }
        (keys[i], places[i]) = (key, place);
    }

    static ulong Key<T>(T x, bool descending) where T : INumber<T> => descending ? ~Key64(x) : Key64(x);

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
