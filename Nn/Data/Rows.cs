namespace Autograd.Nn.Data;

/// <summary>Runs and choices along the first axis of a tensor.</summary>
static class Rows
{
    /// <summary>0, 1, … below <paramref name="count"/>.</summary>
    public static int[] Order(int count)
    {
        int[] order = new int[count];
        for (int i = 0; i < count; i++) order[i] = i;
        return order;
    }

    /// <summary>The shape of <paramref name="count"/> rows.</summary>
    public static Shape Shape(Tensor source, int count)
    {
        int[] sizes = source.Shape.Sizes.ToArray();
        sizes[0] = count;
        return Autograd.Shape.Create(sizes);
    }

    /// <summary>A run of rows of a dense tensor, not copied.</summary>
    public static Tensor View(Tensor source, int start, int count) =>
        source.View(Shape(source, count), source.Strides, start * Width(source));

    /// <summary>One row without its first axis, not copied.</summary>
    public static Tensor Row(Tensor source, int index) =>
        source.View(Autograd.Shape.Create(source.Shape.Sizes[1..]), source.Strides[1..], index * Width(source));

    /// <summary>The first elements of dense memory in another shape.</summary>
    public static Tensor Prefix(Tensor memory, Shape shape)
    {
        int[] strides = new int[shape.Rank];
        for (int axis = strides.Length - 1, stride = 1; axis >= 0; stride *= Math.Max(1, shape[axis--])) strides[axis] = stride;
        return memory.View(shape, strides);
    }

    /// <summary>Counts a change of a tensor without changing it.</summary>
    public static void Touch(Tensor tensor)
    {
        switch (tensor.DType)
        {
            case DType.Float32: tensor.AsWritableSpan<float>(); break;
            case DType.Float64: tensor.AsWritableSpan<double>(); break;
            case DType.Int64: tensor.AsWritableSpan<long>(); break;
            default: tensor.AsWritableSpan<bool>(); break;
        }
    }

    /// <summary>Copies dense tensors behind one another, each filled up to an equal part of the target.</summary>
    public static void Place(ReadOnlySpan<Tensor> items, Tensor target, double padding)
    {
        switch (target.DType)
        {
            case DType.Float32: Place(items, target.AsWritableSpan<float>(), (float)padding); break;
            case DType.Float64: Place(items, target.AsWritableSpan<double>(), padding); break;
            case DType.Int64: Place(items, target.AsWritableSpan<long>(), (long)padding); break;
            default: Place(items, target.AsWritableSpan<bool>(), padding != 0); break;
        }
    }

    static void Place<T>(ReadOnlySpan<Tensor> items, Span<T> target, T padding) where T : unmanaged
    {
        int width = target.Length / items.Length;
        for (int i = 0; i < items.Length; i++)
        {
            Span<T> place = target.Slice(i * width, width);
            items[i].CopyTo(place);
            place[items[i].Count..].Fill(padding);
        }
    }

    /// <summary>Copies chosen rows to the start of <paramref name="target"/>; both dense, of one type.</summary>
    public static void Gather(Tensor source, ReadOnlySpan<int> indices, Tensor target)
    {
        switch (source.DType)
        {
            case DType.Float32: Gather<float>(source, indices, target); break;
            case DType.Float64: Gather<double>(source, indices, target); break;
            case DType.Int64: Gather<long>(source, indices, target); break;
            default: Gather<bool>(source, indices, target); break;
        }
    }

    static void Gather<T>(Tensor source, ReadOnlySpan<int> indices, Tensor target) where T : unmanaged
    {
        ReadOnlySpan<T> from = source.AsSpan<T>();
        Span<T> to = target.AsWritableSpan<T>();
        int width = Width(source);
        if (width == 1)
        {
            for (int i = 0; i < indices.Length; i++) to[i] = from[indices[i]];
            return;
        }
        for (int i = 0; i < indices.Length; i++) from.Slice(indices[i] * width, width).CopyTo(to.Slice(i * width, width));
    }

    static int Width(Tensor source)
    {
        int width = 1;
        foreach (int size in source.Shape.Sizes[1..]) width *= size;
        return width;
    }
}
