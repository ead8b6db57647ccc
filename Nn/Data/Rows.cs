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

    /// <summary>Memory for rows like those of <paramref name="source"/>, which no scope recycles.</summary>
    public static Tensor Buffer(Tensor source, int count) => Tensor.Zeros(Shape(source, count), source.DType);

    /// <summary>A run of rows of a dense tensor, not copied.</summary>
    public static Tensor View(Tensor source, int start, int count) =>
        source.View(Shape(source, count), source.Strides, start * Width(source));

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
