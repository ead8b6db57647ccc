using Autograd.Tests.Support;

namespace Autograd.Tests;

/// <summary>The rules of the graph, as docs/conventions.md states them.</summary>
[Parallelizable(ParallelScope.All)]
public sealed class ConventionsTests
{
    [Test]
    public void AResult_RequiresGrad_ExactlyIfAnInputDoes()
    {
        Tensor x = Make.Leaf(1, 2), c = Tensor.From([3.0, 4]);
        Assert.That(((x * c).RequiresGrad, (c * x).RequiresGrad, (c * c).RequiresGrad, (x > c).RequiresGrad), Is.EqualTo((true, true, false, false)));
        Assert.That(((x * c).IsLeaf, (c * c).IsLeaf, (c * c).Node), Is.EqualTo((false, true, (Node?)null)));
    }

    [Test]
    public void AResult_UnderNoGrad_IsALeafWithoutGradient()
    {
        Tensor x = Make.Leaf(1, 2), y;
        using (Tape.NoGrad()) y = x * x;
        Assert.That((y.RequiresGrad, y.IsLeaf, y.Grad, y.Node), Is.EqualTo((false, true, (Tensor?)null, (Node?)null)));
        y.RequiresGrad = true;
        Make.Total(y * 2).Backward();
        Assert.That((x.Grad, y.Grad![0]), Is.EqualTo(((Tensor?)null, 2.0)));
    }

    [Test]
    public void TwoBackwards_Add()
    {
        Tensor z = Make.Number(1);
        (z * 2).Backward();
        (z * 3).Backward();
        Assert.That(z.Grad!.Item(), Is.EqualTo(5));
    }

    [Test]
    public void LeavesAlone_KeepTheirGradient()
    {
        Tensor x = Make.Number(2), y = x * x, z = y * 3;
        z.Backward();
        Assert.That(x.Grad!.Item(), Is.EqualTo(12));
        Fails.With<GraphException>(
            () => _ = y.Grad, "Grad: the gradient of a recorded result is not kept, and this tensor is the result of Multiply. Call RetainGrad() on it before Backward.");
    }

    [Test]
    public void RetainGrad_KeepsThatOfAResult()
    {
        Tensor x = Make.Number(2), y = x * x, z = y * 3;
        y.RetainGrad();
        Assert.That(y.Grad, Is.Null);
        z.Backward();
        Assert.That(y.Grad!.Item(), Is.EqualTo(3));
    }

    [Test]
    public void RequiresGrad_IsSetOnLeavesAlone()
    {
        Tensor y = Make.Number(2) * 3;
        Fails.With<GraphException>(
            () => y.RequiresGrad = false,
            "RequiresGrad: can be set on leaves only, but this tensor is the result of Multiply. Use Detach() for a tensor without history.");
        Assert.That(() => y.RequiresGrad = true, Throws.Nothing);
    }

    [TestCase(DType.Int64)]
    [TestCase(DType.Bool)]
    public void RequiresGrad_IsForFloatingPointAlone(DType dtype)
    {
        Tensor x = Tensor.Ones([2], dtype);
        Fails.With<DTypeException>(
            () => x.RequiresGrad = true,
            $"RequiresGrad: only Float32 and Float64 tensors are differentiable, but this one is {dtype}. Cast it to a floating-point type first.");
        Assert.That(() => x.RequiresGrad = false, Throws.Nothing);
    }

    [Test]
    public void Backward_OfSeveralElements_NeedsASeed()
    {
        Tensor x = Make.Leaf(1, 2), y = x * x;
        Fails.With<ShapeException>(
            () => y.Backward(),
            "Backward: a gradient can be seeded with 1 only for a single element, but the shape is [2]. Reduce to a scalar (Sum, Mean) or pass a seed of shape [2].");
        y.Backward(Tensor.From([1.0, 10]));
        Assert.That(Make.Numbers(x.Grad), Is.EqualTo(new[] { 2.0, 40 }));
    }

    [Test]
    public void Backward_OfOneElement_OfAnyRank_NeedsNone()
    {
        Tensor x = Make.Leaf(3);
        (x * x).Backward();
        Assert.That(x.Grad![0], Is.EqualTo(6));
    }

    [Test]
    public void ASeed_HasTheResultsShapeAndType()
    {
        Tensor y = Make.Leaf(1, 2, 3) * 2;
        Fails.With<ShapeException>(() => y.Backward(Tensor.Ones([2], DType.Float64)), "Backward: seed must have the shape of the tensor, but it is [2] and not [3]. Tensor.OnesLike gives one that fits.");
        Fails.With<ShapeException>(() => y.Backward(Tensor.Ones([1, 3], DType.Float64)), "Backward: seed must have the shape of the tensor, but it is [1, 3] and not [3]. Reshape it to [3].");
        Fails.With<DTypeException>(() => y.Backward(Tensor.Ones([3])), "Backward: the seed must have the tensor's element type, but it is Float32 and not Float64. Cast it: seed.Cast(DType.Float64).");
        y.Backward(Tensor.Ones([3], DType.Float64));
    }

    [Test]
    public void Backward_WithNothingToDifferentiate_IsAnError()
    {
        const string Message = "Backward: this Float64 tensor of shape [] has no history that requires a gradient. Set RequiresGrad on a leaf before computing, outside NoGrad.";
        Tensor constant = Tensor.Scalar(2, DType.Float64), x = Make.Number(2), y;
        using (Tape.NoGrad()) y = x * x;
        Fails.With<GraphException>(() => (constant * constant).Backward(), Message);
        Fails.With<GraphException>(() => y.Backward(), Message);
        Fails.With<GraphException>(() => (x * x).Detach().Backward(), Message);
        Fails.With<GraphException>(() => Tape.Gradients(constant, [x]), Message);
    }

    [Test]
    public void ASecondBackward_IsAnError_AndChangesNothing()
    {
        Tensor x = Make.Leaf(1, 2), w = Make.Leaf(3, 4), trunk = x * w, y = Make.Total(trunk * x), other = Make.Total(trunk + w);
        y.Backward();
        (double[] dx, double[] dw) = (Make.Numbers(x.Grad), Make.Numbers(w.Grad));
        const string Remedy = "Pass retainGraph: true to the earlier backward to run it again.";
        Fails.With<GraphException>(
            () => y.Backward(), $"Backward: the graph was used by an earlier backward, which freed the saved values (SumTo). {Remedy}");
        Fails.With<GraphException>(
            () => other.Backward(), $"Backward: the graph was used by an earlier backward, which freed the saved values (Multiply). {Remedy}");
        Fails.With<GraphException>(
            () => Tape.Gradients(other, [w]), $"Backward: the graph was used by an earlier backward, which freed the saved values (Multiply). {Remedy}");
        Assert.That((Make.Numbers(x.Grad), Make.Numbers(w.Grad)), Is.EqualTo((dx, dw)));
        Make.Total(x + w).Backward();
        Assert.That(Make.Numbers(w.Grad), Is.EqualTo(dw.Select(v => v + 1)));
    }

    [Test]
    public void RetainGraph_RunsItTwice_AndGivesTwiceTheGradient()
    {
        Tensor x = Make.Leaf(1, 2), y = Make.Total(x * x.Tanh());
        y.Backward(retainGraph: true);
        double[] once = Make.Numbers(x.Grad);
        y.Backward();
        Assert.That(Make.Numbers(x.Grad), Is.EqualTo(once.Select(v => 2 * v)));
    }

    [Test]
    public void CreateGraph_MakesGradientsDifferentiable_AndRetainsTheGraph()
    {
        Tensor x = Make.Number(2), y = x * x * x;
        y.Backward(createGraph: true);
        Tensor dx = x.Grad!;
        Assert.That((dx.Item(), dx.RequiresGrad), Is.EqualTo((12.0, true)));
        Assert.That(Tape.Gradients(dx, [x], retainGraph: true)[0]!.Item(), Is.EqualTo(12));
        Assert.That(Tape.Gradients(y, [x])[0]!.RequiresGrad, Is.False);
    }

    [Test]
    public void Gradients_OfAnUnusedInput_IsAnErrorUnlessAllowed()
    {
        Tensor x = Make.Number(2), unused = Make.Leaf(1, 2), y = x * x;
        Fails.With<GraphException>(
            () => Tape.Gradients(y, [x, unused]), "Gradients: input 1 of shape [2] does not take part in the result. Pass allowUnused: true to get null for it.");
        Tensor?[] gradients = Tape.Gradients(y, [x, unused], allowUnused: true);
        Assert.That((gradients[0]!.Item(), gradients[1]), Is.EqualTo((4.0, (Tensor?)null)));
        Fails.With<GraphException>(
            () => Tape.Gradients(x * x, [Tensor.Ones([2])], allowUnused: true),
            "Gradients: the tensor must require a gradient, but this Float32 tensor of shape [2] does not. Set RequiresGrad first.");
    }

    [Test]
    public void ALeaf_ThatRequiresAGradient_IsNotChangedWhileRecording()
    {
        Tensor x = Make.Leaf(1, 2);
        const string Rule = "a leaf that requires a gradient, here of shape [2], must not be changed in place while recording. Wrap the change in: using (Tape.NoGrad()).";
        Fails.With<GraphException>(() => x.Fill(0), $"Fill: {Rule}");
        Fails.With<GraphException>(() => x.CopyFrom(x.Clone()), $"CopyFrom: {Rule}");
        Fails.With<GraphException>(() => x.AddScaled(x.Clone(), 1), $"AddScaled: {Rule}");
        Fails.With<GraphException>(() => x.AsWritableSpan<double>(), $"AsWritableSpan: {Rule}");
        Assert.That(Make.Numbers(x), Is.EqualTo(new[] { 1.0, 2 }));
        using (Tape.NoGrad()) x.AddScaled(Tensor.Ones([2], DType.Float64), 10);
        Assert.That(Make.Numbers(x), Is.EqualTo(new[] { 11.0, 12 }));
    }

    [Test]
    public void AResult_IsNeverChangedInPlace()
    {
        Tensor y = Make.Leaf(1, 2) * 2;
        using RecordingSwitch off = Tape.NoGrad();
        Fails.With<GraphException>(
            () => y.Fill(0),
            "Fill: a recorded result must not be changed in place, and this tensor is the result of Multiply. Use an op that makes a new tensor, or Detach().Clone().");
    }

    [Test]
    public void CompoundAssignment_MakesANewTensor()
    {
        Tensor x = Make.Number(2), y = x;
        y += x;
        Assert.That((ReferenceEquals(x, y), x.Item(), y.Item()), Is.EqualTo((false, 2.0, 4.0)));
        y.Backward();
        Assert.That(x.Grad!.Item(), Is.EqualTo(2));
    }

    [Test]
    public void AGradientOfTheWrongShapeOrType_FromAUsersOp_IsAnError_AndChangesNothing()
    {
        StubOp shape = new("WrongShape", t => t[0] * 1, (_, _, _) => Tensor.Ones([3], DType.Float64), Saved.Nothing);
        StubOp type = new("WrongType", t => t[0] * 1, (_, _, _) => Tensor.Ones([2]), Saved.Nothing);
        Tensor x = Make.Leaf(1, 2), w = Make.Leaf(3, 4);
        foreach (bool createGraph in (bool[])[false, true])
        {
            Fails.With<GraphException>(
                () => Make.Total(shape.Apply(x) * w).Backward(createGraph: createGraph),
                "WrongShape: the gradient of input 0 must have the input's shape and type, but it is Float64 [3] and not Float64 [2]. Tensor.OnesLike gives one that fits.");
            Fails.With<GraphException>(
                () => Make.Total(type.Apply(x) * w).Backward(createGraph: createGraph),
                "WrongType: the gradient of input 0 must have the input's shape and type, but it is Float32 [2] and not Float64 [2]. Cast it: dx.Cast(DType.Float64).");
        }
        Assert.That((x.Grad, w.Grad), Is.EqualTo(((Tensor?)null, (Tensor?)null)));
    }

    [Test]
    public void AnOpThatReadsAValueItDoesNotSave_IsAnError()
    {
        StubOp input = new("Forgetful", t => t[0] * t[1], (_, dy, values) => dy * values.B, Saved.A);
        StubOp output = new("Absent", t => t[0] * 1, (_, dy, values) => dy * values.Y, Saved.Inputs);
        Tensor x = Make.Leaf(1, 2), w = Make.Leaf(3, 4);
        Fails.With<GraphException>(
            () => Make.Total(input.Apply(x, w)).Backward(), "Forgetful: the derivative reads input 1, which the op does not save. Add it to what Saves returns.");
        Fails.With<GraphException>(
            () => Make.Total(output.Apply(x)).Backward(), "Absent: the derivative reads the result, which the op does not save. Add it to what Saves returns.");
        Assert.That((x.Grad, w.Grad), Is.EqualTo(((Tensor?)null, (Tensor?)null)));
    }

    [Test]
    public void ZeroGrad_ClearsToNull()
    {
        Tensor x = Make.Number(2);
        x.ZeroGrad();
        (x * x).Backward();
        x.ZeroGrad();
        Assert.That(x.Grad, Is.Null);
        (x * 3).Backward();
        Assert.That(x.Grad!.Item(), Is.EqualTo(3));
    }
}
