using System.Text.Json;

namespace Autograd.GoldenDriver;

/// <summary>One op of the golden files in terms of the library.</summary>
/// <param name="Name">Its name in the files.</param>
/// <param name="Inputs">The names of its inputs in order, for calls that give them by position; empty for x0, x1, ….</param>
/// <param name="Call">The call.</param>
sealed record OpEntry(string Name, string[] Inputs, Func<Arguments, Tensor[]> Call);

/// <summary>The ops of the golden files, family by family; each entry is one line.</summary>
static partial class OpTable
{
    static readonly Dictionary<string, OpEntry> Entries =
        new[] { Elementwise, Functions, Reduce, Contract, Pool, Losses, Normalisation, Move, Index, Sequences }.SelectMany(family => family).ToDictionary(entry => entry.Name);

    /// <summary>The names of all ops in the table.</summary>
    public static IEnumerable<string> Names => Entries.Keys;

    /// <summary>Applies an op to inputs given by name.</summary>
    /// <exception cref="NotOfferedException">The op, an attribute or an input is not offered.</exception>
    public static Tensor[] Call(string op, IReadOnlyList<(string Name, Tensor Value)> inputs, JsonElement attributes)
    {
        if (!Entries.TryGetValue(op, out OpEntry? entry)) throw new NotOfferedException(op);
        Arguments arguments = new(inputs, attributes);
        Tensor[] outputs = entry.Call(arguments);
        arguments.CheckAllRead();
        return outputs;
    }

    /// <summary>Applies an op to inputs given by position.</summary>
    /// <exception cref="NotOfferedException">The op or an attribute is not offered.</exception>
    public static Tensor[] Call(string op, IReadOnlyList<Tensor> inputs, JsonElement attributes)
    {
        if (!Entries.TryGetValue(op, out OpEntry? entry)) throw new NotOfferedException(op);
        (string, Tensor)[] named = [.. inputs.Select((x, i) => (entry.Inputs.Length == 0 ? $"x{i}" : entry.Inputs[i], x))];
        return Call(op, named, attributes);
    }

    static OpEntry Unary(string name, Func<Tensor, Tensor> call) => Of(name, "input", a => call(a["input"]));

    static OpEntry Unary(string name, Func<Tensor, Arguments, Tensor> call) => Of(name, "input", a => call(a["input"], a));

    static OpEntry Binary(string name, Func<Tensor, Tensor, Tensor> call) => Of(name, "input other", a => call(a["input"], a["other"]));

    static OpEntry Of(string name, string inputs, Func<Arguments, Tensor> call) => Several(name, inputs, a => [call(a)]);

    static OpEntry Several(string name, string inputs, Func<Arguments, Tensor[]> call) =>
        new(name, inputs.Split(' ', StringSplitOptions.RemoveEmptyEntries), call);
}
