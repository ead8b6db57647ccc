namespace Autograd;

/// <summary>
/// Forward mode: tensors carry tangents, and every op computes its result's tangent beside its value. Levels nest, so that
/// derivatives of derivatives do not mix: an op first runs at the levels outside, then adds the innermost tangent.
/// </summary>
public static class DualMode
{
    /// <summary>Opens a level of forward mode on this thread, until disposed.</summary>
    public static DualLevel Enter() => new(TapeThread.Current);

    /// <summary>Whether a level is open on this thread.</summary>
    public static bool IsActive => TapeThread.Current.Dual is not null;

    internal static Tensor Apply(Op op, TapeThread thread, ReadOnlySpan<Tensor> inputs)
    {
        DualFrame level = thread.Dual!;
        Tensor?[]? tangents = null;
        for (int i = 0; i < inputs.Length; i++)
        {
            if (inputs[i].TangentAt(level) is { } tangent) (tangents ??= new Tensor?[inputs.Length])[i] = tangent;
        }
        thread.Dual = level.Outer;
        try
        {
            Tensor y = op.Apply(inputs);
            if (tangents is not null && y.DType.IsFloating() && op.Jvp(inputs, tangents, y) is { } dy)
            {
                if (dy.Shape != y.Shape || dy.DType != y.DType) throw Throw.InvalidTangent(op, dy, y);
                y.SetTangent(level, dy);
            }
            return y;
        }
        finally
        {
            thread.Dual = level;
        }
    }
}

/// <summary>One level of forward mode; inner levels are disposed before outer ones.</summary>
public ref struct DualLevel : IDisposable
{
    readonly DualFrame _level;
    TapeThread? _thread;

    internal DualLevel(TapeThread thread)
    {
        _thread = thread;
        _level = thread.Dual = new DualFrame(thread.Dual);
    }

    /// <summary>The same value as <paramref name="x"/>, moving with <paramref name="tangent"/> at this level.</summary>
    /// <exception cref="ShapeException">The tangent's shape is not x's.</exception>
    /// <exception cref="DTypeException">x is not floating-point, or the tangent's element type is not x's.</exception>
    public readonly Tensor With(Tensor x, Tensor tangent)
    {
        Throw.IfNull("Tangent", x);
        Throw.IfNull("Tangent", tangent);
        Check(x, tangent);
        if (BatchLevel.Of(x, tangent) is { } batch)
        {
            Tensor value;
            using (BatchLevel.Outside outside = new(batch)) value = With(batch.ValueOf(x), batch.ValueOf(tangent));
            return batch.Wrap(value);
        }
        return Move(x, tangent);
    }

    /// <summary>
    /// The same value as <paramref name="x"/>, moving in several directions at once: one value, and a tangent for each sample of the
    /// level that <paramref name="tangents"/> is batched on. Tangents must be all that is batched on it.
    /// </summary>
    /// <inheritdoc cref="With"/>
    public readonly Tensor WithEach(Tensor x, Tensor tangents)
    {
        Throw.IfNull("Tangent", x);
        Throw.IfNull("Tangent", tangents);
        Check(x, tangents);
        return Move(x, tangents);
    }

    /// <summary>The tangent that y has at this level; null where it does not depend on a moving tensor.</summary>
    public readonly Tensor? TangentOf(Tensor y)
    {
        Throw.IfNull("Tangent", y);
        if (y.Batched is not { } batch) return y.TangentAt(_level);
        return TangentOf(batch.Value) is { } tangent ? batch.Level.Wrap(tangent) : null;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _thread?.Dual = _level.Outer;
        _thread = null;
    }

    readonly Tensor Move(Tensor x, Tensor tangent)
    {
        Tensor dual = PassThrough.Instance.Apply(x);
        dual.SetTangent(_level, tangent);
        return dual;
    }

    static void Check(Tensor x, Tensor tangent)
    {
        if (!x.DType.IsFloating()) throw Throw.NotDifferentiable("A tangent", x.DType);
        if (tangent.Shape != x.Shape) throw Throw.SeedShape("Tangent", "tangent", tangent.Shape, "x", x.Shape);
        if (tangent.DType != x.DType) throw Throw.SeedDType("Tangent", tangent.DType, x.DType);
    }
}

/// <summary>A level as an object, so that a tangent left from an earlier level is never taken for one of a later.</summary>
sealed class DualFrame(DualFrame? outer)
{
    public DualFrame? Outer { get; } = outer;
}

/// <summary>One tensor's tangent at one level.</summary>
sealed class Tangent(DualFrame level, Tensor value, Tangent? next)
{
    public static Tensor? Find(Tangent? list, DualFrame level)
    {
        for (; list is not null; list = list._next)
        {
            if (list._level == level) return list._value;
        }
        return null;
    }

    readonly DualFrame _level = level;
    readonly Tensor _value = value;
    readonly Tangent? _next = next;
}
