namespace Autograd.Tests.Docs;

/// <summary>Derivatives at given points, as the tests of docs/conventions.md assert them.</summary>
static class Slope
{
    public const double Inf = double.PositiveInfinity, NaN = double.NaN;

    public static Tensor Leaf(double[] values, Shape? shape = null)
    {
        Tensor x = Tensor.From(values, shape ?? [values.Length]);
        x.RequiresGrad = true;
        return x;
    }

    /// <summary>Asserts the gradient of Σ f(x), by the fused and by the recorded backward, and returns f(x).</summary>
    public static Tensor Slopes(Func<Tensor, Tensor> f, double[] at, double[] slopes, double tolerance = 0)
    {
        Tensor x = Leaf(at);
        Tensor y = f(x);
        y.Backward(Tensor.OnesLike(y), retainGraph: true);
        Assert.That(x.Grad!.ToArray<double>(), Is.EqualTo(slopes).Within(tolerance), "fused");
        Assert.That(Tape.Gradients(y, [x], Tensor.OnesLike(y), createGraph: true)[0]!.ToArray<double>(), Is.EqualTo(slopes).Within(tolerance), "recorded");
        return y;
    }

    public static (double[] A, double[] B) Pair(Func<Tensor, Tensor, Tensor> f, double[] atA, double[] atB)
    {
        Tensor a = Leaf(atA), b = Leaf(atB);
        Tensor y = f(a, b);
        y.Backward(Tensor.OnesLike(y));
        return (a.Grad!.ToArray<double>(), b.Grad!.ToArray<double>());
    }
}
