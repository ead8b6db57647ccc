using Autograd.Tests.Support;

namespace Autograd.Tests.Engine;

public sealed class ScopeTests
{
    const string Ended =
        "This tensor belongs to a Tape.Scope that has ended, and its memory has been recycled. Carry a result out with Keep() before the scope ends, or read its numbers inside.";

    [TearDown]
    public void Trim() => MemoryPool.Trim();

    [Test]
    public void Results_AfterTheirScope_AreErrorsInEveryUse()
    {
        Tensor x = Make.Leaf(1, 2), other = Tensor.Ones([2], DType.Float64), y, plain;
        IReadOnlyList<Node> tape;
        using (Tape.Scope())
        {
            y = x * x;
            plain = other * other;
            tape = Tape.From(y);
        }
        Action[] uses =
        [
            () => _ = y + x, () => _ = x + y, () => y.ToArray<double>(), () => _ = y[0], () => y.Backward(other), () => Tape.From(y),
            () => _ = y.RequiresGrad, () => _ = y.Grad, () => y.ZeroGrad(), () => y.RetainGrad(), () => y.Keep(), () => y.Clone(), () => y.Detach(),
            () => y.Fill(1), () => x.Detach().CopyFrom(y), () => _ = y.IsLeaf, () => _ = y.Node, () => y.ToString(), () => y.RequiresGrad = false,
            () => Tape.Gradients(x * x, [y], other), () => y.RegisterHook(_ => null), () => (x * x).Backward(y),
            () => _ = plain * 2, () => plain.ToArray<double>(), () => plain.View([1], [1]),
        ];
        Fails.With<GraphException>(() => _ = tape[1].Shape, Ended);
        using TapeScope next = Tape.Scope();
        _ = x * 3;
        for (int i = 0; i < uses.Length; i++)
        {
            Action use = uses[i];
            Assert.That(() => use(), Throws.TypeOf<GraphException>().With.Message.EqualTo(Ended), $"use {i}");
        }
        Assert.That(y.Shape.ToString(), Is.EqualTo("[2]"));
        Assert.That(x.Grad, Is.Null);
    }

    [Test]
    public void Keep_CarriesAResultOut_WithoutHistory()
    {
        Tensor x = Make.Leaf(1, 2), kept, y;
        using (Tape.Scope())
        {
            y = x * 3;
            kept = y.Keep();
        }
        using (Tape.Scope())
        {
            for (int i = 0; i < 10; i++) _ = x * 9;
        }
        Assert.That(Make.Numbers(kept), Is.EqualTo(new[] { 3.0, 6 }));
        Assert.That((kept.RequiresGrad, kept.IsLeaf), Is.EqualTo((false, true)));
    }

    [Test]
    public void Unscoped_ResultsOutliveTheScope_WithTheirHistory()
    {
        Tensor x = Make.Leaf(1, 2), free, tied;
        using (Tape.Scope())
        {
            Tensor inside = x * 5;
            using (Tape.Unscoped())
            {
                free = (x * 3).Tanh();
                tied = inside * 2;
                using (Tape.Scope()) _ = x * 7;
            }
            _ = x * 11;
        }
        using (Tape.Scope())
        {
            for (int i = 0; i < 10; i++) _ = x * 9;
            free.Sum().Backward();
            Assert.That(Make.Numbers(x.Grad), Is.EqualTo(Make.Numbers(free).Select(y => 3 * (1 - y * y))).Within(1e-15));
            Assert.That(Make.Numbers(tied), Is.EqualTo(new[] { 10.0, 20 }));
            Fails.With<GraphException>(() => tied.Sum().Backward(), Ended);
        }
    }

    [Test]
    public void Keep_OfAView_KeepsTheWholeMemory()
    {
        Tensor x = Make.Leaf(1, 2, 3), kept;
        using (Tape.Scope()) kept = (x * 2).Detach().View([2], [-2], 2).Keep();
        using (Tape.Scope()) _ = x * 9;
        Assert.That(kept.ToArray<double>(), Is.EqualTo(new[] { 6.0, 2 }));
    }

    [Test]
    public void LeafGradients_SurviveTheScope()
    {
        Tensor x = Make.Leaf(1, 2);
        for (int i = 0; i < 3; i++)
        {
            using TapeScope scope = Tape.Scope();
            Make.Total(x * x).Backward();
        }
        using (Tape.Scope()) _ = x * 9;
        Assert.That(Make.Numbers(x.Grad), Is.EqualTo(new[] { 6.0, 12 }));
    }

    [Test]
    public void LeafGradients_SetInsideTheScope_SurviveIt()
    {
        Tensor x = Make.Leaf(1, 2);
        using (Tape.Scope())
        {
            Make.Total(x * x).Backward();
            x.Grad = x.Grad! * 0.5;
        }
        using (Tape.Scope()) _ = x * 9;
        Assert.That(Make.Numbers(x.Grad), Is.EqualTo(new[] { 1.0, 2 }));
        x.ZeroGrad();
        Make.Total(x * x).Backward();
        Assert.That(Make.Numbers(x.Grad), Is.EqualTo(new[] { 2.0, 4 }));
    }

    [Test]
    public void LeafGradients_OfARecordedBackward_SurviveTheScope_WithoutHistory([Values] bool zeroed)
    {
        Tensor x = Make.Leaf(1, 2);
        using (Tape.Scope())
        {
            Make.Total(x * x * x).Backward(createGraph: true);
            Assert.That(x.Grad!.RequiresGrad);
        }
        using (Tape.Scope()) _ = x * 9 * x;
        Assert.That(Make.Numbers(x.Grad), Is.EqualTo(new[] { 3.0, 12 }));
        Assert.That(x.Grad!.RequiresGrad, Is.False);
        if (zeroed) x.ZeroGrad();
        Make.Total(x * 1).Backward();
        Assert.That(Make.Numbers(x.Grad), Is.EqualTo(zeroed ? new[] { 1.0, 1 } : [4.0, 13]));
    }

    [Test]
    public void SecondOrder_InAScope_Works_AndRepeats()
    {
        Tensor x = Make.Leaf(1, 2);
        for (int i = 0; i < 3; i++)
        {
            using TapeScope scope = Tape.Scope();
            Tensor dx = Tape.Gradients(Make.Total(x * x * x), [x], createGraph: true)[0]!;
            Assert.That(Make.Numbers(Tape.Gradients(Make.Total(dx), [x])[0]), Is.EqualTo(new[] { 6.0, 12 }));
        }
    }

    [Test]
    public void Gradients_InAScope_BelongToIt()
    {
        Tensor x = Make.Leaf(1, 2), dx, kept;
        using (Tape.Scope())
        {
            dx = Tape.Gradients(Make.Total((x * x) + (x * 3)), [x])[0]!;
            for (int i = 0; i < 5; i++) _ = Tape.Gradients(Make.Total(x * x * i), [x]);
            Assert.That(Make.Numbers(dx), Is.EqualTo(new[] { 5.0, 7 }));
            kept = dx.Keep();
        }
        using (Tape.Scope()) Make.Total(x.Tanh() * x).Backward();
        Assert.That(Make.Numbers(kept), Is.EqualTo(new[] { 5.0, 7 }));
    }

    [Test]
    public void Gradients_OutsideAScope_AreTheCallersOwn()
    {
        Tensor x = Make.Leaf(1, 2);
        List<Tensor> results = [];
        for (int i = 1; i < 6; i++) results.Add(Tape.Gradients(Make.Total((x * x * i) + x.Tanh()), [x])[0]!);
        double[][] at = [.. results.Select(Make.Numbers)];
        for (int i = 1; i < 6; i++) Make.Total(x * x * x * x).Backward();
        Assert.That(results.Select(Make.Numbers), Is.EqualTo(at));
    }

    [Test]
    public void Scopes_Nest_AndInnerOnesMayUseWhatOuterOnesRecorded()
    {
        Tensor x = Make.Leaf(2, 3);
        using (Tape.Scope())
        {
            Tensor trunk = x * x, inner;
            for (int i = 0; i < 3; i++)
            {
                using TapeScope scope = Tape.Scope();
                inner = trunk * 2;
                Make.Total(inner * trunk).Backward(retainGraph: true);
            }
            Assert.That(Make.Numbers(trunk), Is.EqualTo(new[] { 4.0, 9 }));
            Make.Total(trunk).Backward();
        }
        // 3·∂(2x⁴) + ∂x² = 24x³ + 2x
        Assert.That(Make.Numbers(x.Grad), Is.EqualTo(new[] { (24.0 * 8) + 4, (24 * 27) + 6 }));
    }

    [Test]
    public void AnOuterTensorThatDependsOnAnEndedScope_IsFoundBeforeAnythingChanges()
    {
        Tensor x = Make.Leaf(2, 3), w = Make.Leaf(1, 1), trunk;
        trunk = x * w;
        Node? stale = null;
        Tensor inner;
        using (Tape.Scope())
        {
            inner = trunk * 2;
            stale = inner.Node;
        }
        Assert.That(stale, Is.Not.Null);
        Assert.That(() => Make.Total(inner * w), Throws.TypeOf<GraphException>());
        Make.Total(trunk).Backward();
        Assert.That(Make.Numbers(x.Grad), Is.EqualTo(new[] { 1.0, 1 }));
    }

    [Test]
    public void AnEdgeIntoAnEndedScope_IsAnError()
    {
        Tensor x = Make.Leaf(2, 3);
        Tensor? kept = null;
        using (Tape.Scope())
        {
            // Another thread is in no scope: its result outlives the scope of this one.
            Tensor inner = x * x;
            Thread thread = new(() => kept = inner * 2);
            thread.Start();
            thread.Join();
        }
        Fails.With<GraphException>(() => kept!.Backward(Tensor.Ones([2], DType.Float64)), Ended);
        Assert.That(x.Grad, Is.Null);
    }

    [Test]
    public void AStaleResult_OnAnotherThread_IsAnErrorToo()
    {
        Tensor x = Make.Leaf(2, 3), y;
        using (Tape.Scope()) y = x * x;
        Exception? error = null;
        Thread thread = new(() => error = Assert.Catch(() => (y * 2).Backward()));
        thread.Start();
        thread.Join();
        Assert.That(error, Is.TypeOf<GraphException>());
        Assert.That(error!.Message, Is.EqualTo(Ended));
    }

    [Test]
    public void AnException_InsideAScope_EndsIt()
    {
        Tensor x = Make.Leaf(2, 3), y = x;
        Assert.That(() =>
        {
            using TapeScope scope = Tape.Scope();
            y = x * x;
            throw new InvalidOperationException();
        }, Throws.InvalidOperationException);
        Assert.That(() => y.ToArray<double>(), Throws.TypeOf<GraphException>());
        Tensor z = x * x;
        Make.Total(z).Backward();
        Assert.That(Make.Numbers(x.Grad), Is.EqualTo(new[] { 4.0, 6 }));
        Assert.That(Make.Numbers(z), Is.EqualTo(new[] { 4.0, 9 }), "what is recorded outside is not recycled");
    }

    [Test]
    public void ASecondBackward_InAScope_IsTheUsualError()
    {
        using TapeScope scope = Tape.Scope();
        Tensor x = Make.Number(2), y = x * x;
        y.Backward();
        Assert.That(() => y.Backward(), Throws.TypeOf<GraphException>().With.Message.StartsWith("Backward: the graph was used by an earlier backward"));
    }

    [Test]
    public void GradientMemory_IsUsedAgainAfterZeroGrad_AndIsRightWhenALeafIsUsedSeveralTimes()
    {
        Tensor x = Make.Leaf(1, 2);
        Make.Total(x * x).Backward();
        Tensor first = x.Grad!;
        for (int i = 0; i < 4; i++)
        {
            x.ZeroGrad();
            Assert.That(x.Grad, Is.Null);
            using TapeScope scope = Tape.Scope();
            Make.Total((x * x * x) + (x * 2) + x + x.Tanh() - x.Tanh()).Backward();
            Assert.That(x.Grad, Is.SameAs(first));
            Assert.That(Make.Numbers(x.Grad), Is.EqualTo(new[] { 6.0, 15 }).Within(1e-14));
        }
    }

    [Test]
    public void GradientMemory_OfAnOldGradient_ThatTheGraphReads_IsNotSilentlyOverwritten()
    {
        Tensor x = Make.Leaf(1, 2);
        Make.Total(x * x).Backward();
        Tensor old = x.Grad!;
        x.ZeroGrad();
        Tensor loss = Make.Total((old * x) + (x * old) + (x.Tanh() * 0));
        try
        {
            loss.Backward();
            Assert.That(Make.Numbers(x.Grad), Is.EqualTo(new[] { 4.0, 8 }));
        }
        catch (GraphException e)
        {
            Assert.That(e.Message, Does.Contain("was changed in place"));
            Assert.That(x.Grad, Is.Null);
        }
    }

    [Test]
    public void GradientMemory_OfAnOldGradient_AsTheSeed_IsRead()
    {
        Tensor x = Make.Leaf(1, 2);
        Make.Total(x * x).Backward();
        Tensor old = x.Grad!;
        x.ZeroGrad();
        ((x * 3) + (x * 5)).Backward(old);
        Assert.That(Make.Numbers(x.Grad), Is.EqualTo(new[] { 16.0, 32 }));
    }
}
