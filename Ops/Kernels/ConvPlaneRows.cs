using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Autograd.Kernels;

/// <summary>What becomes of the columns of a plane when it is copied.</summary>
enum PlaneColumns
{
    /// <summary>They stay neighbours.</summary>
    All,

    /// <summary>The even ones, then the odd ones: what every second window reads.</summary>
    Split,

    /// <summary>A zero between each two: what a gradient reads whose windows lie two apart.</summary>
    Spread,
}

/// <summary>
/// Rows of a plane as vectors of neighbouring pixels, or of two planes that have half a vector each; see Note [Planes]. Every row ends in zeros, as many as
/// its readers reach beyond it on either side: they are the padding on its right and, of the next row, on its left.
/// </summary>
readonly unsafe struct ConvPlaneRows<T> where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    readonly int _height, _width, _run, _vectors;
    readonly PlaneColumns _columns;

    static int L => Vector512<T>.Count;

    /// <summary>Planes side by side.</summary>
    public readonly int Planes;

    /// <summary>Elements from one row to the next.</summary>
    public nint RowSize => _columns == PlaneColumns.Split ? 2 * _run : _run;

    /// <param name="height">Rows of a plane.</param>
    /// <param name="width">Columns of a plane.</param>
    /// <param name="columns">What becomes of them.</param>
    /// <param name="results">Columns that are computed from a row.</param>
    /// <param name="first">The first column that a result reads, less its own.</param>
    /// <param name="last">The last one, less its own.</param>
    /// <param name="planes">Planes side by side, if not as many as there is room for.</param>
    public ConvPlaneRows(int height, int width, PlaneColumns columns, int results, int first, int last, int planes = 2)
    {
        (_height, _width, _columns) = (height, width, columns);
        int count = columns switch { PlaneColumns.All => width, PlaneColumns.Split => (width + 1) / 2, _ => (2 * width) - 1 };
        if (columns == PlaneColumns.Split) (first, last) = (first >> 1, last >> 1);
        int used = Math.Max(count + Math.Max(0, -first), results + Math.Max(0, last));
        Planes = used <= L / 2 ? planes : 1;
        _run = (used + L - 1) / L * L;
        _vectors = (count + L - 1) / L;
    }

    /// <summary>Where a row has the column that lies so far from the result's own.</summary>
    public nint Position(int column) => _columns == PlaneColumns.Split ? ((column & 1) * _run) + (column >> 1) : column;

    /// <summary>Elements that so many rows of so many neighbouring planes take.</summary>
    public nint Size(int rows, int planes) => (planes + Planes - 1) / Planes * rows * RowSize;

    /// <summary>So many rows of neighbouring planes, from <paramref name="source"/> on; zeros before and behind them.</summary>
    [MethodImpl(Jit.Loop)]
    public T* Prepare(ScratchSlot slot, T* source, int planes, int rows)
    {
        nint size = Size(rows, planes);
        T* target = ConvScratch.Rent<T>(slot, size + (3 * L)), end = target + L + size;
        Vector512<T>.Zero.Store(target);
        Vector512<T>.Zero.Store(end);
        Vector512<T>.Zero.Store(end + L);
        if (_columns == PlaneColumns.All) Copy<AllColumns>(source, target + L, planes, rows);
        else if (_columns == PlaneColumns.Split) Copy<SplitColumns>(source, target + L, planes, rows);
        else Copy<SpreadColumns>(source, target + L, planes, rows);
        return target + L;
    }

    void Copy<TColumns>(T* source, T* target, int planes, int rows) where TColumns : struct, IPlaneColumns
    {
        nint plane = (nint)_height * _width;
        for (; planes > 0; planes -= Planes, source += Planes * plane, target += rows * RowSize)
        {
            if (Planes > 1) CopyPairs<TColumns>(source, planes > 1 ? source + plane : source, planes > 1 ? _width : 0, target, rows);
            else CopyRows<TColumns>(source, target, rows);
        }
    }

    [MethodImpl(Jit.Loop)]
    void CopyRows<TColumns>(T* source, T* target, int rows) where TColumns : struct, IPlaneColumns
    {
        nint step = RowSize, width = _width, run = _run;
        for (int p = 0; p < _run; p += L)
        {
            int column = TColumns.Value == PlaneColumns.Split ? 2 * p : TColumns.Value == PlaneColumns.Spread ? p / 2 : p, left = _width - column;
            nuint low = (nuint)Math.Clamp(left, 0, TColumns.Value == PlaneColumns.Spread ? L / 2 : L), high = (nuint)Math.Clamp(left - L, 0, L);
            T* from = source + column, to = target + p;
            for (int r = rows; r > 0; r--, from += width, to += step)
            {
                Vector512<T> a = TColumns.Value == PlaneColumns.Spread ? Tail.Load(from, low, default) : Tail.LoadUpTo(from, low, default);
                Put<TColumns>(a, TColumns.Value == PlaneColumns.Split ? Tail.LoadUpTo(from + L, high, default) : default, to, run);
            }
        }
    }

    [MethodImpl(Jit.Loop)]
    void CopyPairs<TColumns>(T* source, T* other, int otherWidth, T* target, int rows) where TColumns : struct, IPlaneColumns
    {
        nint step = RowSize, width = _width;
        nuint count = (nuint)_width, otherCount = (nuint)otherWidth;
        for (int r = rows; r > 0; r--, source += width, other += width, target += step)
        {
            Vector512<T> a = Tail.LoadUpTo(source, count, default), b = Tail.LoadUpTo(other, otherCount, default);
            if (TColumns.Value != PlaneColumns.Split) a = (TColumns.Value == PlaneColumns.Spread ? Lower(a, b, L / 4) : Lower(a, b, L / 2));
            Put<TColumns>(a, b, target, L);
        }
    }

    /// <summary>Writes what becomes of neighbouring columns, or of twice as many.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static void Put<TColumns>(Vector512<T> a, Vector512<T> b, T* target, nint run) where TColumns : struct, IPlaneColumns
    {
        if (TColumns.Value == PlaneColumns.Split)
        {
            VectorOps.Even(a, b).Store(target);
            VectorOps.Odd(a, b).Store(target + run);
        }
        else if (TColumns.Value == PlaneColumns.Spread) (VectorOps.DoubleLower(a) & VectorOps.EvenLanes<T>()).Store(target);
        else a.Store(target);
    }

    /// <summary>The first lanes of one vector and of another.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static Vector512<T> Lower(Vector512<T> a, Vector512<T> b, int count)
    {
        if (count == L / 2) return a.WithUpper(b.GetLower());
        return a.WithLower(a.GetLower().WithUpper(b.GetLower().GetLower()));
    }

    /// <summary>A <see cref="PlaneColumns"/> known to the compiler.</summary>
    interface IPlaneColumns
    {
        static abstract PlaneColumns Value { get; }
    }

    readonly struct AllColumns : IPlaneColumns
    {
        public static PlaneColumns Value => PlaneColumns.All;
    }

    readonly struct SplitColumns : IPlaneColumns
    {
        public static PlaneColumns Value => PlaneColumns.Split;
    }

    readonly struct SpreadColumns : IPlaneColumns
    {
        public static PlaneColumns Value => PlaneColumns.Spread;
    }
}
