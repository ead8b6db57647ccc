using System.Collections;
using System.Runtime.CompilerServices;

namespace Autograd;

/// <summary>The sizes of a tensor's axes, outermost first; immutable, written <c>[2, 3]</c>; <c>[]</c> is a scalar.</summary>
[CollectionBuilder(typeof(Shape), nameof(Create))]
public sealed class Shape : IReadOnlyList<int>, IEquatable<Shape>
{
    internal const int RecentBits = 8;

    /// <summary>Shapes made lately: a program makes the same ones again and again. Shared by all threads, since a shape never changes.</summary>
    static readonly Shape?[] Recent = new Shape?[1 << RecentBits];

    readonly int[] _sizes;
    Layout? _dense;

    /// <summary>The shape of a single number.</summary>
    public static readonly Shape Scalar = new(Array.Empty<int>());

    Shape(int[] sizes)
    {
        long count = 1;
        foreach (int size in sizes)
        {
            if (size < 0) throw Throw.NegativeSize(sizes);
            count *= size;
            if (count > int.MaxValue) throw Throw.TooLarge(sizes);
        }
        _sizes = sizes;
        ElementCount = (int)count;
    }

    /// <summary>Makes a shape of the given sizes; what the collection expression <c>[2, 3]</c> calls.</summary>
    /// <exception cref="ShapeException">A size is negative, or the number of elements exceeds 2³¹ − 1.</exception>
    public static Shape Create(ReadOnlySpan<int> sizes)
    {
        if (sizes.IsEmpty) return Scalar;
        ref Shape? recent = ref Recent[HashOf(sizes) >> (32 - RecentBits)];
        return recent is { } shape && shape.Has(sizes) ? shape : recent = new(sizes.ToArray());
    }

    /// <summary>The same sizes but one; a scalar, which has none, stays one.</summary>
    /// <param name="axis">The axis; a negative one counts from the end.</param>
    /// <param name="size">Its size.</param>
    /// <exception cref="ShapeException">There is no such axis, the size is negative, or the number of elements exceeds 2³¹ − 1.</exception>
    public Shape With(int axis, int size)
    {
        int[] own = _sizes;
        if (own.Length == 0) return this;
        axis = Axis(axis);
        if (own[axis] == size) return this;
        uint hash = 0;
        for (int i = 0; i < own.Length; i++) hash = NextHash(hash, i == axis ? size : own[i]);
        return Recent[hash >> (32 - RecentBits)] is { } shape && shape.Has(own, axis, size) ? shape : Changed(axis, size);
    }

    Shape Changed(int axis, int size)
    {
        int[] sizes = [.. _sizes];
        sizes[axis] = size;
        return Create(sizes);
    }

    bool Has(int[] sizes, int axis, int size)
    {
        int[] own = _sizes;
        if (own.Length != sizes.Length || own[axis] != size) return false;
        for (int i = 0; i < own.Length; i++)
        {
            if (own[i] != sizes[i] && i != axis) return false;
        }
        return true;
    }

    /// <summary>Whether these are the sizes; for the few that there are, a loop is done before a call has begun.</summary>
    bool Has(ReadOnlySpan<int> sizes)
    {
        int[] own = _sizes;
        if (own.Length != sizes.Length) return false;
        for (int i = 0; i < own.Length; i++)
        {
            if (own[i] != sizes[i]) return false;
        }
        return true;
    }

    /// <summary>The number of axes.</summary>
    public int Rank => _sizes.Length;

    /// <summary>The number of elements, the product of all sizes (1 for a scalar).</summary>
    /// <remarks>Not called Count, which as a list of sizes would be the rank: <c>[.. shape]</c> copies the sizes.</remarks>
    public int ElementCount { get; }

    /// <summary>The sizes as a span.</summary>
    public ReadOnlySpan<int> Sizes => _sizes;

    /// <summary>The size of one axis; a negative axis counts from the end.</summary>
    /// <exception cref="ShapeException">There is no such axis.</exception>
    public int this[int axis] => _sizes[Axis(axis)];

    int IReadOnlyCollection<int>.Count => _sizes.Length;

    /// <summary>Turns an axis that may count from the end into one that counts from the start.</summary>
    /// <param name="axis">In [−rank, rank).</param>
    /// <param name="op">The operation to name in the error.</param>
    /// <exception cref="ShapeException">There is no such axis.</exception>
    public int Axis(int axis, string op = "Shape")
    {
        int resolved = axis < 0 ? axis + _sizes.Length : axis;
        return (uint)resolved < (uint)_sizes.Length ? resolved : throw Throw.NoSuchAxis(op, axis, this);
    }

    /// <summary>The shape of two operands broadcast together: axes aligned at the end, a size of 1 repeated.</summary>
    /// <returns>False where a pair of sizes differs and neither is 1.</returns>
    public static bool TryBroadcast(Shape a, Shape b, out Shape result)
    {
        Throw.IfNull("Shape", a);
        Throw.IfNull("Shape", b);
        result = a;
        if (a.Equals(b)) return true;
        int rank = Math.Max(a.Rank, b.Rank);
        int[] sizes = new int[rank];
        for (int i = 1; i <= rank; i++)
        {
            int p = i <= a.Rank ? a._sizes[^i] : 1, q = i <= b.Rank ? b._sizes[^i] : 1;
            if (p != q && p != 1 && q != 1) return false;
            sizes[^i] = p == 1 ? q : p;
        }
        result = result._sizes.AsSpan().SequenceEqual(sizes) ? a : b._sizes.AsSpan().SequenceEqual(sizes) ? b : new Shape(sizes);
        return true;
    }

    /// <summary>A hash whose upper bits are good ones (Knuth, The Art of Computer Programming, volume 3, section 6.4).</summary>
    internal static uint HashOf(ReadOnlySpan<int> numbers, uint hash = 0)
    {
        foreach (int number in numbers) hash = NextHash(hash, number);
        return hash;
    }

    static uint NextHash(uint hash, int number) => (hash + (uint)number) * 0x9E3779B1;

    internal Layout Dense => _dense ??= Layout.RowMajor(this);

    /// <inheritdoc/>
    public bool Equals(Shape? other) =>
        ReferenceEquals(this, other) || (other is not null && Has(other._sizes));

    /// <inheritdoc/>
    public override bool Equals(object? obj) => Equals(obj as Shape);

    /// <inheritdoc/>
    public override int GetHashCode()
    {
        HashCode hash = default;
        foreach (int size in _sizes) hash.Add(size);
        return hash.ToHashCode();
    }

    /// <summary>Whether two shapes have the same sizes.</summary>
    public static bool operator ==(Shape? a, Shape? b) => a is null ? b is null : a.Equals(b);

    /// <summary>Whether two shapes differ.</summary>
    public static bool operator !=(Shape? a, Shape? b) => !(a == b);

    /// <summary>The sizes in brackets: <c>[2, 3]</c>.</summary>
    public override string ToString() => Format(_sizes);

    internal static string Format(ReadOnlySpan<int> sizes) => $"[{string.Join(", ", sizes.ToArray())}]";

    /// <inheritdoc/>
    public IEnumerator<int> GetEnumerator() => ((IEnumerable<int>)_sizes).GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();
}

/// <summary>A shape, the position in memory of its first element, and the distance between neighbours along each axis; in elements.</summary>
sealed class Layout
{
    /// <summary>Layouts of views made lately; see <see cref="Shape.Create"/>.</summary>
    static readonly Layout?[] Recent = new Layout?[1 << Shape.RecentBits];

    public readonly Shape Shape;
    public readonly int[] Strides;
    public readonly int Offset;
    public readonly bool IsDense;

    Layout(Shape shape, int[] strides, int offset = 0)
    {
        Shape = shape;
        Strides = strides;
        Offset = offset;
        IsDense = HasDenseStrides(shape, strides);
    }

    public static Layout Of(Shape shape, ReadOnlySpan<int> strides, int offset)
    {
        uint hash = Shape.HashOf([offset], Shape.HashOf(strides, Shape.HashOf(shape.Sizes)));
        ref Layout? recent = ref Recent[hash >> (32 - Shape.RecentBits)];
        if (recent is { } layout && layout.Offset == offset && layout.Shape == shape && layout.Strides.AsSpan().SequenceEqual(strides)) return layout;
        return recent = new(shape, strides.ToArray(), offset);
    }

    public static Layout RowMajor(Shape shape)
    {
        int[] strides = new int[shape.Rank];
        int step = 1;
        for (int i = shape.Rank - 1; i >= 0; i--)
        {
            strides[i] = step;
            step *= Math.Max(shape.Sizes[i], 1);
        }
        return new(shape, strides);
    }

    /// <summary>The first and last element that strides reach, relative to the offset.</summary>
    public static (long Low, long High) Reach(Shape shape, ReadOnlySpan<int> strides)
    {
        long low = 0, high = 0;
        for (int i = 0; i < strides.Length; i++)
        {
            long span = (long)(shape.Sizes[i] - 1) * strides[i];
            if (span < 0) low += span;
            else high += span;
        }
        return (low, high);
    }

    static bool HasDenseStrides(Shape shape, int[] strides)
    {
        int step = 1;
        for (int i = shape.Rank - 1; i >= 0; i--)
        {
            if (shape.Sizes[i] != 1 && strides[i] != step) return shape.ElementCount == 0;
            step *= shape.Sizes[i];
        }
        return true;
    }
}
