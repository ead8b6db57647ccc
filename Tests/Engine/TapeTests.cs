using Autograd.Tests.Support;

namespace Autograd.Tests.Engine;

[Parallelizable(ParallelScope.All)]
public sealed class TapeTests
{
    [Test]
    public void From_ListsLeavesThenOps_InTheOrderOfRecording()
    {
        Tensor a = Make.Leaf(1, 2), b = Make.Leaf(3, 4);
        Tensor p = a * b, q = p.Tanh(), r = p + q;
        _ = q * a;
        IReadOnlyList<Node> tape = Tape.From(r);
        Assert.That(tape.Select(n => n.Name), Is.EqualTo(new[] { "Leaf", "Leaf", "Multiply", "Tanh", "Add" }));
        Assert.That(tape.Where(n => n.IsLeaf), Is.EquivalentTo(new[] { a.Node, b.Node }));
        Assert.That(tape.Skip(2), Is.EqualTo(new[] { p.Node, q.Node, r.Node }));
        Assert.That((tape[4].Input(0), tape[4].Input(1), tape[4].InputCount, tape[4].Shape), Is.EqualTo((p.Node, q.Node, 2, r.Shape)));
        Assert.That(tape.Skip(2).Select(n => n.Number), Is.Ordered.Ascending);
        Assert.That(tape[2].RecordedAt, Is.Null);
    }

    [Test]
    public void From_OfARandomGraph_IsATopologicalOrder()
    {
        Generator random = new(3);
        List<Tensor> values = [Make.Number(0.5), Make.Number(-0.25)];
        for (int i = 0; i < 500; i++)
        {
            Tensor a = values[random.NextInt(values.Count)], b = values[random.NextInt(values.Count)];
            values.Add(random.NextInt(3) switch { 0 => a.Tanh(), 1 => a * b, _ => (a - b).Tanh() });
        }
        Tensor y = Make.Total(values[^1] * values[^2]);
        IReadOnlyList<Node> tape = Tape.From(y);
        Assert.That(tape, Is.Unique);
        HashSet<Node> before = [];
        foreach (Node node in tape)
        {
            for (int i = 0; i < node.InputCount; i++) Assert.That(before, Does.Contain(node.Input(i)!));
            before.Add(node);
        }
        Assert.That(tape[^1], Is.SameAs(y.Node));
    }

    [Test]
    public void From_WhatTwoThreadsRecordedUnderTheSameNumbers_IsATopologicalOrder()
    {
        Tensor x = Make.Number(0.5);
        Tensor[] ends = new Tensor[2];
        for (int i = 0; i < ends.Length; i++)
        {
            int index = i;
            Thread thread = new(() =>
            {
                Tensor y = x;
                for (int k = 0; k < 20; k++) y = (y * x) + y.Tanh();
                ends[index] = y;
            });
            thread.Start();
            thread.Join();
        }
        Assert.That(ends[0].Node!.Number, Is.EqualTo(ends[1].Node!.Number));
        Tensor sum = ends[0] - (ends[1] * 3);
        IReadOnlyList<Node> tape = Tape.From(sum);
        Assert.That(tape.Count(n => !n.IsLeaf), Is.EqualTo((2 * 60) + 2));
        Assert.That(tape.Where(n => !n.IsLeaf).Select(n => n.Number), Is.Ordered.Ascending);
        double alone = Tape.Gradients(ends[0], [x], retainGraph: true)[0]!.Item();
        Assert.That(Tape.Gradients(sum, [x])[0]!.Item(), Is.EqualTo(-2 * alone).Within(1e-14 * Math.Abs(alone)));
    }

    [Test]
    public void From_ATensorWithoutHistory_IsAnError() =>
        Fails.With<GraphException>(
            () => Tape.From(Tensor.Ones([2])),
            "Backward: this Float32 tensor of shape [2] has no history that requires a gradient. Set RequiresGrad on a leaf before computing, outside NoGrad.");

    [Test]
    public void From_MayBeCalledAgain_AndBeforeBackward()
    {
        Tensor x = Make.Number(3), y = x * x;
        IReadOnlyList<Node> first = Tape.From(y);
        Assert.That(Tape.From(y), Is.EqualTo(first));
        y.Backward();
        Assert.That(x.Grad!.Item(), Is.EqualTo(6));
        Assert.That(() => Tape.From(y), Throws.TypeOf<GraphException>());
    }

    [Test]
    public void Backward_OfIndependentGraphs_RunsInAnyOrder()
    {
        Tensor[] x = [Make.Number(2), Make.Number(3), Make.Number(5)];
        Tensor[] y = [x[0] * x[0], x[1] * x[1], x[2] * x[2]];
        y[1].Backward();
        y[2].Backward();
        y[0].Backward();
        Assert.That(x.Select(t => t.Grad!.Item()), Is.EqualTo(new[] { 4.0, 6, 10 }));
    }

    [Test]
    public void Backward_OfRecordingsThatInterleave_KeepsThemApart()
    {
        Tensor a = Make.Number(2), b = Make.Number(3), p = a, q = b;
        for (int i = 0; i < 10; i++) (p, q) = (p * 2, q * 3);
        q.Backward();
        p.Backward();
        Assert.That((a.Grad!.Item(), b.Grad!.Item()), Is.EqualTo((Math.Pow(2, 10), Math.Pow(3, 10))));
    }

    [Test]
    public void Backward_OfADiamond_AddsBothSides()
    {
        Tensor x = Make.Number(1.5), left = x * x, right = x * 3, y = left * right;
        y.Backward();
        Assert.That(x.Grad!.Item(), Is.EqualTo(9 * 1.5 * 1.5).Within(1e-14));
    }

    // 2⁶⁰ paths, 61 nodes.
    [Test]
    public void Backward_OfATowerOfDiamonds_VisitsEachNodeOnce()
    {
        Tensor x = Make.Number(1), y = x;
        int calls = 0;
        StubOp sum = new("Sum2", t => Tensor.Scalar(t[0].Item() + t[1].Item(), DType.Float64), (i, dy, _) =>
        {
            calls++;
            return dy;
        }, Saved.Nothing);
        for (int i = 0; i < 60; i++) y = sum.Apply(y, y);
        y.Backward();
        Assert.That(x.Grad!.Item(), Is.EqualTo(Math.Pow(2, 60)));
        Assert.That(calls, Is.EqualTo(120));
    }

    [Test]
    public void Backward_OneTensorAsBothInputs_Adds()
    {
        Tensor x = Make.Leaf(2, -3);
        Make.Total(x * x).Backward();
        Assert.That(Make.Numbers(x.Grad), Is.EqualTo(new[] { 4.0, -6 }));
        Tensor y = Make.Leaf(2, 3);
        Make.Total(y - y).Backward();
        Assert.That(Make.Numbers(y.Grad), Is.EqualTo(new[] { 0.0, 0 }));
        Tensor z = Make.Leaf(2, 3);
        Make.Total(z / z + (z + z)).Backward();
        Assert.That(Make.Numbers(z.Grad), Is.EqualTo(new[] { 2.0, 2 }));
    }

    [Test]
    public void Backward_MayStartInTheMiddleOfAGraph()
    {
        Tensor x = Make.Number(2), middle = x * x, end = middle * 5;
        middle.Backward(retainGraph: true);
        Assert.That(x.Grad!.Item(), Is.EqualTo(4));
        end.Backward();
        Assert.That(x.Grad!.Item(), Is.EqualTo(24));
    }

    [Test]
    public void Backward_OfALeafItself_GivesTheSeed()
    {
        Tensor x = Make.Leaf(1, 2), seed = Tensor.From([3.0, 4]);
        x.Backward(seed);
        x.Backward(seed);
        Assert.That(Make.Numbers(x.Grad), Is.EqualTo(new[] { 6.0, 8 }));
        Assert.That(Make.Numbers(seed), Is.EqualTo(new[] { 3.0, 4 }));
    }

    [Test]
    public void Switches_NestAndRestore()
    {
        Assert.That(Tape.IsRecording);
        using (Tape.NoGrad())
        {
            Assert.That(Tape.IsRecording, Is.False);
            using (Tape.EnableGrad()) Assert.That(Tape.IsRecording);
            using (Tape.NoGrad()) Assert.That(Tape.IsRecording, Is.False);
            Assert.That(Tape.IsRecording, Is.False);
            bool other = false;
            Thread thread = new(() => other = Tape.IsRecording);
            thread.Start();
            thread.Join();
            Assert.That(other, "recording is a matter of each thread");
        }
        Assert.That(Tape.IsRecording);
        Assert.That(() =>
        {
            using RecordingSwitch off = Tape.NoGrad();
            throw new InvalidOperationException();
        }, Throws.InvalidOperationException);
        Assert.That(Tape.IsRecording);
    }

    [Test]
    public void Recording_ResumesAfterAForwardThatThrows()
    {
        StubOp broken = new("Broken", _ => throw new InvalidOperationException(), (_, dy, _) => dy);
        Tensor x = Make.Number(1);
        Assert.That(() => broken.Apply(x), Throws.InvalidOperationException);
        Assert.That(Tape.IsRecording);
        Assert.That((x * 2).RequiresGrad);
    }

    [Test]
    public void Gradients_ByARecordedResult_LeaveWhatCameBeforeIt()
    {
        Tensor x = Make.Leaf(1, 2), h = x * x, y = h * h;
        Assert.That(Make.Numbers(Tape.Gradients(Make.Total(y), [h])[0]), Is.EqualTo(new[] { 2.0, 8 }));
        Make.Total(h).Backward();
        Assert.That(Make.Numbers(x.Grad), Is.EqualTo(new[] { 2.0, 4 }), "the part before h was not freed");
    }

    [Test]
    public void Gradients_InsideAHook_MayStartFromARunningGraph()
    {
        Tensor x = Make.Leaf(1, 2), h = x * x;
        double[] inner = [];
        h.RegisterHook(_ =>
        {
            using RecordingSwitch recording = Tape.EnableGrad();
            Tensor u = h * 1;
            inner = Make.Numbers(Tape.Gradients(Make.Total(u * u), [u])[0]);
            return null;
        });
        Make.Total(h * 3).Backward();
        Assert.That(inner, Is.EqualTo(new[] { 2.0, 8 }));
        Assert.That(Make.Numbers(x.Grad), Is.EqualTo(new[] { 6.0, 12 }));
    }
}
