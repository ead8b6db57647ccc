using System.Text.Json;

namespace Autograd.Nn.Data;

/// <summary>One tensor of a safetensors file.</summary>
readonly record struct SafetensorsEntry(string Name, StoredType Type, int[] Shape, long Begin, long End);

/// <summary>What the JSON of a safetensors file says, checked.</summary>
sealed record SafetensorsHeader(IReadOnlyList<SafetensorsEntry> Entries, IReadOnlyDictionary<string, string> Metadata)
{
    public const string MetadataName = "__metadata__";

    const int DataStart = 8, QuoteLimit = 80;

    /// <summary>Reads the JSON and checks it against the number of bytes that follow it.</summary>
    public static SafetensorsHeader Parse(byte[] header, long dataLength, string file)
    {
        Dictionary<string, string> metadata = [];
        List<SafetensorsEntry> entries = [];
        HashSet<string> names = [];
        try
        {
            using JsonDocument json = JsonDocument.Parse(header);
            if (json.RootElement.ValueKind != JsonValueKind.Object) Fail(file, "the header must be a JSON object.", DataThrow.Again);
            foreach (JsonProperty property in json.RootElement.EnumerateObject())
            {
                if (!names.Add(property.Name)) Fail(file, $"the name {Quote(property.Name)} occurs twice.", "Save every tensor under a name of its own.");
                if (property.Name == MetadataName) ReadMetadata(property.Value, metadata, file);
                else entries.Add(ReadEntry(property, file));
            }
        }
        // A text that is no valid Unicode is an InvalidOperationException.
        catch (Exception error) when (error is JsonException or InvalidOperationException)
        {
            DataThrow.At(file, false, DataStart, "the header is no valid JSON.", DataThrow.Again, error);
        }
        CheckCover(entries, dataLength, file);
        return new(entries, metadata);
    }

    static void ReadMetadata(JsonElement json, Dictionary<string, string> metadata, string file)
    {
        if (json.ValueKind != JsonValueKind.Object) Fail(file, $"{MetadataName} must be an object of texts.", "Save the metadata as texts: str(value).");
        foreach (JsonProperty text in json.EnumerateObject())
        {
            if (text.Value.ValueKind != JsonValueKind.String) Fail(file, $"{MetadataName} must be an object of texts, but {Quote(text.Name)} is none.", "Save the metadata as texts: str(value).");
            metadata[text.Name] = text.Value.GetString()!;
        }
    }

    static SafetensorsEntry ReadEntry(JsonProperty property, string file)
    {
        string name = Quote(property.Name);
        JsonElement json = property.Value;
        if (json.ValueKind != JsonValueKind.Object || !json.TryGetProperty("dtype", out JsonElement dtype)
            || !json.TryGetProperty("shape", out JsonElement shape) || !json.TryGetProperty("data_offsets", out JsonElement offsets))
        {
            Fail(file, $"{name} must have dtype, shape and data_offsets.", DataThrow.Again);
            return default;
        }
        string? text = dtype.ValueKind == JsonValueKind.String ? dtype.GetString() : null;
        if (StoredType.Named(text) is not { } type)
        {
            Fail(file, $"{name} has the dtype {Quote(text ?? dtype.ToString())}, which is none of those that can be read.", "Save it as F32: tensor.float().");
            return default;
        }
        int[] sizes = [.. Numbers(shape, file, $"the shape of {name}", int.MaxValue).Select(size => (int)size)];
        long[] range = Numbers(offsets, file, $"data_offsets of {name}", long.MaxValue);
        if (range.Length != 2 || range[0] > range[1]) Fail(file, $"data_offsets of {name} must be a begin and an end not before it.", DataThrow.Again);
        if (StoredType.Count(sizes) is not { } count || range[1] - range[0] != (long)count * type.Size)
            Fail(file, FormattableString.Invariant($"{name}, {type.Name} [{string.Join(", ", sizes)}], does not fit into its {range[1] - range[0]} bytes."), DataThrow.Again);
        // One array holds the bytes of a tensor while it is read.
        if (range[1] - range[0] > Array.MaxLength) Fail(file, FormattableString.Invariant($"{name} has more than {Array.MaxLength} bytes."), "Save it in parts, or as a narrower type: tensor.half().");
        return new(property.Name, type, sizes, range[0], range[1]);
    }

    static long[] Numbers(JsonElement json, string file, string what, long greatest)
    {
        List<long> numbers = [];
        if (json.ValueKind != JsonValueKind.Array) Fail(file, $"{what} must be a list of numbers.", DataThrow.Again);
        foreach (JsonElement item in json.EnumerateArray())
        {
            if (item.ValueKind != JsonValueKind.Number || !item.TryGetInt64(out long number) || number < 0 || number > greatest)
            {
                Fail(file, $"{what} must be whole numbers from 0 to {greatest}.", DataThrow.Again);
                return [];
            }
            numbers.Add(number);
        }
        return [.. numbers];
    }

    /// <summary>The tensors cover all bytes: no overlaps, no holes, nothing after the last.</summary>
    static void CheckCover(List<SafetensorsEntry> entries, long dataLength, string file)
    {
        long end = 0;
        foreach (SafetensorsEntry entry in entries.OrderBy(entry => entry.Begin).ThenBy(entry => entry.End))
        {
            if (entry.Begin != end)
                Fail(file, FormattableString.Invariant($"{Quote(entry.Name)} begins at byte {entry.Begin} of the data, {(entry.Begin < end ? "inside of" : "after a hole behind")} what ends at {end}."), DataThrow.Again);
            end = entry.End;
        }
        if (end != dataLength) Fail(file, FormattableString.Invariant($"the tensors need {end} bytes, but the file has {dataLength} after the header."),
            dataLength < end ? FormattableString.Invariant($"Download or write the file again: the last {end - dataLength} bytes are missing.") : DataThrow.Again);
    }

    static void Fail(string file, string rule, string hint) => DataThrow.At(file, false, DataStart, rule, hint);

    static string Quote(string text) => $"\"{(text.Length > QuoteLimit ? text[..QuoteLimit] + "…" : text)}\"";
}
