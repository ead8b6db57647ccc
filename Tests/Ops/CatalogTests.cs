using Autograd.Tests.Support;

namespace Autograd.Tests.Ops;

/// <summary>The laws that every op obeys, over all samples of the catalog.</summary>
[Parallelizable(ParallelScope.All)]
public sealed class CatalogTests
{
    static IEnumerable<TestCaseData> Samples => Catalog.Samples;

    static IEnumerable<Type> Formulas => Catalog.Ops.Where(Catalog.IsFormula);

    [Test]
    public void EveryOp_HasSamples() => Assert.That(Catalog.WithoutSamples.Select(t => t.Name), Is.Empty);

    [TestCaseSource(nameof(Samples))]
    public void Vjp_AgreesWithDifferences_ToSecondOrder(object entry)
    {
        CatalogEntry op = (CatalogEntry)entry;
        GradReport report = GradCheck.Run(op.Sample.Function, op.Inputs());
        Assert.That(report.Passed, Is.True, report.ToString());
    }

    [TestCaseSource(nameof(Samples))]
    public void Vjp_AgreesWithDifferences_AtThirdOrder(object entry)
    {
        CatalogEntry op = (CatalogEntry)entry;
        // The gradient of ⟨w, ∇²f·w⟩ along one direction: three derivatives by backward against one difference of two.
        Tensor[] x = op.Inputs();
        Generator generator = new(5);
        Tensor[] w = [.. x.Select(t => Tensor.Uniform(t.Shape, generator, 0.5, 1.5, DType.Float64))];
        GradCheckOptions options = GradCheckOptions.Fast with { Order = 1, RelativeTolerance = 1e-5, AbsoluteTolerance = 1e-5 };
        GradReport report = GradCheck.Run(t => ThirdOrder(op.Sample.Function, Recorded(t), w), x, options);
        Assert.That(report.Passed, Is.True, report.ToString());
    }

    [TestCaseSource(nameof(Samples))]
    public void Jvp_AgreesWithVjp(object entry)
    {
        CatalogEntry op = (CatalogEntry)entry;
        Tensor[] x = op.Leaves();
        Generator generator = new(11);
        Tensor[] v = [.. x.Select(t => Tensor.Uniform(t.Shape, generator, -1, 1, DType.Float64))];
        Tensor y = op.Sample.Function(x);
        Tensor u = Tensor.Uniform(y.Shape, generator, -1, 1, y.DType);
        Tensor?[] vjp = Tape.Gradients(y, x, u, allowUnused: true);
        using DualLevel level = DualMode.Enter();
        Tensor[] moving = new Tensor[x.Length];
        for (int i = 0; i < x.Length; i++) moving[i] = level.With(x[i].Detach(), v[i]);
        Tensor? jvp = level.TangentOf(op.Sample.Function(moving));
        double forward = jvp is null ? 0 : Close.Inner(u, jvp);
        double backward = vjp.Zip(v, (g, t) => g is null ? 0 : Close.Inner(g, t)).Sum();
        Assert.That(forward, Is.EqualTo(backward).Within(1e-10 * Math.Max(1, Math.Abs(backward))));
    }

    [TestCaseSource(nameof(Samples))]
    public void Fused_EqualsTraced(object entry)
    {
        CatalogEntry op = (CatalogEntry)entry;
        Tensor[] x = op.Leaves();
        Tensor y = op.Sample.Function(x);
        Tensor seed = Tensor.Uniform(y.Shape, new Generator(3), -1, 1, y.DType);
        Tensor?[] fused = Tape.Gradients(y, x, seed, retainGraph: true, allowUnused: true);
        Tensor?[] traced = Tape.Gradients(y, x, seed, createGraph: true, allowUnused: true);
        for (int i = 0; i < x.Length; i++)
        {
            Assert.That(traced[i] is null, Is.EqualTo(fused[i] is null));
            if (fused[i] is not null) Close.To(fused[i]!, traced[i]!, 1e-12, $"input {i}");
        }
    }

    [TestCaseSource(nameof(Samples))]
    public void UsedTwice_Adds(object entry)
    {
        CatalogEntry op = (CatalogEntry)entry;
        Tensor[] x = op.Leaves();
        Tensor once = op.Sample.Function(x);
        Tensor seed = Tensor.Uniform(once.Shape, new Generator(3), -1, 1, once.DType);
        Tensor?[] single = Tape.Gradients(once, x, seed, allowUnused: true);
        (op.Sample.Function(x) + op.Sample.Function(x)).Backward(seed);
        for (int i = 0; i < x.Length; i++)
        {
            if (single[i] is not null) Close.To(x[i].Grad!, single[i]! * 2, 1e-13, $"input {i}");
        }
    }

    [TestCaseSource(nameof(Samples))]
    public void Strided_EqualsDense(object entry)
    {
        CatalogEntry op = (CatalogEntry)entry;
        Tensor[] x = op.Leaves();
        Tensor y = op.Sample.Function(x);
        Tensor seed = Tensor.Uniform(y.Shape, new Generator(3), -1, 1, y.DType);
        Tensor?[] dense = Tape.Gradients(y, x, seed, allowUnused: true);
        Tensor[] strided = [.. x.Select(Strided)];
        Tensor z = op.Sample.Function(strided);
        Close.To(z, y, 1e-14);
        Tensor?[] gradients = Tape.Gradients(z, strided, StridedCopyOf(seed), allowUnused: true);
        for (int i = 0; i < x.Length; i++)
        {
            if (dense[i] is not null) Close.To(gradients[i]!, dense[i]!, 1e-13, $"input {i}");
        }
    }

    [TestCaseSource(nameof(Samples))]
    public void Float32_AgreesWithFloat64(object entry)
    {
        CatalogEntry op = (CatalogEntry)entry;
        Tensor[] x = op.Leaves(), x32 = op.Leaves(DType.Float32);
        Tensor y = op.Sample.Function(x), y32 = op.Sample.Function(x32);
        Close.To(y32, y, 1e-5);
        Tensor seed = Tensor.Ones(y.Shape, y.DType);
        Tensor?[] g = Tape.Gradients(y, x, seed, allowUnused: true), g32 = Tape.Gradients(y32, x32, seed.Cast(y32.DType), allowUnused: true);
        for (int i = 0; i < x.Length; i++)
        {
            if (g[i] is not null) Close.To(g32[i]!, g[i]!, 2e-5, $"input {i}");
        }
    }

    [TestCaseSource(nameof(Samples))]
    public void InScope_EqualsOutside_AndRepeats(object entry)
    {
        CatalogEntry op = (CatalogEntry)entry;
        Tensor[] x = op.Leaves();
        Tensor y = op.Sample.Function(x);
        Tensor seed = Tensor.Uniform(y.Shape, new Generator(3), -1, 1, y.DType);
        y.Backward(seed);
        double[]?[] expected = [.. x.Select(t => t.Grad is null ? null : Close.Numbers(t.Grad))];
        for (int repeat = 0; repeat < 3; repeat++)
        {
            using TapeScope scope = Tape.Scope();
            foreach (Tensor t in x) t.ZeroGrad();
            op.Sample.Function(x).Backward(seed);
            for (int i = 0; i < x.Length; i++) Assert.That(x[i].Grad is null ? null : Close.Numbers(x[i].Grad!), Is.EqualTo(expected[i]));
        }
    }

    [TestCaseSource(nameof(Formulas))]
    public void Formula_OfEmptyTensor_IsEmpty(Type formula)
    {
        foreach (Shape shape in (Shape[])[[0], [2, 0, 3]])
        {
            Tensor x = Tensor.Zeros(shape, DType.Float64);
            x.RequiresGrad = true;
            Tensor y = Apply(formula, x);
            y.Backward(Tensor.OnesLike(y));
            Assert.That(y.Shape, Is.EqualTo(shape));
            Assert.That(x.Grad!.Shape, Is.EqualTo(shape));
        }
    }

    [TestCaseSource(nameof(Formulas))]
    public void Formula_OfNaN_IsNaN(Type formula)
    {
        if (formula == typeof(PowScalarOp) || formula == typeof(NanToNumOp)) return; // x⁰ is 1 for every x; the other replaces NaN.
        Tensor y = Apply(formula, Tensor.From([1.0, double.NaN, 2.0]));
        Assert.That(y.ToArray<double>()[1], Is.NaN);
    }

    static Tensor ThirdOrder(Func<Tensor[], Tensor> f, Tensor[] x, Tensor[] w) => Weighted(Weighted(f(x).Sum(), x, w), x, w);

    /// <summary>The points that differences are taken at require no gradient; what is differenced is itself a derivative.</summary>
    static Tensor[] Recorded(Tensor[] x)
    {
        foreach (Tensor t in x) t.RequiresGrad = true;
        return x;
    }

    /// <summary>Σᵢ ⟨wᵢ, ∂y/∂xᵢ⟩, recorded; 0·x where y has no more history.</summary>
    static Tensor Weighted(Tensor y, Tensor[] x, Tensor[] w)
    {
        Tensor sum = x[0].Sum() * 0;
        if (!y.RequiresGrad) return sum;
        Tensor?[] gradients = Tape.Gradients(y, x, createGraph: true, allowUnused: true);
        for (int i = 0; i < x.Length; i++)
        {
            if (gradients[i] is { } dx) sum += (dx * w[i]).Sum();
        }
        return sum;
    }

    static Tensor Apply(Type formula, Tensor x)
    {
        bool unary = typeof(IUnaryOp).IsAssignableFrom(formula);
        Type map = (unary ? typeof(Map<>) : typeof(Map2<>)).MakeGenericType(formula);
        Op op = (Op)Activator.CreateInstance(map, Activator.CreateInstance(formula))!;
        return unary ? op.Apply(x) : op.Apply(x, x);
    }

    /// <summary>The same numbers with every axis stored in reverse order: a leaf whose strides ascend.</summary>
    static Tensor Strided(Tensor x)
    {
        Tensor view = StridedCopyOf(x);
        view.RequiresGrad = true;
        return view;
    }

    static Tensor StridedCopyOf(Tensor x)
    {
        int[] strides = new int[x.Rank];
        for (int i = 0, step = 1; i < x.Rank; i++)
        {
            strides[i] = 2 * step;
            step *= Math.Max(x.Shape[i], 1);
        }
        Tensor memory = Tensor.Zeros([Math.Max(2 * x.Count, 1)], x.DType);
        Tensor view = memory.View(x.Shape, strides);
        int[] index = new int[x.Rank];
        double[] numbers = Close.Numbers(x);
        for (int i = 0; i < numbers.Length; i++)
        {
            int rest = i, position = 0;
            for (int axis = x.Rank - 1; axis >= 0; axis--)
            {
                (rest, index[axis]) = Math.DivRem(rest, x.Shape[axis]);
                position += index[axis] * strides[axis];
            }
            memory.AsWritableSpan<double>()[position] = numbers[i];
        }
        return view;
    }
}
