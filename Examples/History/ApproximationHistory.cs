using Autograd.Nn;

namespace Autograd.Examples.History;

/// <summary>One hidden layer comes as near to a function as there are units in it.</summary>
static class ApproximationHistory
{
    public static readonly Experiment Experiment = new(
        "approximation", "one hidden layer approximates any continuous function, the better the more units it has", Report);

    const int Starts = 6, Calls = 400;

    static readonly int[] Units = [1, 2, 4, 8, 16, 32, 64];

    /// <summary>A function at some points: the points, [n, inputs], and the values, [n, 1].</summary>
    internal readonly record struct Task(Tensor X, Tensor Y);

    /// <summary>sin 2πx + ½ sin 5πx, from −1 to 1.</summary>
    public static Task Wave(int points)
    {
        double[] x = Grid(points);
        return new(Tensor.From(x, [points, 1]), Tensor.From([.. x.Select(v => Math.Sin(2 * Math.PI * v) + (0.5 * Math.Sin(5 * Math.PI * v)))], [points, 1]));
    }

    /// <summary>sin πx · cos πy, from −1 to 1 in both directions.</summary>
    public static Task Waves(int side)
    {
        double[] grid = Grid(side);
        (double X, double Y)[] points = [.. grid.SelectMany(x => grid.Select(y => (x, y)))];
        return new(
            Tensor.From([.. points.SelectMany(p => (double[])[p.X, p.Y])], [points.Length, 2]),
            Tensor.From([.. points.Select(p => Math.Sin(Math.PI * p.X) * Math.Cos(Math.PI * p.Y))], [points.Length, 1]));
    }

    /// <summary>Fits a network with one hidden layer of tanh units, and tells its root mean square error at the points of another task.</summary>
    public static double Fit(ulong seed, int units, Task learn, Task test)
    {
        Generator random = new(seed);
        Sequential model = new(
            new Linear(learn.X.Shape[1], units, generator: random, dtype: DType.Float64), new Tanh(), new Linear(units, 1, generator: random, dtype: DType.Float64));
        // Weights of the first layer as steep as the functions are, so that the slopes lie all over the inputs.
        Init.Uniform(((Linear)model[0]).Weight, -6, 6, random);
        Init.Uniform(((Linear)model[0]).Bias!, -6, 6, random);

        Lbfgs optimizer = new(model.Parameters, history: 20);
        for (int call = 0; call < Calls; call++) optimizer.Step(() => Loss.Mse(model.Forward(learn.X), learn.Y));
        using RecordingSwitch noGrad = Tape.NoGrad();
        return Math.Sqrt(Loss.Mse(model.Forward(test.X), test.Y).Item());
    }

    static void Report(HistoryPage page)
    {
        Report(page, "sin 2πx + ½ sin 5πx on [−1, 1]: learned at 101 points, tested at 1,000", Wave(101), Wave(1000));
        Report(page, "sin πx · cos πy on [−1, 1]²: learned at 21², tested at 50² points", Waves(21), Waves(50));
    }

    static void Report(HistoryPage page, string heading, Task learn, Task test)
    {
        page.Table(heading, "hidden units", "root mean square error: median", "lower quartile", "upper quartile", "best", "median error / that of half the units");
        double before = double.NaN;
        foreach (int units in Units)
        {
            double[] errors = Restarts.Run(Starts, seed => Fit(seed, units, learn, test));
            Quartiles of = Quartiles.Of(errors);
            page.Row($"{units}", $"{of.Median:G3}", $"{of.Lower:G3}", $"{of.Upper:G3}", $"{errors.Min():G3}", double.IsNaN(before) ? "" : $"{of.Median / before:0.00}");
            before = of.Median;
        }
    }

    static double[] Grid(int points) => [.. Enumerable.Range(0, points).Select(i => -1 + (2.0 * i / (points - 1)))];
}
