using System.Text.Json;
using Autograd.Nn;

namespace Autograd.GoldenDriver;

/// <summary>Runs an optimizer on listed gradients and compares the parameters after every step.</summary>
sealed class OptimizerRunner : IRowRunner
{
    public void Run(GoldenRow row, GoldenOptions options, Comparison comparison)
    {
        Tolerance tolerance = Tolerance.Of(row.Json.GetProperty("tol"));
        Dictionary<string, Tensor> parameters = [];
        foreach (JsonProperty start in row.Json.GetProperty("init").EnumerateObject())
        {
            parameters[start.Name] = GoldenTensor.Of(start.Value).Make(DType.Float64);
            parameters[start.Name].RequiresGrad = true;
        }
        Optimizer optimizer = Create(row, parameters);
        int number = 0;
        foreach (JsonElement step in row.List("steps") ?? [])
        {
            number++;
            if (step.TryGetProperty("lr", out JsonElement rate)) SetRates(optimizer, rate);
            optimizer.ZeroGrad();
            foreach (JsonProperty gradient in step.GetProperty("grads").EnumerateObject())
            {
                if (GoldenTensor.OrNull(gradient.Value) is { } value) parameters[gradient.Name].Grad = value.Make(DType.Float64);
            }
            optimizer.Step();
            foreach (JsonProperty expected in step.GetProperty("params").EnumerateObject())
                comparison.Compare($"{expected.Name} after step {number}", parameters[expected.Name].Detach(), GoldenTensor.Of(expected.Value), tolerance);
        }
    }

    static void SetRates(Optimizer optimizer, JsonElement rate)
    {
        if (rate.ValueKind == JsonValueKind.Number) optimizer.LearningRate = rate.GetDouble();
        else
        {
            for (int i = 0; i < optimizer.Groups.Count; i++) optimizer.Groups[i].LearningRate = rate[i].GetDouble();
        }
    }

    /// <summary>The optimizer of a row: rate, decay and momentum are those of each group, everything else that of the first.</summary>
    static Optimizer Create(GoldenRow row, Dictionary<string, Tensor> parameters)
    {
        List<ParameterGroup> groups = [];
        List<Arguments> settings = [];
        foreach (JsonElement group in row.List("groups") ?? [])
        {
            Arguments hyper = new([], group.GetProperty("hyper"));
            settings.Add(hyper);
            groups.Add(new([.. group.GetProperty("params").EnumerateArray().Select(name => parameters[name.GetString()!])])
            {
                LearningRate = hyper.OptionalDouble("lr"), WeightDecay = hyper.OptionalDouble("weight_decay"), Momentum = hyper.OptionalDouble("momentum"),
                Maximize = hyper.Bool("maximize"),
            });
        }
        Optimizer optimizer = Create(row.Json.GetProperty("optimizer").GetString()!, groups, settings[0]);
        settings[0].CheckAllRead();
        return optimizer;
    }

    static Optimizer Create(string name, List<ParameterGroup> groups, Arguments hyper)
    {
        double beta1 = hyper.OptionalPair("betas")?.First ?? 0.9, beta2 = hyper.OptionalPair("betas")?.Second ?? 0.999, epsilon = hyper.Double("eps", 1e-8);
        return name switch
        {
            "SGD" => new Sgd(groups, hyper.Double("lr", 1e-3), dampening: hyper.Double("dampening", 0), nesterov: hyper.Bool("nesterov")),
            "Adam" => new Adam(groups, 1e-3, beta1, beta2, epsilon, amsgrad: hyper.Bool("amsgrad")),
            "AdamW" => new AdamW(groups, 1e-3, beta1, beta2, epsilon, amsgrad: hyper.Bool("amsgrad")),
            "RMSprop" => new RmsProp(groups, 1e-2, hyper.Double("alpha", 0.99), epsilon, centered: hyper.Bool("centered")),
            "Adagrad" => new Adagrad(groups, 1e-2, hyper.Double("lr_decay", 0), 0, hyper.Double("initial_accumulator_value", 0), hyper.Double("eps", 1e-10)),
            "Adadelta" => new Adadelta(groups, 1, hyper.Double("rho", 0.9), hyper.Double("eps", 1e-6)),
            // The files are from PyTorch 1.13.
            "NAdam" => new NAdam(groups, 2e-3, beta1, beta2, epsilon, momentumDecay: hyper.Double("momentum_decay", 4e-3), countTwice: true),
            "RAdam" => new RAdam(groups, 1e-3, beta1, beta2, epsilon),
            "Adamax" => new Adamax(groups, 2e-3, beta1, beta2, epsilon),
            "Rprop" => new Rprop(
                groups, 1e-2, hyper.OptionalPair("etas")?.First ?? 0.5, hyper.OptionalPair("etas")?.Second ?? 1.2,
                hyper.OptionalPair("step_sizes")?.First ?? 1e-6, hyper.OptionalPair("step_sizes")?.Second ?? 50),
            "Lion" => new Lion(groups, 1e-4, beta1, hyper.OptionalPair("betas")?.Second ?? 0.99),
            _ => throw new NotOfferedException(name),
        };
    }
}
