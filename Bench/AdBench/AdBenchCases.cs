using System.Text.Json;
using Autograd.GoldenDriver;

namespace Autograd.Bench.AdBench;

/// <summary>Runs the rows of the reference files: each objective, its derivatives, and where a row has one its Hessian-vector product.</summary>
/// <param name="folder">The folder of the problems' folders.</param>
/// <param name="timed">Whether to measure the computations, too.</param>
sealed class AdBenchCases(string folder, bool timed)
{
    static readonly string[] Problems = ["gmm", "ba", "hand", "lstm"];

    HandModel? _hand;

    HandModel Hand => _hand ??= new(Path.Combine(folder, "hand", "model"));

    /// <summary>Judges the wanted rows in turn.</summary>
    /// <param name="wants">Chooses by the folder of the problem and the name of the data file.</param>
    public IEnumerable<AdBenchResult> Run(Func<string, string, bool>? wants = null)
    {
        foreach (string problem in Problems)
        {
            string reference = Path.Combine(folder, problem, "reference.json");
            if (!File.Exists(reference)) continue;
            using var document = JsonDocument.Parse(File.ReadAllBytes(reference));
            foreach (JsonElement row in document.RootElement.GetProperty("rows").EnumerateArray())
            {
                string file = row.GetProperty("file").GetString()!;
                if (wants is null || wants(problem, file)) yield return Judge(row, row.GetProperty("problem").GetString()!, file, Path.Combine(folder, problem, file));
            }
        }
    }

    AdBenchResult Judge(JsonElement row, string objective, string file, string path)
    {
        switch (objective)
        {
            case "gmm":
                var gmm = Gmm.Read(path);
                return Scalar(row, new(objective, file, gmm.Size, Tolerance(row)), gmm.Value, gmm.Parameters);
            case "lstm":
                var lstm = Lstm.Read(path);
                return Scalar(row, new(objective, file, lstm.Size, Tolerance(row)), lstm.Value, lstm.Parameters);
            case "ba": return Copies(row, BundleAdjustment.Read(path), file);
            case "ba_full": return Full(row, file);
            case "hand" or "hand_complicated": return Tracking(row, HandTracking.Read(path, Hand, complicated: objective != "hand"), objective, file);
            default: throw new FormatException($"{file}: no objective is named {objective}.");
        }
    }

    AdBenchResult Scalar(JsonElement row, AdBenchResult result, Func<Tensor> f, Tensor[] parameters)
    {
        Tensor value = f();
        result.Value("objective", value, row.GetProperty("objective"));
        Tensor[] gradient = Tape.Gradients(value, parameters)!;
        result.Derivatives("gradient", gradient, row.GetProperty("gradient"));
        if (row.TryGetProperty("hvp", out JsonElement hvp))
        {
            Tensor[] direction = [.. hvp.GetProperty("v").EnumerateObject().Select(part => GoldenTensor.Of(part.Value).Make(DType.Float64))];
            result.Derivatives("hvp", HessianTimes(direction, f, parameters), hvp.GetProperty("result"), Tolerance(hvp));
        }
        if (timed) result.Time(() => Unrecorded(f), () => Tape.Gradients(f(), parameters));
        return result;
    }

    /// <summary>The gradient of ⟨∇f, direction⟩.</summary>
    static Tensor[] HessianTimes(Tensor[] direction, Func<Tensor> f, Tensor[] parameters)
    {
        Tensor[] gradient = Tape.Gradients(f(), parameters, createGraph: true)!;
        Tensor slope = gradient.Zip(direction, (g, v) => (g * v).Sum()).Aggregate((a, b) => a + b);
        return Tape.Gradients(slope, parameters)!;
    }

    AdBenchResult Copies(JsonElement row, BundleAdjustment problem, string file)
    {
        AdBenchResult result = new("ba", file, problem.Size, Tolerance(row));
        BundleJacobian jacobian = Bundle(result, problem, row.GetProperty("half_sum_of_squares"));
        result.Value("residual", jacobian.Residuals, row.GetProperty("residual"));
        result.Value("weight residual", jacobian.WeightResiduals, row.GetProperty("weight_residual"));
        result.Derivative("Jacobian", jacobian.Blocks, row.GetProperty("jacobian_block"));
        result.Derivative("weight derivative", jacobian.OfWeights, row.GetProperty("weight_derivative"));
        return result;
    }

    AdBenchResult Full(JsonElement row, string file)
    {
        Tensor observations = Make("obs", DType.Int64);
        BundleAdjustment problem = new(
            Make("cams", DType.Float64), Make("X", DType.Float64), Make("w", DType.Float64),
            observations.Select(1, 0).Clone(), observations.Select(1, 1).Clone(), Make("feats", DType.Float64));
        AdBenchResult result = new("ba_full", file, problem.Size, Tolerance(row));
        BundleJacobian jacobian = Bundle(result, problem, row.GetProperty("half_sum_of_squares"));
        result.Value("residuals", jacobian.Residuals, row.GetProperty("residuals"));
        result.Value("weight residuals", jacobian.WeightResiduals, row.GetProperty("weight_residuals"));
        result.Derivative("Jacobian", jacobian.Blocks, row.GetProperty("jacobian_blocks"));
        result.Derivative("weight derivatives", jacobian.OfWeights, row.GetProperty("weight_derivatives"));
        result.Derivatives("gradient", problem.Gradient(), row.GetProperty("gradient"));
        result.Derivatives("Jacobian times residuals", jacobian.TimesResiduals(), row.GetProperty("gradient"));
        return result;

        Tensor Make(string name, DType dtype) => GoldenTensor.Of(row.GetProperty(name)).Make(dtype);
    }

    BundleJacobian Bundle(AdBenchResult result, BundleAdjustment problem, JsonElement halfSumOfSquares)
    {
        result.Value("half the sum of squares", problem.Objective(), halfSumOfSquares);
        if (timed) result.Time(() => Unrecorded(problem.Value), () => problem.Jacobian());
        return problem.Jacobian();
    }

    AdBenchResult Tracking(JsonElement row, HandTracking problem, string objective, string file)
    {
        AdBenchResult result = new(objective, file, problem.Size, Tolerance(row));
        result.Value("residuals", problem.Residuals(problem.Pose, problem.Places), row.GetProperty("residuals"));
        result.Derivative("Jacobian by pose", problem.PoseJacobian(), row.GetProperty("jacobian_theta"));
        if (row.TryGetProperty("jacobian_u", out JsonElement ofPlaces)) result.Derivative("Jacobian by places", problem.PlacesJacobian(), ofPlaces);
        (Tensor value, Tensor gradient) = problem.ValueAndGradient();
        result.Value("half the sum of squares", value, row.GetProperty("half_sum_of_squares"));
        result.Derivative("gradient", gradient, row.GetProperty("gradient_theta"));
        if (timed) result.Time(() => Unrecorded(() => problem.Residuals(problem.Pose, problem.Places)), () => Jacobians(problem));
        return result;
    }

    static void Jacobians(HandTracking problem)
    {
        problem.PoseJacobian();
        if (problem.Places is not null) problem.PlacesJacobian();
    }

    static void Unrecorded<T>(Func<T> f)
    {
        using RecordingSwitch off = Tape.NoGrad();
        f();
    }

    static Tolerance Tolerance(JsonElement row) => GoldenDriver.Tolerance.Of(row.GetProperty("tol"));
}
