namespace Autograd.Tests.Ops;

[TestFixture]
public sealed class SequenceTests
{
    static string MessageOf(Action call) => Assert.Throws<ShapeException>(call)!.Message;

    [Test]
    public void Attention_causal_first_query_sees_the_first_key_only()
    {
        Generator random = new(5);
        Tensor q = Tensor.Normal([2, 3, 4], random), k = Tensor.Normal([2, 3, 4], random), v = Tensor.Normal([2, 3, 5], random);
        Tensor y = Tensor.ScaledDotProductAttention(q, k, v, isCausal: true);
        Assert.That(y.Slice(1, 0, 1).ToArray<float>(), Is.EqualTo(v.Slice(1, 0, 1).ToArray<float>()));
    }

    [Test]
    public void Attention_masks_by_truth_and_by_minus_infinity_agree()
    {
        Generator random = new(5);
        Tensor q = Tensor.Normal([3, 4], random), mask = Tensor.From([true, false, true], [1, 3]);
        Tensor added = Tensor.From([0f, float.NegativeInfinity, 0], [1, 3]);
        Assert.That(Tensor.ScaledDotProductAttention(q, q, q, mask).ToArray<float>(), Is.EqualTo(Tensor.ScaledDotProductAttention(q, q, q, added).ToArray<float>()));
    }

    [Test]
    public void MultiHeadAttention_of_one_tensor_or_of_copies_agrees()
    {
        Generator random = new(9);
        Tensor x = Tensor.Normal([2, 3, 4], random, dtype: DType.Float64), w = Tensor.Normal([12, 4], random, dtype: DType.Float64);
        Tensor b = Tensor.Normal([12], random, dtype: DType.Float64), o = Tensor.Eye(4, DType.Float64);
        double[] packed = Tensor.MultiHeadAttention(x, x, x, w, b, o, null, heads: 2).Output.ToArray<double>();
        double[] apart = Tensor.MultiHeadAttention(x, x.Clone(), x.Clone(), w, b, o, null, heads: 2).Output.ToArray<double>();
        Assert.That(packed, Is.EqualTo(apart).Within(1e-14));
    }

    [Test]
    public void Attention_explains_what_is_wrong()
    {
        Tensor q = Tensor.Zeros([2, 3, 4]), w = Tensor.Zeros([12, 4]);
        Assert.That(MessageOf(() => Tensor.ScaledDotProductAttention(q, q.T, q)), Is.EqualTo(
            "ScaledDotProductAttention: query […, l, e], key […, s, e] and value […, s, v] must agree in e and s, but they are [2, 3, 4], [2, 4, 3] and [2, 3, 4]. Did you mean key.T?"));
        Assert.That(MessageOf(() => Tensor.MultiHeadAttention(q, q, q, w, null, w, null, heads: 3)), Is.EqualTo(
            "MultiHeadAttention: the last size of the query must be divisible by the number of heads, but they are 4 and 3. Use heads: 2."));
        Assert.That(MessageOf(() => Tensor.MultiHeadAttention(q, q, q, w.Slice(0, 0, 8), null, w, null, heads: 2)), Is.EqualTo(
            "MultiHeadAttention: inWeight must be [12, 4], three projections below one another, but it is [8, 4]. Begin with Tensor.Normal([12, 4], generator, std: 0.02)."));
    }

    [Test]
    public void Lstm_of_two_layers_equals_its_cells()
    {
        Generator random = new(2);
        Tensor x = Tensor.Normal([3, 2, 4], random, dtype: DType.Float64);
        RecurrentWeights Make(int inputs) => new(
            Tensor.Normal([12, inputs], random, dtype: DType.Float64), Tensor.Normal([12, 3], random, dtype: DType.Float64),
            Tensor.Normal([12], random, dtype: DType.Float64), null);
        RecurrentWeights[] weights = [Make(4), Make(3)];
        (Tensor output, Tensor h, Tensor c) = Recurrent.Lstm(x, weights);
        Tensor zero = Tensor.Zeros([2, 3], DType.Float64);
        (Tensor h0, Tensor c0, Tensor h1, Tensor c1) = (zero, zero, zero, zero);
        for (int t = 0; t < 3; t++)
        {
            (h0, c0) = Recurrent.LstmCell(x.Select(0, t), h0, c0, weights[0]);
            (h1, c1) = Recurrent.LstmCell(h0, h1, c1, weights[1]);
        }
        Assert.That(output.Select(0, 2).ToArray<double>(), Is.EqualTo(h1.ToArray<double>()).Within(1e-14));
        Assert.That(h.Select(0, 0).ToArray<double>(), Is.EqualTo(h0.ToArray<double>()).Within(1e-14));
        Assert.That(c.Select(0, 1).ToArray<double>(), Is.EqualTo(c1.ToArray<double>()).Within(1e-14));
    }

    [Test]
    public void Recurrent_explains_what_is_wrong()
    {
        Tensor x = Tensor.Zeros([3, 2, 4]);
        RecurrentWeights w = new(Tensor.Zeros([12, 4]), Tensor.Zeros([12, 3]));
        Assert.That(MessageOf(() => Recurrent.Lstm(x.Slice(0, 0, 0), [w])), Is.EqualTo("Lstm: the input must be [time, n, in] with at least one time, but it is [0, 2, 4]. Leave out empty sequences."));
        Assert.That(MessageOf(() => Recurrent.Lstm(x, [w], bidirectional: true)), Is.EqualTo(
            "Lstm: there must be two sets of weights, forward and backward, a layer, but there are 1. Leave out bidirectional, or add the backward weights of each layer behind its forward ones."));
        Assert.That(MessageOf(() => Recurrent.Gru(x, [w])), Is.EqualTo(
            "Gru: the weights must be [9, in] and [9, 3], 3 times the hidden size of 3, but they are [12, 4] and [12, 3]. Were they made for another kind of layer? Rnn has 1 gate, Gru 3 and Lstm 4."));
        Assert.That(MessageOf(() => Recurrent.Lstm(x, [w], Tensor.Zeros([2, 3]))), Is.EqualTo(
            "Lstm: h0 must be [layers·directions, n, hidden], here [1, 2, 3], but it is [2, 3]. Reshape it to [1, 2, 3]."));
    }
}
