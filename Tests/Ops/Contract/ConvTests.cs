namespace Autograd.Tests.Ops;

[TestFixture]
public sealed class ConvTests
{
    static readonly Tensor Images = Tensor.Zeros([2, 4, 8, 6]);

    static string MessageOf(Action call) => Assert.Throws<ShapeException>(call)!.Message;

    [Test]
    public void Conv2d_of_a_delta_shows_the_kernel_flipped()
    {
        Tensor x = Tensor.Zeros([1, 3, 3]), w = Tensor.Arange(1, 10).Reshape(1, 1, 3, 3);
        x.AsWritableSpan<float>()[4] = 1;
        Assert.That(x.Conv2d(w, padding: 1).ToArray<float>(), Is.EqualTo(new float[] { 9, 8, 7, 6, 5, 4, 3, 2, 1 }));
    }

    [Test]
    public void ConvTranspose2d_of_a_delta_shows_the_kernel()
    {
        Tensor x = Tensor.Ones([1, 1, 1]), w = Tensor.Arange(1, 7).Reshape(1, 1, 2, 3);
        Assert.That(x.ConvTranspose2d(w).ToArray<float>(), Is.EqualTo(new float[] { 1, 2, 3, 4, 5, 6 }));
    }

    [TestCase(1, 1, 0, 1, 2, 2)]
    [TestCase(2, 3, 1, 1, 2, 0)]
    [TestCase(2, 1, 1, 3, 1, 2)]
    public void ConvTranspose2d_is_the_adjoint_of_Conv2d(int strideH, int strideW, int padding, int dilation, int extraH, int extraW)
    {
        Generator random = new(3);
        Tensor w = Tensor.Normal([4, 1, 2, 3], random, dtype: DType.Float64), y = Tensor.Normal([2, 4, 3, 4], random, dtype: DType.Float64);
        Size2 extra = (Math.Min(extraH, Math.Max(strideH, dilation) - 1), Math.Min(extraW, Math.Max(strideW, dilation) - 1));
        Tensor up = y.ConvTranspose2d(w, stride: (strideH, strideW), padding: padding, outputPadding: extra, groups: 2, dilation: dilation);
        Tensor x = Tensor.Normal(up.Shape, random, dtype: DType.Float64), down = x.Conv2d(w, stride: (strideH, strideW), padding: padding, groups: 2, dilation: dilation);
        // An output padding beyond the stride lets the convolution make more windows than there are inputs: those are left out.
        Tensor cut = down.Slice(2, 0, 3).Slice(3, 0, 4);
        Assert.That((cut * y).SumTo([]).Item(), Is.EqualTo((up * x).SumTo([]).Item()).Within(1e-12));
    }

    [Test]
    public void Conv2d_without_channels_is_its_bias() => Assert.That(
        Tensor.Zeros([1, 0, 2, 2]).Conv2d(Tensor.Zeros([2, 0, 2, 1]), Tensor.From([3f, 4])).ToArray<float>(), Is.EqualTo(new float[] { 3, 3, 4, 4 }));

    [Test]
    public void Conv2d_backward_of_no_images_is_zero()
    {
        Tensor w = Tensor.Ones([3, 2, 2, 2]), b = Tensor.Ones([3]);
        w.RequiresGrad = b.RequiresGrad = true;
        Tensor y = Tensor.Zeros([0, 2, 4, 4]).Conv2d(w, b);
        y.Backward(Tensor.ZerosLike(y));
        Assert.That(w.Grad!.ToArray<float>(), Is.All.Zero);
        Assert.That(b.Grad!.ToArray<float>(), Is.All.Zero);
    }

    [Test]
    public void Conv2d_names_the_channels_and_the_users_expressions()
    {
        Tensor images = Images, w = Tensor.Zeros([5, 3, 2, 2]);
        Assert.That(MessageOf(() => images.Conv2d(w)), Is.EqualTo(
            "Conv2d: the channels of x must equal weight.Shape[1], but images is [2, 4, 8, 6] and w is [5, 3, 2, 2] (4 ≠ 3). Give the weight the shape [5, 4, 2, 2]."));
        Assert.That(MessageOf(() => images.Conv2d(w, groups: 2)), Is.EqualTo(
            "Conv2d: the channels of x must equal weight.Shape[1]·groups, but images is [2, 4, 8, 6] and w is [5, 3, 2, 2] with groups 2 (4 ≠ 6). Did you mean images.MoveAxis(-1, -3)?"));
    }

    [Test]
    public void Conv2d_wants_whole_groups()
    {
        Tensor w = Tensor.Zeros([5, 2, 2, 2]);
        Assert.That(MessageOf(() => Images.Conv2d(w, groups: 2)), Is.EqualTo(
            "Conv2d: weight.Shape[0] must be divisible by groups, but Images is [2, 4, 8, 6] and w is [5, 2, 2, 2] and groups is 2 (5 is no multiple of 2). Use groups: 1."));
    }

    [Test]
    public void Conv2d_wants_a_kernel_that_fits()
    {
        Tensor w = Tensor.Zeros([5, 4, 3, 3]);
        Assert.That(MessageOf(() => Images.Conv2d(w, padding: (0, 1), dilation: (1, 4))), Is.EqualTo(
            "Conv2d: the kernel must fit into the padded input, but Images is [2, 4, 8, 6] and w is [5, 4, 3, 3] with padding (0, 1) and dilation (1, 4) " +
            "(width 9 > 8). Add padding or use a smaller kernel."));
    }

    [Test]
    public void Conv1d_speaks_of_lengths()
    {
        Tensor line = Tensor.Zeros([2, 4]), w = Tensor.Zeros([1, 2, 5]);
        Assert.That(MessageOf(() => line.Conv1d(w)), Is.EqualTo(
            "Conv1d: the kernel must fit into the padded input, but line is [2, 4] and w is [1, 2, 5] with padding 0 and dilation 1 " +
            "(length 5 > 4). Add padding or use a smaller kernel."));
        Assert.That(MessageOf(() => line.Conv1d(w, stride: 0)), Is.EqualTo("Conv1d: stride must be 1 or more, but it is 0. Pass 1 to take every position."));
    }

    [Test]
    public void Conv2d_checks_ranks_bias_and_settings()
    {
        Tensor w = Tensor.Zeros([5, 4, 3, 3]);
        Assert.That(MessageOf(() => Images.Conv2d(Tensor.Zeros([5]))), Is.EqualTo(
            "Conv2d: the weight must have 4 axes, [o, c / groups, kh, kw], but Tensor.Zeros([5]) is [5]. Unsqueeze adds an axis of one channel."));
        Assert.That(MessageOf(() => w.Flatten().Conv2d(w)), Is.EqualTo("Conv2d: x must be [n, c, h, w] or [c, h, w], but w.Flatten() is [180]. Reshape it to 3 axes."));
        Assert.That(MessageOf(() => Images.Conv2d(w, Tensor.Zeros([4]))), Is.EqualTo(
            "Conv2d: the bias must be [5], one number an output channel, but it is [4] and w is [5, 4, 3, 3]. Begin with Tensor.Zeros([5]), or leave it out."));
        Assert.That(MessageOf(() => Images.Conv2d(w, padding: (1, -2))), Is.EqualTo("Conv2d: padding must be 0 or more, but it is (1, -2). Pass 0 to add nothing; Slice cuts elements off."));
    }

    [Test]
    public void ConvTranspose2d_checks_output_padding_and_result()
    {
        Tensor x = Tensor.Zeros([4, 2, 2]), w = Tensor.Zeros([4, 1, 2, 2]);
        Assert.That(MessageOf(() => x.ConvTranspose2d(w, stride: 2, outputPadding: 2)), Is.EqualTo(
            "ConvTranspose2d: outputPadding must be 0 or more and less than the stride or the dilation, but it is 2 with stride 2 and dilation 1. Leave it out for the smallest result that fits."));
        Assert.That(MessageOf(() => x.ConvTranspose2d(w, padding: 2)), Is.EqualTo(
            "ConvTranspose2d: the result must have at least one element along each axis, but x is [4, 2, 2] and w is [4, 1, 2, 2] with padding 2 give -1 × -1. Use less padding."));
        Assert.That(MessageOf(() => x.ConvTranspose2d(Tensor.Zeros([3, 1, 2, 2]))), Is.EqualTo(
            "ConvTranspose2d: the channels of x must equal weight.Shape[0], but x is [4, 2, 2] and Tensor.Zeros([3, 1, 2, 2]) is [3, 1, 2, 2] (4 ≠ 3). Give the weight the shape [4, 1, 2, 2]."));
    }
}
