using Autograd.Nn;

namespace Autograd.Tests.Nn.Optim;

public sealed class ClipGradientsTests
{
    static Tensor WithGradient(DType dtype, params double[] gradient)
    {
        Tensor parameter = Tensor.Zeros([gradient.Length], dtype);
        parameter.RequiresGrad = true;
        parameter.Grad = Tensor.From(gradient).Cast(dtype);
        return parameter;
    }

    static double[] Gradient(Tensor parameter) => parameter.Grad!.Cast(DType.Float64).ToArray<double>();

    [Test]
    public void ByNorm_joint_norm_is_limited([Values] bool wide)
    {
        DType dtype = wide ? DType.Float64 : DType.Float32;
        Tensor a = WithGradient(dtype, 3, 0), b = WithGradient(dtype, -4), none = Tensor.Zeros([1]);
        none.RequiresGrad = true;
        Assert.That(ClipGradients.ByNorm([a, none, b], 2), Is.EqualTo(5));
        double factor = 2 / (5 + 1e-6);
        Assert.That(Gradient(a), Is.EqualTo(new[] { 3 * factor, 0 }).Within(1e-7));
        Assert.That(Gradient(b), Is.EqualTo(new[] { -4 * factor }).Within(1e-7));
        Assert.That(none.Grad, Is.Null);
    }

    [Test]
    public void ByNorm_long_gradients_have_their_norm([Values] bool wide)
    {
        double[] values = [.. Enumerable.Range(1, 100).Select(i => (double)i)];
        Tensor a = WithGradient(wide ? DType.Float64 : DType.Float32, values);
        Assert.That(ClipGradients.ByNorm([a], 1e6), Is.EqualTo(Math.Sqrt(338350)).Within(1e-12));
        Assert.That(Gradient(a), Is.EqualTo(values));
    }

    [TestCase(double.NaN)]
    [TestCase(double.PositiveInfinity)]
    public void ByNorm_not_finite_changes_nothing(double bad)
    {
        Tensor a = WithGradient(DType.Float64, bad, 2);
        Assert.That(ClipGradients.ByNorm([a], 1), Is.EqualTo(bad));
        Assert.That(Gradient(a), Is.EqualTo(new[] { bad, 2 }));
    }

    [Test]
    public void ByValue_bounds_each_element()
    {
        Tensor a = WithGradient(DType.Float32, -3, 0.25, double.NaN, double.PositiveInfinity);
        ClipGradients.ByValue([a], 0.5);
        Assert.That(Gradient(a), Is.EqualTo(new[] { -0.5, 0.25, double.NaN, 0.5 }));
    }
}
