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
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public T* Prepare(ScratchSlot slot, T* source, int planes, int rows)
    {
        nint size = Size(rows, planes), plane = (nint)_height * _width;
        T* target = ConvScratch.Rent<T>(slot, size + (3 * L)), end = target + L + size;
        Vector512<T>.Zero.Store(target);
        Vector512<T>.Zero.Store(end);
        Vector512<T>.Zero.Store(end + L);
        for (T* to = target + L; planes > 0; planes -= Planes, source += Planes * plane, to += rows * RowSize)
        {
            if (Planes > 1) CopyPairs(source, planes > 1 ? source + plane : null, to, rows);
            else CopyRows(source, to, rows);
        }
        return target + L;
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    void CopyRows(T* source, T* target, int rows)
    {
        nint step = RowSize, width = _width;
        for (int p = 0; p < _run; p += L)
        {
            T* from = source + (_columns == PlaneColumns.Split ? 2 * p : _columns == PlaneColumns.Spread ? p / 2 : p), to = target + p;
            int left = _width - (int)(from - source);
            nuint low = (nuint)Math.Clamp(left, 0, _columns == PlaneColumns.Spread ? L / 2 : L), high = (nuint)Math.Clamp(left - L, 0, L);
            if (_columns == PlaneColumns.Split)
            {
                for (int r = rows; r > 0; r--, from += width, to += step)
                {
                    Vector512<T> a = Tail.LoadUpTo(from, low, default), b = Tail.LoadUpTo(from + L, high, default);
                    VectorOps.Even(a, b).Store(to);
                    VectorOps.Odd(a, b).Store(to + _run);
                }
            }
            else if (_columns == PlaneColumns.Spread)
            {
                for (int r = rows; r > 0; r--, from += width, to += step) Spread(Tail.LoadUpTo(from, low, default)).Store(to);
            }
            else if (low == (nuint)L)
            {
                for (int r = rows; r > 0; r--, from += width, to += step) Vector512.Load(from).Store(to);
            }
            else
            {
                for (int r = rows; r > 0; r--, from += width, to += step) Tail.Load(from, low, default).Store(to);
            }
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    void CopyPairs(T* source, T* next, T* target, int rows)
    {
        nint step = RowSize, width = _width;
        nuint count = (nuint)_width, second = next == null ? 0 : count;
        for (int r = rows; r > 0; r--, source += width, next += width, target += step)
        {
            Vector512<T> a = Tail.LoadUpTo(source, count, default), b = Tail.LoadUpTo(next, second, default);
            if (_columns == PlaneColumns.Split)
            {
                VectorOps.Even(a, b).Store(target);
                VectorOps.Odd(a, b).Store(target + L);
                continue;
            }
            if (_columns == PlaneColumns.Spread) (a, b) = (Spread(a), Spread(b));
            a.WithUpper(b.GetLower()).Store(target);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static Vector512<T> Spread(Vector512<T> v) => VectorOps.DoubleLower(v) & VectorOps.EvenLanes<T>();
}
