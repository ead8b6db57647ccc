namespace Autograd.Tests.Engine;

/// <summary>Steps that record what the step before recorded, which the engine takes down and claims anew by comparing, and steps that do not.</summary>
[Parallelizable(ParallelScope.All)]
public sealed class RepeatTests
{
    /// <summary>What a step may compute from a matrix, two vectors and a number.</summary>
    static readonly Func<Tensor[], Tensor>[] Programs =
    [
        w => w[1].Linear(w[0], w[2], Activation.Tanh).Sum(),
        w => w[1].Linear(w[0], w[2], Activation.Sigmoid).Sum(),
        w => w[2].Linear(w[0], w[1], Activation.Tanh).Sum(),
        w => (w[1].Linear(w[0], w[2], Activation.Tanh) * w[1]).Sum() * w[3],
        w => (w[1].Linear(w[0], w[2], Activation.Tanh) * w[2]).Sum() * w[3],
        w => w[1].Linear(w[0], w[1].Linear(w[0], w[2])).Square().Mean(),
        w => Tensor.Concat([w[1], w[2] * w[3], w[1]]).Square().Sum(),
        w => w[1].Cast(DType.Float64).Linear(w[0].Cast(DType.Float64), w[2].Cast(DType.Float64), Activation.Tanh).Sum(),
        w => w[1].Cast(DType.Float64).Sum(),
        w => (w[1] * 2).Sum(),
        w => (w[3] * w[3]) + w[3],
        w => (w[3] * w[3]) - w[3],
        w => ((w[1] * 2) + (w[2] * w[3])).Square().Sum(),
        w => ((w[0] * 2) + (w[0].Transpose(0, 1) * w[3])).Square().Mean(),
        // More gradients at a time than have places of their own.
        w => Enumerable.Range(1, 20).Select(i => (i * w[1]).Square() + (i * w[2])).Aggregate((a, b) => (a * 0.5) + b).Sum(),
    ];

    static Tensor[] Leaves()
    {
        Generator random = new(8);
        Tensor[] leaves = [Tensor.Normal([3, 3], random), Tensor.Normal([3], random), Tensor.Normal([3], random), Tensor.Scalar(0.7)];
        foreach (Tensor leaf in leaves) leaf.RequiresGrad = true;
        return leaves;
    }

    static float[][] GradientsOf(Tensor[] leaves) => [.. leaves.Select(leaf => leaf.Grad?.ToArray<float>() ?? [])];

    static void Clear(Tensor[] leaves)
    {
        foreach (Tensor leaf in leaves) leaf.ZeroGrad();
    }

    static float[][] Fresh(Tensor[] leaves, int program, int frozen)
    {
        Clear(leaves);
        if (frozen >= 0) leaves[frozen].RequiresGrad = false;
        Tensor y = Programs[program](leaves);
        if (y.RequiresGrad) y.Backward();
        if (frozen >= 0) leaves[frozen].RequiresGrad = true;
        return GradientsOf(leaves);
    }

    [Test]
    public void StepsInScopes_InAnyOrder_GiveTheGradientsOfGraphsThatNothingWasRecordedBefore()
    {
        Tensor[] leaves = Leaves();
        // Frozen is the leaf that requires no gradient while the step is recorded; −1 for none.
        var expected = Enumerable.Range(0, Programs.Length).SelectMany(p => Enumerable.Range(-1, 5), (p, f) => (p, f)).ToDictionary(x => x, x => Fresh(leaves, x.p, x.f));
        Generator random = new(9);
        int program = 0, frozen = -1;
        for (int step = 0; step < 3000; step++)
        {
            // Mostly the same again.
            if (random.NextInt(3) == 0) program = random.NextInt(Programs.Length);
            if (random.NextInt(4) == 0) frozen = random.NextInt(5) - 1;
            using TapeScope scope = Tape.Scope();
            Clear(leaves);
            if (frozen >= 0) leaves[frozen].RequiresGrad = false;
            Tensor y = Programs[program](leaves);
            if (frozen >= 0) leaves[frozen].RequiresGrad = true;
            if (!y.RequiresGrad) continue;
            switch (random.NextInt(6))
            {
                case 0: continue;
                case 1: _ = Tape.From(y); break;
                case 2: _ = Tape.Gradients(y, [leaves[0]], retainGraph: true, allowUnused: true); break;
                case 3: y.Backward(createGraph: true); Clear(leaves); break;
            }
            y.Backward();
            Assert.That(GradientsOf(leaves), Is.EqualTo(expected[(program, frozen)]), $"step {step}: program {program}, leaf {frozen} frozen");
        }
    }

    [Test]
    public void ALeafThatIsFrozenBetweenForwardAndBackward_GetsNoGradient_AndOneAgainInTheNextStep()
    {
        Tensor[] leaves = Leaves();
        float[][] all = Fresh(leaves, 3, -1);
        for (int step = 0; step < 6; step++)
        {
            using TapeScope scope = Tape.Scope();
            Clear(leaves);
            Tensor y = Programs[3](leaves);
            leaves[2].RequiresGrad = step % 3 != 1;
            y.Backward();
            leaves[2].RequiresGrad = true;
            Assert.That(GradientsOf(leaves), Is.EqualTo(step % 3 != 1 ? all : [all[0], all[1], [], all[3]]), $"step {step}");
        }
    }

    [Test]
    public void AGraphThatWasFreed_OrChangedInPlace_IsAnErrorInEveryStep()
    {
        Tensor[] leaves = Leaves();
        for (int step = 0; step < 4; step++)
        {
            using TapeScope scope = Tape.Scope();
            Clear(leaves);
            Tensor y = Programs[0](leaves);
            y.Backward();
            Assert.That(() => y.Backward(), Throws.TypeOf<GraphException>());
            Tensor z = Programs[0](leaves);
            using (Tape.NoGrad()) leaves[1].Fill(0.5);
            Assert.That(() => z.Backward(), Throws.TypeOf<GraphException>().With.Message.Contains("was changed in place"));
        }
    }

    [Test]
    public void AHook_AndARetainedGradient_AreSeenInTheStepThatHasThem()
    {
        Tensor[] leaves = Leaves();
        for (int step = 0; step < 6; step++)
        {
            using TapeScope scope = Tape.Scope();
            Clear(leaves);
            Tensor h = leaves[1].Linear(leaves[0], leaves[2], Activation.Tanh);
            int calls = 0;
            if (step % 2 == 1)
            {
                h.RetainGrad();
                h.RegisterHook(_ =>
                {
                    calls++;
                    return null;
                });
            }
            h.Sum().Backward();
            Assert.That(calls, Is.EqualTo(step % 2));
            if (step % 2 == 1) Assert.That(h.Grad!.ToArray<float>(), Is.EqualTo([1f, 1, 1]));
        }
    }

    [Test]
    public void AValueOfAnotherThread_WhoseScopeEndedAndRecordedTheSameAgain_IsAnError()
    {
        Tensor w = Tensor.Scalar(2);
        w.RequiresGrad = true;
        Tensor? h = null;
        using SemaphoreSlim recorded = new(0), goOn = new(0);
        bool isDone = false;
        Thread other = new(() =>
        {
            while (!Volatile.Read(ref isDone))
            {
                using TapeScope scope = Tape.Scope();
                h = w * 3;
                recorded.Release();
                goOn.Wait();
            }
        });
        other.Start();
        recorded.Wait();
        for (int step = 0; step < 9; step++)
        {
            using TapeScope scope = Tape.Scope();
            w.ZeroGrad();
            // Nothing is saved that would tell.
            Tensor y = h! + h!;
            if (step % 3 == 2)
            {
                Next();
                Assert.That(() => y.Backward(), Throws.TypeOf<GraphException>(), $"step {step}");
                Assert.That(w.Grad, Is.Null);
            }
            else
            {
                y.Backward();
                Assert.That(w.Grad!.Item(), Is.EqualTo(6), $"step {step}");
                Next();
            }
        }
        Volatile.Write(ref isDone, true);
        goOn.Release();
        other.Join();

        void Next()
        {
            goOn.Release();
            recorded.Wait();
        }
    }
}
