using System.Diagnostics;
using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Text;

namespace Autograd.Nn.Data;

/// <summary>Every message of the data loaders.</summary>
[StackTraceHidden]
static class DataThrow
{
    const int QuoteLimit = 40;

    [DoesNotReturn]
    public static void At(string file, bool packed, long offset, string rule, Exception? cause = null)
    {
        string unpacked = packed ? " (unpacked)" : "";
        throw new DataFormatException(Invariant($"{file}, byte {offset}{unpacked}: {rule}"), file, offset, cause);
    }

    [DoesNotReturn]
    public static void At(ByteSource source, long offset, string rule, Exception? cause = null) =>
        At(source.Name, source.Packed, offset, rule, cause);

    [DoesNotReturn]
    public static void Empty(ByteSource source) => At(source, 0, "the file is empty.");

    [DoesNotReturn]
    public static void Gzip(ByteSource source, long offset, Exception? cause = null) =>
        At(source, offset, "the gzip data is damaged, cut off, or followed by other bytes.", cause);

    [DoesNotReturn]
    public static void TooLarge(ByteSource source) =>
        At(source, Array.MaxLength, Invariant($"the file holds more than {Array.MaxLength} bytes, the most that one array takes."));

    [DoesNotReturn]
    public static void IdxMagic(ByteSource source, byte first, byte second) =>
        At(source, 0, $"an IDX file starts with two zero bytes, but these are 0x{first:X2} and 0x{second:X2}.");

    [DoesNotReturn]
    public static void IdxType(ByteSource source, byte type) =>
        At(source, 2, $"the IDX element type must be 0x08, 0x09, 0x0B, 0x0C, 0x0D or 0x0E, but is 0x{type:X2}.");

    [DoesNotReturn]
    public static void IdxRank(ByteSource source) =>
        At(source, 3, "an IDX array has at least 1 dimension, but the rank is 0.");

    [DoesNotReturn]
    public static void IdxHeader(ByteSource source, int expected, long actual) =>
        At(source, actual, Invariant($"the IDX header needs {expected} bytes, but the file ends after {actual}."));

    [DoesNotReturn]
    public static void IdxDimension(ByteSource source, int dimension, uint size) =>
        At(source, 4 + 4 * dimension, Invariant($"size {size} of dimension {dimension} is above {int.MaxValue}."));

    [DoesNotReturn]
    public static void IdxSize(ByteSource source, IdxType type, ReadOnlySpan<uint> shape) =>
        At(source, 4, Invariant($"{type} {Shape(shape)} needs more than {Array.MaxLength} bytes, the most that one array takes."));

    [DoesNotReturn]
    public static void IdxData(ByteSource source, IdxType type, ReadOnlySpan<uint> shape, long header, long expected, long actual) =>
        At(source, header + actual, Invariant($"{type} {Shape(shape)} needs {expected} bytes of data, but the file holds {actual}."));

    [DoesNotReturn]
    public static void IdxTrailing(ByteSource source, IdxType type, ReadOnlySpan<uint> shape, long end) =>
        At(source, end, $"the data of {type} {Shape(shape)} ends here, but more bytes follow.");

    [DoesNotReturn]
    public static void IdxElementType(IdxType actual, Type asked) =>
        throw new InvalidOperationException($"IdxArray.AsSpan: the elements are {actual}, but {asked.Name} was asked for.");

    [DoesNotReturn]
    public static void ImagesForm(string images, bool packed, IdxArray actual, int at) =>
        At(images, packed, at, $"images must be UInt8 [count, rows, columns] of at least 1 pixel, but this is {actual}.");

    [DoesNotReturn]
    public static void LabelsForm(string labels, bool packed, IdxArray actual, int at) =>
        At(labels, packed, at, $"labels must be UInt8 [count], but this is {actual}.");

    [DoesNotReturn]
    public static void Counts(string images, int imageCount, string labels, bool packed, int labelCount) =>
        At(labels, packed, 4, Invariant($"every image needs one label, but {images} has {imageCount} images (byte 4) and this file {labelCount} labels."));

    [DoesNotReturn]
    public static void Label(string images, string labels, bool packed, long offset, int index, int label, int classes) =>
        At(labels, packed, offset, Invariant($"label {index} must be below {classes}, but is {label} (images: {images})."));

    [DoesNotReturn]
    public static void NoFolder(string folder) =>
        throw new DirectoryNotFoundException($"Mnist: the folder {folder} does not exist.");

    [DoesNotReturn]
    public static void NotFound(string prefix, IReadOnlyList<string> folders, string? half) =>
        throw new FileNotFoundException(
            $"Mnist: no folder holds both images and labels of \"{prefix}\"" + (half is null ? "" : $" (there is {half} alone)")
            + $". Looked in {string.Join(", ", folders)}"
            + $" for {prefix}-images-idx3-ubyte and {prefix}-labels-idx1-ubyte, also spelled .idx3-ubyte and .idx1-ubyte, also with .gz.",
            $"{prefix}-images-idx3-ubyte");

    [DoesNotReturn]
    public static void Ambiguous(string prefix, string first, string second) =>
        throw new DataFormatException($"Mnist: images and labels of \"{prefix}\" are in both {first} and {second}. Name the folder that is meant.");

    [DoesNotReturn]
    public static void Csv(ByteSource source, int line, int column, string? header, long offset, string rule)
    {
        string name = header is null ? "" : $" \"{header}\"";
        string where = column > 0 ? Invariant($", column {column}{name}") : "";
        string unpacked = source.Packed ? " (unpacked)" : "";
        throw new DataFormatException(Invariant($"{source.Name}, line {line}{where}, byte {offset}{unpacked}: {rule}"), source.Name, offset);
    }

    public static ShapeException RowCounts(Tensor inputs, Tensor labels) =>
        new(Invariant($"Dataset: inputs and labels must have as many rows, but the inputs are {inputs.Shape} and the labels {labels.Shape}."));

    public static ShapeException SequenceCounts(int sequences, string labels) =>
        new(Invariant($"Dataset.OfSequences: every sequence needs a label, but there are {sequences} sequences, and {labels}."));

    public static ShapeException Uneven(string what, Tensor first, Tensor next, bool padded) => new(
        padded
            ? $"Dataset: sequences of {what} must be [length, …] of one type and differ in length alone, but one is {first.DType} {first.Shape} and another {next.DType} {next.Shape}."
            : $"Dataset: the {what} of all examples must have one shape and type, but one is {first.DType} {first.Shape} and another {next.DType} {next.Shape}. Dataset.OfSequences pads what differs in length.");

    public static InvalidOperationException NoExample(int index) =>
        new(Invariant($"Dataset: the function of the examples must give inputs and labels, but gave null for example {index}."));

    public static ShapeException NoExamples() =>
        new("Dataset: there are no examples, so that the shape of one is not known.");

    public static ArgumentException Fractions(ReadOnlySpan<double> fractions) =>
        new($"Split: fractions must be 0 or more and 1 together, but are {List(fractions.ToArray())}.", nameof(fractions));

    public static ArgumentException SplitCounts(ReadOnlySpan<int> counts, int all) =>
        new(Invariant($"Split: counts must be 0 or more and {all} together, but are {string.Join(", ", counts.ToArray())}."), nameof(counts));

    public static ArgumentException TwoOrders() =>
        new("Batches.Of: the order comes from shuffle or from a sampler, but both are given. A sampler has its own generator.", "sampler");

    public static ArgumentException RandomTransform() =>
        new("Batches.Of: a random transform needs a source of randomness. Pass shuffle: or sampler:.", "transform");

    public static ArgumentException Weight(int index, double weight) =>
        new(Invariant($"Sampler.Weighted: weights must be finite and 0 or more, but weight {index} is {weight}."), "weights");

    public static ArgumentException Weights(int count, int possible, bool replacement) => new(
        Invariant($"Sampler.Weighted: {count} examples cannot be drawn {(replacement ? "with" : "without")} replacement where {possible} have a weight above 0."), "weights");

    public static InvalidOperationException Drawn(int index, int examples) =>
        new(Invariant($"Sampler: the order must name examples from 0 to {examples - 1}, but names {index}."));

    public static ArgumentException Normalization(double[] mean, double[] std) => new(
        $"Normalize: there must be as many finite deviations other than 0 as finite means, and at least one, but mean is {List(mean)} and std {List(std)}.", nameof(std));

    public static ShapeException Channels(int channels, Shape shape) =>
        new(Invariant($"Normalize: the first axis must be that of the {channels} channels, but the example is {shape}."));

    public static ShapeException NoImage(string transform, Shape shape) =>
        new($"{transform}: an example must be an image [channels, height, width], but it is {shape}.");

    public static ShapeException Crop(Shape image, Size2 size, int padding) =>
        new(Invariant($"RandomCrop: a window of {size.H}×{size.W} does not fit into an image {image} with a padding of {padding}."));

    public static InvalidOperationException NoResult() =>
        new("Transform: the function must give the new inputs, but gave null.");

    public static ArgumentException NoToken(string token, int place, string argument) =>
        new(Invariant($"Vocabulary: \"{token}\", at place {place}, is not in the vocabulary. Make it with unknown: true, or of more text."), argument);

    public static DTypeException TokensType(DType dtype) =>
        new($"Vocabulary: tokens must be Int64, but are {dtype}.");

    public static ArgumentOutOfRangeException BadToken(long number, int count) =>
        new("tokens", number, Invariant($"Vocabulary.Decode: tokens must be from 0 to {count - 1}, but one is {number}."));

    public static ShapeException TooFewTokens(Shape shape, int length) =>
        new(Invariant($"Texts.Windows: the tokens must be a vector of at least {length} + 1, but are {shape}."));

    public static ArgumentException NoNoise(string name) =>
        new($"Synthetic.{name}: noise needs a source of randomness. Pass random: new Generator(seed).", "random");

    [DoesNotReturn]
    public static void NoLabels() =>
        throw new InvalidOperationException("ToDataset: the table has no labels. Name a label column in CsvOptions, or the column of numbers to predict: ToDataset(\"price\").");

    [DoesNotReturn]
    public static void NoColumn(string column, IReadOnlyList<string>? header) =>
        throw new ArgumentException(
            $"ToDataset: no column of numbers is called \"{column}\"" + (header is null ? "; the table has no header line." : $"; there are {string.Join(", ", header)}."), nameof(column));

    /// <summary>A field as a message shows it: in quotes, one line, at most 40 characters.</summary>
    public static string Quote(ReadOnlySpan<byte> field)
    {
        string text = Encoding.UTF8.GetString(field[..Math.Min(field.Length, 4 * QuoteLimit)]);
        var shown = new StringBuilder("\"");
        foreach (char c in text.AsSpan(0, Math.Min(text.Length, QuoteLimit)))
            shown.Append(char.IsControl(c) || c == '\uFFFD' ? '?' : c);
        return shown.Append(text.Length > QuoteLimit ? "…\"" : "\"").ToString();
    }

    /// <summary>Sizes as a message shows them: at most 8 of them.</summary>
    static string Shape(ReadOnlySpan<uint> shape)
    {
        var text = new StringBuilder("[");
        for (int i = 0; i < Math.Min(shape.Length, 8); i++)
            text.Append(CultureInfo.InvariantCulture, $"{(i > 0 ? ", " : "")}{shape[i]}");
        return text.Append(shape.Length > 8 ? ", …]" : "]").ToString();
    }

    static string List(double[] values) => $"[{string.Join(", ", values.Select(value => value.ToString(CultureInfo.InvariantCulture)))}]";

    static string Invariant(FormattableString text) => FormattableString.Invariant(text);
}
