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

    [TestCase(new[] { 6, 5 })]
    [TestCase(new[] { 40, 35 })]
    [TestCase(new[] { 3, 4, 7 })]
    [TestCase(new[] { 3, 5, 9, 15 })]
    [TestCase(new[] { 4, 3, 33, 31 })]
    public void BatchNorm_with_relu_is_Relu_of_it_bit_for_bit(int[] sizes) => HasSameBits(sizes, (x, w, b) => x.BatchNorm(w, b, relu: true), (x, w, b) => x.BatchNorm(w, b).Relu());

    [TestCase(true)]
    [TestCase(false)]
    public void BatchNorm_of_many_channels_is_that_of_some_at_a_time_bit_for_bit(bool relu) => HasSameBits(
        [140, 150], (x, w, b) => x.BatchNorm(w, b, relu: relu),
        (x, w, b) => Tensor.Concat([.. Enumerable.Range(0, 15).Select(i => (10 * i)..(10 * (i + 1))).Select(at => x.Slice(1, at).BatchNorm(w.Slice(0, at), b.Slice(0, at), relu: relu))], 1));

    [TestCase(new[] { 3, 2, 2, 2 })]
    [TestCase(new[] { 3, 5, 9, 15 })]
    [TestCase(new[] { 4, 3, 16, 16 })]
    [TestCase(new[] { 3, 2, 17, 35 })]
    [TestCase(new[] { 2, 3, 66, 71 })]
    public void BatchNorm_halved_is_MaxPool2d_of_it_bit_for_bit(int[] sizes)
    {
        HasSameBits(sizes, (x, w, b) => x.BatchNorm(w, b, halve: true), (x, w, b) => x.BatchNorm(w, b).MaxPool2d(2));
        HasSameBits(sizes, (x, w, b) => x.BatchNorm(w, b, relu: true, halve: true), (x, w, b) => x.BatchNorm(w, b).Relu().MaxPool2d(2));
        HasSameBits(sizes, (x, w, _) => x.BatchNorm(w, relu: true, halve: true), (x, w, _) => x.BatchNorm(w).Relu().MaxPool2d(2));
    }

    [Test]
    public void BatchNorm_when_evaluating_rectifies_and_halves_too()
    {
        Generator random = new(seed: 4);
        Tensor x = Tensor.Normal([2, 3, 16, 18], random), mean = Tensor.Normal([3], random), variance = Tensor.Uniform([3], random, 0.5, 2);
        Tensor expected = x.BatchNorm(runningMean: mean, runningVariance: variance, training: false).Relu();
        Assert.That(x.BatchNorm(runningMean: mean, runningVariance: variance, training: false, relu: true).ToArray<float>(), Is.EqualTo(expected.ToArray<float>()));
        Tensor pooled = x.BatchNorm(runningMean: mean, runningVariance: variance, training: false, relu: true, halve: true);
        Assert.That(pooled.ToArray<float>(), Is.EqualTo(expected.MaxPool2d(2).ToArray<float>()));
    }

    [TestCase(new[] { 5, 37 })]
    [TestCase(new[] { 3, 37, 5 })]
    [TestCase(new[] { 40, 6, 16, 19 })]
    public void BatchNorm_when_evaluating_is_its_formula(int[] sizes)
    {
        Generator random = new(seed: 5);
        Shape channels = [sizes[1]], column = [sizes[1], .. Enumerable.Repeat(1, sizes.Length - 2)];
        Tensor x = Tensor.Normal(Shape.Create(sizes), random), w = Tensor.Normal(channels, random), b = Tensor.Normal(channels, random);
        Tensor mean = Tensor.Normal(channels, random), variance = Tensor.Uniform(channels, random, 0.5, 2), scale = (variance + 1e-5).Pow(-0.5);
        Tensor plain = (x - mean.Reshape(column.Sizes)) * scale.Reshape(column.Sizes), scaled = (x - mean.Reshape(column.Sizes)) * (w * scale).Reshape(column.Sizes);
        Assert.That(x.BatchNorm(null, null, mean, variance, training: false).ToArray<float>(), Is.EqualTo(plain.ToArray<float>()));
        Assert.That(x.BatchNorm(w, b, mean, variance, training: false).ToArray<float>(), Is.EqualTo((scaled + b.Reshape(column.Sizes)).ToArray<float>()));
    }

    /// <summary>Values, gradients of fresh and of begun buffers, and those by recorded ops, the last to rounding.</summary>
    static void HasSameBits(int[] sizes, Func<Tensor, Tensor, Tensor, Tensor> one, Func<Tensor, Tensor, Tensor, Tensor> other)
    {
        foreach (DType dtype in new[] { DType.Float32, DType.Float64 })
        {
            Tensor[] here = Results(one, dtype, create: false), there = Results(other, dtype, create: false);
            for (int i = 0; i < here.Length; i++) Assert.That(Numbers(here[i]), Is.EqualTo(Numbers(there[i])), $"{dtype} {i}");
            Tensor[] recorded = Results(one, dtype, create: true);
            for (int i = 0; i < here.Length; i++) Assert.That(Numbers(recorded[i]), Is.EqualTo(Numbers(there[i])).Within(dtype == DType.Float32 ? 1e-3 : 1e-11), $"recorded {dtype} {i}");
        }

        Tensor[] Results(Func<Tensor, Tensor, Tensor, Tensor> function, DType dtype, bool create)
        {
            Generator random = new(seed: 9);
            Tensor x = Tensor.Normal(Shape.Create(sizes), random, dtype: dtype), w = Tensor.Normal([sizes[1]], random, dtype: dtype), b = Tensor.Normal([sizes[1]], random, dtype: dtype);
            x.RequiresGrad = w.RequiresGrad = b.RequiresGrad = true;
            Tensor y = function(x, w, b), dy = Tensor.Normal(y.Shape, random, dtype: dtype);
            // x reaches the sum by another way too, so that its gradient is begun already in one of two cases.
            return [y, .. Of(y, dy), .. Of((function(x, w, b) * dy).Sum() + (x * x).Sum(), Tensor.Scalar(1, dtype))];

            Tensor[] Of(Tensor of, Tensor upstream) => [.. Tape.Gradients(of, [x, w, b], upstream, createGraph: create, allowUnused: true).OfType<Tensor>()];
        }

        static double[] Numbers(Tensor x) => x.Cast(DType.Float64).ToArray<double>();
    }

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
