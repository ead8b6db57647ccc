using Autograd.Tests.Support;

namespace Autograd.Tests;

/// <summary>Gradients by kernels against those by recorded ops, in shapes that end in the middle of vectors, panels and chunks.</summary>
[Parallelizable(ParallelScope.All)]
public class FusedBackwardTests
{
    static readonly (int[] Sizes, int[] Axes)[] Shapes =
    [
        ([3, 37, 5], [0]), ([3, 37, 5], [1]), ([3, 37, 5], [2]), ([3, 37, 5], [0, 2]), ([3, 37, 5], [1, 2]), ([3, 37, 5], [0, 1, 2]), ([70, 3, 65], [0, 2]), ([70, 3, 65], [1]),
        ([9, 8000], [0]), ([9, 8000], [1]), ([9000, 8], [1]), ([9000, 8], [0]), ([2, 5, 3, 4], [1, 3]), ([1, 1], [0]), ([17], [0]),
    ];

    static readonly (string Name, Func<Tensor, int[], Tensor> Of)[] Reductions =
    [
        ("AMax", (x, axes) => x.AMax(axes)), ("AMin", (x, axes) => x.AMin(axes, true)), ("Prod", (x, axes) => ((x * 0.01) + 1).Prod(axes)),
        ("LogSumExp", (x, axes) => x.LogSumExp(axes)), ("Norm 1", (x, axes) => x.Norm(axes, 1)), ("Norm 2", (x, axes) => x.Norm(axes, 2, true)), ("Norm 3", (x, axes) => x.Norm(axes, 3)),
        ("Norm 2.5", (x, axes) => x.Norm(axes, 2.5)), ("Norm 0.5", (x, axes) => x.Norm(axes, 0.5)), ("Var", (x, axes) => x.Var(axes, 0)), ("Std", (x, axes) => x.Std(axes, 0, true)),
    ];

    [Test]
    public void Reduction_OverAnyAxes_HasTheRecordedGradient()
    {
        Generator random = new(3);
        foreach ((int[] sizes, int[] axes) in Shapes)
        {
            // Multiples of 1/4: many ties.
            Tensor x = (Tensor.Normal(Shape.Create(sizes), random, dtype: DType.Float64) * 4).Round() / 4;
            foreach ((string name, Func<Tensor, int[], Tensor> f) in Reductions) Check($"{name} of {x.Shape} over {string.Join(", ", axes)}", t => f(t, axes), x, random);
        }
    }

    static readonly (int[] Sizes, int Axis)[] Lanes =
    [
        ([1, 1], 1), ([5, 10], 1), ([16, 16], 1), ([33, 17], 1), ([47, 32], 1), ([6, 33], 1), ([3, 300], 1), ([7, 64], 0), ([7, 130], 0), ([2, 9, 200], 1), ([3, 20, 33], 1), ([4, 3], 0), ([3, 1], 1),
    ];

    static readonly (string Name, Func<Tensor, int, Tensor> Of)[] Walks =
    [
        ("Softmax", (x, axis) => x.Softmax(axis)), ("LogSoftmax", (x, axis) => x.LogSoftmax(axis)), ("CumSum", (x, axis) => x.CumSum(axis)), ("CumProd", (x, axis) => x.CumProd(axis)),
        ("Max", (x, axis) => x.Max(axis).Values), ("Sort", (x, axis) => x.Sort(axis).Values), ("TopK", (x, axis) => x.TopK(1, axis).Values), ("Roll", (x, axis) => x.Roll(2, axis)),
        ("Slice", (x, axis) => x.Slice(axis, 0, -1)), ("Slice back", (x, axis) => x.Slice(axis, null, null, -2)), ("Normalize", (x, axis) => x.Normalize(axis: axis)),
    ];

    [Test]
    public void OpAlongAnAxis_HasTheRecordedGradient()
    {
        Generator random = new(4);
        foreach ((int[] sizes, int axis) in Lanes)
        {
            Tensor x = Tensor.Normal(Shape.Create(sizes), random, dtype: DType.Float64);
            foreach ((string name, Func<Tensor, int, Tensor> f) in Walks) Check($"{name} of {x.Shape} along {axis}", t => f(t, axis), x, random);
        }
    }

    [Test]
    public void LayerNorm_OfAnyNumberOfRows_HasTheRecordedGradients([Values(1, 2, 3, 4, 5, 8, 11)] int rows, [Values(1, 7, 8, 16, 33, 1030)] int n)
    {
        Generator random = new(5);
        Tensor x = Tensor.Normal([rows, n], random, dtype: DType.Float64), w = Tensor.Normal([n], random, dtype: DType.Float64), b = Tensor.Normal([n], random, dtype: DType.Float64);
        Check("x", t => t.LayerNorm(w, b), x, random);
        Check("weight", t => x.LayerNorm(t, b), w, random);
        Check("bias", t => x.LayerNorm(w, t), b, random);
        Check("RMS, weight", t => x.RmsNorm(t), w, random);
        Check("x without weight", t => t.LayerNorm(), x, random);
    }

    [Test]
    public void CrossEntropy_Smoothed_HasTheRecordedGradient([Values(1, 10, 33)] int classes, [Values(true, false)] bool weighted)
    {
        Generator random = new(6);
        Tensor x = Tensor.Normal([21, classes], random, dtype: DType.Float64), labels = Tensor.From(Enumerable.Range(0, 21).Select(i => i == 4 ? -100L : i % classes).ToArray());
        Tensor? weights = weighted ? Tensor.Uniform([classes], random, 0.5, 1, DType.Float64) : null;
        Check("mean", t => Loss.CrossEntropy(t, labels, weights, labelSmoothing: 0.2), x, random);
        Check("each", t => Loss.CrossEntropy(t, labels, weights, labelSmoothing: 0.2, reduction: Reduction.None), x, random);
        // By its definition: the target is smoothed, and the ignored place is left out.
        Tensor logs = x.LogSoftmax(1);
        double sum = 0, counted = 0;
        for (int i = 0; i < 21; i++)
        {
            if (i == 4) continue;
            counted += weights is null ? 1 : weights[i % classes];
            for (int c = 0; c < classes; c++) sum -= ((c == i % classes ? 0.8 : 0) + (0.2 / classes)) * (weights is null ? 1 : weights[c]) * logs[i, c];
        }
        Assert.That(Loss.CrossEntropy(x, labels, weights, labelSmoothing: 0.2).Item(), Is.EqualTo(sum / counted).Within(1e-12));
    }

    [Test]
    public void Extreme_ThatIsNaN_SpoilsItsPlaceAlone()
    {
        Tensor x = Tensor.From(new double[,] { { 1, double.NaN, 3 }, { 2, 2, 1 }, { double.NaN, 0, 0 } });
        x.RequiresGrad = true;
        x.AMax(1).Backward(Tensor.From([1.0, 1, 0]));
        Assert.That(x.Grad!.ToArray<double>(), Is.EqualTo(new[] { double.NaN, double.NaN, double.NaN, 0.5, 0.5, 0, 0, 0, 0 }));
    }

    /// <summary>Once, and added to what another use of x gave.</summary>
    static void Check(string what, Func<Tensor, Tensor> f, Tensor x, Generator random)
    {
        Tensor leaf = x.Clone();
        leaf.RequiresGrad = true;
        Tensor y = f(leaf), twice = f(leaf) + (f(leaf) * 2), seed = Tensor.Normal(y.Shape, random, dtype: DType.Float64);
        Tensor recorded = Tape.Gradients(y, [leaf], seed, createGraph: true)[0]!;
        Close.To(Tape.Gradients(f(leaf), [leaf], seed)[0]!, recorded, 1e-11, what);
        Close.To(Tape.Gradients(twice, [leaf], seed)[0]!, recorded * 3, 1e-11, what + ", added");
    }
}
