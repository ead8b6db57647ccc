using Autograd.Tests.Support;

namespace Autograd.Tests.Engine;

[NonParallelizable]
public sealed class ThreadTests
{
    static void OnThreads(int count, Action<int> work)
    {
        List<Exception> errors = [];
        using Barrier start = new(count);
        Thread[] threads = [.. Enumerable.Range(0, count).Select(i => new Thread(() =>
        {
            start.SignalAndWait();
            try
            {
                work(i);
            }
            catch (Exception e)
            {
                lock (errors) errors.Add(e);
            }
        }))];
        foreach (Thread thread in threads) thread.Start();
        foreach (Thread thread in threads) thread.Join();
        if (errors.Count > 0) throw new AggregateException(errors);
    }

    // Whole numbers below 2⁵³: every order of additions gives the same sum, exactly.
    [Test]
    public void Gradients_OfSharedLeaves_AddUpExactly([Values] bool scoped)
    {
        const int Threads = 4, Steps = 2_000;
        Tensor w = Tensor.Ones([33], DType.Float64), b = Tensor.Ones([33], DType.Float64);
        w.RequiresGrad = b.RequiresGrad = true;
        OnThreads(Threads, t =>
        {
            Tensor x = Tensor.Full([33], t + 1, DType.Float64);
            for (int i = 0; i < Steps; i++)
            {
                if (scoped)
                {
                    using TapeScope scope = Tape.Scope();
                    Make.Total((w * x) + (w * w) + b).Backward();
                }
                else
                {
                    Make.Total((w * x) + (w * w) + b).Backward();
                }
            }
        });
        Assert.That(Make.Numbers(w.Grad), Is.All.EqualTo(Steps * (1.0 + 2 + 3 + 4 + (2 * Threads))));
        Assert.That(Make.Numbers(b.Grad), Is.All.EqualTo(Steps * Threads));
    }

    // Every round starts from memory that waits, or from no memory at all: both first commits race.
    [Test]
    public void Gradients_OfSharedLeaves_StartingFromNothing_AddUpExactly([Values] bool waiting)
    {
        const int Threads = 3, Rounds = 1_500;
        Tensor w = Tensor.Ones([65], DType.Float64);
        w.RequiresGrad = true;
        for (int round = 0; round < Rounds; round++)
        {
            if (waiting) w.ZeroGrad();
            else (w = Tensor.Ones([65], DType.Float64)).RequiresGrad = true;
            Tensor leaf = w;
            Parallel.For(0, Threads, new ParallelOptions { MaxDegreeOfParallelism = Threads }, t =>
                Make.Total((leaf * leaf) + (leaf * (t + 1)) + (leaf * leaf)).Backward());
            Assert.That(Make.Numbers(w.Grad), Is.All.EqualTo((4.0 * Threads) + 1 + 2 + 3), $"round {round}");
        }
    }

    [Test]
    public void Backward_OverOneRetainedTrunk_OnTwoThreads_IsRefusedOrRight()
    {
        const int Rounds = 3_000;
        Tensor x = Make.Leaf(1, 2), trunk = x;
        for (int i = 0; i < 30; i++) trunk = trunk + x;
        Tensor[] heads = [Make.Total(trunk * 1), Make.Total(trunk * 1)];
        int done = 0, refused = 0;
        OnThreads(2, t =>
        {
            for (int i = 0; i < Rounds; i++)
            {
                try
                {
                    heads[t].Backward(retainGraph: true);
                    Interlocked.Increment(ref done);
                }
                catch (GraphException e) when (e.Message.StartsWith("Backward: another backward is running over the same recorded ops", StringComparison.Ordinal))
                {
                    Interlocked.Increment(ref refused);
                }
            }
        });
        Assert.That(done + refused, Is.EqualTo(2 * Rounds));
        Assert.That(done, Is.GreaterThan(0));
        Assert.That(Make.Numbers(x.Grad), Is.All.EqualTo(31.0 * done));
        foreach (Tensor head in heads) head.Backward(retainGraph: true);
        Assert.That(Make.Numbers(x.Grad), Is.All.EqualTo(31.0 * (done + 2)), "every claim was given back");
    }

    [Test]
    public void AGraph_RecordedOnOneThread_RunsBackwardOnAnother()
    {
        Tensor x = Make.Leaf(1, 2), y = x * x;
        Tensor? z = null;
        OnThreads(1, _ => z = Make.Total((y * x) + x));
        OnThreads(1, _ => z!.Backward());
        Assert.That(Make.Numbers(x.Grad), Is.EqualTo(new[] { 4.0, 13 }));
    }

    // The numbers of creation order the tape also where threads that count on their own are mixed.
    [Test]
    public void AGraph_RecordedOnManyThreadsInTurn_IsInOrder()
    {
        Tensor x = Make.Number(1), y = x;
        for (int i = 0; i < 20; i++)
        {
            Tensor before = y;
            OnThreads(1, _ => y = (before * 2) - before + (x * 0));
        }
        y.Backward();
        Assert.That(x.Grad!.Item(), Is.EqualTo(1));
    }

    [Test]
    public void HooksAndRegistrations_OnManyThreads_DoNotGetLost()
    {
        Tensor x = Make.Number(1);
        int calls = 0;
        OnThreads(4, _ =>
        {
            for (int i = 0; i < 50; i++)
            {
                x.RegisterHook(_ =>
                {
                    Interlocked.Increment(ref calls);
                    return null;
                });
            }
        });
        (x * 1).Backward();
        Assert.That(calls, Is.EqualTo(200));
    }

    [Test]
    public void Scopes_OfSeveralThreads_AreApart()
    {
        Tensor w = Tensor.Full([100], 3, DType.Float64);
        w.RequiresGrad = true;
        OnThreads(4, t =>
        {
            for (int i = 0; i < 500; i++)
            {
                using TapeScope scope = Tape.Scope();
                Tensor a = w * t, b = a + i;
                double[] expected = [.. Enumerable.Repeat((3.0 * t) + i, 100)];
                if (!b.ToArray<double>().AsSpan().SequenceEqual(expected)) throw new InvalidOperationException("The memory of another thread was seen.");
            }
        });
    }
}
