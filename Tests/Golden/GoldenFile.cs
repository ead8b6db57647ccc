using System.Runtime.InteropServices;
using System.Text.Json;

namespace Autograd.GoldenDriver;

/// <summary>One golden file: what its rows have in common, and the rows.</summary>
sealed class GoldenFile : IDisposable
{
    readonly JsonDocument _document;

    public readonly IReadOnlyList<GoldenRow> Rows;

    GoldenFile(JsonDocument document)
    {
        _document = document;
        JsonElement root = document.RootElement;
        if (Text(root, "format") is var format && format != "golden-1") throw new FormatException($"the format is {format}, not golden-1");
        (string family, string kind) = (Text(root, "family"), Text(root, "kind"));
        if (!root.TryGetProperty("cases", out JsonElement cases) || cases.ValueKind != JsonValueKind.Array) throw new FormatException("no array named cases");
        Rows = [.. cases.EnumerateArray().Select(row => new GoldenRow(family, kind, Text(row, "op"), Text(row, "id"), row))];
    }

    /// <summary>Reads and checks a file.</summary>
    public static GoldenFile Read(string path)
    {
        JsonDocument document = JsonDocument.Parse(File.ReadAllBytes(path));
        try
        {
            return new(document);
        }
        catch
        {
            document.Dispose();
            throw;
        }
    }

    public void Dispose() => _document.Dispose();

    static string Text(JsonElement owner, string name) =>
        owner.ValueKind == JsonValueKind.Object && owner.TryGetProperty(name, out JsonElement value) && value.ValueKind == JsonValueKind.String
            ? value.GetString()! : throw new FormatException($"no text named {name}");
}

/// <summary>One row of a golden file.</summary>
sealed record GoldenRow(string Family, string Kind, string Op, string Id, JsonElement Json)
{
    public bool HasTag(string tag) =>
        Json.TryGetProperty("tags", out JsonElement tags) && tags.EnumerateArray().Any(t => t.GetString() == tag);

    /// <summary>The property as a list, or null where it is absent.</summary>
    public JsonElement[]? List(string name) => Json.List(name);
}

/// <summary>A tensor of a golden file, whatever its type, as doubles in row-major order.</summary>
sealed record GoldenTensor(string Type, int[] Shape, double[] Data)
{
    public static GoldenTensor? OrNull(JsonElement json) => json.ValueKind == JsonValueKind.Null ? null : Of(json);

    public static GoldenTensor Of(JsonElement json)
    {
        string type = json.GetProperty("dtype").GetString()!;
        int[] shape = [.. json.GetProperty("shape").EnumerateArray().Select(size => size.GetInt32())];
        double[] data = json.TryGetProperty("data", out JsonElement numbers)
            ? [.. numbers.EnumerateArray().Select(GoldenJson.Number)]
            : Decode(type, json.GetProperty("b64").GetBytesFromBase64());
        int count = shape.Aggregate(1, (product, size) => product * size);
        return data.Length == count ? new(type, shape, data) : throw new FormatException($"{data.Length} numbers for the shape [{string.Join(", ", shape)}]");
    }

    /// <summary>The library's tensor of these numbers, in the given precision if they are floating-point.</summary>
    public Tensor ToTensor(DType floating) => Type switch
    {
        "int64" => Make(DType.Int64),
        "bool" => Make(DType.Bool),
        _ => Make(floating),
    };

    /// <summary>The library's tensor of these numbers in one element type.</summary>
    public Tensor Make(DType dtype) => dtype switch
    {
        DType.Float32 => Tensor.From(Array.ConvertAll(Data, x => (float)x), [.. Shape]),
        DType.Float64 => Tensor.From(Data, [.. Shape]),
        DType.Int64 => Tensor.From(Array.ConvertAll(Data, x => (long)x), [.. Shape]),
        _ => Tensor.From(Array.ConvertAll(Data, x => x != 0), [.. Shape]),
    };

    static double[] Decode(string type, byte[] raw) => type switch
    {
        "float64" => MemoryMarshal.Cast<byte, double>(raw).ToArray(),
        "float32" => Array.ConvertAll(MemoryMarshal.Cast<byte, float>(raw).ToArray(), x => (double)x),
        "int64" => Array.ConvertAll(MemoryMarshal.Cast<byte, long>(raw).ToArray(), x => (double)x),
        "bool" => Array.ConvertAll(raw, x => (double)x),
        _ => throw new FormatException($"unknown dtype {type}"),
    };
}

/// <summary>Reading of values that JSON has no form of its own for.</summary>
static class GoldenJson
{
    /// <summary>A number, or one of the texts that stand for NaN and the infinities.</summary>
    public static double Number(JsonElement json) => json.ValueKind == JsonValueKind.Number ? json.GetDouble() : json.GetString() switch
    {
        "NaN" => double.NaN,
        "Infinity" or "inf" => double.PositiveInfinity,
        "-Infinity" or "-inf" => double.NegativeInfinity,
        var text => throw new FormatException($"{text} is no number"),
    };

    public static DType ElementType(string? name) => name switch
    {
        "float32" => DType.Float32,
        "float64" => DType.Float64,
        "int64" => DType.Int64,
        "bool" => DType.Bool,
        _ => throw new FormatException($"unknown dtype {name}"),
    };

    public static JsonElement[]? List(this JsonElement json, string name) =>
        json.TryGetProperty(name, out JsonElement list) && list.ValueKind == JsonValueKind.Array ? [.. list.EnumerateArray()] : null;

    /// <summary>The elements of a tensor, whatever its type, as doubles in row-major order.</summary>
    public static double[] Numbers(this Tensor tensor) => tensor.DType switch
    {
        DType.Float32 => Array.ConvertAll(tensor.ToArray<float>(), x => (double)x),
        DType.Float64 => tensor.ToArray<double>(),
        DType.Int64 => Array.ConvertAll(tensor.ToArray<long>(), x => (double)x),
        _ => Array.ConvertAll(tensor.ToArray<bool>(), x => x ? 1.0 : 0.0),
    };
}
