using System.Runtime.CompilerServices;
using Autograd.Tests.Support;

namespace Autograd.Tests.Engine;

/// <summary>What nobody holds is garbage, whatever else the graph shares with it.</summary>
[NonParallelizable]
public sealed class LeakTests
{
    static long Live()
    {
        for (int i = 0; i < 3; i++)
        {
            GC.Collect();
            GC.WaitForPendingFinalizers();
        }
        return GC.GetTotalMemory(true);
    }

    [Test]
    public void Evaluation_WithoutNoGrad_OnARecordedTensorMadeOutside_StaysFlat()
    {
        Tensor w = Tensor.Ones([100]);
        w.RequiresGrad = true;
        Tensor recorded = w * 2;
        double sum = Evaluate(recorded, 100);
        long before = Live();
        sum += Evaluate(recorded, 10_000);
        // One iteration keeps at least 800 bytes when it leaks: 8 MB.
        Assert.That(Live() - before, Is.LessThan(300_000));
        Assert.That(sum, Is.EqualTo(10_100 * 400.0));
        recorded.SumTo([]).Backward();
        Assert.That(w.Grad![0], Is.EqualTo(2));
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    static double Evaluate(Tensor recorded, int count)
    {
        double sum = 0;
        for (int i = 0; i < count; i++) sum += (recorded * recorded).SumTo([]).Item();
        return sum;
    }

    [Test]
    public void AnExpressionThatNobodyHolds_IsCollected()
    {
        Tensor x = Make.Leaf(1, 2, 3), trunk = x * 2;
        WeakReference[] dropped = Drop(trunk);
        Live();
        Assert.That(dropped.Select(r => r.IsAlive), Is.All.False);
        Make.Total(trunk).Backward();
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    static WeakReference[] Drop(Tensor trunk)
    {
        Tensor y = trunk.Tanh(), z = y * trunk;
        return [new(y), new(y.Node), new(z), new(z.Node), new(z.LiveStorage)];
    }

    [Test]
    public void Backward_HoldsNothingOfTheGraphAfterwards()
    {
        Tensor x = Make.Leaf(1, 2, 3);
        WeakReference[] dropped = RunBackward(x);
        Live();
        Assert.That(dropped.Select(r => r.IsAlive), Is.All.False);
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    static WeakReference[] RunBackward(Tensor x)
    {
        Tensor y = x.Tanh(), z = Make.Total(y * x), seed = Tensor.Scalar(1, DType.Float64);
        z.Backward(seed, retainGraph: true);
        _ = Tape.Gradients(z, [x, y], seed, retainGraph: true);
        StubOp broken = new("Broken", t => t[0] * 1, (_, _, _) => throw new InvalidOperationException());
        Tensor bad = Make.Total(broken.Apply(z));
        Assert.That(() => bad.Backward(), Throws.InvalidOperationException);
        return [new(y), new(y.Node), new(z.Node), new(z.LiveStorage), new(seed), new(bad.Node)];
    }

    [Test]
    public void Backward_FreesTheSavedValues_AlsoWhenTheResultIsHeld()
    {
        Tensor x = Make.Leaf(1, 2, 3);
        (Tensor result, WeakReference middle) = Freed(x);
        Live();
        Assert.That(middle.IsAlive, Is.False);
        Assert.That(result.RequiresGrad);
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    static (Tensor Result, WeakReference Middle) Freed(Tensor x)
    {
        Tensor middle = x.Tanh(), result = Make.Total(middle * middle);
        result.Backward();
        return (result, new WeakReference(middle.LiveStorage));
    }

    [Test]
    public void ARecordedGradient_IsCollectedWithItsLeaf()
    {
        WeakReference[] dropped = Cycle();
        Live();
        Assert.That(dropped.Select(r => r.IsAlive), Is.All.False);
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    static WeakReference[] Cycle()
    {
        Tensor x = Make.Leaf(1, 2, 3), y = x * x * x;
        y.RetainGrad();
        Make.Total(y).Backward(createGraph: true);
        return [new(x), new(x.Node), new(y.Node), new(x.Grad), new(y.Grad)];
    }

    [Test]
    public void AnEndedScope_HoldsWhatItRecorded_UntilTheNextOneEnds([Values] bool trim)
    {
        WeakReference[] large = Scoped(20);
        // The next scope is smaller: what the first had besides must not stay for good.
        if (trim) MemoryPool.Trim();
        else _ = Scoped(1);
        Live();
        Assert.That(large.Select(r => r.IsAlive), Is.All.False);
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    static WeakReference[] Scoped(int layers)
    {
        Tensor[] weights = [.. Enumerable.Range(0, layers).Select(i => Make.Leaf(1, 2, i))];
        using (Tape.Scope())
        {
            Tensor y = Tensor.Ones([3], DType.Float64);
            foreach (Tensor w in weights) y *= w;
            Make.Total(y).Backward();
        }
        return [.. weights.SelectMany(w => new[] { new WeakReference(w), new(w.Node), new(w.Grad) })];
    }

    [Test]
    public void Training_InAScope_AllocatesAConstantLittle()
    {
        Tensor w = Tensor.Uniform([64, 64], new Generator(1)), x = Tensor.Uniform([64, 64], new Generator(2));
        w.RequiresGrad = true;
        for (int i = 0; i < 50; i++) Step(w, x);
        long first = Allocated(w, x, 100), second = Allocated(w, x, 100);
        Assert.That(second, Is.EqualTo(first).Within(2_000));
        // Seven results a step, at most 160 bytes each, and the pass: none of the 16 KiB buffers among them.
        Assert.That(second / 100, Is.LessThan(3_000));
    }

    static long Allocated(Tensor w, Tensor x, int steps)
    {
        long before = GC.GetAllocatedBytesForCurrentThread();
        for (int i = 0; i < steps; i++) Step(w, x);
        return GC.GetAllocatedBytesForCurrentThread() - before;
    }

    static void Step(Tensor w, Tensor x)
    {
        using TapeScope scope = Tape.Scope();
        Tensor h = (w * x).Tanh(), loss = ((h - x) * (h - x)).SumTo([]);
        w.ZeroGrad();
        loss.Backward();
        using RecordingSwitch off = Tape.NoGrad();
        w.AddScaled(w.Grad!, -1e-4);
    }
}
