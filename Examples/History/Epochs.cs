using Autograd.Nn;

namespace Autograd.Examples.History;

/// <summary>
/// Learning as the papers of 1986 describe it: the gradient of E = ½Σ(t − y)² over all cases, one step an epoch.
/// Source: Rumelhart, Hinton and Williams, "Learning representations by back-propagating errors", 1986, equations 3 and 9.
/// </summary>
static class Epochs
{
    /// <summary>Trains until E is below a limit.</summary>
    /// <param name="model">The network.</param>
    /// <param name="optimizer">What steps its parameters.</param>
    /// <param name="x">The cases, a row each.</param>
    /// <param name="t">What the outputs should be.</param>
    /// <param name="below">The limit for E.</param>
    /// <param name="most">How many epochs are tried.</param>
    /// <returns>The number of steps after which E was below the limit, or null where it never was.</returns>
    public static int? Until(Module model, Optimizer optimizer, Tensor x, Tensor t, double below, int most)
    {
        for (int epoch = 0; epoch <= most; epoch++)
        {
            using TapeScope scope = Tape.Scope();
            Tensor error = Error(model, x, t);
            if (error.Item() < below) return epoch;
            optimizer.ZeroGrad();
            error.Backward();
            optimizer.Step();
        }
        return null;
    }

    /// <summary>E = ½Σ(t − y)², over all cases and outputs.</summary>
    public static Tensor Error(Module model, Tensor x, Tensor t) => 0.5 * (t - model.Forward(x)).Square().Sum();

    /// <summary>A network of logistic units in double precision, every weight and bias uniform in [−bound, bound).</summary>
    /// <param name="seed">Where the random numbers start.</param>
    /// <param name="bound">The bound of the weights at the start.</param>
    /// <param name="sizes">The number of units of each layer, that of the inputs first.</param>
    public static Sequential Logistic(ulong seed, double bound, params ReadOnlySpan<int> sizes)
    {
        Generator random = new(seed);
        Sequential model = new();
        for (int layer = 1; layer < sizes.Length; layer++)
        {
            Linear linear = new(sizes[layer - 1], sizes[layer], dtype: DType.Float64);
            Init.Uniform(linear.Weight, -bound, bound, random);
            Init.Uniform(linear.Bias!, -bound, bound, random);
            model.Add(linear);
            model.Add(new Sigmoid());
        }
        return model;
    }

    /// <summary>The columns that <see cref="Cells"/> fills.</summary>
    public static string[] Columns => ["stuck", "median of epochs", "quartiles", "fastest", "slowest"];

    /// <summary>How many runs are stuck, that is null, and the epochs of the others.</summary>
    public static string[] Cells(int?[] epochs)
    {
        double[] learned = Learned(epochs);
        if (learned.Length == 0) return [$"{epochs.Length}", "", "", "", ""];
        Quartiles of = Quartiles.Of(learned);
        return [$"{epochs.Length - learned.Length}", $"{of.Median:N0}", $"{of.Lower:N0} to {of.Upper:N0}", $"{learned.Min():N0}", $"{learned.Max():N0}"];
    }

    /// <summary>The median of the runs that learned.</summary>
    public static double Median(int?[] epochs) => Quartiles.Of(Learned(epochs)).Median;

    static double[] Learned(int?[] epochs) => [.. epochs.OfType<int>().Select(count => (double)count)];
}
