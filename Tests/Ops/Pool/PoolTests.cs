namespace Autograd.Tests.Ops;

[TestFixture]
public sealed class PoolTests
{
    static string MessageOf(Action call) => Assert.Throws<ShapeException>(call)!.Message;

    static float[] GradientOf(Tensor x, Func<Tensor, Tensor> pool)
    {
        x.RequiresGrad = true;
        Tensor y = pool(x);
        y.Backward(Tensor.Arange(1, y.Count + 1, dtype: x.DType).Reshape(y.Shape.Sizes));
        return x.Grad!.ToArray<float>();
    }

    [Test]
    public void MaxPool2d_tie_gives_the_gradient_to_the_first() =>
        Assert.That(GradientOf(Tensor.Ones([1, 2, 4]), x => x.MaxPool2d(2)), Is.EqualTo(new float[] { 1, 0, 2, 0, 0, 0, 0, 0 }));

    [Test]
    public void MaxPool1d_of_NaN_is_NaN() =>
        Assert.That(Tensor.From([1f, float.NaN, 2, 3], [1, 4]).MaxPool1d(2).ToArray<float>(), Is.EqualTo(new[] { float.NaN, 3 }));

    [Test]
    public void MaxPool2d_overlapping_windows_add_at_one_element() =>
        Assert.That(GradientOf(Tensor.From([0f, 5, 0], [1, 1, 3]), x => x.MaxPool2d((1, 2), stride: 1)), Is.EqualTo(new float[] { 0, 3, 0 }));

    [TestCase(2, 2, 0, 6, 8)]
    [TestCase(2, 2, 0, 41, 67)]
    [TestCase(3, 2, 1, 9, 37)]
    public void MaxPool2d_with_relu_is_that_of_Relu_bit_for_bit(int kernel, int stride, int padding, int height, int width)
    {
        Tensor x = Tensor.Normal([2, 3, height, width], new Generator(4));
        Span<float> values = x.AsWritableSpan<float>();
        (values[0], values[1], values[width], values[8], values[12]) = (float.NaN, -1, -0f, float.PositiveInfinity, float.NegativeInfinity);
        float[] fused = GradientOf(x.Clone(), z => z.MaxPool2d(kernel, stride, padding, relu: true));
        float[] apart = GradientOf(x.Clone(), z => z.Relu().MaxPool2d(kernel, stride, padding));
        Assert.That(fused, Is.EqualTo(apart));
        Assert.That(x.MaxPool2d(kernel, stride, padding, relu: true).ToArray<float>(), Is.EqualTo(x.Relu().MaxPool2d(kernel, stride, padding).ToArray<float>()));
    }

    [Test]
    public void MaxPool_and_AvgPool_of_no_images_are_empty()
    {
        Tensor x = Tensor.Zeros([0, 3, 4, 4]);
        Assert.That(x.MaxPool2d(2).Shape, Is.EqualTo(Shape.Create([0, 3, 2, 2])));
        Assert.That(x.AvgPool2d(2).Shape, Is.EqualTo(Shape.Create([0, 3, 2, 2])));
        Assert.That(x.AdaptiveMaxPool2d(3).Shape, Is.EqualTo(Shape.Create([0, 3, 3, 3])));
        Assert.That(GradientOf(Tensor.Zeros([0, 3, 4, 4]), z => z.MaxPool2d(2)), Is.Empty);
    }

    [TestCase(false, 2)]
    [TestCase(true, 3)]
    public void AvgPool1d_ceil_mode_adds_the_last_window(bool ceilMode, int length) =>
        Assert.That(Tensor.Ones([1, 5]).AvgPool1d(2, ceilMode: ceilMode).ToArray<float>(), Is.EqualTo(Enumerable.Repeat(1f, length)));

    [Test]
    public void AvgPool2d_divides_as_told()
    {
        Tensor x = Tensor.Ones([1, 2, 2]);
        Assert.That(x.AvgPool2d(2, stride: 2, padding: 1).ToArray<float>(), Is.All.EqualTo(0.25f));
        Assert.That(x.AvgPool2d(2, stride: 2, padding: 1, countIncludePad: false).ToArray<float>(), Is.All.EqualTo(1));
        Assert.That(x.AvgPool2d(2, stride: 2, padding: 1, divisor: 8).ToArray<float>(), Is.All.EqualTo(0.125f));
    }

    [Test]
    public void AdaptiveAvgPool2d_to_nothing_has_a_zero_gradient() =>
        Assert.That(GradientOf(Tensor.Ones([1, 3, 3]), x => x.AdaptiveAvgPool2d((0, 2))), Is.All.Zero);

    [Test]
    public void Pooling_of_a_strided_view_equals_that_of_a_copy()
    {
        Tensor x = Tensor.Normal([5, 4, 3, 6], new Generator(1)).Permute(2, 1, 3, 0);
        Assert.That(x.MaxPool2d(2).ToArray<float>(), Is.EqualTo(x.Clone().MaxPool2d(2).ToArray<float>()));
        Assert.That(x.AvgPool2d(3, stride: 1).ToArray<float>(), Is.EqualTo(x.Clone().AvgPool2d(3, stride: 1).ToArray<float>()));
    }

    [Test]
    public void Pooling_explains_what_is_wrong()
    {
        Tensor x = Tensor.Zeros([2, 3, 4]);
        Assert.That(MessageOf(() => x.MaxPool2d(5)), Is.EqualTo(
            "MaxPool2d: the kernel must fit into the padded input, but the input is [2, 3, 4], the kernel 5, the padding 0 and the dilation 1. Add padding or use a smaller kernel."));
        Assert.That(MessageOf(() => x.MaxPool2d(2, padding: 2)), Is.EqualTo(
            "MaxPool2d: padding must be at most half of the kernel, but padding is 2 and kernel is 2. Use less padding, or Pad the input in front."));
        Assert.That(MessageOf(() => x.AvgPool1d(2, stride: 0)), Is.EqualTo("AvgPool1d: stride must be 1 or more, but it is 0. Pass 1 to take every position."));
        Assert.That(MessageOf(() => x.AvgPool2d(2, divisor: 0)), Is.EqualTo(
            "AvgPool2d: divisor must be 1 or more, but it is 0. Leave it out to divide by the size of the window."));
        Assert.That(MessageOf(() => x.Flatten().MaxPool1d(2)), Is.EqualTo("MaxPool1d: the input must be [n, c, l] or [c, l], but it is [24]. Unsqueeze(0) adds the axis of channels."));
        Assert.That(MessageOf(() => Tensor.Zeros([2, 0, 4]).AdaptiveAvgPool2d(1)), Is.EqualTo(
            "AdaptiveAvgPool2d: the pooled axes must not be empty, but the input is [2, 0, 4]. Leave out empty inputs."));
    }

    [Test]
    public void Pooling_of_integers_is_an_error() => Assert.That(
        Assert.Throws<DTypeException>(() => Tensor.Zeros([1, 2, 2], DType.Int64).MaxPool2d(2))!.Message,
        Is.EqualTo("MaxPool2d: the element type must be Float32 or Float64, but it is Int64. Cast the tensor first: x.Cast(DType.Float32)."));
}
