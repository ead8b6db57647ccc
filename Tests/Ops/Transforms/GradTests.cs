using Autograd.Tests.Support;

namespace Autograd.Tests.Ops.Transforms;

[Parallelizable(ParallelScope.All)]
public sealed class GradTests
{
    static Tensor Number(double value) => Tensor.Scalar(value, DType.Float64);

    static Tensor Power5(Tensor x) => x * x * x * x * x;

    /// <summary>The derivatives of orders 1 to 4, by hand.</summary>
    static IEnumerable<TestCaseData> Towers
    {
        get
        {
            double x = 0.7, t = Math.Tanh(x), s = 1 - (t * t), e = Math.Exp(x);
            double[] tanh = [s, -2 * t * s, s * ((6 * t * t) - 2), (16 * t * s * s) - (8 * t * t * t * s)];
            yield return new TestCaseData((Func<Tensor, Tensor>)(u => u.Tanh()), tanh).SetArgDisplayNames("tanh");
            yield return new TestCaseData((Func<Tensor, Tensor>)(u => u.Exp()), new[] { e, e, e, e }).SetArgDisplayNames("exp");
            double[] power = [5 * Math.Pow(x, 4), 20 * Math.Pow(x, 3), 60 * x * x, 120 * x];
            yield return new TestCaseData((Func<Tensor, Tensor>)Power5, power).SetArgDisplayNames("x⁵");
        }
    }

    [TestCaseSource(nameof(Towers))]
    public void Of_Nested_GivesDerivativesToFourthOrder(Func<Tensor, Tensor> f, double[] derivatives)
    {
        foreach (double expected in derivatives)
        {
            f = Grad.Of(f);
            Tensor dx = f(Number(0.7));
            Assert.That(dx.Item(), Is.EqualTo(expected).Within(1e-13 * Math.Max(1, Math.Abs(expected))));
            Assert.That(dx.RequiresGrad, Is.False);
        }
    }

    [TestCaseSource(nameof(Towers))]
    public void ForwardAndReverse_InAnyOrder_Agree(Func<Tensor, Tensor> f, double[] derivatives)
    {
        for (int mix = 0; mix < 16; mix++)
        {
            Func<Tensor, Tensor> d = f;
            for (int order = 0; order < 4; order++)
            {
                Func<Tensor, Tensor> inner = d;
                d = (mix & (1 << order)) == 0 ? Grad.Of(inner) : x => Grad.Jvp(inner, x, Tensor.OnesLike(x)).Tangent;
                Assert.That(d(Number(0.7)).Item(), Is.EqualTo(derivatives[order]).Within(1e-12 * Math.Max(1, Math.Abs(derivatives[order]))), $"mix {mix} order {order}");
            }
        }
    }

    [Test]
    public void Of_ALambdaThatFitsOneTensorAndSeveral_IsThatOfOne()
    {
        Tensor x = Tensor.From([1.0, 2.0]), constant = Tensor.Scalar(3, DType.Float64);
        Assert.That(Grad.Of(_ => constant, allowUnused: true)(x).ToArray<double>(), Is.EqualTo(new double[2]));
        Assert.That(Grad.ValueAndGrad(_ => constant, allowUnused: true)(x).Value.Item(), Is.EqualTo(3));
        Assert.That(Grad.Vmap(_ => constant)(x).ToArray<double>(), Is.EqualTo(new[] { 3.0, 3 }));
    }

    [Test]
    public void Of_NestedFunctions_AreNotConfused()
    {
        Assert.That(Grad.Of(x => x * Grad.Of(y => x + y)(Number(1)))(Number(1)).Item(), Is.EqualTo(1));
        Assert.That(Grad.Of(x => x * Grad.Of(y => x * y)(Number(2)))(Number(3)).Item(), Is.EqualTo(6));
        Assert.That(Grad.Of(x => x * Grad.Jvp(y => x + y, Number(1), Number(1)).Tangent)(Number(1)).Item(), Is.EqualTo(1));
        Assert.That(Grad.Jvp(x => x * Grad.Of(y => x + y)(Number(1)), Number(1), Number(1)).Tangent.Item(), Is.EqualTo(1));
        Assert.That(Grad.Jvp(x => x * Grad.Of(y => x * y)(Number(2)), Number(3), Number(1)).Tangent.Item(), Is.EqualTo(6));
    }

    [Test]
    public void Of_ATensorThatTheFunctionAlsoClosesOver_IsConstantThere([Values] bool requiresGrad)
    {
        Tensor x = Number(3);
        x.RequiresGrad = requiresGrad;
        Tensor dx = Grad.Of(u => u * x)(x);
        Assert.That(dx.Item(), Is.EqualTo(3));
        Assert.That(dx.RequiresGrad, Is.EqualTo(requiresGrad));
        Assert.That(x.Grad, Is.Null);
        if (!requiresGrad) return;
        dx.Backward();
        Assert.That(x.Grad!.Item(), Is.EqualTo(1));
    }

    [Test]
    public void Of_AClosureOverParameters_CanBeDifferentiatedByThem()
    {
        Tensor w = Make.Leaf(2, -1), x = Tensor.From([0.5, 1.5]);
        Tensor dx = Grad.Of(u => (u * u * w).Sum())(x);
        Assert.That(Make.Numbers(dx), Is.EqualTo(new[] { 2.0, -3.0 }));
        (dx * dx).Sum().Backward();
        // Σ (2xw)² has the derivative 8x²w.
        Assert.That(Make.Numbers(w.Grad), Is.EqualTo(new[] { 4.0, -18.0 }));
        Assert.That(x.RequiresGrad, Is.False);
    }

    [Test]
    public void Of_AResultWithNothingOutside_HasNoHistory()
    {
        Tensor w = Make.Leaf(2, -1), x = Tensor.From([0.5, 1.5]);
        Assert.That(Grad.Of(u => (u * u).Sum())(x).RequiresGrad, Is.False);
        Assert.That(Grad.Of(u => ((u * u) + w).Sum())(x).RequiresGrad, Is.False, "w only adds");
        (Tensor value, Tensor gradient) = Grad.ValueAndGrad(u => (u * u).Sum())(x);
        Assert.That((value.RequiresGrad, gradient.RequiresGrad), Is.EqualTo((false, false)));
        (value, gradient) = Grad.ValueAndGrad(u => (u * u * w).Sum())(x);
        Assert.That((value.RequiresGrad, gradient.RequiresGrad), Is.EqualTo((true, true)));
    }

    [Test]
    public void Of_UnderNoGrad_WorksAndRecordsNothing()
    {
        Tensor w = Make.Leaf(2, -1), x = Make.Leaf(0.5, 1.5), h = w * 2;
        using (Tape.NoGrad())
        {
            (Tensor value, Tensor gradient) = Grad.ValueAndGrad(u => (u * u * h).Sum())(x);
            Assert.That(Make.Numbers(gradient), Is.EqualTo(new[] { 4.0, -6.0 }));
            Assert.That((value.RequiresGrad, gradient.RequiresGrad, Tape.IsRecording), Is.EqualTo((false, false, false)));
            Assert.That(Grad.Of(Grad.Of(Power5))(Number(1)).Item(), Is.EqualTo(20));
        }
        h.Sum().Backward();
        Assert.That(Make.Numbers(w.Grad), Is.EqualTo(new[] { 2.0, 2.0 }), "the graph outside was not freed");
    }

    [Test]
    public void Of_InsideAScope_Repeats()
    {
        for (int i = 0; i < 3; i++)
        {
            using TapeScope scope = Tape.Scope();
            Assert.That(Grad.Of(Grad.Of(Grad.Of(Power5)))(Number(2)).Item(), Is.EqualTo(240));
            Assert.That(Make.Numbers(Grad.HessianVectorProduct(u => (u * u * u).Sum(), Tensor.From([1.0, 2]), Tensor.From([1.0, 1]))), Is.EqualTo(new[] { 6.0, 12 }));
            Assert.That(Make.Numbers(Grad.Jacobian(u => u * u, Tensor.From([1.0, 2]))), Is.EqualTo(new[] { 2.0, 0, 0, 4 }));
        }
    }

    [Test]
    public void Of_SeveralInputs_GivesOneGradientEach()
    {
        (Tensor da, Tensor db) = Grad.Of((a, b) => (a * a * b).Sum())(Tensor.From([1.0, 2]), Tensor.From([3.0, 4]));
        Assert.That(Make.Numbers(da), Is.EqualTo(new[] { 6.0, 16 }));
        Assert.That(Make.Numbers(db), Is.EqualTo(new[] { 1.0, 4 }));
        (Tensor value, Tensor[] gradients) = Grad.ValueAndGrad((Tensor[] t) => (t[0] * t[1]).Sum() + t[2])([Tensor.From([1.0, 2]), Tensor.From([3.0, 4]), Number(1)]);
        Assert.That(value.Item(), Is.EqualTo(12));
        Assert.That(gradients.Select(g => Make.Numbers(g).Sum()), Is.EqualTo(new[] { 7.0, 3, 1 }));
    }

    [Test]
    public void Of_IsAFunctionThatGradCheckAccepts()
    {
        Tensor x = Tensor.From([0.3, -0.8, 1.1]), w = Tensor.From([1.5, 0.2, -0.7]);
        GradCheck.That((a, b) => Grad.Of(u => (u.Tanh() * u * b).Sum())(a), x, w);
        GradCheck.That((a, b) => Grad.Jvp(u => (u * b).Exp(), a, b).Tangent, x, w);
        GradCheck.That((a, b) => Grad.Jacobian(u => (u * b).Exp() * u.Sum(), a, JacobianMode.Reverse), x, w);
        GradCheck.That((a, b) => Grad.Jacobian(u => (u * b).Exp() * u.Sum(), a, JacobianMode.Forward), x, w);
        GradCheck.That((a, b) => Grad.HessianVectorProduct(u => (u * u * u * u.Sum()).Sum(), a, b), x, w);
    }

    [Test]
    public void Of_TwoDerivatives_OfDifferentLevels_Multiply()
    {
        // d/dx [f′(x)·g′(x)] = f″g′ + f′g″
        Func<Tensor, Tensor> f = x => x.Sin(), g = x => x.Exp();
        double at = 0.4, e = Math.Exp(at);
        Assert.That(Grad.Of(x => Grad.Of(f)(x) * Grad.Of(g)(x))(Number(at)).Item(), Is.EqualTo((e * Math.Cos(at)) - (e * Math.Sin(at))).Within(1e-14));
    }

    [Test]
    public void Of_WhatIsUnfit_IsAnError()
    {
        Tensor x = Tensor.From([1.0, 2]);
        Fails.With<ShapeException>(() => Grad.Of(u => u * u)(x), "Grad.Of: the function must return a single element, but its result has shape [2]. Reduce it to a scalar (Sum, Mean), or use Grad.Jacobian.");
        Fails.With<ShapeException>(() => Grad.Hessian(u => u * u, x), "Grad.Hessian: the function must return a single element, but its result has shape [2]. Reduce it to a scalar (Sum, Mean).");
        Fails.With<DTypeException>(() => Grad.Of(u => u.Sum())(Tensor.From([1L])), "Grad.Of: the element type must be Float32 or Float64, but it is Int64. Cast the tensor first: x.Cast(DType.Float32).");
        Fails.With<DTypeException>(() => Grad.Of(u => u.Sum().Cast(DType.Int64))(x), "Grad.Of: the function must return a Float32 or Float64 tensor, but its result is Int64. Return a floating-point result, no indices and no mask.");
        Fails.With<GraphException>(
            () => Grad.Of((Tensor _) => x.Sum())(x),
            "Grad.Of: the function's result does not depend on input 0 of shape [2]. Compute with the function's own argument, or pass allowUnused: true to get zeros.");
        Fails.With<GraphException>(
            () => Grad.ValueAndGrad((Tensor[] t) => t[0].Sum())([x, Number(1)]),
            "Grad.ValueAndGrad: the function's result does not depend on input 1 of shape []. Compute with the function's own argument, or pass allowUnused: true to get zeros.");
        Assert.That(Make.Numbers(Grad.Of((Tensor _) => x.Sum(), allowUnused: true)(x)), Is.EqualTo(new[] { 0.0, 0 }));
    }

    [Test]
    public void Vjp_PullsBackAnyNumberOfTimes()
    {
        Tensor x = Tensor.From([0.5, 1.5]);
        (Tensor y, Func<Tensor, Tensor> pullback) = Grad.Vjp(u => u * u, x);
        Assert.That(Make.Numbers(y), Is.EqualTo(new[] { 0.25, 2.25 }));
        Assert.That(y.RequiresGrad, Is.False);
        Assert.That(Make.Numbers(pullback(Tensor.From([1.0, 0]))), Is.EqualTo(new[] { 1.0, 0 }));
        Assert.That(Make.Numbers(pullback(Tensor.From([0.0, 2]))), Is.EqualTo(new[] { 0.0, 6 }));
        Assert.That(Make.Numbers(Grad.Of(v => pullback(v * v).Sum())(Tensor.From([1.0, 3]))), Is.EqualTo(new[] { 2.0, 18 }), "the pullback is a function of its argument");
        Assert.That(Make.Numbers(Grad.Vjp(_ => y, x).Pullback(y)), Is.EqualTo(new[] { 0.0, 0 }));
        Fails.With<ShapeException>(() => pullback(Number(1)), "Grad.Vjp: the pullback's argument must have the result's shape, but it is [] and not [2]. Expand it to [2].");
        Fails.With<DTypeException>(() => pullback(Tensor.Ones([2])), "Grad.Vjp: the pullback's argument must have the result's element type, but it is Float32 and not Float64. Cast it: dy.Cast(DType.Float64).");
    }

    [Test]
    public void Jvp_IsTheDirectionalDerivative()
    {
        (Tensor y, Tensor dy) = Grad.Jvp(t => t[0] * t[1], [Tensor.From([1.0, 2]), Tensor.From([3.0, 4])], [Tensor.From([1.0, 0]), Tensor.From([0.0, 5])]);
        Assert.That(Make.Numbers(y), Is.EqualTo(new[] { 3.0, 8 }));
        Assert.That(Make.Numbers(dy), Is.EqualTo(new[] { 3.0, 10 }));
        Assert.That(Grad.Jvp(_ => Number(2), Number(1), Number(1)).Tangent.Item(), Is.Zero);
        Fails.With<ShapeException>(() => Grad.Jvp(t => t[0], [Number(1)], []), "Grad.Jvp: there must be one direction an input, but there are 0 for 1 inputs (0 ≠ 1). Tensor.ZerosLike(x) stands for an input that stays where it is.");
        Fails.With<ShapeException>(() => Grad.Jvp(u => u, Number(1), Tensor.Ones([2], DType.Float64)), "Tangent: tangent must have the shape of x, but it is [2] and not []. Tensor.OnesLike gives one that fits.");
    }
}
