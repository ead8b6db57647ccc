using Autograd.Tests.Support;

namespace Autograd.Tests.Ops.Check;

[Parallelizable(ParallelScope.All)]
public sealed class GradCheckTests
{
    static readonly Tensor X = Tensor.From([0.5, -1.25, 2]), W = Tensor.From([1.5, 0.75, -2]);

    static StubOp Unary(string name, Func<Tensor, Tensor> forward, Func<Tensor, Recorded, Tensor?> vjp) =>
        new(name, t => forward(t[0]), (_, dy, values) => vjp(dy, values));

    static GradReport Run(Op op, Tensor x, GradCheckOptions? options = null) => GradCheck.Run(t => op.Apply(t), x, options);

    [Test]
    public void RightDerivatives_Pass_AtBothOrders()
    {
        StubOp cube = Unary("Cube", x => x * x * x, (dy, v) => dy * v.A * v.A * 3);
        GradReport report = Run(cube, X);
        Assert.That(report.Passed, report.ToString());
        Assert.That(report.Ops, Is.EqualTo(new[] { "Cube" }));
        // First order 3 × 3; second order one result by 3 inputs and 3 elements of the upstream gradient.
        Assert.That(report.Compared, Is.EqualTo(9 + 6));
        Assert.That(report.ToString(), Does.Match(@"^GradCheck passed: 15 derivatives of Cube; 0 wrong, 0 at kinks; worst accepted difference \d\.\d*E-\d+\.$"));
        GradCheck.That(t => cube.Apply(t), X);
        GradCheck.That((a, b) => a * b.Tanh(), X, W);
        GradCheck.That(t => t[0] * t[1] - t[2], [X, W, Tensor.Scalar(3, DType.Float64)]);
    }

    static IEnumerable<TestCaseData> WrongDerivatives()
    {
        yield return Case("Sign", x => x * x, (dy, v) => dy * v.A * -2);
        yield return Case("Factor", x => x * x, (dy, v) => dy * v.A);
        yield return Case("Missing", x => x * x, (_, _) => null);
        yield return Case("Offset", x => x * x, (dy, v) => dy * v.A * 2 + 1e-4);
        yield return Case("Reversed", x => x * x, (dy, v) => (dy * v.A * 2).View([3], [-1], 2).Clone());
        yield return Case("OneElement", x => x * x, (dy, v) => dy * v.A * Tensor.From([2.0, 2, 2.001]));
        yield return Case("NotANumber", x => x * x, (dy, v) => dy * (v.A * 0 / 0));

        static TestCaseData Case(string name, Func<Tensor, Tensor> forward, Func<Tensor, Recorded, Tensor?> vjp) =>
            new TestCaseData(name, forward, vjp).SetArgDisplayNames(name);
    }

    [TestCaseSource(nameof(WrongDerivatives))]
    public void AWrongDerivative_IsCaught_AndNamed(string name, Func<Tensor, Tensor> forward, Func<Tensor, Recorded, Tensor?> vjp)
    {
        GradReport report = Run(Unary(name, forward, vjp), X);
        Assert.That(report.Passed, Is.False);
        Assert.That(report.ToString(), Does.StartWith("GradCheck failed: 9 derivatives of " + name + "; "));
        Assert.That(report.Deviations, Is.Not.Empty.And.All.Matches<Deviation>(d => d is { Kind: DeviationKind.Wrong, Order: 1, Input: 0 }));
        Assert.That(() => GradCheck.That(t => Unary(name, forward, vjp).Apply(t), X), Throws.TypeOf<GradCheckException>().With.Message.StartsWith("GradCheck failed"));
    }

    [Test]
    public void TheReport_NamesOpInputElementAnalyticAndNumeric()
    {
        StubOp op = new("Halved", t => t[0] * t[1], (i, dy, v) => i == 0 ? dy * v.B : dy * v.A * Tensor.From([1, 0.5]));
        GradReport report = GradCheck.Run(t => op.Apply(t), [Tensor.From([3.0, 4]), Tensor.From([5.0, 6])]);
        Deviation wrong = report.Deviations.Single();
        Assert.That((wrong.Kind, wrong.Order, wrong.Input, wrong.Element, wrong.Output), Is.EqualTo((DeviationKind.Wrong, 1, 1, "[1]", "[1]")));
        Assert.That(wrong.Analytic, Is.EqualTo(2));
        Assert.That((wrong.Numeric, wrong.Left, wrong.Right), Is.EqualTo((4.0, 4.0, 4.0)).Using<double>((a, b) => Math.Abs(a - b) < 1e-6));
        string[] lines = report.ToString().Split('\n');
        Assert.That(lines[0], Does.StartWith("GradCheck failed: 8 derivatives of Halved; 1 wrong, 0 at kinks"));
        Assert.That(lines[1], Does.Match(@"^  wrong, order 1: input 1 element \[1\] → output \[1\]: analytic 2, numeric (4|3\.99\d+|4\.00\d+) \(from the left \S+, from the right \S+\)$"));
    }

    [Test]
    public void TheReport_ListsAFew_AndCountsTheRest()
    {
        GradReport report = Run(Unary("Sign", x => x * x, (dy, v) => dy * v.A * -2), X, GradCheckOptions.Float64 with { Listed = 2 });
        string[] lines = report.ToString().Split('\n');
        Assert.That(lines, Has.Length.EqualTo(4));
        Assert.That(lines[3], Is.EqualTo("  and 1 more"));
    }

    [Test]
    public void AMissingBroadcastSum_IsCaught()
    {
        StubOp scale = new("Scale", t => t[0] * t[1], (i, dy, v) => i == 0 ? dy * v.B : dy * v.A, Saved.Inputs);
        Fails.With<GraphException>(
            () => GradCheck.Run(t => scale.Apply(t), [X, Tensor.Scalar(2, DType.Float64)]),
            "Scale: the gradient of input 1 must have the input's shape and type, but it is Float64 [3] and not Float64 []. Add up what was repeated: dx.SumTo([]).");
        StubOp first = new("First", t => t[0] * t[1], (i, dy, v) => i == 0 ? dy * v.B : Tensor.Scalar((dy * v.A)[0], DType.Float64), Saved.Inputs);
        Assert.That(GradCheck.Run(t => first.Apply(t), [X, Tensor.Scalar(2, DType.Float64)]).Passed, Is.False);
    }

    [Test]
    public void AMissingInput_IsCaught()
    {
        StubOp op = new("Product", t => t[0] * t[1], (i, dy, v) => i == 0 ? dy * v.B : null, Saved.Inputs);
        GradReport report = GradCheck.Run(t => op.Apply(t), [X, W]);
        Assert.That(report.Deviations.Select(d => d.Input), Is.EqualTo(new[] { 1, 1, 1 }));
    }

    [Test]
    public void AStaleSavedValue_IsCaught()
    {
        // Saved by hand, outside the tape, and by the first call alone.
        Tensor? saved = null;
        StubOp square = Unary("Square", x =>
        {
            saved ??= x * 0.9;
            return x * x;
        }, (dy, _) => dy * saved! * 2);
        Assert.That(Run(square, X).Passed, Is.False);
    }

    [Test]
    public void AVjpThatChangesItsInput_IsCaught()
    {
        StubOp scale = Unary("Scale", x => Make.Total(x * 3), (dy, v) =>
        {
            using RecordingSwitch off = Tape.NoGrad();
            v.A.AddScaled(Tensor.Ones([3], DType.Float64), 1);
            return (dy * 3).Expand([3]);
        });
        GradReport report = Run(scale, X, GradCheckOptions.Float64 with { Order = 1 });
        Assert.That(report.Passed, Is.False);
        Assert.That(report.Faults, Is.EqualTo(new[] { "The backward changed input 0 in place." }));
    }

    [Test]
    public void AForwardThatChangesItsInput_IsCaught()
    {
        StubOp scale = Unary("Scale", x =>
        {
            Tensor y = x * 3;
            x.Fill(1);
            return y;
        }, (dy, _) => dy * 3);
        Assert.That(Run(scale, X).Faults, Does.Contain("The function changed input 0 in place."));
        Assert.That(Make.Numbers(X), Is.EqualTo(new[] { 0.5, -1.25, 2 }));
    }

    [Test]
    public void AFunctionThatDoesNotRepeat_IsCaught()
    {
        Generator noise = new(1);
        GradReport report = GradCheck.Run(x => x * x + noise.NextDouble(), X);
        Assert.That(report.Passed, Is.False);
        Assert.That(report.Faults[0], Is.EqualTo("The function is not repeatable: a second call with the same inputs gave another result."));
    }

    [Test]
    public void AResultWithoutHistory_IsCaught()
    {
        GradReport report = GradCheck.Run(x => x.Detach() * 2, X);
        Assert.That(report.ToString(), Is.EqualTo("GradCheck failed: 0 derivatives of ; 0 wrong, 0 at kinks.\n  The result does not depend on any input by recorded ops."));
    }

    [Test]
    public void ReluAtZero_IsAKink_AndPasses()
    {
        GradReport report = GradCheck.Run(x => x.Relu(), Tensor.From([-1.0, 0, 2]));
        Assert.That(report.Passed, report.ToString());
        Deviation kink = report.Deviations.Single(d => d.Order == 1);
        Assert.That((kink.Kind, kink.Element, kink.Analytic), Is.EqualTo((DeviationKind.Kink, "[1]", 0.0)));
        Assert.That(kink.Left, Is.EqualTo(0).Within(1e-9));
        Assert.That(kink.Right, Is.EqualTo(1).Within(1e-9));
        Assert.That(report.ToString(), Does.Contain("  kink, order 1: input 0 element [1] → output [1]: analytic 0, numeric 0.5 (from the left 0, from the right 1)"));
    }

    [Test]
    public void AbsAtZero_Passes() => Passes(GradCheck.Run(x => x.Abs(), Tensor.From([-1.0, 0, 2])));

    [Test]
    public void MaximumAtATie_Passes() => Passes(GradCheck.Run(t => t[0].Maximum(t[1]), [Tensor.From([1.0, 2]), Tensor.From([1.0, 5])]));

    [Test]
    public void ATieThatGoesToTheFirst_IsAKink_AndPasses()
    {
        StubOp first = Max((a, b) => a >= b ? (1, 0) : (0, 1));
        GradReport report = GradCheck.Run(t => first.Apply(t), [X, X], GradCheckOptions.Float64 with { Order = 1 });
        Passes(report);
        Assert.That(report.Deviations, Has.Count.EqualTo(6));
    }

    [Test]
    public void ATieThatCountsTwice_OrNot_OrGoesBeyond_IsCaught()
    {
        (Func<double, double, (double, double)> Rule, string Sum)[] rules =
        [
            ((a, b) => (a >= b ? 1 : 0, b >= a ? 1 : 0), "2"), ((a, b) => (a > b ? 1 : 0, b > a ? 1 : 0), "0"), ((a, b) => a == b ? (2, -1) : a > b ? (1, 0) : (0, 1), ""),
        ];
        foreach ((Func<double, double, (double, double)> rule, string sum) in rules)
        {
            GradReport report = GradCheck.Run(t => Max(rule).Apply(t), [Tensor.From([1.0, 2]), Tensor.From([1.0, 5])], GradCheckOptions.Float64 with { Order = 1 });
            Assert.That(report.Passed, Is.False);
            if (sum.Length == 0) continue;
            Assert.That(report.Faults.Single(), Does.Match(
                $@"^At the tie of input 0 element \[0\], input 1 element \[0\] → output \[0\], the derivatives add up to {sum}, but moving the elements together has the slope (1|1\.000000\d*|0\.999999\d*)\.$"));
        }
    }

    [Test]
    public void KinksThatMeetByChance_AreNoTie() =>
        Passes(GradCheck.Run(t => t[0].Relu() - (-t[1]).Relu(), [Tensor.From([0.0]), Tensor.From([0.0])], GradCheckOptions.Float64 with { Order = 1 }));

    [Test]
    public void AWrongSlopeBesideAKink_IsCaught()
    {
        StubOp relu = Unary("Relu2", x => x.Relu(), (dy, v) => dy * Tensor.From(Make.Numbers(v.A).Select(a => a > 0 ? 1.0 : a < 0 ? 0 : 1.5).ToArray()));
        Assert.That(Run(relu, Tensor.From([-1.0, 0, 2])).Passed, Is.False);
    }

    [Test]
    public void SecondOrderWrongAlone_IsCaught()
    {
        StubOp detached = Unary("Detached", x => x * x * x, (dy, v) => dy * v.A.Detach() * v.A * 3);
        Check(detached);
        StubOp once = Unary("Once", x => x * x, (dy, v) => dy.Detach() * v.A * 2);
        Check(once);

        static void Check(Op op)
        {
            Passes(Run(op, X, GradCheckOptions.Float64 with { Order = 1 }));
            GradReport report = Run(op, X);
            Assert.That(report.Passed, Is.False, op.Name);
            Assert.That(report.Deviations, Is.All.Matches<Deviation>(d => d.Order == 2));
        }
    }

    [Test]
    public void AFusedBackward_ThatIsRight_DoesNotHideAWrongRecordedOne()
    {
        Passes(Run(new FusedRightComposedWrong(), X, GradCheckOptions.Float64 with { Order = 1 }));
        GradReport report = Run(new FusedRightComposedWrong(), X);
        Assert.That(report.Passed, Is.False);
        Assert.That(report.Faults.Single(), Does.Match(@"^The recorded backward differs from the unrecorded one at element 0 of input 0: \d\.\d+, not \d\.\d+\.$"));
    }

    [Test]
    public void AWrongForwardMode_IsCaught()
    {
        GradReport report = Run(new WrongForward(), X);
        Assert.That(report.Faults.Single(), Does.Match(@"^Forward mode differs from backward: along a random direction it gives -?\d\.\d+, backward -?\d\.\d+\.$"));
    }

    // ---- Along random directions.

    [TestCaseSource(nameof(WrongDerivatives))]
    public void AlongDirections_AWrongDerivative_IsCaught(string name, Func<Tensor, Tensor> forward, Func<Tensor, Recorded, Tensor?> vjp)
    {
        GradReport report = Run(Unary(name, forward, vjp), X, GradCheckOptions.Fast);
        Assert.That(report.Passed, Is.False);
        Assert.That(report.Deviations[0], Is.EqualTo(report.Deviations[0] with { Kind = DeviationKind.Wrong, Order = 1, Input = 0, Element = "direction 0", Output = "direction 0" }));
        Assert.That(report.Deviations[0].ToString(), Does.StartWith("wrong, order 1: input 0 direction 0 → output direction 0: analytic "));
    }

    [Test]
    public void AlongDirections_SecondOrderAndSharedGradients_AreCaught()
    {
        StubOp once = Unary("Once", x => x * x, (dy, v) => dy.Detach() * v.A * 2);
        Passes(Run(once, X, GradCheckOptions.Fast with { Order = 1 }));
        Assert.That(Run(once, X, GradCheckOptions.Fast).Deviations, Is.Not.Empty.And.All.Matches<Deviation>(d => d.Order == 2));
        StubOp first = new("First", t => t[0] * t[1], (i, dy, v) => i == 0 ? dy * v.B : Tensor.Scalar((dy * v.A)[0], DType.Float64), Saved.Inputs);
        GradReport report = GradCheck.Run(t => first.Apply(t), [X, Tensor.Scalar(2, DType.Float64)], GradCheckOptions.Fast);
        Assert.That(report.Deviations, Is.All.Matches<Deviation>(d => d.Input == 1));
    }

    [Test]
    public void AlongDirections_TheNumberOfCallsDoesNotGrowWithTheSize()
    {
        Assert.That(Calls([3]), Is.EqualTo(Calls([200, 500])));

        static int Calls(Shape shape)
        {
            int calls = 0;
            GradReport report = GradCheck.Run(x =>
            {
                calls++;
                return (x * x).Tanh();
            }, Tensor.Uniform(shape, new Generator(4), -1, 1, DType.Float64), GradCheckOptions.Fast);
            Passes(report);
            Assert.That(report.Compared, Is.EqualTo(4 + 8));
            return calls;
        }
    }

    [Test]
    public void AlongDirections_AKink_IsKnown()
    {
        GradReport report = GradCheck.Run(x => x.Relu(), Tensor.From([0.0]), GradCheckOptions.Fast with { Order = 1 });
        Passes(report);
        Assert.That(report.Deviations, Has.Count.EqualTo(4).And.All.Matches<Deviation>(d => d.Kind == DeviationKind.Kink));
    }

    // ---- A model, and the op to blame.

    static Tensor[] Network(DType dtype)
    {
        Generator generator = new(9);
        return [.. new Shape[] { [5, 6], [8, 6], [8], [3, 8], [3] }.Select(s => Tensor.Uniform(s, generator, -1, 1, dtype))];
    }

    static Tensor NetworkLoss(Tensor[] t) =>
        Loss.CrossEntropy(t[0].Linear(t[1], t[2]).Tanh().Linear(t[3], t[4]), Tensor.From([0L, 2, 1, 1, 0]));

    [Test]
    public void ANetwork_Passes_InBothTypes_AndEitherMode()
    {
        Passes(GradCheck.Run(NetworkLoss, Network(DType.Float64)));
        Passes(GradCheck.Run(NetworkLoss, Network(DType.Float64), GradCheckOptions.Fast));
        Passes(GradCheck.Run(NetworkLoss, Network(DType.Float32), GradCheckOptions.Float32));
        Passes(GradCheck.Run(NetworkLoss, Network(DType.Float32), GradCheckOptions.Float32 with { Directions = 4 }));
    }

    [TestCase(DType.Float64, 0)]
    [TestCase(DType.Float64, 4)]
    [TestCase(DType.Float32, 0)]
    [TestCase(DType.Float32, 4)]
    public void AWrongOpInANetwork_IsFound_AndNamed(DType dtype, int directions)
    {
        StubOp wrong = Unary("Bent", x => x.Tanh(), (dy, v) => dy * (1 - v.Y * v.Y * 1.5));
        GradReport report = GradCheck.Run(
            t => Loss.CrossEntropy(wrong.Apply(t[0].Linear(t[1], t[2])).Linear(t[3], t[4]), Tensor.From([0L, 2, 1, 1, 0])), Network(dtype),
            (dtype == DType.Float32 ? GradCheckOptions.Float32 : GradCheckOptions.Float64) with { Directions = directions });
        Assert.That(report.Passed, Is.False);
        Assert.That(report.Suspects.Single(), Does.Match(@"^Bent, number 2 of \d recorded ops, inputs \[5, 8\], fails alone: wrong, order 1: input 0 "));
        Assert.That(report.ToString(), Does.Contain("\n  suspect: Bent, number 2 of "));
        Assert.That(Tape.Observer, Is.Null);
    }

    [Test]
    public void ADetachedValue_LeavesNoSuspect()
    {
        GradReport report = GradCheck.Run(x => x * x.Exp().Detach() + x, X);
        Assert.That(report.Suspects, Is.EqualTo(new[] { "none of 3 recorded ops fails alone; look for values that are taken out of the recording, by Detach, NoGrad or as numbers." }));
    }

    [Test]
    public void Float32_PassesWithItsTolerances() => GradCheck.That(x => x.Tanh() * x, Tensor.From([0.5f, -1.25f, 2]), GradCheckOptions.Float32);

    [Test]
    public void Integers_AreAnError() =>
        Fails.With<DTypeException>(
            () => GradCheck.Run(x => x, Tensor.From([1L])), "GradCheck: the element type must be Float32 or Float64, but it is Int64. Cast the tensor first: x.Cast(DType.Float32).");

    [Test]
    public void Check_WorksUnderNoGrad_AndLeavesInputsAlone()
    {
        Tensor x = Make.Leaf(1, 2);
        using RecordingSwitch off = Tape.NoGrad();
        GradCheck.That(t => t * t, x);
        Assert.That((x.Grad, Tape.IsRecording), Is.EqualTo(((Tensor?)null, false)));
    }

    static void Passes(GradReport report) => Assert.That(report.Passed, report.ToString());

    static StubOp Max(Func<double, double, (double A, double B)> rule) => new("Max", t => t[0].Maximum(t[1]), (i, dy, v) =>
    {
        (double A, double B)[] shares = [.. Make.Numbers(v.A).Zip(Make.Numbers(v.B), rule)];
        return dy * Tensor.From(shares.Select(s => i == 0 ? s.A : s.B).ToArray());
    }, Saved.Inputs);

    sealed class FusedRightComposedWrong : Op
    {
        protected internal override Tensor Forward(ReadOnlySpan<Tensor> inputs) => inputs[0] * inputs[0];

        protected internal override Tensor? Vjp(int input, Tensor dy, Recorded values) => dy * values.A * 3;

        protected internal override Tensor? Jvp(ReadOnlySpan<Tensor> inputs, ReadOnlySpan<Tensor?> tangents, Tensor y) => tangents[0]! * inputs[0] * 2;

        protected internal override void Backward(Tensor dy, Recorded values, Gradients gradients) => gradients.Add(0, dy * values.A * 2);
    }

    sealed class WrongForward : Op
    {
        protected internal override Tensor Forward(ReadOnlySpan<Tensor> inputs) => inputs[0] * inputs[0];

        protected internal override Tensor? Vjp(int input, Tensor dy, Recorded values) => dy * values.A * 2;

        protected internal override Tensor? Jvp(ReadOnlySpan<Tensor> inputs, ReadOnlySpan<Tensor?> tangents, Tensor y) => tangents[0]! * inputs[0];
    }
}
