using Autograd.Nn;

namespace Autograd.Examples.History;

/// <summary>One hidden layer comes as near to a function as there are units in it.</summary>
static class ApproximationHistory
{
    public static readonly Experiment Experiment = new(
        "approximation", "one hidden layer approximates any continuous function, the better the more units it has", Report);

    const int Starts = 8, Calls = 200;

    static readonly int[] Units = [1, 2, 4, 8, 16, 32, 64];

    /// <summary>A function at some points: the points, [n, inputs], the values, [n, 1], and how steep a unit is that follows it.</summary>
    internal readonly record struct Task(Tensor X, Tensor Y, double Steepness);

    /// <summary>sin 2πx + ½ sin 5πx, from −1 to 1.</summary>
    public static Task Wave(int points)
    {
        double[] x = Grid(points);
        return new(Tensor.From(x, [points, 1]), Tensor.From([.. x.Select(v => Math.Sin(2 * Math.PI * v) + (0.5 * Math.Sin(5 * Math.PI * v)))], [points, 1]), Steepness: 6);
    }

    /// <summary>sin πx · cos πy, from −1 to 1 in both directions.</summary>
    public static Task Waves(int side)
    {
        double[] grid = Grid(side);
        (double X, double Y)[] points = [.. grid.SelectMany(x => grid.Select(y => (x, y)))];
        return new(
            Tensor.From([.. points.SelectMany(p => (double[])[p.X, p.Y])], [points.Length, 2]),
            Tensor.From([.. points.Select(p => Math.Sin(Math.PI * p.X) * Math.Cos(Math.PI * p.Y))], [points.Length, 1]), Steepness: 2);
    }

    /// <summary>Fits a network with one hidden layer of tanh units, and tells its root mean square errors at those points and at others.</summary>
    public static (double Learned, double Tested) Fit(ulong seed, int units, Task learn, Task test)
    {
        Generator random = new(seed);
        Sequential model = new(
            new Linear(learn.X.Shape[1], units, generator: random, dtype: DType.Float64), new Tanh(), new Linear(units, 1, generator: random, dtype: DType.Float64));
        // Weights of the first layer as steep as the functions are, so that the slopes lie all over the inputs.
        Init.Uniform(((Linear)model[0]).Weight, -learn.Steepness, learn.Steepness, random);
        Init.Uniform(((Linear)model[0]).Bias!, -learn.Steepness, learn.Steepness, random);

        Lbfgs optimizer = new(model.Parameters);
        for (int call = 0; call < Calls; call++) optimizer.Step(() => Epochs.Error(model, learn.X, learn.Y));
        using RecordingSwitch noGrad = Tape.NoGrad();
        return (Error(learn), Error(test));

        double Error(Task task) => Math.Sqrt(Loss.Mse(model.Forward(task.X), task.Y).Item());
    }

    static void Report(HistoryPage page)
    {
        Report(page, "sin 2πx + ½ sin 5πx on [−1, 1]: learned at 101 points, tested at 1,000", Wave(101), Wave(1000));
        Report(page, "sin πx · cos πy on [−1, 1]²: learned at 21², tested at 50² points", Waves(21), Waves(50));
    }

    static void Report(HistoryPage page, string heading, Task learn, Task test)
    {
        page.Table(heading, "hidden units", "error where it learned: median", "quartiles", "error elsewhere: median", "quartiles", "median where it learned / with half the units");
        double before = double.NaN;
        foreach (int units in Units)
        {
            (double Learned, double Tested)[] errors = Restarts.Run(Starts, seed => Fit(seed, units, learn, test));
            Quartiles learned = Quartiles.Of(errors.Select(error => error.Learned)), tested = Quartiles.Of(errors.Select(error => error.Tested));
            page.Row(
                $"{units}", $"{learned.Median:G2}", $"{learned.Lower:G2} to {learned.Upper:G2}", $"{tested.Median:G2}", $"{tested.Lower:G2} to {tested.Upper:G2}",
                double.IsNaN(before) ? "" : $"{learned.Median / before:0.00}");
            before = learned.Median;
        }
    }

    static double[] Grid(int points) => [.. Enumerable.Range(0, points).Select(i => -1 + (2.0 * i / (points - 1)))];
}
