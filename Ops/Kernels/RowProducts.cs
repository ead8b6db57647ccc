using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Autograd.Kernels;

/// <summary>Neighbouring rows of a convolution from six products, whatever the number of taps; see Note [Products of rows].</summary>
// Note [Products of rows]
// A filter of r taps along the rows needs m·r products for m output rows. Seen as coefficients of polynomials, the m outputs and r taps meet in a
// product of degree m + r − 2, which m + r − 1 values determine: y = Aᵀ[(G·w) ∘ (Bᵀ·d)]. With m + r − 1 = 6, Bᵀ does not depend on r, and three taps
// need 6 products for 4 rows instead of 12, five need 6 for 2 rows instead of 10. The three matrices also serve the gradient of the filter,
// dw = Gᵀ[(A·dy) ∘ (Bᵀ·d)], and that of the source, dd = B[(G·w) ∘ (A·dy)]. The last is used where dy has fewer rows than d, as without padding: a block
// of it reaches six rows, and what neighbouring blocks leave in one is added. Sources: Toom 1963; Cook 1966; Winograd, Arithmetic complexity of computations, 1980; Lavin and Gray 2016.
// The values are taken at 0, 1, −1, ½, −2 and ∞, which Barabasz et al. 2018 find to round best; the error is up to twice that of summing directly.
// A filter of six rows and more is a sum of filters of three or four, each with its own blocks, at half the products.
// Only rows are treated so: the columns stay vectors and nothing is shuffled. A number that is not finite reaches all rows of its block.
static unsafe class RowProducts
{
    /// <summary>Products of a block of rows, and rows that it reads.</summary>
    public const int Count = 6;

    /// <summary>The points but ∞, and what G has in front of the polynomial's value there.</summary>
    static readonly double[] Points = [0, 1, -1, 0.5, -2], Scales = [1, 1.0 / 6, 1.0 / 6, -16.0 / 15, 1.0 / 30];

    /// <summary>G: [point, tap], the powers of each point with what is in front of them.</summary>
    static readonly double[,] Powers = PowersOfPoints();

    static double[,] PowersOfPoints()
    {
        double[,] powers = new double[Points.Length, Count];
        for (int k = 0; k < Points.Length; k++)
        {
            for (int tap = 0; tap < Count; tap++) powers[k, tap] = Scales[k] * Math.Pow(Points[k], tap);
        }
        return powers;
    }

    /// <summary>Output rows of a block.</summary>
    public static int Block(int taps) => Count + 1 - taps;

    /// <summary>Parts of three or four taps that more taps than a block has are cut into: the results of each are added up.</summary>
    public static int Parts(int taps) => taps < Count ? 1 : (taps + 3) / 4;

    /// <summary>The taps of a part.</summary>
    public static (int First, int Count) Part(int taps, int part)
    {
        int parts = Parts(taps), first = part * taps / parts;
        return (first, ((part + 1) * taps / parts) - first);
    }

    /// <summary>Whether products save time: the multiply-adds saved against the additions that make and join the products, in vectors.</summary>
    /// <param name="rows">Output rows.</param>
    /// <param name="taps">Taps along the rows.</param>
    /// <param name="inputs">Channels read.</param>
    /// <param name="columnTaps">Taps along the columns.</param>
    /// <param name="outputs">Channels written.</param>
    public static bool Pay(int rows, int taps, int inputs, int columnTaps, int outputs)
    {
        if (taps is < 2 or >= Count) return false;
        double each = (double)inputs * columnTaps * outputs, blocks = (rows + Block(taps) - 1) / Block(taps);
        return blocks * ((Count * each) + (32.0 * inputs) + (32.0 * outputs)) < 0.9 * rows * taps * each;
    }

    /// <summary>G: products' filters [6][count] from the rows of a filter [taps][count].</summary>
    [MethodImpl(Jit.Loop)]
    public static void Filters<T>(T* rows, int taps, bool reversed, int count, T* filters, nint step) where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        T* first = reversed ? rows + ((nint)(taps - 1) * count) : rows;
        nint next = reversed ? -count : count;
        for (int i = 0; i < count; i += Vector512<T>.Count)
        {
            int left = count - i;
            VectorOps.StoreFirst(filters + i, VectorOps.LoadFirst(first + i, left), left);
            VectorOps.StoreFirst(filters + ((Count - 1) * step) + i, VectorOps.LoadFirst(first + ((taps - 1) * next) + i, left), left);
            for (int k = 1; k < Count - 1; k++)
            {
                Vector512<T> point = Vector512.Create(T.CreateTruncating(Points[k])), value = VectorOps.LoadFirst(first + ((taps - 1) * next) + i, left);
                for (int t = taps - 2; t >= 0; t--) value = VectorOps.Fma(value, point, VectorOps.LoadFirst(first + (t * next) + i, left));
                VectorOps.StoreFirst(filters + (k * step) + i, value * Vector512.Create(T.CreateTruncating(Scales[k])), left);
            }
        }
    }

    /// <summary>Bᵀ: the elements from each of six rows to the six products, <paramref name="step"/> apart.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Sources<T>(
        Vector512<T> d0, Vector512<T> d1, Vector512<T> d2, Vector512<T> d3, Vector512<T> d4, Vector512<T> d5, T* products, nint step)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        Vector512<T> two = Vector512.Create(T.CreateTruncating(2)), three = Vector512.Create(T.CreateTruncating(3)), half3 = Vector512.Create(T.CreateTruncating(1.5));
        Vector512<T> a = d3 - d1, b = d4 - d2;
        VectorOps.Fma(half3, a, d0 - d2 + b).Store(products);
        VectorOps.Fma(three, d2 + d3, two * (a + b)).Store(products + step);
        VectorOps.Fma(three, d2 - d3, two * (a - b)).Store(products + (2 * step));
        VectorOps.Fma(two, a, b).Store(products + (3 * step));
        VectorOps.Fma(two, b, -a).Store(products + (4 * step));
        VectorOps.Fma(half3, b, d5 - d3 - a).Store(products + (5 * step));
    }

    /// <summary>Aᵀ: up to <paramref name="rows"/> rows of outputs from six sums of products, a vector each.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Results<T, TTarget>(T* sums, nint step, int block, int rows, TTarget target)
        where T : unmanaged, IBinaryFloatingPointIeee754<T> where TTarget : struct, IRowTarget<T>
    {
        Results(
            Vector512.Load(sums), Vector512.Load(sums + step), Vector512.Load(sums + (2 * step)), Vector512.Load(sums + (3 * step)), Vector512.Load(sums + (4 * step)),
            Vector512.Load(sums + (5 * step)), block, rows, target);
    }

    /// <summary>The same from six vectors.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Results<T, TTarget>(
        Vector512<T> s0, Vector512<T> s1, Vector512<T> s2, Vector512<T> s3, Vector512<T> s4, Vector512<T> last, int block, int rows, TTarget target)
        where T : unmanaged, IBinaryFloatingPointIeee754<T> where TTarget : struct, IRowTarget<T>
    {
        Vector512<T> even = s1 + s2, odd = s1 - s2;
        target.Put(0, even + s3 + (s0 + s4));
        for (int t = 1; t < rows; t++)
        {
            (s3, s4) = (s3 * Vector512.Create(T.CreateTruncating(0.5)), s4 * Vector512.Create(T.CreateTruncating(-2)));
            Vector512<T> y = odd + (s3 + s4);
            target.Put(t, t == block - 1 ? y + last : y);
            (even, odd) = (odd, even);
        }
    }

    /// <summary>B: the six rows that a block of the source's gradient reaches, from six sums of products, a vector each.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Spread<T, TTarget>(T* sums, nint step, TTarget target) where T : unmanaged, IBinaryFloatingPointIeee754<T> where TTarget : struct, IRowTarget<T>
    {
        Vector512<T> two = Vector512.Create(T.CreateTruncating(2)), three = Vector512.Create(T.CreateTruncating(3)), half3 = Vector512.Create(T.CreateTruncating(1.5));
        Vector512<T> s0 = Vector512.Load(sums), s3 = Vector512.Load(sums + (3 * step)), s4 = Vector512.Load(sums + (4 * step)), s5 = Vector512.Load(sums + (5 * step));
        Vector512<T> even = Vector512.Load(sums + step), odd = Vector512.Load(sums + (2 * step));
        (even, odd) = (even + odd, even - odd);
        Vector512<T> a = VectorOps.Fma(half3, s0, VectorOps.Fma(two, even + s3, -(s4 + s5))), b = VectorOps.Fma(half3, s5, VectorOps.Fma(two, odd + s4, s0 + s3));
        target.Put(0, s0);
        target.Put(1, -a);
        target.Put(2, VectorOps.Fma(three, even, -(s0 + b)));
        target.Put(3, VectorOps.Fma(three, odd, a - s5));
        target.Put(4, b);
        target.Put(5, s5);
    }

    /// <summary>A: the six products' gradients from up to <paramref name="rows"/> rows of the outputs' gradients, a vector each.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Cotangents<T, TSource>(TSource source, int block, int rows, T* products, nint step)
        where T : unmanaged, IBinaryFloatingPointIeee754<T> where TSource : struct, IRowSource<T>
    {
        Vector512<T> even = source.Get(0), odd = default, s3 = even, s4 = even, last = default;
        T half = T.One, power = T.One;
        even.Store(products);
        for (int t = 1; t < rows; t++)
        {
            Vector512<T> v = source.Get(t);
            (half, power) = (half * T.CreateTruncating(0.5), power * T.CreateTruncating(-2));
            if (t % 2 == 0) even += v;
            else odd += v;
            s3 = VectorOps.Fma(Vector512.Create(half), v, s3);
            s4 = VectorOps.Fma(Vector512.Create(power), v, s4);
            if (t == block - 1) last = v;
        }
        (even + odd).Store(products + step);
        (even - odd).Store(products + (2 * step));
        s3.Store(products + (3 * step));
        s4.Store(products + (4 * step));
        last.Store(products + (5 * step));
    }

    /// <summary>Gᵀ: the gradient of one row of the filter from six sums, a vector each.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<T> FilterGradient<T>(T* sums, nint step, int tap, int taps) where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        Vector512<T> value = default;
        for (int k = Count - 2; k > 0; k--)
            value = VectorOps.Fma(Vector512.Create(T.CreateTruncating(Powers[k, tap])), Vector512.Load(sums + (k * step)), value);
        if (tap == 0) value += Vector512.Load(sums);
        return tap == taps - 1 ? value + Vector512.Load(sums + ((Count - 1) * step)) : value;
    }
}

/// <summary>How the rows of a convolution are summed.</summary>
enum RowForm
{
    /// <summary>Tap by tap.</summary>
    Sums,

    /// <summary>By <see cref="RowProducts"/>, a block of results from the rows that it reads.</summary>
    Joined,

    /// <summary>By <see cref="RowProducts"/>, a block of the source to the rows that it reaches.</summary>
    Spread,
}

/// <summary>Where rows of gradients come from.</summary>
interface IRowSource<T> where T : unmanaged
{
    /// <summary>A vector of row <paramref name="row"/> of the block.</summary>
    Vector512<T> Get(int row);
}

/// <summary>Where rows of outputs go.</summary>
interface IRowTarget<T> where T : unmanaged
{
    /// <summary>Takes a vector of row <paramref name="row"/> of the block.</summary>
    void Put(int row, Vector512<T> y);
}
