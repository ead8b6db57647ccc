using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Autograd.Kernels;

/// <summary>Operands of neighbouring planes, or pairs of planes, that are strips of <see cref="ConvPlaneRows{T}"/>; see Note [Planes].</summary>
unsafe struct ConvPlaneTile<T> where T : unmanaged
{
    /// <summary>First row of the first plane of the source.</summary>
    public T* Image;

    /// <summary>Elements of the source from one row to the next, and from one plane or pair to the next.</summary>
    public nint ImageRow, ImagePlane;

    /// <summary>Where the taps of a row are read.</summary>
    public nint First, Second, Third;

    /// <summary>Filter of the first plane.</summary>
    public T* Filter;

    /// <summary>Rows of the filter, in the order of those of the source.</summary>
    public nint Top, Middle, Bottom;

    /// <summary>Elements of a filter.</summary>
    public nint FilterSize;

    /// <summary>What the sums of the first plane start from; null for zeros.</summary>
    public T* Bias;

    /// <summary>Rows of the source, and sums that the first of them complete but that are no results.</summary>
    public int Rows, Skip;

    /// <summary>Of every second row, whether the first completes a sum.</summary>
    public bool Completes;

    /// <summary>First row of the results of the first plane.</summary>
    public T* Out;

    /// <summary>Elements of a plane of the results.</summary>
    public nint OutPlane;

    /// <summary>Rows and columns of the results.</summary>
    public int Height, Width;

    /// <summary>Planes; an odd number of them leaves the last pair without a second one.</summary>
    public int Planes;

    /// <summary>What is asked for meanwhile: the source and the results of the next strip.</summary>
    public T* Ahead, AheadOut;

    /// <summary>Whether results are added to what is there.</summary>
    public bool Adds;
}

/// <summary>The micro-kernel of <see cref="ConvPlanePass{T}"/>: down a vector of columns, the sums of the rows that a row of the source belongs to stay in registers.</summary>
static unsafe class ConvPlaneKernel
{
    /// <summary>Most taps along each direction: nine filter elements, as many sums as rows of taps, and three pixels are all in registers.</summary>
    public const int MaxTaps = 3;

    /// <summary>Computes all planes; without 512-bit registers by halves.</summary>
    public static void Run<T, TPlanes, TRows, TColumns, TWalk>(ConvPlaneTile<T>* tile)
        where T : unmanaged where TPlanes : struct, IRegisterCount where TRows : struct, IRegisterCount where TColumns : struct, IRegisterCount where TWalk : struct, IRowWalk
    {
        if (Vector512.IsHardwareAccelerated)
        {
            Part<Lanes512<T>, Vector512<T>, T, TPlanes, TRows, TColumns, TWalk>(tile, 0);
            return;
        }
        Part<Lanes256<T>, Vector256<T>, T, TPlanes, TRows, TColumns, TWalk>(tile, 0);
        Part<Lanes256<T>, Vector256<T>, T, TPlanes, TRows, TColumns, TWalk>(tile, Vector256<T>.Count);
    }

    [MethodImpl(Jit.Loop)]
    static void Part<S, V, T, TPlanes, TRows, TColumns, TWalk>(ConvPlaneTile<T>* tile, int lane)
        where S : struct, IPlaneLanes<V, T> where T : unmanaged
        where TPlanes : struct, IRegisterCount where TRows : struct, IRegisterCount where TColumns : struct, IRegisterCount where TWalk : struct, IRowWalk
    {
        int next = Vector512<T>.Count, half = next / 2;
        nint row = tile->ImageRow, beside = tile->OutPlane - half, first = tile->First, second = tile->Second, third = tile->Third;
        T* f = tile->Filter, ahead = tile->Ahead, aheadOut = tile->AheadOut, image = tile->Image + lane, result = tile->Out + lane;
        for (int plane = 0; plane < tile->Planes; plane += TPlanes.Value)
        {
            // Of an odd number the last plane is its own neighbour, whose results are not written.
            bool paired = TPlanes.Value > 1 && plane + 1 < tile->Planes;
            nint other = paired ? tile->FilterSize : 0;
            T* top = f + tile->Top, middle = f + tile->Middle, bottom = f + tile->Bottom;
            V f00 = S.Halves(top, other, lane), f01 = default!, f02 = default!, f10 = S.Halves(middle, other, lane), f11 = default!, f12 = default!, f20 = default!, f21 = default!, f22 = default!;
            if (TColumns.Value > 1) f01 = S.Halves(top + 1, other, lane);
            if (TColumns.Value > 2) f02 = S.Halves(top + 2, other, lane);
            if (TColumns.Value > 1) f11 = S.Halves(middle + 1, other, lane);
            if (TColumns.Value > 2) f12 = S.Halves(middle + 2, other, lane);
            if (TRows.Value > 2) f20 = S.Halves(bottom, other, lane);
            if (TRows.Value > 2 && TColumns.Value > 1) f21 = S.Halves(bottom + 1, other, lane);
            if (TRows.Value > 2 && TColumns.Value > 2) f22 = S.Halves(bottom + 2, other, lane);
            V bias = tile->Bias == null ? default! : S.Halves(tile->Bias + plane, paired ? 1 : 0, lane);
            for (int column = 0; column < tile->Width; column += next)
            {
                V s0 = bias, s1 = bias;
                T* x = image + column, y = result + column;
                int skip = tile->Skip, left = tile->Height, width = tile->Width - column;
                bool completes = tile->Completes, whole = TPlanes.Value == 1 && width >= next && !tile->Adds;
                V mask = S.Lanes(-lane, width), otherMask = TPlanes.Value > 1 ? S.Lanes(half - lane, paired ? width : 0) : default!;
                for (int r = tile->Rows; r > 0; r--, x += row)
                {
                    if (Sse.IsSupported)
                    {
                        Sse.Prefetch1(ahead);
                        Sse.Prefetch1(aheadOut);
                        if (TWalk.Results > 1) Sse.Prefetch1(aheadOut + S.Count);
                    }
                    ahead += S.Count;
                    aheadOut += S.Count * TWalk.Results;
                    V a = S.Load(x + first), b = default!, c = default!, begun;
                    if (TColumns.Value > 1) b = S.Load(x + second);
                    if (TColumns.Value > 2) c = S.Load(x + third);
                    if (TWalk.Sources > 1 && !completes)
                    {
                        s0 = Sum<S, V, T, TColumns>(s0, f10, f11, f12, a, b, c);
                        completes = true;
                        continue;
                    }
                    begun = Sum<S, V, T, TColumns>(bias, f00, f01, f02, a, b, c);
                    if (TRows.Value == 2) s0 = Sum<S, V, T, TColumns>(s0, f10, f11, f12, a, b, c);
                    if (TRows.Value == 3) s0 = Sum<S, V, T, TColumns>(s0, f20, f21, f22, a, b, c);
                    if (TRows.Value == 3 && TWalk.IsPlain) s1 = Sum<S, V, T, TColumns>(s1, f10, f11, f12, a, b, c);
                    if (--skip < 0)
                    {
                        Put<S, V, T, TPlanes>(y, s0, whole, tile->Adds, mask, beside, otherMask);
                        y += tile->Width;
                        left--;
                    }
                    if (TWalk.Results > 1)
                    {
                        s0 = Sum<S, V, T, TColumns>(bias, f10, f11, f12, a, b, c);
                        if (--skip < 0 && left > 0)
                        {
                            Put<S, V, T, TPlanes>(y, s0, whole, tile->Adds, mask, beside, otherMask);
                            y += tile->Width;
                            left--;
                        }
                    }
                    if (TRows.Value == 2 || !TWalk.IsPlain) s0 = begun;
                    if (TRows.Value == 3 && TWalk.IsPlain) (s0, s1) = (s1, begun);
                    completes = false;
                }
                // Results whose last rows are padding.
                for (; left > 0; s0 = s1, s1 = bias)
                {
                    if (--skip >= 0) continue;
                    Put<S, V, T, TPlanes>(y, s0, whole, tile->Adds, mask, beside, otherMask);
                    y += tile->Width;
                    left--;
                }
            }
            f += TPlanes.Value * tile->FilterSize;
            image += tile->ImagePlane;
            result += TPlanes.Value * tile->OutPlane;
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static V Sum<S, V, T, TColumns>(V sum, V fa, V fb, V fc, V a, V b, V c) where S : struct, ILanes<V, T> where T : unmanaged where TColumns : struct, IRegisterCount
    {
        sum = S.Fma(fa, a, sum);
        if (TColumns.Value > 1) sum = S.Fma(fb, b, sum);
        if (TColumns.Value > 2) sum = S.Fma(fc, c, sum);
        return sum;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static void Put<S, V, T, TPlanes>(T* y, V v, bool whole, bool adds, V mask, nint beside, V otherMask) where S : struct, IPlaneLanes<V, T> where T : unmanaged where TPlanes : struct, IRegisterCount
    {
        if (whole)
        {
            S.Store(y, v);
            return;
        }
        S.Put(y, adds ? S.Add(S.Get(y, mask), v) : v, mask);
        if (TPlanes.Value > 1) S.Put(y + beside, adds ? S.Add(S.Get(y + beside, otherMask), v) : v, otherMask);
    }
}

/// <summary>What <see cref="ConvPlaneKernel"/> needs of vectors of pixels, of one plane or of two.</summary>
unsafe interface IPlaneLanes<V, T> : ILanes<V, T> where T : unmanaged
{
    /// <summary>Of a vector of 512 bits whose lower half is *<paramref name="p"/> and whose upper half p[<paramref name="other"/>] the lanes from <paramref name="lane"/> on.</summary>
    static abstract V Halves(T* p, nint other, int lane);

    /// <summary>The mask of <paramref name="count"/> lanes from <paramref name="first"/> on, of which some may not be there.</summary>
    static abstract V Lanes(int first, int count);

    /// <summary>The lanes of the mask from memory, zeros in the others.</summary>
    static abstract V Get(T* p, V mask);

    /// <summary>Writes the lanes of the mask and touches no others.</summary>
    static abstract void Put(T* p, V v, V mask);
}

unsafe partial struct Lanes512<T> : IPlaneLanes<Vector512<T>, T>
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<T> Halves(T* p, nint other, int lane) =>
        other == 0 ? Vector512.Create(*p) : Vector256.Create(*p).ToVector512Unsafe().WithUpper(Vector256.Create(p[other]));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<T> Lanes(int first, int count) => Vector512.AndNot(Mask(first + count), Mask(first));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<T> Get(T* p, Vector512<T> mask) => LoadPart(p, mask);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Put(T* p, Vector512<T> v, Vector512<T> mask) => StorePart(p, v, mask, 0);
}

unsafe partial struct Lanes256<T> : IPlaneLanes<Vector256<T>, T>
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<T> Halves(T* p, nint other, int lane) => Vector256.Create(lane == 0 ? *p : p[other]);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<T> Lanes(int first, int count) => Vector256.AndNot(Mask(first + count), Mask(first));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<T> Get(T* p, Vector256<T> mask)
    {
        if (Avx.IsSupported) return LoadPart(p, mask);
        Vector256<T> v = default;
        for (int i = 0; i < Vector256<T>.Count; i++)
        {
            if (IsSet(mask, i)) v = v.WithElement(i, p[i]);
        }
        return v;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Put(T* p, Vector256<T> v, Vector256<T> mask)
    {
        if (Avx.IsSupported)
        {
            StorePart(p, v, mask, 0);
            return;
        }
        for (int i = 0; i < Vector256<T>.Count; i++)
        {
            if (IsSet(mask, i)) p[i] = v.GetElement(i);
        }
    }

    static bool IsSet(Vector256<T> mask, int lane) => mask.AsByte().GetElement(lane * sizeof(T)) != 0;
}

/// <summary>Entry points of <see cref="ConvPlaneKernel"/> for planes that fill vectors, or pairs of planes.</summary>
static unsafe class ConvPlaneKernels<T, TPlanes> where T : unmanaged where TPlanes : struct, IRegisterCount
{
    /// <summary>Entry 3·(rows of taps − 2) + columns of taps − 1.</summary>
    public static readonly delegate*<ConvPlaneTile<T>*, void>[] ByTaps =
    [
        &ConvPlaneKernel.Run<T, TPlanes, R2, R1, EveryRow>,
        &ConvPlaneKernel.Run<T, TPlanes, R2, R2, EveryRow>,
        &ConvPlaneKernel.Run<T, TPlanes, R2, R3, EveryRow>,
        &ConvPlaneKernel.Run<T, TPlanes, R3, R1, EveryRow>,
        &ConvPlaneKernel.Run<T, TPlanes, R3, R2, EveryRow>,
        &ConvPlaneKernel.Run<T, TPlanes, R3, R3, EveryRow>,
        // Three rows of taps two rows apart, and the gradient of these.
        &ConvPlaneKernel.Run<T, TPlanes, R3, R1, TwoToOne>,
        &ConvPlaneKernel.Run<T, TPlanes, R3, R2, TwoToOne>,
        &ConvPlaneKernel.Run<T, TPlanes, R3, R3, TwoToOne>,
        &ConvPlaneKernel.Run<T, TPlanes, R3, R1, OneToTwo>,
        &ConvPlaneKernel.Run<T, TPlanes, R3, R2, OneToTwo>,
        &ConvPlaneKernel.Run<T, TPlanes, R3, R3, OneToTwo>,
    ];
}

/// <summary>How many rows of results there are to rows of the source.</summary>
interface IRowWalk
{
    /// <summary>Rows of the source from one that completes a sum to the next.</summary>
    static abstract int Sources { get; }

    /// <summary>Results that a row of the source completes.</summary>
    static abstract int Results { get; }

    /// <summary>Whether there are as many.</summary>
    static abstract bool IsPlain { get; }
}

/// <summary>As many.</summary>
readonly struct EveryRow : IRowWalk
{
    public static int Sources => 1;
    public static int Results => 1;
    public static bool IsPlain => true;
}

/// <summary>Half as many: windows two rows apart.</summary>
readonly struct TwoToOne : IRowWalk
{
    public static int Sources => 2;
    public static int Results => 1;
    public static bool IsPlain => false;
}

/// <summary>Twice as many: the gradient of windows two rows apart.</summary>
readonly struct OneToTwo : IRowWalk
{
    public static int Sources => 1;
    public static int Results => 2;
    public static bool IsPlain => false;
}
