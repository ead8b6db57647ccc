using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Autograd.Kernels;

/// <summary>Sums of few elements of the middle axis of [outer, size, inner], each with a weight, in the order of the taps.</summary>
static unsafe class TapKernels
{
    const int ChunkElements = 1 << 15;

    [ThreadStatic] static Scratch _weights, _blocks, _picks, _planned;

    /// <summary>y[o, i, k] = Σ weight·x[o, index, k] over the taps of i.</summary>
    public static void Run<T>(ReadOnlySpan<T> x, int outer, int inner, Taps taps, Span<T> y) where T : unmanaged, INumber<T>
    {
        if (y.IsEmpty) return;
        int count = taps.Indices.Length, rows = Math.Max(1, ChunkElements / (taps.Outputs * inner));
        T* weights = _weights.Get<T>(count);
        for (int i = 0; i < count; i++) weights[i] = T.CreateTruncating(taps.Weights[i]);
        fixed (T* px = x, py = y)
        fixed (int* starts = taps.Starts, indices = taps.Indices)
        {
            Table<T> table = new(taps.Inputs, taps.Outputs, starts, indices, weights);
            int chunks = (outer + rows - 1) / rows;
            if (inner > 1) Parallelism.Run(chunks, new RowsChunk<T>(table, px, py, outer, inner, rows));
            else if (typeof(T) == typeof(float) && Plan.Of(taps) is { Most: > 0 } plan)
                Parallelism.Run(chunks, new VectorChunk(plan, taps.Inputs, taps.Outputs, (float*)px, (float*)py, outer, rows));
            else Parallelism.Run(chunks, new ElementsChunk<T>(table, px, py, outer, rows));
        }
    }

    readonly struct Table<T>(int inputs, int outputs, int* starts, int* indices, T* weights) where T : unmanaged
    {
        public readonly int Inputs = inputs, Outputs = outputs;
        public readonly int* Starts = starts, Indices = indices;
        public readonly T* Weights = weights;
    }

    readonly struct RowsChunk<T>(Table<T> table, T* x, T* y, int outer, int inner, int rows) : IParallelWork where T : unmanaged, INumber<T>
    {
        public void Run(int chunk)
        {
            for (nint o = (nint)chunk * rows, end = Math.Min(outer, o + rows); o < end; o++)
            {
                T* from = x + (o * table.Inputs * inner), to = y + (o * table.Outputs * inner);
                for (int i = 0; i < table.Outputs; i++, to += inner)
                {
                    int start = table.Starts[i], count = table.Starts[i + 1] - start;
                    Sum(from, table.Indices + start, table.Weights + start, count, to, inner);
                }
            }
        }

        [MethodImpl(Jit.Loop)]
        static void Sum(T* x, int* indices, T* weights, int count, T* y, int inner)
        {
            int k = 0, width = Vector512<T>.Count;
            if (count == 2)
            {
                T* a = x + ((nint)indices[0] * inner), b = x + ((nint)indices[1] * inner);
                Vector512<T> near = Vector512.Create(weights[0]), far = Vector512.Create(weights[1]);
                for (; k + width <= inner; k += width) ((Vector512.Load(a + k) * near) + (Vector512.Load(b + k) * far)).Store(y + k);
            }
            for (; k < inner; k += width)
            {
                nuint left = (nuint)Math.Min(width, inner - k);
                Vector512<T> sum = default;
                for (int t = 0; t < count; t++)
                {
                    Vector512<T> part = Tail.LoadUpTo(x + ((nint)indices[t] * inner) + k, left, default) * Vector512.Create(weights[t]);
                    sum = t == 0 ? part : sum + part;
                }
                Tail.StoreUpTo(sum, y + k, left);
            }
        }
    }

    readonly struct ElementsChunk<T>(Table<T> table, T* x, T* y, int outer, int rows) : IParallelWork where T : unmanaged, INumber<T>
    {
        [MethodImpl(Jit.Loop)]
        public void Run(int chunk)
        {
            int* indices = table.Indices, starts = table.Starts;
            T* weights = table.Weights;
            int outputs = table.Outputs;
            for (nint o = (nint)chunk * rows, end = Math.Min(outer, o + rows); o < end; o++)
            {
                T* from = x + (o * table.Inputs), to = y + (o * outputs);
                for (int i = 0; i < outputs; i++)
                {
                    int t = starts[i], last = starts[i + 1];
                    T sum = T.Zero;
                    if (t < last) sum = from[indices[t]] * weights[t];
                    for (t++; t < last; t++) sum += from[indices[t]] * weights[t];
                    to[i] = sum;
                }
            }
        }
    }

    /// <summary>
    /// The taps of sixteen outputs side by side, picked out of two vectors of neighbours by one instruction for each tap; none where they do not lie so close together.
    /// </summary>
    readonly struct Plan(int most, int* from, int* picks, float* weights)
    {
        public readonly int Most = most;
        public readonly int* From = from, Picks = picks;
        public readonly float* Weights = weights;

        public static Plan Of(Taps taps)
        {
            const int Width = 16;
            if (!Avx512F.IsSupported) return default;
            int blocks = (taps.Outputs + Width - 1) / Width, each = taps.Most * Width;
            int* from = _blocks.Get<int>(blocks), picks = _picks.Get<int>(blocks * each);
            float* weights = _planned.Get<float>(blocks * each);
            for (int b = 0; b < blocks; b++)
            {
                int first = b * Width, end = Math.Min(taps.Outputs, first + Width), low = int.MaxValue;
                foreach (int index in taps.Indices[taps.Starts[first]..taps.Starts[end]]) low = Math.Min(low, index);
                from[b] = low = Math.Min(low, Math.Max(0, taps.Inputs - (2 * Width)));
                for (int i = 0; i < Width; i++)
                {
                    for (int t = 0; t < taps.Most; t++)
                    {
                        int at = first + i < end ? taps.Starts[first + i] + t : int.MaxValue, place = (b * each) + (t * Width) + i;
                        // Where there is no tap the pick is negative.
                        bool none = first + i >= end || at >= taps.Starts[first + i + 1];
                        int pick = none ? -1 : taps.Indices[at] - low;
                        if (pick >= 2 * Width) return default;
                        (picks[place], weights[place]) = (pick, none ? 0 : (float)taps.Weights[at]);
                    }
                }
            }
            return new(taps.Most, from, picks, weights);
        }
    }

    readonly struct VectorChunk(Plan plan, int inputs, int outputs, float* x, float* y, int outer, int rows) : IParallelWork
    {
        [MethodImpl(Jit.Loop)]
        public void Run(int chunk)
        {
            nuint width = (nuint)Vector512<float>.Count;
            for (nint o = (nint)chunk * rows, end = Math.Min(outer, o + rows); o < end; o++)
            {
                float* from = x + (o * inputs), to = y + (o * outputs);
                int* picks = plan.Picks;
                float* weights = plan.Weights;
                for (int b = 0, i = 0; i < outputs; b++, i += (int)width)
                {
                    nuint left = (nuint)(inputs - plan.From[b]);
                    Vector512<float> low = Tail.LoadUpTo(from + plan.From[b], Math.Min(left, width), default);
                    Vector512<float> high = left <= width ? default : Tail.LoadUpTo(from + plan.From[b] + width, Math.Min(left - width, width), default);
                    Vector512<float> sum = default;
                    for (int t = 0; t < plan.Most; t++, picks += width, weights += width)
                    {
                        Vector512<int> pick = Vector512.Load(picks);
                        Vector512<float> part = Avx512F.PermuteVar16x32x2(low, pick, high) * Vector512.Load(weights);
                        sum = Vector512.ConditionalSelect(Vector512.LessThan(pick, Vector512<int>.Zero).AsSingle(), sum, t == 0 ? part : sum + part);
                    }
                    Tail.StoreUpTo(sum, to + i, Math.Min((nuint)(outputs - i), width));
                }
            }
        }
    }
}
