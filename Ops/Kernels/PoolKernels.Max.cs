using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Autograd.Kernels;

/// <summary>Max, average and adaptive pooling over planes, and their gradients.</summary>
static unsafe partial class PoolKernels
{
    /// <summary>
    /// y = the maximum of each window, indices = its position row·W + column in the plane. Padding is −∞ and is never chosen; of equal
    /// elements the first in row-major order is; a NaN wins over everything before it. A window that dilation keeps wholly in the padding
    /// gives −∞ and a negative index. Rectified, a window without a positive number gives 0 and a negative index.
    /// </summary>
    public static void MaxForward<T>(in Pool2dGeometry g, ReadOnlySpan<T> x, Span<T> y, Span<int> indices, bool rectify = false)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        if (y.IsEmpty)
            return;
        int* starts = ConvScratch.Rent<int>(ScratchSlot.Offsets, g.OutW + 32);
        for (int j = 0; j < g.OutW + 32; j++)
            starts[j] = FirstInside(j * g.StrideW - g.PadW, g.DilationW, g.W, 1);
        Pool2dGeometry joined = g.Joined(ChunkElements);
        fixed (T* px = x, py = y)
        fixed (int* pi = indices)
            ForPlanes(joined, new MaxPass<T>(joined, g.OutH, Padded(joined, px, T.NegativeInfinity), px, py, pi, starts, rectify));
    }

    /// <summary>dx (+)= dy at the chosen positions; a negative index passes nothing on.</summary>
    public static void MaxGradInput<T>(in Pool2dGeometry g, ReadOnlySpan<T> dy, ReadOnlySpan<int> indices, Span<T> dx, bool accumulate)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        if (!g.IsHalving)
        {
            Scatter(g.Planes, g.OutH * g.OutW, g.H * g.W, dy, indices, dx, accumulate);
            return;
        }
        Pool2dGeometry joined = g.Joined(ChunkElements);
        fixed (T* pdy = dy, pdx = dx)
        fixed (int* pi = indices)
            ForPlanes(joined, new DoublePass<T>(joined, g.OutH, pdy, pi, pdx, accumulate));
    }

    /// <summary>dx (+)= dy at the chosen positions of each plane; a negative index passes nothing on.</summary>
    public static void Scatter<T>(int planes, int outputs, int inputs, ReadOnlySpan<T> dy, ReadOnlySpan<int> indices, Span<T> dx, bool accumulate)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        fixed (T* pdy = dy, pdx = dx)
        fixed (int* pi = indices)
        {
            int perChunk = PlanesPerChunk(inputs);
            Parallelism.Run((planes + perChunk - 1) / perChunk,
                new ScatterPass<T>(planes, perChunk, outputs, inputs, pdy, pi, pdx, accumulate));
        }
    }

    /// <summary>Smallest first + k·step ≥ 0 times scale; if that is not below size, a number that keeps every sum with it negative.</summary>
    static int FirstInside(int first, int step, int size, int scale)
    {
        int inside = first >= 0 ? first : first + (-first + step - 1) / step * step;
        return inside < size ? inside * scale : int.MinValue / 2;
    }

    /// <summary>Elements of a chunk, about.</summary>
    const int ChunkElements = 16384;

    static int PlanesPerChunk(int plane) => Math.Max(1, ChunkElements / Math.Max(1, plane));

    static void ForPlanes<TPass>(in Pool2dGeometry g, in TPass pass) where TPass : struct, IPlanePass
    {
        int perChunk = PlanesPerChunk(g.H * g.W);
        Parallelism.Run((g.Planes + perChunk - 1) / perChunk, new PlaneChunks<TPass>(pass, g.Planes, perChunk));
    }

    static ConvImage<T> Padded<T>(in Pool2dGeometry g, T* x, T padding) where T : unmanaged
        => new(x, 1, g.Planes, 1, g.H, g.W, g.Rows, g.Columns, overreads: true, padding);

    /// <summary>Work on one plane that is independent of other planes.</summary>
    interface IPlanePass
    {
        void Plane(int plane);
    }

    readonly struct PlaneChunks<TPass>(TPass pass, int planes, int perChunk) : IParallelWork where TPass : struct, IPlanePass
    {
        readonly TPass _pass = pass;
        readonly int _planes = planes, _perChunk = perChunk;

        public void Run(int chunk)
        {
            int end = Math.Min(_planes, (chunk + 1) * _perChunk);
            for (int p = chunk * _perChunk; p < end; p++)
                _pass.Plane(p);
        }
    }

    readonly struct ScatterPass<T>(int planes, int perChunk, int outputs, int inputs, T* dy, int* indices, T* dx, bool accumulate) : IParallelWork
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        readonly int _planes = planes, _perChunk = perChunk, _outputs = outputs, _inputs = inputs;
        readonly T* _dy = dy;
        readonly T* _dx = dx;
        readonly int* _indices = indices;
        readonly bool _accumulate = accumulate;

        [MethodImpl(Jit.Loop)]
        public void Run(int chunk)
        {
            int end = Math.Min(_planes, (chunk + 1) * _perChunk);
            for (int p = chunk * _perChunk; p < end; p++)
            {
                T* dx = _dx + (nint)p * _inputs, dy = _dy + (nint)p * _outputs;
                int* index = _indices + (nint)p * _outputs;
                if (!_accumulate)
                    new Span<T>(dx, _inputs).Clear();
                for (int i = 0; i < _outputs; i++)
                {
                    if (index[i] >= 0)
                        dx[index[i]] += dy[i];
                }
            }
        }
    }

    /// <summary>The gradient of windows that tile the plane: every element knows its window, so that whole vectors are written, and nothing is cleared first.</summary>
    /// <param name="g">The sizes, of several planes joined to one.</param>
    /// <param name="planeRows">Rows of windows of a plane, after which positions begin anew.</param>
    /// <param name="dy">Gradient of the results.</param>
    /// <param name="indices">Positions in the plane.</param>
    /// <param name="dx">Gradient of x.</param>
    /// <param name="accumulate">Whether it is added.</param>
    readonly struct DoublePass<T>(Pool2dGeometry g, int planeRows, T* dy, int* indices, T* dx, bool accumulate) : IPlanePass where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        readonly int _height = g.H, _width = g.W, _outH = g.OutH, _outW = g.OutW;

        public void Plane(int plane) => Put(dy + ((nint)plane * _outH * _outW), indices + ((nint)plane * _outH * _outW), dx + ((nint)plane * _height * _width));

        [MethodImpl(Jit.Loop)]
        public void Put(T* d, int* index, T* x)
        {
            int lanes = Vector512<T>.Count, width = _width, outW = _outW, rest = outW % lanes;
            bool add = accumulate;
            if (!add && (2 * _outH < _height || 2 * outW < width))
                new Span<T>(x, _height * width).Clear();
            for (int i = 0, row = 0; i < _outH; i++, row = row + 1 == planeRows ? 0 : row + 1, x += 2 * (nint)width)
            {
                T* top = x, end = d + outW - rest;
                Vector512<T> here = VectorOps.Integers<T>(2 * row * width, 1);
                for (; d < end; d += lanes, index += lanes, top += 2 * lanes)
                {
                    // Adding 0 makes −0 to 0, as adding to a cleared element does.
                    Vector512<T> v = Vector512.Load(d) + Vector512<T>.Zero, chosen = VectorOps.LoadIntegers<T>(index);
                    Put(top, width, VectorOps.DoubleLower(v), VectorOps.DoubleLower(chosen), here, add, lanes);
                    here = VectorOps.AddIntegers(here, lanes);
                    Put(top + lanes, width, VectorOps.DoubleUpper(v), VectorOps.DoubleUpper(chosen), here, add, lanes);
                    here = VectorOps.AddIntegers(here, lanes);
                }
                if (rest == 0)
                    continue;
                Vector512<T> last = Tail.Load(d, (nuint)rest, Vector512<T>.Zero) + Vector512<T>.Zero, lastChosen = VectorOps.LoadFirstIntegers<T>(index, rest);
                d += rest;
                index += rest;
                Put(top, width, VectorOps.DoubleLower(last), VectorOps.DoubleLower(lastChosen), here, add, 2 * rest);
                if (2 * rest > lanes)
                    Put(top + lanes, width, VectorOps.DoubleUpper(last), VectorOps.DoubleUpper(lastChosen), VectorOps.AddIntegers(here, lanes), add, (2 * rest) - lanes);
            }
        }

        /// <summary>Two elements of each window, and the two below them.</summary>
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        static void Put(T* x, int width, Vector512<T> v, Vector512<T> chosen, Vector512<T> here, bool add, int count)
        {
            Vector512<T> top = VectorOps.WhereEqual(chosen, here, v), bottom = VectorOps.WhereEqual(chosen, VectorOps.AddIntegers(here, width), v);
            if (add)
                (top, bottom) = (top + VectorOps.LoadFirst(x, count), bottom + VectorOps.LoadFirst(x + width, count));
            VectorOps.StoreFirst(x, top, count);
            VectorOps.StoreFirst(x + width, bottom, count);
        }
    }

    /// <summary>Windows of 2 × 2 that tile planes which another pass makes, or reads the gradients of, one at a time.</summary>
    /// <param name="g">The sizes; <see cref="Pool2dGeometry.IsHalving"/>.</param>
    /// <param name="rectify">Whether windows without a positive number give 0.</param>
    /// <param name="y">The results, or their gradients.</param>
    /// <param name="indices">Positions in the plane.</param>
    public readonly struct Halving<T>(Pool2dGeometry g, bool rectify, T* y, int* indices) where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        readonly nint _outputs = (nint)g.OutH * g.OutW;
        readonly MaxPass<T> _max = new(g, g.OutH, default, null, y, indices, null, rectify);
        readonly DoublePass<T> _double = new(g, g.OutH, y, indices, null, false);

        /// <summary>The maxima of the plane of a number.</summary>
        public void Choose(T* x, int plane) => _max.Halve(x, y + (plane * _outputs), indices + (plane * _outputs));

        /// <summary>The gradient of the plane of a number.</summary>
        public void Spread(int plane, T* dx) => _double.Put(y + (plane * _outputs), indices + (plane * _outputs), dx);
    }

    /// <summary>An element of the window: where it lies in the padded plane and in the plane, both from the first element.</summary>
    readonly record struct WindowElement(nint Offset, int Index);

    /// <summary>The elements of a window in row-major order.</summary>
    static WindowElement* Window<T>(in Pool2dGeometry g, in ConvImage<T> image) where T : unmanaged
    {
        WindowElement* window = ConvScratch.Rent<WindowElement>(ScratchSlot.Filters, g.KH * g.KW);
        for (int a = 0; a < g.KH; a++)
        {
            for (int b = 0; b < g.KW; b++)
            {
                nint offset = image.Position(a * g.DilationH - g.PadH, b * g.DilationW - g.PadW);
                window[a * g.KW + b] = new WindowElement(offset, a * g.DilationH * g.W + b * g.DilationW);
            }
        }
        return window;
    }

    readonly struct MaxPass<T>(Pool2dGeometry g, int planeRows, ConvImage<T> image, T* x, T* y, int* indices, int* starts, bool rectify) : IPlanePass
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        readonly Pool2dGeometry _g = g;
        readonly ConvImage<T> _image = image;
        readonly WindowElement* _window = g.IsHalving ? null : Window(g, image);
        readonly T* _x = x;
        readonly T* _y = y;
        readonly int* _indices = indices;
        readonly int* _starts = starts;
        readonly int _outH = g.OutH, _outW = g.OutW;
        readonly bool _halving = g.IsHalving, _rectify = rectify;

        public void Plane(int plane)
        {
            nint output = (nint)plane * _outH * _outW;
            if (_halving)
                Halve(_x + (nint)plane * _g.H * _g.W, _y + output, _indices + output);
            else
                Windows(_image.Prepare(0, plane), _y + output, _indices + output);
        }

        [MethodImpl(Jit.Loop)]
        void Windows(T* image, T* y, int* indices)
        {
            int lanes = Vector512<T>.Count;
            Vector512<T> columns = VectorOps.Integers<T>(0, _g.StrideW);
            WindowElement* end = _window + _g.KH * _g.KW;
            for (int i = 0; i < _outH; i++)
            {
                int top = i * _g.StrideH - _g.PadH, first = FirstInside(top, _g.DilationH, _g.H, _g.W);
                T* row = image + (nint)i * _g.StrideH * _image.RowSize;
                for (int j = 0; j < _outW; j += lanes)
                {
                    Vector512<T> best = _rectify ? Vector512<T>.Zero : Vector512.Create(T.NegativeInfinity);
                    Vector512<T> at = _rectify ? VectorOps.Integers<T>(-1, 0) : VectorOps.AddIntegers(VectorOps.LoadIntegers<T>(_starts + j), first);
                    Vector512<T> corner = VectorOps.AddIntegers(columns, top * _g.W + j * _g.StrideW - _g.PadW);
                    for (WindowElement* e = _window; e < end; e++)
                        Pick(Vector512.Load(row + e->Offset + j), VectorOps.AddIntegers(corner, e->Index), ref best, ref at);
                    VectorOps.StoreFirst(y + j, best, _outW - j);
                    VectorOps.StoreIntegers(indices + j, at, _outW - j);
                }
                y += _outW;
                indices += _outW;
            }
        }

        [MethodImpl(Jit.Loop)]
        public void Halve(T* x, T* y, int* indices)
        {
            int lanes = Vector512<T>.Count, width = _g.W, outW = _outW, rest = outW % lanes;
            bool positive = _rectify;
            for (int i = 0, row = 0; i < _outH; i++, row = row + 1 == planeRows ? 0 : row + 1, x += 2 * (nint)width)
            {
                T* top = x, bottom = x + width, end = y + outW - rest;
                Vector512<T> at = VectorOps.Integers<T>(2 * row * width, 2);
                for (; y < end; y += lanes, indices += lanes, top += 2 * lanes, bottom += 2 * lanes)
                {
                    LoadPair(top, out Vector512<T> best, out Vector512<T> right);
                    LoadPair(bottom, out Vector512<T> below, out Vector512<T> corner);
                    Vector512<T> chosen = Best(ref best, right, below, corner, at, width, positive);
                    best.Store(y);
                    VectorOps.StoreIntegers(indices, chosen, lanes);
                    at = VectorOps.AddIntegers(at, 2 * lanes);
                }
                if (rest == 0)
                    continue;
                LoadPair(top, rest, out Vector512<T> last, out Vector512<T> lastRight);
                LoadPair(bottom, rest, out Vector512<T> lastBelow, out Vector512<T> lastCorner);
                Vector512<T> lastChosen = Best(ref last, lastRight, lastBelow, lastCorner, at, width, positive);
                Tail.Store(last, y, (nuint)rest);
                VectorOps.StoreIntegers(indices, lastChosen, rest);
                y += rest;
                indices += rest;
            }
        }

        /// <summary>The best of windows of 2 × 2, and where it is; <paramref name="at"/> is where the first of each lies.</summary>
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        static Vector512<T> Best(ref Vector512<T> best, Vector512<T> right, Vector512<T> below, Vector512<T> corner, Vector512<T> at, int width, bool positive)
        {
            Vector512<T> chosen = at;
            if (positive)
            {
                Vector512<T> left = best;
                (best, chosen) = (Vector512<T>.Zero, VectorOps.Integers<T>(-1, 0));
                Pick(left, at, ref best, ref chosen);
            }
            Pick(right, VectorOps.AddIntegers(at, 1), ref best, ref chosen);
            Pick(below, VectorOps.AddIntegers(at, width), ref best, ref chosen);
            Pick(corner, VectorOps.AddIntegers(at, width + 1), ref best, ref chosen);
            return chosen;
        }

        // v > best || isnan(v), as PyTorch decides it.
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        static void Pick(Vector512<T> v, Vector512<T> position, ref Vector512<T> best, ref Vector512<T> at)
        {
            Vector512<T> wins = Vector512.GreaterThan(v, best) | ~Vector512.Equals(v, v);
            best = Vector512.ConditionalSelect(wins, v, best);
            at = Vector512.ConditionalSelect(wins, position, at);
        }
    }

    /// <summary>Even and odd elements of 2·lanes elements.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static void LoadPair<T>(T* source, out Vector512<T> even, out Vector512<T> odd) where T : unmanaged
    {
        Vector512<T> low = Vector512.Load(source), high = Vector512.Load(source + Vector512<T>.Count);
        even = VectorOps.Even(low, high);
        odd = VectorOps.Odd(low, high);
    }

    /// <summary>The same of the elements that make <paramref name="outputs"/> pairs, fewer than lanes; those of the other lanes are 0.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static void LoadPair<T>(T* source, int outputs, out Vector512<T> even, out Vector512<T> odd) where T : unmanaged
    {
        int lanes = Vector512<T>.Count;
        Vector512<T> low = VectorOps.LoadFirst(source, 2 * outputs), high = VectorOps.LoadFirst(source + lanes, (2 * outputs) - lanes);
        even = VectorOps.Even(low, high);
        odd = VectorOps.Odd(low, high);
    }
}
