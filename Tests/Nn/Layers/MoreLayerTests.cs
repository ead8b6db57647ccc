using Autograd.Nn;

namespace Autograd.Tests.Nn.Layers;

public sealed class MoreLayerTests
{
    static readonly Generator Random = new(3);

    static Tensor Normal(params int[] shape) => Tensor.Normal(Shape.Create(shape), Random, dtype: DType.Float64);

    static IEnumerable<TestCaseData> Shaped()
    {
        const DType D = DType.Float64;
        yield return Case("Conv1d", new Conv1d(4, 6, 3, stride: 2, padding: 1, dtype: D), [2, 4, 9], [2, 6, 5]);
        yield return Case("ConvTranspose2d", new ConvTranspose2d(4, 6, 3, stride: 2, padding: 1, outputPadding: 1, dtype: D), [2, 4, 5, 7], [2, 6, 10, 14]);
        yield return Case("ConvTranspose1d", new ConvTranspose1d(4, 6, 3, stride: 2, padding: 1, outputPadding: 1, dtype: D), [2, 4, 5], [2, 6, 10]);
        yield return Case("Conv1d mirrored", new Conv1d(4, 6, 3, padding: 1, padMode: PadMode.Reflect, dtype: D), [2, 4, 9], [2, 6, 9]);
        yield return Case("Conv2d around", new Conv2d(4, 6, 3, padding: (1, 2), padMode: PadMode.Circular, dtype: D), [2, 4, 9, 5], [2, 6, 9, 7]);
        yield return Case("InstanceNorm1d", new InstanceNorm1d(4, affine: true, dtype: D), [3, 4, 5], [3, 4, 5]);
        yield return Case("InstanceNorm2d", new InstanceNorm2d(4, dtype: D), [3, 4, 5, 2], [3, 4, 5, 2]);
        yield return Case("AdaptiveMaxPool1d", new AdaptiveMaxPool1d(3), [2, 3, 8], [2, 3, 3]);
        yield return Case("Dropout2d", new Dropout2d(0.4), [2, 3, 4, 4], [2, 3, 4, 4]);
        yield return Case("BatchNorm1d", new BatchNorm1d(4, dtype: D), [3, 4], [3, 4]);
        yield return Case("BatchNorm1d of sequences", new BatchNorm1d(4, dtype: D), [3, 4, 5], [3, 4, 5]);
        yield return Case("BatchNorm2d", new BatchNorm2d(4, dtype: D), [3, 4, 5, 2], [3, 4, 5, 2]);
        yield return Case("LayerNorm", new LayerNorm([4, 5], dtype: D), [3, 4, 5], [3, 4, 5]);
        yield return Case("GroupNorm", new GroupNorm(2, 4, dtype: D), [3, 4, 5], [3, 4, 5]);
        yield return Case("RmsNorm", new RmsNorm(5, dtype: D), [3, 4, 5], [3, 4, 5]);
        yield return Case("Rnn", new Rnn(4, 3, dtype: D), [6, 2, 4], [6, 2, 3]);
        yield return Case("Lstm", new Lstm(4, 3, 2, bidirectional: true, batchFirst: true, dropout: 0.5, dtype: D), [2, 6, 4], [2, 6, 6]);
        yield return Case("Gru", new Gru(4, 3, bias: false, dtype: D), [6, 2, 4], [6, 2, 3]);
        yield return Case("MultiHeadAttention", new MultiHeadAttention(8, 2, dropout: 0.1, dtype: D), [2, 5, 8], [2, 5, 8]);
        yield return Case("TransformerEncoderLayer", new TransformerEncoderLayer(8, 2, 16, dtype: D), [2, 5, 8], [2, 5, 8]);
        yield return Case("TransformerEncoderLayer first", new TransformerEncoderLayer(8, 2, 16, normFirst: true, activation: x => x.Gelu(), dtype: D), [2, 5, 8], [2, 5, 8]);
        yield return Case("PositionalEncoding", new PositionalEncoding(7, 20), [2, 5, 7], [2, 5, 7]);
        yield return Case("Residual", new Residual(new Conv2d(3, 3, 3, padding: 1, dtype: D)), [2, 3, 4, 4], [2, 3, 4, 4]);
        yield return Case("Branches", new Branches(1, new Conv2d(3, 2, 1, dtype: D), new Identity()), [2, 3, 4, 4], [2, 5, 4, 4]);
        yield return Case("Upsample", new Upsample(2), [2, 3, 4, 5], [2, 3, 8, 10]);
        yield return Case("Upsample bilinear", new Upsample(3, bilinear: true), [2, 3, 4, 5], [2, 3, 12, 15]);
        yield return Case("Unflatten", new Unflatten(1, 3, -1, 2), [2, 12, 5], [2, 3, 2, 2, 5]);
        yield return Case("Unflatten last", new Unflatten(-1, 4, 3), [2, 12], [2, 4, 3]);
        yield return Case("AdaptiveMaxPool2d", new AdaptiveMaxPool2d(2), [2, 3, 5, 5], [2, 3, 2, 2]);
        yield return Case("MaxPool1d", new MaxPool1d(2), [2, 3, 8], [2, 3, 4]);
        yield return Case("AvgPool1d", new AvgPool1d(3, stride: 1), [2, 3, 8], [2, 3, 6]);
        yield return Case("AdaptiveAvgPool1d", new AdaptiveAvgPool1d(3), [2, 3, 8], [2, 3, 3]);
        yield return Case("Glu", new Glu(1), [2, 6], [2, 3]);
        Module[] elementwise =
        [
            new Identity(), new LeakyRelu(), new Elu(), new Celu(), new Selu(), new Gelu(), new Gelu(true), new Silu(), new Mish(), new Softplus(), new Softsign(),
            new LogSigmoid(), new Relu6(), new Hardtanh(), new Hardsigmoid(), new Hardswish(), new Tanhshrink(), new Softshrink(), new Hardshrink(),
            new Threshold(0.1, 2), new Softmax(), new LogSoftmax(), new Softmin(), new Prelu(dtype: D), new Prelu(3, dtype: D),
        ];
        foreach (Module layer in elementwise) yield return Case(layer.GetType().Name, layer, [2, 3, 4], [2, 3, 4]);
    }

    static TestCaseData Case(string name, Module layer, int[] input, int[] output) => new TestCaseData(layer, input, output).SetArgDisplayNames(name);

    [TestCaseSource(nameof(Shaped))]
    public void Forward_has_the_shape_and_every_parameter_a_gradient(Module layer, int[] input, int[] output)
    {
        Tensor x = Normal(input);
        x.RequiresGrad = true;
        Tensor y = layer.Forward(x);
        Assert.That(y.Shape.Sizes.ToArray(), Is.EqualTo(output));
        y.Backward(Normal(output));
        Assert.That(x.Grad, Is.Not.Null);
        Assert.That(layer.NamedParameters().Where(parameter => parameter.Value.Grad is null).Select(parameter => parameter.Name), Is.Empty);
    }

    [Test]
    public void Activations_apply_their_functions()
    {
        Tensor x = Tensor.From([-2.0, 0.5]);
        (Module Layer, Tensor Expected)[] pairs =
        [
            (new LeakyRelu(0.2), x.LeakyRelu(0.2)), (new Elu(2), x.Elu(2)), (new Celu(2), x.Celu(2)), (new Selu(), x.Selu()), (new Gelu(), x.Gelu()),
            (new Gelu(true), x.GeluTanh()), (new Silu(), x.Silu()), (new Mish(), x.Mish()), (new Softplus(2), x.Softplus(2)), (new Softsign(), x.Softsign()),
            (new LogSigmoid(), x.LogSigmoid()), (new Relu6(), x.Relu6()), (new Hardtanh(-3, 0.1), x.Hardtanh(-3, 0.1)), (new Hardsigmoid(), x.Hardsigmoid()),
            (new Hardswish(), x.Hardswish()), (new Tanhshrink(), x.Tanhshrink()), (new Softshrink(0.1), x.Softshrink(0.1)), (new Hardshrink(1), x.Hardshrink(1)),
            (new Threshold(1, 7), x.Threshold(1, 7)), (new Softmax(), x.Softmax(0)), (new LogSoftmax(), x.LogSoftmax(0)), (new Softmin(), x.Softmin(0)),
        ];
        foreach ((Module layer, Tensor expected) in pairs) Assert.That(layer.Forward(x).ToArray<double>(), Is.EqualTo(expected.ToArray<double>()), layer.GetType().Name);
    }

    [Test]
    public void Bilinear_multiplies_both_inputs()
    {
        Bilinear layer = new(2, 2, 1, dtype: DType.Float64);
        layer.Weight.CopyFromValues(1, 2, 3, 4);
        layer.Bias!.CopyFromValues(10);
        Assert.That(layer.Forward(Tensor.From([1.0, 2]), Tensor.From([3.0, 5])).Item(), Is.EqualTo(10 + 3 + 10 + 18 + 40));
    }

    [Test]
    public void BatchNorm_training_moves_running_statistics_and_evaluation_uses_them()
    {
        BatchNorm1d layer = new(1, dtype: DType.Float64);
        layer.Forward(Tensor.From([1.0, 3], [2, 1]));
        using (Assert.EnterMultipleScope())
        {
            Assert.That(layer.RunningMean!.Item(), Is.EqualTo(0.2).Within(1e-15));
            Assert.That(layer.RunningVar!.Item(), Is.EqualTo(1.1).Within(1e-15));
            Assert.That(layer.NumBatchesTracked!.Item(), Is.EqualTo(1));
        }
        layer.Eval();
        Assert.That(layer.Forward(Tensor.From([1.0], [1, 1])).Item(), Is.EqualTo(0.8 / Math.Sqrt(1.1 + 1e-5)).Within(1e-12));
        Assert.That(layer.NumBatchesTracked!.Item(), Is.EqualTo(1));
    }

    // PyTorch 1.13: torch.nn.BatchNorm1d(2, momentum=None).double() after x = [[1, 2], [3, 5*k], [4 + k, -1]] for k = 0, 1, 2: running_mean and running_var.
    [Test]
    public void BatchNorm_without_momentum_keeps_the_mean_of_all_batches()
    {
        BatchNorm1d layer = new(2, momentum: null, dtype: DType.Float64);
        for (int k = 0; k < 3; k++) layer.Forward(Tensor.From([1.0, 2, 3, 5 * k, 4 + k, -1], [3, 2]));
        Assert.That(layer.RunningMean!.ToArray<double>(), Is.EqualTo(new[] { 3.0, 2 }).Within(1e-14));
        Assert.That(layer.RunningVar!.ToArray<double>(), Is.EqualTo(new[] { 4.222222222222223, 14.555555555555557 }).Within(1e-13));
        Assert.That(() => new BatchNorm1d(2, momentum: null, tracked: false).Forward(Tensor.Ones([3, 2])), Throws.Nothing);
    }

    [Test]
    public void BatchNorm_without_tracking_uses_the_batch_when_evaluating()
    {
        BatchNorm1d layer = new(1, affine: false, tracked: false, dtype: DType.Float64);
        layer.Eval();
        Assert.That(layer.Forward(Tensor.From([1.0, 3], [2, 1])).ToArray<double>(), Is.EqualTo(new[] { -1.0, 1 }).Within(1e-5));
    }

    [Test]
    public void Conv2d_padding_of_other_kinds_is_that_of_Pad()
    {
        Conv2d layer = new(1, 1, 3, padding: (1, 2), bias: false, padMode: PadMode.Replicate, dtype: DType.Float64);
        Tensor x = Normal(1, 1, 4, 5);
        double[] expected = x.Pad([2, 2, 1, 1], PadMode.Replicate).Conv2d(layer.Weight).Detach().ToArray<double>();
        Assert.That(layer.Forward(x).Detach().ToArray<double>(), Is.EqualTo(expected));
        Assert.That(new Conv2d(1, 1, 3, padding: (1, 2), bias: false, dtype: DType.Float64) { Weight = layer.Weight }.Forward(x).Detach().ToArray<double>(), Is.Not.EqualTo(expected));
    }

    [Test]
    public void InstanceNorm_normalises_each_channel_of_each_example_alone()
    {
        InstanceNorm1d layer = new(2, dtype: DType.Float64);
        double[] y = layer.Forward(Tensor.From([1.0, 3, 10, 30, 5, 7, 0, -8], [2, 2, 2])).ToArray<double>();
        Assert.That(y, Is.EqualTo(new double[] { -1, 1, -1, 1, -1, 1, 1, -1 }).Within(1e-5));
        Assert.That(() => layer.Forward(Tensor.Zeros([2, 3, 4])), Throws.TypeOf<ShapeException>().With.Message.EqualTo("InstanceNorm1d: the input must be [n, 2, l], but its shape is [2, 3, 4]. Make the layer for 3 channels, or bring the channels to axis 1 with Permute."));
    }

    [Test]
    public void Dropout2d_drops_whole_channels()
    {
        float[] y = new Dropout2d(0.5, new(1)).Forward(Tensor.Ones([50, 4, 3, 2])).ToArray<float>();
        float[][] channels = [.. y.Chunk(6)];
        Assert.That(channels.Select(channel => channel.Distinct().Count()), Is.All.EqualTo(1));
        Assert.That(channels.Average(channel => channel[0]), Is.EqualTo(1).Within(0.2));
        Assert.That(() => new Dropout2d().Forward(Tensor.Ones([2, 3])), Throws.TypeOf<ShapeException>().With.Message.EqualTo("Dropout2d: the input must be [n, channels, …], but its shape is [2, 3]. Use Dropout for features without positions."));
    }

    [Test]
    public void Attention_to_keys_and_values_of_other_sizes_is_that_of_their_projections()
    {
        MultiHeadAttention layer = new(4, 2, keySize: 3, valueSize: 5, generator: new(1), dtype: DType.Float64);
        Assert.That(layer.StateDict().Select(item => $"{item.Key} {item.Value.Shape}"), Is.EquivalentTo(new[]
        {
            "q_proj_weight [4, 4]", "k_proj_weight [4, 3]", "v_proj_weight [4, 5]", "in_proj_bias [12]", "out_proj.weight [4, 4]", "out_proj.bias [4]",
        }));
        Init.Normal(layer.InProjBias!, generator: new(2));
        Tensor query = Normal(2, 3, 4), key = Normal(2, 6, 3), value = Normal(2, 6, 5);
        // The same with identities for projections, on inputs that have been projected.
        MultiHeadAttention plain = new(4, 2, dtype: DType.Float64);
        plain.InProjWeight = Tensor.Concat([Tensor.Eye(4, DType.Float64), Tensor.Eye(4, DType.Float64), Tensor.Eye(4, DType.Float64)], 0);
        plain.OutProj.Weight = layer.OutProj.Weight;
        Tensor[] b = layer.InProjBias!.Split(4, 0);
        (Tensor output, Tensor? weights) = layer.Forward(query, key, value, isCausal: true);
        (Tensor expected, Tensor? expectedWeights) = plain.Forward(query.Linear(layer.QProjWeight!, b[0]), key.Linear(layer.KProjWeight!, b[1]), value.Linear(layer.VProjWeight!, b[2]), isCausal: true);
        Assert.That(output.Detach().ToArray<double>(), Is.EqualTo(expected.Detach().ToArray<double>()).Within(1e-14));
        Assert.That(weights!.Detach().ToArray<double>(), Is.EqualTo(expectedWeights!.Detach().ToArray<double>()).Within(1e-14));
        output.Backward(Normal(2, 3, 4));
        Assert.That(layer.Parameters.Select(parameter => parameter.Grad), Is.All.Not.Null);
        Assert.That(() => layer.Forward(query, value, value), Throws.TypeOf<ShapeException>().With.Message.EqualTo(
            "MultiHeadAttention: keyWeight must be [4, 5], from the last size of its input [2, 6, 5] to that of the query, but it is [4, 3]. Begin with Tensor.Normal([4, 5], generator, std: 0.02)."));
    }

    [Test]
    public void Attention_valid_hides_padding_together_with_any_mask([Values] bool added)
    {
        MultiHeadAttention layer = new(4, 2, dtype: DType.Float64);
        Tensor x = Normal(2, 3, 4), valid = Tensor.From([true, true, false, true, true, true], [2, 3]);
        bool[] looks = [true, true, true, false, true, true, true, false, true];
        Tensor mask = added ? Tensor.From(Array.ConvertAll(looks, look => look ? 0 : double.NegativeInfinity), [3, 3]) : Tensor.From(looks, [3, 3]);
        Tensor weights = layer.Forward(x, x, x, mask, valid: valid).Weights!.Detach();
        Assert.That(weights.Select(0, 0).Select(2, 2).ToArray<double>(), Is.All.Zero);
        Assert.That((weights[0, 0, 1, 0], weights[1, 1, 2, 1]), Is.EqualTo((0.0, 0.0)));
        Assert.That(weights.Sum(3).ToArray<double>(), Is.All.EqualTo(1).Within(1e-12));
        // What an example gives does not depend on its padding.
        double[] alone = layer.Forward(x.Slice(0, 0, 1).Slice(1, 0, 2)).Detach().ToArray<double>();
        Assert.That(layer.Forward(x, x, x, valid: valid).Output.Slice(0, 0, 1).Slice(1, 0, 2).Detach().ToArray<double>(), Is.EqualTo(alone).Within(1e-13));
        Assert.That(() => layer.Forward(x, x, x, valid: Tensor.Ones([2, 3])), Throws.TypeOf<ShapeException>().With.Message.EqualTo(
            "MultiHeadAttention: valid must be Bool [2, 3], one for each key of [2, 3, 4], but it is Float32 [2, 3]. Make it true where a key counts: by the lengths of the sequences, Tensor.Arange(l, DType.Int64) < lengths.Unsqueeze(1)."));
    }

    [Test]
    public void Transformers_of_padded_batches_give_what_each_example_gives_alone([Values] bool normFirst)
    {
        TransformerEncoder encoder = new(2, () => new(4, 2, 8, dropout: 0, normFirst: normFirst, dtype: DType.Float64));
        TransformerDecoder decoder = new(2, () => new(4, 2, 8, dropout: 0, normFirst: normFirst, dtype: DType.Float64));
        Tensor x = Normal(2, 3, 4), y = Normal(2, 5, 4), valid = Tensor.From([true, true, false, true, true, true], [2, 3]);
        Tensor targetValid = Tensor.From([true, true, true, false, false, true, true, true, true, true], [2, 5]);
        Tensor memory = encoder.Forward(x, null, valid: valid), result = decoder.Forward(y, memory, isCausal: true, valid: targetValid, memoryValid: valid);
        Tensor aloneMemory = encoder.Forward(x.Slice(0, 0, 1).Slice(1, 0, 2)), alone = decoder.Forward(y.Slice(0, 0, 1).Slice(1, 0, 3), aloneMemory, isCausal: true);
        Assert.That(result.Slice(0, 0, 1).Slice(1, 0, 3).Detach().ToArray<double>(), Is.EqualTo(alone.Detach().ToArray<double>()).Within(1e-12));
    }

    [Test]
    public void Embedding_padding_row_is_zero_and_gets_no_gradient()
    {
        Embedding layer = new(4, 2, paddingIndex: -1, dtype: DType.Float64);
        Assert.That(layer.Weight.Select(0, 3).Detach().ToArray<double>(), Is.All.Zero);
        Tensor y = layer.Forward(Tensor.From([3L, 0, 3]));
        y.Backward(Tensor.OnesLike(y));
        Assert.That(layer.Weight.Grad!.ToArray<double>(), Is.EqualTo(new double[] { 1, 1, 0, 0, 0, 0, 0, 0 }));
    }

    [Test]
    public void Lstm_layer_by_layer_with_dropout_of_nothing_is_the_same([Values] bool bidirectional)
    {
        Lstm plain = new(3, 4, 2, bidirectional: bidirectional, generator: new(1), dtype: DType.Float64);
        Lstm dropping = new(3, 4, 2, bidirectional: bidirectional, dropout: 1e-30, generator: new(1), dtype: DType.Float64);
        int rows = bidirectional ? 4 : 2;
        Tensor x = Normal(5, 2, 3), h0 = Normal(rows, 2, 4), c0 = Normal(rows, 2, 4);
        var (y, h, c) = plain.Forward(x, h0, c0);
        var (y2, h2, c2) = dropping.Forward(x, h0, c0);
        foreach ((Tensor a, Tensor b) in new[] { (y, y2), (h, h2), (c, c2) }) Assert.That(b.Detach().ToArray<double>(), Is.EqualTo(a.Detach().ToArray<double>()));
    }

    [Test]
    public void Lstm_directions_are_side_by_side_and_its_weights_can_be_asked_for()
    {
        Lstm layer = new(3, 4, bidirectional: true, batchFirst: true, dtype: DType.Float64);
        var (y, h, c) = layer.Forward(Normal(2, 5, 3), null, null);
        Assert.That((y.Shape.ToString(), h.Shape.ToString(), c.Shape.ToString()), Is.EqualTo(("[2, 5, 8]", "[2, 2, 4]", "[2, 2, 4]")));
        Assert.That(y.Select(1, 4).Slice(1, 0, 4).Detach().ToArray<double>(), Is.EqualTo(h.Select(0, 0).Detach().ToArray<double>()));
        Assert.That(layer.WeightsOf(0, reverse: true).Input, Is.SameAs(layer.StateDict()["weight_ih_l0_reverse"]));
    }

    [Test]
    public void Attention_mask_hides_padding_and_causality_the_future()
    {
        MultiHeadAttention layer = new(4, 2, dtype: DType.Float64);
        Tensor x = Normal(1, 3, 4), seen = Tensor.From([true, true, false]).Reshape(1, 1, 1, 3);
        Tensor weights = layer.Forward(x, x, x, seen).Weights!.Detach();
        Assert.That(weights.Select(3, 2).ToArray<double>(), Is.All.Zero);
        Tensor causal = layer.Forward(x, x, x, isCausal: true).Weights!.Detach();
        Assert.That((causal[0, 0, 0, 1], causal[0, 1, 1, 2], causal[0, 0, 0, 0]), Is.EqualTo((0.0, 0.0, 1.0)));
    }

    [Test]
    public void Decoder_looks_at_the_memory()
    {
        TransformerDecoder decoder = new(2, () => new TransformerDecoderLayer(8, 2, 16, normFirst: true, dtype: DType.Float64), new LayerNorm(8, dtype: DType.Float64));
        Tensor x = Normal(2, 3, 8), memory = Normal(2, 5, 8);
        memory.RequiresGrad = true;
        Tensor y = decoder.Forward(x, memory, isCausal: true);
        Assert.That(y.Shape.ToString(), Is.EqualTo("[2, 3, 8]"));
        y.Backward(Normal(2, 3, 8));
        Assert.That(memory.Grad!.ToArray<double>(), Has.Some.Not.Zero);
        Tensor plain = decoder.Layers[0].Forward((x, memory.Detach()));
        Assert.That(plain.Shape, Is.EqualTo(x.Shape));
    }

    [Test]
    public void PositionalEncoding_is_the_published_one()
    {
        double[] sum = new PositionalEncoding(4, 3).Forward(Tensor.Zeros([3, 4], DType.Float64)).ToArray<double>();
        double[] expected = [.. Enumerable.Range(0, 3).SelectMany(t => new[] { Math.Sin(t), Math.Cos(t), Math.Sin(t / 100.0), Math.Cos(t / 100.0) })];
        Assert.That(sum, Is.EqualTo(expected).Within(1e-14));
        Assert.That(() => new PositionalEncoding(4, 3).Forward(Tensor.Zeros([5, 4])), Throws.TypeOf<ShapeException>().With.Message.EqualTo(
            "PositionalEncoding: the input must be […, l, 4] with l ≤ 3, but its shape is [5, 4]. Make the layer with longest: 5."));
    }
}

static class FilledTensors
{
    public static void CopyFromValues(this Tensor tensor, params double[] values)
    {
        using RecordingSwitch _ = Tape.NoGrad();
        tensor.CopyFrom(Tensor.From(values).Reshape(tensor.Shape.Sizes).Cast(tensor.DType));
    }
}
