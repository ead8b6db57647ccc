namespace Autograd;

/// <summary>
/// Gradients of one tensor, one below the other: written to their place at once, or, where they have a history or tangents
/// (composed), stacked by a recorded op in the end.
/// </summary>
/// <param name="outer">The axes that count the rows.</param>
/// <param name="like">The tensor whose gradients these are.</param>
/// <param name="composed">Whether the rows have a history or tangents.</param>
sealed class RowStack(Shape outer, Tensor like, bool composed)
{
    readonly Shape _shape = [.. outer.Sizes, .. like.Shape.Sizes];
    readonly List<Tensor> _rows = [];
    readonly Tensor? _joined = composed ? null : Tensor.Zeros([.. outer.Sizes, .. like.Shape.Sizes], like.DType);
    int _count;

    /// <summary>Recycles, when disposed, what one row took, unless rows have to last.</summary>
    public TapeScope Scope() => composed ? default : Tape.Scope();

    /// <summary>Adds the next row; null for zeros.</summary>
    public void Add(Tensor? row)
    {
        if (_joined is null) _rows.Add(row ?? Tensor.ZerosLike(like));
        else if (row is not null) Write(_joined, row, _count * like.Count);
        _count++;
    }

    /// <summary>All rows: shape [outer…, like…].</summary>
    public Tensor Join()
    {
        if (_joined is not null) return _joined;
        return _rows.Count == 0 ? Tensor.Zeros(_shape, like.DType) : Tensor.Stack([.. _rows]).Reshape(_shape.Sizes);
    }

    static void Write(Tensor target, Tensor row, int start)
    {
        if (row.DType == DType.Float32) row.CopyTo(target.AsWritableSpan<float>()[start..]);
        else row.CopyTo(target.AsWritableSpan<double>()[start..]);
    }
}
