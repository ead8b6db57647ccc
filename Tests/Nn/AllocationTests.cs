using Autograd.Nn;

namespace Autograd.Tests.Nn;

/// <summary>What a training step in a scope leaves to the garbage collector: handles, and nothing that grows with the tensors.</summary>
[NonParallelizable]
public sealed class AllocationTests
{
    const int Steps = 1000, BytesAnOutput = 160;

    [TearDown]
    public void Trim() => MemoryPool.Trim();

    [Test]
    public void Mlp() => TrainsInPlace(
        [new Linear(6, 8, generator: new(1)), new Tanh(), new Linear(8, 8, generator: new(2)), new Relu(), new Linear(8, 3, generator: new(3))], [4, 6]);

    [Test]
    public void LeNet5() => TrainsInPlace(
        [
            new Conv2d(1, 2, 5, padding: 2, generator: new(1)), new Tanh(), new AvgPool2d(2), new Conv2d(2, 3, 5, generator: new(2)), new Tanh(), new AvgPool2d(2),
            new Flatten(), new Linear(3, 8, generator: new(3)), new Tanh(), new Linear(8, 6, generator: new(4)), new Tanh(), new Linear(6, 3, generator: new(5)),
        ], [2, 1, 14, 14]);

    [Test]
    public void Lstm() => TrainsInPlace([new Lstm(3, 4, generator: new(1)), new Linear(4, 2, generator: new(2))], [6, 2, 3]);

    [Test]
    public void BidirectionalLstmOfTwoLayers() =>
        TrainsInPlace([new Lstm(3, 4, layers: 2, bidirectional: true, generator: new(1)), new Linear(8, 2, generator: new(2))], [6, 2, 3]);

    [Test]
    public void Gru() => TrainsInPlace([new Gru(3, 4, generator: new(1)), new Linear(4, 2, generator: new(2))], [6, 2, 3]);

    [Test]
    public void Rnn() => TrainsInPlace([new Rnn(3, 4, generator: new(1)), new Linear(4, 2, generator: new(2))], [6, 2, 3]);

    [Test]
    public void TransformerBlockWithDropout() => TrainsInPlace([new TransformerEncoderLayer(8, 2, 16, dropout: 0.1, generator: new(1))], [2, 5, 8]);

    [Test]
    public void TransformerBlock() => TrainsInPlace([new TransformerEncoderLayer(8, 2, 16, dropout: 0, generator: new(1))], [2, 5, 8]);

    static void TrainsInPlace(Sequential model, Shape input)
    {
        Tensor x = Tensor.Normal(input, new Generator(9)), target = Tensor.ZerosLike(model.Forward(x));
        Sgd sgd = new(model.Parameters, learningRate: 1e-3, momentum: 0.9);
        int outputs = 0;
        Tape.Observer = (_, _, _) => outputs++;
        Step(model, x, target, sgd);
        Tape.Observer = null;
        for (int i = 0; i < 50; i++) Step(model, x, target, sgd);
        long large = LargeObjects(), gen2 = GC.CollectionCount(2), bytes = GC.GetAllocatedBytesForCurrentThread();
        for (int i = 0; i < Steps; i++) Step(model, x, target, sgd);
        bytes = GC.GetAllocatedBytesForCurrentThread() - bytes;
        Assert.That(GC.CollectionCount(2) - gen2, Is.Zero);
        Assert.That((double)bytes / Steps / outputs, Is.LessThanOrEqualTo(BytesAnOutput), $"{outputs} op outputs a step");
        Assert.That(LargeObjects(), Is.EqualTo(large));
    }

    static void Step(Sequential model, Tensor x, Tensor target, Sgd sgd)
    {
        using TapeScope scope = Tape.Scope();
        Tensor loss = Loss.Mse(model.Forward(x), target);
        sgd.ZeroGrad();
        loss.Backward();
        sgd.Step();
    }

    /// <summary>Bytes of the large-object heap and of the pinned one, where large buffers lie.</summary>
    static long LargeObjects()
    {
        GC.Collect();
        ReadOnlySpan<GCGenerationInfo> heaps = GC.GetGCMemoryInfo(GCKind.FullBlocking).GenerationInfo;
        return heaps[3].SizeAfterBytes + heaps[4].SizeAfterBytes;
    }
}
