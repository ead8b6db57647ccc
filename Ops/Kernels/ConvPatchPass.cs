using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Autograd.Kernels;

/// <summary>Convolutions and their gradients as products of matrices: windows are moved into a matrix [tap, pixel] or out of it.</summary>
// Moving costs a few cycles a row of windows and tap, a product with many outputs far more; strides and dilation cost nothing after that, and planes of a few
// pixels share a matrix. What reads a matrix whose windows do not overlap is moved once at most, and always pays.
unsafe struct ConvPatchPass<T> : IParallelWork where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    // Partial sums of a filter gradient, and pixels that a share of the images has at least.
    const int MostShares = 8, SharePixels = 512;

    // A row of windows that is longer is not cut, and its matrix leaves the caches.
    const int MostColumns = 1024;

    // Pixels of all images so few that every other way spends its time on packing the filters.
    const int FewPixels = 128;

    // Columns of a matrix: enough to pay for packing the other factor, and for a last vector that is not full.
    const int Pixels = 512;

    static int L => Vector512<T>.Count;

    Conv2dGeometry _g;
    ConvDirection _direction;
    T* _x;
    T* _w;
    T* _bias;
    T* _y;
    T* _sums;
    nint _sumSize;
    int _shares, _images, _rows;
    bool _accumulate;

    /// <summary>Whether a direction of a convolution is faster this way than tap by tap, where no other way saves multiply-adds.</summary>
    public static bool Takes(in Conv2dGeometry g, ConvDirection direction)
    {
        if (IsWhole(g)) return true;
        if (g.GroupOutC == 1 || g.OutH * g.OutW * g.N == 1) return false;
        bool apart = g.KH <= g.StrideH && g.KW <= g.StrideW && g is { PadH: 0, PadW: 0, DilationH: 1, DilationW: 1 };
        if (apart && g.StrideH * g.StrideW > 1 && (g.OutH - 1) * g.StrideH + g.KH <= g.H && (g.OutW - 1) * g.StrideW + g.KW <= g.W) return true;
        // Few outputs over short planes leave a good part of every tile of vectors empty; a product has the inputs there.
        if (g.KH * g.KW == 1 && direction == ConvDirection.Filter && g.GroupOutC >= 4 && g.GroupOutC % L != 0 && g.Taps >= L && g.OutW < MostColumns) return true;
        if (g.StrideW > 2 || g.GroupOutC < 2 * L || g.Taps < 2 * L) return false;
        if (g.KH * g.KW == 1 || ((long)g.N * g.OutH * g.OutW <= (direction == ConvDirection.Forward && g.StrideH * g.StrideW > 1 ? FewPixels / 2 : FewPixels) && g.GroupOutC * g.OutW >= 16 * L)) return true;
        // Tap by tap, strides and short rows cost a good part of the speed; outputs read in the order of the windows cost little.
        if (direction == ConvDirection.Forward || g.OutW > MostColumns || (g.StrideH * g.StrideW == 1 && g.OutW > L / 2) || Multiplies(g, direction)) return false;
        double vectors = (g.OutW + L - 1) / L, move = direction == ConvDirection.Input ? 9 * (10 + (5 * g.StrideW * vectors)) : 8 * (6 + (2 * g.StrideW * vectors));
        // Of long rows the gradient by the input wastes hardly anything tap by tap.
        return (double)g.GroupOutC * g.OutW / L > (direction == ConvDirection.Input && vectors > 8 ? 1.5 * move : move);
    }

    /// <summary>Whether there is a way with fewer multiply-adds: Note [Products of rows], Note [Products of blocks].</summary>
    static bool Multiplies(in Conv2dGeometry g, ConvDirection direction)
    {
        if (direction == ConvDirection.Filter) return ConvBlockWeightPass<T>.Pays(g) || ConvWeightProductPass<T>.Pays(g);
        if (g is not { StrideH: 1, StrideW: 1 }) return false;
        bool forward = direction == ConvDirection.Forward;
        int rows = forward ? g.OutH : g.H, columns = forward ? g.OutW : g.W, inputs = forward ? g.GroupC : g.GroupOutC, outputs = forward ? g.GroupOutC : g.GroupC;
        return RowProducts.Pay((rows + g.DilationH - 1) / g.DilationH, g.KH, inputs, g.KW, outputs) || (g is { DilationH: 1, DilationW: 1 } && BlockProducts.Pay(g.N, rows, columns, g.KH, g.KW, inputs, outputs, L));
    }

    /// <summary>Whether a window is the whole image: then the images are a matrix [image, tap], and nothing is moved.</summary>
    static bool IsWhole(in Conv2dGeometry g) => g is { PadH: 0, PadW: 0, OutH: 1, OutW: 1 } && g.KH == g.H && g.KW == g.W;

    /// <summary>y = w ⋆ x + bias; bias may be null.</summary>
    public static void Forward(in Conv2dGeometry g, T* x, T* w, T* bias, T* y) => Execute(new() { _g = g, _direction = ConvDirection.Forward, _x = x, _w = w, _bias = bias, _y = y });

    /// <summary>dx (+)= the gradient by x.</summary>
    public static void InputGradient(in Conv2dGeometry g, T* dy, T* w, T* dx, bool accumulate) =>
        Execute(new() { _g = g, _direction = ConvDirection.Input, _x = dx, _w = w, _y = dy, _accumulate = accumulate });

    /// <summary>dw (+)= the gradient by w: fixed shares of the images, added in order.</summary>
    public static void FilterGradient(in Conv2dGeometry g, T* dy, T* x, T* dw, bool accumulate)
    {
        int size = g.OutC * g.Taps;
        ConvPatchPass<T> pass = new() { _g = g, _direction = ConvDirection.Filter, _x = x, _w = dw, _y = dy, _sumSize = size, _accumulate = accumulate };
        long most = Math.Min(g.N, (long)g.N * g.OutH * g.OutW / SharePixels);
        pass._shares = IsWhole(g) ? 1 : most >= MostShares ? MostShares : most >= 4 ? 4 : most >= 2 ? 2 : 1;
        // The first share is summed in the gradient itself.
        pass._sums = ConvScratch.Rent<T>(ScratchSlot.Partials, (nint)(pass._shares - 1) * size);
        Execute(pass);
        for (int share = 1; share < pass._shares; share++) System.Numerics.Tensors.TensorPrimitives.Add(new(dw, size), new ReadOnlySpan<T>(pass._sums + ((nint)(share - 1) * size), size), new Span<T>(dw, size));
    }

    static void Execute(ConvPatchPass<T> pass)
    {
        if (IsWhole(pass._g))
        {
            for (int group = 0; group < pass._g.Groups; group++) pass.Whole(group);
            return;
        }
        int pixels = pass._g.OutH * pass._g.OutW;
        pass._rows = Math.Clamp((Pixels + pass._g.OutW - 1) / pass._g.OutW, 1, pass._g.OutH);
        // A plane that is a matrix already is joined with others only where it is small.
        bool joins = pass._rows == pass._g.OutH && !(pass.IsPointwise && pixels >= Pixels / 8);
        pass._images = joins ? Math.Max(1, Pixels / pixels) : 1;
        if (pass._shares == 0) pass._shares = (pass._g.N + pass._images - 1) / pass._images;
        Parallelism.Run(pass._shares, pass);
    }

    readonly void Whole(int group)
    {
        int images = _g.N, taps = _g.Taps, outputs = _g.GroupOutC;
        nint filter = (nint)group * outputs * taps;
        T* x = _x + ((nint)group * taps), w = _w + filter, y = _y + (group * outputs);
        T kept = _accumulate ? T.One : T.Zero;
        if (_direction == ConvDirection.Input)
            Gemm.Run(new GemmProblem<T> { M = images, N = taps, K = outputs, A = y, Lda = _g.OutC, B = w, Ldb = taps, C = x, Ldc = ImageSize, Alpha = T.One, Beta = kept });
        else if (_direction == ConvDirection.Filter)
            Gemm.Run(new GemmProblem<T> { M = outputs, N = taps, K = images, A = y, Lda = _g.OutC, TransA = true, B = x, Ldb = ImageSize, C = w, Ldc = taps, Alpha = T.One, Beta = kept });
        else
        {
            for (int n = 0; n < images && _bias != null; n++) new Span<T>(_bias + (group * outputs), outputs).CopyTo(new Span<T>(y + ((nint)n * _g.OutC), outputs));
            Gemm.Run(new GemmProblem<T>
            {
                M = images, N = outputs, K = taps, A = x, Lda = ImageSize, B = w, Ldb = taps, TransB = true, C = y, Ldc = _g.OutC, Alpha = T.One, Beta = _bias == null ? T.Zero : T.One,
            });
        }
    }

    /// <summary>Whether the image is the matrix.</summary>
    readonly bool IsPointwise => _g is { KH: 1, KW: 1, StrideH: 1, StrideW: 1, PadH: 0, PadW: 0 } && _g.OutH == _g.H && _g.OutW == _g.W;

    readonly int ImageSize => _g.C * _g.H * _g.W;

    /// <inheritdoc/>
    public readonly void Run(int chunk)
    {
        int first = (int)((long)chunk * _g.N / _shares), end = (int)((chunk + 1L) * _g.N / _shares);
        bool direct = IsPointwise && _images == 1;
        bool overlaps = _g.KH > _g.StrideH || _g.KW > _g.StrideW, misses = _g.KH < _g.StrideH || _g.KW < _g.StrideW || _g.OutH * _g.StrideH < _g.H || _g.OutW * _g.StrideW < _g.W;
        bool adds = _accumulate || overlaps || _g.PadH + _g.PadW > 0;
        for (int n = first; n < end; n += _images)
        {
            int images = Math.Min(_images, end - n);
            if (_direction == ConvDirection.Input && !_accumulate && (adds || misses)) new Span<T>(_x + ((nint)n * ImageSize), images * ImageSize).Clear();
            for (int group = 0; group < _g.Groups; group++)
            {
                for (int row = 0; row < _g.OutH; row += direct ? _g.OutH : _rows) Strip(n, images, group, row, direct ? _g.OutH : Math.Min(_rows, _g.OutH - row), chunk, n == first && row == 0, adds);
            }
        }
    }

    /// <summary>The product of some rows of one image, or of all rows of some.</summary>
    readonly void Strip(int n, int images, int group, int row, int rows, int chunk, bool isFirst, bool adds)
    {
        int pixels = _g.OutH * _g.OutW, part = rows * _g.OutW, columns = images * part, taps = _g.Taps, outputs = _g.GroupOutC;
        T* x = _x + ((((nint)n * _g.Groups) + group) * _g.GroupC * _g.H * _g.W), y = _y + ((((nint)n * _g.Groups) + group) * outputs * pixels) + ((nint)row * _g.OutW);
        nint filter = (nint)group * outputs * taps, lead = pixels;
        // The next image's planes, which lie apart.
        bool follows = images == 1 && n + 1 < _g.N && _g.Groups == 1 && rows == _g.OutH;
        bool direct = IsPointwise && images == 1;
        T* patches = direct ? x : ConvScratch.Rent<T>(ScratchSlot.Image, (nint)taps * columns);
        nint patchLead = direct ? pixels : columns;
        ConvPatches<T> windows = new(_g);
        // Windows of one pixel are whole planes.
        bool planes = IsPointwise && !direct;
        if (_direction != ConvDirection.Input)
        {
            if (planes) Move(x, ImageSize, patches, images, taps, pixels, isIn: true);
            for (int i = 0; i < images && !direct && !planes; i++) windows.Gather(x + ((nint)i * ImageSize), row, rows, patches + (i * part), columns);
        }
        T* outside = y;
        if (images > 1)
        {
            y = ConvScratch.Rent<T>(ScratchSlot.Cotangent, (nint)outputs * columns);
            lead = columns;
            if (_direction != ConvDirection.Forward) Move(outside, _g.OutC * pixels, y, images, outputs, pixels, isIn: true);
        }
        if (_direction == ConvDirection.Input)
        {
            Gemm.Run(new GemmProblem<T>
            {
                M = taps, N = columns, K = outputs, A = _w + filter, Lda = taps, TransA = true, B = y, Ldb = lead, C = patches, Ldc = patchLead, Alpha = T.One,
                NextB = follows ? y + ((nint)outputs * pixels) : null, Beta = direct && _accumulate ? T.One : T.Zero,
            });
            if (planes && !adds) Move(x, ImageSize, patches, images, taps, pixels, isIn: false);
            else for (int i = 0; i < images && !direct; i++) windows.Scatter(patches + (i * part), columns, row, rows, x + ((nint)i * ImageSize), adds);
        }
        else if (_direction == ConvDirection.Filter)
        {
            T* sums = chunk == 0 ? _w : _sums + ((chunk - 1) * _sumSize);
            Gemm.Run(new GemmProblem<T>
            {
                M = outputs, N = taps, K = columns, A = y, Lda = lead, B = patches, Ldb = patchLead, TransB = true, C = sums + filter, Ldc = taps, Alpha = T.One,
                Beta = !isFirst || (chunk == 0 && _accumulate) ? T.One : T.Zero,
            });
        }
        else
        {
            T* bias = _bias == null ? null : _bias + (group * outputs);
            for (int o = 0; o < outputs && bias != null; o++) new Span<T>(y + (o * lead), columns).Fill(bias[o]);
            Gemm.Run(new GemmProblem<T>
            {
                M = outputs, N = columns, K = taps, A = _w + filter, Lda = taps, B = patches, Ldb = patchLead, C = y, Ldc = lead, Alpha = T.One, Beta = bias == null ? T.Zero : T.One,
                NextB = direct && follows ? x + ImageSize : null,
            });
            if (images > 1) Move(outside, _g.OutC * pixels, y, images, outputs, pixels, isIn: false);
        }
    }

    /// <summary>Whole planes of some images, [image, channel, pixel], to the rows of a matrix [channel, image and pixel], or back.</summary>
    [MethodImpl(Jit.Loop)]
    readonly void Move(T* planes, nint imageSize, T* matrix, int images, int channels, int pixels, bool isIn)
    {
        for (int i = 0; i < images; i++)
        {
            T* plane = planes + (i * imageSize), part = matrix + ((nint)i * pixels);
            for (int c = 0; c < channels; c++, plane += pixels, part += (nint)images * pixels)
            {
                if (isIn) VectorOps.Copy(plane, part, pixels);
                else VectorOps.Copy(part, plane, pixels);
            }
        }
    }
}

/// <summary>A convolution or one of its gradients.</summary>
enum ConvDirection
{
    /// <summary>y from x and w.</summary>
    Forward,

    /// <summary>dx from dy and w.</summary>
    Input,

    /// <summary>dw from dy and x.</summary>
    Filter,
}
