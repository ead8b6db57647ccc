using Autograd.Kernels;
using Autograd.Tests.Support;

namespace Autograd.Tests;

[NonParallelizable]
public class ReductionTests : ThreadsFixture
{
    [Test]
    public void Sum_of_no_elements_is_zero() => Assert.That(Tensor.Zeros([2, 0, 3]).Sum(1).ToArray<float>(), Is.EqualTo(new float[6]));

    [Test]
    public void Mean_of_no_elements_is_NaN() => Assert.That(Tensor.Zeros([0]).Mean().Item(), Is.NaN);

    [Test]
    public void Sum_of_a_mask_counts_in_Int64()
    {
        Tensor count = Tensor.From([true, false, true]).Sum();
        Assert.That((count.DType, count.Item()), Is.EqualTo((DType.Int64, 2.0)));
    }

    [Test]
    public void Sum_over_no_axes_is_the_tensor() =>
        Assert.That(Tensor.From([1f, 2f]).Sum([]).ToArray<float>(), Is.EqualTo(new[] { 1f, 2f }));

    [Test]
    public void Sum_is_the_same_bits_for_any_number_of_threads([Values(70_001, 300_000, 5_000_000)] int count)
    {
        Tensor x = Tensor.Uniform([count], new Generator(1), -1, 1);
        Parallelism.Threads = 1;
        float alone = x.Sum().ToArray<float>()[0];
        Parallelism.Threads = 3;
        Assert.That(x.Sum().ToArray<float>()[0], Is.EqualTo(alone));
    }

    [Test]
    public void Sum_over_axes_agrees_with_loops([Values(1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15)] int axesMask)
    {
        int[] sizes = [5, 7, 130, 9];
        Tensor x = Tensor.Uniform(Shape.Create(sizes), new Generator(2), -1, 1, DType.Float64);
        int[] axes = [.. Enumerable.Range(0, 4).Where(i => (axesMask >> i & 1) != 0)];
        Dictionary<int, double> expected = [];
        double[] values = x.ToArray<double>();
        for (int i = 0; i < values.Length; i++)
        {
            int rest = i, key = 0, step = 1;
            for (int axis = 3; axis >= 0; axis--)
            {
                if (!axes.Contains(axis))
                {
                    key += rest % sizes[axis] * step;
                    step *= sizes[axis];
                }
                rest /= sizes[axis];
            }
            expected[key] = expected.GetValueOrDefault(key) + values[i];
        }
        double[] sums = x.Sum(axes).ToArray<double>();
        Assert.That(sums, Is.EqualTo(expected.OrderBy(e => e.Key).Select(e => e.Value)).Within(1e-10));
    }

    [Test]
    public void Sum_names_an_axis_given_twice() => Assert.That(
        () => Tensor.Zeros([2, 3]).Sum([1, -1]),
        Throws.TypeOf<ShapeException>().With.Message.EqualTo("Sum: every axis may be named once, but axis -1 of shape [2, 3] is named twice. Leave one out: -1 and 1 are the same axis."));

    [Test]
    public void AMax_ties_share_the_gradient()
    {
        Tensor x = Leaf([1, 3, 3, 2]);
        x.AMax().Backward();
        Assert.That(x.Grad!.ToArray<double>(), Is.EqualTo(new[] { 0, 0.5, 0.5, 0 }));
    }

    [Test]
    public void Max_along_an_axis_gives_the_first_of_ties_the_gradient()
    {
        Tensor x = Leaf([1, 3, 3, 2]);
        (Tensor values, Tensor indices) = x.Max(0);
        values.Backward();
        Assert.That(x.Grad!.ToArray<double>(), Is.EqualTo(new double[] { 0, 1, 0, 0 }));
        Assert.That(indices.Item(), Is.EqualTo(1));
    }

    [Test]
    public void AMax_propagates_NaN() => Assert.That(Tensor.From([1, double.NaN, 2]).AMax().Item(), Is.NaN);

    [Test]
    public void ArgMax_finds_the_first_NaN([Values(0, 1)] int axis)
    {
        double[] line = [1, double.NaN, 5, double.NaN];
        Tensor x = Tensor.From(line, axis == 0 ? [4, 1] : [1, 4]).Expand(axis == 0 ? [4, 3] : [1, 4]);
        Assert.That(x.ArgMax(axis).ToArray<long>(), Is.All.EqualTo(1));
    }

    [Test]
    public void AMax_of_no_elements_is_an_error() => Assert.That(
        () => Tensor.Zeros([0, 3]).AMax(0),
        Throws.TypeOf<ShapeException>().With.Message.EqualTo("AMax: there must be at least one element to choose from, but the shape is [0, 3]. Ask whether Count is 0 first."));

    [Test]
    public void Softmax_survives_large_numbers([Values(0, 1)] int axis)
    {
        Tensor x = Tensor.From([1000f, 1000f, -1000f], axis == 0 ? [3, 1] : [1, 3]);
        Assert.That(x.Softmax(axis).ToArray<float>(), Is.EqualTo(new[] { 0.5f, 0.5f, 0f }));
        Assert.That(x.LogSumExp().Item(), Is.EqualTo(1000 + Math.Log(2)).Within(1e-4));
    }

    [Test]
    public void LogSumExp_of_minus_infinity_has_gradient_zero()
    {
        Tensor x = Leaf([double.NegativeInfinity, double.NegativeInfinity]);
        Tensor y = x.LogSumExp();
        y.Backward();
        Assert.That(y.Item(), Is.EqualTo(double.NegativeInfinity));
        Assert.That(x.Grad!.ToArray<double>(), Is.EqualTo(new double[] { 0, 0 }));
    }

    [Test]
    public void Prod_differentiates_through_zeros()
    {
        Tensor one = Leaf([2, 0, 3]), two = Leaf([2, 0, 0]);
        one.Prod().Backward();
        two.Prod().Backward();
        Assert.That(one.Grad!.ToArray<double>(), Is.EqualTo(new double[] { 0, 6, 0 }));
        Assert.That(two.Grad!.ToArray<double>(), Is.EqualTo(new double[] { 0, 0, 0 }));
    }

    [Test]
    public void Prod_has_a_second_derivative_at_two_zeros()
    {
        Tensor x = Leaf([2, 0, 0]);
        Tensor dx = Tape.Gradients(x.Prod(), [x], createGraph: true)[0]!;
        Tensor row = Tape.Gradients(dx.Sum(), [x])[0]!;
        Assert.That(row.ToArray<double>(), Is.EqualTo(new double[] { 0, 2, 2 }));
    }

    [Test]
    public void Std_of_equal_values_has_gradient_zero()
    {
        Tensor x = Leaf([3, 3, 3]);
        x.Std().Backward();
        Assert.That(x.Grad!.ToArray<double>(), Is.EqualTo(new double[3]));
    }

    [Test]
    public void Var_of_one_value_is_NaN() => Assert.That(Leaf([3]).Var().Item(), Is.NaN);

    [Test]
    public void Norm_at_zero_has_gradient_zero([Values(0, 0.5, 1, 2, 3, double.PositiveInfinity, double.NegativeInfinity)] double p)
    {
        Tensor x = Leaf([0, 0]);
        Tensor y = (x.Norm(p) + (x * 0).Sum());
        y.Backward();
        Assert.That(x.Grad!.ToArray<double>(), Is.EqualTo(new double[2]));
    }

    [Test]
    public void Fold_allocates_nothing_over_alternating_axes()
    {
        float[] x = new float[3 * 4 * 5 * 6], y = new float[4 * 6];
        int[] sizes = [3, 4, 5, 6];
        FoldKernels.Fold<float, Adding<float>>(x, sizes, 0b0101, y);
        long before = GC.GetAllocatedBytesForCurrentThread();
        FoldKernels.Fold<float, Adding<float>>(x, sizes, 0b0101, y);
        Assert.That(GC.GetAllocatedBytesForCurrentThread() - before, Is.Zero);
    }

    static Tensor Leaf(double[] values)
    {
        Tensor x = Tensor.From(values);
        x.RequiresGrad = true;
        return x;
    }
}
