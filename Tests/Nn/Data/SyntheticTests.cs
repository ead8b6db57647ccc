using Autograd.Nn.Data;
using Autograd.Tests.Support;

namespace Autograd.Tests.Nn.Data;

public sealed class SyntheticTests
{
    static readonly Dictionary<string, Func<int, double, Generator?, DType, Dataset>> Sets = new()
    {
        ["xor"] = (n, noise, random, dtype) => Synthetic.Xor(n, noise, random, dtype),
        ["spirals"] = (n, noise, random, dtype) => Synthetic.Spirals(n, 3, noise, random, dtype),
        ["moons"] = (n, noise, random, dtype) => Synthetic.Moons(n, noise, random, dtype),
        ["circles"] = (n, noise, random, dtype) => Synthetic.Circles(n, noise, 0.5, random, dtype),
        ["sine"] = (n, noise, random, dtype) => Synthetic.Sine(n, noise, random, dtype),
    };

    [Test]
    public void Sets_have_their_shapes_and_types_and_repeat(
        [Values("xor", "spirals", "moons", "circles", "sine")] string name, [Values(0, 1, 2, 7, 100)] int count, [Values] bool noisy,
        [Values(DType.Float32, DType.Float64)] DType dtype)
    {
        Dataset Made(ulong seed) => Sets[name](count, noisy ? 0.1 : 0, noisy ? new(seed) : null, dtype);
        Dataset data = Made(1);
        Assert.That(data.Inputs.Shape.ToString(), Is.EqualTo(name == "sine" ? $"[{count}, 1]" : $"[{count}, 2]"));
        Assert.That(data.Labels.Shape.ToString(), Is.EqualTo(name == "sine" ? $"[{count}, 1]" : $"[{count}]"));
        Assert.That((data.Inputs.DType, data.Labels.DType), Is.EqualTo((dtype, name == "sine" ? dtype : DType.Int64)));
        Assert.That($"{Made(1).Inputs} {Made(1).Labels}", Is.EqualTo($"{data.Inputs} {data.Labels}"));
        if (noisy && count > 0) Assert.That($"{Made(2).Inputs} {Made(2).Labels}", Is.Not.EqualTo($"{data.Inputs} {data.Labels}"));
    }

    [Test]
    public void Xor_has_its_four_corners()
    {
        Dataset data = Synthetic.Xor();
        Assert.That(data.Inputs.ToArray<float>(), Is.EqualTo(new float[] { 0, 0, 0, 1, 1, 0, 1, 1 }));
        Assert.That(data.Labels.ToArray<long>(), Is.EqualTo(new long[] { 0, 1, 1, 0 }));
    }

    // The values that scikit-learn gives for make_moons(7, shuffle=False) and make_circles(5, shuffle=False, factor=0.5): with n // 2 examples of
    // class 0, at even angles, the ends of the half circles included and the end of the circles not.
    [Test]
    public void Moons_and_circles_are_those_of_scikit_learn()
    {
        double s = Math.Sqrt(3) / 2;
        Dataset moons = Synthetic.Moons(7, dtype: DType.Float64), circles = Synthetic.Circles(5, factor: 0.5, dtype: DType.Float64);
        Close.To(moons.Inputs, Tensor.From(new[,] { { 1.0, 0 }, { 0, 1 }, { -1, 0 }, { 0, 0.5 }, { 0.5, 0.5 - s }, { 1.5, 0.5 - s }, { 2, 0.5 } }), 1e-15);
        Assert.That(moons.Labels.ToArray<long>(), Is.EqualTo(new long[] { 0, 0, 0, 1, 1, 1, 1 }));
        Close.To(circles.Inputs, Tensor.From(new[,] { { 1.0, 0 }, { -1, 0 }, { 0.5, 0 }, { -0.25, s / 2 }, { -0.25, -s / 2 } }), 1e-15);
        Assert.That(circles.Labels.ToArray<long>(), Is.EqualTo(new long[] { 0, 0, 1, 1, 1 }));
    }

    [Test]
    public void Spirals_turn_four_radians_from_the_centre_to_radius_1()
    {
        Dataset data = Synthetic.Spirals(203, arms: 3, dtype: DType.Float64);
        double[] points = data.Inputs.ToArray<double>();
        long[] arms = data.Labels.ToArray<long>();
        Assert.That(arms.CountBy(arm => arm).OrderBy(arm => arm.Key).Select(arm => arm.Value), Is.EqualTo(new[] { 68, 68, 67 }));
        for (int i = 0; i < arms.Length; i++)
        {
            double x = points[2 * i], y = points[(2 * i) + 1], radius = double.Hypot(x, y), turned = Math.Atan2(y, x) - (2 * Math.PI * arms[i] / 3) - (4 * radius);
            Assert.That(radius, Is.InRange(0, 1));
            Assert.That(Math.Cos(turned), Is.EqualTo(1).Within(1e-12));
        }
    }

    [Test]
    public void Sine_runs_from_minus_pi_to_pi()
    {
        Dataset data = Synthetic.Sine(5, dtype: DType.Float64);
        Close.To(data.Inputs, Tensor.From([-Math.PI, -Math.PI / 2, 0, Math.PI / 2, Math.PI], [5, 1]), 1e-15);
        Close.To(data.Labels, Tensor.From([0.0, -1, 0, 1, 0], [5, 1]), 1e-15);
        Tensor noise = Synthetic.Sine(4000, 0.2, new(1), DType.Float64).Labels - Synthetic.Sine(4000, dtype: DType.Float64).Labels;
        Assert.That(noise.Mean().Item(), Is.EqualTo(0).Within(0.02));
        Assert.That(noise.Std().Item(), Is.EqualTo(0.2).Within(0.02));
    }
}
