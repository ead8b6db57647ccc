using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Autograd.Kernels;

/// <summary>Planes whose rows, or segments of their one row, are turned to columns; see Note [Turned rows].</summary>
/// <param name="Height">Rows of a plane.</param>
/// <param name="Width">Columns of a plane.</param>
/// <param name="Phases">Turned planes of a plane: every so many columns make one.</param>
/// <param name="Pad">Zeros before the first column.</param>
/// <param name="Rows">Rows of a turned plane.</param>
/// <param name="Columns">Columns of a turned plane.</param>
/// <param name="Pitch">Elements of a phase from one segment to the next: fewer than <paramref name="Rows"/> where they share some.</param>
readonly unsafe record struct ConvLines<T>(int Height, int Width, int Phases, int Pad, int Rows, int Columns, int Pitch) where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    // Planes of a chunk.
    const int Run = 8;

    static int L => Vector512<T>.Count;

    /// <summary>Elements of a turned plane.</summary>
    nint Size => (nint)Rows * Columns;

    /// <summary>Elements of all segments of a phase.</summary>
    int Length => ((Columns - 1) * Pitch) + Rows;

    /// <summary>Turns planes; what a turned plane has beyond the plane is zero.</summary>
    public void Read(T* source, int planes, T* target) => Parallelism.Run((planes + Run - 1) / Run, new Reading(this, source, target, planes));

    /// <summary>Turns planes back, whose segments share nothing; elements that no segment has become zero, or stay what they are where this is added.</summary>
    public void Write(T* source, int planes, T* target, bool accumulate) => Parallelism.Run((planes + Run - 1) / Run, new Writing(this, source, target, planes, accumulate));

    /// <summary>Room for the segments of a phase, of which whole squares are read and written.</summary>
    T* Segments() => ConvScratch.Rent<T>(ScratchSlot.Block, Length + ((nint)L * Pitch) + (4 * L));

    [MethodImpl(Jit.Loop)]
    void ReadPlane(T* source, T* target)
    {
        T* segments = Segments();
        for (int p = 0; p < Phases; p++, target += Size)
        {
            if (Height == 1) Gather(source, p - Pad, Length, segments);
            else for (int j = 0; j < Columns; j++) Gather(source + ((nint)j * Width), p - Pad, Rows, segments + ((nint)j * Pitch));
            Turn(segments, Pitch, Columns, Rows, target, Columns);
        }
    }

    [MethodImpl(Jit.Loop)]
    void WritePlane(T* source, T* target, bool accumulate)
    {
        T* segments = Segments();
        for (int p = 0; p < Phases; p++, source += Size)
        {
            Turn(source, Columns, Rows, Columns, segments, Pitch);
            if (Height == 1) Scatter(segments, Length, p - Pad, target, accumulate);
            else for (int j = 0; j < Columns; j++) Scatter(segments + ((nint)j * Pitch), Rows, p - Pad, target + ((nint)j * Width), accumulate);
        }
    }

    /// <summary>The first element of a phase that a row has, and the end of those.</summary>
    (int Begin, int End) Reach(int first, int count)
    {
        int begin = first < 0 ? Math.Min((Phases - 1 - first) / Phases, count) : 0, end = first >= Width ? 0 : (Width - first + Phases - 1) / Phases;
        return (begin, Math.Clamp(end, begin, count));
    }

    /// <summary>Elements first, first + phases, … of a row, zeros for those that it does not have.</summary>
    [MethodImpl(Jit.Loop)]
    void Gather(T* row, int first, int count, T* target)
    {
        (int begin, int end) = Reach(first, count);
        for (int i = 0; i < begin; i++) target[i] = T.Zero;
        if (Phases == 1) VectorOps.Copy(row + first + begin, target + begin, end - begin);
        else
        {
            int i = begin;
            T* from = row + first + ((nint)i * Phases);
            for (; Phases == 2 && i + L < end; i += L, from += 2 * L) VectorOps.Even(Vector512.Load(from), Vector512.Load(from + L)).Store(target + i);
            for (; Phases == 4 && i + L < end; i += L, from += 4 * L)
            {
                Vector512<T> low = VectorOps.Even(Vector512.Load(from), Vector512.Load(from + L)), high = VectorOps.Even(Vector512.Load(from + (2 * L)), Vector512.Load(from + (3 * L)));
                VectorOps.Even(low, high).Store(target + i);
            }
            for (; i < end; i++, from += Phases) target[i] = *from;
        }
        for (int i = end; i < count; i++) target[i] = T.Zero;
    }

    /// <summary>The opposite; elements of the phase that are not there become zero, or stay what they are.</summary>
    [MethodImpl(Jit.Loop)]
    void Scatter(T* source, int count, int first, T* row, bool accumulate)
    {
        (int begin, int end) = Reach(first, count);
        T* to = row + first + ((nint)begin * Phases);
        int i = begin;
        if (Phases == 1)
        {
            for (; i < end; i += L, to += L)
            {
                Vector512<T> v = VectorOps.LoadFirst(source + i, end - i);
                VectorOps.StoreFirst(to, accumulate ? v + VectorOps.LoadFirst(to, end - i) : v, end - i);
            }
            to = row + first + end;
        }
        for (; Phases == 2 && i + L <= end; i += L, to += 2 * L) VectorOps.StoreEven(to, Vector512.Load(source + i), L, accumulate);
        for (; i < end; i++, to += Phases) *to = accumulate ? *to + source[i] : source[i];
        if (begin == end) to = row + (((first % Phases) + Phases) % Phases);
        for (; !accumulate && to < row + Width; to += Phases) *to = T.Zero;
    }

    /// <summary>The transposed of a matrix, by whole squares where there are any; otherwise whole squares are read.</summary>
    [MethodImpl(Jit.Loop)]
    static void Turn(T* source, nint step, int rows, int columns, T* target, nint targetStep)
    {
        if (rows >= L && columns >= L)
        {
            for (int r = 0; r < rows; r += L)
            {
                int row = Math.Min(r, rows - L);
                for (int c = 0; c < columns; c += L)
                {
                    int column = Math.Min(c, columns - L);
                    LaneTranspose.Square(source + (row * step) + column, step, target + (column * targetStep) + row, targetStep);
                }
            }
            return;
        }
        T* square = ConvScratch.Rent<T>(ScratchSlot.Tile, (nint)L * L);
        for (int r = 0; r < rows; r += L)
        {
            for (int c = 0; c < columns; c += L)
            {
                LaneTranspose.Square(source + (r * step) + c, step, square, L);
                for (int i = 0; i < Math.Min(L, columns - c); i++) VectorOps.StoreFirst(target + ((c + i) * targetStep) + r, Vector512.Load(square + (i * L)), rows - r);
            }
        }
    }

    readonly struct Reading(ConvLines<T> lines, T* source, T* target, int planes) : IParallelWork
    {
        public void Run(int chunk)
        {
            for (int plane = chunk * ConvLines<T>.Run; plane < Math.Min((chunk + 1) * ConvLines<T>.Run, planes); plane++)
                lines.ReadPlane(source + ((nint)plane * lines.Height * lines.Width), target + (plane * lines.Phases * lines.Size));
        }
    }

    readonly struct Writing(ConvLines<T> lines, T* source, T* target, int planes, bool accumulate) : IParallelWork
    {
        public void Run(int chunk)
        {
            for (int plane = chunk * ConvLines<T>.Run; plane < Math.Min((chunk + 1) * ConvLines<T>.Run, planes); plane++)
                lines.WritePlane(source + (plane * lines.Phases * lines.Size), target + ((nint)plane * lines.Height * lines.Width), accumulate);
        }
    }
}
