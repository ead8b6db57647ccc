using System.Text.Json;
using Autograd.Nn;

namespace Autograd.GoldenDriver;

/// <summary>Compares bounds and standard deviations of initial values, which show as the ratio to standard random numbers of the same seed.</summary>
sealed class InitRunner : IRowRunner
{
    const int Seed = 1;

    public void Run(GoldenRow row, GoldenOptions options, Comparison comparison)
    {
        JsonElement json = row.Json;
        Shape shape = Shape.Create([.. json.GetProperty("shape").EnumerateArray().Select(size => size.GetInt32())]);
        double gain = GainOf(json);
        Check("gain", gain);
        Check("xavier_uniform_bound", Bound(t => Init.XavierUniform(t, new(Seed), gain)));
        Check("xavier_normal_std", Deviation(t => Init.XavierNormal(t, new(Seed), gain)));
        Check("kaiming_uniform_bound_fan_in", Bound(t => Init.HeUniform(t, new(Seed), gain)));
        Check("kaiming_normal_std_fan_in", Deviation(t => Init.HeNormal(t, new(Seed), gain)));
        Check("kaiming_uniform_bound_fan_out", Bound(t => Init.HeUniform(t, new(Seed), gain, Fan.Outputs)));
        Check("kaiming_normal_std_fan_out", Deviation(t => Init.HeNormal(t, new(Seed), gain, Fan.Outputs)));
        Check("linear_default_bound", Bound(t => LayerWeight(t.Shape)));

        void Check(string name, double actual)
        {
            if (json.TryGetProperty(name, out JsonElement expected))
                comparison.Compare(name, Tensor.From([actual]), new("float64", [1], [expected.GetDouble()]), new(1e-10, 1e-12, true));
        }

        double Bound(Func<Tensor, Tensor> fill) => Ratio(fill(Zeros()), Init.Uniform(Zeros(), -1, 1, new(Seed)));

        double Deviation(Func<Tensor, Tensor> fill) => Ratio(fill(Zeros()), Init.Normal(Zeros(), 0, 1, new(Seed)));

        Tensor Zeros() => Tensor.Zeros(shape, DType.Float64);
    }

    /// <summary>What a layer with a weight of this shape starts with.</summary>
    static Tensor LayerWeight(Shape shape) => shape.Rank switch
    {
        2 => new Linear(shape[1], shape[0], generator: new(Seed), dtype: DType.Float64).Weight,
        3 => new Conv1d(shape[1], shape[0], shape[2], generator: new(Seed), dtype: DType.Float64).Weight,
        4 => new Conv2d(shape[1], shape[0], (shape[2], shape[3]), generator: new(Seed), dtype: DType.Float64).Weight,
        _ => throw new NotOfferedException($"a layer with a weight of {shape.Rank} axes"),
    };

    /// <summary>The factor between two tensors, or NaN if it is not the same everywhere.</summary>
    static double Ratio(Tensor values, Tensor standard)
    {
        double[] a = values.Detach().Numbers(), b = standard.Numbers();
        int greatest = Enumerable.Range(0, b.Length).MaxBy(i => Math.Abs(b[i]));
        double ratio = a[greatest] / b[greatest];
        return Enumerable.Range(0, b.Length).All(i => Math.Abs(a[i] - (ratio * b[i])) <= 1e-12 * ratio) ? ratio : double.NaN;
    }

    static double GainOf(JsonElement json) => json.GetProperty("nonlinearity").GetString() switch
    {
        "relu" => Gain.Relu,
        "tanh" => Gain.Tanh,
        "selu" => Gain.Selu,
        "leaky_relu" => Gain.LeakyRelu(json.GetProperty("a").GetDouble()),
        "linear" or "sigmoid" or "conv1d" or "conv2d" or "conv3d" => Gain.Linear,
        var name => throw new NotOfferedException($"gain of {name}"),
    };
}
