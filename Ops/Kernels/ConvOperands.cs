namespace Autograd.Kernels;

/// <summary>What a pass reads and writes. Filter element of output channel o, source channel c: group·FilterGroup + o·FilterOut + c·FilterIn.</summary>
unsafe struct ConvOperands<T> where T : unmanaged
{
    public T* X, Filter, Bias, Y;
    public nint FilterGroup, FilterOut, FilterIn;
    public int Images, Groups, GroupIn, H, W, GroupOut, OutH, OutW, KH, KW;
    public bool Accumulate;

    /// <summary>Parts that the units of one image are shared in, so that few images occupy several threads.</summary>
    public readonly int Splits(int units) => Images >= 8 ? 1 : Math.Min(Groups * units, (7 + Images) / Images);
}
