namespace Autograd.Tests.Ops;

[TestFixture]
public sealed class MatMulTests
{
    [Test]
    public void MatMul_of_matrices_multiplies_rows_by_columns()
    {
        Tensor a = Tensor.From([1.0, 2, 3, 4, 5, 6], [2, 3]), b = Tensor.From([1.0, 0, 0, 1, 1, 1], [3, 2]);
        Assert.That(a.MatMul(b).ToArray<double>(), Is.EqualTo(new double[] { 4, 5, 10, 11 }));
    }

    [TestCase(new[] { 3 }, new[] { 3 }, new int[0])]
    [TestCase(new[] { 2, 3 }, new[] { 3 }, new[] { 2 })]
    [TestCase(new[] { 3 }, new[] { 3, 2 }, new[] { 2 })]
    [TestCase(new[] { 5, 1, 2, 3 }, new[] { 4, 3, 2 }, new[] { 5, 4, 2, 2 })]
    [TestCase(new[] { 0, 3 }, new[] { 3, 2 }, new[] { 0, 2 })]
    [TestCase(new[] { 2, 0 }, new[] { 0, 2 }, new[] { 2, 2 })]
    [TestCase(new[] { 3, 2, 0 }, new[] { 5, 1, 0, 2 }, new[] { 5, 3, 2, 2 })]
    public void MatMul_result_has_the_broadcast_shape(int[] a, int[] b, int[] c) =>
        Assert.That(Tensor.Ones(Shape.Create(a)).MatMul(Tensor.Ones(Shape.Create(b))).Shape, Is.EqualTo(Shape.Create(c)));

    [Test]
    public void MatMul_over_an_empty_inner_axis_is_zero() =>
        Assert.That(Tensor.Ones([2, 0]).MatMul(Tensor.Ones([0, 2])).ToArray<float>(), Is.All.Zero);

    [Test]
    public void MatMul_of_views_equals_that_of_copies()
    {
        Generator random = new(7);
        Tensor a = Tensor.Normal([6, 5, 4], random), b = Tensor.Normal([7, 6, 4], random);
        (Tensor Left, Tensor Right)[] pairs =
        [
            (a, b.Slice(1, 0, 4).T.Slice(0, 0, 1).Reshape(4, 4)), (a.T.Slice(2, 1, 5), b.Slice(0, 0, 6).Slice(1, 1, 5)),
            (a.Slice(0, null, null, -1), b.T.Slice(0, 0, 6)), (a.Transpose(0, 1).Slice(0, 0, 1), b.T.Slice(0, 1, 2)),
            (a.Slice(1, 0, 5, 2), b.Slice(0, 1, 7).T), (a.Slice(0, 0, 1).Expand([6, 5, 4]), b.Slice(0, 1, 7).T),
        ];
        foreach ((Tensor left, Tensor right) in pairs)
            Assert.That(left.MatMul(right).ToArray<float>(), Is.EqualTo(left.Clone().MatMul(right.Clone()).ToArray<float>()));
    }

    [Test]
    public void Backward_of_a_shared_weight_sums_over_the_batch()
    {
        Tensor x = Tensor.Ones([5, 2, 3]), w = Tensor.Ones([3, 4]);
        w.RequiresGrad = true;
        x.MatMul(w).Backward(Tensor.Ones([5, 2, 4]));
        Assert.That(w.Grad!.ToArray<float>(), Is.All.EqualTo(10));
    }

    [Test]
    public void Backward_over_an_empty_batch_gives_zero()
    {
        Tensor w = Tensor.Ones([3, 4]);
        w.RequiresGrad = true;
        Tensor.Ones([0, 2, 3]).MatMul(w).Backward(Tensor.Ones([0, 2, 4]));
        Assert.That(w.Grad!.ToArray<float>(), Is.All.Zero);
    }

    [Test]
    public void Backward_of_the_square_of_a_matrix_adds_both_parts()
    {
        Tensor a = Tensor.From([1.0, 2, 3, 4], [2, 2]);
        a.RequiresGrad = true;
        a.MatMul(a).Backward(Tensor.Ones([2, 2], DType.Float64));
        Assert.That(a.Grad!.ToArray<double>(), Is.EqualTo(new double[] { 7, 11, 9, 13 }));
    }

    [Test]
    public void MatMul_names_the_inner_sizes_and_the_users_expressions()
    {
        Tensor hidden = Tensor.Zeros([32, 64]), w2 = Tensor.Zeros([10, 64]);
        ShapeException error = Assert.Throws<ShapeException>(() => hidden.MatMul(w2))!;
        Assert.That(error.Message, Is.EqualTo(
            "MatMul: a.Shape[1] must equal b.Shape[0], but hidden is [32, 64] and w2 is [10, 64] (64 ≠ 10). Did you mean w2.T?"));
    }

    [Test]
    public void MatMul_tells_the_shapes_that_fit_where_no_transpose_helps() => Assert.That(
        Assert.Throws<ShapeException>(() => Tensor.Zeros([2, 3]).MatMul(Tensor.Zeros([4, 5])))!.Message,
        Is.EqualTo("MatMul: a.Shape[1] must equal b.Shape[0], but Tensor.Zeros([2, 3]) is [2, 3] and Tensor.Zeros([4, 5]) is [4, 5] (3 ≠ 4). Give Tensor.Zeros([2, 3]) the shape [2, 4], or Tensor.Zeros([4, 5]) [3, 5]."));

    [Test]
    public void MatMul_of_a_scalar_says_what_to_use()
    {
        Tensor a = Tensor.Scalar(2), b = Tensor.Zeros([2]);
        Assert.That(Assert.Throws<ShapeException>(() => a.MatMul(b))!.Message,
            Is.EqualTo("MatMul: both factors need at least one axis, but a is []. Multiply by a scalar with *."));
    }

    [Test]
    public void MatMul_of_batches_that_do_not_broadcast_is_an_error()
    {
        Tensor a = Tensor.Zeros([2, 3, 4]), b = Tensor.Zeros([3, 4, 2]);
        Assert.That(Assert.Throws<ShapeException>(() => a.MatMul(b))!.Message,
            Is.EqualTo("MatMul: the axes in front of the last two must broadcast, but a is [2, 3, 4] and b is [3, 4, 2]. Unsqueeze adds an axis of size 1, which is repeated."));
    }

    [Test]
    public void MatMul_of_two_element_types_is_an_error() => Assert.That(
        Assert.Throws<DTypeException>(() => Tensor.Zeros([2, 2]).MatMul(Tensor.Zeros([2, 2], DType.Float64)))!.Message,
        Is.EqualTo("MatMul: all inputs must have the same element type, but they are Float32 and Float64. Cast one of them: x.Cast(DType.Float32)."));

    [Test]
    public void Linear_hints_at_a_weight_the_wrong_way_round()
    {
        Tensor x = Tensor.Zeros([8, 3]), w = Tensor.Zeros([3, 5]);
        Assert.That(Assert.Throws<ShapeException>(() => x.Linear(w))!.Message, Is.EqualTo(
            "Linear: the last size of x must equal weight.Shape[1], but x is [8, 3] and w is [3, 5] (3 ≠ 5). Did you mean w.T?"));
    }

    [Test]
    public void Linear_checks_its_bias()
    {
        Tensor x = Tensor.Zeros([8, 3]), w = Tensor.Zeros([5, 3]);
        Assert.That(Assert.Throws<ShapeException>(() => x.Linear(w, Tensor.Zeros([3])))!.Message,
            Is.EqualTo("Linear: the bias must be [5], one number an output, but it is [3] and w is [5, 3]. Begin with Tensor.Zeros([5]), or leave it out."));
    }

    [Test]
    public void Linear_without_inputs_is_its_bias() =>
        Assert.That(Tensor.Zeros([2, 0]).Linear(Tensor.Zeros([3, 0]), Tensor.From([1f, 2, 3])).ToArray<float>(), Is.EqualTo(new float[] { 1, 2, 3, 1, 2, 3 }));

    [Test]
    public void Outer_of_a_matrix_is_an_error() => Assert.That(
        Assert.Throws<ShapeException>(() => Tensor.Zeros([2, 2]).Outer(Tensor.Zeros([2])))!.Message,
        Is.EqualTo("Outer: both factors must be vectors, but their shapes are [2, 2] and [2]. Flatten them first."));

    [TestCase("ij,jk->ik", "[2, 4]")]
    [TestCase("ij,jk", "[2, 4]")]
    [TestCase("ij,jk->k", "[4]")]
    [TestCase("ij,jk->", "[]")]
    [TestCase("...j,jk->k...", "[4, 2]")]
    [TestCase("ia,bk->ikab", "[2, 4, 3, 3]")]
    public void Einsum_result_has_the_axes_asked_for(string equation, string shape) =>
        Assert.That(Tensor.Einsum(equation, Tensor.Ones([2, 3]), Tensor.Ones([3, 4])).Shape.ToString(), Is.EqualTo(shape));

    [Test]
    public void Einsum_of_a_repeated_letter_takes_the_diagonal() =>
        Assert.That(Tensor.Einsum("iji->j", Tensor.Arange(18).Reshape(3, 2, 3)).ToArray<float>(), Is.EqualTo(new float[] { 0 + 7 + 14, 3 + 10 + 17 }));

    [TestCase("ij->ij", "Einsum: the equation must have one group of letters an operand, but \"ij->ij\" has 1 and there are 2 operands. Write 2 groups in front of ->, with commas between them.")]
    [TestCase("i,jk", "Einsum: a group must have one letter an axis, but \"i\" in \"i,jk\" stands for [2, 3]. Use ... for axes without a letter.")]
    [TestCase("i1,jk", "Einsum: a group is made of the letters a–z and A–Z and at most one ..., but \"i1,jk\" contains \"i1\". Write it as in \"ij,jk->ik\".")]
    [TestCase("ij,jk->il", "Einsum: every letter of the result must occur in an operand and only once in the result, but \"ij,jk->il\" asks for \"il\". Choose each once from \"ijk\".")]
    [TestCase("ij,ik->jk", "Einsum: the axes of one letter must have one size, but i in \"ij,ik->jk\" is 2 and 3 (2 ≠ 3). Give one of the axes another letter, or transpose its operand.")]
    public void Einsum_explains_what_is_wrong(string equation, string message) => Assert.That(
        Assert.Throws<ShapeException>(() => Tensor.Einsum(equation, Tensor.Ones([2, 3]), Tensor.Ones([3, 4])))!.Message, Is.EqualTo(message));
}
