using Autograd.Bench.AdBench;

namespace Autograd.Tests.AdBench;

/// <summary>The objectives of ADBench on small made-up problems, against differences.</summary>
[Parallelizable(ParallelScope.All)]
public sealed class ObjectiveTests
{
    [Test]
    public void Gmm_SmallProblem_DerivativesAreDifferences()
    {
        Generator random = new(1);
        Tensor points = Random(random, 4, 3);
        GradCheck.That(x => new Gmm(x[0], x[1], x[2], points, 1.5, 2).Value(), [Random(random, 2), Random(random, 2, 3), Random(random, 2, 6)]);
    }

    [Test]
    public void Lstm_SmallProblem_DerivativesAreDifferences()
    {
        Generator random = new(2);
        Tensor state = Random(random, 4, 3), sequence = (Random(random, 5, 3) > 0).Cast(DType.Float64);
        GradCheck.That(x => new Lstm(x[0], x[1], state, sequence).Value(), [Random(random, 4, 12), Random(random, 3, 3)]);
    }

    [Test]
    public void BundleAdjustment_CamerasWithAndWithoutRotation_JacobianIsDifferences()
    {
        BundleAdjustment problem = SmallBundle();
        double[] blocks = problem.Jacobian().Blocks.ToArray<double>();
        const double step = 1e-6;
        for (int column = 0; column < 15; column++)
        {
            double[] high = Moved(problem, column, step), low = Moved(problem, column, -step);
            for (int row = 0; row < high.Length; row++)
                Assert.That(blocks[row * 15 + column], Is.EqualTo((high[row] - low[row]) / (2 * step)).Within(1e-7), $"row {row}, column {column}");
        }
    }

    [Test]
    public void BundleAdjustment_JacobianTimesResiduals_IsGradient()
    {
        BundleAdjustment problem = SmallBundle();
        Tensor[] product = problem.Jacobian().TimesResiduals(), gradient = problem.Gradient();
        for (int i = 0; i < 3; i++) Assert.That(product[i].ToArray<double>(), Is.EqualTo(gradient[i].ToArray<double>()).Within(1e-12));
    }

    /// <summary>Two cameras, the first without rotation, that see three points, some of them twice.</summary>
    static BundleAdjustment SmallBundle()
    {
        Generator random = new(3);
        double[] cameras = Random(random, 2, 11).ToArray<double>();
        cameras.AsSpan(0, 3).Clear();
        Tensor points = Random(random, 3, 3) + Tensor.From(new double[] { 0, 0, 6 });
        return new(
            Tensor.From(cameras, [2, 11]), points, Random(random, 5), Tensor.From(new long[] { 0, 1, 0, 1, 0 }), Tensor.From(new long[] { 0, 0, 1, 2, 2 }), Random(random, 5, 2));
    }

    /// <summary>The residuals where one variable of all cameras (0 to 10), points (11 to 13) or weights (14) has moved.</summary>
    static double[] Moved(BundleAdjustment problem, int column, double step)
    {
        Tensor moved = Tensor.Eye(15, DType.Float64).Select(0, column) * step;
        BundleAdjustment other = problem with
        {
            Cameras = problem.Cameras + moved.Slice(0, 0, 11),
            Points = problem.Points + moved.Slice(0, 11, 14),
            Weights = problem.Weights + moved.Slice(0, 14, 15),
        };
        return other.Value().Residuals.T.ToArray<double>();
    }

    static Tensor Random(Generator random, params ReadOnlySpan<int> sizes) => Tensor.Normal(Shape.Create(sizes), random, dtype: DType.Float64);
}
