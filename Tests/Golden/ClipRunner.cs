using System.Text.Json;
using Autograd.Nn;

namespace Autograd.GoldenDriver;

/// <summary>Clips listed gradients and compares what remains of them, and their norm.</summary>
sealed class ClipRunner : IRowRunner
{
    public void Run(GoldenRow row, GoldenOptions options, Comparison comparison)
    {
        Tolerance tolerance = Tolerance.Of(row.Json.GetProperty("tol"));
        Tensor[] parameters = [.. (row.List("grads") ?? []).Select(WithGradient)];
        Arguments a = new([], row.Json.GetProperty("attrs"));
        if (row.Op == "clip_grad_value") ClipGradients.ByValue(parameters, a.Double("clip_value"));
        else if (row.Op == "clip_grad_norm")
        {
            double norm = ClipGradients.ByNorm(parameters, a.Double("max_norm"), a.Double("norm_type", 2));
            comparison.Compare("norm", Tensor.From([norm]), new("float64", [1], [GoldenJson.Number(row.Json.GetProperty("total_norm"))]), tolerance);
        }
        else throw new NotOfferedException(row.Op);
        a.CheckAllRead();
        JsonElement[] clipped = row.List("clipped") ?? [];
        for (int i = 0; i < parameters.Length; i++) comparison.CompareGradient($"gradient {i}", parameters[i].Grad, GoldenTensor.OrNull(clipped[i]), tolerance);
    }

    static Tensor WithGradient(JsonElement json)
    {
        GoldenTensor? gradient = GoldenTensor.OrNull(json);
        Tensor parameter = Tensor.Zeros([.. gradient?.Shape ?? [1]], DType.Float64);
        parameter.RequiresGrad = true;
        parameter.Grad = gradient?.Make(DType.Float64);
        return parameter;
    }
}
