namespace Autograd.Nn.Data;

/// <summary>Grey pictures of one size, each with a class.</summary>
public sealed class LabelledImages
{
    readonly byte[] _pixels;
    readonly byte[] _labels;

    /// <summary>Pictures from <paramref name="pixels"/> and classes from <paramref name="labels"/>; both copied.</summary>
    /// <param name="pixels">[count, rows, columns] row-major, 0 = background.</param>
    /// <param name="labels">[count].</param>
    /// <param name="rows">Pixels per column of a picture, ≥ 1.</param>
    /// <param name="columns">Pixels per row of a picture, ≥ 1.</param>
    /// <exception cref="ArgumentException">The lengths disagree.</exception>
    public LabelledImages(ReadOnlySpan<byte> pixels, ReadOnlySpan<byte> labels, int rows, int columns)
        : this(pixels.ToArray(), labels.ToArray(), rows, columns)
    {
        Throw.IfBelow(nameof(LabelledImages), rows, 1, "Pass the height of a picture.");
        Throw.IfBelow(nameof(LabelledImages), columns, 1, "Pass the width of a picture.");
        if (pixels.Length != (long)labels.Length * rows * columns)
            throw new ArgumentException(FormattableString.Invariant(
                $"LabelledImages: {labels.Length} pictures of [{rows}, {columns}] need {(long)labels.Length * rows * columns} pixels, but there are {pixels.Length}. Pass all pixels of all pictures, one byte each."), nameof(pixels));
    }

    LabelledImages(byte[] pixels, byte[] labels, int rows, int columns)
    {
        _pixels = pixels;
        _labels = labels;
        Rows = rows;
        Columns = columns;
    }

    /// <summary>Pictures over the checked content of two files, not copied.</summary>
    internal static LabelledImages Over(IdxArray images, IdxArray labels) =>
        new(images.Data, labels.Data, images.Shape[1], images.Shape[2]);

    /// <summary>Number of pictures.</summary>
    public int Count => _labels.Length;

    /// <summary>Height of a picture in pixels.</summary>
    public int Rows { get; }

    /// <summary>Width of a picture in pixels.</summary>
    public int Columns { get; }

    /// <summary>All pixels, [<see cref="Count"/>, <see cref="Rows"/>, <see cref="Columns"/>] row-major, 0 to 255.</summary>
    public ReadOnlySpan<byte> Pixels => _pixels;

    /// <summary>The class of each picture, [<see cref="Count"/>].</summary>
    public ReadOnlySpan<byte> Labels => _labels;

    /// <summary>Pixels of picture <paramref name="index"/>, [<see cref="Rows"/>, <see cref="Columns"/>].</summary>
    /// <exception cref="ArgumentOutOfRangeException">The index is negative or not below <see cref="Count"/>.</exception>
    public ReadOnlySpan<byte> Image(int index)
    {
        if ((uint)index >= (uint)Count) throw DataThrow.Index(nameof(LabelledImages), index, Count, nameof(index));
        return _pixels.AsSpan(index * Rows * Columns, Rows * Columns);
    }

    /// <summary>Pictures as numbers, (pixel/255 − mean)/std, with their classes.</summary>
    /// <param name="mean">The brightness that becomes 0, in [0, 1]; <see cref="Mnist.Mean"/> for MNIST.</param>
    /// <param name="std">The brightness difference that becomes 1, > 0; <see cref="Mnist.StandardDeviation"/> for MNIST.</param>
    /// <param name="dtype">Float32 or Float64.</param>
    /// <returns>Inputs [<see cref="Count"/>, 1, <see cref="Rows"/>, <see cref="Columns"/>], labels Int64 [<see cref="Count"/>].</returns>
    /// <exception cref="ArgumentOutOfRangeException">std is not above 0.</exception>
    /// <exception cref="DTypeException">dtype is not floating-point.</exception>
    public Dataset ToDataset(double mean = 0, double std = 1, DType dtype = DType.Float32)
    {
        Throw.IfNotPositive("ToDataset", std, "Leave it out, or pass Mnist.StandardDeviation.");
        if (!dtype.IsFloating()) throw Throw.NeedsFloatingType("ToDataset", dtype);
        Tensor inputs = Tensor.Zeros([Count, 1, Rows, Columns], dtype);
        if (dtype == DType.Float32) Convert(inputs.AsWritableSpan<float>(), mean, std, value => (float)value);
        else Convert(inputs.AsWritableSpan<double>(), mean, std, value => value);
        return new Dataset(inputs, Tensor.From(Array.ConvertAll(_labels, label => (long)label)));
    }

    void Convert<T>(Span<T> target, double mean, double std, Func<double, T> round)
    {
        T[] values = new T[byte.MaxValue + 1];
        for (int i = 0; i < values.Length; i++) values[i] = round(((i / (double)byte.MaxValue) - mean) / std);
        for (int i = 0; i < target.Length; i++) target[i] = values[_pixels[i]];
    }
}
