using System.Numerics;
using System.Runtime.Intrinsics;

namespace Autograd.Kernels;

/// <summary>Sizes of an adaptive pooling: output i covers inputs ⌊i·h/h'⌋ … ⌈(i + 1)·h/h'⌉ − 1. Source: PyTorch, AdaptiveAveragePooling.</summary>
readonly record struct AdaptivePoolGeometry(int Planes, int H, int W, int OutH, int OutW)
{
    /// <summary>True if all windows have one size and tile the plane.</summary>
    public bool IsRegular => OutH > 0 && OutW > 0 && H % OutH == 0 && W % OutW == 0;

    /// <summary>The same as a pooling with fixed windows.</summary>
    public Pool2dGeometry Regular => new(Planes, H, W, H / OutH, W / OutW, H / OutH, W / OutW);

    /// <summary>First input of output <paramref name="i"/>.</summary>
    public static int Start(int i, int size, int outputs) => (int)((long)i * size / outputs);

    /// <summary>One past the last input of output <paramref name="i"/>.</summary>
    public static int End(int i, int size, int outputs) => (int)(((i + 1L) * size + outputs - 1) / outputs);
}

static unsafe partial class PoolKernels
{
    /// <summary>y = the mean of each adaptive window.</summary>
    public static void AdaptiveAverageForward<T>(in AdaptivePoolGeometry g, ReadOnlySpan<T> x, Span<T> y)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        if (y.IsEmpty)
            return;
        if (g is { OutH: 1, OutW: 1 })
        {
            fixed (T* px = x, py = y)
                ForPlanes(g.Regular, new GlobalAveragePass<T>(px, py, g.H * g.W));
        }
        else if (g.IsRegular)
            AverageForward(g.Regular, x, y, false, 0);
        else
        {
            fixed (T* px = x, py = y)
                ForPlanes(new Pool2dGeometry(g.Planes, g.H, g.W, 1, 1, 1, 1), new AdaptiveAveragePass<T>(g, px, py));
        }
    }

    /// <summary>dx (+)= each dy over the size of its adaptive window, at every element of the window.</summary>
    public static void AdaptiveAverageGradInput<T>(in AdaptivePoolGeometry g, ReadOnlySpan<T> dy, Span<T> dx, bool accumulate)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        if (dx.IsEmpty)
            return;
        fixed (T* pdy = dy, pdx = dx)
            ForPlanes(new Pool2dGeometry(g.Planes, g.H, g.W, 1, 1, 1, 1), new AdaptiveAverageGradientPass<T>(g, pdy, pdx, accumulate));
    }

    /// <summary>y = the maximum of each adaptive window, indices = its position in the plane; the rules of <see cref="MaxForward"/>.</summary>
    public static void AdaptiveMaxForward<T>(in AdaptivePoolGeometry g, ReadOnlySpan<T> x, Span<T> y, Span<int> indices)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        if (y.IsEmpty)
            return;
        if (g.IsRegular)
        {
            MaxForward(g.Regular, x, y, indices);
            return;
        }
        fixed (T* px = x, py = y)
        fixed (int* pi = indices)
            ForPlanes(new Pool2dGeometry(g.Planes, g.H, g.W, 1, 1, 1, 1), new AdaptiveMaxPass<T>(g, px, py, pi));
    }

    /// <summary>dx (+)= dy at the chosen positions.</summary>
    public static void AdaptiveMaxGradInput<T>(in AdaptivePoolGeometry g, ReadOnlySpan<T> dy, ReadOnlySpan<int> indices, Span<T> dx, bool accumulate)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        if (g.IsRegular) MaxGradInput(g.Regular, dy, indices, dx, accumulate);
        else Scatter(g.Planes, g.OutH * g.OutW, g.H * g.W, dy, indices, dx, accumulate);
    }

    readonly struct GlobalAveragePass<T>(T* x, T* y, int count) : IPlanePass where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        readonly T* _x = x;
        readonly T* _y = y;
        readonly int _count = count;

        public void Plane(int plane)
            => _y[plane] = VectorOps.Sum(Conv2dKernels.SumPlane(_x + (nint)plane * _count, _count)) / T.CreateChecked(_count);
    }

    readonly struct AdaptiveAveragePass<T>(AdaptivePoolGeometry g, T* x, T* y) : IPlanePass
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        readonly AdaptivePoolGeometry _g = g;
        readonly T* _x = x;
        readonly T* _y = y;

        public void Plane(int plane)
        {
            T* x = _x + (nint)plane * _g.H * _g.W, y = _y + (nint)plane * _g.OutH * _g.OutW;
            for (int i = 0; i < _g.OutH; i++)
            {
                int top = AdaptivePoolGeometry.Start(i, _g.H, _g.OutH), bottom = AdaptivePoolGeometry.End(i, _g.H, _g.OutH);
                for (int j = 0; j < _g.OutW; j++)
                {
                    int left = AdaptivePoolGeometry.Start(j, _g.W, _g.OutW), right = AdaptivePoolGeometry.End(j, _g.W, _g.OutW);
                    T sum = T.Zero;
                    for (int r = top; r < bottom; r++)
                    {
                        for (int c = left; c < right; c++)
                            sum += x[(nint)r * _g.W + c];
                    }
                    *y++ = sum / T.CreateChecked((bottom - top) * (right - left));
                }
            }
        }
    }

    readonly struct AdaptiveAverageGradientPass<T>(AdaptivePoolGeometry g, T* dy, T* dx, bool accumulate) : IPlanePass
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        readonly AdaptivePoolGeometry _g = g;
        readonly T* _dy = dy;
        readonly T* _dx = dx;
        readonly bool _accumulate = accumulate;

        public void Plane(int plane)
        {
            T* dx = _dx + (nint)plane * _g.H * _g.W, dy = _dy + (nint)plane * _g.OutH * _g.OutW;
            if (!_accumulate)
                new Span<T>(dx, _g.H * _g.W).Clear();
            for (int i = 0; i < _g.OutH; i++)
            {
                int top = AdaptivePoolGeometry.Start(i, _g.H, _g.OutH), bottom = AdaptivePoolGeometry.End(i, _g.H, _g.OutH);
                for (int j = 0; j < _g.OutW; j++)
                {
                    int left = AdaptivePoolGeometry.Start(j, _g.W, _g.OutW), right = AdaptivePoolGeometry.End(j, _g.W, _g.OutW);
                    T share = *dy++ / T.CreateChecked((bottom - top) * (right - left));
                    for (int r = top; r < bottom; r++)
                        AddConstant(dx + (nint)r * _g.W + left, right - left, share);
                }
            }
        }

        static void AddConstant(T* row, int count, T value)
        {
            for (int c = 0; c < count; c += Vector512<T>.Count)
                VectorOps.StoreFirst(row + c, VectorOps.LoadFirst(row + c, count - c) + Vector512.Create(value), count - c);
        }
    }

    readonly struct AdaptiveMaxPass<T>(AdaptivePoolGeometry g, T* x, T* y, int* indices) : IPlanePass
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        readonly AdaptivePoolGeometry _g = g;
        readonly T* _x = x;
        readonly T* _y = y;
        readonly int* _indices = indices;

        public void Plane(int plane)
        {
            T* x = _x + (nint)plane * _g.H * _g.W, y = _y + (nint)plane * _g.OutH * _g.OutW;
            int* indices = _indices + (nint)plane * _g.OutH * _g.OutW;
            for (int i = 0; i < _g.OutH; i++)
            {
                int top = AdaptivePoolGeometry.Start(i, _g.H, _g.OutH), bottom = AdaptivePoolGeometry.End(i, _g.H, _g.OutH);
                for (int j = 0; j < _g.OutW; j++)
                {
                    int left = AdaptivePoolGeometry.Start(j, _g.W, _g.OutW), right = AdaptivePoolGeometry.End(j, _g.W, _g.OutW);
                    int at = top * _g.W + left;
                    T best = T.NegativeInfinity;
                    for (int r = top; r < bottom; r++)
                    {
                        for (int c = r * _g.W + left; c < r * _g.W + right; c++)
                        {
                            if (x[c] > best || T.IsNaN(x[c]))
                                (best, at) = (x[c], c);
                        }
                    }
                    *y++ = best;
                    *indices++ = at;
                }
            }
        }
    }
}
