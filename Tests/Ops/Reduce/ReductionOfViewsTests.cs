using Autograd.Tests.Support;

namespace Autograd.Tests.Ops;

/// <summary>Reductions of permuted tensors, which are folded as they lie where the kept axes keep their order, and of those made of runs.</summary>
[NonParallelizable]
public sealed class ReductionOfViewsTests : ThreadsFixture
{
    static readonly int[][] Orders = [[0, 1, 2], [0, 2, 1], [1, 0, 2], [1, 2, 0], [2, 0, 1], [2, 1, 0]];

    static readonly int[][] AxisSets = [[0], [1], [2], [0, 1], [0, 2], [1, 2], [0, 1, 2]];

    static readonly Func<Tensor, int[], bool, Tensor>[] Reductions =
    [
        (x, axes, keep) => x.Sum(axes, keep), (x, axes, keep) => x.Mean(axes, keep), (x, axes, keep) => x.AMax(axes, keep), (x, axes, keep) => x.AMin(axes, keep),
        (x, axes, keep) => x.Norm(axes, 2, keep), (x, axes, keep) => x.Norm(axes, 1, keep), (x, axes, keep) => x.Prod(axes, keep),
    ];

    [Test]
    public void OfPermutedTensors_AreThoseOfCopies([ValueSource(nameof(Orders))] int[] order, [ValueSource(nameof(AxisSets))] int[] axes, [Values] bool keepAxes)
    {
        Generator random = new(3);
        Tensor x = Tensor.Uniform([3, 20, 7], random, 0.9, 1.1, DType.Float64);
        x.RequiresGrad = true;
        const double Percent = 1e-10; // Of products of 420 numbers, each rounded.
        foreach (Func<Tensor, int[], bool, Tensor> reduce in Reductions)
        {
            Tensor y = reduce(x.Permute(order), axes, keepAxes), expected = reduce(Tensor.Concat([x.Permute(order)]), axes, keepAxes);
            Assert.That(y.Shape, Is.EqualTo(expected.Shape));
            Tensor dy = Tensor.Uniform(y.Shape, random, dtype: DType.Float64);
            Assert.That(y.ToArray<double>(), Is.EqualTo(expected.ToArray<double>()).Within(Percent).Percent);
            double[] Gradient(Tensor of)
            {
                x.ZeroGrad();
                of.Backward(dy);
                return x.Grad!.ToArray<double>();
            }

            Assert.That(Gradient(y), Is.EqualTo(Gradient(expected)).Within(Percent).Percent);
        }
    }

    [Test]
    public void OfSlicedAndRepeatedViews_AreThoseOfCopies()
    {
        Tensor x = Tensor.Normal([6, 5, 8], new(4), dtype: DType.Float64);
        Tensor[] views = [x.Slice(1, 1, 4), x.Slice(2, 0, 8, 2).Permute(2, 0, 1), x.Flip(0).Permute(1, 0, 2), x.Slice(1, 0, 1).Expand([6, 3, 8]), x.Select(0, 2).T];
        foreach (Tensor view in views)
        {
            for (int axis = 0; axis < view.Rank; axis++)
                Assert.That(view.Sum(axis).ToArray<double>(), Is.EqualTo(view.Dense().Sum(axis).ToArray<double>()).Within(1e-13));
            Assert.That(view.Sum().Item(), Is.EqualTo(view.Dense().Sum().Item()).Within(1e-12));
        }
    }

    [Test]
    public void OfViewsMadeOfRuns_HaveTheBitsOfCopies([Values(1, 2)] int threads)
    {
        Parallelism.Threads = threads;
        Generator random = new(5);
        foreach ((int[] sizes, int axis, int start, int stop) in new[]
        {
            (new[] { 300, 700 }, 1, 50, 650), ([200, 37], 1, 3, 8), ([500, 9], 1, 0, 7), ([16, 65, 40], 1, 1, 65), ([9, 12, 4, 33], 1, 2, 11), ([3, 5, 70000], 1, 1, 4), ([700, 5, 3], 0, 1, 699),
        })
        {
            Tensor view = Tensor.Normal(Shape.Create(sizes), random).Slice(axis, start, stop), copy = view.Clone();
            for (ulong set = 1; set < 1UL << sizes.Length; set++)
            {
                int[] axes = [.. Enumerable.Range(0, sizes.Length).Where(i => (set >> i & 1) != 0)];
                foreach (Func<Tensor, int[], bool, Tensor> reduce in Reductions)
                    Assert.That(reduce(view, axes, false).ToArray<float>(), Is.EqualTo(reduce(copy, axes, false).ToArray<float>()), $"{Shape.Create(sizes)} over {Shape.Create(axes)}");
            }
        }
    }
}
