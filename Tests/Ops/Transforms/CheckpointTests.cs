using Autograd.Tests.Support;

namespace Autograd.Tests.Ops.Transforms;

public sealed class CheckpointTests
{
    static Tensor Random(Shape shape, ulong seed, bool requiresGrad = true)
    {
        Tensor x = Tensor.Uniform(shape, new Generator(seed), -1, 1, DType.Float64);
        x.RequiresGrad = requiresGrad;
        return x;
    }

    [Test]
    public void Run_GivesTheSameBits_OfResultAndGradients([Values] bool scope, [Values] bool inputRequiresGrad)
    {
        Tensor w = Random([6, 6], 1), b = Random([6], 2), x = Random([4, 6], 3, inputRequiresGrad);
        Tensor Block(Tensor t) => ((t.MatMul(w) + b).Tanh().MatMul(w).Softmax(1) * t).Exp();
        double[][] plain = Step(Block), again = Step(t => Checkpoint.Run(Block, t)), nested = Step(t => Checkpoint.Run(u => Checkpoint.Run(Block, u), t));
        Assert.That(again, Is.EqualTo(plain));
        Assert.That(nested, Is.EqualTo(plain));

        double[][] Step(Func<Tensor, Tensor> f)
        {
            using TapeScope step = scope ? Tape.Scope() : default;
            foreach (Tensor t in (Tensor[])[w, b, x]) t.ZeroGrad();
            Tensor y = f(f(x));
            y.Sum().Backward();
            return [Make.Numbers(y), Make.Numbers(w.Grad), Make.Numbers(b.Grad), inputRequiresGrad ? Make.Numbers(x.Grad) : []];
        }
    }

    [Test]
    public void Run_ComputesOnceMore_InBackward()
    {
        int calls = 0;
        Tensor x = Random([3], 1);
        Tensor y = Checkpoint.Run(t =>
        {
            calls++;
            for (int i = 0; i < 40; i++) t = t.Tanh() * 1.5;
            return t;
        }, x);
        Assert.That(calls, Is.EqualTo(1));
        y.Sum().Backward(retainGraph: true);
        Assert.That(calls, Is.EqualTo(2));
        double[] first = Make.Numbers(x.Grad);
        x.ZeroGrad();
        y.Sum().Backward();
        Assert.That(calls, Is.EqualTo(3));
        Assert.That(Make.Numbers(x.Grad), Is.EqualTo(first));
        Assert.That(() => y.Sum().Backward(), Throws.TypeOf<GraphException>());
    }

    [Test]
    public void Run_IsDifferentiable_ToSecondOrderAndForward()
    {
        Tensor x = Random([3], 1), w = Random([3], 2);
        GradCheck.That(t => Checkpoint.Run(u => (u[0] * u[1]).Tanh().Exp() * u[0], t), [x, w]);
        GradCheck.That((a, b) => Checkpoint.Run(u => (u * b).Tanh().Exp(), a), x, w);
        Tensor F(Tensor u) => (u * w).Tanh().Exp().Sum();
        Close.To(Grad.HessianVectorProduct(u => Checkpoint.Run(F, u), x, w), Grad.HessianVectorProduct(F, x, w), 0);
        Close.To(Grad.Of(u => Grad.Jvp(v => Checkpoint.Run(F, v), u, w).Tangent)(x), Grad.HessianVectorProduct(F, x, w), 1e-14);
        Close.To(Checkpoint.Run(u => Grad.Of(F)(u), x), Grad.Of(F)(x), 0, "a derivative inside");
        Close.To(Grad.Of(u => Checkpoint.Run(v => Grad.Of(F)(v), u).Sum())(x), Grad.Of(u => Grad.Of(F)(u).Sum())(x), 0, "and its derivative");
    }

    [Test]
    public void Run_HoldsNoIntermediates([Values] bool scope)
    {
        const int Elements = 1 << 16, Layers = 32;
        Tensor x = Random([Elements], 1);
        Tensor Deep(Tensor t)
        {
            for (int i = 0; i < Layers; i++) t = t.Tanh();
            return t;
        }
        long plain = Held(Deep), checkpointed = Held(t => Checkpoint.Run(Deep, t));
        Assert.That(plain, Is.GreaterThan((Layers - 2) * Elements * sizeof(double)));
        Assert.That(checkpointed, Is.LessThan(4 * Elements * sizeof(double)));

        long Held(Func<Tensor, Tensor> f)
        {
            MemoryPool.Trim();
            long before = GC.GetTotalMemory(forceFullCollection: true);
            using TapeScope step = scope ? Tape.Scope() : default;
            Tensor y = f(x);
            long held = GC.GetTotalMemory(forceFullCollection: true) - before;
            GC.KeepAlive(y);
            return held;
        }
    }

    [Test]
    public void Run_WindsTheGeneratorBack()
    {
        Generator generator = new(5);
        Tensor x = Random([100], 1);
        Tensor y = Checkpoint.Run(t => t.Dropout(0.5, generator).Tanh(), x, generator);
        ulong position = generator.Position;
        y.Sum().Backward();
        Assert.That(generator.Position, Is.EqualTo(position));
        for (int i = 0; i < 100; i++) Assert.That(x.Grad![i] == 0, Is.EqualTo(y[i] == 0));
    }

    [Test]
    public void Run_AFunctionThatChanges_IsAnError()
    {
        const string Message =
            "Checkpoint: the function gave another result when it was computed again for backward. It must not depend on state that changes: pass the generator it draws from, and change parameters only after backward.";
        Tensor w = Random([3], 1), x = Random([3], 2);
        Tensor y = Checkpoint.Run(t => (t * w).Tanh(), x);
        using (Tape.NoGrad()) w.Fill(2);
        Fails.With<GraphException>(() => y.Sum().Backward(), Message);
        Assert.That(x.Grad, Is.Null);
        Generator generator = new(5);
        Tensor z = Checkpoint.Run(t => t.Dropout(0.5, generator).Tanh(), Random([100], 1));
        Fails.With<GraphException>(() => z.Sum().Backward(), Message);
    }

    [Test]
    public void Run_UnderNoGrad_OnlyComputes()
    {
        Tensor x = Random([3], 1);
        using (Tape.NoGrad()) Assert.That(Checkpoint.Run(t => t.Tanh(), x).RequiresGrad, Is.False);
    }
}
