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
        Assert.That(() => new Lbfgs([x], history: 0), Throws.TypeOf<ArgumentOutOfRangeException>().With.Message.StartsWith("Lbfgs: history must be 1 or more, but it is 0. (Parameter 'history')\nActual value was 0."));
    }
}
