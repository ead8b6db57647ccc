using System.Text.Json;

namespace Autograd.GoldenDriver;

/// <summary>Runs a scalar program over a vector and differentiates it repeatedly: the derivatives up to the fourth, point by point.</summary>
sealed class HigherOrderRunner : IRowRunner
{
    public void Run(GoldenRow row, GoldenOptions options, Comparison comparison)
    {
        Tensor x = GoldenTensor.Of(row.Json.GetProperty("x")).ToTensor(DType.Float64);
        x.RequiresGrad = true;
        Tensor y = ProgramRunner.Run(row.Json.GetProperty("program"), row.Json.GetProperty("outputs_idx"), [x])[0];
        GoldenTensor[] expected = [.. row.Json.GetProperty("derivatives").EnumerateArray().Select(GoldenTensor.Of)];
        Tolerance tolerance = Tolerance.Of(row.Json.GetProperty("tol"));
        RepeatedDerivatives.Compare(x, y, options, comparison, [.. expected.Select((e, k) => new ExpectedDerivative(Name(k), e, tolerance))]);
    }

    static string Name(int order) => order switch
    {
        0 => "value",
        1 => "derivative",
        _ => $"hvp derivative {order}",
    };
}

/// <summary>Runs a function at hard arguments: value, first and second derivative, each with its own tolerance.</summary>
sealed class PrecisionRunner : IRowRunner
{
    public void Run(GoldenRow row, GoldenOptions options, Comparison comparison)
    {
        Tensor x = GoldenTensor.Of(row.Json.GetProperty("x")).ToTensor(DType.Float64);
        x.RequiresGrad = true;
        Tensor y = OpTable.Call(row.Op, [x], row.Json.TryGetProperty("attrs", out JsonElement attributes) ? attributes : default)[0];
        Tolerance[] tolerances = [.. row.Json.GetProperty("tols").EnumerateArray().Select(Tolerance.Of)];
        double?[] peers = row.Json.TryGetProperty("torch_dev", out JsonElement deviations)
            ? [.. deviations.EnumerateArray().Select(d => (double?)d.GetProperty("max_rel").GetDouble())]
            : new double?[3];
        RepeatedDerivatives.Compare(x, y, options, comparison,
        [
            new("y", GoldenTensor.Of(row.Json.GetProperty("y")), tolerances[0], peers[0]),
            new("dy", GoldenTensor.Of(row.Json.GetProperty("dy")), tolerances[1], peers[1]),
            new("hvp d2y", GoldenTensor.Of(row.Json.GetProperty("d2y")), tolerances[2], peers[2]),
        ]);
    }
}

/// <summary>One derivative of a row, how far ours may be from it, and how far PyTorch's is, where the row tells.</summary>
readonly record struct ExpectedDerivative(string Name, GoldenTensor Value, Tolerance Tolerance, double? Peer = null);

/// <summary>Derivatives of an elementwise function, one after the other: the gradient of the sum is the derivative at each point.</summary>
static class RepeatedDerivatives
{
    public static void Compare(Tensor x, Tensor y, GoldenOptions options, Comparison comparison, ExpectedDerivative[] expected)
    {
        int orders = options.NoSecondOrder ? Math.Min(expected.Length, 2) : expected.Length;
        for (int k = 0; k < orders; k++)
        {
            comparison.Compare(expected[k].Name, y, expected[k].Value, expected[k].Tolerance);
            if (expected[k].Peer is { } peer) comparison.ComparePeer(expected[k].Name, y, expected[k].Value, peer);
            if (k + 1 < orders) y = Derivative(x, y);
        }
    }

    /// <summary>The derivative of a value without history is zero.</summary>
    static Tensor Derivative(Tensor x, Tensor y) =>
        (y.RequiresGrad ? Tape.Gradients(y, [x], Tensor.OnesLike(y), createGraph: true, allowUnused: true)[0] : null) ?? Tensor.ZerosLike(x);
}
