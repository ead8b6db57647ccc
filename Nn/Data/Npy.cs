using System.Buffers.Binary;
using System.Globalization;
using System.IO.Compression;
using System.Text;
using System.Text.RegularExpressions;

namespace Autograd.Nn.Data;

/// <summary>Arrays in NumPy's files: one in an <c>.npy</c> file, several with names in an <c>.npz</c> archive.</summary>
/// <remarks>Memory grows with what the file really holds, not with what it says. Source: NumPy enhancement proposal 1, versions 1 to 3.</remarks>
public static partial class Npy
{
    const int PrefixSize = 10, Piece = 1 << 20, GreatestHeader = 1 << 20, Alignment = 64;
    const string Extension = ".npy";

    /// <summary>Reads one array.</summary>
    /// <param name="path">The file.</param>
    /// <returns>Float64, Float32, Int64 and Bool as they are; shorter floating-point types as Float32, shorter integers as Int64.</returns>
    /// <exception cref="DataFormatException">The file breaks a rule of the format.</exception>
    /// <exception cref="IOException">The file cannot be read.</exception>
    public static Tensor Read(string path)
    {
        Throw.IfNoName("Npy.Read", path, "Pass the path of a file.");
        using FileStream stream = File.OpenRead(path);
        return Read(stream, path);
    }

    /// <summary>Reads all arrays of an archive, in its order.</summary>
    /// <inheritdoc cref="Read(string)"/>
    public static OrderedDictionary<string, Tensor> ReadArchive(string path)
    {
        Throw.IfNoName("Npy.ReadArchive", path, "Pass the path of a file.");
        using FileStream stream = File.OpenRead(path);
        OrderedDictionary<string, Tensor> tensors = [];
        try
        {
            using ZipArchive archive = new(stream, ZipArchiveMode.Read);
            foreach (ZipArchiveEntry entry in archive.Entries)
            {
                string name = entry.FullName.EndsWith(Extension, StringComparison.Ordinal) ? entry.FullName[..^Extension.Length] : entry.FullName;
                using Stream content = entry.Open();
                if (!tensors.TryAdd(name, Read(content, $"{path}/{entry.FullName}"))) DataThrow.At(path, false, 0, $"the name {name} occurs twice.", "Write every array under a name of its own.");
            }
        }
        catch (InvalidDataException error)
        {
            DataThrow.At(path, false, 0, "the archive is damaged or no archive.", "Read a single array by Npy.Read, or save the arrays again by numpy.savez.", error);
        }
        return tensors;
    }

    /// <summary>Writes one array: into a temporary file, which takes the place of the old one once it is on the disk.</summary>
    /// <exception cref="IOException">The file cannot be written.</exception>
    public static void Write(string path, Tensor tensor)
    {
        Throw.IfNoName("Npy.Write", path, "Pass the path of a file.");
        Throw.IfNull("Npy.Write", tensor);
        AtomicFile.Write(path, stream => Write(stream, tensor));
    }

    /// <summary>Writes arrays with names into one archive, not compressed, as <see cref="Write(string, Tensor)"/> does.</summary>
    /// <exception cref="IOException">The file cannot be written.</exception>
    public static void WriteArchive(string path, IEnumerable<KeyValuePair<string, Tensor>> tensors)
    {
        Throw.IfNoName("Npy.WriteArchive", path, "Pass the path of a file.");
        Throw.IfNull("Npy.WriteArchive", tensors);
        AtomicFile.Write(path, stream => WriteArchive(stream, tensors));
    }

    static void WriteArchive(Stream stream, IEnumerable<KeyValuePair<string, Tensor>> tensors)
    {
        using ZipArchive archive = new(stream, ZipArchiveMode.Create, leaveOpen: true);
        foreach ((string name, Tensor tensor) in tensors)
        {
            ZipArchiveEntry entry = archive.CreateEntry(name + Extension, CompressionLevel.NoCompression);
            // The same tensors give the same file.
            entry.LastWriteTime = new DateTimeOffset(1980, 1, 1, 0, 0, 0, TimeSpan.Zero);
            using Stream content = entry.Open();
            Write(content, tensor);
        }
    }

    static void Write(Stream stream, Tensor tensor)
    {
        StoredType type = StoredType.Of(tensor.DType);
        string sizes = string.Concat(tensor.Shape.Sizes.ToArray().Select(size => string.Create(CultureInfo.InvariantCulture, $"{size}, ")));
        string header = $"{{'descr': '{(type.Size == 1 ? '|' : '<')}{type.Descriptor}', 'fortran_order': False, 'shape': ({sizes.TrimEnd(tensor.Rank == 1 ? [' '] : [',', ' '])}), }}";
        int filled = (PrefixSize + header.Length + Alignment) / Alignment * Alignment;
        header = header.PadRight(filled - PrefixSize - 1) + '\n';
        Span<byte> length = stackalloc byte[2];
        BinaryPrimitives.WriteUInt16LittleEndian(length, (ushort)header.Length);
        stream.Write([0x93, .. "NUMPY"u8, 1, 0]);
        stream.Write(length);
        stream.Write(Encoding.Latin1.GetBytes(header));
        stream.Write(StoredType.Encode(tensor));
    }

    static Tensor Read(Stream stream, string file)
    {
        byte[] prefix = Take(stream, PrefixSize, file, 0);
        if (prefix[0] != 0x93 || !prefix.AsSpan(1, 5).SequenceEqual("NUMPY"u8)) DataThrow.At(file, false, 0, "an NPY file starts with 0x93 and NUMPY.", PrefixHint(prefix));
        if (prefix[6] is < 1 or > 3) DataThrow.At(file, false, 6, $"the version must be 1, 2 or 3, but is {prefix[6]}.", "Save the array again by numpy.save.");
        long length = BinaryPrimitives.ReadUInt16LittleEndian(prefix.AsSpan(8)), start = PrefixSize;
        if (prefix[6] > 1)
        {
            byte[] high = Take(stream, 2, file, start);
            length |= (long)BinaryPrimitives.ReadUInt16LittleEndian(high) << 16;
            start += 2;
        }
        if (length > GreatestHeader) DataThrow.At(file, false, 8, FormattableString.Invariant($"the header may have {GreatestHeader} bytes, but is said to have {length}."), "Save the array again by numpy.save.");
        string header = Encoding.UTF8.GetString(Take(stream, (int)length, file, start));
        (StoredType type, bool columns, int[] shape) = Parse(header, file, start);
        start += length;
        if (StoredType.Count(shape) is not { } count || (long)count * type.Size > Array.MaxLength)
        {
            DataThrow.At(file, false, PrefixSize, "the array is larger than a tensor can be.", "Save it in parts of fewer than 2³¹ elements.");
            return null!;
        }
        byte[] data = Take(stream, count * type.Size, file, start);
        if (stream.ReadByte() >= 0) DataThrow.At(file, false, start + data.Length, "bytes follow the array.", "Save each array to a file of its own, or all by numpy.savez.");
        if (!columns) return type.Decode(data, Shape.Create(shape));
        int[] reversed = [.. shape.Reverse()], axes = [.. Enumerable.Range(0, shape.Length).Reverse()];
        using RecordingSwitch _ = Tape.NoGrad();
        return type.Decode(data, Shape.Create(reversed)).Permute(axes).Clone();
    }

    /// <summary>The next bytes; the memory grows as they come.</summary>
    static byte[] Take(Stream stream, int count, string file, long offset)
    {
        byte[] bytes = new byte[Math.Min(count, Piece)];
        int filled = 0;
        while (filled < count)
        {
            if (filled == bytes.Length) Array.Resize(ref bytes, (int)Math.Min(count, 2L * bytes.Length));
            int read = stream.Read(bytes, filled, bytes.Length - filled);
            if (read == 0) DataThrow.At(file, false, offset + filled, "the file ends too early.", DataThrow.Again);
            filled += read;
        }
        return bytes;
    }

    static (StoredType Type, bool Columns, int[] Shape) Parse(string header, string file, long offset)
    {
        Match match = Header().Match(header);
        if (!match.Success) DataThrow.At(file, false, offset, "the header must name descr, fortran_order and shape, as NumPy writes them.", "Save an array of plain numbers by numpy.save, not of records.");
        string order = match.Groups["order"].Value, descriptor = match.Groups["type"].Value;
        if (StoredType.Described(descriptor) is not { } type || (order == ">" && type.Size > 1))
        {
            DataThrow.At(file, false, offset, $"the type {order}{descriptor} is none of those that can be read.", TypeHint(order, descriptor));
            return default;
        }
        List<int> shape = [];
        foreach (string size in match.Groups["shape"].Value.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries))
        {
            if (!int.TryParse(size, NumberStyles.None, CultureInfo.InvariantCulture, out int number)) DataThrow.At(file, false, offset, "a size of the shape is out of range.", "Save it in parts of fewer than 2³¹ elements.");
            shape.Add(number);
        }
        return (type, match.Groups["fortran"].Value == "True", [.. shape]);
    }

    static string PrefixHint(byte[] prefix) => prefix.AsSpan().StartsWith("PK"u8)
        ? "This is an archive: read it by Npy.ReadArchive."
        : "Save the array by numpy.save.";

    static string TypeHint(string order, string descriptor) => order == ">"
        ? "Save it with its lowest byte first: array.astype(array.dtype.newbyteorder('<'))."
        : descriptor[0] == 'c' ? "Save the real and the imaginary part, each by itself."
        : "Save it as numbers: array.astype('float32').";

    [GeneratedRegex(
        @"^\{\s*'descr':\s*'(?<order>[<>|=])(?<type>[a-z][0-9]{1,2})',\s*'fortran_order':\s*(?<fortran>True|False),\s*'shape':\s*\((?<shape>[0-9, ]*)\),?\s*\}\s*$",
        RegexOptions.CultureInvariant | RegexOptions.NonBacktracking)]
    private static partial Regex Header();
}
