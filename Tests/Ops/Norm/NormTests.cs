namespace Autograd.Tests;

public class NormTests
{
    [Test]
    public void BatchNorm_moves_the_running_statistics_with_the_unbiased_variance()
    {
        Tensor mean = Tensor.Zeros([1], DType.Float64), variance = Tensor.Ones([1], DType.Float64);
        Tensor.From([1.0, 3], [2, 1]).BatchNorm(runningMean: mean, runningVariance: variance);
        Assert.That(mean.Item(), Is.EqualTo(0.2).Within(1e-15));
        Assert.That(variance.Item(), Is.EqualTo(1.1).Within(1e-15));
    }

    [Test]
    public void BatchNorm_refuses_one_value_a_channel() => Assert.That(
        () => Tensor.Zeros([1, 3]).BatchNorm(),
        Throws.TypeOf<ShapeException>().With.Message.EqualTo(
            "BatchNorm: training needs more than one value a channel, but the shape is [1, 3]. Use a larger batch, or training: false."));

    [Test]
    public void GroupNorm_refuses_groups_that_do_not_divide_the_channels() => Assert.That(
        () => Tensor.Zeros([2, 4, 3]).GroupNorm(3),
        Throws.TypeOf<ShapeException>().With.Message.EqualTo("GroupNorm: groups must divide the channels, but 3 does not divide the 4 of [2, 4, 3]. Use groups: 2."));

    [TestCase(2, 16)]
    [TestCase(3, 21)]
    [TestCase(1, 70)]
    [TestCase(4, 1031)]
    public void GroupNorm_of_long_channels_is_LayerNorm_with_the_parameters_repeated(int channels, int inner)
    {
        const int Samples = 5, Groups = 2;
        foreach (DType dtype in new[] { DType.Float32, DType.Float64 })
        {
            Generator random = new(seed: 3);
            Tensor x = Leaf([Samples, Groups * channels, inner], 2), w = Leaf([Groups * channels], 1), b = Leaf([Groups * channels], 0);
            Tensor dy = Tensor.Normal(x.Shape, random, dtype: dtype), before = Tensor.Normal(w.Shape, random, dtype: dtype);
            Tensor[] one = Gradients(() => x.GroupNorm(Groups, w, b)), other = Gradients(() =>
                ((x.Reshape(Samples, Groups, channels, inner).LayerNorm(axes: 2).Reshape(Samples, Groups * channels, inner) * w.Unsqueeze(1)) + b.Unsqueeze(1)));
            foreach ((Tensor here, Tensor there) in one.Zip(other))
            {
                double allowed = (dtype == DType.Float32 ? 2e-5 : 4e-14) * Math.Sqrt(Samples * inner);
                Assert.That((here - there).Abs().Max().Item(), Is.LessThan(allowed));
            }

            Tensor Leaf(Shape shape, double mean)
            {
                Tensor leaf = Tensor.Normal(shape, random, mean, dtype: dtype);
                leaf.RequiresGrad = true;
                return leaf;
            }

            Tensor[] Gradients(Func<Tensor> f)
            {
                foreach (Tensor leaf in new[] { x, w, b }) leaf.Grad = null;
                // Two terms: the second one adds to gradients that are there.
                ((f() * dy).Sum() + (w * before).Sum() + (f() * dy).Sum()).Backward();
                return [f().Detach(), x.Grad!, w.Grad!, b.Grad!];
            }
        }
    }

    [Test]
    public void LayerNorm_of_equal_values_is_the_bias()
    {
        Tensor y = Tensor.Full([2, 3], 5, DType.Float64).LayerNorm(Tensor.From([1.0, 2, 3]), Tensor.From([4.0, 5, 6]));
        Assert.That(y.ToArray<double>(), Is.EqualTo(new double[] { 4, 5, 6, 4, 5, 6 }));
    }

    [Test]
    public void LayerNorm_names_a_wrong_parameter() => Assert.That(
        () => Tensor.Zeros([2, 3]).LayerNorm(Tensor.Ones([2])),
        Throws.TypeOf<ShapeException>().With.Message.EqualTo("LayerNorm: weight must be [3], as the normalized tensor has it, but it is [2]. Begin with Tensor.Ones([3]), or leave it out."));

    [Test]
    public void LayerNorm_far_from_zero_keeps_its_accuracy()
    {
        Tensor x = Tensor.From([10000f, 10001f, 10002f, 10003f], [1, 4]);
        float[] y = x.LayerNorm().ToArray<float>();
        Assert.That(y, Is.EqualTo(new[] { -1.3416f, -0.4472f, 0.4472f, 1.3416f }).Within(1e-4));
    }
}
