using System.Text.Json;

namespace Autograd.GoldenDriver;

/// <summary>
/// The tensors and attributes of one call. It remembers what was read: what a call was given and did not read is something
/// that the library does not offer.
/// </summary>
/// <param name="tensors">The inputs by name, in order.</param>
/// <param name="attributes">An object of attributes, or an undefined element for none.</param>
sealed class Arguments(IReadOnlyList<(string Name, Tensor Value)> tensors, JsonElement attributes)
{
    readonly HashSet<string> _read = [];

    /// <summary>An input that must be there.</summary>
    public Tensor this[string name] => Optional(name) ?? throw new FormatException($"no input named {name}");

    /// <summary>All inputs, in order.</summary>
    public Tensor[] All => [.. tensors.Select(t => this[t.Name])];

    /// <summary>An input that may be left out.</summary>
    public Tensor? Optional(string name)
    {
        _read.Add(name);
        foreach (var (found, value) in tensors)
        {
            if (found == name) return value;
        }
        return null;
    }

    public int Int(string name) => Need(name).GetInt32();

    public int Int(string name, int byDefault) => Find(name) is { } json ? json.GetInt32() : byDefault;

    public int? OptionalInt(string name) => Find(name)?.GetInt32();

    public double Double(string name) => GoldenJson.Number(Need(name));

    public double Double(string name, double byDefault) => Find(name) is { } json ? GoldenJson.Number(json) : byDefault;

    public double? OptionalDouble(string name) => Find(name) is { } json ? GoldenJson.Number(json) : null;

    public bool Bool(string name, bool byDefault = false) => Find(name)?.GetBoolean() ?? byDefault;

    public string Text(string name, string byDefault) => Find(name)?.GetString() ?? byDefault;

    public string Text(string name) => Need(name).GetString()!;

    /// <summary>A list of numbers, or one number.</summary>
    public int[] Ints(string name) => Ints(Need(name));

    /// <summary>A list of numbers, or one number, or null where the attribute is absent.</summary>
    public int[]? OptionalInts(string name) => Find(name) is { } json ? Ints(json) : null;

    /// <summary>One number, or a list of one.</summary>
    public int Length(string name, int byDefault) => OptionalLength(name) ?? byDefault;

    /// <inheritdoc cref="Length"/>
    public int? OptionalLength(string name) => OptionalInts(name) switch
    {
        null => null,
        [var length] => length,
        _ => throw new FormatException($"{name} has more than one number"),
    };

    /// <summary>Two numbers, or null where the attribute is absent.</summary>
    public (double First, double Second)? OptionalPair(string name) =>
        Find(name) is { } json ? (GoldenJson.Number(json[0]), GoldenJson.Number(json[1])) : null;

    /// <summary>Whether the attribute is there.</summary>
    public bool Has(string name) => Find(name) is not null;

    /// <summary>A number for height and width, or one for each.</summary>
    public Size2 Size(string name, int byDefault) => OptionalSize(name) ?? byDefault;

    /// <inheritdoc cref="Size"/>
    public Size2? OptionalSize(string name) => OptionalInts(name) switch
    {
        null => null,
        [var both] => both,
        [var height, var width] => new Size2(height, width),
        _ => throw new FormatException($"{name} has more than two numbers"),
    };

    /// <summary>Whether an attribute is one number rather than a list.</summary>
    public bool IsNumber(string name) => Find(name) is { ValueKind: JsonValueKind.Number };

    public JsonElement[] List(string name) => [.. Need(name).EnumerateArray()];

    /// <summary>Refuses the call if something that it was given was not read.</summary>
    public void CheckAllRead()
    {
        foreach (var (name, _) in tensors)
        {
            if (!_read.Contains(name)) throw new NotOfferedException($"input {name}");
        }
        if (attributes.ValueKind != JsonValueKind.Object) return;
        foreach (JsonProperty attribute in attributes.EnumerateObject())
        {
            if (!_read.Contains(attribute.Name) && attribute.Value.ValueKind != JsonValueKind.Null) throw new NotOfferedException($"attribute {attribute.Name}");
        }
    }

    static int[] Ints(JsonElement json) => json.ValueKind == JsonValueKind.Number ? [json.GetInt32()] : [.. json.EnumerateArray().Select(x => x.GetInt32())];

    JsonElement Need(string name) => Find(name) ?? throw new FormatException($"no attribute named {name}");

    JsonElement? Find(string name)
    {
        _read.Add(name);
        bool found = attributes.ValueKind == JsonValueKind.Object && attributes.TryGetProperty(name, out JsonElement json) && json.ValueKind != JsonValueKind.Null;
        return found ? attributes.GetProperty(name) : null;
    }
}
