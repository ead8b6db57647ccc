using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Autograd.Kernels;

/// <summary>The gradient of a reduction at an element, from the element and from what its place in the result holds.</summary>
interface ISlope<T> where T : unmanaged
{
    /// <summary>What all elements of a place share, from its upstream gradient and its value.</summary>
    Vector512<T> Shared(Vector512<T> dy, Vector512<T> y);

    /// <summary>dx at elements, from what they share and the value of their place.</summary>
    Vector512<T> At(Vector512<T> x, Vector512<T> shared, Vector512<T> y);
}

/// <summary>
/// The backward of reductions over any axes of a dense array: every element of dx from x and from two numbers of its place, which
/// are read where they lie instead of being expanded. One walk over x and dx; memory bounds it, unless the slope is an exponential.
/// </summary>
static unsafe class SpreadKernels
{
    const int ChunkElements = 1 << 15;

    /// <summary>dx = slope at each element; added unless fresh.</summary>
    /// <param name="slope">The formula.</param>
    /// <param name="x">The input of the reduction.</param>
    /// <param name="sizes">Its sizes.</param>
    /// <param name="reduced">The reduced axes, as bits.</param>
    /// <param name="dy">Upstream gradients, dense over the kept axes.</param>
    /// <param name="y">One more number a place, such as the result.</param>
    /// <param name="dx">The gradient, in the shape of x.</param>
    /// <param name="fresh">Whether dx is overwritten.</param>
    public static void Run<T, TSlope>(
        TSlope slope, ReadOnlySpan<T> x, ReadOnlySpan<int> sizes, ulong reduced, ReadOnlySpan<T> dy, ReadOnlySpan<T> y, Span<T> dx, bool fresh)
        where T : unmanaged where TSlope : struct, ISlope<T>
    {
        if (dx.IsEmpty) return;
        int* axes = stackalloc int[sizes.Length + 1];
        int rank = FoldKernels.Collapse(sizes, reduced, new(axes, sizes.Length + 1), out bool innerReduced);
        fixed (T* px = x, pdy = dy, py = y, pdx = dx)
        {
            Places places = new(axes, rank, innerReduced);
            int chunks = (dx.Length + ChunkElements - 1) / ChunkElements;
            if (fresh) Parallelism.Run(chunks, new Chunk<T, TSlope, Yes>(slope, places, px, pdy, py, pdx, dx.Length));
            else Parallelism.Run(chunks, new Chunk<T, TSlope, No>(slope, places, px, pdy, py, pdx, dx.Length));
        }
    }

    /// <summary>How many elements of each place equal its value: among which an extreme is shared.</summary>
    public static void Count<T>(ReadOnlySpan<T> x, ReadOnlySpan<int> sizes, ulong reduced, ReadOnlySpan<T> y, Span<T> count) where T : unmanaged, INumber<T>
    {
        count.Clear();
        if (x.IsEmpty) return;
        int* axes = stackalloc int[sizes.Length + 1];
        int rank = FoldKernels.Collapse(sizes, reduced, new(axes, sizes.Length + 1), out bool innerReduced);
        fixed (T* px = x, py = y, pc = count)
        {
            // Where the outermost axis is kept, its slices have places of their own and can be counted side by side.
            Places places = new(axes, rank, innerReduced);
            int slice = places.IsKept(rank - 1) ? x.Length / axes[rank - 1] : x.Length;
            int each = (int)Math.Min(x.Length, (long)Math.Max(1, ChunkElements / slice) * slice), chunks = (x.Length + each - 1) / each;
            Parallelism.Run(chunks, new CountChunk<T>(places, px, py, pc, x.Length, each));
        }
    }

    /// <summary>Axes that alternate between kept and reduced, innermost first.</summary>
    readonly struct Places(int* axes, int rank, bool innerReduced)
    {
        public int Rank => rank;

        public bool InnerReduced => innerReduced;

        public int Size(int axis) => axes[axis];

        public bool IsKept(int axis) => (axis % 2 == 0) != innerReduced;
    }

    /// <summary>Goes over stretches of elements along the innermost axis and names the place of each stretch, or of its first element.</summary>
    ref struct Walk
    {
        readonly Places _places;
        readonly int* _index;
        int _left, _from;

        public int At, Place, Length;

        public Walk(Places places, int* index, int start, int count)
        {
            _places = places;
            _index = index;
            (At, _left) = (start, count);
            int run = places.Size(0), row = start / run, step = places.InnerReduced ? 1 : run;
            _from = start % run;
            for (int i = 1; i < places.Rank; i++)
            {
                int size = places.Size(i);
                index[i] = row % size;
                row /= size;
                if (!places.IsKept(i)) continue;
                Place += index[i] * step;
                step *= size;
            }
            if (!places.InnerReduced) Place += _from;
            Length = Math.Min(run - _from, count);
        }

        public bool Next()
        {
            _left -= Length;
            if (_left == 0) return false;
            At += Length;
            if (!_places.InnerReduced) Place -= _from;
            _from = 0;
            Length = Math.Min(_places.Size(0), _left);
            for (int i = 1, step = _places.InnerReduced ? 1 : _places.Size(0); i < _places.Rank; i++)
            {
                bool kept = _places.IsKept(i);
                int size = _places.Size(i);
                if (kept) Place += step;
                if (++_index[i] < size) return true;
                _index[i] = 0;
                if (!kept) continue;
                Place -= step * size;
                step *= size;
            }
            return true;
        }
    }

    readonly struct Chunk<T, TSlope, TFresh>(TSlope slope, Places places, T* x, T* dy, T* y, T* dx, int count) : IParallelWork
        where T : unmanaged where TSlope : struct, ISlope<T> where TFresh : struct, IFlag
    {
        public void Run(int chunk)
        {
            int* index = stackalloc int[places.Rank];
            int start = chunk * ChunkElements;
            Walk walk = new(places, index, start, Math.Min(ChunkElements, count - start));
            do
            {
                T* pdy = dy + walk.Place, py = y + walk.Place;
                if (places.InnerReduced) Stretch<No>(slope, x + walk.At, pdy, py, dx + walk.At, (nuint)walk.Length);
                else Stretch<Yes>(slope, x + walk.At, pdy, py, dx + walk.At, (nuint)walk.Length);
            }
            while (walk.Next());
        }

        /// <summary>Elements of one place, or of places one after the other.</summary>
        [MethodImpl(Jit.Loop)]
        static void Stretch<TMoves>(TSlope slope, T* x, T* dy, T* y, T* dx, nuint n) where TMoves : struct, IFlag
        {
            nuint width = (nuint)Vector512<T>.Count, i = 0;
            Vector512<T> value = TMoves.Value ? default : Vector512.Create(*y), shared = TMoves.Value ? default : slope.Shared(Vector512.Create(*dy), value);
            for (; i + width <= n; i += width)
            {
                if (TMoves.Value) shared = slope.Shared(Vector512.Load(dy + i), value = Vector512.Load(y + i));
                Vector512<T> part = slope.At(Vector512.Load(x + i), shared, value);
                (TFresh.Value ? part : Vector512.Load(dx + i) + part).Store(dx + i);
            }
            if (i == n) return;
            nuint left = n - i;
            if (TMoves.Value) shared = slope.Shared(Tail.Load(dy + i, left, default), value = Tail.Load(y + i, left, default));
            Vector512<T> last = slope.At(Tail.Load(x + i, left, default), shared, value);
            Tail.Store(TFresh.Value ? last : Tail.Load(dx + i, left, default) + last, dx + i, left);
        }
    }

    readonly struct CountChunk<T>(Places places, T* x, T* y, T* counts, int count, int each) : IParallelWork where T : unmanaged, INumber<T>
    {
        public void Run(int chunk)
        {
            int* index = stackalloc int[places.Rank];
            int start = chunk * each;
            Walk walk = new(places, index, start, Math.Min(each, count - start));
            do
            {
                if (places.InnerReduced) counts[walk.Place] += T.CreateTruncating(Equal(x + walk.At, Vector512.Create(y[walk.Place]), (nuint)walk.Length));
                else AddEqual(x + walk.At, y + walk.Place, counts + walk.Place, (nuint)walk.Length);
            }
            while (walk.Next());
        }

        [MethodImpl(Jit.Loop)]
        static int Equal(T* x, Vector512<T> y, nuint n)
        {
            nuint width = (nuint)Vector512<T>.Count, i = 0;
            int sum = 0;
            for (; i + width <= n; i += width) sum += BitOperations.PopCount(Vector512.Equals(Vector512.Load(x + i), y).ExtractMostSignificantBits());
            if (i == n) return sum;
            Vector512<T> last = Vector512.Equals(Tail.Load(x + i, n - i, y), y) & Tail.Mask<T>(n - i);
            return sum + BitOperations.PopCount(last.ExtractMostSignificantBits());
        }

        [MethodImpl(Jit.Loop)]
        static void AddEqual(T* x, T* y, T* counts, nuint n)
        {
            nuint width = (nuint)Vector512<T>.Count;
            for (nuint i = 0; i < n; i += width)
            {
                nuint left = Math.Min(width, n - i);
                Vector512<T> equal = Vector512.Equals(Tail.LoadUpTo(x + i, left, default), Tail.LoadUpTo(y + i, left, default));
                Tail.StoreUpTo(Tail.LoadUpTo(counts + i, left, default) + (equal & Vector512<T>.One), counts + i, left);
            }
        }
    }
}
