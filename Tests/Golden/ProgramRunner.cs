using System.Text.Json;

namespace Autograd.GoldenDriver;

/// <summary>Runs a program: a list of calls whose arguments are numbers of earlier values.</summary>
static class ProgramRunner
{
    /// <summary>The wanted values of a program over the given inputs, which are the values 0, 1, ….</summary>
    public static Tensor[] Run(JsonElement program, JsonElement outputs, IEnumerable<Tensor> inputs)
    {
        List<Tensor> values = [.. inputs];
        foreach (JsonElement instruction in program.EnumerateArray()) values.Add(Step(instruction, values));
        return [.. outputs.EnumerateArray().Select(i => values[i.GetInt32()])];
    }

    static Tensor Step(JsonElement instruction, List<Tensor> values)
    {
        string op = instruction.GetProperty("op").GetString()!;
        Tensor[] inputs = [.. instruction.GetProperty("args").EnumerateArray().Select(i => values[i.GetInt32()])];
        if (op == "detach") return inputs[0].Detach();
        if (op == "identity") return inputs[0];
        Tensor[] results = OpTable.Call(op, inputs, instruction.TryGetProperty("attrs", out JsonElement attributes) ? attributes : default);
        return results[instruction.TryGetProperty("take", out JsonElement take) && take.ValueKind == JsonValueKind.Number ? take.GetInt32() : 0];
    }
}
