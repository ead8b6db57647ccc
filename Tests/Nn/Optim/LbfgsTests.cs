using Autograd.Nn;

namespace Autograd.Tests.Nn.Optim;

public sealed class LbfgsTests
{
    static Tensor Leaf(DType dtype, params double[] values)
    {
        Tensor leaf = Tensor.From(values).Cast(dtype).Clone();
        leaf.RequiresGrad = true;
        return leaf;
    }

    [Test]
    public void Step_finds_the_end_of_Rosenbrocks_valley()
    {
        Tensor x = Leaf(DType.Float64, -1.2), y = Leaf(DType.Float64, 1);
        Lbfgs optimizer = new([x, y], iterations: 100);
        double first = optimizer.Step(Valley);
        Assert.That(first, Is.EqualTo(24.2).Within(1e-12));
        Assert.That(new[] { x[0], y[0] }, Is.All.EqualTo(1).Within(1e-5));

        Tensor Valley() => (((y - (x * x)).Square() * 100) + (1 - x).Square()).Sum();
    }

    // PyTorch 1.13, /usr/bin/python3: x = torch.tensor([-1.2, 1.0], dtype=torch.float64, requires_grad=True); one call of torch.optim.LBFGS([x], max_iter=steps,
    // max_eval=10000, tolerance_grad=0, tolerance_change=0, line_search_fn='strong_wolfe').step, with 100*(x[1]-x[0]**2)**2+(1-x[0])**2 for the loss, counting its calls.
    [TestCase(1, 3, -1.0245319303460325, 1.0716196202669255)]
    [TestCase(2, 4, -1.0284565745562346, 1.068187455748677)]
    [TestCase(3, 5, -1.0288795348319695, 1.0655029516848564)]
    [TestCase(5, 7, -1.0203084803940978, 1.0352769866467468)]
    [TestCase(10, 12, -0.665708457088896, 0.41398308319536115)]
    [TestCase(20, 26, 0.5136224431368484, 0.25581528103177875)]
    [TestCase(30, 39, 0.9866961395801478, 0.9724067870333176)]
    [TestCase(40, 49, 1.0000000000000029, 1.0000000000000049)]
    public void Step_goes_the_way_of_PyTorch(int steps, int evaluations, double first, double second)
    {
        Tensor x = Leaf(DType.Float64, -1.2), y = Leaf(DType.Float64, 1);
        int calls = 0;
        new Lbfgs([x, y], iterations: steps, gradientTolerance: 0, changeTolerance: 0).Step(Valley);
        // The curvature of the valley magnifies the rounding of 40 steps.
        Assert.That((x[0], y[0]), Is.EqualTo((first, second)).Within(1e-9));
        Assert.That(calls, Is.EqualTo(evaluations));

        Tensor Valley()
        {
            calls++;
            return (((y - (x * x)).Square() * 100) + (1 - x).Square()).Sum();
        }
    }

    // PyTorch 1.13 as above: x from [5, -3, 2, 1, -4], loss (torch.arange(1, 6)*(x-1)**2).sum(); the greatest of abs(x-1).
    [TestCase(1, 2, 4.375)]
    [TestCase(2, 3, 2.4457360667033674)]
    [TestCase(5, 6, 0.07813963161877391)]
    [TestCase(8, 9, 2.581253896560831e-05)]
    [TestCase(12, 13, 5.123679258645097e-13)]
    public void Step_nears_the_minimum_of_a_quadratic_as_PyTorch_does(int steps, int evaluations, double distance)
    {
        Tensor x = Leaf(DType.Float64, 5, -3, 2, 1, -4), weights = Tensor.From([1.0, 2, 3, 4, 5]);
        int calls = 0;
        new Lbfgs([x], iterations: steps, gradientTolerance: 0, changeTolerance: 0).Step(Bowl);
        Assert.That(x.ToArray<double>().Max(value => Math.Abs(value - 1)), Is.EqualTo(distance).Within(1e-12));
        Assert.That(calls, Is.EqualTo(evaluations));

        Tensor Bowl()
        {
            calls++;
            return ((x - 1).Square() * weights).Sum();
        }
    }

    // φ(t) of Moré and Thuente, "Line search algorithms with guaranteed sufficient decrease", 1994, functions 5.1 with β = 2 and 5.2 with β = 0.004, and a step into where
    // the function is no number.
    [TestCase("rational")]
    [TestCase("power")]
    [TestCase("wall")]
    public void Search_fulfils_the_strong_Wolfe_conditions_from_any_first_length(string function)
    {
        foreach (double length in new[] { 1e-3, 0.1, 1, 10, 1000 })
        {
            int calls = 0;
            LinePoint start = At(0), found = new WolfeSearch(At, start, 1e-12).Find(length);
            Assert.That(found.Value, Is.LessThanOrEqualTo(start.Value + (1e-4 * found.Length * start.Slope)), $"{length}");
            Assert.That(Math.Abs(found.Slope), Is.LessThanOrEqualTo(-0.9 * start.Slope), $"{length}");
            Assert.That(calls, Is.LessThanOrEqualTo(26), $"{length}");

            LinePoint At(double t)
            {
                calls++;
                (double value, double slope) = function switch
                {
                    "rational" => (-t / ((t * t) + 2), ((t * t) - 2) / Math.Pow((t * t) + 2, 2)),
                    "power" => (Math.Pow(t + 0.004, 5) - (2 * Math.Pow(t + 0.004, 4)), (5 * Math.Pow(t + 0.004, 4)) - (8 * Math.Pow(t + 0.004, 3))),
                    _ => t < 2 ? (-Math.Log(2 - t) - (2 * t), (1 / (2 - t)) - 2) : (double.NaN, double.NaN),
                };
                return new(t, value, slope, []);
            }
        }
    }

    [Test]
    public void Step_solves_a_quadratic_in_single_precision()
    {
        Tensor x = Leaf(DType.Float32, 5, -3, 2), scale = Tensor.From([1.0f, 10, 100]);
        Lbfgs optimizer = new([x]);
        for (int i = 0; i < 3; i++) optimizer.Step(() => ((x - 1).Square() * scale).Sum());
        Assert.That(x.ToArray<float>(), Is.All.EqualTo(1).Within(1e-4));
    }

    [Test]
    public void Step_that_finds_no_way_down_leaves_the_parameters()
    {
        Tensor x = Leaf(DType.Float64, 1);
        Lbfgs optimizer = new([x]);
        int calls = 0;
        optimizer.Step(() => (x.Sum() * 0) + x.Sum() + (100 * calls++));
        Assert.That(x[0], Is.EqualTo(1));
        Assert.That(() => new Lbfgs([]), Throws.ArgumentException);
        Assert.That(() => new Lbfgs([x], history: 0), Throws.TypeOf<ArgumentOutOfRangeException>().With.Message.StartsWith("Lbfgs: history must be 1 or more, but it is 0. Pass 1 to remember the last change alone. (Parameter 'history')\nActual value was 0."));
    }
}
