using System.Text.Json;

namespace Autograd.GoldenDriver;

/// <summary>Runs one call of an op, or a program of calls: values, gradients, and derivatives of the gradients.</summary>
sealed class CaseRunner : IRowRunner
{
    public void Run(GoldenRow row, GoldenOptions options, Comparison comparison)
    {
        Tolerance tolerance = Tolerance.Of(row.Json.GetProperty("tol"));
        FirstOrder(row, comparison, tolerance);
        if (!options.NoSecondOrder && row.Json.TryGetProperty("hvp", out JsonElement hvp) && comparison.Reason is null)
        {
            try
            {
                SecondOrder(row, hvp, comparison, tolerance);
            }
            catch (Exception error) when (error is not NotOfferedException)
            {
                comparison.Reject($"hvp: {RowRunners.FirstLine(error)}");
            }
        }
    }

    static Tensor[] Call(GoldenRow row, Leaves leaves)
    {
        if (row.Json.TryGetProperty("program", out JsonElement program))
        {
            return ProgramRunner.Run(program, row.Json.GetProperty("outputs_idx"), leaves.Arguments.Select(a => a.Value));
        }
        return OpTable.Call(row.Op, leaves.Arguments, row.Json.TryGetProperty("attrs", out JsonElement attributes) ? attributes : default);
    }

    static DType Precision(GoldenRow row) => GoldenJson.ElementType(row.Json.GetProperty("dtype").GetString());

    static void FirstOrder(GoldenRow row, Comparison comparison, Tolerance tolerance)
    {
        Leaves leaves = new(row.List("inputs") ?? [], Precision(row));
        Tensor[] outputs = Call(row, leaves);
        JsonElement[] expected = row.List("outputs") ?? [];
        if (outputs.Length != expected.Length)
        {
            comparison.Reject($"outputs: {outputs.Length}, expected {expected.Length}");
            return;
        }
        for (int k = 0; k < outputs.Length; k++)
        {
            comparison.Compare(Numbered("output", k, outputs.Length), outputs[k], GoldenTensor.Of(expected[k]), tolerance, Free(row, "outputs", k));
        }
        if (row.List("grad_outputs") is not { } upstream || row.List("grad_inputs") is not { } gradients) return;
        for (int k = 0; k < outputs.Length; k++)
        {
            if (GoldenTensor.OrNull(upstream[k]) is { } seed && outputs[k].RequiresGrad) outputs[k].Backward(seed.Make(outputs[k].DType), retainGraph: k < outputs.Length - 1);
        }
        for (int i = 0; i < leaves.Count; i++)
        {
            if (leaves.Differentiable(i) is not { } leaf) continue;
            comparison.CompareGradient($"gradient of {leaves.Name(i)}", leaf.Grad, GoldenTensor.OrNull(gradients[i]), tolerance, Free(row, "grad_inputs", i));
        }
    }

    // With gᵢ the gradients as functions of the leaves xᵢ and of the upstream gradients uₖ, and s = Σᵢ ⟨gᵢ, vᵢ⟩:
    // ∂s/∂xᵢ and ∂s/∂uₖ, by differentiating the recorded backward pass.
    static void SecondOrder(GoldenRow row, JsonElement hvp, Comparison comparison, Tolerance first)
    {
        Leaves leaves = new(row.List("inputs")!, Precision(row));
        Tensor[] outputs = Call(row, leaves);
        JsonElement[] upstream = row.List("grad_outputs")!, expectedGradients = row.List("grad_inputs")!;
        Tensor?[] seeds = [.. upstream.Select((json, k) => GoldenTensor.OrNull(json)?.Make(outputs[k].DType))];
        int[] inputs = [.. Enumerable.Range(0, leaves.Count).Where(i => leaves.Differentiable(i) is not null)];
        Tensor[] variables = [.. inputs.Select(i => leaves.Differentiable(i)!)];
        Tensor?[] gradients = new Tensor?[variables.Length];
        for (int k = 0; k < outputs.Length; k++)
        {
            if (seeds[k] is not { } seed || !outputs[k].RequiresGrad) continue;
            seed.RequiresGrad = true;
            Tensor?[] parts = Tape.Gradients(outputs[k], variables, seed, createGraph: true, allowUnused: true);
            for (int i = 0; i < parts.Length; i++) gradients[i] = gradients[i] is { } sum && parts[i] is { } part ? sum + part : gradients[i] ?? parts[i];
        }
        JsonElement[] directions = hvp.List("v")!;
        for (int i = 0; i < inputs.Length; i++)
        {
            comparison.CompareGradient(
                $"hvp recorded gradient of {leaves.Name(inputs[i])}", gradients[i], GoldenTensor.OrNull(expectedGradients[inputs[i]]), first, Free(row, "grad_inputs", inputs[i]));
        }
        for (int i = 0; i < inputs.Length; i++)
        {
            if (gradients[i] is { RequiresGrad: true } g && GoldenTensor.OrNull(directions[inputs[i]]) is { } v) g.Backward(v.Make(g.DType), retainGraph: true);
        }
        CompareSecondOrder(hvp, leaves, inputs, seeds, comparison);
    }

    /// <summary>A second derivative that is missing is zero: the gradient does not depend on that variable.</summary>
    static void CompareSecondOrder(JsonElement hvp, Leaves leaves, int[] inputs, Tensor?[] seeds, Comparison comparison)
    {
        Tolerance tolerance = Tolerance.Of(hvp.GetProperty("tol"));
        JsonElement[] expected = hvp.List("grad_inputs")!, jvp = hvp.List("jvp")!;
        foreach (int i in inputs)
        {
            Tensor leaf = leaves.Differentiable(i)!;
            if (GoldenTensor.OrNull(expected[i]) is { } right) comparison.Compare($"hvp of {leaves.Name(i)}", leaf.Grad ?? Tensor.ZerosLike(leaf), right, tolerance);
        }
        for (int k = 0; k < seeds.Length; k++)
        {
            if (seeds[k] is not { } seed || GoldenTensor.OrNull(jvp[k]) is not { } right) continue;
            comparison.Compare($"hvp {Numbered("jvp", k, seeds.Length)}", seed.Grad ?? Tensor.ZerosLike(seed), right, tolerance);
        }
    }

    static HashSet<int>? Free(GoldenRow row, string list, int index) =>
        row.Json.TryGetProperty("free", out JsonElement free) && free.List(list) is { } lists && index < lists.Length && lists[index].ValueKind == JsonValueKind.Array
            ? [.. lists[index].EnumerateArray().Select(x => x.GetInt32())] : null;

    static string Numbered(string name, int k, int count) => count == 1 ? name : $"{name} {k}";
}
