using System.Numerics;

namespace Autograd.Kernels;

/// <summary>Stable orders along the middle axis of [outer, size, inner], found on integer keys.</summary>
static class SortKernels
{
    const ulong Sign = 1UL << 63;

    [ThreadStatic] static ulong[]? _keys;
    [ThreadStatic] static int[]? _order;

    /// <summary>order[…, i, …] = the index of the i-th element in ascending (or descending) order, for the first <paramref name="count"/>; equal ones keep theirs.</summary>
    public static void Order<T>(ReadOnlySpan<T> x, int outer, int size, int inner, bool descending, int count, Span<long> order) where T : unmanaged, INumber<T>
    {
        if (_keys is null || _keys.Length < size) (_keys, _order) = (new ulong[size], new int[size]);
        for (int o = 0; o < outer; o++)
        {
            for (int k = 0; k < inner; k++)
            {
                Span<ulong> keys = _keys.AsSpan(0, size);
                Span<int> places = _order.AsSpan(0, size);
                int start = (o * size * inner) + k, target = (o * count * inner) + k;
                for (int i = 0; i < size; i++)
                {
                    ulong key = Key(x[start + (i * inner)]);
                    (keys[i], places[i]) = (descending ? ~key : key, i);
                }
                if (count < size / 4)
                {
                    BringSmallest(keys, places, count);
                    keys = keys[..count];
                    places = places[..count];
                }
                keys.Sort(places);
                Stabilize(keys, places);
                for (int i = 0; i < count; i++) order[target + (i * inner)] = places[i];
            }
        }
    }

    /// <summary>An unsigned integer in the order of the numbers: −0 equals 0, and NaN is the greatest.</summary>
    static ulong Key<T>(T x) where T : INumber<T>
    {
        if (typeof(T) == typeof(long)) return (ulong)long.CreateTruncating(x) ^ Sign;
        if (T.IsNaN(x)) return ulong.MaxValue;
        // Adding 0 turns −0 into 0. Negative numbers grow with falling magnitude: all bits flip.
        ulong bits = BitConverter.DoubleToUInt64Bits(double.CreateTruncating(x) + 0.0);
        return (bits & Sign) != 0 ? ~bits : bits | Sign;
    }

    /// <summary>Brings the smallest pairs of key and place to the front: a heap of the best so far, the worst of them on top.</summary>
    static void BringSmallest(Span<ulong> keys, Span<int> places, int count)
    {
        if (count == 0) return;
        for (int i = (count / 2) - 1; i >= 0; i--) SiftDown(keys, places, i, count);
        for (int i = count; i < keys.Length; i++)
        {
            // An equal key comes later and so does not displace.
            if (keys[i] >= keys[0]) continue;
            (keys[0], places[0]) = (keys[i], places[i]);
            SiftDown(keys, places, 0, count);
        }
    }

    static void SiftDown(Span<ulong> keys, Span<int> places, int i, int count)
    {
        while (true)
        {
            int child = (2 * i) + 1;
            if (child >= count) return;
            if (child + 1 < count && IsAfter(keys, places, child + 1, child)) child++;
            if (!IsAfter(keys, places, child, i)) return;
            (keys[i], keys[child], places[i], places[child]) = (keys[child], keys[i], places[child], places[i]);
            i = child;
        }
    }

    static bool IsAfter(Span<ulong> keys, Span<int> places, int i, int k) => keys[i] > keys[k] || (keys[i] == keys[k] && places[i] > places[k]);

    /// <summary>Puts the places of equal keys in ascending order.</summary>
    static void Stabilize(Span<ulong> keys, Span<int> places)
    {
        for (int i = 0, end; i < keys.Length; i = end)
        {
            for (end = i + 1; end < keys.Length && keys[end] == keys[i];) end++;
            if (end > i + 1) places[i..end].Sort();
        }
    }
}
