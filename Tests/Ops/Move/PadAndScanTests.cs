using Autograd.Tests.Support;

namespace Autograd.Tests;

/// <summary>Padding, repetition, windows and running sums and products.</summary>
public class PadAndScanTests
{
    static Tensor Count(params int[] sizes) => Tensor.Arange(Shape.Create(sizes).ElementCount, DType.Float64).Reshape(sizes);

    [TestCase(PadMode.Constant, "9 9 0 1 2 9")]
    [TestCase(PadMode.Reflect, "2 1 0 1 2 1")]
    [TestCase(PadMode.Replicate, "0 0 0 1 2 2")]
    [TestCase(PadMode.Circular, "1 2 0 1 2 0")]
    public void Pad_continues_as_the_mode_says(PadMode mode, string expected) =>
        Assert.That(string.Join(" ", Count(3).Pad([2, 1], mode, 9).ToArray<double>()), Is.EqualTo(expected));

    [Test]
    public void Pad_of_random_shapes_equals_element_by_element()
    {
        Generator random = new(9);
        for (int trial = 0; trial < 500; trial++)
        {
            int[] sizes = [1 + random.NextInt(3), 1 + random.NextInt(4), 1 + random.NextInt(40)], pads = new int[6];
            for (int i = 0; i < 6; i++) pads[i] = random.NextInt(4) * random.NextInt(2);
            Tensor x = Count(sizes).Cast((DType)(trial % 3)), y = x.Pad(pads, value: 7);
            for (int k = 0; k < y.Count; k++)
            {
                int[] at = [k / (y.Shape[1] * y.Shape[2]), k / y.Shape[2] % y.Shape[1], k % y.Shape[2]], from = [at[0] - pads[4], at[1] - pads[2], at[2] - pads[0]];
                bool inside = Enumerable.Range(0, 3).All(i => from[i] >= 0 && from[i] < sizes[i]);
                Assert.That(y[at], Is.EqualTo(inside ? x[from] : 7), $"{x.Shape} by {string.Join(", ", pads)}");
            }
        }
        Assert.That(Tensor.From([true, false]).Pad([1, 2], value: 1).ToArray<bool>(), Is.EqualTo(new[] { true, true, false, true, true }));
    }

    [TestCase(PadMode.Constant, "1 2 3 9")]
    [TestCase(PadMode.Reflect, "1 2 3 2")]
    [TestCase(PadMode.Replicate, "1 2 3 3")]
    [TestCase(PadMode.Circular, "1 2 3 0")]
    public void Pad_by_a_negative_number_cuts(PadMode mode, string expected) =>
        Assert.That(string.Join(" ", Count(4).Pad([-1, 1], mode, 9).ToArray<double>()), Is.EqualTo(expected));

    [Test]
    public void Pad_further_than_the_mode_reaches_is_an_error()
    {
        Assert.That(() => Count(3).Pad([3, 0], PadMode.Reflect), Throws.InstanceOf<ShapeException>().With.Message.EqualTo(
            "Pad: Reflect can add at most 2 elements at an end of axis 0 of shape [3], but the pads are 3 and 0. PadMode.Constant has no limit."));
        Assert.That(() => Count(3).Pad([-2, -2]), Throws.InstanceOf<ShapeException>().With.Message.EqualTo(
            "Pad: no more elements can be removed than there are, but axis 0 of shape [3] is padded by -2 and -2. Take off 3 or fewer."));
        Assert.That(() => Count(3).Pad([1]), Throws.InstanceOf<ShapeException>().With.Message.EqualTo(
            "Pad: the pads must be pairs (before, after), the last axis first, for at most all axes, but they are [1] for shape [3]. For the last axis alone write [before, after]."));
        Assert.That(Count(0).Pad([1, 1], value: 2).ToArray<double>(), Is.EqualTo(new double[] { 2, 2 }));
    }

    [Test]
    public void Tile_and_RepeatInterleave_repeat_wholes_and_elements()
    {
        Assert.That(Count(2).Tile(3).ToArray<double>(), Is.EqualTo(new double[] { 0, 1, 0, 1, 0, 1 }));
        Assert.That(Count(2, 2).Tile(0, 1).Shape.ToString(), Is.EqualTo("[0, 2]"));
        Assert.That(Count(2).RepeatInterleave(2).ToArray<double>(), Is.EqualTo(new double[] { 0, 0, 1, 1 }));
        Assert.That(Count(3).RepeatInterleave([2, 0, 1], 0).ToArray<double>(), Is.EqualTo(new double[] { 0, 0, 2 }));
        Assert.That(() => Count(2, 2).Tile(2), Throws.InstanceOf<ShapeException>().With.Message.EqualTo(
            "Tile: every axis needs a number of repeats of 0 or more, but they are [2] for shape [2, 2]. Give 2 or more, 1 for an axis that stays as it is."));
    }

    [Test]
    public void Fold_is_the_adjoint_of_Unfold()
    {
        Generator generator = new(4);
        Tensor x = Tensor.Normal([2, 3, 6, 5], generator, dtype: DType.Float64);
        Tensor columns = x.Unfold((3, 2), stride: (2, 1), padding: (1, 0), dilation: (1, 2));
        Tensor other = Tensor.Normal(columns.Shape, generator, dtype: DType.Float64);
        double a = (columns * other).SumTo([]).Item(), b = (x * other.Fold((6, 5), (3, 2), (2, 1), (1, 0), (1, 2))).SumTo([]).Item();
        Assert.That(a, Is.EqualTo(b).Within(1e-12));
        Assert.That(() => Count(1, 2, 2).Unfold(3), Throws.InstanceOf<ShapeException>().With.Message.EqualTo(
            "Unfold: the window must fit into the padded image, but the kernel is 3 with dilation 1 and the image 2 × 2. Add padding or use a smaller kernel."));
    }

    [Test]
    public void CumProd_gradient_is_exact_at_one_two_and_three_zeros()
    {
        double[] upstream = [1, -2, 3, 5, 7];
        foreach (double[] numbers in (double[][])[[2, 0, 3, 4, 5], [2, 0, 3, 0, 5], [0, 0, 0, 4, 5], [1, 2, 3, 4, 0]])
        {
            Tensor x = Tensor.From(numbers);
            x.RequiresGrad = true;
            x.CumProd(0).Backward(Tensor.From(upstream));
            double[] expected = new double[5];
            for (int j = 0; j < 5; j++)
            {
                for (int i = j; i < 5; i++) expected[j] += upstream[i] * numbers[..(i + 1)].Where((_, k) => k != j).Aggregate(1.0, (p, q) => p * q);
            }
            Assert.That(x.Grad!.ToArray<double>(), Is.EqualTo(expected));
        }
    }

    [Test]
    public void Scans_OfRowsSideBySide_AreThoseOfEachLane([Values(1, 8, 15, 16, 31, 37, 200)] int inner, [Values(DType.Float32, DType.Float64)] DType dtype)
    {
        const int Outer = 5, Size = 6;
        Tensor x = Tensor.Uniform([Outer, Size, inner], new Generator(1), 0.5, 2, dtype), lanes = x.Transpose(1, 2).Reshape([Outer * inner, Size]);
        x.RequiresGrad = lanes.RequiresGrad = true;
        foreach (Func<Tensor, int, Tensor> scan in (Func<Tensor, int, Tensor>[])[(t, axis) => t.CumSum(axis), (t, axis) => t.CumProd(axis)])
        {
            Tensor y = scan(x, 1), each = scan(lanes, 1);
            Close.To(y.Transpose(1, 2).Reshape([Outer * inner, Size]), each, 0);
            y.Square().Sum().Backward();
            each.Square().Sum().Backward();
            Close.To(x.Grad!.Transpose(1, 2).Reshape([Outer * inner, Size]), lanes.Grad!, dtype == DType.Float32 ? 1e-3 : 1e-12);
            x.ZeroGrad();
            lanes.ZeroGrad();
        }
    }

    [Test]
    public void CumSum_of_float_collects_in_double_on_both_paths()
    {
        const int n = 100_000;
        double expected = 0;
        for (int i = 0; i < n; i++) expected += 0.1f;
        Tensor one = Tensor.Full([n, 1], 0.1).CumSum(0), wide = Tensor.Full([n, 9], 0.1).CumSum(0);
        Assert.That(one[n - 1, 0], Is.EqualTo((float)expected));
        Assert.That(wide.Select(1, 8).ToArray<float>(), Is.EqualTo(one.Squeeze().ToArray<float>()));
        Assert.That(Tensor.From(new long[] { 1, 2, 3 }).CumSum(0).ToArray<long>(), Is.EqualTo(new long[] { 1, 3, 6 }));
        Assert.That(() => Tensor.From([true]).CumSum(0), Throws.InstanceOf<DTypeException>().With.Message.EqualTo(
            "CumSum: numbers are needed, but the element type is Bool. Cast it to Int64 first."));
    }

    [Test]
    public void Roll_and_Flip_turn_in_both_directions()
    {
        Assert.That(Count(5).Roll(-7, 0).ToArray<double>(), Is.EqualTo(new double[] { 2, 3, 4, 0, 1 }));
        Assert.That(Count(2, 2).Roll(1, null).ToArray<double>(), Is.EqualTo(new double[] { 3, 0, 1, 2 }));
        Assert.That(() => Count(2, 2).Flip(0, -2), Throws.InstanceOf<ShapeException>().With.Message.EqualTo(
            "Flip: every axis must be named once, but the axes are [0, -2] for shape [2, 2]. Leave out the -2: it is axis 0, which is named in front of it."));
    }

    [Test]
    public void Diagonals_beyond_the_matrix_are_empty()
    {
        Assert.That(Count(2, 3).Diagonal(7).Shape.ToString(), Is.EqualTo("[0]"));
        Assert.That(Count(2).Diag(-1).ToArray<double>(), Is.EqualTo(new double[] { 0, 0, 0, 0, 0, 0, 0, 1, 0 }));
        Assert.That(Count(2, 3).Tril(-5).ToArray<double>(), Is.All.EqualTo(0));
        Assert.That(() => Count(2, 2, 2).Diag(), Throws.InstanceOf<ShapeException>().With.Message.EqualTo(
            "Diag: the tensor must be a vector or a matrix, but its shape is [2, 2, 2]. Diagonal takes any two axes."));
    }
}
