namespace Autograd.Tests;

public class LossTests
{
    [Test]
    public void Mse_refuses_shapes_that_differ()
    {
        Tensor output = Tensor.Zeros([3, 1]), wanted = Tensor.Zeros([3]);
        Assert.That(() => Loss.Mse(output, wanted), Throws.TypeOf<ShapeException>().With.Message.EqualTo(
            "Mse: prediction and target must have the same shape, but output is [3, 1] and wanted is [3]. Reshape one of them: the numbers of elements agree (3)."));
    }

    [Test]
    public void CrossEntropy_names_a_label_out_of_range()
    {
        Tensor logits = Tensor.Zeros([2, 3, 2]), labels = Tensor.From([0L, 1, 3, 2], [2, 2]);
        Assert.That(() => Loss.CrossEntropy(logits, labels), Throws.TypeOf<ShapeException>().With.Message.EqualTo(
            "CrossEntropy: labels must be in [0, 2], but the label at [1, 0] is 3. Count the classes from 0: subtract 1 from the labels."));
    }

    [Test]
    public void CrossEntropy_names_both_shapes()
    {
        Tensor scores = Tensor.Zeros([4, 3]), labels = Tensor.Zeros([3], DType.Int64);
        Assert.That(() => Loss.CrossEntropy(scores, labels), Throws.TypeOf<ShapeException>().With.Message.EqualTo(
            "CrossEntropy: labels must be [4], the shape of logits without the class axis, but scores is [4, 3] and labels is [3]. Give 4 labels, one for each prediction."));
    }

    [Test]
    public void CrossEntropy_refuses_masks_as_labels() => Assert.That(
        () => Loss.CrossEntropy(Tensor.Zeros([2, 3]), Tensor.Zeros([2], DType.Bool)),
        Throws.TypeOf<DTypeException>().With.Message.EqualTo("CrossEntropy: labels must be Int64 class numbers, but they are Bool. Cast them: labels.Cast(DType.Int64)."));

    [Test]
    public void CrossEntropy_with_every_row_ignored_is_zero()
    {
        Tensor x = Tensor.From([1.0, 2, 3, 4], [2, 2]);
        x.RequiresGrad = true;
        Tensor loss = Loss.CrossEntropy(x, Tensor.From([-100L, -100]));
        loss.Backward();
        Assert.That(loss.Item(), Is.Zero);
        Assert.That(x.Grad!.ToArray<double>(), Is.EqualTo(new double[4]));
    }

    [Test]
    public void CrossEntropy_of_far_logits_stays_exact()
    {
        Tensor x = Tensor.From([1000f, 1001f], [1, 2]);
        Assert.That(Loss.CrossEntropy(x, Tensor.From([1L])).Item(), Is.EqualTo(Math.Log(1 + Math.Exp(-1))).Within(1e-7));
    }

    [Test]
    public void CrossEntropy_of_probabilities_agrees_with_labels()
    {
        Tensor x = Tensor.Uniform([3, 4, 2], new Generator(3), -2, 2, DType.Float64), labels = Tensor.From([0L, 3, 1, 1, 2, 0], [3, 2]);
        Tensor targets = Tensor.Zeros([3, 4, 2], DType.Float64);
        Span<double> one = targets.AsWritableSpan<double>();
        for (int i = 0; i < 3; i++)
        {
            for (int j = 0; j < 2; j++) one[(i * 8) + ((int)labels[i, j] * 2) + j] = 1;
        }
        double sharp = Loss.CrossEntropy(x, labels, labelSmoothing: 0.1).Item();
        Assert.That(Loss.CrossEntropy(x, targets, labelSmoothing: 0.1).Item(), Is.EqualTo(sharp).Within(1e-14));
    }

    [Test]
    public void CrossEntropy_takes_a_strided_view()
    {
        Tensor x = Tensor.Uniform([4, 5], new Generator(4), -2, 2, DType.Float64), labels = Tensor.From([0L, 3, 1, 1, 2]);
        x.RequiresGrad = true;
        Loss.CrossEntropy(x.T, labels).Backward();
        Tensor y = x.T.Detach().Clone();
        y.RequiresGrad = true;
        Loss.CrossEntropy(y, labels).Backward();
        Assert.That(x.Grad!.ToArray<double>(), Is.EqualTo(y.Grad!.T.ToArray<double>()));
    }

    [Test]
    public void BceWithLogits_stays_finite_at_large_logits()
    {
        Tensor x = Tensor.From([-1000.0, 1000, 1000]);
        x.RequiresGrad = true;
        Tensor loss = Loss.BceWithLogits(x, Tensor.From([1.0, 1, 0]), reduction: Reduction.None);
        loss.Sum().Backward();
        Assert.That(loss.ToArray<double>(), Is.EqualTo(new double[] { 1000, 0, 1000 }));
        Assert.That(x.Grad!.ToArray<double>(), Is.EqualTo(new double[] { -1, 0, 1 }));
    }

    [Test]
    public void BceWithLogits_keeps_the_tail_in_float32() =>
        Assert.That(Loss.BceWithLogits(Tensor.From([30f]), Tensor.From([1f])).Item(), Is.EqualTo(Math.Exp(-30)).Within(1e-6 * Math.Exp(-30)));

    [Test]
    public void Bce_cuts_logarithms_off_at_minus_100() =>
        Assert.That(Loss.Bce(Tensor.From([0.0, 1]), Tensor.From([1.0, 0]), reduction: Reduction.None).ToArray<double>(), Is.EqualTo(new double[] { 100, 100 }));

    [Test]
    public void L1_at_zero_has_slope_zero()
    {
        Tensor x = Tensor.From([1.0, 2]);
        x.RequiresGrad = true;
        Loss.L1(x, Tensor.From([1.0, 5])).Backward();
        Assert.That(x.Grad!.ToArray<double>(), Is.EqualTo(new[] { 0, -0.5 }));
    }
}
