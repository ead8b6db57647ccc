using Autograd.Tests.Support;

namespace Autograd.Tests.Engine;

[Parallelizable(ParallelScope.All)]
public sealed class HookTests
{
    [Test]
    public void Hooks_RunInTheOrderOfRegistration_EachSeeingTheLastOnesResult()
    {
        Tensor x = Make.Number(1), y = x * 2, z = y * 3;
        List<double> seen = [];
        y.RegisterHook(dy =>
        {
            seen.Add(dy.Item());
            return dy * 10;
        });
        y.RegisterHook(dy =>
        {
            seen.Add(dy.Item());
            return null;
        });
        y.RegisterHook(dy => dy + 1);
        z.Backward();
        Assert.That(seen, Is.EqualTo(new[] { 3.0, 30 }));
        Assert.That(x.Grad!.Item(), Is.EqualTo(62));
    }

    [Test]
    public void Hook_SeesTheWholeGradient_Once()
    {
        Tensor x = Make.Number(1), y = x * 2;
        List<double> seen = [];
        y.RegisterHook(dy =>
        {
            seen.Add(dy.Item());
            return null;
        });
        ((y * 3) + (y * 4)).Backward();
        Assert.That(seen, Is.EqualTo(new[] { 7.0 }));
    }

    [Test]
    public void LeafHook_ChangesWhatIsAdded_AndIsCalledOncePerBackward()
    {
        Tensor x = Make.Number(2);
        List<double> seen = [];
        x.RegisterHook(dx =>
        {
            seen.Add(dx.Item());
            return dx * -1;
        });
        ((x * x) + x).Backward();
        (x * 1).Backward();
        Assert.That(seen, Is.EqualTo(new[] { 5.0, 1 }));
        Assert.That(x.Grad!.Item(), Is.EqualTo(-6));
    }

    [Test]
    public void LeafHook_MayKeepTheGradient()
    {
        Tensor x = Make.Leaf(1, 2);
        List<Tensor> kept = [];
        x.RegisterHook(dx =>
        {
            kept.Add(dx);
            return null;
        });
        for (int i = 1; i <= 3; i++)
        {
            using (Tape.Scope()) Make.Total(x * i * x).Backward();
            x.ZeroGrad();
        }
        Assert.That(kept.Select(k => k[1]), Is.EqualTo(new[] { 4.0, 8, 12 }));
    }

    [Test]
    public void HookOfAResult_MayKeepTheGradient_WhichLaterOpsDoNotChange()
    {
        Tensor x = Make.Leaf(1, 2), y = x * x;
        Tensor? kept = null;
        y.RegisterHook(dy =>
        {
            kept = dy;
            return null;
        });
        Make.Total((y * 3) + (y.Tanh() * 0)).Backward();
        for (int i = 0; i < 5; i++) Make.Total(x * x * x).Backward();
        Assert.That(Make.Numbers(kept), Is.EqualTo(new[] { 3.0, 3 }));
    }

    [Test]
    public void Removal_RemovesItsOwnHookAlone_OnlyOnce()
    {
        Tensor x = Make.Number(1);
        List<string> called = [];
        Func<Tensor, Tensor?> Note(string name) => _ =>
        {
            called.Add(name);
            return null;
        };
        IDisposable a = x.RegisterHook(Note("a"));
        IDisposable b = x.RegisterHook(Note("b"));
        a.Dispose();
        a.Dispose();
        (x * 1).Backward();
        Assert.That(called, Is.EqualTo(new[] { "b" }));
        b.Dispose();
        (x * 1).Backward();
        Assert.That(called, Is.EqualTo(new[] { "b" }));
    }

    [Test]
    public void Removal_OfAHookRegisteredTwice_LeavesOne()
    {
        Tensor x = Make.Number(1);
        int calls = 0;
        Tensor? Count(Tensor dx)
        {
            calls++;
            return null;
        }
        Func<Tensor, Tensor?> hook = Count;
        IDisposable first = x.RegisterHook(hook);
        x.RegisterHook(hook);
        first.Dispose();
        first.Dispose();
        (x * 1).Backward();
        Assert.That(calls, Is.EqualTo(1));
    }

    [Test]
    public void Removal_InsideTheHook_TakesEffectAfterThisBackward()
    {
        Tensor x = Make.Number(1);
        int calls = 0;
        IDisposable? removal = null;
        removal = x.RegisterHook(_ =>
        {
            calls++;
            removal!.Dispose();
            return null;
        });
        (x * 1).Backward();
        (x * 1).Backward();
        Assert.That(calls, Is.EqualTo(1));
    }

    [Test]
    public void Hook_WithAnotherShapeOrType_IsAnError_AndNothingIsChanged()
    {
        Tensor x = Make.Leaf(1, 2), w = Make.Leaf(3, 4), y = x * w, loss = Make.Total(y);
        IDisposable wrong = y.RegisterHook(_ => Tensor.Ones([3], DType.Float64));
        Fails.With<GraphException>(
            () => loss.Backward(),
            "Hook on Multiply: the replaced gradient must have the gradient's shape and type, but it is Float64 [3] and not Float64 [2]. Return null to leave the gradient as it is, or what ops make of it element by element.");
        Assert.That((x.Grad, w.Grad), Is.EqualTo(((Tensor?)null, (Tensor?)null)));
        wrong.Dispose();
        y.RegisterHook(_ => Tensor.Ones([2]));
        Fails.With<GraphException>(
            () => loss.Backward(),
            "Hook on Multiply: the replaced gradient must have the gradient's shape and type, but it is Float32 [2] and not Float64 [2]. Return null to leave the gradient as it is, or what ops make of it element by element.");
    }

    [Test]
    public void Hook_OnATensorWithoutGradient_IsAnError() =>
        Fails.With<GraphException>(
            () => Tensor.Ones([2]).RegisterHook(_ => null),
            "RegisterHook: the tensor must require a gradient, but this Float32 tensor of shape [2] does not. Set RequiresGrad first.");

    [Test]
    public void Hook_MayRunBackwardOverAGraphOfItsOwn_AlsoOverTheSameLeaves()
    {
        Tensor x = Make.Number(2), w = Make.Number(3), y = x * w;
        y.RegisterHook(dy =>
        {
            using RecordingSwitch on = Tape.EnableGrad();
            Tensor own = x * x * x;
            own.Backward();
            return dy;
        });
        (y * 5).Backward();
        Assert.That((x.Grad!.Item(), w.Grad!.Item()), Is.EqualTo((15.0 + 12, 10.0)));
    }

    [Test]
    public void Hook_ThatRunsBackwardOverALeafWhoseBufferIsBeingFilled_AddsUp()
    {
        Tensor x = Make.Leaf(2, 3), y = x * 1;
        Make.Total(x * x).Backward();
        x.ZeroGrad();
        y.RegisterHook(_ =>
        {
            using RecordingSwitch on = Tape.EnableGrad();
            Make.Total(x * 7).Backward();
            return null;
        });
        // The product comes later in the tape than y, so its part of the gradient is there when the hook runs.
        Make.Total((y * 1) + (x * x)).Backward();
        Assert.That(Make.Numbers(x.Grad), Is.EqualTo(new[] { 1.0 + 4 + 7, 1 + 6 + 7 }));
    }

    [Test]
    public void Hook_ThatRunsBackwardOverTheRunningGraph_IsAnError_AndTheGraphStaysUsable()
    {
        Tensor x = Make.Number(2), y = x * x, z = y * 3;
        GraphException? inner = null;
        y.RegisterHook(_ =>
        {
            inner = Assert.Throws<GraphException>(() => z.Backward());
            Assert.Throws<GraphException>(() => Tape.From(z));
            return null;
        });
        z.Backward(retainGraph: true);
        Assert.That(inner!.Message, Is.EqualTo(
            "Backward: another backward is running over the same recorded ops (Multiply). Start it after the other ends; a hook may only run backward over a graph of its own."));
        Assert.That(x.Grad!.Item(), Is.EqualTo(12));
        z.Backward();
        Assert.That(x.Grad!.Item(), Is.EqualTo(24));
    }

    [Test]
    public void Hook_ThatThrows_LeavesGradientsUntouched_AndARetryWorks([Values] bool onLeaf)
    {
        Tensor x = Make.Leaf(1, 2), w = Make.Leaf(3, 4), y = x * w, loss = Make.Total(y * w);
        y.RetainGrad();
        Make.Total(x * w).Backward();
        double[] before = Make.Numbers(x.Grad);
        bool broken = true;
        (onLeaf ? x : y).RegisterHook(_ => broken ? throw new InvalidOperationException("hook") : null);
        Assert.That(() => loss.Backward(), Throws.InvalidOperationException);
        Assert.That(Make.Numbers(x.Grad), Is.EqualTo(before));
        Assert.That(y.Grad, Is.Null);
        Assert.That(Tape.IsRecording);
        broken = false;
        loss.Backward();
        Assert.That(Make.Numbers(x.Grad), Is.EqualTo(new[] { 3.0 + 9, 4 + 16 }));
        Assert.That(Make.Numbers(w.Grad), Is.EqualTo(new[] { 1.0 + 6, 2 + 16 }));
        Assert.That(Make.Numbers(y.Grad), Is.EqualTo(new[] { 3.0, 4 }));
    }

    [Test]
    public void Hook_InARecordedBackward_IsDifferentiated()
    {
        Tensor x = Make.Number(2), y = x * x;
        y.RegisterHook(dy => dy * x);
        Tensor dx = Tape.Gradients(y * 1, [x], createGraph: true)[0]!;
        Assert.That(dx.Item(), Is.EqualTo(8));
        Assert.That(Tape.Gradients(dx, [x])[0]!.Item(), Is.EqualTo(8));
    }

    [Test]
    public void Hooks_RunInGradientsToo_ForTheInputsAsked()
    {
        Tensor x = Make.Number(2), y = x * x;
        y.RegisterHook(dy => dy * 10);
        x.RegisterHook(dx => dx + 1);
        Tensor?[] gradients = Tape.Gradients(y * 1, [x, y]);
        Assert.That(gradients.Select(g => g!.Item()), Is.EqualTo(new[] { 41.0, 10 }));
        Assert.That(x.Grad, Is.Null);
    }
}
