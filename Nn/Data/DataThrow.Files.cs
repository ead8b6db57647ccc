using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Text;

namespace Autograd.Nn.Data;

// Files: place, rule, and what is to be done with the file.
static partial class DataThrow
{
    public const string Again = "Download or write the file again.";

    const int QuoteLimit = 40;

    [DoesNotReturn]
    public static void At(string file, bool packed, long offset, string rule, string hint, Exception? cause = null)
    {
        string unpacked = packed ? " (unpacked)" : "";
        throw new DataFormatException(Invariant($"{file}, byte {offset}{unpacked}: {rule}"), hint, file, offset, cause);
    }

    [DoesNotReturn]
    public static void At(ByteSource source, long offset, string rule, string hint, Exception? cause = null) =>
        At(source.Name, source.Packed, offset, rule, hint, cause);

    [DoesNotReturn]
    public static void Empty(ByteSource source) => At(source, 0, "the file is empty.", Again);

    [DoesNotReturn]
    public static void Gzip(ByteSource source, long offset, Exception? cause = null) =>
        At(source, offset, "the gzip data is damaged, cut off, or followed by other bytes.", Again, cause);

    [DoesNotReturn]
    public static void TooLarge(ByteSource source) => At(
        source, Array.MaxLength, Invariant($"the file holds more than {Array.MaxLength} bytes, the most that one array takes."), "Split it into several files.");

    // ---- IDX.

    [DoesNotReturn]
    public static void IdxMagic(ByteSource source, byte first, byte second) => At(
        source, 0, $"an IDX file starts with two zero bytes, but these are 0x{first:X2} and 0x{second:X2}.",
        (first, second) switch
        {
            ((byte)'P', (byte)'K') => "This is a zip archive: unpack it, and name the file inside.",
            ((byte)'<', _) => "This looks like a page of the web: download the file itself.",
            (0x93, (byte)'N') => "This is an array of NumPy: read it by Npy.Read.",
            _ => "Name an IDX file, such as train-images-idx3-ubyte.",
        });

    [DoesNotReturn]
    public static void IdxType(ByteSource source, byte type) => At(
        source, 2, $"the IDX element type must be 0x08, 0x09, 0x0B, 0x0C, 0x0D or 0x0E, but is 0x{type:X2}.", "Write bytes as 0x08 and floats as 0x0D.");

    [DoesNotReturn]
    public static void IdxRank(ByteSource source) =>
        At(source, 3, "an IDX array has at least 1 dimension, but the rank is 0.", "Write a single number as 1 dimension of size 1.");

    [DoesNotReturn]
    public static void IdxHeader(ByteSource source, int expected, long actual) =>
        At(source, actual, Invariant($"the IDX header needs {expected} bytes, but the file ends after {actual}."), Again);

    [DoesNotReturn]
    public static void IdxDimension(ByteSource source, int dimension, uint size) => At(
        source, 4 + 4 * dimension, Invariant($"size {size} of dimension {dimension} is above {int.MaxValue}."), "Write sizes with their highest byte first.");

    [DoesNotReturn]
    public static void IdxSize(ByteSource source, IdxType type, ReadOnlySpan<uint> shape) => At(
        source, 4, Invariant($"{type} {Shape(shape)} needs more than {Array.MaxLength} bytes, the most that one array takes."), "Split it into several files.");

    [DoesNotReturn]
    public static void IdxData(ByteSource source, IdxType type, ReadOnlySpan<uint> shape, long header, long expected, long actual) => At(
        source, header + actual, Invariant($"{type} {Shape(shape)} needs {expected} bytes of data, but the file holds {actual}."),
        Invariant($"Download or write the file again: it ends at byte {header + actual} of {header + expected}."));

    [DoesNotReturn]
    public static void IdxTrailing(ByteSource source, IdxType type, ReadOnlySpan<uint> shape, long end) => At(
        source, end, $"the data of {type} {Shape(shape)} ends here, but more bytes follow.", "Write the header anew for all of the data, or cut the file off here.");

    [DoesNotReturn]
    public static void IdxElementType(IdxType actual, Type asked, string right) =>
        throw new InvalidOperationException($"IdxArray.AsSpan: the elements are {actual}, but {asked.Name} was asked for. Write AsSpan<{right}>().");

    // ---- MNIST.

    [DoesNotReturn]
    public static void ImagesForm(string images, bool packed, IdxArray actual, int at) => At(
        images, packed, at, $"images must be UInt8 [count, rows, columns] of at least 1 pixel, but this is {actual}.",
        actual.Shape.Length == 1 ? "Exchange the file with that of the labels." : "Read it by Idx.Read, and make a Dataset of what it holds.");

    [DoesNotReturn]
    public static void LabelsForm(string labels, bool packed, IdxArray actual, int at) => At(
        labels, packed, at, $"labels must be UInt8 [count], but this is {actual}.",
        actual.Shape.Length == 3 ? "Exchange the file with that of the images." : "Read it by Idx.Read, and make a Dataset of what it holds.");

    [DoesNotReturn]
    public static void Counts(string images, int imageCount, string labels, bool packed, int labelCount) => At(
        labels, packed, 4, Invariant($"every image needs one label, but {images} has {imageCount} images (byte 4) and this file {labelCount} labels."),
        "Take both files from one set and one part of it.");

    [DoesNotReturn]
    public static void Label(string images, string labels, bool packed, long offset, int index, int label, int classes) => At(
        labels, packed, offset, Invariant($"label {index} must be below {classes}, but is {label} (images: {images})."),
        Invariant($"Pass classes: {label + 1}, or as many as the set has."));

    [DoesNotReturn]
    public static void NoFolder(string folder) => throw new DirectoryNotFoundException(
        $"Mnist: the folder {folder} does not exist. "
        + (Path.IsPathRooted(folder) ? "Make it, and put the files there." : $"Make it in {Environment.CurrentDirectory}, or pass a whole path."));

    [DoesNotReturn]
    public static void NotFound(string prefix, IReadOnlyList<string> folders, string? half) =>
        throw new FileNotFoundException(
            $"Mnist: no folder holds both images and labels of \"{prefix}\"" + (half is null ? "" : $" (there is {half} alone)")
            + $". Looked in {string.Join(", ", folders)}"
            + $" for {prefix}-images-idx3-ubyte and {prefix}-labels-idx1-ubyte, also spelled .idx3-ubyte and .idx1-ubyte, also with .gz. "
            + (half is null ? "Put both files into one of them." : "Put the other file beside it."),
            $"{prefix}-images-idx3-ubyte");

    [DoesNotReturn]
    public static void Ambiguous(string prefix, string first, string second) =>
        throw new DataFormatException($"Mnist: images and labels of \"{prefix}\" are in both {first} and {second}.", "Name the folder that is meant.");

    // ---- CSV.

    [DoesNotReturn]
    public static void Csv(ByteSource source, int line, int column, string? header, long offset, string rule, string hint)
    {
        string name = header is null ? "" : $" \"{header}\"";
        string where = column > 0 ? Invariant($", column {column}{name}") : "";
        string unpacked = source.Packed ? " (unpacked)" : "";
        throw new DataFormatException(Invariant($"{source.Name}, line {line}{where}, byte {offset}{unpacked}: {rule}"), hint, source.Name, offset);
    }

    [DoesNotReturn]
    public static void NoLabels() =>
        throw new InvalidOperationException("ToDataset: the table has no labels. Name a label column in CsvOptions, or the column of numbers to predict: ToDataset(\"price\").");

    [DoesNotReturn]
    public static void NoColumn(string column, IReadOnlyList<string>? header)
    {
        string rest = header is null
            ? "the table has no header line. Read it with HasHeader = true if its first line names the columns."
            : $"there are {string.Join(", ", header)}. Pass one of these, and read the table with the column as a number.";
        throw new ArgumentException($"ToDataset: no column of numbers is called \"{column}\"; {rest}", nameof(column));
    }

    public static ArgumentException Option(string option, string rule, string hint) => new($"CsvOptions.{option} {rule} {hint}");

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
}
