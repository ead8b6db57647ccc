namespace Autograd.Tests.Engine;

/// <summary>Saved values and gradients as bare elements, for kernels of third parties.</summary>
[Parallelizable(ParallelScope.All)]
public sealed class OpSpanTests
{
    // y = x²   ⇒   dx = 2x·dy
    sealed class SpanSquareOp<T> : Op where T : unmanaged
    {
        protected internal override Saved Saves(ReadOnlySpan<Tensor> inputs) => Saved.A;

        protected internal override Tensor Forward(ReadOnlySpan<Tensor> inputs) => inputs[0] * inputs[0];

        protected internal override Tensor Vjp(int input, Tensor dy, Recorded values) => 2 * dy * values.A;

        protected internal override Tensor? Jvp(ReadOnlySpan<Tensor> inputs, ReadOnlySpan<Tensor?> tangents, Tensor y) => null;

        protected internal override void Backward(Tensor dy, Recorded values, Gradients gradients)
        {
            ReadOnlySpan<T> x = values.AsSpan<T>(0);
            Span<T> dx = gradients.AsSpan<T>(0, out bool fresh);
            ReadOnlySpan<T> d = dy.Dense().AsSpan<T>();
            for (int i = 0; i < dx.Length; i++)
            {
                double part = 2 * Convert.ToDouble(x[i], null) * Convert.ToDouble(d[i], null);
                dx[i] = (T)Convert.ChangeType(fresh ? part : part + Convert.ToDouble(dx[i], null), typeof(T), null);
            }
        }
    }

    static Tensor Leaf()
    {
        Tensor x = Tensor.From(new double[,] { { 1, 2, 3 }, { 4, 5, 6 } });
        x.RequiresGrad = true;
        return x;
    }

    [Test]
    public void AsSpan_OfADenseValue_AndOfAFreshGradient()
    {
        Tensor x = Leaf();
        new SpanSquareOp<double>().Apply(x).Sum().Backward();
        Assert.That(x.Grad!.ToArray<double>(), Is.EqualTo([2.0, 4, 6, 8, 10, 12]));
        // Again into the same memory, which is not fresh.
        new SpanSquareOp<double>().Apply(x).Sum().Backward();
        Assert.That(x.Grad!.ToArray<double>(), Is.EqualTo([4.0, 8, 12, 16, 20, 24]));
    }

    [Test]
    public void AsSpan_OfAGradientThatHoldsSomething_IsNotFresh()
    {
        Tensor x = Leaf();
        (new SpanSquareOp<double>().Apply(x) + new SpanSquareOp<double>().Apply(x)).Sum().Backward();
        Assert.That(x.Grad!.ToArray<double>(), Is.EqualTo([4.0, 8, 12, 16, 20, 24]));
    }

    [Test]
    public void AsSpan_OfAStridedView_IsACopyInRowMajorOrder()
    {
        Tensor x = Leaf();
        (new SpanSquareOp<double>().Apply(x.T) * Tensor.From(new double[,] { { 1, 10 }, { 100, 1000 }, { 1e4, 1e5 } })).Sum().Backward();
        Assert.That(x.Grad!.ToArray<double>(), Is.EqualTo([2.0, 400, 6e4, 80, 1e4, 12e5]));
    }

    [Test]
    public void AsSpan_OfAValueUnderHooks_IsWhatTheyGiveBack()
    {
        Tensor x = Leaf();
        Tensor y;
        using (Tape.SavedTensorHooks(saved => saved.ToArray<double>(), packed => Tensor.From(packed, [2, 3]) * 10)) y = new SpanSquareOp<double>().Apply(x);
        y.Sum().Backward();
        Assert.That(x.Grad!.ToArray<double>(), Is.EqualTo([20.0, 40, 60, 80, 100, 120]));
    }

    [Test]
    public void AsSpan_OfAnotherType_IsAnError() =>
        Assert.That(() => new SpanSquareOp<float>().Apply(Leaf()).Sum().Backward(), Throws.TypeOf<DTypeException>());

    [Test]
    public void AsSpan_OfAValueThatWasChanged_IsAnError()
    {
        Tensor x = Leaf();
        Tensor y = new SpanSquareOp<double>().Apply(x);
        using (Tape.NoGrad()) x.Fill(3);
        Assert.That(() => y.Sum().Backward(), Throws.TypeOf<GraphException>().With.Message.Contains("was changed in place"));
        Assert.That(x.Grad, Is.Null);
    }

    // y = eˣ   ⇒   dx = y·dy
    sealed class SpanExpOp : Op
    {
        public bool? WasDense { get; private set; }

        protected internal override Tensor Forward(ReadOnlySpan<Tensor> inputs) => inputs[0].Exp();

        protected internal override Tensor Vjp(int input, Tensor dy, Recorded values) => dy * values.Y;

        protected internal override Tensor? Jvp(ReadOnlySpan<Tensor> inputs, ReadOnlySpan<Tensor?> tangents, Tensor y) => null;

        protected internal override void Backward(Tensor dy, Recorded values, Gradients gradients)
        {
            WasDense = values.IsDense(0);
            Span<double> dx = gradients.AsSpan<double>(0, out _);
            values.ResultAsSpan<double>().CopyTo(dx);
        }
    }

    [Test]
    public void ResultAsSpan_IsTheResultInRowMajorOrder([Values] bool strided)
    {
        Tensor x = Leaf(), view = strided ? x.T : x;
        SpanExpOp exp = new();
        exp.Apply(view).Sum().Backward();
        Assert.That(x.Grad!.ToArray<double>(), Is.EqualTo(x.Exp().ToArray<double>()));
        Assert.That(exp.WasDense, Is.EqualTo(!strided));
    }

    // y = a·b with a the only one that is asked for its gradient in spans   ⇒   da = dy·b
    sealed class SpanMultiplyOp : Op
    {
        public bool? WantsB { get; private set; }

        public string? Error { get; private set; }

        protected internal override Tensor Forward(ReadOnlySpan<Tensor> inputs) => inputs[0] * inputs[1];

        protected internal override Tensor Vjp(int input, Tensor dy, Recorded values) => dy * values.Input(1 - input);

        protected internal override Tensor? Jvp(ReadOnlySpan<Tensor> inputs, ReadOnlySpan<Tensor?> tangents, Tensor y) => null;

        protected internal override void Backward(Recorded values, Gradients gradients)
        {
            ReadOnlySpan<double> dy = gradients.DYAsSpan(out Span<double> part), b = values.AsSpan<double>(1);
            for (int i = 0; i < dy.Length; i++) part[i] = dy[i] * b[i];
            if (gradients.TryAsSpan(0, out Span<double> da, out bool fresh))
            {
                for (int i = 0; i < da.Length; i++) da[i] = fresh ? part[i] : da[i] + part[i];
            }
            WantsB = gradients.TryAsSpan(1, out Span<double> db, out _) || !db.IsEmpty;
            try
            {
                gradients.AsSpan<double>(1, out _);
            }
            catch (GraphException error)
            {
                Error = error.Message;
            }
        }
    }

    [Test]
    public void DYAsSpan_AndTryAsSpan_DoWithoutTensors([Values] bool shared)
    {
        Tensor a = Leaf(), b = Tensor.From(new double[,] { { 1, 10, 100 }, { 2, 20, 200 } });
        SpanMultiplyOp op = new();
        Tensor y = op.Apply(a, b);
        // Shared: dy is a number that repeats, which must not be overwritten.
        (shared ? y.Sum() : (y * Tensor.Ones([2, 3], DType.Float64)).Sum()).Backward();
        Assert.That(a.Grad!.ToArray<double>(), Is.EqualTo([1.0, 10, 100, 2, 20, 200]));
        Assert.That(op.WantsB, Is.False);
        Assert.That(op.Error, Does.Contain("input 1 requires no gradient").And.Contain("TryAsSpan"));
    }

    [Test]
    public void DYAsSpan_OfAGradientThatOthersRead_LeavesItAsItIs()
    {
        Tensor a = Leaf(), b = Tensor.From(new double[,] { { 2, 2, 2 }, { 2, 2, 2 } });
        Tensor y = new SpanMultiplyOp().Apply(a, b);
        y.RetainGrad();
        (y * 3).Sum().Backward();
        Assert.That(y.Grad!.ToArray<double>(), Is.All.EqualTo(3.0));
        Assert.That(a.Grad!.ToArray<double>(), Is.All.EqualTo(6.0));
    }

    [Test]
    public void DYAsSpan_OfAnotherType_IsAnError()
    {
        Tensor x = Tensor.Ones([2]);
        x.RequiresGrad = true;
        Assert.That(() => new SpanMultiplyOp().Apply(x, Tensor.Ones([2])).Sum().Backward(), Throws.TypeOf<DTypeException>());
    }
}
