using System.Text.Json;
using Autograd.Nn;

namespace Autograd.GoldenDriver;

/// <summary>Runs a whole model: one forward and backward pass, then training on the same batch.</summary>
sealed class ModelRunner : IRowRunner
{
    public void Run(GoldenRow row, GoldenOptions options, Comparison comparison)
    {
        Tolerance tolerance = Tolerance.Of(row.Json.GetProperty("tol"));
        Tensor input = GoldenTensor.Of(row.Json.GetProperty("input")).ToTensor(DType.Float64);
        Tensor target = row.Json.TryGetProperty("target", out JsonElement json) && GoldenTensor.OrNull(json) is { } given ? given.ToTensor(DType.Float64) : input;
        GoldenModel model = Make(row);
        Tensor output = model.Forward(input), loss = model.Loss(output, target);
        comparison.Compare("output", output.Detach(), GoldenTensor.Of(row.Json.GetProperty("output")), tolerance);
        Compare("loss", [loss.Detach().Item()], [row.Json.GetProperty("loss")], tolerance, comparison);
        loss.Backward();
        Dictionary<string, Tensor> parameters = State(model.NamedParameters());
        foreach (JsonElement gradient in row.List("grads") ?? [])
            comparison.CompareGradient($"gradient of {NameOf(gradient)}", parameters[NameOf(gradient)].Grad, GoldenTensor.Of(gradient), tolerance);
        Compare("buffer", State(model.NamedBuffers()), row.List("buffers_after_forward"), tolerance, comparison);
        Train(row, input, target, comparison);
    }

    static void Train(GoldenRow row, Tensor input, Tensor target, Comparison comparison)
    {
        Tolerance tolerance = Tolerance.Of(row.Json.GetProperty("tol_training"));
        JsonElement training = row.Json.GetProperty("training");
        if (training.GetProperty("optimizer").GetString() is var name and not "SGD") throw new NotOfferedException($"training by {name}");
        GoldenModel model = Make(row);
        Sgd optimizer = new(model.Parameters, training.GetProperty("lr").GetDouble(), training.GetProperty("momentum").GetDouble());
        List<double> losses = [];
        for (int step = 0; step <= training.GetProperty("steps").GetInt32(); step++)
        {
            // Without a step after it, the last forward pass must not change running statistics.
            bool last = step == training.GetProperty("steps").GetInt32();
            (string, double[])[] before = last ? [.. model.NamedBuffers().Select(buffer => (buffer.Name, buffer.Value.Numbers()))] : [];
            Tensor loss = model.Loss(model.Forward(input), target);
            losses.Add(loss.Detach().Item());
            if (last)
            {
                Restore(model, before);
                break;
            }
            optimizer.ZeroGrad();
            loss.Backward();
            optimizer.Step();
        }
        Compare("losses", losses, training.List("losses")!, tolerance, comparison);
        Compare("final", State(model.NamedParameters()), training.List("final_params"), tolerance, comparison);
        Compare("final", State(model.NamedBuffers()), training.List("final_buffers"), tolerance, comparison);
        if (!training.TryGetProperty("eval_output", out JsonElement expected)) return;
        model.Eval();
        Tensor output = model.Forward(input).Detach();
        comparison.Compare("output in evaluation", output, GoldenTensor.Of(expected), tolerance);
        Compare("loss in evaluation", [model.Loss(output, target).Item()], [training.GetProperty("eval_loss")], tolerance, comparison);
    }

    static void Restore(GoldenModel model, (string Name, double[] Values)[] before)
    {
        Dictionary<string, Tensor> buffers = model.NamedBuffers().ToDictionary(buffer => buffer.Name, buffer => buffer.Value);
        foreach ((string name, double[] values) in before) buffers[name].CopyFrom(Tensor.From(values, buffers[name].Shape).Cast(buffers[name].DType));
    }

    static void Compare(string name, IReadOnlyList<double> actual, JsonElement[] expected, Tolerance tolerance, Comparison comparison) =>
        comparison.Compare(name, Tensor.From([.. actual]), new("float64", [expected.Length], [.. expected.Select(GoldenJson.Number)]), tolerance);

    static void Compare(string name, Dictionary<string, Tensor> actual, JsonElement[]? expected, Tolerance tolerance, Comparison comparison)
    {
        foreach (JsonElement right in expected ?? []) comparison.Compare($"{name} {NameOf(right)}", actual[NameOf(right)].Detach(), GoldenTensor.Of(right), tolerance);
    }

    /// <summary>A new model with the parameters and buffers of the row.</summary>
    static GoldenModel Make(GoldenRow row)
    {
        JsonElement[] parameters = row.List("params") ?? [], buffers = row.List("buffers") ?? [];
        Arguments config = new([], row.Json.GetProperty("config"));
        GoldenModel model = GoldenModels.Create(row.Json.GetProperty("model").GetString()!, config, [.. parameters.Select(NameOf)], [.. parameters.Select(ShapeOf)]);
        config.CheckAllRead();
        Load(State(model.NamedParameters()), parameters);
        // The files leave out how many batches running statistics have seen.
        Load(State(model.NamedBuffers().Where(buffer => buffer.Value.DType.IsFloating())), buffers);
        return model;
    }

    static void Load(Dictionary<string, Tensor> state, JsonElement[] values)
    {
        string[] names = [.. values.Select(NameOf)], missing = [.. state.Keys.Except(names)], unknown = [.. names.Except(state.Keys)];
        if (missing.Length + unknown.Length > 0) throw new FormatException($"missing: {string.Join(", ", missing)}; unknown: {string.Join(", ", unknown)}");
        using RecordingSwitch _ = Tape.NoGrad();
        foreach (JsonElement value in values) state[NameOf(value)].CopyFrom(GoldenTensor.Of(value).Make(DType.Float64));
    }

    static string NameOf(JsonElement tensor) => tensor.GetProperty("name").GetString()!;

    static int[] ShapeOf(JsonElement tensor) => GoldenTensor.Of(tensor).Shape;

    /// <summary>The files join what belongs to a projection with an underscore, as they do with that of the inputs.</summary>
    static Dictionary<string, Tensor> State(IEnumerable<(string Name, Tensor Value)> state) =>
        state.ToDictionary(item => item.Name.Replace("out_proj.", "out_proj_", StringComparison.Ordinal), item => item.Value);
}
