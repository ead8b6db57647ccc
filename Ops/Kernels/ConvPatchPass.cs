using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Autograd.Kernels;

/// <summary>Convolutions whose windows do not overlap, and their gradients: an image is moved into a matrix [tap, pixel] or out of it, and the rest is a product of matrices.</summary>
// Every element of the image is moved once at most, so moving costs little beside the product, [outputs, taps] by [taps, pixels]; strides cost nothing after that.
unsafe struct ConvPatchPass<T> : IChunk where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    // Room for the partial sums of a filter gradient, in elements.
    const int MostSums = 1 << 21, MostShares = 8;

    static int L => Vector512<T>.Count;

    enum Direction { Forward, Input, Filter }

    Conv2dGeometry _g;
    Direction _direction;
    T* _x;
    T* _w;
    T* _bias;
    T* _y;
    T* _sums;
    nint _sumSize;
    int _shares;
    bool _accumulate;

    /// <summary>Whether there are strides, no padding, and windows no wider than the strides.</summary>
    public static bool Takes(in Conv2dGeometry g) =>
        g is { PadH: 0, PadW: 0, DilationH: 1, DilationW: 1 } && g.StrideH * g.StrideW > 1 && g.KH <= g.StrideH && g.KW <= g.StrideW && g.OutH * g.OutW > 1 && g.GroupOutC > 1
        && (g.OutH - 1) * g.StrideH + g.KH <= g.H && (g.OutW - 1) * g.StrideW + g.KW <= g.W;

    /// <summary>y = w ⋆ x + bias; bias may be null.</summary>
    public static void Forward(in Conv2dGeometry g, T* x, T* w, T* bias, T* y) =>
        Execute(new() { _g = g, _direction = Direction.Forward, _x = x, _w = w, _bias = bias, _y = y, _shares = g.N });

    /// <summary>dx (+)= the gradient by x.</summary>
    public static void InputGradient(in Conv2dGeometry g, T* dy, T* w, T* dx, bool accumulate) =>
        Execute(new() { _g = g, _direction = Direction.Input, _x = dx, _w = w, _y = dy, _shares = g.N, _accumulate = accumulate });

    /// <summary>dw (+)= the gradient by w: fixed shares of the images, added in order.</summary>
    public static void FilterGradient(in Conv2dGeometry g, T* dy, T* x, T* dw, bool accumulate)
    {
        nint size = (nint)g.OutC * g.Taps;
        ConvPatchPass<T> pass = new() { _g = g, _direction = Direction.Filter, _x = x, _w = dw, _y = dy, _sumSize = size };
        pass._shares = (int)Math.Clamp(MostSums / size, 1, Math.Min(MostShares, g.N));
        pass._sums = ConvScratch.Rent<T>(ScratchSlot.Partials, pass._shares * size);
        Execute(pass);
        for (int share = 1; share < pass._shares; share++) System.Numerics.Tensors.TensorPrimitives.Add(Span(pass._sums, size), Span(pass._sums + (share * size), size), Span(pass._sums, size));
        if (accumulate) System.Numerics.Tensors.TensorPrimitives.Add(Span(dw, size), Span(pass._sums, size), Span(dw, size));
        else Span(pass._sums, size).CopyTo(Span(dw, size));
    }

    static Span<T> Span(T* first, nint count) => new(first, checked((int)count));

    static void Execute(in ConvPatchPass<T> pass) => WorkerPool.For(pass._shares, pass);

    /// <inheritdoc/>
    public readonly void Run(int chunk)
    {
        int first = (int)((long)chunk * _g.N / _shares), end = (int)((chunk + 1L) * _g.N / _shares), pixels = _g.OutH * _g.OutW, taps = _g.Taps;
        T* patches = ConvScratch.Rent<T>(ScratchSlot.Image, (nint)taps * pixels);
        for (int n = first; n < end; n++)
        {
            if (_direction == Direction.Input && !_accumulate && (_g.KH < _g.StrideH || _g.KW < _g.StrideW || _g.OutH * _g.StrideH < _g.H || _g.OutW * _g.StrideW < _g.W))
                new Span<T>(_x + ((nint)n * _g.C * _g.H * _g.W), _g.C * _g.H * _g.W).Clear();
            for (int group = 0; group < _g.Groups; group++)
            {
                T* x = _x + ((((nint)n * _g.Groups) + group) * _g.GroupC * _g.H * _g.W), y = _y + ((((nint)n * _g.Groups) + group) * _g.GroupOutC * pixels);
                nint filter = (nint)group * _g.GroupOutC * taps;
                if (_direction != Direction.Input) Gather(x, patches);
                Multiply(_direction == Direction.Filter ? _sums + (chunk * _sumSize) + filter : _w + filter, patches, y, _bias == null ? null : _bias + (group * _g.GroupOutC), n > first);
                if (_direction == Direction.Input) Scatter(patches, x);
            }
        }
    }

    readonly void Multiply(T* w, T* patches, T* y, T* bias, bool adds)
    {
        int pixels = _g.OutH * _g.OutW, taps = _g.Taps, outputs = _g.GroupOutC;
        if (_direction == Direction.Input)
        {
            Gemm.Run(new GemmProblem<T> { M = taps, N = pixels, K = outputs, A = w, Lda = taps, TransA = true, B = y, Ldb = pixels, C = patches, Ldc = pixels, Alpha = T.One });
            return;
        }
        if (_direction == Direction.Filter)
        {
            Gemm.Run(new GemmProblem<T>
            {
                M = outputs, N = taps, K = pixels, A = y, Lda = pixels, B = patches, Ldb = pixels, TransB = true, C = w, Ldc = taps, Alpha = T.One, Beta = adds ? T.One : T.Zero,
            });
            return;
        }
        for (int o = 0; o < outputs && bias != null; o++) new Span<T>(y + ((nint)o * pixels), pixels).Fill(bias[o]);
        Gemm.Run(new GemmProblem<T>
        {
            M = outputs, N = pixels, K = taps, A = w, Lda = taps, B = patches, Ldb = pixels, C = y, Ldc = pixels, Alpha = T.One, Beta = bias == null ? T.Zero : T.One,
        });
    }

    /// <summary>[channel, tap, pixel] from the planes of a group.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    readonly void Gather(T* x, T* patches)
    {
        for (int tap = 0; tap < _g.Taps; tap++)
        {
            T* source = Source(x, tap);
            for (int i = 0; i < _g.OutH; i++, source += (nint)_g.StrideH * _g.W, patches += _g.OutW)
            {
                if (_g.StrideW == 2)
                {
                    int left = _g.W - (tap % _g.KW);
                    for (int j = 0; j < _g.OutW; j += L)
                    {
                        Vector512<T> low = VectorOps.LoadFirst(source + (2 * j), left - (2 * j)), high = VectorOps.LoadFirst(source + (2 * j) + L, left - (2 * j) - L);
                        VectorOps.StoreFirst(patches + j, VectorOps.Even(low, high), _g.OutW - j);
                    }
                    continue;
                }
                for (int j = 0; j < _g.OutW; j++) patches[j] = source[(nint)j * _g.StrideW];
            }
        }
    }

    /// <summary>The opposite of <see cref="Gather"/>.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    readonly void Scatter(T* patches, T* x)
    {
        for (int tap = 0; tap < _g.Taps; tap++)
        {
            T* target = Source(x, tap);
            for (int i = 0; i < _g.OutH; i++, target += (nint)_g.StrideH * _g.W, patches += _g.OutW)
            {
                if (_g.StrideW == 2)
                {
                    for (int j = 0; j < _g.OutW; j += L) VectorOps.StoreEven(target + (2 * j), VectorOps.LoadFirst(patches + j, _g.OutW - j), _g.OutW - j, _accumulate);
                    continue;
                }
                for (int j = 0; j < _g.OutW; j++)
                {
                    T* element = target + ((nint)j * _g.StrideW);
                    *element = _accumulate ? *element + patches[j] : patches[j];
                }
            }
        }
    }

    /// <summary>What the first pixel reads at a tap.</summary>
    readonly T* Source(T* x, int tap) => x + (((nint)tap / (_g.KH * _g.KW) * _g.H) + (tap / _g.KW % _g.KH)) * _g.W + (tap % _g.KW);
}
