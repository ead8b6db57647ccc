using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Autograd.Kernels;

/// <summary>
/// The filters of a pass, packed in scratch memory as the micro-kernel reads them: cut into units of output channels that a tile holds, tap by tap,
/// or product by product and tap by tap (<see cref="RowProducts"/>).
/// </summary>
// Note [Two kinds of vectors]
// Vectors hold either 16 output channels of one pixel (any geometry, filters packed, tiles transposed on the way out) or 16 pixels of one row.
// The kind that wastes fewer lanes is taken, where the transposition counts as so many taps; with equal waste, pixels, which load less per multiply-add.
unsafe struct ConvFilters<T> where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    T* _filters, _bias;
    nint _unitSize;
    int _groupOut, _taps, _unitLanes;

    static int L => Vector512<T>.Count;

    /// <summary>Whether vectors hold output channels.</summary>
    public bool ChannelVectors;

    /// <summary>Units of one group.</summary>
    public int Units;

    /// <summary>A bias of zeros for any unit.</summary>
    public T* Zeros;

    /// <summary>Cuts and packs.</summary>
    public static ConvFilters<T> Pack(in ConvOperands<T> o, ConvAxis row, ConvAxis column, RowForm form = RowForm.Sums)
    {
        ConvFilters<T> filters = default;
        filters.Plan(o, row, column, form != RowForm.Sums);
        for (int u = 0; u < o.Groups * filters.Units; u++)
            filters.PackUnit(o, row, column, u / filters.Units, u % filters.Units, form);
        return filters;
    }

    // Multiply-adds of a vector that take as long as its way out of a transposed tile.
    const double Transposition = 8;

    /// <summary>Whether vectors of output channels waste less than those of pixels, for so many terms of a sum.</summary>
    public static bool UsesChannels(int channels, int columns, int taps)
    {
        double channelUse = channels / ((channels + L - 1) / L * L * (1 + (Transposition / taps)));
        double pixelUse = (double)columns / ((columns + L - 1) / L * L) * Math.Min(1, (channels + 1) / 4.0);
        return channelUse > pixelUse;
    }

    void Plan(in ConvOperands<T> o, ConvAxis row, ConvAxis column, bool products)
    {
        _groupOut = o.GroupOut;
        ChannelVectors = UsesChannels(o.GroupOut, column.Outputs, o.GroupIn * (products ? 1 : row.Taps) * column.Taps);
        _unitLanes = ChannelVectors ? 2 * L : 16;
        Units = ChannelVectors ? (_groupOut + 2 * L - 1) / (2 * L) : (_groupOut + ConvTileKernel.MaxRows - 1) / ConvTileKernel.MaxRows;
        _taps = o.GroupIn * row.Taps * column.Taps;
        nint direct = (nint)_taps * _unitLanes;
        _unitSize = products ? direct / row.Taps * RowProducts.Count : direct;
        int units = o.Groups * Units;
        _filters = ConvScratch.Rent<T>(ScratchSlot.Filters, units * (_unitSize + _unitLanes) + _unitLanes + L * L + (products ? direct : 0));
        _bias = _filters + units * _unitSize;
        Zeros = _bias + units * _unitLanes;
        new Span<T>(Zeros, _unitLanes).Clear();
    }

    /// <summary>The filter of unit <paramref name="unit"/>, counted through all groups.</summary>
    public readonly T* Filter(int unit) => _filters + unit * _unitSize;

    /// <summary>Its bias.</summary>
    public readonly T* Bias(int unit) => _bias + (nint)unit * _unitLanes;

    /// <summary>The channels of a unit of a group.</summary>
    public readonly (int First, int Count) Unit(int unit)
    {
        if (ChannelVectors)
            return (unit * 2 * L, Math.Min(2 * L, _groupOut - unit * 2 * L));
        int first = (int)((long)unit * _groupOut / Units);
        return (first, (int)((unit + 1L) * _groupOut / Units) - first);
    }

    /// <summary>Elements from one tap to the next in a unit of so many channels.</summary>
    public readonly int Step(int count) => !ChannelVectors ? count : count > L ? 2 * L : L;

    [MethodImpl(Jit.Loop)]
    readonly void PackUnit(in ConvOperands<T> o, ConvAxis row, ConvAxis column, int group, int unit, RowForm form)
    {
        (int first, int count) = Unit(unit);
        int step = Step(count), index = group * Units + unit;
        T* bias = Bias(index);
        new Span<T>(bias, _unitLanes).Clear();
        if (o.Bias != null)
            new ReadOnlySpan<T>(o.Bias + group * _groupOut + first, count).CopyTo(new Span<T>(bias, count));
        T* source = o.Filter + group * o.FilterGroup + first * o.FilterOut;
        T* target = form == RowForm.Sums ? Filter(index) : Zeros + _unitLanes;
        PackTaps(o, row, column, source, count, step, target);
        if (form == RowForm.Sums) return;
        // A block that is spread meets the taps in the order of the rows that it reaches, which is the opposite of that of the rows that are read.
        bool reversed = (row.Step < 0) != (form == RowForm.Spread);
        int run = column.Taps * step;
        for (int c = 0; c < o.GroupIn; c++)
            RowProducts.Filters(target + (nint)c * row.Taps * run, row.Taps, reversed, run, Filter(index) + (nint)c * run, (nint)o.GroupIn * run);
    }

    /// <summary>The taps of one unit: channel by channel, row by row.</summary>
    public static void PackTaps(in ConvOperands<T> o, ConvAxis row, ConvAxis column, T* source, int count, int step, T* target)
    {
        int taps = o.GroupIn * row.Taps * column.Taps;
        bool dense = column.Taps == o.KW && row.KernelStep == 1 && column.KernelStep == 1;
        if (dense)
        {
            // The kernel elements of one channel are contiguous; of all channels too, if that is how the channels follow each other.
            bool joined = o.FilterIn == taps / o.GroupIn;
            int rows = joined ? 1 : o.GroupIn, run = taps / rows;
            source += row.KernelFirst * o.KW;
            for (int c = 0; c < rows; c++)
                PackRun(source + c * o.FilterIn, o.FilterOut, run, count, step, target + (nint)c * run * step);
            return;
        }
        for (int c = 0; c < o.GroupIn; c++, source += o.FilterIn)
        {
            for (int i = 0; i < row.Taps; i++)
            {
                for (int j = 0; j < column.Taps; j++, target += step)
                    PackRun(source + row.Kernel(i) * o.KW + column.Kernel(j), o.FilterOut, 1, count, step, target);
            }
        }
    }

    /// <summary>target[k·step + lane] = source[lane·lanePitch + k], zero in the lanes from count to step.</summary>
    [MethodImpl(Jit.Loop)]
    static void PackRun(T* source, nint lanePitch, int run, int count, int step, T* target)
    {
        int k = 0, whole = count - count % L;
        for (; k + L <= run; k += L)
        {
            for (int lane = 0; lane < whole; lane += L)
                LaneTranspose.Square(source + lane * lanePitch + k, lanePitch, target + (nint)k * step + lane, step);
            LaneTranspose.Plain(source + whole * lanePitch + k, lanePitch, count - whole, L, target + (nint)k * step + whole, step);
        }
        LaneTranspose.Plain(source + k, lanePitch, count, run - k, target + (nint)k * step, step);
        if (count == step)
            return;
        for (k = 0; k < run; k++)
            new Span<T>(target + (nint)k * step + count, step - count).Clear();
    }
}
