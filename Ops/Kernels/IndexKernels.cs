using System.Numerics;
using System.Numerics.Tensors;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace Autograd.Kernels;

/// <summary>Rows picked by index along one axis, and sums collected by index. Every index but those that Outside looks at has been checked.</summary>
static class IndexKernels
{
    const int ChunkBytes = 1 << 17, Short = 512;

    /// <summary>The position of the first index that is not in [0, size), or −1.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static int Outside(ReadOnlySpan<long> index, long size)
    {
        int i = 0;
        Vector512<ulong> limit = Vector512.Create((ulong)size);
        for (; i + Vector512<long>.Count <= index.Length; i += Vector512<long>.Count)
        {
            if (Vector512.GreaterThanOrEqualAny(Vector512.Create(index[i..]).AsUInt64(), limit)) break;
        }
        for (; i < index.Length; i++)
        {
            if ((ulong)index[i] >= (ulong)size) return i;
        }
        return -1;
    }

    /// <summary>y[o, j, …] = x[o, index[j], …]; x is [outer, size, run] with runs in bytes.</summary>
    public static void Select(ReadOnlySpan<byte> x, int outer, int size, int run, ReadOnlySpan<long> index, Span<byte> y)
    {
        if (run == 0) return;
        if (run == sizeof(uint)) SelectElements<uint>(x, outer, size, index, y);
        else if (run == sizeof(ulong)) SelectElements<ulong>(x, outer, size, index, y);
        else SelectRuns(x, outer, size, run, index, y);
    }

    static unsafe void SelectRuns(ReadOnlySpan<byte> x, int outer, int size, int run, ReadOnlySpan<long> index, Span<byte> y)
    {
        fixed (byte* px = x, py = y)
        fixed (long* pi = index)
        {
            int each = Math.Max(1, ChunkBytes / run), blocks = (index.Length + each - 1) / each;
            Parallelism.Run(outer * blocks, new SelectChunk(px, size, run, pi, index.Length, each, blocks, py));
        }
    }

    readonly unsafe struct SelectChunk(byte* x, int size, int run, long* index, int count, int each, int blocks, byte* y) : IParallelWork
    {
        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        public void Run(int chunk)
        {
            int o = chunk / blocks, start = chunk % blocks * each, end = Math.Min(count, start + each);
            byte* plane = x + ((nint)o * size * run), to = y + ((((nint)o * count) + start) * run);
            for (int j = start; j < end; j++, to += run)
            {
                byte* from = plane + ((nint)index[j] * run);
                if (run % sizeof(uint) == 0 && run <= Short) VectorOps.Copy((uint*)from, (uint*)to, run / sizeof(uint));
                else new ReadOnlySpan<byte>(from, run).CopyTo(new Span<byte>(to, run));
            }
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    static void SelectElements<T>(ReadOnlySpan<byte> x, int outer, int size, ReadOnlySpan<long> index, Span<byte> y) where T : unmanaged
    {
        ReadOnlySpan<T> source = MemoryMarshal.Cast<byte, T>(x);
        Span<T> target = MemoryMarshal.Cast<byte, T>(y);
        for (int o = 0; o < outer; o++)
            GatherRun<T>.Run(ref Unsafe.AsRef(in MemoryMarshal.GetReference(source.Slice(o * size, size))), 0, 1, index, target.Slice(o * index.Length, index.Length));
    }

    /// <summary>y[o, index[j], …] += x[o, j, …] in the order of j, leaving out where index[j] = skip; y is [outer, size, inner].</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Sum<T>(ReadOnlySpan<T> x, int outer, int size, int inner, ReadOnlySpan<long> index, long skip, Span<T> y) where T : unmanaged, INumber<T>
    {
        if (inner == 0) return;
        for (int o = 0; o < outer; o++)
        {
            ReadOnlySpan<T> rows = x.Slice(o * index.Length * inner, index.Length * inner);
            Span<T> plane = y.Slice(o * size * inner, size * inner);
            for (int j = 0; j < index.Length; j++)
            {
                if (index[j] == skip) continue;
                if (inner == 1)
                {
                    plane[(int)index[j]] += rows[j];
                    continue;
                }
                Span<T> target = plane.Slice((int)index[j] * inner, inner);
                TensorPrimitives.Add(target, rows.Slice(j * inner, inner), target);
            }
        }
    }

    /// <summary>y[…, j, …] = x[…, index[…, j, …], …] along an axis; elements of <paramref name="width"/> bytes.</summary>
    public static void Gather(ReadOnlySpan<byte> x, ReadOnlySpan<int> sizes, int axis, ReadOnlySpan<long> index, ReadOnlySpan<int> indexSizes, Span<byte> y, int width)
    {
        switch (width)
        {
            case sizeof(uint): Visit<uint, GatherRun<uint>>(Writable<uint>(x), sizes, axis, index, indexSizes, MemoryMarshal.Cast<byte, uint>(y)); break;
            case sizeof(ulong): Visit<ulong, GatherRun<ulong>>(Writable<ulong>(x), sizes, axis, index, indexSizes, MemoryMarshal.Cast<byte, ulong>(y)); break;
            default: Visit<byte, GatherRun<byte>>(Writable<byte>(x), sizes, axis, index, indexSizes, y); break;
        }
    }

    /// <summary>y[…, index[…, j, …], …] = x[…, j, …] in row-major order of x, so the last of several wins.</summary>
    public static void Scatter(ReadOnlySpan<byte> x, ReadOnlySpan<int> sizes, int axis, ReadOnlySpan<long> index, ReadOnlySpan<int> indexSizes, Span<byte> y, int width)
    {
        switch (width)
        {
            case sizeof(uint): Visit<uint, SetRun<uint>>(MemoryMarshal.Cast<byte, uint>(y), sizes, axis, index, indexSizes, Writable<uint>(x)); break;
            case sizeof(ulong): Visit<ulong, SetRun<ulong>>(MemoryMarshal.Cast<byte, ulong>(y), sizes, axis, index, indexSizes, Writable<ulong>(x)); break;
            default: Visit<byte, SetRun<byte>>(y, sizes, axis, index, indexSizes, Writable<byte>(x)); break;
        }
    }

    /// <summary>y[…, index[…, j, …], …] += x[…, j, …] in row-major order of x.</summary>
    public static void ScatterSum<T>(ReadOnlySpan<T> x, ReadOnlySpan<int> sizes, int axis, ReadOnlySpan<long> index, ReadOnlySpan<int> indexSizes, Span<T> y)
        where T : unmanaged, INumber<T> => Visit<T, AddRun<T>>(y, sizes, axis, index, indexSizes, Writable<T>(MemoryMarshal.AsBytes(x)));

    /// <summary>Only for the side that a run reads.</summary>
    static Span<T> Writable<T>(ReadOnlySpan<byte> x) where T : unmanaged
    {
        ReadOnlySpan<T> elements = MemoryMarshal.Cast<byte, T>(x);
        return MemoryMarshal.CreateSpan(ref MemoryMarshal.GetReference(elements), elements.Length);
    }

    /// <summary>Goes over the elements of the picked side (of the index's sizes) and their places in the whole side.</summary>
    static void Visit<T, TRun>(Span<T> whole, ReadOnlySpan<int> sizes, int axis, ReadOnlySpan<long> index, ReadOnlySpan<int> indexSizes, Span<T> picked)
        where T : unmanaged where TRun : struct, IRun<T>
    {
        if (index.IsEmpty) return;
        // Runs go along the innermost axis along which there are several indices.
        int last = sizes.Length - 1;
        while (last > 0 && indexSizes[last] == 1) last--;
        int run = indexSizes[last], start = 0;
        Span<int> strides = stackalloc int[sizes.Length], at = stackalloc int[sizes.Length];
        for (int i = sizes.Length - 1, step = 1; i >= 0; step *= sizes[i--]) strides[i] = step;
        int scale = strides[axis];
        strides[axis] = 0;
        at.Clear();
        for (int p = 0; p < index.Length; p += run)
        {
            TRun.Run(ref whole[start], strides[last], scale, index.Slice(p, run), picked.Slice(p, run));
            for (int i = last - 1; i >= 0; i--)
            {
                start += strides[i];
                if (++at[i] < indexSizes[i]) break;
                start -= strides[i] * indexSizes[i];
                at[i] = 0;
            }
        }
    }

    interface IRun<T>
    {
        /// <summary>Element j of the run belongs to place j·stride + index[j]·scale of the whole, counted from <paramref name="first"/>.</summary>
        static abstract void Run(ref T first, nint stride, nint scale, ReadOnlySpan<long> index, Span<T> picked);
    }

    readonly struct GatherRun<T> : IRun<T>
    {
        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        public static void Run(ref T first, nint stride, nint scale, ReadOnlySpan<long> index, Span<T> picked)
        {
            ref T target = ref MemoryMarshal.GetReference(picked);
            int j = 0;
            for (; j + 4 <= index.Length; j += 4, first = ref Unsafe.Add(ref first, 4 * stride), target = ref Unsafe.Add(ref target, 4))
            {
                T a = Unsafe.Add(ref first, (nint)index[j] * scale), b = Unsafe.Add(ref first, stride + ((nint)index[j + 1] * scale));
                T c = Unsafe.Add(ref first, (2 * stride) + ((nint)index[j + 2] * scale)), d = Unsafe.Add(ref first, (3 * stride) + ((nint)index[j + 3] * scale));
                target = a;
                Unsafe.Add(ref target, 1) = b;
                Unsafe.Add(ref target, 2) = c;
                Unsafe.Add(ref target, 3) = d;
            }
            for (; j < index.Length; j++, first = ref Unsafe.Add(ref first, stride)) picked[j] = Unsafe.Add(ref first, (nint)index[j] * scale);
        }
    }

    readonly struct SetRun<T> : IRun<T>
    {
        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        public static void Run(ref T first, nint stride, nint scale, ReadOnlySpan<long> index, Span<T> picked)
        {
            ref long at = ref MemoryMarshal.GetReference(index);
            ref T from = ref MemoryMarshal.GetReference(picked);
            for (int j = 0; j < picked.Length; j++, first = ref Unsafe.Add(ref first, stride)) Unsafe.Add(ref first, (nint)Unsafe.Add(ref at, j) * scale) = Unsafe.Add(ref from, j);
        }
    }

    readonly struct AddRun<T> : IRun<T> where T : unmanaged, INumber<T>
    {
        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        public static void Run(ref T first, nint stride, nint scale, ReadOnlySpan<long> index, Span<T> picked)
        {
            ref long at = ref MemoryMarshal.GetReference(index);
            ref T from = ref MemoryMarshal.GetReference(picked);
            for (int j = 0; j < picked.Length; j++, first = ref Unsafe.Add(ref first, stride)) Unsafe.Add(ref first, (nint)Unsafe.Add(ref at, j) * scale) += Unsafe.Add(ref from, j);
        }
    }
}
