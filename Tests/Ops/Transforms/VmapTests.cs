using Autograd.Tests.Support;

namespace Autograd.Tests.Ops.Transforms;

/// <summary>Functions of one sample that run for a whole batch: with each other, with derivatives inside and outside, and what they refuse.</summary>
[Parallelizable(ParallelScope.All)]
public sealed class VmapTests
{
    static Tensor Random(Shape shape, ulong seed) => Tensor.Uniform(shape, new Generator(seed), -1, 1, DType.Float64);

    static Tensor Parameter(Shape shape, ulong seed)
    {
        Tensor w = Random(shape, seed);
        w.RequiresGrad = true;
        return w;
    }

    static Tensor EachOf(Tensor x, Func<Tensor, Tensor> f) => Tensor.Stack([.. x.Unbind().Select(f)]);

    [Test]
    public void Vmap_SeesOneSample_AndWhatIsShared()
    {
        Tensor w = Random([3, 2], 1), x = Random([4, 3], 2);
        Shape? seen = null;
        Tensor y = Grad.Vmap((Tensor t) =>
        {
            seen = t.Shape;
            return t.MatMul(w).Softmax(0);
        })(x);
        Assert.That(seen, Is.EqualTo(Shape.Create([3])));
        Close.To(y, x.MatMul(w).Softmax(1), 1e-15);
    }

    [Test]
    public void Vmap_OfGrad_IsTheGradientOfEachSample()
    {
        Tensor x = Random([4, 3], 2);
        Close.To(Grad.Vmap(Grad.Of((Tensor t) => (t.Exp() * t).Sum()))(x), x.Exp() * (1 + x), 1e-14);
        Close.To(Grad.Vmap(Grad.Of((Tensor t) => Grad.Of((Tensor u) => (u * u * u).Sum())(t).Sum()))(x), x * 6, 1e-14);
    }

    [Test]
    public void Vmap_OfGrad_KeepsApartWhatIsShared()
    {
        Tensor x = Random([4, 3], 2), w = Random([3], 3);
        Tensor each = Grad.Vmap((Tensor t) => Grad.Of((Tensor v) => (v * t).Sum().Square())(w))(x);
        Close.To(each, EachOf(x, t => t * ((w * t).Sum() * 2)), 1e-14);
    }

    [Test]
    public void Vmap_OfTransforms_IsEachSamples()
    {
        static Tensor F(Tensor t) => t.Tanh().Sum() * t;
        static Tensor S(Tensor t) => (t * t * t).Sum() + t.Prod();
        Tensor x = Random([4, 3], 2), v = Random([3], 3);
        Close.To(Grad.Vmap((Tensor t) => Grad.Jvp(F, t, v).Tangent)(x), EachOf(x, t => Grad.Jvp(F, t, v).Tangent), 1e-14);
        Close.To(Grad.Vmap((Tensor t) => Grad.Jvp(F, v, t).Tangent)(x), EachOf(x, t => Grad.Jvp(F, v, t).Tangent), 1e-14);
        Close.To(Grad.Vmap((Tensor t) => Grad.Vjp(F, t).Pullback(v))(x), EachOf(x, t => Grad.Vjp(F, t).Pullback(v)), 1e-14);
        foreach (JacobianMode mode in Enum.GetValues<JacobianMode>())
            Close.To(Grad.Vmap((Tensor t) => Grad.Jacobian(F, t, mode))(x), EachOf(x, t => Grad.Jacobian(F, t, mode)), 1e-14);
        Close.To(Grad.Vmap((Tensor t) => Grad.Hessian(S, t))(x), EachOf(x, t => Grad.Hessian(S, t)), 1e-13);
        Close.To(Grad.Vmap((Tensor t) => Grad.HessianVectorProduct(S, t, v))(x), EachOf(x, t => Grad.HessianVectorProduct(S, t, v)), 1e-13);
    }

    [Test]
    public void Transforms_OfVmap_AgreeWithThoseOfALoop()
    {
        Tensor x = Random([3, 2], 2), w = Random([2], 4), v = Random([3, 2], 3);
        Tensor F(Tensor t) => Grad.Vmap((Tensor u) => (u * w).Sigmoid().Sum() * u)(t);
        Tensor Loop(Tensor t) => EachOf(t, u => (u * w).Sigmoid().Sum() * u);
        Close.To(Grad.Jvp(F, x, v).Tangent, Grad.Jvp(Loop, x, v).Tangent, 1e-14);
        foreach (JacobianMode mode in Enum.GetValues<JacobianMode>())
        {
            Close.To(Grad.Jacobian(F, x, mode), Grad.Jacobian(Loop, x), 1e-14, $"{mode}");
            Close.To(Grad.Jacobian(t => Grad.Jvp(F, t, v).Tangent, x, mode), Grad.Jacobian(t => Grad.Jvp(Loop, t, v).Tangent, x), 1e-13, $"of a tangent, {mode}");
            Close.To(Grad.Jacobian(t => Grad.Jacobian(F, t, mode), x, mode), Grad.Jacobian(t => Grad.Jacobian(Loop, t), x), 1e-13, $"of a Jacobian, {mode}");
        }
        Close.To(Grad.Hessian(t => F(t).Square().Sum(), x), Grad.Hessian(t => Loop(t).Square().Sum(), x), 1e-13);
    }

    [Test]
    public void Vmap_InsideVmap_IsTheTableOfPairs()
    {
        Tensor a = Random([4, 3], 1), b = Random([5, 3], 2);
        Close.To(Grad.Vmap((Tensor p) => Grad.Vmap((Tensor q) => (p * q).Sum())(b))(a), a.MatMul(b.T), 1e-15);
        Close.To(Grad.Vmap((Tensor p) => Grad.Vmap((Tensor q) => q.Sum())(b))(a), b.Sum(1).Expand([4, 5]), 1e-15);
        Tensor nested = Grad.Vmap((Tensor p) => Grad.Vmap(Grad.Of((Tensor q) => (p * q).Sum().Exp()))(b))(a);
        Close.To(nested, a.MatMul(b.T).Exp().Unsqueeze(2) * a.Unsqueeze(1), 1e-14);
    }

    [Test]
    public void PerSample_InsideTransforms_AndTheyInsideIt()
    {
        Tensor w = Parameter([3], 1), x = Random([4, 3], 2), v = Random([4, 3], 3);
        Tensor[] Each(Tensor t) => Grad.PerSample(u => (u[0] * w).Sum().Square(), [w], [t]);
        Tensor Direct(Tensor t) => (t * w.Detach()).Sum(1, keepAxis: true) * t * 2;
        Close.To(Grad.Jvp(t => Each(t)[0], x, v).Tangent, Grad.Jvp(Direct, x, v).Tangent, 1e-14);
        foreach (JacobianMode mode in Enum.GetValues<JacobianMode>())
            Close.To(Grad.Jacobian(t => Grad.PerSample(u => (u[0] * w).Sum().Square(), [w], [t], createGraph: true)[0], x, mode), Grad.Jacobian(Direct, x), 1e-14, $"{mode}");
        // The loss of a sample is itself the square of a gradient.
        Tensor inner = Grad.PerSample(t => Grad.Of((Tensor u) => (u * w).Sum().Exp())(t[0]).Square().Sum(), [w], [x])[0];
        Close.To(inner, EachOf(x, t => Grad.Of((Tensor p) => ((p * t).Sum().Exp() * p).Square().Sum())(w.Detach())), 1e-13);
    }

    [Test]
    public void PerSample_InsidePerSample_IsTheGradientOfAGradient()
    {
        Tensor w = Parameter([3], 1), x = Random([4, 3], 2), z = Random([2, 3], 3);
        Tensor[] nested = Grad.PerSample(
            t => (Grad.PerSample(u => (u[0] * w).Sum().Square(), [w], [z], createGraph: true)[0] * t[0]).Sum(), [w], [x]);
        // Σₙ ⟨2⟨zₙ, w⟩zₙ, x⟩ has the gradient Σₙ 2⟨zₙ, x⟩zₙ.
        Close.To(nested[0], x.MatMul(z.T).MatMul(z) * 2, 1e-14);
    }

    [Test]
    public void PerSample_OfWhatWasComputedOutside_ReachesTheParameter([Values] bool createGraph)
    {
        Tensor w = Parameter([3], 1), x = Random([4, 3], 2), shared = w.Exp(), more = shared * w;
        Tensor each = Grad.PerSample(t => (t[0] * shared * w).Sum() + (t[0] * more).Sum(), [w], [x], createGraph)[0];
        Close.To(each, x * 2 * (w.Exp() * (1 + w)).Detach(), 1e-14);
        Close.To(Grad.PerSample(_ => more.Sum(), [w], [x])[0], (w.Exp() * (1 + w)).Detach().Expand([4, 3]), 1e-14);
        Assert.That(each.RequiresGrad, Is.EqualTo(createGraph));
        more.Sum().Backward(retainGraph: createGraph);
        if (!createGraph) return;
        each.Sum().Backward();
    }

    [Test]
    public void PerSample_OfAnEmptyBatch_IsEmpty_AndNaNStaysInItsSample()
    {
        Tensor w = Parameter([3], 1), x = Random([3, 3], 2);
        Assert.That(Grad.PerSample(t => (t[0] * w).Sum(), [w], [Random([0, 3], 1)])[0].Shape, Is.EqualTo(Shape.Create([0, 3])));
        x.AsWritableSpan<double>()[4] = double.NaN;
        double[] each = Grad.PerSample(t => (t[0] * w).Sum().Square(), [w], [x])[0].ToArray<double>();
        Assert.That(each.Select(double.IsNaN), Is.EqualTo(new[] { false, false, false, true, true, true, false, false, false }));
        Assert.That(Grad.Vmap((Tensor t) => t.Exp().Softmax(0))(Random([0, 3], 1)).Shape, Is.EqualTo(Shape.Create([0, 3])));
        Func<Tensor, Tensor> twice = CustomOp.Create("Twice", t => t * 2, (_, _, dy) => dy * 2);
        Assert.That(Grad.Vmap(twice)(Random([0, 3], 1)).Shape, Is.EqualTo(Shape.Create([0, 3])));
    }

    [Test]
    public void Dropout_OfABatch_DrawsForEachSample()
    {
        Tensor y = Grad.Vmap((Tensor t) => t.Dropout(0.5, new Generator(1)))(Tensor.Ones([2, 64]));
        Close.To(y, Tensor.Ones([2, 64]).Dropout(0.5, new Generator(1)), 0);
        Assert.That(y.Select(0, 0).ToArray<float>(), Is.Not.EqualTo(y.Select(0, 1).ToArray<float>()));
    }

    [Test]
    public void Checkpoint_InsideABatch_ComputesAgain()
    {
        Tensor w = Parameter([3], 1), x = Random([4, 3], 2);
        Tensor Plain(Tensor[] t) => (t[0] * w).Tanh().Exp().Sum();
        Tensor Dropped(Tensor[] t) => Checkpoint.Run(u => (u * w).Tanh().Exp().Sum(), t[0]);
        Close.To(Grad.PerSample(Dropped, [w], [x])[0], Grad.PerSample(Plain, [w], [x])[0], 0);
    }

    [Test]
    public void Choices_AreEachSamples()
    {
        Tensor x = Random([4, 5], 2);
        Close.To(Grad.Vmap((Tensor t) => Tensor.Where(t > 0, t, t.Exp()))(x), Tensor.Where(x > 0, x, x.Exp()), 0);
        Close.To(Grad.Vmap((Tensor t) => t.Max(0).Indices)(x), x.Max(1).Indices, 0);
        Close.To(Grad.Vmap((Tensor t) => t.ArgMax())(x), x.ArgMax(1), 0);
        Close.To(Grad.Vmap((Tensor t) => t.Sort(0).Indices)(x), x.ArgSort(1), 0);
        Close.To(Grad.Vmap((Tensor t) => Grad.Jvp(u => u.Max(0).Values, t, t).Tangent)(x), x.Max(1).Values, 0);
    }

    [Test]
    public void Labels_AreEachSamples([Values] Reduction reduction)
    {
        Tensor logits = Random([3, 4, 5], 1), weights = Tensor.From([1.0, 0.5, 2, 1, 3]);
        Tensor labels = Tensor.From(new long[] { 0, 4, 2, -1, 1, 1, 3, 0, -1, -1, -1, -1 }, [3, 4]);
        Func<Tensor, Tensor, Tensor>[] losses =
        [
            (x, t) => Loss.CrossEntropy(x, t, weights, ignoreIndex: -1, labelSmoothing: 0.1, reduction: reduction),
            (x, t) => Loss.Nll(x, t, weights, ignoreIndex: -1, reduction: reduction),
        ];
        foreach (Func<Tensor, Tensor, Tensor> loss in losses)
        {
            Tensor each = Tensor.Stack([.. Enumerable.Range(0, 3).Select(k => loss(logits.Select(0, k), labels.Select(0, k)))]);
            Close.To(Grad.Vmap(t => loss(t[0], t[1]))([logits, labels]), each, 1e-14);
        }
    }

    [Test]
    public void WhatABatchCannotDo_IsAnError()
    {
        Tensor x = Random([2, 3], 1), w = Parameter([3], 2);
        const string Numbers = " stands for 2 samples at once, so it has no numbers of its own to be read or changed. Use ops and Tensor.Where instead of reading numbers, and return from the function what is needed outside of it.";
        Fails.With<GraphException>(() => Grad.Vmap((Tensor t) => t * t.Sum().Item())(x), "This Float64 tensor of shape []" + Numbers);
        Fails.With<GraphException>(() => Grad.Vmap((Tensor t) => t * t[0])(x), "This Float64 tensor of shape [3]" + Numbers);
        Fails.With<GraphException>(() => Grad.Vmap((Tensor t) => Tensor.From(t.ToArray<double>()))(x), "This Float64 tensor of shape [3]" + Numbers);
        Fails.With<GraphException>(() => Grad.Vmap((Tensor t) => t.AsSpan<double>().Length > 0 ? t : t)(x), "This Float64 tensor of shape [3]" + Numbers);
        Fails.With<GraphException>(() => Grad.Vmap((Tensor t) => t.ToString().Length > 0 ? t : t)(x), "This Float64 tensor of shape [3]" + Numbers);
        Fails.With<GraphException>(() => Grad.Vmap(Filled)(x), "This Float64 tensor of shape [3]" + Numbers);
        Fails.With<GraphException>(() => Grad.Vmap((Tensor t) => t.MaskedSelect(t > 0))(x), "This Bool tensor of shape [3]" + Numbers);
        Fails.With<GraphException>(() => Grad.Vmap(Backward)(x), "Backward: this tensor of shape [] stands for all samples of a batch, which have no Grad of their own. Take derivatives inside a function of one sample by Grad.Of or Tape.Gradients.");
        Fails.With<GraphException>(() => Grad.Vmap(Hooked)(x), "RegisterHook: this tensor of shape [3] stands for all samples of a batch, which have no hook of their own. Take derivatives inside a function of one sample by Grad.Of or Tape.Gradients.");
        Fails.With<GraphException>(
            () => Grad.Vmap((Tensor t) => Tape.Gradients((t * w).Sum(), [w])[0]!)(x),
            "Gradients: input 0 of shape [3] is the same for all samples of a batch, but the result is each sample's own. Use Grad.Of, whose function gets an input for each sample.");
        Fails.With<ShapeException>(() => Grad.Vmap((Tensor t) => t + Random([4], 1))(x), "Add: the shapes must broadcast, but [3] and [4] differ in axis −1 from the end (3 ≠ 4, and neither is 1). Unsqueeze adds an axis of size 1, which is repeated.");
        Fails.With<ShapeException>(() => Grad.Vmap((Tensor t) => t)(Tensor.Scalar(1)), "Grad.Vmap: all inputs must have the same number of samples along axis 0, but their shapes are []. What all samples share is no input: the function may use it from outside.");
        Fails.With<ShapeException>(() => Grad.Vmap((Tensor[] t) => t[0])([]), "Grad.Vmap: there must be at least one input, whose axis 0 counts the samples, but there is none. Pass the tensors of the batch, [samples, …].");
        Assert.That(BatchLevel.IsActive, Is.False);

        static Tensor Filled(Tensor t)
        {
            t.Fill(0);
            return t;
        }

        Tensor Backward(Tensor t)
        {
            (t * w).Sum().Backward();
            return t;
        }

        Tensor Hooked(Tensor t)
        {
            Tensor y = t * w;
            y.RegisterHook(_ => null);
            return y;
        }
    }

    [Test]
    public void ARule_OfAnotherShape_IsAnError()
    {
        Tensor x = Random([2, 3], 1);
        Fails.With<GraphException>(() => Grad.Vmap((Tensor t) => new WrongRuleOp().Apply(t))(x), "WrongRule: the rule for a batch must give [samples, result…], but it gave [3, 2] for 2 samples. Keep the axis of the samples in front, or return null from Batch to compute them one by one.");
    }

    sealed class WrongRuleOp : Op
    {
        protected internal override Tensor Forward(ReadOnlySpan<Tensor> inputs) => inputs[0];

        protected internal override Tensor? Vjp(int input, Tensor dy, Recorded values) => dy;

        protected internal override Tensor? Jvp(ReadOnlySpan<Tensor> inputs, ReadOnlySpan<Tensor?> tangents, Tensor y) => tangents[0];

        protected internal override Tensor? Batch(BatchedInputs inputs) => inputs[0].T;
    }
}
