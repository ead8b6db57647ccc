using System.Buffers.Binary;
using System.Text.Json;

namespace Autograd.Nn.Data;

/// <summary>Tensors with names in safetensors files, as other libraries read and write them.</summary>
/// <remarks>
/// A file is a number of 8 bytes, that many bytes of JSON, and the elements. Everything that the JSON says is checked against the file before
/// memory is taken, so that a damaged or hostile file is an error and nothing else. Source: the format description of Hugging Face safetensors.
/// </remarks>
public static class Safetensors
{
    const int LengthSize = 8, Alignment = 8;
    const long GreatestHeader = 100_000_000;

    /// <summary>Reads all tensors, in the order of the file.</summary>
    /// <param name="path">The file.</param>
    /// <returns>Float64, Float32, Int64 and Bool as they are; shorter floating-point types as Float32, shorter integers as Int64.</returns>
    /// <exception cref="DataFormatException">The file breaks a rule of the format.</exception>
    /// <exception cref="IOException">The file cannot be read.</exception>
    public static OrderedDictionary<string, Tensor> Read(string path) => Read(path, out _);

    /// <param name="path">The file.</param>
    /// <param name="metadata">The texts that the file holds besides.</param>
    /// <inheritdoc cref="Read(string)"/>
    public static OrderedDictionary<string, Tensor> Read(string path, out IReadOnlyDictionary<string, string> metadata)
    {
        Throw.IfNoName("Safetensors.Read", path, "Pass the path of a file.");
        using FileStream stream = File.OpenRead(path);
        byte[] header = ReadHeader(stream, path);
        long start = LengthSize + header.Length;
        SafetensorsHeader parsed = SafetensorsHeader.Parse(header, stream.Length - start, path);
        metadata = parsed.Metadata;
        OrderedDictionary<string, Tensor> tensors = [];
        foreach (SafetensorsEntry entry in parsed.Entries)
        {
            byte[] bytes = new byte[entry.End - entry.Begin];
            stream.Position = start + entry.Begin;
            Fill(stream, bytes, path);
            tensors.Add(entry.Name, entry.Type.Decode(bytes, Shape.Create(entry.Shape)));
        }
        return tensors;
    }

    /// <summary>Writes tensors: into a temporary file, which takes the place of the old one once it is on the disk.</summary>
    /// <param name="path">The file.</param>
    /// <param name="tensors">The tensors by name.</param>
    /// <param name="metadata">Texts to go with them.</param>
    /// <exception cref="ArgumentException">A name occurs twice or is kept for the metadata.</exception>
    /// <exception cref="IOException">The file cannot be written.</exception>
    public static void Write(string path, IEnumerable<KeyValuePair<string, Tensor>> tensors, IReadOnlyDictionary<string, string>? metadata = null)
    {
        Throw.IfNoName("Safetensors.Write", path, "Pass the path of a file.");
        Throw.IfNull("Safetensors.Write", tensors);
        // Wide elements first keep every tensor aligned to its elements.
        KeyValuePair<string, Tensor>[] ordered = [.. tensors.OrderByDescending(item => StoredType.Of(item.Value.DType).Size)];
        byte[] header = MakeHeader(ordered, metadata);
        AtomicFile.Write(path, stream =>
        {
            Span<byte> length = stackalloc byte[LengthSize];
            BinaryPrimitives.WriteInt64LittleEndian(length, header.Length);
            stream.Write(length);
            stream.Write(header);
            foreach ((_, Tensor tensor) in ordered) stream.Write(StoredType.Encode(tensor));
        });
    }

    static byte[] ReadHeader(FileStream stream, string path)
    {
        if (stream.Length < LengthSize) DataThrow.At(path, false, stream.Length, $"a safetensors file has at least {LengthSize} bytes.", DataThrow.Again);
        byte[] size = new byte[LengthSize];
        Fill(stream, size, path);
        ulong length = BinaryPrimitives.ReadUInt64LittleEndian(size);
        if (length > GreatestHeader) DataThrow.At(path, false, 0, FormattableString.Invariant($"the header may have {GreatestHeader} bytes, but is said to have {length}."), LengthHint(size));
        if ((long)length > stream.Length - LengthSize)
            DataThrow.At(path, false, 0, FormattableString.Invariant($"the header is said to have {length} bytes, but {stream.Length - LengthSize} follow."), LengthHint(size));
        byte[] header = new byte[(int)length];
        Fill(stream, header, path);
        return header;
    }

    /// <summary>What a file is whose first bytes are no length: pickled by torch.save as an archive, or something else.</summary>
    static string LengthHint(byte[] start) => start.AsSpan().StartsWith("PK"u8)
        ? "This is an archive, as torch.save writes it: save it by safetensors.torch.save_file(model.state_dict(), path)."
        : DataThrow.Again;

    static void Fill(FileStream stream, byte[] bytes, string path)
    {
        int read = stream.ReadAtLeast(bytes, bytes.Length, throwOnEndOfStream: false);
        if (read < bytes.Length) DataThrow.At(path, false, stream.Position, "the file ends too early.", DataThrow.Again);
    }

    static byte[] MakeHeader(KeyValuePair<string, Tensor>[] tensors, IReadOnlyDictionary<string, string>? metadata)
    {
        HashSet<string> names = [SafetensorsHeader.MetadataName];
        using MemoryStream stream = new();
        using (Utf8JsonWriter json = new(stream))
        {
            json.WriteStartObject();
            if (metadata is { Count: > 0 }) WriteMetadata(json, metadata);
            long offset = 0;
            foreach ((string name, Tensor tensor) in tensors)
            {
                if (!names.Add(name)) throw new ArgumentException($"Safetensors.Write: a name must occur once and not be {SafetensorsHeader.MetadataName}, but \"{name}\" is given again. Write the tensors of two modules under a prefix each.", nameof(tensors));
                StoredType type = StoredType.Of(tensor.DType);
                json.WriteStartObject(name);
                json.WriteString("dtype", type.Name);
                json.WriteStartArray("shape");
                foreach (int size in tensor.Shape.Sizes) json.WriteNumberValue(size);
                json.WriteEndArray();
                json.WriteStartArray("data_offsets");
                json.WriteNumberValue(offset);
                json.WriteNumberValue(offset += (long)tensor.Count * type.Size);
                json.WriteEndArray();
                json.WriteEndObject();
            }
            json.WriteEndObject();
        }
        while (stream.Length % Alignment != 0) stream.WriteByte((byte)' ');
        return stream.ToArray();
    }

    static void WriteMetadata(Utf8JsonWriter json, IReadOnlyDictionary<string, string> metadata)
    {
        json.WriteStartObject(SafetensorsHeader.MetadataName);
        foreach ((string key, string value) in metadata) json.WriteString(key, value);
        json.WriteEndObject();
    }
}
