using Autograd.Tests.Support;

namespace Autograd.Tests.Ops.Transforms;

/// <summary>The law of batching, over every sample of the catalog: a whole batch at once is the same as one sample after the other.</summary>
[Parallelizable(ParallelScope.All)]
public sealed class BatchTests
{
    const int Samples = 3;

    static IEnumerable<TestCaseData> Entries => Catalog.Samples.Where(entry => !DrawsForEachSample((CatalogEntry)entry.Arguments[0]!));

    [TestCaseSource(nameof(Entries))]
    public void Batched_EqualsOneByOne(object entry)
    {
        CatalogEntry op = (CatalogEntry)entry;
        Tensor[] shared = op.Inputs();
        foreach (bool[] batched in Subsets(shared.Length))
        {
            Tensor[] x = [.. shared.Select((t, i) => batched[i] ? Varied(t) : t.Clone())];
            foreach (Tensor t in x) t.RequiresGrad = true;
            Tensor[] mapped = [.. x.Where((_, i) => batched[i])];
            Tensor y = Grad.Vmap(t => op.Sample.Function(Merge(x, batched, t)))(mapped);
            Tensor z = Tensor.Stack([.. Enumerable.Range(0, Samples).Select(k => op.Sample.Function(Merge(x, batched, [.. mapped.Select(t => t.Select(0, k))])))]);
            string which = string.Join(", ", batched);
            Close.To(y, z, 1e-13, $"batched: {which}");
            if (!z.RequiresGrad)
            {
                Assert.That(y.RequiresGrad, Is.False);
                continue;
            }
            CompareGradients(x, y, z, which);
        }
    }

    static void CompareGradients(Tensor[] x, Tensor y, Tensor z, string which)
    {
        Tensor seed = Tensor.Uniform(z.Shape, new Generator(3), -1, 1, z.DType);
        Tensor?[] dy = Tape.Gradients(y, x, seed, createGraph: true, allowUnused: true), dz = Tape.Gradients(z, x, seed, createGraph: true, allowUnused: true);
        Tensor second = Tensor.Scalar(0, DType.Float64), expected = Tensor.Scalar(0, DType.Float64);
        for (int i = 0; i < x.Length; i++)
        {
            if (dz[i] is null && dy[i] is null) continue;
            Close.To(dy[i] ?? Tensor.ZerosLike(x[i]), dz[i] ?? Tensor.ZerosLike(x[i]), 1e-12, $"gradient {i}, batched: {which}");
            if (dy[i] is { } a && dz[i] is { } b) (second, expected) = (second + (a * a).Sum(), expected + (b * b).Sum());
        }
        if (!expected.RequiresGrad) return;
        Tensor?[] ddy = second.RequiresGrad ? Tape.Gradients(second, x, allowUnused: true) : new Tensor?[x.Length], ddz = Tape.Gradients(expected, x, allowUnused: true);
        for (int i = 0; i < x.Length; i++) Close.To(ddy[i] ?? Tensor.ZerosLike(x[i]), ddz[i] ?? Tensor.ZerosLike(x[i]), 1e-10, $"second gradient {i}, batched: {which}");
    }

    [TestCaseSource(nameof(Entries))]
    public void BatchedBackward_EqualsRowByRow(object entry)
    {
        CatalogEntry op = (CatalogEntry)entry;
        Tensor[] x = op.Inputs();
        Tensor[] rows = Grad.Jacobian(t => op.Sample.Function(t), x, JacobianMode.Reverse), columns = Grad.Jacobian(t => op.Sample.Function(t), x, JacobianMode.Forward);
        for (int i = 0; i < x.Length; i++) Close.To(rows[i], columns[i], 1e-12, $"input {i}");
    }

    [TestCaseSource(nameof(Entries))]
    public void BatchedTangents_EqualThoseOneByOne_AlsoOfGradients(object entry)
    {
        CatalogEntry op = (CatalogEntry)entry;
        Tensor[] x = op.Inputs();
        Tensor y = op.Sample.Function(x), weights = Tensor.Uniform(y.Shape, new Generator(3), -1, 1, y.DType);
        Tensor[] columns = Grad.Jacobian(t => op.Sample.Function(t), x, JacobianMode.Forward);
        Tensor[][] hessian = Grad.Hessian(Weighted, x);
        for (int j = 0; j < x.Length; j++)
        {
            for (int e = 0; e < x[j].Count; e++)
            {
                Tensor[] direction = [.. x.Select(Tensor.ZerosLike)];
                direction[j].AsWritableSpan<double>()[e] = 1;
                Close.To(Column(columns[j], y, x[j], e), Grad.Jvp(t => op.Sample.Function(t), x, direction).Tangent, 1e-12, $"input {j}, element {e}");
                Tensor[] product = Grad.HessianVectorProduct(Weighted, x, direction);
                for (int i = 0; i < x.Length; i++) Close.To(Column(hessian[i][j], x[i], x[j], e), product[i], 1e-11, $"block {i}, {j}, element {e}");
            }
        }

        Tensor Weighted(Tensor[] t) => (op.Sample.Function(t) * weights).Sum();
        static Tensor Column(Tensor all, Tensor y, Tensor x, int e) => all.Reshape(y.Count, x.Count).Slice(1, e, e + 1).Reshape(y.Shape.Sizes);
    }

    /// <summary>All inputs, and each alone.</summary>
    static IEnumerable<bool[]> Subsets(int inputs)
    {
        yield return [.. Enumerable.Repeat(true, inputs)];
        for (int i = 0; i < inputs && inputs > 1; i++) yield return [.. Enumerable.Range(0, inputs).Select(k => k == i)];
    }

    /// <summary>Samples that differ, and stay within the interval that the op is smooth in: shares of the way to the middle.</summary>
    static Tensor Varied(Tensor x) => Tensor.Stack([.. Enumerable.Range(0, Samples).Select(k => x * (1 - (k / 1024.0)))]).Clone();

    static Tensor[] Merge(Tensor[] x, bool[] batched, Tensor[] mapped)
    {
        int next = 0;
        return [.. x.Select((t, i) => batched[i] ? mapped[next++] : t)];
    }

    /// <summary>Dropout draws other numbers for other samples.</summary>
    static bool DrawsForEachSample(CatalogEntry entry) => entry.Type.Name == "DropoutMaskOp";
}
