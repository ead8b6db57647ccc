using System.Text.Json;
using Autograd.Nn;

namespace Autograd.GoldenDriver;

/// <summary>Runs a learning rate schedule and compares the rates, and the momentum where it is scheduled too.</summary>
sealed class ScheduleRunner : IRowRunner
{
    public void Run(GoldenRow row, GoldenOptions options, Comparison comparison)
    {
        double[] initial = [.. (row.List("base_lrs") ?? []).Select(GoldenJson.Number)];
        Sgd optimizer = new(initial.Select(rate => new ParameterGroup([Leaf()]) { LearningRate = rate, Momentum = 0.9 }), 0.1);
        Arguments attributes = new([], row.Json.TryGetProperty("attrs", out JsonElement json) ? json : default);
        Action<int> step = Create(row.Json.GetProperty("scheduler").GetString()!, attributes, optimizer, row.List("metrics"));
        attributes.CheckAllRead();
        JsonElement[] rates = row.List("lrs") ?? [], momenta = row.List("momentum") ?? [];
        Tolerance tolerance = Tolerance.Of(row.Json.GetProperty("tol"));
        for (int t = 0; t < rates.Length; t++)
        {
            if (t > 0) step(t);
            Compare($"rate after step {t}", optimizer.Groups.Select(group => group.LearningRate!.Value), rates[t]);
            if (momenta.Length > 0) Compare($"momentum after step {t}", optimizer.Groups.Select(group => group.Momentum!.Value), momenta[t]);
        }

        void Compare(string name, IEnumerable<double> actual, JsonElement expected)
        {
            double[] right = [.. expected.EnumerateArray().Select(GoldenJson.Number)];
            comparison.Compare(name, Tensor.From([.. actual]), new("float64", [right.Length], right), tolerance);
        }
    }

    static Tensor Leaf()
    {
        Tensor leaf = Tensor.Zeros([1]);
        leaf.RequiresGrad = true;
        return leaf;
    }

    static Action<int> Create(string name, Arguments a, Optimizer optimizer, JsonElement[]? metrics)
    {
        if (name == "ReduceLROnPlateau")
        {
            PlateauScheduler plateau = new(
                optimizer, a.Double("factor", 0.1), a.Int("patience", 10), a.Double("threshold", 1e-4), a.Int("cooldown", 0), a.Double("min_lr", 0),
                rising: a.Text("mode", "min") == "max", absolute: a.Text("threshold_mode", "rel") == "abs", a.Double("eps", 1e-8));
            return t => plateau.Step(GoldenJson.Number(metrics![t - 1]));
        }
        Scheduler scheduler = new(optimizer, Schedules(name, a), Momentum(name, a));
        return _ => scheduler.Step();
    }

    static Schedule Schedules(string name, Arguments a) => name switch
    {
        "ConstantLR" => Schedule.Held(a.Int("total_iters", 5), a.Double("factor", 1.0 / 3)),
        "StepLR" => Schedule.Stairs(a.Int("step_size"), a.Double("gamma", 0.1)),
        "MultiStepLR" => Schedule.Milestones(a.Double("gamma", 0.1), [.. a.Ints("milestones").Select(step => (long)step)]),
        "ExponentialLR" => Schedule.Exponential(a.Double("gamma")),
        "LinearLR" => Schedule.Linear(a.Int("total_iters", 5), a.Double("start_factor", 1.0 / 3), a.Double("end_factor", 1)),
        "PolynomialLR" => Schedule.Polynomial(a.Int("total_iters", 5), a.Double("power", 1)),
        "CosineAnnealingLR" => Schedule.Cosine(a.Int("T_max"), a.Double("eta_min", 0)),
        "CosineAnnealingWarmRestarts" => Schedule.CosineRestarts(a.Int("T_0"), a.Int("T_mult", 1), a.Double("eta_min", 0)),
        "OneCycleLR" => Schedule.OneCycle(
            a.Int("total_steps"), a.Double("max_lr"), a.Double("pct_start", 0.3), a.Double("div_factor", 25), a.Double("final_div_factor", 1e4),
            a.Bool("three_phase"), a.Text("anneal_strategy", "cos") == "linear"),
        "CyclicLR" => Cyclic(a, a.Double("base_lr"), a.Double("max_lr")),
        "LambdaLR" => Schedule.Scaled(Factor(a)),
        "SequentialLR" => InTurn(Parts(a), a.Ints("milestones")),
        "ChainedScheduler" => Parts(a).Aggregate((first, second) => first.With(second)),
        _ => throw new NotOfferedException(name),
    };

    static Schedule? Momentum(string name, Arguments a) => name switch
    {
        "OneCycleLR" when a.Bool("cycle_momentum", true) => Schedule.OneCycleMomentum(
            a.Int("total_steps"), a.Double("base_momentum", 0.85), a.Double("max_momentum", 0.95), a.Double("pct_start", 0.3),
            a.Bool("three_phase"), a.Text("anneal_strategy", "cos") == "linear"),
        "CyclicLR" when a.Bool("cycle_momentum", true) => Cyclic(a, a.Double("max_momentum", 0.9), a.Double("base_momentum", 0.8)),
        _ => null,
    };

    static Schedule Cyclic(Arguments a, double from, double to)
    {
        double gamma = a.Double("gamma", 1);
        Func<long, long, double>? height = a.Text("mode", "triangular") switch
        {
            "triangular" => null,
            "triangular2" => (cycle, _) => Math.Pow(0.5, cycle),
            "exp_range" => (_, step) => Math.Pow(gamma, step),
            var mode => throw new NotOfferedException($"mode {mode}"),
        };
        return Schedule.Cyclic(from, to, a.Int("step_size_up", 2000), a.OptionalInt("step_size_down"), height);
    }

    static Func<long, double> Factor(Arguments a)
    {
        string name = a.Text("lambda");
        double warmup = a.Double("warmup"), total = a.Double("total", 0);
        return name switch
        {
            "warmup_linear" => t => t < warmup ? (t + 1) / warmup : Math.Max(0, (total - t) / (total - warmup)),
            "inverse_sqrt" => t => Math.Min(1 / Math.Sqrt(t + 1), (t + 1) * Math.Pow(warmup, -1.5)),
            _ => throw new NotOfferedException($"lambda {name}"),
        };
    }

    static Schedule[] Parts(Arguments a) => [.. a.List(a.Has("parts") ? "parts" : "schedulers").Select(part =>
    {
        Arguments attributes = new([], part[1]);
        Schedule schedule = Schedules(part[0].GetString()!, attributes);
        attributes.CheckAllRead();
        return schedule;
    })];

    static Schedule InTurn(Schedule[] parts, int[] milestones)
    {
        Schedule all = parts[^1];
        for (int i = milestones.Length - 1; i >= 0; i--) all = parts[i].Then(milestones[i] - (i > 0 ? milestones[i - 1] : 0), all);
        return all;
    }
}
