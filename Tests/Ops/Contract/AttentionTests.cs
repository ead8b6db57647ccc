namespace Autograd.Tests.Ops;

/// <summary>Attention in one op against the same by plain ops, in sizes beyond a block of queries and with what may be given besides.</summary>
[TestFixture]
public sealed class AttentionTests
{
    [TestCase(1, 1, 1, 1, 1, 1)]
    [TestCase(2, 3, 5, 7, 4, 3)]
    [TestCase(3, 1, 71, 33, 16, 5)]
    [TestCase(2, 2, 150, 90, 8, 17)]
    [TestCase(1, 2, 90, 150, 33, 8)]
    [TestCase(1, 1, 30, 4000, 3, 2)]
    [TestCase(2, 1, 700, 3100, 2, 3)] // More weights than are kept.
    public void Values_and_gradients_equal_those_of_plain_ops(int n, int heads, int queries, int keys, int width, int valueWidth)
    {
        foreach ((bool causal, bool masked, bool factored) in ((bool, bool, bool)[])[(false, false, false), (true, false, false), (false, true, true), (true, true, true)])
        {
            Generator random = new(7);
            Tensor q = Normal(random, n, queries, heads * width), k = Normal(random, n, keys, heads * width), v = Normal(random, n, keys, heads * valueWidth);
            Tensor mask = Tensor.Normal([heads, 1, keys], random, dtype: DType.Float64), factors = Tensor.Normal([n, heads, queries, keys], random, dtype: DType.Float64);
            Tensor dy = Tensor.Normal([n, queries, heads * valueWidth], random, dtype: DType.Float64);
            Tensor fused = Attention.Fused([q, k, v], heads, masked ? mask : null, factored ? factors : null, causal, 0.7);
            fused.Backward(dy);
            double[][] gradients = [.. new[] { q, k, v }.Select(x => x.Grad!.ToArray<double>())];
            foreach (Tensor x in new[] { q, k, v }) x.ZeroGrad();

            Tensor weights = Attention.Weights(Attention.SplitHeads(q, heads), Attention.SplitHeads(k, heads), masked ? mask : null, causal, 0.7);
            Tensor plain = Attention.JoinHeads((factored ? weights * factors : weights).MatMul(Attention.SplitHeads(v, heads)));
            plain.Backward(dy);
            Assert.That(fused.Detach().ToArray<double>(), Is.EqualTo(plain.Detach().ToArray<double>()).Within(1e-12));
            foreach ((double[] given, Tensor x) in gradients.Zip([q, k, v])) Assert.That(given, Is.EqualTo(x.Grad!.ToArray<double>()).Within(1e-11));
        }
    }

    [Test]
    public void Packed_projections_equal_three_tensors()
    {
        Generator random = new(3);
        Tensor packed = Normal(random, 2, 75, 3 * 12), dy = Tensor.Normal([2, 75, 12], random, dtype: DType.Float64);
        Attention.Fused([packed], 3, null, null, true, 0.5).Backward(dy);
        double[] gradient = packed.Grad!.ToArray<double>();
        packed.ZeroGrad();
        Attention.Fused(packed.Split(12, -1), 3, null, null, true, 0.5).Backward(dy);
        Assert.That(gradient, Is.EqualTo(packed.Grad!.ToArray<double>()).Within(1e-13));
    }

    [Test]
    public void One_tensor_may_be_query_key_and_value()
    {
        Generator random = new(3);
        Tensor x = Normal(random, 2, 9, 5), dy = Tensor.Normal([2, 9, 5], random, dtype: DType.Float64);
        Tensor.ScaledDotProductAttention(x, x, x).Backward(dy);
        double[] gradient = x.Grad!.ToArray<double>();
        x.ZeroGrad();
        Attention.Weights(x, x, null, false, 1 / Math.Sqrt(5)).MatMul(x).Backward(dy);
        Assert.That(gradient, Is.EqualTo(x.Grad!.ToArray<double>()).Within(1e-13));
    }

    [Test]
    public void Heads_are_read_where_they_are_or_copied()
    {
        Generator random = new(3);
        Tensor x = Tensor.Normal([2, 3, 6, 8], random), whole = Tensor.ScaledDotProductAttention(x, x, x);
        Tensor transposed = x.Transpose(1, 2).Clone().Transpose(1, 2), backwards = x.Flip(-1).Clone().Slice(-1, null, null, -1);
        Tensor[] views = [transposed, x.Transpose(0, 1).Clone().Transpose(0, 1), x.T.Clone().T, backwards, x.Slice(0, null, null, -1).Clone().Slice(0, null, null, -1)];
        foreach (Tensor view in views) Assert.That(Tensor.ScaledDotProductAttention(view, x, view).ToArray<float>(), Is.EqualTo(whole.ToArray<float>()));
    }

    [Test]
    public void Leading_axes_and_masks_are_broadcast()
    {
        Generator random = new(3);
        Tensor q = Normal(random, 2, 1, 4, 3), k = Normal(random, 3, 5, 3), v = Normal(random, 4, 1, 1, 5, 2);
        Tensor mask = Tensor.Normal([3, 4, 1], random, dtype: DType.Float64), choice = Tensor.From([true, false, true, true, false], [5]);
        Tensor y = Tensor.ScaledDotProductAttention(q, k, v, choice);
        Assert.That(y.Shape, Is.EqualTo(Shape.Create([4, 2, 3, 4, 2])));
        Assert.That(y.Detach().ToArray<double>(), Is.EqualTo(Attention.Weights(q, k, choice, false, 1 / Math.Sqrt(3)).MatMul(v).Detach().ToArray<double>()).Within(1e-13));
        // The same number for all keys of a query changes nothing.
        Assert.That(
            Tensor.ScaledDotProductAttention(q, k, v, mask).Detach().ToArray<double>(),
            Is.EqualTo(Tensor.ScaledDotProductAttention(q, k, v).Detach().ToArray<double>()).Within(1e-13));
        y.Sum().Backward();
        Assert.That((q.Grad!.Shape, k.Grad!.Shape, v.Grad!.Shape), Is.EqualTo((Shape.Create([2, 1, 4, 3]), Shape.Create([3, 5, 3]), Shape.Create([4, 1, 1, 5, 2]))));
    }

    [Test]
    public void What_is_masked_may_hold_anything_and_a_query_without_keys_gets_NaN()
    {
        Tensor q = Tensor.Ones([2, 2]), k = Tensor.From(new float[,] { { 1, 2 }, { float.NaN, float.PositiveInfinity } }), v = Tensor.From(new float[,] { { 3, 4 }, { 5, 6 } });
        Assert.That(Tensor.ScaledDotProductAttention(q, k, v, Tensor.From([true, false], [2])).ToArray<float>(), Is.EqualTo([3f, 4, 3, 4]));
        Assert.That(Tensor.ScaledDotProductAttention(q, v, v, Tensor.From([false, false], [2])).ToArray<float>(), Is.All.NaN);
    }

    [Test]
    public void Without_keys_or_queries_nothing_is_added_up()
    {
        Tensor q = Tensor.Ones([2, 3, 4]), none = Tensor.Zeros([2, 0, 4]);
        q.RequiresGrad = true;
        Tensor y = Tensor.ScaledDotProductAttention(q, none, none);
        y.Sum().Backward();
        Assert.That((y.Detach().ToArray<float>(), q.Grad!.ToArray<float>()), Is.EqualTo((new float[24], new float[24])));
        Assert.That(Tensor.ScaledDotProductAttention(none, q.Detach(), q.Detach()).Shape, Is.EqualTo(Shape.Create([2, 0, 4])));
    }

    [Test]
    public void Dropout_leaves_out_what_the_generator_says()
    {
        Generator random = new(3);
        Tensor x = Tensor.Normal([2, 5, 4], random), w = Tensor.Normal([12, 4], random), o = Tensor.Eye(4);
        (Tensor expected, _) = Tensor.MultiHeadAttention(x, x, x, w, null, o, null, 2, dropout: 0.4, generator: new(11));
        (Tensor output, Tensor? weights) = Tensor.MultiHeadAttention(x, x, x, w, null, o, null, 2, dropout: 0.4, generator: new(11), needWeights: false);
        Assert.That(weights, Is.Null);
        Assert.That(output.ToArray<float>(), Is.EqualTo(expected.ToArray<float>()).Within(1e-6));
        Assert.That(Tensor.MultiHeadAttention(x, x, x, w, null, o, null, 2, dropout: 1, generator: new(11), needWeights: false).Output.ToArray<float>(), Is.All.Zero);
    }

    static Tensor Normal(Generator random, params int[] shape)
    {
        Tensor x = Tensor.Normal(Shape.Create(shape), random, dtype: DType.Float64);
        x.RequiresGrad = true;
        return x;
    }
}
