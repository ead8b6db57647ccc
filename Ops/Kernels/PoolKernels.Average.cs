using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Autograd.Kernels;

static unsafe partial class PoolKernels
{
    /// <summary>
    /// y = the sum of each window over its divisor: <paramref name="divisor"/> if positive, else the elements of the window inside the
    /// plane, or inside the padded plane with <paramref name="countIncludePad"/>. Dilation must be 1.
    /// </summary>
    public static void AverageForward<T>(in Pool2dGeometry g, ReadOnlySpan<T> x, Span<T> y, bool countIncludePad, int divisor)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        if (y.IsEmpty)
            return;
        Pool2dGeometry joined = g.Joined(ChunkElements);
        fixed (T* px = x, py = y)
            ForPlanes(joined, new AveragePass<T>(joined, Padded(joined, px, T.Zero), px, py, new Divisors<T>(joined, countIncludePad, divisor)));
    }

    /// <summary>dx (+)= each dy over its divisor, at every element of its window.</summary>
    public static void AverageGradInput<T>(in Pool2dGeometry g, ReadOnlySpan<T> dy, Span<T> dx, bool accumulate, bool countIncludePad, int divisor)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        if (dx.IsEmpty)
            return;
        Pool2dGeometry joined = g.Joined(ChunkElements);
        fixed (T* pdy = dy, pdx = dx)
            ForPlanes(joined, new AverageGradientPass<T>(joined, pdy, pdx, accumulate, new Divisors<T>(joined, countIncludePad, divisor)));
    }

    /// <summary>The divisor of every window: rows of the window × columns of the window, or one constant.</summary>
    readonly struct Divisors<T> where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        readonly Pool2dGeometry _g;
        readonly bool _includePad;
        readonly int _constant;
        readonly T* _columns;

        public Divisors(in Pool2dGeometry g, bool includePad, int constant)
        {
            (_g, _includePad, _constant) = (g, includePad, constant);
            int width = g.OutW;
            _columns = ConvScratch.Rent<T>(ScratchSlot.Offsets, width + 32);
            for (int j = 0; j < width + 32; j++)
                _columns[j] = constant > 0 || j >= width ? T.One : T.CreateChecked(Count(j, g.StrideW, g.PadW, g.KW, g.W));
        }

        public T Row(int i) => T.CreateChecked(_constant > 0 ? _constant : Count(i, _g.StrideH, _g.PadH, _g.KH, _g.H));

        /// <summary>The divisor of a window that lies in the plane.</summary>
        public T Whole => T.CreateChecked(_constant > 0 ? _constant : _g.KH * _g.KW);

        public Vector512<T> Of(T row, int j) => Vector512.Create(row) * Vector512.Load(_columns + j);

        int Count(int i, int stride, int pad, int kernel, int size)
        {
            int first = i * stride - pad;
            return _includePad
                ? Math.Min(first + kernel, size + pad) - first
                : Math.Min(first + kernel, size) - Math.Max(first, 0);
        }
    }

    /// <summary>Division by one number: by a power of two it is a product with the inverse, with the same result.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static Vector512<T> Share<T>(Vector512<T> v, Vector512<T> number, bool isProduct) => isProduct ? v * number : v / number;

    readonly struct AveragePass<T>(Pool2dGeometry g, ConvImage<T> image, T* x, T* y, Divisors<T> divisors) : IPlanePass
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        readonly Pool2dGeometry _g = g;
        readonly ConvImage<T> _image = image;
        readonly WindowElement* _window = Window(g, image);
        readonly T* _x = x;
        readonly T* _y = y;
        readonly Divisors<T> _divisors = divisors;
        readonly int _outH = g.OutH, _outW = g.OutW;
        readonly bool _halving = g.IsHalving;

        public void Plane(int plane)
        {
            T* y = _y + (nint)plane * _outH * _outW;
            if (_halving)
                Halve(_x + (nint)plane * _g.H * _g.W, y);
            else
                Windows(_image.Prepare(0, plane), y);
        }

        [MethodImpl(Jit.Loop)]
        void Windows(T* image, T* y)
        {
            WindowElement* end = _window + _g.KH * _g.KW;
            for (int i = 0; i < _outH; i++, y += _outW)
            {
                T* row = image + (nint)i * _g.StrideH * _image.RowSize;
                T count = _divisors.Row(i);
                for (int j = 0; j < _outW; j += Vector512<T>.Count)
                {
                    Vector512<T> sum = Vector512<T>.Zero;
                    for (WindowElement* e = _window; e < end; e++)
                        sum += Vector512.Load(row + e->Offset + j);
                    VectorOps.StoreFirst(y + j, sum / _divisors.Of(count, j), _outW - j);
                }
            }
        }

        // Same order of additions as Windows, and the same quotient.
        [MethodImpl(Jit.Loop)]
        void Halve(T* x, T* y)
        {
            T divisor = _divisors.Whole;
            bool isProduct = T.IsPow2(divisor);
            Vector512<T> share = Vector512.Create(isProduct ? T.One / divisor : divisor);
            int lanes = Vector512<T>.Count, width = _g.W, outW = _outW, rest = outW % lanes;
            for (int i = _outH; i > 0; i--, x += 2 * (nint)width)
            {
                T* top = x, bottom = x + width, end = y + outW - rest;
                for (; y < end; y += lanes, top += 2 * lanes, bottom += 2 * lanes)
                {
                    LoadPair(top, out Vector512<T> left, out Vector512<T> right);
                    LoadPair(bottom, out Vector512<T> below, out Vector512<T> corner);
                    Share(left + right + below + corner, share, isProduct).Store(y);
                }
                if (rest == 0)
                    continue;
                LoadPair(top, rest, out Vector512<T> lastLeft, out Vector512<T> lastRight);
                LoadPair(bottom, rest, out Vector512<T> lastBelow, out Vector512<T> lastCorner);
                Tail.Store(Share(lastLeft + lastRight + lastBelow + lastCorner, share, isProduct), y, (nuint)rest);
                y += rest;
            }
        }
    }

    readonly struct AverageGradientPass<T>(Pool2dGeometry g, T* dy, T* dx, bool accumulate, Divisors<T> divisors) : IPlanePass
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        readonly Pool2dGeometry _g = g;
        readonly T* _dy = dy;
        readonly T* _dx = dx;
        readonly bool _accumulate = accumulate;
        readonly Divisors<T> _divisors = divisors;
        readonly int _outH = g.OutH, _outW = g.OutW;
        readonly bool _halving = g.IsHalving;

        [MethodImpl(Jit.Loop)]
        public void Plane(int plane)
        {
            T* dx = _dx + (nint)plane * _g.H * _g.W, dy = _dy + (nint)plane * _outH * _outW;
            T* shares = ConvScratch.Rent<T>(ScratchSlot.Tile, _outW + _g.W + 2 * Vector512<T>.Count);
            T* spread = shares + _outW + Vector512<T>.Count;
            bool whole = _halving && 2 * _outH == _g.H && 2 * _outW == _g.W;
            if (!_accumulate && !whole)
                new Span<T>(dx, _g.H * _g.W).Clear();
            if (_halving)
            {
                Double(dy, dx);
                return;
            }
            for (int i = 0; i < _outH; i++, dy += _outW)
            {
                T count = _divisors.Row(i);
                for (int j = 0; j < _outW; j += Vector512<T>.Count)
                    (VectorOps.LoadFirst(dy + j, _outW - j) / _divisors.Of(count, j)).Store(shares + j);
                Spread(shares, spread);
                int top = i * _g.StrideH - _g.PadH;
                for (int r = Math.Max(top, 0); r < Math.Min(top + _g.KH, _g.H); r++)
                    Add(spread, dx + (nint)r * _g.W);
            }
        }

        [MethodImpl(Jit.Loop)]
        void Add(T* source, T* row)
        {
            for (int j = 0; j < _g.W; j += Vector512<T>.Count)
                VectorOps.StoreFirst(row + j, VectorOps.LoadFirst(row + j, _g.W - j) + Vector512.Load(source + j), _g.W - j);
        }

        /// <summary>What a row of windows adds to every column, the same for each of its input rows.</summary>
        [MethodImpl(Jit.Loop)]
        void Spread(T* shares, T* row)
        {
            new Span<T>(row, _g.W).Clear();
            for (int j = 0; j < _outW; j++)
            {
                int first = j * _g.StrideW - _g.PadW, end = Math.Min(first + _g.KW, _g.W);
                T share = shares[j];
                for (int c = Math.Max(first, 0); c < end; c++)
                    row[c] += share;
            }
        }

        /// <summary>Windows of 2 × 2 side by side: every share twice in each of two rows.</summary>
        [MethodImpl(Jit.Loop)]
        void Double(T* dy, T* dx)
        {
            T divisor = _divisors.Whole;
            bool isProduct = T.IsPow2(divisor), accumulate = _accumulate;
            Vector512<T> share = Vector512.Create(isProduct ? T.One / divisor : divisor);
            int lanes = Vector512<T>.Count, outW = _outW, rest = outW % lanes;
            nint width = _g.W;
            for (int i = _outH; i > 0; i--, dx += 2 * width)
            {
                T* top = dx, end = dy + outW - rest;
                for (; dy < end; dy += lanes, top += 2 * lanes)
                {
                    Vector512<T> v = Share(Vector512.Load(dy), share, isProduct);
                    Put(top, width, VectorOps.DoubleLower(v), accumulate);
                    Put(top + lanes, width, VectorOps.DoubleUpper(v), accumulate);
                }
                if (rest == 0)
                    continue;
                Vector512<T> last = Share(Tail.Load(dy, (nuint)rest, Vector512<T>.Zero), share, isProduct);
                dy += rest;
                if (2 * rest <= lanes)
                {
                    PutFirst(top, width, VectorOps.DoubleLower(last), 2 * rest, accumulate);
                    continue;
                }
                Put(top, width, VectorOps.DoubleLower(last), accumulate);
                PutFirst(top + lanes, width, VectorOps.DoubleUpper(last), (2 * rest) - lanes, accumulate);
            }
        }
    }

    /// <summary>Writes, or adds, the same vector to two rows.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static void Put<T>(T* top, nint width, Vector512<T> v, bool accumulate) where T : unmanaged
    {
        (accumulate ? v + Vector512.Load(top) : v).Store(top);
        (accumulate ? v + Vector512.Load(top + width) : v).Store(top + width);
    }

    /// <summary>The same with the first lanes of it.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static void PutFirst<T>(T* top, nint width, Vector512<T> v, int count, bool accumulate) where T : unmanaged
    {
        Tail.Store(accumulate ? v + Tail.Load(top, (nuint)count, v) : v, top, (nuint)count);
        Tail.Store(accumulate ? v + Tail.Load(top + width, (nuint)count, v) : v, top + width, (nuint)count);
    }
}
