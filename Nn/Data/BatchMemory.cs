namespace Autograd.Nn.Data;

/// <summary>Where one batch lies, to be filled again and again.</summary>
sealed class BatchMemory
{
    readonly TensorMemory _inputs = new(), _labels = new(), _lengths = new(), _labelLengths = new();

    public Batch Rows(Tensor inputs, Tensor labels, ReadOnlySpan<int> indices) => new(_inputs.Rows(inputs, indices), _labels.Rows(labels, indices));

    /// <summary>One example after the other, side by side; of different lengths where a padding is given.</summary>
    public Batch Collate(ReadOnlySpan<Tensor> inputs, ReadOnlySpan<Tensor> labels, double? padding, double? labelPadding) => new(
        _inputs.Collate("inputs", inputs, padding), _labels.Collate("labels", labels, labelPadding))
    {
        Lengths = padding is null ? null : _lengths.Lengths(inputs),
        LabelLengths = labelPadding is null ? null : _labelLengths.Lengths(labels),
    };

    /// <summary>Counts a change of all that the batch held, so that a backward that needs it still is an error.</summary>
    public void Invalidate()
    {
        foreach (TensorMemory memory in (ReadOnlySpan<TensorMemory>)[_inputs, _labels, _lengths, _labelLengths]) memory.Invalidate();
    }
}

/// <summary>The memory of one tensor of a batch: as large as was ever needed, seen in the shape that is needed.</summary>
sealed class TensorMemory
{
    Tensor? _whole, _last;

    public Tensor Rows(Tensor source, ReadOnlySpan<int> indices)
    {
        Tensor target = _last is { } last && last.Shape[0] == indices.Length ? last
            : _whole is { } whole && whole.Shape[0] == indices.Length ? whole
            : Take(Data.Rows.Shape(source, indices.Length), source.DType);
        Data.Rows.Gather(source, indices, target);
        return target;
    }

    public Tensor Collate(string what, ReadOnlySpan<Tensor> items, double? padding)
    {
        Tensor first = items[0];
        int longest = 0;
        foreach (Tensor item in items)
        {
            bool fits = item.DType == first.DType && item.Rank == first.Rank
                && (padding is null ? item.Shape == first.Shape : item.Rank > 0 && item.Shape.Sizes[1..].SequenceEqual(first.Shape.Sizes[1..]));
            if (!fits) throw DataThrow.Uneven(what, first, item, padding is not null);
            if (padding is not null) longest = Math.Max(longest, item.Shape[0]);
        }
        Tensor target = Take(Shape.Create(padding is null ? [items.Length, .. first.Shape.Sizes] : [items.Length, longest, .. first.Shape.Sizes[1..]]), first.DType);
        Data.Rows.Place(items, target, padding ?? 0);
        return target;
    }

    public Tensor Lengths(ReadOnlySpan<Tensor> items)
    {
        Tensor target = Take([items.Length], DType.Int64);
        Span<long> lengths = target.AsWritableSpan<long>();
        for (int i = 0; i < lengths.Length; i++) lengths[i] = items[i].Shape[0];
        return target;
    }

    public void Invalidate()
    {
        if (_whole is not null) Data.Rows.Touch(_whole);
    }

    Tensor Take(Shape shape, DType dtype)
    {
        if (_whole is null || _whole.DType != dtype || _whole.Count < shape.ElementCount) return _last = _whole = Tensor.Zeros(shape, dtype);
        if (_last!.Shape == shape) return _last;
        return _last = _whole.Shape == shape ? _whole : Data.Rows.Prefix(_whole, shape);
    }
}
