using System.Globalization;
using System.Text.Json;
using Autograd.Nn;

namespace Autograd.Tests.Nn.Optim;

/// <summary>Runs of optimizers as PyTorch made them, in the form of the golden files.</summary>
static class OptimizerCases
{
    const string FileName = "optimizers.json";

    /// <summary>The first steps of some runs, which are part of the tests.</summary>
    public static IEnumerable<TestCaseData> Fixture()
    {
        using Stream stream = typeof(OptimizerCases).Assembly.GetManifestResourceStream(FileName)!;
        return Read(JsonDocument.Parse(stream));
    }

    /// <summary>All runs of the golden folder, where there is one above the tests.</summary>
    public static IEnumerable<TestCaseData> Golden()
    {
        for (DirectoryInfo? folder = new(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            string path = Path.Combine(folder.FullName, "shared", "golden", FileName);
            if (File.Exists(path)) return Read(JsonDocument.Parse(File.ReadAllText(path)));
        }
        return [];
    }

    public static Tensor ReadTensor(JsonElement tensor) => Tensor.From(
        [.. tensor.GetProperty("data").EnumerateArray().Select(number => number.GetDouble())],
        Shape.Create([.. tensor.GetProperty("shape").EnumerateArray().Select(size => size.GetInt32())]));

    /// <summary>The optimizer of a run.</summary>
    /// <exception cref="NotSupportedException">The library has none of the name.</exception>
    public static Optimizer Create(JsonElement run, Dictionary<string, Tensor> parameters)
    {
        JsonElement first = run.GetProperty("groups")[0].GetProperty("hyper");
        List<ParameterGroup> groups = [];
        foreach (JsonElement group in run.GetProperty("groups").EnumerateArray())
        {
            JsonElement hyper = group.GetProperty("hyper");
            groups.Add(new(group.GetProperty("params").EnumerateArray().Select(name => parameters[name.GetString()!]))
            {
                LearningRate = Number(hyper, "lr"), WeightDecay = Number(hyper, "weight_decay"), Momentum = Number(hyper, "momentum"),
            });
        }
        double beta1 = 0.9, beta2 = 0.999;
        if (first.TryGetProperty("betas", out JsonElement betas)) (beta1, beta2) = (betas[0].GetDouble(), betas[1].GetDouble());
        double rate = Number(first, "lr") ?? 1e-3;
        return run.GetProperty("optimizer").GetString() switch
        {
            "SGD" => new Sgd(groups, rate, dampening: Number(first, "dampening") ?? 0, nesterov: Flag(first, "nesterov")),
            "Adam" => new Adam(groups, rate, beta1, beta2, Number(first, "eps") ?? 1e-8, amsgrad: Flag(first, "amsgrad")),
            "AdamW" => new AdamW(groups, rate, beta1, beta2, Number(first, "eps") ?? 1e-8, amsgrad: Flag(first, "amsgrad")),
            "RMSprop" => new RmsProp(groups, rate, Number(first, "alpha") ?? 0.99, Number(first, "eps") ?? 1e-8, centered: Flag(first, "centered")),
            "Adagrad" => new Adagrad(
                groups, rate, Number(first, "lr_decay") ?? 0, 0, Number(first, "initial_accumulator_value") ?? 0, Number(first, "eps") ?? 1e-10),
            "Adadelta" => new Adadelta(groups, Number(first, "lr") ?? 1, Number(first, "rho") ?? 0.9, Number(first, "eps") ?? 1e-6),
            "NAdam" => new NAdam(groups, rate, beta1, beta2, Number(first, "eps") ?? 1e-8, momentumDecay: Number(first, "momentum_decay") ?? 4e-3, countTwice: true),
            "RAdam" => new RAdam(groups, rate, beta1, beta2, Number(first, "eps") ?? 1e-8),
            "Adamax" => new Adamax(groups, rate, beta1, beta2, Number(first, "eps") ?? 1e-8),
            "Rprop" => new Rprop(groups, rate, first.GetProperty("etas")[0].GetDouble(), first.GetProperty("etas")[1].GetDouble(), first.GetProperty("step_sizes")[0].GetDouble(), first.GetProperty("step_sizes")[1].GetDouble()),
            var name => throw new NotSupportedException($"The library has no optimizer named {name}."),
        };
    }

    static IEnumerable<TestCaseData> Read(JsonDocument document) =>
        document.RootElement.GetProperty("cases").EnumerateArray()
            .Select(run => new TestCaseData(run).SetArgDisplayNames(run.GetProperty("id").GetString()!.ToString(CultureInfo.InvariantCulture)));

    static double? Number(JsonElement hyper, string name) => hyper.TryGetProperty(name, out JsonElement value) ? value.GetDouble() : null;

    static bool Flag(JsonElement hyper, string name) => hyper.TryGetProperty(name, out JsonElement value) && value.GetBoolean();
}
