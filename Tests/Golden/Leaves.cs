using System.Text.Json;

namespace Autograd.GoldenDriver;

/// <summary>The inputs of a row: leaves, and the arguments that views and aliases make of them.</summary>
sealed class Leaves
{
    readonly JsonElement[] _inputs;
    readonly Tensor?[] _leaves;

    /// <summary>The arguments by name, in order.</summary>
    public readonly (string Name, Tensor Value)[] Arguments;

    /// <summary>Makes fresh leaves; those whose gradient is wanted require one.</summary>
    public Leaves(JsonElement[] inputs, DType dtype)
    {
        _inputs = inputs;
        _leaves = new Tensor?[inputs.Length];
        for (int i = 0; i < inputs.Length; i++)
        {
            if (inputs[i].TryGetProperty("alias", out _)) continue;
            Tensor leaf = GoldenTensor.Of(inputs[i]).ToTensor(dtype);
            if (inputs[i].GetProperty("grad").GetBoolean()) leaf.RequiresGrad = true;
            _leaves[i] = leaf;
        }
        Arguments = [.. inputs.Select((input, i) => (Name(i), Viewed(Source(i), input)))];
    }

    public int Count => _leaves.Length;

    public string Name(int i) => _inputs[i].GetProperty("name").GetString()!;

    /// <summary>The leaf of input i, or null if that is an alias or needs no gradient.</summary>
    public Tensor? Differentiable(int i) => _leaves[i] is { RequiresGrad: true } leaf ? leaf : null;

    Tensor Source(int i) => _leaves[i] ?? _leaves[_inputs[i].GetProperty("alias").GetInt32()]!;

    static Tensor Viewed(Tensor leaf, JsonElement input)
    {
        foreach (JsonElement step in input.List("view") ?? []) leaf = View(leaf, step);
        return leaf;
    }

    /// <summary>A view step has the attributes of the op of its name, except that a slice step is one of the slices of the op.</summary>
    static Tensor View(Tensor x, JsonElement step)
    {
        string op = step.GetProperty("op").GetString()!;
        Dictionary<string, JsonElement> attributes = step.EnumerateObject().Where(p => p.Name != "op").ToDictionary(p => p.Name, p => p.Value);
        JsonElement json = op == "slice"
            ? JsonSerializer.SerializeToElement(new Dictionary<string, object> { ["slices"] = new[] { attributes } })
            : JsonSerializer.SerializeToElement(attributes);
        try
        {
            return OpTable.Call(op, [x], json)[0];
        }
        catch (NotOfferedException)
        {
            throw new NotOfferedException($"view {op}");
        }
    }
}
