using Autograd.Tests.Support;

namespace Autograd.Tests.Engine;

/// <summary>Depth and width: nothing recurses over the graph, nothing is quadratic in it.</summary>
public sealed class LongChainTests
{
    const int Depth = 1_000_000, Heads = 8_000, Trunk = 1_000;

    // A small stack: one frame an op would need a hundred times as much.
    static void OnASmallStack(Action work)
    {
        Exception? error = null;
        Thread thread = new(() =>
        {
            try
            {
                work();
            }
            catch (Exception e)
            {
                error = e;
            }
        }, 256 * 1024);
        thread.Start();
        thread.Join();
        if (error is not null) throw new InvalidOperationException("The work failed.", error);
    }

    static Tensor Chain(Tensor x, int depth)
    {
        for (int i = 0; i < depth; i++) x = x * (i % 2 == 0 ? 2 : 0.5);
        return x;
    }

    [Test]
    public void Backward_OfAMillionOps_NeedsNoStack() => OnASmallStack(() =>
    {
        Tensor x = Make.Number(3), y = Chain(x, Depth);
        y.Backward();
        Assert.That((y.Item(), x.Grad!.Item()), Is.EqualTo((3.0, 1.0)));
    });

    [Test]
    public void Backward_OfAMillionOps_InAScope_Too() => OnASmallStack(() =>
    {
        Tensor x = Make.Number(3);
        for (int run = 0; run < 2; run++)
        {
            using TapeScope scope = Tape.Scope();
            Chain(x, Depth).Backward();
        }
        Assert.That(x.Grad!.Item(), Is.EqualTo(2));
        MemoryPool.Trim();
    });

    [Test]
    public void Allocation_InAScope_IsLinearInTheLength()
    {
        long[] bytes = new long[2];
        Tensor x = Make.Number(3), two = Tensor.Scalar(2, DType.Float64);
        for (int i = 0; i < bytes.Length; i++)
        {
            int depth = i == 0 ? 2_000 : 20_000;
            for (int run = 0; run < 2; run++)
            {
                long before = GC.GetAllocatedBytesForCurrentThread();
                using TapeScope scope = Tape.Scope();
                Tensor y = x;
                for (int k = 0; k < depth; k++) y = y - two;
                x.ZeroGrad();
                y.Backward();
                bytes[i] = GC.GetAllocatedBytesForCurrentThread() - before;
            }
        }
        // A handle an op: 48 bytes in a 64-bit process.
        Assert.That(bytes[0], Is.InRange(2_000 * 40, 2_000 * 64));
        Assert.That((double)bytes[1] / bytes[0], Is.InRange(9.5, 10.5));
        MemoryPool.Trim();
    }

    [Test]
    public void Backward_Recorded_OfALongChain_NeedsNoStack() => OnASmallStack(() =>
    {
        Tensor x = Make.Number(1), y = x;
        for (int i = 0; i < 20_000; i++) y = y * x;
        Tensor first = Tape.Gradients(y, [x], createGraph: true)[0]!;
        Assert.That(first.Item(), Is.EqualTo(20_001));
        Assert.That(Tape.Gradients(first, [x])[0]!.Item(), Is.EqualTo(20_001.0 * 20_000));
    });

    [Test]
    public void Backward_OfManyHeadsOnOneTrunk_AsOneSum()
    {
        Tensor x = Make.Number(2), trunk = Chain(x, Trunk), sum = trunk * 0;
        for (int i = 0; i < Heads; i++) sum = sum + (trunk * trunk);
        sum.Backward();
        Assert.That(x.Grad!.Item(), Is.EqualTo(Heads * 4.0));
    }

    [Test]
    public void Backward_OfManyHeadsOnOneTrunk_OneAfterTheOther()
    {
        Tensor x = Make.Number(2), trunk = Chain(x, 10);
        Tensor[] heads = [.. Enumerable.Range(0, Heads).Select(i => trunk * (i % 3))];
        foreach (Tensor head in heads) head.Backward(retainGraph: true);
        Assert.That(x.Grad!.Item(), Is.EqualTo(heads.Length - 1.0).Within(2));
        Assert.That(x.Grad!.Item(), Is.EqualTo(Enumerable.Range(0, Heads).Sum(i => i % 3)));
    }

    [Test]
    public void Backward_OfAnOpWithManyInputs_ReachesAll()
    {
        StubOp sum = new(
            "SumAll", t => Tensor.Scalar(t.Sum(x => x.Item()), DType.Float64),
            (i, dy, values) => dy * values.Input(i), Saved.Inputs);
        Tensor[] leaves = [.. Enumerable.Range(0, 5000).Select(i => Make.Number(i))];
        sum.Apply(leaves).Backward();
        for (int i = 0; i < leaves.Length; i++) Assert.That(leaves[i].Grad!.Item(), Is.EqualTo(i));
    }

    [Test]
    public void Gradients_OfManyInputs_ReachesAll()
    {
        Tensor[] leaves = [.. Enumerable.Range(0, 5000).Select(i => Make.Number(i))];
        Tensor y = leaves[0] * 1;
        for (int i = 1; i < leaves.Length; i++) y = y + (leaves[i] * i);
        Tensor?[] gradients = Tape.Gradients(y, leaves);
        Assert.That(gradients.Skip(1).Select((g, i) => g!.Item() - i - 1), Is.All.Zero);
    }
}
