using System.Numerics;
using System.Runtime.Intrinsics;

namespace Autograd.Kernels;

/// <summary>Convolutions whose filters have one row, and their gradients, as convolutions whose filters have one column.</summary>
// Note [Turned rows]
// Products of rows (Note [Products of rows]) save multiply-adds along the rows of a filter. A filter of one row has its taps along the columns, so its rows are
// turned: a row of the image becomes a column. The one long row of a convolution with one axis is cut into segments first, each with the few elements of the next
// that its last windows reach, and the segments are the columns. With stride s the elements of each phase are channels of their own, s times as many
// with every s-th tap each, where a phase that lacks the last tap has a zero. What remains has stride 1, and zeros are where the padding was.
readonly unsafe struct ConvTurned<T> where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    // Columns that a single row is cut into, rows that are columns at least, and the most memory that a turned image takes.
    const int Segments = 16, FewestColumns = 8;
    const long MostBytes = 1 << 26;

    readonly Conv2dGeometry _g, _turned;
    readonly ConvLines<T> _source, _result;

    ConvTurned(in Conv2dGeometry g, ConvDirection direction)
    {
        _g = g;
        _turned = Turned(g, direction);
        // Segments of what is written do not overlap, and begin where those of what is read do.
        int segment = Math.Min(_turned.H, _turned.OutH), first = direction == ConvDirection.Input ? g.PadW / g.StrideW : 0;
        _source = new(g.H, g.W, g.StrideW, g.PadW - (first * g.StrideW), _turned.H, _turned.W, g.H == 1 ? segment : _turned.H);
        _result = new(g.H, g.OutW, 1, _turned.PadH - first, _turned.OutH, _turned.W, g.H == 1 ? segment : _turned.OutH);
    }

    /// <summary>The geometry of the convolution that remains: the side that is read has the elements that segments share, x or, for x's gradient, y.</summary>
    static Conv2dGeometry Turned(in Conv2dGeometry g, ConvDirection direction)
    {
        bool isGradient = direction == ConvDirection.Input;
        int taps = (g.KW + g.StrideW - 1) / g.StrideW, reach = g.DilationW * (taps - 1), results = isGradient ? ((g.PadW % g.StrideW) + g.W + g.StrideW - 1) / g.StrideW : g.OutW;
        int columns = g.H == 1 ? Segments : g.H, rows = g.H == 1 ? (results + Segments - 1) / Segments : results;
        return new(g.N, g.C * g.StrideW, isGradient ? rows : rows + reach, columns, g.OutC, taps, 1, PadH: isGradient ? reach : 0, DilationH: g.DilationW, Groups: g.Groups);
    }

    /// <summary>Whether the multiply-adds saved are worth the turning.</summary>
    public static bool Pays(in Conv2dGeometry g, ConvDirection direction)
    {
        if (g is not { KH: 1, StrideH: 1, PadH: 0 } || g.OutH != g.H || g.KW <= g.StrideW || (g.StrideW > 1 && g.DilationW > 1) || (g.H > 1 && g.H < FewestColumns)) return false;
        Conv2dGeometry t = Turned(g, direction);
        int results = Math.Min(t.H, t.OutH), dilation = Math.Min(t.DilationH, results);
        double inputs = t.GroupC, outputs = t.GroupOutC, products = 0, direct = (double)g.OutH * g.OutW / t.W * g.KW * g.GroupC * outputs;
        int rows = (results + dilation - 1) / dilation;
        for (int part = 0; part < RowProducts.Parts(t.KH); part++)
        {
            int taps = RowProducts.Part(t.KH, part).Count, block = RowProducts.Block(taps);
            if (!RowProducts.Pay(rows, taps, t.GroupC, 1, t.GroupOutC)) return false;
            products += (double)dilation * ((rows + block - 1) / block) * ((RowProducts.Count * inputs * outputs) + (32 * (inputs + outputs)));
        }
        long most = Math.Max((long)t.C * t.H, (long)t.OutC * t.OutH) * t.W * t.N * sizeof(T);
        return most <= MostBytes && products + (16 * results * (inputs + outputs)) < 0.9 * direct;
    }

    /// <summary>y = w ⋆ x + bias; bias may be null.</summary>
    public static void Forward(in Conv2dGeometry g, T* x, T* w, T* bias, T* y)
    {
        ConvTurned<T> turned = new(g, ConvDirection.Forward);
        T* images = turned.Image(x), results = turned.Result();
        Conv2dKernels.Forward<T>(turned._turned, new(images, turned.ImageSize), new(turned.Filter(w), turned.FilterSize), bias == null ? default : new(bias, g.OutC), new(results, turned.ResultSize));
        turned._result.Write(results, g.N * g.OutC, y, false);
    }

    /// <summary>dx (+)= the gradient by x.</summary>
    public static void InputGradient(in Conv2dGeometry g, T* dy, T* w, T* dx, bool accumulate)
    {
        ConvTurned<T> turned = new(g, ConvDirection.Input);
        T* images = ConvScratch.Rent<T>(ScratchSlot.TurnedImage, turned.ImageSize + turned.Overread), results = turned.Result();
        turned._result.Read(dy, g.N * g.OutC, results);
        Conv2dKernels.GradInput<T>(turned._turned, new(results, turned.ResultSize), new(turned.Filter(w), turned.FilterSize), new(images, turned.ImageSize), false);
        turned._source.Write(images, g.N * g.C, dx, accumulate);
    }

    /// <summary>dw (+)= the gradient by w.</summary>
    public static void FilterGradient(in Conv2dGeometry g, T* dy, T* x, T* dw, bool accumulate)
    {
        ConvTurned<T> turned = new(g, ConvDirection.Filter);
        T* images = turned.Image(x), results = turned.Result();
        turned._result.Read(dy, g.N * g.OutC, results);
        bool plain = g.StrideW == 1;
        T* filters = plain ? dw : ConvScratch.Rent<T>(ScratchSlot.TurnedFilter, turned.FilterSize);
        Conv2dKernels.GradWeight<T>(turned._turned, new(results, turned.ResultSize), new(images, turned.ImageSize), new(filters, turned.FilterSize), plain && accumulate);
        if (!plain) turned.WriteFilter(filters, dw, accumulate);
    }

    int ImageSize => _g.N * _turned.C * _turned.H * _turned.W;

    int ResultSize => _g.N * _turned.OutC * _turned.OutH * _turned.W;

    int FilterSize => _g.OutC * _turned.Taps;

    // Squares are turned whole.
    int Overread => (Vector512<T>.Count + 1) * _turned.W;

    T* Image(T* x)
    {
        T* images = ConvScratch.Rent<T>(ScratchSlot.TurnedImage, ImageSize + Overread);
        _source.Read(x, _g.N * _g.C, images);
        return images;
    }

    T* Result() => ConvScratch.Rent<T>(ScratchSlot.TurnedResult, ResultSize + Overread);

    /// <summary>[output, input and phase, tap] of [output, input, tap].</summary>
    T* Filter(T* w)
    {
        if (_g.StrideW == 1) return w;
        T* target = ConvScratch.Rent<T>(ScratchSlot.TurnedFilter, FilterSize), to = target;
        for (int i = 0; i < _g.OutC * _g.GroupC; i++, w += _g.KW)
        {
            for (int p = 0; p < _g.StrideW; p++)
            {
                for (int t = p; t < _turned.KH * _g.StrideW; t += _g.StrideW) *to++ = t < _g.KW ? w[t] : T.Zero;
            }
        }
        return target;
    }

    void WriteFilter(T* from, T* dw, bool accumulate)
    {
        for (int i = 0; i < _g.OutC * _g.GroupC; i++, dw += _g.KW)
        {
            for (int p = 0; p < _g.StrideW; p++)
            {
                for (int t = p; t < _turned.KH * _g.StrideW; t += _g.StrideW, from++)
                {
                    if (t < _g.KW) dw[t] = accumulate ? dw[t] + *from : *from;
                }
            }
        }
    }
}
