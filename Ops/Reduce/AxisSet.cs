namespace Autograd;

/// <summary>A set of axes of a shape, those that a reduction runs over.</summary>
readonly record struct AxisSet(ulong Bits)
{
    public const int MaxRank = 64;

    /// <summary>Every axis.</summary>
    public static readonly AxisSet All = new(ulong.MaxValue);

    /// <summary>The set of one axis of a tensor that users give.</summary>
    public static AxisSet Of(int axis, Tensor x, string op)
    {
        Throw.IfNull(op, x);
        return Of(axis, x.Shape, op);
    }

    public static AxisSet Of(int axis, Shape shape, string op)
    {
        Check(shape, op);
        return new(1UL << Resolve(axis, shape, op));
    }

    /// <summary>The axis counted from the start. A scalar counts as one axis of one element, 0 or −1.</summary>
    public static int Resolve(int axis, Shape shape, string op) => shape.Rank == 0 && (axis is 0 or -1) ? 0 : shape.Axis(axis, op);

    /// <inheritdoc cref="Resolve(int, Shape, string)"/>
    public static int Resolve(int axis, Tensor x, string op)
    {
        Throw.IfNull(op, x);
        return Resolve(axis, x.Shape, op);
    }

    /// <summary>The set of axes of a tensor that users give.</summary>
    public static AxisSet Of(ReadOnlySpan<int> axes, Tensor x, string op)
    {
        Throw.IfNull(op, x);
        return Of(axes, x.Shape, op);
    }

    /// <summary>The set of the given axes; negative ones count from the end.</summary>
    /// <exception cref="ShapeException">An axis does not exist or is named twice.</exception>
    public static AxisSet Of(ReadOnlySpan<int> axes, Shape shape, string op)
    {
        Check(shape, op);
        ulong bits = 0;
        foreach (int axis in axes)
        {
            ulong bit = 1UL << Resolve(axis, shape, op);
            if ((bits & bit) != 0) throw Throw.AxisTwice(op, axis, shape);
            bits |= bit;
        }
        return new(bits);
    }

    public bool Contains(int axis) => axis >= MaxRank ? Bits == ulong.MaxValue : (Bits >> axis & 1) != 0;

    /// <summary>The shape without these axes, or with size 1 in their place.</summary>
    public Shape Reduce(Shape shape, bool keepAxes)
    {
        if (Bits == ulong.MaxValue && !keepAxes) return Shape.Scalar;
        Span<int> sizes = stackalloc int[shape.Rank];
        int rank = 0;
        for (int i = 0; i < shape.Rank; i++)
        {
            if (!Contains(i)) sizes[rank++] = shape.Sizes[i];
            else if (keepAxes) sizes[rank++] = 1;
        }
        return Shape.Create(sizes[..rank]);
    }

    /// <summary>The number of elements that meet in one result.</summary>
    public int Meet(Shape shape)
    {
        int count = 1;
        for (int i = 0; i < shape.Rank; i++)
        {
            if (Contains(i)) count *= shape.Sizes[i];
        }
        return count;
    }

    /// <summary>The same axes of each sample, when an axis that counts samples comes in front of a shape of this rank.</summary>
    public AxisSet OfBatch(int rank) => new((Bits & ((1UL << rank) - 1)) << 1);

    static void Check(Shape shape, string op)
    {
        if (shape.Rank > MaxRank) throw Throw.TooManyAxes(op, shape);
    }
}
