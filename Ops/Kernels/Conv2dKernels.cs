using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Autograd.Kernels;

/// <summary>
/// Two-dimensional convolution (cross-correlation) and its gradients over contiguous [n, c, h, w] data, with stride, padding, dilation and groups.
/// </summary>
static unsafe class Conv2dKernels
{
    /// <summary>y = w ⋆ x + bias; an empty bias means none.</summary>
    public static void Forward<T>(in Conv2dGeometry g, ReadOnlySpan<T> x, ReadOnlySpan<T> w, ReadOnlySpan<T> bias, Span<T> y)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        Conv2dGeometry flat = Flatten(g);
        fixed (T* px = x, pw = w, pb = bias, py = y)
        {
            if (ConvPlanePass<T>.Takes(g))
            {
                ConvPlanePass<T>.Forward(g, px, pw, pb, py);
                return;
            }
            if (ConvDepthPass<T>.Takes(g))
            {
                ConvDepthPass<T>.Forward(g, px, pw, pb, py);
                return;
            }
            if (ConvTurned<T>.Pays(flat, ConvDirection.Forward))
            {
                ConvTurned<T>.Forward(flat, px, pw, pb, py);
                return;
            }
            bool phases = ConvPhasePass<T>.Pays(flat, ConvDirection.Forward);
            if (!phases && ConvPatchPass<T>.Takes(flat, ConvDirection.Forward))
            {
                ConvPatchPass<T>.Forward(flat, px, pw, pb, py);
                return;
            }
            nint filter = flat.Taps, plane = flat.KH * flat.KW;
            ConvOperands<T> operands = new()
            {
                X = px, Filter = pw, Bias = pb, Y = py,
                FilterGroup = flat.GroupOutC * filter, FilterOut = filter, FilterIn = plane,
                Images = flat.N, Groups = flat.Groups, GroupIn = flat.GroupC, H = flat.H, W = flat.W,
                GroupOut = flat.GroupOutC, OutH = flat.OutH, OutW = flat.OutW, KH = flat.KH, KW = flat.KW,
            };
            if (phases)
            {
                ConvPhasePass<T>.Execute(flat, operands, isGradient: false);
                return;
            }
            ConvPass<T>.Execute(operands,
                ConvAxis.Forward(flat.KH, flat.StrideH, flat.PadH, flat.DilationH, flat.OutH),
                ConvAxis.Forward(flat.KW, flat.StrideW, flat.PadW, flat.DilationW, flat.OutW));
        }
    }

    /// <summary>dx (+)= the gradient of ⟨w ⋆ x, dy⟩ by x; also the forward pass of a transposed convolution of dy.</summary>
    public static void GradInput<T>(in Conv2dGeometry g, ReadOnlySpan<T> dy, ReadOnlySpan<T> w, Span<T> dx, bool accumulate)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        Conv2dGeometry flat = Flatten(g);
        fixed (T* pdy = dy, pw = w, pdx = dx)
        {
            if (ConvPlanePass<T>.Takes(g))
            {
                ConvPlanePass<T>.Gradient(g, pdy, pw, pdx, accumulate);
                return;
            }
            if (ConvDepthPass<T>.Takes(g))
            {
                ConvDepthPass<T>.Gradient(g, pdy, pw, pdx, accumulate);
                return;
            }
            if (ConvTurned<T>.Pays(flat, ConvDirection.Input))
            {
                ConvTurned<T>.InputGradient(flat, pdy, pw, pdx, accumulate);
                return;
            }
            bool phases = ConvPhasePass<T>.Pays(flat, ConvDirection.Input);
            if (!phases && ConvPatchPass<T>.Takes(flat, ConvDirection.Input))
            {
                ConvPatchPass<T>.InputGradient(flat, pdy, pw, pdx, accumulate);
                return;
            }
            nint filter = flat.Taps, plane = flat.KH * flat.KW;
            ConvOperands<T> operands = new()
            {
                X = pdy, Filter = pw, Y = pdx,
                FilterGroup = flat.GroupOutC * filter, FilterOut = plane, FilterIn = filter,
                Images = flat.N, Groups = flat.Groups, GroupIn = flat.GroupOutC, H = flat.OutH, W = flat.OutW,
                GroupOut = flat.GroupC, OutH = flat.H, OutW = flat.W, KH = flat.KH, KW = flat.KW, Accumulate = accumulate,
            };
            if (phases)
            {
                ConvPhasePass<T>.Execute(flat, operands, isGradient: true);
                return;
            }
            // Inputs that no window reaches: their phases have no taps.
            bool sparse = flat.KH < flat.StrideH || flat.KW < flat.StrideW || flat.DilationH > 1 || flat.DilationW > 1;
            if (sparse && !accumulate)
                dx.Clear();
            for (int i = 0; i < flat.StrideH; i++)
            {
                ConvAxis row = ConvAxis.Gradient(flat.KH, flat.StrideH, flat.PadH, flat.DilationH, flat.H, i);
                for (int j = 0; j < flat.StrideW; j++)
                    ConvPass<T>.Execute(operands, row, ConvAxis.Gradient(flat.KW, flat.StrideW, flat.PadW, flat.DilationW, flat.W, j));
            }
        }
    }

    /// <summary>dw (+)= the gradient of ⟨w ⋆ x, dy⟩ by w.</summary>
    public static void GradWeight<T>(in Conv2dGeometry g, ReadOnlySpan<T> dy, ReadOnlySpan<T> x, Span<T> dw, bool accumulate)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        if (dw.IsEmpty)
            return;
        if (dy.IsEmpty)
        {
            if (!accumulate)
                dw.Clear();
            return;
        }
        Conv2dGeometry flat = Flatten(g);
        fixed (T* pdy = dy, px = x, pdw = dw)
        {
            if (ConvPlanePass<T>.Takes(g)) ConvPlaneWeightPass<T>.Execute(g, pdy, px, pdw, accumulate);
            else if (ConvDepthPass<T>.Takes(g)) ConvDepthWeightPass<T>.Execute(g, pdy, px, pdw, accumulate);
            else if (ConvTurned<T>.Pays(flat, ConvDirection.Filter)) ConvTurned<T>.FilterGradient(flat, pdy, px, pdw, accumulate);
            else if (ConvPhasePass<T>.Pays(flat, ConvDirection.Filter)) ConvPhaseWeightPass<T>.Execute(flat, pdy, px, pdw, accumulate);
            else if (ConvPatchPass<T>.Takes(flat, ConvDirection.Filter)) ConvPatchPass<T>.FilterGradient(flat, pdy, px, pdw, accumulate);
            else ConvWeightPass<T>.Execute(flat, pdy, px, pdw, accumulate);
        }
    }

    /// <summary>db[o] (+)= the sum of dy over images and pixels of channel o.</summary>
    public static void GradBias<T>(in Conv2dGeometry g, ReadOnlySpan<T> dy, Span<T> db, bool accumulate)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        fixed (T* pdy = dy, pdb = db)
        {
            BiasPass<T> pass = new(pdy, pdb, g.N, g.OutC, g.OutH * g.OutW, accumulate);
            if (dy.Length >= 1 << 15) Parallelism.Run(pass.Chunks, pass);
            else for (int chunk = 0; chunk < pass.Chunks; chunk++) pass.Run(chunk);
        }
    }

    /// <summary>A few channels a chunk, whose planes are neighbours: short ones are read a run at a time.</summary>
    readonly struct BiasPass<T>(T* dy, T* db, int images, int channels, int plane, bool accumulate) : IParallelWork
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        const int Most = 8;

        readonly int _count = Math.Clamp(channels / 8, 1, plane > 1024 ? 1 : Most);

        public int Chunks => (channels + _count - 1) / _count;

        public void Run(int chunk)
        {
            int first = chunk * _count, count = Math.Min(_count, channels - first);
            Vector512<T>* sums = stackalloc Vector512<T>[Most];
            for (int c = 0; c < count; c++) sums[c] = Vector512<T>.Zero;
            for (int n = 0; n < images; n++)
            {
                T* planes = dy + (((nint)n * channels) + first) * plane;
                for (int c = 0; c < count; c++) sums[c] += SumPlane(planes + ((nint)c * plane), plane);
            }
            for (int c = 0; c < count; c++) db[first + c] = accumulate ? db[first + c] + VectorOps.Sum(sums[c]) : VectorOps.Sum(sums[c]);
        }
    }

    /// <summary>Every pixel of channel c of y [n, c, pixels] = bias[c]; an empty bias means 0.</summary>
    public static void FillChannels<T>(ReadOnlySpan<T> bias, Span<T> y, int pixels) where T : unmanaged
    {
        if (bias.IsEmpty || y.IsEmpty)
        {
            y.Clear();
            return;
        }
        for (int plane = 0; plane * pixels < y.Length; plane++)
            y.Slice(plane * pixels, pixels).Fill(bias[plane % bias.Length]);
    }

    /// <summary>Lane-wise sum of a contiguous range.</summary>
    [MethodImpl(Jit.Loop)]
    public static Vector512<T> SumPlane<T>(T* plane, int count) where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        Vector512<T> s0 = Vector512<T>.Zero, s1 = s0, s2 = s0, s3 = s0;
        int i = 0, width = Vector512<T>.Count;
        for (; i + 4 * width <= count; i += 4 * width)
        {
            s0 += Vector512.Load(plane + i);
            s1 += Vector512.Load(plane + i + width);
            s2 += Vector512.Load(plane + i + 2 * width);
            s3 += Vector512.Load(plane + i + 3 * width);
        }
        for (; i + width <= count; i += width)
            s0 += Vector512.Load(plane + i);
        if (i < count)
            s1 += VectorOps.LoadFirst(plane + i, count - i);
        return s0 + s1 + (s2 + s3);
    }

    /// <summary>A 1 × 1 convolution does not see rows: its planes are one long row, which fills the vectors better.</summary>
    static Conv2dGeometry Flatten(in Conv2dGeometry g)
    {
        bool pointwise = g is { KH: 1, KW: 1, StrideH: 1, StrideW: 1, PadH: 0, PadW: 0 } && g.OutH == g.H && g.OutW == g.W;
        return pointwise ? g with { H = 1, W = g.H * g.W, OutH = 1, OutW = g.H * g.W } : g;
    }
}
