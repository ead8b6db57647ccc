using Autograd.Tests.Support;

namespace Autograd.Tests.Engine;

[Parallelizable(ParallelScope.All)]
public sealed class BackwardTests
{
    [Test]
    public void Gradients_TouchNoGrad_EvenWhereTheMemoryOfAnOldGradientWaits()
    {
        Tensor x = Make.Leaf(1, 2);
        Make.Total(x * x).Backward();
        x.ZeroGrad();
        Tensor first = Tape.Gradients(Make.Total(x * x * x), [x])[0]!;
        Assert.That(x.Grad, Is.Null);
        Tensor second = Tape.Gradients(Make.Total(x * x), [x])[0]!;
        Make.Total(x * 9 * x).Backward();
        Assert.That(Make.Numbers(first), Is.EqualTo(new[] { 3.0, 12 }));
        Assert.That(Make.Numbers(second), Is.EqualTo(new[] { 2.0, 4 }));
        Assert.That(Make.Numbers(x.Grad), Is.EqualTo(new[] { 18.0, 36 }));
    }

    [Test]
    public void Gradients_TouchNoRetainedGrad()
    {
        Tensor x = Make.Number(2), y = x * x;
        y.RetainGrad();
        _ = Tape.Gradients(y * 3, [x]);
        Assert.That(y.Grad, Is.Null);
    }

    [Test]
    public void Gradients_OfIntermediatesAndLeavesTogether()
    {
        Tensor x = Make.Number(2), y = x * x, z = y * x;
        Assert.That(Tape.Gradients(z, [y, x, z, x]).Select(g => g!.Item()), Is.EqualTo(new[] { 2.0, 12, 1, 12 }));
    }

    [Test]
    public void Gradients_ReadOnlyWhatLeadsToTheInputs()
    {
        StubOp broken = new("Broken", t => t[0] * 1, (_, _, _) => throw new InvalidOperationException(), Saved.Nothing);
        Tensor x = Make.Number(2), w = Make.Number(3), y = broken.Apply(w) + (x * x);
        Assert.That(Tape.Gradients(y, [x])[0]!.Item(), Is.EqualTo(4));
    }

    [Test]
    public void Gradients_WhereTheDerivativeIsNull_AreZero()
    {
        StubOp constant = new("Constant", t => t[0] * 1, (_, _, _) => null, Saved.Nothing);
        Tensor x = Make.Leaf(1, 2);
        Assert.That(Make.Numbers(Tape.Gradients(Make.Total(constant.Apply(x)), [x])[0]), Is.EqualTo(new[] { 0.0, 0 }));
        Make.Total(constant.Apply(x)).Backward();
        Assert.That(x.Grad, Is.Null);
    }

    [Test]
    public void Grad_OfTwoLeavesThatShareOneUpstreamGradient_AreTwoMemories([Values] bool createGraph)
    {
        Tensor a = Make.Leaf(1, 2), b = Make.Leaf(3, 4), seed = Tensor.From([1.0, 10]);
        (a + b).Backward(seed, createGraph: createGraph);
        (a * 3).Backward(seed);
        a.Grad!.AddScaled(a.Grad!, 1);
        Assert.That(Make.Numbers(a.Grad), Is.EqualTo(new[] { 8.0, 80 }));
        Assert.That(Make.Numbers(b.Grad), Is.EqualTo(new[] { 1.0, 10 }));
        Assert.That(Make.Numbers(seed), Is.EqualTo(new[] { 1.0, 10 }));
    }

    [Test]
    public void Grad_OfARecordedBackward_IsNotOverwrittenByALaterOne([Values] bool zeroed)
    {
        Tensor a = Make.Leaf(1, 2), b = Make.Leaf(3, 4), s = a + b;
        Make.Total(s * s).Backward(createGraph: true);
        Tensor recorded = a.Grad!;
        if (zeroed)
        {
            a.ZeroGrad();
            b.ZeroGrad();
        }
        Make.Total(a * b).Backward();
        Assert.That(Make.Numbers(recorded), Is.EqualTo(new[] { 8.0, 12 }));
        Assert.That(Make.Numbers(a.Grad), Is.EqualTo(zeroed ? new[] { 3.0, 4 } : [11.0, 16]));
        Assert.That(Make.Numbers(b.Grad), Is.EqualTo(zeroed ? new[] { 1.0, 2 } : [9.0, 14]));
        Assert.That(Make.Numbers(Tape.Gradients(Make.Total(recorded * recorded), [b])[0]), Is.EqualTo(new[] { 32.0, 48 }));
    }

    [Test]
    public void Grad_Set_IsACopy_ThatBackwardDoesNotShareWithItsSource()
    {
        Tensor a = Make.Leaf(1, 2), b = Make.Leaf(3, 4), value = Tensor.From([10.0, 20]);
        (a.Grad, b.Grad) = (value, value);
        Make.Total(a * b).Backward();
        Assert.That(Make.Numbers(value), Is.EqualTo(new[] { 10.0, 20 }));
        Assert.That(Make.Numbers(a.Grad), Is.EqualTo(new[] { 13.0, 24 }));
        Assert.That(Make.Numbers(b.Grad), Is.EqualTo(new[] { 11.0, 22 }));
        a.Grad = null;
        Assert.That(a.Grad, Is.Null);
    }

    [Test]
    public void Grad_SetWrongly_IsAnError()
    {
        Tensor x = Make.Leaf(1, 2);
        Fails.With<ShapeException>(
            () => x.Grad = Tensor.Ones([3], DType.Float64), "Grad: a gradient has its tensor's shape and type, but it is Float64 [3] for Float64 [2]. Tensor.OnesLike gives one that fits.");
        Fails.With<ShapeException>(
            () => x.Grad = Tensor.Ones([2]), "Grad: a gradient has its tensor's shape and type, but it is Float32 [2] for Float64 [2]. Cast it: dx.Cast(DType.Float64).");
        Fails.With<GraphException>(
            () => Tensor.Ones([2]).Grad = Tensor.Ones([2]),
            "Setting Grad: the tensor must require a gradient, but this Float32 tensor of shape [2] does not. Set RequiresGrad first.");
    }

    [Test]
    public void RetainGrad_KeepsAndAddsUp_LikeALeaf()
    {
        Tensor x = Make.Number(2), y = x * x, z = y * 3;
        y.RetainGrad();
        z.RetainGrad();
        x.RetainGrad();
        z.Backward(retainGraph: true);
        z.Backward(retainGraph: true);
        Assert.That((y.Grad!.Item(), z.Grad!.Item(), x.Grad!.Item()), Is.EqualTo((6.0, 2.0, 24.0)));
        y.ZeroGrad();
        Assert.That(y.Grad, Is.Null);
        z.Backward();
        Assert.That((y.Grad!.Item(), x.Grad!.Item()), Is.EqualTo((3.0, 36.0)));
    }

    [Test]
    public void RetainGrad_OfATensorWithoutGradient_IsAnError() =>
        Fails.With<GraphException>(
            () => Tensor.Ones([]).RetainGrad(), "RetainGrad: the tensor must require a gradient, but this Float32 tensor of shape [] does not. Set RequiresGrad first.");

    [Test]
    public void CustomOp_IsAFirstClassOp()
    {
        StubOp cube = new(
            "Cube", t => t[0] * t[0] * t[0], (_, dy, values) => dy * values.A * values.A * 3, Saved.A);
        Tensor x = Make.Leaf(1, 2), y = cube.Apply(x);
        Assert.That(y.Node!.Name, Is.EqualTo("Cube"));
        Tensor dx = Tape.Gradients(Make.Total(y), [x], createGraph: true)[0]!;
        Tensor ddx = Tape.Gradients(Make.Total(dx), [x], createGraph: true)[0]!;
        Assert.That(Make.Numbers(dx), Is.EqualTo(new[] { 3.0, 12 }));
        Assert.That(Make.Numbers(ddx), Is.EqualTo(new[] { 6.0, 12 }));
        Assert.That(Make.Numbers(Tape.Gradients(Make.Total(ddx), [x])[0]), Is.EqualTo(new[] { 6.0, 6 }));
    }

    [Test]
    public void CustomOp_ThatReturnsItsInput_HasAHistoryOfItsOwn()
    {
        StubOp same = new("Same", t => t[0], (_, dy, _) => dy * 2, Saved.Nothing);
        Tensor x = Make.Number(3), y = same.Apply(x);
        Assert.That((x.IsLeaf, y.IsLeaf, ReferenceEquals(x, y)), Is.EqualTo((true, false, false)));
        y.Backward();
        Assert.That(x.Grad!.Item(), Is.EqualTo(2));
    }

    [Test]
    public void CustomOp_ThatReturnsItsUpstreamGradient_DoesNotCorruptIt()
    {
        StubOp pass = new("Pass", t => Tensor.From([t[0][0] + t[1][0]]), (_, dy, _) => dy, Saved.Nothing);
        Tensor a = Make.Leaf(1), b = Make.Leaf(2), seed = Tensor.From([1.0]);
        Tensor y = pass.Apply(a, b), z = pass.Apply(y, a), w = pass.Apply(z, y);
        w.Backward(seed);
        Assert.That((a.Grad![0], b.Grad![0], seed[0]), Is.EqualTo((3.0, 2.0, 1.0)));
    }

    [Test]
    public void CustomOp_ThatAddsAGradientNobodyNeeds_IsIgnored()
    {
        Tensor x = Make.Number(2), constant = Tensor.Scalar(3, DType.Float64);
        new CarelessOp().Apply(x, constant).Backward();
        Assert.That(x.Grad!.Item(), Is.EqualTo(1));
        Assert.That(constant.Grad, Is.Null);
    }

    [Test]
    public void CustomOp_ThatRunsABackwardInside_DoesNotDisturbTheOuterOne()
    {
        StubOp checkpoint = new("Checkpoint", t => (t[0] * t[0]).Tanh(), (_, dy, values) =>
        {
            using RecordingSwitch on = Tape.EnableGrad();
            Tensor x = values.A.Clone();
            x.RequiresGrad = true;
            return Tape.Gradients((x * x).Tanh(), [x], dy)[0];
        }, Saved.A);
        Tensor p = Make.Leaf(0.5, -0.25), q = Make.Leaf(0.5, -0.25);
        Make.Total(checkpoint.Apply(checkpoint.Apply(p * 2) + p)).Backward();
        Tensor inner = q * 2, middle = (inner * inner).Tanh() + q;
        Make.Total((middle * middle).Tanh()).Backward();
        Assert.That(Make.Numbers(p.Grad), Is.EqualTo(Make.Numbers(q.Grad)).Within(1e-15));
    }

    [Test]
    public void Vjp_ThatThrows_LeavesGradientsUntouched_AndARetryWorks()
    {
        bool broken = true;
        StubOp moody = new("Moody", t => t[0] * 1, (_, dy, _) => broken ? throw new InvalidOperationException() : dy, Saved.Nothing);
        Tensor x = Make.Leaf(1, 2), w = Make.Leaf(3, 4);
        Make.Total(x * w).Backward();
        Tensor middle = moody.Apply(x) * w;
        middle.RetainGrad();
        Tensor y = Make.Total(middle);
        double[] dx = Make.Numbers(x.Grad), dw = Make.Numbers(w.Grad);
        for (int i = 0; i < 3; i++) Assert.That(() => y.Backward(), Throws.InvalidOperationException);
        Assert.That((Make.Numbers(x.Grad), Make.Numbers(w.Grad)), Is.EqualTo((dx, dw)));
        Assert.That(middle.Grad, Is.Null);
        Assert.That(Tape.IsRecording);
        broken = false;
        y.Backward();
        Assert.That(Make.Numbers(x.Grad), Is.EqualTo(new[] { 6.0, 8 }));
        Assert.That(Make.Numbers(w.Grad), Is.EqualTo(new[] { 2.0, 4 }));
    }

    [Test]
    public void APassThatFails_GivesIdleGradientMemoryBack()
    {
        StubOp broken = new("Broken", t => t[0] * 1, (_, _, _) => throw new InvalidOperationException(), Saved.Nothing);
        Tensor x = Make.Leaf(1, 2), p = Make.Leaf(3, 4);
        Make.Total(x * x).Backward();
        Storage memory = x.Grad!.LiveStorage;
        x.ZeroGrad();
        // What is recorded last is differentiated first: x has its part when the other derivative throws.
        Tensor y = Make.Total(broken.Apply(p) + (x * x));
        for (int i = 0; i < 2; i++) Assert.That(() => y.Backward(), Throws.InvalidOperationException);
        Assert.That(x.Grad, Is.Null);
        Make.Total(x * x * x).Backward();
        Assert.That(Make.Numbers(x.Grad), Is.EqualTo(new[] { 3.0, 12 }));
        Assert.That(x.Grad!.LiveStorage, Is.SameAs(memory));
    }

    [Test]
    public void AGradientSetWhileAPassWritesToIdleMemory_IsAddedTo([Values] bool cleared)
    {
        Tensor x = Make.Leaf(1, 2), p = Make.Leaf(3, 4);
        Make.Total(x * x).Backward();
        x.ZeroGrad();
        Tensor early = p * 2;
        using IDisposable hook = early.RegisterHook(_ =>
        {
            x.Grad = Tensor.From([10.0, 20]);
            if (cleared) x.Grad = null;
            return null;
        });
        Make.Total(early + (x * x)).Backward();
        Assert.That(Make.Numbers(x.Grad), Is.EqualTo(cleared ? new[] { 2.0, 4 } : new[] { 12.0, 24 }));
    }

    [Test]
    public void Backward_WithAStridedSeed_ReadsItInOrder()
    {
        Tensor x = Tensor.From(new double[,] { { 1, 2 }, { 3, 4 } });
        x.RequiresGrad = true;
        (x * x).Backward(Tensor.From([1.0, 2, 3, 4]).View([2, 2], [1, 2]));
        Assert.That(Make.Numbers(x.Grad), Is.EqualTo(new[] { 2.0, 12, 12, 32 }));
    }

    [Test]
    public void Backward_OfNoElements_Works()
    {
        Tensor x = Tensor.Zeros([0, 3]);
        x.RequiresGrad = true;
        (x * x).SumTo([]).Backward();
        Assert.That(x.Grad!.Shape.ToString(), Is.EqualTo("[0, 3]"));
        x.ZeroGrad();
        (x * x).SumTo([]).Backward();
        Assert.That(x.Grad!.Count, Is.Zero);
    }

    [Test]
    public void Backward_ALeafThatNoLongerRequiresAGradient_GetsNone()
    {
        Tensor x = Make.Number(2), w = Make.Number(3), y = x * w;
        x.RequiresGrad = false;
        y.Backward();
        Assert.That(w.Grad!.Item(), Is.EqualTo(2));
        Assert.That(x.Grad, Is.Null);
    }

    [Test]
    public void Backward_ALeafThatAHookMakesRequireAGradient_DoesNotDisturbTheRun()
    {
        Tensor x = Make.Number(2), w = Make.Number(3), y = x * w, z = y * 1;
        x.RequiresGrad = false;
        y.RegisterHook(_ =>
        {
            x.RequiresGrad = true;
            return null;
        });
        z.Backward();
        Assert.That(w.Grad!.Item(), Is.EqualTo(2));
        Assert.That(x.Grad, Is.Null);
    }

    [Test]
    public void Backward_WhoObservesARecordedSum_FindsTheLeafOpen()
    {
        int sums = 0;
        Task<Tensor> run = Task.Run(() =>
        {
            Tensor x = Make.Leaf(1, 2);
            Make.Total(x * x * x).Backward(createGraph: true);
            Tape.Observer = (op, inputs, _) =>
            {
                if (!inputs.Contains(x.Grad)) return;
                sums++;
                x.RegisterHook(dx => dx).Dispose();
            };
            Make.Total(x * x * x).Backward(createGraph: true);
            Tape.Observer = null;
            return x.Grad!;
        });
        Assert.That(run.Wait(TimeSpan.FromSeconds(30)), "the observer waits for the leaf that the backward has entered");
        Assert.That(sums, Is.EqualTo(1));
        Assert.That(Make.Numbers(run.Result), Is.EqualTo(new[] { 6.0, 24 }));
    }

    sealed class CarelessOp : Op
    {
        protected internal override Tensor Forward(ReadOnlySpan<Tensor> inputs) => Tensor.Scalar(inputs[0].Item() + inputs[1].Item(), DType.Float64);

        protected internal override Tensor? Vjp(int input, Tensor dy, Recorded values) => dy;

        protected internal override Tensor? Jvp(ReadOnlySpan<Tensor> inputs, ReadOnlySpan<Tensor?> tangents, Tensor y) => null;

        protected internal override void Backward(Tensor dy, Recorded values, Gradients gradients)
        {
            for (int i = 0; i < values.Count; i++) gradients.Add(i, dy);
        }
    }
}
